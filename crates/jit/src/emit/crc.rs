//! CRC-32 by carry-less products (Barrett reduction). The host's own CRC instruction is of another polynomial.
//!
//! With polynomials written lowest bit first, the highest power first, as this CRC has them: X times x^32 is to be reduced
//! modulo P of degree 32, where X is the 64 bits of data with the old CRC added. Their quotient is that of X times
//! floor(x^96 / P) and x^64, exactly; and the remainder is the part below x^32 of the quotient times P.

use super::Emitter;
use super::simd::{S, VMOVQ_GPR, v3};
use crate::asm::{Alu, RAX, RCX, Shift, Vex};
use crate::frame::simd_constant;
use vmapple_a64::Op;

const VPCLMULQDQ: Vex = v3(0x44);
const VPEXTRQ: Vex = Vex { w: true, ..v3(0x16) };

/// The polynomial of CRC-32, without its highest term, highest power first.
const POLYNOMIAL: u32 = 0x04c1_1db7;

/// The two factors. Of the first (65 bits, x^64 lowest) the part that cannot reach the quotient is left out; the second is P
/// without its highest term, moved by one so that the remainder is the upper half of the product.
pub(super) const FACTORS: [u64; 2] = {
    // floor(x^96 / P) by long division: the quotient's bits from x^64 down.
    let (mut quotient, mut rest, mut i) = (0u64, 1u64 << 32, 0);
    while i < 64 {
        // `rest` is of degree 32 at most; bit i of the result is the coefficient of x^(64 - i).
        if rest >> 32 & 1 != 0 {
            quotient |= 1 << i;
            rest ^= 1 << 32 | POLYNOMIAL as u64;
        }
        rest <<= 1;
        i += 1;
    }
    [quotient, (POLYNOMIAL.reverse_bits() as u64) << 1]
};

impl Emitter<'_> {
    /// CRC32B, CRC32H, CRC32W, CRC32X: `bytes` of data. False if the host has no carry-less product.
    pub(super) fn crc32(&mut self, op: &Op, bytes: u8) -> bool {
        if !self.switches.host_aes {
            return false;
        }
        self.clobber_flags();
        let data = self.x(op.rm);
        self.load_x(RAX, op.rn, false);
        // The CRC's bits past the data only move.
        if bytes < 4 {
            self.asm.mov(false, RCX, RAX);
            self.asm.shift_imm(Shift::Shr, false, RCX, 8 * bytes);
        }
        self.asm.alu(Alu::Xor, true, RAX, data);
        if bytes < 8 {
            self.asm.shift_imm(Shift::Shl, true, RAX, 64 - 8 * bytes);
        }
        self.asm.vex_rm(VMOVQ_GPR, S.0, 0, RAX.into());
        let factors = simd_constant(super::simd::CRC_FACTORS);
        self.asm.vex_imm(VPCLMULQDQ, S, S, factors, 0x00);
        self.asm.vex_imm(VPCLMULQDQ, S, S, factors, 0x10);
        self.asm.vex_rm(VPEXTRQ, S.0, 0, RAX.into());
        self.asm.byte(1);
        if bytes < 4 {
            self.asm.alu(Alu::Xor, false, RAX, RCX);
        }
        self.store_x(op.rd, RAX);
        true
    }
}
