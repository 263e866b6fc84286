//! Random operations, and a transcript of what they came to. Two hosts agree if their transcripts do.
//!
//! What `DIFFERENCES.md` allows is not drawn, or is written down as `refused` without saying how.

use crate::help::*;
use crate::wasi::filesystem::types::{
    Datetime, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, NewTimestamp, OpenFlags,
    PathFlags,
};
use std::fmt::{Display, Write};
use std::fs;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// `seed digest` of each sequence.
pub fn digests(seed: &str, steps: &str, sequences: &str) {
    let (seed, steps) = (seed.parse::<u64>().unwrap(), steps.parse().unwrap());
    for at in 0..sequences.parse().unwrap() {
        println!("{} {:016x}", seed + at, digest(sequence(seed + at, at, steps).as_bytes()));
    }
}

/// The transcript of one sequence.
pub fn transcript(seed: &str, steps: &str) {
    print!("{}", sequence(seed.parse().unwrap(), 0, steps.parse().unwrap()));
}

/// FNV-1a.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// In `/work/<at>`, which is made if it is not there, and is gone afterwards.
fn sequence(seed: u64, at: u64, steps: usize) -> String {
    let (work, name) = (crate::work(), at.to_string());
    if !work.has(&name) {
        work.create_directory_at(&name).unwrap();
    }
    let root = work.open_at(FOLLOW, &name, DIRECTORY, CHANGE).unwrap();
    let mut sequence =
        Sequence { seed, root, files: Vec::new(), dirs: Vec::new(), opened: 0, made: Vec::new(), log: String::new() };
    for step in 0..steps {
        write!(sequence.log, "{step:3} ").unwrap();
        sequence.step();
    }
    sequence.look(".", 0);
    for at in 0..sequence.files.len() {
        let (name, file) = &sequence.files[at];
        let line = format!("{name}: {} {}", stat(file.stat()), content(file));
        sequence.say(line);
    }
    let Sequence { log, .. } = sequence;
    fs::remove_dir_all(format!("/work/{name}")).unwrap();
    assert!(!work.has(&name));
    log
}

struct Sequence {
    seed: u64,
    root: Descriptor,
    /// Descriptors that are kept open, with names for the transcript.
    files: Vec<(String, Descriptor)>,
    dirs: Vec<(String, Descriptor)>,
    opened: usize,
    /// Paths where something was made once. Most of the others lead nowhere.
    made: Vec<String>,
    log: String,
}

/// How a result is written down: a value, or the error's name.
fn said<T>(result: Result<T, ErrorCode>, value: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(it) => value(it),
        Err(code) => code.name().to_owned(),
    }
}

fn done(result: Result<(), ErrorCode>) -> String {
    said(result, |()| "ok".to_owned())
}

/// Where hosts may fail in different ways.
fn done_or_refused(result: Result<(), ErrorCode>) -> String {
    result.map_or("refused".to_owned(), |()| "ok".to_owned())
}

/// Sizes and counts of directories are a host's own.
fn stat(result: Result<DescriptorStat, ErrorCode>) -> String {
    said(result, |stat| match stat.type_ {
        DescriptorType::Directory => "directory".to_owned(),
        DescriptorType::SymbolicLink => format!("link of {}, {} names", stat.size, stat.link_count),
        _ => format!("file of {}, {} names", stat.size, stat.link_count),
    })
}

/// A file's size and its bytes. Of a large one the ends.
fn content(file: &Descriptor) -> String {
    if let Err(code) = file.read(1, 0) {
        return code.name().to_owned();
    }
    let size = file.size();
    let mut bytes = file.part(0, 50_000);
    bytes.extend(file.part(size.saturating_sub(1_000).max(50_000), 1_000));
    format!("{size}:{:016x}", digest(&bytes))
}

/// A path whose last name is a dot, or that says that it is a directory's.
fn is_odd(path: &str) -> bool {
    path.ends_with(['.', '/'])
}

impl Sequence {
    fn say(&mut self, line: impl Display) {
        writeln!(self.log, "{line}").unwrap();
    }

