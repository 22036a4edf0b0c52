//! Advanced SIMD floating point in single and double precision on the host's, as `fp` does for scalars: a lane that is a NaN,
//! or of the smallest normal magnitude where that may be a rounded-up underflow, leaves the instruction to the interpreter.

use super::Emitter;
use super::simd::{S, v1, v2};
use crate::asm::{CC_NE, Vex, Xmm};
use crate::frame::{abs_mask, smallest_normal};
use vmapple_a64::Op;
use vmapple_a64::decode::{simd_fp_code as f, simd_fp_elem_code as e, simd_fp_misc_code as m};

const A: Xmm = Xmm(1);
const B: Xmm = Xmm(2);
const C: Xmm = Xmm(3);
const VMOVQ: Vex = Vex { pp: 2, map: 1, w: false, opcode: 0x7e };

const ADD: u8 = 0x58;
const MUL: u8 = 0x59;
const SUB: u8 = 0x5c;
const DIV: u8 = 0x5e;

/// Packed arithmetic: no prefix for single, 66 for double precision.
const fn packed(double: bool, opcode: u8) -> Vex {
    Vex { pp: double as u8, map: 1, w: false, opcode }
}

/// The instruction works on 128 bits.
fn whole(op: &Op) -> bool {
    op.imm >> 30 & 1 != 0
}

