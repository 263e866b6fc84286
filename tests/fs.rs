//! A filesystem, as programs see it: the facts that the guest `rust-fs` asserts hold on the host's, which is the
//! reference, and on every kind of virtual one; and random operations have the same results there.
//!
//! `SEED=n` chooses where the random ones start, `SEQUENCES=n` how many there are.

use anyhow::{Context, Result, anyhow, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;
use std::{env, fs};
use tempfile::TempDir;
use virt_compose::policy::{Policy, Scope, Source, Writing};
use virt_compose::tree::{self, Node};
use virt_compose_tests::host::{Dir, End, Host, Program};
use virt_compose_tests::{compose, guests};

const GUEST: &str = "rust-fs";

/// What `/work` is.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// The host's directory.
    Host,
    /// The same, by another name.
    Renamed,
    /// An empty directory in memory.
    Tmpfs,
    /// The host's directory, changed in memory.
    Cow,
    /// The same, where the host would refuse.
    CowOverReadOnly,
    /// A directory in the artifact, changed in memory.
    Mount,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Host => "host",
            Mode::Renamed => "renamed",
            Mode::Tmpfs => "tmpfs",
            Mode::Cow => "cow",
            Mode::CowOverReadOnly => "cow-over-read-only",
            Mode::Mount => "mount",
        }
    }

    /// The guest with that. `local` is what is embedded.
    fn compose(self, app: Vec<u8>, local: &Path) -> Result<Vec<u8>> {
        Ok(match self {
            Mode::Host => app,
            Mode::Renamed => compose(&app, &["--with", "fs", "--preopen", "/work=/elsewhere"])?.bytes,
            Mode::Tmpfs => compose(&app, &["--with", "fs", "--tmpfs", "/work"])?.bytes,
            Mode::Cow | Mode::CowOverReadOnly => {
                compose(&app, &["--with", "fs", "--preopen", "/work=/work::cow"])?.bytes
            }
            // The command line refuses links that lead nowhere, of which there are some.
            Mode::Mount => {
                let mut policy = Policy { scope: Scope::Only(["fs"].into()), ..Policy::default() };
                policy.fs.mount("/work", Source::Embedded(embed(local)?), Writing::InMemory)?;
                virt_compose::virtualize(Some(&app), &policy)?.bytes
            }
        })
    }

    /// What the host preopens.
    fn dirs(self, place: &Place) -> Vec<Dir> {
        match self {
            Mode::Tmpfs | Mode::Mount => Vec::new(),
            Mode::Renamed => vec![Dir { guest: "/elsewhere".into(), path: place.work(), read_only: false }],
            _ => vec![Dir { guest: "/work".into(), path: place.work(), read_only: self == Mode::CowOverReadOnly }],
        }
    }
}

/// All that is in a directory, as the library has it.
fn embed(directory: &Path) -> Result<Node> {
    let mut tree = Node::directory();
    for entry in fs::read_dir(directory)? {
        let (name, path, kind) = entry.and_then(|entry| Ok((entry.file_name(), entry.path(), entry.file_type()?)))?;
        let node = if kind.is_dir() {
            embed(&path)?
        } else if kind.is_symlink() {
            Node::Link(fs::read_link(&path)?.display().to_string())
        } else {
            Node::File(tree::Content::Inline(fs::read(&path)?))
        };
        let Node::Directory(entries) = &mut tree else { bail!("a directory is one") };
        entries.insert(name.display().to_string(), node);
    }
    Ok(tree)
}

/// What is in `/work` before the program starts.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    Nothing,
    /// What the guest's `populated.rs` wants.
    Tree,
    /// What its `outward.rs` wants.
    LinksOut,
    /// Directories `0`, `1`, … for as many random sequences.
    Started,
}

impl Content {
    /// How the guest lists the facts.
    fn list(self) -> &'static [&'static str] {
        match self {
            Content::Tree => &["list", "populated"],
            Content::LinksOut => &["list", "outward"],
            _ => &["list"],
        }
    }

    /// Where the facts are to hold.
    fn modes(self) -> &'static [Mode] {
        match self {
            Content::Tree => &[Mode::Host, Mode::Renamed, Mode::Cow, Mode::CowOverReadOnly, Mode::Mount],
            Content::LinksOut => &[Mode::Host, Mode::Renamed, Mode::Cow],
            _ => &[Mode::Host, Mode::Renamed, Mode::Tmpfs, Mode::Cow],
        }
    }
}

