//! Every function of `wasi:io` on every kind of stream: the host's, buffers, sinks and closed ones, and each into each.
//! Asserts for itself; standard output must be the host's and standard input must hold `abcdefghij`.

wit_bindgen::generate!({
    inline: "
        package test:streams;
        world streams {
            import wasi:io/streams@0.2.12;
            import wasi:io/poll@0.2.12;
            import wasi:clocks/monotonic-clock@0.2.12;
            import wasi:cli/stdin@0.2.12;
            import wasi:cli/stdout@0.2.12;
            import wasi:cli/stderr@0.2.12;
            import virt:io/buffers@0.1.0;
            import virt:io/ends@0.1.0;
            import virt:io/timers@0.1.0;
            import virt:io/stand-ins@0.1.0;
        }
    ",
    path: "../../../wit",
    generate_all,
});

use virt::io::buffers::{Buffer, Space, is_full};
use virt::io::ends::{Filter, Source};
use virt::io::{stand_ins, timers};
use wasi::cli0_2_12::{stderr::get_stderr, stdin::get_stdin, stdout::get_stdout};
use wasi::clocks0_2_12::monotonic_clock::subscribe_duration;
use wasi::io::poll::{Pollable, poll};
use wasi::io::streams::{InputStream, OutputStream, StreamError};

fn is_closed<T>(result: Result<T, StreamError>) -> bool {
    matches!(result, Err(StreamError::Closed))
}

/// Writes all of it, as far as each permit allows.
fn write_all(to: &OutputStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let permit = to.check_write().unwrap() as usize;
        if permit == 0 {
            to.subscribe().block();
            continue;
        }
        let (now, later) = bytes.split_at(permit.min(bytes.len()));
        to.write(now).unwrap();
        bytes = later;
    }
    to.blocking_flush().unwrap();
}

fn empty() -> Buffer {
    Buffer::new(&Space::new(u64::MAX), 0, 0)
}

fn content(buffer: &Buffer) -> Vec<u8> {
    content_at(buffer, 0, buffer.len() as u32)
}

fn content_at(buffer: &Buffer, offset: u64, len: u32) -> Vec<u8> {
    let words = buffer.read(offset, len).into_iter();
    let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    bytes.truncate((buffer.len() - offset).min(len.into()) as usize);
    bytes
}

/// Writes bytes as words.
fn put(buffer: &Buffer, offset: u64, bytes: &[u8]) -> bool {
    let word = |part: &[u8]| part.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    buffer.write(offset, &bytes.chunks(8).map(word).collect::<Vec<_>>(), bytes.len() as u32)
}

fn filled(bytes: &[u8]) -> Buffer {
    let buffer = empty();
    assert!(put(&buffer, 0, bytes));
    buffer
}

fn a_closed_input_is_at_its_end() {
    let input = stand_ins::closed_input_stream();
    assert!(is_closed(input.read(1)));
    assert!(is_closed(input.read(0)));
    assert!(is_closed(input.blocking_read(1)));
    assert!(is_closed(input.skip(1)));
    assert!(is_closed(input.blocking_skip(1)));
    assert!(input.subscribe().ready());
    input.subscribe().block();
}

fn a_closed_output_refuses_everything() {
    let output = stand_ins::closed_output_stream();
    assert!(is_closed(output.check_write()));
    assert!(is_closed(output.write(b"x")));
    assert!(is_closed(output.blocking_write_and_flush(b"x")));
    assert!(is_closed(output.flush()));
    assert!(is_closed(output.blocking_flush()));
    assert!(is_closed(output.write_zeroes(1)));
    assert!(is_closed(output.blocking_write_zeroes_and_flush(1)));
    assert!(is_closed(output.splice(&filled(b"x").read_via_stream(0), 1)));
    assert!(is_closed(output.blocking_splice(&filled(b"x").read_via_stream(0), 1)));
    assert!(output.subscribe().ready());
}

fn a_sink_takes_everything() {
    let sink = stand_ins::sink();
    assert!(sink.check_write().unwrap() > 0);
    write_all(&sink, &vec![7; 3 << 20]);
    sink.blocking_write_and_flush(&[1; 4096]).unwrap();
    sink.write_zeroes(1 << 40).unwrap();
    sink.blocking_write_zeroes_and_flush(1).unwrap();
    sink.flush().unwrap();
    assert_eq!(sink.splice(&filled(b"abc").read_via_stream(0), 10).unwrap(), 3);
    assert!(sink.subscribe().ready());
}

