//! The stage 1 walk: levels, permissions and fault codes (Arm ARM D8).

use crate::machine::{AF, DATA, EL0, Machine, PXN, RO, UXN, upper};

const LDR: u32 = 0xf940_0020; // LDR X0, [X1]
const STR: u32 = 0xf900_0020; // STR X0, [X1]
const BR: u32 = 0xd61f_0020; // BR X1
const NOP: u32 = 0xd503_201f;

/// Granules, with the levels at which each may have leaves.
const LEAVES: [(u32, &[u32]); 3] = [(12, &[1, 2, 3]), (14, &[2, 3]), (16, &[2, 3])];

fn start_level(granule: u32, t1sz: u64) -> u32 {
    4 - (64 - t1sz as u32 - granule).div_ceil(granule - 3)
}

fn access(m: &mut Machine, word: u32, va: u64) -> bool {
    m.set(|s| s.x[1] = va);
    m.run(&[word])
}

#[test]
fn pages_and_blocks_of_every_granule_translate() {
    for (granule, levels) in LEAVES {
        for &level in levels {
            for t1sz in [16, 17, 25] {
                if level < start_level(granule, t1sz) {
                    continue;
                }
                let mut m = Machine::new(granule, t1sz);
                let size = 1u64 << (granule + (granule - 3) * (3 - level));
                // The block that holds the data, wherever its size makes it begin.
                let pa = DATA & !(size - 1);
                let va = upper(t1sz) + 3 * size;
                m.map_at(va, level, pa | AF);
                m.put(DATA + 0xab8, 0x1234_5678);
                assert!(access(&mut m, LDR, va + (DATA - pa) + 0xab8), "{granule} {level} {t1sz} {:x}", m.esr());
                assert_eq!(m.cpu.state.x[0], 0x1234_5678, "granule {granule} level {level} T1SZ {t1sz}");
            }
        }
    }
}

#[test]
fn translation_faults_name_the_level_that_ends_the_walk() {
    for (granule, _) in LEAVES {
        for t1sz in [16, 17, 25, 33] {
            let first = start_level(granule, t1sz);
            for level in first..4 {
                let mut m = Machine::new(granule, t1sz);
                let va = upper(t1sz) + 0x10;
                // Reach down to the level, and leave nothing there.
                let at = m.map_at(va, level, 0);
                m.put(at, 0);
                assert!(!access(&mut m, LDR, va));
                assert_eq!((m.class(), m.status()), (0x25, 4 + u64::from(level)), "{granule} {t1sz} {level}");
                assert_eq!(m.cpu.state.sys.far_el1, va);
            }
        }
    }
}

#[test]
fn blocks_where_none_may_be_are_translation_faults() {
    for (granule, level) in [(12, 0), (14, 1), (16, 1)] {
        let mut m = Machine::new(granule, 16);
        if level < start_level(granule, 16) {
            continue;
        }
        m.map_at(upper(16), level, AF);
        assert!(!access(&mut m, LDR, upper(16)));
        assert_eq!(m.status(), 4 + u64::from(level), "granule {granule}");
    }
}

#[test]
fn access_flag_faults_come_before_permission_faults() {
    for level in [1, 2, 3] {
        let mut m = Machine::standard();
        m.map_at(upper(16), level, RO);
        assert!(!access(&mut m, STR, upper(16)));
        assert_eq!((m.class(), m.status(), m.esr() >> 6 & 1), (0x25, 8 + u64::from(level), 1));
    }
}

#[test]
fn data_permissions_by_level_and_pan() {
    // AP[2:1]: (EL1 read, EL1 write, EL0 read, EL0 write).
    let table = [
        (0, (true, true, false, false)),
        (EL0, (true, true, true, true)),
        (RO, (true, false, false, false)),
        (RO | EL0, (true, false, true, false)),
    ];
    for (ap, (r1, w1, r0, w0)) in table {
        let mut m = Machine::standard();
        m.map(upper(16), DATA, ap);
        for (el, word, allowed) in [(1, LDR, r1), (1, STR, w1), (0, LDR, r0), (0, STR, w0)] {
            m.level(el, el == 1);
            assert_eq!(access(&mut m, word, upper(16)), allowed, "AP {ap:#x} EL{el} {word:x}");
            if !allowed {
                let write = u64::from(word == STR);
                assert_eq!((m.class(), m.status(), m.esr() >> 6 & 1), (0x24 + u64::from(el), 0xf, write));
            }
        }
        m.level(1, true);
        m.set(|s| s.pstate.pan = true);
        let el0_sees = ap & EL0 != 0;
        assert_eq!(access(&mut m, LDR, upper(16)), r1 && !el0_sees, "PAN, AP {ap:#x}");
        // LDTR is judged as EL0 is, PAN or not.
        m.level(1, true);
        assert_eq!(access(&mut m, 0xf840_0820, upper(16)), r0, "LDTR, AP {ap:#x}");
    }
}

