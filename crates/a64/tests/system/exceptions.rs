//! Exception entry and return, interrupts (Arm ARM D1.3, D1.4).

use crate::machine::{CODE, DATA, Machine, VECTORS};
use vmapple_a64::Exit;
use vmapple_a64::attention::{FIQ, IRQ};
use vmapple_a64::state::{SP, daif};

const NOP: u32 = 0xd503_201f;
const SVC: u32 = 0xd400_00a1; // SVC #5
const ERET: u32 = 0xd69f_03e0;

#[test]
fn entry_saves_and_sets_process_state_from_each_level() {
    for (el, spsel, vector, mode) in [(0u8, false, 0x400, 0), (1, false, 0x000, 4), (1, true, 0x200, 5)] {
        let mut m = Machine::standard();
        m.level(el, spsel);
        m.set(|s| {
            s.sys.sctlr_el1 &= !(1 << 23);
            s.nzcv = 0x6000_0000;
            s.pstate.daif = daif::I;
            (s.pstate.dit, s.pstate.uao, s.pstate.ssbs) = (true, true, true);
        });
        assert!(!m.run(&[SVC]));
        let s = &m.cpu.state;
        assert_eq!(s.pc, VECTORS + vector);
        assert_eq!(m.esr(), 0x15 << 26 | 1 << 25 | 5);
        assert_eq!(s.sys.elr_el1, CODE + 4);
        assert_eq!(s.sys.spsr_el1, 0x6000_0000 | 1 << 24 | 1 << 23 | 1 << 12 | 1 << 7 | mode);
        let p = s.pstate;
        // DIT is the one that entry leaves alone (AArch64.TakeException).
        assert_eq!((p.el, p.spsel, p.daif, p.dit, p.uao, p.il), (1, true, daif::ALL, true, false, false));
        assert!(p.pan, "SPAN is clear: PAN is set");
        assert!(!p.ssbs, "from SCTLR_EL1.DSSBS");
        assert_eq!(s.nzcv, 0x6000_0000, "flags are kept");
    }
}

#[test]
fn span_leaves_pan_alone() {
    let mut m = Machine::standard();
    m.set(|s| s.sys.sctlr_el1 |= 1 << 23);
    m.run(&[SVC]);
    assert!(!m.cpu.state.pstate.pan);
}

#[test]
fn return_restores_what_entry_saved() {
    let mut m = Machine::standard();
    m.words(VECTORS + 0x400, &[ERET]);
    m.level(0, false);
    m.set(|s| {
        (s.nzcv, s.pstate.ssbs, s.pstate.pan) = (0xa000_0000, true, true);
        s.pstate.daif = 0;
        s.x[usize::from(SP)] = 0x1230;
    });
    let before = (m.cpu.state.pstate, m.cpu.state.nzcv, m.cpu.state.x);
    assert!(!m.run(&[SVC, NOP]));
    m.cpu.step();
    let s = &m.cpu.state;
    assert_eq!(s.pc, CODE + 4);
    assert_eq!((s.pstate, s.nzcv, s.x), before);
}

#[test]
fn an_illegal_return_sets_il_and_the_next_instruction_reports_it() {
    // EL2h, EL1 with a reserved SP selection, AArch32.
    for spsr in [9u64, 6, 0x10, 0x1d3] {
        let mut m = Machine::standard();
        m.set(|s| (s.sys.spsr_el1, s.sys.elr_el1) = (0xf000_0000 | spsr, CODE + 0x40));
        assert!(m.run(&[ERET]));
        let s = &m.cpu.state;
        assert!(s.pstate.il && s.pstate.el == 1 && s.pstate.spsel, "{spsr:#x}");
        assert_eq!((s.pc, s.nzcv), (CODE + 0x40, 0xf000_0000));
        assert!(!m.steps(1));
        assert_eq!((m.class(), m.cpu.state.sys.elr_el1), (0x0e, CODE + 0x40));
        assert!(m.cpu.state.sys.spsr_el1 >> 20 & 1 == 1 && !m.cpu.state.pstate.il);
    }
}

