//! What programs do, through std.

use crate::facts;
use crate::wasi::filesystem::types::Descriptor;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

facts![
    text_is_written_and_read,
    a_missing_file_is_not_found,
    a_file_is_opened_in_every_way,
    appending_goes_to_the_end,
    create_new_is_for_one_only,
    a_temporary_name_is_found_by_trying,
    a_file_is_copied,
    a_file_is_saved_by_renaming,
    metadata_tells_files_from_directories,
    seeking_goes_everywhere,
    seeking_past_the_end_and_writing_leaves_zeroes,
    a_length_is_set,
    lines_are_read_through_a_buffer,
    a_buffered_writer_writes_all,
    ten_megabytes_are_written_and_read_in_odd_pieces,
    many_small_files_are_written_and_read,
    a_directory_is_read,
    all_directories_of_a_path_are_made,
    a_tree_is_removed,
    a_tree_of_50_levels_is_removed,
    a_missing_directory_cannot_be_read,
    a_removed_file_can_still_be_read,
    links_are_made_and_read,
    a_hard_link_is_made,
    times_are_set,
    existence_is_asked,
    a_lock_file_keeps_others_out,
    a_log_is_rotated,
    a_tree_is_walked,
    a_file_is_edited_in_place,
    bytes_are_copied_from_file_to_file,
    errors_have_their_kinds,
];

fn text_is_written_and_read(_: &Descriptor) {
    fs::write("/work/f", "some text\n").unwrap();
    assert_eq!(fs::read_to_string("/work/f").unwrap(), "some text\n");
    fs::write("/work/f", "less").unwrap();
    assert_eq!(fs::read("/work/f").unwrap(), b"less");
    fs::write("/work/empty", "").unwrap();
    assert_eq!(fs::read_to_string("/work/empty").unwrap(), "");
}

fn a_missing_file_is_not_found(_: &Descriptor) {
    assert_eq!(File::open("/work/nope").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::read("/work/nope/x").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::remove_file("/work/nope").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::metadata("/work/nope").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::write("/work/nope/x", "").unwrap_err().kind(), ErrorKind::NotFound);
    File::open("/elsewhere").unwrap_err();
}

fn a_file_is_opened_in_every_way(_: &Descriptor) {
    let open = |options: &mut OpenOptions| options.open("/work/f").map(drop).map_err(|error| error.kind());
    assert_eq!(open(OpenOptions::new().read(true)), Err(ErrorKind::NotFound));
    assert_eq!(open(OpenOptions::new().write(true)), Err(ErrorKind::NotFound));
    assert_eq!(open(OpenOptions::new().append(true)), Err(ErrorKind::NotFound));
    assert_eq!(open(OpenOptions::new().write(true).truncate(true)), Err(ErrorKind::NotFound));
    assert_eq!(open(OpenOptions::new().read(true).write(true).create(true)), Ok(()));
    assert_eq!(open(OpenOptions::new().read(true).write(true).create_new(true)), Err(ErrorKind::AlreadyExists));
    fs::write("/work/f", "abc").unwrap();
    assert_eq!(open(OpenOptions::new().write(true).create(true)), Ok(()));
    assert_eq!(open(OpenOptions::new().append(true).create(true)), Ok(()));
    assert_eq!(fs::read("/work/f").unwrap(), b"abc");
    assert_eq!(open(OpenOptions::new().write(true).create(true).truncate(true)), Ok(()));
    assert_eq!(fs::read("/work/f").unwrap(), b"");
}

fn appending_goes_to_the_end(_: &Descriptor) {
    let open = || OpenOptions::new().append(true).create(true).open("/work/f").unwrap();
    let (mut one, mut two) = (open(), open());
    one.write_all(b"one\n").unwrap();
    two.write_all(b"two\n").unwrap();
    one.write_all(b"three\n").unwrap();
    assert_eq!(fs::read_to_string("/work/f").unwrap(), "one\ntwo\nthree\n");
    let mut both = OpenOptions::new().read(true).append(true).open("/work/f").unwrap();
    let mut first = [0; 4];
    both.read_exact(&mut first).unwrap();
    both.write_all(b"end").unwrap();
    assert_eq!(&first, b"one\n");
    assert!(fs::read_to_string("/work/f").unwrap().ends_with("three\nend"));
}

