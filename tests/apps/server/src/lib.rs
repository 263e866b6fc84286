//! An HTTP server that prints, reads a variable and streams: `/hello` says so, `/echo` gives the body back as it comes,
//! `/chunks` writes a megabyte on its own, `/sleep` waits first, `/file` and a path gives what is in that file.

wit_bindgen::generate!({
    inline: "
        package test:server;
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

use std::io::Read;
use wasi::http::types::{Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasi::io::streams::{OutputStream, StreamError};

struct Server;
export!(Server);

impl exports::wasi::http::incoming_handler::Guest for Server {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        println!("asked for {path}");
        let headers = Fields::new();
        headers.append(&"x-greeting".to_string(), &std::env::var("GREETING").unwrap_or_default().into_bytes()).unwrap();
        let response = OutgoingResponse::new(headers);
        let body = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));
        let to = body.write().unwrap();
        match path.as_str() {
            "/echo" => echo(request, &to),
            "/chunks" => {
                for number in 0..256u32 {
                    write_all(&to, &[number as u8; 4096]);
                }
            }
            "/sleep" => {
                wasi::clocks::monotonic_clock::subscribe_duration(20_000_000).block();
                write_all(&to, b"slept");
            }
            path => match path.strip_prefix("/file") {
                Some(file) => send(file, &to),
                None => write_all(&to, b"hello"),
            },
        }
        drop(to);
        OutgoingBody::finish(body, None).unwrap();
    }
}

fn send(file: &str, to: &OutputStream) {
    let mut file = match std::fs::File::open(file) {
        Ok(file) => file,
        Err(error) => return write_all(to, error.kind().to_string().as_bytes()),
    };
    let mut part = vec![0; 65_536];
    loop {
        match file.read(&mut part).unwrap() {
            0 => break,
            count => write_all(to, &part[..count]),
        }
    }
}

fn echo(request: IncomingRequest, to: &OutputStream) {
    let body = request.consume().unwrap();
    let from = body.stream().unwrap();
    loop {
        match from.blocking_read(65_536) {
            Ok(bytes) => write_all(to, &bytes),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                let code = wasi::http::types::http_error_code(&error);
                panic!("{} {code:?}", error.to_debug_string());
            }
        }
    }
    drop(from);
    IncomingBody::finish(body);
}

fn write_all(to: &OutputStream, mut bytes: &[u8]) {
    let ready = to.subscribe();
    while !bytes.is_empty() {
        ready.block();
        let permit = to.check_write().unwrap() as usize;
        let (now, later) = bytes.split_at(permit.min(bytes.len()));
        to.write(now).unwrap();
        bytes = later;
    }
    to.flush().unwrap();
    ready.block();
}
