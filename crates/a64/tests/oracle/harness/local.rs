//! Our interpreter in the situation of a Linux process: EL0, MMU on, tags ignored in data addresses and branch targets.

use super::case::{CODE, Case, DATA, ENTRY, End, Outcome, Registers, SLOTS, STEP, WINDOW, WORDS, WRITABLE, content};
use std::sync::Arc;
use vmapple_a64::{Attention, Coherence, Cpu, CpuConfig, Env, Exit, ExternalAbort, Profile, SysRegister, state};
use vmapple_memory::GuestMemory;

/// Guest physical layout: translation tables, the code page, the window.
const RAM: u64 = 0x4000_0000;
const TABLES: u64 = RAM + 0x10_0000;
const CODE_PAGE: u64 = RAM;
const WINDOW_PAGES: u64 = RAM + 0x1_0000;
const RAM_SIZE: u64 = 0x40_0000;
/// More steps than the longest loop of a case: it ran away.
const STEPS: usize = 100;

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

/// What executes the cases: the interpreter, or an engine that is judged by the same recordings.
pub(crate) trait Core {
    fn cpu(&mut self) -> &mut Cpu;
    /// Executes one instruction or a few, up to where a test can look at the state.
    fn step(&mut self) -> Exit;
}

impl Core for Cpu {
    fn cpu(&mut self) -> &mut Cpu {
        self
    }
    fn step(&mut self) -> Exit {
        Cpu::step(self)
    }
}

/// A core that executes cases.
pub(crate) struct Local<C = Cpu> {
    core: C,
    memory: Arc<GuestMemory>,
    blank: state::State,
}

fn filler(word: usize) -> u32 {
    0xd420_0000 | (word as u32) << 5
}

impl Local {
    pub(crate) fn new(profile: Profile) -> Self {
        Self::with(profile, Cpu::new)
    }
}

impl<C: Core> Local<C> {
    pub(crate) fn with(profile: Profile, make: impl FnOnce(CpuConfig) -> C) -> Self {
        let memory = GuestMemory::new(RAM, RAM_SIZE, None).expect("four megabytes");
        let attention = Arc::new(Attention::new());
        let coherence = Coherence::new(std::slice::from_ref(&attention));
        let (index, affinity, env) = (0, 0, Box::new(Nowhere));
        let config = CpuConfig { index, affinity, profile, memory: memory.clone(), attention, coherence, env };
        let mut core = make(config);
        let mut tables = Tables { memory: memory.clone(), next: TABLES + 0x1000 };
        for slot in 0..SLOTS as u64 {
            // Read-only to EL0, executable, guarded: branches lead to BRK, which a core with FEAT_BTI lets pass too.
            tables.map(CODE + slot * STEP, CODE_PAGE, 3 << 6 | 1 << 50);
        }
        for page in 0..WINDOW as u64 / 0x1000 {
            let access = if page * 0x1000 < WRITABLE as u64 { 1 } else { 3 };
            tables.map(DATA + page * 0x1000, WINDOW_PAGES + page * 0x1000, access << 6 | 1 << 54);
        }
        for w in 0..1024 {
            put(&memory, CODE_PAGE + 4 * w as u64, &filler(w).to_le_bytes());
        }
        put(&memory, WINDOW_PAGES, content());
        let s = &mut core.cpu().state;
        // M, C, SA0, DZE, UCT, nTWI, nTWE, UCI, and the pointer authentication enables, as Linux sets them.
        s.sys.sctlr_el1 |= 1 | 1 << 2 | 1 << 4 | 1 << 12 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 18 | 1 << 26;
        s.sys.sctlr_el1 |= 1 << 31 | 1 << 30 | 1 << 27 | 1 << 13;
        s.sys.cpacr_el1 = 3 << 20;
        s.sys.mair_el1 = 0xff;
        s.sys.ttbr0_el1 = TABLES;
        // EL0 may read the counters; jumps are no way into a function (BT0), where FEAT_BTI exists.
        s.sys.cntkctl_el1 = 3;
        s.sys.sctlr_el1 |= 1 << 35;
        // T0SZ 16, 4 KiB, TBI0, EPD1, 40-bit output.
        s.sys.tcr_el1 = 16 | 16 << 16 | 1 << 23 | 2 << 30 | 2 << 32 | 1 << 37;
        s.pstate.daif = 0;
        let mut blank = core.cpu().state.clone();
        blank.set_el(0, false);
        Self { core, memory, blank }
    }