fn a_buffer_reads_on_until_its_end() {
    let input = filled(b"abcdef").read_via_stream(1);
    assert_eq!(input.read(0).unwrap(), b"");
    assert_eq!(input.read(2).unwrap(), b"bc");
    assert_eq!(input.skip(1).unwrap(), 1);
    assert_eq!(input.blocking_read(100).unwrap(), b"ef");
    assert!(is_closed(input.read(1)));
    assert!(is_closed(input.blocking_skip(1)));
    assert!(is_closed(filled(b"abc").read_via_stream(1 << 40).read(1)));
}

fn a_buffer_takes_writes_where_it_is_told() {
    let buffer = filled(b"abcdef");
    write_all(&buffer.write_via_stream(2), b"XYZ");
    write_all(&buffer.append_via_stream(), b"!");
    let gap = buffer.write_via_stream(9);
    gap.write(b"?").unwrap();
    gap.write(b"?").unwrap();
    assert_eq!(content(&buffer), b"abXYZf!\0\0??");
    let zeroes = buffer.write_via_stream(1);
    zeroes.write_zeroes(3).unwrap();
    zeroes.blocking_write_zeroes_and_flush(1).unwrap();
    zeroes.write(b"g").unwrap();
    assert_eq!(content(&buffer), b"a\0\0\0\0g!\0\0??");
    // What is four gibibytes ahead is not here, however narrow an address is.
    assert!(put(&buffer, 1 << 32, b"far") && content_at(&buffer, 0, 4) == b"a\0\0\0");
    assert_eq!(content_at(&buffer, (1 << 32) - 1, 8), b"\0far");
    assert!(buffer.set_len(1));
    buffer.append_via_stream().write_zeroes(1000).unwrap();
    assert_eq!(buffer.len(), 1001);
    assert!(!put(&buffer, u64::MAX - 1, b"xyz"));
    // A stream that failed says so once, and stays closed.
    let far = buffer.write_via_stream(u64::MAX - 1);
    assert!(is_out_of_space(far.write(b"xyz")));
    assert!(is_closed(far.check_write()) && is_closed(far.write(b"x")));
}

fn is_out_of_space<T>(result: Result<T, StreamError>) -> bool {
    match result {
        Err(StreamError::LastOperationFailed(error)) => is_full(&error) && !error.to_debug_string().is_empty(),
        _ => false,
    }
}

fn buffers_share_a_space() {
    let space = Space::new(3 * 4096);
    let (one, two) = (Buffer::new(&space, 0, 0), Buffer::new(&space, 0, 0));
    drop(space);
    assert!(put(&one, 0, &[1; 8000]));
    // What is read as zeroes takes nothing.
    assert!(one.set_len(1 << 40) && put(&two, 0, b"abc"));
    assert!(!put(&two, 4095, b"xy"));
    assert!(is_out_of_space(two.write_via_stream(4095).write(b"xy")));
    assert_eq!(content(&two), b"abc");
    drop(one);
    assert!(put(&two, 4095, b"xy"));
}

fn streams_outlive_their_buffer() {
    let (input, output) = {
        let buffer = filled(b"abc");
        (buffer.read_via_stream(0), buffer.append_via_stream())
    };
    output.write(b"def").unwrap();
    assert_eq!(input.read(100).unwrap(), b"abcdef");
}

