//! What goes wrong has the host's words for it: `http-error-code` of a stream's error, a refused request, a late answer.
//!
//! wasmtime-wasi-http 48 knows the code of an error in writing. Of one in reading it has only words, and `none` for a code.

use crate::ways::alike;
use anyhow::{Context, Result, ensure};
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use tokio::net::TcpSocket;
use virt_compose_tests::serve::{Instances, runtime};
use virt_compose_tests::upstream::{BROKEN, Upstream, with_trailer};

const GUEST: &str = "rust-raw-http";

#[test]
fn a_broken_answer_has_the_same_error_code_as_unvirtualized() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let found = alike(GUEST, Instances::One, async |server| {
            let mut found = Vec::new();
            for (path, _) in BROKEN {
                found.push(server.ask(&format!("/get?{}", upstream.url(path)), "").await?.text()?);
            }
            Ok(found)
        });
        for ((path, _), found) in BROKEN.iter().zip(found.await?) {
            ensure!(
                found.starts_with("error ErrorCode::") || found.contains("error reading a body"),
                "{path}: {found}"
            );
        }
        Ok(())
    })
}

/// The body of the last one is fine, and has a trailer.
#[test]
fn what_is_not_broken_has_no_error_code() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let found = alike(GUEST, Instances::One, async |server| {
            let get = server.ask(&format!("/get?{}", upstream.url("/hello")), "").await?.text()?;
            let both = server.ask(&format!("/both?{}", upstream.url("/slow")), "").await?.text()?;
            let put = Request::post(format!("/put?{}", upstream.url("/echo"))).header("trailer", "x-sum");
            let put = server.send(put, with_trailer("body", "x-sum", "42")).await?.end().await?.text()?;
            Ok([get, both, put])
        });
        let [get, both, put] = found.await?;
        ensure!(get == "status 200\n15 bytes, then the end\n", "{get}");
        ensure!(both == "status 200\n4 bytes, then the end\n".repeat(2), "{both}");
        let expected = "sent until the end, Ok(())\nstatus 200\n4 bytes, then the end\ntrailer x-sum: 42\n";
        ensure!(put == expected, "{put}");
        Ok(())
    })
}

#[test]
fn trailers_of_a_request_are_given_back() -> Result<()> {
    runtime().block_on(async {
        let answer = alike(GUEST, Instances::One, async |server| {
            let request = Request::post("/trailers").header("te", "trailers").header("trailer", "x-sum");
            let answer = server.send(request, with_trailer("body", "x-sum", "42")).await?.end().await?;
            Ok((answer.text()?, answer.trailers))
        });
        let (text, trailers) = answer.await?;
        ensure!(text == "4 bytes, then the end\ntrailer x-sum: 42\n", "{text}");
        ensure!(trailers.get("x-sum").is_some_and(|value| value == "42"), "{trailers:?}");
        Ok(())
    })
}

#[test]
fn a_server_that_is_not_there_refuses() -> Result<()> {
    runtime().block_on(async {
        // The port is taken, so that no other test gets it, and nobody listens.
        let taken = TcpSocket::new_v4()?;
        taken.bind(([127, 0, 0, 1], 0).into())?;
        let address = taken.local_addr()?;
        let found = alike(GUEST, Instances::One, async |server| {
            server.ask(&format!("/get?http://{address}/"), "").await?.text()
        });
        let found = found.await?;
        ensure!(found == "error ErrorCode::ConnectionRefused\n", "{found}");
        Ok(())
    })
}

#[test]
fn who_hurries_gives_up_on_what_is_slow() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let found = alike(GUEST, Instances::One, async |server| {
            let late = server.ask(&format!("/hurried?{}", upstream.url("/slow")), "").await?.text()?;
            let part = server.ask(&format!("/hurried?{}", upstream.url("/slow-body")), "").await?.text()?;
            let patient = server.ask(&format!("/get?{}", upstream.url("/slow-body")), "").await?.text()?;
            Ok([late, part, patient])
        });
        let [late, part, patient] = found.await?;
        ensure!(late == "error ErrorCode::ConnectionReadTimeout\n", "{late}");
        ensure!(part.starts_with("status 200\n7 bytes, then ") && part.contains("read timeout"), "{part}");
        ensure!(patient == "status 200\n13 bytes, then the end\n", "{patient}");
        Ok(())
    })
}

/// Each says ten bytes, and sends five or fifteen: as an answer, and as a request.
#[test]
fn a_body_of_another_length_than_it_said_is_refused() -> Result<()> {
    runtime().block_on(async {
        let upstream = Upstream::start().await?;
        let found = alike(GUEST, Instances::One, async |server| {
            let short = server.ask(&format!("/short?{}", upstream.url("/count")), "").await?.text()?;
            let long = server.ask(&format!("/long?{}", upstream.url("/count")), "").await?.text()?;
            let before = upstream.noted(0).await?.len();
            for path in ["/less", "/more"] {
                let path = format!("{path}?{}", upstream.url("/note"));
                // What the client makes of it is between the host and hyper: there may be an answer.
                if let Ok(coming) = server.send(Request::get(path), Empty::<Bytes>::new()).await {
                    coming.end().await?;
                }
            }
            let notes = upstream.noted(before + 2).await?.split_off(before);
            Ok((short, long, notes))
        });
        let (short, long, notes) = found.await?;
        ensure!(short.starts_with("written Ok(()), finished Err(ErrorCode::HttpRequestBodySize(Some(5)))"), "{short}");
        ensure!(long.starts_with("written Err(\"Some(ErrorCode::HttpRequestBodySize(Some(15)))"), "{long}");
        ensure!(notes[0] == "written Ok(()), finished Err(ErrorCode::HttpResponseBodySize(Some(5)))", "{notes:?}");
        ensure!(notes[1].starts_with("written Err(\"Some(ErrorCode::HttpResponseBodySize(Some(15)))"), "{notes:?}");
        Ok(())
    })
}

#[test]
fn a_handler_may_answer_with_an_error_or_not_at_all() -> Result<()> {
    runtime().block_on(async {
        let errors = alike(GUEST, Instances::One, async |server| {
            ensure!(server.ask("/fail", "").await?.status == 500, "there is no answer");
            ensure!(server.ask("/silent", "").await?.status == 500, "there is no answer");
            ensure!(server.ask("/none", "").await?.text()? == "nothing is at /none", "it goes on");
            let handled = server.handled(3).await?;
            ensure!(handled.traps.is_empty(), "{handled:?}");
            Ok(handled.errors.iter().map(|error| format!("{error:?}")).collect::<Vec<_>>())
        });
        let errors = errors.await?;
        ensure!(errors.first().context("it answered with an error")? == "ErrorCode::HttpResponseTimeout", "{errors:?}");
        Ok(())
    })
}
