//! Streams of files.

use crate::facts;
use crate::help::*;
use crate::wasi::filesystem::types::Descriptor;
use crate::wasi::io::poll::poll;

facts![
    a_stream_reads_from_its_offset_to_the_end,
    at_the_end_a_stream_is_closed,
    a_stream_past_the_end_is_closed,
    a_stream_sees_what_was_written_after_it_was_made,
    a_stream_reads_what_was_appended_before_its_end,
    a_stream_reads_up_to_a_size_that_shrank,
    streams_of_one_file_do_not_interfere,
    a_stream_does_not_wait_for_bytes,
    a_read_of_nothing_is_empty,
    skipping_passes_over_bytes,
    a_stream_writes_from_its_offset_on,
    a_stream_writes_past_the_end,
    a_stream_appends_wherever_the_end_is,
    two_that_append_lose_nothing,
    appending_and_writing_mix,
    zeroes_are_written,
    zeroes_are_appended,
    a_permit_can_be_used_up,
    a_flush_makes_bytes_visible,
    flushing_nothing_succeeds,
    a_blocking_write_takes_4096_bytes,
    a_blocking_write_of_nothing_succeeds,
    a_file_is_spliced_into_another,
    a_splice_moves_no_more_than_asked_for,
    a_splice_from_the_end_is_closed,
    a_file_is_spliced_into_itself,
    streams_outlive_their_descriptor,
    streams_outlive_their_files_name,
    many_streams_are_ready_together,
    a_megabyte_goes_through_a_stream,
    an_unused_stream_changes_nothing,
    a_stream_far_out_leaves_a_hole,
];

fn a_stream_reads_from_its_offset_to_the_end(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    assert_eq!(file.read_via_stream(0).unwrap().drain(), b"abcdef");
    assert_eq!(file.read_via_stream(2).unwrap().drain(), b"cdef");
    let stream = file.read_via_stream(1).unwrap();
    assert_eq!(stream.blocking_read(2).unwrap(), b"bc");
    assert_eq!(stream.blocking_read(1).unwrap(), b"d");
    assert_eq!(stream.blocking_read(100).unwrap(), b"ef");
}

fn at_the_end_a_stream_is_closed(work: &Descriptor) {
    let stream = work.put("f", b"abc").read_via_stream(0).unwrap();
    assert_eq!(stream.drain(), b"abc");
    assert!(is_closed(stream.blocking_read(1)));
    assert!(is_closed(stream.blocking_skip(1)));
    assert!(is_closed(stream.read(1)));
    assert!(stream.subscribe().ready());
}

fn a_stream_past_the_end_is_closed(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for offset in [3, 4, 1000, 5 << 30, i64::MAX as u64 - 10_000] {
        assert!(is_closed(file.read_via_stream(offset).unwrap().blocking_read(1)), "{offset}");
    }
    assert!(is_closed(work.file("empty").read_via_stream(0).unwrap().blocking_read(1)));
}

fn a_stream_sees_what_was_written_after_it_was_made(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let stream = file.read_via_stream(0).unwrap();
    file.fill(b"XYZdef", 0);
    assert_eq!(stream.drain(), b"XYZdef");
}

fn a_stream_reads_what_was_appended_before_its_end(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let stream = file.read_via_stream(0).unwrap();
    assert_eq!(stream.blocking_read(3).unwrap(), b"abc");
    file.fill(b"def", 3);
    assert_eq!(stream.drain(), b"def");
}

fn a_stream_reads_up_to_a_size_that_shrank(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    let stream = file.read_via_stream(0).unwrap();
    assert_eq!(stream.blocking_read(2).unwrap(), b"ab");
    file.set_size(3).unwrap();
    assert_eq!(stream.drain(), b"c");
    let stream = file.read_via_stream(2).unwrap();
    file.set_size(0).unwrap();
    assert!(is_closed(stream.blocking_read(1)));
}

fn streams_of_one_file_do_not_interfere(work: &Descriptor) {
    let file = work.put("f", b"abcdef");
    let (one, two) = (file.read_via_stream(0).unwrap(), file.read_via_stream(3).unwrap());
    let into = file.write_via_stream(5).unwrap();
    assert_eq!(one.blocking_read(2).unwrap(), b"ab");
    assert_eq!(two.blocking_read(1).unwrap(), b"d");
    into.send(b"X").unwrap();
    assert_eq!(one.drain(), b"cdeX");
    assert_eq!(two.drain(), b"eX");
}

fn a_stream_does_not_wait_for_bytes(work: &Descriptor) {
    let stream = work.put("f", &pattern(30_000)).read_via_stream(0).unwrap();
    let mut bytes = Vec::new();
    // What is not blocking may come with nothing, and the pollable says when to ask again.
    loop {
        match stream.read(1_000) {
            Ok(some) if some.is_empty() => stream.subscribe().block(),
            Ok(some) => bytes.extend(some),
            Err(_) => break,
        }
    }
    assert!(bytes == pattern(30_000));
}

