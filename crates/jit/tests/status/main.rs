//! `FPSR` after what host code begins and the interpreter ends: the host must have noted nothing that the guest's arithmetic
//! does not.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../machine/mod.rs"]
mod machine;

use machine::{Board, CODE, Engine, hvc};
use vmapple_a64::{Exit, Profile};
use vmapple_jit::Switches;

/// X0 and `FPSR` after one instruction on V1, on a core that has run it before.
fn outcome(core: &mut dyn Engine, v1: u128) -> (u64, u32) {
    let s = &mut core.cpu().state;
    (s.pc, s.v[1], s.x[0], s.fpsr) = (CODE, v1, 0x5555, 0);
    assert_eq!(core.run(), Exit::Hypercall { imm: 1 });
    (core.cpu().state.x[0], core.cpu().state.fpsr)
}

#[test]
fn numbers_at_the_ends_of_the_integers_convert_with_the_status_they_should() {
    // FCVTZS and FCVTZU of S1 or D1 to W0 or X0.
    for word in (0..8).map(|n| 0x1e38_0020 | (n & 1) << 31 | (n & 2) << 21 | (n & 4) << 14) {
        let double = word >> 22 & 1 != 0;
        let b = Board::new(2);
        b.words(CODE, &[word, hvc(1)]);
        let (mut ours, mut theirs) = (b.jit(0), b.interpreted(1, Profile::M1));
        let ends =
            [0.0, 0.25, 1.0, 2f64.powi(31), 2f64.powi(32), 2f64.powi(63), 2f64.powi(64), f64::MAX, f64::INFINITY];
        for end in ends.into_iter().chain([f64::NAN]) {
            for near in -2i64..=2 {
                for sign in [0, 1u64] {
                    let bits = if double {
                        u128::from(end.to_bits().wrapping_add_signed(near) | sign << 63)
                    } else {
                        u128::from((end as f32).to_bits().wrapping_add_signed(near as i32) | (sign as u32) << 31)
                    };
                    let (ours, theirs) = (outcome(&mut ours, bits), outcome(&mut theirs, bits));
                    assert_eq!(ours, theirs, "{word:08x} of {bits:#x}: X0 and FPSR, recompiled and interpreted");
                }
            }
        }
    }
}

/// Code that is met for the first time is the interpreter's: it must see, and clear, what host code noted before.
#[test]
fn cold_code_sees_the_status_that_hot_code_left() {
    const SQADD_V0_4S: u32 = 0x4ea0_0c00;
    const FDIV_D1_D2_D3: u32 = 0x1e63_1841;
    const SUB_X2_1: u32 = 0xd100_0442;
    const CBNZ_X2_BACK_3: u32 = 0xb5ff_ffa2;
    const BR_X1: u32 = 0xd61f_0020;
    const MRS_X0_FPSR: u32 = 0xd53b_4420;
    const MSR_FPSR_XZR: u32 = 0xd51b_443f;
    const QC_AND_DZC: u64 = 1 << 27 | 2;
    let b = Board::new(1);
    b.words(CODE, &[SQADD_V0_4S, FDIV_D1_D2_D3, SUB_X2_1, CBNZ_X2_BACK_3, BR_X1]);
    let (reads, clears) = (CODE + 0x1000, CODE + 0x2000);
    b.words(reads, &[MRS_X0_FPSR, hvc(1)]);
    b.words(clears, &[MSR_FPSR_XZR, MRS_X0_FPSR, hvc(1)]);
    for (cold, expected) in [(reads, QC_AND_DZC), (clears, 0)] {
        let mut jit = b.recompiled(0, Profile::M1, 4 << 20, Switches::all());
        let s = &mut jit.cpu_mut().state;
        (s.pc, s.x[1], s.x[2], s.fpsr) = (CODE, cold, 50, 0);
        // Doubled, a lane saturates when the loop is long hot.
        (s.v[0], s.v[2], s.v[3]) = (1, u128::from(1f64.to_bits()), 0);
        assert_eq!(jit.run(), Exit::Hypercall { imm: 1 });
        assert!(jit.translated() > 0, "the loop is hot");
        assert_eq!((jit.cpu().state.x[0], u64::from(jit.cpu().state.fpsr)), (expected, expected));
    }
}
