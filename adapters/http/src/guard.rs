//! The host sends what the rules let through.

use crate::bindings::exports::virt::http::guard::Guest;
use crate::bindings::wasi::http0_2_0::types::OutgoingRequest;
use crate::{Http, rules};

impl Guest for Http {
    fn handle(request: &OutgoingRequest) -> bool {
        rules::permit(rules::read(request).as_ref(), request)
    }
}