fn a_read_of_nothing_is_empty(work: &Descriptor) {
    let stream = work.put("f", b"abc").read_via_stream(0).unwrap();
    assert_eq!(stream.read(0).unwrap(), b"");
    assert_eq!(stream.drain(), b"abc");
}

fn skipping_passes_over_bytes(work: &Descriptor) {
    let stream = work.put("f", b"abcdef").read_via_stream(0).unwrap();
    assert_eq!(stream.blocking_skip(2).unwrap(), 2);
    assert_eq!(stream.blocking_read(1).unwrap(), b"c");
    assert_eq!(stream.blocking_skip(100).unwrap(), 3);
    assert!(is_closed(stream.blocking_skip(1)));
}

fn a_stream_writes_from_its_offset_on(work: &Descriptor) {
    let file = work.put("f", b"abcdefgh");
    let stream = file.write_via_stream(2).unwrap();
    stream.send(b"12").unwrap();
    stream.send(b"3").unwrap();
    assert_eq!(file.bytes(), b"ab123fgh");
    stream.send(b"456789").unwrap();
    assert_eq!(file.bytes(), b"ab123456789");
}

fn a_stream_writes_past_the_end(work: &Descriptor) {
    let file = work.put("f", b"ab");
    let stream = file.write_via_stream(5).unwrap();
    stream.send(b"x").unwrap();
    stream.send(b"y").unwrap();
    assert_eq!(file.bytes(), b"ab\0\0\0xy");
}

fn a_stream_appends_wherever_the_end_is(work: &Descriptor) {
    let file = work.put("f", b"ab");
    let stream = file.append_via_stream().unwrap();
    stream.send(b"1").unwrap();
    file.fill(b"cd", 3);
    stream.send(b"2").unwrap();
    file.set_size(1).unwrap();
    stream.send(b"3").unwrap();
    assert_eq!(file.bytes(), b"a3");
}

fn two_that_append_lose_nothing(work: &Descriptor) {
    let (one, two) = (work.file("f"), work.file("f"));
    let (into, also) = (one.append_via_stream().unwrap(), two.append_via_stream().unwrap());
    let mut expected = Vec::new();
    for at in 0..50 {
        for (stream, who) in [(&into, "one"), (&also, "two")] {
            let line = format!("{who} {at}\n");
            stream.send(line.as_bytes()).unwrap();
            expected.extend(line.bytes());
        }
    }
    assert!(one.bytes() == expected);
}

fn appending_and_writing_mix(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let (append, write) = (file.append_via_stream().unwrap(), file.write_via_stream(0).unwrap());
    append.send(b"d").unwrap();
    write.send(b"AB").unwrap();
    append.send(b"e").unwrap();
    write.send(b"C").unwrap();
    assert_eq!(file.bytes(), b"ABCde");
}

fn zeroes_are_written(work: &Descriptor) {
    let file = work.put("f", b"abcdefgh");
    let stream = file.write_via_stream(2).unwrap();
    assert!(stream.check_write().unwrap() >= 3);
    stream.write_zeroes(3).unwrap();
    stream.blocking_flush().unwrap();
    assert_eq!(file.bytes(), b"ab\0\0\0fgh");
    stream.blocking_write_zeroes_and_flush(5).unwrap();
    stream.send(b"!").unwrap();
    assert_eq!(file.bytes(), b"ab\0\0\0\0\0\0\0\0!");
}

fn zeroes_are_appended(work: &Descriptor) {
    let file = work.put("f", b"ab");
    let stream = file.append_via_stream().unwrap();
    stream.blocking_write_zeroes_and_flush(4096).unwrap();
    stream.blocking_write_zeroes_and_flush(0).unwrap();
    assert_eq!(file.size(), 4098);
    assert!(file.part(2, 10_000) == [0; 4096]);
}

fn a_permit_can_be_used_up(work: &Descriptor) {
    let file = work.file("f");
    let stream = file.write_via_stream(0).unwrap();
    let permit = stream.check_write().unwrap() as usize;
    assert!(permit > 0);
    let bytes = pattern(permit.min(1 << 20));
    stream.write(&bytes).unwrap();
    stream.blocking_flush().unwrap();
    assert!(file.bytes() == bytes);
    assert!(stream.check_write().unwrap() > 0);
}

fn a_flush_makes_bytes_visible(work: &Descriptor) {
    let file = work.file("f");
    let stream = file.write_via_stream(0).unwrap();
    stream.check_write().unwrap();
    stream.write(b"abc").unwrap();
    stream.flush().unwrap();
    stream.subscribe().block();
    assert!(stream.check_write().unwrap() > 0);
    assert_eq!(work.content("f"), b"abc");
}

fn flushing_nothing_succeeds(work: &Descriptor) {
    let file = work.put("f", b"abc");
    for stream in [file.write_via_stream(100).unwrap(), file.append_via_stream().unwrap()] {
        stream.flush().unwrap();
        stream.blocking_flush().unwrap();
        assert!(stream.subscribe().ready());
        assert!(stream.check_write().unwrap() > 0);
    }
    assert_eq!(file.bytes(), b"abc");
}

