//! What tests of the VMApple machine share.
//!
//! [`Bench`] holds one device with everything it is lent under the test's hand: detached wires, its own RAM, a byte
//! stream, VM time that moves only when told, and a list of the alarms it armed.
//!
//! [`check_part`] is what every device passes, in one call from its own tests:
//!
//! | check | threat it answers (`threats.md`) |
//! | --- | --- |
//! | every width at every offset, and past the end | width, offset, straddle |
//! | reset after anything equals a fresh device, wires and alarms included | reset that forgets a field |
//! | save, load, save again is the same; so are the wires | snapshot hazards |
//! | a wrong kind, a wrong version, a damaged state is refused and changes nothing, or makes a sound device | the same |
//! | DMA aimed at the device's own window fails | DMA re-entrancy |
//! | seeded storms of accesses, events, time, resets, saves and damaged saves | all of the above, mixed |
//!
//! [`storm()`] is the same mixture read from a byte string, for the fuzz targets in `fuzz/`.

#![forbid(unsafe_code)]

mod bench;
mod check;
#[cfg(test)]
mod check_tests;
mod damage;
mod dice;
mod storm;

pub use bench::{Bench, RAM_BASE, RAM_SIZE, WINDOW_BASE, WINDOW_STEP};
pub use check::check_part;
pub use dice::Dice;
pub use storm::storm;
