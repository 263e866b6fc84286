//! Files and directories.

use super::places::{guest_path, refuse_below_file};
use super::{Access, Policy, Rules, count};
use crate::catalog::{FILESYSTEM_TYPES, PREOPENS};
use crate::names::Track;
use crate::tree::{Node, Tree};
use crate::value::Value;
use crate::words;
use anyhow::{Result, bail, ensure};
use std::path::{Path, PathBuf};

/// What the app sees of files. The default is nothing. In which order it was said makes no difference.
///
/// ```
/// use virt_compose::policy::{Policy, Source, Writing};
/// use virt_compose::tree::{Content, Globs, Node, local};
///
/// let mut policy = Policy::default();
/// let mut etc = Node::directory();
/// etc.insert("motd", Node::File(Content::Inline(b"welcome".to_vec())))?;
/// etc.insert("app/news", Node::Link("../motd".to_owned()))?;
/// policy.fs.mount("/etc", Source::Embedded(etc), Writing::ReadOnly)?;
/// let sources = local::read("src".as_ref(), Globs::of(&["**/*.rs".to_owned()], &[])?)?;
/// policy.fs.mount("/src", Source::Embedded(sources.root), Writing::InMemory)?;
/// policy.fs.mount("/tmp", Source::Empty { limit: Some(64 << 20) }, Writing::InMemory)?;
/// policy.fs.mount("/data", Source::Host("/srv".to_owned()), Writing::ReadOnly)?;
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fs {
    /// Whether the host's preopens are there, as they are.
    pub host: bool,
    /// What the guest's tree is made of besides; no two at one place, as [`Fs::mount`] sees to.
    pub mounts: Vec<Mount>,
}

/// Something at a place of the guest's tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// The place: `/`, or an absolute path without `.`, `..`, and slashes at the end.
    pub guest: String,
    /// What is there.
    pub source: Source,
    /// What writing does.
    pub access: Writing,
    /// Where something embedded was read from, if it is that and nothing else.
    pub origin: Option<Origin>,
}

/// A local directory or file, and what of it was taken: what a policy file says of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// Where it is.
    pub local: PathBuf,
    /// Patterns for what is taken in; everything, if there are none.
    pub include: Vec<String>,
    /// Patterns for what of that is left out.
    pub exclude: Vec<String>,
}

/// Where what is at a place comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The artifact.
    Embedded(Node),
    /// An empty directory in memory.
    Empty {
        /// How many bytes it may take; `None` is as many as there are.
        limit: Option<u64>,
    },
    /// A preopen of the host that runs the result, or a directory or file below one, by its name there.
    Host(String),
}

/// What a byte takes of a quota (`wit/io.wit`, `space`).
const BLOCK: u64 = 4096;

/// What writing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// It is refused.
    ReadOnly,
    /// It changes memory, and lasts as long as the instance.
    InMemory,
    /// It changes the host's files. Of [`Source::Host`] only.
    Host,
}

impl PartialEq for Fs {
    fn eq(&self, other: &Self) -> bool {
        let is_there = |mount: &Mount| other.mounts.contains(mount);
        self.host == other.host && self.mounts.len() == other.mounts.len() && self.mounts.iter().all(is_there)
    }
}

impl Mount {
    /// Whether it makes streams that are not the host's.
    fn is_virtual(&self) -> bool {
        !matches!(self.source, Source::Host(_)) || self.access == Writing::InMemory
    }
}

impl Fs {
    /// All that the host has.
    pub fn open() -> Self {
        Self { host: true, mounts: Vec::new() }
    }

    /// Puts something at a place of the guest's tree.
    pub fn mount(&mut self, guest: &str, source: Source, access: Writing) -> Result<()> {
        self.add(Mount { guest: guest.to_owned(), source, access, origin: None })
    }

