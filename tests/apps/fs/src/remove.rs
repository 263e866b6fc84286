//! `unlink-file-at`, `remove-directory-at`, and what is left.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType};

facts![
    a_file_is_unlinked,
    what_is_missing_is_not_unlinked,
    a_directory_is_not_unlinked,
    an_unlinked_file_lives_on_for_who_has_it_open,
    an_unlinked_name_can_be_taken_again,
    an_unlinked_file_has_no_links,
    an_empty_directory_is_removed,
    what_is_missing_is_not_removed,
    a_full_directory_is_not_removed,
    a_file_is_not_removed_as_a_directory,
    a_link_is_not_removed_as_a_directory,
    a_dot_is_not_removed,
    the_root_is_not_removed,
    a_directory_is_removed_when_it_has_become_empty,
    nothing_is_made_in_a_removed_directory,
    a_removed_directory_is_empty_for_who_has_it_open,
    a_removed_name_is_another_directory_when_it_comes_back,
    a_file_outlives_the_directory_it_was_in,
    a_trailing_slash_is_refused_on_a_file,
    a_trailing_slash_makes_no_file_of_a_directory,
    a_tree_is_removed_from_below,
    making_and_removing_again_and_again_leaves_nothing,
];

fn a_file_is_unlinked(work: &Descriptor) {
    work.put("f", b"x");
    work.put("g", b"y");
    work.unlink_file_at("f").unwrap();
    assert_eq!(work.names(), ["g"]);
    fails(work.open("f"), E::NoEntry);
    fails(work.stat_at(NO_FOLLOW, "f"), E::NoEntry);
}

fn what_is_missing_is_not_unlinked(work: &Descriptor) {
    work.put("f", b"x");
    fails(work.unlink_file_at("nope"), E::NoEntry);
    fails(work.unlink_file_at("nope/x"), E::NoEntry);
    work.unlink_file_at("f").unwrap();
    fails(work.unlink_file_at("f"), E::NoEntry);
}

fn a_directory_is_not_unlinked(work: &Descriptor) {
    work.create_directory_at("empty").unwrap();
    work.dir("full").put("f", b"x");
    for path in ["empty", "full", "."] {
        fails(work.unlink_file_at(path), E::IsDirectory);
    }
    assert_eq!(work.names(), ["empty", "full"]);
}

fn an_unlinked_file_lives_on_for_who_has_it_open(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let other = work.open("f").unwrap();
    work.unlink_file_at("f").unwrap();
    assert_eq!(file.bytes(), b"abc");
    file.fill(b"def", 3);
    assert_eq!((other.bytes(), other.size()), (b"abcdef".to_vec(), 6));
    assert!(file.is_same_object(&other));
    assert_eq!(file.get_type().unwrap(), DescriptorType::RegularFile);
    file.sync().unwrap();
}

fn an_unlinked_name_can_be_taken_again(work: &Descriptor) {
    let old = work.put("f", b"old");
    work.unlink_file_at("f").unwrap();
    let new = work.open_at(FOLLOW, "f", EXCLUSIVE, BOTH).unwrap();
    assert!(!new.is_same_object(&old));
    new.fill(b"new", 0);
    assert_eq!((old.bytes(), work.content("f")), (b"old".to_vec(), b"new".to_vec()));
    work.unlink_file_at("f").unwrap();
    work.create_directory_at("f").unwrap();
    assert_eq!(old.bytes(), b"old");
}

fn an_unlinked_file_has_no_links(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.unlink_file_at("f").unwrap();
    let stat = file.stat().unwrap();
    assert_eq!((stat.link_count, stat.size), (0, 3));
}

fn an_empty_directory_is_removed(work: &Descriptor) {
    work.dir("d").create_directory_at("e").unwrap();
    work.remove_directory_at("d/e").unwrap();
    work.remove_directory_at("d").unwrap();
    assert_eq!(work.names(), [""; 0]);
    fails(work.open("d"), E::NoEntry);
}

fn what_is_missing_is_not_removed(work: &Descriptor) {
    fails(work.remove_directory_at("nope"), E::NoEntry);
    fails(work.remove_directory_at("nope/x"), E::NoEntry);
}

fn a_full_directory_is_not_removed(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    work.dir("e").create_directory_at("e").unwrap();
    work.dir("l").symlink_at("nope", "l").unwrap();
    for path in ["d", "e", "l"] {
        fails_with_any(work.remove_directory_at(path), &[E::NotEmpty, E::Exist]);
    }
    assert_eq!(work.content("d/f"), b"x");
}

fn a_file_is_not_removed_as_a_directory(work: &Descriptor) {
    work.put("f", b"x");
    fails(work.remove_directory_at("f"), E::NotDirectory);
    assert!(work.has("f"));
}

fn a_link_is_not_removed_as_a_directory(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.symlink_at("d", "l").unwrap();
    work.symlink_at("nope", "m").unwrap();
    fails(work.remove_directory_at("l"), E::NotDirectory);
    fails(work.remove_directory_at("m"), E::NotDirectory);
    assert_eq!(work.names(), ["d", "l", "m"]);
}

