//! SHA-1 and SHA-256 on the host's instructions, whose registers hold the words of the state in another order.

use super::Emitter;
use super::simd::{A, B, C, S, SLL, SRL, VPALIGNR, VPOR, VPSHUFD, VPXOR, VSHUFPS, sha1_k, v1};
use crate::asm::Xmm;
use crate::frame::simd_constant;
use vmapple_a64::Op;
use vmapple_a64::decode::{
    crypto_code as c, ldst_simd_code as l, simd_copy_code as k, simd_misc_code as m, simd_three_code as t,
};

/// The host's instructions have no VEX forms; the second operand of the first is XMM0 besides.
const SHA256RNDS2: u8 = 0xcb;
const SHA256MSG1: u8 = 0xcc;
const SHA256MSG2: u8 = 0xcd;

/// How far apart instructions that are fused may be.
const WINDOW: usize = 6;

/// Which of the two results of four rounds.
#[derive(Clone, Copy)]
enum Half {
    Abcd,
    Efgh,
}

impl Emitter<'_> {
    /// Translates an instruction of SHA-1 or SHA-256; false if it is none.
    pub(super) fn sha(&mut self, op: &Op) -> bool {
        match op.code {
            c::SHA256H if self.switches.host_sha => {
                self.sha256_rounds(op.rd, op.rn, op.rm);
                let partner = if self.switches.fusion { self.sha256_partner(op) } else { None };
                if let Some((distance, second)) = partner {
                    self.done |= 1 << distance;
                    self.sha256_result(Half::Efgh, second.rd);
                }
                self.sha256_result(Half::Abcd, op.rd);
            }
            c::SHA256H2 if self.switches.host_sha => {
                self.sha256_rounds(op.rn, op.rd, op.rm);
                self.sha256_result(Half::Efgh, op.rd);
            }
            c::SHA256SU0 if self.switches.host_sha => {
                self.copy_v(op.rd, S);
                let n = self.v_in(op.rn, A);
                self.sha_instruction(SHA256MSG1, S, n);
                self.store_v(op.rd, S);
            }
            c::SHA256SU1 if self.switches.host_sha => {
                // Words 1 to 4 of the second and third operand are added first.
                let (m, n, d) = (self.v_in(op.rm, A), self.v_operand(op.rn), self.v_operand(op.rd));
                self.asm.vex_imm(VPALIGNR, S, m, n, 4);
                self.asm.vex(v1(0xfe), S, S, d);
                self.sha_instruction(SHA256MSG2, S, m);
                self.store_v(op.rd, S);
            }
            c::SHA1C if self.switches.host_sha => self.sha1_rounds(op, 0),
            c::SHA1P if self.switches.host_sha => self.sha1_rounds(op, 1),
            c::SHA1M if self.switches.host_sha => self.sha1_rounds(op, 2),
            c::SHA1H => {
                let (n, out) = (self.v_any(op.rn, A), self.own(op.rd));
                self.rotate_words(S, n, 30, B);
                self.low_bits(32, out, S);
                self.store_v(op.rd, out);
            }
            c::SHA1SU0 => {
                let (n, d) = (self.v_any(op.rn, A), self.v_operand(op.rd));
                self.asm.vex_imm(VPALIGNR, S, n, d, 8);
                self.asm.vex(VPXOR, S, S, d);
                let (m, out) = (self.v_operand(op.rm), self.own(op.rd));
                self.asm.vex(VPXOR, out, S, m);
                self.store_v(op.rd, out);
            }
            c::SHA1SU1 => {
                let n = self.v_any(op.rn, A);
                self.shift_bytes(false, S, n, 4);
                let d = self.v_operand(op.rd);
                self.asm.vex(VPXOR, S, S, d);
                self.rotate_words(A, S, 1, B);
                // The last word's new operand is the first word of the result.
                self.shift_bytes(true, S, A, 12);
                self.rotate_words(S, S, 1, B);
                let out = self.own(op.rd);
                self.asm.vex(VPXOR, out, A, S);
                self.store_v(op.rd, out);
            }
            _ => return false,
        }
        true
    }

    /// A guest register's value in a scratch register.
    fn copy_v(&mut self, v: u8, to: Xmm) {
        let from = self.v_any(v, to);
        if from != to {
            self.asm.vex2(super::MOVE, to, from);
        }
    }

    /// An instruction of the SHA extension without VEX: both registers are 0 to 7 or a pinned source.
    fn sha_instruction(&mut self, opcode: u8, dst: Xmm, src: Xmm) {
        if src.0 >= 8 {
            self.asm.byte(0x41); // REX.B
        }
        self.asm.raw(&[0x0f, 0x38, opcode, 0xc0 | dst.0 << 3 | src.0 & 7]);
    }

    /// `dst = src` rotated left by `n` in each word. `tmp` is another register.
    fn rotate_words(&mut self, dst: Xmm, src: Xmm, n: u8, tmp: Xmm) {
        if self.switches.wide_vectors {
            // VPROLD
            return self.asm.evex_shift(v1(0x72), 1, dst, src, n);
        }
        self.shift_lanes(2, SRL, tmp, src, 32 - n);
        self.shift_lanes(2, SLL, dst, src, n);
        self.asm.vex(VPOR, dst, dst, tmp);
    }

    /// Four rounds of SHA-256 from the words in three registers: the state after them in `A` and `B`.
    fn sha256_rounds(&mut self, abcd: u8, efgh: u8, w: u8) {
        // C, D, G, H and A, B, E, F, from the highest word down.
        let (first, second) = (self.v_any(abcd, A), self.v_any(efgh, B));
        self.asm.vex_imm(VSHUFPS, C, second, first, 0x11);
        self.asm.vex_imm(VSHUFPS, A, second, first, 0xbb);
        self.copy_v(w, S);
        self.asm.vex2(super::MOVE, B, C);
        // Two rounds give the new A, B, E, F; the old ones are the new C, D, G, H.
        self.sha_instruction(SHA256RNDS2, A, B);
        self.asm.vex_imm(VPSHUFD, S, Xmm(0), S, 0xee);
        self.sha_instruction(SHA256RNDS2, B, A);
    }

    fn sha256_result(&mut self, half: Half, v: u8) {
        let out = self.own(v);
        let order = match half {
            Half::Abcd => 0xbb,
            Half::Efgh => 0x11,
        };
        self.asm.vex_imm(VSHUFPS, out, B, A, order);
        self.store_v(v, out);
    }

    /// Four rounds of SHA-1.
    fn sha1_rounds(&mut self, op: &Op, function: u8) {
        // The host adds the round's constant, which the guest has added already.
        let (m, n) = (self.v_any(op.rm, A), self.v_any(op.rn, B));
        self.asm.vex(v1(0xfa), S, m, simd_constant(sha1_k(function)));
        self.asm.vex_imm(VPSHUFD, S, Xmm(0), S, 0x1b);
        self.shift_bytes(true, B, n, 12);
        self.asm.vex(v1(0xfe), S, S, B);
        let d = self.v_any(op.rd, A);
        self.asm.vex_imm(VPSHUFD, A, Xmm(0), d, 0x1b);
        // SHA1RNDS4 A, S, function
        self.asm.raw(&[0x0f, 0x3a, 0xcc, 0xc0 | A.0 << 3 | S.0, function]);
        let out = self.own(op.rd);
        self.asm.vex_imm(VPSHUFD, out, Xmm(0), A, 0x1b);
        self.store_v(op.rd, out);
    }

    /// The SHA256H2 ahead that does the same four rounds as this SHA256H, and how far it is: its other operand is a copy of
    /// this one's destination, and what stands between can neither fault nor see that it is done early.
    fn sha256_partner(&self, op: &Op) -> Option<(usize, Op)> {
        let at = self.ahead.iter().take(WINDOW).position(|o| o.code == c::SHA256H2)?;
        let second = self.ahead[at];
        let same = second.rd == op.rn && second.rm == op.rm && second.rn != op.rd && op.rd != op.rn;
        let apart = self.ahead[..at].iter().all(|o| {
            self.is_plain(o)
                && ![o.rd, o.rn, o.rm, o.ra].contains(&second.rd)
                && ![second.rn, second.rm].contains(&o.rd)
        });
        (same && op.rd != op.rm && apart && self.is_copy(op.rd, second.rn)).then_some((at, second))
    }

    /// Whether an instruction is one of those that stand between fused ones, works on the vector registers of its fields alone,
    /// and has a host form for certain: it neither faults nor leaves the block.
    pub(super) fn is_plain(&self, o: &Op) -> bool {
        match o.code {
            c::SHA256SU0 | c::SHA256SU1 => self.switches.host_sha,
            c::AESE | c::AESD | c::AESMC | c::AESIMC => self.switches.host_aes,
            t::ADD_VEC | t::SUB_VEC | t::AND_VEC | t::ORR_VEC | t::EOR_VEC => true,
            m::REV64 | m::REV32_VEC | k::EXT_16B | k::DUP_ELEM => true,
            _ => false,
        }
    }

    /// Whether two vector registers are known to hold the same: one was moved to the other shortly before.
    fn is_copy(&self, a: u8, b: u8) -> bool {
        for o in self.behind.iter().rev().take(2 * WINDOW) {
            let moves = o.code == t::ORR_VEC && o.rn == o.rm && o.aux >> 4 == 128;
            if moves && ((o.rd, o.rn) == (a, b) || (o.rd, o.rn) == (b, a)) {
                return true;
            }
            if may_write(o, a) || may_write(o, b) {
                return false;
            }
        }
        false
    }
}

/// Whether an instruction may write a vector register.
fn may_write(o: &Op, v: u8) -> bool {
    let code = o.code.0;
    if code < l::BASE {
        // Integer instructions, branches, loads and stores of general registers.
        return false;
    }
    if matches!(o.code, l::LD1_ST1_MULT | l::LD_MULT_POST | l::LD1_ST1_ONE | l::LD_ONE_POST) {
        return true;
    }
    o.rd == v || (code < t::BASE && o.ra == v)
}
