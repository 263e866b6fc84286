//! A value that the whole instance has.

/// There are no threads that could share it.
pub struct Single<T>(pub T);

#[allow(unsafe_code, reason = "it promises that no two threads share the value, and there is one thread")]
unsafe impl<T> Sync for Single<T> {}