fn create_new_is_for_one_only(_: &Descriptor) {
    File::create_new("/work/f").unwrap().write_all(b"first").unwrap();
    assert_eq!(File::create_new("/work/f").unwrap_err().kind(), ErrorKind::AlreadyExists);
    fs::create_dir("/work/d").unwrap();
    assert_eq!(File::create_new("/work/d").unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read("/work/f").unwrap(), b"first");
}

fn a_temporary_name_is_found_by_trying(_: &Descriptor) {
    let taken: Vec<PathBuf> = (0..20)
        .map(|_| {
            let free = (0..).map(|at| PathBuf::from(format!("/work/tmp{at}")));
            free.into_iter().find(|path| File::create_new(path).is_ok()).unwrap()
        })
        .collect();
    assert_eq!(taken, (0..20).map(|at| PathBuf::from(format!("/work/tmp{at}"))).collect::<Vec<_>>());
}

fn a_file_is_copied(_: &Descriptor) {
    let bytes: Vec<u8> = (0..100_000u32).map(|at| (at % 251) as u8).collect();
    fs::write("/work/f", &bytes).unwrap();
    assert_eq!(fs::copy("/work/f", "/work/g").unwrap(), 100_000);
    assert!(fs::read("/work/g").unwrap() == bytes);
    fs::write("/work/f", "short").unwrap();
    fs::copy("/work/f", "/work/g").unwrap();
    assert_eq!(fs::read("/work/g").unwrap(), b"short");
    fs::copy("/work/nope", "/work/h").unwrap_err();
    assert!(!Path::new("/work/h").exists());
}

fn a_file_is_saved_by_renaming(_: &Descriptor) {
    fs::write("/work/config", "old").unwrap();
    let mut file = File::create("/work/config.tmp").unwrap();
    file.write_all(b"new").unwrap();
    file.sync_all().unwrap();
    drop(file);
    fs::rename("/work/config.tmp", "/work/config").unwrap();
    assert_eq!(fs::read("/work/config").unwrap(), b"new");
    assert_eq!(fs::read_dir("/work").unwrap().count(), 1);
}

fn metadata_tells_files_from_directories(_: &Descriptor) {
    fs::write("/work/f", "abc").unwrap();
    fs::create_dir("/work/d").unwrap();
    let (file, dir) = (fs::metadata("/work/f").unwrap(), fs::metadata("/work/d").unwrap());
    assert!(file.is_file() && !file.is_dir() && file.len() == 3);
    assert!(dir.is_dir() && !dir.is_file());
    assert!(fs::metadata("/work").unwrap().is_dir());
    assert!(file.modified().unwrap() > SystemTime::UNIX_EPOCH);
    assert_eq!(File::open("/work/f").unwrap().metadata().unwrap().len(), 3);
}

fn seeking_goes_everywhere(_: &Descriptor) {
    fs::write("/work/f", "abcdefghij").unwrap();
    let mut file = File::open("/work/f").unwrap();
    let mut at = |seek| {
        let mut byte = [0];
        file.seek(seek).unwrap();
        file.read(&mut byte).map(|count| (count, byte[0] as char)).unwrap()
    };
    assert_eq!(at(SeekFrom::Start(3)), (1, 'd'));
    assert_eq!(at(SeekFrom::Current(1)), (1, 'f'));
    assert_eq!(at(SeekFrom::Current(-3)), (1, 'd'));
    assert_eq!(at(SeekFrom::End(-1)), (1, 'j'));
    assert_eq!(at(SeekFrom::End(5)).0, 0);
    assert!(file.seek(SeekFrom::Current(-100)).is_err());
    assert_eq!(file.seek(SeekFrom::End(0)).unwrap(), 10);
    file.rewind().unwrap();
    assert_eq!(file.stream_position().unwrap(), 0);
}