fn a_blocking_write_takes_4096_bytes(work: &Descriptor) {
    let file = work.file("f");
    let stream = file.write_via_stream(1).unwrap();
    stream.blocking_write_and_flush(&pattern(4096)).unwrap();
    stream.blocking_write_and_flush(b"!").unwrap();
    assert_eq!(file.size(), 4098);
    assert!(file.part(1, 4096) == pattern(4096));
}

fn a_blocking_write_of_nothing_succeeds(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.write_via_stream(100).unwrap().blocking_write_and_flush(b"").unwrap();
    file.append_via_stream().unwrap().blocking_write_and_flush(b"").unwrap();
    assert_eq!(file.bytes(), b"abc");
}

fn a_file_is_spliced_into_another(work: &Descriptor) {
    let bytes = pattern(200_000);
    let from = work.put("from", &bytes).read_via_stream(0).unwrap();
    let to = work.put("to", b"head");
    let into = to.append_via_stream().unwrap();
    let mut moved = 0;
    while let Ok(some) = into.blocking_splice(&from, u64::MAX) {
        assert!(some > 0);
        moved += some;
    }
    assert_eq!((moved, to.size()), (200_000, 200_004));
    assert!(to.part(4, 200_000) == bytes);
}

fn a_splice_moves_no_more_than_asked_for(work: &Descriptor) {
    let from = work.put("from", b"abcdef").read_via_stream(1).unwrap();
    let to = work.file("to");
    let into = to.write_via_stream(0).unwrap();
    assert_eq!(into.blocking_splice(&from, 3).unwrap(), 3);
    assert_eq!(into.blocking_splice(&from, 0).unwrap(), 0);
    assert_eq!(into.splice(&from, 0).unwrap(), 0);
    assert_eq!(to.bytes(), b"bcd");
    assert_eq!(from.drain(), b"ef");
}

fn a_splice_from_the_end_is_closed(work: &Descriptor) {
    let from = work.put("from", b"abc").read_via_stream(3).unwrap();
    let into = work.file("to").write_via_stream(0).unwrap();
    assert!(is_closed(into.blocking_splice(&from, 1)));
    // It is the input that is closed, and not the output.
    into.send(b"x").unwrap();
    assert_eq!(work.content("to"), b"x");
}

fn a_file_is_spliced_into_itself(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let from = file.read_via_stream(0).unwrap();
    let into = file.append_via_stream().unwrap();
    let mut left = 6;
    while left > 0 {
        left -= into.blocking_splice(&from, left).unwrap();
    }
    assert_eq!(file.bytes(), b"abcabcabc");
}

fn streams_outlive_their_descriptor(work: &Descriptor) {
    let (from, into) = {
        let file = work.put("f", b"abc");
        (file.read_via_stream(0).unwrap(), file.append_via_stream().unwrap())
    };
    into.send(b"def").unwrap();
    assert_eq!(from.drain(), b"abcdef");
    assert_eq!(work.content("f"), b"abcdef");
}

fn streams_outlive_their_files_name(work: &Descriptor) {
    let (from, into) = {
        let file = work.put("f", b"abc");
        (file.read_via_stream(0).unwrap(), file.append_via_stream().unwrap())
    };
    work.unlink_file_at("f").unwrap();
    work.put("f", b"another");
    into.send(b"def").unwrap();
    assert_eq!(from.drain(), b"abcdef");
    assert_eq!(work.content("f"), b"another");
}

fn many_streams_are_ready_together(work: &Descriptor) {
    let file = work.put("f", b"abc");
    let streams: Vec<_> = (0..5).map(|_| file.read_via_stream(0).unwrap()).collect();
    let pollables: Vec<_> = streams.iter().map(|stream| stream.subscribe()).collect();
    let mut ready = Vec::new();
    while ready.len() < 5 {
        ready = poll(&pollables.iter().collect::<Vec<_>>());
        assert!(!ready.is_empty());
    }
    drop(pollables);
    assert!(streams.iter().all(|stream| stream.drain() == b"abc"));
}

fn a_megabyte_goes_through_a_stream(work: &Descriptor) {
    let bytes = pattern(1 << 20);
    let file = work.file("f");
    file.write_via_stream(0).unwrap().send(&bytes).unwrap();
    assert_eq!(file.size(), 1 << 20);
    assert!(file.read_via_stream(0).unwrap().drain() == bytes);
}

fn an_unused_stream_changes_nothing(work: &Descriptor) {
    let file = work.put("f", b"abc");
    drop(file.write_via_stream(0).unwrap());
    drop(file.write_via_stream(u64::MAX).unwrap());
    drop(file.append_via_stream().unwrap());
    drop(file.read_via_stream(u64::MAX).unwrap());
    assert_eq!(file.bytes(), b"abc");
}

fn a_stream_far_out_leaves_a_hole(work: &Descriptor) {
    let file = work.put("f", b"abc");
    file.write_via_stream(5 << 30).unwrap().send(b"far").unwrap();
    assert_eq!(file.size(), (5 << 30) + 3);
    assert_eq!(file.read_via_stream((5 << 30) - 1).unwrap().drain(), b"\0far");
    file.set_size(3).unwrap();
    assert_eq!(file.bytes(), b"abc");
}
