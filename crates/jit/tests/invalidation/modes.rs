//! What else code depends on: floating point enabled or not and how it rounds, alignment checks, keys in use, `DC ZVA`, landing
//! pads.

use super::{ALIAS, FROM_EL0, FUNCTION, KERNEL, again, at_el0, call, call_faults, caller, ends, kernel};
use crate::machine::{Board, CODE, DATA, Engine, GP, ISB, RET, TEXT, hvc, movz};
use crate::proof::{On, proofs};
use vmapple_a64::{Profile, state::SP};

const MSR_SCTLR_X5: u32 = 0xd518_1005;
const MSR_CPACR_X5: u32 = 0xd518_1045;
const MSR_FPCR_X5: u32 = 0xd51b_4405;
const FADD_D0: u32 = 0x1e60_2800;
const LDR_X0_X3: u32 = 0xf940_0060;
const LDR_X0_SP: u32 = 0xf940_03e0;
const DC_ZVA_X3: u32 = 0xd50b_7423;
const SVC: u32 = 0xd400_0021;
/// Fields of `SCTLR_EL1`.
const A: u64 = 1 << 1;
const SA: u64 = 1 << 3;
const SA0: u64 = 1 << 4;
const DZE: u64 = 1 << 14;
/// Exception classes.
const FP_TRAPPED: u64 = 0x07;
const BRANCH_TARGET: u64 = 0x0d;
const SVC_CLASS: u64 = 0x15;
const SYSTEM_TRAPPED: u64 = 0x18;
const DATA_ABORT_AT_EL1: u64 = 0x25;
const SP_ALIGNMENT: u64 = 0x26;

proofs! {
    floating_point_that_is_disabled_traps_in_hot_code: [Modes],
    floating_point_that_is_disabled_for_el0_traps_there: [Modes],
    a_rounding_mode_counts_in_hot_code: [Modes],
    alignment_that_is_checked_counts_in_hot_code: [Regimes],
    alignment_of_the_stack_pointer_that_is_checked_counts_in_hot_code: [Modes],
    alignment_of_the_stack_pointer_that_is_checked_counts_at_el0: [Modes],
    keys_that_are_switched_off_do_nothing_in_hot_code: [Modes],
    zeroing_that_is_trapped_traps_in_hot_code_of_el0: [Modes],
    a_landing_pad_is_wanted_of_hot_code_on_an_m2: [Interpreter],
    an_instruction_that_the_interpreter_lands_on_sees_the_status_of_hot_code: [],
}

/// EL0's program.
const USER: u64 = CODE + 0x4200;

fn sctlr(core: &mut dyn Engine) -> u64 {
    core.cpu().state.sys.sctlr_el1
}

fn class_at_el0(core: &mut dyn Engine) -> u64 {
    at_el0(core, USER, FROM_EL0);
    core.cpu().state.sys.esr_el1 >> 26
}

fn floating_point_that_is_disabled_traps_in_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[FADD_D0, movz(0, 1), RET]);
    let core = &mut *on.core(&b, 0);
    kernel(core, &b, 0, &[MSR_CPACR_X5, ISB], 3 << 20);
    for _ in 0..3 {
        assert_eq!(call(core, FUNCTION), 1);
        again(core, 0, 0);
        call_faults(core, FUNCTION, FP_TRAPPED);
        again(core, 0, 3 << 20);
    }
}

fn floating_point_that_is_disabled_for_el0_traps_there(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(USER, &[FADD_D0, SVC]);
    b.words(FUNCTION, &[FADD_D0, movz(0, 1), RET]);
    let core = &mut *on.core(&b, 0);
    kernel(core, &b, 0, &[MSR_CPACR_X5, ISB], 3 << 20);
    for _ in 0..3 {
        assert_eq!(class_at_el0(core), SVC_CLASS);
        assert_eq!(call(core, FUNCTION), 1);
        again(core, 0, 1 << 20);
        assert_eq!(class_at_el0(core), FP_TRAPPED);
        assert_eq!(call(core, FUNCTION), 1);
        again(core, 0, 3 << 20);
    }
}

fn a_rounding_mode_counts_in_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    // FDIV D0, D1, D2; FMOV X0, D0.
    b.words(FUNCTION, &[0x1e62_1820, 0x9e66_0000, RET]);
    let core = &mut *on.core(&b, 0);
    let s = &mut core.cpu().state;
    (s.v[1], s.v[2]) = (1f64.to_bits().into(), 3f64.to_bits().into());
    let near = call(core, FUNCTION);
    kernel(core, &b, 0, &[MSR_FPCR_X5, ISB], 0);
    for (mode, more) in [(1, 1), (2, 0), (0, 0), (1, 1)] {
        again(core, 0, mode << 22);
        assert_eq!(call(core, FUNCTION), near + more, "rounding mode {mode}");
    }
}

fn alignment_that_is_checked_counts_in_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[LDR_X0_X3, RET]);
    let core = &mut *on.core(&b, 0);
    let plain = sctlr(core);
    kernel(core, &b, 0, &[MSR_SCTLR_X5, ISB], plain);
    for _ in 0..3 {
        core.cpu().state.x[3] = DATA + 1;
        call(core, FUNCTION);
        again(core, 0, plain | A);
        // What is aligned passes, and is remembered.
        core.cpu().state.x[3] = DATA;
        call(core, FUNCTION);
        core.cpu().state.x[3] = DATA + 1;
        call_faults(core, FUNCTION, DATA_ABORT_AT_EL1);
        assert_eq!(core.cpu().state.sys.esr_el1 & 0x3f, 0x21);
        again(core, 0, plain);
    }
}

