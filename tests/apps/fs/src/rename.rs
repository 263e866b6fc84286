//! `rename-at`.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType};

facts![
    a_file_changes_its_name,
    a_file_replaces_a_file,
    a_file_renamed_to_itself_is_itself,
    two_names_of_one_file_both_stay,
    a_file_does_not_replace_a_directory,
    a_directory_does_not_replace_a_file,
    a_directory_replaces_an_empty_one,
    a_directory_does_not_replace_a_full_one,
    a_directory_renamed_to_itself_is_itself,
    a_directory_does_not_go_below_itself,
    a_directory_does_not_replace_what_it_is_in,
    a_directory_moves_with_all_in_it,
    what_is_missing_is_not_renamed,
    a_file_does_not_go_where_there_is_no_directory,
    an_open_file_goes_on_under_its_new_name,
    a_replaced_file_lives_on_for_who_has_it_open,
    an_open_directory_goes_on_under_its_new_name,
    a_directory_below_a_moved_one_goes_on,
    a_trailing_slash_is_fine_on_a_directory,
    a_trailing_slash_is_refused_on_a_file,
    a_dot_is_not_renamed,
    a_link_is_renamed_and_not_its_target,
    a_link_to_a_directory_is_replaced_by_a_file,
    a_directory_does_not_replace_a_link,
    names_are_swapped_through_a_third,
    a_file_moves_between_opened_directories,
    what_is_renamed_keeps_its_identity,
    a_directory_moves_up_and_down,
    a_thousand_renames_leave_one_name,
];

fn a_file_changes_its_name(work: &Descriptor) {
    work.put("f", b"abc");
    work.rename("f", "g").unwrap();
    assert_eq!(work.names(), ["g"]);
    assert_eq!(work.content("g"), b"abc");
    fails(work.open("f"), E::NoEntry);
}

fn a_file_replaces_a_file(work: &Descriptor) {
    work.put("f", b"new");
    work.put("g", b"old and longer");
    work.rename("f", "g").unwrap();
    assert_eq!(work.names(), ["g"]);
    assert_eq!(work.content("g"), b"new");
}

fn a_file_renamed_to_itself_is_itself(work: &Descriptor) {
    work.put("f", b"abc");
    work.create_directory_at("d").unwrap();
    work.rename("f", "f").unwrap();
    work.rename("f", "./d/../f").unwrap();
    assert_eq!(work.names(), ["d", "f"]);
    assert_eq!((work.content("f"), work.link_count("f")), (b"abc".to_vec(), 1));
}

fn two_names_of_one_file_both_stay(work: &Descriptor) {
    work.put("f", b"abc");
    work.link("f", "g").unwrap();
    // POSIX: "if old and new resolve to the same existing file, rename() shall return successfully and perform no other
    // action".
    work.rename("f", "g").unwrap();
    assert_eq!(work.names(), ["f", "g"]);
    assert_eq!(work.link_count("f"), 2);
}

fn a_file_does_not_replace_a_directory(work: &Descriptor) {
    work.put("f", b"abc");
    work.create_directory_at("empty").unwrap();
    work.dir("full").put("x", b"x");
    fails(work.rename("f", "empty"), E::IsDirectory);
    fails(work.rename("f", "full"), E::IsDirectory);
    assert_eq!(work.names(), ["empty", "f", "full"]);
    assert_eq!(work.content("f"), b"abc");
}

fn a_directory_does_not_replace_a_file(work: &Descriptor) {
    work.dir("d").put("x", b"x");
    work.put("f", b"abc");
    fails(work.rename("d", "f"), E::NotDirectory);
    assert_eq!((work.content("f"), work.content("d/x")), (b"abc".to_vec(), b"x".to_vec()));
}

fn a_directory_replaces_an_empty_one(work: &Descriptor) {
    work.dir("d").put("x", b"x");
    work.create_directory_at("e").unwrap();
    work.rename("d", "e").unwrap();
    assert_eq!(work.names(), ["e"]);
    assert_eq!(work.content("e/x"), b"x");
}

fn a_directory_does_not_replace_a_full_one(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.dir("e").put("x", b"x");
    fails_with_any(work.rename("d", "e"), &[E::NotEmpty, E::Exist]);
    assert_eq!(work.names(), ["d", "e"]);
    assert_eq!(work.content("e/x"), b"x");
}

