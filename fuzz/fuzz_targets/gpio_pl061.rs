//! Any accesses, events, waits, resets, saves and damaged saves over one device.
#![no_main]

use vmapple_devices::gpio_pl061::GpioPl061;

libfuzzer_sys::fuzz_target!(|script: &[u8]| vmapple_testkit::storm(GpioPl061::new, script));
