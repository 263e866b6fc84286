//! Bodies of any size stream, at the pace of whoever is slower.

use crate::ways::{alike, few};
use anyhow::{Context, Result, ensure};
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use std::sync::atomic::Ordering;
use std::time::Duration;
use virt_compose_tests::serve::{Instances, Made, runtime};
use virt_compose_tests::upstream::Upstream;

const MB: usize = 1 << 20;

/// Whatever a connection and those at its ends hold for themselves.
const BUFFERS: usize = 32 * MB;

/// One is read by the guest, one written, and one goes through it.
#[test]
fn a_body_of_100_mb_goes_through_with_little_memory() -> Result<()> {
    runtime().block_on(async {
        let mut bare = None;
        for way in few() {
            let server = way.serve("rust-wstd-server", Instances::Each).await?;
            let counted = server.send(Request::post("/count"), Made::new(100 * MB).0).await?.end().await?.text()?;
            ensure!(counted == (100 * MB).to_string(), "{}: {counted} bytes were read", way.name);
            let path = format!("/data?{}", 100 * MB);
            let written = server.send(Request::get(path), Empty::<Bytes>::new()).await?.count().await?;
            ensure!(written == 100 * MB, "{}: {written} bytes were written", way.name);
            let echoed = server.send(Request::post("/echo"), Made::new(100 * MB).0).await?.count().await?;
            ensure!(echoed == 100 * MB, "{}: {echoed} bytes came back", way.name);
            let handled = server.handled(3).await?;
            ensure!(handled.traps.is_empty(), "{}: {handled:?}", way.name);
            println!("{}: {} KB", way.name, handled.memory / 1024);
            let bare = *bare.get_or_insert(handled.memory);
            ensure!(handled.memory < bare + 2 * MB, "{}: {} bytes, unvirtualized {bare}", way.name, handled.memory);
        }
        Ok(())
    })
}

#[test]
fn a_part_arrives_before_the_next_is_there() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let path = format!("/fetch?{}", upstream.url("/gated"));
        let parts = alike("rust-wstd-server", Instances::Each, async |server| {
            let mut coming = server.send(Request::get(&path), Empty::<Bytes>::new()).await?;
            let first = coming.part().await?.context("there is a part")?;
            upstream.open();
            Ok((first, coming.end().await?.body))
        });
        let (first, second) = parts.await?;
        ensure!(first == "first, " && second == "second", "{first:?} {second:?}");
        Ok(())
    })
}

#[test]
fn a_handler_writes_no_faster_than_it_is_read() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let path = format!("/endless?{}", upstream.url("/note"));
        for (number, way) in few().enumerate() {
            let server = way.serve("rust-raw-http", Instances::Each).await?;
            let coming = server.send(Request::get(&path), Empty::<Bytes>::new()).await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
            drop(coming);
            let note = upstream.noted(number + 1).await?.remove(number);
            let count: usize = note.split(' ').next().context("it starts with a number")?.parse()?;
            ensure!((1..BUFFERS).contains(&count), "{}: it wrote {note}", way.name);
        }
        Ok(())
    })
}

#[test]
fn a_handler_reads_no_faster_than_it_hands_on() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        for (guest, path) in [("rust-wstd-server", "/fetch"), ("rust-raw-http", "/put")] {
            let path = format!("{path}?{}", upstream.url("/closed"));
            for way in few() {
                let server = way.serve(guest, Instances::Each).await?;
                let (body, taken) = Made::new(50 * MB);
                let answer = server.send(Request::post(&path), body);
                let watched = async {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    let taken = taken.load(Ordering::Relaxed);
                    upstream.open();
                    taken
                };
                let (answer, taken) = tokio::join!(answer, watched);
                ensure!((1..BUFFERS).contains(&taken), "{}: it took {taken} bytes that nobody had read", way.name);
                let answer = answer?.end().await?.text()?;
                // What `/put` found is more than the answer.
                let is_all = answer == (50 * MB).to_string() || answer.contains("\n8 bytes, then the end");
                ensure!(is_all, "{}: {answer}", way.name);
            }
        }
        Ok(())
    })
}
