//! Any accesses, events, waits, resets, saves and damaged saves over the interrupt controller's Redistributors.
#![no_main]

use vmapple_bus::Wire;
use vmapple_devices::gic::{CpuOutputs, Gic, Redistributors};

fn make() -> Redistributors {
    let outputs = (0..3).map(|_| CpuOutputs { irq: Wire::detached(), fiq: Wire::detached() }).collect();
    Redistributors::new(Gic::new(&[0, 1, 0x100], outputs))
}

libfuzzer_sys::fuzz_target!(|script: &[u8]| vmapple_testkit::storm(make, script));
