//! Saving, and what a saved file may not do.

use super::rig::*;
use crate::gic::IccRegister::*;
use vmapple_bus::{LoadError, Saved};

/// In the middle of everything.
fn busy() -> Rig {
    let r = Rig::running(2);
    r.edge(40);
    r.group_0(41);
    r.route(50, 1);
    r.route(51, 1 << 31);
    r.gic.set_spi_pending(40);
    assert_eq!(r.ack(0), 40);
    for intid in [40, 41, 50, 51] {
        r.gic.set_spi_pending(intid);
    }
    r.w32(GICD + 0x40, 60);
    r.gic.write(0, ICC_SGI1R_EL1, 1 << 40 | 3 << 24);
    r.gic.write(1, ICC_CTLR_EL1, 3);
    r
}

fn load(r: &Rig, d: &Saved, c: &Saved) -> Result<(), LoadError> {
    r.distributor.load(d).and_then(|()| r.redistributors.load(c))
}

#[test]
fn a_restored_controller_saves_the_same_and_signals_the_same() {
    let r = busy();
    let (d, c) = (r.distributor.save().unwrap(), r.redistributors.save().unwrap());
    let text = serde_json::to_string(&(&d, &c)).unwrap();
    let (d2, c2): (Saved, Saved) = serde_json::from_str(&text).unwrap();
    for reversed in [false, true] {
        let other = Rig::new(2);
        if reversed {
            other.redistributors.load(&c2).unwrap();
            other.distributor.load(&d2).unwrap();
        } else {
            load(&other, &d2, &c2).unwrap();
        }
        assert_eq!(other.distributor.save().unwrap(), d);
        assert_eq!(other.redistributors.save().unwrap(), c);
        for cpu in 0..2 {
            assert_eq!((other.irq(cpu), other.fiq(cpu)), (r.irq(cpu), r.fiq(cpu)));
            for reg in [ICC_RPR_EL1, ICC_HPPIR0_EL1, ICC_HPPIR1_EL1, ICC_CTLR_EL1] {
                assert_eq!(other.gic.read(cpu, reg), r.gic.read(cpu, reg));
            }
        }
    }
}

#[test]
fn loading_twice_is_loading_once() {
    let r = busy();
    let (d, c) = (r.distributor.save().unwrap(), r.redistributors.save().unwrap());
    load(&r, &d, &c).unwrap();
    load(&r, &d, &c).unwrap();
    assert_eq!((r.distributor.save().unwrap(), r.redistributors.save().unwrap()), (d, c));
}

#[test]
fn a_wire_that_is_high_again_before_loading_does_not_add_an_edge() {
    let r = Rig::running(1);
    r.edge(48);
    let wire = r.gic.spi(16);
    wire.set(true);
    assert_eq!(r.ack(0), 48);
    r.eoi(0, 48);
    let (d, c) = (r.distributor.save().unwrap(), r.redistributors.save().unwrap());
    let other = Rig::new(1);
    let wire = other.gic.spi(16);
    wire.set(true);
    load(&other, &d, &c).unwrap();
    assert!(!other.irq(0));
}

#[test]
fn hostile_saved_states_are_refused_and_change_nothing() {
    let r = busy();
    let (d, c) = (r.distributor.save().unwrap(), r.redistributors.save().unwrap());
    let refused = |path: &str, value: serde_json::Value| {
        for (slot, saved) in [(&r.distributor, &d), (&r.redistributors, &c)] {
            let mut bad = saved.clone();
            if let Some(field) = bad.state.pointer_mut(path) {
                *field = value.clone();
                assert!(matches!(slot.load(&bad), Err(LoadError::State { .. })), "{path}");
                return;
            }
        }
        panic!("no field {path}");
    };
    use serde_json::json;
    refused("/enabled", json!([true]));
    refused("/blocks", json!([]));
    refused("/blocks/7/priority/31", json!(1));
    refused("/blocks/0/group", json!(1u64 << 32));
    refused("/routers", json!([0]));
    refused("/routers/255", json!(1u64 << 30));
    refused("/0/affinity", json!(1));
    refused("/1/private/edge", json!(0));
    refused("/1/private/message", json!(1));
    refused("/1/private/priority", json!([0]));
    refused("/1/interface/pmr", json!(0xff));
    refused("/1/interface/bpr", json!([1, 3]));
    refused("/1/interface/bpr", json!([2, 8]));
    refused("/1/interface/bpr", json!([2, 2]));
    refused("/1", json!({}));
    refused("", json!(null));
    let other_kind = Saved { kind: "gicv2".into(), ..d.clone() };
    assert!(matches!(r.distributor.load(&other_kind), Err(LoadError::Kind { .. })));
    let newer = Saved { version: 2, ..c.clone() };
    assert!(matches!(r.redistributors.load(&newer), Err(LoadError::Version { .. })));
    assert!(Rig::new(3).redistributors.load(&c).is_err(), "another number of CPUs");
    assert_eq!((r.distributor.save().unwrap(), r.redistributors.save().unwrap()), (d.clone(), c.clone()));
}
