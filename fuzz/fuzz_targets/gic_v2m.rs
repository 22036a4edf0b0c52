//! Any accesses, events, waits, resets, saves and damaged saves over the interrupt controller's V2m.
#![no_main]

use vmapple_bus::Wire;
use vmapple_devices::gic::{CpuOutputs, Gic, V2m};

fn make() -> V2m {
    let outputs = (0..3).map(|_| CpuOutputs { irq: Wire::detached(), fiq: Wire::detached() }).collect();
    V2m::new(Gic::new(&[0, 1, 0x100], outputs))
}

libfuzzer_sys::fuzz_target!(|script: &[u8]| vmapple_testkit::storm(make, script));
