//! What makes hot code stop counting: maintenance, mappings, modes; and branches to where no code is.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../machine/mod.rs"]
mod machine;

use machine::{Board, CODE, DATA, DSB, GP, ISB, NG, RAM, RET, TEXT, hvc, movz};
use vmapple_a64::{Exit, Profile};
use vmapple_jit::{Jit, Switches};

/// An alias of code, and a page that is mapped anew.
const ALIAS: u64 = RAM + 0x30_0000;
const BLR_X1: u32 = 0xd63f_0020;
const IC_IVAU_X5: u32 = 0xd50b_7525;
const IC_IALLUIS: u32 = 0xd508_711f;

fn ends(jit: &mut Jit, imm: u16) {
    assert_eq!(jit.run(), Exit::Hypercall { imm }, "pc {:#x}", jit.cpu().state.pc);
}

/// From [`CODE`]: calls X1 sixteen times, so that it is hot, then HVC #1; X0 is what the function left.
fn caller(b: &Board) {
    // MOVZ X2, #16; BLR X1; SUB X2, X2, #1; CBNZ X2; HVC #1
    b.words(CODE, &[movz(2, 16), BLR_X1, 0xd100_0442, 0xb5ff_ffc2, hvc(1)]);
}

fn call(jit: &mut Jit, function: u64) -> u64 {
    (jit.cpu_mut().state.pc, jit.cpu_mut().state.x[1]) = (CODE, function);
    ends(jit, 1);
    jit.cpu().state.x[0]
}

#[test]
fn branches_to_where_no_code_is_fault_in_the_guest() {
    for target in [0, 1, 2, 5, 0x4001, CODE + 1, CODE + 2, u64::MAX, 1 << 63, 0xffff_8000_0000_0001] {
        let b = Board::new(1);
        caller(&b);
        let mut jit = b.jit(0);
        jit.cpu_mut().state.x[1] = target;
        ends(&mut jit, 0xff04);
        let class = jit.cpu().state.sys.esr_el1 >> 26;
        assert_eq!(class, if target & 3 != 0 { 0x22 } else { 0x21 }, "{target:#x}");
    }
}

#[test]
fn maintenance_through_an_alias_reaches_hot_code() {
    let mut b = Board::new(1);
    caller(&b);
    let function = CODE + 0x2000;
    b.map(ALIAS, function, TEXT);
    b.words(function, &[movz(0, 1), RET]);
    b.words(CODE + 0x1000, &[IC_IVAU_X5, DSB, ISB, hvc(2)]);
    let mut jit = b.jit(0);
    assert_eq!(call(&mut jit, function), 1);
    b.words(function, &[movz(0, 2)]);
    (jit.cpu_mut().state.x[5], jit.cpu_mut().state.pc) = (ALIAS, CODE + 0x1000);
    ends(&mut jit, 2);
    assert_eq!(call(&mut jit, function), 2);
}

#[test]
fn maintenance_on_another_core_reaches_hot_code() {
    let b = Board::new(2);
    caller(&b);
    let function = CODE + 0x2000;
    b.words(function, &[movz(0, 1), RET]);
    b.words(CODE + 0x1000, &[IC_IVAU_X5, DSB, ISB, hvc(2)]);
    let (mut one, mut two) = (b.jit(0), b.jit(1));
    assert_eq!(call(&mut one, function), 1);
    b.words(function, &[movz(0, 2)]);
    (two.cpu_mut().state.x[5], two.cpu_mut().state.pc) = (function, CODE + 0x1000);
    ends(&mut two, 2);
    assert_eq!(call(&mut one, function), 2);
}

/// Says on core `jit` that every instruction may have changed.
fn everything_changed(b: &Board, jit: &mut Jit) {
    b.words(CODE + 0x1000, &[IC_IALLUIS, DSB, ISB, hvc(2)]);
    jit.cpu_mut().state.pc = CODE + 0x1000;
    ends(jit, 2);
}

#[test]
fn code_that_has_not_changed_outlives_a_flush_of_everything() {
    let b = Board::new(2);
    caller(&b);
    let function = CODE + 0x2000;
    b.words(function, &[movz(0, 1), RET]);
    let (mut one, mut two) = (b.jit(0), b.jit(1));
    // What flushes is translated too.
    everything_changed(&b, &mut one);
    assert_eq!(call(&mut one, function), 1);
    let blocks = one.translated();
    everything_changed(&b, &mut one);
    everything_changed(&b, &mut two);
    assert_eq!((call(&mut one, function), one.translated()), (1, blocks));
    for (value, other) in [(2, false), (3, true), (4, false)] {
        b.words(function, &[movz(0, value)]);
        everything_changed(&b, if other { &mut two } else { &mut one });
        assert_eq!(call(&mut one, function), u64::from(value));
    }
    assert!(one.translated() > blocks);
}

