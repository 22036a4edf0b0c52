//! Any accesses, events, waits, resets, saves and damaged saves over one device.
#![no_main]

use vmapple_devices::pvpanic::Pvpanic;

libfuzzer_sys::fuzz_target!(|script: &[u8]| vmapple_testkit::storm(Pvpanic::default, script));
