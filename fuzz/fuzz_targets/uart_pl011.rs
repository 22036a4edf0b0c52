//! Any accesses, events, waits, resets, saves and damaged saves over one device.
#![no_main]

use vmapple_devices::uart_pl011::UartPl011;

libfuzzer_sys::fuzz_target!(|script: &[u8]| vmapple_testkit::storm(UartPl011::new, script));
