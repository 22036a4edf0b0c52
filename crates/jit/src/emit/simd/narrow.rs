//! Results half as large as the operand: XTN, the narrowing shifts, the high halves of sums.

use super::constants::{ALL_ONES, largest, low_half, one, round_half};
use super::{
    A, B, C, PADD, PMOVSX, PMOVZX, PSUB, S, SLL, SRA, SRL, VPAND, VPSHUFD, VPUNPCKLQDQ, VPXOR, size, upper, v1, v2, v3,
    whole, width,
};
use crate::asm::{Vex, Xmm};
use crate::emit::{Emitter, LOAD};
use crate::frame::simd_constant;
use vmapple_a64::Op;
use vmapple_a64::decode::{simd_misc_code as m, simd_shift_code as h, simd_three_code as t};

const VPACKUSWB: Vex = v1(0x67);
const VPACKUSDW: Vex = v2(0x2b);
const VPACKSSWB: Vex = v1(0x63);
const VPACKSSDW: Vex = v1(0x6b);
const VPMINUW: Vex = v2(0x3a);
const VPMINUD: Vex = v2(0x3b);
/// Where the register named by the last byte has a top bit set: from the second operand, else from the first.
const VBLENDVPS: Vex = v3(0x4a);

/// Whether an operand or result has a sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed,
    Unsigned,
}
use Kind::{Signed, Unsigned};

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn narrowing(&mut self, op: &Op) -> bool {
        match op.code {
            m::XTN | h::SHRN => self.truncate(op, false),
            h::RSHRN => self.truncate(op, true),
            m::SQXTN | m::SQXTN_SCALAR | h::SQSHRN | h::SQSHRN_SCALAR => {
                self.narrow_saturating(op, Signed, Signed, false)
            }
            h::SQRSHRN | h::SQRSHRN_SCALAR => self.narrow_saturating(op, Signed, Signed, true),
            m::UQXTN | m::UQXTN_SCALAR | h::UQSHRN | h::UQSHRN_SCALAR => {
                self.narrow_saturating(op, Unsigned, Unsigned, false)
            }
            h::UQRSHRN | h::UQRSHRN_SCALAR => self.narrow_saturating(op, Unsigned, Unsigned, true),
            m::SQXTUN | m::SQXTUN_SCALAR | h::SQSHRUN | h::SQSHRUN_SCALAR => {
                self.narrow_saturating(op, Signed, Unsigned, false)
            }
            h::SQRSHRUN | h::SQRSHRUN_SCALAR => self.narrow_saturating(op, Signed, Unsigned, true),
            t::ADDHN | t::RADDHN | t::SUBHN | t::RSUBHN => self.high_halves(op),
            _ => false,
        }
    }

    /// Writes the low half of `S` as the half of the result that the instruction names.
    fn finish_narrow(&mut self, op: &Op) {
        if upper(op) {
            let (d, out) = (self.v_any(op.rd, B), self.own(op.rd));
            self.asm.vex(VPUNPCKLQDQ, out, d, S);
            self.store_v(op.rd, out);
        } else {
            let out = self.own(op.rd);
            self.low_bits(width(op) / 2, out, S);
            self.store_v(op.rd, out);
        }
    }

    /// Packs the lower halves of the wide lanes of `from` into the low half of `S`. `clean`: the upper halves are zero. Uses `C`.
    fn pack(&mut self, n: usize, from: Xmm, clean: bool) {
        let mut from = from;
        // The host's packs saturate: there must be nothing to.
        if n < 2 && !clean {
            self.with(VPAND, S, from, low_half(n));
            from = S;
        }
        match n {
            0 => self.asm.vex(VPACKUSWB, S, from, from),
            1 => self.asm.vex(VPACKUSDW, S, from, from),
            _ => self.asm.vex_imm(VPSHUFD, S, Xmm(0), from, 0x88),
        }
    }

    /// XTN, SHRN, RSHRN. What rounding carries out of a wide lane does not reach the bits that are kept.
    fn truncate(&mut self, op: &Op, rounding: bool) -> bool {
        let n = size(op);
        let mut a = self.v_any(op.rn, A);
        let half = 8 << n;
        if rounding && let Some(add) = PADD[n + 1] {
            // Half of the unit.
            if op.ra == half {
                self.with(add, S, a, round_half(n));
            } else {
                self.asm.vex2(LOAD, C, simd_constant(one(n + 1)));
                self.shift_lanes(n + 1, SLL, C, C, op.ra - 1);
                self.asm.vex(add, S, a, C);
            }
            a = S;
        }
        if op.ra == half && n == 2 {
            self.asm.vex_imm(VPSHUFD, S, Xmm(0), a, 0xdd);
        } else {
            if op.ra != 0 {
                self.shift_lanes(n + 1, SRL, S, a, op.ra);
                a = S;
            }
            self.pack(n, a, op.ra == half);
        }
        self.finish_narrow(op);
        true
    }

    /// ADDHN and its kin.
    fn high_halves(&mut self, op: &Op) -> bool {
        let n = size(op);
        let f = if matches!(op.code, t::ADDHN | t::RADDHN) { PADD } else { PSUB };
        let (Some(f), Some(add)) = (f[n + 1], PADD[n + 1]) else { return false };
        let (a, b) = (self.v_any(op.rn, A), self.v_operand(op.rm));
        self.asm.vex(f, S, a, b);
        if matches!(op.code, t::RADDHN | t::RSUBHN) {
            self.with(add, S, S, round_half(n));
        }
        if n == 2 {
            self.asm.vex_imm(VPSHUFD, S, Xmm(0), S, 0xdd);
        } else {
            self.shift_lanes(n + 1, SRL, S, S, 8 << n);
            self.pack(n, S, true);
        }
        self.finish_narrow(op);
        true
    }

    fn narrow_saturating(&mut self, op: &Op, from: Kind, to: Kind, rounding: bool) -> bool {
        let n = size(op);
        let mut a = self.v_in(op.rn, A);
        // Of a scalar, the other lanes must not saturate.
        if !whole(op) {
            self.low_bits(width(op), A, a);
            a = A;
        }
        if op.ra != 0 {
            self.shift_right(n + 1, from == Signed, rounding, op.ra, A, a);
            a = A;
        }
        if n == 2 {
            self.narrow_doublewords(from, to, a);
        } else {
            let (pack_signed, pack_unsigned, min) =
                if n == 0 { (VPACKSSWB, VPACKUSWB, VPMINUW) } else { (VPACKSSDW, VPACKUSDW, VPMINUD) };
            match (from, to) {
                (Unsigned, _) => {
                    self.with(min, S, a, low_half(n));
                    self.asm.vex(pack_unsigned, S, S, S);
                }
                (_, Signed) => self.asm.vex(pack_signed, S, a, a),
                (_, Unsigned) => self.asm.vex(pack_unsigned, S, a, a),
            }
        }
        // What it would be if made wide again differs where it saturated.
        if let Some(extend) = (if to == Signed { PMOVSX } else { PMOVZX })[n] {
            self.asm.vex2(extend, C, S);
            self.asm.vex(VPXOR, C, C, a);
            self.saturated(&Op { aux: 128 << 4, ..*op }, C);
        }
        self.finish_narrow(op);
        true
    }

    /// `S` = words from the doublewords of `a`, saturated, in the low half. Uses `B` and `C`.
    fn narrow_doublewords(&mut self, from: Kind, to: Kind, a: Xmm) {
        let low = if to == Signed { PMOVSX[2] } else { PMOVZX[2] };
        let Some(extend) = low else { return };
        self.asm.vex_imm(VPSHUFD, S, Xmm(0), a, 0x88);
        // Those that are what they are meant to be: all ones.
        self.asm.vex2(extend, B, S);
        self.asm.vex(v2(0x29), B, B, a); // VPCMPEQQ
        self.asm.vex_imm(VPSHUFD, B, Xmm(0), B, 0x88);
        // The others, by the sign of the doubleword.
        self.asm.vex_imm(VPSHUFD, C, Xmm(0), a, 0xdd);
        match (from, to) {
            (Unsigned, _) => self.ones(C),
            (_, Signed) => {
                self.shift_lanes(2, SRA, C, C, 31);
                self.with(VPXOR, C, C, largest(2));
            }
            (_, Unsigned) => {
                self.shift_lanes(2, SRA, C, C, 31);
                self.with(VPXOR, C, C, ALL_ONES);
            }
        }
        self.asm.vex_imm(VBLENDVPS, S, C, S, B.0 << 4);
    }
}
