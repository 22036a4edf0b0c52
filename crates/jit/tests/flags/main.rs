//! NZCV that stays in the host's flags, or of which one condition is kept, across what leaves the block.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../machine/mod.rs"]
mod machine;

use machine::{Board, CODE, DATA, DSB, ISB, NOP, PLAIN, hvc};
use vmapple_a64::Exit;
use vmapple_jit::{Jit, Switches};

const CMP_X0_X1: u32 = 0xeb01_001f;
const CMP_X0_X0: u32 = 0xeb00_001f;
const LDR_X2_X3: u32 = 0xf940_0062;

const fn b_eq(words: u32) -> u32 {
    0x5400_0000 | words << 5
}

const fn branch(words: u32) -> u32 {
    0x1400_0000 | words
}

fn hypercall(jit: &mut Jit, imm: u16) {
    assert_eq!(jit.run(), Exit::Hypercall { imm }, "pc {:#x}", jit.cpu().state.pc);
}

#[test]
fn a_fault_between_a_comparison_and_its_branch_keeps_the_comparison() {
    for equal in [false, true] {
        let mut b = Board::new(1);
        let at = b.map(DATA + 0x10_0000, DATA, PLAIN);
        let leaf = b.get(at);
        b.put(at, 0);
        // Both ways set the flags anew, so that only EQ is needed over the load.
        b.words(CODE, &[CMP_X0_X1, LDR_X2_X3, b_eq(3), CMP_X0_X0, hvc(1), CMP_X0_X0, hvc(2)]);
        let mut jit = b.jit(0);
        let s = &mut jit.cpu_mut().state;
        (s.x[0], s.x[1], s.x[3]) = (5, if equal { 5 } else { 6 }, DATA + 0x10_0000);
        // What is stale is the opposite.
        s.nzcv = if equal { 0 } else { 1 << 30 };
        // The handler maps the page and returns.
        hypercall(&mut jit, 0xff04);
        b.put(at, leaf);
        hypercall(&mut jit, if equal { 2 } else { 1 });
    }
}

#[test]
fn a_trapped_instruction_in_between_keeps_the_comparison() {
    // CPACR_EL1.FPEN, as systems switch floating point lazily.
    for equal in [false, true] {
        let b = Board::new(1);
        // FADD D0, D1, D2.
        b.words(CODE, &[CMP_X0_X1, 0x1e62_2820, b_eq(3), CMP_X0_X0, hvc(1), CMP_X0_X0, hvc(2)]);
        let mut jit = b.jit(0);
        let cpu = jit.cpu_mut();
        (cpu.state.x[0], cpu.state.x[1]) = (5, if equal { 5 } else { 6 });
        cpu.state.nzcv = if equal { 0 } else { 1 << 30 };
        cpu.state.sys.cpacr_el1 = 0;
        cpu.state_replaced();
        hypercall(&mut jit, 0xff04);
        jit.cpu_mut().state.sys.cpacr_el1 = 3 << 20;
        hypercall(&mut jit, if equal { 2 } else { 1 });
    }
}

#[test]
fn comparisons_that_the_interpreter_makes_replace_the_flags() {
    // FCMP H0, #0.0; FCMP H0, H1; FCMPE H0, #0.0; FCMP S0, #0.0, D0; FCMPE S0, D0; FJCVTZS W4, D0.
    let words = [
        0x1ee0_2008,
        0x1ee1_2000,
        0x1ee0_2018,
        0x1ee1_2010,
        0x1e20_2008,
        0x1e60_2008,
        0x1e20_2018,
        0x1e60_2018,
        0x1e7e_0004,
    ];
    for w in words {
        for host_fp in [false, true] {
            let b = Board::new(1);
            b.words(CODE, &[CMP_X0_X1, w, b_eq(3), CMP_X0_X0, hvc(1), CMP_X0_X0, hvc(2)]);
            let mut jit =
                b.recompiled(0, vmapple_a64::Profile::M1, 1 << 20, Switches { host_fp, ..Switches::default() });
            let s = &mut jit.cpu_mut().state;
            // Integers differ, numbers are equal.
            (s.x[0], s.x[1]) = (5, 6);
            hypercall(&mut jit, 2);
        }
    }
}

