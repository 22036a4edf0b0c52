//! 8-bit integers in matrices (FEAT_I8MM), C4.1.96: products of 2x8 by 8x2 matrices, and dot products of signed by unsigned
//! bytes.

use super::fields::{bits, raw};
use super::{Op, table};
use crate::interp::simd_i8mm::{self as x, Signed as I, Unsigned as U};

table! { base crate::decode::simd_bf16::code::END; feature I8mm;
    SMMLA      "0 1 0 01110 10 0 mmmmm 10100 1 nnnnn ddddd"   raw, x::matrix::<I, I>;
    UMMLA      "0 1 1 01110 10 0 mmmmm 10100 1 nnnnn ddddd"   raw, x::matrix::<U, U>;
    USMMLA     "0 1 0 01110 10 0 mmmmm 10101 1 nnnnn ddddd"   raw, x::matrix::<U, I>;
    USDOT      "0 q 0 01110 10 0 mmmmm 10011 1 nnnnn ddddd"   raw, x::dot::<U, I>;
    USDOT_ELEM "0 q 0 01111 10 l mmmmm 1111 h 0 nnnnn ddddd"  group, x::dot_elem::<U, I>;
    SUDOT_ELEM "0 q 0 01111 00 l mmmmm 1111 h 0 nnnnn ddddd"  group, x::dot_elem::<I, U>;
}

/// aux = index of a group of four bytes: H:L.
fn group(w: u32) -> Option<Op> {
    raw(w).map(|o| Op { aux: (bits(w, 11, 11) << 1 | bits(w, 21, 21)) as u16, ..o })
}
