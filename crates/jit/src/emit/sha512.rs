//! SHA-512, and the rotations of SHA-3. The host has nothing of them: its lanes of 64 bits do what the guest's instructions
//! say. Each of those does two rounds' halves of which the second needs the first, so that one lane is worked on at a time.

use super::Emitter;
use super::simd::{A, B, C, S, SLL, SRL, VPALIGNR, VPAND, VPANDN, VPOR, VPSHUFD, VPUNPCKHQDQ, VPUNPCKLQDQ, VPXOR, v1};
use crate::asm::{Vex, Xm, Xmm};
use crate::emit::STORE;
use crate::frame::SPARE;
use vmapple_a64::Op;
use vmapple_a64::decode::crypto_code as c;

const VPADDQ: Vex = v1(0xd4);
const VPRORQ: Vex = Vex { w: true, ..v1(0x72) };
/// Tables for three-way logic: the sum; the first operand where the second is set, else the third; the third where the second is
/// set, else the first; the majority.
const SUM: u8 = 0x96;
const FIRST_BY_SECOND: u8 = 0xe2;
const THIRD_BY_SECOND: u8 = 0xb8;
const MAJORITY: u8 = 0xe8;
/// Exchanges halves.
const SWAP: u8 = 0x4e;

impl Emitter<'_> {
    /// Translates an instruction of SHA-512, or RAX1 or XAR; false if it is none.
    pub(super) fn sha512(&mut self, op: &Op) -> bool {
        match op.code {
            c::SHA512H => self.sha512_first(op),
            c::SHA512H2 => self.sha512_second(op),
            c::SHA512SU0 => {
                let (n, d) = (self.v_any(op.rn, A), self.v_operand(op.rd));
                self.asm.vex_imm(VPALIGNR, A, n, d, 8);
                self.sigma(&[1, 8], Some(7), A, S);
                let (d, out) = (self.v_operand(op.rd), self.own(op.rd));
                self.asm.vex(VPADDQ, out, B, d);
                self.store_v(op.rd, out);
            }
            c::SHA512SU1 => {
                let n = self.v_any(op.rn, A);
                self.sigma(&[19, 61], Some(6), n, S);
                let (d, m, out) = (self.v_operand(op.rd), self.v_operand(op.rm), self.own(op.rd));
                self.asm.vex(VPADDQ, B, B, m);
                self.asm.vex(VPADDQ, out, B, d);
                self.store_v(op.rd, out);
            }
            c::RAX1 => {
                let m = self.v_any(op.rm, B);
                self.rotate_doublewords(m, 63);
                let (n, out) = (self.v_operand(op.rn), self.own(op.rd));
                self.asm.vex(VPXOR, out, S, n);
                self.store_v(op.rd, out);
            }
            c::XAR => {
                let (n, m) = (self.v_any(op.rn, A), self.v_operand(op.rm));
                self.asm.vex(VPXOR, A, n, m);
                self.rotate_doublewords(A, (op.imm >> 10 & 63) as u8);
                self.store_v(op.rd, S);
            }
            _ => return false,
        }
        true
    }

    /// `S = src` rotated right. Uses `C`.
    fn rotate_doublewords(&mut self, src: Xmm, n: u8) {
        if self.switches.wide_vectors {
            return self.asm.evex_shift(VPRORQ, 0, S, src, n);
        }
        self.shift_lanes(3, SRL, S, src, n);
        self.shift_lanes(3, SLL, C, src, 64 - n);
        self.asm.vex(VPOR, S, S, C);
    }

    /// `B` = the sum of rotations right, and of a shift right: three terms. Uses `C`, and `third` where the host has AVX-512.
    fn sigma(&mut self, rotations: &[u8], shifted: Option<u8>, src: Xmm, third: Xmm) {
        if self.switches.wide_vectors {
            let mut places = [B, C, third].into_iter();
            for (n, to) in rotations.iter().zip(places.by_ref()) {
                self.asm.evex_shift(VPRORQ, 0, to, src, *n);
            }
            if let (Some(n), Some(to)) = (shifted, places.next()) {
                self.shift_lanes(3, SRL, to, src, n);
            }
            return self.asm.ternary_logic(B, C, third, SUM);
        }
        // The first term is made in B, the others are added to it.
        let parts = rotations.iter().flat_map(|n| [(SRL, *n), (SLL, 64 - n)]).chain(shifted.map(|n| (SRL, n)));
        for (i, (kind, n)) in parts.enumerate() {
            let to = if i == 0 { B } else { C };
            self.shift_lanes(3, kind, to, src, n);
            if i > 0 {
                self.asm.vex(VPXOR, B, B, C);
            }
        }
    }

    /// A register with its halves exchanged.
    fn swapped(&mut self, to: Xmm, v: u8) {
        let from = self.v_operand(v);
        self.asm.vex_imm(VPSHUFD, to, Xmm(0), from, SWAP);
    }

    /// SHA512H: Vd has two words with H and G added, Vn F and G, Vm E and D. The upper lane is worked in. What comes last in
    /// programs (Vn, and within, the first sum) is added last.
    fn sha512_first(&mut self, op: &Op) {
        const SIGMA: [u8; 3] = [14, 18, 41];
        let wide = self.switches.wide_vectors;
        let m = self.v_any(op.rm, A);
        self.sigma(&SIGMA, None, m, S);
        let d = self.v_operand(op.rd);
        self.asm.vex(VPADDQ, B, B, d);
        // Choose by E (m) between F (n exchanged) and G (n).
        self.swapped(C, op.rn);
        let n = self.v_operand(op.rn);
        if wide {
            self.asm.ternary_logic(C, m, n, FIRST_BY_SECOND);
        } else {
            self.asm.vex(VPAND, C, C, m);
            self.asm.vex(VPANDN, S, m, n);
            self.asm.vex(VPXOR, C, C, S);
        }
        // The sum, and with D the next E.
        self.swapped(A, op.rm);
        self.asm.vex(VPADDQ, A, A, B);
        self.asm.vex(VPADDQ, S, B, C);
        self.asm.vex(VPADDQ, A, A, C);
        if wide {
            self.asm.vex2(STORE, S, SPARE);
        }
        self.sigma(&SIGMA, None, A, S);
        // Choose by it between E and F.
        self.swapped(C, op.rn);
        let m = self.v_operand(op.rm);
        if wide {
            self.asm.ternary_logic(C, A, m, THIRD_BY_SECOND);
            self.swapped(A, op.rd);
        } else {
            self.asm.vex(VPANDN, C, A, C);
            self.asm.vex(VPAND, A, A, m);
            self.asm.vex(VPXOR, A, A, C);
            self.swapped(C, op.rd);
        }
        self.asm.vex(VPADDQ, C, C, A);
        self.asm.vex(VPADDQ, B, B, C);
        let out = self.own(op.rd);
        let high: Xm = if wide { SPARE.into() } else { S.into() };
        self.asm.vex(VPUNPCKHQDQ, out, B, high);
        self.store_v(op.rd, out);
    }

    /// SHA512H2: Vd has what SHA512H gave, with D and C added, Vn C and D, Vm A and B. The lower lane is worked in, and Vd added
    /// last.
    fn sha512_second(&mut self, op: &Op) {
        const SIGMA: [u8; 3] = [28, 34, 39];
        let m = self.v_any(op.rm, A);
        self.sigma(&SIGMA, None, m, S);
        self.swapped(C, op.rm);
        let n = self.v_operand(op.rn);
        self.majority(m, n, S);
        self.asm.vex(VPADDQ, B, B, C);
        self.swapped(C, op.rd);
        self.asm.vex(VPADDQ, S, C, B);
        self.sigma(&SIGMA, None, S, A);
        self.swapped(C, op.rm);
        let m = self.v_operand(op.rm);
        self.majority(S, m, A);
        let d = self.v_operand(op.rd);
        self.asm.vex(VPADDQ, C, C, d);
        self.asm.vex(VPADDQ, B, B, C);
        let out = self.own(op.rd);
        self.asm.vex(VPUNPCKLQDQ, out, B, S);
        self.store_v(op.rd, out);
    }

    /// `C` = the majority of `C`, `x` and `y`. Uses `spare` without AVX-512.
    fn majority(&mut self, x: Xmm, y: Xm, spare: Xmm) {
        if self.switches.wide_vectors {
            return self.asm.ternary_logic(C, x, y, MAJORITY);
        }
        // The first where the others differ, else one of these.
        self.asm.vex(VPXOR, spare, x, y);
        self.asm.vex(VPAND, spare, spare, C);
        self.asm.vex(VPAND, C, x, y);
        self.asm.vex(VPXOR, C, C, spare);
    }
}
