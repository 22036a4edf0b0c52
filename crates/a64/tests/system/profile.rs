//! What an M2 advertises beyond an M1 is there, and what an M1 does not advertise is not.

use crate::machine::{CODE, Machine};
use vmapple_a64::Profile;

fn mrs(profile: Profile, word: u32) -> u64 {
    let mut m = Machine::of(profile, 12, 16);
    assert!(m.run(&[word]), "{word:x}");
    m.cpu.state.x[0]
}

#[test]
fn identification_registers_differ_in_exactly_the_six_features() {
    for crm in 1..8u32 {
        for op2 in 0..8u32 {
            let word = 0xd538_0000 | crm << 8 | op2 << 5;
            let (m1, m2) = (mrs(Profile::M1, word), mrs(Profile::M2, word));
            let fields: Vec<_> =
                (0..64).step_by(4).map(|n| (n, m1 >> n & 15, m2 >> n & 15)).filter(|f| f.1 != f.2).collect();
            let expected: &[(usize, u64, u64)] = match (crm, op2) {
                (4, 1) => &[(0, 0, 1)],                         // ID_AA64PFR1_EL1.BT
                (6, 1) => &[(8, 2, 4), (44, 0, 1), (52, 0, 1)], // ID_AA64ISAR1_EL1.API, BF16, I8MM
                (7, 0) => &[(60, 0, 1)],                        // ID_AA64MMFR0_EL1.ECV
                _ => &[],
            };
            assert_eq!(fields, expected, "CRm {crm} op2 {op2}");
        }
    }
}

#[test]
fn encodings_of_an_m2_are_undefined_or_hints_on_an_m1() {
    // BFDOT, BFMMLA, BFMLALB, BFMLALT and by element, BFCVTN, BFCVT; SMMLA, UMMLA, USMMLA, USDOT, SUDOT;
    // MRS X0, CNTPCTSS_EL0 and CNTVCTSS_EL0
    let words = [
        0x2e42_fc20,
        0x6e42_ec20,
        0x2ec2_fc20,
        0x6ec2_fc20,
        0x0f42_f020,
        0x0fc2_f020,
        0x4fc2_f020,
        0x0ea1_6820,
        0x1e63_4020,
        0x4e82_a420,
        0x6e82_a420,
        0x4e82_ac20,
        0x0e82_9c20,
        0x0f82_f020,
        0x0f02_f020,
        0xd53b_e0a0,
        0xd53b_e0c0,
    ];
    for word in words {
        let mut m = Machine::of(Profile::M1, 12, 16);
        assert!(!m.run(&[word]), "{word:x}");
        assert_eq!((m.esr(), m.cpu.state.sys.elr_el1), (1 << 25, CODE), "{word:x}");
        assert!(Machine::of(Profile::M2, 12, 16).run(&[word]), "{word:x}");
    }
    for profile in Profile::ALL {
        for bti in [0xd503_241f, 0xd503_245f, 0xd503_249f, 0xd503_24df] {
            let mut m = Machine::of(profile, 12, 16);
            let before = m.cpu.state.x;
            assert!(m.run(&[bti]));
            assert_eq!(m.cpu.state.x, before);
        }
    }
}

#[test]
fn the_new_vector_instructions_are_trapped_with_the_others() {
    for word in [0x2e42_fc20, 0x2ec2_fc20, 0x0ea1_6820, 0x1e63_4020, 0x4e82_a420, 0x0e82_9c20, 0x0f02_f020] {
        let mut m = Machine::of(Profile::M2, 12, 16);
        m.set(|s| s.sys.cpacr_el1 = 0);
        assert!(!m.run(&[word]));
        assert_eq!(m.class(), 7, "{word:x}");
    }
}

#[test]
fn control_bits_of_features_exist_with_them() {
    // MSR SCTLR_EL1, X1; MRS X0, SCTLR_EL1. MSR CNTKCTL_EL1, X1; MRS X0, CNTKCTL_EL1.
    for (profile, bt, evntis) in [(Profile::M1, 0, 0), (Profile::M2, 3 << 35, 1 << 17)] {
        let mut m = Machine::of(profile, 12, 16);
        let sctlr = m.cpu.state.sys.sctlr_el1;
        m.set(|s| s.x[1] = sctlr | 3 << 35);
        assert!(m.run(&[0xd518_1001, 0xd538_1000]));
        assert_eq!(m.cpu.state.x[0], sctlr | bt, "{profile:?}");
        m.set(|s| s.x[1] = u64::MAX);
        assert!(m.run(&[0xd518_e101, 0xd538_e100]));
        assert_eq!(m.cpu.state.x[0], 0x3ff | evntis, "{profile:?}");
    }
}

#[test]
fn self_synchronised_counters_obey_the_counters_enables_at_el0() {
    // (word, its bit in CNTKCTL_EL1, op2)
    for (word, bit, op2) in [(0xd53b_e0a5u32, 0, 5u64), (0xd53b_e0c5, 1, 6)] {
        for allowed in [false, true] {
            let mut m = Machine::of(Profile::M2, 12, 16);
            m.level(0, false);
            m.set(|s| s.sys.cntkctl_el1 = if allowed { 1 << bit } else { 3 & !(1 << bit) });
            assert_eq!(m.run(&[word]), allowed);
            if !allowed {
                let iss = 3 << 20 | op2 << 17 | 3 << 14 | 14 << 10 | 5 << 5 | 1;
                assert_eq!(m.esr(), 0x18 << 26 | 1 << 25 | iss);
            }
        }
        // They are read-only.
        let mut m = Machine::of(Profile::M2, 12, 16);
        assert!(!m.run(&[word & !(1 << 21)]));
        assert_eq!(m.class(), 0);
    }
}
