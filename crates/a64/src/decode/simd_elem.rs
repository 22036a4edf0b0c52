//! AdvSIMD, vector and scalar by indexed element. C4.1.96.

use super::fields::{bits, raw};
use super::simd_fields::{arrangement, vector_width};
use super::{Op, table};
use crate::interp::simd_lanes::{Signed as I, Unsigned as U};
use crate::interp::{simd_long as y, simd_three as x};

table! { base crate::decode::simd_copy::code::END;
    MLA_ELEM      "0 q 1 01111 zz l m mmmm 0000 h 0 nnnnn ddddd"  same, x::by_element::<U, x::Mla>;
    MLS_ELEM      "0 q 1 01111 zz l m mmmm 0100 h 0 nnnnn ddddd"  same, x::by_element::<U, x::Mls>;
    MUL_ELEM      "0 q 0 01111 zz l m mmmm 1000 h 0 nnnnn ddddd"  same, x::by_element::<U, x::Mul>;
    SMLAL_ELEM    "0 q 0 01111 zz l m mmmm 0010 h 0 nnnnn ddddd"  long, y::by_element::<I, x::Mla>;
    UMLAL_ELEM    "0 q 1 01111 zz l m mmmm 0010 h 0 nnnnn ddddd"  long, y::by_element::<U, x::Mla>;
    SQDMLAL_ELEM  "0 q 0 01111 zz l m mmmm 0011 h 0 nnnnn ddddd"  long, y::by_element::<I, y::Qdmlal>;
    SMLSL_ELEM    "0 q 0 01111 zz l m mmmm 0110 h 0 nnnnn ddddd"  long, y::by_element::<I, x::Mls>;
    UMLSL_ELEM    "0 q 1 01111 zz l m mmmm 0110 h 0 nnnnn ddddd"  long, y::by_element::<U, x::Mls>;
    SQDMLSL_ELEM  "0 q 0 01111 zz l m mmmm 0111 h 0 nnnnn ddddd"  long, y::by_element::<I, y::Qdmlsl>;
    SMULL_ELEM    "0 q 0 01111 zz l m mmmm 1010 h 0 nnnnn ddddd"  long, y::by_element::<I, x::Mul>;
    UMULL_ELEM    "0 q 1 01111 zz l m mmmm 1010 h 0 nnnnn ddddd"  long, y::by_element::<U, x::Mul>;
    SQDMULL_ELEM  "0 q 0 01111 zz l m mmmm 1011 h 0 nnnnn ddddd"  long, y::by_element::<I, y::Qdmull>;
    SQDMULH_ELEM  "0 q 0 01111 zz l m mmmm 1100 h 0 nnnnn ddddd"  same, x::by_element::<I, x::Qdmulh>;
    SQRDMULH_ELEM "0 q 0 01111 zz l m mmmm 1101 h 0 nnnnn ddddd"  same, x::by_element::<I, x::Qrdmulh>;
    SQRDMLAH_ELEM "0 q 1 01111 zz l m mmmm 1101 h 0 nnnnn ddddd"  same, x::by_element::<I, x::Qrdmlah>;
    SQRDMLSH_ELEM "0 q 1 01111 zz l m mmmm 1111 h 0 nnnnn ddddd"  same, x::by_element::<I, x::Qrdmlsh>;
    SDOT_ELEM     "0 q 0 01111 10 l m mmmm 1110 h 0 nnnnn ddddd"  same, x::dot_by_element::<I>;
    UDOT_ELEM     "0 q 1 01111 10 l m mmmm 1110 h 0 nnnnn ddddd"  same, x::dot_by_element::<U>;

    SQDMLAL_ELEM_SCALAR  "01 0 11111 zz l m mmmm 0011 h 0 nnnnn ddddd"  long_scalar, y::by_element::<I, y::Qdmlal>;
    SQDMLSL_ELEM_SCALAR  "01 0 11111 zz l m mmmm 0111 h 0 nnnnn ddddd"  long_scalar, y::by_element::<I, y::Qdmlsl>;
    SQDMULL_ELEM_SCALAR  "01 0 11111 zz l m mmmm 1011 h 0 nnnnn ddddd"  long_scalar, y::by_element::<I, y::Qdmull>;
    SQDMULH_ELEM_SCALAR  "01 0 11111 zz l m mmmm 1100 h 0 nnnnn ddddd"  scalar, x::by_element::<I, x::Qdmulh>;
    SQRDMULH_ELEM_SCALAR "01 0 11111 zz l m mmmm 1101 h 0 nnnnn ddddd"  scalar, x::by_element::<I, x::Qrdmulh>;
    SQRDMLAH_ELEM_SCALAR "01 1 11111 zz l m mmmm 1101 h 0 nnnnn ddddd"  scalar, x::by_element::<I, x::Qrdmlah>;
    SQRDMLSH_ELEM_SCALAR "01 1 11111 zz l m mmmm 1111 h 0 nnnnn ddddd"  scalar, x::by_element::<I, x::Qrdmlsh>;
}

/// rm = register of the element, ra = its index. Halfwords and words only; a halfword index takes a bit from Rm.
fn element(w: u32, upper: u32, width: u32) -> Option<Op> {
    let (size, h, l, m) = (bits(w, 23, 22), bits(w, 11, 11), bits(w, 21, 21), bits(w, 20, 20));
    let (rm, index) = match size {
        1 => (bits(w, 19, 16), h << 2 | l << 1 | m),
        2 => (bits(w, 20, 16), h << 1 | l),
        _ => return None,
    };
    raw(w).map(|o| Op { rm: rm as u8, ra: index as u8, aux: arrangement(size, upper, width), ..o })
}

fn same(w: u32) -> Option<Op> {
    element(w, 0, vector_width(w))
}

fn long(w: u32) -> Option<Op> {
    element(w, bits(w, 30, 30), 128)
}

fn scalar(w: u32) -> Option<Op> {
    element(w, 0, 8 << bits(w, 23, 22))
}

fn long_scalar(w: u32) -> Option<Op> {
    element(w, 0, 16 << bits(w, 23, 22))
}
