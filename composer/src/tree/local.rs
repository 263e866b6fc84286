//! A tree from what is on this machine. Nothing of a file is read but its length.

use super::{Content, Globs, Node, check_links};
use anyhow::{Context, Error, Result, anyhow, bail};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

/// What was read, and what there is to say about it.
pub struct Scan {
    /// The directory or file.
    pub root: Node,
    /// Patterns that matched nothing, in words.
    pub notes: Vec<String>,
}

/// Reads a directory, or looks at a file. The path itself may be a symbolic link, which is followed; those in a directory
/// stay links, and must lead somewhere in it.
pub fn read(path: &Path, mut globs: Globs) -> Result<Scan> {
    let found = fs::metadata(path).map_err(|error| refuse_access(path, &error))?;
    if found.is_file() {
        let mut notes = globs.unused();
        notes.iter_mut().for_each(|note| *note += ", because this is a file");
        return Ok(Scan { root: Node::File(Content::Local { path: path.to_owned(), len: found.len() }), notes });
    }
    if !found.is_dir() {
        return Err(refuse_kind(path, found.file_type()));
    }
    let mut root = Node::directory();
    let mut pending = vec![(path.to_owned(), String::new(), globs.includes_root())];
    while let Some((folder, prefix, is_included)) = pending.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| refuse_access(&folder, &error))? {
            let entry = entry.map_err(|error| refuse_access(&folder, &error))?;
            let local = entry.path();
            let kind = entry.file_type().map_err(|error| refuse_access(&local, &error))?;
            let Ok(name) = entry.file_name().into_string() else {
                bail!(
                    "the name of `{}` is not UTF-8, as WASI's are: rename it",
                    local.display().to_string().escape_debug()
                );
            };
            let inside = format!("{prefix}{name}");
            if globs.excludes(&inside) {
                continue;
            }
            let is_included = globs.includes(&inside, is_included);
            if kind.is_dir() {
                pending.push((local, format!("{inside}/"), is_included));
                if is_included {
                    root.insert(&inside, Node::directory())?;
                }
            } else if is_included {
                root.insert(&inside, leaf(local, kind)?)?;
            }
        }
    }
    globs.check_exclude().with_context(|| format!("in `{}`", path.display()))?;
    check_links(&root, path)?;
    let notes = globs.unused().into_iter().map(|note| format!("{note} in `{}`", path.display())).collect();
    Ok(Scan { root, notes })
}

/// Looks at a file. The path may be a symbolic link, which is followed.
pub fn file(path: &Path) -> Result<Node> {
    if path.as_os_str().is_empty() {
        bail!("the file's path is missing; write it like `./input.txt`");
    }
    let found = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            anyhow!("there is no `{}`; write the path of a file of this machine, such as `./input.txt`", path.display())
        }
        _ => refuse_access(path, &error),
    })?;
    match found.is_file() {
        true => Ok(Node::File(Content::Local { path: path.to_owned(), len: found.len() })),
        false if found.is_dir() => bail!("`{}` is a directory; name a file in it", path.display()),
        false => {
            bail!("`{}` is {}, and no file; for no input, write `ignore`", path.display(), kind_word(found.file_type()))
        }
    }
}

/// What is no directory.
fn leaf(path: PathBuf, kind: FileType) -> Result<Node> {
    if kind.is_symlink() {
        let target = fs::read_link(&path).map_err(|error| refuse_access(&path, &error))?;
        let Ok(target) = target.into_os_string().into_string() else {
            bail!("`{}` is a symbolic link to a name that is not UTF-8, as WASI's are: rename it", path.display());
        };
        return Ok(Node::Link(target));
    }
    if !kind.is_file() {
        return Err(refuse_kind(&path, kind));
    }
    let len = fs::symlink_metadata(&path).map_err(|error| refuse_access(&path, &error))?.len();
    Ok(Node::File(Content::Local { path, len }))
}

/// What cannot be looked at or read, and the way out.
pub(super) fn refuse_access(path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => anyhow!("there is no `{path}`; name a file or directory of this machine"),
        io::ErrorKind::PermissionDenied => anyhow!(
            "there is no permission to read `{path}`: give it (`chmod`), or leave it out (`exclude`, in a policy file)"
        ),
        _ => anyhow!("`{path}` cannot be read: {error}"),
    }
}