fn a_directory_renamed_to_itself_is_itself(work: &Descriptor) {
    work.dir("d").put("x", b"x");
    work.rename("d", "d").unwrap();
    work.rename("d", "./d").unwrap();
    work.rename("d", "d/../d").unwrap();
    assert_eq!(work.content("d/x"), b"x");
}

fn a_directory_does_not_go_below_itself(work: &Descriptor) {
    work.dir("d").create_directory_at("e").unwrap();
    fails(work.rename("d", "d/new"), E::Invalid);
    fails(work.rename("d", "d/e"), E::Invalid);
    fails(work.rename("d", "d/e/new"), E::Invalid);
    work.symlink_at("d", "l").unwrap();
    fails(work.rename("d", "l/new"), E::Invalid);
    let deep = work.open_at(FOLLOW, "d/e", DIRECTORY, CHANGE).unwrap();
    fails(work.rename_at("d", &deep, "new"), E::Invalid);
    assert_eq!(work.names(), ["d", "l"]);
    assert_eq!(work.open("d").unwrap().names(), ["e"]);
}

fn a_directory_does_not_replace_what_it_is_in(work: &Descriptor) {
    work.dir("d").dir("e").put("x", b"x");
    fails_with_any(work.rename("d/e", "d"), &[E::NotEmpty, E::Exist]);
    assert_eq!(work.content("d/e/x"), b"x");
}

fn a_directory_moves_with_all_in_it(work: &Descriptor) {
    let deep = work.dir("a").dir("b").dir("c");
    deep.put("f", b"abc");
    deep.symlink_at("f", "l").unwrap();
    work.create_directory_at("z").unwrap();
    work.rename("a", "z/y").unwrap();
    assert_eq!(work.names(), ["z"]);
    assert_eq!(work.content("z/y/b/c/f"), b"abc");
    assert_eq!(work.content("z/y/b/c/l"), b"abc");
    fails(work.open("a/b/c/f"), E::NoEntry);
}

fn what_is_missing_is_not_renamed(work: &Descriptor) {
    work.put("f", b"abc");
    fails(work.rename("nope", "f"), E::NoEntry);
    fails(work.rename("nope", "nope"), E::NoEntry);
    fails(work.rename("nope/x", "f"), E::NoEntry);
    assert_eq!(work.content("f"), b"abc");
}

fn a_file_does_not_go_where_there_is_no_directory(work: &Descriptor) {
    work.put("f", b"abc");
    work.put("g", b"x");
    fails(work.rename("f", "nope/f"), E::NoEntry);
    fails(work.rename("f", "g/f"), E::NotDirectory);
    fails(work.rename("f", "f/f"), E::NotDirectory);
    assert_eq!(work.names(), ["f", "g"]);
}

fn an_open_file_goes_on_under_its_new_name(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.create_directory_at("d").unwrap();
    work.rename("f", "d/g").unwrap();
    file.fill(b"def", 3);
    assert_eq!(work.content("d/g"), b"abcdef");
    assert!(work.open("d/g").unwrap().is_same_object(&file));
}

fn a_replaced_file_lives_on_for_who_has_it_open(work: &Descriptor) {
    let old = work.put("g", b"old");
    work.put("f", b"new");
    work.rename("f", "g").unwrap();
    assert_eq!((old.bytes(), old.stat().unwrap().link_count), (b"old".to_vec(), 0));
    old.fill(b"!", 3);
    assert_eq!((old.bytes(), work.content("g")), (b"old!".to_vec(), b"new".to_vec()));
}

fn an_open_directory_goes_on_under_its_new_name(work: &Descriptor) {
    let dir = work.dir("d");
    dir.put("f", b"x");
    work.create_directory_at("z").unwrap();
    work.rename("d", "z/e").unwrap();
    assert_eq!(dir.content("f"), b"x");
    dir.put("g", b"y");
    dir.create_directory_at("h").unwrap();
    dir.unlink_file_at("f").unwrap();
    assert_eq!(work.open("z/e").unwrap().names(), ["g", "h"]);
    assert!(work.open("z/e").unwrap().is_same_object(&dir));
}

fn a_directory_below_a_moved_one_goes_on(work: &Descriptor) {
    let deep = work.dir("a").dir("b");
    work.rename("a", "z").unwrap();
    deep.put("f", b"x");
    assert_eq!(work.content("z/b/f"), b"x");
    // And one that takes the old name is another.
    work.dir("a").create_directory_at("b").unwrap();
    deep.put("g", b"y");
    assert!(!work.has("a/b/g") && work.has("z/b/g"));
}

