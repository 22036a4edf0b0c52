//! Changed code.

use crate::machine::{CODE, DATA, Machine, UXN, upper};

const ISB: u32 = 0xd503_3fdf;
const DSB: u32 = 0xd503_3f9f;
const IC_IVAU: u32 = 0xd50b_7521; // IC IVAU, X1
const fn add(imm: u32) -> u32 {
    0x9100_0000 | imm << 10 // ADD X0, X0, #imm
}

#[test]
fn ic_ivau_through_an_alias_reaches_code_at_its_other_address() {
    let mut m = Machine::standard();
    let alias = upper(16) + 0x3000;
    m.map(alias, DATA, UXN);
    // Executed at its physical address, twice, with maintenance by the alias in between.
    m.words(DATA, &[add(1), 0xd65f_03c0]); // RET
    let bl = |from: u64| 0x9400_0000 | ((DATA - from) / 4) as u32;
    m.words(CODE, &[bl(CODE), 0xb900_0022, IC_IVAU, DSB, ISB, bl(CODE + 20)]); // STR W2, [X1]
    m.set(|s| {
        s.pc = CODE;
        (s.x[0], s.x[1], s.x[2]) = (0, alias, u64::from(add(16)));
    });
    assert!(m.steps(10));
    assert_eq!(m.cpu.state.x[0], 17);
}

#[test]
fn code_that_changes_its_own_page_and_line() {
    // STR W2, [X1]; IC IVAU, X1; DSB; ISB; the changed word
    let mut m = Machine::standard();
    m.words(CODE, &[add(0), 0xb900_0022, IC_IVAU, DSB, ISB, add(1), 0x17ff_fffa]); // B back to the first
    m.set(|s| {
        s.pc = CODE;
        (s.x[0], s.x[1], s.x[2]) = (0, CODE + 20, u64::from(add(1)));
    });
    assert!(m.steps(7));
    assert_eq!((m.cpu.state.x[0], m.cpu.state.pc), (1, CODE));
    m.cpu.state.x[2] = u64::from(add(16));
    assert!(m.steps(6));
    assert_eq!(m.cpu.state.x[0], 17);
}

#[test]
fn ic_iallu_forgets_everything() {
    let mut m = Machine::standard();
    m.words(CODE, &[add(1), 0xd508_751f, ISB, 0x17ff_fffd]); // IC IALLU; B back
    m.set(|s| (s.pc, s.x[0]) = (CODE, 0));
    assert!(m.steps(1));
    m.words(CODE, &[add(16)]);
    assert!(m.steps(4));
    assert_eq!(m.cpu.state.x[0], 17);
}

#[test]
fn ic_ivau_of_an_unmapped_address_faults_as_cache_maintenance() {
    let mut m = Machine::standard();
    m.set(|s| s.x[1] = upper(16));
    assert!(!m.run(&[IC_IVAU]));
    // CM and WnR are set.
    assert_eq!((m.class(), m.status(), m.esr() >> 8 & 1, m.esr() >> 6 & 1), (0x25, 4, 1, 1));
}
