//! What every adapter needs to be a guest without std: an allocator and a way to stop.

extern crate alloc;

/// Small enough for an adapter that is a few kilobytes, and constant in time, so that a long-lived server does not slow
/// down as memory fragments.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A trap, without the words: formatting them would double an adapter's size.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