#[test]
fn fetch_permissions() {
    // (attributes, WXN, executable at EL1, at EL0)
    let table = [
        (0, false, true, true),
        (PXN, false, false, true),
        (UXN, false, true, false),
        (RO | EL0, false, true, true),
        (EL0, false, false, true),
        (0, true, false, true),
        (EL0, true, false, false),
        (RO, true, true, true),
    ];
    for (attributes, wxn, at_el1, at_el0) in table {
        for (el, allowed) in [(1u8, at_el1), (0, at_el0)] {
            let mut m = Machine::standard();
            m.map(upper(16), DATA, attributes);
            m.words(DATA, &[NOP]);
            m.level(el, el == 1);
            m.set(|s| {
                s.sys.sctlr_el1 |= u64::from(wxn) << 19;
                s.pc = upper(16);
            });
            assert_eq!(m.steps(1), allowed, "EL{el} attributes {attributes:#x} WXN {wxn}");
            if !allowed {
                assert_eq!((m.class(), m.status()), (0x20 + u64::from(el), 0xf));
                assert_eq!((m.cpu.state.sys.far_el1, m.cpu.state.sys.elr_el1), (upper(16), upper(16)));
            }
        }
    }
}

#[test]
fn table_descriptors_restrict_what_lies_below_unless_disabled() {
    let va = upper(16);
    for (bits, word, el) in [(1u64 << 62, STR, 1u8), (1 << 61, LDR, 0), (1 << 59, BR, 1), (1 << 60, BR, 0)] {
        for hpd in [false, true] {
            let mut m = Machine::standard();
            m.words(DATA, &[NOP]);
            let attributes = if word == BR { 0 } else { EL0 };
            m.map(va, DATA, attributes);
            let root = m.cpu.state.sys.ttbr1_el1;
            m.put(root, m.get(root) | bits);
            m.level(el, el == 1);
            m.set(|s| s.sys.tcr_el1 |= u64::from(hpd) << 42);
            m.words(crate::machine::CODE, &[word]);
            m.set(|s| s.x[1] = va);
            m.cpu.state.pc = crate::machine::CODE;
            let steps = if word == BR { 2 } else { 1 };
            assert_eq!(m.steps(steps), hpd, "table bits {bits:#x} HPD {hpd}");
        }
    }
}

#[test]
fn addresses_outside_the_half_or_a_disabled_half_fault_at_level_0() {
    for va in [upper(17) - 8, 0x0080_0000_0000_0000, 0x0000_0080_0000_0000] {
        let mut m = Machine::new(14, 17);
        assert!(!access(&mut m, LDR, va));
        assert_eq!(m.status(), 4, "{va:#x}");
    }
    let mut m = Machine::standard();
    m.map(upper(16), DATA, 0);
    m.set(|s| s.sys.tcr_el1 |= 1 << 23);
    assert!(!access(&mut m, LDR, upper(16)));
    assert_eq!(m.status(), 4, "EPD1");
}

#[test]
fn e0pd_hides_the_half_from_el0_only() {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, EL0);
    m.set(|s| s.sys.tcr_el1 |= 1 << 56);
    assert!(access(&mut m, LDR, upper(16)));
    m.level(0, false);
    assert!(!access(&mut m, LDR, upper(16)));
    assert_eq!((m.class(), m.status()), (0x24, 4));
}

