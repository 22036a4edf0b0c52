//! Self-hosted debug (Arm ARM D2): software step, breakpoints, watchpoints.
//!
//! The vectors hold `HVC`, so that [`stop`] runs the core's own loop until an exception.

mod breakpoint;
mod registers;
mod step;
mod watchpoint;

use crate::machine::{Machine, VECTORS};
use vmapple_a64::{Exit, State};

pub(crate) const NOP: u32 = 0xd503_201f;
pub(crate) const HVC: u32 = 0xd400_0002;
pub(crate) const ERET: u32 = 0xd69f_03e0;
pub(crate) const DAIF_D_CLEAR: u32 = 0xd503_48ff;
pub(crate) const DAIF_D_SET: u32 = 0xd503_48df;

pub(crate) const SS: u64 = 1;
pub(crate) const KDE: u64 = 1 << 13;
pub(crate) const MDE: u64 = 1 << 15;
/// PSTATE.D and PSTATE.SS in `SPSR_EL1`.
pub(crate) const SPSR_D: u64 = 1 << 9;
pub(crate) const SPSR_SS: u64 = 1 << 21;
pub(crate) const EL1H: u64 = 5;

/// ISS of a debug exception: the fault status, and for software step ISV and EX.
pub(crate) const DEBUG: u64 = 0x22;
pub(crate) const ISV: u64 = 1 << 24;
pub(crate) const EX: u64 = 1 << 6;

/// A machine that stops at its vectors, unlocked, with this in `MDSCR_EL1`, at EL1h with nothing masked.
pub(crate) fn machine(mdscr: u64) -> Machine {
    let mut m = Machine::standard();
    for entry in (0..0x600).step_by(0x80) {
        m.words(VECTORS + entry, &[HVC]);
    }
    m.set(|s| {
        s.sys.os_lock = false;
        s.sys.mdscr_el1 = mdscr;
        s.pstate.daif = 0;
    });
    m
}

/// What a test changes in the state.
pub(crate) type Change = fn(&mut State);

/// Why the core came to its vectors.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// Offset in the vector table.
    pub(crate) vector: u64,
    /// `ESR_EL1.EC`.
    pub(crate) class: u64,
    /// `ESR_EL1.ISS`.
    pub(crate) iss: u64,
    /// `ELR_EL1`.
    pub(crate) elr: u64,
    /// `SPSR_EL1.SS`.
    pub(crate) ss: bool,
}

/// Runs on until the next exception, or an `HVC` outside the vectors (class 0x3f).
pub(crate) fn stop(m: &mut Machine) -> Stop {
    assert!(matches!(m.cpu.run(), Exit::Hypercall { .. }));
    let s = &m.cpu.state;
    let at = s.pc - 4;
    if at & !0x7ff != VECTORS {
        return Stop { vector: 0, class: 0x3f, iss: 0, elr: at, ss: s.pstate.ss };
    }
    // An interrupt has no syndrome.
    let esr = if at & 0x180 == 0 { s.sys.esr_el1 } else { 1 << 25 };
    assert_eq!(esr >> 25 & 1, 1, "IL");
    let (class, iss) = (esr >> 26, esr & 0x1ff_ffff);
    Stop { vector: at & 0x7ff, class, iss, elr: s.sys.elr_el1, ss: s.sys.spsr_el1 & SPSR_SS != 0 }
}

/// Runs from `pc` in the state as it is, changed by `f`.
pub(crate) fn stop_from(m: &mut Machine, pc: u64, f: impl FnOnce(&mut State)) -> Stop {
    m.set(|s| {
        s.pc = pc;
        f(s);
    });
    stop(m)
}

/// Returns from the vectors, where debug exceptions are masked, with `ERET` to `pc` and this `SPSR_EL1`, and runs on.
pub(crate) fn resume(m: &mut Machine, pc: u64, spsr: u64) -> Stop {
    const AT: u64 = VECTORS + 0x780;
    m.words(AT, &[ERET]);
    m.set(|s| {
        s.set_el(1, true);
        s.pstate.daif = vmapple_a64::state::daif::ALL;
        s.pstate.ss = false;
        s.pc = AT;
        (s.sys.elr_el1, s.sys.spsr_el1) = (pc, spsr);
    });
    stop(m)
}