/// All that must not change, by path: times of modification, permissions, and bytes or targets.
type Snapshot = BTreeMap<PathBuf, (SystemTime, Permissions, Vec<u8>)>;

/// A directory of the host's for the length of a test, with `work` in it.
struct Place(TempDir);

impl Place {
    fn new(content: Content) -> Result<Self> {
        // A disk takes a minute for what memory does in a second. With `TMPDIR` it is where that says.
        let memory = Path::new("/dev/shm");
        let is_in_memory = env::var_os("TMPDIR").is_none() && memory.is_dir();
        let place = Self(if is_in_memory { TempDir::new_in(memory)? } else { TempDir::new()? });
        let work = place.work();
        fs::create_dir(&work)?;
        match content {
            Content::Nothing => {}
            Content::Tree => populate(&work)?,
            Content::LinksOut => link_out(&work)?,
            Content::Started => start(&work)?,
        }
        Ok(place)
    }

    fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    fn snapshot(&self) -> Result<Snapshot> {
        let (mut all, mut paths) = (Snapshot::new(), vec![self.0.path().to_owned()]);
        while let Some(path) = paths.pop() {
            let metadata = fs::symlink_metadata(&path)?;
            let content = match () {
                () if metadata.is_symlink() => fs::read_link(&path)?.into_os_string().into_encoded_bytes(),
                () if metadata.is_file() => fs::read(&path)?,
                () => {
                    for entry in fs::read_dir(&path)? {
                        paths.push(entry?.path());
                    }
                    Vec::new()
                }
            };
            all.insert(path, (metadata.modified()?, metadata.permissions(), content));
        }
        Ok(all)
    }
}

/// As the guest's `help.rs` has it.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

fn populate(work: &Path) -> Result<()> {
    for dir in ["deep/a/b/c", "many", "hollow"] {
        fs::create_dir_all(work.join(dir))?;
    }
    for (path, bytes) in [
        ("hello.txt", b"hello, world\n".to_vec()),
        ("empty", vec![]),
        ("big", pattern(100_000)),
        ("deep/a/b/c/leaf", b"leaf".to_vec()),
        ("deep/a/b/side", b"side".to_vec()),
        ("deep/a/top", b"top".to_vec()),
        ("naïve 名前", b"named".to_vec()),
    ] {
        fs::write(work.join(path), bytes)?;
    }
    for at in 0..200 {
        fs::write(work.join(format!("many/{at:03}")), at.to_string())?;
    }
    for (path, target) in
        [("link", "hello.txt"), ("deep/up", "../hello.txt"), ("into", "deep/a"), ("dangling", "nope"), ("loop", "loop")]
    {
        symlink(target, work.join(path))?;
    }
    Ok(())
}

fn link_out(work: &Path) -> Result<()> {
    fs::create_dir(work.join("inner"))?;
    fs::create_dir(work.join("../outside"))?;
    fs::write(work.join("../outside/secret"), "secret")?;
    for (path, target) in [
        ("absolute", "/etc/passwd"),
        ("rooted", "/"),
        ("up", ".."),
        ("out", "../outside/secret"),
        ("far", "inner/../../outside"),
        ("inner/out", "../../outside"),
    ] {
        symlink(target, work.join(path))?;
    }
    Ok(())
}

/// Of names that random sequences draw.
fn start(work: &Path) -> Result<()> {
    for at in 0..sequences() / 4 {
        let dir = work.join(at.to_string());
        fs::create_dir_all(dir.join("a/b/c"))?;
        fs::create_dir(dir.join("b"))?;
        fs::write(dir.join("c"), "some bytes")?;
        fs::write(dir.join("a/a"), pattern(10_000))?;
        fs::write(dir.join("a/b/d"), "")?;
        fs::write(dir.join("b/a"), pattern(5_000))?;
        symlink("a/b", dir.join("d"))?;
        symlink("../c", dir.join("a/c"))?;
        symlink("d", dir.join("b/d"))?;
    }
    Ok(())
}

/// How many random sequences, and of how many steps. Those that find something there are a quarter as many.
fn sequences() -> u64 {
    number("SEQUENCES").unwrap_or(2_000)
}
const STEPS: &str = "60";

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

