//! Advanced SIMD floating point: by element, long products and complex numbers, C4.1.97.

use super::fields::{bits, raw};
use super::{Op, table};
use crate::interp::fp_ops::{Fmadd, Fmsub, Fmul, Fmulx};
use crate::interp::{simd_fp as x, simd_fp_complex as y};
use crate::softfp::{F16, F32, F64};

table! { base crate::decode::simd_fp::code::END;
    // By element, vectors. H: Rm is four bits; S: index is H:L; D: index is H.
    FMLA_ELEM_VH   "0 q 0 01111 00 l m mmmm 0001 h 0 nnnnn ddddd"  elem_h, x::three_elem::<F16, Fmadd, false>;
    FMLA_ELEM_VS   "0 q 0 01111 10 l mmmmm 0001 h 0 nnnnn ddddd"   elem_s, x::three_elem::<F32, Fmadd, false>;
    FMLA_ELEM_VD   "0 1 0 01111 11 0 mmmmm 0001 h 0 nnnnn ddddd"   elem_d, x::three_elem::<F64, Fmadd, false>;
    FMLS_ELEM_VH   "0 q 0 01111 00 l m mmmm 0101 h 0 nnnnn ddddd"  elem_h, x::three_elem::<F16, Fmsub, false>;
    FMLS_ELEM_VS   "0 q 0 01111 10 l mmmmm 0101 h 0 nnnnn ddddd"   elem_s, x::three_elem::<F32, Fmsub, false>;
    FMLS_ELEM_VD   "0 1 0 01111 11 0 mmmmm 0101 h 0 nnnnn ddddd"   elem_d, x::three_elem::<F64, Fmsub, false>;
    FMUL_ELEM_VH   "0 q 0 01111 00 l m mmmm 1001 h 0 nnnnn ddddd"  elem_h, x::two_elem::<F16, Fmul, false>;
    FMUL_ELEM_VS   "0 q 0 01111 10 l mmmmm 1001 h 0 nnnnn ddddd"   elem_s, x::two_elem::<F32, Fmul, false>;
    FMUL_ELEM_VD   "0 1 0 01111 11 0 mmmmm 1001 h 0 nnnnn ddddd"   elem_d, x::two_elem::<F64, Fmul, false>;
    FMULX_ELEM_VH  "0 q 1 01111 00 l m mmmm 1001 h 0 nnnnn ddddd"  elem_h, x::two_elem::<F16, Fmulx, false>;
    FMULX_ELEM_VS  "0 q 1 01111 10 l mmmmm 1001 h 0 nnnnn ddddd"   elem_s, x::two_elem::<F32, Fmulx, false>;
    FMULX_ELEM_VD  "0 1 1 01111 11 0 mmmmm 1001 h 0 nnnnn ddddd"   elem_d, x::two_elem::<F64, Fmulx, false>;
    // By element, scalars.
    FMLA_ELEM_1H   "01 0 11111 00 l m mmmm 0001 h 0 nnnnn ddddd"   elem_h, x::three_elem::<F16, Fmadd, true>;
    FMLA_ELEM_1S   "01 0 11111 10 l mmmmm 0001 h 0 nnnnn ddddd"    elem_s, x::three_elem::<F32, Fmadd, true>;
    FMLA_ELEM_1D   "01 0 11111 11 0 mmmmm 0001 h 0 nnnnn ddddd"    elem_d, x::three_elem::<F64, Fmadd, true>;
    FMLS_ELEM_1H   "01 0 11111 00 l m mmmm 0101 h 0 nnnnn ddddd"   elem_h, x::three_elem::<F16, Fmsub, true>;
    FMLS_ELEM_1S   "01 0 11111 10 l mmmmm 0101 h 0 nnnnn ddddd"    elem_s, x::three_elem::<F32, Fmsub, true>;
    FMLS_ELEM_1D   "01 0 11111 11 0 mmmmm 0101 h 0 nnnnn ddddd"    elem_d, x::three_elem::<F64, Fmsub, true>;
    FMUL_ELEM_1H   "01 0 11111 00 l m mmmm 1001 h 0 nnnnn ddddd"   elem_h, x::two_elem::<F16, Fmul, true>;
    FMUL_ELEM_1S   "01 0 11111 10 l mmmmm 1001 h 0 nnnnn ddddd"    elem_s, x::two_elem::<F32, Fmul, true>;
    FMUL_ELEM_1D   "01 0 11111 11 0 mmmmm 1001 h 0 nnnnn ddddd"    elem_d, x::two_elem::<F64, Fmul, true>;
    FMULX_ELEM_1H  "01 1 11111 00 l m mmmm 1001 h 0 nnnnn ddddd"   elem_h, x::two_elem::<F16, Fmulx, true>;
    FMULX_ELEM_1S  "01 1 11111 10 l mmmmm 1001 h 0 nnnnn ddddd"    elem_s, x::two_elem::<F32, Fmulx, true>;
    FMULX_ELEM_1D  "01 1 11111 11 0 mmmmm 1001 h 0 nnnnn ddddd"    elem_d, x::two_elem::<F64, Fmulx, true>;
    // Half-precision products added to singles (FEAT_FHM).
    FMLAL          "0 q 0 01110 0 01 mmmmm 11101 1 nnnnn ddddd"    raw, y::fmlal::<false, false>;
    FMLSL          "0 q 0 01110 1 01 mmmmm 11101 1 nnnnn ddddd"    raw, y::fmlal::<false, true>;
    FMLAL2         "0 q 1 01110 0 01 mmmmm 11001 1 nnnnn ddddd"    raw, y::fmlal::<true, false>;
    FMLSL2         "0 q 1 01110 1 01 mmmmm 11001 1 nnnnn ddddd"    raw, y::fmlal::<true, true>;
    FMLAL_ELEM     "0 q 0 01111 10 l m mmmm 0000 h 0 nnnnn ddddd"  elem_h, y::fmlal_elem::<false, false>;
    FMLSL_ELEM     "0 q 0 01111 10 l m mmmm 0100 h 0 nnnnn ddddd"  elem_h, y::fmlal_elem::<false, true>;
    FMLAL2_ELEM    "0 q 1 01111 10 l m mmmm 1000 h 0 nnnnn ddddd"  elem_h, y::fmlal_elem::<true, false>;
    FMLSL2_ELEM    "0 q 1 01111 10 l m mmmm 1100 h 0 nnnnn ddddd"  elem_h, y::fmlal_elem::<true, true>;
    // Complex numbers (FEAT_FCMA). By element, the index counts pairs.
    FCMLA_VH       "0 q 1 01110 01 0 mmmmm 110 rr 1 nnnnn ddddd"   fcmla, y::fcmla::<F16>;
    FCADD_VH       "0 q 1 01110 01 0 mmmmm 111 r 01 nnnnn ddddd"   fcadd, y::fcadd::<F16>;
    FCMLA_VS       "0 q 1 01110 10 0 mmmmm 110 rr 1 nnnnn ddddd"   fcmla, y::fcmla::<F32>;
    FCADD_VS       "0 q 1 01110 10 0 mmmmm 111 r 01 nnnnn ddddd"   fcadd, y::fcadd::<F32>;
    FCMLA_VD       "0 1 1 01110 11 0 mmmmm 110 rr 1 nnnnn ddddd"   fcmla, y::fcmla::<F64>;
    FCADD_VD       "0 1 1 01110 11 0 mmmmm 111 r 01 nnnnn ddddd"   fcadd, y::fcadd::<F64>;
    FCMLA_ELEM_V4H "0 0 1 01111 01 l mmmmm 0 rr 1 0 0 nnnnn ddddd" fcmla_elem, y::fcmla_elem::<F16>;
    FCMLA_ELEM_V8H "0 1 1 01111 01 l mmmmm 0 rr 1 h 0 nnnnn ddddd" fcmla_elem, y::fcmla_elem::<F16>;
    FCMLA_ELEM_V4S "0 1 1 01111 10 0 mmmmm 0 rr 1 h 0 nnnnn ddddd" fcmla_elem_s, y::fcmla_elem::<F32>;
}

