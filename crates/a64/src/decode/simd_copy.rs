//! AdvSIMD data movement: copy, permute, extract, table lookup. C4.1.96.

use super::fields::{bits, dst, raw};
use super::simd_fields::{BHSD, bytes, vector, vector_width, with};
use super::{Op, table};
use crate::interp::simd_copy as x;

table! { base crate::decode::simd_shift::code::END;
    DUP_ELEM   "0 q 0 01110000 iiiii 0 0000 1 nnnnn ddddd"     dup, x::dup_elem;
    DUP_GEN    "0 q 0 01110000 iiiii 0 0001 1 nnnnn ddddd"     dup, x::dup_gen;
    DUP_SCALAR "01 0 11110000 iiiii 0 0000 1 nnnnn ddddd"      dup_scalar, x::dup_elem;
    SMOV_W     "0 0 0 01110000 iiiii 0 0101 1 nnnnn ddddd"     mov::<1>, x::smov::<false>;
    SMOV_X     "0 1 0 01110000 iiiii 0 0101 1 nnnnn ddddd"     mov::<2>, x::smov::<true>;
    UMOV_W     "0 0 0 01110000 iiiii 0 0111 1 nnnnn ddddd"     mov::<2>, x::umov;
    UMOV_X     "0 1 0 01110000 i1000 0 0111 1 nnnnn ddddd"     mov::<3>, x::umov;
    INS_GEN    "0 1 0 01110000 iiiii 0 0011 1 nnnnn ddddd"     ins, x::ins_gen;
    INS_ELEM   "0 1 1 01110000 iiiii 0 jjjj 1 nnnnn ddddd"     ins, x::ins_elem;
    UZP1       "0 q 0 01110 zz 0 mmmmm 0 001 10 nnnnn ddddd"   vector::<BHSD>, x::permute::<{ x::UZP }, 0>;
    TRN1       "0 q 0 01110 zz 0 mmmmm 0 010 10 nnnnn ddddd"   vector::<BHSD>, x::permute::<{ x::TRN }, 0>;
    ZIP1       "0 q 0 01110 zz 0 mmmmm 0 011 10 nnnnn ddddd"   vector::<BHSD>, x::permute::<{ x::ZIP }, 0>;
    UZP2       "0 q 0 01110 zz 0 mmmmm 0 101 10 nnnnn ddddd"   vector::<BHSD>, x::permute::<{ x::UZP }, 1>;
    TRN2       "0 q 0 01110 zz 0 mmmmm 0 110 10 nnnnn ddddd"   vector::<BHSD>, x::permute::<{ x::TRN }, 1>;
    ZIP2       "0 q 0 01110 zz 0 mmmmm 0 111 10 nnnnn ddddd"   vector::<BHSD>, x::permute::<{ x::ZIP }, 1>;
    EXT_8B     "0 0 1 01110 00 0 mmmmm 0 0iii 0 nnnnn ddddd"   raw, x::ext::<false>;
    EXT_16B    "0 1 1 01110 00 0 mmmmm 0 iiii 0 nnnnn ddddd"   raw, x::ext::<true>;
    TBL        "0 q 0 01110 00 0 mmmmm 0 ll 0 00 nnnnn ddddd"  bytes, x::tbl::<false>;
    TBX        "0 q 0 01110 00 0 mmmmm 0 ll 1 00 nnnnn ddddd"  bytes, x::tbl::<true>;
}

/// log2 of the element's bytes by the lowest bit of imm5, and the index above it. `None` where no size is given.
fn imm5(w: u32) -> Option<(u32, u32)> {
    let imm5 = bits(w, 20, 16);
    let size = imm5.trailing_zeros();
    (size <= 3).then(|| (size, imm5 >> (size + 1)))
}

/// ra = index.
fn dup(w: u32) -> Option<Op> {
    let (size, index) = imm5(w).filter(|(size, _)| *size != 3 || bits(w, 30, 30) != 0)?;
    with(w, size, 0, vector_width(w)).map(|o| Op { ra: index as u8, ..o })
}

fn dup_scalar(w: u32) -> Option<Op> {
    let (size, index) = imm5(w)?;
    with(w, size, 0, 8 << size).map(|o| Op { ra: index as u8, ..o })
}

/// To a general register, elements of up to `1 << LARGEST` bytes. ra = index.
fn mov<const LARGEST: u32>(w: u32) -> Option<Op> {
    let (size, index) = imm5(w).filter(|(size, _)| *size <= LARGEST)?;
    with(w, size, 0, 8 << size).map(|o| Op { rd: dst(w, 0), ra: index as u8, ..o })
}

/// rm = index of the destination, ra = index of the source.
fn ins(w: u32) -> Option<Op> {
    let (size, index) = imm5(w)?;
    let from = bits(w, 14, 11) >> size;
    with(w, size, 0, 128).map(|o| Op { rm: index as u8, ra: from as u8, ..o })
}

#[cfg(test)]
mod tests {
    use crate::decode::{decode, row};

    #[test]
    fn the_lowest_bit_of_imm5_is_the_size() {
        // UMOV W0, V1.B[5]; UMOV X0, V1.D[1]; INS V0.S[3], V1.S[2].
        assert_eq!((decode(0x0e0b_3c20).aux & 3, decode(0x0e0b_3c20).ra), (0, 5));
        assert_eq!((decode(0x4e18_3c20).aux & 3, decode(0x4e18_3c20).ra), (3, 1));
        let ins = decode(0x6e1c_4420);
        assert_eq!((ins.aux & 3, ins.rm, ins.ra), (2, 3, 2));
    }

    #[test]
    fn copies_without_a_size_are_undefined() {
        // DUP with imm5 zero; DUP of doublewords into 64 bits; UMOV X of a word; EXT of 64 bits past the eighth byte.
        for w in [0x4e00_0420, 0x0e08_0420, 0x4e04_3c20, 0x2e02_4020] {
            assert_eq!(row(decode(w).code).name, "UNDEFINED", "{w:08x}");
        }
    }
}
