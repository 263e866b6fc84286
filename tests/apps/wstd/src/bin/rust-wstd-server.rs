//! An HTTP server and proxy.
//!
//! - `/hello` says so, and what the variable `GREETING` is.
//! - `/echo` gives the body back as it comes, with its trailers.
//! - `/count` says how many bytes the body has.
//! - `/data?N` gives N bytes.
//! - `/file?PATH` gives what is there.
//! - `/slow` waits before it answers, and again within the body.
//! - `/fetch?URL` sends the request on to that address, and its answer back as it comes. If there is none: 502, and why.
//! - `/later?URL` answers, and asks for that address afterwards.

use futures_lite::StreamExt;
use futures_lite::stream::{iter, unfold};
use http_body_util::{BodyExt, Empty};
use std::convert::Infallible;
use wstd::http::body::Bytes;
use wstd::http::error::ErrorCode;
use wstd::http::{Body, Client, Error, Request, Response};
use wstd::time::Duration;

const PAUSE: u64 = 20;

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    println!("asked for {}", request.uri().path());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = match request.uri().path() {
        "/hello" => {
            let greeting = std::env::var("GREETING").unwrap_or_default();
            return Ok(Response::builder().header("x-greeting", greeting).body("hello".into())?);
        }
        "/echo" => {
            let mut response = Response::builder();
            // Whoever sends trailers says so before.
            if let Some(names) = request.headers().get("trailer") {
                response = response.header("trailer", names);
            }
            return Ok(response.body(request.into_body())?);
        }
        "/count" => {
            let mut body = request.into_body().into_boxed_body();
            let mut count = 0;
            while let Some(frame) = body.frame().await {
                count += frame?.data_ref().map_or(0, Bytes::len);
            }
            count.to_string().into()
        }
        "/data" => data(query.parse()?),
        "/file" => match std::fs::read(&query) {
            Ok(bytes) => bytes.into(),
            Err(error) => return Ok(Response::builder().status(404).body(error.kind().to_string().into())?),
        },
        "/slow" => {
            wstd::task::sleep(Duration::from_millis(PAUSE)).await;
            Body::from_try_stream(unfold(0, |part| async move {
                wstd::task::sleep(Duration::from_millis(PAUSE)).await;
                (part < 3).then(|| (Ok::<_, Infallible>(format!("part {part}\n")), part + 1))
            }))
        }
        "/fetch" => return fetch(&query, request).await,
        "/later" => {
            let after = async move {
                wstd::task::sleep(Duration::from_millis(PAUSE)).await;
                Client::new()
                    .send(Request::get(query).body(none())?)
                    .await?
                    .into_body()
                    .contents()
                    .await
                    .map(<[u8]>::len)
            };
            wstd::runtime::spawn(after).detach();
            "later".into()
        }
        _ => return Ok(Response::builder().status(404).body(Body::empty())?),
    };
    Ok(Response::new(body))
}

/// Bytes that say where they are.
fn data(len: usize) -> Body {
    const PART: usize = 65_536;
    let parts = iter((0..len).step_by(PART));
    Body::from_stream(parts.map(move |at| vec![(at / PART) as u8; PART.min(len - at)]))
}

/// No body: nothing is written, which may be more than the host listens to.
fn none() -> Body {
    Body::from_http_body(Empty::<Bytes>::new())
}

async fn fetch(url: &str, request: Request<Body>) -> Result<Response<Body>, Error> {
    let (parts, body) = request.into_parts();
    let mut outgoing = Request::builder().method(parts.method).uri(url);
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != "host") {
        outgoing = outgoing.header(name, value);
    }
    match Client::new().send(outgoing.body(body)?).await {
        Ok(answer) => Ok(answer),
        Err(error) => {
            let why =
                error.downcast_ref::<ErrorCode>().map_or_else(|| format!("{error:#}"), |code| format!("{code:?}"));
            Ok(Response::builder().status(502).body(why.into())?)
        }
    }
}
