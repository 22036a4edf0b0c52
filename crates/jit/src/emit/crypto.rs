//! AES on the host's: the guest's instructions take the round apart differently, the pieces are the same. The three-way logic
//! of SHA-3, which the other hashes use too.

use super::Emitter;
use super::simd::{A, B, S, VPANDN, VPXOR, v2};
use crate::asm::Vex;
use vmapple_a64::Op;
use vmapple_a64::decode::crypto_code as c;

const VAESENC: Vex = v2(0xdc);
const VAESENCLAST: Vex = v2(0xdd);
const VAESDEC: Vex = v2(0xde);
const VAESDECLAST: Vex = v2(0xdf);
const VAESIMC: Vex = v2(0xdb);

/// How far ahead the next round of a state is looked for.
const WINDOW: usize = 24;

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
        match op.code {
            c::AESE | c::AESD => return self.aes_round(op),
            // MixColumns alone: undo the rest of a round, then do a round.
            c::AESMC => {
                let (a, out) = (self.v_in(op.rn, A), self.own_low(op.rd));
                self.zero(B);
                self.asm.vex(VAESDECLAST, S, a, B);
                self.asm.vex(VAESENC, out, S, B);
                self.store_v(op.rd, out);
            }
            _ => {
                let (a, out) = (self.v_in(op.rn, A), self.own_low(op.rd));
                self.asm.vex2(VAESIMC, out, a);
                self.store_v(op.rd, out);
            }
        }
        true
    }

    /// AESE or AESD, with the AESMC or AESIMC that follows. Here AddRoundKey comes first, the host's is last: zero, or the next
    /// round's key if nothing between can see the difference.
    fn aes_round(&mut self, op: &Op) -> bool {
        let encrypts = op.code == c::AESE;
        let mix = if encrypts { c::AESMC } else { c::AESIMC };
        let has_key = self.keyed >> (op.rd & 31) & 1 != 0;
        self.keyed &= !(1 << (op.rd & 31));
        let state = if has_key {
            self.v_in(op.rd, S)
        } else {
            let (d, k) = (self.v_any(op.rd, A), self.v_operand(op.rn));
            self.asm.vex(VPXOR, S, d, k);
            S
        };
        let mixes = |next: &&Op| next.code == mix && next.rd == op.rd && next.rn == op.rd;
        let whole_round = self.switches.fusion && self.ahead.first().filter(mixes).is_some();
        let next_key = if whole_round { self.next_round_key(op.rd) } else { None };
        let key = match next_key {
            Some(k) => {
                self.keyed |= 1 << (op.rd & 31);
                self.v_in(k, B)
            }
            None => {
                self.zero(B);
                B
            }
        };
        let f = match (encrypts, whole_round) {
            (true, true) => VAESENC,
            (true, false) => VAESENCLAST,
            (false, true) => VAESDEC,
            (false, false) => VAESDECLAST,
        };
        if whole_round {
            self.done |= 1;
        }
        let out = self.own_low(op.rd);
        self.asm.vex(f, out, state, key);
        self.store_v(op.rd, out);
        true
    }

    /// The key register of the next AESE or AESD of a vector register, if it has its value already and nothing before that
    /// instruction touches either, faults or leaves the block.
    fn next_round_key(&self, v: u8) -> Option<u8> {
        let between = self.ahead.get(1..)?;
        let at = between.iter().take(WINDOW).position(|o| matches!(o.code, c::AESE | c::AESD) && o.rd == v)?;
        let key = between[at].rn;
        let untouched =
            between[..at].iter().all(|o| self.is_plain(o) && o.rd != key && ![o.rd, o.rn, o.rm, o.ra].contains(&v));
        (key != v && untouched).then_some(key)
    }
}
