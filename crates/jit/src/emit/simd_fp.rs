//! Advanced SIMD floating point in single and double precision on the host's, as `fp` does for scalars: a lane that is a NaN,
//! or of the smallest normal magnitude where that may be a rounded-up underflow, leaves the instruction to the interpreter.

use super::Emitter;
use super::simd::{S, v1, v2, v3};
use crate::asm::{CC_NE, CC_P, Mem, Vex, Xmm};
use crate::frame::{abs_mask, sign_mask, smallest_normal};
use vmapple_a64::Op;
use vmapple_a64::decode::{Code, simd_fp_code as f, simd_fp_elem_code as e, simd_fp_misc_code as m};

const A: Xmm = Xmm(1);
const B: Xmm = Xmm(2);
const C: Xmm = Xmm(3);
const VMOVQ: Vex = Vex { pp: 2, map: 1, w: false, opcode: 0x7e };

const ADD: u8 = 0x58;
const MUL: u8 = 0x59;
const SUB: u8 = 0x5c;
const DIV: u8 = 0x5e;

/// Packed arithmetic: no prefix for single, 66 for double precision.
pub(super) const fn packed(double: bool, opcode: u8) -> Vex {
    Vex { pp: double as u8, map: 1, w: false, opcode }
}

/// The lanes that an instruction works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lanes {
    /// A scalar.
    One,
    /// The lower 64 bits.
    Half,
    Whole,
}

impl Lanes {
    /// By the instruction word, which the decoder leaves in `imm` for these.
    pub(super) fn of(op: &Op) -> Self {
        match (op.imm >> 28 & 1 != 0, op.imm >> 30 & 1 != 0) {
            (true, _) => Lanes::One,
            (false, false) => Lanes::Half,
            (false, true) => Lanes::Whole,
        }
    }
}

/// The precision of a code, if it is one of two: single, double.
fn precision(code: Code, single: Code, double: Code) -> Option<bool> {
    if code == single { Some(false) } else { (code == double).then_some(true) }
}

/// What has the same shape: the codes for single and double precision, and a value.
type Table<T, const N: usize> = [(Code, Code, T); N];

fn find<T: Copy, const N: usize>(table: &Table<T, N>, code: Code) -> Option<(bool, T)> {
    table.iter().find_map(|&(single, double, what)| Some((precision(code, single, double)?, what)))
}

/// Two operands, by the host's opcode.
const TWO: Table<u8, 4> = [
    (f::FADD_VS, f::FADD_VD, ADD),
    (f::FSUB_VS, f::FSUB_VD, SUB),
    (f::FMUL_VS, f::FMUL_VD, MUL),
    (f::FDIV_VS, f::FDIV_VD, DIV),
];

/// Fused: 231 forms.
const FUSED: Table<u8, 2> = [(f::FMLA_VS, f::FMLA_VD, 0xb8), (f::FMLS_VS, f::FMLS_VD, 0xbc)];
const FUSED_ELEMENT: Table<u8, 4> = [
    (e::FMLA_ELEM_VS, e::FMLA_ELEM_VD, 0xb8),
    (e::FMLS_ELEM_VS, e::FMLS_ELEM_VD, 0xbc),
    (e::FMLA_ELEM_1S, e::FMLA_ELEM_1D, 0xb8),
    (e::FMLS_ELEM_1S, e::FMLS_ELEM_1D, 0xbc),
];

/// A comparison of lanes: the host's predicate, whose signalling is the guest's.
#[derive(Clone, Copy)]
struct Comparison {
    predicate: u8,
    /// The operands change places, which turns less into greater.
    swapped: bool,
    /// Of magnitudes.
    absolute: bool,
    /// With zero.
    zero: bool,
}

const fn comparison(predicate: u8, swapped: bool, absolute: bool, zero: bool) -> Comparison {
    Comparison { predicate, swapped, absolute, zero }
}

const EQ: u8 = 0;
const LT: u8 = 1;
const LE: u8 = 2;

