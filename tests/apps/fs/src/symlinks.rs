//! Symbolic links: where they are followed, and where they must not lead.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType, NewTimestamp};

facts![
    a_link_is_followed_if_told,
    a_link_is_itself_if_not_told_to_follow,
    a_link_on_the_way_is_always_followed,
    a_link_holds_its_target_as_it_was_written,
    a_target_is_relative_to_the_links_own_directory,
    links_to_links_are_followed,
    a_link_to_a_directory_can_be_listed_and_written_through,
    a_link_with_a_trailing_slash_is_its_directory,
    a_loop_is_an_error_where_it_is_followed,
    a_loop_can_be_looked_at_and_removed,
    a_dangling_link_leads_to_nothing,
    creating_through_a_dangling_link_makes_its_target,
    creating_exclusively_does_not_follow,
    opening_a_link_without_following_is_a_loop,
    an_absolute_target_is_refused,
    a_link_out_is_refused_where_it_is_followed,
    a_link_out_is_refused_on_the_way,
    a_link_out_can_be_looked_at_and_removed,
    a_chain_of_links_out_is_refused,
    a_link_out_of_an_opened_directory_is_refused,
    a_link_may_go_up_inside,
    only_links_have_a_target,
    a_link_never_replaces_anything,
    unlinking_a_link_leaves_its_target,
    renaming_a_link_leaves_its_target,
    a_link_comes_to_life_when_its_target_does,
    a_target_may_end_in_a_slash,
    a_link_to_a_file_has_nothing_below_it,
    a_link_takes_no_content,
];

fn a_link_is_followed_if_told(work: &Descriptor) {
    work.put("f", b"abc");
    work.symlink_at("f", "l").unwrap();
    let stat = work.stat_at(FOLLOW, "l").unwrap();
    assert_eq!((stat.type_, stat.size), (DescriptorType::RegularFile, 3));
    assert_eq!(work.content("l"), b"abc");
    work.open_at(FOLLOW, "l", NONE, BOTH).unwrap().fill(b"X", 1);
    assert_eq!(work.content("f"), b"aXc");
}

fn a_link_is_itself_if_not_told_to_follow(work: &Descriptor) {
    work.put("file", b"abc");
    work.symlink_at("file", "l").unwrap();
    let stat = work.stat_at(NO_FOLLOW, "l").unwrap();
    assert_eq!((stat.type_, stat.size, stat.link_count), (DescriptorType::SymbolicLink, 4, 1));
    let hash = |flags, path| work.metadata_hash_at(flags, path).unwrap();
    assert_eq!(hash(FOLLOW, "l"), hash(FOLLOW, "file"));
    assert_ne!(hash(NO_FOLLOW, "l"), hash(NO_FOLLOW, "file"));
}

fn a_link_on_the_way_is_always_followed(work: &Descriptor) {
    work.dir("d").put("f", b"abc");
    work.symlink_at("d", "l").unwrap();
    assert_eq!(work.stat_at(NO_FOLLOW, "l/f").unwrap().size, 3);
    assert_eq!(work.open_at(NO_FOLLOW, "l/f", NONE, READ).unwrap().bytes(), b"abc");
    work.create_directory_at("l/e").unwrap();
    work.rename("l/f", "l/e/g").unwrap();
    work.link("l/e/g", "l/h").unwrap();
    work.symlink_at("x", "l/s").unwrap();
    assert_eq!(work.readlink_at("l/s").unwrap(), "x");
    work.unlink_file_at("l/s").unwrap();
    assert_eq!(work.open("d").unwrap().names(), ["e", "h"]);
}

fn a_link_holds_its_target_as_it_was_written(work: &Descriptor) {
    let long = "x/".repeat(500);
    for (at, target) in ["f", "nope", "..", "./a//b/../c/.", "a/", "ü 世\n", &long].iter().enumerate() {
        let name = format!("l{at}");
        work.symlink_at(target, &name).unwrap();
        assert_eq!(work.readlink_at(&name).unwrap(), *target);
        assert_eq!(work.stat_at(NO_FOLLOW, &name).unwrap().size, target.len() as u64);
    }
}

fn a_target_is_relative_to_the_links_own_directory(work: &Descriptor) {
    work.put("f", b"high");
    work.dir("d").put("f", b"low");
    work.symlink_at("f", "d/here").unwrap();
    work.symlink_at("../f", "d/there").unwrap();
    work.symlink_at("d/here", "l").unwrap();
    assert_eq!(work.content("d/here"), b"low");
    assert_eq!(work.content("d/there"), b"high");
    assert_eq!(work.content("l"), b"low");
    // It moves, and then means another.
    work.rename("d/here", "here").unwrap();
    assert_eq!(work.content("here"), b"high");
}

