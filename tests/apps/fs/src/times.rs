//! `set-times` and `set-times-at`. Times are such that any filesystem stores them: after 1970, and of whole 100 ns.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::{Datetime, Descriptor, DescriptorStat, NewTimestamp};

facts![
    times_that_were_set_are_read_back,
    times_are_set_one_by_one,
    times_are_set_by_path,
    times_are_set_through_a_link,
    times_of_a_link_are_its_own,
    times_of_a_directory_are_set,
    times_are_set_to_now,
    times_are_shared_by_all_names,
    times_survive_a_rename,
    times_of_a_file_without_a_name_are_set,
    times_are_set_on_what_is_read_only,
    times_of_a_directory_are_set_with_a_trailing_slash,
    nothing_is_set_where_it_fails,
];

const EARLY: Datetime = Datetime { seconds: 1_000_000_000, nanoseconds: 123_456_700 };
const LATE: Datetime = Datetime { seconds: 1_600_000_001, nanoseconds: 0 };

fn to(time: Datetime) -> NewTimestamp {
    NewTimestamp::Timestamp(time)
}

/// Access and modification.
fn times(stat: DescriptorStat) -> (Datetime, Datetime) {
    (stat.data_access_timestamp.unwrap(), stat.data_modification_timestamp.unwrap())
}

fn times_that_were_set_are_read_back(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.set_times(to(EARLY), to(LATE)).unwrap();
    assert_eq!(times(file.stat().unwrap()), (EARLY, LATE));
    assert_eq!(times(work.stat_at(FOLLOW, "f").unwrap()), (EARLY, LATE));
    file.set_times(to(LATE), to(EARLY)).unwrap();
    assert_eq!(times(file.stat().unwrap()), (LATE, EARLY));
}

fn times_are_set_one_by_one(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.set_times(to(EARLY), to(EARLY)).unwrap();
    file.set_times(NewTimestamp::NoChange, to(LATE)).unwrap();
    assert_eq!(times(file.stat().unwrap()), (EARLY, LATE));
    file.set_times(to(LATE), NewTimestamp::NoChange).unwrap();
    assert_eq!(times(file.stat().unwrap()), (LATE, LATE));
    file.set_times(NewTimestamp::NoChange, NewTimestamp::NoChange).unwrap();
    assert_eq!(times(file.stat().unwrap()), (LATE, LATE));
}

fn times_are_set_by_path(work: &Descriptor) {
    let file = work.dir("d").put("f", b"abc");
    for flags in [FOLLOW, NO_FOLLOW] {
        file.set_times(to(LATE), to(LATE)).unwrap();
        work.set_times_at(flags, "d/f", to(EARLY), to(EARLY)).unwrap();
        assert_eq!(times(file.stat().unwrap()), (EARLY, EARLY));
    }
}

fn times_are_set_through_a_link(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.symlink_at("f", "l").unwrap();
    work.set_times_at(FOLLOW, "l", to(EARLY), to(LATE)).unwrap();
    assert_eq!(times(file.stat().unwrap()), (EARLY, LATE));
    assert_ne!(times(work.stat_at(NO_FOLLOW, "l").unwrap()).1, LATE);
}

fn times_of_a_link_are_its_own(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.symlink_at("f", "l").unwrap();
    work.symlink_at("nope", "dangling").unwrap();
    for path in ["l", "dangling"] {
        work.set_times_at(NO_FOLLOW, path, to(EARLY), to(LATE)).unwrap();
        // Looking at a link may count as access.
        assert_eq!(times(work.stat_at(NO_FOLLOW, path).unwrap()).1, LATE);
    }
    assert_ne!(times(file.stat().unwrap()).1, LATE);
}

fn times_of_a_directory_are_set(work: &Descriptor) {
    let dir = work.dir("d");
    dir.set_times(to(EARLY), to(LATE)).unwrap();
    assert_eq!(times(dir.stat().unwrap()), (EARLY, LATE));
    for (flags, path) in [(FOLLOW, "d"), (NO_FOLLOW, "d"), (FOLLOW, "d/."), (FOLLOW, ".")] {
        work.set_times_at(flags, path, to(LATE), to(EARLY)).unwrap();
        assert_eq!(times(work.stat_at(FOLLOW, path).unwrap()), (LATE, EARLY), "{path}");
        work.set_times_at(flags, path, to(EARLY), to(LATE)).unwrap();
        assert_eq!(times(work.stat_at(FOLLOW, path).unwrap()), (EARLY, LATE), "{path}");
    }
}

fn times_are_set_to_now(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.set_times(to(EARLY), to(EARLY)).unwrap();
    file.set_times(NewTimestamp::Now, NewTimestamp::Now).unwrap();
    let (access, modification) = times(file.stat().unwrap());
    // What time it is, a host decides.
    assert!(access != EARLY && modification != EARLY && access.seconds > 0 && modification.seconds > 0);
    work.set_times_at(FOLLOW, "f", to(EARLY), NewTimestamp::Now).unwrap();
    assert_eq!(times(file.stat().unwrap()).0, EARLY);
}

fn times_are_shared_by_all_names(work: &Descriptor) {
    work.put("f", b"abc");
    work.link("f", "g").unwrap();
    work.set_times_at(FOLLOW, "f", to(EARLY), to(LATE)).unwrap();
    assert_eq!(times(work.stat_at(FOLLOW, "g").unwrap()), (EARLY, LATE));
}

fn times_survive_a_rename(work: &Descriptor) {
    work.put("f", b"abc");
    work.set_times_at(FOLLOW, "f", to(EARLY), to(LATE)).unwrap();
    work.rename("f", "g").unwrap();
    assert_eq!(times(work.stat_at(FOLLOW, "g").unwrap()), (EARLY, LATE));
}

fn times_of_a_file_without_a_name_are_set(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.unlink_file_at("f").unwrap();
    file.set_times(to(EARLY), to(LATE)).unwrap();
    assert_eq!(times(file.stat().unwrap()), (EARLY, LATE));
}

fn times_are_set_on_what_is_read_only(work: &Descriptor) {
    work.put("f", b"abc");
    let file = work.open_at(FOLLOW, "f", NONE, READ).unwrap();
    file.set_times(to(EARLY), to(LATE)).unwrap();
    assert_eq!(times(file.stat().unwrap()), (EARLY, LATE));
}

fn times_of_a_directory_are_set_with_a_trailing_slash(work: &Descriptor) {
    let dir = work.dir("d");
    work.symlink_at("d", "l").unwrap();
    for path in ["d/", "l/"] {
        dir.set_times(to(EARLY), to(EARLY)).unwrap();
        work.set_times_at(FOLLOW, path, to(LATE), to(LATE)).unwrap();
        assert_eq!(times(dir.stat().unwrap()), (LATE, LATE), "{path}");
    }
}

fn nothing_is_set_where_it_fails(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.set_times(to(EARLY), to(EARLY)).unwrap();
    fails(work.set_times_at(FOLLOW, "f/", to(LATE), to(LATE)), E::NotDirectory);
    fails(work.set_times_at(FOLLOW, "nope", to(LATE), to(LATE)), E::NoEntry);
    fails(work.set_times_at(FOLLOW, "../f", to(LATE), to(LATE)), E::NotPermitted);
    assert_eq!(times(file.stat().unwrap()), (EARLY, EARLY));
}
