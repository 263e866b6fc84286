//! HTTP servers stay servers, and clients clients: guests serve real connections and ask a real server, on loopback, with
//! wasmtime-wasi-http as the host.

mod answers;
mod bodies;
mod errors;
mod files;
mod goings;
mod instances;
mod ways;
mod world;
