//! What is at the other end of every HTTP request that the host sends: a server on loopback that answers with what it was
//! asked. Names need not exist for that, and a request that is kept back is one that it never hears of.

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiHttpHooks};

/// What wasmtime's `send_request` has and gives.
type Body = UnsyncBoxBody<Bytes, Error>;
type Done = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Box<dyn Future<Output = Result<(Response<Body>, Done), Error>> + Send>;

/// A host's way out: wherever a request is sent to, it goes to the server, and is written down.
#[derive(Clone, Default)]
pub struct Outgoing {
    sent: Arc<Mutex<Vec<String>>>,
}

impl Outgoing {
    /// The requests that were sent, as in `GET https://example.com/path`.
    pub fn sent(&self) -> Vec<String> {
        self.sent.lock().map(|sent| sent.clone()).unwrap_or_default()
    }
}

impl WasiHttpHooks for Outgoing {
    fn send_request(&mut self, mut request: Request<Body>, options: Option<RequestOptions>, _: Done) -> Sent {
        let line = format!("{} {}", request.method(), request.uri());
        if let Ok(mut sent) = self.sent.lock() {
            sent.push(line.clone());
        }
        Box::new(async move {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let to = format!("http://{}{path}", server());
            *request.uri_mut() = to.parse::<Uri>().map_err(|_| Error::HttpRequestUriInvalid)?;
            request.headers_mut().insert("x-sent", line.parse().map_err(|_| Error::HttpRequestUriInvalid)?);
            let (response, done) = wasmtime_wasi_http::default_send_request(request, options).await?;
            Ok((response.map(BodyExt::boxed_unsync), Box::new(done) as Done))
        })
    }
}

/// The server, which runs as long as the process.
fn server() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
        let address = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be had").block_on(serve(listener))
        });
        address
    })
}

async fn serve(listener: std::net::TcpListener) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (client, _) = listener.accept().await?;
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(client), service_fn(answer)));
    }
}

/// What was asked: where it was sent to, the headers in order, the body.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut lines = vec![format!("> {}", parts.headers.get("x-sent").map_or(String::new(), text))];
    let ours = ["x-sent", "transfer-encoding", "content-length"];
    let mut headers: Vec<_> = parts.headers.iter().filter(|(name, _)| !ours.contains(&name.as_str())).collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    lines.extend(headers.into_iter().map(|(name, value)| format!("> {name}: {}", text(value))));
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if !body.is_empty() {
        lines.push(String::from_utf8_lossy(&body).into_owned());
    }
    Ok(Response::new(Full::new(Bytes::from(lines.join("\n")))))
}
