//! Pieces of an encoding that several rows share.

use super::Op;
use crate::state::{DISCARD, SP};

/// Bits `hi..=lo` of a word.
pub(crate) const fn bits(w: u32, hi: u32, lo: u32) -> u32 {
    (w >> lo) & (u32::MAX >> (31 - (hi - lo)))
}

/// Bits `hi..=lo` of a word, sign-extended to 64.
pub(crate) const fn sbits(w: u32, hi: u32, lo: u32) -> u64 {
    let n = hi - lo + 1;
    let v = bits(w, hi, lo) as u64;
    (((v << (64 - n)) as i64) >> (64 - n)) as u64
}

/// A register read, where 31 is the zero register.
pub(crate) const fn zr(w: u32, lo: u32) -> u8 {
    bits(w, lo + 4, lo) as u8
}

/// A register written, where 31 discards.
pub(crate) const fn dst(w: u32, lo: u32) -> u8 {
    let r = zr(w, lo);
    if r == 31 { DISCARD } else { r }
}

/// A register read or written, where 31 is the stack pointer.
pub(crate) const fn sp(w: u32, lo: u32) -> u8 {
    let r = zr(w, lo);
    if r == 31 { SP } else { r }
}

/// Rd, Rn, Rm, Ra at their usual places, zero-register rules.
pub(crate) const fn dnma(w: u32) -> Op {
    Op { code: super::UNDEFINED, rd: dst(w, 0), rn: zr(w, 5), rm: zr(w, 16), ra: zr(w, 10), aux: 0, imm: 0 }
}

/// The same as an [`super::Row`]'s decode function.
pub(crate) fn regs(w: u32) -> Option<Op> {
    Some(dnma(w))
}

/// No fields; the word is the immediate. Register numbers are as encoded (31 stays 31): for the SIMD and FP rows,
/// whose executors read fields from the word.
pub(crate) fn raw(w: u32) -> Option<Op> {
    Some(Op { rd: zr(w, 0), rn: zr(w, 5), rm: zr(w, 16), ra: zr(w, 10), imm: u64::from(w), ..Op::default() })
}

/// The bitmask immediate of the logical instructions (DecodeBitMasks): `(wmask, tmask)`.
/// `None` for reserved encodings. `immediate` selects the rule of the logical immediates, which refuse all-ones.
pub fn bit_mask(n: u32, imms: u32, immr: u32, immediate: bool) -> Option<(u64, u64)> {
    let combined = (n << 6) | (!imms & 0x3f);
    if combined == 0 {
        return None;
    }
    let len = 31 - combined.leading_zeros();
    if len < 1 {
        return None;
    }
    let levels = (1u32 << len) - 1;
    if immediate && imms & levels == levels {
        return None;
    }
    let (s, r) = (imms & levels, immr & levels);
    let diff = s.wrapping_sub(r) & levels;
    let size = 1u32 << len;
    let ones = |count: u32| if count >= 64 { u64::MAX } else { (1u64 << count) - 1 };
    let element = ones(size);
    let welem = ones(s + 1);
    let telem = ones(diff + 1);
    let rotated = if r == 0 { welem } else { (welem >> r | welem << (size - r)) & element };
    let replicate = |mut v: u64| {
        let mut width = size;
        while width < 64 {
            v |= v << width;
            width *= 2;
        }
        v
    };
    Some((replicate(rotated), replicate(telem)))
}

/// The 16-bit key of a system register or instruction: op0, op1, CRn, CRm, op2 from the top.
pub const fn sysreg_encoding(op0: u32, op1: u32, crn: u32, crm: u32, op2: u32) -> u16 {
    (op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2) as u16
}

/// `S<op0>_<op1>_C<n>_C<m>_<op2>`, the manual's name for an encoding without a name.
pub fn sysreg_name_of(key: u16) -> String {
    let k = u32::from(key);
    format!("S{}_{}_C{}_C{}_{}", k >> 14, k >> 11 & 7, k >> 7 & 15, k >> 3 & 15, k & 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmask_immediates_match_the_manuals_examples() {
        assert_eq!(bit_mask(1, 0, 0, true).unwrap().0, 1);
        assert_eq!(bit_mask(0, 0b11_1100, 0, true).unwrap().0, 0x5555_5555_5555_5555);
        assert_eq!(bit_mask(0, 0b00_0111, 0, true).unwrap().0, 0x0000_00ff_0000_00ff);
        assert_eq!(bit_mask(1, 62, 63, true).unwrap().0, 0xffff_ffff_ffff_fffe);
        assert_eq!(bit_mask(1, 63, 0, true), None);
        assert_eq!(bit_mask(0, 0b11_1111, 0, true), None);
    }

    #[test]
    fn signed_fields_extend() {
        assert_eq!(sbits(0x8000_0000, 31, 31), u64::MAX);
        assert_eq!(sbits(0x0010_0000, 20, 12), (-256i64) as u64);
    }
}
