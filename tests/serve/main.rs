//! HTTP servers stay servers, and clients clients: guests serve real connections and ask a real server, on loopback, with
//! wasmtime-wasi-http as the host.

mod answers;
mod files;
mod ways;
