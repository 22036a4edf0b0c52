//! Exception levels and what each may do: code that is hot at one and forbidden at the other, data likewise, `PSTATE.PAN`.

use super::{
    ALIAS, BLR_X1, FROM_EL0, FROM_EL1, FUNCTION, KERNEL, again, at_el0, call, call_faults, caller, ends, kernel,
};
use crate::machine::{Board, CODE, DATA, EL0, PLAIN, PXN, RET, RO, TEXT, UXN, hvc, movz};
use crate::proof::{On, proofs};

const MSR_PAN_0: u32 = 0xd500_409f;
const MSR_PAN_1: u32 = 0xd500_419f;
const MSR_UAO_0: u32 = 0xd500_407f;
const MSR_UAO_1: u32 = 0xd500_417f;
const LDR_X0_X3: u32 = 0xf940_0060;
const LDTR_X0_X3: u32 = 0xf840_0860;
const SVC: u32 = 0xd400_0021;
const ABORT_AT_EL0: u64 = 0x20;
const ABORT_AT_EL1: u64 = 0x21;
const DATA_ABORT_AT_EL0: u64 = 0x24;
const DATA_ABORT_AT_EL1: u64 = 0x25;
const SVC_CLASS: u64 = 0x15;

proofs! {
    the_kernels_hot_code_is_out_of_reach_of_el0: [Levels],
    the_users_hot_code_is_out_of_reach_of_el1: [Levels],
    the_kernels_hot_data_is_out_of_reach_of_el0: [Regimes],
    the_users_hot_data_is_out_of_reach_under_pan: [Regimes],
    unprivileged_accesses_follow_uao_in_hot_code: [],
}

/// EL0's program: BLR X1; SVC #1.
const USER: u64 = CODE + 0x4200;

fn class(core: &mut dyn crate::machine::Engine) -> u64 {
    core.cpu().state.sys.esr_el1 >> 26
}

fn the_kernels_hot_code_is_out_of_reach_of_el0(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    b.words(USER, &[BLR_X1, SVC]);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    b.map(ALIAS, FUNCTION, RO | UXN);
    let core = &mut *on.core(&b, 0);
    // EL0's program is hot as well: it calls what it may.
    for _ in 0..4 {
        core.cpu().state.x[1] = FUNCTION;
        at_el0(core, USER, FROM_EL0);
        assert_eq!(class(core), SVC_CLASS);
        assert_eq!(call(core, ALIAS), 1);
        (core.cpu().state.x[0], core.cpu().state.x[1]) = (0, ALIAS);
        at_el0(core, USER, FROM_EL0);
        let s = &core.cpu().state;
        assert_eq!((s.sys.esr_el1 >> 26, s.sys.esr_el1 & 0x3f, s.sys.elr_el1, s.x[0]), (ABORT_AT_EL0, 0xf, ALIAS, 0));
    }
}

fn the_users_hot_code_is_out_of_reach_of_el1(on: On) {
    // Forbidden by PXN, and by being writable at EL0.
    for attributes in [TEXT | PXN, EL0] {
        let mut b = Board::new(1);
        caller(&b);
        b.words(USER, &[BLR_X1, SVC]);
        b.words(FUNCTION, &[movz(0, 1), RET]);
        b.map(ALIAS, FUNCTION, attributes);
        let core = &mut *on.core(&b, 0);
        for _ in 0..4 {
            (core.cpu().state.x[0], core.cpu().state.x[1]) = (0, ALIAS);
            at_el0(core, USER, FROM_EL0);
            assert_eq!((class(core), core.cpu().state.x[0]), (SVC_CLASS, 1));
            assert_eq!(call(core, FUNCTION), 1);
            core.cpu().state.x[0] = 0;
            call_faults(core, ALIAS, ABORT_AT_EL1);
            assert_eq!(core.cpu().state.x[0], 0);
        }
    }
}

fn the_kernels_hot_data_is_out_of_reach_of_el0(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    b.words(USER, &[LDR_X0_X3, SVC]);
    b.words(FUNCTION, &[LDR_X0_X3, RET]);
    let secret = DATA + 0x10_0000;
    b.map(secret, DATA, PXN | UXN);
    b.put(DATA, 0x5ec2e7);
    let core = &mut *on.core(&b, 0);
    for _ in 0..4 {
        core.cpu().state.x[3] = secret;
        assert_eq!(call(core, FUNCTION), 0x5ec2e7);
        core.cpu().state.x[0] = 0;
        at_el0(core, USER, FROM_EL0);
        assert_eq!((class(core), core.cpu().state.x[0]), (DATA_ABORT_AT_EL0, 0));
        core.cpu().state.x[3] = DATA;
        at_el0(core, USER, FROM_EL0);
        assert_eq!((class(core), core.cpu().state.x[0]), (SVC_CLASS, 0x5ec2e7));
    }
}

fn the_users_hot_data_is_out_of_reach_under_pan(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[LDR_X0_X3, RET]);
    let user = DATA + 0x10_0000;
    b.map(user, DATA, PLAIN);
    b.put(DATA, 77);
    let core = &mut *on.core(&b, 0);
    core.cpu().state.x[3] = user;
    kernel(core, &b, 0, &[MSR_PAN_0], 0);
    kernel(core, &b, 0x40, &[MSR_PAN_1], 0);
    for _ in 0..4 {
        // HVC of the test's own leaves PSTATE as it is.
        again(core, 0, 0);
        assert_eq!(call(core, FUNCTION), 77);
        again(core, 0x40, 0);
        call_faults(core, FUNCTION, DATA_ABORT_AT_EL1);
        assert_eq!(core.cpu().state.sys.esr_el1 & 0x3f, 0xf);
    }
    // The block itself changes it, between two loads.
    b.words(KERNEL + 0x200, &[MSR_PAN_0, LDR_X0_X3, MSR_PAN_1, LDR_X0_X3, hvc(9)]);
    core.cpu().state.pc = KERNEL + 0x200;
    ends(core, FROM_EL1);
    assert_eq!(core.cpu().state.sys.elr_el1, KERNEL + 0x20c);
}

fn unprivileged_accesses_follow_uao_in_hot_code(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[LDTR_X0_X3, RET]);
    let secret = DATA + 0x10_0000;
    b.map(secret, DATA, PXN | UXN);
    b.put(DATA, 78);
    let core = &mut *on.core(&b, 0);
    core.cpu().state.x[3] = secret;
    kernel(core, &b, 0, &[MSR_UAO_0], 0);
    kernel(core, &b, 0x40, &[MSR_UAO_1], 0);
    for _ in 0..4 {
        again(core, 0x40, 0);
        assert_eq!(call(core, FUNCTION), 78);
        again(core, 0, 0);
        call_faults(core, FUNCTION, DATA_ABORT_AT_EL1);
    }
}
