//! wasmtime as the host of HTTP servers, and a client for them: real connections, on loopback.

use crate::host::{State, engine};
use anyhow::{Context, Result, anyhow, bail, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::{HeaderMap, Request, Response, StatusCode};
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{self, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use wasmtime::Store;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::bindings::{Proxy, ProxyPre};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// What the host's variable `GREETING` is.
pub const GREETING: &str = "good morning";

/// One for all tests.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be had"))
}

/// How many requests an instance has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instances {
    /// One, as `wasmtime serve` has it.
    Each,
    /// All of them, one after the other.
    One,
}

/// A component, compiled, that can be served.
#[derive(Clone)]
pub struct Service {
    pre: ProxyPre<State>,
    folder: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

/// What became of the handlers that have ended.
#[derive(Clone, Debug, Default)]
pub struct Handled {
    /// How many there were.
    pub count: usize,
    /// Of those that trapped, the backtraces.
    pub traps: Vec<String>,
    /// The errors that handlers answered with.
    pub errors: Vec<ErrorCode>,
    /// The most that the memories of one store had.
    pub memory: usize,
    /// What the host kept for the instance after the last one.
    pub resources: usize,
}

/// A service on a port of its own, for as long as the process lives.
pub struct Server {
    /// Where it is.
    pub address: SocketAddr,
    handled: Arc<Mutex<Handled>>,
}

type Reply = Result<Response<HyperOutgoingBody>, ErrorCode>;

impl Service {
    /// Compiles a server for a host that has all of WASI, as `wasmtime serve -S cli` does.
    pub fn new(component: &[u8]) -> Result<Self> {
        Self::on(component, |linker| {
            wasmtime_wasi::p2::add_to_linker_async(linker)?;
            wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
        })
    }

    /// Compiles a server for a host that has the world `wasi:http/proxy`, and no more, as `wasmtime serve` does.
    pub fn of_proxy(component: &[u8]) -> Result<Self> {
        Self::on(component, wasmtime_wasi_http::p2::add_to_linker_async)
    }

    fn on(component: &[u8], add: impl FnOnce(&mut Linker<State>) -> wasmtime::Result<()>) -> Result<Self> {
        let component = Component::new(engine(), component).map_err(|error| anyhow!("{error:?}"))?;
        let mut linker = Linker::<State>::new(engine());
        add(&mut linker).map_err(|error| anyhow!("{error:?}"))?;
        let pre = linker.instantiate_pre(&component).and_then(ProxyPre::new).map_err(|error| anyhow!("{error:?}"))?;
        Ok(Self { pre, folder: None, variables: vec![("GREETING".to_owned(), GREETING.to_owned())] })
    }

    /// With a folder of the host's at `/srv`.
    pub fn with_folder(self, folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..self }
    }

    /// With another variable of the host's.
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn store(&self) -> wasmtime::Result<Store<State>> {
        let mut wasi = WasiCtxBuilder::new();
        wasi.envs(&self.variables);
        if let Some(folder) = &self.folder {
            wasi.preopened_dir(folder, "/srv", FsPerms::ReadWrite)?;
        }
        Ok(State::new(wasi.build()).into_store())
    }

    /// Starts it.
    pub async fn serve(self, instances: Instances) -> Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let handled = Arc::new(Mutex::new(Handled::default()));
        let one = match instances {
            Instances::Each => None,
            Instances::One => Some(self.one(handled.clone()).await.map_err(|error| anyhow!("{error:?}"))?),
        };
        let server = Server { address, handled: handled.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (service, one, handled) = (self.clone(), one.clone(), handled.clone());
                let handle = hyper::service::service_fn(move |request| {
                    let (service, one, handled) = (service.clone(), one.clone(), handled.clone());
                    async move {
                        let (sender, receiver) = oneshot::channel();
                        match one {
                            Some(queue) => drop(queue.send((request, sender))),
                            None => drop(tokio::spawn(service.each(request, sender, handled.clone()))),
                        }
                        // `wasmtime serve` says no more either: a status, for whatever went wrong.
                        match receiver.await {
                            Ok(Ok(response)) => anyhow::Ok(response),
                            Ok(Err(code)) => {
                                handled.lock().expect("nobody panics with it").errors.push(code);
                                Ok(failure())
                            }
                            Err(_) => Ok(failure()),
                        }
                    }
                });
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(client), handle));
            }
        });
        Ok(server)
    }

    /// Serves one request with an instance of its own.
    async fn each(
        self,
        request: Request<Incoming>,
        out: oneshot::Sender<Reply>,
        handled: Arc<Mutex<Handled>>,
    ) -> wasmtime::Result<()> {
        let mut store = self.store()?;
        let proxy = self.pre.instantiate_async(&mut store).await?;
        handle(&mut store, &proxy, request, out, &handled).await
    }

    /// Serves what comes with one instance.
    async fn one(
        &self,
        handled: Arc<Mutex<Handled>>,
    ) -> wasmtime::Result<mpsc::UnboundedSender<(Request<Incoming>, oneshot::Sender<Reply>)>> {
        let mut store = self.store()?;
        let proxy = self.pre.instantiate_async(&mut store).await?;
        let (queue, mut waiting) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some((request, out)) = waiting.recv().await {
                // After a trap nobody can enter the instance again, so that later ones fail, too.
                _ = handle(&mut store, &proxy, request, out, &handled).await;
            }
        });
        Ok(queue)
    }
}

