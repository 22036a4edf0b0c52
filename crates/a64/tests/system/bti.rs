//! Branch target identification (FEAT_BTI): where indirect branches may land, and how they are told when they may not.

use crate::machine::{CODE, DATA, Machine, UXN, VECTORS, upper};
use vmapple_a64::attention::IRQ;
use vmapple_a64::{Exit, Profile};

/// The descriptor's GP bit.
const GP: u64 = 1 << 50;
const NOP: u32 = 0xd503_201f;
const ERET: u32 = 0xd69f_03e0;
const BR_X1: u32 = 0xd61f_0020;
const BR_X16: u32 = 0xd61f_0200;
const BR_X17: u32 = 0xd61f_0220;
const BLR_X1: u32 = 0xd63f_0020;
const RET_X1: u32 = 0xd65f_0020;
const BRAAZ_X1: u32 = 0xd61f_083f;
const BLRAAZ_X1: u32 = 0xd63f_083f;
const BRAAZ_X16: u32 = 0xd61f_0a1f;
const RETAA: u32 = 0xd65f_0bff;
const BTI: u32 = 0xd503_241f;
const BTI_C: u32 = 0xd503_245f;
const BTI_J: u32 = 0xd503_249f;
const BTI_JC: u32 = 0xd503_24df;
const PACIASP: u32 = 0xd503_233f;
const PACIBSP: u32 = 0xd503_237f;
const PACIAZ: u32 = 0xd503_231f;
const BRK: u32 = 0xd420_0000;
const HLT: u32 = 0xd440_0000;

/// Where the branch and its target are: two pages of the upper half.
const FROM: u64 = upper(16) + 0x4000;
const TO: u64 = upper(16) + 0x8000;
const FROM_PA: u64 = DATA + 0x4000;
const TO_PA: u64 = DATA + 0x8000;

/// `branch` in a page with some attributes, `target` at the place it leads to in another.
fn machine(profile: Profile, (from, branch): (u64, u32), (to, target): (u64, u32)) -> Machine {
    let mut m = Machine::of(profile, 12, 16);
    m.map(FROM, FROM_PA, from);
    m.map(TO, TO_PA, to);
    m.words(FROM_PA, &[branch, NOP]);
    m.words(TO_PA + 0x40, &[target, NOP]);
    m.set(|s| {
        s.pc = FROM;
        for n in [1, 16, 17, 30] {
            s.x[n] = TO + 0x40;
        }
    });
    m
}

/// BTYPE after the branch, before the target.
fn btype(m: &mut Machine) -> u8 {
    assert!(m.steps(1), "the branch itself");
    assert_eq!(m.cpu.state.pc, TO + 0x40);
    m.cpu.state.pstate.btype
}

#[test]
fn branches_set_btype_by_kind_register_and_page() {
    // (branch, from an unguarded page, from a guarded one)
    let table = [
        (BR_X1, 1, 3),
        (BR_X16, 1, 1),
        (BR_X17, 1, 1),
        (BLR_X1, 2, 2),
        (RET_X1, 0, 0),
        (BRAAZ_X1, 1, 3),
        (BRAAZ_X16, 1, 1),
        (BLRAAZ_X1, 2, 2),
        (RETAA, 0, 0),
    ];
    for (branch, plain, guarded) in table {
        for (attributes, expected) in [(0, plain), (GP, guarded)] {
            let mut m = machine(Profile::M2, (attributes, branch), (0, NOP));
            assert_eq!(btype(&mut m), expected, "{branch:x} {attributes:x}");
            assert!(m.steps(1));
            assert_eq!(m.cpu.state.pstate.btype, 0, "{branch:x}: the next instruction clears it");
            // An M1 knows nothing of this.
            let mut m = machine(Profile::M1, (attributes, branch), (GP, NOP));
            assert_eq!(btype(&mut m), 0);
            assert!(m.steps(2), "{branch:x}");
        }
    }
}

