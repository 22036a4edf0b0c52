//! SQDMULL, SQDMLAL, SQDMLSL: doubled long products, which saturate; their sums with the destination saturate again.

use super::constants::sign;
use super::{A, B, C, PADD, PCMPEQ, PUNPCKH, PUNPCKL, S, VPXOR, size, upper, v1, v2, whole};
use crate::asm::Vex;
use crate::emit::{Emitter, MOVE};
use vmapple_a64::Op;
use vmapple_a64::decode::{simd_elem_code as e, simd_three_code as t};

const VPMULLW: Vex = v1(0xd5);
const VPMULHW: Vex = v1(0xe5);
const VPMULDQ: Vex = v2(0x28);

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn doubling(&mut self, op: &Op) -> bool {
        let added = match op.code {
            t::SQDMULL | t::SQDMULL_SCALAR | e::SQDMULL_ELEM | e::SQDMULL_ELEM_SCALAR => None,
            t::SQDMLAL | t::SQDMLAL_SCALAR | e::SQDMLAL_ELEM | e::SQDMLAL_ELEM_SCALAR => Some(true),
            t::SQDMLSL | t::SQDMLSL_SCALAR | e::SQDMLSL_ELEM | e::SQDMLSL_ELEM_SCALAR => Some(false),
            _ => return false,
        };
        let n = size(op);
        let (Some(low), Some(high), Some(add), Some(eq)) = (PUNPCKL[n], PUNPCKH[n], PADD[n + 1], PCMPEQ[n + 1]) else {
            return false;
        };
        let spread = if upper(op) { high } else { low };
        let (mut a, b) = (self.v_any(op.rn, A), self.second(op));
        if !whole(op) {
            // Zero in the other lanes does not saturate.
            self.low_bits(8 << n, A, a);
            a = A;
        }
        if n == 1 {
            self.asm.vex(VPMULLW, S, a, b);
            self.asm.vex(VPMULHW, C, a, b);
            self.asm.vex(spread, S, S, C);
        } else {
            self.asm.vex(spread, A, a, a);
            self.asm.vex(spread, B, b, b);
            self.asm.vex(VPMULDQ, S, A, B);
        }
        // Only the square of the smallest number saturates: doubled, it wraps to the smallest.
        self.asm.vex(add, S, S, S);
        self.with(eq, C, S, sign(n + 1));
        self.asm.vex(VPXOR, S, S, C);
        self.saturated(op, C);
        if let Some(add) = added {
            self.asm.vex2(MOVE, B, S);
            let d = self.v_in(op.rd, A);
            self.saturating_sum(n + 1, add, d, B);
            self.saturated(op, C);
        }
        self.simd_result(op, S);
        true
    }
}
