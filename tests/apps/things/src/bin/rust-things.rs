//! Uses all of `test:things`, and asserts that handles and values arrive as they were sent. Standard input holds
//! `abcdef`.

wit_bindgen::generate!({
    world: "test:things/user",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit",
        "../../../wit/deps/filesystem.wit", "../../../wit/deps/sockets.wit", "../../../wit/deps/cli.wit", "wit"],
    generate_all,
});

use test::things::lending::{self, Lent};
use test::things::more::feed;
use test::things::things::{self as it, Any, Counter, StreamError};
use wasi::io::poll::poll;

/// A pollable works if one can wait for it, and poll with it.
fn works(pollable: &Pollable) -> bool {
    pollable.block();
    pollable.ready() && poll(&[pollable, pollable]) == [0, 1]
}

fn is(any: &Any, which: u32) -> bool {
    match (any, which) {
        (Any::Nothing, 0) | (Any::Small(255), 1) | (Any::Maybe(None), 8) => true,
        (Any::Wide(number), 2) => *number == u64::MAX - 1,
        (Any::Words(words), 3) => words == "words",
        (Any::Wait(wait), 4) => works(wait),
        (Any::From(from), 5) => from.read(0).is_ok(),
        (Any::Number(number), 6) => *number == 1.5,
        (Any::Both((number, wait)), 7) => *number == 2.5 && works(wait),
        (Any::Maybe(Some(Err(words))), 9) => words == "not",
        (Any::Maybe(Some(Ok(wait))), 10) => works(wait),
        _ => false,
    }
}

fn results() {
    assert!(works(&it::wait()));
    assert_eq!(it::in_result(false).unwrap_err(), "no good");
    assert_eq!(it::in_result(true).unwrap().blocking_read(2).unwrap(), b"ab");
    assert_eq!(it::in_error(true).unwrap(), 7);
    assert!(works(&it::in_error(false).unwrap_err()));
    assert!(it::in_option(false).is_none());
    assert!(works(&it::in_option(true).unwrap()));
    let (one, wait, two, out) = it::in_tuple();
    assert!(one == 1 && works(&wait) && two == "two");
    out.blocking_write_and_flush(b"out\n").unwrap();
    for many in [0, 1, 2, 100] {
        let deep = it::in_record(many);
        assert_eq!(deep.label, format!("{many} of them"));
        assert_eq!(deep.at.is_some(), many % 2 == 0);
        assert!(deep.pair.0 == 9 && works(&deep.pair.1));
        assert!(deep.many.len() == many as usize && deep.many.iter().all(works));
        assert_eq!(deep.tail, u64::MAX);
    }
    for which in 0..11 {
        assert!(is(&it::in_variant(which as u8), which), "variant {which}");
    }
    for count in [0, 1, 11, 1000] {
        let list = it::in_list(count);
        assert_eq!(list.len(), count as usize);
        assert!(list.iter().enumerate().all(|(at, any)| is(any, at as u32 % 11)));
    }
    let nested = it::in_nested_list(20);
    for (outer, list) in nested.iter().enumerate() {
        assert_eq!(list.len(), outer);
        for (inner, (name, wait)) in list.iter().enumerate() {
            assert!(*name == format!("{outer} {inner}") && works(wait));
        }
    }
}

fn errors() {
    let StreamError::LastOperationFailed(error) = it::failing() else { panic!("the stream is closed") };
    let words = error.to_debug_string();
    assert!(!words.is_empty());
    // Lent for the call, and ours again after it.
    assert_eq!(it::explain(&error), Some(words.clone()));
    assert_eq!(it::explain(&error), Some(words.clone()));
    assert_eq!(error.to_debug_string(), words);
}