    /// Puts something at a place of the guest's tree, which may be written with slashes at the end.
    pub fn add(&mut self, mount: Mount) -> Result<()> {
        let Mount { guest, source, access, origin } = mount;
        let guest = guest_path(&guest)?;
        let is_host = matches!(source, Source::Host(_));
        ensure!(
            is_host || access != Writing::Host,
            "what is at `{guest}` is not the host's, so nothing of the host's is written"
        );
        if let Source::Host(name) = &source {
            ensure!(!name.is_empty(), "what is at `{guest}` lacks the name that the host has for it, such as `/data`");
            ensure!(!name.contains('\0'), "`{}` is no path", name.escape_debug());
            // A name may have these, too, but whoever meant it to be read only would never know.
            let meant = ["ro", "cow", "rw"]
                .iter()
                .find(|word| name.strip_suffix(**word).is_some_and(|rest| rest.ends_with([':', ','])));
            if let Some(word) = meant {
                bail!(
                    "the host's name `{name}` ends in `{word}`, which is how it would be used; write `HOST::ro`, `HOST::cow` or \
                       `HOST` after `=`, and in a policy file `access`"
                );
            }
            ensure!(
                !name.contains("::") && !name.ends_with(':'),
                "the host's name `{name}` has a colon too many before what stands at the end"
            );
        }
        if let Source::Empty { limit: Some(limit @ ..BLOCK) } = source {
            bail!(
                "nothing fits in a size of {limit}: memory is taken in blocks of {BLOCK} bytes; write one like `64K`, or none"
            );
        }
        if let Source::Embedded(Node::File(_) | Node::Link(_)) = source {
            ensure!(
                guest != "/",
                "`/` is a directory, and a file is to be there; write its place, such as `/etc/app.conf`"
            );
        }
        for mount in &self.mounts {
            ensure!(mount.guest != guest, "there are two of `{guest}`; leave one out");
        }
        let mount = Mount { guest, source, access, origin };
        for other in &self.mounts {
            refuse_below_file(other, &mount.guest)?;
            refuse_below_file(&mount, &other.guest)?;
        }
        self.mounts.push(mount);
        Ok(())
    }

    /// Adds what another has. At a place that both have, the other's is there.
    pub fn overlay(&mut self, other: Self) -> Result<()> {
        self.host |= other.host;
        self.mounts.retain(|mount| other.mounts.iter().all(|over| over.guest != mount.guest));
        other.mounts.into_iter().try_for_each(|mount| self.add(mount))
    }

    /// Whether something makes streams that are not the host's.
    pub fn is_virtual(&self) -> bool {
        self.mounts.iter().any(Mount::is_virtual)
    }

    /// Whether something is the host's.
    pub fn has_host(&self) -> bool {
        self.host || self.mounts.iter().any(|mount| matches!(mount.source, Source::Host(_)))
    }

    /// The place of the mount that embeds a file of this machine, if one does.
    pub(crate) fn embeds(&self, file: &Path) -> Option<&str> {
        self.embedded().find(|(_, root)| root.has_local(file)).map(|(guest, _)| guest)
    }

    /// How many bytes the content of embedded files that are mounted by themselves takes: in an index they come first.
    pub(super) fn content_of_roots(&self) -> u64 {
        let files = self.embedded().filter(|(_, root)| matches!(root, Node::File(_)));
        files.map(|(_, file)| file.len().next_multiple_of(8)).sum()
    }

    /// What is embedded, with its places.
    pub(super) fn embedded(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.mounts.iter().filter_map(|mount| match &mount.source {
            Source::Embedded(root) => Some((mount.guest.as_str(), root)),
            Source::Empty { .. } | Source::Host(_) => None,
        })
    }
}

impl Rules for Fs {
    fn access(&self, _: &Track) -> Access {
        match (self.host, self.mounts.is_empty()) {
            (true, true) => Access::Host,
            (false, true) => Access::Deny,
            (_, false) => Access::Adapter("fs"),
        }
    }