#[test]
fn a_flush_reaches_code_that_newer_code_of_its_line_stands_beside() {
    let b = Board::new(1);
    caller(&b);
    let function = CODE + 0x2000;
    b.words(function, &[movz(0, 1), RET, movz(0, 9), RET]);
    let mut jit = b.jit(0);
    assert_eq!(call(&mut jit, function), 1);
    b.words(function, &[movz(0, 2)]);
    // Not announced yet; but what is translated now is made from the line as it is now.
    assert_eq!(call(&mut jit, function + 8), 9);
    everything_changed(&b, &mut jit);
    assert_eq!(call(&mut jit, function), 2);
}

#[test]
fn code_becomes_hot_in_an_interpreter_and_stays_right() {
    let b = Board::new(1);
    caller(&b);
    let function = CODE + 0x2000;
    let mut jit = b.recompiled(0, Profile::M1, 4 << 20, Switches::all());
    jit.cpu_mut().state.x[1] = function;
    // B to the next word, a hundred times: executed once.
    b.words(function, &[0x1400_0001; 100]);
    b.words(function + 400, &[hvc(3)]);
    jit.cpu_mut().state.pc = function;
    ends(&mut jit, 3);
    assert_eq!(jit.translated(), 0);
    b.words(CODE + 0x1000, &[IC_IVAU_X5, DSB, ISB, hvc(2)]);
    for value in 1..20 {
        b.words(function, &[movz(0, value), RET]);
        (jit.cpu_mut().state.x[5], jit.cpu_mut().state.pc) = (function, CODE + 0x1000);
        ends(&mut jit, 2);
        assert_eq!(call(&mut jit, function), u64::from(value));
    }
    assert!(jit.translated() > 0);
}

#[test]
fn a_page_that_is_mapped_anew_is_what_runs() {
    let mut b = Board::new(1);
    caller(&b);
    let leaf = b.map(ALIAS, CODE + 0x2000, TEXT);
    b.words(CODE + 0x2000, &[movz(0, 1), RET]);
    b.words(CODE + 0x3000, &[movz(0, 2), RET]);
    // TLBI VAE1, X5; DSB; ISB.
    b.words(CODE + 0x1000, &[0xd508_8725, DSB, ISB, hvc(2)]);
    let mut jit = b.jit(0);
    assert_eq!(call(&mut jit, ALIAS), 1);
    b.put(leaf, b.get(leaf) + 0x1000);
    (jit.cpu_mut().state.x[5], jit.cpu_mut().state.pc) = (ALIAS >> 12, CODE + 0x1000);
    ends(&mut jit, 2);
    assert_eq!(call(&mut jit, ALIAS), 2);
}

#[test]
fn each_address_space_has_its_own_code() {
    let mut b = Board::new(1);
    caller(&b);
    let (first, second) = (b.root, b.address_space());
    b.map_in(first, ALIAS, CODE + 0x2000, TEXT | NG);
    b.map_in(second, ALIAS, CODE + 0x3000, TEXT | NG);
    b.words(CODE + 0x2000, &[movz(0, 1), RET]);
    b.words(CODE + 0x3000, &[movz(0, 2), RET]);
    // MSR TTBR0_EL1, X5; ISB.
    b.words(CODE + 0x1000, &[0xd518_2005, ISB, hvc(2)]);
    let mut jit = b.jit(0);
    for turn in 0..6 {
        let space = if turn & 1 == 0 { first } else { second | 1 << 48 };
        (jit.cpu_mut().state.x[5], jit.cpu_mut().state.pc) = (space, CODE + 0x1000);
        ends(&mut jit, 2);
        assert_eq!(call(&mut jit, ALIAS), 1 + (turn & 1));
    }
}

#[test]
fn code_memory_that_runs_out_is_used_anew() {
    let b = Board::new(1);
    // One megabyte holds but some of these: fifteen pages of blocks of three words, each to the next.
    // LDR X4, [X6]; ADD X0, X0, #1; B to the next word.
    let words: Vec<u32> = (0..0x1400).flat_map(|_| [0xf940_00c4, 0x9100_0400, 0x1400_0001]).collect();
    b.words(CODE, &words);
    // SUB X1, X1, #1; CBZ X1, +2; BR X3; HVC
    b.words(CODE + 4 * words.len() as u64, &[0xd100_0421, 0xb400_0041, 0xd61f_0060, hvc(1)]);
    let mut jit = b.recompiled(0, Profile::M1, 1 << 20, Switches::default());
    jit.cpu_mut().state.x[6] = DATA;
    (jit.cpu_mut().state.x[1], jit.cpu_mut().state.x[3]) = (3, CODE);
    ends(&mut jit, 1);
    assert_eq!(jit.cpu().state.x[0], 3 * words.len() as u64 / 3);
    assert!(jit.translated() > words.len() as u64 / 3 + 10, "{} blocks: nothing was forgotten", jit.translated());
}