fn a_trailing_slash_is_fine_on_a_directory(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    work.rename("d/", "e").unwrap();
    work.rename("e", "g/").unwrap();
    work.rename("g/", "h//").unwrap();
    assert_eq!(work.content("h/f"), b"x");
    assert_eq!(work.names(), ["h"]);
}

fn a_trailing_slash_is_refused_on_a_file(work: &Descriptor) {
    work.put("f", b"x");
    work.put("g", b"y");
    for (old, new) in [("f/", "h"), ("f", "h/"), ("f", "g/"), ("f/", "g/")] {
        fails(work.rename(old, new), E::NotDirectory);
    }
    assert_eq!(work.names(), ["f", "g"]);
}

fn a_dot_is_not_renamed(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    let codes = [E::Busy, E::Invalid];
    for path in [".", "d/.", "./."] {
        fails_with_any(work.rename(path, "new"), &codes);
    }
    fails_with_any(work.rename("d", "."), &[E::Busy, E::Invalid, E::NotEmpty]);
    fails_with_any(work.rename("d", "d/."), &codes);
    assert_eq!(work.names(), ["d"]);
}

fn a_link_is_renamed_and_not_its_target(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    work.symlink_at("d", "l").unwrap();
    work.rename("l", "m").unwrap();
    assert_eq!((work.kind("m"), work.kind("d")), (DescriptorType::SymbolicLink, DescriptorType::Directory));
    assert_eq!(work.content("m/f"), b"x");
}

fn a_link_to_a_directory_is_replaced_by_a_file(work: &Descriptor) {
    work.dir("d").put("x", b"x");
    work.symlink_at("d", "l").unwrap();
    work.put("f", b"abc");
    work.rename("f", "l").unwrap();
    assert_eq!(work.kind("l"), DescriptorType::RegularFile);
    assert_eq!((work.content("l"), work.content("d/x")), (b"abc".to_vec(), b"x".to_vec()));
}

fn a_directory_does_not_replace_a_link(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.create_directory_at("e").unwrap();
    work.symlink_at("e", "l").unwrap();
    work.symlink_at("nope", "dangling").unwrap();
    fails(work.rename("d", "l"), E::NotDirectory);
    fails(work.rename("d", "dangling"), E::NotDirectory);
    assert_eq!(work.names(), ["d", "dangling", "e", "l"]);
}

fn names_are_swapped_through_a_third(work: &Descriptor) {
    work.dir("a").put("f", b"a");
    work.dir("b").put("f", b"b");
    work.rename("a", "t").unwrap();
    work.rename("b", "a").unwrap();
    work.rename("t", "b").unwrap();
    assert_eq!((work.content("a/f"), work.content("b/f")), (b"b".to_vec(), b"a".to_vec()));
}

fn a_file_moves_between_opened_directories(work: &Descriptor) {
    let (from, to) = (work.dir("from"), work.dir("to"));
    from.put("f", b"x");
    from.rename_at("f", &to, "g").unwrap();
    assert_eq!((from.names(), to.names()), (vec![], vec!["g".to_owned()]));
    fails(from.rename_at("f", &to, "h"), E::NoEntry);
    fails(to.rename_at("g", &from, "../g"), E::NotPermitted);
    assert_eq!(work.content("to/g"), b"x");
}

fn what_is_renamed_keeps_its_identity(work: &Descriptor) {
    let file = work.put("f", b"x");
    let dir = work.dir("d");
    work.rename("f", "g").unwrap();
    work.rename("d", "e").unwrap();
    assert!(work.open("g").unwrap().is_same_object(&file));
    assert!(work.open("e").unwrap().is_same_object(&dir));
    assert_eq!(work.link_count("g"), 1);
}

fn a_directory_moves_up_and_down(work: &Descriptor) {
    let c = work.dir("a").dir("b").dir("c");
    c.put("f", b"x");
    work.rename("a/b/c", "c").unwrap();
    work.rename("a", "c/a").unwrap();
    assert_eq!(c.names(), ["a", "f"]);
    assert!(work.open("c/a/b/../..").unwrap().is_same_object(&c));
    assert_eq!(work.content("c/a/../f"), b"x");
}

fn a_thousand_renames_leave_one_name(work: &Descriptor) {
    work.put("f0", b"x");
    for at in 0..1000 {
        work.rename(&format!("f{at}"), &format!("f{}", at + 1)).unwrap();
    }
    assert_eq!(work.names(), ["f1000"]);
    assert_eq!(work.content("f1000"), b"x");
}