fn seeking_past_the_end_and_writing_leaves_zeroes(_: &Descriptor) {
    let mut file = File::create("/work/f").unwrap();
    file.write_all(b"ab").unwrap();
    file.seek(SeekFrom::Start(5)).unwrap();
    assert_eq!(file.metadata().unwrap().len(), 2);
    file.write_all(b"z").unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    file.write_all(b"X").unwrap();
    assert_eq!(fs::read("/work/f").unwrap(), b"aX\0\0\0z");
}

fn a_length_is_set(_: &Descriptor) {
    fs::write("/work/f", "abcdef").unwrap();
    let file = OpenOptions::new().write(true).open("/work/f").unwrap();
    file.set_len(2).unwrap();
    assert_eq!(fs::read("/work/f").unwrap(), b"ab");
    file.set_len(4).unwrap();
    assert_eq!(fs::read("/work/f").unwrap(), b"ab\0\0");
}

fn lines_are_read_through_a_buffer(_: &Descriptor) {
    let text: String = (0..2000).map(|at| format!("line {at}\n")).collect();
    fs::write("/work/f", text).unwrap();
    let reader = BufReader::with_capacity(100, File::open("/work/f").unwrap());
    let lines: Vec<String> = reader.lines().collect::<Result<_, _>>().unwrap();
    assert_eq!(lines.len(), 2000);
    assert!(lines.iter().enumerate().all(|(at, line)| *line == format!("line {at}")));
}

fn a_buffered_writer_writes_all(_: &Descriptor) {
    let mut writer = BufWriter::new(File::create("/work/f").unwrap());
    for at in 0..5000u32 {
        writer.write_all(&at.to_le_bytes()).unwrap();
    }
    writer.flush().unwrap();
    let bytes = fs::read("/work/f").unwrap();
    assert_eq!(bytes.len(), 20_000);
    assert!(bytes.chunks(4).enumerate().all(|(at, word)| *word == (at as u32).to_le_bytes()));
}

