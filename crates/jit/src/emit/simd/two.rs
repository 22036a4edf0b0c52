//! Lanes of one register: comparisons with zero, signs, bit counts, reversals; sums of neighbours; all lanes into one.

use super::constants::{ALL_ONES, NIBBLE, Nibbles, largest, low_half, nibbles, one, sign};
use super::{
    A, B, BySize, C, PABS, PADD, PCMPEQ, PCMPGT, PMAXS, PMAXU, PMINS, PMINU, PSUB, S, SRL, VPAND, VPOR, VPSHUFB,
    VPSHUFD, VPUNPCKLQDQ, VPXOR, lane_bits, size, v1, v2, whole,
};
use crate::asm::{Vex, Xmm};
use crate::emit::{Emitter, LOAD};
use crate::frame::{byte_order, simd_constant};
use vmapple_a64::Op;
use vmapple_a64::decode::simd_misc_code as m;

const VPMADDUBSW: Vex = v2(0x04);
const VPMADDWD: Vex = v1(0xf5);
const VPMULDQ: Vex = v2(0x28);
const VPSADBW: Vex = v1(0xf6);
const VPHMINPOSUW: Vex = v2(0x41);

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn two_registers(&mut self, op: &Op) -> bool {
        let n = size(op);
        match op.code {
            m::NOT => {
                let a = self.v_operand(op.rn);
                self.ones(S);
                self.asm.vex(VPXOR, S, S, a);
            }
            m::CMEQ_ZERO | m::CMEQ_ZERO_SCALAR => self.against_zero(op, PCMPEQ, false, false),
            m::CMGT_ZERO | m::CMGT_ZERO_SCALAR => self.against_zero(op, PCMPGT, false, false),
            m::CMLT_ZERO | m::CMLT_ZERO_SCALAR => self.against_zero(op, PCMPGT, true, false),
            m::CMGE_ZERO | m::CMGE_ZERO_SCALAR => self.against_zero(op, PCMPGT, true, true),
            m::CMLE_ZERO | m::CMLE_ZERO_SCALAR => self.against_zero(op, PCMPGT, false, true),
            m::NEG_VEC | m::NEG_SCALAR => self.against_zero(op, PSUB, true, false),
            m::ABS_VEC | m::ABS_SCALAR => {
                if let Some(f) = PABS[n] {
                    let a = self.v_operand(op.rn);
                    self.asm.vex2(f, S, a);
                } else {
                    // (a ^ sign) - sign
                    let a = self.v_in(op.rn, A);
                    self.zero(C);
                    self.asm.vex(v2(0x37), C, C, a); // VPCMPGTQ
                    self.asm.vex(VPXOR, S, a, C);
                    self.asm.vex(v1(0xfb), S, S, C);
                }
            }
            m::CNT => self.by_nibbles(op, Nibbles::Ones, v1(0xfc)),
            m::RBIT_VEC => self.by_nibbles(op, Nibbles::Reversed, VPOR),
            m::CLZ_VEC if n == 0 => self.by_nibbles(op, Nibbles::LeadingZeros, v1(0xda)),
            m::REV64 if n == 2 => {
                let a = self.v_any(op.rn, A);
                self.asm.vex_imm(VPSHUFD, S, Xmm(0), a, 0xb1);
            }
            m::REV64 | m::REV32_VEC | m::REV16_VEC => {
                let group = match op.code {
                    m::REV64 => 8,
                    m::REV32_VEC => 4,
                    _ => 2,
                };
                let (a, out) = (self.v_any(op.rn, A), self.out(op));
                self.asm.vex(VPSHUFB, out, a, byte_order(group, n));
                self.simd_result(op, out);
                return true;
            }
            m::SADDLP | m::UADDLP | m::SADALP | m::UADALP => {
                let a = self.v_any(op.rn, A);
                self.sums_of_neighbours(n, matches!(op.code, m::SADDLP | m::SADALP), a);
                if matches!(op.code, m::SADALP | m::UADALP)
                    && let Some(add) = PADD[(n + 1) & 3]
                {
                    let d = self.v_operand(op.rd);
                    self.asm.vex(add, S, S, d);
                }
            }
            m::SADDLV | m::UADDLV => return self.sum_of_all(op),
            m::ADDV | m::ADDP_SCALAR => return self.across(op, PADD),
            m::SMAXV if n < 2 => return self.extreme_lane(op, true, true),
            m::UMAXV if n < 2 => return self.extreme_lane(op, true, false),
            m::SMINV if n < 2 => return self.extreme_lane(op, false, true),
            m::UMINV if n < 2 => return self.extreme_lane(op, false, false),
            m::SMAXV => return self.across(op, PMAXS),
            m::UMAXV => return self.across(op, PMAXU),
            m::SMINV => return self.across(op, PMINS),
            m::UMINV => return self.across(op, PMINU),
            _ => return false,
        }
        self.simd_result(op, S);
        true
    }

    /// `S = f(register, 0)`, or `f(0, register)` if swapped; inverted at the end.
    fn against_zero(&mut self, op: &Op, f: BySize, swapped: bool, inverted: bool) {
        let a = self.v_in(op.rn, A);
        self.zero(B);
        let (first, second) = if swapped { (B, a) } else { (a, B) };
        if let Some(f) = f[size(op)] {
            self.asm.vex(f, S, first, second);
        }
        if inverted {
            self.invert(S);
        }
    }

    /// `S` = what two tables give for the low and the high nibble of each byte, combined by `f`.
    fn by_nibbles(&mut self, op: &Op, which: Nibbles, f: Vex) {
        let a = self.v_any(op.rn, A);
        self.with(VPAND, B, a, NIBBLE);
        self.shift_lanes(1, SRL, C, a, 4);
        self.with(VPAND, C, C, NIBBLE);
        self.asm.vex2(LOAD, S, simd_constant(nibbles(which, false)));
        self.asm.vex(VPSHUFB, B, S, B);
        self.asm.vex2(LOAD, S, simd_constant(nibbles(which, true)));
        self.asm.vex(VPSHUFB, C, S, C);
        self.asm.vex(f, S, B, C);
    }

    /// `S` = the sums of each two neighbours of `a`, twice as large as they. Uses `C`.
    fn sums_of_neighbours(&mut self, n: usize, signed: bool, a: Xmm) {
        match (n, signed) {
            // The first operand is the unsigned one.
            (0, true) => {
                self.asm.vex2(LOAD, C, simd_constant(one(0)));
                self.asm.vex(VPMADDUBSW, S, C, a);
            }
            (0, false) => self.with(VPMADDUBSW, S, a, one(0)),
            (1, true) => self.with(VPMADDWD, S, a, one(1)),
            (1, false) => {
                self.shift_lanes(2, SRL, C, a, 16);
                self.with(VPAND, S, a, low_half(1));
                self.asm.vex(v1(0xfe), S, S, C);
            }
            (_, true) => {
                self.shift_lanes(3, SRL, C, a, 32);
                self.with(VPMULDQ, C, C, one(3));
                self.with(VPMULDQ, S, a, one(3));
                self.asm.vex(v1(0xd4), S, S, C);
            }
            (_, false) => {
                self.shift_lanes(3, SRL, C, a, 32);
                self.with(VPAND, S, a, low_half(2));
                self.asm.vex(v1(0xd4), S, S, C);
            }
        }
    }

    /// SADDLV, UADDLV: the result is twice as large as a lane.
    fn sum_of_all(&mut self, op: &Op) -> bool {
        let n = size(op);
        let signed = op.code == m::SADDLV;
        let mut a = self.v_any(op.rn, A);
        if !whole(op) {
            self.low_bits(64, A, a);
            a = A;
        }
        if n == 0 && !signed {
            self.zero(C);
            self.asm.vex(VPSADBW, S, a, C);
            self.fold(3, v1(0xd4));
        } else {
            self.sums_of_neighbours(n, signed, a);
            for lane in (n + 1..4).rev() {
                // Halves first: what is added is as large as the result.
                if let Some(add) = PADD[n + 1] {
                    self.fold(lane, add);
                }
            }
        }
        self.simd_result(&Op { aux: op.aux & 0xf | (16 << n) << 4, ..*op }, S);
        true
    }

    /// `S = f(S, S moved down by `1 << lane` bytes)`. Uses `C`.
    fn fold(&mut self, lane: usize, f: Vex) {
        if lane == 3 {
            self.asm.vex_imm(VPSHUFD, C, Xmm(0), S, 0xee);
        } else {
            self.shift_bytes(false, C, S, 1 << lane);
        }
        self.asm.vex(f, S, S, C);
    }

    /// All lanes into one by `f`, halves first.
    fn across(&mut self, op: &Op, f: BySize) -> bool {
        let n = size(op);
        let Some(f) = f[n] else { return false };
        let a = self.v_any(op.rn, A);
        let lanes = if whole(op) { n..4 } else { n..3 };
        let mut from = a;
        for lane in lanes.rev() {
            if lane == 3 {
                self.asm.vex_imm(VPSHUFD, C, Xmm(0), from, 0xee);
            } else {
                self.shift_bytes(false, C, from, 1 << lane);
            }
            self.asm.vex(f, S, from, C);
            from = S;
        }
        self.simd_result(&Op { aux: op.aux & 0xf | u16::from(lane_bits(op)) << 4, ..*op }, S);
        true
    }

    /// The largest or smallest byte or halfword, by the host's search for the smallest unsigned halfword: the largest is the
    /// smallest of complements, and signed numbers with the top bit inverted are in the order of unsigned ones.
    fn extreme_lane(&mut self, op: &Op, largest: bool, signed: bool) -> bool {
        let n = size(op);
        let mut a = self.v_in(op.rn, A);
        if !whole(op) {
            self.asm.vex(VPUNPCKLQDQ, A, a, a);
            a = A;
        }
        a = self.reordered(n, largest, signed, a);
        if n == 0 {
            // Of each pair; the upper byte becomes zero.
            self.shift_lanes(1, SRL, C, a, 8);
            self.asm.vex(v1(0xda), S, a, C); // VPMINUB
            a = S;
        }
        self.asm.vex2(VPHMINPOSUW, S, a);
        self.reordered(n, largest, signed, S);
        self.simd_result(&Op { aux: op.aux & 0xf | u16::from(lane_bits(op)) << 4, ..*op }, S);
        true
    }

    /// `a` with its order reversed or made that of unsigned numbers: in `S`, or where it was if nothing is to be done.
    fn reordered(&mut self, n: usize, reversed: bool, signed: bool, a: Xmm) -> Xmm {
        match (reversed, signed) {
            (false, false) => return a,
            (true, false) => self.with(VPXOR, S, a, ALL_ONES),
            (true, true) => self.with(VPXOR, S, a, largest(n)),
            (false, true) => self.with(VPXOR, S, a, sign(n)),
        }
        S
    }
}
