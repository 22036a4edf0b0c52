//! A guest that means harm: nothing panics, and the state stays one that a fresh controller accepts.

use super::rig::*;
use crate::gic::{IccRegister, SPIS};
use std::sync::Arc;
use vmapple_bus::{At, Slot, Width};

fn hammer(slot: &Arc<Slot>, offsets: impl Iterator<Item = u64> + Clone, value: u64) {
    for offset in offsets {
        for width in Width::ALL {
            let at = At { region: 0, offset, width };
            let _ = slot.write(at, value & width.mask());
            if let Ok(read) = slot.read(at) {
                assert_eq!(read & !width.mask(), 0, "{offset:#x} {width:?}");
            }
        }
    }
}

/// What is saved now loads into another controller of the same shape.
fn still_legal(r: &Rig) {
    let other = Rig::new(r.gic.cpus());
    other.distributor.load(&r.distributor.save().unwrap()).unwrap();
    other.redistributors.load(&r.redistributors.save().unwrap()).unwrap();
}

#[test]
fn all_widths_at_all_offsets_of_the_distributor() {
    for value in [0, u64::MAX, 0x5555_5555_5555_5555] {
        let r = Rig::running(2);
        hammer(&r.distributor, 0..0x1_0000, value);
        still_legal(&r);
    }
}

#[test]
fn all_widths_at_all_offsets_of_the_redistributors() {
    for value in [0, u64::MAX, 0x5555_5555_5555_5555] {
        let r = Rig::running(2);
        hammer(&r.redistributors, 0..0x4_0010, value);
        hammer(&r.redistributors, 0x3f_fff0..0x40_0010, value);
        still_legal(&r);
    }
}

#[test]
fn offsets_far_outside_reach_nothing() {
    let r = Rig::running(1);
    let before = r.redistributors.save();
    for slot in [&r.distributor, &r.redistributors] {
        hammer(slot, [0x1_0000, 0x40_0000, u64::MAX - 7, u64::MAX].into_iter().skip(1), u64::MAX);
    }
    assert_eq!(r.redistributors.save(), before);
}

#[test]
fn all_widths_at_all_offsets_of_the_msi_frame() {
    let r = Rig::running(1);
    for offset in 0..0x1_0000u64 {
        for width in Width::ALL {
            for value in [0, 160, u64::MAX] {
                r.bus.write(V2M + offset, width, value).unwrap();
                let _ = r.bus.read(V2M + offset, width).unwrap();
            }
        }
    }
    assert_eq!(r.ack(0), 160);
}

#[test]
fn every_interface_register_takes_every_value_on_every_cpu_even_ones_that_do_not_exist() {
    let r = Rig::running(2);
    let mut random = Random(1);
    for n in 0..SPIS as u32 {
        r.gic.set_spi_pending(n + 32);
    }
    for cpu in [0, 1, 2, 31, 32, usize::MAX] {
        for reg in IccRegister::ALL {
            for value in [0, u64::MAX, 1 << 63, 1023, 0x5555_5555_5555_5555, random.next()] {
                r.gic.write(cpu, reg, value);
                let read = r.gic.read(cpu, reg);
                assert!(read <= u64::from(u32::MAX));
            }
        }
    }
    r.gic.reset_cpu_interface(99);
    still_legal(&r);
}

#[test]
fn an_end_of_interrupt_storm_without_interrupts_does_nothing() {
    let r = Rig::running(1);
    let before = (r.distributor.save(), r.redistributors.save());
    for intid in 0..2048 {
        for reg in [IccRegister::ICC_EOIR0_EL1, IccRegister::ICC_EOIR1_EL1, IccRegister::ICC_DIR_EL1] {
            r.gic.write(0, reg, intid);
        }
    }
    assert_eq!((r.distributor.save(), r.redistributors.save()), before);
}
