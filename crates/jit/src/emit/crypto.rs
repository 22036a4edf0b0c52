//! AES on the host's: the guest's instructions take the round apart differently, the pieces are the same.

use super::Emitter;
use super::simd::{S, v1, v2};
use crate::asm::Xmm;
use vmapple_a64::Op;
use vmapple_a64::decode::crypto_code as c;

const A: Xmm = Xmm(1);
const ZERO: Xmm = Xmm(2);
const VPXOR: crate::asm::Vex = v1(0xef);
const VAESENC: crate::asm::Vex = v2(0xdc);
const VAESENCLAST: crate::asm::Vex = v2(0xdd);
const VAESDECLAST: crate::asm::Vex = v2(0xdf);
const VAESIMC: crate::asm::Vex = v2(0xdb);

impl Emitter<'_> {
    /// Translates an instruction of the cryptographic extension; false if it has no host form here. SIMD is enabled.
    pub(crate) fn crypto(&mut self, op: &Op) -> bool {
        match op.code {
            c::EOR3 => {
                let a = self.v_in(op.rn, A);
                let b = self.v_operand(op.rm);
                self.asm.vex(VPXOR, S, a, b);
                let c = self.v_operand(op.ra);
                self.asm.vex(VPXOR, S, S, c);
            }
            // rn ^ (rm & ~ra)
            c::BCAX => {
                let c = self.v_in(op.ra, A);
                let b = self.v_operand(op.rm);
                self.asm.vex(v1(0xdf), S, c, b);
                let a = self.v_operand(op.rn);
                self.asm.vex(VPXOR, S, S, a);
            }
            _ if !self.switches.host_aes => return false,
            // AddRoundKey comes first here, so the host's round key is zero.
            c::AESE | c::AESD => {
                let d = self.v_in(op.rd, A);
                let k = self.v_operand(op.rn);
                self.asm.vex(VPXOR, S, d, k);
                self.asm.vex(VPXOR, ZERO, ZERO, ZERO);
                self.asm.vex(if op.code == c::AESE { VAESENCLAST } else { VAESDECLAST }, S, S, ZERO);
            }
            // MixColumns alone: undo the rest of a round, then do a round.
            c::AESMC => {
                let a = self.v_in(op.rn, A);
                self.asm.vex(VPXOR, ZERO, ZERO, ZERO);
                self.asm.vex(VAESDECLAST, S, a, ZERO);
                self.asm.vex(VAESENC, S, S, ZERO);
            }
            c::AESIMC => {
                let a = self.v_in(op.rn, A);
                self.asm.vex2(VAESIMC, S, a);
            }
            _ => return false,
        }
        self.store_v(op.rd, S);
        true
    }
}
