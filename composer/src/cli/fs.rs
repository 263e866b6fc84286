//! The options that say what the guest's files are.

use super::say;
use crate::policy::{Fs, Mount, Origin, Source, Writing};
use crate::tree::{Globs, local};
use crate::words::parse_size;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use std::path::Path;

/// The options that say what the guest's files are.
#[derive(Args)]
pub(super) struct FsArgs {
    /// Embed a local directory or file, to be read only; with `::rw` writing works, in memory
    ///
    /// Each run starts from what is embedded. GUEST is an absolute path. Symbolic links stay links, and must lead to something
    /// in the same mount.
    #[arg(long, value_name = "GUEST=LOCAL[::rw]")]
    mount: Vec<String>,

    /// An empty directory in memory, which takes at most SIZE: bytes, or as in `64K`, `64M`, `1G`, of 1024
    ///
    /// Memory is taken in blocks of 4 KiB.
    #[arg(long, value_name = "GUEST[::SIZE]")]
    tmpfs: Vec<String>,

    /// A directory or file of the host that runs the result, by its name there: as the host has it, with `::ro` to be read
    /// only, with `::cow` written in memory
    ///
    /// HOST is a path in what the host preopens (`wasmtime run --dir /srv out.wasm`). What it does not have is not there.
    #[arg(long, value_name = "GUEST=HOST[::ro|::cow]")]
    preopen: Vec<String>,
}

impl FsArgs {
    /// Whether any is given.
    pub fn is_said(&self) -> bool {
        !(self.mount.is_empty() && self.tmpfs.is_empty() && self.preopen.is_empty())
    }

    /// The place of the mount that would embed a file which is to be made.
    pub fn embeds_what_comes_to(&self, file: &Path) -> Option<&str> {
        let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().ok()?;
        let mounts = self.mount.iter().filter_map(|arg| arg.split_once('='));
        let holds = |local: &str| {
            let local = Path::new(local.strip_suffix("::rw").unwrap_or(local));
            local.is_dir() && local.canonicalize().is_ok_and(|local| folder.starts_with(local))
        };
        mounts.filter(|(_, local)| holds(local)).map(|(guest, _)| guest).next()
    }

    /// What they mean. Local directories are looked at, and patterns that match nothing are said.
    pub fn fs(&self) -> Result<Fs> {
        let mut fs = Fs::default();
        let mut add = |option: &str, args: &[String], parse: fn(&str) -> Result<Mount>| {
            args.iter().try_for_each(|arg| {
                let added = parse(arg).and_then(|mount| fs.add(mount));
                added.with_context(|| format!("cannot take `{option} {}`", arg.escape_debug()))
            })
        };
        add("--mount", &self.mount, mount)?;
        add("--tmpfs", &self.tmpfs, tmpfs)?;
        add("--preopen", &self.preopen, preopen)?;
        Ok(fs)
    }
}

fn mount(arg: &str) -> Result<Mount> {
    let (guest, local) = arg.split_once('=').ok_or_else(|| match Path::new(arg).file_name() {
        Some(name) if Path::new(arg).exists() && !arg.starts_with('/') => {
            anyhow!("the guest's path is missing; write `--mount /{}={arg}`", name.to_string_lossy())
        }
        _ => anyhow!("the local path is missing; write `--mount {}=./local`", example(arg)),
    })?;
    let (local, access) = match local.strip_suffix("::rw") {
        Some(local) => (local, Writing::InMemory),
        None => (local, Writing::ReadOnly),
    };
    if local.is_empty() {
        bail!("the local path is missing; write `--mount {}=./local`", example(guest));
    }
    if Path::new(guest).exists() && local.starts_with('/') && !Path::new(local).exists() {
        bail!(
            "there is no `{local}`; are the sides swapped? The guest's path comes first: write `--mount {local}={guest}`"
        );
    }
    if !guest.starts_with('/') && local.starts_with('/') {
        bail!(
            "the guest's path `{guest}` is not absolute; write it like `/{guest}`, or, if the sides are swapped, \
             `--mount {local}={guest}`"
        );
    }
    // Other tools separate it by one colon.
    let suffixed =
        local.rsplit_once("::").or_else(|| local.rsplit_once(':').filter(|(_, word)| ["ro", "rw"].contains(word)));
    if let (Some((path, _)), false) = (suffixed, Path::new(local).exists()) {
        let suffix = local.strip_prefix(path).unwrap_or_default();
        bail!(
            "`{suffix}` is no suffix; write `--mount {guest}={path}`, or `--mount {guest}={path}::rw` to write in memory"
        );
    }
    let scan = local::read(Path::new(local), Globs::default())?;
    for note in scan.notes {
        say(format_args!("warning: {note}\n"));
    }
    let origin = Some(Origin { local: local.into(), ..Origin::default() });
    Ok(Mount { guest: guest.to_owned(), source: Source::Embedded(scan.root), access, origin })
}