const COMPARE: Table<Comparison, 20> = [
    (f::FCMEQ_VS, f::FCMEQ_VD, comparison(EQ, false, false, false)),
    (f::FCMGT_VS, f::FCMGT_VD, comparison(LT, true, false, false)),
    (f::FCMGE_VS, f::FCMGE_VD, comparison(LE, true, false, false)),
    (f::FACGT_VS, f::FACGT_VD, comparison(LT, true, true, false)),
    (f::FACGE_VS, f::FACGE_VD, comparison(LE, true, true, false)),
    (f::FCMEQ_1S, f::FCMEQ_1D, comparison(EQ, false, false, false)),
    (f::FCMGT_1S, f::FCMGT_1D, comparison(LT, true, false, false)),
    (f::FCMGE_1S, f::FCMGE_1D, comparison(LE, true, false, false)),
    (f::FACGT_1S, f::FACGT_1D, comparison(LT, true, true, false)),
    (f::FACGE_1S, f::FACGE_1D, comparison(LE, true, true, false)),
    (m::FCMEQ_ZERO_VS, m::FCMEQ_ZERO_VD, comparison(EQ, false, false, true)),
    (m::FCMGT_ZERO_VS, m::FCMGT_ZERO_VD, comparison(LT, true, false, true)),
    (m::FCMGE_ZERO_VS, m::FCMGE_ZERO_VD, comparison(LE, true, false, true)),
    (m::FCMLT_ZERO_VS, m::FCMLT_ZERO_VD, comparison(LT, false, false, true)),
    (m::FCMLE_ZERO_VS, m::FCMLE_ZERO_VD, comparison(LE, false, false, true)),
    (m::FCMEQ_ZERO_1S, m::FCMEQ_ZERO_1D, comparison(EQ, false, false, true)),
    (m::FCMGT_ZERO_1S, m::FCMGT_ZERO_1D, comparison(LT, true, false, true)),
    (m::FCMGE_ZERO_1S, m::FCMGE_ZERO_1D, comparison(LE, true, false, true)),
    (m::FCMLT_ZERO_1S, m::FCMLT_ZERO_1D, comparison(LT, false, false, true)),
    (m::FCMLE_ZERO_1S, m::FCMLE_ZERO_1D, comparison(LE, false, false, true)),
];

/// Greatest and least: the host's opcode, and AND or OR, which of two zeros makes the one with the right sign.
const EXTREME: Table<(u8, u8), 4> = [
    (f::FMAX_VS, f::FMAX_VD, (0x5f, 0x54)),
    (f::FMAXNM_VS, f::FMAXNM_VD, (0x5f, 0x54)),
    (f::FMIN_VS, f::FMIN_VD, (0x5d, 0x56)),
    (f::FMINNM_VS, f::FMINNM_VD, (0x5d, 0x56)),
];

/// Rounding to an integer: VROUND's immediate, with bit 3 keeping it from signalling inexact results.
const ROUND: Table<u8, 6> = [
    (m::FRINTN_VS, m::FRINTN_VD, 8),
    (m::FRINTI_VS, m::FRINTI_VD, 8),
    (m::FRINTM_VS, m::FRINTM_VD, 9),
    (m::FRINTP_VS, m::FRINTP_VD, 10),
    (m::FRINTZ_VS, m::FRINTZ_VD, 11),
    (m::FRINTX_VS, m::FRINTX_VD, 0),
];

