//! Guest memory: one mapping that holds RAM and the boot ROM, reached only through bounds-checked,
//! single-copy-atomic accessors.
//!
//! Two doors lead in. The CPU engines resolve a guest physical address once to an *offset* into the
//! mapping ([`GuestMemory::find`]) and then use the offset; every accessor checks it again, so a stale
//! or forged offset can reach other guest bytes at worst, never the host's. Devices hold a [`Dma`], which
//! reaches RAM only: never the ROM, never another device.
//!
//! Beside the mapping, for 4 GiB on either side, lies nothing: whatever reaches there stops the process.
//!
//! The guest may change any byte at any moment from another thread. So no reference into guest memory is
//! ever made, and each access is one host instruction that the compiler can neither split nor repeat
//! (`threats.md`, double fetch and torn accesses).

mod access;
mod dma;
mod guest;
mod mapping;
mod wide;

pub use access::Scalar;
pub use dma::{Dma, DmaError};
pub use guest::{GuestMemory, MapError, Span};
