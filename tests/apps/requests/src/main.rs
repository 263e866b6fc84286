//! Sends the requests that its arguments describe, one after the other, and prints what comes of each:
//!
//! ```text
//! METHOD SCHEME AUTHORITY TARGET [| NAME: VALUE]... [| =BODY]
//! ```
//!
//! With `<BODY` the body is written before the request is sent. `-` leaves a part unset. What is no method or scheme of HTTP's own goes as it is written, so that `get` is not `GET`.

wit_bindgen::generate!({
    inline: "
        package test:requests;
        world requests {
            import wasi:http/outgoing-handler@0.2.12;
        }
    ",
    path: [
        "../../../wit/deps/io.wit",
        "../../../wit/deps/clocks.wit",
        "../../../wit/deps/random.wit",
        "../../../wit/deps/filesystem.wit",
        "../../../wit/deps/sockets.wit",
        "../../../wit/deps/cli.wit",
        "../../../wit/deps/http.wit",
    ],
    generate_all,
});

use wasi::http::outgoing_handler::handle;
use wasi::http::types::{ErrorCode, Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasi::io::streams::StreamError;

fn main() {
    for text in std::env::args().skip(1) {
        match send(&text) {
            Ok(answer) => println!("{text}: {answer}"),
            Err(why) => println!("{text}: {why}"),
        }
    }
}

fn method(text: &str) -> Method {
    match text {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        other => Method::Other(other.to_owned()),
    }
}

fn scheme(text: &str) -> Scheme {
    match text {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    }
}

fn send(text: &str) -> Result<String, String> {
    let mut parts = text.split(" | ");
    let mut line = parts.next().unwrap_or_default().split(' ').map(|word| (word != "-").then_some(word));
    let mut word = || line.next().flatten();
    let (method, scheme, authority, target) = (word().map(method), word().map(scheme), word(), word());
    let (headers, mut body, mut early) = (Fields::new(), None, None);
    for part in parts {
        match (part.strip_prefix('='), part.split_once(": ")) {
            _ if part.starts_with('<') => early = Some(&part[1..]),
            (Some(text), _) => body = Some(text),
            (None, Some((name, value))) => headers
                .append(&name.to_owned(), &value.as_bytes().to_vec())
                .map_err(|error| format!("header refused: {error:?}"))?,
            (None, None) => return Err(format!("`{part}` is neither header nor body")),
        }
    }
    let request = OutgoingRequest::new(headers);
    if let Some(method) = &method {
        request.set_method(method).map_err(|()| "method refused")?;
    }
    request.set_scheme(scheme.as_ref()).map_err(|()| "scheme refused")?;
    request.set_authority(authority).map_err(|()| "authority refused")?;
    request.set_path_with_query(target).map_err(|()| "target refused")?;
    let outgoing = request.body().map_err(|()| "body refused")?;
    let write = |text: &str| {
        let to = outgoing.write().map_err(|()| "writing refused")?;
        to.blocking_write_and_flush(text.as_bytes()).map_err(|error| format!("{error:?}"))
    };
    early.map_or(Ok(()), write)?;
    let answer = handle(request, None).map_err(code)?;
    body.map_or(Ok(()), write)?;
    OutgoingBody::finish(outgoing, None).map_err(code)?;
    answer.subscribe().block();
    let answer = answer.get().expect("it is ready").expect("it is asked once").map_err(code)?;
    let mut lines = vec![answer.status().to_string()];
    let mut headers = answer.headers().entries();
    headers.sort();
    for (name, value) in headers.into_iter().filter(|(name, _)| name != "date" && name != "content-length") {
        lines.push(format!("  {name}: {}", String::from_utf8_lossy(&value)));
    }
    let text = read(answer.consume().map_err(|()| "consuming refused")?)?;
    lines.extend(String::from_utf8_lossy(&text).lines().map(|line| format!("  {line}")));
    Ok(lines.join("\n"))
}

fn read(body: IncomingBody) -> Result<Vec<u8>, String> {
    let (from, mut text) = (body.stream().map_err(|()| "reading refused")?, Vec::new());
    loop {
        match from.blocking_read(1 << 16) {
            Ok(bytes) => text.extend(bytes),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(format!("body: {:?}", wasi::http::types::http_error_code(&error)));
            }
        }
    }
    drop(from);
    let trailers = IncomingBody::finish(body);
    trailers.subscribe().block();
    match trailers.get() {
        Some(Ok(Ok(_))) => Ok(text),
        other => Err(format!("trailers: {other:?}")),
    }
}

fn code(code: ErrorCode) -> String {
    format!("error {code:?}")
}