fn tmpfs(arg: &str) -> Result<Mount> {
    let (guest, size) = match arg.split_once("::") {
        Some((guest, size)) => (guest, Some(size)),
        None => (arg, None),
    };
    // A name may have these, too, but nobody means that.
    if let (None, Some((guest, size))) = (size, arg.rsplit_once([':', '=']))
        && parse_size(size).is_ok()
    {
        bail!("a size comes after `::`; write `--tmpfs {guest}::{size}`");
    }
    let limit = size.map(parse_size).transpose()?;
    let (guest, source) = (guest.to_owned(), Source::Empty { limit });
    Ok(Mount { guest, source, access: Writing::InMemory, origin: None })
}

fn preopen(arg: &str) -> Result<Mount> {
    let Some((guest, host)) = arg.split_once('=') else {
        bail!("there is no `=` between the guest's path and the host's; write `--preopen {}`", meant(arg));
    };
    let (host, access) = match host.rsplit_once("::") {
        None => (host, Writing::Host),
        Some((host, "ro")) => (host, Writing::ReadOnly),
        Some((host, "cow")) => (host, Writing::InMemory),
        Some((host, suffix)) => bail!(
            "`::{suffix}` is no suffix; write `--preopen {guest}={host}`, with `::ro` to be read only, or with `::cow` to \
             write in memory"
        ),
    };
    if host.is_empty() {
        bail!("the host's path is missing; write `--preopen {}=/host`", example(guest));
    }
    if !guest.starts_with('/') && host.starts_with('/') {
        bail!("are the sides swapped? The guest's path comes first: write `--preopen {host}={guest}`");
    }
    Ok(Mount { guest: guest.to_owned(), source: Source::Host(host.to_owned()), access, origin: None })
}

/// What `--preopen` may have been meant to say without `=`: one path for both, or both as other tools have them.
fn meant(arg: &str) -> String {
    let (path, suffix) = match arg.rsplit_once("::") {
        Some((path, suffix @ ("ro" | "cow"))) => (path, format!("::{suffix}")),
        _ => (arg, String::new()),
    };
    match path.split_once("::").or_else(|| path.split_once(':')) {
        Some((host, guest)) if guest.starts_with('/') => format!("{guest}={host}{suffix}"),
        _ if path.starts_with('/') => format!("{path}={path}{suffix}"),
        _ => format!("/guest={path}{suffix}"),
    }
}