fn alignment_of_the_stack_pointer_that_is_checked_counts_in_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[LDR_X0_SP, RET]);
    b.put(DATA + 8, 5);
    let core = &mut *on.core(&b, 0);
    let checked = sctlr(core) | SA;
    core.cpu().state.sys.sctlr_el1 &= !SA;
    core.cpu().state_replaced();
    kernel(core, &b, 0, &[MSR_SCTLR_X5, ISB], checked & !SA);
    for _ in 0..3 {
        core.cpu().state.x[usize::from(SP)] = DATA + 8;
        assert_eq!(call(core, FUNCTION), 5);
        again(core, 0, checked);
        // What is aligned passes, and its page is remembered.
        core.cpu().state.x[usize::from(SP)] = DATA;
        call(core, FUNCTION);
        core.cpu().state.x[usize::from(SP)] = DATA + 8;
        call_faults(core, FUNCTION, SP_ALIGNMENT);
        again(core, 0, checked & !SA);
    }
}

fn alignment_of_the_stack_pointer_that_is_checked_counts_at_el0(on: On) {
    let b = Board::new(1);
    b.words(USER, &[LDR_X0_SP, SVC]);
    let core = &mut *on.core(&b, 0);
    let checked = sctlr(core) | SA0;
    kernel(core, &b, 0, &[MSR_SCTLR_X5, ISB], checked & !SA0);
    for _ in 0..3 {
        // The stack pointer that is not in use.
        core.cpu().state.sp[0] = DATA + 8;
        assert_eq!(class_at_el0(core), SVC_CLASS);
        again(core, 0, checked);
        core.cpu().state.sp[0] = DATA;
        assert_eq!(class_at_el0(core), SVC_CLASS);
        core.cpu().state.sp[0] = DATA + 8;
        assert_eq!(class_at_el0(core), SP_ALIGNMENT);
        again(core, 0, checked & !SA0);
    }
}

fn keys_that_are_switched_off_do_nothing_in_hot_code(on: On) {
    // PACIA, PACIB, PACDA, PACDB of X0 and X1, and EnIA, EnIB, EnDA, EnDB.
    for (word, enable) in [(0xdac1_0020, 31), (0xdac1_0420, 30), (0xdac1_0820, 27), (0xdac1_0c20, 13)] {
        let b = Board::new(1);
        caller(&b);
        b.words(FUNCTION, &[0xd280_2460, word, RET]); // MOVZ X0, #0x123
        let core = &mut *on.core(&b, 0);
        let all = sctlr(core);
        let code = call(core, FUNCTION);
        assert_ne!(code, 0x123);
        kernel(core, &b, 0, &[MSR_SCTLR_X5, ISB], all);
        for _ in 0..3 {
            again(core, 0, all & !(1 << enable));
            assert_eq!(call(core, FUNCTION), 0x123);
            again(core, 0, all);
            assert_eq!(call(core, FUNCTION), code);
        }
    }
}

fn zeroing_that_is_trapped_traps_in_hot_code_of_el0(on: On) {
    let b = Board::new(1);
    // The store has the page remembered: STR X4, [X3].
    b.words(USER, &[0xf900_0064, DC_ZVA_X3, SVC]);
    let core = &mut *on.core(&b, 0);
    let allowed = sctlr(core) | DZE;
    (core.cpu().state.x[3], core.cpu().state.x[4]) = (DATA, 1);
    kernel(core, &b, 0, &[MSR_SCTLR_X5, ISB], allowed);
    for _ in 0..3 {
        assert_eq!((class_at_el0(core), b.get(DATA)), (SVC_CLASS, 0));
        again(core, 0, allowed & !DZE);
        assert_eq!((class_at_el0(core), b.get(DATA)), (SYSTEM_TRAPPED, 1));
        again(core, 0, allowed);
    }
}

fn a_landing_pad_is_wanted_of_hot_code_on_an_m2(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    b.map(ALIAS, FUNCTION, TEXT | GP);
    b.words(FUNCTION, &[0xd503_245f, movz(0, 1), RET]); // BTI c
    let core = &mut *on.any_core(&b, 0, Profile::M2, 4 << 20);
    assert_eq!(call(core, ALIAS), 1);
    call_faults(core, ALIAS + 4, BRANCH_TARGET);
}

fn an_instruction_that_the_interpreter_lands_on_sees_the_status_of_hot_code(on: On) {
    let b = Board::new(1);
    // FDIV D0, D1, D2 is inexact; BR X5 leaves its mark in BTYPE, so that the interpreter executes MRS X0, FPSR.
    b.words(CODE, &[0x1e62_1820, 0xd61f_00a0]);
    b.words(KERNEL, &[0xd53b_4420, hvc(2)]);
    let core = &mut *on.any_core(&b, 0, Profile::M2, 4 << 20);
    let s = &mut core.cpu().state;
    (s.v[1], s.v[2], s.x[5]) = (1f64.to_bits().into(), 3f64.to_bits().into(), KERNEL);
    s.pc = CODE;
    ends(core, 2);
    assert_eq!(core.cpu().state.x[0], 1 << 4, "IXC");
}
