//! Hardware breakpoints (Arm ARM D2.8, D2.9).

use super::*;
use crate::machine::{CODE, Machine, upper};

const ADD: u32 = 0x9100_0400; // ADD X0, X0, #1
const FAR: u64 = 0x5555;

/// Enabled, address match, at these levels: `PMC`.
const fn control(pmc: u64) -> u64 {
    1 | pmc << 1 | 0xf << 5
}
const EL1: u64 = 1;
const EL0: u64 = 2;
const BOTH: u64 = 3;
/// `BT`.
const LINKED_ADDRESS: u64 = 1 << 20;
const CONTEXT: u64 = 2 << 20;
const LINKED_CONTEXT: u64 = 3 << 20;
const LBN1: u64 = 1 << 16;

/// Breakpoint `n` with this value and control register.
fn arm(m: &mut Machine, n: usize, value: u64, control: u64) {
    m.set(|s| (s.sys.dbgbvr[n], s.sys.dbgbcr[n], s.sys.far_el1) = (value, control, FAR));
}

/// The Breakpoint exception at `elr`.
fn hit(el: u64, elr: u64) -> Stop {
    let vector = if el == 0 { 0x400 } else { 0x200 };
    Stop { vector, class: 0x30 + el, iss: DEBUG, elr, ss: false }
}

/// Four additions, then a call that ends the run at EL1 and is UNDEFINED at EL0.
fn additions(mdscr: u64) -> Machine {
    let m = machine(mdscr);
    m.words(CODE, &[ADD, ADD, ADD, ADD, HVC]);
    m
}

fn run_at(m: &mut Machine, el: u8) -> Stop {
    stop_from(m, CODE, |s| {
        s.set_el(el, el == 1);
        s.x[0] = 0;
    })
}

fn fires(m: &mut Machine, el: u8) -> bool {
    let s = run_at(m, el);
    let expected = hit(u64::from(el), CODE + 8);
    if s == expected {
        assert_eq!((m.cpu.state.x[0], m.cpu.state.sys.far_el1), (2, FAR), "nothing of the instruction is done");
    } else {
        assert_eq!((s.elr, m.cpu.state.x[0]), (CODE + 16, 4));
    }
    s == expected
}

#[test]
fn levels_are_selected_by_pmc() {
    for n in 0..2 {
        for (pmc, at_el0, at_el1) in [(0, false, false), (EL1, false, true), (EL0, true, false), (BOTH, true, true)] {
            for (el, expected) in [(0, at_el0), (1, at_el1)] {
                let mut m = additions(MDE | KDE);
                arm(&mut m, n, CODE + 8, control(pmc));
                assert_eq!(fires(&mut m, el), expected, "breakpoint {n}, PMC {pmc}, EL{el}");
            }
        }
    }
}

#[test]
fn higher_mode_and_security_state_are_judged_as_a_non_secure_guest() {
    // HMC bit 13, SSC 15:14.
    for (bits, expected) in [(1 << 13, true), (1 << 14, true), (2 << 14, false), (3 << 14, false), (7 << 13, true)] {
        for el in [0, 1] {
            let mut m = additions(MDE | KDE);
            arm(&mut m, 0, CODE + 8, control(BOTH) | bits);
            assert_eq!(fires(&mut m, el), expected, "{bits:x}, EL{el}");
        }
    }
}

#[test]
fn every_condition_counts() {
    // What is changed, and whether it fires at EL0 and at EL1.
    let cases: [(Change, bool, bool); 8] = [
        (|_| (), true, true),
        (|s| s.sys.dbgbcr[0] &= !1, false, false),
        (|s| s.sys.mdscr_el1 &= !MDE, false, false),
        (|s| s.sys.mdscr_el1 &= !KDE, true, false),
        (|s| s.pstate.daif = 0x200, true, false),
        (|s| s.sys.os_lock = true, false, false),
        (|s| s.sys.osdlr_el1 = 1, false, false),
        (|s| (s.sys.osdlr_el1, s.sys.dbgprcr_el1) = (1, 1), true, true),
    ];
    for (i, (change, at_el0, at_el1)) in cases.into_iter().enumerate() {
        for (el, expected) in [(0, at_el0), (1, at_el1)] {
            let mut m = additions(MDE | KDE);
            arm(&mut m, 0, CODE + 8, control(BOTH));
            m.set(change);
            assert_eq!(fires(&mut m, el), expected, "case {i} at EL{el}");
        }
    }
}

