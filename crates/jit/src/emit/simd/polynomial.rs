//! PMUL and PMULL of bytes: products of polynomials over bits, one bit of the second operand after the other.

use super::constants::{ALL_ONES, ZERO};
use super::{A, B, C, S, SLL, SRA, VPAND, VPXOR, upper, v1, v3};
use crate::asm::Vex;
use crate::emit::Emitter;
use crate::frame::simd_constant;
use vmapple_a64::Op;
use vmapple_a64::decode::simd_three_code as t;

const VPADDB: Vex = v1(0xfc);
/// Where a byte of the register that the last byte names has its top bit set: from the second operand, else from the first.
const VPBLENDVB: Vex = v3(0x4c);

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn polynomial_bytes(&mut self, op: &Op) -> bool {
        match op.code {
            t::PMUL => {
                let (a, b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
                // A, doubled at each step, where the bit is not clear.
                self.with(VPXOR, B, b, ALL_ONES);
                self.asm.vex2(crate::emit::MOVE, A, a);
                self.zero(S);
                for bit in 0..8 {
                    self.shift_lanes(1, SLL, C, B, 7 - bit);
                    self.asm.vex(VPBLENDVB, C, A, simd_constant(ZERO));
                    self.asm.byte(C.0 << 4);
                    self.asm.vex(VPXOR, S, S, C);
                    if bit < 7 {
                        self.asm.vex(VPADDB, A, A, A);
                    }
                }
            }
            t::PMULL_8H => {
                let (a, b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
                self.half_widened(0, false, upper(op), A, a);
                self.half_widened(0, false, upper(op), B, b);
                self.zero(S);
                for bit in 0..8 {
                    // The bit to the top of its halfword, and to all below.
                    self.shift_lanes(1, SLL, C, B, 15 - bit);
                    self.shift_lanes(1, SRA, C, C, 15);
                    self.asm.vex(VPAND, C, C, A);
                    self.asm.vex(VPXOR, S, S, C);
                    if bit < 7 {
                        self.shift_lanes(1, SLL, A, A, 1);
                    }
                }
            }
            _ => return false,
        }
        self.simd_result(op, S);
        true
    }
}