/// aux = index, from H:L:M; rm has four bits.
fn elem_h(w: u32) -> Option<Op> {
    let index = bits(w, 11, 11) << 2 | bits(w, 21, 20);
    raw(w).map(|op| Op { rm: bits(w, 19, 16) as u8, aux: index as u16, ..op })
}

/// aux = index, from H:L.
fn elem_s(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: (bits(w, 11, 11) << 1 | bits(w, 21, 21)) as u16, ..op })
}

/// aux = index, from H.
fn elem_d(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: bits(w, 11, 11) as u16, ..op })
}

/// aux = rotation in units of 90 degrees.
fn fcmla(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: bits(w, 12, 11) as u16, ..op })
}

/// aux = 0 for 90 degrees, 1 for 270.
fn fcadd(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: bits(w, 12, 12) as u16, ..op })
}

/// aux = rotation | index << 4, index from H:L.
fn fcmla_elem(w: u32) -> Option<Op> {
    let index = bits(w, 11, 11) << 1 | bits(w, 21, 21);
    raw(w).map(|op| Op { aux: (bits(w, 14, 13) | index << 4) as u16, ..op })
}

/// aux = rotation | index << 4, index from H.
fn fcmla_elem_s(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: (bits(w, 14, 13) | bits(w, 11, 11) << 4) as u16, ..op })
}
