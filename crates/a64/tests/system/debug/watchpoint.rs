//! Watchpoints (Arm ARM D2.10, D2.11).

use super::*;
use crate::machine::{CODE, DATA, DEVICE, EL0, Machine, NG, RO, upper};

const LOAD: u64 = 1;
const STORE: u64 = 2;
const WNR: u64 = 1 << 6;
const CM: u64 = 1 << 8;
const MSR_DBGWCR0: u32 = 0xd510_00e2; // from X2

/// Enabled for both levels, with this `LSC` and `BAS`.
const fn control(lsc: u64, bas: u64) -> u64 {
    1 | 3 << 1 | lsc << 3 | bas << 5
}

/// Four pages in a row at `VA`, of which the first three lie in different places; X1 points there.
const VA: u64 = upper_half();
const fn upper_half() -> u64 {
    0xffff_0000_0000_0000
}

fn mapped(attributes: u64) -> Machine {
    let mut m = machine(MDE | KDE);
    assert_eq!(VA, upper(16));
    for (page, pa) in [(0, DATA), (1, DATA + 0x5000), (2, DATA + 0x3000)] {
        m.map(VA + page * 0x1000, pa, attributes);
    }
    for i in 0..0x1000 {
        m.put(DATA + i * 8, 0x1111_1111_1111_1111 * (i & 15));
    }
    m
}

fn arm(m: &mut Machine, n: usize, value: u64, control: u64) {
    m.set(|s| (s.sys.dbgwvr[n], s.sys.dbgwcr[n]) = (value, control));
}

/// Executes one word with X1 = `va`, after an access that fills the TLB; the watchpoint is set by the guest in between. What
/// stopped it, with FAR.
fn try_one(m: &mut Machine, word: u32, va: u64, value: u64, control: u64) -> (Stop, u64) {
    // LDRB W9, [X10]; STRB W9, [X10]; MSR DBGWVR0_EL1, X3; MSR DBGWCR0_EL1, X2; the word; HVC
    m.words(CODE, &[0x3940_0149, 0x3900_0149, 0xd510_00c3, MSR_DBGWCR0, word, HVC]);
    let s = stop_from(m, CODE, |s| {
        s.set_el(1, true);
        s.pstate.daif = 0;
        s.sys.dbgwcr = [0; 2];
        s.sys.far_el1 = 0;
        (s.x[1], s.x[2], s.x[3], s.x[10]) = (va, control, value, va);
        // What pairs and atomics use; all of it differs from memory.
        (s.x[0], s.x[4], s.x[5]) = (0x00a0, 0x00a4, 0x00a5);
        for i in 0..4 {
            s.v[i] = 0x0b0b << (8 * i);
        }
    });
    (s, m.cpu.state.sys.far_el1)
}

fn memory(m: &Machine) -> Vec<u64> {
    (0..0x1000).map(|i| m.get(DATA + i * 8)).collect()
}

/// (word, bytes, loads, stores): the base is X1.
const ACCESSES: &[(u32, u64, bool, bool)] = &[
    (0xf940_0020, 8, true, false),  // LDR
    (0xf900_0020, 8, false, true),  // STR
    (0xf840_8420, 8, true, false),  // LDR, post-index
    (0xf800_0c20, 8, false, true),  // STR, pre-index
    (0x3940_0020, 1, true, false),  // LDRB
    (0x3900_0020, 1, false, true),  // STRB
    (0x7940_0020, 2, true, false),  // LDRH
    (0xa940_1020, 16, true, false), // LDP X0, X4
    (0xa881_1020, 16, false, true), // STP, post-index
    (0x2940_1020, 8, true, false),  // LDP W0, W4
    (0x2900_1020, 8, false, true),  // STP W0, W4
    (0xc85f_7c20, 8, true, false),  // LDXR
    (0xc87f_9020, 16, true, false), // LDAXP X0, X4
    (0xc806_7c20, 8, false, true),  // STXR W6
    (0xf820_0024, 8, true, true),   // LDADD X0, X4
    (0xc8a0_7c24, 8, true, true),   // CAS X0, X4: does not match
    (0x4820_7c24, 16, true, true),  // CASP X0, X1, X4, X5
    (0x3820_8024, 1, true, true),   // SWPB W0, W4
    (0xc8df_fc20, 8, true, false),  // LDAR
    (0xc89f_fc20, 8, false, true),  // STLR
    (0x3dc0_0020, 16, true, false), // LDR Q
    (0x3d80_0020, 16, false, true), // STR Q
    (0xad40_0420, 32, true, false), // LDP Q
    (0xad00_0420, 32, false, true), // STP Q
    (0x4c9f_2020, 64, false, true), // ST1, four registers, post-index
    (0x4cdf_2020, 64, true, false), // LD1, four registers, post-index
    (0x4c00_0820, 64, false, true), // ST4
    (0x4cdf_0820, 64, true, false), // LD4, post-index
    (0x0d00_9020, 4, false, true),  // ST1, one lane
    (0x0d40_9020, 4, true, false),  // LD1, one lane
];

