//! AdvSIMD, immediates: shift by immediate (vector and scalar) and the integer rows of modified immediate. C4.1.96.

use super::fields::{bits, zr};
use super::simd_fields::{vector_width, with};
use super::{Op, table};
use crate::interp::simd_lanes::{Signed as I, Unsigned as U};
use crate::interp::{simd_long as y, simd_shift as x};

table! { base crate::decode::simd_misc::code::END;
    SSHR            "0 q 0 011110 hhhh bbb 00000 1 nnnnn ddddd"  right, x::shift::<I, x::Shr>;
    USHR            "0 q 1 011110 hhhh bbb 00000 1 nnnnn ddddd"  right, x::shift::<U, x::Shr>;
    SSRA            "0 q 0 011110 hhhh bbb 00010 1 nnnnn ddddd"  right, x::shift::<I, x::Sra>;
    USRA            "0 q 1 011110 hhhh bbb 00010 1 nnnnn ddddd"  right, x::shift::<U, x::Sra>;
    SRSHR           "0 q 0 011110 hhhh bbb 00100 1 nnnnn ddddd"  right, x::shift::<I, x::Rshr>;
    URSHR           "0 q 1 011110 hhhh bbb 00100 1 nnnnn ddddd"  right, x::shift::<U, x::Rshr>;
    SRSRA           "0 q 0 011110 hhhh bbb 00110 1 nnnnn ddddd"  right, x::shift::<I, x::Rsra>;
    URSRA           "0 q 1 011110 hhhh bbb 00110 1 nnnnn ddddd"  right, x::shift::<U, x::Rsra>;
    SRI             "0 q 1 011110 hhhh bbb 01000 1 nnnnn ddddd"  right, x::shift::<U, x::Sri>;
    SHL             "0 q 0 011110 hhhh bbb 01010 1 nnnnn ddddd"  left, x::shift::<U, x::Shl>;
    SLI             "0 q 1 011110 hhhh bbb 01010 1 nnnnn ddddd"  left, x::shift::<U, x::Sli>;
    SQSHLU          "0 q 1 011110 hhhh bbb 01100 1 nnnnn ddddd"  left, x::shift::<I, x::Qshlu>;
    SQSHL_IMM       "0 q 0 011110 hhhh bbb 01110 1 nnnnn ddddd"  left, x::shift::<I, x::Qshl>;
    UQSHL_IMM       "0 q 1 011110 hhhh bbb 01110 1 nnnnn ddddd"  left, x::shift::<U, x::Qshl>;
    SHRN            "0 q 0 011110 hhhh bbb 10000 1 nnnnn ddddd"  narrow, x::narrow::<U, U, { x::TRUNCATE }>;
    SQSHRUN         "0 q 1 011110 hhhh bbb 10000 1 nnnnn ddddd"  narrow, x::narrow::<I, U, { x::SATURATE }>;
    RSHRN           "0 q 0 011110 hhhh bbb 10001 1 nnnnn ddddd"  narrow, x::narrow::<U, U, { x::ROUND }>;
    SQRSHRUN        "0 q 1 011110 hhhh bbb 10001 1 nnnnn ddddd"  narrow, x::narrow::<I, U, { x::ROUND | x::SATURATE }>;
    SQSHRN          "0 q 0 011110 hhhh bbb 10010 1 nnnnn ddddd"  narrow, x::narrow::<I, I, { x::SATURATE }>;
    UQSHRN          "0 q 1 011110 hhhh bbb 10010 1 nnnnn ddddd"  narrow, x::narrow::<U, U, { x::SATURATE }>;
    SQRSHRN         "0 q 0 011110 hhhh bbb 10011 1 nnnnn ddddd"  narrow, x::narrow::<I, I, { x::ROUND | x::SATURATE }>;
    UQRSHRN         "0 q 1 011110 hhhh bbb 10011 1 nnnnn ddddd"  narrow, x::narrow::<U, U, { x::ROUND | x::SATURATE }>;
    SSHLL           "0 q 0 011110 hhhh bbb 10100 1 nnnnn ddddd"  long, y::shift_left::<I>;
    USHLL           "0 q 1 011110 hhhh bbb 10100 1 nnnnn ddddd"  long, y::shift_left::<U>;

    SSHR_SCALAR     "01 0 111110 1hhh bbb 00000 1 nnnnn ddddd"   right_scalar, x::shift::<I, x::Shr>;
    USHR_SCALAR     "01 1 111110 1hhh bbb 00000 1 nnnnn ddddd"   right_scalar, x::shift::<U, x::Shr>;
    SSRA_SCALAR     "01 0 111110 1hhh bbb 00010 1 nnnnn ddddd"   right_scalar, x::shift::<I, x::Sra>;
    USRA_SCALAR     "01 1 111110 1hhh bbb 00010 1 nnnnn ddddd"   right_scalar, x::shift::<U, x::Sra>;
    SRSHR_SCALAR    "01 0 111110 1hhh bbb 00100 1 nnnnn ddddd"   right_scalar, x::shift::<I, x::Rshr>;
    URSHR_SCALAR    "01 1 111110 1hhh bbb 00100 1 nnnnn ddddd"   right_scalar, x::shift::<U, x::Rshr>;
    SRSRA_SCALAR    "01 0 111110 1hhh bbb 00110 1 nnnnn ddddd"   right_scalar, x::shift::<I, x::Rsra>;
    URSRA_SCALAR    "01 1 111110 1hhh bbb 00110 1 nnnnn ddddd"   right_scalar, x::shift::<U, x::Rsra>;
    SRI_SCALAR      "01 1 111110 1hhh bbb 01000 1 nnnnn ddddd"   right_scalar, x::shift::<U, x::Sri>;
    SHL_SCALAR      "01 0 111110 1hhh bbb 01010 1 nnnnn ddddd"   left_scalar, x::shift::<U, x::Shl>;
    SLI_SCALAR      "01 1 111110 1hhh bbb 01010 1 nnnnn ddddd"   left_scalar, x::shift::<U, x::Sli>;
    SQSHLU_SCALAR   "01 1 111110 hhhh bbb 01100 1 nnnnn ddddd"   left_scalar, x::shift::<I, x::Qshlu>;
    SQSHL_IMM_SCALAR "01 0 111110 hhhh bbb 01110 1 nnnnn ddddd"  left_scalar, x::shift::<I, x::Qshl>;
    UQSHL_IMM_SCALAR "01 1 111110 hhhh bbb 01110 1 nnnnn ddddd"  left_scalar, x::shift::<U, x::Qshl>;
    SQSHRUN_SCALAR  "01 1 111110 0hhh bbb 10000 1 nnnnn ddddd"   narrow_scalar, x::narrow::<I, U, { x::SATURATE }>;
    SQRSHRUN_SCALAR "01 1 111110 0hhh bbb 10001 1 nnnnn ddddd"   narrow_scalar, x::narrow::<I, U, { x::ROUND | x::SATURATE }>;
    SQSHRN_SCALAR   "01 0 111110 0hhh bbb 10010 1 nnnnn ddddd"   narrow_scalar, x::narrow::<I, I, { x::SATURATE }>;
    UQSHRN_SCALAR   "01 1 111110 0hhh bbb 10010 1 nnnnn ddddd"   narrow_scalar, x::narrow::<U, U, { x::SATURATE }>;
    SQRSHRN_SCALAR  "01 0 111110 0hhh bbb 10011 1 nnnnn ddddd"   narrow_scalar, x::narrow::<I, I, { x::ROUND | x::SATURATE }>;
    UQRSHRN_SCALAR  "01 1 111110 0hhh bbb 10011 1 nnnnn ddddd"   narrow_scalar, x::narrow::<U, U, { x::ROUND | x::SATURATE }>;

    MOVI_32         "0 q 0 0111100000 aaa 0cc0 01 bbbbb ddddd"   modified, x::movi;
    ORR_IMM_32      "0 q 0 0111100000 aaa 0cc1 01 bbbbb ddddd"   modified, x::orr_imm;
    MOVI_16         "0 q 0 0111100000 aaa 10c0 01 bbbbb ddddd"   modified, x::movi;
    ORR_IMM_16      "0 q 0 0111100000 aaa 10c1 01 bbbbb ddddd"   modified, x::orr_imm;
    MOVI_32_ONES    "0 q 0 0111100000 aaa 110c 01 bbbbb ddddd"   modified, x::movi;
    MOVI_8          "0 q 0 0111100000 aaa 1110 01 bbbbb ddddd"   modified, x::movi;
    MVNI_32         "0 q 1 0111100000 aaa 0cc0 01 bbbbb ddddd"   modified, x::mvni;
    BIC_IMM_32      "0 q 1 0111100000 aaa 0cc1 01 bbbbb ddddd"   modified, x::bic_imm;
    MVNI_16         "0 q 1 0111100000 aaa 10c0 01 bbbbb ddddd"   modified, x::mvni;
    BIC_IMM_16      "0 q 1 0111100000 aaa 10c1 01 bbbbb ddddd"   modified, x::bic_imm;
    MVNI_32_ONES    "0 q 1 0111100000 aaa 110c 01 bbbbb ddddd"   modified, x::mvni;
    MOVI_64         "0 q 1 0111100000 aaa 1110 01 bbbbb ddddd"   modified, x::movi;
}

