//! Who asked may go before the end, and who answered may work on.

use crate::ways::alike;
use anyhow::{Context, Result, ensure};
use http_body_util::{Channel, Empty};
use hyper::Request;
use hyper::body::Bytes;
use std::io;
use std::time::Duration;
use virt_compose_tests::serve::{Instances, runtime};
use virt_compose_tests::upstream::Upstream;

/// How a note ends, after the number of bytes that it starts with.
fn end(note: &str) -> Result<String> {
    Ok(note.split_once(" bytes, then ").context("it says how many bytes there were")?.1.to_owned())
}

#[test]
fn a_handler_sees_that_its_client_has_gone_and_goes_on_serving() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let ends = alike("rust-raw-http", Instances::One, async |server| {
            let before = upstream.noted(0).await?.len();
            let mut kept = Vec::new();
            for count in 1..=5 {
                let path = format!("/endless?{}", upstream.url("/note"));
                let mut coming = server.send(Request::get(path), Empty::<Bytes>::new()).await?;
                coming.part().await?.context("there is a part")?;
                drop(coming);
                upstream.noted(before + count).await?;
                ensure!(server.ask("/read", "12345").await?.text()? == "5 bytes, then the end\n", "it does not go on");
                kept.push(server.handled(2 * count).await?);
            }
            ensure!(kept[4].traps.is_empty(), "{:?}", kept[4]);
            let (second, last) = (&kept[1], &kept[4]);
            ensure!(second.resources == last.resources && second.memory == last.memory, "{second:?}, later {last:?}");
            upstream.noted(0).await?[before..].iter().map(|note| end(note)).collect::<Result<Vec<_>>>()
        });
        let ends = ends.await?;
        ensure!(ends.len() == 5 && ends.iter().all(|end| end.starts_with("the end")), "{ends:?}");
        Ok(())
    })
}

#[test]
fn a_handler_has_the_error_of_a_request_that_breaks_off() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let ends = alike("rust-raw-http", Instances::One, async |server| {
            let before = upstream.noted(0).await?.len();
            let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
            let path = format!("/told?{}", upstream.url("/note"));
            let breaking = async {
                sender.send_data(Bytes::from_static(b"a part")).await?;
                sender.send_data(Bytes::from_static(b"a part")).await?;
                // The parts are on their way before it breaks off.
                tokio::time::sleep(Duration::from_millis(50)).await;
                sender.abort(io::Error::other("enough"));
                anyhow::Ok(())
            };
            let (answer, broken) = tokio::join!(server.send(Request::post(path), body), breaking);
            broken?;
            ensure!(answer.is_err(), "it was answered");
            let note = upstream.noted(before + 1).await?.remove(before);
            ensure!(server.ask("/read", "12345").await?.text()? == "5 bytes, then the end\n", "it does not go on");
            Ok(note)
        });
        let note = ends.await?;
        ensure!(note.starts_with("12 bytes, then ") && note.contains("error reading a body"), "{note}");
        Ok(())
    })
}

#[test]
fn a_handler_answers_and_goes_on_working() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        for guest in ["rust-wstd-server", "rust-raw-http"] {
            for instances in [Instances::Each, Instances::One] {
                let answers = alike(guest, instances, async |server| {
                    let answer = server.ask(&format!("/later?{}", upstream.url("/closed")), "").await?.text()?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    ensure!(server.handled(0).await?.count == 0, "it did not go on");
                    upstream.open();
                    let handled = server.handled(1).await?;
                    ensure!(handled.traps.is_empty(), "{handled:?}");
                    Ok(answer)
                });
                ensure!(answers.await? == "later");
            }
        }
        Ok(())
    })
}