fn splice_goes_from_each_kind_to_each_kind(host: &InputStream) {
    // The host's to a buffer.
    let buffer = empty();
    let into = buffer.append_via_stream();
    while buffer.len() < 3 {
        into.blocking_splice(host, 3 - buffer.len()).unwrap();
    }
    assert_eq!(content(&buffer), b"abc");
    // A buffer to a buffer, no more than asked for, and not past the end.
    let from = filled(b"0123456789").read_via_stream(0);
    assert_eq!(into.splice(&from, 4).unwrap(), 4);
    assert_eq!(into.splice(&from, 0).unwrap(), 0);
    assert_eq!(into.blocking_splice(&from, 100).unwrap(), 6);
    assert!(is_closed(into.splice(&from, 1)));
    assert_eq!(content(&buffer), b"abc0123456789");
    // More than fits through at once.
    let large = filled(&[9; 200_000]);
    let (from, all) = (large.read_via_stream(0), empty());
    let into = all.append_via_stream();
    while into.blocking_splice(&from, u64::MAX).is_ok() {}
    assert_eq!(all.len(), 200_000);
    // A buffer to the host's.
    let (from, out) = (filled(b"spliced\n").read_via_stream(0), get_stdout());
    let mut left = 8;
    while left > 0 {
        left -= out.blocking_splice(&from, left).unwrap();
    }
    out.blocking_flush().unwrap();
    // From a closed one.
    assert!(is_closed(out.blocking_splice(&stand_ins::closed_input_stream(), 1)));
}

fn the_hosts_streams_are_the_hosts(host: &InputStream) {
    assert_eq!(host.blocking_skip(1).unwrap(), 1); // d
    assert_eq!(host.blocking_read(2).unwrap(), b"ef");
    host.subscribe().block();
    let mut rest = Vec::new();
    while let Ok(bytes) = host.blocking_read(100) {
        rest.extend(bytes);
    }
    assert_eq!(rest, b"ghij");
    assert!(is_closed(host.blocking_read(1)));
    let out = get_stdout();
    write_all(&out, b"written\n");
    out.blocking_write_and_flush(b"flushed\n").unwrap();
    out.blocking_write_zeroes_and_flush(0).unwrap();
    // One permit is for one write, however long.
    let other = get_stderr();
    let permit = other.check_write().unwrap();
    assert!(permit > 4096);
    other.write_zeroes(permit.min(10_000)).unwrap();
    other.blocking_flush().unwrap();
    assert!(get_stderr().check_write().unwrap() > 0);
}

fn poll_reports_what_is_ready_and_nothing_else() {
    let ready = || stand_ins::ready_pollable();
    let soon = || subscribe_duration(0);
    let never = || subscribe_duration(3_600_000_000_000);
    let all = |list: &[&Pollable]| poll(list);
    assert_eq!(all(&[&ready()]), [0]);
    assert_eq!(all(&[&never(), &ready()]), [1]);
    assert_eq!(all(&[&ready(), &never(), &ready()]), [0, 2]);
    assert_eq!(all(&[&never(), &soon()]), [1]);
    assert!(!never().ready());
    // Twice the same.
    let one = ready();
    assert_eq!(all(&[&one, &never(), &one]), [0, 2]);
    // Only the host's, and it waits.
    let timer = subscribe_duration(30_000_000);
    assert!(!timer.ready());
    assert_eq!(all(&[&never(), &timer]), [1]);
    assert!(timer.ready());
    timer.block();
    // The host's that is ready, beside a virtual one.
    assert_eq!(all(&[&timer, &ready(), &never()]), [0, 1]);
}

fn streams_of_a_source_go_on_where_the_others_are() {
    // Nothing is embedded here, so it is at its end.
    let source = Source::new(0, 0);
    assert!(is_closed(source.stream().read(1)));
    assert!(is_closed(source.stream().blocking_skip(1)));
    assert!(source.stream().subscribe().ready());
}

fn a_filter_puts_something_ahead_of_each_line() {
    let buffer = empty();
    let filter = Filter::new(buffer.append_via_stream(), b"> ", u64::MAX);
    let (one, two) = (filter.stream(), filter.stream());
    drop(filter);
    write_all(&one, b"a");
    two.blocking_write_and_flush(b"b\n\nc\n").unwrap();
    assert_eq!(content(&buffer), b"> ab\n> \n> c\n");
    one.write(b"d\n").unwrap();
    assert_eq!(two.splice(&filled(b"e\nf").read_via_stream(0), 100).unwrap(), 3);
    assert_eq!(one.blocking_splice(&filled(b"\ng").read_via_stream(0), 2).unwrap(), 2);
    one.flush().unwrap();
    two.write_zeroes(2).unwrap();
    two.blocking_write_zeroes_and_flush(1).unwrap();
    one.write(b"").unwrap();
    assert!(one.subscribe().ready());
    assert_eq!(content(&buffer), b"> ab\n> \n> c\n> d\n> e\n> f\n> g\0\0\0");
    // More comes out than one write may have.
    let many = empty();
    let filter = Filter::new(many.append_via_stream(), b"0123456789", u64::MAX).stream();
    filter.blocking_write_and_flush(&[b'\n'; 4096]).unwrap();
    assert_eq!(many.len(), 11 * 4096);
    // A permit leaves room for as many lines as there are bytes.
    let room = many.append_via_stream().check_write().unwrap();
    assert_eq!(filter.check_write().unwrap(), room / 11);
}

