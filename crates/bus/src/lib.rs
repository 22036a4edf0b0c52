//! The contracts between a device model and the machine it sits in.
//!
//! A device is configuration plus guest-visible state. Everything else is lent to it for the length of one call,
//! in a [`Cx`]: its wires, RAM-only DMA, VM time, its timers, its byte stream. So a test builds a device in a
//! line, and a restored device compares with `==`.
//!
//! | contract | here |
//! | --- | --- |
//! | what a chip implements | [`Device`], [`Snapshot`], [`Quiesce`]; together [`Part`] |
//! | what it is lent | [`Cx`], [`Wire`], [`Timers`], [`ByteStream`], [`Notices`] |
//! | how its registers are reached | [`Region`], [`Access`], [`At`], [`Bus`] |
//! | who calls it later | [`Pump`], [`Event`] |
//! | the only clock it sees | [`Clock`] |
//!
//! Lock order: device slot, then interrupt controller, then nothing. No call to a backend is made with a slot
//! held; backends are reached through bounded queues only.

#![forbid(unsafe_code)]

mod access;
mod bus;
mod clock;
mod cx;
mod device;
mod pump;
mod slot;
mod stream;
mod wire;

pub use access::{Access, At, Narrow, Piece, Region, Width, pieces};
pub use bus::{Bus, BusBuilder, ExternalAbort, MapConflict, Unassigned};
pub use clock::{Clock, TICKS_PER_SECOND, ns_to_ticks, ticks_to_ns};
pub use cx::{Cx, Notice, Notices, Timers};
pub use device::{Device, Event, Fault, LoadError, Part, Quiesce, Saved, Snapshot, load_state, save_state};
pub use pump::{Pump, Target, TargetId};
pub use slot::{Slot, SlotId};
pub use stream::{ByteStream, HostEnd};
pub use wire::Wire;
