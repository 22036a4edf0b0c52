//! Lanes to lanes, to and from general registers, in other orders, and through tables.

use super::constants::{HIGH_HALVES, ODD_BYTES, PAST_FIFTEEN, SIXTY_FOUR, low_half, sixteens};
use super::{
    A, B, BROADCAST, C, PUNPCKH, PUNPCKL, S, SLL, SRL, VMOVQ, VMOVQ_GPR, VPALIGNR, VPAND, VPOR, VPSHUFB, VPSHUFD,
    VPUNPCKHQDQ, VPUNPCKLQDQ, VSHUFPS, lane_bits, size, v1, v3, whole,
};
use crate::asm::{RAX, Vex, Xmm};
use crate::emit::{Emitter, LOAD};
use crate::frame::simd_constant;
use vmapple_a64::Op;
use vmapple_a64::decode::simd_copy_code as c;

const VINSERTPS: Vex = v3(0x21);
/// The low doubleword from the second operand, the high one from the first; and the second's high one after the first's low.
const VMOVSD: Vex = Vex { pp: 3, map: 1, w: false, opcode: 0x10 };
const VSHUFPD: Vex = v1(0xc6);
const VPADDUSB: Vex = v1(0xdc);
const VPBLENDVB: Vex = v3(0x4c);
/// To a general register or memory, by log2 of the element's bytes.
pub(super) const PEXTR: [Vex; 4] = [v3(0x14), v3(0x15), v3(0x16), Vex { w: true, ..v3(0x16) }];
/// From one.
pub(super) const PINSR: [Vex; 4] = [v3(0x20), v1(0xc4), v3(0x22), Vex { w: true, ..v3(0x22) }];

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn copies(&mut self, op: &Op) -> bool {
        let n = size(op);
        match op.code {
            c::DUP_GEN => {
                let from = self.x_in(op.rn, RAX, true);
                self.asm.vex_rm(VMOVQ_GPR, S.0, 0, from.into());
                let out = self.out(op);
                if let Some(f) = BROADCAST[n] {
                    self.asm.vex2(f, out, S);
                }
                self.simd_result(op, out);
            }
            c::DUP_ELEM => {
                let out = self.out(op);
                let d = self.lane_to_all(op.rn, n, op.ra, out);
                self.simd_result(op, d);
            }
            c::DUP_SCALAR => {
                let mut a = self.v_any(op.rn, A);
                if op.ra != 0 {
                    self.shift_bytes(false, S, a, op.ra << n);
                    a = S;
                }
                self.simd_result(op, a);
            }
            c::UMOV_W | c::UMOV_X | c::SMOV_W | c::SMOV_X => {
                self.extract(op.rn, n, op.ra);
                match (op.code, n) {
                    (c::SMOV_W | c::SMOV_X, 0) => self.asm.movsx8(op.code == c::SMOV_X, RAX, RAX),
                    (c::SMOV_W | c::SMOV_X, 1) => self.asm.movsx16(op.code == c::SMOV_X, RAX, RAX),
                    (c::SMOV_X, _) => self.asm.movsxd(RAX, RAX),
                    _ => {}
                }
                self.store_x(op.rd, RAX);
            }
            c::INS_GEN => {
                let from = self.x_in(op.rn, RAX, true);
                let (d, out) = (self.v_any(op.rd, A), self.own(op.rd));
                self.asm.vex_rm(PINSR[n], out.0, d.0, from.into());
                self.asm.byte(op.rm);
                self.store_v(op.rd, out);
            }
            c::INS_ELEM => self.insert_lane(op),
            c::ZIP1 | c::ZIP2 => self.interleave(op),
            c::UZP1 | c::UZP2 => {
                self.lanes_apart(op);
                self.simd_result(op, if op.code == c::UZP1 { C } else { S });
            }
            c::TRN1 | c::TRN2 => self.transpose(op),
            c::EXT_16B => {
                let (b, a, out) = (self.v_any(op.rm, B), self.v_operand(op.rn), self.own(op.rd));
                self.asm.vex_imm(VPALIGNR, out, b, a, (op.imm >> 11 & 15) as u8);
                self.store_v(op.rd, out);
            }
            c::EXT_8B => {
                let (a, b) = (self.v_any(op.rn, A), self.v_operand(op.rm));
                self.asm.vex(VPUNPCKLQDQ, S, a, b);
                self.shift_bytes(false, S, S, (op.imm >> 11 & 7) as u8);
                let out = self.own(op.rd);
                self.asm.vex2(VMOVQ, out, S);
                self.store_v(op.rd, out);
            }
            c::TBL => self.table(op, false),
            c::TBX => self.table(op, true),
            _ => return false,
        }
        true
    }

    /// Lane `index` of a vector register into RAX, zero-extended.
    fn extract(&mut self, v: u8, n: usize, index: u8) {
        let a = self.v_any(v, A);
        if index == 0 && n >= 2 {
            // VMOVD, VMOVQ.
            return self.asm.vex_rm(Vex { w: n == 3, ..v1(0x7e) }, a.0, 0, RAX.into());
        }
        self.asm.vex_rm(PEXTR[n], a.0, 0, RAX.into());
        self.asm.byte(index);
    }

    /// INS (element).
    fn insert_lane(&mut self, op: &Op) {
        let n = size(op);
        let (to, from) = (op.rm, op.ra);
        if n < 2 {
            self.extract(op.rn, n, from);
            let (d, out) = (self.v_any(op.rd, A), self.own(op.rd));
            self.asm.vex_rm(PINSR[n], out.0, d.0, RAX.into());
            self.asm.byte(to);
            return self.store_v(op.rd, out);
        }
        let (a, d, out) = (self.v_any(op.rn, A), self.v_any(op.rd, B), self.own(op.rd));
        match (n, to, from) {
            (2, _, _) => self.asm.vex_imm(VINSERTPS, out, d, a, from << 6 | to << 4),
            (_, 0, 0) => self.asm.vex(VMOVSD, out, d, a),
            (_, 0, _) => self.asm.vex(VPUNPCKHQDQ, out, a, d),
            (_, _, 0) => self.asm.vex(VPUNPCKLQDQ, out, d, a),
            _ => self.asm.vex_imm(VSHUFPD, out, d, a, 0b10),
        }
        self.store_v(op.rd, out);
    }

    /// ZIP1, ZIP2.
    fn interleave(&mut self, op: &Op) {
        let n = size(op);
        let (Some(low), Some(high)) = (PUNPCKL[n], PUNPCKH[n]) else { return };
        let (a, b, out) = (self.v_any(op.rn, A), self.v_operand(op.rm), self.out(op));
        if whole(op) {
            self.asm.vex(if op.code == c::ZIP1 { low } else { high }, out, a, b);
        } else {
            self.asm.vex(low, out, a, b);
            if op.code == c::ZIP2 {
                self.asm.vex_imm(VPSHUFD, out, Xmm(0), out, 0xee);
            }
        }
        self.simd_result(op, out);
    }

    /// TRN1, TRN2: even lanes of both operands, or odd ones.
    fn transpose(&mut self, op: &Op) {
        let n = size(op);
        let first = op.code == c::TRN1;
        let (a, b, out) = (self.v_any(op.rn, A), self.v_any(op.rm, B), self.out(op));
        match n {
            3 => self.asm.vex(if first { VPUNPCKLQDQ } else { VPUNPCKHQDQ }, out, a, b),
            2 => {
                self.asm.vex_imm(VSHUFPS, S, a, b, if first { 0x88 } else { 0xdd });
                self.asm.vex_imm(VPSHUFD, out, Xmm(0), S, 0xd8);
            }
            _ => {
                // One operand's lanes move to their neighbours' places, and replace them in the other.
                let (moved, kept) = if first { (b, a) } else { (a, b) };
                self.shift_lanes(n + 1, if first { SLL } else { SRL }, S, moved, lane_bits(op));
                let mask = match (n, first) {
                    (0, true) => low_half(0),
                    (0, false) => ODD_BYTES,
                    (_, true) => low_half(1),
                    (_, false) => HIGH_HALVES,
                };
                self.with(VPAND, C, kept, mask);
                self.asm.vex(VPOR, out, S, C);
            }
        }
        self.simd_result(op, out);
    }

    /// TBL and (`keep`) TBX. The host's table look-up gives zero where bit 7 of the index is set: adding 0x70 with saturation
    /// sets it for all indices that are not 0 to 15.
    fn table(&mut self, op: &Op, keep: bool) {
        let count = (op.imm >> 13 & 3) as u8 + 1;
        for k in 0..count {
            let mut index = self.v_any(op.rm, B);
            if k > 0 {
                self.with(v1(0xf8), B, index, sixteens(k)); // VPSUBB
                index = B;
            }
            self.with(VPADDUSB, B, index, PAST_FIFTEEN);
            let a = self.v_any((op.rn + k) & 31, A);
            if k == 0 {
                self.asm.vex(VPSHUFB, S, a, B);
            } else {
                self.asm.vex(VPSHUFB, B, a, B);
                self.asm.vex(VPOR, S, S, B);
            }
        }
        if keep {
            // The old byte where the index is past the tables: where it is the larger of itself and the first such.
            let index = self.v_in(op.rm, B);
            let d = self.v_in(op.rd, A);
            if count == 4 {
                self.asm.vex2(LOAD, C, simd_constant(SIXTY_FOUR));
            } else {
                self.asm.vex2(LOAD, C, simd_constant(sixteens(count)));
            }
            self.asm.vex(v1(0xde), C, C, index); // VPMAXUB
            self.asm.vex(v1(0x74), C, C, index); // VPCMPEQB
            self.asm.vex_imm(VPBLENDVB, S, S, d, C.0 << 4);
        }
        self.simd_result(op, S);
    }
}