fn a_filter_is_closed_after_its_limit() {
    let buffer = empty();
    let filter = Filter::new(buffer.append_via_stream(), b"", 10);
    let (one, two) = (filter.stream(), filter.stream());
    assert_eq!(one.check_write().unwrap(), 10);
    one.write(b"1234").unwrap();
    assert_eq!(two.check_write().unwrap(), 6);
    assert!(is_closed(two.blocking_write_and_flush(b"567890abc")));
    assert!(is_closed(one.check_write()) && is_closed(two.blocking_write_and_flush(b"x")));
    one.blocking_flush().unwrap();
    assert!(one.subscribe().ready());
    assert_eq!(content(&buffer), b"1234567890");
    // What is below is closed first, and what there was room for has arrived.
    let below = Filter::new(buffer.append_via_stream(), b"", 5).stream();
    let above = Filter::new(below, b"--> ", u64::MAX).stream();
    assert_eq!(above.check_write().unwrap(), 1);
    above.write(b"a").unwrap();
    assert!(is_closed(above.check_write()));
    assert_eq!(content(&buffer), b"1234567890--> a");
    let below = Filter::new(buffer.append_via_stream(), b"", 2).stream();
    let above = Filter::new(below, b"--> ", u64::MAX).stream();
    assert!(is_closed(above.write(b"b")));
    assert!(is_closed(above.check_write()) && is_closed(above.blocking_flush()));
    assert_eq!(content(&buffer), b"1234567890--> a--");
    // A filter of what fails, fails.
    let full = Buffer::new(&Space::new(0), 0, 0).append_via_stream();
    let filter = Filter::new(full, b"> ", u64::MAX).stream();
    assert!(is_out_of_space(filter.blocking_write_and_flush(b"x")));
    assert!(is_closed(filter.check_write()));
}

fn waiting_moves_virtual_time() {
    let start = timers::now();
    let passed = || timers::now() - start;
    let at = |moment: u64| timers::at(start + moment);
    let hour = || subscribe_duration(3_600_000_000_000);
    assert!(at(0).ready() && !at(1).ready());
    assert_eq!(poll(&[&at(30), &at(10), &at(20), &at(10)]), [1, 3]);
    assert_eq!(passed(), 10);
    // It never goes back, and what is past is ready.
    at(5).block();
    assert!(at(5).ready());
    assert_eq!(passed(), 10);
    at(15).block();
    assert_eq!(passed(), 15);
    timers::advance(5);
    assert_eq!(passed(), 20);
    // What is ready goes first; the host's hour is not waited for.
    assert_eq!(poll(&[&at(50), &stand_ins::ready_pollable(), &hour()]), [1]);
    assert_eq!(poll(&[&at(50), &at(20)]), [1]);
    assert_eq!(passed(), 20);
    assert_eq!(poll(&[&hour(), &at(50)]), [1]);
    assert_eq!(passed(), 50);
    assert_eq!(poll(&[&timers::at(u64::MAX)]), [0]);
    timers::advance(1);
    assert_eq!(timers::now(), u64::MAX);
}

fn main() {
    let host = get_stdin();
    a_closed_input_is_at_its_end();
    a_closed_output_refuses_everything();
    a_sink_takes_everything();
    a_buffer_reads_on_until_its_end();
    a_buffer_takes_writes_where_it_is_told();
    streams_outlive_their_buffer();
    buffers_share_a_space();
    splice_goes_from_each_kind_to_each_kind(&host);
    the_hosts_streams_are_the_hosts(&host);
    poll_reports_what_is_ready_and_nothing_else();
    streams_of_a_source_go_on_where_the_others_are();
    a_filter_puts_something_ahead_of_each_line();
    a_filter_is_closed_after_its_limit();
    waiting_moves_virtual_time();
    println!("all hold");
}
