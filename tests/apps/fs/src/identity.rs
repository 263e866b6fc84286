//! `is-same-object` and `metadata-hash`.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::Descriptor;

facts![
    what_is_opened_twice_is_one_object,
    files_of_the_same_content_are_two_objects,
    a_directory_is_one_object_under_every_path,
    a_link_opened_is_its_target,
    an_object_is_the_same_after_it_changed,
    a_hash_stays_while_nothing_changes,
    a_hash_is_the_same_by_path_and_by_descriptor,
    hashes_of_files_differ,
    hashes_of_a_hundred_empty_files_differ,
    an_object_is_the_same_without_a_name,
];

fn what_is_opened_twice_is_one_object(work: &Descriptor) {
    let (one, two) = (work.put("f", b"x"), work.open("f").unwrap());
    assert!(one.is_same_object(&one) && one.is_same_object(&two) && two.is_same_object(&one));
}

fn files_of_the_same_content_are_two_objects(work: &Descriptor) {
    let (one, two) = (work.put("f", b"x"), work.put("g", b"x"));
    assert!(!one.is_same_object(&two) && !two.is_same_object(&one));
    let dir = work.dir("d");
    assert!(!dir.is_same_object(&one) && !one.is_same_object(&dir) && !dir.is_same_object(work));
}

fn a_directory_is_one_object_under_every_path(work: &Descriptor) {
    let dir = work.dir("d");
    work.symlink_at("d", "l").unwrap();
    for path in ["d", "d/", "d/.", "./d", "d/../d", "l", "l/"] {
        assert!(work.open(path).unwrap().is_same_object(&dir), "{path}");
    }
    assert!(work.open(".").unwrap().is_same_object(work));
}

fn a_link_opened_is_its_target(work: &Descriptor) {
    let file = work.put("f", b"x");
    work.symlink_at("f", "l").unwrap();
    assert!(work.open("l").unwrap().is_same_object(&file));
}

fn an_object_is_the_same_after_it_changed(work: &Descriptor) {
    let (one, two) = (work.put("f", b"x"), work.open("f").unwrap());
    one.fill(b"yyy", 0);
    one.set_size(100).unwrap();
    assert!(one.is_same_object(&two));
    assert!(work.open("f").unwrap().is_same_object(&two));
}

fn a_hash_stays_while_nothing_changes(work: &Descriptor) {
    let file = work.put("f", b"x");
    let first = file.metadata_hash().unwrap();
    work.put("g", b"y");
    work.dir("d").put("f", b"z");
    file.bytes();
    for _ in 0..10 {
        assert_eq!(file.metadata_hash().unwrap(), first);
    }
}

fn a_hash_is_the_same_by_path_and_by_descriptor(work: &Descriptor) {
    let (file, dir) = (work.put("f", b"x"), work.dir("d"));
    for (path, it) in [("f", &file), ("d", &dir), (".", work)] {
        let hash = it.metadata_hash().unwrap();
        assert_eq!(work.metadata_hash_at(FOLLOW, path).unwrap(), hash, "{path}");
        assert_eq!(work.metadata_hash_at(NO_FOLLOW, path).unwrap(), hash, "{path}");
        assert_eq!(work.open(path).unwrap().metadata_hash().unwrap(), hash, "{path}");
    }
}

fn hashes_of_files_differ(work: &Descriptor) {
    work.put("f", b"x");
    work.put("g", b"x");
    work.create_directory_at("d").unwrap();
    work.create_directory_at("e").unwrap();
    work.symlink_at("f", "l").unwrap();
    let hashes = ["f", "g", "d", "e", "l", "."].map(|path| work.metadata_hash_at(NO_FOLLOW, path).unwrap());
    for (at, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..at].contains(hash));
    }
}

fn hashes_of_a_hundred_empty_files_differ(work: &Descriptor) {
    let mut hashes: Vec<_> = (0..100).map(|at| work.file(&format!("f{at}")).metadata_hash().unwrap()).collect();
    hashes.sort_by_key(|hash| (hash.lower, hash.upper));
    hashes.dedup();
    assert_eq!(hashes.len(), 100);
}

fn an_object_is_the_same_without_a_name(work: &Descriptor) {
    let (one, two) = (work.put("f", b"x"), work.open("f").unwrap());
    work.unlink_file_at("f").unwrap();
    let other = work.put("f", b"x");
    assert!(one.is_same_object(&two) && !one.is_same_object(&other));
    assert_ne!(one.metadata_hash().unwrap(), other.metadata_hash().unwrap());
}
