//! wasmtime as an HTTP server: `wasmtime serve` without its command line. One instance for each request.

use anyhow::{Result, anyhow};
use http_body_util::BodyExt;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::net::TcpListener;
use virt_compose_tests::host::State;
use wasmtime::component::{Component, GuestTaskId, Linker};
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyHandler, ProxyPre, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::ProxyPre as Pre;

/// Serves a component on a port of its own, for as long as the process lives. `wasi` is what an instance has of the host.
pub async fn serve(
    engine: &Engine,
    component: &[u8],
    wasi: impl Fn() -> wasmtime::Result<WasiCtx> + Send + Sync + 'static,
) -> Result<SocketAddr> {
    let component = Component::new(engine, component).map_err(|error| anyhow!("{error:?}"))?;
    let mut linker = Linker::<State>::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    let pre = linker.instantiate_pre(&component).and_then(Pre::new).map_err(|error| anyhow!("{error:?}"))?;
    let handler = ProxyHandler::new(Handler { engine: engine.clone(), pre: ProxyPre::P2(pre), wasi });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            client.set_nodelay(true).expect("a connection can be told not to wait");
            let handler = handler.clone();
            let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let handler = handler.clone();
                let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
                async move { handler.handle((), request).await }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(client), service));
        }
    });
    Ok(address)
}

struct Handler<W> {
    engine: Engine,
    pre: ProxyPre<State>,
    wasi: W,
}

impl<W: Fn() -> wasmtime::Result<WasiCtx> + Send + Sync + 'static> HandlerState for Handler<W> {
    type StoreData = State;
    type WorkerExpiration = Once;
    type WorkerState = Once;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Once, Once>> {
        let mut store = Store::new(&self.engine, State::new((self.wasi)()?));
        let proxy = self.pre.instantiate_async(&mut store).await?;
        Ok(Instance { store, proxy, view: WasiHttpView::http, expiration: Once, state: Once })
    }
}

/// An instance that takes one request, and all the time that it needs.
struct Once;

impl WorkerExpiration for Once {
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>, _: WorkerStatus, _: Instant) -> Poll<()> {
        Poll::Pending
    }
}

impl WorkerState for Once {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, _: usize, total: usize) -> ShouldAccept {
        if total == 0 { ShouldAccept::Yes } else { ShouldAccept::Never }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(pending())
    }

    fn drop(&self, store: Store<State>, _: wasmtime::Result<()>) {
        drop(store);
    }
}
