//! `outgoing-body`, and `outgoing-response`, which nobody can send.

use super::fields::Fields;
use super::map::Map;
use super::once::Once;
use crate::bindings::exports::wasi::http0_2_12::types::{
    self, ErrorCode, GuestOutgoingBody, GuestOutgoingResponse, OutgoingBody,
};
use crate::bindings::virt::io::stand_ins;
use crate::bindings::wasi::io::streams::OutputStream;
use core::cell::Cell;

/// It takes everything and keeps nothing.
#[derive(Default)]
pub struct Body(Once);

impl GuestOutgoingBody for Body {
    fn write(&self) -> Result<OutputStream, ()> {
        self.0.take().map(|()| stand_ins::sink())
    }

    fn finish(_: OutgoingBody, _: Option<types::Fields>) -> Result<(), ErrorCode> {
        Ok(())
    }
}

pub struct Response {
    status: Cell<u16>,
    headers: Map,
    body: Once,
}

impl GuestOutgoingResponse for Response {
    fn new(headers: types::Fields) -> Self {
        Self { status: Cell::new(200), headers: Fields::fix(headers), body: Once::default() }
    }

    fn status_code(&self) -> u16 {
        self.status.get()
    }

    fn set_status_code(&self, status: u16) -> Result<(), ()> {
        if !(100..1000).contains(&status) {
            return Err(());
        }
        self.status.set(status);
        Ok(())
    }

    fn headers(&self) -> types::Fields {
        Fields::show(&self.headers)
    }

    fn body(&self) -> Result<OutgoingBody, ()> {
        self.body.take().map(|()| OutgoingBody::new(Body::default()))
    }
}
