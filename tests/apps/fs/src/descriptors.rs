//! What a descriptor may do.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Advice, Descriptor, DescriptorFlags, DescriptorType};

facts![
    flags_say_what_a_file_was_opened_for,
    flags_say_that_a_directory_is_no_file,
    types_are_told,
    what_is_write_only_is_not_read,
    what_is_read_only_is_not_written,
    what_is_read_only_keeps_its_size,
    a_stream_out_of_what_is_write_only_has_no_bytes,
    a_stream_into_what_is_read_only_takes_no_bytes,
    a_directory_is_no_file,
    a_directory_has_no_streams,
    a_file_is_no_directory,
    sync_succeeds,
    advice_is_taken,
    descriptors_do_not_depend_on_each_other,
];

fn flags_say_what_a_file_was_opened_for(work: &Descriptor) {
    work.put("f", b"x");
    for flags in [READ, WRITE, BOTH] {
        let file = work.open_at(FOLLOW, "f", NONE, flags).unwrap();
        assert_eq!(file.get_flags().unwrap(), flags);
    }
}

fn flags_say_that_a_directory_is_no_file(work: &Descriptor) {
    let dir = work.dir("d");
    for flags in [work.get_flags().unwrap(), dir.get_flags().unwrap()] {
        assert!(flags.contains(DescriptorFlags::READ) && !flags.contains(DescriptorFlags::WRITE), "{flags:?}");
    }
    assert_eq!(work.get_flags().unwrap(), CHANGE);
    let file = work.put("f", b"x");
    assert!(!file.get_flags().unwrap().contains(DescriptorFlags::MUTATE_DIRECTORY));
}

fn types_are_told(work: &Descriptor) {
    assert_eq!(work.get_type().unwrap(), DescriptorType::Directory);
    assert_eq!(work.dir("d").get_type().unwrap(), DescriptorType::Directory);
    assert_eq!(work.put("f", b"x").get_type().unwrap(), DescriptorType::RegularFile);
}

fn what_is_write_only_is_not_read(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", NONE, WRITE).unwrap();
    fails(file.read(1, 0), E::BadDescriptor);
    fails(file.read(1, 100), E::BadDescriptor);
    file.fill(b"X", 0);
    assert_eq!((file.size(), work.content("f")), (3, b"Xbc".to_vec()));
}

fn what_is_read_only_is_not_written(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", NONE, READ).unwrap();
    fails(file.write(b"X", 0), E::BadDescriptor);
    fails(file.write(b"X", 100), E::BadDescriptor);
    assert_eq!(file.bytes(), b"abc");
}

fn what_is_read_only_keeps_its_size(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", NONE, READ).unwrap();
    for size in [0, 1, 3, 10] {
        fails_with_any(file.set_size(size), &[E::Invalid, E::BadDescriptor]);
    }
    assert_eq!(file.bytes(), b"abc");
}

fn a_stream_out_of_what_is_write_only_has_no_bytes(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", NONE, WRITE).unwrap();
    match file.read_via_stream(0) {
        Ok(stream) => assert!(is_refused(stream.blocking_read(1))),
        Err(code) => assert_eq!(code, E::BadDescriptor),
    }
}

fn a_stream_into_what_is_read_only_takes_no_bytes(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", NONE, READ).unwrap();
    for stream in [file.write_via_stream(0), file.append_via_stream()] {
        match stream {
            Ok(stream) => assert!(is_refused(stream.send(b"X"))),
            Err(code) => assert_eq!(code, E::BadDescriptor),
        }
    }
    assert_eq!(file.bytes(), b"abc");
}

fn a_directory_is_no_file(work: &Descriptor) {
    let codes = [E::BadDescriptor, E::IsDirectory, E::Invalid];
    for dir in [work, &work.dir("d")] {
        fails_with_any(dir.read(1, 0), &codes);
        fails_with_any(dir.write(b"x", 0), &codes);
        fails_with_any(dir.set_size(0), &codes);
        fails_with_any(dir.advise(0, 0, Advice::Normal), &codes);
    }
}

fn a_directory_has_no_streams(work: &Descriptor) {
    let codes = [E::BadDescriptor, E::IsDirectory];
    for dir in [work, &work.dir("d")] {
        fails_with_any(dir.read_via_stream(0), &codes);
        fails_with_any(dir.write_via_stream(0), &codes);
        fails_with_any(dir.append_via_stream(), &codes);
    }
}

fn a_file_is_no_directory(work: &Descriptor) {
    let file = work.put("f", b"x");
    for path in ["x", ".", "..", "/x", ""] {
        file.all_fail(path, "x", E::NotDirectory);
    }
    fails(file.read_directory(), E::NotDirectory);
    fails(work.rename_at("f", &file, "x"), E::NotDirectory);
    fails(work.link_at(NO_FOLLOW, "f", &file, "x"), E::NotDirectory);
}

fn sync_succeeds(work: &Descriptor) {
    work.put("f", b"x");
    for flags in [READ, WRITE, BOTH] {
        let file = work.open_at(FOLLOW, "f", NONE, flags).unwrap();
        file.sync().unwrap();
        file.sync_data().unwrap();
    }
    for dir in [work, &work.dir("d")] {
        dir.sync().unwrap();
        dir.sync_data().unwrap();
    }
}

fn advice_is_taken(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for advice in
        [Advice::Normal, Advice::Sequential, Advice::Random, Advice::WillNeed, Advice::DontNeed, Advice::NoReuse]
    {
        file.advise(0, 0, advice).unwrap();
        file.advise(1, 2, advice).unwrap();
        file.advise(1000, 1000, advice).unwrap();
    }
    assert_eq!(file.bytes(), b"abc");
}

fn descriptors_do_not_depend_on_each_other(work: &Descriptor) {
    let first = work.put("f", b"abc");
    let second = work.open_at(FOLLOW, "f", NONE, BOTH).unwrap();
    drop(first);
    second.fill(b"X", 0);
    let third = work.open("f").unwrap();
    drop(second);
    assert_eq!(third.bytes(), b"Xbc");
}
