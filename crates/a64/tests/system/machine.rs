//! A core with some memory. Code runs identity-mapped below; the upper half is what the tests map.

use std::sync::Arc;
use vmapple_a64::{Attention, Coherence, Cpu, CpuConfig, Env, Exit, ExternalAbort, Profile, SysRegister};
use vmapple_memory::GuestMemory;

pub(crate) const RAM: u64 = 0x4000_0000;
pub(crate) const ROM: u64 = 0x1_0000_0000;
/// Physical (and virtual) address of the code.
pub(crate) const CODE: u64 = RAM;
/// Exception vectors.
pub(crate) const VECTORS: u64 = RAM + 0x1000;
/// Table of the lower half: 1 GiB blocks.
pub(crate) const LOWER: u64 = RAM + 0x2000;
/// Memory for data: 1 MiB.
pub(crate) const DATA: u64 = RAM + 0x10_0000;
const TABLES: u64 = RAM + 0x40_0000;

/// Descriptor bits.
pub(crate) const AF: u64 = 1 << 10;
pub(crate) const NG: u64 = 1 << 11;
pub(crate) const EL0: u64 = 1 << 6;
pub(crate) const RO: u64 = 1 << 7;
pub(crate) const PXN: u64 = 1 << 53;
pub(crate) const UXN: u64 = 1 << 54;
/// Device-nGnRnE, `MAIR_EL1` attribute 1.
pub(crate) const DEVICE: u64 = 1 << 2;

struct Nowhere;

impl Env for Nowhere {
    fn read(&mut self, _: u64, _: u8) -> Result<u64, ExternalAbort> {
        Err(ExternalAbort)
    }
    fn write(&mut self, _: u64, _: u8, _: u64) -> Result<(), ExternalAbort> {
        Err(ExternalAbort)
    }
    fn read_register(&mut self, _: SysRegister) -> Option<u64> {
        None
    }
    fn write_register(&mut self, _: SysRegister, _: u64) -> Option<()> {
        None
    }
    fn counter(&mut self) -> u64 {
        0
    }
}

pub(crate) struct Machine {
    pub(crate) cpu: Cpu,
    pub(crate) memory: Arc<GuestMemory>,
    pub(crate) attention: Arc<Attention>,
    next_table: u64,
}

impl Machine {
    /// EL1h, MMU on, interrupts masked; the upper half has the given granule (log2) and T1SZ and maps nothing.
    pub(crate) fn new(granule: u32, t1sz: u64) -> Self {
        Self::of(Profile::M1, granule, t1sz)
    }

    /// The same of a profile.
    pub(crate) fn of(profile: Profile, granule: u32, t1sz: u64) -> Self {
        let memory = GuestMemory::new(RAM, 0x100_0000, Some((ROM, 0x1_0000))).unwrap();
        let attention = Arc::new(Attention::new());
        let coherence = Coherence::new(std::slice::from_ref(&attention));
        let (index, affinity, env) = (0, 0, Box::new(Nowhere));
        let config = CpuConfig {
            index,
            affinity,
            profile,
            memory: memory.clone(),
            attention: attention.clone(),
            coherence,
            env,
        };
        let mut m = Self { cpu: Cpu::new(config), memory, attention, next_table: TABLES };
        // The lower half: RAM and ROM as they lie; EL0 may execute but not touch.
        m.put(LOWER + 8, RAM | AF | 1);
        m.put(LOWER + 32, ROM | AF | 1);
        let upper = m.table(granule);
        let s = &mut m.cpu.state.sys;
        s.sctlr_el1 |= 1 | 1 << 2 | 1 << 12;
        s.cpacr_el1 = 3 << 20;
        s.mair_el1 = 0x00ff;
        s.vbar_el1 = VECTORS;
        (s.ttbr0_el1, s.ttbr1_el1) = (LOWER, upper);
        let tg1 = match granule {
            12 => 2,
            14 => 1,
            _ => 3,
        };
        // T0SZ 25: one level 1 table. 40-bit output.
        s.tcr_el1 = 25 | t1sz << 16 | tg1 << 30 | 2 << 32;
        m.cpu.state.pc = CODE;
        m.cpu.state_replaced();
        m
    }

