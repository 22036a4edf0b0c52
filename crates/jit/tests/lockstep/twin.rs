//! The same program on a recompiled and on an interpreted core, each with a board of its own; compared at every exception
//! and at the end.

use crate::harness::case::content;
use crate::harness::pool;
use crate::harness::rng::Rng;
use crate::machine::{Board, CODE, CODE_SIZE, DATA, DATA_SIZE, Engine, RO, TEXT, differences, visible};
use crate::program::{CODE_BASE, COUNTER, DATA_BASE, END};
use vmapple_a64::{Cpu, Exit, Profile};
use vmapple_jit::{Jit, Switches};

/// Exceptions after which a program is given up: it has been compared that often.
const EXCEPTIONS: usize = 60;

pub(crate) struct Twin {
    pub(crate) boards: [Board; 2],
    pub(crate) jit: Jit,
    pub(crate) cpu: Cpu,
    /// Where the program lies, as the cores see it.
    base: u64,
    /// NZCV is exact wherever it can be seen.
    flags: bool,
}

impl Twin {
    pub(crate) fn new(profile: Profile, switches: Switches, code: usize) -> Self {
        let board = || {
            let mut b = Board::new(1);
            // The data window ends with a page that may only be read; behind it is nothing.
            b.map(DATA + DATA_SIZE - 0x1000, DATA + DATA_SIZE - 0x1000, 3 << 6 | RO | 3 << 53);
            b
        };
        let boards = [board(), board()];
        let jit = boards[0].recompiled(0, profile, code, switches);
        let cpu = boards[1].interpreted(0, profile);
        Self { boards, jit, cpu, base: CODE, flags: !switches.dead_flags }
    }

    /// Runs programs at another virtual address from now on.
    pub(crate) fn move_to(&mut self, base: u64) {
        self.base = base;
        for b in &mut self.boards {
            for at in (0..CODE_SIZE).step_by(0x1000) {
                b.map(base + at, CODE + at, TEXT);
            }
        }
    }

    /// The state to start from, the program and the data: the same on both.
    pub(crate) fn start(&mut self, words: &[u32], r: &mut Rng, el: u8) {
        let mut s = self.cpu.state.clone();
        s.set_el(1, true);
        for n in 0..18 {
            s.x[n] = pool::integer(r);
        }
        for base in 20..24 {
            let at = if r.one_in(4) { DATA_SIZE - 0x1000 - r.below(64) } else { r.below(DATA_SIZE) & !15 };
            s.x[base] = (DATA + at) | if r.one_in(8) { r.next() << 56 } else { 0 };
        }
        s.x[19] = if r.one_in(4) { 0u64.wrapping_sub(r.below(32)) } else { r.below(128) };
        (s.x[COUNTER as usize], s.x[CODE_BASE as usize], s.x[DATA_BASE as usize]) =
            (20 + r.below(60), self.base, DATA + 0x8000);
        (s.x[18], s.x[24], s.x[26], s.x[27], s.x[30]) = (r.next(), r.next(), self.base, r.next(), self.base);
        s.v.fill_with(|| pool::vector(r));
        (s.nzcv, s.fpsr) = ((r.below(16) as u32) << 28, 0);
        s.fpcr = if r.one_in(3) { (r.below(16) as u32) << 22 } else { 0 };
        s.pstate = Default::default();
        s.pstate.el = 1;
        s.pstate.daif = 0x3c0;
        s.pstate.spsel = true;
        s.x[usize::from(vmapple_a64::state::SP)] = DATA + 0x4000;
        s.sp = [DATA + 0x5000; 2];
        s.set_el(el, el != 0);
        s.pc = self.base;
        let seed = r.below(0x1000) as usize & !15;
        for b in &self.boards {
            b.words(CODE, words);
            for at in (0..DATA_SIZE).step_by(0x1000) {
                b.fill(DATA + at, &content()[seed..seed + 0x1000]);
            }
        }
        for cpu in [self.jit.cpu_mut(), &mut self.cpu] {
            cpu.state = s.clone();
            cpu.state_replaced();
        }
    }

    /// How the two differ, if they do.
    pub(crate) fn compare(&self, flags: bool) -> Option<String> {
        let (mut a, mut b) = (visible(self.jit.cpu(), flags), visible(&self.cpu, flags));
        if !self.flags {
            // Saved where they may have been dead.
            a.sys.spsr_el1 &= !0xf000_0000;
            b.sys.spsr_el1 &= !0xf000_0000;
        }
        if a != b {
            return Some(differences(&a, &b));
        }
        (self.boards[0].bytes(DATA, DATA_SIZE) != self.boards[1].bytes(DATA, DATA_SIZE))
            .then(|| "  memory differs\n".into())
    }

    /// Runs both to the end.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        for _ in 0..EXCEPTIONS {
            let theirs = self.cpu.run();
            let ours = Engine::run(&mut self.jit);
            let at_end = ours == Exit::Hypercall { imm: END };
            if let Some(d) = self.compare(self.flags || at_end) {
                return Err(format!("after {ours:?}, {theirs:?}\n{d}"));
            }
            if ours != theirs {
                return Err(format!("recompiled {ours:?}, interpreted {theirs:?}\n"));
            }
            let Exit::Hypercall { imm } = ours else { return Err(format!("{ours:?}\n")) };
            if imm < 0xff00 || !self.skip() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Has the handler return behind the instruction that raised the exception; false if it is no instruction's.
    pub(crate) fn skip(&mut self) -> bool {
        let exact = self.flags;
        for cpu in [self.jit.cpu_mut(), &mut self.cpu] {
            let s = &mut cpu.state.sys;
            // Fetches that fault, misaligned program counters, branch targets, illegal states.
            if matches!(s.esr_el1 >> 26, 0x0d | 0x0e | 0x20 | 0x21 | 0x22) {
                return false;
            }
            // A comparison that traps leaves what stood in NZCV before it, which nobody could read if it had not. The handler
            // computes the flags, as it would.
            if s.esr_el1 >> 26 == 0x2c && !exact {
                s.spsr_el1 &= !0xf000_0000;
            }
            // SVC returns behind itself.
            if s.esr_el1 >> 26 != 0x15 {
                s.elr_el1 += 4;
            }
        }
        true
    }
}
