//! `set-size`, and what else changes a file's size.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::Descriptor;

facts![
    a_file_is_cut,
    a_file_grows_with_zeroes,
    what_was_cut_does_not_come_back,
    what_was_cut_inside_a_block_does_not_come_back,
    what_was_cut_does_not_come_back_through_a_later_write,
    the_same_size_changes_nothing,
    a_file_grows_past_4_gib_and_shrinks_again,
    a_size_that_cannot_be_changes_nothing,
    a_size_is_the_same_through_every_name_and_descriptor,
    a_file_without_a_name_is_resized,
    writing_after_cutting_starts_at_the_offset,
    a_write_only_file_is_resized,
];

fn a_file_is_cut(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    file.set_size(2).unwrap();
    assert_eq!((file.size(), file.bytes()), (2, b"ab".to_vec()));
    file.set_size(0).unwrap();
    assert_eq!((file.size(), file.bytes()), (0, vec![]));
}

fn a_file_grows_with_zeroes(work: &Descriptor) {
    let file = work.put("f", b"ab");
    file.set_size(5).unwrap();
    assert_eq!(file.bytes(), b"ab\0\0\0");
    file.set_size(100_000).unwrap();
    let bytes = file.bytes();
    assert!(bytes.len() == 100_000 && bytes[2..].iter().all(|byte| *byte == 0));
}

fn what_was_cut_does_not_come_back(work: &Descriptor) {
    let file = work.put("f", &[7; 20_000]);
    file.set_size(10).unwrap();
    file.set_size(20_000).unwrap();
    let bytes = file.bytes();
    assert!(bytes[..10] == [7; 10] && bytes[10..] == [0; 19_990]);
}

fn what_was_cut_inside_a_block_does_not_come_back(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    file.set_size(2).unwrap();
    file.set_size(6).unwrap();
    assert_eq!(file.bytes(), b"ab\0\0\0\0");
}

fn what_was_cut_does_not_come_back_through_a_later_write(work: &Descriptor) {
    let file = work.put("f", b"abcdefgh");
    file.set_size(3).unwrap();
    file.fill(b"!", 6);
    assert_eq!(file.bytes(), b"abc\0\0\0!");
    let large = work.put("g", &[7; 10_000]);
    large.set_size(5_000).unwrap();
    large.fill(b"!", 9_000);
    assert!(large.bytes()[5_000..9_000] == [0; 4_000]);
}

fn the_same_size_changes_nothing(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.set_size(3).unwrap();
    assert_eq!(file.bytes(), b"abc");
    let empty = work.file("g");
    empty.set_size(0).unwrap();
    assert_eq!(empty.size(), 0);
}

fn a_file_grows_past_4_gib_and_shrinks_again(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.set_size(5 << 30).unwrap();
    assert_eq!(file.size(), 5 << 30);
    assert_eq!(file.part((5 << 30) - 2, 10), b"\0\0");
    file.fill(b"z", (5 << 30) - 1);
    file.set_size(4).unwrap();
    assert_eq!(file.bytes(), b"abc\0");
}

fn a_size_that_cannot_be_changes_nothing(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for size in [u64::MAX, u64::MAX - 1, 1 << 63] {
        assert!(file.set_size(size).is_err(), "{size}");
    }
    assert_eq!((file.size(), file.bytes()), (3, b"abc".to_vec()));
}

fn a_size_is_the_same_through_every_name_and_descriptor(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let other = work.open("f").unwrap();
    work.link("f", "g").unwrap();
    work.symlink_at("g", "l").unwrap();
    for size in [10, 1, 70_000] {
        file.set_size(size).unwrap();
        assert_eq!((other.size(), other.bytes().len() as u64), (size, size));
        for path in ["f", "g", "l"] {
            assert_eq!(work.stat_at(FOLLOW, path).unwrap().size, size, "{path}");
        }
    }
}

fn a_file_without_a_name_is_resized(work: &Descriptor) {
    let file = work.put("f", b"abc");
    work.unlink_file_at("f").unwrap();
    file.set_size(5).unwrap();
    assert_eq!(file.bytes(), b"abc\0\0");
    file.set_size(1).unwrap();
    assert_eq!(file.bytes(), b"a");
}

fn writing_after_cutting_starts_at_the_offset(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    file.set_size(0).unwrap();
    file.fill(b"x", 3);
    assert_eq!(file.bytes(), b"\0\0\0x");
}

fn a_write_only_file_is_resized(work: &Descriptor) {
    work.put("f", b"abcdef");
    let file = work.open_at(FOLLOW, "f", NONE, WRITE).unwrap();
    file.set_size(3).unwrap();
    assert_eq!(work.content("f"), b"abc");
}
