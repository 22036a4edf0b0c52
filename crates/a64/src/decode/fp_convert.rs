//! Scalar floating point: conversions and moves between FP and general registers, C4.1.97.

use super::fields::{bits, dst, raw};
use super::{Op, table};
use crate::interp::fp_convert as x;
use crate::interp::fp_ops::{A, M, N, P, Z};
use crate::softfp::{F16, F32, F64};

table! { base crate::decode::fp::code::END;
    // Floating point to integer: FCVT<rounding><sign>_<to><from>.
    FCVTNS_WH     "0 0 0 11110 11 1 00 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { N }, false>;
    FCVTNS_WS     "0 0 0 11110 00 1 00 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { N }, false>;
    FCVTNS_WD     "0 0 0 11110 01 1 00 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { N }, false>;
    FCVTNS_XH     "1 0 0 11110 11 1 00 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { N }, false>;
    FCVTNS_XS     "1 0 0 11110 00 1 00 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { N }, false>;
    FCVTNS_XD     "1 0 0 11110 01 1 00 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { N }, false>;
    FCVTNU_WH     "0 0 0 11110 11 1 00 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { N }, true>;
    FCVTNU_WS     "0 0 0 11110 00 1 00 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { N }, true>;
    FCVTNU_WD     "0 0 0 11110 01 1 00 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { N }, true>;
    FCVTNU_XH     "1 0 0 11110 11 1 00 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { N }, true>;
    FCVTNU_XS     "1 0 0 11110 00 1 00 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { N }, true>;
    FCVTNU_XD     "1 0 0 11110 01 1 00 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { N }, true>;
    FCVTPS_WH     "0 0 0 11110 11 1 01 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { P }, false>;
    FCVTPS_WS     "0 0 0 11110 00 1 01 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { P }, false>;
    FCVTPS_WD     "0 0 0 11110 01 1 01 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { P }, false>;
    FCVTPS_XH     "1 0 0 11110 11 1 01 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { P }, false>;
    FCVTPS_XS     "1 0 0 11110 00 1 01 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { P }, false>;
    FCVTPS_XD     "1 0 0 11110 01 1 01 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { P }, false>;
    FCVTPU_WH     "0 0 0 11110 11 1 01 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { P }, true>;
    FCVTPU_WS     "0 0 0 11110 00 1 01 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { P }, true>;
    FCVTPU_WD     "0 0 0 11110 01 1 01 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { P }, true>;
    FCVTPU_XH     "1 0 0 11110 11 1 01 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { P }, true>;
    FCVTPU_XS     "1 0 0 11110 00 1 01 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { P }, true>;
    FCVTPU_XD     "1 0 0 11110 01 1 01 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { P }, true>;
    FCVTMS_WH     "0 0 0 11110 11 1 10 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { M }, false>;
    FCVTMS_WS     "0 0 0 11110 00 1 10 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { M }, false>;
    FCVTMS_WD     "0 0 0 11110 01 1 10 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { M }, false>;
    FCVTMS_XH     "1 0 0 11110 11 1 10 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { M }, false>;
    FCVTMS_XS     "1 0 0 11110 00 1 10 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { M }, false>;
    FCVTMS_XD     "1 0 0 11110 01 1 10 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { M }, false>;
    FCVTMU_WH     "0 0 0 11110 11 1 10 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { M }, true>;
    FCVTMU_WS     "0 0 0 11110 00 1 10 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { M }, true>;
    FCVTMU_WD     "0 0 0 11110 01 1 10 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { M }, true>;
    FCVTMU_XH     "1 0 0 11110 11 1 10 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { M }, true>;
    FCVTMU_XS     "1 0 0 11110 00 1 10 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { M }, true>;
    FCVTMU_XD     "1 0 0 11110 01 1 10 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { M }, true>;
    FCVTZS_WH     "0 0 0 11110 11 1 11 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { Z }, false>;
    FCVTZS_WS     "0 0 0 11110 00 1 11 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { Z }, false>;
    FCVTZS_WD     "0 0 0 11110 01 1 11 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { Z }, false>;
    FCVTZS_XH     "1 0 0 11110 11 1 11 000 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { Z }, false>;
    FCVTZS_XS     "1 0 0 11110 00 1 11 000 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { Z }, false>;
    FCVTZS_XD     "1 0 0 11110 01 1 11 000 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { Z }, false>;
    FCVTZU_WH     "0 0 0 11110 11 1 11 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { Z }, true>;
    FCVTZU_WS     "0 0 0 11110 00 1 11 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { Z }, true>;
    FCVTZU_WD     "0 0 0 11110 01 1 11 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { Z }, true>;
    FCVTZU_XH     "1 0 0 11110 11 1 11 001 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { Z }, true>;
    FCVTZU_XS     "1 0 0 11110 00 1 11 001 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { Z }, true>;
    FCVTZU_XD     "1 0 0 11110 01 1 11 001 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { Z }, true>;
    FCVTAS_WH     "0 0 0 11110 11 1 00 100 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { A }, false>;
    FCVTAS_WS     "0 0 0 11110 00 1 00 100 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { A }, false>;
    FCVTAS_WD     "0 0 0 11110 01 1 00 100 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { A }, false>;
    FCVTAS_XH     "1 0 0 11110 11 1 00 100 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { A }, false>;
    FCVTAS_XS     "1 0 0 11110 00 1 00 100 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { A }, false>;
    FCVTAS_XD     "1 0 0 11110 01 1 00 100 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { A }, false>;
    FCVTAU_WH     "0 0 0 11110 11 1 00 101 000000 nnnnn ddddd" to_general, x::to_general::<F16, false, { A }, true>;
    FCVTAU_WS     "0 0 0 11110 00 1 00 101 000000 nnnnn ddddd" to_general, x::to_general::<F32, false, { A }, true>;
    FCVTAU_WD     "0 0 0 11110 01 1 00 101 000000 nnnnn ddddd" to_general, x::to_general::<F64, false, { A }, true>;
    FCVTAU_XH     "1 0 0 11110 11 1 00 101 000000 nnnnn ddddd" to_general, x::to_general::<F16, true, { A }, true>;
    FCVTAU_XS     "1 0 0 11110 00 1 00 101 000000 nnnnn ddddd" to_general, x::to_general::<F32, true, { A }, true>;
    FCVTAU_XD     "1 0 0 11110 01 1 00 101 000000 nnnnn ddddd" to_general, x::to_general::<F64, true, { A }, true>;
    FJCVTZS       "0 0 0 11110 01 1 11 110 000000 nnnnn ddddd" to_general, x::fjcvtzs;
    // Integer to floating point.
    SCVTF_HW      "0 0 0 11110 11 1 00 010 000000 nnnnn ddddd" raw, x::from_general::<F16, false, false>;
    SCVTF_SW      "0 0 0 11110 00 1 00 010 000000 nnnnn ddddd" raw, x::from_general::<F32, false, false>;
    SCVTF_DW      "0 0 0 11110 01 1 00 010 000000 nnnnn ddddd" raw, x::from_general::<F64, false, false>;
    SCVTF_HX      "1 0 0 11110 11 1 00 010 000000 nnnnn ddddd" raw, x::from_general::<F16, true, false>;
    SCVTF_SX      "1 0 0 11110 00 1 00 010 000000 nnnnn ddddd" raw, x::from_general::<F32, true, false>;
    SCVTF_DX      "1 0 0 11110 01 1 00 010 000000 nnnnn ddddd" raw, x::from_general::<F64, true, false>;
    UCVTF_HW      "0 0 0 11110 11 1 00 011 000000 nnnnn ddddd" raw, x::from_general::<F16, false, true>;
    UCVTF_SW      "0 0 0 11110 00 1 00 011 000000 nnnnn ddddd" raw, x::from_general::<F32, false, true>;
    UCVTF_DW      "0 0 0 11110 01 1 00 011 000000 nnnnn ddddd" raw, x::from_general::<F64, false, true>;
    UCVTF_HX      "1 0 0 11110 11 1 00 011 000000 nnnnn ddddd" raw, x::from_general::<F16, true, true>;
    UCVTF_SX      "1 0 0 11110 00 1 00 011 000000 nnnnn ddddd" raw, x::from_general::<F32, true, true>;
    UCVTF_DX      "1 0 0 11110 01 1 00 011 000000 nnnnn ddddd" raw, x::from_general::<F64, true, true>;
    // Fixed point. A W register has at most 32 fraction bits.
    FCVTZS_FIX_WH "0 0 0 11110 11 0 11 000 1sssss nnnnn ddddd" to_fixed, x::to_general::<F16, false, { Z }, false>;
    FCVTZS_FIX_WS "0 0 0 11110 00 0 11 000 1sssss nnnnn ddddd" to_fixed, x::to_general::<F32, false, { Z }, false>;
    FCVTZS_FIX_WD "0 0 0 11110 01 0 11 000 1sssss nnnnn ddddd" to_fixed, x::to_general::<F64, false, { Z }, false>;
    FCVTZS_FIX_XH "1 0 0 11110 11 0 11 000 ssssss nnnnn ddddd" to_fixed, x::to_general::<F16, true, { Z }, false>;
    FCVTZS_FIX_XS "1 0 0 11110 00 0 11 000 ssssss nnnnn ddddd" to_fixed, x::to_general::<F32, true, { Z }, false>;
    FCVTZS_FIX_XD "1 0 0 11110 01 0 11 000 ssssss nnnnn ddddd" to_fixed, x::to_general::<F64, true, { Z }, false>;
    FCVTZU_FIX_WH "0 0 0 11110 11 0 11 001 1sssss nnnnn ddddd" to_fixed, x::to_general::<F16, false, { Z }, true>;
    FCVTZU_FIX_WS "0 0 0 11110 00 0 11 001 1sssss nnnnn ddddd" to_fixed, x::to_general::<F32, false, { Z }, true>;
    FCVTZU_FIX_WD "0 0 0 11110 01 0 11 001 1sssss nnnnn ddddd" to_fixed, x::to_general::<F64, false, { Z }, true>;
    FCVTZU_FIX_XH "1 0 0 11110 11 0 11 001 ssssss nnnnn ddddd" to_fixed, x::to_general::<F16, true, { Z }, true>;
    FCVTZU_FIX_XS "1 0 0 11110 00 0 11 001 ssssss nnnnn ddddd" to_fixed, x::to_general::<F32, true, { Z }, true>;
    FCVTZU_FIX_XD "1 0 0 11110 01 0 11 001 ssssss nnnnn ddddd" to_fixed, x::to_general::<F64, true, { Z }, true>;
    SCVTF_FIX_HW  "0 0 0 11110 11 0 00 010 1sssss nnnnn ddddd" from_fixed, x::from_general::<F16, false, false>;
    SCVTF_FIX_SW  "0 0 0 11110 00 0 00 010 1sssss nnnnn ddddd" from_fixed, x::from_general::<F32, false, false>;
    SCVTF_FIX_DW  "0 0 0 11110 01 0 00 010 1sssss nnnnn ddddd" from_fixed, x::from_general::<F64, false, false>;
    SCVTF_FIX_HX  "1 0 0 11110 11 0 00 010 ssssss nnnnn ddddd" from_fixed, x::from_general::<F16, true, false>;
    SCVTF_FIX_SX  "1 0 0 11110 00 0 00 010 ssssss nnnnn ddddd" from_fixed, x::from_general::<F32, true, false>;
    SCVTF_FIX_DX  "1 0 0 11110 01 0 00 010 ssssss nnnnn ddddd" from_fixed, x::from_general::<F64, true, false>;
    UCVTF_FIX_HW  "0 0 0 11110 11 0 00 011 1sssss nnnnn ddddd" from_fixed, x::from_general::<F16, false, true>;
    UCVTF_FIX_SW  "0 0 0 11110 00 0 00 011 1sssss nnnnn ddddd" from_fixed, x::from_general::<F32, false, true>;
    UCVTF_FIX_DW  "0 0 0 11110 01 0 00 011 1sssss nnnnn ddddd" from_fixed, x::from_general::<F64, false, true>;
    UCVTF_FIX_HX  "1 0 0 11110 11 0 00 011 ssssss nnnnn ddddd" from_fixed, x::from_general::<F16, true, true>;
    UCVTF_FIX_SX  "1 0 0 11110 00 0 00 011 ssssss nnnnn ddddd" from_fixed, x::from_general::<F32, true, true>;
    UCVTF_FIX_DX  "1 0 0 11110 01 0 00 011 ssssss nnnnn ddddd" from_fixed, x::from_general::<F64, true, true>;
    // Moves that change nothing: FMOV_<to><from>.
    FMOV_WH       "0 0 0 11110 11 1 00 110 000000 nnnnn ddddd" to_general, x::fmov_to_general::<F16>;
    FMOV_HW       "0 0 0 11110 11 1 00 111 000000 nnnnn ddddd" raw, x::fmov_from_general::<F16>;
    FMOV_XH       "1 0 0 11110 11 1 00 110 000000 nnnnn ddddd" to_general, x::fmov_to_general::<F16>;
    FMOV_HX       "1 0 0 11110 11 1 00 111 000000 nnnnn ddddd" raw, x::fmov_from_general::<F16>;
    FMOV_WS       "0 0 0 11110 00 1 00 110 000000 nnnnn ddddd" to_general, x::fmov_to_general::<F32>;
    FMOV_SW       "0 0 0 11110 00 1 00 111 000000 nnnnn ddddd" raw, x::fmov_from_general::<F32>;
    FMOV_XD       "1 0 0 11110 01 1 00 110 000000 nnnnn ddddd" to_general, x::fmov_to_general::<F64>;
    FMOV_DX       "1 0 0 11110 01 1 00 111 000000 nnnnn ddddd" raw, x::fmov_from_general::<F64>;
    FMOV_X_TOP    "1 0 0 11110 10 1 01 110 000000 nnnnn ddddd" to_general, x::fmov_top_to_general;
    FMOV_TOP_X    "1 0 0 11110 10 1 01 111 000000 nnnnn ddddd" raw, x::fmov_top_from_general;
}

/// rd = a general register.
fn to_general(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { rd: dst(w, 0), ..op })
}

/// aux = fraction bits.
fn from_fixed(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: (64 - bits(w, 15, 10)) as u16, ..op })
}

/// aux = fraction bits, rd = a general register.
fn to_fixed(w: u32) -> Option<Op> {
    from_fixed(w).map(|op| Op { rd: dst(w, 0), ..op })
}