    fn asks(&self) -> Vec<&'static str> {
        if self.has_host() { vec![PREOPENS, FILESYSTEM_TYPES] } else { Vec::new() }
    }

    fn makes_io(&self) -> bool {
        self.is_virtual()
    }

    fn reaches(&self) -> Vec<&'static str> {
        vec![PREOPENS, FILESYSTEM_TYPES]
    }

    fn is_open(&self) -> bool {
        *self == Self::open()
    }

    fn is_set(&self) -> bool {
        !self.mounts.is_empty()
    }

    fn setting(&self, name: &str, _: &Policy) -> Option<Value> {
        match name {
            "mounts" => {
                let mut roots = 0;
                let mut mounts: Vec<(usize, Value)> = Vec::new();
                for mount in &self.mounts {
                    let at = &mount.guest;
                    let (case, payload) = match &mount.source {
                        Source::Embedded(_) => {
                            roots += 1;
                            ("embedded", Value::Int(roots - 1))
                        }
                        Source::Empty { limit } => ("empty", Value::Int(limit.unwrap_or(u64::MAX).into())),
                        Source::Host(name) => ("host", Value::string(name)),
                    };
                    let access = match mount.access {
                        Writing::ReadOnly => "read-only",
                        Writing::InMemory => "in-memory",
                        Writing::Host => "host",
                    };
                    let mount = Value::Record(vec![
                        ("path".to_owned(), Value::string(&mount.guest)),
                        ("source".to_owned(), Value::Variant(case.to_owned(), Some(Box::new(payload)))),
                        ("access".to_owned(), Value::Enum(access.to_owned())),
                    ]);
                    mounts.push((at.len(), mount));
                }
                // What holds another comes before it.
                mounts.sort_by_key(|(length, _)| *length);
                Some(Value::List(mounts.into_iter().map(|(_, mount)| mount).collect()))
            }
            "preopens" => Some(Value::Bool(self.host)),
            _ => None,
        }
    }

    fn describe(&self) -> String {
        let mut words: Vec<String> = self.mounts.iter().map(describe).collect();
        if self.host {
            words.push("the host's preopens".to_owned());
        }
        words.join("; ")
    }
}