async fn handle(
    store: &mut Store<State>,
    proxy: &Proxy,
    request: Request<Incoming>,
    out: oneshot::Sender<Reply>,
    handled: &Mutex<Handled>,
) -> wasmtime::Result<()> {
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
    let out = store.data_mut().http().new_response_outparam(out)?;
    let ended = proxy.wasi_http_incoming_handler().call_handle(&mut *store, request, out).await;
    let mut handled = handled.lock().expect("nobody panics with it");
    handled.count += 1;
    handled.memory = handled.memory.max(store.data().memory());
    handled.resources = store.data_mut().resources();
    handled.traps.extend(ended.as_ref().err().map(|error| format!("{error:?}")));
    ended
}

fn failure() -> Response<HyperOutgoingBody> {
    let body = Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl Server {
    /// What became of the handlers, once that many have ended.
    pub async fn handled(&self, count: usize) -> Result<Handled> {
        for _ in 0..1000 {
            let handled = self.handled.lock().expect("nobody panics with it").clone();
            if handled.count >= count {
                return Ok(handled);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("after ten seconds {:?} have ended, and not {count}", self.handled.lock())
    }

    /// Asks, with a connection of its own.
    pub async fn ask(&self, path: &str, body: impl Into<Bytes>) -> Result<Answer> {
        self.send(Request::post(path), Full::new(body.into())).await?.end().await
    }

    /// Sends a request, and returns the answer before its body has come.
    pub async fn send<B>(&self, request: hyper::http::request::Builder, body: B) -> Result<Coming>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut client = connect(self.address).await?;
        let request = request.header("host", self.address.to_string()).body(body)?;
        let answer = tokio::time::timeout(PATIENCE, client.send_request(request)).await;
        Ok(Coming(answer.context("no answer for a long time")??))
    }
}

/// More than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn connect<B>(address: SocketAddr) -> Result<SendRequest<B>>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let stream = TcpStream::connect(address).await?;
    let (client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// An answer whose body is still to come. Dropping it ends the connection.
pub struct Coming(Response<Incoming>);

impl Coming {
    /// The next bytes, until the end.
    pub async fn part(&mut self) -> Result<Option<Bytes>> {
        let frame = tokio::time::timeout(PATIENCE, self.0.frame()).await.context("no part for a long time")?;
        match frame.transpose()?.map(|frame| frame.into_data()) {
            Some(Ok(bytes)) => Ok(Some(bytes)),
            Some(Err(_)) | None => Ok(None),
        }
    }

    /// How many bytes come, without keeping them.
    pub async fn count(mut self) -> Result<usize> {
        let mut count = 0;
        while let Some(part) = self.part().await? {
            count += part.len();
        }
        Ok(count)
    }

    /// All of it.
    pub async fn end(self) -> Result<Answer> {
        let (parts, body) = self.0.into_parts();
        let (body, trailers, broken) = match tokio::time::timeout(PATIENCE, body.collect()).await {
            Ok(Ok(collected)) => {
                let trailers = collected.trailers().cloned().unwrap_or_default();
                (collected.to_bytes(), trailers, None)
            }
            Ok(Err(error)) => (Bytes::new(), HeaderMap::new(), Some(error.to_string())),
            Err(_) => bail!("a body does not end"),
        };
        Ok(Answer { status: parts.status, headers: parts.headers, body, trailers, broken })
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, if that ended well.
    pub body: Bytes,
    /// Its trailers.
    pub trailers: HeaderMap,
    /// Why its body did not end well.
    pub broken: Option<String>,
}

impl Answer {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("?"))
    }

    /// The body of an answer that is fine.
    pub fn text(&self) -> Result<String> {
        ensure!(self.status == 200 && self.broken.is_none(), "{self:?}");
        Ok(String::from_utf8(self.body.to_vec())?)
    }
}

/// A body of so many bytes, made as they are sent. It counts what is taken.
pub struct Made {
    left: usize,
    taken: Arc<AtomicUsize>,
}

impl Made {
    /// The body, and the counter.
    pub fn new(len: usize) -> (Self, Arc<AtomicUsize>) {
        let taken = Arc::default();
        (Self { left: len, taken: Arc::clone(&taken) }, taken)
    }
}

impl Body for Made {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut task::Context) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static PART: [u8; 65_536] = [b'.'; 65_536];
        let len = self.left.min(PART.len());
        self.left -= len;
        self.taken.fetch_add(len, Ordering::Relaxed);
        Poll::Ready((len > 0).then(|| Ok(Frame::data(Bytes::from_static(&PART[..len])))))
    }
}
