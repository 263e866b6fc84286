//! Hard links.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType};

facts![
    a_link_is_another_name_of_the_same_file,
    links_are_counted,
    bytes_are_shared_by_all_names,
    a_file_lives_until_its_last_name_goes,
    a_directory_is_not_linked,
    a_link_replaces_nothing,
    what_is_missing_is_not_linked,
    a_link_needs_a_directory_to_be_in,
    a_link_to_a_link_is_one_to_the_link_itself,
    links_cross_directories,
    a_name_is_renamed_without_the_others,
    replacing_one_name_leaves_the_others,
    a_file_has_a_hundred_names,
    a_new_name_is_not_a_copy_of_the_old_times,
    a_trailing_slash_is_refused_in_a_link,
];

fn a_link_is_another_name_of_the_same_file(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.link("f", "g").unwrap();
    assert_eq!(work.names(), ["f", "g"]);
    assert!(work.open("g").unwrap().is_same_object(&file));
    assert_eq!(work.metadata_hash_at(FOLLOW, "f").unwrap(), work.metadata_hash_at(FOLLOW, "g").unwrap());
    assert_eq!(work.kind("g"), DescriptorType::RegularFile);
}

fn links_are_counted(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for count in 2..6 {
        work.link("f", &format!("g{count}")).unwrap();
        assert_eq!((work.link_count("f"), work.link_count("g2")), (count, count));
    }
    work.unlink_file_at("f").unwrap();
    work.unlink_file_at("g4").unwrap();
    assert_eq!((work.link_count("g2"), file.stat().unwrap().link_count), (3, 3));
}

fn bytes_are_shared_by_all_names(work: &Descriptor) {
    work.put("f", b"abc");
    work.link("f", "g").unwrap();
    work.file("g").fill(b"XYZ!", 1);
    assert_eq!((work.content("f"), work.stat_at(FOLLOW, "f").unwrap().size), (b"aXYZ!".to_vec(), 5));
    work.put("f", b"");
    assert_eq!(work.content("g"), b"");
}

fn a_file_lives_until_its_last_name_goes(work: &Descriptor) {
    work.put("f", b"abc");
    work.link("f", "g").unwrap();
    work.unlink_file_at("f").unwrap();
    assert_eq!((work.content("g"), work.link_count("g")), (b"abc".to_vec(), 1));
    work.put("f", b"another");
    assert_eq!(work.content("g"), b"abc");
    work.unlink_file_at("g").unwrap();
    assert_eq!(work.names(), ["f"]);
}

fn a_directory_is_not_linked(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    fails(work.link("d", "e"), E::NotPermitted);
    fails(work.link("d/", "e"), E::NotPermitted);
    fails(work.link(".", "e"), E::NotPermitted);
    assert_eq!(work.names(), ["d"]);
}

fn a_link_replaces_nothing(work: &Descriptor) {
    work.put("f", b"abc");
    work.put("g", b"x");
    work.create_directory_at("d").unwrap();
    work.symlink_at("nope", "dangling").unwrap();
    for name in ["f", "g", "d", "dangling"] {
        fails(work.link("f", name), E::Exist);
    }
    assert_eq!((work.link_count("f"), work.content("g")), (1, b"x".to_vec()));
}

fn what_is_missing_is_not_linked(work: &Descriptor) {
    fails(work.link("nope", "new"), E::NoEntry);
    fails(work.link("nope/x", "new"), E::NoEntry);
    assert_eq!(work.names(), [""; 0]);
}

fn a_link_needs_a_directory_to_be_in(work: &Descriptor) {
    work.put("f", b"abc");
    fails(work.link("f", "nope/g"), E::NoEntry);
    fails(work.link("f", "f/g"), E::NotDirectory);
    assert_eq!(work.link_count("f"), 1);
}

fn a_link_to_a_link_is_one_to_the_link_itself(work: &Descriptor) {
    work.put("f", b"abc");
    work.symlink_at("f", "l").unwrap();
    work.link("l", "m").unwrap();
    assert_eq!(work.kind("m"), DescriptorType::SymbolicLink);
    assert_eq!(work.readlink_at("m").unwrap(), "f");
    assert_eq!((work.link_count("l"), work.link_count("f")), (2, 1));
    work.unlink_file_at("l").unwrap();
    assert_eq!((work.content("m"), work.link_count("m")), (b"abc".to_vec(), 1));
}

fn links_cross_directories(work: &Descriptor) {
    let (one, two) = (work.dir("one"), work.dir("two"));
    one.put("f", b"abc");
    one.link_at(NO_FOLLOW, "f", &two, "g").unwrap();
    work.link("two/g", "h").unwrap();
    assert_eq!(work.link_count("one/f"), 3);
    one.unlink_file_at("f").unwrap();
    work.remove_directory_at("one").unwrap();
    assert_eq!((work.content("two/g"), work.content("h")), (b"abc".to_vec(), b"abc".to_vec()));
    fails(two.link_at(NO_FOLLOW, "../h", work, "i"), E::NotPermitted);
}

fn a_name_is_renamed_without_the_others(work: &Descriptor) {
    work.put("f", b"abc");
    work.link("f", "g").unwrap();
    work.rename("g", "h").unwrap();
    assert_eq!(work.names(), ["f", "h"]);
    assert_eq!((work.link_count("f"), work.content("h")), (2, b"abc".to_vec()));
}

fn replacing_one_name_leaves_the_others(work: &Descriptor) {
    work.put("f", b"abc");
    work.link("f", "g").unwrap();
    work.put("new", b"new");
    work.rename("new", "g").unwrap();
    assert_eq!((work.content("f"), work.link_count("f")), (b"abc".to_vec(), 1));
    assert_eq!((work.content("g"), work.link_count("g")), (b"new".to_vec(), 1));
}

fn a_file_has_a_hundred_names(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for at in 0..100 {
        work.link("f", &format!("g{at}")).unwrap();
    }
    assert_eq!((work.names().len(), file.stat().unwrap().link_count), (101, 101));
    for at in (0..100).rev() {
        work.unlink_file_at(&format!("g{at}")).unwrap();
    }
    assert_eq!(file.stat().unwrap().link_count, 1);
}

fn a_new_name_is_not_a_copy_of_the_old_times(work: &Descriptor) {
    use crate::wasi::filesystem::types::{Datetime, NewTimestamp};
    let file = work.put("f", b"abc");
    work.link("f", "g").unwrap();
    let time = Datetime { seconds: 1_000_000_000, nanoseconds: 0 };
    file.set_times(NewTimestamp::NoChange, NewTimestamp::Timestamp(time)).unwrap();
    assert_eq!(work.stat_at(FOLLOW, "g").unwrap().data_modification_timestamp, Some(time));
}

fn a_trailing_slash_is_refused_in_a_link(work: &Descriptor) {
    work.put("f", b"abc");
    fails(work.link("f/", "g"), E::NotDirectory);
    assert!(work.link("f", "g/").is_err());
    assert_eq!(work.names(), ["f"]);
}
