//! Shifts of each lane by the lane of another register: SSHL, USHL, SRSHL, URSHL.

use super::constants::{ALL_ONES, low_byte, low_half};
use super::{A, B, C, PADD, PSUB, S, SLL, SRA, SRL, VPAND, VPOR, VPXOR, lane_bits, size, v2, v3};
use crate::asm::{Vex, Xmm};
use crate::emit::{Emitter, STORE};
use crate::frame::SPARE;
use vmapple_a64::Op;
use vmapple_a64::decode::simd_three_code as t;

/// The host's, of halfwords (by AVX-512 only), words and doublewords.
#[derive(Clone, Copy)]
struct Shifts {
    left: Vex,
    right: Vex,
    /// With sign. Of doublewords there is none without AVX-512.
    signed: Vex,
    /// By the top bit of each lane, or byte, of the register that the last byte names: the second operand or the first.
    blend: Vex,
}

const fn w(v: Vex) -> Vex {
    Vex { w: true, ..v }
}

const SHIFTS: [Shifts; 3] = [
    Shifts { left: w(v2(0x12)), right: w(v2(0x10)), signed: w(v2(0x11)), blend: v3(0x4c) },
    Shifts { left: v2(0x47), right: v2(0x45), signed: v2(0x46), blend: v3(0x4a) },
    Shifts { left: w(v2(0x47)), right: w(v2(0x45)), signed: w(v2(0x46)), blend: v3(0x4b) },
];
const VPCMPGTQ: Vex = v2(0x37);

/// Which bytes of both operands are worked on as halfwords; of other sizes, all lanes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Even,
    Odd,
}

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn variable_shifts(&mut self, op: &Op) -> bool {
        let (signed, rounding) = match op.code {
            t::USHL | t::USHL_SCALAR => (false, false),
            t::SSHL | t::SSHL_SCALAR => (true, false),
            t::URSHL | t::URSHL_SCALAR => (false, true),
            t::SRSHL | t::SRSHL_SCALAR => (true, true),
            _ => return false,
        };
        match size(op) {
            0 | 1 if !self.switches.wide_vectors => return false,
            0 => {
                self.by_register(op, signed, rounding, Part::Even);
                self.with(VPAND, S, S, low_half(0));
                self.asm.vex2(STORE, S, SPARE);
                self.by_register(op, signed, rounding, Part::Odd);
                self.shift_lanes(1, SLL, S, S, 8);
                self.asm.vex(VPOR, S, S, SPARE);
            }
            _ => self.by_register(op, signed, rounding, Part::All),
        }
        self.simd_result(op, S);
        true
    }

    /// The shifted operand, in `to` or in its own register (below 16).
    fn shifted_operand(&mut self, op: &Op, signed: bool, part: Part, to: Xmm) -> Xmm {
        if part == Part::All {
            return self.v_in(op.rn, to);
        }
        let a = self.v_any(op.rn, to);
        match (part, signed) {
            (Part::Odd, true) => self.shift_lanes(1, SRA, to, a, 8),
            (Part::Odd, false) => self.shift_lanes(1, SRL, to, a, 8),
            (_, true) => {
                self.shift_lanes(1, SLL, to, a, 8);
                self.shift_lanes(1, SRA, to, to, 8);
            }
            (_, false) => self.with(VPAND, to, a, low_half(0)),
        }
        to
    }

    /// `S` = each lane shifted by the signed lowest byte of the other's: left, or right if negative.
    fn by_register(&mut self, op: &Op, signed: bool, rounding: bool, part: Part) {
        let n = size(op).max(1);
        let shifts = SHIFTS[n - 1];
        let (Some(add), Some(sub)) = (PADD[n], PSUB[n]) else { return };
        let mut b = self.v_any(op.rm, B);
        if part == Part::Odd {
            self.shift_lanes(1, SRL, B, b, 8);
            b = B;
        }
        // Amounts as bytes without sign: of left and right one is at least 128 unless both are zero, and leaves zero or signs.
        self.zero(C);
        self.asm.vex(sub, C, C, b);
        self.with(VPAND, C, C, low_byte(n));
        if rounding {
            // By one less; no amount becomes a large one.
            self.with(add, C, C, ALL_ONES);
        }
        let a = self.shifted_operand(op, signed, part, A);
        if signed && n == 3 && !self.switches.wide_vectors {
            // Of negative numbers the complement is shifted.
            self.zero(S);
            self.asm.vex(VPCMPGTQ, S, S, a);
            self.asm.vex(VPXOR, A, a, S);
            self.asm.vex(shifts.right, A, A, C);
            self.asm.vex(VPXOR, A, A, S);
        } else if signed {
            self.variable(n, shifts.signed, A, a, C);
        } else {
            self.variable(n, shifts.right, A, a, C);
        }
        if rounding {
            self.without_half(n, signed, A);
        }
        self.with(VPAND, C, b, low_byte(n));
        let a = self.shifted_operand(op, signed, part, S);
        self.variable(n, shifts.left, S, a, C);
        if signed {
            // Right where the amount is negative.
            let bits = if part == Part::All { lane_bits(op) } else { 16 };
            self.shift_lanes(n, SLL, B, b, bits - 8);
            if n == 1 {
                self.shift_lanes(1, SRA, B, B, 15);
            }
            self.asm.vex_imm(shifts.blend, S, S, A, B.0 << 4);
        } else {
            self.asm.vex(VPOR, S, S, A);
        }
    }

    /// A shift by the lanes of another register. Only those of words and doublewords have VEX forms, but for the signed one.
    fn variable(&mut self, n: usize, v: Vex, dst: Xmm, a: Xmm, by: Xmm) {
        if n == 1 || (n == 3 && v.opcode == 0x46) {
            self.asm.evex_three(v, dst, a, by);
        } else {
            self.asm.vex(v, dst, a, by);
        }
    }
}
