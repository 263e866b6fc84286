//! `open-at` and its flags.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType, OpenFlags};

facts![
    what_is_missing_is_not_opened,
    create_makes_an_empty_file,
    create_opens_what_is_there_as_it_is,
    exclusive_refuses_what_is_there,
    exclusive_makes_what_is_missing,
    truncate_empties,
    truncate_empties_for_all_who_have_it_open,
    truncate_alone_makes_nothing,
    create_and_truncate_go_together,
    a_failing_exclusive_truncates_nothing,
    directory_opens_directories_only,
    directory_makes_nothing,
    a_directory_is_not_opened_for_writing,
    a_directory_is_not_created_over_by_open,
    create_needs_a_parent,
    create_with_a_trailing_slash_makes_nothing,
    create_follows_a_link_to_a_file,
    paths_are_relative_to_the_descriptor,
    the_same_file_is_opened_many_times,
    a_descriptor_outlives_the_directory_it_came_from,
];

fn what_is_missing_is_not_opened(work: &Descriptor) {
    for flags in [READ, WRITE, BOTH] {
        fails(work.open_at(FOLLOW, "f", NONE, flags), E::NoEntry);
        fails(work.open_at(NO_FOLLOW, "f", NONE, flags), E::NoEntry);
    }
    assert_eq!(work.names(), [""; 0]);
}

fn create_makes_an_empty_file(work: &Descriptor) {
    for (name, flags) in [("r", READ), ("w", WRITE), ("b", BOTH)] {
        let file = work.open_at(FOLLOW, name, CREATE, flags).unwrap();
        let stat = file.stat().unwrap();
        assert_eq!((stat.type_, stat.size, stat.link_count), (DescriptorType::RegularFile, 0, 1), "{name}");
    }
    work.open_at(NO_FOLLOW, "n", CREATE, BOTH).unwrap();
    assert_eq!(work.names(), ["b", "n", "r", "w"]);
}

fn create_opens_what_is_there_as_it_is(work: &Descriptor) {
    let first = work.put("f", b"abc");
    let second = work.open_at(FOLLOW, "f", CREATE, BOTH).unwrap();
    assert!(second.is_same_object(&first));
    assert_eq!(second.bytes(), b"abc");
    assert_eq!(work.open_at(NO_FOLLOW, "f", CREATE, BOTH).unwrap().bytes(), b"abc");
}

fn exclusive_refuses_what_is_there(work: &Descriptor) {
    work.put("f", b"abc");
    work.create_directory_at("d").unwrap();
    for flags in [FOLLOW, NO_FOLLOW] {
        fails(work.open_at(flags, "f", EXCLUSIVE, BOTH), E::Exist);
        fails(work.open_at(flags, "d", EXCLUSIVE, BOTH), E::Exist);
    }
    assert_eq!(work.content("f"), b"abc");
}

fn exclusive_makes_what_is_missing(work: &Descriptor) {
    work.open_at(FOLLOW, "f", EXCLUSIVE, BOTH).unwrap().fill(b"x", 0);
    assert_eq!(work.content("f"), b"x");
    work.unlink_file_at("f").unwrap();
    assert_eq!(work.open_at(FOLLOW, "f", EXCLUSIVE | TRUNCATE, BOTH).unwrap().size(), 0);
}

fn truncate_empties(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", TRUNCATE, BOTH).unwrap();
    assert_eq!(file.size(), 0);
    file.fill(b"z", 2);
    assert_eq!(work.content("f"), b"\0\0z");
    work.open_at(NO_FOLLOW, "f", TRUNCATE, WRITE).unwrap();
    assert_eq!(work.content("f"), b"");
}

fn truncate_empties_for_all_who_have_it_open(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.link("f", "g").unwrap();
    work.open_at(FOLLOW, "g", TRUNCATE, WRITE).unwrap();
    assert_eq!((file.size(), file.bytes()), (0, vec![]));
    assert_eq!(work.stat_at(FOLLOW, "f").unwrap().size, 0);
}

fn truncate_alone_makes_nothing(work: &Descriptor) {
    fails(work.open_at(FOLLOW, "f", TRUNCATE, BOTH), E::NoEntry);
    assert!(!work.has("f"));
}

fn create_and_truncate_go_together(work: &Descriptor) {
    assert_eq!(work.open_at(FOLLOW, "f", CREATE | TRUNCATE, BOTH).unwrap().size(), 0);
    work.put("f", b"abc");
    assert_eq!(work.open_at(FOLLOW, "f", CREATE | TRUNCATE, BOTH).unwrap().size(), 0);
}

fn a_failing_exclusive_truncates_nothing(work: &Descriptor) {
    work.put("f", b"abc");
    fails(work.open_at(FOLLOW, "f", EXCLUSIVE | TRUNCATE, BOTH), E::Exist);
    assert_eq!(work.content("f"), b"abc");
}

