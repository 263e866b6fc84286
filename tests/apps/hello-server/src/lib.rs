//! An HTTP server that answers with what its dependency says (`tests/apps/pong`). What the variable `PONG` is to itself, which
//! need not be what it is to that, is a header: `x-pong`.

wit_bindgen::generate!({
    inline: "
        package test:hello-server;
        world server {
            import example:pong/pingpong;
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
        "../pong/wit",
    ],
    generate_all,
});

use example::pong::pingpong::ping;
use wasi::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Server;
export!(Server);

impl exports::wasi::http::incoming_handler::Guest for Server {
    fn handle(_: IncomingRequest, out: ResponseOutparam) {
        let text = format!("Hello World! I got {}", ping());
        let headers = Fields::new();
        headers.append("x-pong", &std::env::var("PONG").unwrap_or_default().into_bytes()).unwrap();
        let response = OutgoingResponse::new(headers);
        let body = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));
        let to = body.write().unwrap();
        to.blocking_write_and_flush(text.as_bytes()).unwrap();
        drop(to);
        OutgoingBody::finish(body, None).unwrap();
    }
}