    /// 4 KiB granule, 48-bit addresses.
    pub(crate) fn standard() -> Self {
        Self::new(12, 16)
    }

    /// Changes the state from outside.
    pub(crate) fn set(&mut self, f: impl FnOnce(&mut vmapple_a64::State)) {
        f(&mut self.cpu.state);
        self.cpu.state_replaced();
    }

    pub(crate) fn put(&self, pa: u64, v: u64) {
        let (_, at) = self.memory.find(pa, 8).unwrap();
        self.memory.store(at, v).unwrap();
    }

    pub(crate) fn get(&self, pa: u64) -> u64 {
        self.memory.load_at(pa).unwrap()
    }

    /// Writes instructions.
    pub(crate) fn words(&self, pa: u64, words: &[u32]) {
        for (i, w) in words.iter().enumerate() {
            let (_, at) = self.memory.find(pa + 4 * i as u64, 4).unwrap();
            self.memory.store(at, *w).unwrap();
        }
    }

    fn table(&mut self, granule: u32) -> u64 {
        let size = 1 << granule;
        let at = self.next_table.next_multiple_of(size);
        self.next_table = at + size;
        at
    }

    /// Puts a leaf descriptor for an address of the upper half at a level; returns where it lies. `leaf` is without its
    /// low two bits.
    pub(crate) fn map_at(&mut self, va: u64, level: u32, leaf: u64) -> u64 {
        let tcr = self.cpu.state.sys.tcr_el1;
        let granule = match tcr >> 30 & 3 {
            1 => 14,
            3 => 16,
            _ => 12,
        };
        let input = 64 - (tcr >> 16 & 63) as u32;
        let stride = granule - 3;
        let mut l = 4 - (input - granule).div_ceil(stride);
        let mut table = self.cpu.state.sys.ttbr1_el1 & !1 & 0xffff_ffff_ffff;
        let mut width = input - (granule + stride * (3 - l));
        loop {
            let shift = granule + stride * (3 - l);
            let at = table + (va >> shift & ((1 << width) - 1)) * 8;
            if l == level {
                self.put(at, leaf | if level == 3 { 3 } else { 1 });
                return at;
            }
            let entry = self.get(at);
            table = if entry == 0 {
                let new = self.table(granule);
                self.put(at, new | 3);
                new
            } else {
                entry & 0xffff_ffff_f000
            };
            (l, width) = (l + 1, stride);
        }
    }

    /// Maps a page of the upper half.
    pub(crate) fn map(&mut self, va: u64, pa: u64, attributes: u64) -> u64 {
        self.map_at(va, 3, pa | attributes | AF)
    }

    /// Executes words one by one from [`CODE`], in the state as it is. Returns whether all went without exception.
    pub(crate) fn run(&mut self, words: &[u32]) -> bool {
        self.words(CODE, words);
        self.cpu.state.pc = CODE;
        self.cpu.state_replaced();
        self.steps(words.len())
    }

    /// As [`Self::run`], keeping the TLB and every other cache: the words must already be there.
    pub(crate) fn steps(&mut self, n: usize) -> bool {
        for _ in 0..n {
            assert_eq!(self.cpu.step(), Exit::Stepped);
            if self.cpu.state.pc & !0x7ff == VECTORS {
                return false;
            }
        }
        true
    }

    pub(crate) fn esr(&self) -> u64 {
        self.cpu.state.sys.esr_el1
    }

    /// Exception class of the last exception.
    pub(crate) fn class(&self) -> u64 {
        self.esr() >> 26
    }

    /// Fault status code of the last abort.
    pub(crate) fn status(&self) -> u64 {
        self.esr() & 0x3f
    }

    /// To EL0, EL1t or EL1h.
    pub(crate) fn level(&mut self, el: u8, spsel: bool) {
        self.set(|s| s.set_el(el, spsel));
    }
}

/// First address of an upper half with this T1SZ.
pub(crate) const fn upper(t1sz: u64) -> u64 {
    u64::MAX << (64 - t1sz)
}