#[test]
fn output_addresses_beyond_the_configured_size_are_address_size_faults() {
    for (level, pa) in [(3, 1u64 << 36), (2, 1 << 37)] {
        let mut m = Machine::standard();
        m.map_at(upper(16), level, pa | AF);
        m.set(|s| s.sys.tcr_el1 = s.sys.tcr_el1 & !(7 << 32) | 1 << 32);
        assert!(!access(&mut m, LDR, upper(16)));
        assert_eq!(m.status(), u64::from(level));
    }
}

#[test]
fn walks_that_leave_memory_are_external_aborts_with_their_level() {
    let mut m = Machine::standard();
    let at = m.map_at(upper(16), 1, 0);
    m.put(at, 0x8000_0000 | 3);
    assert!(!access(&mut m, LDR, upper(16)));
    assert_eq!(m.status(), 0x14 + 2);
}

#[test]
fn tags_are_ignored_where_tbi_says_and_reported_in_far() {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, 0);
    m.put(DATA, 77);
    let tagged = upper(16) & (u64::MAX >> 8) | 0x5a << 56;
    assert!(!access(&mut m, LDR, tagged));
    m.set(|s| s.sys.tcr_el1 |= 1 << 38);
    assert!(access(&mut m, LDR, tagged));
    assert_eq!(m.cpu.state.x[0], 77);
    assert!(!access(&mut m, LDR, tagged + 0x1000));
    assert_eq!(m.cpu.state.sys.far_el1, tagged + 0x1000);
}

#[test]
fn at_reports_the_translation_or_the_fault_in_par() {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, RO);
    m.set(|s| s.x[1] = upper(16) + 0x123);
    // AT S1E1R, X1
    assert!(m.run(&[0xd508_7801]));
    let par = m.cpu.state.sys.par_el1;
    assert_eq!((par & 1, par & 0xf_ffff_ffff_f000, par >> 56), (0, DATA, 0xff));
    // AT S1E1W, X1: a permission fault at level 3, no exception.
    assert!(m.run(&[0xd508_7821]));
    let par = m.cpu.state.sys.par_el1;
    assert_eq!((par & 1, par >> 1 & 0x3f), (1, 0xf));
}

#[test]
fn at_takes_an_external_abort_on_the_walk_as_an_exception() {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, 0);
    m.set(|s| {
        s.x[1] = upper(16) + 0x123;
        s.sys.ttbr1_el1 = 0x70_0000_0000;
        s.sys.par_el1 = 0x77;
    });
    // AT S1E1R, X1: nothing is at the first table, which is level 0 or 1. ESR_EL1.CM and WnR are set.
    assert!(!m.run(&[0xd508_7801]));
    assert_eq!(m.class(), 0x25);
    assert_eq!(m.esr() & 0x1fc, 0x154);
    assert_eq!((m.cpu.state.sys.far_el1, m.cpu.state.sys.par_el1), (upper(16) + 0x123, 0x77));
}

#[test]
fn cache_maintenance_ignores_pan_and_invalidation_needs_write_permission() {
    const DC_CVAC: u32 = 0xd50b_7a21;
    const DC_IVAC: u32 = 0xd508_7621;
    let mut m = Machine::standard();
    m.map(upper(16), DATA, EL0);
    m.map(upper(16) + 0x1000, DATA, RO);
    m.set(|s| {
        s.pstate.pan = true;
        s.x[1] = upper(16);
    });
    assert!(m.run(&[DC_CVAC]) && m.run(&[DC_IVAC]));
    m.set(|s| s.x[1] += 0x1000);
    assert!(m.run(&[DC_CVAC]));
    assert!(!m.run(&[DC_IVAC]));
    // A permission fault at level 3, with CM and WnR.
    assert_eq!((m.class(), m.esr() & 0x1ff), (0x25, 0x14f));
}

#[test]
fn a_fault_of_dc_zva_reports_the_address_it_was_given() {
    let mut m = Machine::standard();
    m.map(upper(16), DATA, RO);
    for (va, status) in [(upper(16) + 0x37, 0x0f), (upper(16) + 0x1037, 0x07)] {
        m.set(|s| s.x[1] = va);
        assert!(!m.run(&[0xd50b_7421]));
        assert_eq!((m.class(), m.esr() & 0x1ff, m.cpu.state.sys.far_el1), (0x25, 0x40 | status, va));
    }
}
