//! `wasi:http/types` and `outgoing-handler` with answers that are in the artifact, for programs that call somebody.
//!
//! 1. The first mock that a request is in answers it, with the same at every time (`answer`). One that is in none is denied, and
//!    so is one that can be read in two ways.
//! 2. Fields and requests take and refuse what wasmtime does (`map`, `syntax`).
//! 3. What is written to a body is taken and forgotten. Answers are there at once, and have no trailers.
//! 4. Nobody calls the program, so there are no incoming requests.

mod answer;
mod fields;
mod incoming;
mod map;
mod nobody;
mod once;
mod outgoing;
mod request;
mod syntax;

use crate::Http;
use crate::bindings::exports::wasi::http0_2_12::{outgoing_handler, types};
use crate::bindings::virt::http::settings::{self, Mock};
use crate::bindings::wasi::io::error::Error;
use crate::single::Single;
use alloc::vec::Vec;
use core::cell::OnceCell;
use nobody::Nobody;
use outgoing_handler::{FutureIncomingResponse, OutgoingRequest, RequestOptions};
use types::ErrorCode;

impl types::Guest for Http {
    type Fields = fields::Fields;
    type FutureIncomingResponse = incoming::Future;
    type FutureTrailers = incoming::Trailers;
    type IncomingBody = incoming::Body;
    type IncomingRequest = Nobody;
    type IncomingResponse = incoming::Response;
    type OutgoingBody = outgoing::Body;
    type OutgoingRequest = request::Request;
    type OutgoingResponse = outgoing::Response;
    type RequestOptions = request::Options;
    type ResponseOutparam = Nobody;

    fn http_error_code(_: &Error) -> Option<ErrorCode> {
        None
    }
}

impl outgoing_handler::Guest for Http {
    fn handle(request: OutgoingRequest, _: Option<RequestOptions>) -> Result<FutureIncomingResponse, ErrorCode> {
        let request = request.get::<request::Request>();
        match request.asked().and_then(|asked| answer::find(mocks(), &asked, &request.target())) {
            Some(mock) => Ok(FutureIncomingResponse::new(incoming::Future::new(mock, request.is_head()))),
            None => Err(ErrorCode::HttpRequestDenied),
        }
    }
}

fn mocks() -> &'static [Mock] {
    static MOCKS: Single<OnceCell<Vec<Mock>>> = Single(OnceCell::new());
    MOCKS.0.get_or_init(settings::mocks)
}
