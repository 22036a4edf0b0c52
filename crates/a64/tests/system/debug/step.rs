//! Software step (Arm ARM D2.12).

use super::*;
use crate::machine::{CODE, DATA, EL0, upper};
use vmapple_a64::attention::IRQ;

const STEP: u64 = 0x32;
const ADD: u32 = 0x9100_0400; // ADD X0, X0, #1
const SVC: u32 = 0xd400_00a1;
const LDXR: u32 = 0xc85f_7c20; // [X1]
const STXR: u32 = 0xc803_7c20; // W3, [X1]

fn stepped(el: u64, iss: u64, elr: u64) -> Stop {
    let vector = if el == 0 { 0x400 } else { 0x200 };
    Stop { vector, class: STEP + el, iss: iss | DEBUG, elr, ss: false }
}

#[test]
fn a_return_with_ss_executes_one_instruction() {
    let mut m = machine(SS);
    m.words(CODE, &[ADD, 0x1400_0002, ADD, ADD]);
    assert_eq!(resume(&mut m, CODE, SPSR_SS), stepped(0, ISV, CODE + 4));
    assert_eq!(m.cpu.state.x[0], 1);
    // A branch: its target.
    assert_eq!(resume(&mut m, CODE + 4, SPSR_SS), stepped(0, ISV, CODE + 12));
    assert_eq!(resume(&mut m, CODE + 12, SPSR_SS), stepped(0, ISV, CODE + 16));
    assert_eq!(m.cpu.state.x[0], 2);
    assert!(!m.cpu.debug_armed(), "EL1 itself is not stepped");
}

#[test]
fn a_return_without_ss_executes_none() {
    let mut m = machine(SS);
    m.words(CODE, &[ADD]);
    assert_eq!(resume(&mut m, CODE, 0), stepped(0, 0, CODE));
    assert_eq!(m.cpu.state.x[0], 0);
    // Highest priority: even before a misaligned program counter and an address without translation.
    assert_eq!(resume(&mut m, 0x123, 0), stepped(0, 0, 0x123));
}

#[test]
fn single_calls_step_too() {
    let mut m = machine(SS);
    m.words(CODE, &[ADD, ADD]);
    m.set(|s| {
        (s.pc, s.pstate.ss) = (CODE, true);
        s.set_el(0, false);
    });
    assert_eq!(m.cpu.step(), Exit::Stepped);
    assert_eq!((m.cpu.state.x[0], m.cpu.state.pc, m.cpu.state.pstate.ss), (1, CODE + 4, false));
    assert!(m.cpu.debug_active());
    assert_eq!(m.cpu.step(), Exit::Stepped);
    assert_eq!((m.class(), m.cpu.state.x[0], m.cpu.state.sys.elr_el1), (STEP, 1, CODE + 4));
}

#[test]
fn load_exclusives_are_told_apart() {
    // LDXRB, LDAXR W, LDXP W, LDAXP X: exclusive. LDAR, LDR, LDADD, STXR: not.
    let words = [0x085f_7c20, 0x885f_fc20, 0x887f_0820, 0xc87f_8820, 0xc8df_fc20, 0xf940_0020, 0xf820_0022, STXR];
    let mut m = machine(SS);
    m.map(upper(16), DATA, EL0);
    m.set(|s| s.x[1] = upper(16));
    for (i, word) in words.into_iter().enumerate() {
        m.words(CODE, &[word]);
        let ex = if i < 4 { EX } else { 0 };
        assert_eq!(resume(&mut m, CODE, SPSR_SS), stepped(0, ISV | ex, CODE + 4), "{word:x}");
    }
}

#[test]
fn a_step_exception_clears_the_exclusive_monitor() {
    let mut m = machine(SS);
    m.map(upper(16), DATA, EL0);
    m.set(|s| s.x[1] = upper(16));
    m.words(CODE, &[LDXR, STXR, HVC]);
    resume(&mut m, CODE, SPSR_SS);
    let elr = m.cpu.state.sys.elr_el1;
    // Not `resume`, which would clear it by itself.
    m.cpu.state.pc = VECTORS + 0x780;
    m.cpu.state.sys.spsr_el1 = SPSR_SS;
    assert_eq!(stop(&mut m), stepped(0, ISV, elr + 4));
    assert_eq!(m.cpu.state.x[3], 1, "failed");
}

#[test]
fn svc_has_been_stepped_and_the_next_step_exception_follows_it() {
    let mut m = machine(SS);
    m.words(CODE, &[SVC, ADD]);
    let svc = Stop { vector: 0x400, class: 0x15, iss: 5, elr: CODE + 4, ss: false };
    assert_eq!(resume(&mut m, CODE, SPSR_SS), svc);
    assert_eq!(resume(&mut m, CODE + 4, 0), stepped(0, 0, CODE + 4));
}

#[test]
fn other_exceptions_leave_the_step_to_be_done() {
    // A load from nowhere, UNDEFINED, BRK, a trapped MRS.
    for (word, class) in [(0xf940_0020, 0x24), (0, 0), (0xd420_00e0, 0x3c), (0xd53b_0020, 0x18)] {
        let mut m = machine(SS);
        m.words(CODE, &[word]);
        let s = resume(&mut m, CODE, SPSR_SS);
        assert_eq!((s.vector, s.class, s.elr, s.ss), (0x400, class, CODE, true), "{word:x}");
    }
    // An instruction that cannot be fetched.
    let mut m = machine(SS);
    let s = resume(&mut m, upper(16), SPSR_SS);
    assert_eq!((s.class, s.elr, s.ss), (0x20, upper(16), true));
}