fn ten_megabytes_are_written_and_read_in_odd_pieces(_: &Descriptor) {
    const LEN: usize = 10_000_000;
    let bytes = crate::help::pattern(LEN);
    let mut file = File::create("/work/f").unwrap();
    let mut rest = &bytes[..];
    for len in [1, 4097, 77_777, 100_003, 300_001].into_iter().cycle() {
        let (now, later) = rest.split_at(len.min(rest.len()));
        file.write_all(now).unwrap();
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(fs::metadata("/work/f").unwrap().len(), LEN as u64);
    let (mut file, mut at) = (File::open("/work/f").unwrap(), 0);
    let mut piece = vec![0; 99_991];
    loop {
        let count = file.read(&mut piece).unwrap();
        assert!(piece[..count] == bytes[at..at + count], "near {at}");
        at += count;
        if count == 0 {
            break;
        }
    }
    assert_eq!(at, LEN);
}

fn many_small_files_are_written_and_read(_: &Descriptor) {
    for dir in 0..20 {
        fs::create_dir(format!("/work/d{dir}")).unwrap();
        for file in 0..20 {
            fs::write(format!("/work/d{dir}/f{file}"), format!("{dir} {file}")).unwrap();
        }
    }
    for file in 0..20 {
        for dir in 0..20 {
            assert_eq!(fs::read_to_string(format!("/work/d{dir}/f{file}")).unwrap(), format!("{dir} {file}"));
        }
    }
}

fn names(path: &str) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn a_directory_is_read(_: &Descriptor) {
    fs::write("/work/f", "").unwrap();
    fs::create_dir("/work/d").unwrap();
    fs::write("/work/ü 世", "abc").unwrap();
    assert_eq!(names("/work"), ["d", "f", "ü 世"]);
    for entry in fs::read_dir("/work").unwrap() {
        let entry = entry.unwrap();
        let is_dir = entry.file_name() == "d";
        assert_eq!(entry.file_type().unwrap().is_dir(), is_dir);
        assert_eq!(entry.metadata().unwrap().is_dir(), is_dir);
        assert_eq!(entry.path(), Path::new("/work").join(entry.file_name()));
    }
    assert_eq!(names("/work/d"), [""; 0]);
}

fn all_directories_of_a_path_are_made(_: &Descriptor) {
    fs::create_dir_all("/work/a/b/c/d").unwrap();
    fs::create_dir_all("/work/a/b/c/d").unwrap();
    fs::create_dir_all("/work/a/b/e").unwrap();
    assert_eq!(names("/work/a/b"), ["c", "e"]);
    fs::write("/work/a/f", "").unwrap();
    fs::create_dir_all("/work/a/f/g").unwrap_err();
    assert_eq!(fs::create_dir("/work/a").unwrap_err().kind(), ErrorKind::AlreadyExists);
}

fn a_tree_is_removed(work: &Descriptor) {
    fs::create_dir_all("/work/a/b/c").unwrap();
    fs::create_dir_all("/work/keep").unwrap();
    for path in ["/work/a/f", "/work/a/b/f", "/work/a/b/c/f", "/work/keep/f"] {
        fs::write(path, "x").unwrap();
    }
    work.symlink_at("../keep", "a/l").unwrap();
    work.symlink_at("nope", "a/b/dangling").unwrap();
    fs::remove_dir_all("/work/a").unwrap();
    assert_eq!(names("/work"), ["keep"]);
    // What a link leads to stays.
    assert_eq!(names("/work/keep"), ["f"]);
    fs::remove_dir("/work/keep").unwrap_err();
    fs::remove_dir_all("/work/nope").unwrap_err();
}

fn a_tree_of_50_levels_is_removed(_: &Descriptor) {
    let deep = format!("/work{}", "/level".repeat(50));
    fs::create_dir_all(&deep).unwrap();
    for path in Path::new(&deep).ancestors().take(50) {
        fs::write(path.join("f"), "x").unwrap();
    }
    fs::remove_dir_all("/work/level").unwrap();
    assert_eq!(names("/work"), [""; 0]);
}

fn a_missing_directory_cannot_be_read(_: &Descriptor) {
    assert_eq!(fs::read_dir("/work/nope").unwrap_err().kind(), ErrorKind::NotFound);
    fs::write("/work/f", "").unwrap();
    assert_eq!(fs::read_dir("/work/f").unwrap_err().kind(), ErrorKind::NotADirectory);
}

fn a_removed_file_can_still_be_read(_: &Descriptor) {
    fs::write("/work/f", "abc").unwrap();
    let mut file = OpenOptions::new().read(true).write(true).open("/work/f").unwrap();
    fs::remove_file("/work/f").unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"def").unwrap();
    file.rewind().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "abcdef");
    assert_eq!(names("/work"), [""; 0]);
}

fn links_are_made_and_read(work: &Descriptor) {
    fs::write("/work/f", "abc").unwrap();
    work.symlink_at("f", "l").unwrap();
    assert_eq!(fs::read_link("/work/l").unwrap(), Path::new("f"));
    assert!(fs::symlink_metadata("/work/l").unwrap().is_symlink());
    assert!(fs::metadata("/work/l").unwrap().is_file());
    assert_eq!(fs::read("/work/l").unwrap(), b"abc");
    fs::remove_file("/work/l").unwrap();
    assert_eq!(names("/work"), ["f"]);
}

fn a_hard_link_is_made(_: &Descriptor) {
    fs::write("/work/f", "abc").unwrap();
    fs::hard_link("/work/f", "/work/g").unwrap();
    fs::write("/work/g", "shared").unwrap();
    assert_eq!(fs::read("/work/f").unwrap(), b"shared");
    fs::remove_file("/work/f").unwrap();
    assert_eq!(fs::read("/work/g").unwrap(), b"shared");
}

fn times_are_set(_: &Descriptor) {
    fs::write("/work/f", "abc").unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890);
    let file = OpenOptions::new().write(true).open("/work/f").unwrap();
    file.set_modified(time).unwrap();
    assert_eq!(fs::metadata("/work/f").unwrap().modified().unwrap(), time);
}

fn existence_is_asked(work: &Descriptor) {
    fs::write("/work/f", "").unwrap();
    work.symlink_at("nope", "l").unwrap();
    assert!(Path::new("/work/f").exists() && Path::new("/work").is_dir() && Path::new("/work/f").is_file());
    assert!(!Path::new("/work/nope").exists() && !Path::new("/work/l").exists());
    assert!(Path::new("/work/l").is_symlink());
    assert!(!fs::exists("/work/f/x").unwrap_or(false));
}