/// log2 of the element's bytes, by the highest bit of immh; and immh:immb. `None` where immh is zero.
fn immh(w: u32) -> Option<(u32, u32)> {
    let imm = bits(w, 22, 16);
    (bits(w, 22, 19) != 0).then(|| (28 - imm.leading_zeros(), imm))
}

/// ra = shift amount.
fn amount(op: Option<Op>, amount: u32) -> Option<Op> {
    op.map(|o| Op { ra: amount as u8, ..o })
}

fn right_by(size: u32, imm: u32) -> u32 {
    (16 << size) - imm
}

fn left_by(size: u32, imm: u32) -> u32 {
    imm - (8 << size)
}

/// The size and amount of a vector shift; 64-bit elements only in 128 bits.
fn vector(w: u32) -> Option<(u32, u32)> {
    immh(w).filter(|(size, _)| *size != 3 || bits(w, 30, 30) != 0)
}

fn right(w: u32) -> Option<Op> {
    let (size, imm) = vector(w)?;
    amount(with(w, size, 0, vector_width(w)), right_by(size, imm))
}

fn left(w: u32) -> Option<Op> {
    let (size, imm) = vector(w)?;
    amount(with(w, size, 0, vector_width(w)), left_by(size, imm))
}

fn right_scalar(w: u32) -> Option<Op> {
    let (size, imm) = immh(w)?;
    amount(with(w, size, 0, 8 << size), right_by(size, imm))
}