#[test]
fn synchronous_exceptions_return_to_their_instruction() {
    // ISS of a trapped system register: Op0 21:20, Op2 19:17, Op1 16:14, CRn 13:10, Rt 9:5, CRm 4:1, read 0.
    let trap = |w: u64| {
        let field = |hi: u32, lo: u32| w >> lo & ((1 << (hi - lo + 1)) - 1);
        let name = field(20, 19) << 20 | field(7, 5) << 17 | field(18, 16) << 14 | field(15, 12) << 10;
        name | field(4, 0) << 5 | field(11, 8) << 1 | field(21, 21)
    };
    // (word, EL0, class, ISS)
    let table = [
        (0xd420_00e0, true, 0x3c, 7),                 // BRK #7
        (0x0000_0000, true, 0x00, 0),                 // UDF
        (0xd69f_03e0, true, 0x00, 0),                 // ERET at EL0
        (0xd400_0002, true, 0x00, 0),                 // HVC at EL0
        (0xd400_0003, false, 0x00, 0),                // SMC: no EL3
        (0xd538_1000, true, 0x00, 0),                 // MRS X0, SCTLR_EL1 at EL0
        (0xd53b_0025, true, 0x18, trap(0xd53b_0025)), // MRS X5, CTR_EL0, SCTLR_EL1.UCT clear
        (0xd50b_7522, true, 0x18, trap(0xd50b_7522)), // IC IVAU, X2, UCI clear
        (0xd503_42df, true, 0x18, trap(0xd503_42df)), // MSR DAIFSet, #2, UMA clear
        (0xd53b_4225, true, 0x18, trap(0xd53b_4225)), // MRS X5, DAIF, UMA clear
        (0xd538_0645, true, 0x18, trap(0xd538_0645)), // MRS X5, ID_AA64ISAR2_EL1 (FEAT_IDST)
        (0xd518_0005, true, 0x00, 0),                 // MSR MIDR_EL1, X5: only reads are trapped
        (0xd51b_e041, true, 0x00, 0),                 // MSR CNTVCT_EL0, X1: read-only, whatever CNTKCTL_EL1 says
        (0xd503_207f, true, 0x01, 0x1e0_0000),        // WFI, nTWI clear
    ];
    for (word, el0, class, iss) in table {
        let mut m = Machine::standard();
        if el0 {
            m.level(0, false);
        }
        assert!(!m.run(&[word]), "{word:x}");
        assert_eq!((m.class(), m.cpu.state.sys.elr_el1), (class, CODE), "{word:x}");
        assert_eq!(m.esr() & 0x1ff_ffff, iss, "{word:x}");
    }
}

#[test]
fn fp_is_trapped_as_cpacr_says() {
    for (fpen, el, trapped) in [(0, 1, true), (1, 1, false), (1, 0, true), (2, 1, true), (3, 0, false)] {
        let mut m = Machine::standard();
        m.level(el, el == 1);
        m.set(|s| {
            s.sys.cpacr_el1 = fpen << 20;
            s.x[1] = CODE;
        });
        // LDR D0, literal: itself.
        let fine = m.run(&[0x5c00_0000]);
        let fp = !fine && m.class() == 7;
        assert_eq!(fp, trapped, "FPEN {fpen} EL{el}");
        if fp {
            assert_eq!(m.esr() & 0x1ff_ffff, 0x1e0_0000);
        }
    }
}

#[test]
fn misaligned_stack_and_program_counter() {
    let mut m = Machine::standard();
    m.set(|s| {
        s.sys.sctlr_el1 |= 1 << 3;
        s.x[usize::from(SP)] = DATA + 8;
    });
    assert!(!m.run(&[0xf940_03e0])); // LDR X0, [SP]
    assert_eq!(m.class(), 0x26);
    let mut m = Machine::standard();
    m.set(|s| s.x[1] = CODE + 0x42);
    m.words(CODE, &[0xd61f_0020]); // BR X1
    m.set(|s| s.pc = CODE);
    assert!(m.steps(1));
    assert!(!m.steps(1));
    assert_eq!((m.class(), m.cpu.state.sys.far_el1, m.cpu.state.sys.elr_el1), (0x22, CODE + 0x42, CODE + 0x42));
}

