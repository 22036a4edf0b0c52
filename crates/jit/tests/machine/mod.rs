//! A board for tests of the recompiler: memory with page tables of 4 KiB pages in the lower half, and cores on it, recompiled
//! or interpreted.

#![allow(dead_code, reason = "compiled into several tests; each uses its part")]

use std::sync::Arc;
use vmapple_a64::{Attention, Coherence, Cpu, CpuConfig, Env, Exit, ExternalAbort, Profile, SysRegister, state};
use vmapple_jit::{Jit, Switches};
use vmapple_memory::GuestMemory;

pub(crate) const RAM: u64 = 0x4000_0000;
pub(crate) const RAM_SIZE: u64 = 0x100_0000;
/// Code: sixteen pages, mapped where they lie.
pub(crate) const CODE: u64 = RAM;
pub(crate) const CODE_SIZE: u64 = 0x1_0000;
/// Exception vectors: `HVC #slot` then `ERET`, so that the test sees every exception.
pub(crate) const VECTORS: u64 = RAM + 0x2_0000;
/// Data: sixteen pages, mapped where they lie, writable at both levels.
pub(crate) const DATA: u64 = RAM + 0x10_0000;
pub(crate) const DATA_SIZE: u64 = 0x1_0000;
const TABLES: u64 = RAM + 0x80_0000;
/// Where devices are.
pub(crate) const DEVICES: u64 = 0x1000_0000;

/// Descriptor bits: accessible to EL0, read-only, no execution at EL1 and at EL0, not global.
pub(crate) const EL0: u64 = 1 << 6;
pub(crate) const RO: u64 = 1 << 7;
pub(crate) const NG: u64 = 1 << 11;
pub(crate) const GP: u64 = 1 << 50;
pub(crate) const PXN: u64 = 1 << 53;
pub(crate) const UXN: u64 = 1 << 54;
/// Attributes of code for both levels, and of data.
pub(crate) const TEXT: u64 = EL0 | RO;
pub(crate) const PLAIN: u64 = EL0 | PXN | UXN;

pub(crate) const NOP: u32 = 0xd503_201f;
pub(crate) const ISB: u32 = 0xd503_3fdf;
pub(crate) const DSB: u32 = 0xd503_3f9f;
pub(crate) const ERET: u32 = 0xd69f_03e0;
pub(crate) const RET: u32 = 0xd65f_03c0;

/// `HVC #imm`.
pub(crate) const fn hvc(imm: u16) -> u32 {
    0xd400_0002 | (imm as u32) << 5
}

/// `MOVZ Xd, #imm`.
pub(crate) const fn movz(d: u32, imm: u32) -> u32 {
    0xd280_0000 | imm << 5 | d
}

/// What answers outside memory: device registers that count their accesses, nothing else.
pub(crate) struct Outside {
    reads: u64,
}