impl Emitter<'_> {
    /// Translates a vector floating-point instruction; false if it has no host form here. `FPCR` is zero.
    pub(crate) fn simd_floating_point(&mut self, op: &Op) -> bool {
        if !self.switches.host_fp {
            return false;
        }
        match op.code {
            f::FADD_VS => self.two_vectors(op, false, ADD),
            f::FADD_VD => self.two_vectors(op, true, ADD),
            f::FSUB_VS => self.two_vectors(op, false, SUB),
            f::FSUB_VD => self.two_vectors(op, true, SUB),
            f::FMUL_VS => self.two_vectors(op, false, MUL),
            f::FMUL_VD => self.two_vectors(op, true, MUL),
            // Zero divided by zero in lanes that are not there would be invalid.
            f::FDIV_VS if whole(op) => self.two_vectors(op, false, DIV),
            f::FDIV_VD => self.two_vectors(op, true, DIV),
            f::FMLA_VS => self.fma_vectors(op, false, 0xb8),
            f::FMLA_VD => self.fma_vectors(op, true, 0xb8),
            f::FMLS_VS => self.fma_vectors(op, false, 0xbc),
            f::FMLS_VD => self.fma_vectors(op, true, 0xbc),
            e::FMUL_ELEM_VS => self.multiply_element(op, false),
            e::FMUL_ELEM_VD => self.multiply_element(op, true),
            e::FMLA_ELEM_VS => self.fma_element(op, false, 0xb8),
            e::FMLA_ELEM_VD => self.fma_element(op, true, 0xb8),
            e::FMLS_ELEM_VS => self.fma_element(op, false, 0xbc),
            e::FMLS_ELEM_VD => self.fma_element(op, true, 0xbc),
            f::FCMEQ_VS => self.compare_vectors(op, false, 0, false),
            f::FCMEQ_VD => self.compare_vectors(op, true, 0, false),
            f::FCMGT_VS => self.compare_vectors(op, false, 1, true),
            f::FCMGT_VD => self.compare_vectors(op, true, 1, true),
            f::FCMGE_VS => self.compare_vectors(op, false, 2, true),
            f::FCMGE_VD => self.compare_vectors(op, true, 2, true),
            m::FABS_VS => self.sign_vectors(op, false, 0x54),
            m::FABS_VD => self.sign_vectors(op, true, 0x54),
            m::SCVTF_VS => {
                let a = self.operand(op, op.rn, A);
                self.asm.vex2(packed(false, 0x5b), S, a);
                self.store_vector_of(op);
            }
            _ => return false,
        }
        true
    }

    /// An operand, with zeros in the lanes that the instruction does not have.
    fn operand(&mut self, op: &Op, n: u8, scratch: Xmm) -> Xmm {
        if whole(op) {
            return self.v_any(n, scratch);
        }
        let from = self.v_operand(n);
        self.asm.vex2(VMOVQ, scratch, from);
        scratch
    }

    /// The same in a register below 16, for what has no EVEX form.
    fn low_operand(&mut self, op: &Op, n: u8, scratch: Xmm) -> Xmm {
        if whole(op) { self.v_in(n, scratch) } else { self.operand(op, n, scratch) }
    }

    fn store_vector_of(&mut self, op: &Op) {
        if !whole(op) {
            self.asm.vex2(VMOVQ, S, S);
        }
        self.store_v(op.rd, S);
    }

    /// Writes the result in `S` unless a lane is a NaN.
    fn vector_result(&mut self, op: &Op, double: bool) {
        let (slow, back) = self.slow_path(op);
        self.asm.vex_imm(packed(double, 0xc2), A, S, S, 3); // VCMPUNORD
        self.finish_vector(op, double, slow, back);
    }

    /// The same, unless a lane may have been rounded up to the smallest normal number.
    fn vector_result_that_may_underflow(&mut self, op: &Op, double: bool) {
        let (slow, back) = self.slow_path(op);
        self.asm.vex(packed(double, 0x54), A, S, abs_mask(double));
        self.asm.vex_imm(packed(double, 0xc2), A, A, smallest_normal(double), 8); // equal or unordered
        self.finish_vector(op, double, slow, back);
    }

    fn finish_vector(&mut self, op: &Op, double: bool, slow: crate::asm::Label, back: crate::asm::Label) {
        self.asm.vex2(v2(if double { 0x0f } else { 0x0e }), A, A); // VTESTPS, VTESTPD
        self.asm.jcc(CC_NE, slow);
        self.store_v(op.rd, S);
        self.asm.bind(back);
    }

    fn two_vectors(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let a = self.operand(op, op.rn, A);
        let b = self.operand(op, op.rm, B);
        self.asm.vex(packed(double, opcode), S, a, b);
        if matches!(opcode, MUL | DIV) {
            self.vector_result_that_may_underflow(op, double);
        } else {
            self.vector_result(op, double);
        }
    }

    fn fma_vectors(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let b = self.operand(op, op.rm, B);
        self.fma_with(op, double, opcode, b);
    }

    fn fma_with(&mut self, op: &Op, double: bool, opcode: u8, b: Xmm) {
        let a = self.operand(op, op.rn, A);
        let d = self.operand(op, op.rd, C);
        self.asm.vex2(super::MOVE, S, d);
        self.asm.vex(Vex { w: double, ..v2(opcode) }, S, a, b);
        self.vector_result_that_may_underflow(op, double);
    }

    /// The element of Rm that the instruction names, in all lanes.
    fn element(&mut self, op: &Op, double: bool) -> Xmm {
        let m = self.v_any(op.rm, B);
        let order = if double { [0x44, 0xee][usize::from(op.aux & 1)] } else { 0x55 * (op.aux as u8 & 3) };
        self.asm.vex_imm(v1(0x70), B, Xmm(0), m, order);
        if !whole(op) {
            self.asm.vex2(VMOVQ, B, B);
        }
        B
    }

    fn multiply_element(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let b = self.element(op, double);
        let a = self.operand(op, op.rn, A);
        self.asm.vex(packed(double, MUL), S, a, b);
        self.vector_result_that_may_underflow(op, double);
    }

    fn fma_element(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let b = self.element(op, double);
        self.fma_with(op, double, opcode, b);
    }

    /// Compares lanes: the host's predicate, whose signalling is the guest's; `swapped` turns less into greater.
    fn compare_vectors(&mut self, op: &Op, double: bool, predicate: u8, swapped: bool) {
        let a = self.low_operand(op, op.rn, A);
        let b = self.low_operand(op, op.rm, B);
        let (first, second) = if swapped { (b, a) } else { (a, b) };
        self.asm.vex_imm(packed(double, 0xc2), S, first, second, predicate);
        self.store_vector_of(op);
    }

    fn sign_vectors(&mut self, op: &Op, double: bool, opcode: u8) {
        let a = self.operand(op, op.rn, A);
        self.asm.vex(packed(double, opcode), S, a, abs_mask(double));
        self.store_vector_of(op);
    }
}