#[test]
fn an_address_is_compared_up_to_bit_48() {
    let mut m = additions(MDE | KDE);
    arm(&mut m, 0, (CODE + 8) | (0xfffe << 48) | 3, control(EL1));
    assert!(fires(&mut m, 1));
    arm(&mut m, 0, (CODE + 8) | (1 << 48), control(EL1));
    assert!(!fires(&mut m, 1));
    // Another word, another page.
    for at in [CODE + 20, CODE + 0x1008] {
        arm(&mut m, 0, at, control(EL1));
        assert!(!fires(&mut m, 1), "{at:x}");
    }
}

#[test]
fn a_breakpoint_elsewhere_is_met_on_the_way() {
    // B to the next page and on: over the page boundary, and into the middle of a page.
    for target in [CODE + 0x4000, CODE + 0x4abc] {
        let mut m = machine(MDE | KDE);
        m.words(CODE, &[NOP, 0x1400_0000 | ((target - CODE - 4) >> 2) as u32]);
        m.words(target, &[NOP, NOP, HVC]);
        arm(&mut m, 1, target + 4, control(EL1));
        assert_eq!(run_at(&mut m, 1), hit(1, target + 4));
    }
    let mut m = machine(MDE | KDE);
    m.words(CODE + 0x3ffc, &[NOP, HVC]);
    arm(&mut m, 1, CODE + 0x4000, control(EL1));
    assert_eq!(stop_from(&mut m, CODE + 0x3ffc, |_| ()), hit(1, CODE + 0x4000));
}

#[test]
fn a_breakpoint_set_a_moment_before_fires_in_the_same_page() {
    // MSR DBGBCR0_EL1, X2; ADD; ADD; HVC. Then MSR MDSCR_EL1, X2.
    for (word, value) in [(0xd510_00a2, control(EL1)), (0xd510_0242, MDE | KDE)] {
        let mut m = machine(MDE | KDE);
        m.words(CODE, &[ADD, word, ADD, HVC]);
        arm(&mut m, 0, CODE + 8, control(EL1));
        let s = stop_from(&mut m, CODE, |s| {
            if word == 0xd510_00a2 {
                s.sys.dbgbcr[0] = 0
            } else {
                s.sys.mdscr_el1 = 0
            }
            (s.x[2], s.x[0]) = (value, 0);
        });
        assert_eq!((s, m.cpu.state.x[0]), (hit(1, CODE + 8), 1), "{word:x}");
    }
}

#[test]
fn contexts_are_compared_by_the_second_breakpoint_alone() {
    for (n, fires) in [(0, false), (1, true)] {
        let mut m = additions(MDE);
        arm(&mut m, n, 0x77, control(EL0) | CONTEXT);
        // Only 32 bits count.
        m.set(|s| s.sys.contextidr_el1 = 0x77);
        let s = run_at(&mut m, 0);
        assert_eq!(s == hit(0, CODE), fires, "before its first instruction");
        m.set(|s| s.sys.contextidr_el1 = 0x78);
        assert_eq!(run_at(&mut m, 0).class, 0);
    }
}

#[test]
fn a_link_must_match_too() {
    let linked = control(EL0) | LINKED_ADDRESS | LBN1;
    // Control of breakpoint 1, link, context, whether it fires.
    let cases = [
        (control(0) | LINKED_CONTEXT, linked, 0x77, true),
        (control(0) | LINKED_CONTEXT, linked, 0x78, false),
        (control(0) & !1 | LINKED_CONTEXT, linked, 0x77, false),
        (control(0) | CONTEXT, linked, 0x77, false),
        (control(0), linked, 0x77, false),
        // To itself, which compares no contexts.
        (control(0) | LINKED_CONTEXT, linked & !LBN1, 0x77, false),
        // Reserved types.
        (control(0), control(EL0) | 4 << 20, 0x77, false),
        (control(0), control(EL0) | 8 << 20, 0x77, false),
    ];
    for (i, (second, first, context, expected)) in cases.into_iter().enumerate() {
        let mut m = additions(MDE);
        arm(&mut m, 1, 0x77, second);
        arm(&mut m, 0, CODE + 8, first);
        m.set(|s| s.sys.contextidr_el1 = context);
        assert_eq!(fires(&mut m, 0), expected, "case {i}");
    }
}

