//! AES on the host's: the guest's instructions take the round apart differently, the pieces are the same. The three-way logic
//! of SHA-3, which the other hashes use too.

use super::Emitter;
use super::simd::{A, B, S, VPANDN, VPXOR, v2};
use crate::asm::Vex;
use vmapple_a64::Op;
use vmapple_a64::decode::crypto_code as c;

const VAESENC: Vex = v2(0xdc);
const VAESENCLAST: Vex = v2(0xdd);
const VAESDECLAST: Vex = v2(0xdf);
const VAESIMC: Vex = v2(0xdb);

impl Emitter<'_> {
    /// Translates an instruction of the cryptographic extension; false if it has no host form here. SIMD is enabled.
    pub(crate) fn crypto(&mut self, op: &Op) -> bool {
        match op.code {
            c::EOR3 | c::BCAX if self.switches.wide_vectors && op.rd == op.rn && self.v_pin(op.rd).is_some() => {
                let (d, b, third) = (self.own(op.rd), self.v_any(op.rm, A), self.v_operand(op.ra));
                self.asm.ternary_logic(d, b, third, if op.code == c::EOR3 { 0x96 } else { 0xb4 });
                self.store_v(op.rd, d);
            }
            c::EOR3 => {
                let (a, b, out) = (self.v_any(op.rn, A), self.v_operand(op.rm), self.own(op.rd));
                self.asm.vex(VPXOR, S, a, b);
                let c = self.v_operand(op.ra);
                self.asm.vex(VPXOR, out, S, c);
                self.store_v(op.rd, out);
            }
            // rn ^ (rm & ~ra)
            c::BCAX => {
                let (c, b, out) = (self.v_any(op.ra, A), self.v_operand(op.rm), self.own(op.rd));
                self.asm.vex(VPANDN, S, c, b);
                let a = self.v_operand(op.rn);
                self.asm.vex(VPXOR, out, S, a);
                self.store_v(op.rd, out);
            }
            c::AESE | c::AESD | c::AESMC | c::AESIMC => return self.switches.host_aes && self.aes(op),
            _ => return self.sha(op) || self.sha512(op),
        }
        true
    }

    fn aes(&mut self, op: &Op) -> bool {
        let out = self.own_low(op.rd);
        match op.code {
            // AddRoundKey comes first here, so the host's round key is zero.
            c::AESE | c::AESD => {
                let (d, k) = (self.v_any(op.rd, A), self.v_operand(op.rn));
                self.asm.vex(VPXOR, S, d, k);
                self.zero(B);
                let mixes = |next: &&Op| next.code == c::AESMC && next.rd == op.rd && next.rn == op.rd;
                let f = if op.code == c::AESD {
                    VAESDECLAST
                } else if self.switches.fusion && self.ahead.first().filter(mixes).is_some() {
                    // The whole round.
                    self.done |= 1;
                    VAESENC
                } else {
                    VAESENCLAST
                };
                self.asm.vex(f, out, S, B);
            }
            // MixColumns alone: undo the rest of a round, then do a round.
            c::AESMC => {
                let a = self.v_in(op.rn, A);
                self.zero(B);
                self.asm.vex(VAESDECLAST, S, a, B);
                self.asm.vex(VAESENC, out, S, B);
            }
            _ => {
                let a = self.v_in(op.rn, A);
                self.asm.vex2(VAESIMC, out, a);
            }
        }
        self.store_v(op.rd, out);
        true
    }
}
