//! Temporary files and folders as the crate `tempfile` makes them, in `/tmp`, or where the first argument says. Asserts for
//! itself, and leaves the folder as it was. The crate seeds its names from the monotonic clock; without one it cannot start.

use std::fs::{self, File};
use std::io::{Read, Result, Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile, SpooledTempFile, TempDir};

type Test = (&'static str, fn(&Path) -> Result<()>);

fn main() {
    let folder = std::env::args().nth(1).unwrap_or("/tmp".to_owned());
    // `std::env::temp_dir`, which is asked otherwise, panics on WASI.
    tempfile::env::override_temp_dir(Path::new(&folder)).unwrap();
    let before = names(Path::new(&folder)).unwrap();
    let tests: [Test; 9] = [
        ("a folder goes with all that is in it", a_folder_goes_with_all_that_is_in_it),
        ("a kept folder stays", a_kept_folder_stays),
        ("a named file goes", a_named_file_goes),
        ("a persisted file stays", a_persisted_file_stays),
        ("persisting can refuse to replace", persisting_can_refuse_to_replace),
        ("a reopened file is the same", a_reopened_file_is_the_same),
        ("a file without a name holds what is written", a_file_without_a_name_holds_what_is_written),
        ("a spooled file rolls over", a_spooled_file_rolls_over),
        ("a hundred names differ", a_hundred_names_differ),
    ];
    for (name, test) in tests {
        if let Err(error) = test(Path::new(&folder)) {
            println!("FAILED {name}: {error}");
            std::process::exit(1);
        }
        println!("ok {name}");
    }
    assert_eq!(names(Path::new(&folder)).unwrap(), before);
    println!("all hold");
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_string().unwrap())).collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn content(mut file: &File) -> Result<String> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_string(&mut text)?;
    Ok(text)
}

fn a_folder_goes_with_all_that_is_in_it(folder: &Path) -> Result<()> {
    let made = TempDir::new()?;
    let path = made.path().to_owned();
    assert!(path.starts_with(folder) && path.metadata()?.is_dir());
    fs::create_dir_all(path.join("a/b/c"))?;
    fs::write(path.join("a/b/c/deep"), "deep")?;
    fs::write(path.join("a/file"), "file")?;
    assert_eq!(fs::read_to_string(path.join("a/b/../file"))?, "file");
    assert_eq!(names(&path.join("a"))?, ["b", "file"]);
    made.close()?;
    assert!(!path.exists());
    let dropped = tempfile::tempdir_in(folder)?;
    let path = dropped.path().to_owned();
    fs::write(path.join("x"), "x")?;
    drop(dropped);
    assert!(!path.exists());
    Ok(())
}

fn a_kept_folder_stays(_: &Path) -> Result<()> {
    let path = Builder::new().prefix("kept-").suffix(".d").tempdir()?.keep();
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(path.is_dir() && name.starts_with("kept-") && name.ends_with(".d"));
    fs::remove_dir(path)
}

fn a_named_file_goes(folder: &Path) -> Result<()> {
    let mut file = NamedTempFile::new()?;
    let path = file.path().to_owned();
    assert!(path.starts_with(folder) && path.is_file());
    file.write_all(b"abc")?;
    file.as_file().set_len(2)?;
    file.as_file().sync_all()?;
    assert_eq!(fs::read_to_string(&path)?, "ab");
    file.close()?;
    assert!(!path.exists());
    let path = NamedTempFile::new_in(folder)?.into_temp_path();
    let name = path.to_path_buf();
    assert!(name.exists());
    drop(path);
    assert!(!name.exists());
    Ok(())
}

fn a_persisted_file_stays(folder: &Path) -> Result<()> {
    let target = folder.join("persisted");
    for text in ["first", "second"] {
        let mut file = NamedTempFile::new()?;
        let path = file.path().to_owned();
        file.write_all(text.as_bytes())?;
        let file = file.persist(&target)?;
        assert!(!path.exists());
        assert_eq!((content(&file)?.as_str(), fs::read_to_string(&target)?.as_str()), (text, text));
    }
    fs::remove_file(target)
}

fn persisting_can_refuse_to_replace(folder: &Path) -> Result<()> {
    let target = folder.join("noclobber");
    let mut file = NamedTempFile::new()?;
    file.write_all(b"one")?;
    let path = file.path().to_owned();
    file.persist_noclobber(&target)?;
    assert!(!path.exists());
    let refused = NamedTempFile::new()?.persist_noclobber(&target).unwrap_err();
    assert_eq!(refused.error.kind(), std::io::ErrorKind::AlreadyExists);
    assert!(refused.file.path().exists());
    refused.file.close()?;
    assert_eq!(fs::read_to_string(&target)?, "one");
    fs::remove_file(target)
}

fn a_reopened_file_is_the_same(_: &Path) -> Result<()> {
    let mut file = NamedTempFile::new()?;
    let mut other = file.reopen()?;
    file.write_all(b"written here")?;
    other.seek(SeekFrom::Start(8))?;
    other.write_all(b"there")?;
    assert_eq!(content(file.as_file())?, "written there");
    let metadata = file.as_file().metadata()?;
    assert!(metadata.is_file() && metadata.len() == 13);
    file.close()
}

fn a_file_without_a_name_holds_what_is_written(folder: &Path) -> Result<()> {
    let before = names(folder)?;
    let mut file = tempfile::tempfile()?;
    assert_eq!(names(folder)?, before);
    file.write_all(&[7; 100_000])?;
    file.seek(SeekFrom::Current(-50_000))?;
    file.write_all(b"middle")?;
    file.seek(SeekFrom::Start(49_999))?;
    let mut back = [0; 8];
    file.read_exact(&mut back)?;
    assert_eq!(&back, b"\x07middle\x07");
    assert_eq!(file.metadata()?.len(), 100_000);
    Ok(())
}

fn a_spooled_file_rolls_over(_: &Path) -> Result<()> {
    let mut file = SpooledTempFile::new(1000);
    file.write_all(&[1; 600])?;
    assert!(!file.is_rolled());
    file.write_all(&[2; 600])?;
    assert!(file.is_rolled());
    file.seek(SeekFrom::Start(599))?;
    let mut back = [0; 2];
    file.read_exact(&mut back)?;
    assert_eq!(back, [1, 2]);
    file.set_len(3)?;
    file.rewind()?;
    let mut all = Vec::new();
    file.read_to_end(&mut all)?;
    assert_eq!(all, [1, 1, 1]);
    Ok(())
}

fn a_hundred_names_differ(_: &Path) -> Result<()> {
    let inside = TempDir::new()?;
    let files = (0..100).map(|_| NamedTempFile::new_in(&inside)).collect::<Result<Vec<_>>>()?;
    assert_eq!(names(inside.path())?.len(), 100);
    drop(files);
    assert_eq!(names(inside.path())?.len(), 0);
    inside.close()
}