fn a_dot_is_not_removed(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    fails(work.remove_directory_at("."), E::Invalid);
    fails(work.remove_directory_at("d/."), E::Invalid);
    let dir = work.open_at(FOLLOW, "d", DIRECTORY, CHANGE).unwrap();
    fails(dir.remove_directory_at("."), E::Invalid);
    assert_eq!(work.names(), ["d"]);
}

fn the_root_is_not_removed(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    assert!(work.remove_directory_at("d/..").is_err());
    assert!(work.remove_directory_at("..").is_err());
    assert!(work.unlink_file_at("d/..").is_err());
    assert_eq!(work.names(), ["d"]);
}

fn a_directory_is_removed_when_it_has_become_empty(work: &Descriptor) {
    let dir = work.dir("d");
    dir.put("f", b"x");
    dir.symlink_at("f", "l").unwrap();
    dir.create_directory_at("e").unwrap();
    dir.unlink_file_at("f").unwrap();
    dir.rename_at("l", work, "l").unwrap();
    assert!(work.remove_directory_at("d").is_err());
    dir.remove_directory_at("e").unwrap();
    work.remove_directory_at("d").unwrap();
    assert_eq!(work.names(), ["l"]);
}

fn nothing_is_made_in_a_removed_directory(work: &Descriptor) {
    let dir = work.dir("d");
    work.put("f", b"x");
    work.remove_directory_at("d").unwrap();
    fails(dir.open_at(FOLLOW, "new", CREATE, BOTH), E::NoEntry);
    fails(dir.create_directory_at("new"), E::NoEntry);
    fails(dir.symlink_at("x", "new"), E::NoEntry);
    fails(work.link_at(NO_FOLLOW, "f", &dir, "new"), E::NoEntry);
    fails(work.rename_at("f", &dir, "new"), E::NoEntry);
    assert_eq!(work.names(), ["f"]);
}

fn a_removed_directory_is_empty_for_who_has_it_open(work: &Descriptor) {
    let dir = work.dir("d");
    let other = work.open("d").unwrap();
    work.remove_directory_at("d").unwrap();
    assert_eq!(dir.get_type().unwrap(), DescriptorType::Directory);
    assert_eq!(dir.stat().unwrap().type_, DescriptorType::Directory);
    assert!(dir.is_same_object(&other));
    fails(dir.stat_at(NO_FOLLOW, "f"), E::NoEntry);
    fails(dir.open("f"), E::NoEntry);
    // A listing may fail, too.
    if let Ok(stream) = dir.read_directory() {
        assert!(matches!(stream.read_directory_entry(), Ok(None) | Err(E::NoEntry)));
    }
}

fn a_removed_name_is_another_directory_when_it_comes_back(work: &Descriptor) {
    let old = work.dir("d");
    work.remove_directory_at("d").unwrap();
    let new = work.dir("d");
    new.put("f", b"x");
    assert!(!old.is_same_object(&new));
    fails(old.open("f"), E::NoEntry);
    fails(old.create_directory_at("e"), E::NoEntry);
    assert_eq!(work.open("d").unwrap().names(), ["f"]);
}

fn a_file_outlives_the_directory_it_was_in(work: &Descriptor) {
    let file = work.dir("d").put("f", b"abc");
    work.unlink_file_at("d/f").unwrap();
    work.remove_directory_at("d").unwrap();
    file.fill(b"X", 0);
    assert_eq!(file.bytes(), b"Xbc");
}

fn a_trailing_slash_is_refused_on_a_file(work: &Descriptor) {
    work.put("f", b"x");
    fails(work.unlink_file_at("f/"), E::NotDirectory);
    fails(work.remove_directory_at("f/"), E::NotDirectory);
    assert!(work.has("f"));
}

fn a_trailing_slash_makes_no_file_of_a_directory(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.symlink_at("d", "l").unwrap();
    fails(work.unlink_file_at("d/"), E::IsDirectory);
    fails_with_any(work.unlink_file_at("l/"), &[E::IsDirectory, E::NotDirectory]);
    assert_eq!(work.names(), ["d", "l"]);
}

fn a_tree_is_removed_from_below(work: &Descriptor) {
    for path in ["a", "a/b", "a/b/c", "a/d"] {
        work.dir(path).put("f", b"x");
    }
    for path in ["a/b/c", "a/b", "a/d", "a"] {
        assert!(work.remove_directory_at(path).is_err());
        work.unlink_file_at(&format!("{path}/f")).unwrap();
        work.remove_directory_at(path).unwrap();
    }
    assert_eq!(work.names(), [""; 0]);
}

fn making_and_removing_again_and_again_leaves_nothing(work: &Descriptor) {
    for _ in 0..500 {
        work.dir("d").put("f", b"x");
        work.symlink_at("d/f", "l").unwrap();
        work.unlink_file_at("l").unwrap();
        work.unlink_file_at("d/f").unwrap();
        work.remove_directory_at("d").unwrap();
    }
    assert_eq!(work.names(), [""; 0]);
}
