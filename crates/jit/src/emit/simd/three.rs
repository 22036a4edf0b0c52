//! Lanes of two registers, without saturation: logic, sums, comparisons, products, halves, differences, neighbours.

use super::constants::{ODD_BYTES, evens_odds, largest, low_half, one, sign};
use super::{
    A, B, BySize, C, PADD, PCMPEQ, PCMPGT, PMAXS, PMAXU, PMINS, PMINU, PSUB, S, SLL, SRA, SRL, VPAND, VPANDN, VPOR,
    VPSHUFB, VPSHUFD, VPUNPCKHQDQ, VPUNPCKLQDQ, VPXOR, VSHUFPS, size, v1, v2, whole,
};
use crate::asm::{Vex, Xmm};
use crate::emit::Emitter;
use vmapple_a64::Op;
use vmapple_a64::decode::{simd_elem_code as e, simd_three_code as t};

const PAVG: BySize = [Some(v1(0xe0)), Some(v1(0xe3)), None, None];
const VPMULLW: Vex = v1(0xd5);
const VPMULLD: Vex = v2(0x40);
const VPMADDWD: Vex = v1(0xf5);

/// Halving instructions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Add,
    RoundingAdd,
    Sub,
}

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn three_registers(&mut self, op: &Op) -> bool {
        match op.code {
            t::AND_VEC => self.lanes(op, [Some(VPAND); 4]),
            t::EOR_VEC => self.lanes(op, [Some(VPXOR); 4]),
            // A move.
            t::ORR_VEC if op.rn == op.rm => {
                let a = self.v_any(op.rn, S);
                self.simd_result(op, a);
                true
            }
            t::ORR_VEC => self.lanes(op, [Some(VPOR); 4]),
            t::BIC_VEC => {
                let (b, a, d) = (self.v_any(op.rm, B), self.v_operand(op.rn), self.out(op));
                self.asm.vex(VPANDN, d, b, a);
                self.simd_result(op, d);
                true
            }
            t::ORN_VEC => {
                let b = self.v_operand(op.rm);
                self.ones(S);
                self.asm.vex(VPXOR, S, S, b);
                let (a, d) = (self.v_operand(op.rn), self.out(op));
                self.asm.vex(VPOR, d, S, a);
                self.simd_result(op, d);
                true
            }
            t::BSL | t::BIT | t::BIF => self.bit_select(op),
            t::ADD_VEC | t::ADD_SCALAR => self.lanes(op, PADD),
            t::SUB_VEC | t::SUB_SCALAR => self.lanes(op, PSUB),
            t::SMAX => self.lanes(op, PMAXS),
            t::UMAX => self.lanes(op, PMAXU),
            t::SMIN => self.lanes(op, PMINS),
            t::UMIN => self.lanes(op, PMINU),
            t::MUL | e::MUL_ELEM | t::MLA | e::MLA_ELEM | t::MLS | e::MLS_ELEM => self.multiply_lanes(op),
            t::SDOT | e::SDOT_ELEM | t::UDOT | e::UDOT_ELEM => self.dot_products(op),
            t::CMEQ | t::CMEQ_SCALAR => self.lanes(op, PCMPEQ),
            t::CMGT | t::CMGT_SCALAR => self.lanes(op, PCMPGT),
            t::CMGE | t::CMGE_SCALAR | t::CMHS | t::CMHI | t::CMHS_SCALAR | t::CMHI_SCALAR => self.compare_order(op),
            t::CMTST | t::CMTST_SCALAR => self.test_bits(op),
            t::SHADD => self.halve(op, Half::Add, true),
            t::UHADD => self.halve(op, Half::Add, false),
            t::SRHADD => self.halve(op, Half::RoundingAdd, true),
            t::URHADD => self.halve(op, Half::RoundingAdd, false),
            t::SHSUB => self.halve(op, Half::Sub, true),
            t::UHSUB => self.halve(op, Half::Sub, false),
            t::SABD | t::SABA => self.difference_of_lanes(op, true, op.code == t::SABA),
            t::UABD | t::UABA => self.difference_of_lanes(op, false, op.code == t::UABA),
            t::ADDP => self.neighbours(op, PADD),
            t::SMAXP => self.neighbours(op, PMAXS),
            t::UMAXP => self.neighbours(op, PMAXU),
            t::SMINP => self.neighbours(op, PMINS),
            t::UMINP => self.neighbours(op, PMINU),
            _ => false,
        }
    }

    /// One host instruction.
    fn lanes(&mut self, op: &Op, f: BySize) -> bool {
        let Some(f) = f[size(op)] else { return false };
        let d = if crate::evex::exists(f) {
            let (a, b, d) = (self.v_any(op.rn, A), self.v_operand(op.rm), self.out(op));
            self.asm.vex(f, d, a, b);
            d
        } else {
            let (a, b) = (self.v_in(op.rn, A), self.v_in(op.rm, B));
            let d = if whole(op) { self.own_low(op.rd) } else { S };
            self.asm.vex(f, d, a, b);
            d
        };
        self.simd_result(op, d);
        true
    }

    fn bit_select(&mut self, op: &Op) -> bool {
        if self.switches.wide_vectors
            && whole(op)
            && let Some(d) = self.v_pin(op.rd)
        {
            let (a, b) = (self.v_any(op.rn, A), self.v_operand(op.rm));
            let table = match op.code {
                t::BSL => 0xca,
                t::BIT => 0xd8,
                _ => 0xe4,
            };
            self.asm.ternary_logic(d, a, b, table);
            self.store_v(op.rd, d);
            return true;
        }
        let d = self.v_any(op.rd, C);
        let out = self.out(op);
        if op.code == t::BSL {
            // rm ^ (rd & (rn ^ rm))
            let (a, b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
            self.asm.vex(VPXOR, S, a, b);
            self.asm.vex(VPAND, S, S, d);
            self.asm.vex(VPXOR, out, S, b);
        } else {
            // rd ^ ((rd ^ rn) & rm), or & ~rm
            let a = self.v_operand(op.rn);
            self.asm.vex(VPXOR, S, d, a);
            let b = self.v_any(op.rm, B);
            if op.code == t::BIT {
                self.asm.vex(VPAND, S, S, b);
            } else {
                self.asm.vex(VPANDN, S, b, S);
            }
            self.asm.vex(VPXOR, out, S, d);
        }
        self.simd_result(op, out);
        true
    }

    fn multiply_lanes(&mut self, op: &Op) -> bool {
        let n = size(op);
        let (a, b) = (self.v_any(op.rn, A), self.second(op));
        let then = match op.code {
            t::MUL | e::MUL_ELEM => None,
            t::MLA | e::MLA_ELEM => PADD[n],
            _ => PSUB[n],
        };
        let out = self.out(op);
        let product = if then.is_some() { S } else { out };
        match n {
            0 => {
                // Of the even bytes, and of the odd ones, which the others' upper bits must not reach.
                self.asm.vex(VPMULLW, C, a, b);
                self.shift_lanes(1, SRL, A, a, 8);
                self.with(VPAND, B, b, ODD_BYTES);
                self.asm.vex(VPMULLW, A, A, B);
                self.with(VPAND, C, C, low_half(0));
                self.asm.vex(VPOR, product, A, C);
            }
            1 => self.asm.vex(VPMULLW, product, a, b),
            _ => self.asm.vex(VPMULLD, product, a, b),
        }
        if let Some(f) = then {
            let d = self.v_any(op.rd, C);
            self.asm.vex(f, out, d, S);
        }
        self.simd_result(op, out);
        true
    }

    /// SDOT, UDOT: the even bytes of both operands as halfwords, then the odd ones.
    fn dot_products(&mut self, op: &Op) -> bool {
        let signed = matches!(op.code, t::SDOT | e::SDOT_ELEM);
        let (a, b) = (self.v_any(op.rn, A), self.second(op));
        for (from, to) in [(a, C), (b, S)] {
            if signed {
                self.shift_lanes(1, SLL, to, from, 8);
                self.shift_lanes(1, SRA, to, to, 8);
            } else {
                self.with(VPAND, to, from, low_half(0));
            }
        }
        self.asm.vex(VPMADDWD, S, S, C);
        let odd = if signed { SRA } else { SRL };
        self.shift_lanes(1, odd, A, a, 8);
        self.shift_lanes(1, odd, B, b, 8);
        self.asm.vex(VPMADDWD, A, A, B);
        self.asm.vex(v1(0xfe), S, S, A);
        let (d, out) = (self.v_operand(op.rd), self.out(op));
        self.asm.vex(v1(0xfe), out, S, d);
        self.simd_result(op, out);
        true
    }

    fn compare_order(&mut self, op: &Op) -> bool {
        let n = size(op);
        let (Some(gt), Some(eq)) = (PCMPGT[n], PCMPEQ[n]) else { return false };
        if matches!(op.code, t::CMGE | t::CMGE_SCALAR) {
            let (a, b) = (self.v_in(op.rn, A), self.v_in(op.rm, B));
            self.asm.vex(gt, S, b, a);
            self.invert(S);
        } else {
            let (a, b) = (self.v_in(op.rn, A), self.v_in(op.rm, B));
            let or_same = matches!(op.code, t::CMHS | t::CMHS_SCALAR);
            match (PMAXU[n], or_same) {
                // The larger of both is the first, or is not the second.
                (Some(max), true) => {
                    self.asm.vex(max, S, a, b);
                    self.asm.vex(eq, S, S, a);
                }
                (Some(max), false) => {
                    self.asm.vex(max, S, a, b);
                    self.asm.vex(eq, S, S, b);
                    self.invert(S);
                }
                // Signed comparison of what has its top bit inverted.
                (None, _) => {
                    self.with(VPXOR, S, a, sign(n));
                    self.with(VPXOR, C, b, sign(n));
                    if or_same {
                        self.asm.vex(gt, S, C, S);
                        self.invert(S);
                    } else {
                        self.asm.vex(gt, S, S, C);
                    }
                }
            }
        }
        self.simd_result(op, S);
        true
    }

    fn test_bits(&mut self, op: &Op) -> bool {
        let Some(eq) = PCMPEQ[size(op)] else { return false };
        let (a, b) = (self.v_any(op.rn, A), self.v_operand(op.rm));
        self.asm.vex(VPAND, S, a, b);
        self.zero(C);
        self.asm.vex(eq, S, S, C);
        self.invert(S);
        self.simd_result(op, S);
        true
    }

    fn halve(&mut self, op: &Op, what: Half, signed: bool) -> bool {
        let n = size(op);
        let (mut a, mut b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
        let Some(average) = PAVG[n] else { return self.halve_words(op, what, signed, a, b) };
        // The host's rounds up, without sign: of numbers with the top bit inverted it gives the result so; of the second's
        // complement, half of the difference and 128 (or as much of halfwords).
        if what == Half::Sub {
            if signed {
                self.with(VPXOR, B, b, largest(n));
            } else {
                self.ones(S);
                self.asm.vex(VPXOR, B, b, S);
            }
            b = B;
        } else if signed {
            self.with(VPXOR, B, b, sign(n));
            b = B;
        }
        if signed {
            self.with(VPXOR, A, a, sign(n));
            a = A;
        }
        let out = self.out(op);
        let biased = signed || what == Half::Sub;
        let last = if biased { S } else { out };
        if what == Half::Add {
            self.asm.vex(VPXOR, C, a, b);
            self.with(VPAND, C, C, one(n));
            self.asm.vex(average, S, a, b);
            if let Some(sub) = PSUB[n] {
                self.asm.vex(sub, last, S, C);
            }
        } else {
            self.asm.vex(average, last, a, b);
        }
        if biased {
            self.with(VPXOR, out, S, sign(n));
        }
        self.simd_result(op, out);
        true
    }

    fn halve_words(&mut self, op: &Op, what: Half, signed: bool, a: Xmm, b: Xmm) -> bool {
        self.asm.vex(VPXOR, C, a, b);
        self.shift_lanes(2, if signed { SRA } else { SRL }, C, C, 1);
        let out = self.out(op);
        match what {
            Half::Add => {
                self.asm.vex(VPAND, S, a, b);
                self.asm.vex(v1(0xfe), out, S, C);
            }
            Half::RoundingAdd => {
                self.asm.vex(VPOR, S, a, b);
                self.asm.vex(v1(0xfa), out, S, C);
            }
            Half::Sub => {
                self.asm.vex(VPANDN, S, a, b);
                self.asm.vex(v1(0xfa), out, C, S);
            }
        }
        self.simd_result(op, out);
        true
    }

    fn difference_of_lanes(&mut self, op: &Op, signed: bool, added: bool) -> bool {
        let n = size(op);
        let Some(add) = PADD[n] else { return false };
        let (a, b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
        let out = self.out(op);
        self.absolute_difference(n, signed, if added { S } else { out }, a, b);
        if added {
            let d = self.v_operand(op.rd);
            self.asm.vex(add, out, S, d);
        }
        self.simd_result(op, out);
        true
    }

    /// `dst = |a - b|` in lanes of up to 4 bytes. Uses `S` and `C`.
    pub(super) fn absolute_difference(&mut self, n: usize, signed: bool, dst: Xmm, a: Xmm, b: Xmm) {
        let (max, min) = if signed { (PMAXS, PMINS) } else { (PMAXU, PMINU) };
        if let (Some(max), Some(min), Some(sub)) = (max[n], min[n], PSUB[n]) {
            self.asm.vex(max, S, a, b);
            self.asm.vex(min, C, a, b);
            self.asm.vex(sub, dst, S, C);
        }
    }

    /// An operation on each two neighbours in the two operands together.
    fn neighbours(&mut self, op: &Op, f: BySize) -> bool {
        let Some(f) = f[size(op)] else { return false };
        self.lanes_apart(op);
        let out = self.out(op);
        self.asm.vex(f, out, C, S);
        self.simd_result(op, out);
        true
    }

    /// The lanes of both operands with even numbers in `C`, those with odd ones in `S`; of 64-bit vectors in the lower halves.
    pub(super) fn lanes_apart(&mut self, op: &Op) {
        let n = size(op);
        let (a, b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
        if !whole(op) {
            if n < 2 {
                self.asm.vex(VPUNPCKLQDQ, C, a, b);
                self.with(VPSHUFB, C, C, evens_odds(n));
            } else {
                self.asm.vex(v1(0x62), C, a, b); // VPUNPCKLDQ
            }
            self.asm.vex_imm(VPSHUFD, S, Xmm(0), C, 0xee);
            return;
        }
        match n {
            3 => {
                self.asm.vex(VPUNPCKLQDQ, C, a, b);
                self.asm.vex(VPUNPCKHQDQ, S, a, b);
            }
            2 => {
                self.asm.vex_imm(VSHUFPS, C, a, b, 0x88);
                self.asm.vex_imm(VSHUFPS, S, a, b, 0xdd);
            }
            _ => {
                self.with(VPSHUFB, A, a, evens_odds(n));
                self.with(VPSHUFB, B, b, evens_odds(n));
                self.asm.vex(VPUNPCKLQDQ, C, A, B);
                self.asm.vex(VPUNPCKHQDQ, S, A, B);
            }
        }
    }
}
