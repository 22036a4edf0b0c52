//! Instructions that saturate and keep the size. A saturated result differs from the wrapped one; the difference is collected
//! in the frame, and becomes `FPSR.QC` when somebody looks.

use super::constants::{ALL_ONES, ROUND_31, largest, sign};
use super::{
    A, B, BySize, C, PABS, PADD, PCMPEQ, PCMPGT, PMINU, PSUB, S, SLL, SRL, VPAND, VPANDN, VPBLENDD, VPOR, VPXOR, size,
    v1, v2, v3,
};
use crate::asm::{Vex, Xmm};
use crate::emit::{Emitter, MOVE};
use vmapple_a64::Op;
use vmapple_a64::decode::{simd_elem_code as e, simd_misc_code as m, simd_shift_code as h, simd_three_code as t};

const PADDS: BySize = [Some(v1(0xec)), Some(v1(0xed)), None, None];
const PADDUS: BySize = [Some(v1(0xdc)), Some(v1(0xdd)), None, None];
const PSUBS: BySize = [Some(v1(0xe8)), Some(v1(0xe9)), None, None];
const PSUBUS: BySize = [Some(v1(0xd8)), Some(v1(0xd9)), None, None];
/// By the top bit of each lane (of 4 or 8 bytes) of the register that the last byte names: the second operand or the first.
const VBLENDV: [Vex; 2] = [v3(0x4a), v3(0x4b)];
const VPMULDQ: Vex = v2(0x28);
const VPMULHRSW: Vex = v2(0x0b);

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn saturating(&mut self, op: &Op) -> bool {
        let n = size(op);
        match op.code {
            t::SQADD | t::SQADD_SCALAR if n < 2 => self.host_saturates(op, PADDS, PADD),
            t::UQADD | t::UQADD_SCALAR if n < 2 => self.host_saturates(op, PADDUS, PADD),
            t::SQSUB | t::SQSUB_SCALAR if n < 2 => self.host_saturates(op, PSUBS, PSUB),
            t::UQSUB | t::UQSUB_SCALAR if n < 2 => self.host_saturates(op, PSUBUS, PSUB),
            t::SQADD | t::SQADD_SCALAR => self.signed_sum(op, true),
            t::SQSUB | t::SQSUB_SCALAR => self.signed_sum(op, false),
            t::UQADD | t::UQADD_SCALAR => self.unsigned_sum(op, true),
            t::UQSUB | t::UQSUB_SCALAR => self.unsigned_sum(op, false),
            m::SQABS | m::SQABS_SCALAR | m::SQNEG | m::SQNEG_SCALAR => self.absolute_or_negative(op),
            t::SQDMULH | t::SQDMULH_SCALAR | e::SQDMULH_ELEM | e::SQDMULH_ELEM_SCALAR => {
                self.doubled_product(op, false)
            }
            t::SQRDMULH | t::SQRDMULH_SCALAR | e::SQRDMULH_ELEM | e::SQRDMULH_ELEM_SCALAR => {
                self.doubled_product(op, true)
            }
            h::UQSHL_IMM | h::UQSHL_IMM_SCALAR | h::SQSHL_IMM | h::SQSHL_IMM_SCALAR | h::SQSHLU | h::SQSHLU_SCALAR => {
                self.shift_left_saturating(op)
            }
            _ => false,
        }
    }

    /// The host's saturating instruction beside its wrapping one.
    fn host_saturates(&mut self, op: &Op, saturating: BySize, wrapping: BySize) -> bool {
        let n = size(op);
        let (Some(saturating), Some(wrapping)) = (saturating[n], wrapping[n]) else { return false };
        let (a, b) = (self.v_any(op.rn, A), self.second(op));
        self.asm.vex(saturating, S, a, b);
        self.asm.vex(wrapping, C, a, b);
        self.asm.vex(VPXOR, C, C, S);
        self.saturated(op, C);
        self.simd_result(op, S);
        true
    }

    /// SQADD and SQSUB of words and doublewords.
    fn signed_sum(&mut self, op: &Op, add: bool) -> bool {
        let (a, b) = (self.v_in(op.rn, A), self.second(op));
        self.saturating_sum(size(op), add, a, b);
        self.saturated(op, C);
        self.simd_result(op, S);
        true
    }

    /// `S` = the sum or difference of words or doublewords, saturated; `C` is not zero in the lanes that are. `a` is a register
    /// below 16, and not `B`. Uses `A` and `B`.
    pub(super) fn saturating_sum(&mut self, n: usize, add: bool, a: Xmm, b: Xmm) {
        let Some(f) = (if add { PADD } else { PSUB })[n] else { return };
        self.asm.vex(f, S, a, b);
        // They overflow where operands of one sign (of a difference: of two) give a result of the other.
        self.asm.vex(VPXOR, B, a, b);
        self.asm.vex(VPXOR, C, a, S);
        self.asm.vex(if add { VPANDN } else { VPAND }, B, B, C);
        self.limit_by_sign(n, A, a);
        self.asm.vex_imm(VBLENDV[n & 1], S, S, A, B.0 << 4);
        self.shift_lanes(n, SRL, C, B, (8 << n) - 1);
    }

    /// `dst` = the largest number, or the smallest where `src` is negative. Uses `C`.
    fn limit_by_sign(&mut self, n: usize, dst: Xmm, src: Xmm) {
        self.zero(C);
        if let Some(gt) = PCMPGT[n] {
            self.asm.vex(gt, C, C, src);
        }
        self.with(VPXOR, dst, C, largest(n));
    }

    /// UQADD and UQSUB of words and doublewords.
    fn unsigned_sum(&mut self, op: &Op, add: bool) -> bool {
        let n = size(op);
        let (Some(padd), Some(psub)) = (PADD[n], PSUB[n]) else { return false };
        let (a, b) = (self.v_in(op.rn, A), self.second(op));
        if let Some(min) = PMINU[n] {
            // As much as there is room for, or as there is to take from.
            if add {
                self.with(VPXOR, C, a, ALL_ONES);
                self.asm.vex(min, C, C, b);
                self.asm.vex(padd, S, a, C);
            } else {
                self.asm.vex(min, C, a, b);
                self.asm.vex(psub, S, a, C);
            }
            self.asm.vex(VPXOR, C, C, b);
        } else {
            // Doublewords: the wrapped sum is smaller than an operand, or the second operand is larger.
            let first = if add {
                self.asm.vex(padd, S, a, b);
                S
            } else {
                self.asm.vex(psub, S, a, b);
                b
            };
            self.with(VPXOR, C, a, sign(3));
            self.with(VPXOR, B, first, sign(3));
            if add {
                self.asm.vex(v2(0x37), C, C, B);
                self.asm.vex(VPOR, S, S, C);
            } else {
                self.asm.vex(v2(0x37), C, B, C);
                self.asm.vex(VPANDN, S, C, S);
            }
        }
        self.saturated(op, C);
        self.simd_result(op, S);
        true
    }

    /// SQABS, SQNEG: only the smallest number has none; its own is itself, less one is the largest.
    fn absolute_or_negative(&mut self, op: &Op) -> bool {
        let n = size(op);
        let (Some(eq), Some(add), Some(sub)) = (PCMPEQ[n], PADD[n], PSUB[n]) else { return false };
        let a = self.v_in(op.rn, A);
        if matches!(op.code, m::SQABS | m::SQABS_SCALAR) {
            if let Some(abs) = PABS[n] {
                self.asm.vex2(abs, S, a);
            } else {
                self.zero(C);
                self.asm.vex(v2(0x37), C, C, a); // VPCMPGTQ
                self.asm.vex(VPXOR, S, a, C);
                self.asm.vex(sub, S, S, C);
            }
        } else {
            self.zero(C);
            self.asm.vex(sub, S, C, a);
        }
        self.with(eq, C, S, sign(n));
        self.asm.vex(add, S, S, C);
        self.saturated(op, C);
        self.simd_result(op, S);
        true
    }

    /// SQDMULH, SQRDMULH. They saturate only where both operands are the smallest number, and there they wrap to it.
    fn doubled_product(&mut self, op: &Op, rounding: bool) -> bool {
        let n = size(op);
        let Some(eq) = PCMPEQ[n] else { return false };
        let (a, b) = (self.v_in(op.rn, A), self.second(op));
        match (n, rounding) {
            (1, true) => self.asm.vex(VPMULHRSW, S, a, b),
            (1, false) => {
                self.asm.vex(v1(0xe5), S, a, b); // VPMULHW
                self.asm.vex(v1(0xd5), C, a, b); // VPMULLW
                self.shift_lanes(1, SLL, S, S, 1);
                self.shift_lanes(1, SRL, C, C, 15);
                self.asm.vex(VPOR, S, S, C);
            }
            _ => {
                // Lanes with even numbers, then those with odd ones.
                self.asm.vex(VPMULDQ, S, a, b);
                self.shift_lanes(3, SRL, A, a, 32);
                self.shift_lanes(3, SRL, B, b, 32);
                self.asm.vex(VPMULDQ, C, A, B);
                if rounding {
                    // Half of the unit of the doubled product.
                    self.with(v1(0xd4), S, S, ROUND_31);
                    self.with(v1(0xd4), C, C, ROUND_31);
                }
                self.shift_lanes(3, SRL, S, S, 31);
                self.shift_lanes(3, SLL, C, C, 1);
                self.asm.vex_imm(VPBLENDD, S, S, C, 0b1010);
            }
        }
        self.with(eq, C, S, sign(n));
        self.asm.vex(VPXOR, S, S, C);
        self.saturated(op, C);
        self.simd_result(op, S);
        true
    }

    /// UQSHL, SQSHL, SQSHLU by an immediate: shifting back gives the operand unless it saturates.
    fn shift_left_saturating(&mut self, op: &Op) -> bool {
        let n = size(op);
        let Some(eq) = PCMPEQ[n] else { return false };
        let signed = matches!(op.code, h::SQSHL_IMM | h::SQSHL_IMM_SCALAR);
        let to_unsigned = matches!(op.code, h::SQSHLU | h::SQSHLU_SCALAR);
        let mut a = self.v_in(op.rn, A);
        if to_unsigned {
            // Negative numbers give zero.
            self.zero(C);
            if let Some(gt) = PCMPGT[n] {
                self.asm.vex(gt, C, C, a);
            }
            self.asm.vex(VPANDN, B, C, a);
            a = B;
        }
        self.shift_left(n, op.ra, S, a);
        if op.ra == 0 {
            if !to_unsigned {
                self.simd_result(op, S);
                return true;
            }
            let original = self.v_in(op.rn, A);
            self.asm.vex(VPXOR, C, original, S);
        } else {
            // Where they are the same: all ones.
            let back = if to_unsigned { A } else { B };
            self.shift_right(n, signed, false, op.ra, back, S);
            self.asm.vex(eq, C, back, a);
            if signed {
                let sign_of = back;
                self.asm.vex2(MOVE, sign_of, C);
                self.limit_by_sign(n, C, a);
                self.asm.vex(VPAND, S, S, sign_of);
                self.asm.vex(VPANDN, C, sign_of, C);
                self.asm.vex(VPOR, S, S, C);
                self.with(VPXOR, C, sign_of, ALL_ONES);
            } else {
                self.with(VPXOR, C, C, ALL_ONES);
                self.asm.vex(VPOR, S, S, C);
                if to_unsigned {
                    let original = self.v_in(op.rn, A);
                    self.asm.vex(VPXOR, B, B, original);
                    self.asm.vex(VPOR, C, C, B);
                }
            }
        }
        self.saturated(op, C);
        self.simd_result(op, S);
        true
    }
}
