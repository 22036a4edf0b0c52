//! What makes hot code stop counting: changed instructions, translations, levels, modes, debuggers, a full code memory. Every
//! test here also proves that it fails without the mechanism it is about (`proof.rs`).

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../machine/mod.rs"]
mod machine;

mod code;
mod debug;
mod flush;
mod full;
mod levels;
mod modes;
mod proof;
mod translations;

use machine::{Board, CODE, Engine, VECTORS, hvc, movz};
use vmapple_a64::Exit;

/// An alias of code, and a page that is mapped anew. (In the table of indirect branches it does not share an entry with others.)
const ALIAS: u64 = machine::RAM + 0x30_3000;
/// Where the functions are that the tests call: pages of their own.
const FUNCTION: u64 = CODE + 0x2000;
const OTHER_FUNCTION: u64 = CODE + 0x3000;
/// Where the tests put what a kernel would do: maintenance, system registers.
const KERNEL: u64 = CODE + 0x1000;
const BLR_X1: u32 = 0xd63f_0020;
const IC_IVAU_X5: u32 = 0xd50b_7525;
/// The hypercalls of the vectors, by where exceptions come from.
const FROM_EL1: u16 = 0xff04;
const FROM_EL0: u16 = 0xff08;

/// Runs to this hypercall.
fn ends(core: &mut dyn Engine, imm: u16) {
    let exit = core.run();
    let s = &core.cpu().state;
    assert_eq!(exit, Exit::Hypercall { imm }, "pc {:#x}, esr {:#x}", s.pc, s.sys.esr_el1);
}

/// From [`CODE`]: calls X1 sixteen times, so that it is hot, then HVC #1; X0 is what the function left.
fn caller(b: &Board) {
    // MOVZ X2, #16; BLR X1; SUB X2, X2, #1; CBNZ X2; HVC #1
    b.words(CODE, &[movz(2, 16), BLR_X1, 0xd100_0442, 0xb5ff_ffc2, hvc(1)]);
}

fn call(core: &mut dyn Engine, function: u64) -> u64 {
    enter(core, function, 1);
    core.cpu().state.x[0]
}

/// Calls a function and expects the exception class.
fn call_faults(core: &mut dyn Engine, function: u64, class: u64) {
    enter(core, function, FROM_EL1);
    assert_eq!(core.cpu().state.sys.esr_el1 >> 26, class, "exception class");
}

fn enter(core: &mut dyn Engine, function: u64, imm: u16) {
    let s = &mut core.cpu().state;
    (s.pc, s.x[1]) = (CODE, function);
    ends(core, imm);
}

/// Puts instructions at [`KERNEL`] plus an offset that nothing was at before, and runs them with X5.
fn kernel(core: &mut dyn Engine, b: &Board, at: u64, words: &[u32], x5: u64) {
    b.words(KERNEL + at, words);
    b.words(KERNEL + at + 4 * words.len() as u64, &[hvc(2)]);
    again(core, at, x5);
}

/// Runs what stands there already.
fn again(core: &mut dyn Engine, at: u64, x5: u64) {
    let s = &mut core.cpu().state;
    (s.pc, s.x[5]) = (KERNEL + at, x5);
    ends(core, 2);
}

/// Returns from an exception to EL0, by `ERET`, and runs to a hypercall of the vectors.
fn at_el0(core: &mut dyn Engine, pc: u64, imm: u16) {
    let s = &mut core.cpu().state;
    // ERET stands behind the first vector.
    (s.sys.elr_el1, s.sys.spsr_el1, s.pc) = (pc, 0, VECTORS + 4);
    ends(core, imm);
}
