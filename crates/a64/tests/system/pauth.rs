//! Pointer authentication: what holds whatever the algorithm (Arm ARM D8.10).

use crate::machine::{DATA, Machine, upper};
use vmapple_a64::Profile;

/// `SCTLR_EL1` enables by key: IA, IB, DA, DB.
const ENABLE: [u32; 4] = [31, 30, 27, 13];
pub(crate) const PAC: u32 = 0xdac1_0020; // PACIA X0, X1; the key in bits 11:10
pub(crate) const AUT: u32 = 0xdac1_1020;
pub(crate) const XPACI: u32 = 0xdac1_43e0;
pub(crate) const XPACD: u32 = 0xdac1_47e0;

fn machine() -> Machine {
    machine_of(Profile::M1)
}

/// Keys set and enabled.
pub(crate) fn machine_of(profile: Profile) -> Machine {
    let mut m = Machine::of(profile, 14, 17);
    m.set(|s| {
        let y = &mut s.sys;
        (y.apia, y.apib, y.apda, y.apdb, y.apga) = ([1, 2], [3, 4], [5, 6], [7, 8], [9, 10]);
        for bit in ENABLE {
            y.sctlr_el1 |= 1 << bit;
        }
    });
    m
}

pub(crate) fn compute(m: &mut Machine, word: u32, x0: u64, x1: u64) -> u64 {
    m.set(|s| (s.x[0], s.x[1]) = (x0, x1));
    assert!(m.run(&[word]));
    m.cpu.state.x[0]
}

pub(crate) const fn key(word: u32, k: u32) -> u32 {
    word | k << 10
}

pub(crate) fn pointers() -> [u64; 4] {
    [DATA, 0x0000_0012_3456_789a, upper(17) + 0x4321_8765, u64::MAX - 7]
}

#[test]
fn authentication_undoes_signing() {
    let mut m = machine();
    for tbi in [0u64, 1 << 37 | 1 << 38, 1 << 37 | 1 << 38 | 1 << 51 | 1 << 52] {
        m.set(|s| s.sys.tcr_el1 = s.sys.tcr_el1 & !(1 << 37 | 1 << 38 | 1 << 51 | 1 << 52) | tbi);
        for k in 0..4 {
            for p in pointers() {
                let signed = compute(&mut m, key(PAC, k), p, 0x55aa);
                assert_ne!(signed, p, "key {k}: a code of all equal bits would be bad luck");
                assert_eq!(compute(&mut m, key(AUT, k), signed, 0x55aa), p, "key {k}");
                let xpac = if k < 2 { XPACI } else { XPACD };
                assert_eq!(compute(&mut m, xpac, signed, 0), p, "key {k}");
            }
        }
    }
}

#[test]
fn the_wrong_modifier_or_key_leaves_an_error_code_that_faults() {
    for k in 0..4 {
        let mut m = machine();
        let p = DATA;
        let signed = compute(&mut m, key(PAC, k), p, 1);
        let bad = compute(&mut m, key(AUT, k), signed, 2);
        // Error codes: 0b01 for the A keys, 0b10 for the B keys, in bits 62:61 without top byte ignore.
        assert_eq!(bad, p | (if k % 2 == 0 { 1 } else { 2 }) << 61, "key {k}");
        let other = compute(&mut m, key(AUT, k ^ 1), signed, 1);
        assert_ne!(other, p);
        m.set(|s| s.x[1] = bad);
        assert!(!m.run(&[0xf940_0020]), "using it faults");
    }
}

#[test]
fn with_top_byte_ignore_the_error_code_is_in_bits_54_53_and_the_tag_survives() {
    let mut m = machine();
    m.set(|s| s.sys.tcr_el1 |= 1 << 37);
    let p = DATA | 0xa5 << 56;
    let signed = compute(&mut m, key(PAC, 2), p, 1);
    assert_eq!(signed >> 56, 0xa5);
    assert_eq!(compute(&mut m, key(AUT, 2), signed, 1), p);
    assert_eq!(compute(&mut m, key(AUT, 2), signed, 3), p | 1 << 53);
}