    /// splitmix64.
    fn number(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// One to three names, or what was made and perhaps some after it.
    fn path(&mut self) -> String {
        let more = self.of(&[0, 0, 0, 1, 1, 2]);
        self.path_of(1, more)
    }

    /// Mostly what is there.
    fn taken(&mut self) -> String {
        self.path_of(4, 0)
    }

    /// Mostly what is not.
    fn free(&mut self) -> String {
        let more = self.of(&[0, 1, 1, 1, 2]);
        self.path_of(1, more)
    }

    /// As often as that against one, `more` names after what was made; now and then with dots and more slashes than need
    /// be.
    fn path_of(&mut self, often: usize, more: usize) -> String {
        let mut path = String::new();
        let mut count = self.of(&[1, 1, 1, 2, 2, 3]);
        if !self.made.is_empty() && !self.one_in(often + 1) {
            let at = self.below(self.made.len());
            path = self.made[at].clone();
            count = more;
        }
        for _ in 0..count {
            if !path.is_empty() {
                path += if self.one_in(20) { "//" } else { "/" };
            }
            path += match self.below(24) {
                0 => ".",
                1 => "..",
                _ => self.of(&NAMES),
            };
        }
        path
    }

    /// Now and then with a slash after it.
    fn slashed(&mut self, mut path: String) -> String {
        if self.one_in(8) {
            path += "/";
        }
        path
    }

    fn size(&mut self) -> u64 {
        match self.below(12) {
            0 => 0,
            1 => 4096,
            2 => (5 << 30) + self.number() % 100,
            3..6 => self.number() % 100,
            _ => self.number() % 20_000,
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        let len = match self.below(8) {
            0 => 0,
            1 => self.below(9_000),
            _ => self.below(60),
        };
        let first = self.below(256);
        (0..len).map(|at| (first + at * 7) as u8).collect()
    }

    /// Whether to follow, and how that is written down.
    fn follow(&mut self) -> (PathFlags, &'static str) {
        self.of(&[(FOLLOW, "following"), (NO_FOLLOW, "not following")])
    }

    /// The index of a directory to start from: mostly the sequence's own.
    fn base(&mut self) -> Option<usize> {
        let is_kept = !self.dirs.is_empty() && self.one_in(4);
        is_kept.then(|| self.below(self.dirs.len()))
    }

    fn dir(&self, base: Option<usize>) -> &Descriptor {
        base.map_or(&self.root, |at| &self.dirs[at].1)
    }

    /// The path, as the transcript has it.
    fn shown(&self, base: Option<usize>, path: &str) -> String {
        base.map_or(format!("`{path}`"), |at| format!("`{path}` in {}", self.dirs[at].0))
    }

    /// Remembers where something was made.
    fn remember(&mut self, base: Option<usize>, path: &str, is_made: bool) {
        if is_made && base.is_none() && path.len() < 30 && !self.made.iter().any(|made| made == path) {
            self.made.push(path.to_owned());
        }
    }

    /// Keeps what was opened, in the place of what was kept longest.
    fn keep(&mut self, opened: Descriptor) -> String {
        self.opened += 1;
        let is_dir = opened.get_type().unwrap() == DescriptorType::Directory;
        let (kept, letter) = if is_dir { (&mut self.dirs, 'D') } else { (&mut self.files, 'F') };
        if kept.len() == 4 {
            kept.remove(0);
        }
        let name = format!("{letter}{}", self.opened);
        kept.push((name.clone(), opened));
        name
    }

    fn step(&mut self) {
        // At first there is nothing to do anything with.
        let choice = if self.opened + self.made.len() < 5 { self.of(&[0, 0, 17, 17, 31]) } else { self.below(40) };
        match choice {
            0..6 => self.open(),
            6..15 => self.use_file(),
            15..17 => self.use_dir(),
            17..20 => self.make_dir(),
            20..22 => self.remove_dir(),
            22..25 => self.unlink(),
            25..29 => self.rename(),
            29..31 => self.link(),
            31..34 => self.symlink(),
            34 => self.readlink(),
            35..37 => self.stat(),
            37 => self.list(),
            38 => self.set_times(),
            _ => self.compare(),
        }
    }

    fn open(&mut self) {
        let (base, path, (follow, following)) = (self.base(), self.path(), self.follow());
        let path = self.slashed(path);
        let how = self.of(&[NONE, NONE, CREATE, CREATE, EXCLUSIVE, TRUNCATE, CREATE | TRUNCATE, DIRECTORY]);
        let flags = match how {
            DIRECTORY => CHANGE,
            NONE => self.of(&[READ, WRITE, BOTH]),
            _ => self.of(&[WRITE, BOTH]),
        };
        let opened = self.dir(base).open_at(follow, &path, how, flags);
        self.remember(base, &path, opened.is_ok() && !is_odd(&path));
        let is_open_to_hosts = match how {
            DIRECTORY => follow == NO_FOLLOW,
            _ => how.contains(OpenFlags::CREATE) && is_odd(&path),
        };
        let result = match opened {
            Ok(opened) => {
                let stat = stat(opened.stat());
                format!("{}, {stat}", self.keep(opened))
            }
            Err(_) if is_open_to_hosts => "refused".to_owned(),
            Err(code) => code.name().to_owned(),
        };
        let shown = self.shown(base, &path);
        self.say(format!("open {shown} {following} {how:?} {flags:?}: {result}"));
    }

    fn use_file(&mut self) {
        if self.files.is_empty() {
            return self.open();
        }
        let at = self.below(self.files.len());
        let (offset, len, bytes) = (self.size(), 1 + self.below(30_000), self.bytes());
        let kind = self.below(11);
        let (name, file) = &self.files[at];
        let count = bytes.len();
        let line = match kind {
            0 | 1 => {
                let result = file.read(1, offset).map(|_| file.part(offset, len));
                let result = said(result, |bytes| format!("{}:{:016x}", bytes.len(), digest(&bytes)));
                format!("read {name} {len} at {offset}: {result}")
            }
            2..5 => {
                let result = match file.write(&bytes, offset) {
                    Ok(written) => {
                        file.fill(&bytes[written as usize..], offset + written);
                        "ok"
                    }
                    // Of nothing, there is nothing to refuse.
                    Err(_) if count == 0 => "ok",
                    Err(code) => code.name(),
                };
                format!("write {name} {count} at {offset}: {result}")
            }
            5 => {
                let stream = file.read_via_stream(offset).ok();
                let result = stream
                    .and_then(|stream| stream.take(len))
                    .map_or("refused".to_owned(), |bytes| format!("{}:{:016x}", bytes.len(), digest(&bytes)));
                format!("read {name} {len} through a stream at {offset}: {result}")
            }
            6 | 7 => {
                let (stream, how) = match kind {
                    6 => (file.write_via_stream(offset), format!("write at {offset}")),
                    _ => (file.append_via_stream(), "append".to_owned()),
                };
                let is_ok = stream.is_ok_and(|stream| stream.send(&bytes).is_ok());
                let result = if is_ok || count == 0 { "ok" } else { "refused" };
                format!("{how} {count} to {name} through a stream: {result}")
            }
            8 | 9 => format!("set-size {name} {offset}: {}", done_or_refused(file.set_size(offset))),
            _ => format!("sync {name}: {}", done(file.sync())),
        };
        let line = format!("{line}, {}", stat(file.stat()));
        self.say(line);
    }

    fn use_dir(&mut self) {
        if self.dirs.is_empty() {
            return self.make_dir();
        }
        let at = self.below(self.dirs.len());
        let (name, dir) = &self.dirs[at];
        let line = format!("list {name}: {} {}", stat(dir.stat()), listing(dir));
        self.say(line);
    }

    fn make_dir(&mut self) {
        let (base, path) = (self.base(), self.free());
        let path = self.slashed(path);
        let result = self.dir(base).create_directory_at(&path);
        self.remember(base, path.trim_end_matches('/'), result.is_ok());
        // A name is made with a slash and without, and dots are there already.
        let result = if path.contains('.') && is_odd(&path) { done_or_refused(result) } else { done(result) };
        let shown = self.shown(base, &path);
        self.say(format!("mkdir {shown}: {result}"));
    }

    fn remove_dir(&mut self) {
        let (base, path) = (self.base(), self.taken());
        let result = match self.dir(base).remove_directory_at(&path) {
            result if is_odd(&path) => done_or_refused(result),
            Err(ErrorCode::NotEmpty | ErrorCode::Exist) => "full".to_owned(),
            result => done(result),
        };
        let shown = self.shown(base, &path);
        self.say(format!("rmdir {shown}: {result}"));
    }

    fn unlink(&mut self) {
        let (base, path) = (self.base(), self.taken());
        let path = self.slashed(path);
        let result = self.dir(base).unlink_file_at(&path);
        let result = if is_odd(&path) { done_or_refused(result) } else { done(result) };
        let shown = self.shown(base, &path);
        self.say(format!("unlink {shown}: {result}"));
    }

    fn rename(&mut self) {
        let (from, old, to, new) = (self.base(), self.taken(), self.base(), self.free());
        let source = self.dir(from).stat_at(NO_FOLLOW, &old).map(|stat| stat.type_);
        let result = self.dir(from).rename_at(&old, self.dir(to), &new);
        self.remember(to, &new, result.is_ok());
        // Of several reasons to refuse, POSIX does not say which comes first.
        let result = match (source, result) {
            (_, Ok(())) => "ok".to_owned(),
            (_, Err(_)) if is_odd(&old) || is_odd(&new) => "refused".to_owned(),
            (Err(_), Err(_)) => "no source".to_owned(),
            (Ok(DescriptorType::Directory), Err(_)) => "refused".to_owned(),
            (_, Err(ErrorCode::IsDirectory | ErrorCode::NotEmpty | ErrorCode::Exist)) => "in the way".to_owned(),
            (_, Err(code)) => code.name().to_owned(),
        };
        let (old, new) = (self.shown(from, &old), self.shown(to, &new));
        self.say(format!("rename {old} to {new}: {result}"));
    }

    fn link(&mut self) {
        let (from, old, to, new) = (self.base(), self.taken(), self.base(), self.free());
        let source = self.dir(from).stat_at(NO_FOLLOW, &old).map(|stat| stat.type_);
        let result = self.dir(from).link_at(NO_FOLLOW, &old, self.dir(to), &new);
        self.remember(to, &new, result.is_ok());
        let result = match (source, result) {
            (_, Ok(())) => "ok".to_owned(),
            (_, Err(_)) if is_odd(&old) || is_odd(&new) => "refused".to_owned(),
            (Err(_), Err(_)) => "no source".to_owned(),
            (Ok(DescriptorType::Directory), Err(_)) => "refused".to_owned(),
            (_, Err(code)) => code.name().to_owned(),
        };
        let (old, new) = (self.shown(from, &old), self.shown(to, &new));
        self.say(format!("link {old} to {new}: {result}"));
    }

    fn symlink(&mut self) {
        let (base, target, path) = (self.base(), self.path(), self.free());
        let target = self.slashed(target);
        let result = self.dir(base).symlink_at(&target, &path);
        self.remember(base, &path, result.is_ok());
        let result = if is_odd(&path) { done_or_refused(result) } else { done(result) };
        let shown = self.shown(base, &path);
        self.say(format!("symlink {shown} -> `{target}`: {result}"));
    }

    fn readlink(&mut self) {
        let (base, path) = (self.base(), self.taken());
        let result = said(self.dir(base).readlink_at(&path), |target| format!("`{target}`"));
        let shown = self.shown(base, &path);
        self.say(format!("readlink {shown}: {result}"));
    }

    fn stat(&mut self) {
        let (base, (follow, following)) = (self.base(), self.follow());
        let mut path = self.plain();
        if follow == FOLLOW {
            path = self.slashed(path);
        }
        let result = stat(self.dir(base).stat_at(follow, &path));
        let shown = self.shown(base, &path);
        self.say(format!("stat {shown} {following}: {result}"));
    }

    /// A path whose last name is no dot: without following, hosts see to it in different ways.
    fn plain(&mut self) -> String {
        loop {
            let path = self.path();
            if !is_odd(&path) {
                return path;
            }
        }
    }

    fn list(&mut self) {
        let (base, path) = (self.base(), self.taken());
        let path = self.slashed(path);
        let result = said(self.dir(base).open_at(FOLLOW, &path, DIRECTORY, READ), |dir| listing(&dir));
        let shown = self.shown(base, &path);
        self.say(format!("list {shown}: {result}"));
    }

    /// Times that were set are read back; when others change is a host's own.
    fn set_times(&mut self) {
        let (base, path, (follow, following)) = (self.base(), self.plain(), self.follow());
        let time = Datetime { seconds: 1_000_000_000 + self.number() % 1_000_000, nanoseconds: 0 };
        let set = NewTimestamp::Timestamp(time);
        let result = self.dir(base).set_times_at(follow, &path, NewTimestamp::NoChange, set);
        let result = said(result, |()| {
            said(self.dir(base).stat_at(follow, &path), |stat| match stat.data_modification_timestamp {
                Some(found) if found == time => "ok".to_owned(),
                found => format!("{found:?} and not {time:?}"),
            })
        });
        let shown = self.shown(base, &path);
        self.say(format!("set-times {shown} {following}: {result}"));
    }

    /// Whether two paths, and two descriptors, are of one object.
    fn compare(&mut self) {
        let (one, other) = (self.plain(), self.plain());
        let hashes = [&one, &other].map(|path| self.root.metadata_hash_at(NO_FOLLOW, path));
        let same = match hashes {
            [Ok(one), Ok(other)] => (one == other).to_string(),
            [one, other] => format!("{}, {}", said(one, |_| "there".into()), said(other, |_| "there".into())),
        };
        let mut line = format!("compare `{one}` to `{other}`: {same}");
        if let [(first, one), .., (last, other)] = &self.files[..] {
            write!(line, ", {first} to {last}: {}", one.is_same_object(other)).unwrap();
        }
        self.say(line);
    }

    /// Writes down all that is there.
    fn look(&mut self, path: &str, depth: usize) {
        let dir = self.root.open_at(NO_FOLLOW, path, DIRECTORY, READ).unwrap();
        for entry in dir.entries() {
            let below = format!("{path}/{}", entry.name);
            let what = match entry.type_ {
                DescriptorType::Directory => String::new(),
                DescriptorType::SymbolicLink => format!("-> `{}`", dir.readlink_at(&entry.name).unwrap()),
                _ => content(&dir.open_at(NO_FOLLOW, &entry.name, NONE, DescriptorFlags::READ).unwrap()),
            };
            let stat = stat(dir.stat_at(NO_FOLLOW, &entry.name));
            self.say(format!("{below}: {stat} {what}"));
            if entry.type_ == DescriptorType::Directory && depth < 50 {
                self.look(&below, depth + 1);
            }
        }
    }
}

/// Of a directory that was removed, the listing may fail.
fn listing(dir: &Descriptor) -> String {
    let Ok(stream) = dir.read_directory() else { return "[]".to_owned() };
    let mut entries = Vec::new();
    loop {
        match stream.read_directory_entry() {
            Ok(Some(entry)) => entries.push(format!(
                "{}{}",
                entry.name,
                match entry.type_ {
                    DescriptorType::Directory => "/",
                    DescriptorType::SymbolicLink => "@",
                    _ => "",
                }
            )),
            Ok(None) | Err(ErrorCode::NoEntry) => break,
            Err(code) => return code.name().to_owned(),
        }
    }
    entries.sort();
    format!("{entries:?}").replace('"', "")
}