fn links_to_links_are_followed(work: &Descriptor) {
    work.put("l0", b"x");
    for at in 1..=8 {
        work.symlink_at(&format!("l{}", at - 1), &format!("l{at}")).unwrap();
    }
    assert_eq!(work.content("l8"), b"x");
    work.dir("d").put("f", b"y");
    work.symlink_at("d", "a").unwrap();
    work.symlink_at("a/../a", "b").unwrap();
    assert_eq!(work.content("b/f"), b"y");
}

fn a_link_to_a_directory_can_be_listed_and_written_through(work: &Descriptor) {
    let dir = work.dir("d");
    work.symlink_at("d", "l").unwrap();
    let through = work.open_at(FOLLOW, "l", DIRECTORY, CHANGE).unwrap();
    assert!(through.is_same_object(&dir));
    through.put("f", b"x");
    work.put("l/g", b"y");
    assert_eq!(dir.names(), ["f", "g"]);
    assert_eq!(through.names(), ["f", "g"]);
}

fn a_link_with_a_trailing_slash_is_its_directory(work: &Descriptor) {
    let dir = work.dir("d");
    work.symlink_at("d", "l").unwrap();
    for path in ["l/", "l/.", "l//"] {
        assert!(work.open(path).unwrap().is_same_object(&dir), "{path}");
        assert!(work.open_at(NO_FOLLOW, path, DIRECTORY, READ).unwrap().is_same_object(&dir), "{path}");
        assert_eq!(work.stat_at(FOLLOW, path).unwrap().type_, DescriptorType::Directory, "{path}");
        fails(work.readlink_at(path), E::Invalid);
    }
}

fn a_loop_is_an_error_where_it_is_followed(work: &Descriptor) {
    work.symlink_at("b", "a").unwrap();
    work.symlink_at("a", "b").unwrap();
    work.symlink_at("self", "self").unwrap();
    work.symlink_at("deep/x", "deep").unwrap();
    work.put("f", b"x");
    for path in ["a", "b", "self", "deep"] {
        fails(work.stat_at(FOLLOW, path), E::Loop);
        fails(work.metadata_hash_at(FOLLOW, path), E::Loop);
        fails(work.set_times_at(FOLLOW, path, NewTimestamp::Now, NewTimestamp::Now), E::Loop);
        fails(work.open(path), E::Loop);
        fails(work.open_at(FOLLOW, path, CREATE, BOTH), E::Loop);
        fails(work.open_at(FOLLOW, path, DIRECTORY, READ), E::Loop);
        work.all_fail(&format!("{path}/x"), "f", E::Loop);
    }
}

fn a_loop_can_be_looked_at_and_removed(work: &Descriptor) {
    work.symlink_at("self", "self").unwrap();
    assert_eq!(work.kind("self"), DescriptorType::SymbolicLink);
    assert_eq!(work.readlink_at("self").unwrap(), "self");
    assert_eq!(work.entries()[0].type_, DescriptorType::SymbolicLink);
    work.rename("self", "other").unwrap();
    work.unlink_file_at("other").unwrap();
    assert_eq!(work.names(), [""; 0]);
}

fn a_dangling_link_leads_to_nothing(work: &Descriptor) {
    work.symlink_at("nope", "l").unwrap();
    work.symlink_at("nope/x", "deep").unwrap();
    for path in ["l", "deep"] {
        fails(work.stat_at(FOLLOW, path), E::NoEntry);
        fails(work.metadata_hash_at(FOLLOW, path), E::NoEntry);
        fails(work.set_times_at(FOLLOW, path, NewTimestamp::Now, NewTimestamp::Now), E::NoEntry);
        fails(work.open(path), E::NoEntry);
        fails(work.open_at(FOLLOW, path, TRUNCATE, BOTH), E::NoEntry);
        fails(work.open(&format!("{path}/x")), E::NoEntry);
        assert_eq!(work.kind(path), DescriptorType::SymbolicLink);
    }
    assert_eq!(work.names(), ["deep", "l"]);
}

