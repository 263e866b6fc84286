//! wac has graphs at which it panics: what it says then is an error like others, and the process goes on.

use anyhow::{Result, bail};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether panics of this thread are told as errors.
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// Does something that may panic.
pub fn told<T>(does: impl FnOnce() -> Result<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    // A trace of the insides of wac is no news to who wrote the graph. All other panics are told as ever.
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_TOLD.get() {
                usual(panic);
            }
        }));
    });
    IS_TOLD.set(true);
    // Nothing that it was at is looked at again.
    let done = catch_unwind(AssertUnwindSafe(does));
    IS_TOLD.set(false);
    done.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        bail!("wac fails at this graph: {}", words.unwrap_or("it does not say why"))
    })
}
