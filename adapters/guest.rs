//! What every adapter needs to be a guest without std: an allocator and a way to stop.

extern crate alloc;

/// The smallest that gives memory back: a list of free blocks, 0.7 KB where dlmalloc has 6. What most adapters allocate lives
/// for a call, or for as long as the app holds a handle, so the list stays short.
#[cfg(all(target_arch = "wasm32", not(feature = "talc")))]
#[global_allocator]
#[allow(unsafe_code, reason = "it asks for a promise that there are no threads, and this target has none")]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

/// Where there are files, there may be many things to free, and such a list takes time that grows with their square.
#[cfg(all(target_arch = "wasm32", feature = "talc"))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// A trap, without the words: formatting them would double an adapter's size.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
