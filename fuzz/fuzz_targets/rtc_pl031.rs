//! Any accesses, events, waits, resets, saves and damaged saves over one device, whose counter soon wraps.
#![no_main]

use vmapple_devices::rtc_pl031::RtcPl031;

libfuzzer_sys::fuzz_target!(|script: &[u8]| vmapple_testkit::storm(|| RtcPl031::new(u32::MAX.into()), script));