fn directory_opens_directories_only(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.symlink_at("d", "l").unwrap();
    work.put("f", b"x");
    work.symlink_at("f", "m").unwrap();
    for path in [".", "d", "d/", "l", "l/"] {
        let dir = work.open_at(FOLLOW, path, DIRECTORY, READ).unwrap();
        assert_eq!(dir.get_type().unwrap(), DescriptorType::Directory, "{path}");
    }
    work.open_at(NO_FOLLOW, "d", DIRECTORY, READ).unwrap();
    fails(work.open_at(FOLLOW, "f", DIRECTORY, READ), E::NotDirectory);
    fails(work.open_at(NO_FOLLOW, "f", DIRECTORY, READ), E::NotDirectory);
    fails(work.open_at(FOLLOW, "m", DIRECTORY, READ), E::NotDirectory);
    fails(work.open_at(FOLLOW, "nope", DIRECTORY, READ), E::NoEntry);
    // Which of the two it is, POSIX leaves open.
    fails_with_any(work.open_at(NO_FOLLOW, "l", DIRECTORY, READ), &[E::Loop, E::NotDirectory]);
}

fn directory_makes_nothing(work: &Descriptor) {
    for flags in [CREATE, EXCLUSIVE, CREATE | TRUNCATE] {
        assert!(work.open_at(FOLLOW, "new", flags | OpenFlags::DIRECTORY, READ).is_err());
    }
    assert_eq!(work.names(), [""; 0]);
}

fn a_directory_is_not_opened_for_writing(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.symlink_at("d", "l").unwrap();
    for path in ["d", "l", ".", "d/", "d/.", "d/.."] {
        fails(work.open_at(FOLLOW, path, NONE, WRITE), E::IsDirectory);
        fails(work.open_at(FOLLOW, path, NONE, BOTH), E::IsDirectory);
        fails(work.open_at(FOLLOW, path, TRUNCATE, BOTH), E::IsDirectory);
    }
}

fn a_directory_is_not_created_over_by_open(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    fails(work.open_at(FOLLOW, "d", CREATE, BOTH), E::IsDirectory);
    fails(work.open_at(FOLLOW, "d", CREATE | TRUNCATE, BOTH), E::IsDirectory);
    assert_eq!(work.content("d/f"), b"x");
}

fn create_needs_a_parent(work: &Descriptor) {
    work.put("f", b"x");
    fails(work.open_at(FOLLOW, "d/new", CREATE, BOTH), E::NoEntry);
    fails(work.open_at(FOLLOW, "f/new", CREATE, BOTH), E::NotDirectory);
    assert_eq!(work.names(), ["f"]);
}

fn create_with_a_trailing_slash_makes_nothing(work: &Descriptor) {
    for path in ["new/", "new//", "new/."] {
        assert!(work.open_at(FOLLOW, path, CREATE, BOTH).is_err(), "{path}");
        assert!(work.open_at(FOLLOW, path, EXCLUSIVE, BOTH).is_err(), "{path}");
    }
    assert_eq!(work.names(), [""; 0]);
}

fn create_follows_a_link_to_a_file(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.symlink_at("f", "l").unwrap();
    assert!(work.open_at(FOLLOW, "l", CREATE, BOTH).unwrap().is_same_object(&file));
    work.open_at(FOLLOW, "l", CREATE | TRUNCATE, BOTH).unwrap();
    assert_eq!(file.size(), 0);
}

fn paths_are_relative_to_the_descriptor(work: &Descriptor) {
    let deep = work.dir("d").dir("e");
    deep.put("f", b"x");
    assert_eq!(work.content("d/e/f"), b"x");
    assert_eq!(work.open("d").unwrap().open("e").unwrap().content("f"), b"x");
    deep.create_directory_at("g").unwrap();
    deep.rename_at("f", work, "moved").unwrap();
    assert_eq!(deep.names(), ["g"]);
    assert_eq!(work.names(), ["d", "moved"]);
}

fn the_same_file_is_opened_many_times(work: &Descriptor) {
    work.put("f", b"abc");
    let all: Vec<Descriptor> = (0..100).map(|_| work.open_at(FOLLOW, "f", NONE, BOTH).unwrap()).collect();
    for (at, file) in all.iter().enumerate() {
        file.fill(&[at as u8], at as u64);
    }
    assert!(all.iter().all(|file| file.size() == 100 && file.is_same_object(&all[0])));
    assert_eq!(all[50].bytes(), (0..100).collect::<Vec<u8>>());
}

fn a_descriptor_outlives_the_directory_it_came_from(work: &Descriptor) {
    let file = {
        let dir = work.dir("d");
        dir.put("f", b"abc")
    };
    assert_eq!(file.bytes(), b"abc");
    file.fill(b"def", 3);
    assert_eq!(work.content("d/f"), b"abcdef");
}
