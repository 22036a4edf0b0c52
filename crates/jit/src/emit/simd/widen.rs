//! Results twice as large as the operands: long sums, products and differences, and the lengthening shifts.

use super::{A, B, C, PADD, PMOVSX, PMOVZX, PSUB, PUNPCKH, PUNPCKL, S, SLL, VPSHUFD, size, upper, v1, v2, v3};
use crate::asm::{Vex, Xmm};
use crate::emit::Emitter;
use vmapple_a64::Op;
use vmapple_a64::decode::{simd_elem_code as e, simd_misc_code as m, simd_shift_code as h, simd_three_code as t};

const VPMULLW: Vex = v1(0xd5);
const VPMULHW: Vex = v1(0xe5);
const VPMULHUW: Vex = v1(0xe4);
const VPMULDQ: Vex = v2(0x28);
const VPMULUDQ: Vex = v1(0xf4);
const VPCLMULQDQ: Vex = v3(0x44);

/// What is done with a product or difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Write,
    Add,
    Sub,
}

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn widening(&mut self, op: &Op) -> bool {
        match op.code {
            t::SADDL | t::SSUBL => self.long_sum(op, true, op.code == t::SADDL),
            t::UADDL | t::USUBL => self.long_sum(op, false, op.code == t::UADDL),
            t::SADDW | t::SSUBW => self.wide_sum(op, true, op.code == t::SADDW),
            t::UADDW | t::USUBW => self.wide_sum(op, false, op.code == t::UADDW),
            t::SMULL | e::SMULL_ELEM => self.long_product(op, true, Then::Write),
            t::UMULL | e::UMULL_ELEM => self.long_product(op, false, Then::Write),
            t::SMLAL | e::SMLAL_ELEM => self.long_product(op, true, Then::Add),
            t::UMLAL | e::UMLAL_ELEM => self.long_product(op, false, Then::Add),
            t::SMLSL | e::SMLSL_ELEM => self.long_product(op, true, Then::Sub),
            t::UMLSL | e::UMLSL_ELEM => self.long_product(op, false, Then::Sub),
            t::SABDL | t::SABAL => self.long_difference(op, true, op.code == t::SABAL),
            t::UABDL | t::UABAL => self.long_difference(op, false, op.code == t::UABAL),
            t::PMULL_1Q if self.switches.host_aes => {
                let (a, b) = (self.v_in(op.rn, A), self.v_in(op.rm, B));
                let out = self.own_low(op.rd);
                self.asm.vex_imm(VPCLMULQDQ, out, a, b, if upper(op) { 0x11 } else { 0x00 });
                self.store_v(op.rd, out);
            }
            h::USHLL | h::SSHLL | m::SHLL => {
                let a = self.v_any(op.rn, A);
                let n = size(op);
                self.half_widened(n, op.code == h::SSHLL, upper(op), S, a);
                if op.ra != 0 {
                    self.shift_lanes(n + 1, SLL, S, S, op.ra);
                }
                self.store_v(op.rd, S);
            }
            _ => return false,
        }
        true
    }

    /// `dst` = half of the narrow lanes of `src`, made wide. Uses `C` for an upper half.
    pub(super) fn half_widened(&mut self, n: usize, signed: bool, upper: bool, dst: Xmm, src: Xmm) {
        let (Some(extend), Some(high)) = ((if signed { PMOVSX } else { PMOVZX })[n], PUNPCKH[n]) else { return };
        match (upper, signed) {
            (false, _) => self.asm.vex2(extend, dst, src),
            (true, false) => {
                self.zero(C);
                self.asm.vex(high, dst, src, C);
            }
            (true, true) => {
                self.asm.vex_imm(VPSHUFD, dst, Xmm(0), src, 0xee);
                self.asm.vex2(extend, dst, dst);
            }
        }
    }

    /// SADDL, UADDL, SSUBL, USUBL.
    fn long_sum(&mut self, op: &Op, signed: bool, add: bool) {
        let n = size(op);
        let (a, b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
        self.half_widened(n, signed, upper(op), A, a);
        self.half_widened(n, signed, upper(op), B, b);
        self.wide_result(op, add, A, B);
    }

    /// SADDW, UADDW, SSUBW, USUBW: the first operand is wide.
    fn wide_sum(&mut self, op: &Op, signed: bool, add: bool) {
        let b = self.v_any(op.rm, B);
        self.half_widened(size(op), signed, upper(op), B, b);
        let a = self.v_any(op.rn, A);
        self.wide_result(op, add, a, B);
    }

    /// Vd = `a + b` or `a - b` in wide lanes.
    fn wide_result(&mut self, op: &Op, add: bool, a: Xmm, b: Xmm) {
        if let Some(f) = (if add { PADD } else { PSUB })[size(op) + 1] {
            let out = self.own(op.rd);
            self.asm.vex(f, out, a, b);
            self.store_v(op.rd, out);
        }
    }

    fn long_product(&mut self, op: &Op, signed: bool, then: Then) {
        let n = size(op);
        let high = upper(op);
        let (a, b) = (self.v_any(op.rn, A), self.second(op));
        let product = if then == Then::Write { self.own(op.rd) } else { S };
        match n {
            0 => {
                self.half_widened(0, signed, high, A, a);
                self.half_widened(0, signed, high, B, b);
                self.asm.vex(VPMULLW, product, A, B);
            }
            1 => {
                // Low and high halves of the products, side by side.
                self.asm.vex(VPMULLW, S, a, b);
                self.asm.vex(if signed { VPMULHW } else { VPMULHUW }, C, a, b);
                if let (Some(l), Some(h)) = (PUNPCKL[1], PUNPCKH[1]) {
                    self.asm.vex(if high { h } else { l }, product, S, C);
                }
            }
            _ => {
                // Only the low halves of doublewords matter.
                if let (Some(l), Some(h)) = (PUNPCKL[2], PUNPCKH[2]) {
                    let spread = if high { h } else { l };
                    self.asm.vex(spread, A, a, a);
                    self.asm.vex(spread, B, b, b);
                }
                self.asm.vex(if signed { VPMULDQ } else { VPMULUDQ }, product, A, B);
            }
        }
        match then {
            Then::Write => self.store_v(op.rd, product),
            _ => {
                let d = self.v_any(op.rd, A);
                self.wide_result(op, then == Then::Add, d, S);
            }
        }
    }

    /// SABDL, UABDL, SABAL, UABAL: a difference is never negative.
    fn long_difference(&mut self, op: &Op, signed: bool, added: bool) {
        let n = size(op);
        let (a, b) = (self.v_any(op.rn, A), self.v_any(op.rm, B));
        self.absolute_difference(n, signed, S, a, b);
        self.half_widened(n, false, upper(op), S, S);
        if added {
            let d = self.v_any(op.rd, A);
            self.wide_result(op, true, d, S);
        } else {
            self.store_v(op.rd, S);
        }
    }
}
