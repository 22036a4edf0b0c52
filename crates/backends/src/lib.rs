//! The host's side of devices.
//!
//! A backend sits at the far end of a queue that a device owns (`vmapple_bus::HostEnd` for byte streams) and does what
//! may block: it reads terminals, writes files, waits for clients. Devices never see it; it never sees a device, only
//! the hooks it was given to say "there is input" and "there is room".
//!
//! | module | what |
//! | --- | --- |
//! | [`serial`] | where a serial port's bytes go: terminal, nothing, file, Unix socket |
//! | [`terminal`] | the terminal in raw mode, and back on every way out; messages beside it |
//! | [`signals`] | being asked to stop from outside |

#![forbid(unsafe_code)]

mod leave;
pub mod serial;
pub mod signals;
pub mod terminal;

pub use leave::leave_nothing_behind;
