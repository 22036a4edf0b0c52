//! Sources, CPUs and a guest that reroutes and masks, all at once: no interrupt is lost, none comes twice.
//!
//! Each source raises its interrupt only when the one before has been handled, so the counts are exact: a lost
//! interrupt or a lost wake-up stops its source, a doubled one makes the handler's count run ahead.

use super::rig::{Random, affinities};
use crate::gic::IccRegister::*;
use crate::gic::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use vmapple_bus::{At, Clock, Notices, Pump, Slot, Width};
use vmapple_memory::{Dma, GuestMemory};

const CPUS: usize = 4;
const ROUNDS: u64 = 1500;
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a CPU sleeps while neither of its inputs is high.
#[derive(Default)]
struct Bed {
    inputs: Mutex<u8>,
    changed: Condvar,
}

impl Bed {
    fn wire(self: &Arc<Self>, input: u8) -> Wire {
        let bed = self.clone();
        Wire::new(move |level| {
            let mut inputs = bed.inputs.lock().unwrap();
            *inputs = if level { *inputs | input } else { *inputs & !input };
            bed.changed.notify_all();
        })
    }

    fn wait(&self, stop: &AtomicBool) -> u8 {
        let mut inputs = self.inputs.lock().unwrap();
        while *inputs == 0 && !stop.load(SeqCst) {
            inputs = self.changed.wait(inputs).unwrap();
        }
        *inputs
    }
}

struct Scene {
    gic: Arc<Gic>,
    beds: Vec<Arc<Bed>>,
    distributor: Arc<Slot>,
    redistributors: Arc<Slot>,
    /// Interrupts handled: SPIs by INTID in row 0, private ones in the row of their CPU.
    handled: Vec<Vec<AtomicU64>>,
    /// Level wires that the handler lowers.
    wires: Vec<Mutex<Option<Arc<Wire>>>>,
    stop: AtomicBool,
}

impl Scene {
    fn new() -> Arc<Self> {
        let beds: Vec<Arc<Bed>> = (0..CPUS).map(|_| Arc::default()).collect();
        let outputs = beds.iter().map(|b| CpuOutputs { irq: b.wire(1), fiq: b.wire(2) });
        let gic = Gic::new(&affinities(CPUS), outputs.collect());
        let memory = GuestMemory::new(0x7000_0000, 0x1_0000, None).unwrap();
        let pump = Pump::new(Arc::new(Clock::new()));
        let slot = |name, part| Slot::new(name, part, vec![], Dma::new(memory.clone()), &pump, Notices::new(|_| {}));
        let distributor = slot("gicd", Box::new(Distributor::new(gic.clone())));
        let redistributors = slot("gicr", Box::new(Redistributors::new(gic.clone())));
        let handled = (0..CPUS).map(|_| (0..INTIDS).map(|_| AtomicU64::new(0)).collect()).collect();
        let wires = (0..CPUS * INTIDS).map(|_| Mutex::default()).collect();
        let scene = Arc::new(Self { gic, beds, distributor, redistributors, handled, wires, stop: false.into() });
        // Odd INTIDs in Group 1 and even ones in Group 0; 32..64 level, the rest edge.
        for n in 0..9 {
            scene.gicd(0x80 + 4 * n, 0xaaaa_aaaa);
            scene.gicd(0x100 + 4 * n, u32::MAX);
        }
        for n in 4..18 {
            scene.gicd(0xc00 + 4 * n, 0xaaaa_aaaa);
        }
        scene.gicd(0, 3);
        for cpu in 0..CPUS as u64 {
            scene.gicr(cpu, 0x14, 0);
            scene.gicr(cpu, 0x1_0080, 0xaaaa_aaaa);
            scene.gicr(cpu, 0x1_0100, u32::MAX);
            for reg in [ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1, ICC_PMR_EL1] {
                scene.gic.write(cpu as usize, reg, 0xff);
            }
        }
        scene
    }

    fn gicd(&self, offset: u64, value: u32) {
        self.distributor.write(At { region: 0, offset, width: Width::B4 }, value.into()).unwrap();
    }

    fn gicr(&self, cpu: u64, offset: u64, value: u32) {
        let at = At { region: 0, offset: 0x2_0000 * cpu + offset, width: Width::B4 };
        self.redistributors.write(at, value.into()).unwrap();
    }

    fn row(cpu: usize, intid: usize) -> usize {
        if intid < 32 { cpu } else { 0 }
    }

    /// What a source does: raise, wait for the handler, again.
    fn source(&self, cpu: usize, intid: usize, raise: impl Fn()) {
        let handled = &self.handled[Self::row(cpu, intid)][intid];
        for round in 1..=ROUNDS {
            raise();
            let start = Instant::now();
            while handled.load(SeqCst) < round {
                assert!(start.elapsed() < PATIENCE, "INTID {intid} of CPU {cpu}: round {round} was lost");
                std::thread::yield_now();
            }
            assert_eq!(handled.load(SeqCst), round, "INTID {intid} of CPU {cpu} came twice");
        }
    }