impl Env for Outside {
    fn read(&mut self, pa: u64, _: u8) -> Result<u64, ExternalAbort> {
        if pa & !0xfff != DEVICES {
            return Err(ExternalAbort);
        }
        self.reads += 1;
        Ok(self.reads & 0xff)
    }
    fn write(&mut self, pa: u64, _: u8, _: u64) -> Result<(), ExternalAbort> {
        if pa & !0xfff == DEVICES { Ok(()) } else { Err(ExternalAbort) }
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

/// A core that runs guest code.
pub(crate) trait Engine: Send {
    fn cpu(&mut self) -> &mut Cpu;
    fn run(&mut self) -> Exit;
    /// Blocks translated so far, if it translates.
    fn translated(&self) -> Option<u64>;
}

impl Engine for Cpu {
    fn cpu(&mut self) -> &mut Cpu {
        self
    }
    fn run(&mut self) -> Exit {
        Cpu::run(self)
    }
    fn translated(&self) -> Option<u64> {
        None
    }
}

impl Engine for Jit {
    fn cpu(&mut self) -> &mut Cpu {
        self.cpu_mut()
    }
    fn run(&mut self) -> Exit {
        Jit::run(self)
    }
    fn translated(&self) -> Option<u64> {
        Some(Jit::translated(self))
    }
}

/// Memory and what the cores share.
pub(crate) struct Board {
    pub(crate) memory: Arc<GuestMemory>,
    pub(crate) attention: Vec<Arc<Attention>>,
    coherence: Arc<Coherence>,
    next_table: u64,
    pub(crate) root: u64,
}

impl Board {
    pub(crate) fn new(cores: usize) -> Self {
        let memory = GuestMemory::new(RAM, RAM_SIZE, None).expect("sixteen megabytes");
        let attention: Vec<_> = (0..cores).map(|_| Arc::new(Attention::new())).collect();
        let coherence = Coherence::new(&attention);
        let mut b = Self { memory, attention, coherence, next_table: TABLES, root: 0 };
        b.root = b.address_space();
        for at in (0..0x800u64).step_by(0x80) {
            b.words(VECTORS + at, &[hvc(0xff00 | (at >> 7) as u16), ERET]);
        }
        b
    }

    /// A new lower half with code, vectors and data at their places.
    pub(crate) fn address_space(&mut self) -> u64 {
        let root = self.next_table;
        self.next_table += 0x1000;
        for at in (0..CODE_SIZE).step_by(0x1000) {
            self.map_in(root, CODE + at, CODE + at, TEXT);
        }
        self.map_in(root, VECTORS, VECTORS, RO);
        for at in (0..DATA_SIZE).step_by(0x1000) {
            self.map_in(root, DATA + at, DATA + at, PLAIN);
        }
        self.map_in(root, DEVICES, DEVICES, PLAIN | 1 << 2);
        root
    }

    /// Maps a page; returns where its descriptor lies.
    pub(crate) fn map(&mut self, va: u64, pa: u64, attributes: u64) -> u64 {
        self.map_in(self.root, va, pa, attributes)
    }

    pub(crate) fn map_in(&mut self, root: u64, va: u64, pa: u64, attributes: u64) -> u64 {
        let mut table = root;
        for shift in [30, 21] {
            let at = table + (va >> shift & 511) * 8;
            table = match self.get(at) {
                0 => {
                    let new = self.next_table;
                    self.next_table += 0x1000;
                    self.put(at, new | 3);
                    new
                }
                entry => entry & 0xffff_ffff_f000,
            };
        }
        let at = table + (va >> 12 & 511) * 8;
        // Inner shareable, accessed.
        self.put(at, pa | attributes | 1 << 10 | 3 << 8 | 3);
        at
    }

    pub(crate) fn put(&self, pa: u64, v: u64) {
        self.memory.store(self.offset(pa, 8), v).expect("in range");
    }

    pub(crate) fn get(&self, pa: u64) -> u64 {
        self.memory.load_at(pa).expect("in range")
    }

    fn offset(&self, pa: u64, len: u64) -> usize {
        self.memory.find(pa, len).expect("in RAM").1
    }

    /// Writes instructions.
    pub(crate) fn words(&self, pa: u64, words: &[u32]) {
        for (i, w) in words.iter().enumerate() {
            self.memory.store(self.offset(pa + 4 * i as u64, 4), *w).expect("in range");
        }
    }

    pub(crate) fn fill(&self, pa: u64, bytes: &[u8]) {
        self.memory.write(self.offset(pa, bytes.len() as u64), bytes).expect("in range");
    }

    pub(crate) fn bytes(&self, pa: u64, len: u64) -> Vec<u8> {
        let mut all = vec![0; len as usize];
        self.memory.read(self.offset(pa, len), &mut all).expect("in range");
        all
    }

    fn config(&self, index: usize, profile: Profile) -> CpuConfig {
        CpuConfig {
            index,
            affinity: index as u64,
            profile,
            memory: self.memory.clone(),
            attention: self.attention[index].clone(),
            coherence: self.coherence.clone(),
            env: Box::new(Outside { reads: 0 }),
        }
    }

    /// An interpreted core.
    pub(crate) fn interpreted(&self, index: usize, profile: Profile) -> Cpu {
        let mut cpu = Cpu::new(self.config(index, profile));
        self.prepare(&mut cpu);
        cpu
    }

    /// A recompiled core with this much memory for its code.
    pub(crate) fn recompiled(&self, index: usize, profile: Profile, code: usize, switches: Switches) -> Jit {
        let mut jit = Jit::new(self.config(index, profile), code, switches).expect("an x86-64-v3 host");
        self.prepare(jit.cpu_mut());
        jit
    }

    /// The usual recompiled core.
    pub(crate) fn jit(&self, index: usize) -> Jit {
        self.recompiled(index, Profile::M1, 4 << 20, Switches::default())
    }

    /// EL1h at [`CODE`], MMU on, interrupts masked, nothing trapped.
    fn prepare(&self, cpu: &mut Cpu) {
        let s = &mut cpu.state;
        // M, C, SA, SA0, I, DZE, UCT, nTWI, nTWE, UCI, and the keys.
        s.sys.sctlr_el1 |= 1 | 1 << 2 | 3 << 3 | 1 << 12 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 18 | 1 << 26;
        s.sys.sctlr_el1 |= 1 << 31 | 1 << 30 | 1 << 27 | 1 << 13;
        s.sys.cpacr_el1 = 3 << 20;
        // Attribute 1 is Device-nGnRnE.
        s.sys.mair_el1 = 0x00ff;
        s.sys.vbar_el1 = VECTORS;
        s.sys.ttbr0_el1 = self.root;
        // T0SZ 25: one level 1 table; TBI0; no upper half; 40-bit output; 16-bit ASIDs.
        s.sys.tcr_el1 = 25 | 16 << 16 | 1 << 23 | 2 << 30 | 2 << 32 | 1 << 36 | 1 << 37;
        (s.sys.apia, s.sys.apib) = ([0x1234_5678_9abc_def0, 77], [1, 2]);
        (s.sys.apda, s.sys.apdb) = ([3, 0xffee_ddcc_bbaa_9988], [4, 5]);
        s.pc = CODE;
        cpu.state_replaced();
    }
}

/// What the guest can see of a core: everything but the words that nobody reads. Without `flags` NZCV is left out, also
/// where an exception saved it: while it is dead it may be stale.
pub(crate) fn visible(cpu: &Cpu, flags: bool) -> state::State {
    let mut s = cpu.state.clone();
    s.x[usize::from(state::DISCARD)] = 0;
    s.x[34..].fill(0);
    // The bank of the current stack pointer is not used.
    s.sp = [s.sp_el(0), s.sp_el(1)];
    if !flags {
        s.nzcv = 0;
        s.sys.spsr_el1 &= !0xf000_0000;
    }
    s
}

/// How two states differ.
pub(crate) fn differences(ours: &state::State, theirs: &state::State) -> String {
    use std::fmt::Write;
    let mut t = String::new();
    let mut line = |what: String, a: u128, b: u128| {
        if a != b {
            let _ = writeln!(t, "  {what}: recompiled {a:#x} interpreted {b:#x}");
        }
    };
    line("pc".into(), ours.pc.into(), theirs.pc.into());
    for i in 0..34 {
        line(format!("x{i}"), ours.x[i].into(), theirs.x[i].into());
    }
    for i in 0..32 {
        line(format!("v{i}"), ours.v[i], theirs.v[i]);
    }
    line("nzcv".into(), ours.nzcv.into(), theirs.nzcv.into());
    line("fpcr".into(), ours.fpcr.into(), theirs.fpcr.into());
    line("fpsr".into(), ours.fpsr.into(), theirs.fpsr.into());
    line("sp_el0".into(), ours.sp[0].into(), theirs.sp[0].into());
    line("sp_el1".into(), ours.sp[1].into(), theirs.sp[1].into());
    if ours.pstate != theirs.pstate {
        let _ = writeln!(t, "  recompiled {:?}\n  interpreted {:?}", ours.pstate, theirs.pstate);
    }
    if ours.sys != theirs.sys {
        let _ = writeln!(t, "  recompiled {:x?}\n  interpreted {:x?}", ours.sys, theirs.sys);
    }
    t
}