/// A guest's path for an example: what was given, if it is one.
fn example(guest: &str) -> &str {
    if guest.starts_with('/') { guest } else { "/guest" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use crate::tree::{Content, Node};
    use std::fs;

    fn fs_of(args: &[&str]) -> Result<Fs> {
        Ok(Cli::policy_of(args)?.fs)
    }

    #[track_caller]
    fn refused(args: &[&str], words: &[&str]) {
        let error = format!("{:#}", fs_of(args).unwrap_err());
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }

    #[test]
    fn preopens_as_other_tools_write_them_are_told_apart() {
        for (arg, words) in [
            ("/srv", "`--preopen /srv=/srv`"),
            ("/srv::ro", "`--preopen /srv=/srv::ro`"),
            ("/srv:/data", "`--preopen /data=/srv`"),
            ("/srv::/data::cow", "`--preopen /data=/srv::cow`"),
            ("srv", "`--preopen /guest=srv`"),
        ] {
            refused(&["--preopen", arg], &[words]);
        }
    }

    #[test]
    fn what_is_nearly_a_suffix_is_not_a_name() {
        for host in ["/srv:ro", "/srv,ro", "/data:cow", "/srv:rw"] {
            refused(&["--preopen", &format!("/a={host}")], &[host, "HOST::ro"]);
        }
        for host in ["/data::ro::cow", "/srv::ro::ro", "/srv:::ro"] {
            assert!(fs_of(&["--preopen", &format!("/a={host}")]).is_err(), "{host}");
        }
        refused(&["--tmpfs", "/tmp::1000"], &["1000", "4096"]);
    }

    #[test]
    fn each_option_says_what_is_there_and_what_writing_does() {
        let folder = tempfile::tempdir().unwrap();
        let local = folder.path().to_str().unwrap();
        fs::write(folder.path().join("a=b::c"), "1234").unwrap();
        let policy = fs_of(&[
            "--mount",
            &format!("/ro={local}"),
            "--mount",
            &format!("/rw/={local}::rw"),
            "--mount",
            &format!("/etc/x={local}/a=b::c"),
            "--tmpfs=/tmp",
            "--tmpfs=/small::64K",
            "--preopen=/host=.",
            "--preopen=/host/ro=/srv/data::ro",
            "--preopen=/cow=/srv::cow",
        ])
        .unwrap();
        let told: Vec<_> = policy.mounts.iter().map(|mount| (mount.guest.as_str(), mount.access)).collect();
        assert_eq!(
            told,
            [
                ("/ro", Writing::ReadOnly),
                ("/rw", Writing::InMemory),
                ("/etc/x", Writing::ReadOnly),
                ("/tmp", Writing::InMemory),
                ("/small", Writing::InMemory),
                ("/host", Writing::Host),
                ("/host/ro", Writing::ReadOnly),
                ("/cow", Writing::InMemory),
            ]
        );
        let sources: Vec<_> = policy.mounts.iter().map(|mount| mount.source.clone()).collect();
        let path = folder.path().join("a=b::c");
        let file = Node::File(Content::Local { path, len: 4 });
        let mut root = Node::directory();
        root.insert("a=b::c", file.clone()).unwrap();
        assert_eq!(
            sources,
            [
                Source::Embedded(root.clone()),
                Source::Embedded(root),
                Source::Embedded(file),
                Source::Empty { limit: None },
                Source::Empty { limit: Some(65536) },
                Source::Host(".".to_owned()),
                Source::Host("/srv/data".to_owned()),
                Source::Host("/srv".to_owned()),
            ]
        );
        assert!(!policy.host);
        assert!(fs_of(&["--allow-fs", "--tmpfs", "/tmp"]).unwrap().host);
        assert!(!fs_of(&["--allow-all", "--allow-fs=false", "--tmpfs", "/tmp"]).unwrap().host);
    }

    #[test]
    fn errors_name_the_option_and_a_right_form() {
        let folder = tempfile::tempdir().unwrap();
        let local = folder.path().to_str().unwrap();
        let at = |guest: &str| format!("{guest}={local}");
        refused(&["--mount", "/data"], &["`--mount /data`", "local path is missing", "`--mount /data=./local`"]);
        refused(&["--mount", "data"], &["`--mount data`", "`--mount /guest=./local`"]);
        refused(&["--mount", "/data="], &["`--mount /data=`", "`--mount /data=./local`"]);
        refused(&["--mount", "/data=::rw"], &["local path is missing"]);
        refused(&["--mount", "src"], &["the guest's path is missing", "`--mount /src=src`"]);
        refused(&["--mount", "/data=./gone"], &["`--mount /data=./gone`", "there is no `./gone`"]);
        refused(&["--mount", &format!("{local}=/data")], &["swapped", &format!("`--mount /data={local}`")]);
        refused(&["--mount", &format!("{local}=/data::rw")], &["swapped"]);
        refused(&["--mount", &(at("/data") + "::ro")], &["`::ro`", "::rw"]);
        refused(&["--mount", &(at("/data") + ":rw")], &["`:rw` is no suffix", &(at("/data") + "::rw")]);
        refused(&["--mount", &at("data")], &["`--mount data=", "not absolute", "`/data`"]);
        refused(&["--mount", &at(".")], &["not absolute"]);
        refused(&["--mount", &at("")], &["not absolute"]);
        refused(&["--mount", &at("/a/../b")], &["`..`", "`/a/b`"]);
        refused(&["--mount", &at("/data"), "--tmpfs", "/data/"], &["`--tmpfs /data/`", "two of `/data`"]);
        refused(&["--mount", "/dev/x=/dev/null"], &["`/dev/null` is a device"]);
        refused(&["--tmpfs", "tmp"], &["`--tmpfs tmp`", "not absolute", "`/tmp`"]);
        refused(&["--tmpfs", "/tmp::lots"], &["`--tmpfs /tmp::lots`", "`lots` is no size", "64M"]);
        refused(&["--tmpfs", "/tmp::0"], &["`--tmpfs /tmp::0`", "size of 0"]);
        refused(&["--tmpfs", "/tmp::"], &["no size"]);
        refused(&["--tmpfs", "/tmp:64M"], &["`--tmpfs /tmp::64M`"]);
        refused(&["--tmpfs", "/tmp=64M"], &["`--tmpfs /tmp::64M`"]);
        refused(&["--preopen", "/data"], &["`--preopen /data`", "`--preopen /data=/data`"]);
        refused(&["--preopen", "/data="], &["`--preopen /data=/host`"]);
        refused(&["--preopen", "/data=::ro"], &["`--preopen /data=/host`"]);
        refused(&["--preopen", "/data=/srv::rw"], &["`::rw`", "::ro", "::cow"]);
        refused(&["--preopen", "data=/srv"], &["swapped", "`--preopen /srv=data`"]);
        refused(&["--preopen", ".=."], &["`--preopen .=.`", "not absolute"]);
        refused(&["--preopen", "/a=/b", "--preopen", "/a=/c"], &["`--preopen /a=/c`", "two of `/a`"]);
        refused(&["--with", "env", "--tmpfs", "/tmp"], &["`fs`", "--with env,fs"]);
    }
}
