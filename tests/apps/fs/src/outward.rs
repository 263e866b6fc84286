//! Links that no program may make, and that may be there all the same: `tests/fs.rs` makes `absolute -> /etc/passwd`,
//! `rooted -> /`, `up -> ..`, `out -> ../outside/secret`, `far -> inner/../../outside`, `inner/out -> ../../outside`, and
//! beside `/work` on the host a directory `outside` with a file `secret`.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Descriptor, DescriptorType};

facts![
    links_out_are_not_followed,
    links_out_are_not_followed_on_the_way,
    nothing_is_made_through_links_out,
    an_absolute_target_is_not_told,
    links_out_are_listed_and_removed,
    links_out_can_be_renamed,
    a_link_to_a_link_out_is_refused,
];

const OUT: [&str; 6] = ["absolute", "rooted", "up", "out", "far", "inner/out"];

fn links_out_are_not_followed(work: &Descriptor) {
    for path in OUT {
        fails(work.open(path), E::NotPermitted);
        fails(work.open_at(FOLLOW, path, DIRECTORY, READ), E::NotPermitted);
        fails(work.stat_at(FOLLOW, path), E::NotPermitted);
        fails(work.metadata_hash_at(FOLLOW, path), E::NotPermitted);
        assert_eq!(work.kind(path), DescriptorType::SymbolicLink);
    }
}

fn links_out_are_not_followed_on_the_way(work: &Descriptor) {
    work.put("f", b"x");
    for path in OUT {
        for below in ["secret", "work", "x", ".", "..", "../work/f"] {
            fails(work.open(&format!("{path}/{below}")), E::NotPermitted);
        }
        work.all_fail(&format!("{path}/x"), "f", E::NotPermitted);
    }
}

fn nothing_is_made_through_links_out(work: &Descriptor) {
    for path in OUT {
        fails(work.open_at(FOLLOW, path, CREATE, BOTH), E::NotPermitted);
        fails(work.open_at(FOLLOW, path, TRUNCATE, WRITE), E::NotPermitted);
        fails(work.open_at(FOLLOW, path, EXCLUSIVE, WRITE), E::Exist);
        fails(work.create_directory_at(path), E::Exist);
    }
}

fn an_absolute_target_is_not_told(work: &Descriptor) {
    fails(work.readlink_at("absolute"), E::NotPermitted);
    fails(work.readlink_at("rooted"), E::NotPermitted);
    assert_eq!(work.readlink_at("out").unwrap(), "../outside/secret");
    assert_eq!(work.readlink_at("inner/out").unwrap(), "../../outside");
}

fn links_out_are_listed_and_removed(work: &Descriptor) {
    assert_eq!(work.names(), ["absolute", "far", "inner", "out", "rooted", "up"]);
    for path in OUT {
        work.unlink_file_at(path).unwrap();
        work.put(path, b"a file");
        assert_eq!(work.content(path), b"a file");
    }
}

fn links_out_can_be_renamed(work: &Descriptor) {
    for (at, path) in OUT.into_iter().enumerate() {
        let name = format!("l{at}");
        work.rename(path, &name).unwrap();
        assert_eq!(work.kind(&name), DescriptorType::SymbolicLink);
    }
    // What goes up may stay inside, further down.
    work.rename("l2", "inner/up").unwrap();
    assert!(work.open("inner/up").unwrap().is_same_object(work));
}

fn a_link_to_a_link_out_is_refused(work: &Descriptor) {
    for path in OUT {
        work.symlink_at(path, "l").unwrap();
        fails(work.open("l"), E::NotPermitted);
        fails(work.open("l/x"), E::NotPermitted);
        work.unlink_file_at("l").unwrap();
    }
}
