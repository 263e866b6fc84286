//! `read` and `write` at offsets.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::Descriptor;

const GIB: u64 = 1 << 30;

facts![
    what_is_written_is_read,
    a_write_replaces_what_is_under_it,
    a_write_at_the_end_appends,
    a_write_past_the_end_leaves_zeroes,
    a_write_of_nothing_changes_nothing,
    a_read_stops_at_the_end,
    a_read_at_the_end_is_empty_and_says_so,
    a_read_past_the_end_is_empty_and_says_so,
    reading_on_comes_to_the_end,
    a_read_may_ask_for_too_much,
    offsets_have_64_bits,
    holes_read_as_zeroes,
    holes_can_be_filled,
    at_the_end_of_all_offsets_nothing_is_read,
    at_the_end_of_all_offsets_nothing_is_written,
    two_descriptors_share_the_bytes,
    a_megabyte_is_written_and_read,
    blocks_are_written_in_any_order,
    bytes_around_a_blocks_edge_are_exact,
    a_thousand_small_writes_are_one_content,
    files_do_not_share_bytes,
    every_byte_is_kept,
];

fn what_is_written_is_read(work: &Descriptor) {
    let file = work.file("f");
    assert_eq!(file.write(b"hello", 0).unwrap(), 5);
    assert_eq!(file.read(5, 0).unwrap().0, b"hello");
    assert_eq!(file.read(2, 3).unwrap().0, b"lo");
    assert_eq!(work.content("f"), b"hello");
}

fn a_write_replaces_what_is_under_it(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    file.fill(b"XY", 2);
    assert_eq!(file.bytes(), b"abXYef");
    file.fill(b"123", 5);
    assert_eq!(file.bytes(), b"abXYe123");
    file.fill(b"0", 0);
    assert_eq!(file.bytes(), b"0bXYe123");
}

fn a_write_at_the_end_appends(work: &Descriptor) {
    let file = work.file("f");
    for at in 0..10u8 {
        file.fill(&[at], u64::from(at));
    }
    assert_eq!(file.bytes(), (0..10).collect::<Vec<u8>>());
}

fn a_write_past_the_end_leaves_zeroes(work: &Descriptor) {
    let file = work.put("f", b"ab");
    file.fill(b"yz", 5);
    assert_eq!(file.size(), 7);
    assert_eq!(file.bytes(), b"ab\0\0\0yz");
}

fn a_write_of_nothing_changes_nothing(work: &Descriptor) {
    let file = work.put("f", b"ab");
    for offset in [0, 1, 2, 1000, 5 * GIB] {
        assert_eq!(file.write(b"", offset).unwrap(), 0);
    }
    assert_eq!(file.bytes(), b"ab");
}

fn a_read_stops_at_the_end(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    assert_eq!(file.part(4, 100), b"ef");
    assert_eq!(file.part(0, 6), b"abcdef");
    assert_eq!(file.part(5, 1), b"f");
}

fn a_read_at_the_end_is_empty_and_says_so(work: &Descriptor) {
    let file = work.put("f", b"abc");
    assert_eq!(file.read(1, 3).unwrap(), (vec![], true));
    assert_eq!(work.file("empty").read(10, 0).unwrap(), (vec![], true));
}

fn a_read_past_the_end_is_empty_and_says_so(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for offset in [4, 1000, 5 * GIB, 1 << 62] {
        assert_eq!(file.read(10, offset).unwrap(), (vec![], true), "{offset}");
    }
}

fn reading_on_comes_to_the_end(work: &Descriptor) {
    let file = work.put("f", &pattern(300_000));
    let mut bytes = Vec::new();
    loop {
        let (some, is_end) = file.read(7_777, bytes.len() as u64).unwrap();
        assert!(some.len() <= 7_777 && (is_end || !some.is_empty()));
        bytes.extend(some);
        if is_end {
            break;
        }
    }
    assert!(bytes == pattern(300_000));
}

fn a_read_may_ask_for_too_much(work: &Descriptor) {
    let file = work.put("f", b"abc");
    assert_eq!(file.read(u64::MAX, 0).unwrap().0, b"abc");
    assert_eq!(file.read(1 << 40, 1).unwrap().0, b"bc");
    let large = work.put("g", &pattern(200_000));
    let (some, _) = large.read(u64::MAX, 0).unwrap();
    assert!(!some.is_empty() && some == pattern(some.len()));
}

