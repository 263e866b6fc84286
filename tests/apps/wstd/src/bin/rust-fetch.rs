//! `METHOD URL [BODY]` sends a request and prints the answer: status, headers that start with `x-`, body and trailers, or the
//! error. A body `@N` is N bytes, sent in parts, and `<PATH` a file; of one that is received and longer than a screen, the length is printed.

use futures_lite::StreamExt;
use futures_lite::stream::iter;
use http_body_util::{BodyExt, Empty};
use std::env::args;
use wstd::http::body::Bytes;
use wstd::http::error::ErrorCode;
use wstd::http::{Body, Client, Error, Request};

#[wstd::main]
async fn main() {
    if let Err(error) = fetch().await {
        match error.downcast_ref::<ErrorCode>() {
            Some(code) => println!("error {code:?}"),
            None => println!("failed: {error:#}"),
        }
    }
}

async fn fetch() -> Result<(), Error> {
    let (Some(method), Some(url)) = (args().nth(1), args().nth(2)) else {
        return Err(Error::msg("METHOD URL [BODY]"));
    };
    let text = args().nth(3).unwrap_or_default();
    let body = match text.split_at_checked(1) {
        Some(("@", len)) => {
            let len: usize = len.parse()?;
            Body::from_stream(iter((0..len).step_by(4096)).map(move |at| vec![b'.'; 4096.min(len - at)]))
        }
        Some(("<", path)) => std::fs::read(path)?.into(),
        Some(_) => text.into(),
        // It writes none, other than that of no bytes: there, some hosts do not listen for bodies.
        None => Body::from_http_body(Empty::<Bytes>::new()),
    };
    let request = Request::builder().method(method.as_str()).uri(url).header("x-sent-by", "rust-fetch").body(body)?;
    let answer = Client::new().send(request).await?;
    println!("status {}", answer.status().as_u16());
    for (name, value) in answer.headers().iter().filter(|(name, _)| name.as_str().starts_with("x-")) {
        println!("header {name}: {}", value.to_str()?);
    }
    let collected = answer.into_body().into_boxed_body().collect().await?;
    for (name, value) in collected.trailers().into_iter().flatten() {
        println!("trailer {name}: {}", value.to_str()?);
    }
    let bytes = collected.to_bytes();
    match bytes.len() {
        0..=1000 => println!("body {}", String::from_utf8_lossy(&bytes)),
        len => println!("body of {len} bytes"),
    }
    Ok(())
}
