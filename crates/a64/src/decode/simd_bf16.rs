//! BFloat16 (FEAT_BF16), C4.1.96 and C4.1.97: products and dot products of BFloat16 numbers summed in single precision, and
//! conversions from single precision.

use super::fields::{bits, raw};
use super::{Op, table};
use crate::interp::simd_bf16 as x;

table! { base crate::decode::simd_fp_misc::code::END; feature Bf16;
    BFDOT       "0 q 1 01110 01 0 mmmmm 11111 1 nnnnn ddddd"     raw, x::bfdot;
    BFMMLA      "0 1 1 01110 01 0 mmmmm 11101 1 nnnnn ddddd"     raw, x::bfmmla;
    BFMLALB     "0 0 1 01110 11 0 mmmmm 11111 1 nnnnn ddddd"     raw, x::bfmlal::<false>;
    BFMLALT     "0 1 1 01110 11 0 mmmmm 11111 1 nnnnn ddddd"     raw, x::bfmlal::<true>;
    BFDOT_ELEM  "0 q 0 01111 01 l mmmmm 1111 h 0 nnnnn ddddd"    pair, x::bfdot_elem;
    BFMLALB_ELEM "0 0 0 01111 11 l m mmmm 1111 h 0 nnnnn ddddd"  element, x::bfmlal_elem::<false>;
    BFMLALT_ELEM "0 1 0 01111 11 l m mmmm 1111 h 0 nnnnn ddddd"  element, x::bfmlal_elem::<true>;
    BFCVTN      "0 q 0 01110 10 10000 10110 10 nnnnn ddddd"      raw, x::bfcvtn;
    BFCVT       "0 0 0 11110 01 1 000110 10000 nnnnn ddddd"      raw, x::bfcvt;
}

/// aux = index of a pair of elements: H:L.
fn pair(w: u32) -> Option<Op> {
    raw(w).map(|o| Op { aux: (bits(w, 11, 11) << 1 | bits(w, 21, 21)) as u16, ..o })
}

/// aux = index of an element: H:L:M. Rm is four bits.
fn element(w: u32) -> Option<Op> {
    let index = bits(w, 11, 11) << 2 | bits(w, 21, 20);
    raw(w).map(|o| Op { rm: bits(w, 19, 16) as u8, aux: index as u16, ..o })
}