#[test]
fn pointers_that_are_not_canonical_get_a_code_that_never_authenticates() {
    // FEAT_EPAC: the code is zero. With tags in one half, bit 55 chooses the half in both; without, bit 63.
    for (tbi, p, half) in [
        (0, 0x0040_0000_1234_5678, 0),
        (0, 0x8000_0000_1234_5678, 1 << 55),
        // All ones but bit 55.
        (0, 0xff7f_ffff_1234_5678, 1 << 55),
        (1u64 << 37, 0x00bf_ffff_1234_5678, 1 << 55),
        (1 << 38, 0x5540_0000_1234_5678, 0),
    ] {
        let mut m = machine();
        m.set(|s| s.sys.tcr_el1 |= tbi);
        for k in 0..4 {
            let signed = compute(&mut m, key(PAC, k), p, 5);
            let ignored = tbi != 0 && (half != 0) == (tbi == 1 << 38);
            let tag = if ignored { p & 0xff << 56 } else { 0 };
            assert_eq!(signed, tag | half | p & 0x7fff_ffff_ffff, "{p:x} TBI {tbi:x} key {k}");
        }
    }
}

#[test]
fn a_disabled_key_does_nothing() {
    for (k, bit) in ENABLE.into_iter().enumerate() {
        let mut m = machine();
        m.set(|s| s.sys.sctlr_el1 &= !(1 << bit));
        for word in [PAC, AUT] {
            assert_eq!(compute(&mut m, key(word, k as u32), 0x1234_5678_9abc_def0, 9), 0x1234_5678_9abc_def0);
        }
        assert_ne!(compute(&mut m, key(PAC, (k as u32 + 1) % 4), DATA, 9), DATA, "the others go on");
    }
}

#[test]
fn every_key_and_every_input_matters() {
    let mut m = machine();
    let base = compute(&mut m, PAC, DATA, 1);
    assert_ne!(base, compute(&mut m, key(PAC, 1), DATA, 1));
    assert_ne!(base, compute(&mut m, PAC, DATA, 2));
    for half in 0..2 {
        let mut m = machine();
        m.set(|s| s.sys.apia[half] ^= 1 << 63);
        assert_ne!(base, compute(&mut m, PAC, DATA, 1), "half {half} of the key");
    }
}

#[test]
fn pacga_fills_the_upper_word_only_and_depends_on_everything() {
    let mut m = machine();
    let pacga = 0x9ac1_3000; // PACGA X0, X0, X1
    let a = compute(&mut m, pacga, 5, 6);
    assert!(a & 0xffff_ffff == 0 && a != 0);
    assert_ne!(a, compute(&mut m, pacga, 6, 6));
    assert_ne!(a, compute(&mut m, pacga, 5, 7));
    m.set(|s| s.sys.apga[1] ^= 1);
    assert_ne!(a, compute(&mut m, pacga, 5, 6));
}

#[test]
fn retaa_returns_to_the_signed_address_and_nowhere_else() {
    let mut m = machine();
    let target = crate::machine::CODE + 0x100;
    // PACIASP; RETAA
    m.set(|s| s.x[30] = target);
    assert!(m.run(&[0xd503_233f, 0xd65f_0bff]));
    assert_eq!(m.cpu.state.pc, target);
    m.set(|s| s.x[30] = target);
    assert!(m.run(&[0xd65f_0bff]), "the branch itself is fine");
    assert!(!m.steps(1), "the fetch is not");
    assert_eq!(m.class(), 0x21);
}

#[test]
fn the_half_is_bit_55_if_either_half_ignores_the_top_byte_else_bit_63() {
    // AddPAC() in the Arm ARM, with pointers whose bits 55 and 63 differ.
    const TBI0: u64 = 1 << 37;
    const TBI1: u64 = 1 << 38;
    const TBID0: u64 = 1 << 51;
    let mut m = machine();
    for (tbi, low_for_data, low_for_code) in [(0, true, true), (TBI0, false, false), (TBI1, false, false)] {
        m.set(|s| s.sys.tcr_el1 = s.sys.tcr_el1 & !(TBI0 | TBI1 | TBID0) | tbi);
        let upper_by_55 = 0x0080_0012_3456_789a;
        let half = |m: &mut Machine, k| compute(m, key(PAC, k), upper_by_55, 0) >> 55 & 1 == 0;
        assert_eq!(half(&mut m, 2), low_for_data, "{tbi:#x}");
        assert_eq!(half(&mut m, 0), low_for_code, "{tbi:#x}");
    }
    // The top byte counts for code only.
    m.set(|s| s.sys.tcr_el1 = s.sys.tcr_el1 & !TBI1 | TBI0 | TBID0);
    assert_eq!(compute(&mut m, key(PAC, 2), 0x0080_0012_3456_789a, 0) >> 55 & 1, 1);
    assert_eq!(compute(&mut m, key(PAC, 0), 0x0080_0012_3456_789a, 0) >> 55 & 1, 0);
}