#[test]
fn guarded_pages_want_a_landing_pad_for_the_kind_of_branch() {
    // BTYPE 1 (a jump through X16), 2 (a call), 3 (another jump): who may receive it.
    let table = [
        (NOP, [false, false, false]),
        (BTI, [false, false, false]),
        (BTI_C, [true, true, false]),
        (BTI_J, [true, false, true]),
        (BTI_JC, [true, true, true]),
        // With SCTLR_EL1.BT1 (BT0 at EL0) clear; see below.
        (PACIASP, [true, true, true]),
        (PACIBSP, [true, true, true]),
        (PACIAZ, [false, false, false]),
    ];
    for (target, allowed) in table {
        for el in [0u8, 1] {
            for (i, branch) in [BR_X16, BLR_X1, BR_X1].into_iter().enumerate() {
                let attributes = if el == 0 { GP } else { GP | UXN };
                let mut m = machine(Profile::M2, (attributes, branch), (attributes, target));
                m.level(el, el == 1);
                assert_eq!(btype(&mut m), i as u8 + 1);
                assert_eq!(m.steps(1), allowed[i], "{target:x} BTYPE {} EL{el}", i + 1);
                let s = &m.cpu.state;
                if allowed[i] {
                    assert_eq!((s.pc, s.pstate.btype), (TO + 0x44, 0));
                    continue;
                }
                assert_eq!(m.esr(), 0x0d << 26 | 1 << 25 | (i as u64 + 1), "{target:x}");
                assert_eq!((s.sys.elr_el1, s.sys.spsr_el1 >> 10 & 3), (TO + 0x40, i as u64 + 1));
                assert_eq!((s.pc, s.pstate.btype), (VECTORS + if el == 0 { 0x400 } else { 0x200 }, 0));
            }
        }
        // An unguarded page takes everything.
        let mut m = machine(Profile::M2, (GP, BLR_X1), (0, target));
        assert!(m.steps(3), "{target:x}");
    }
}

#[test]
fn sctlr_decides_whether_pacixsp_receives_jumps() {
    for (el, bit) in [(0u8, 35), (1, 36)] {
        for target in [PACIASP, PACIBSP] {
            for (branch, allowed) in [(BR_X16, true), (BLR_X1, true), (BR_X1, false)] {
                let mut m = machine(Profile::M2, (GP, branch), (GP, target));
                m.set(|s| s.sys.sctlr_el1 |= 1 << bit);
                m.level(el, el == 1);
                assert!(m.steps(1));
                assert_eq!(m.steps(1), allowed, "{target:x} after {branch:x} EL{el}");
                // The other level's bit says nothing.
                let mut m = machine(Profile::M2, (GP, branch), (GP, target));
                m.set(|s| s.sys.sctlr_el1 |= 1 << (35 + 36 - bit));
                m.level(el, el == 1);
                assert!(m.steps(2));
            }
        }
    }
}

#[test]
fn breakpoint_instructions_receive_everything_and_brk_keeps_btype_for_the_debugger() {
    let mut m = machine(Profile::M2, (GP, BR_X1), (GP, BRK));
    assert_eq!(btype(&mut m), 3);
    assert!(!m.steps(1));
    let s = &m.cpu.state;
    assert_eq!((m.class(), s.sys.elr_el1, s.sys.spsr_el1 >> 10 & 3), (0x3c, TO + 0x40, 3));
    assert_eq!(s.pstate.btype, 0);
    // HLT with no halting debug is UNDEFINED, not a branch target exception.
    let mut m = machine(Profile::M2, (GP, BR_X1), (GP, HLT));
    assert!(m.steps(1) && !m.steps(1));
    assert_eq!(m.class(), 0);
}