/// The guest where `/work` is that, composed and compiled once. What is embedded is part of it.
fn program(mode: Mode, content: Content) -> Result<&'static Program> {
    static COMPILED: [OnceLock<Result<Program, String>>; 6] = [const { OnceLock::new() }; 6];
    let compiled = match (mode, content) {
        (Mode::Host, _) => &COMPILED[0],
        (Mode::Tmpfs, _) => &COMPILED[1],
        (Mode::Cow | Mode::CowOverReadOnly, _) => &COMPILED[2],
        (Mode::Mount, Content::Started) => &COMPILED[3],
        (Mode::Mount, _) => &COMPILED[4],
        (Mode::Renamed, _) => &COMPILED[5],
    };
    let compile = || {
        let app = guests::load(GUEST)?;
        let embedded = Place::new(if mode == Mode::Mount { content } else { Content::Nothing })?;
        Program::new(&mode.compose(app, &embedded.work())?)
    };
    let compiled = compiled.get_or_init(|| compile().map_err(|error| format!("{error:?}")));
    compiled.as_ref().map_err(|error| anyhow!("{error}"))
}

/// Runs the guest, and asserts that it succeeds and that what is not to change does not.
fn run(mode: Mode, content: Content, args: &[&str]) -> Result<String> {
    let place = Place::new(content)?;
    let before = place.snapshot()?;
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    let host = Host { args, dirs: mode.dirs(&place), ..Host::default() };
    let ran = program(mode, content)?.run(&host)?;
    match ran.end {
        End::Exit(0) => {}
        End::Exit(code) => bail!("exit code {code}: {}", ran.stderr),
        End::Trap(trap) => bail!("{}{trap}", ran.stderr),
    }
    if ![Mode::Host, Mode::Renamed].contains(&mode) {
        let after = place.snapshot()?;
        for path in before.keys().chain(after.keys()) {
            ensure!(before.get(path) == after.get(path), "`{}` changed on the host", path.display());
        }
    }
    Ok(ran.stdout)
}

/// Random operations have the same results as on the host.
fn agrees(mode: Mode, content: Content, sequences: u64) -> Result<()> {
    let seed = number("SEED").unwrap_or(0);
    let digests = |mode| run(mode, content, &["random", &seed.to_string(), STEPS, &sequences.to_string()]);
    let (expected, found) = (digests(Mode::Host)?, digests(mode)?);
    ensure!(expected.lines().count() as u64 == sequences, "the host has other sequences: {expected}");
    let Some((line, _)) = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found) else {
        ensure!(expected == found, "there are fewer sequences");
        return Ok(());
    };
    let seed = line.split(' ').next().context("a line starts with its seed")?;
    let transcript = |mode| run(mode, content, &["random", seed, STEPS]);
    let (expected, found) = (transcript(Mode::Host)?, transcript(mode)?);
    bail!("SEED={seed} differs:\n{}", first_difference(&expected, &found))
}

/// What comes before the first line that differs, and both versions of it.
fn first_difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = expected.iter().zip(&found).take_while(|(expected, found)| expected == found).count();
    let line = |lines: &[&str]| lines.get(same).map_or("nothing".to_owned(), |line| (*line).to_owned());
    let before = expected[..same].join("\n");
    format!("{before}\n  on the host: {}\n  here:        {}", line(&expected), line(&found))
}

fn trial(mode: Mode, name: &str, check: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    let name = format!("{}/{name}", mode.name());
    Trial::test(name, || check().map_err(|error| Failed::from(format!("{error:?}"))))
}

fn main() -> Result<()> {
    let mut trials = Vec::new();
    for content in [Content::Nothing, Content::Tree, Content::LinksOut] {
        let listed = run(Mode::Host, content, content.list())?;
        for mode in content.modes() {
            for fact in listed.lines() {
                let name = fact.to_owned();
                trials.push(trial(*mode, fact, move || run(*mode, content, &[&name]).map(drop)));
            }
        }
    }
    // On the host, that what is random is so in one way only.
    for mode in [Mode::Host, Mode::Renamed, Mode::Tmpfs, Mode::Cow] {
        trials.push(trial(mode, "random", move || agrees(mode, Content::Nothing, sequences())));
    }
    for mode in [Mode::Host, Mode::Cow, Mode::CowOverReadOnly, Mode::Mount] {
        trials.push(trial(mode, "random-from-a-start", move || agrees(mode, Content::Started, sequences() / 4)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