#[test]
fn every_kind_of_access_is_watched_to_its_last_byte_and_undone() {
    for &(word, size, loads, stores) in ACCESSES {
        for offset in [0, 64, 0xfc0] {
            let va = VA + offset;
            let before = memory(&mapped(0));
            for byte in [va - 1, va, va + size - 1, va + size] {
                for lsc in [LOAD, STORE, LOAD | STORE] {
                    let watched = byte >= va && byte < va + size;
                    let selected = (loads && lsc & LOAD != 0) || (stores && lsc & STORE != 0);
                    let mut m = mapped(0);
                    let (s, far) = try_one(&mut m, word, va, byte & !7, control(lsc, 1 << (byte & 7)));
                    if !(watched && selected) {
                        assert_eq!(s.class, 0x3f, "{word:x} at {byte:x} LSC {lsc}: {s:x?}");
                        continue;
                    }
                    let wnr = if loads && lsc & LOAD != 0 { 0 } else { WNR };
                    let expected = Stop { vector: 0x200, class: 0x35, iss: DEBUG | wnr, elr: CODE + 16, ss: false };
                    assert_eq!((s, far), (expected, byte), "{word:x} at {byte:x} LSC {lsc}");
                    let s = &m.cpu.state;
                    assert_eq!((s.x[0], s.x[1], s.x[4], s.x[5]), (0xa0, va, 0xa4, 0xa5), "{word:x}");
                    assert_eq!(s.v[..4], [0x0b0b, 0x0b_0b00, 0x0b0b_0000, 0x0b_0b00_0000]);
                    assert_eq!(memory(&m), before, "{word:x}");
                }
            }
        }
    }
}

#[test]
fn it_goes_on_when_the_watchpoint_is_gone() {
    let mut m = mapped(0);
    let (s, _) = try_one(&mut m, 0xa881_1020, VA, VA, control(STORE, 0xff));
    assert_eq!(s.class, 0x35);
    let elr = s.elr;
    let s = stop_from(&mut m, elr, |s| {
        s.pstate.daif = 0;
        s.sys.dbgwcr[0] = 0;
    });
    assert_eq!((s.class, m.get(DATA), m.get(DATA + 8), m.cpu.state.x[1]), (0x3f, 0xa0, 0xa4, VA + 16));
}

#[test]
fn accesses_across_pages_are_watched_on_both() {
    for word in [0xf940_0020u32, 0xf900_0020, 0x3d80_0020, 0xad00_0420, 0x4c00_0820, 0x4c00_2020] {
        let mut m = mapped(0);
        let before = memory(&m);
        for byte in [VA + 0xffd, VA + 0x1000, VA + 0x1003] {
            let (s, far) = try_one(&mut m, word, VA + 0xffc, byte & !7, control(3, 1 << (byte & 7)));
            assert_eq!((s.class, far), (0x35, byte), "{word:x}");
            assert_eq!(memory(&m), before);
        }
    }
}

#[test]
fn the_watched_page_alone_is_slow_and_a_block_is_not_forgotten() {
    // A 2 MiB block whose pages are in the TLB already.
    let mut m = machine(MDE | KDE);
    m.map_at(VA, 2, DATA & !0x1f_ffff | 1 << 10);
    let at = VA + (DATA & 0x1f_ffff);
    let (s, far) = try_one(&mut m, 0xf940_0020, at, at, control(LOAD, 0xff));
    assert_eq!((s.class, far), (0x35, at));
}

#[test]
fn masks_watch_ranges() {
    for (mask, va, expected) in [
        (3, VA + 8, true),
        (3, VA + 16, false),
        (12, VA + 0xfff, true),
        (12, VA + 0x1000, false),
        (13, VA + 0x1000, true),
        (31, VA + 0x2ff8, true),
    ] {
        let mut m = mapped(0);
        let base = if mask == 3 { VA + 8 } else { VA };
        let (s, far) = try_one(&mut m, 0x3940_0020, va, base, control(LOAD, 0xff) | mask << 24);
        assert_eq!(s.class == 0x35, expected, "MASK {mask} at {va:x}");
        assert_eq!(far, if expected { va } else { 0 });
    }
}