    /// Executes a case.
    pub(crate) fn run(&mut self, case: &Case) -> Outcome {
        let before = case.registers();
        for i in 0..WORDS {
            let at = ENTRY as usize / 4 + i;
            let w = case.words.get(i).copied().unwrap_or_else(|| filler(at));
            put(&self.memory, CODE_PAGE + 4 * at as u64, &w.to_le_bytes());
        }
        let patches: Vec<_> = case.patches().collect();
        for (at, v) in &patches {
            put(&self.memory, WINDOW_PAGES + u64::from(*at), &v.to_le_bytes());
        }
        let s = &mut self.core.cpu().state;
        s.clone_from(&self.blank);
        s.x[..31].copy_from_slice(&before.x);
        s.x[usize::from(state::SP)] = before.sp;
        (s.nzcv, s.fpcr, s.fpsr, s.v, s.pc) = (before.nzcv, before.fpcr, before.fpsr, before.v, case.pc());
        self.core.cpu().state_replaced();
        let end = self.execute();
        let s = &self.core.cpu().state;
        let mut registers = Registers { x: [0; 31], sp: s.sp_el(0), nzcv: s.nzcv, fpcr: s.fpcr, fpsr: s.fpsr, v: s.v };
        registers.x.copy_from_slice(&s.x[..31]);
        let pc = if s.pstate.el == 1 { s.sys.elr_el1 } else { s.pc };
        assert_eq!(s.x[31], 0, "the zero register was written");
        let memory = self.changes(&patches);
        Outcome { end, pc, registers, memory }
    }

    fn execute(&mut self) -> End {
        for _ in 0..STEPS {
            match self.core.step() {
                Exit::Stepped => {}
                Exit::NotImplemented { .. } => return End::Other(1000),
                _ => return End::Other(1001),
            }
            let s = &self.core.cpu().state;
            if s.pstate.el == 1 {
                let untagged = s.sys.far_el1 & (u64::MAX >> 8);
                return match (s.sys.esr_el1 >> 26, s.sys.esr_el1 & 0x3f) {
                    (0x3c, _) => End::Break,
                    (0x00 | 0x18 | 0x0d | 0x1c, _) => End::Undefined,
                    (0x22, _) | (0x24, 0x21) => End::Misaligned(untagged),
                    (0x26, _) => End::Misaligned(0),
                    (0x20 | 0x24, _) => End::Fault(untagged),
                    (class, _) => End::Other(2000 + class as u32),
                };
            }
        }
        End::Other(1002)
    }

    /// What changed in the window; restores it.
    fn changes(&mut self, patches: &[(u16, u128)]) -> Vec<(u16, u128)> {
        let mut now = [0u8; WINDOW];
        let at = self.memory.find(WINDOW_PAGES, WINDOW as u64).map(|(_, o)| o).expect("mapped");
        self.memory.read(at, &mut now).expect("in range");
        let mut expected = *content();
        for (at, v) in patches {
            expected[usize::from(*at)..][..16].copy_from_slice(&v.to_le_bytes());
        }
        let mut out = Vec::new();
        if now != expected {
            for (i, (n, e)) in now.chunks_exact(16).zip(expected.chunks_exact(16)).enumerate() {
                if n != e {
                    out.push((16 * i as u16, u128::from_le_bytes(n.try_into().expect("16 bytes"))));
                }
            }
        }
        for at in out.iter().map(|(a, _)| *a).chain(patches.iter().map(|(a, _)| *a)) {
            put(&self.memory, WINDOW_PAGES + u64::from(at), &content()[usize::from(at)..][..16]);
        }
        out
    }
}

fn put(memory: &GuestMemory, gpa: u64, bytes: &[u8]) {
    let (_, offset) = memory.find(gpa, bytes.len() as u64).expect("mapped");
    memory.write(offset, bytes).expect("in range");
}

/// Four levels of 4 KiB tables.
struct Tables {
    memory: Arc<GuestMemory>,
    next: u64,
}

impl Tables {
    fn map(&mut self, va: u64, pa: u64, attributes: u64) {
        let mut table = TABLES;
        for level in 0..3 {
            let at = table + (va >> (39 - 9 * level) & 511) * 8;
            let entry: u64 = self.memory.load_at(at).expect("mapped");
            table = if entry == 0 {
                let new = self.next;
                self.next += 0x1000;
                put(&self.memory, at, &(new | 3).to_le_bytes());
                new
            } else {
                entry & !0xfff
            };
        }
        // Inner shareable, accessed.
        let leaf = pa | attributes | 1 << 10 | 3 << 8 | 3;
        put(&self.memory, table + (va >> 12 & 511) * 8, &leaf.to_le_bytes());
    }
}
