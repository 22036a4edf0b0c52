//! The VMApple machine: what it consists of, how it starts, and what it boots.
//!
//! | module | what |
//! | --- | --- |
//! | [`config`] | what the user may choose, as proven values |
//! | [`map`] | addresses and interrupts of `spec/machine.md` §2 and §3 |
//! | [`fdt`] | the device tree that tells a guest about the board |
//! | [`boot`] | kernels and payloads: read, checked, placed, and written to RAM at every cold reset |
//! | [`machine`] | the whole, and its life |

#![forbid(unsafe_code)]

pub mod boot;
pub mod config;
pub mod fdt;
pub mod machine;
pub mod map;

pub use config::MachineConfig;
pub use machine::{BuildError, Handle, Machine, Outcome};
