//! The checks that every device passes.

use crate::gic::{CpuOutputs, Distributor, Gic, Redistributors, V2m};
use std::sync::Arc;
use vmapple_bus::Wire;
use vmapple_testkit::check_part;

fn gic() -> Arc<Gic> {
    let outputs = (0..3).map(|_| CpuOutputs { irq: Wire::detached(), fiq: Wire::detached() }).collect();
    Gic::new(&[0, 1, 0x100], outputs)
}

#[test]
fn distributor() {
    check_part(|| Distributor::new(gic()));
}

#[test]
fn redistributors() {
    check_part(|| Redistributors::new(gic()));
}

#[test]
fn v2m_frame() {
    check_part(|| V2m::new(gic()));
}