fn describe(mount: &Mount) -> String {
    let access = match (&mount.source, mount.access) {
        (Source::Empty { .. }, Writing::InMemory) => "",
        (_, Writing::ReadOnly) => ", read-only",
        (_, Writing::InMemory) => ", written in memory",
        (_, Writing::Host) => ", written on the host",
    };
    let source = match &mount.source {
        Source::Embedded(root) => match Tree::of([(mount.guest.as_str(), root)]) {
            Ok(tree) => {
                let (files, bytes) = tree.files();
                format!("{} embedded, {}", count(files, "file"), words::size(bytes))
            }
            // That is said where it is composed.
            Err(_) => "too much embedded".to_owned(),
        },
        Source::Empty { limit: Some(limit) } => format!("empty in memory, at most {}", words::size(*limit)),
        Source::Empty { limit: None } => "empty in memory".to_owned(),
        Source::Host(name) => format!("the host's `{name}`"),
    };
    format!("`{}` {source}{access}", mount.guest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Content;
    use crate::tree::component::world;
    use crate::value::Memory;
    use crate::wit::Wit;

    fn file() -> Source {
        Source::Embedded(Node::File(Content::Inline(b"1234".to_vec())))
    }

    fn with(mounts: &[(&str, Source, Writing)]) -> Fs {
        let mut fs = Fs::default();
        for (guest, source, access) in mounts {
            fs.mount(guest, source.clone(), *access).unwrap();
        }
        fs
    }

    fn all() -> Fs {
        with(&[
            ("/tmp/", Source::Empty { limit: Some(1 << 20) }, Writing::InMemory),
            ("/etc/app.conf", file(), Writing::ReadOnly),
            ("/data", Source::Host(".".to_owned()), Writing::Host),
            ("/", Source::Embedded(Node::directory()), Writing::InMemory),
            ("/scratch", Source::Empty { limit: None }, Writing::InMemory),
        ])
    }

    #[test]
    fn the_host_is_asked_only_for_what_is_its() {
        let track = Track::known("wasi:filesystem/types@0.2");
        assert_eq!(Fs::default().access(&track), Access::Deny);
        assert_eq!(Fs::open().access(&track), Access::Host);
        let host = with(&[("/data", Source::Host("/srv".to_owned()), Writing::ReadOnly)]);
        assert_eq!((host.access(&track), host.is_virtual(), host.has_host()), (Access::Adapter("fs"), false, true));
        let copied = with(&[("/data", Source::Host("/srv".to_owned()), Writing::InMemory)]);
        assert_eq!((copied.is_virtual(), copied.has_host()), (true, true));
        let embedded = with(&[("/data", file(), Writing::ReadOnly)]);
        assert_eq!((embedded.is_virtual(), embedded.has_host()), (true, false));
        let both = Fs { host: true, ..embedded };
        assert_eq!((both.access(&track), both.has_host()), (Access::Adapter("fs"), true));
    }

    #[test]
    fn where_an_output_may_go_is_told_as_far_as_it_can_be() {
        let mut root = Node::directory();
        root.insert("log/old.txt", Node::File(Content::Inline(Vec::new()))).unwrap();
        let fs = with(&[
            ("/tmp", Source::Empty { limit: None }, Writing::InMemory),
            ("/app", Source::Embedded(root), Writing::InMemory),
            ("/one.txt", file(), Writing::InMemory),
            ("/fixed", file(), Writing::ReadOnly),
            ("/srv", Source::Host("/srv".to_owned()), Writing::Host),
        ]);
        for path in ["/tmp/out", "/app/out", "/app/log/out", "/one.txt", "/srv", "/srv/a/b"] {
            assert_eq!(fs.refuses_to_write(path, true), None, "{path}");
        }
        for (path, words) in [
            ("/tmp", "`/tmp` is a directory"),
            ("/tmp/a/out", "no `a` on the way, in `/tmp`"),
            ("/app/none/out", "no `none` on the way"),
            ("/fixed", "read-only"),
            ("/other/out", "nothing is mounted"),
            ("/tmpx", "nothing is mounted"),
        ] {
            assert!(fs.refuses_to_write(path, true).unwrap().0.contains(words), "{path}");
        }
        assert!(fs.refuses_to_write("/tmp/out", false).unwrap().0.contains("nobody reads it"));
        assert_eq!(fs.refuses_to_write("/srv/out", false), None);
        assert_eq!(Fs::open().refuses_to_write("/any/where", false), None);
        assert!(Fs::default().refuses_to_write("/any/where", true).unwrap().0.contains("no files"));
    }

    #[test]
    fn a_guest_path_is_absolute_and_there_once() {
        let mut fs = with(&[("/data", file(), Writing::ReadOnly)]);
        for (guest, words) in [
            ("data", "`/data`"),
            ("./a/b", "`/a/b`"),
            (".", "`/data`"),
            ("", "not absolute"),
            ("/a/../b", "`..`"),
            ("/a/./b", "`/a/b`"),
            ("/a//b", "`/a/b`"),
            ("/..", "`..`"),
            ("/a\0b", "a\\0b"),
            ("/data", "two of `/data`"),
            ("/data//", "two of `/data`"),
            ("/", "a file is to be there"),
        ] {
            let error = fs.mount(guest, file(), Writing::ReadOnly).unwrap_err().to_string();
            assert!(error.contains(words), "{guest}: {error}");
        }
        let error = fs.mount("/x", Source::Host(String::new()), Writing::Host).unwrap_err().to_string();
        assert!(error.contains("lacks the name"), "{error}");
        let error = fs.mount("/x", file(), Writing::Host).unwrap_err().to_string();
        assert!(error.contains("not the host's"), "{error}");
        assert_eq!(fs.mounts.len(), 1);
    }

    #[test]
    fn nothing_is_below_a_file() {
        let directory = || {
            let mut root = Node::directory();
            root.insert("etc/passwd", Node::File(Content::Inline(Vec::new()))).unwrap();
            root.insert("lib", Node::Link("etc".to_owned())).unwrap();
            Source::Embedded(root)
        };
        let empty = || Source::Empty { limit: None };
        for (outer, outer_source, inner, refused) in [
            ("/", directory(), "/etc/passwd/x", Some("`/etc/passwd`")),
            ("/", directory(), "/lib/x", Some("`/lib`")),
            ("/a", file(), "/a/b/c", Some("`/a`")),
            ("/", directory(), "/etc/passwd", None),
            ("/", directory(), "/etc/app/x", None),
            ("/a", file(), "/ab/c", None),
            ("/", empty(), "/a", None),
        ] {
            let mut forth = with(&[(outer, outer_source.clone(), Writing::InMemory)]);
            let mut back = with(&[(inner, empty(), Writing::InMemory)]);
            for made in
                [forth.mount(inner, empty(), Writing::InMemory), back.mount(outer, outer_source, Writing::InMemory)]
            {
                match refused {
                    None => made.unwrap(),
                    Some(words) => {
                        let error = made.unwrap_err().to_string();
                        assert!(error.contains(words) && error.contains(inner), "{error}");
                    }
                }
            }
        }
    }

    #[test]
    fn settings_are_what_the_wit_says() {
        let (resolve, _) = world().unwrap();
        let wit = Wit::new(resolve);
        let settings = wit.resolve.interfaces.iter().find(|(_, interface)| {
            interface.name.as_deref() == Some("settings") && interface.functions.contains_key("preopens")
        });
        for function in settings.unwrap().1.functions.values() {
            let value = all().setting(&function.name, &Policy::default()).unwrap();
            Memory::new(0).place(&wit, &function.result.unwrap(), &value).unwrap();
        }
        assert_eq!(all().setting("no-such", &Policy::default()), None);
    }

    #[test]
    fn roots_are_numbered_as_they_were_mounted_and_what_holds_another_comes_first() {
        let fs = all();
        let Some(Value::List(mounts)) = fs.setting("mounts", &Policy::default()) else { panic!("mounts are a list") };
        let sources: Vec<_> = mounts
            .iter()
            .map(|mount| match mount {
                Value::Record(fields) => match &fields[1].1 {
                    Value::Variant(case, Some(payload)) => (case.as_str(), (**payload).clone()),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            sources,
            [
                ("embedded", Value::Int(1)),
                ("empty", Value::Int(1 << 20)),
                ("host", Value::string(".")),
                ("empty", Value::Int(u64::MAX.into())),
                ("embedded", Value::Int(0)),
            ]
        );
        assert_eq!(Tree::of(fs.embedded()).unwrap().len(), 2);
        assert_eq!(fs.setting("preopens", &Policy::default()), Some(Value::Bool(false)));
    }

    #[test]
    fn what_comes_later_wins_at_its_place() {
        let mut fs = all();
        fs.overlay(with(&[
            ("/", Source::Embedded(Node::directory()), Writing::ReadOnly),
            ("/new", file(), Writing::ReadOnly),
        ]))
        .unwrap();
        let places: Vec<_> = fs.mounts.iter().map(|mount| (mount.guest.as_str(), mount.access)).collect();
        assert_eq!(places[4..], [("/", Writing::ReadOnly), ("/new", Writing::ReadOnly)]);
        assert_eq!(places.len(), 6);
    }

    #[test]
    fn nothing_is_mounted_below_a_file_wherever_that_was_said() {
        let mut fs = with(&[("/etc/conf", file(), Writing::ReadOnly)]);
        let below = with(&[("/etc/conf/x", Source::Empty { limit: None }, Writing::InMemory)]);
        assert!(fs.overlay(below).is_err());
        let error = fs.mount(&format!("/{}", "n".repeat(256)), file(), Writing::ReadOnly).unwrap_err().to_string();
        assert!(error.contains("256 bytes"), "{error}");
    }

    #[test]
    fn it_is_told_in_words() {
        assert_eq!(
            Fs { host: true, ..all() }.describe(),
            "`/tmp` empty in memory, at most 1 MiB; `/etc/app.conf` 1 file embedded, 4 bytes, read-only; `/data` the \
             host's `.`, written on the host; `/` no files embedded, 0 bytes, written in memory; `/scratch` empty in \
             memory; the host's preopens"
        );
    }
}
