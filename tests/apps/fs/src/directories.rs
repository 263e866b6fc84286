//! Making directories and listing them.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType, DirectoryEntryStream};
use std::collections::BTreeMap;

facts![
    a_directory_is_made,
    a_directory_replaces_nothing,
    a_directory_needs_a_parent,
    a_directory_is_made_with_a_trailing_slash,
    a_dot_exists_already,
    a_directory_is_not_made_through_a_dangling_link,
    an_empty_directory_lists_nothing,
    a_listing_has_every_name_with_its_type,
    a_listing_is_over_once_and_for_all,
    a_listing_starts_from_the_beginning_each_time,
    two_listings_do_not_interfere,
    a_file_is_not_listed,
    entries_left_alone_are_listed_once_while_others_go,
    entries_left_alone_are_listed_once_while_others_come,
    everything_listed_can_be_removed_while_listing,
    entries_left_alone_are_listed_once_while_others_change_names,
    a_listing_outlives_its_descriptor,
    a_thousand_files_are_listed,
    a_thousand_files_are_found_one_by_one,
    a_tree_of_50_levels_is_walked,
    directories_of_the_same_name_are_apart,
    a_directory_is_listed_under_every_path_to_it,
];

/// What is left of a listing, and how often.
fn rest(stream: &DirectoryEntryStream) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    while let Some(entry) = stream.read_directory_entry().unwrap() {
        *names.entry(entry.name).or_default() += 1;
    }
    names
}

fn a_directory_is_made(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    work.create_directory_at("d/e").unwrap();
    assert_eq!(work.kind("d"), DescriptorType::Directory);
    assert_eq!(work.open("d").unwrap().names(), ["e"]);
}

fn a_directory_replaces_nothing(work: &Descriptor) {
    work.put("f", b"x");
    work.dir("d").put("f", b"x");
    work.symlink_at("d", "l").unwrap();
    for path in ["f", "d", "d/", "l"] {
        fails(work.create_directory_at(path), E::Exist);
    }
    assert_eq!(work.content("d/f"), b"x");
}

fn a_directory_needs_a_parent(work: &Descriptor) {
    work.put("f", b"x");
    fails(work.create_directory_at("nope/d"), E::NoEntry);
    fails(work.create_directory_at("f/d"), E::NotDirectory);
    assert_eq!(work.names(), ["f"]);
}

fn a_directory_is_made_with_a_trailing_slash(work: &Descriptor) {
    work.create_directory_at("d/").unwrap();
    work.create_directory_at("d/e//").unwrap();
    assert_eq!(work.names(), ["d"]);
    assert_eq!(work.open("d").unwrap().names(), ["e"]);
}

fn a_dot_exists_already(work: &Descriptor) {
    work.create_directory_at("d").unwrap();
    for path in [".", "d/.", "d/..", "./"] {
        fails(work.create_directory_at(path), E::Exist);
    }
}

fn a_directory_is_not_made_through_a_dangling_link(work: &Descriptor) {
    work.symlink_at("nope", "l").unwrap();
    fails(work.create_directory_at("l"), E::Exist);
    assert_eq!(work.names(), ["l"]);
}

fn an_empty_directory_lists_nothing(work: &Descriptor) {
    assert_eq!(work.names(), [""; 0]);
    assert_eq!(work.dir("d").names(), [""; 0]);
    work.put("f", b"x");
    work.unlink_file_at("f").unwrap();
    assert_eq!(work.names(), ["d"]);
}

fn a_listing_has_every_name_with_its_type(work: &Descriptor) {
    work.put("f", b"x");
    work.create_directory_at("d").unwrap();
    work.symlink_at("d", "l").unwrap();
    work.symlink_at("nope", "m").unwrap();
    work.link("f", "g").unwrap();
    let entries: Vec<_> = work.entries().into_iter().map(|entry| (entry.name, entry.type_)).collect();
    let expected = [
        ("d", DescriptorType::Directory),
        ("f", DescriptorType::RegularFile),
        ("g", DescriptorType::RegularFile),
        ("l", DescriptorType::SymbolicLink),
        ("m", DescriptorType::SymbolicLink),
    ];
    assert_eq!(entries, expected.map(|(name, ty)| (name.to_owned(), ty)));
}

fn a_listing_is_over_once_and_for_all(work: &Descriptor) {
    work.put("f", b"x");
    let stream = work.read_directory().unwrap();
    assert_eq!(rest(&stream).len(), 1);
    for _ in 0..3 {
        assert_eq!(stream.read_directory_entry().unwrap(), None);
    }
}

fn a_listing_starts_from_the_beginning_each_time(work: &Descriptor) {
    work.put("f", b"x");
    work.put("g", b"x");
    assert_eq!(work.names(), ["f", "g"]);
    work.put("h", b"x");
    work.unlink_file_at("f").unwrap();
    assert_eq!(work.names(), ["g", "h"]);
    assert_eq!(work.names(), ["g", "h"]);
}

fn two_listings_do_not_interfere(work: &Descriptor) {
    for at in 0..10 {
        work.put(&format!("f{at}"), b"x");
    }
    let (one, two) = (work.read_directory().unwrap(), work.read_directory().unwrap());
    for _ in 0..5 {
        one.read_directory_entry().unwrap().unwrap();
    }
    assert_eq!((rest(&two).len(), rest(&one).len()), (10, 5));
}