fn refuse_kind(path: &Path, kind: FileType) -> Error {
    anyhow!(
        "`{}` is {}, which cannot be embedded: leave it out (`exclude`, in a policy file)",
        path.display(),
        kind_word(kind)
    )
}

#[cfg(unix)]
fn kind_word(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () => "neither file nor directory",
    }
}

#[cfg(not(unix))]
fn kind_word(_: FileType) -> &'static str {
    "neither file nor directory"
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use tempfile::TempDir;

    /// A directory with these files, which have their own paths in them; those that end in `/` are directories.
    fn folder(paths: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let at = folder.path().join(path);
            if path.ends_with('/') {
                fs::create_dir_all(at).unwrap();
            } else {
                fs::create_dir_all(at.parent().unwrap()).unwrap();
                fs::write(at, path).unwrap();
            }
        }
        folder
    }

    fn globs(include: &[&str], exclude: &[&str]) -> Globs {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Globs::of(&owned(include), &owned(exclude)).unwrap()
    }

    fn paths_of(node: &Node, prefix: &str, found: &mut Vec<String>) {
        if let Node::Directory(entries) = node {
            for (name, node) in entries {
                found.push(match node {
                    Node::Directory(_) => format!("{prefix}{name}/"),
                    Node::File(content) => format!("{prefix}{name}:{}", content.len()),
                    Node::Link(target) => format!("{prefix}{name}->{target}"),
                });
                paths_of(node, &format!("{prefix}{name}/"), found);
            }
        }
    }

    fn paths(node: &Node) -> Vec<String> {
        let mut found = Vec::new();
        paths_of(node, "", &mut found);
        found
    }

    #[track_caller]
    fn refused(path: &Path, words: &[&str]) {
        let error = format!("{:#}", read(path, Globs::default()).err().expect("it is refused"));
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }

    #[test]
    fn a_tree_has_directories_files_and_links() {
        let folder = folder(&["b/two", "b/ä", "a", "empty/"]);
        symlink("../a", folder.path().join("b/link")).unwrap();
        let scan = read(folder.path(), Globs::default()).unwrap();
        assert_eq!(paths(&scan.root), ["a:1", "b/", "b/link->../a", "b/two:5", "b/ä:4", "empty/"]);
        assert_eq!(scan.notes, Vec::<String>::new());
    }

    #[test]
    fn the_local_path_itself_may_be_a_link() {
        let folder = folder(&["real/a"]);
        symlink("real", folder.path().join("link")).unwrap();
        symlink("real/a", folder.path().join("file")).unwrap();
        assert_eq!(paths(&read(&folder.path().join("link"), Globs::default()).unwrap().root), ["a:6"]);
        let file = read(&folder.path().join("file"), Globs::default()).unwrap().root;
        assert_eq!(file, Node::File(Content::Local { path: folder.path().join("file"), len: 6 }));
    }

    #[test]
    fn the_same_files_give_the_same_tree_in_whatever_order_they_were_made() {
        let names: Vec<String> = (0..100).map(|number| format!("{}/{number}", number % 7)).collect();
        let forth: Vec<&str> = names.iter().map(String::as_str).collect();
        let back: Vec<&str> = forth.iter().rev().copied().collect();
        let [forth, back] = [folder(&forth), folder(&back)].map(|folder| {
            let root = read(folder.path(), Globs::default()).unwrap().root;
            (paths(&root), Tree::of([("/", &root)]).unwrap().len())
        });
        assert_eq!(forth, back);
    }

    #[test]
    fn globs_take_in_and_leave_out() {
        let folder = folder(&["src/a.rs", "src/deep/b.rs", "src/c.txt", "target/x", "target/deep/y.rs", "top.rs"]);
        let with = |include: &[&str], exclude: &[&str]| {
            let scan = read(folder.path(), globs(include, exclude)).unwrap();
            (paths(&scan.root), scan.notes.len())
        };
        assert_eq!(with(&["*.rs"], &[]), (vec!["top.rs:6".to_owned()], 0));
        let (all, _) = with(&["**/*.rs"], &["target"]);
        assert_eq!(all, ["src/", "src/a.rs:8", "src/deep/", "src/deep/b.rs:13", "top.rs:6"]);
        let (all, _) = with(&["src"], &["src/deep/"]);
        assert_eq!(all, ["src/", "src/a.rs:8", "src/c.txt:9"]);
        assert_eq!(with(&["*.c"], &["src"]), (Vec::new(), 1));
        // It may be there under another pattern, and be a secret.
        for (pattern, words) in [("*.txt", "`**/*.txt`"), ("src/*.key", "matches nothing")] {
            let error =
                read(folder.path(), globs(&[], &[pattern])).err().map_or(String::new(), |error| format!("{error:#}"));
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_is_left_out_is_not_looked_at() {
        let folder = folder(&["a", "secret/b"]);
        fs::write(folder.path().join(OsStr::from_bytes(b"secret/\xff")), "").unwrap();
        symlink("gone", folder.path().join("secret/link")).unwrap();
        let scan = read(folder.path(), globs(&[], &["secret"])).unwrap();
        assert_eq!(paths(&scan.root), ["a:1"]);
    }

    #[test]
    fn a_local_path_that_is_not_there_is_refused() {
        let folder = folder(&[]);
        refused(&folder.path().join("gone"), &["there is no", "gone`"]);
        symlink("gone", folder.path().join("link")).unwrap();
        refused(&folder.path().join("link"), &["there is no", "link`"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_refused_with_the_way_out() {
        for (target, words) in [
            ("gone", "where nothing is"),
            ("link", "leads back to itself"),
            ("/etc/passwd", "absolute"),
            ("../../etc/passwd", "leads out of what is mounted"),
        ] {
            let folder = folder(&["sub/"]);
            symlink(target, folder.path().join("sub/link")).unwrap();
            refused(folder.path(), &["sub/link`", &format!("`{target}`"), words, "exclude"]);
        }
    }

    #[test]
    fn a_link_to_what_is_left_out_leads_nowhere() {
        let folder = folder(&["target/x", "a"]);
        symlink("target/x", folder.path().join("x")).unwrap();
        let error = read(folder.path(), globs(&[], &["target"])).err().unwrap().to_string();
        assert!(error.contains("where nothing is"), "{error}");
    }

    #[test]
    fn what_is_neither_file_nor_directory_is_refused() {
        let folder = folder(&["a/"]);
        let _listener = UnixListener::bind(folder.path().join("a/socket")).unwrap();
        refused(folder.path(), &["a/socket` is a socket", "exclude"]);
        fs::remove_file(folder.path().join("a/socket")).unwrap();
        let fifo = folder.path().join("a/fifo");
        if std::process::Command::new("mkfifo").arg(&fifo).status().is_ok_and(|status| status.success()) {
            refused(folder.path(), &["a/fifo` is a FIFO", "exclude"]);
            refused(&fifo, &["a/fifo` is a FIFO"]);
        }
        refused(Path::new("/dev/null"), &["`/dev/null` is a device"]);
    }

    #[test]
    fn a_name_that_is_not_utf_8_is_refused() {
        let folder = folder(&["a/"]);
        fs::write(folder.path().join(OsStr::from_bytes(b"a/x\xff")), "").unwrap();
        refused(folder.path(), &["a/x", "not UTF-8", "rename"]);
        fs::remove_file(folder.path().join(OsStr::from_bytes(b"a/x\xff"))).unwrap();
        symlink(OsStr::from_bytes(b"\xff"), folder.path().join("a/link")).unwrap();
        refused(folder.path(), &["a/link", "not UTF-8"]);
    }

    #[test]
    fn what_may_not_be_read_is_refused_with_the_way_out() {
        // Root may read anything, so the words are asked for directly.
        let error = refuse_access(Path::new("a/b"), &io::ErrorKind::PermissionDenied.into()).to_string();
        assert_eq!(
            error,
            "there is no permission to read `a/b`: give it (`chmod`), or leave it out (`exclude`, in a policy file)"
        );
        let error = refuse_access(Path::new("a/b"), &io::Error::other("the disk is on fire")).to_string();
        assert_eq!(error, "`a/b` cannot be read: the disk is on fire");
    }
}
