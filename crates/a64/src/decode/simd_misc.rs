//! AdvSIMD, two registers: miscellaneous, across lanes, scalar pairwise. C4.1.96.

use super::simd_fields::{B, BH, BHS, BHSD, D, across, bytes, double, scalar, scalar_double, vector, with};
use super::{Op, fields::bits, table};
use crate::interp::simd_lanes::{Signed as I, Unsigned as U};
use crate::interp::{simd_long as z, simd_misc as x, simd_shift as y, simd_three as t};

table! { base crate::decode::simd_three::code::END;
    REV64          "0 q 0 01110 zz 10000 00000 10 nnnnn ddddd"  vector::<BHS>, x::rev::<8>;
    REV32_VEC      "0 q 1 01110 zz 10000 00000 10 nnnnn ddddd"  vector::<BH>, x::rev::<4>;
    REV16_VEC      "0 q 0 01110 zz 10000 00001 10 nnnnn ddddd"  vector::<B>, x::rev::<2>;
    SADDLP         "0 q 0 01110 zz 10000 00010 10 nnnnn ddddd"  vector::<BHS>, x::pairwise_long::<I, false>;
    UADDLP         "0 q 1 01110 zz 10000 00010 10 nnnnn ddddd"  vector::<BHS>, x::pairwise_long::<U, false>;
    SUQADD         "0 q 0 01110 zz 10000 00011 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Suqadd>;
    USQADD         "0 q 1 01110 zz 10000 00011 10 nnnnn ddddd"  vector::<BHSD>, x::two::<U, x::Usqadd>;
    CLS_VEC        "0 q 0 01110 zz 10000 00100 10 nnnnn ddddd"  vector::<BHS>, x::two::<I, x::Cls>;
    CLZ_VEC        "0 q 1 01110 zz 10000 00100 10 nnnnn ddddd"  vector::<BHS>, x::two::<U, x::Clz>;
    CNT            "0 q 0 01110 zz 10000 00101 10 nnnnn ddddd"  vector::<B>, x::two::<U, x::Cnt>;
    NOT            "0 q 1 01110 00 10000 00101 10 nnnnn ddddd"  bytes, x::not;
    RBIT_VEC       "0 q 1 01110 01 10000 00101 10 nnnnn ddddd"  bytes, x::two::<U, x::Rbit>;
    SADALP         "0 q 0 01110 zz 10000 00110 10 nnnnn ddddd"  vector::<BHS>, x::pairwise_long::<I, true>;
    UADALP         "0 q 1 01110 zz 10000 00110 10 nnnnn ddddd"  vector::<BHS>, x::pairwise_long::<U, true>;
    SQABS          "0 q 0 01110 zz 10000 00111 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Qabs>;
    SQNEG          "0 q 1 01110 zz 10000 00111 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Qneg>;
    CMGT_ZERO      "0 q 0 01110 zz 10000 01000 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Gt0>;
    CMGE_ZERO      "0 q 1 01110 zz 10000 01000 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Ge0>;
    CMEQ_ZERO      "0 q 0 01110 zz 10000 01001 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Eq0>;
    CMLE_ZERO      "0 q 1 01110 zz 10000 01001 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Le0>;
    CMLT_ZERO      "0 q 0 01110 zz 10000 01010 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Lt0>;
    ABS_VEC        "0 q 0 01110 zz 10000 01011 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Abs>;
    NEG_VEC        "0 q 1 01110 zz 10000 01011 10 nnnnn ddddd"  vector::<BHSD>, x::two::<I, x::Neg>;
    XTN            "0 q 0 01110 zz 10000 10010 10 nnnnn ddddd"  xtn, y::narrow::<U, U, { y::TRUNCATE }>;
    SQXTUN         "0 q 1 01110 zz 10000 10010 10 nnnnn ddddd"  xtn, y::narrow::<I, U, { y::SATURATE }>;
    SHLL           "0 q 1 01110 zz 10000 10011 10 nnnnn ddddd"  shll, z::shift_left::<U>;
    SQXTN          "0 q 0 01110 zz 10000 10100 10 nnnnn ddddd"  xtn, y::narrow::<I, I, { y::SATURATE }>;
    UQXTN          "0 q 1 01110 zz 10000 10100 10 nnnnn ddddd"  xtn, y::narrow::<U, U, { y::SATURATE }>;

    SUQADD_SCALAR  "01 0 11110 zz 10000 00011 10 nnnnn ddddd"   scalar::<BHSD>, x::two::<I, x::Suqadd>;
    USQADD_SCALAR  "01 1 11110 zz 10000 00011 10 nnnnn ddddd"   scalar::<BHSD>, x::two::<U, x::Usqadd>;
    SQABS_SCALAR   "01 0 11110 zz 10000 00111 10 nnnnn ddddd"   scalar::<BHSD>, x::two::<I, x::Qabs>;
    SQNEG_SCALAR   "01 1 11110 zz 10000 00111 10 nnnnn ddddd"   scalar::<BHSD>, x::two::<I, x::Qneg>;
    CMGT_ZERO_SCALAR "01 0 11110 zz 10000 01000 10 nnnnn ddddd" scalar::<D>, x::two::<I, x::Gt0>;
    CMGE_ZERO_SCALAR "01 1 11110 zz 10000 01000 10 nnnnn ddddd" scalar::<D>, x::two::<I, x::Ge0>;
    CMEQ_ZERO_SCALAR "01 0 11110 zz 10000 01001 10 nnnnn ddddd" scalar::<D>, x::two::<I, x::Eq0>;
    CMLE_ZERO_SCALAR "01 1 11110 zz 10000 01001 10 nnnnn ddddd" scalar::<D>, x::two::<I, x::Le0>;
    CMLT_ZERO_SCALAR "01 0 11110 zz 10000 01010 10 nnnnn ddddd" scalar::<D>, x::two::<I, x::Lt0>;
    ABS_SCALAR     "01 0 11110 zz 10000 01011 10 nnnnn ddddd"   scalar::<D>, x::two::<I, x::Abs>;
    NEG_SCALAR     "01 1 11110 zz 10000 01011 10 nnnnn ddddd"   scalar::<D>, x::two::<I, x::Neg>;
    SQXTUN_SCALAR  "01 1 11110 zz 10000 10010 10 nnnnn ddddd"   xtn_scalar, y::narrow::<I, U, { y::SATURATE }>;
    SQXTN_SCALAR   "01 0 11110 zz 10000 10100 10 nnnnn ddddd"   xtn_scalar, y::narrow::<I, I, { y::SATURATE }>;
    UQXTN_SCALAR   "01 1 11110 zz 10000 10100 10 nnnnn ddddd"   xtn_scalar, y::narrow::<U, U, { y::SATURATE }>;

    SADDLV         "0 q 0 01110 zz 11000 00011 10 nnnnn ddddd"  across, x::saddlv::<I>;
    UADDLV         "0 q 1 01110 zz 11000 00011 10 nnnnn ddddd"  across, x::saddlv::<U>;
    SMAXV          "0 q 0 01110 zz 11000 01010 10 nnnnn ddddd"  across, x::reduce::<I, t::Max>;
    UMAXV          "0 q 1 01110 zz 11000 01010 10 nnnnn ddddd"  across, x::reduce::<U, t::Max>;
    SMINV          "0 q 0 01110 zz 11000 11010 10 nnnnn ddddd"  across, x::reduce::<I, t::Min>;
    UMINV          "0 q 1 01110 zz 11000 11010 10 nnnnn ddddd"  across, x::reduce::<U, t::Min>;
    ADDV           "0 q 0 01110 zz 11000 11011 10 nnnnn ddddd"  across, x::reduce::<U, t::Add>;
    ADDP_SCALAR    "01 0 11110 11 11000 11011 10 nnnnn ddddd"   addp_scalar, x::reduce::<U, t::Add>;
}

/// ra = 0, the shift amount.
fn xtn(w: u32) -> Option<Op> {
    double::<BHS>(w).map(|o| Op { ra: 0, ..o })
}

fn xtn_scalar(w: u32) -> Option<Op> {
    scalar_double::<BHS>(w).map(|o| Op { ra: 0, ..o })
}

/// ra = shift amount, which is the width of the narrow element.
fn shll(w: u32) -> Option<Op> {
    double::<BHS>(w).map(|o| Op { ra: 8 << bits(w, 23, 22), ..o })
}

/// The sum of two doublewords.
fn addp_scalar(w: u32) -> Option<Op> {
    with(w, 3, 0, 128)
}