#[test]
fn priorities_follow_the_manual() {
    // An instruction abort and a misaligned program counter come first; an illegal state, BRK and SVC after.
    let mut m = machine(MDE | KDE);
    arm(&mut m, 0, upper(16) + 4, control(BOTH));
    assert_eq!(stop_from(&mut m, upper(16) + 4, |_| ()).class, 0x21);
    arm(&mut m, 0, CODE, control(BOTH));
    assert_eq!(stop_from(&mut m, CODE + 2, |s| s.pstate.il = true).class, 0x22);
    for word in [NOP, 0xd420_00e0, 0xd400_0001, 0] {
        m.words(CODE, &[word]);
        for il in [false, true] {
            assert_eq!(stop_from(&mut m, CODE, |s| (s.pstate.il, s.pstate.daif) = (il, 0)), hit(1, CODE), "{word:x}");
        }
    }
    assert_eq!(m.cpu.state.sys.spsr_el1 >> 20 & 1, 1, "and the illegal state is kept for later");
}

#[test]
fn without_a_breakpoint_illegal_state_comes_after_fetch_faults() {
    let mut m = machine(0);
    assert_eq!(stop_from(&mut m, upper(16), |s| s.pstate.il = true).class, 0x21);
    assert_eq!(stop_from(&mut m, CODE + 1, |s| s.pstate.il = true).class, 0x22);
    assert_eq!(stop_from(&mut m, CODE, |s| s.pstate.il = true).class, 0x0e);
}

#[test]
fn brk_is_taken_whatever_is_locked_and_masked() {
    let mut m = machine(0);
    m.words(CODE, &[0xd430_0000 | 0x1234 << 5]);
    let s = stop_from(&mut m, CODE, |s| {
        s.sys.os_lock = true;
        s.pstate.daif = 0x3c0;
    });
    assert_eq!((s.class, s.iss, s.elr), (0x3c, 0x9234, CODE));
}

#[test]
fn a_breakpoint_before_a_step_leaves_the_step_to_be_done() {
    let mut m = additions(MDE | SS);
    arm(&mut m, 0, CODE, control(EL0));
    assert_eq!(resume(&mut m, CODE, SPSR_SS), Stop { ss: true, ..hit(0, CODE) });
    // The step exception comes before the breakpoint of the next instruction.
    arm(&mut m, 0, CODE + 4, control(EL0));
    assert_eq!(resume(&mut m, CODE, SPSR_SS).class, 0x32);
}

#[test]
fn other_engines_are_told_where_to_leave_off() {
    let mut m = additions(MDE);
    let mut ask = |pc: u64, el: u8, f: Change| {
        m.set(|s| {
            s.set_el(el, el == 1);
            s.pc = pc;
            (s.sys.dbgbvr[0], s.sys.dbgbcr[0]) = (CODE + 8, control(BOTH));
            f(s);
        });
        (m.cpu.debug_active(), m.cpu.debug_armed())
    };
    assert_eq!(ask(CODE + 0xffc, 0, |_| ()), (true, true));
    assert_eq!(ask(CODE + 0x1000, 0, |_| ()), (false, true));
    assert_eq!(ask(CODE, 1, |_| ()), (false, false), "KDE is clear");
    assert_eq!(ask(CODE + 0x1000, 0, |s| s.sys.mdscr_el1 = SS), (true, true));
    assert_eq!(ask(CODE, 0, |s| s.sys.mdscr_el1 = 0), (false, false));
}

#[test]
fn a_loop_with_a_breakpoint_elsewhere_in_it_makes_progress() {
    // SUBS X0, X0, #1; B.NE back; the breakpoint on the instruction after.
    let mut m = machine(MDE | KDE);
    m.words(CODE, &[0xf100_0400, 0x54ff_ffe1, NOP, HVC]);
    arm(&mut m, 0, CODE + 8, control(EL1));
    assert_eq!(stop_from(&mut m, CODE, |s| s.x[0] = 1000), hit(1, CODE + 8));
    assert_eq!(m.cpu.state.x[0], 0);
}