fn offsets_have_64_bits(work: &Descriptor) {
    let file = work.put("f", b"low");
    file.fill(b"high", 5 * GIB);
    assert_eq!(file.size(), 5 * GIB + 4);
    assert_eq!(work.stat_at(FOLLOW, "f").unwrap().size, 5 * GIB + 4);
    assert_eq!(file.part(5 * GIB - 1, 100), b"\0high");
    assert_eq!(file.part(0, 4), b"low\0");
    // The low 32 bits of this offset are 0.
    assert_eq!(file.part(4 * GIB, 3), b"\0\0\0");
}

fn holes_read_as_zeroes(work: &Descriptor) {
    let file = work.put("f", b"a");
    file.fill(b"b", 100_000);
    file.fill(b"c", 3 * GIB);
    let bytes = file.part(0, 100_001);
    assert!(bytes[0] == b'a' && bytes[100_000] == b'b' && bytes[1..100_000].iter().all(|byte| *byte == 0));
    assert!(file.part(2 * GIB, 10_000) == [0; 10_000]);
    assert_eq!(file.part(3 * GIB - 2, 10), b"\0\0c");
}

fn holes_can_be_filled(work: &Descriptor) {
    let file = work.file("f");
    file.fill(b"z", 20_000);
    file.fill(b"m", 10_000);
    let bytes = file.bytes();
    let set: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    assert_eq!((bytes.len(), set), (20_001, vec![10_000, 20_000]));
}

fn at_the_end_of_all_offsets_nothing_is_read(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for offset in [u64::MAX, u64::MAX - 1, 1 << 63, i64::MAX as u64] {
        if let Ok((bytes, _)) = file.read(10, offset) {
            assert_eq!(bytes, b"", "{offset}");
        }
    }
}

fn at_the_end_of_all_offsets_nothing_is_written(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for offset in [u64::MAX, u64::MAX - 1, u64::MAX - 5, 1 << 63, i64::MAX as u64] {
        assert!(file.write(b"abcdef", offset).is_err(), "{offset}");
    }
    assert_eq!((file.size(), file.bytes()), (3, b"abc".to_vec()));
}

fn two_descriptors_share_the_bytes(work: &Descriptor) {
    let first = work.put("f", b"abc");
    let second = work.open_at(FOLLOW, "f", NONE, BOTH).unwrap();
    first.fill(b"X", 1);
    assert_eq!(second.bytes(), b"aXc");
    second.fill(b"YZ", 3);
    assert_eq!((first.size(), first.bytes()), (5, b"aXcYZ".to_vec()));
}

fn a_megabyte_is_written_and_read(work: &Descriptor) {
    let bytes = pattern(1 << 20);
    let file = work.put("f", &bytes);
    assert_eq!(file.size(), 1 << 20);
    assert!(file.bytes() == bytes);
    assert!(file.part(123_457, 300_001) == bytes[123_457..423_458]);
}

fn blocks_are_written_in_any_order(work: &Descriptor) {
    let bytes = pattern(100_000);
    let file = work.file("f");
    // 37 and 100 have no common divisor, so that each block has its turn.
    for turn in 0..100 {
        let at = turn * 37 % 100 * 1000;
        file.fill(&bytes[at..at + 1000], at as u64);
    }
    assert!(file.bytes() == bytes);
}

fn bytes_around_a_blocks_edge_are_exact(work: &Descriptor) {
    for edge in [512u64, 4096, 8192, 65536] {
        for start in edge - 3..edge + 2 {
            let file = work.put("f", b"");
            file.fill(b"12345", start);
            assert_eq!(file.size(), start + 5);
            assert_eq!(file.part(start - 2, 100), b"\0\x0012345", "{start}");
            assert_eq!(file.part(start + 1, 3), b"234", "{start}");
        }
    }
}

fn a_thousand_small_writes_are_one_content(work: &Descriptor) {
    let file = work.file("f");
    let mut expected = Vec::new();
    for at in 0..1000 {
        let line = format!("{at}\n");
        file.fill(line.as_bytes(), expected.len() as u64);
        expected.extend(line.bytes());
    }
    assert!(file.bytes() == expected);
}

fn files_do_not_share_bytes(work: &Descriptor) {
    let files: Vec<Descriptor> = (0..20).map(|at| work.put(&format!("f{at}"), &[at; 5000])).collect();
    files[7].fill(b"x", 5000);
    files[8].set_size(0).unwrap();
    for (at, file) in files.iter().enumerate() {
        let bytes = file.bytes();
        match at {
            7 => assert!(bytes[..5000] == [7; 5000] && bytes[5000..] == *b"x"),
            8 => assert!(bytes.is_empty()),
            _ => assert!(bytes == [at as u8; 5000]),
        }
    }
}

fn every_byte_is_kept(work: &Descriptor) {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(work.put("f", &bytes).bytes(), bytes);
}
