//! A debugger in the guest that arms while the code it is after is hot, through the loop that users run.

use super::{FROM_EL1, FUNCTION, KERNEL, again, call, call_faults, caller, ends, kernel};
use crate::machine::{Board, DATA, Engine, ISB, NOP, RET, movz};
use crate::proof::{On, proofs};

const LDR_X0_X3: u32 = 0xf940_0060;
const MSR_DBGBVR0_X5: u32 = 0xd510_0085;
const MSR_DBGBCR0_X5: u32 = 0xd510_00a5;
const MSR_DBGWVR0_X5: u32 = 0xd510_00c5;
const MSR_DBGWCR0_X5: u32 = 0xd510_00e5;
const MSR_MDSCR_X5: u32 = 0xd510_0245;
const MSR_OSLAR_XZR: u32 = 0xd510_109f;
const MSR_DAIFCLR_D: u32 = 0xd503_48ff;
const MSR_DAIFSET_D: u32 = 0xd503_48df;
/// `MDSCR_EL1`: software step; debug exceptions from EL1; breakpoints and watchpoints.
const SS: u64 = 1;
const KDE: u64 = 1 << 13;
const MDE: u64 = 1 << 15;
/// `DBGBCR0_EL1`: enabled, at EL1, all four bytes. `DBGWCR0_EL1`: enabled, at EL1, loads and stores, all eight bytes.
const BREAK: u64 = 1 | 1 << 1 | 15 << 5;
const WATCH: u64 = 1 | 1 << 1 | 3 << 3 | 0xff << 5;
/// Exception classes from EL1 itself.
const BREAKPOINT: u64 = 0x31;
const SOFTWARE_STEP: u64 = 0x33;
const WATCHPOINT: u64 = 0x35;

proofs! {
    a_breakpoint_stops_hot_code: [Interpreter],
    a_watchpoint_stops_hot_code: [],
    a_step_stops_hot_code_after_one_instruction: [Interpreter],
}

/// Unlocks the debug registers and unmasks debug exceptions.
fn unlock(core: &mut dyn Engine, b: &Board) {
    kernel(core, b, 0, &[MSR_OSLAR_XZR, MSR_DAIFCLR_D, ISB], 0);
    kernel(core, b, 0x40, &[MSR_MDSCR_X5, ISB], KDE | MDE);
}

fn a_breakpoint_stops_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[NOP, movz(0, 1), RET]);
    let core = &mut *on.core(&b, 0);
    unlock(core, &b);
    kernel(core, &b, 0x80, &[MSR_DBGBVR0_X5, ISB], FUNCTION + 4);
    kernel(core, &b, 0xc0, &[MSR_DBGBCR0_X5, ISB], 0);
    for _ in 0..3 {
        assert_eq!(call(core, FUNCTION), 1);
        again(core, 0xc0, BREAK);
        call_faults(core, FUNCTION, BREAKPOINT);
        assert_eq!(core.cpu().state.sys.elr_el1, FUNCTION + 4);
        again(core, 0xc0, 0);
        // The exception has masked them.
        again(core, 0, 0);
    }
}

/// The mechanism is the interpreter's: the TLB never holds a watched page (`a64/src/debug/watchpoint.rs`). Without
/// `forget_watched_pages` this fails.
fn a_watchpoint_stops_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[LDR_X0_X3, RET]);
    b.put(DATA + 8, 7);
    let core = &mut *on.core(&b, 0);
    core.cpu().state.x[3] = DATA + 8;
    unlock(core, &b);
    kernel(core, &b, 0x80, &[MSR_DBGWVR0_X5, ISB], DATA + 8);
    kernel(core, &b, 0xc0, &[MSR_DBGWCR0_X5, ISB], 0);
    for _ in 0..3 {
        assert_eq!(call(core, FUNCTION), 7);
        again(core, 0xc0, WATCH);
        call_faults(core, FUNCTION, WATCHPOINT);
        let s = &core.cpu().state.sys;
        assert_eq!((s.elr_el1, s.far_el1), (FUNCTION, DATA + 8));
        again(core, 0xc0, 0);
        again(core, 0, 0);
    }
}

fn a_step_stops_hot_code_after_one_instruction(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), movz(0, 2), RET]);
    let core = &mut *on.core(&b, 0);
    unlock(core, &b);
    // With debug exceptions masked until the exception return, lest the step begin here.
    kernel(core, &b, 0x80, &[MSR_DAIFSET_D, MSR_MDSCR_X5, ISB], 0);
    for _ in 0..3 {
        assert_eq!(call(core, FUNCTION), 2);
        again(core, 0x80, KDE | SS);
        let s = &mut core.cpu().state;
        (s.sys.elr_el1, s.sys.spsr_el1) = (FUNCTION, 5 | 1 << 21);
        // What is not stepped ends with the wrong hypercall.
        s.x[30] = KERNEL + 0x8c;
        s.pc = crate::machine::VECTORS + 4;
        ends(core, FROM_EL1);
        let s = &core.cpu().state;
        assert_eq!((s.sys.esr_el1 >> 26, s.sys.elr_el1, s.x[0]), (SOFTWARE_STEP, FUNCTION + 4, 1));
        again(core, 0x80, 0);
    }
}