impl Emitter<'_> {
    /// Translates a vector floating-point instruction; false if it has no host form here. `FPCR` is zero.
    pub(crate) fn simd_floating_point(&mut self, op: &Op) -> bool {
        if !self.switches.host_fp {
            return false;
        }
        let code = op.code;
        if let Some((double, opcode)) = find(&TWO, code) {
            // Zero divided by zero in lanes that are not there would be invalid.
            if opcode == DIV && Lanes::of(op) != Lanes::Whole {
                return false;
            }
            self.two_vectors(op, double, opcode);
        } else if let Some((double, opcode)) = find(&FUSED, code) {
            self.fma_vectors(op, double, opcode);
        } else if let Some((double, opcode)) = find(&FUSED_ELEMENT, code) {
            self.fma_element(op, double, opcode);
        } else if let Some((double, what)) = find(&COMPARE, code) {
            self.compare_vectors(op, double, what);
        } else if let Some((double, (opcode, combine))) = find(&EXTREME, code) {
            self.extreme_vectors(op, double, opcode, combine);
        } else if let Some((double, how)) = find(&ROUND, code) {
            self.clobber_flags();
            let a = self.fp_operand(op, op.rn, double, A);
            let round = Vex { pp: 1, map: 3, w: false, opcode: 0x08 + u8::from(double) };
            self.asm.vex_imm(round, S, Xmm(0), a, how);
            self.vector_result(op, double);
        } else {
            return self.other_vectors(op);
        }
        true
    }

    fn other_vectors(&mut self, op: &Op) -> bool {
        match op.code {
            e::FMUL_ELEM_VS | e::FMUL_ELEM_1S => self.multiply_element(op, false),
            e::FMUL_ELEM_VD | e::FMUL_ELEM_1D => self.multiply_element(op, true),
            m::FABS_VS => self.sign_vectors(op, false, 0x54, abs_mask(false)),
            m::FABS_VD => self.sign_vectors(op, true, 0x54, abs_mask(true)),
            m::FNEG_VS => self.sign_vectors(op, false, 0x57, sign_mask(false)),
            m::FNEG_VD => self.sign_vectors(op, true, 0x57, sign_mask(true)),
            m::FSQRT_VS | m::FSQRT_VD => {
                self.clobber_flags();
                let double = op.code == m::FSQRT_VD;
                let a = self.fp_operand(op, op.rn, double, A);
                self.asm.vex2(packed(double, 0x51), S, a);
                self.vector_result(op, double);
            }
            m::FMOV_IMM_VH | m::FMOV_IMM_VS | m::FMOV_IMM_VD => {
                self.constant_vector(op.imm);
                if op.aux == 0 {
                    self.asm.vex2(VMOVQ, S, S);
                }
                self.store_v(op.rd, S);
            }
            f::FABD_VS | f::FABD_1S => self.difference(op, false),
            f::FABD_VD | f::FABD_1D => self.difference(op, true),
            f::FADDP_VS => self.add_pairs(op, false),
            f::FADDP_VD => self.add_pairs(op, true),
            f::FADDP_1S => self.add_pair(op, false),
            f::FADDP_1D => self.add_pair(op, true),
            m::FCVTL_DS => {
                self.clobber_flags();
                let mut a = self.v_any(op.rn, A);
                if Lanes::of(op) == Lanes::Whole {
                    self.asm.vex_imm(v1(0x70), A, Xmm(0), a, 0xee);
                    a = A;
                }
                self.asm.vex2(packed(false, 0x5a), S, a);
                let (slow, back) = self.slow_path(op);
                self.check_nan(true);
                self.jump_if_lane(true, slow);
                self.store_v(op.rd, S);
                self.asm.bind(back);
            }
            m::FCVTN_SD => {
                self.clobber_flags();
                let a = self.v_any(op.rn, A);
                self.asm.vex2(packed(true, 0x5a), S, a);
                let (slow, back) = self.slow_path(op);
                self.check_underflow(false);
                self.jump_if_lane(false, slow);
                if Lanes::of(op) == Lanes::Whole {
                    let d = self.v_any(op.rd, B);
                    self.asm.vex(packed(true, 0x14), S, d, S); // VUNPCKLPD
                }
                self.store_v(op.rd, S);
                self.asm.bind(back);
            }
            _ => return false,
        }
        true
    }

    /// An operand, with zeros in the lanes that the instruction does not have. The register may be above 15.
    pub(super) fn fp_operand(&mut self, op: &Op, n: u8, double: bool, scratch: Xmm) -> Xmm {
        match Lanes::of(op) {
            Lanes::Whole => return self.v_any(n, scratch),
            Lanes::One if !double => {
                let v = self.v_any(n, scratch);
                self.asm.vex_imm(v3(0x21), scratch, v, v, 0x0e); // VINSERTPS
            }
            _ => {
                let from = self.v_operand(n);
                self.asm.vex2(VMOVQ, scratch, from);
            }
        }
        scratch
    }

    /// The same in a register below 16, for what has no EVEX form.
    fn low_operand(&mut self, op: &Op, n: u8, double: bool, scratch: Xmm) -> Xmm {
        if Lanes::of(op) == Lanes::Whole { self.v_in(n, scratch) } else { self.fp_operand(op, n, double, scratch) }
    }

    /// Writes the result in `S`, with zeros in the lanes that the instruction does not have.
    pub(super) fn store_fp(&mut self, op: &Op, double: bool) {
        match Lanes::of(op) {
            Lanes::Whole => {}
            Lanes::One if !double => self.asm.vex_imm(v3(0x21), S, S, S, 0x0e),
            _ => self.asm.vex2(VMOVQ, S, S),
        }
        self.store_v(op.rd, S);
    }

    /// A = lanes of `S` that are NaNs.
    fn check_nan(&mut self, double: bool) {
        self.asm.vex_imm(packed(double, 0xc2), A, S, S, 3); // VCMPUNORD
    }

    /// A = lanes of `S` that are NaNs, or may have been rounded up to the smallest normal number.
    fn check_underflow(&mut self, double: bool) {
        self.asm.vex(packed(double, 0x54), A, S, abs_mask(double));
        self.asm.vex_imm(packed(double, 0xc2), A, A, smallest_normal(double), 8); // equal or unordered
    }

    /// Jumps if any lane of A is set.
    fn jump_if_lane(&mut self, double: bool, to: crate::asm::Label) {
        self.asm.vex2(v2(if double { 0x0f } else { 0x0e }), A, A); // VTESTPS, VTESTPD
        self.asm.jcc(CC_NE, to);
    }

    /// Writes the result in `S` unless a lane is a NaN.
    fn vector_result(&mut self, op: &Op, double: bool) {
        let (slow, back) = self.slow_path(op);
        self.check_nan(double);
        self.jump_if_lane(double, slow);
        self.store_v(op.rd, S);
        self.asm.bind(back);
    }

    /// The same, unless a lane may have been rounded up to the smallest normal number.
    fn vector_result_that_may_underflow(&mut self, op: &Op, double: bool) {
        let (slow, back) = self.slow_path(op);
        self.check_underflow(double);
        self.jump_if_lane(double, slow);
        self.store_v(op.rd, S);
        self.asm.bind(back);
    }

    fn two_vectors(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let a = self.fp_operand(op, op.rn, double, A);
        let b = self.fp_operand(op, op.rm, double, B);
        self.asm.vex(packed(double, opcode), S, a, b);
        if matches!(opcode, MUL | DIV) {
            self.vector_result_that_may_underflow(op, double);
        } else {
            self.vector_result(op, double);
        }
    }

    fn fma_vectors(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let b = self.fp_operand(op, op.rm, double, B);
        self.fma_with(op, double, opcode, b);
    }

    fn fma_with(&mut self, op: &Op, double: bool, opcode: u8, b: Xmm) {
        let a = self.fp_operand(op, op.rn, double, A);
        let d = self.fp_operand(op, op.rd, double, S);
        if d != S {
            self.asm.vex2(super::MOVE, S, d);
        }
        self.asm.vex(Vex { w: double, ..v2(opcode) }, S, a, b);
        self.vector_result_that_may_underflow(op, double);
    }

    /// The element of Rm that the instruction names, in all lanes that it has.
    fn element(&mut self, op: &Op, double: bool) -> Xmm {
        let m = self.v_any(op.rm, B);
        let order = if double { [0x44, 0xee][usize::from(op.aux & 1)] } else { 0x55 * (op.aux as u8 & 3) };
        self.asm.vex_imm(v1(0x70), B, Xmm(0), m, order);
        match Lanes::of(op) {
            Lanes::Whole => {}
            Lanes::One if !double => self.asm.vex_imm(v3(0x21), B, B, B, 0x0e),
            _ => self.asm.vex2(VMOVQ, B, B),
        }
        B
    }

    fn multiply_element(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let b = self.element(op, double);
        let a = self.fp_operand(op, op.rn, double, A);
        self.asm.vex(packed(double, MUL), S, a, b);
        self.vector_result_that_may_underflow(op, double);
    }

    fn fma_element(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let b = self.element(op, double);
        self.fma_with(op, double, opcode, b);
    }

    fn compare_vectors(&mut self, op: &Op, double: bool, what: Comparison) {
        let mut a = self.low_operand(op, op.rn, double, A);
        let mut b = B;
        if what.zero {
            self.asm.vex(packed(false, 0x57), B, B, B);
        } else {
            b = self.low_operand(op, op.rm, double, B);
        }
        if what.absolute {
            self.asm.vex(packed(double, 0x54), A, a, abs_mask(double));
            self.asm.vex(packed(double, 0x54), B, b, abs_mask(double));
            (a, b) = (A, B);
        }
        let (first, second) = if what.swapped { (b, a) } else { (a, b) };
        self.asm.vex_imm(packed(double, 0xc2), S, first, second, what.predicate);
        self.store_fp(op, double);
    }

    /// Greatest or least. Of two zeros the signs decide; equal numbers other than zero are the same bits, which `combine`
    /// leaves alone.
    fn extreme_vectors(&mut self, op: &Op, double: bool, opcode: u8, combine: u8) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let a = self.low_operand(op, op.rn, double, S);
        let b = self.low_operand(op, op.rm, double, B);
        self.asm.vex_imm(packed(double, 0xc2), A, a, b, 3);
        self.jump_if_lane(double, slow);
        self.asm.vex_imm(packed(double, 0xc2), C, a, b, EQ);
        self.asm.vex(packed(double, combine), A, a, b);
        self.asm.vex(packed(double, opcode), S, a, b);
        // VBLENDVPS, VBLENDVPD: the fourth operand is in the immediate.
        self.asm.vex_imm(v3(if double { 0x4b } else { 0x4a }), S, S, A, C.0 << 4);
        self.store_fp(op, double);
        self.asm.bind(back);
    }

    fn difference(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let a = self.fp_operand(op, op.rn, double, A);
        let b = self.fp_operand(op, op.rm, double, B);
        self.asm.vex(packed(double, SUB), S, a, b);
        let (slow, back) = self.slow_path(op);
        self.check_nan(double);
        self.jump_if_lane(double, slow);
        self.asm.vex(packed(double, 0x54), S, S, abs_mask(double));
        self.store_v(op.rd, S);
        self.asm.bind(back);
    }

    /// FADDP of vectors: even lanes of both registers and odd ones.
    fn add_pairs(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let a = self.v_any(op.rn, A);
        let b = self.v_any(op.rm, B);
        if double {
            self.asm.vex(packed(true, 0x14), S, a, b); // VUNPCKLPD
            self.asm.vex(packed(true, 0x15), B, a, b); // VUNPCKHPD
        } else if Lanes::of(op) == Lanes::Whole {
            self.asm.vex_imm(packed(false, 0xc6), S, a, b, 0x88); // VSHUFPS
            self.asm.vex_imm(packed(false, 0xc6), B, a, b, 0xdd);
        } else {
            self.asm.vex(packed(true, 0x14), A, a, b);
            self.asm.vex_imm(v1(0x70), S, Xmm(0), A, 0x88);
            self.asm.vex_imm(v1(0x70), B, Xmm(0), A, 0xdd);
            self.asm.vex2(VMOVQ, S, S);
            self.asm.vex2(VMOVQ, B, B);
        }
        self.asm.vex(packed(double, ADD), S, S, B);
        self.vector_result(op, double);
    }

    /// FADDP of one register's two lowest lanes to a scalar.
    fn add_pair(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let a = self.v_any(op.rn, A);
        self.asm.vex_imm(v1(0x70), B, Xmm(0), a, if double { 0xee } else { 0x55 });
        self.asm.vex(Vex { pp: if double { 3 } else { 2 }, ..packed(false, ADD) }, S, a, B);
        let (slow, back) = self.slow_path(op);
        self.asm.vex2(packed(double, 0x2e), S, S);
        self.asm.jcc(CC_P, slow);
        self.put_scalar(op.rd, S, double);
        self.asm.bind(back);
    }

    fn sign_vectors(&mut self, op: &Op, double: bool, opcode: u8, mask: Mem) {
        let a = self.v_any(op.rn, A);
        self.asm.vex(packed(double, opcode), S, a, mask);
        self.store_fp(op, double);
    }
}
