//! What the recorded check and the live runs share. See `../README.md`.

#![allow(dead_code, reason = "compiled into a test and into an example; each uses its part")]

pub(crate) mod blocks;
pub(crate) mod case;
pub(crate) mod class;
pub(crate) mod compare;
pub(crate) mod deviations;
pub(crate) mod disassembly;
pub(crate) mod exclude;
pub(crate) mod generate;
pub(crate) mod local;
pub(crate) mod pauth;
pub(crate) mod pool;
pub(crate) mod remote;
pub(crate) mod rng;
pub(crate) mod sequence;
pub(crate) mod vectors;
