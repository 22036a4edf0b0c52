//! The VMApple machine: what it consists of, how it starts, and what it boots.
//!
//! | module | what |
//! | --- | --- |
//! | [`config`] | what the user may choose, as proven values |
//! | [`map`] | addresses and interrupts of `spec/machine.md` §2 and §3 |
//! | [`board`] | the table of parts, their addresses and wires |
//! | [`fdt`] | the device tree that tells a guest about the board |
//! | [`boot`] | kernels and payloads: read, checked, placed, and written to RAM at every cold reset |
//! | [`machine`] | the whole, and its life |

#![forbid(unsafe_code)]

pub mod board;
pub mod boot;
mod build;
pub mod config;
pub mod fdt;
pub mod machine;
pub mod map;

pub use config::MachineConfig;
pub use machine::{BuildError, Handle, Machine, Outcome};

/// Names of the CPU's encodings (rows of its decoder table) that guests of this process have executed.
pub use vmapple_a64::coverage::executed as executed_encodings;
