//! The chips of the VMApple machine.
//!
//! One file or folder per chip, named after the chip. A device is configuration plus guest-visible state; what it is
//! wired to is lent per call ([`vmapple_bus::Cx`]). Nothing here knows a host interface, an engine or a vCPU.
//!
//! [`uart_pl011`] is the one to read first: every other chip follows its order.

#![forbid(unsafe_code)]

pub mod gic;
pub mod gpio_pl061;
pub mod power_button;
mod primecell;
pub mod pvpanic;
pub mod rtc_pl031;
pub mod uart_pl011;
