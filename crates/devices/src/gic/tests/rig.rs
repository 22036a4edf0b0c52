//! A controller on a bus at the machine's addresses, with every output recorded.

use crate::gic::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use vmapple_bus::{Bus, BusBuilder, Clock, Notices, Part, Pump, Slot, Width};
use vmapple_memory::{Dma, GuestMemory};

pub(super) const GICD: u64 = 0x1000_0000;
pub(super) const GICR: u64 = 0x1001_0000;
pub(super) const V2M: u64 = 0x1fff_0000;
/// SGI_base, from RD_base.
pub(super) const SGI_BASE: u64 = 0x1_0000;

pub(super) struct Rig {
    pub(super) gic: Arc<Gic>,
    pub(super) bus: Bus,
    pub(super) distributor: Arc<Slot>,
    pub(super) redistributors: Arc<Slot>,
    pub(super) irq: Vec<Arc<AtomicBool>>,
    pub(super) fiq: Vec<Arc<AtomicBool>>,
}

/// `spec/machine.md` 4.
pub(super) fn affinities(cpus: usize) -> Vec<u32> {
    (0..cpus as u32).map(|n| ((n / 16) << 8) | (n % 16)).collect()
}

fn recorded() -> (Wire, Arc<AtomicBool>) {
    let level = Arc::new(AtomicBool::new(false));
    let seen = level.clone();
    (Wire::new(move |l| seen.store(l, SeqCst)), level)
}

impl Rig {
    /// As after a cold reset.
    pub(super) fn new(cpus: usize) -> Self {
        let (mut irq, mut fiq) = (vec![], vec![]);
        let outputs = (0..cpus).map(|_| {
            let ((i, irq_level), (f, fiq_level)) = (recorded(), recorded());
            irq.push(irq_level);
            fiq.push(fiq_level);
            CpuOutputs { irq: i, fiq: f }
        });
        let gic = Gic::new(&affinities(cpus), outputs.collect());
        let memory = GuestMemory::new(0x7000_0000, 0x1_0000, None).unwrap();
        let pump = Pump::new(Arc::new(Clock::new()));
        let mut builder = BusBuilder::new();
        let mut place = |base: u64, name: &'static str, part: Box<dyn Part>| {
            let region = part.regions()[0].clone();
            let slot = Slot::new(name, part, vec![], Dma::new(memory.clone()), &pump, Notices::new(|_| {}));
            builder.map(base, region.size, region.access, &slot, 0);
            slot
        };
        let distributor = place(GICD, "gicd", Box::new(Distributor::new(gic.clone())));
        let redistributors = place(GICR, "gicr", Box::new(Redistributors::new(gic.clone())));
        place(V2M, "v2m", Box::new(V2m::new(gic.clone())));
        Self { gic, bus: builder.build().unwrap(), distributor, redistributors, irq, fiq }
    }

    /// With both groups enabled everywhere, every CPU awake with nothing masked, every interrupt in Group 1, at
    /// priority 0x80, enabled, level-sensitive and (SPIs) routed to CPU 0.
    pub(super) fn running(cpus: usize) -> Self {
        let rig = Self::new(cpus);
        for n in 1..9 {
            rig.w32(GICD + 0x80 + 4 * n, u32::MAX);
            rig.w32(GICD + 0x100 + 4 * n, u32::MAX);
        }
        for intid in 32..288 {
            rig.w8(GICD + 0x400 + intid, 0x80);
        }
        rig.w32(GICD, 3);
        for cpu in 0..cpus {
            rig.w32(rig.gicr(cpu) + 0x14, 0);
            rig.w32(rig.sgi(cpu) + 0x80, u32::MAX);
            rig.w32(rig.sgi(cpu) + 0x100, u32::MAX);
            for n in 0..8 {
                rig.w32(rig.sgi(cpu) + 0x400 + 4 * n, 0x8080_8080);
            }
            rig.enable_interface(cpu);
        }
        rig
    }

    /// Unmasks every priority and enables both groups.
    pub(super) fn enable_interface(&self, cpu: usize) {
        self.gic.write(cpu, IccRegister::ICC_PMR_EL1, 0xff);
        self.gic.write(cpu, IccRegister::ICC_IGRPEN0_EL1, 1);
        self.gic.write(cpu, IccRegister::ICC_IGRPEN1_EL1, 1);
    }

    /// RD_base of a CPU.
    pub(super) fn gicr(&self, cpu: usize) -> u64 {
        GICR + 0x2_0000 * cpu as u64
    }

    /// SGI_base of a CPU.
    pub(super) fn sgi(&self, cpu: usize) -> u64 {
        self.gicr(cpu) + SGI_BASE
    }

    pub(super) fn r32(&self, gpa: u64) -> u32 {
        self.bus.read(gpa, Width::B4).unwrap() as u32
    }

    pub(super) fn r64(&self, gpa: u64) -> u64 {
        self.bus.read(gpa, Width::B8).unwrap()
    }

    pub(super) fn w8(&self, gpa: u64, value: u8) {
        self.bus.write(gpa, Width::B1, value.into()).unwrap();
    }

    pub(super) fn w32(&self, gpa: u64, value: u32) {
        self.bus.write(gpa, Width::B4, value.into()).unwrap();
    }

    pub(super) fn w64(&self, gpa: u64, value: u64) {
        self.bus.write(gpa, Width::B8, value).unwrap();
    }

    /// Sets the priority of an SPI.
    pub(super) fn priority(&self, intid: u64, priority: u8) {
        self.w8(GICD + 0x400 + intid, priority);
    }

    /// Makes an SPI edge-triggered.
    pub(super) fn edge(&self, intid: u64) {
        let at = GICD + 0xc00 + 4 * (intid / 16);
        self.w32(at, self.r32(at) | 2 << (2 * (intid % 16)));
    }

    /// Puts an SPI in Group 0.
    pub(super) fn group_0(&self, intid: u64) {
        let at = GICD + 0x80 + 4 * (intid / 32);
        self.w32(at, self.r32(at) & !(1 << (intid % 32)));
    }

    pub(super) fn route(&self, intid: u64, value: u64) {
        self.w64(GICD + 0x6000 + 8 * intid, value);
    }

    pub(super) fn pending(&self, intid: u64) -> bool {
        self.r32(GICD + 0x200 + 4 * (intid / 32)) >> (intid % 32) & 1 != 0
    }

    pub(super) fn active(&self, intid: u64) -> bool {
        self.r32(GICD + 0x300 + 4 * (intid / 32)) >> (intid % 32) & 1 != 0
    }

    /// ICC_IAR1_EL1.
    pub(super) fn ack(&self, cpu: usize) -> u64 {
        self.gic.read(cpu, IccRegister::ICC_IAR1_EL1)
    }

    /// ICC_EOIR1_EL1.
    pub(super) fn eoi(&self, cpu: usize, intid: u64) {
        self.gic.write(cpu, IccRegister::ICC_EOIR1_EL1, intid);
    }

    pub(super) fn irq(&self, cpu: usize) -> bool {
        self.irq[cpu].load(SeqCst)
    }

    pub(super) fn fiq(&self, cpu: usize) -> bool {
        self.fiq[cpu].load(SeqCst)
    }

    /// The CPUs whose IRQ is high.
    pub(super) fn irqs(&self) -> Vec<usize> {
        (0..self.irq.len()).filter(|c| self.irq(*c)).collect()
    }
}

/// A small generator, so that a failing storm can be repeated.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}
