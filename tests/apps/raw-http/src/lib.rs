//! An HTTP server that says what libraries keep to themselves: the code of every error, trailers, and how a body ended. What it
//! asks for is the query, an address; what it found is the body of its answer, a line each.
//!
//! - `/get?URL` asks and reads to the end, `/hurried?URL` with little patience, `/both?URL` for two at once and a timer.
//! - `/put?URL` sends the body of the request on, and its trailers. `/short?URL` and `/long?URL` send less and more than they say.
//! - `/read` reads the request, `/told?URL` tells the address what it read, `/trailers` gives the trailers back.
//! - `/less` and `/more` answer with less and more than they say.
//! - `/endless?URL` writes until nobody listens, and tells the address of how that ended.
//! - `/fail` answers with an error, `/silent` with nothing at all.
//! - `/later?URL` answers to the end, and asks afterwards.

wit_bindgen::generate!({
    inline: "
        package test:raw-http;
        world server {
            include wasi:http/proxy@0.2.12;
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

use std::fmt::Write;
use wasi::clocks::monotonic_clock::subscribe_duration;
use wasi::http::outgoing_handler::handle;
use wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingRequest,
    OutgoingResponse, RequestOptions, ResponseOutparam, Scheme, http_error_code,
};
use wasi::io::poll::poll;
use wasi::io::streams::{InputStream, OutputStream, StreamError};

const MILLISECOND: u64 = 1_000_000;

struct Server;
export!(Server);

impl exports::wasi::http::incoming_handler::Guest for Server {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let whole = request.path_with_query().unwrap_or_default();
        let (path, url) = whole.split_once('?').unwrap_or((&whole, ""));
        let found = match path {
            "/get" => received(&get(url, None)),
            "/hurried" => hurried(url),
            "/both" => both(url),
            "/put" => put(url, request),
            "/short" => sent(url, 5),
            "/long" => sent(url, 15),
            "/read" => read(request.consume().unwrap()).0,
            "/told" => {
                let (found, _) = read(request.consume().unwrap());
                tell(url, &found);
                found
            }
            "/trailers" => return trailers(request, out),
            "/less" => return answered(out, 5, url),
            "/more" => return answered(out, 15, url),
            "/endless" => return endless(out, url),
            "/fail" => return ResponseOutparam::set(out, Err(ErrorCode::HttpResponseTimeout)),
            "/silent" => return,
            "/later" => {
                answer(out, "later", None);
                subscribe_duration(20 * MILLISECOND).block();
                received(&get(url, None));
                return;
            }
            other => format!("nothing is at {other}"),
        };
        answer(out, &found, None);
    }
}

fn answer(out: ResponseOutparam, text: &str, trailers: Option<Fields>) {
    let headers = Fields::new();
    for (name, _) in trailers.iter().flat_map(Fields::entries) {
        headers.append("trailer", name.as_bytes()).unwrap();
    }
    let response = OutgoingResponse::new(headers);
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let to = body.write().unwrap();
    // Who asked may be gone.
    _ = write(&to, text.as_bytes());
    drop(to);
    _ = OutgoingBody::finish(body, trailers);
}

type Answer = Result<FutureIncomingResponse, ErrorCode>;

/// A request that is on its way, and the body that goes with it.
fn asked(
    method: &Method,
    url: &str,
    headers: &[(&str, &str)],
    options: Option<RequestOptions>,
) -> (Answer, OutgoingBody) {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let request = OutgoingRequest::new(Fields::from_list(&headers).unwrap());
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    request.set_method(method).unwrap();
    request.set_scheme(Some(&Scheme::Http)).unwrap();
    request.set_authority(Some(authority)).unwrap();
    request.set_path_with_query(Some(path)).unwrap();
    let body = request.body().unwrap();
    (handle(request, options), body)
}

/// A request without a body.
fn get(url: &str, options: Option<RequestOptions>) -> Answer {
    let (answer, body) = asked(&Method::Get, url, &[], options);
    OutgoingBody::finish(body, None).unwrap();
    answer
}

/// What came back.
fn received(answer: &Answer) -> String {
    let answer = match answer {
        Ok(answer) => answer,
        Err(code) => return format!("refused {code:?}\n"),
    };
    answer.subscribe().block();
    match answer.get().expect("it is there").expect("it is asked for once") {
        Ok(response) => {
            let (body, _) = read(response.consume().unwrap());
            format!("status {}\n{body}", response.status())
        }
        Err(code) => format!("error {code:?}\n"),
    }
}

/// What is in a body, and its trailers.
fn read(body: IncomingBody) -> (String, Option<Fields>) {
    let mut found = String::new();
    let from = body.stream().unwrap();
    let (count, end) = drain(&from);
    writeln!(found, "{count} bytes, then {end}").unwrap();
    drop(from);
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    let trailers = match future.get().expect("they are there").expect("they are asked for once") {
        Ok(trailers) => trailers,
        Err(code) => {
            writeln!(found, "instead of trailers {code:?}").unwrap();
            None
        }
    };
    for (name, value) in trailers.iter().flat_map(Fields::entries) {
        writeln!(found, "trailer {name}: {}", String::from_utf8_lossy(&value)).unwrap();
    }
    (found, trailers)
}

fn drain(from: &InputStream) -> (usize, String) {
    let mut count = 0;
    loop {
        match from.blocking_read(65_536) {
            Ok(bytes) => count += bytes.len(),
            Err(error) => return (count, ended(error)),
        }
    }
}

/// How a stream ended: the code of its error is the host's to tell.
fn ended(error: StreamError) -> String {
    match error {
        StreamError::Closed => "the end".to_owned(),
        StreamError::LastOperationFailed(error) => {
            format!("{:?}, {}", http_error_code(&error), error.to_debug_string())
        }
    }
}

fn write(to: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    let ready = to.subscribe();
    while !bytes.is_empty() {
        ready.block();
        let permit = to.check_write()? as usize;
        let (now, later) = bytes.split_at(permit.min(bytes.len()));
        to.write(now)?;
        bytes = later;
    }
    to.flush()?;
    ready.block();
    to.check_write().map(|_| ())
}

/// With a tenth of a second for the first byte, and between two of them.
fn hurried(url: &str) -> String {
    let options = RequestOptions::new();
    options.set_first_byte_timeout(Some(100 * MILLISECOND)).unwrap();
    options.set_between_bytes_timeout(Some(100 * MILLISECOND)).unwrap();
    received(&get(url, Some(options)))
}

/// Waits for two answers and a timer with one list.
fn both(url: &str) -> String {
    let answers = [get(url, None), get(url, None)];
    let mut waiting: Vec<_> = answers.iter().flatten().map(FutureIncomingResponse::subscribe).collect();
    waiting.push(subscribe_duration(MILLISECOND));
    let mut done = vec![false; waiting.len()];
    while let left = (0..waiting.len()).filter(|at| !done[*at]).collect::<Vec<_>>()
        && !left.is_empty()
    {
        for position in poll(&left.iter().map(|at| &waiting[*at]).collect::<Vec<_>>()) {
            done[left[position as usize]] = true;
        }
    }
    drop(waiting);
    answers.iter().map(received).collect()
}

fn put(url: &str, request: IncomingRequest) -> String {
    let announced = request.headers().get("trailer").concat();
    let announced = String::from_utf8(announced).expect("names are ASCII");
    let (answer, body) = asked(&Method::Post, url, &[("te", "trailers"), ("trailer", &announced)], None);
    let incoming = request.consume().unwrap();
    let (from, to) = (incoming.stream().unwrap(), body.write().unwrap());
    let end = loop {
        if let Err(error) = to.blocking_splice(&from, 65_536) {
            break ended(error);
        }
    };
    drop((from, to));
    let future = IncomingBody::finish(incoming);
    future.subscribe().block();
    let trailers = future.get().unwrap().unwrap().unwrap_or_default();
    let finished = OutgoingBody::finish(body, trailers);
    format!("sent until {end}, {finished:?}\n{}", received(&answer))
}

/// Sends ten bytes, as it says.
fn sent(url: &str, count: usize) -> String {
    let (answer, body) = asked(&Method::Post, url, &[("content-length", "10")], None);
    let written = filled(body, count);
    format!("{written}\n{}", received(&answer))
}

fn filled(body: OutgoingBody, count: usize) -> String {
    let to = body.write().unwrap();
    let written = write(&to, &vec![b'.'; count]).map_err(ended);
    drop(to);
    format!("written {written:?}, finished {:?}", OutgoingBody::finish(body, None))
}

/// Answers with ten bytes, as it says, and tells that address how it went.
fn answered(out: ResponseOutparam, count: usize, url: &str) {
    let headers = Fields::from_list(&[("content-length".to_owned(), b"10".to_vec())]).unwrap();
    let response = OutgoingResponse::new(headers);
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    tell(url, &filled(body, count));
}

fn endless(out: ResponseOutparam, url: &str) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let to = body.write().unwrap();
    let mut count = 0;
    let end = loop {
        if let Err(error) = write(&to, &[b'.'; 4096]) {
            break ended(error);
        }
        count += 4096;
    };
    drop(to);
    tell(url, &format!("{count} bytes, then {end}, {:?}", OutgoingBody::finish(body, None)));
}

fn tell(url: &str, words: &str) {
    let (answer, body) = asked(&Method::Post, url, &[], None);
    let to = body.write().unwrap();
    write(&to, words.as_bytes()).expect("it is listened to");
    drop(to);
    OutgoingBody::finish(body, None).unwrap();
    received(&answer);
}

fn trailers(request: IncomingRequest, out: ResponseOutparam) {
    let (found, trailers) = read(request.consume().unwrap());
    answer(out, &found, trailers);
}