#[test]
fn what_comes_before_the_target_saves_btype_and_eret_brings_it_back() {
    // An interrupt between the branch and its target; the target is no landing pad.
    let mut m = machine(Profile::M2, (GP, BLR_X1), (GP, NOP));
    m.words(VECTORS + 0x280, &[ERET]);
    m.set(|s| s.pstate.daif = 0);
    assert_eq!(btype(&mut m), 2);
    m.attention.raise(IRQ);
    m.steps(1);
    let s = &m.cpu.state;
    assert_eq!((s.pc, s.sys.elr_el1, s.sys.spsr_el1 >> 10 & 3, s.pstate.btype), (VECTORS + 0x280, TO + 0x40, 2, 0));
    m.attention.lower(IRQ);
    assert_eq!(m.cpu.step(), Exit::Stepped);
    assert_eq!((m.cpu.state.pc, m.cpu.state.pstate.btype), (TO + 0x40, 2));
    assert!(!m.steps(1));
    assert_eq!(m.esr() & 0xfdff_ffff, 0x0d << 26 | 2);

    // A fetch that faults saves it too.
    let mut m = machine(Profile::M2, (0, BR_X1), (0, NOP));
    m.set(|s| s.x[1] = upper(16));
    assert!(m.steps(1) && !m.steps(1));
    assert_eq!((m.class(), m.cpu.state.sys.spsr_el1 >> 10 & 3), (0x21, 1));
    // So does a misaligned target.
    let mut m = machine(Profile::M2, (0, BLR_X1), (0, NOP));
    m.set(|s| s.x[1] = TO + 2);
    assert!(m.steps(1) && !m.steps(1));
    assert_eq!((m.class(), m.cpu.state.sys.spsr_el1 >> 10 & 3), (0x22, 2));
}

#[test]
fn eret_restores_btype_on_an_m2_only_and_an_illegal_one_does_not() {
    for (profile, spsr, expected) in [(Profile::M2, 5, 3), (Profile::M2, 9, 0), (Profile::M1, 5, 0)] {
        let mut m = Machine::of(profile, 12, 16);
        m.set(|s| (s.sys.spsr_el1, s.sys.elr_el1) = (3 << 10 | spsr, CODE + 0x40));
        assert!(m.run(&[ERET]));
        assert_eq!(m.cpu.state.pstate.btype, expected, "{profile:?} {spsr}");
    }
}

#[test]
fn a_guarded_block_guards_and_a_page_table_with_hpd_does_too() {
    let mut m = machine(Profile::M2, (0, BLR_X1), (0, NOP));
    m.set(|s| s.sys.tcr_el1 |= 1 << 42);
    let va = upper(16) + (1 << 40);
    m.map_at(va, 2, DATA & !0x1f_ffff | 1 << 10 | GP);
    m.words(DATA + 0x80, &[NOP]);
    m.set(|s| s.x[1] = va + (DATA & 0x1f_ffff) + 0x80);
    assert!(m.steps(1) && !m.steps(1));
    assert_eq!(m.class(), 0x0d);
}

#[test]
fn a_loop_of_branches_in_one_page_is_checked_each_time_at_full_speed() {
    // In one page, run without stepping: BR X1 to a pad, which falls through to a BR X2 to no pad.
    let mut m = Machine::of(Profile::M2, 12, 16);
    m.map(FROM, FROM_PA, GP);
    m.words(FROM_PA, &[BR_X1, NOP, BTI_J, 0xd61f_0040, NOP, NOP]); // BR X2
    m.words(VECTORS + 0x200, &[0xd503_207f]); // WFI
    m.set(|s| {
        s.pc = FROM;
        (s.x[1], s.x[2]) = (FROM + 8, FROM + 20);
    });
    let retired = m.cpu.retired;
    assert_eq!(m.cpu.run(), Exit::Wfi);
    let s = &m.cpu.state;
    assert_eq!((m.class(), s.sys.elr_el1, s.sys.spsr_el1 >> 10 & 3), (0x0d, FROM + 20, 3));
    assert_eq!(m.cpu.retired - retired, 4, "BR, BTI, BR, WFI");
}

#[test]
fn the_page_of_a_branch_is_looked_up_again_after_its_entry_was_dropped() {
    // TLBI VMALLE1, then BR X1 without leaving the straight line.
    let mut m = machine(Profile::M2, (GP, 0xd508_871f), (GP, BTI_C));
    m.words(FROM_PA + 4, &[BR_X1]);
    m.words(VECTORS + 0x200, &[0xd503_207f]);
    assert_eq!(m.cpu.run(), Exit::Wfi);
    assert_eq!(m.esr() & 0xfdff_ffff, 0x0d << 26 | 3, "BTYPE 3: the branch was in a guarded page");
}
