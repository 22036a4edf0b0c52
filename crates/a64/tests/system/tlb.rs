//! What TLB maintenance guarantees: after it and a DSB, the new tables count.

use crate::machine::{CODE, DATA, DEVICE, EL0, Machine, NG, RAM, upper};

const LDR: u32 = 0xf940_0020; // LDR X0, [X1]
const DSB: u32 = 0xd503_3f9f;
const ISB: u32 = 0xd503_3fdf;

/// Loads through a page, changes the page, runs `tlbi` (operand in X2), loads again.
fn sees_the_change(tlbi: u32, operand: impl Fn(u64) -> u64, attributes: u64) -> bool {
    let mut m = Machine::standard();
    let va = upper(16) + 0x7000;
    let at = m.map(va, DATA, attributes);
    m.put(DATA, 1);
    m.put(DATA + 0x1000, 2);
    m.words(CODE, &[LDR, tlbi, DSB, ISB, LDR]);
    m.set(|s| {
        s.pc = CODE;
        (s.x[1], s.x[2]) = (va, operand(va));
    });
    assert!(m.steps(1));
    assert_eq!(m.cpu.state.x[0], 1);
    m.put(at, m.get(at) + 0x1000);
    assert!(m.steps(4));
    m.cpu.state.x[0] == 2
}

#[test]
fn every_form_of_tlbi_makes_a_change_visible() {
    let page = |va: u64| va >> 12 & ((1 << 44) - 1);
    // TG 4 KiB, SCALE 0, NUM 1: four pages from two before.
    let range = |va: u64| 1 << 46 | 1 << 39 | (va - 0x2000) >> 12 & ((1 << 37) - 1);
    // CRm: 7 this core, 3 inner shareable, 1 outer shareable.
    for crm in [7, 3, 1] {
        let sys = |op2: u32| 0xd508_8000 | crm << 8 | op2 << 5 | 2;
        assert!(sees_the_change(sys(0) | 31, page, 0), "VMALLE1, CRm {crm}");
        for op2 in [1, 3, 5, 7] {
            assert!(sees_the_change(sys(op2), page, 0), "by address, CRm {crm} op2 {op2}");
        }
        assert!(sees_the_change(sys(2), |_| 0, NG), "ASIDE1, CRm {crm}");
    }
    for crm in [6, 2, 5] {
        for op2 in [1, 3, 5, 7] {
            assert!(sees_the_change(0xd508_8000 | crm << 8 | op2 << 5 | 2, range, 0), "range, CRm {crm} op2 {op2}");
        }
    }
}

#[test]
fn one_address_inside_a_block_invalidates_all_of_it() {
    let mut m = Machine::standard();
    let va = upper(16);
    let at = m.map_at(va, 2, DATA & !0x1f_ffff | 1 << 10);
    let inside = va + (DATA & 0x1f_ffff);
    m.put(DATA, 1);
    m.words(CODE, &[LDR, 0xd508_8722, DSB, ISB, LDR]);
    m.set(|s| {
        s.pc = CODE;
        (s.x[1], s.x[2]) = (inside, (va + 0x1000) >> 12 & ((1 << 44) - 1));
    });
    assert!(m.steps(1));
    m.put(at, 0);
    assert!(!m.steps(4), "the block is gone");
    assert_eq!(m.status(), 6);
}

#[test]
fn a_new_address_space_hides_local_entries_and_keeps_global_ones_right() {
    let mut m = Machine::standard();
    let second = DATA + 0x8_0000;
    // Two lower halves: the code block in both; a second block differs.
    let lower = m.cpu.state.sys.ttbr0_el1;
    m.put(second + 8, m.get(lower + 8));
    m.put(lower, 0x4000_0000 | EL0 | NG | 1 << 10 | 1);
    m.put(second, 0);
    // LDR; MSR TTBR0_EL1, X3; ISB; LDR
    m.words(CODE, &[LDR, 0xd518_2003, ISB, LDR]);
    m.set(|s| {
        s.pc = CODE;
        (s.x[1], s.x[3]) = (DATA - 0x4000_0000, second | 1 << 48);
    });
    assert!(m.steps(1), "{:x}", m.esr());
    assert!(!m.steps(3), "the other space has nothing there");
    assert_eq!(m.status(), 5);
}

#[test]
fn a_changed_fetch_mapping_is_seen_after_tlbi() {
    let mut m = Machine::standard();
    let va = upper(16);
    let at = m.map(va, DATA, 0);
    // The page: ADD X0, X0, #1; TLBI VMALLE1; DSB; ISB; ADD X0, X0, #1. The other page adds 16.
    for (pa, imm) in [(DATA, 1u32), (DATA + 0x1000, 16)] {
        let add = 0x9100_0000 | imm << 10;
        m.words(pa, &[add, 0xd508_871f, DSB, ISB, add]);
    }
    m.set(|s| (s.pc, s.x[0]) = (va, 0));
    assert!(m.steps(1));
    m.put(at, m.get(at) + 0x1000);
    assert!(m.steps(4));
    assert_eq!(m.cpu.state.x[0], 17);
}

#[test]
fn one_address_inside_a_block_invalidates_the_code_in_all_of_it() {
    // The TLB keeps nothing of Device memory; fetches do.
    for attributes in [0, DEVICE] {
        let mut m = Machine::standard();
        let va = upper(16);
        let at = m.map_at(va, 2, RAM | attributes | 1 << 10);
        // ADD X0, X0, #imm; TLBI VAE1, X2; DSB; ISB; ADD X0, X0, #imm. The page in the other block adds 16.
        for (pa, imm) in [(DATA, 1u32), (DATA + 0x20_0000, 16)] {
            let add = 0x9100_0000 | imm << 10;
            m.words(pa, &[add, 0xd508_8722, DSB, ISB, add]);
        }
        m.set(|s| {
            s.pc = va + (DATA - RAM);
            (s.x[0], s.x[2]) = (0, (va + 0x5000) >> 12 & ((1 << 44) - 1));
        });
        assert!(m.steps(1), "{:x}", m.esr());
        m.put(at, m.get(at) + 0x20_0000);
        assert!(m.steps(4));
        assert_eq!(m.cpu.state.x[0], 17, "attributes {attributes:x}");
    }
}