    /// A source with a level wire.
    fn level_source(&self, cpu: usize, intid: usize) {
        let wire = Arc::new(if intid < 32 { self.gic.ppi(cpu, intid as u32) } else { self.gic.spi(intid as u32 - 32) });
        *self.wires[Self::row(cpu, intid) * INTIDS + intid].lock().unwrap() = Some(wire.clone());
        self.source(cpu, intid, || wire.set(true));
    }

    /// What a CPU does: sleep, handle, and now and then mask itself.
    fn cpu(&self, cpu: usize) {
        let gic = &self.gic;
        let mut random = Random(cpu as u64 + 1);
        let registers = [(ICC_IAR0_EL1, ICC_EOIR0_EL1), (ICC_IAR1_EL1, ICC_EOIR1_EL1)];
        while !self.stop.load(SeqCst) {
            self.beds[cpu].wait(&self.stop);
            match random.below(8) {
                0 => {
                    gic.write(cpu, ICC_PMR_EL1, 0);
                    std::thread::yield_now();
                    gic.write(cpu, ICC_PMR_EL1, 0xff);
                }
                1 => {
                    let reg = [ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1][random.below(2) as usize];
                    gic.write(cpu, reg, 0);
                    gic.write(cpu, reg, 1);
                }
                2 => gic.write(cpu, ICC_CTLR_EL1, random.below(2) << 1),
                _ => {}
            }
            for (group, (iar, eoir)) in registers.into_iter().enumerate() {
                let intid = gic.read(cpu, iar) as usize;
                if intid == 1023 {
                    continue;
                }
                assert_eq!(intid % 2, group);
                let row = Self::row(cpu, intid);
                if let Some(wire) = &*self.wires[row * INTIDS + intid].lock().unwrap() {
                    wire.set(false);
                }
                let split = gic.read(cpu, ICC_CTLR_EL1) & 2 != 0;
                if random.below(2) == 0 {
                    // The source may raise the next one before this one has ended.
                    self.handled[row][intid].fetch_add(1, SeqCst);
                    gic.write(cpu, eoir, intid as u64);
                } else {
                    gic.write(cpu, eoir, intid as u64);
                    self.handled[row][intid].fetch_add(1, SeqCst);
                }
                if split {
                    gic.write(cpu, ICC_DIR_EL1, intid as u64);
                }
            }
        }
    }

    /// A guest that moves the SPIs about, disables and enables them, and sends CPU 3 to sleep.
    fn shuffle(&self) {
        let mut random = Random(99);
        while !self.stop.load(SeqCst) {
            let intid = 32 + random.below(SPIS as u64);
            let route = [0, 1, 2, 3, 1 << 31][random.below(5) as usize];
            let at = At { region: 0, offset: 0x6000 + 8 * intid, width: Width::B8 };
            self.distributor.write(at, route).unwrap();
            let word = 4 * random.below(9);
            self.gicd(0x180 + word, random.next() as u32);
            self.gicd(0x100 + word, u32::MAX);
            self.gicd(0x400 + (intid & !3), 0x8040_c0a0);
            if random.below(4) == 0 {
                self.gicr(3, 0x14, 2);
                self.gicr(3, 0x14, 0);
            }
            std::thread::yield_now();
        }
    }
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    let scene = Scene::new();
    std::thread::scope(|threads| {
        for cpu in 0..CPUS {
            let scene = &scene;
            threads.spawn(move || scene.cpu(cpu));
        }
        let shuffle = &scene;
        threads.spawn(move || shuffle.shuffle());
        let mut sources = vec![];
        for intid in [32, 33, 63, 100, 101, 160, 287] {
            let scene = &scene;
            sources.push(threads.spawn(move || {
                if intid < 64 {
                    scene.level_source(0, intid);
                } else {
                    scene.source(0, intid, || assert!(scene.gic.set_spi_pending(intid as u32)));
                }
            }));
        }
        for cpu in 0..CPUS {
            let scene = &scene;
            sources.push(threads.spawn(move || scene.level_source(cpu, 27)));
            let (from, sgi) = ((cpu + 1) % CPUS, cpu + 4);
            let send = move || scene.gic.write(from, ICC_SGI1R_EL1, (sgi as u64) << 24 | 1 << cpu);
            sources.push(threads.spawn(move || scene.source(cpu, sgi, send)));
        }
        let failed = sources.into_iter().filter_map(|s| s.join().err()).count();
        scene.stop.store(true, SeqCst);
        scene.beds.iter().for_each(|b| {
            let _held = b.inputs.lock().unwrap();
            b.changed.notify_all();
        });
        assert_eq!(failed, 0, "sources");
    });
    for cpu in 0..CPUS {
        assert_eq!(*scene.beds[cpu].inputs.lock().unwrap(), 0, "CPU {cpu} still has an input high");
        assert_eq!(scene.gic.read(cpu, ICC_RPR_EL1), 0xff);
    }
    let total: u64 = scene.handled.iter().flatten().map(|n| n.load(SeqCst)).sum();
    assert_eq!(total, ROUNDS * (7 + 2 * CPUS as u64));
}