#[test]
fn interrupts_go_first_and_keep_the_state() {
    for spsr in [SPSR_SS, 0] {
        let mut m = machine(SS);
        m.words(CODE, &[ADD]);
        m.attention.raise(IRQ);
        let s = resume(&mut m, CODE, spsr);
        assert_eq!((s.vector, s.elr, s.ss), (0x480, CODE, spsr == SPSR_SS));
        m.attention.lower(IRQ);
        assert_eq!(resume(&mut m, CODE, spsr), stepped(0, if s.ss { ISV } else { 0 }, CODE + if s.ss { 4 } else { 0 }));
    }
}

#[test]
fn el1_is_stepped_with_kde_and_d_clear() {
    let code = [ADD, ADD, HVC];
    let outside = Stop { vector: 0, class: 0x3f, iss: 0, elr: CODE + 8, ss: false };
    for (mdscr, d) in [(SS, 0), (SS | KDE, SPSR_D), (KDE, 0)] {
        let mut m = machine(mdscr);
        m.words(CODE, &code);
        assert_eq!(resume(&mut m, CODE, SPSR_SS | EL1H | d), outside, "{mdscr:x} {d:x}");
    }
    let mut m = machine(SS | KDE);
    m.words(CODE, &code);
    assert_eq!(resume(&mut m, CODE, SPSR_SS | EL1H), stepped(1, ISV, CODE + 4));
    assert_eq!(m.cpu.state.x[0], 1);
}

#[test]
fn locks_keep_step_inactive() {
    let outside = Stop { vector: 0x400, class: 0, iss: 0, elr: CODE + 4, ss: false };
    let cases: [(Change, bool); 4] = [
        (|s| s.sys.os_lock = true, false),
        (|s| s.sys.osdlr_el1 = 1, false),
        (|s| (s.sys.osdlr_el1, s.sys.dbgprcr_el1) = (1, 1), true),
        (|s| s.sys.os_lock = false, true),
    ];
    for (i, (lock, active)) in cases.into_iter().enumerate() {
        let mut m = machine(SS);
        m.words(CODE, &[ADD, 0]);
        m.set(lock);
        let s = resume(&mut m, CODE, SPSR_SS);
        assert_eq!(s, if active { stepped(0, ISV, CODE + 4) } else { Stop { elr: CODE + 4, ..outside } }, "{i}");
    }
}

#[test]
fn a_stepped_return_stops_at_its_target() {
    let mut m = machine(SS | KDE);
    m.words(CODE, &[ERET]);
    // Without debug exceptions at the source, ERET would copy SPSR.SS. Here it cannot.
    for (spsr, el) in [(SPSR_SS, 0), (SPSR_SS | EL1H, 1)] {
        m.words(VECTORS + 0x780, &[ERET]);
        m.set(|s| {
            s.set_el(1, true);
            (s.pstate.daif, s.pstate.ss, s.pc) = (0, true, CODE);
            (s.sys.elr_el1, s.sys.spsr_el1) = (CODE + 0x40, spsr);
        });
        let s = stop(&mut m);
        assert_eq!((s.class, s.elr, s.ss), (STEP + el, CODE + 0x40, false));
    }
}

#[test]
fn whatever_makes_step_active_stops_before_the_next_instruction() {
    // X2 = new value; MSR DAIFClr #8, MSR DAIF, MSR MDSCR_EL1, MSR OSLAR_EL1, MSR OSDLR_EL1, MSR DBGPRCR_EL1.
    let cases: [(u32, u64, Change); 6] = [
        (DAIF_D_CLEAR, 0, |s| s.pstate.daif = 0x200),
        (0xd51b_4222, 0x1c0, |s| s.pstate.daif = 0x3c0),
        (0xd510_0242, SS | KDE, |s| s.sys.mdscr_el1 = KDE),
        (0xd510_1082, 0, |s| s.sys.os_lock = true),
        (0xd510_1382, 0, |s| s.sys.osdlr_el1 = 1),
        (0xd510_1482, 1, |s| s.sys.osdlr_el1 = 1),
    ];
    for (word, value, before) in cases {
        let mut m = machine(SS | KDE);
        m.words(CODE, &[NOP, word, ADD, HVC]);
        let s = stop_from(&mut m, CODE, |s| {
            s.x[2] = value;
            before(s);
        });
        assert_eq!(s, stepped(1, 0, CODE + 8), "{word:x}");
        assert_eq!(m.cpu.state.x[0], 0);
    }
}

#[test]
fn masking_ends_the_stepping_and_is_not_reported_later() {
    let mut m = machine(SS | KDE);
    m.words(CODE, &[DAIF_D_SET, ADD, DAIF_D_CLEAR, ADD]);
    assert_eq!(
        resume(&mut m, CODE, SPSR_SS | EL1H),
        stepped(1, 0, CODE + 12),
        "the instruction before was not stepped"
    );
    assert_eq!(m.cpu.state.x[0], 1);
}

#[test]
fn waiting_and_calling_are_stepped_over() {
    // WFI, WFE.
    for word in [0xd503_207f, 0xd503_205f] {
        let mut m = machine(SS | KDE);
        m.words(CODE, &[word]);
        m.attention.lower(u32::MAX);
        assert_eq!(resume(&mut m, CODE, SPSR_SS | EL1H), stepped(1, ISV, CODE + 4));
    }
    let mut m = machine(SS | KDE);
    m.words(CODE, &[HVC]);
    assert_eq!(resume(&mut m, CODE, SPSR_SS | EL1H).elr, CODE, "the call itself");
    assert_eq!(stop(&mut m), stepped(1, ISV, CODE + 4));
}

#[test]
fn an_illegal_return_keeps_ss() {
    // M names EL2h.
    let mut m = machine(SS | KDE);
    let s = resume(&mut m, CODE, SPSR_SS | 9);
    assert_eq!((s.class, s.elr, s.ss), (0x0e, CODE, true));
}