fn a_file_is_not_listed(work: &Descriptor) {
    fails(work.put("f", b"x").read_directory(), E::NotDirectory);
}

/// Twenty files, of which one is listed already.
fn listing(work: &Descriptor) -> (DirectoryEntryStream, String) {
    for at in 0..20 {
        work.put(&format!("f{at:02}"), b"x");
    }
    let stream = work.read_directory().unwrap();
    let first = stream.read_directory_entry().unwrap().unwrap().name;
    (stream, first)
}

fn entries_left_alone_are_listed_once_while_others_go(work: &Descriptor) {
    let (stream, first) = listing(work);
    for at in (0..20).step_by(2) {
        work.unlink_file_at(&format!("f{at:02}")).unwrap();
    }
    let rest = rest(&stream);
    assert!(!rest.contains_key(&first) && rest.values().all(|times| *times == 1));
    for at in (1..20).step_by(2) {
        let name = format!("f{at:02}");
        assert!(name == first || rest.contains_key(&name), "{name} is not listed");
    }
}

fn entries_left_alone_are_listed_once_while_others_come(work: &Descriptor) {
    let (stream, first) = listing(work);
    for at in 0..20 {
        work.put(&format!("e{at:02}"), b"x");
        work.put(&format!("g{at:02}"), b"x");
    }
    let rest = rest(&stream);
    assert!(!rest.contains_key(&first) && rest.values().all(|times| *times == 1));
    assert_eq!(rest.keys().filter(|name| name.starts_with('f')).count(), 19);
}

fn everything_listed_can_be_removed_while_listing(work: &Descriptor) {
    for at in 0..200 {
        work.put(&format!("f{at}"), b"x");
    }
    let stream = work.read_directory().unwrap();
    let mut count = 0;
    while let Some(entry) = stream.read_directory_entry().unwrap() {
        work.unlink_file_at(&entry.name).unwrap();
        count += 1;
    }
    assert_eq!((count, work.names().len()), (200, 0));
}

fn entries_left_alone_are_listed_once_while_others_change_names(work: &Descriptor) {
    let (stream, first) = listing(work);
    for at in (0..20).step_by(2) {
        work.rename(&format!("f{at:02}"), &format!("a{at:02}")).unwrap();
    }
    let rest = rest(&stream);
    for at in (1..20).step_by(2) {
        let name = format!("f{at:02}");
        assert!(name == first || rest.get(&name) == Some(&1), "{name} is listed {:?} times", rest.get(&name));
    }
}

fn a_listing_outlives_its_descriptor(work: &Descriptor) {
    let stream = {
        let dir = work.dir("d");
        dir.put("f", b"x");
        dir.put("g", b"x");
        dir.read_directory().unwrap()
    };
    assert_eq!(rest(&stream).into_keys().collect::<Vec<_>>(), ["f", "g"]);
}

fn a_thousand_files_are_listed(work: &Descriptor) {
    for at in 0..1000 {
        work.open_at(FOLLOW, &format!("file-with-a-name-{at}"), EXCLUSIVE, BOTH).unwrap();
    }
    let names = work.names();
    assert_eq!(names.len(), 1000);
    assert!((0..1000).all(|at| names.binary_search(&format!("file-with-a-name-{at}")).is_ok()));
    for at in (0..1000).step_by(3) {
        work.unlink_file_at(&format!("file-with-a-name-{at}")).unwrap();
    }
    assert_eq!(work.names().len(), 666);
}

fn a_thousand_files_are_found_one_by_one(work: &Descriptor) {
    for at in 0..1000u32 {
        work.put(&at.to_string(), &at.to_le_bytes());
    }
    for at in (0..1000u32).rev() {
        assert_eq!(work.content(&at.to_string()), at.to_le_bytes());
    }
    fails(work.open("1000"), E::NoEntry);
}

fn a_tree_of_50_levels_is_walked(work: &Descriptor) {
    let mut path = String::new();
    for at in 0..50 {
        path += &format!("level{at}");
        work.dir(&path).put("f", path.as_bytes());
        path += "/";
    }
    assert_eq!(work.content(&format!("{path}f")), path.trim_end_matches('/').as_bytes());
    assert_eq!(work.content(&format!("{path}{}level0/f", "../".repeat(50))), b"level0");
    fails(work.open(&format!("{path}{}f", "../".repeat(51))), E::NotPermitted);
    let mut dir = work.open("level0").unwrap();
    for at in 1..50 {
        dir = dir.open(&format!("level{at}")).unwrap();
    }
    assert_eq!(dir.names(), ["f"]);
}

fn directories_of_the_same_name_are_apart(work: &Descriptor) {
    let (one, two) = (work.dir("d"), work.dir("e"));
    one.dir("d").put("f", b"one");
    two.dir("d").put("f", b"two");
    assert_eq!((work.content("d/d/f"), work.content("e/d/f")), (b"one".to_vec(), b"two".to_vec()));
    assert!(!one.open("d").unwrap().is_same_object(&two.open("d").unwrap()));
}

fn a_directory_is_listed_under_every_path_to_it(work: &Descriptor) {
    work.dir("d").put("f", b"x");
    work.symlink_at("d", "l").unwrap();
    for path in ["d", "./d", "d/", "d/.", "d/../d", "l", "l/", "l/../d"] {
        assert_eq!(work.open(path).unwrap().names(), ["f"], "{path}");
    }
}
