//! Virtual CPUs: one host thread each, over any engine.
//!
//! | file | holds |
//! | --- | --- |
//! | [`exit`] | why an engine hands control back, the same for all engines |
//! | [`engine`] | the closed set of engines |
//! | `env` | what the interpreter's core sees outside itself: bus, interrupt controller, timer |
//! | [`timer`] | the generic timer: compare registers, interrupt lines, alarms |
//! | [`psci`] | power control calls and the SMC calling convention's own functions |
//! | [`cpus`] | the threads: power state, sleeping, pausing, stopping |

#![forbid(unsafe_code)]

pub mod cpus;
pub mod engine;
mod env;
pub mod exit;
pub mod psci;
mod thread;
pub mod timer;

pub use cpus::{CpuEvent, Cpus, CpusConfig, Start};
pub use engine::Engine;
pub use exit::Exit;
pub use vmapple_a64::Profile;
