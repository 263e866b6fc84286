//! `incoming-request` and `response-outparam`, which are for programs that somebody calls.

use crate::bindings::exports::wasi::http0_2_12::types::{
    ErrorCode, Fields, GuestIncomingRequest, GuestResponseOutparam, IncomingBody, Method, OutgoingResponse,
    ResponseOutparam, Scheme,
};
use alloc::string::String;

/// Nothing makes one.
pub enum Nobody {}

impl GuestIncomingRequest for Nobody {
    fn method(&self) -> Method {
        match *self {}
    }

    fn path_with_query(&self) -> Option<String> {
        match *self {}
    }

    fn scheme(&self) -> Option<Scheme> {
        match *self {}
    }

    fn authority(&self) -> Option<String> {
        match *self {}
    }

    fn headers(&self) -> Fields {
        match *self {}
    }

    fn consume(&self) -> Result<IncomingBody, ()> {
        match *self {}
    }
}

impl GuestResponseOutparam for Nobody {
    fn set(param: ResponseOutparam, _: Result<OutgoingResponse, ErrorCode>) {
        match *param.get::<Self>() {}
    }
}