#[test]
fn floating_point_that_is_disabled_traps_in_hot_code() {
    let b = Board::new(1);
    caller(&b);
    let function = CODE + 0x2000;
    // FADD D0, D0, D0; MOVZ X0, #1.
    b.words(function, &[0x1e60_2800, movz(0, 1), RET]);
    // MSR CPACR_EL1, XZR; ISB.
    b.words(CODE + 0x1000, &[0xd518_105f, ISB, hvc(2)]);
    let mut jit = b.jit(0);
    assert_eq!(call(&mut jit, function), 1);
    jit.cpu_mut().state.pc = CODE + 0x1000;
    ends(&mut jit, 2);
    jit.cpu_mut().state.pc = CODE;
    ends(&mut jit, 0xff04);
    assert_eq!(jit.cpu().state.sys.esr_el1 >> 26, 7);
}

#[test]
fn a_rounding_mode_counts_in_hot_code() {
    let b = Board::new(1);
    caller(&b);
    let function = CODE + 0x2000;
    // FDIV D0, D1, D2; FMOV X0, D0.
    b.words(function, &[0x1e62_1820, 0x9e66_0000, RET]);
    // MSR FPCR, X5.
    b.words(CODE + 0x1000, &[0xd51b_4405, ISB, hvc(2)]);
    let mut jit = b.jit(0);
    (jit.cpu_mut().state.v[1], jit.cpu_mut().state.v[2]) = (1f64.to_bits().into(), 3f64.to_bits().into());
    let near = call(&mut jit, function);
    for (mode, more) in [(1, 1), (2, 0), (0, 0), (1, 1)] {
        (jit.cpu_mut().state.x[5], jit.cpu_mut().state.pc) = (mode << 22, CODE + 0x1000);
        ends(&mut jit, 2);
        assert_eq!(call(&mut jit, function), near + more, "rounding mode {mode}");
    }
}

#[test]
fn a_landing_pad_is_wanted_of_hot_code_on_an_m2() {
    let mut b = Board::new(1);
    caller(&b);
    b.map(ALIAS, CODE + 0x2000, TEXT | GP);
    b.words(CODE + 0x2000, &[0xd503_245f, movz(0, 1), RET]); // BTI c
    let mut jit = b.recompiled(0, Profile::M2, 4 << 20, Switches::default());
    assert_eq!(call(&mut jit, ALIAS), 1);
    (jit.cpu_mut().state.pc, jit.cpu_mut().state.x[1]) = (CODE, ALIAS + 4);
    ends(&mut jit, 0xff04);
    assert_eq!(jit.cpu().state.sys.esr_el1 >> 26, 0x0d);
}

#[test]
fn an_instruction_that_the_interpreter_lands_on_sees_the_status_of_hot_code() {
    let b = Board::new(1);
    // FDIV D0, D1, D2 is inexact; BR X5 leaves its mark in BTYPE, so that the interpreter executes MRS X0, FPSR.
    b.words(CODE, &[0x1e62_1820, 0xd61f_00a0]);
    b.words(CODE + 0x1000, &[0xd53b_4420, hvc(2)]);
    let mut jit = b.recompiled(0, Profile::M2, 4 << 20, Switches::default());
    let s = &mut jit.cpu_mut().state;
    (s.v[1], s.v[2], s.x[5]) = (1f64.to_bits().into(), 3f64.to_bits().into(), CODE + 0x1000);
    s.pc = CODE;
    ends(&mut jit, 2);
    assert_eq!(jit.cpu().state.x[0], 1 << 4, "IXC");
}

#[test]
fn alignment_that_is_checked_counts_in_hot_code() {
    let b = Board::new(1);
    caller(&b);
    let function = CODE + 0x2000;
    b.words(function, &[0xf940_0060, RET]); // LDR X0, [X3]
    b.words(CODE + 0x1000, &[0xd518_1005, ISB, hvc(2)]); // MSR SCTLR_EL1, X5
    let mut jit = b.jit(0);
    jit.cpu_mut().state.x[3] = DATA + 1;
    call(&mut jit, function);
    (jit.cpu_mut().state.x[5], jit.cpu_mut().state.pc) = (jit.cpu().state.sys.sctlr_el1 | 2, CODE + 0x1000);
    ends(&mut jit, 2);
    jit.cpu_mut().state.pc = CODE;
    ends(&mut jit, 0xff04);
    assert_eq!(jit.cpu().state.sys.esr_el1 & 0x3f, 0x21);
}