#[test]
fn code_that_is_changed_ahead_of_a_block_finds_the_flags() {
    let b = Board::new(1);
    // CMP; B ahead. There, in another line: first code that sets the flags, then, changed, code that reads them.
    b.words(CODE, &[CMP_X0_X1, branch(31), NOP]);
    b.words(CODE + 0x80, &[CMP_X0_X0, hvc(1), hvc(2), hvc(3)]);
    // IC IVAU, X5; DSB; ISB; B CODE.
    b.words(CODE + 0x100, &[0xd50b_7525, DSB, ISB, 0x1400_0000 | (0x3ff_ffff & (-0x43i32 as u32))]);
    let mut jit = b.jit(0);
    let s = &mut jit.cpu_mut().state;
    (s.x[0], s.x[1], s.x[5]) = (5, 5, CODE + 0x80);
    hypercall(&mut jit, 1);
    jit.cpu_mut().state.pc = CODE;
    jit.cpu_mut().state.x[1] = 6;
    hypercall(&mut jit, 1);
    b.words(CODE + 0x80, &[b_eq(2)]);
    jit.cpu_mut().state.pc = CODE + 0x100;
    // Z is stale from the last time: the comparison says that they differ.
    hypercall(&mut jit, 1);
    jit.cpu_mut().state.x[1] = 5;
    jit.cpu_mut().state.pc = CODE;
    hypercall(&mut jit, 2);
}

#[test]
fn a_comparison_that_traps_leaves_the_flags_as_they_were_if_they_are_exact() {
    let b = Board::new(1);
    // CMP X0, X1; FCMP S31, #0.0 of a signalling NaN, trapped by FPCR.IOE.
    b.words(CODE, &[CMP_X0_X1, 0x1e20_23e8, hvc(1)]);
    let switches = Switches { dead_flags: false, ..Switches::default() };
    let mut jit = b.recompiled(0, vmapple_a64::Profile::M1, 1 << 20, switches);
    let s = &mut jit.cpu_mut().state;
    (s.x[0], s.x[1], s.v[31], s.fpcr) = (5, 5, 0x7f80_0001, 1 << 8);
    hypercall(&mut jit, 0xff04);
    assert_eq!(jit.cpu().state.sys.esr_el1 >> 26, 0x2c);
    assert_eq!(jit.cpu().state.sys.spsr_el1 >> 28, 0b0110, "Z and C, as CMP left them");
}

#[test]
fn what_was_compared_may_be_gone_when_it_is_read() {
    const LDR_X1_X3: u32 = 0xf940_0061;
    const LDR_X1_X3_POST_0: u32 = 0xf840_0461; // X3 is written too
    const LDR_X0_X0_PRE_0: u32 = 0xf840_0c00;
    const STXR_W1_X2_X3: u32 = 0xc801_7c62;
    const LDADD_X2_X1_X3: u32 = 0xf822_0061;
    const ADD_X0_X0_1: u32 = 0x9100_0400;
    // LDR X2 takes the host's flags, so that the comparison is to be made again; the next takes away what was compared.
    let between: [&[u32]; 6] = [
        &[LDR_X1_X3],
        &[LDR_X2_X3, LDR_X1_X3_POST_0],
        &[LDR_X2_X3, STXR_W1_X2_X3],
        &[LDR_X2_X3, LDADD_X2_X1_X3],
        &[LDR_X2_X3, ADD_X0_X0_1],
        &[LDR_X2_X3, ADD_X0_X0_1, LDR_X2_X3],
    ];
    for (words, equal) in between.into_iter().flat_map(|words| [(words, false), (words, true)]) {
        let b = Board::new(1);
        b.words(CODE, &[&[CMP_X0_X1], words, &[b_eq(3), CMP_X0_X0, hvc(1), CMP_X0_X0, hvc(2)]].concat());
        let mut jit = b.jit(0);
        let s = &mut jit.cpu_mut().state;
        (s.x[0], s.x[1], s.x[3]) = (5, if equal { 5 } else { 6 }, DATA);
        s.nzcv = if equal { 0 } else { 1 << 30 };
        hypercall(&mut jit, if equal { 2 } else { 1 });
    }
    // The base is what was compared.
    let b = Board::new(1);
    b.words(CODE, &[CMP_X0_X1, LDR_X0_X0_PRE_0, b_eq(3), CMP_X0_X0, hvc(1), CMP_X0_X0, hvc(2)]);
    let mut jit = b.jit(0);
    (jit.cpu_mut().state.x[0], jit.cpu_mut().state.x[1]) = (DATA, DATA);
    hypercall(&mut jit, 2);
}

#[test]
fn a_branch_that_reads_no_flags_may_lead_to_what_reads_them() {
    // CBZ X4 to a B.EQ; what follows it sets flags without reading them.
    const CBZ_X4_3: u32 = 0xb400_0064;
    for equal in [false, true] {
        let b = Board::new(1);
        b.words(
            CODE,
            &[CMP_X0_X1, LDR_X2_X3, CBZ_X4_3, CMP_X0_X0, hvc(3), b_eq(3), CMP_X0_X0, hvc(1), CMP_X0_X0, hvc(2)],
        );
        let mut jit = b.jit(0);
        let s = &mut jit.cpu_mut().state;
        (s.x[0], s.x[1], s.x[3], s.x[4]) = (5, if equal { 5 } else { 6 }, DATA, 0);
        s.nzcv = if equal { 0 } else { 1 << 30 };
        hypercall(&mut jit, if equal { 2 } else { 1 });
    }
}