#[test]
fn levels_conditions_and_links() {
    let store = 0xf900_0020;
    let linked = control(STORE, 0xff) | 1 << 20 | 1 << 16;
    // (what is changed, watched at EL0, watched at EL1)
    let cases: [(Change, u64, bool, bool); 12] = [
        (|_| (), control(STORE, 0xff), true, true),
        (|_| (), control(STORE, 0xff) & !(2 << 1), false, true),
        (|_| (), control(STORE, 0xff) & !(1 << 1), true, false),
        (|_| (), control(STORE, 0xff) & !1, false, false),
        (|_| (), control(LOAD, 0xff), false, false),
        (|s| s.sys.mdscr_el1 = KDE, control(STORE, 0xff), false, false),
        (|s| s.sys.mdscr_el1 = MDE, control(STORE, 0xff), true, false),
        (|s| s.pstate.daif = 0x200, control(STORE, 0xff), true, false),
        (|s| s.sys.os_lock = true, control(STORE, 0xff), false, false),
        (|s| s.sys.osdlr_el1 = 1, control(STORE, 0xff), false, false),
        (|s| s.sys.contextidr_el1 = 0x77, linked, true, true),
        (|s| s.sys.contextidr_el1 = 0x78, linked, false, false),
    ];
    for (i, (change, control, at_el0, at_el1)) in cases.into_iter().enumerate() {
        for (el, expected) in [(0u8, at_el0), (1, at_el1)] {
            let mut m = mapped(EL0);
            m.words(CODE, &[NOP, store, HVC]);
            let s = stop_from(&mut m, CODE, |s| {
                s.set_el(el, el == 1);
                s.x[1] = VA;
                (s.sys.dbgwvr[1], s.sys.dbgwcr[1]) = (VA, control);
                (s.sys.dbgbvr[1], s.sys.dbgbcr[1]) = (0x77, 1 | 3 << 20);
                change(s);
            });
            let hit = s.class == 0x34 + u64::from(el);
            assert_eq!(hit, expected, "case {i} at EL{el}: {s:x?}");
            assert_eq!(
                s.vector,
                if el == 0 {
                    0x400
                } else if hit {
                    0x200
                } else {
                    0
                }
            );
        }
    }
}

#[test]
fn unprivileged_accesses_count_as_el0s() {
    // LDTR, STTR, and LDR for comparison; PAC for EL0 only, then EL1 only.
    for (word, unprivileged) in [(0xf840_0820, true), (0xf800_0820, true), (0xf940_0020, false)] {
        for pac in [2u64, 1] {
            for uao in [false, true] {
                let mut m = mapped(EL0);
                m.set(|s| s.pstate.uao = uao);
                let (s, _) = try_one(&mut m, word, VA, VA, 1 | pac << 1 | 3 << 3 | 0xff << 5);
                let as_el0 = unprivileged && !uao;
                assert_eq!(s.class == 0x35, as_el0 == (pac == 2), "{word:x} PAC {pac} UAO {uao}");
            }
        }
    }
}

#[test]
fn cache_maintenance_is_watched_as_the_manual_says() {
    // DC ZVA: a store of its block. DC IVAC: a store to its line, which reports its operand.
    let mut m = mapped(0);
    let before = memory(&m);
    let watch = VA + 0x78;
    let (s, far) = try_one(&mut m, 0xd50b_7421, VA + 0x44, watch, control(STORE, 0b1000));
    assert_eq!((s.class, s.iss, far), (0x35, DEBUG | WNR, watch + 3));
    assert_eq!(memory(&m), before);
    let (s, far) = try_one(&mut m, 0xd508_7621, VA + 0x44, watch, control(STORE, 0b1000));
    assert_eq!((s.class, s.iss, far), (0x35, DEBUG | WNR | CM, VA + 0x44));
    // As loads, or with another line: not. Nor DC CIVAC, CVAC, CVAU; IC IVAU; PRFM; AT S1E1W.
    for word in [0xd50b_7421, 0xd508_7621] {
        let mut m = mapped(0);
        assert_eq!(try_one(&mut m, word, VA + 0x44, watch, control(LOAD, 0xff)).0.class, 0x3f);
        assert_eq!(try_one(&mut m, word, VA + 0x80, watch, control(STORE, 0xff)).0.class, 0x3f);
        assert_eq!(try_one(&mut m, word, VA + 0x3f, watch, control(STORE, 0xff)).0.class, 0x3f);
    }
    for word in [0xd50b_7e21u32, 0xd50b_7a21, 0xd50b_7b21, 0xd50b_7521, 0xf980_0020, 0xd508_7821] {
        let mut m = mapped(0);
        let s = try_one(&mut m, word, VA, VA, control(3, 0xff)).0;
        assert_eq!(s.class, 0x3f, "{word:x}: {s:x?}");
    }
}