fn parameters() {
    let wait = it::wait();
    assert!(it::is_ready(&wait) && it::is_ready(&wait) && works(&wait));
    let waits: Vec<_> = (0..50).map(|_| it::wait()).collect();
    let lent: Vec<_> = waits.iter().collect();
    assert!(lending::all_ready(&[]) && lending::all_ready(&lent));
    assert!(lending::all_ready(&[&wait, lent[0], &wait, &wait, lent[0]]) && works(&wait));
    assert!(waits.iter().all(works));
    assert_eq!((lending::maybe_ready(None), lending::maybe_ready(Some(&wait))), (None, Some(true)));
    assert_eq!(lending::nested_ready(("x", &wait, &[(1, lent[0]), (2, lent[1])])), [true; 3]);
    assert_eq!(lending::lent_ready(&Lent::Nothing), []);
    assert_eq!(lending::lent_ready(&Lent::One(&wait)), [true]);
    assert_eq!(lending::lent_ready(&Lent::Wide(u64::MAX)), [true]);
    assert_eq!(lending::lent_ready(&Lent::Words("words".into())), [true]);
    assert_eq!(lending::lent_ready(&Lent::Several((3, lent[..4].to_vec()))), [true; 4]);
    assert_eq!(lending::lent_ready(&Lent::Maybe(None)), [false]);
    assert_eq!(lending::lent_ready(&Lent::Maybe(Some(Err(7)))), [true]);
    assert_eq!(lending::lent_ready(&Lent::Maybe(Some(Ok(&wait)))), [true; 2]);
    assert!(works(&wait) && waits.iter().all(works));
    let input = it::in_result(true).unwrap();
    assert_eq!(it::read_from(&input, 3), b"cde");
    assert_eq!(input.blocking_read(3).unwrap(), b"f");
    let (_, _, _, out) = it::in_tuple();
    it::write_to(&out, b"lent\n").unwrap();
    out.blocking_write_and_flush(b"back\n").unwrap();
    let said = lending::many(
        1,
        -2,
        3,
        -4,
        5.5,
        -6.5,
        'ß',
        true,
        "nine",
        &[10, 11],
        Some(12),
        &wait,
        (13, 14),
        "fifteen",
        &[("a".into(), lent[0]), ("b".into(), lent[1])],
    );
    assert_eq!(
        said,
        "1 -2 3 -4 5.5 -6.5 ß true nine [10, 11] Some(12) true (13, 14) fifteen [(\"a\", true), (\"b\", true)]"
    );
    assert!(works(&wait) && waits.iter().all(works));
}

fn resources() {
    let counter = Counter::new(3);
    assert_eq!(counter.add(4), 7);
    assert!(works(&counter.wait()));
    let others: Vec<_> = (0..10).map(Counter::new).collect();
    let lent: Vec<_> = others.iter().collect();
    assert_eq!(counter.sum(&lent), 52);
    for _ in 0..3 {
        let (sum, wait) = counter.sum_and_wait(&lent, Some(&counter));
        assert!(sum == 59 && works(&wait));
    }
    assert_eq!(counter.sum_and_wait(&[], None).0, 7);
    let (merged, wait) = Counter::merge(counter, Counter::new(1));
    assert!(merged.add(0) == 8 && works(&wait));
    assert_eq!(Counter::make(5).unwrap().add(1), 6);
    assert_eq!(Counter::make(500).unwrap_err(), "too much");
    for (at, (counter, wait)) in it::counters(9).iter().enumerate() {
        assert_eq!(counter.add(0), at as u32);
        assert_eq!(wait.as_ref().is_some_and(works), at % 2 == 1);
    }
    assert!(is(&feed(&Counter::new(0)), 0) && is(&feed(&merged), 4));
    assert_eq!(it::plain("c", &["a".into(), "b".into()]), ["a", "b", "c"]);
}

fn main() {
    results();
    errors();
    parameters();
    resources();
    assert!(works(&free_wait("free").unwrap()) && free_wait("other").is_none());
    // Handles and memory are given back: this many would not fit otherwise.
    for _ in 0..2000 {
        assert_eq!(it::in_list(11).len(), 11);
        assert!(lending::all_ready(&[&it::wait()]));
    }
    println!("all hold");
}
