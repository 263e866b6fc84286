//! The provider of `test:things`: its streams and pollables are the host's.

mod bindings {
    wit_bindgen::generate!({
    world: "test:things/provider",
    path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "../../../wit/deps/random.wit",
        "../../../wit/deps/filesystem.wit", "../../../wit/deps/sockets.wit", "../../../wit/deps/cli.wit", "wit"],
    generate_all,
    });
    export!(Provider);
    use super::Provider;
}

use bindings::exports::test::things::more;
use bindings::exports::test::things::things::{
    Any, Counter, CounterBorrow, Deep, Error, Guest, GuestCounter, InputStream, OutputStream, Pollable, StreamError,
};
use bindings::wasi::cli::{stderr::get_stderr, stdin::get_stdin, stdout::get_stdout};
use bindings::wasi::clocks::monotonic_clock::subscribe_duration;
use std::cell::Cell;

struct Provider;

fn ready() -> Pollable {
    let ready = subscribe_duration(0);
    ready.block();
    ready
}

impl Guest for Provider {
    type Counter = Number;

    fn wait() -> Pollable {
        ready()
    }

    fn in_result(good: bool) -> Result<InputStream, String> {
        if good { Ok(get_stdin()) } else { Err("no good".into()) }
    }

    fn in_error(good: bool) -> Result<u32, Pollable> {
        if good { Ok(7) } else { Err(ready()) }
    }

    fn in_option(some: bool) -> Option<Pollable> {
        some.then(ready)
    }

    fn in_tuple() -> (u8, Pollable, String, OutputStream) {
        (1, ready(), "two".into(), get_stdout())
    }

    fn in_record(many: u32) -> Deep {
        Deep {
            label: format!("{many} of them"),
            at: (many % 2 == 0).then(get_stdin),
            pair: (9, ready()),
            many: (0..many).map(|_| ready()).collect(),
            tail: u64::MAX,
        }
    }

    fn in_variant(which: u8) -> Any {
        match which {
            0 => Any::Nothing,
            1 => Any::Small(255),
            2 => Any::Wide(u64::MAX - 1),
            3 => Any::Words("words".into()),
            4 => Any::Wait(ready()),
            5 => Any::From(get_stdin()),
            6 => Any::Number(1.5),
            7 => Any::Both((2.5, ready())),
            8 => Any::Maybe(None),
            9 => Any::Maybe(Some(Err("not".into()))),
            _ => Any::Maybe(Some(Ok(ready()))),
        }
    }

    fn in_list(count: u32) -> Vec<Any> {
        (0..count).map(|which| Self::in_variant((which % 11) as u8)).collect()
    }

    fn in_nested_list(count: u32) -> Vec<Vec<(String, Pollable)>> {
        (0..count).map(|outer| (0..outer).map(|inner| (format!("{outer} {inner}"), ready())).collect()).collect()
    }

    fn failing() -> StreamError {
        get_stderr().blocking_write_and_flush(b"x").expect_err("the host's standard error fails")
    }

    fn is_ready(it: &Pollable) -> bool {
        it.ready()
    }

    fn read_from(it: &InputStream, len: u64) -> Vec<u8> {
        it.blocking_read(len).unwrap()
    }

    fn write_to(it: &OutputStream, bytes: Vec<u8>) -> Result<(), String> {
        it.blocking_write_and_flush(&bytes).map_err(|error| error.to_string())
    }

    fn explain(it: &Error) -> Option<String> {
        Some(it.to_debug_string())
    }

    fn counters(count: u32) -> Vec<(Counter, Option<Pollable>)> {
        (0..count).map(|at| (Counter::new(Number::new(at)), (at % 2 == 1).then(ready))).collect()
    }

    fn plain(text: String, mut list: Vec<String>) -> Vec<String> {
        list.push(text);
        list
    }
}

struct Number(Cell<u32>);

fn value(counter: &CounterBorrow<'_>) -> u32 {
    counter.get::<Number>().0.get()
}

impl GuestCounter for Number {
    fn new(start: u32) -> Self {
        Self(Cell::new(start))
    }

    fn add(&self, more: u32) -> u32 {
        self.0.set(self.0.get() + more);
        self.0.get()
    }

    fn wait(&self) -> Pollable {
        ready()
    }

    fn sum(&self, others: Vec<CounterBorrow<'_>>) -> u32 {
        self.0.get() + others.iter().map(value).sum::<u32>()
    }

    fn sum_and_wait(&self, others: Vec<CounterBorrow<'_>>, another: Option<CounterBorrow<'_>>) -> (u32, Pollable) {
        (self.sum(others) + another.as_ref().map_or(0, value), ready())
    }

    fn merge(left: Counter, right: Counter) -> (Counter, Pollable) {
        let sum = left.get::<Number>().0.get() + right.get::<Number>().0.get();
        (Counter::new(Number::new(sum)), ready())
    }

    fn make(start: u32) -> Result<Counter, String> {
        if start < 100 { Ok(Counter::new(Number::new(start))) } else { Err("too much".into()) }
    }
}

impl more::Guest for Provider {
    fn feed(it: CounterBorrow<'_>) -> Any {
        match value(&it) {
            0 => Any::Nothing,
            _ => Any::Wait(ready()),
        }
    }
}

impl bindings::Guest for Provider {
    fn free_wait(name: String) -> Option<Pollable> {
        (name == "free").then(ready)
    }
}
