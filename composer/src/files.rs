//! Files: read whole, and written whole or not at all.

use crate::tree::Artifact;
use anyhow::{Context, Error, Result, anyhow, bail};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// What is in a file; `-` is standard input.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("failed to read standard input")?;
        return Ok(bytes);
    }
    fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            anyhow!("there is no `{}`; name a file of this machine, or `-` for standard input", path.display())
        }
        _ if path.is_dir() => anyhow!("`{}` is a directory; name a component in it", path.display()),
        _ => Error::new(error).context(format!("failed to read `{}`", path.display())),
    })
}

/// Writes beside the file and renames, so that nobody ever sees half of it. Whoever waits is told of bytes as they are written.
pub fn replace(path: &Path, artifact: Artifact, told: &mut dyn FnMut(u64)) -> Result<()> {
    let failed = || format!("failed to write `{}`", path.display());
    let old = match fs::metadata(path) {
        Ok(old) if old.is_dir() => bail!("`{}` is a directory; name a file in it", path.display()),
        // What is no file, such as `/dev/null`, is there to be written to, not to be replaced.
        Ok(old) if !old.is_file() => return fs::write(path, artifact.bytes()?).with_context(failed),
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(failed),
    };
    // Through links, to what the last one names, whether that is there yet or not. They come to an end: `metadata` got there.
    let mut target = path.to_owned();
    while let Ok(next) = fs::read_link(&target) {
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    let name = target.file_name().with_context(|| format!("`{}` is no name for a file", path.display()))?;
    let beside = target.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    if let Some(folder) = beside.parent().filter(|folder| *folder != Path::new("") && !folder.exists()) {
        bail!("failed to write `{}`: there is no directory `{}`; make it first", path.display(), folder.display());
    }
    // What is there before us is somebody else's, and stays.
    let file = File::create_new(&beside).with_context(failed)?;
    let written = write(file, old, &artifact, told).and_then(|()| Ok(fs::rename(&beside, &target)?));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(failed)
}

fn write(mut file: File, old: Option<Metadata>, artifact: &Artifact, told: &mut dyn FnMut(u64)) -> Result<()> {
    // Who may not read the file that is replaced, may not read the new one either.
    old.map_or(Ok(()), |old| file.set_permissions(old.permissions()))?;
    artifact.write_telling(&mut file, told)
}