fn a_lock_file_keeps_others_out(_: &Descriptor) {
    let lock = || OpenOptions::new().write(true).create_new(true).open("/work/.lock");
    for _ in 0..10 {
        let mine = lock().unwrap();
        lock().unwrap_err();
        drop(mine);
        fs::remove_file("/work/.lock").unwrap();
    }
}

fn a_log_is_rotated(_: &Descriptor) {
    for round in 0..5 {
        for at in (0..3).rev() {
            let _ = fs::rename(format!("/work/log.{at}"), format!("/work/log.{}", at + 1));
        }
        fs::write("/work/log.0", format!("{round}")).unwrap();
    }
    assert_eq!(names("/work"), ["log.0", "log.1", "log.2", "log.3"]);
    let contents = (0..4).map(|at| fs::read_to_string(format!("/work/log.{at}")).unwrap());
    assert_eq!(contents.collect::<Vec<_>>(), ["4", "3", "2", "1"]);
}

fn a_tree_is_walked(_: &Descriptor) {
    fn walk(path: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.to_string_lossy().into_owned());
            if path.is_dir() {
                walk(&path, found);
            }
        }
    }
    let mut expected = Vec::new();
    for a in ["x", "y"] {
        for b in ["1", "2", "3"] {
            fs::create_dir_all(format!("/work/{a}/{b}")).unwrap();
            fs::write(format!("/work/{a}/{b}/f"), "x").unwrap();
            expected.extend([format!("/work/{a}/{b}"), format!("/work/{a}/{b}/f")]);
        }
        expected.push(format!("/work/{a}"));
    }
    let mut found = Vec::new();
    walk(Path::new("/work"), &mut found);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

fn a_file_is_edited_in_place(_: &Descriptor) {
    fs::write("/work/f", "one two three").unwrap();
    let mut file = OpenOptions::new().read(true).write(true).open("/work/f").unwrap();
    file.seek(SeekFrom::Start(4)).unwrap();
    file.write_all(b"TWO").unwrap();
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, " three");
    file.rewind().unwrap();
    file.write_all(b"ONE").unwrap();
    assert_eq!(fs::read_to_string("/work/f").unwrap(), "ONE TWO three");
}

fn bytes_are_copied_from_file_to_file(_: &Descriptor) {
    let bytes = crate::help::pattern(500_000);
    fs::write("/work/f", &bytes).unwrap();
    let (mut from, mut to) = (File::open("/work/f").unwrap(), File::create("/work/g").unwrap());
    from.seek(SeekFrom::Start(1)).unwrap();
    assert_eq!(std::io::copy(&mut from, &mut to).unwrap(), 499_999);
    assert!(fs::read("/work/g").unwrap() == bytes[1..]);
}

fn errors_have_their_kinds(_: &Descriptor) {
    fs::write("/work/f", "").unwrap();
    fs::create_dir_all("/work/d/e").unwrap();
    let kind = |result: std::io::Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(fs::write("/work/d", "")), ErrorKind::IsADirectory);
    assert_eq!(kind(fs::write("/work/f/x", "")), ErrorKind::NotADirectory);
    assert_eq!(kind(fs::remove_file("/work/d")), ErrorKind::IsADirectory);
    assert_eq!(kind(fs::remove_dir("/work/f")), ErrorKind::NotADirectory);
    assert_eq!(kind(fs::rename("/work/f", "/work/d")), ErrorKind::IsADirectory);
    assert_eq!(kind(fs::rename("/work/d", "/work/f")), ErrorKind::NotADirectory);
    assert_eq!(kind(fs::rename("/work/d", "/work/d/e/x")), ErrorKind::InvalidInput);
    assert_eq!(kind(fs::create_dir("/work/f")), ErrorKind::AlreadyExists);
    assert_eq!(kind(File::open(format!("/work/{}", "n".repeat(300))).map(drop)), ErrorKind::InvalidFilename);
}