#[test]
fn interrupts_wait_for_their_mask_and_fiq_goes_first() {
    let mut m = Machine::standard();
    m.attention.raise(IRQ | FIQ);
    assert!(m.run(&[NOP]), "masked");
    m.set(|s| s.pstate.daif = daif::I);
    m.words(CODE, &[NOP, NOP]);
    m.set(|s| s.pc = CODE);
    m.steps(1);
    let s = &m.cpu.state;
    assert_eq!((s.pc & !0x7f, s.sys.elr_el1, s.pstate.daif), (VECTORS + 0x300, CODE, daif::ALL), "FIQ");
    m.attention.lower(FIQ);
    m.level(0, false);
    m.set(|s| (s.pstate.daif, s.pc) = (0, CODE + 4));
    let esr = m.esr();
    m.steps(1);
    assert_eq!((m.cpu.state.pc & !0x7f, m.cpu.state.sys.elr_el1), (VECTORS + 0x480, CODE + 4), "IRQ from EL0");
    assert_eq!(m.esr(), esr, "an interrupt has no syndrome");
}

#[test]
fn unmasking_takes_a_pending_interrupt_before_the_next_instruction() {
    // MSR DAIFClr, #2; ADD X0, X0, #1
    let mut m = Machine::standard();
    m.attention.raise(IRQ);
    m.words(CODE, &[0xd503_42ff, 0x9100_0400]);
    m.set(|s| (s.pc, s.x[0]) = (CODE, 0));
    m.steps(2);
    let s = &m.cpu.state;
    assert_eq!((s.sys.elr_el1, s.x[0]), (CODE + 4, 0));
    // And through ERET.
    let mut m = Machine::standard();
    m.attention.raise(IRQ);
    m.words(CODE, &[ERET, 0x9100_0400]);
    m.set(|s| (s.pc, s.x[0], s.sys.elr_el1, s.sys.spsr_el1) = (CODE, 0, CODE + 4, 5));
    m.steps(2);
    assert_eq!((m.cpu.state.sys.elr_el1, m.cpu.state.x[0]), (CODE + 4, 0));
}

#[test]
fn wfi_leaves_unless_something_is_pending() {
    let mut m = Machine::standard();
    m.words(CODE, &[0xd503_207f]);
    m.set(|s| s.pc = CODE);
    assert_eq!(m.cpu.step(), Exit::Wfi);
    assert_eq!(m.cpu.state.pc, CODE + 4);
    m.attention.raise(IRQ);
    m.set(|s| s.pc = CODE);
    assert_eq!(m.cpu.step(), Exit::Stepped, "pending, though masked");
}

#[test]
fn an_exception_clears_the_exclusive_monitor() {
    // LDXR X0, [X1]; SVC; at the vector ERET; STXR W3, X2, [X1]
    let mut m = Machine::standard();
    m.words(VECTORS + 0x200, &[ERET]);
    m.words(CODE, &[0xc85f_7c20, SVC, 0xc803_7c22]);
    m.set(|s| (s.pc, s.x[1]) = (CODE, DATA));
    assert!(m.steps(1));
    assert!(!m.steps(1));
    m.cpu.step();
    assert!(m.steps(1));
    assert_eq!(m.cpu.state.x[3], 1);
}

#[test]
fn tags_are_dropped_from_return_addresses_and_vectors() {
    let mut m = Machine::standard();
    // TBI0; the upper half is not used.
    m.set(|s| {
        s.sys.tcr_el1 |= 1 << 37;
        s.sys.elr_el1 = 0x5a << 56 | (CODE + 0x40);
        s.sys.spsr_el1 = 0x3c5;
        s.sys.vbar_el1 = 0x77 << 56;
    });
    m.run(&[0xd69f_03e0]); // ERET
    assert_eq!(m.cpu.state.pc, CODE + 0x40);
    m.run(&[0xd400_0001]); // SVC #0
    assert_eq!(m.cpu.state.pc, 0x200);
}
