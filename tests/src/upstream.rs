//! A server for those who ask: what is at its paths, some of it no HTTP, and what it was told.

use anyhow::{Result, bail};
use http_body_util::{BodyExt, Channel, Full, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Response};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::io::TokioIo;

/// Answers that are none, or break. After each the connection ends.
pub const BROKEN: &[(&str, &str)] = &[
    ("/nothing", ""),
    ("/no-http", "this is no HTTP\r\n\r\n"),
    ("/half-a-head", "HTTP/1.1 200 OK\r\nx-na"),
    ("/bad-status", "HTTP/1.1 twice OK\r\n\r\n"),
    ("/bad-header", "HTTP/1.1 200 OK\r\nx na\0me: a\r\n\r\n"),
    ("/bad-length", "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nhello"),
    ("/less-than-its-length", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"),
    ("/bad-chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nmore\r\n"),
    ("/no-last-chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ("/bad-trailer", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx na\0me: a\r\n\r\n"),
];

/// How slow it is where it is slow.
pub const SLOWLY: Duration = Duration::from_millis(300);

/// A server on a port of its own, for as long as the process lives.
///
/// - `/hello` says so, `/echo` gives the body back, with its trailers; `/count` says how many bytes it has.
/// - `/slow` waits before it answers, `/slow-body` within the body, `/gated` there, too, until `open` is called.
/// - `/closed` reads nothing of the request until then, and counts. `/note` keeps the body, for `noted`.
#[derive(Clone)]
pub struct Upstream {
    address: SocketAddr,
    notes: Arc<Mutex<Vec<String>>>,
    gate: Arc<Semaphore>,
}

type AnyBody = UnsyncBoxBody<Bytes, hyper::Error>;

impl Upstream {
    /// Starts one.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let upstream =
            Self { address: listener.local_addr()?, notes: Arc::default(), gate: Arc::new(Semaphore::new(0)) };
        let started = upstream.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(started.clone().connection(client));
            }
        });
        Ok(upstream)
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Lets one go on that waits.
    pub fn open(&self) {
        self.gate.add_permits(1);
    }

    /// What was noted, once there are so many.
    pub async fn noted(&self, count: usize) -> Result<Vec<String>> {
        for _ in 0..1000 {
            let notes = self.notes.lock().expect("nobody panics with it").clone();
            if notes.len() >= count {
                return Ok(notes);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("after ten seconds there are {:?}", self.notes.lock())
    }

    async fn connection(self, mut client: TcpStream) -> Result<()> {
        let mut head = [0; 64];
        let len = client.peek(&mut head).await?;
        let path = String::from_utf8_lossy(&head[..len]).split(' ').nth(1).unwrap_or_default().to_owned();
        if let Some((_, answer)) = BROKEN.iter().find(|(broken, _)| *broken == path) {
            read(&mut client).await?;
            client.write_all(answer.as_bytes()).await?;
            return Ok(client.shutdown().await?);
        }
        let answer = hyper::service::service_fn(move |request| self.clone().answer(request));
        Ok(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(client), answer).await?)
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<AnyBody>> {
        let (parts, mut body) = request.into_parts();
        let path = parts.uri.path();
        let mut response = Response::builder().header("x-upstream", path);
        if path == "/echo" {
            if let Some(names) = parts.headers.get("trailer") {
                response = response.header("trailer", names);
            }
            return Ok(response.body(body.boxed_unsync())?);
        }
        if path == "/closed" {
            self.pass().await;
        }
        let (mut count, mut note) = (0, Vec::new());
        while let Some(frame) = body.frame().await {
            let frame = frame?;
            let bytes = frame.data_ref().map_or(&[][..], |bytes| bytes);
            count += bytes.len();
            if path == "/note" {
                note.extend_from_slice(bytes);
            }
        }
        let body = match path {
            "/hello" => text("hello from afar"),
            "/count" | "/closed" => text(&count.to_string()),
            "/slow" => {
                tokio::time::sleep(SLOWLY).await;
                text("slow")
            }
            "/slow-body" => two_parts(tokio::time::sleep(SLOWLY)),
            "/gated" => two_parts(async move { self.pass().await }),
            "/note" => {
                self.notes.lock().expect("nobody panics with it").push(String::from_utf8(note)?);
                text("")
            }
            _ => {
                response = response.status(404);
                text("")
            }
        };
        Ok(response.body(body)?)
    }

    async fn pass(&self) {
        self.gate.acquire().await.expect("it is never closed").forget();
    }
}

/// All of a request that has no body to speak of: whoever is answered before all is sent may or may not notice.
async fn read(client: &mut TcpStream) -> Result<()> {
    let (mut read, mut part) = (Vec::<u8>::new(), [0; 1024]);
    loop {
        match client.read(&mut part).await? {
            0 => bail!("it has no end"),
            len => read.extend(&part[..len]),
        }
        let text = String::from_utf8_lossy(&read);
        match text.split_once("\r\n\r\n") {
            Some((head, body)) if !head.contains("chunked") || body == "0\r\n\r\n" => return Ok(()),
            _ => {}
        }
    }
}

fn text(text: &str) -> AnyBody {
    Full::new(Bytes::from(text.to_owned())).map_err(|never| match never {}).boxed_unsync()
}

/// A part before a wait, and one after it.
fn two_parts(wait: impl Future<Output = ()> + Send + 'static) -> AnyBody {
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        _ = sender.send_data(Bytes::from_static(b"first, ")).await;
        wait.await;
        _ = sender.send_data(Bytes::from_static(b"second")).await;
    });
    body.map_err(|never| match never {}).boxed_unsync()
}

/// A body that ends with a trailer. The request has to announce it, with the header `trailer`.
pub fn with_trailer(body: &'static str, name: &'static str, value: &'static str) -> Channel<Bytes, Infallible> {
    let (mut sender, channel) = Channel::new(1);
    tokio::spawn(async move {
        _ = sender.send(Frame::data(Bytes::from_static(body.as_bytes()))).await;
        let trailer = (HeaderName::from_static(name), HeaderValue::from_static(value));
        _ = sender.send_trailers(HeaderMap::from_iter([trailer])).await;
    });
    channel
}
