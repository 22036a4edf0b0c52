//! `FPSR` after what host code begins and the interpreter ends: the host must have noted nothing that the guest's arithmetic
//! does not.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../machine/mod.rs"]
mod machine;

use machine::{Board, CODE, Engine, hvc};
use vmapple_a64::{Exit, Profile};

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
