//! The chips of the VMApple machine.
//!
//! One file or folder per chip, named after the chip. A device is configuration plus guest-visible state; what it is
//! wired to is lent per call ([`vmapple_bus::Cx`]). Nothing here knows a host interface, an engine or a vCPU.

#![forbid(unsafe_code)]

pub mod gic;
