//! `stat` and `stat-at`.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType};

facts![
    a_file_has_a_size_and_one_link,
    a_link_has_the_size_of_its_target,
    a_directory_is_one,
    timestamps_are_not_zero,
    a_descriptor_and_its_path_say_the_same,
    a_size_follows_every_write,
    what_is_read_only_can_be_asked,
    what_is_write_only_can_be_asked,
    asking_changes_nothing,
];

fn a_file_has_a_size_and_one_link(work: &Descriptor) {
    let stat = work.put("f", b"abc").stat().unwrap();
    assert_eq!((stat.type_, stat.size, stat.link_count), (DescriptorType::RegularFile, 3, 1));
    assert_eq!(work.stat_at(NO_FOLLOW, "f").unwrap().size, 3);
}

fn a_link_has_the_size_of_its_target(work: &Descriptor) {
    work.symlink_at("ü/nope", "l").unwrap();
    let stat = work.stat_at(NO_FOLLOW, "l").unwrap();
    assert_eq!((stat.type_, stat.size, stat.link_count), (DescriptorType::SymbolicLink, 7, 1));
}

fn a_directory_is_one(work: &Descriptor) {
    let stat = work.dir("d").stat().unwrap();
    assert!(stat.type_ == DescriptorType::Directory && stat.link_count > 0);
    assert_eq!(work.stat().unwrap().type_, DescriptorType::Directory);
}

fn timestamps_are_not_zero(work: &Descriptor) {
    work.put("f", b"x");
    work.create_directory_at("d").unwrap();
    work.symlink_at("f", "l").unwrap();
    for path in ["f", "d", "l", "."] {
        let stat = work.stat_at(NO_FOLLOW, path).unwrap();
        for time in [stat.data_access_timestamp, stat.data_modification_timestamp, stat.status_change_timestamp] {
            // A host may have none of a kind; programs take what is 0 for a mistake.
            assert!(time.is_none_or(|time| time.seconds > 0 && time.nanoseconds < 1_000_000_000), "{path}: {time:?}");
        }
        assert!(stat.data_modification_timestamp.is_some());
    }
}

fn a_descriptor_and_its_path_say_the_same(work: &Descriptor) {
    let file = work.put("f", b"abc");
    assert_eq!(file.stat().unwrap(), work.stat_at(NO_FOLLOW, "f").unwrap());
    let dir = work.dir("d");
    assert_eq!(dir.stat().unwrap(), work.stat_at(FOLLOW, "d").unwrap());
    work.symlink_at("f", "l").unwrap();
    assert_eq!(file.stat().unwrap(), work.stat_at(FOLLOW, "l").unwrap());
    assert_eq!(work.stat().unwrap(), work.stat_at(FOLLOW, ".").unwrap());
}

fn a_size_follows_every_write(work: &Descriptor) {
    let file = work.file("f");
    let into = file.append_via_stream().unwrap();
    let mut expected = 0;
    for len in [1, 10, 4096, 5000, 70_000] {
        into.send(&vec![1; len]).unwrap();
        expected += len as u64;
        assert_eq!((file.size(), work.stat_at(FOLLOW, "f").unwrap().size), (expected, expected));
    }
}

fn what_is_read_only_can_be_asked(work: &Descriptor) {
    work.put("f", b"abc");
    assert_eq!(work.open_at(FOLLOW, "f", NONE, READ).unwrap().size(), 3);
}

fn what_is_write_only_can_be_asked(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", NONE, WRITE).unwrap();
    assert_eq!((file.size(), file.get_type().unwrap()), (3, DescriptorType::RegularFile));
    file.metadata_hash().unwrap();
}

fn asking_changes_nothing(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let first = file.stat().unwrap();
    for _ in 0..100 {
        assert_eq!(file.stat().unwrap(), first);
        assert_eq!(work.stat_at(FOLLOW, "f").unwrap(), first);
    }
}
