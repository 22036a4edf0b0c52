//! Pointer authentication of an M2: FEAT_PAuth2 and FEAT_FPAC, without FEAT_FPACCOMBINE (Arm ARM D8.10).

use crate::machine::{CODE, DATA, Machine, VECTORS, upper};
use crate::pauth::{AUT, PAC, XPACD, XPACI, compute, key, machine_of, pointers};
use vmapple_a64::Profile;
use vmapple_a64::state::SP;

/// Top byte ignored in both halves; for data only.
const TBI: [u64; 3] = [0, 1 << 37 | 1 << 38, 1 << 37 | 1 << 38 | 1 << 51 | 1 << 52];

fn machine() -> Machine {
    machine_of(Profile::M2)
}

/// X0 through `word` with X1 as modifier, which must fail: the syndrome.
fn refused(m: &mut Machine, word: u32, x0: u64, x1: u64) -> u64 {
    m.set(|s| (s.x[0], s.x[1]) = (x0, x1));
    assert!(!m.run(&[word]), "{word:x} {x0:x}");
    let s = &m.cpu.state;
    assert_eq!((s.x[0], s.sys.elr_el1), (x0, CODE), "nothing has changed");
    m.esr()
}

#[test]
fn authentication_undoes_signing() {
    let mut m = machine();
    for tbi in TBI {
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
fn failing_is_an_exception_that_names_the_key() {
    for k in 0..4u32 {
        let mut m = machine();
        let signed = compute(&mut m, key(PAC, k), DATA, 1);
        let far = m.cpu.state.sys.far_el1;
        // ISS: bit 1 a data key, bit 0 a B key.
        let expected = 0x1c << 26 | 1 << 25 | u64::from(k);
        assert_eq!(refused(&mut m, key(AUT, k), signed, 2), expected);
        for bit in [47, 50, 54, 56, 63] {
            assert_eq!(refused(&mut m, key(AUT, k), signed ^ 1 << bit, 1), expected, "bit {bit}");
        }
        assert_eq!(m.cpu.state.sys.far_el1, far);
        // AUTIZA and its relatives: modifier zero.
        assert_eq!(refused(&mut m, 0xdac1_33e0 | k << 10, DATA | 1 << 50, 0), expected);
    }
    // From EL0, through the vector of a lower level.
    let mut m = machine();
    m.level(0, false);
    assert_eq!(refused(&mut m, AUT, DATA | 1 << 50, 0), 0x1c << 26 | 1 << 25);
    assert_eq!(m.cpu.state.pc, VECTORS + 0x400);
}

#[test]
fn the_hint_forms_fail_alike() {
    // AUTIA1716, AUTIB1716, AUTIAZ, AUTIASP, AUTIBZ, AUTIBSP
    let words = [0xd503_219f, 0xd503_21df, 0xd503_239f, 0xd503_23bf, 0xd503_23df, 0xd503_23ff];
    for (word, b) in words.into_iter().zip([0, 1, 0, 0, 1, 1]) {
        let mut m = machine();
        m.set(|s| (s.x[17], s.x[30]) = (DATA | 1 << 50, DATA | 1 << 50));
        assert!(!m.run(&[word]), "{word:x}");
        assert_eq!(m.esr(), 0x1c << 26 | 1 << 25 | b, "{word:x}");
    }
}

#[test]
fn what_makes_a_pointer_not_canonical_survives_signing_and_fails() {
    for tbi in TBI {
        for p in [DATA | 1 << 50, upper(17) & !(1 << 52), 0x7f00_0000_1234_5678u64 | 1 << 48] {
            let mut m = machine();
            m.set(|s| s.sys.tcr_el1 |= tbi);
            for k in 0..4u32 {
                let canonical = compute(&mut m, if k < 2 { XPACI } else { XPACD }, p, 0);
                let (good, bad) = (compute(&mut m, key(PAC, k), canonical, 3), compute(&mut m, key(PAC, k), p, 3));
                // The difference goes through: codes are exclusive-ORed in.
                assert_eq!(good ^ bad, canonical ^ p, "{p:x} key {k}");
                assert_eq!(refused(&mut m, key(AUT, k), bad, 3), 0x1c << 26 | 1 << 25 | u64::from(k));
            }
        }
    }
}

#[test]
fn combined_instructions_go_on_with_a_pointer_that_faults() {
    // LDRAA X2, [X0] with a wrong code: a translation fault of the load, whose address differs from the right one in the
    // code's bits only.
    let mut m = machine();
    let target = upper(17) + 0x4000;
    m.map(target, DATA, 0);
    m.set(|s| (s.x[0], s.x[1]) = (target, 0));
    assert!(m.run(&[key(PAC, 2)]));
    assert!(m.run(&[0xf820_0402]), "with the right code it loads: {:x}", m.esr());
    let signed = m.cpu.state.x[0];
    for bit in [48, 53, 60] {
        m.set(|s| s.x[0] = signed ^ 1 << bit);
        assert!(!m.run(&[0xf820_0402]));
        assert_eq!((m.class(), m.status()), (0x25, 4));
        assert_eq!(m.cpu.state.sys.far_el1, target ^ 1 << bit, "only what was wrong stays");
    }
    // RETAA, BRAAZ X30, BLRAAZ X30: the branch is taken, the fetch faults.
    for word in [0xd65f_0bffu32, 0xd61f_0bdf, 0xd63f_0bdf] {
        let mut m = machine();
        m.set(|s| s.x[30] = (CODE + 0x100) | 1 << 52);
        assert!(m.run(&[word]), "{word:x}");
        assert!(!m.steps(1));
        assert_eq!(m.class(), 0x21, "{word:x}");
    }
    // ERETAA.
    let mut m = machine();
    m.set(|s| (s.sys.elr_el1, s.sys.spsr_el1, s.x[usize::from(SP)]) = ((CODE + 0x100) | 1 << 52, 5, 0));
    assert!(m.run(&[0xd69f_0bff]));
    assert!(!m.steps(1));
    assert_eq!(m.class(), 0x21);
}