fn creating_through_a_dangling_link_makes_its_target(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.symlink_at("d/new", "l").unwrap();
    work.symlink_at("l", "ll").unwrap();
    work.open_at(FOLLOW, "ll", CREATE, BOTH).unwrap().fill(b"x", 0);
    assert_eq!(work.content("d/new"), b"x");
    assert_eq!(work.kind("l"), DescriptorType::SymbolicLink);
    work.symlink_at("nope/new", "deep").unwrap();
    fails(work.open_at(FOLLOW, "deep", CREATE, BOTH), E::NoEntry);
}

fn creating_exclusively_does_not_follow(work: &Descriptor) {
    work.symlink_at("nope", "dangling").unwrap();
    work.put("f", b"x");
    work.symlink_at("f", "l").unwrap();
    for flags in [FOLLOW, NO_FOLLOW] {
        fails(work.open_at(flags, "dangling", EXCLUSIVE, BOTH), E::Exist);
        fails(work.open_at(flags, "l", EXCLUSIVE, BOTH), E::Exist);
    }
    assert!(!work.has("nope"));
}

fn opening_a_link_without_following_is_a_loop(work: &Descriptor) {
    work.put("f", b"x");
    work.symlink_at("f", "l").unwrap();
    work.symlink_at("nope", "dangling").unwrap();
    for path in ["l", "dangling"] {
        fails(work.open_at(NO_FOLLOW, path, NONE, READ), E::Loop);
        fails(work.open_at(NO_FOLLOW, path, NONE, BOTH), E::Loop);
        fails(work.open_at(NO_FOLLOW, path, CREATE, BOTH), E::Loop);
        fails(work.open_at(NO_FOLLOW, path, TRUNCATE, BOTH), E::Loop);
    }
    assert_eq!(work.content("f"), b"x");
    assert!(!work.has("nope"));
}

fn an_absolute_target_is_refused(work: &Descriptor) {
    for target in ["/", "/work", "/work/f", "/etc/passwd", "//x"] {
        fails(work.symlink_at(target, "l"), E::NotPermitted);
    }
    assert_eq!(work.names(), [""; 0]);
}

fn a_link_out_is_refused_where_it_is_followed(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    for (name, target) in [("a", ".."), ("b", "../x"), ("c", "d/../.."), ("d/e", "../../x"), ("f", "../work")] {
        work.symlink_at(target, name).unwrap();
        fails(work.stat_at(FOLLOW, name), E::NotPermitted);
        fails(work.metadata_hash_at(FOLLOW, name), E::NotPermitted);
        fails(work.set_times_at(FOLLOW, name, NewTimestamp::Now, NewTimestamp::Now), E::NotPermitted);
        fails(work.open(name), E::NotPermitted);
        fails(work.open_at(FOLLOW, name, DIRECTORY, READ), E::NotPermitted);
        fails(work.open_at(FOLLOW, name, CREATE, BOTH), E::NotPermitted);
        fails(work.open_at(FOLLOW, name, TRUNCATE, BOTH), E::NotPermitted);
    }
}

fn a_link_out_is_refused_on_the_way(work: &Descriptor) {
    work.dir("d").symlink_at("../..", "up").unwrap();
    work.symlink_at("..", "up").unwrap();
    work.put("f", b"x");
    for path in ["up/x", "up/work/f", "d/up/x", "d/up/work/f", "up/../x", "./up/./x"] {
        work.all_fail(path, "f", E::NotPermitted);
    }
}

fn a_link_out_can_be_looked_at_and_removed(work: &Descriptor) {
    work.symlink_at("../x", "l").unwrap();
    assert_eq!(work.kind("l"), DescriptorType::SymbolicLink);
    assert_eq!(work.readlink_at("l").unwrap(), "../x");
    work.metadata_hash_at(NO_FOLLOW, "l").unwrap();
    work.rename("l", "m").unwrap();
    work.unlink_file_at("m").unwrap();
    assert_eq!(work.names(), [""; 0]);
}

fn a_chain_of_links_out_is_refused(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.symlink_at("d/b", "a").unwrap();
    work.symlink_at("../c", "d/b").unwrap();
    work.symlink_at("./d/../..", "c").unwrap();
    work.put("f", b"x");
    fails(work.open("a"), E::NotPermitted);
    work.all_fail("a/x", "f", E::NotPermitted);
}