#[test]
fn invalidating_needs_write_permission() {
    let mut m = machine(0);
    m.map(VA, DATA, RO);
    m.words(CODE, &[0xd508_7621, HVC]);
    let s = stop_from(&mut m, CODE, |s| s.x[1] = VA);
    assert_eq!((s.class, s.iss), (0x25, 0x0f | WNR | CM), "a permission fault at level 3");
    // DC CVAC needs read permission alone.
    m.words(CODE, &[0xd50b_7a21, HVC]);
    assert_eq!(stop_from(&mut m, CODE, |_| ()).class, 0x3f);
}

#[test]
fn faults_of_translation_and_alignment_come_first() {
    // Nothing mapped, read-only, exclusive across 16 bytes, misaligned on Device memory, a misaligned multiple store there.
    let mut m = machine(MDE | KDE);
    m.map(VA, DATA, RO);
    m.map(VA + 0x1000, DATA + 0x1000, DEVICE);
    for (word, va, status) in [
        (0xf940_0020, VA + 0x2000, 0x07),
        (0xf900_0020, VA, 0x0f),
        (0xc85f_7c20, VA + 12, 0x21),
        (0xf940_0020, VA + 0x1004, 0x21),
        (0x4c00_0820, VA + 0x1002, 0x21),
        (0xad00_0420, VA + 0x1008, 0x21),
        (0xd50b_7421, VA + 0x1000, 0x21),
    ] {
        m.words(CODE, &[word, HVC]);
        arm(&mut m, 0, va & !7, control(3, 0xff));
        arm(&mut m, 1, (va & !7) + 8, control(3, 0xff));
        let s = stop_from(&mut m, CODE, |s| (s.x[1], s.pstate.daif) = (va, 0));
        assert_eq!((s.class, s.iss & 0x3f), (0x25, status), "{word:x}");
    }
    // And an external abort after: the device does not see the access.
    m.map(VA + 0x3000, 0x2000_0000, DEVICE);
    m.words(CODE, &[0xf900_0020, HVC]);
    arm(&mut m, 0, VA + 0x3000, control(3, 0xff));
    assert_eq!(stop_from(&mut m, CODE, |s| (s.x[1], s.pstate.daif) = (VA + 0x3000, 0)).class, 0x35);
    m.set(|s| s.sys.dbgwcr = [0; 2]);
    assert_eq!(stop_from(&mut m, CODE, |s| s.pstate.daif = 0).iss & 0x3f, 0x10, "which it otherwise refuses");
}

#[test]
fn strict_alignment_and_tags_change_nothing() {
    let mut m = mapped(0);
    m.set(|s| s.sys.sctlr_el1 |= 2);
    assert_eq!(try_one(&mut m, 0xf900_0020, VA, VA, control(STORE, 1)).0.class, 0x35);
    // TBI1: FAR has the tag.
    let mut m = mapped(0);
    m.set(|s| s.sys.tcr_el1 |= 1 << 38);
    let tagged = VA & !(0xff << 56) | 0xa5 << 56;
    let (s, far) = try_one(&mut m, 0xf900_0020, tagged + 2, VA, control(STORE, 0x10));
    assert_eq!((s.class, far), (0x35, tagged + 4));
}

#[test]
fn a_watched_page_is_slow_in_every_address_space() {
    // The same page through another ASID's entry, after a switch of TTBR0: the TLB is filled anew, but not with it.
    let mut m = mapped(NG);
    arm(&mut m, 0, VA + 8, control(STORE, 0xff));
    // STR X0, [X1]; MSR CONTEXTIDR_EL1, X4; STR X0, [X1, #16]; STR X0, [X1, #8]
    m.words(CODE, &[0xf900_0020, 0xd518_d024, 0xf900_0820, 0xf900_0420, HVC]);
    let s = stop_from(&mut m, CODE, |s| s.x[1] = VA);
    assert_eq!((s.class, s.elr), (0x35, CODE + 12));
}