fn left_scalar(w: u32) -> Option<Op> {
    let (size, imm) = immh(w)?;
    amount(with(w, size, 0, 8 << size), left_by(size, imm))
}

fn narrow(w: u32) -> Option<Op> {
    let (size, imm) = immh(w).filter(|(size, _)| *size != 3)?;
    amount(with(w, size, bits(w, 30, 30), 128), right_by(size, imm))
}

fn narrow_scalar(w: u32) -> Option<Op> {
    let (size, imm) = immh(w)?;
    amount(with(w, size, 0, 16 << size), right_by(size, imm))
}

fn long(w: u32) -> Option<Op> {
    let (size, imm) = immh(w).filter(|(size, _)| *size != 3)?;
    amount(with(w, size, bits(w, 30, 30), 128), left_by(size, imm))
}

/// imm = the immediate for each doubleword (AdvSIMDExpandImm, before any inversion by op).
fn modified(w: u32) -> Option<Op> {
    let imm8 = u64::from(bits(w, 18, 16) << 5 | bits(w, 9, 5));
    let cmode = bits(w, 15, 12);
    let words = |v: u64| v | v << 32;
    let halves = |v: u64| words(v | v << 16);
    let imm = match (cmode, bits(w, 29, 29)) {
        (0..=7, _) => words(imm8 << (8 * (cmode >> 1))),
        (8..=11, _) => halves(imm8 << (8 * (cmode >> 1 & 1))),
        (12, _) => words(imm8 << 8 | 0xff),
        (13, _) => words(imm8 << 16 | 0xffff),
        (_, 0) => halves(imm8 | imm8 << 8),
        // Each bit of the immediate gives a byte.
        _ => (0..8).filter(|i| imm8 >> i & 1 != 0).fold(0, |v, i| v | 0xff << (8 * i)),
    };
    with(w, 0, 0, vector_width(w)).map(|o| Op { rd: zr(w, 0), imm, ..o })
}

#[cfg(test)]
mod tests {
    use crate::decode::{decode, row};

    fn name(w: u32) -> &'static str {
        row(decode(w).code).name
    }

    #[test]
    fn shift_amounts_come_from_the_highest_bit_of_immh() {
        // SSHR V0.16B, V1.16B, #8; SHL V0.2D, V1.2D, #63; SHRN V0.8B, V1.8H, #4.
        for (w, size, amount) in [(0x4f08_0420, 0, 8), (0x4f7f_5420, 3, 63), (0x0f0c_8420, 0, 4)] {
            let op = decode(w);
            assert_eq!((op.aux & 3, op.ra), (size, amount), "{w:08x}");
        }
    }

    #[test]
    fn reserved_shifts_are_undefined() {
        // Doublewords in 64 bits; narrowing from an element of 128 bits; immh zero in a scalar shift.
        assert_eq!(name(0x0f7f_5420), "UNDEFINED");
        assert_eq!(name(0x4f40_8420), "UNDEFINED");
        assert_eq!(name(0x5f00_7420), "UNDEFINED");
        assert_eq!(name(0x4f40_5420), "SHL");
    }

    #[test]
    fn modified_immediates_expand_as_the_manual_says() {
        for (w, imm) in [
            (0x4f00_e7e0, 0x1f1f_1f1f_1f1f_1f1f), // MOVI V0.16B, #31
            (0x4f04_6400, 0x8000_0000_8000_0000), // MOVI V0.4S, #128, LSL #24
            (0x4f00_a420, 0x0100_0100_0100_0100), // MOVI V0.8H, #1, LSL #8
            (0x4f00_d420, 0x0001_ffff_0001_ffff), // MOVI V0.4S, #1, MSL #16
            (0x6f05_e540, 0xff00_ff00_ff00_ff00), // MOVI V0.2D
        ] {
            assert_eq!(decode(w).imm, imm, "{w:08x}");
        }
    }
}