fn a_link_out_of_an_opened_directory_is_refused(work: &Descriptor) {
    work.put("f", b"x");
    let dir = work.dir("d");
    work.symlink_at("../f", "d/l").unwrap();
    assert_eq!(work.content("d/l"), b"x");
    fails(dir.open("l"), E::NotPermitted);
    fails(dir.stat_at(FOLLOW, "l"), E::NotPermitted);
    assert_eq!(dir.kind("l"), DescriptorType::SymbolicLink);
}

fn a_link_may_go_up_inside(work: &Descriptor) {
    work.dir("d").dir("e");
    work.put("f", b"x");
    work.symlink_at("../..", "d/e/up").unwrap();
    assert_eq!(work.content("d/e/up/f"), b"x");
    assert!(work.open("d/e/up").unwrap().is_same_object(work));
    assert_eq!(work.content("d/e/up/d/e/up/f"), b"x");
    // `..` after a link is of where the link leads.
    work.symlink_at("d/e", "l").unwrap();
    work.put("d/g", b"y");
    assert_eq!(work.content("l/../g"), b"y");
}

fn only_links_have_a_target(work: &Descriptor) {
    work.put("f", b"x");
    work.create_directory_at("d").unwrap();
    fails(work.readlink_at("f"), E::Invalid);
    fails(work.readlink_at("d"), E::Invalid);
    fails(work.readlink_at("d/"), E::Invalid);
    fails(work.readlink_at("."), E::Invalid);
    fails(work.readlink_at("nope"), E::NoEntry);
}

fn a_link_never_replaces_anything(work: &Descriptor) {
    work.put("f", b"x");
    work.create_directory_at("d").unwrap();
    work.symlink_at("f", "l").unwrap();
    work.symlink_at("nope", "dangling").unwrap();
    for name in ["f", "d", "d/", "l", "dangling", "."] {
        fails(work.symlink_at("target", name), E::Exist);
    }
    assert_eq!(work.readlink_at("l").unwrap(), "f");
    assert_eq!(work.names(), ["d", "dangling", "f", "l"]);
}

fn unlinking_a_link_leaves_its_target(work: &Descriptor) {
    work.put("f", b"x");
    work.dir("d").put("g", b"y");
    work.symlink_at("f", "l").unwrap();
    work.symlink_at("d", "m").unwrap();
    work.unlink_file_at("l").unwrap();
    work.unlink_file_at("m").unwrap();
    assert_eq!(work.names(), ["d", "f"]);
    assert_eq!(work.content("d/g"), b"y");
}

fn renaming_a_link_leaves_its_target(work: &Descriptor) {
    work.put("f", b"x");
    work.put("g", b"y");
    work.symlink_at("f", "l").unwrap();
    work.rename("l", "m").unwrap();
    assert_eq!(work.readlink_at("m").unwrap(), "f");
    // Over a link, it is the link that goes.
    work.rename("g", "m").unwrap();
    assert_eq!((work.content("f"), work.content("m")), (b"x".to_vec(), b"y".to_vec()));
    assert_eq!(work.names(), ["f", "m"]);
}

fn a_link_comes_to_life_when_its_target_does(work: &Descriptor) {
    work.symlink_at("d/f", "l").unwrap();
    fails(work.open("l"), E::NoEntry);
    work.put("x", b"one");
    work.create_directory_at("d").unwrap();
    work.rename("x", "d/f").unwrap();
    assert_eq!(work.content("l"), b"one");
    work.rename("d", "e").unwrap();
    fails(work.open("l"), E::NoEntry);
}

fn a_target_may_end_in_a_slash(work: &Descriptor) {
    let dir = work.dir("d");
    work.put("f", b"x");
    work.symlink_at("d/", "l").unwrap();
    work.symlink_at("f/", "m").unwrap();
    assert!(work.open("l").unwrap().is_same_object(&dir));
    fails(work.open("m"), E::NotDirectory);
    fails(work.stat_at(FOLLOW, "m"), E::NotDirectory);
}

fn a_link_to_a_file_has_nothing_below_it(work: &Descriptor) {
    work.put("f", b"x");
    work.symlink_at("f", "l").unwrap();
    work.all_fail("l/x", "f", E::NotDirectory);
    fails(work.open_at(FOLLOW, "l", DIRECTORY, READ), E::NotDirectory);
}

fn a_link_takes_no_content(work: &Descriptor) {
    work.put("f", b"x");
    work.symlink_at("f", "l").unwrap();
    work.put("l", b"through");
    assert_eq!(work.content("f"), b"through");
    assert_eq!(work.stat_at(NO_FOLLOW, "l").unwrap().size, 1);
}
