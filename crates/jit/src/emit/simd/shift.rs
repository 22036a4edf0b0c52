//! Shifts by an immediate, without saturation; the modified immediates.

use super::constants::{QUARTER, bytes_shifted, bytes_sign, sign};
use super::{
    A, B, C, PADD, PSUB, S, SLL, SRA, SRL, VMOVQ_GPR, VPAND, VPANDN, VPOR, VPUNPCKLQDQ, VPXOR, lane_bits, size, v1, v2,
};
use crate::asm::{RAX, Vex, Xmm};
use crate::emit::{Emitter, LOAD, MOVE};
use crate::frame::simd_constant;
use vmapple_a64::Op;
use vmapple_a64::decode::simd_shift_code as h;

const VPSUBQ: Vex = v1(0xfb);
const VPSRAQ: Vex = Vex { w: true, ..v1(0x72) };
const VPCMPGTQ: Vex = v2(0x37);

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn shifts(&mut self, op: &Op) -> bool {
        let n = size(op);
        match op.code {
            h::SHL | h::SHL_SCALAR => {
                let (a, out) = (self.v_any(op.rn, A), self.out(op));
                self.shift_left(n, op.ra, out, a);
                self.simd_result(op, out);
                return true;
            }
            h::USHR | h::USHR_SCALAR => self.right(op, false, false, false),
            h::SSHR | h::SSHR_SCALAR => self.right(op, true, false, false),
            h::USRA | h::USRA_SCALAR => self.right(op, false, false, true),
            h::SSRA | h::SSRA_SCALAR => self.right(op, true, false, true),
            h::URSHR | h::URSHR_SCALAR => self.right(op, false, true, false),
            h::SRSHR | h::SRSHR_SCALAR => self.right(op, true, true, false),
            h::URSRA | h::URSRA_SCALAR => self.right(op, false, true, true),
            h::SRSRA | h::SRSRA_SCALAR => self.right(op, true, true, true),
            h::SRI | h::SRI_SCALAR | h::SLI | h::SLI_SCALAR => self.insert_shifted(op),
            h::MOVI_32 | h::MOVI_16 | h::MOVI_32_ONES | h::MOVI_8 | h::MOVI_64 => self.constant_vector(op.imm),
            h::MVNI_32 | h::MVNI_16 | h::MVNI_32_ONES => self.constant_vector(!op.imm),
            h::ORR_IMM_32 | h::ORR_IMM_16 => {
                self.constant_vector(op.imm);
                let d = self.v_operand(op.rd);
                self.asm.vex(VPOR, S, S, d);
            }
            h::BIC_IMM_32 | h::BIC_IMM_16 => {
                self.constant_vector(op.imm);
                let d = self.v_operand(op.rd);
                self.asm.vex(VPANDN, S, S, d);
            }
            _ => return false,
        }
        self.simd_result(op, S);
        true
    }

    /// `dst = src << by` in lanes of `1 << n` bytes.
    pub(super) fn shift_left(&mut self, n: usize, by: u8, dst: Xmm, src: Xmm) {
        if by == 0 {
            self.asm.vex2(MOVE, dst, src);
        } else if n == 0 {
            // The host has no shifts of bytes: shift halfwords, and clear what came from the neighbour.
            self.shift_lanes(1, SLL, dst, src, by);
            self.with(VPAND, dst, dst, bytes_shifted(true, by));
        } else {
            self.shift_lanes(n, SLL, dst, src, by);
        }
    }

    /// `dst = src >> by`, optionally rounded: the last bit shifted out is added. `by` is 1 to the lane's bits. Uses `C`.
    /// Signed doublewords are below register 16.
    pub(super) fn shift_right(&mut self, n: usize, signed: bool, rounding: bool, by: u8, dst: Xmm, src: Xmm) {
        if !rounding {
            return self.shift_down(n, signed, by, dst, src);
        }
        self.shift_down(n, signed, by - 1, dst, src);
        if n < 2 && !signed {
            // VPAVG with zero: half, rounded up.
            self.zero(C);
            self.asm.vex(if n == 0 { v1(0xe0) } else { v1(0xe3) }, dst, dst, C);
        } else {
            self.without_half(n, signed, dst);
        }
    }

    /// `dst` without its half rounded down: its half rounded up. Uses `C`.
    pub(super) fn without_half(&mut self, n: usize, signed: bool, dst: Xmm) {
        if n == 3 && signed && !self.switches.wide_vectors {
            self.with(VPXOR, C, dst, sign(3));
            self.shift_lanes(3, SRL, C, C, 1);
            self.with(VPSUBQ, C, C, QUARTER);
        } else {
            self.shift_down(n, signed, 1, C, dst);
        }
        if let Some(sub) = PSUB[n] {
            self.asm.vex(sub, dst, dst, C);
        }
    }

    /// The same without rounding, by 0 to the lane's bits. Uses `C` for signed doublewords.
    fn shift_down(&mut self, n: usize, signed: bool, by: u8, dst: Xmm, src: Xmm) {
        match (n, signed) {
            _ if by == 0 => self.asm.vex2(MOVE, dst, src),
            (0, false) if by == 8 => self.zero(dst),
            (0, _) => {
                let by = by.min(7);
                self.shift_lanes(1, SRL, dst, src, by);
                self.with(VPAND, dst, dst, bytes_shifted(false, by));
                if signed {
                    // The sign bit, to all above it.
                    self.with(VPXOR, dst, dst, bytes_sign(by));
                    self.with(v1(0xf8), dst, dst, bytes_sign(by));
                }
            }
            (3, true) if self.switches.wide_vectors => self.asm.evex_shift(VPSRAQ, SRA, dst, src, by),
            (3, true) => {
                // Of negative numbers the complement is shifted.
                self.zero(C);
                self.asm.vex(VPCMPGTQ, C, C, src);
                self.asm.vex(VPXOR, dst, src, C);
                self.shift_lanes(3, SRL, dst, dst, by);
                self.asm.vex(VPXOR, dst, dst, C);
            }
            _ => self.shift_lanes(n, if signed { SRA } else { SRL }, dst, src, by),
        }
    }

    /// `S` = the operand shifted right, optionally rounded, optionally added to the destination.
    fn right(&mut self, op: &Op, signed: bool, rounding: bool, added: bool) {
        let n = size(op);
        // Doublewords with sign are compared.
        let a = if signed && n == 3 { self.v_in(op.rn, A) } else { self.v_any(op.rn, A) };
        self.shift_right(n, signed, rounding, op.ra, S, a);
        if added && let Some(add) = PADD[n] {
            let d = self.v_operand(op.rd);
            self.asm.vex(add, S, S, d);
        }
    }

    /// SRI, SLI: the bits of the destination that nothing is shifted into stay.
    fn insert_shifted(&mut self, op: &Op) {
        let n = size(op);
        let left = matches!(op.code, h::SLI | h::SLI_SCALAR);
        let (a, d) = (self.v_any(op.rn, A), self.v_any(op.rd, B));
        if n == 0 {
            if !left && op.ra == 8 {
                return self.asm.vex2(MOVE, S, d);
            }
            let mask = bytes_shifted(left, op.ra);
            self.asm.vex2(LOAD, C, simd_constant(mask));
            self.asm.vex(VPANDN, B, C, d);
            self.shift_lanes(1, if left { SLL } else { SRL }, S, a, op.ra);
            self.asm.vex(VPAND, S, S, C);
        } else {
            // By shifting the others out and back.
            let keep = lane_bits(op) - op.ra;
            let (out, back) = if left { (SLL, SRL) } else { (SRL, SLL) };
            self.shift_lanes(n, out, B, d, keep);
            self.shift_lanes(n, back, B, B, keep);
            self.shift_lanes(n, out, S, a, op.ra);
        }
        self.asm.vex(VPOR, S, S, B);
    }

    /// A doubleword in both halves of `S`.
    pub(crate) fn constant_vector(&mut self, v: u64) {
        match v {
            0 => self.zero(S),
            u64::MAX => self.ones(S),
            _ => {
                self.asm.mov_imm(RAX, v);
                self.asm.vex_rm(VMOVQ_GPR, S.0, 0, RAX.into());
                self.asm.vex(VPUNPCKLQDQ, S, S, S);
            }
        }
    }
}
