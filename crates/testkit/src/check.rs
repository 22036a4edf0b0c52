//! The checks every device passes.

use crate::bench::{Bench, WINDOW_BASE, WINDOW_STEP};
use crate::damage::every_damage;
use crate::dice::Dice;
use crate::storm::{run, save_and_load, storm};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vmapple_bus::{Part, Saved, Width};

/// Storms per check, each from its own seed.
const SEEDS: u64 = 64;
/// Length of a storm's script in bytes: a few hundred steps.
const SCRIPT: usize = 4096;
/// Bytes of a register block that are swept one by one; of a larger block, this much from both ends and a sample.
const SWEEP: u64 = 0x8000;

/// Runs every generic check over the devices `make` builds, which must all be alike.
///
/// # Panics
/// With what failed, and the seed if there is one.
pub fn check_part<P: Part>(make: impl Fn() -> P) {
    the_part_describes_itself(&make);
    every_width_at_every_offset(&make);
    reset_forgets_everything(&make);
    save_and_load_are_inverse(&make);
    foreign_and_damaged_states(&make);
    dma_misses_the_own_window(&make);
    for seed in 0..SEEDS {
        storm(&make, &Dice::new(seed).bytes(SCRIPT));
    }
}

fn the_part_describes_itself<P: Part>(make: &impl Fn() -> P) {
    let part = make();
    for r in part.regions() {
        assert!(r.size > 0 && r.size <= WINDOW_STEP, "{}: odd size {:#x}", r.name, r.size);
        assert!(!r.name.is_empty() && r.access.register <= Width::B8, "a register block wants a name");
    }
    let names: BTreeSet<_> = part.outputs().iter().collect();
    assert_eq!(names.len(), part.outputs().len(), "two outputs share a name");
    assert!(part.version() >= 1 && !part.kind().is_empty(), "saved states want a kind and a version");
}

fn every_width_at_every_offset<P: Part>(make: &impl Fn() -> P) {
    let mut dice = Dice::new(1);
    let mut bench = Bench::new(make());
    for region in 0..bench.regions().len() {
        let size = bench.regions()[region].size;
        // One access past the end: the bus calls no device there, and must not.
        let end = size + 16;
        let sampled = (0..SWEEP).map(|_| dice.below(end)).collect::<Vec<_>>();
        let swept: Box<dyn Iterator<Item = u64>> = if end <= 2 * SWEEP {
            Box::new(0..end)
        } else {
            Box::new((0..SWEEP).chain(sampled).chain(end - SWEEP..end))
        };
        for offset in swept {
            for width in Width::ALL {
                bench.read(region, offset, width);
                for value in [0, u64::MAX, dice.roll()] {
                    bench.write(region, offset, width, value);
                }
                bench.read(region, offset, width);
            }
        }
        for offset in [u64::MAX, u64::MAX - 7, 1 << 63] {
            assert_eq!(bench.read(region, offset, Width::B8), 0, "beyond the end reads zero");
        }
    }
}

fn reset_forgets_everything<P: Part>(make: &impl Fn() -> P) {
    for seed in 0..SEEDS {
        let mut bench = Bench::new(make());
        run(&mut bench, make, &Dice::new(seed).bytes(SCRIPT));
        let mut fresh = bench.beside(make());
        for _ in 0..2 {
            bench.reset();
            assert_eq!(bench.levels(), fresh.levels(), "seed {seed}: wires after reset");
            assert_eq!(bench.alarms(), fresh.alarms(), "seed {seed}: timers after reset");
            assert_eq!(bench.try_save(), fresh.try_save(), "seed {seed}: state after reset");
        }
    }
}

fn save_and_load_are_inverse<P: Part>(make: &impl Fn() -> P) {
    for seed in 0..SEEDS {
        let mut bench = Bench::new(make());
        let script = Dice::new(seed ^ 0x5a5e).bytes(SCRIPT);
        for part in script.chunks(SCRIPT / 8) {
            save_and_load(&mut bench, make);
            run(&mut bench, make, part);
        }
    }
}

fn foreign_and_damaged_states<P: Part>(make: &impl Fn() -> P) {
    for seed in 0..4 {
        let mut bench = Bench::new(make());
        run(&mut bench, make, &Dice::new(seed).bytes(SCRIPT));
        let Some(saved) = bench.try_save() else { continue };
        let (levels, then) = (bench.levels(), bench.now_ns);
        let foreign = |kind: &str, version, state| Saved { kind: kind.into(), version, state };
        let mut must_refuse = vec![
            foreign("another kind of device", saved.version, saved.state.clone()),
            foreign("", saved.version, saved.state.clone()),
            foreign(&saved.kind, saved.version + 1, saved.state.clone()),
            foreign(&saved.kind, 0, saved.state.clone()),
            foreign(&saved.kind, u32::MAX, saved.state.clone()),
        ];
        let garbage = [json!("garbage"), json!(42), json!(true), json!([{ "x": 1 }]), json!({ "no such field": 0 })];
        must_refuse.extend(garbage.into_iter().map(|state: Value| foreign(&saved.kind, saved.version, state)));
        for bad in must_refuse {
            assert!(bench.load(&bad).is_err(), "accepted {bad:#?}");
            assert_eq!(bench.save(), saved, "a refused state changed the device: {bad:#?}");
            assert_eq!(bench.levels(), levels, "a refused state changed the wires: {bad:#?}");
        }
        for bad in every_damage(&saved) {
            if bench.load(&bad).is_ok() {
                // Whatever it accepts must be a state it can live with.
                run(&mut bench, make, &Dice::new(seed).bytes(256));
                bench.now_ns = then;
                bench.load(&saved).expect("a device loads its own state");
            }
            assert_eq!(bench.save(), saved, "a refused state changed the device: {bad:#?}");
            assert_eq!(bench.levels(), levels, "a refused state changed the wires: {bad:#?}");
        }
    }
}

fn dma_misses_the_own_window<P: Part>(make: &impl Fn() -> P) {
    let bench = Bench::new(make());
    for (region, r) in bench.regions().iter().enumerate() {
        let base = WINDOW_BASE + WINDOW_STEP * region as u64;
        for at in [base, base + r.size / 2, base + r.size - 1] {
            assert!(bench.dma().read(at, &mut [0]).is_err(), "{}: DMA reads registers", r.name);
            assert!(bench.dma().write(at, &[0]).is_err(), "{}: DMA writes registers", r.name);
        }
    }
}
