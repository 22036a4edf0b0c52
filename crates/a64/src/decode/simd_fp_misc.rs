//! Advanced SIMD floating point: two registers, fixed point and immediates, C4.1.97.

use super::fields::{bits, raw};
use super::fp::expand_imm;
use super::{Op, table};
use crate::interp::fp_ops::*;
use crate::interp::{simd_fp as x, simd_fp_misc as y};
use crate::softfp::{F16, F32, F64, Format};

table! { base crate::decode::simd_fp_elem::code::END;
    // Two registers, vectors.
    FRINTN_VH     "0 q 0 01110 0 111100 11000 10 nnnnn ddddd"  raw, x::one::<F16, Frint<{ N }>, false>;
    FRINTN_VS     "0 q 0 01110 0 0 10000 11000 10 nnnnn ddddd" raw, x::one::<F32, Frint<{ N }>, false>;
    FRINTN_VD     "0 1 0 01110 0 1 10000 11000 10 nnnnn ddddd" raw, x::one::<F64, Frint<{ N }>, false>;
    FRINTM_VH     "0 q 0 01110 0 111100 11001 10 nnnnn ddddd"  raw, x::one::<F16, Frint<{ M }>, false>;
    FRINTM_VS     "0 q 0 01110 0 0 10000 11001 10 nnnnn ddddd" raw, x::one::<F32, Frint<{ M }>, false>;
    FRINTM_VD     "0 1 0 01110 0 1 10000 11001 10 nnnnn ddddd" raw, x::one::<F64, Frint<{ M }>, false>;
    FRINTP_VH     "0 q 0 01110 1 111100 11000 10 nnnnn ddddd"  raw, x::one::<F16, Frint<{ P }>, false>;
    FRINTP_VS     "0 q 0 01110 1 0 10000 11000 10 nnnnn ddddd" raw, x::one::<F32, Frint<{ P }>, false>;
    FRINTP_VD     "0 1 0 01110 1 1 10000 11000 10 nnnnn ddddd" raw, x::one::<F64, Frint<{ P }>, false>;
    FRINTZ_VH     "0 q 0 01110 1 111100 11001 10 nnnnn ddddd"  raw, x::one::<F16, Frint<{ Z }>, false>;
    FRINTZ_VS     "0 q 0 01110 1 0 10000 11001 10 nnnnn ddddd" raw, x::one::<F32, Frint<{ Z }>, false>;
    FRINTZ_VD     "0 1 0 01110 1 1 10000 11001 10 nnnnn ddddd" raw, x::one::<F64, Frint<{ Z }>, false>;
    FRINTA_VH     "0 q 1 01110 0 111100 11000 10 nnnnn ddddd"  raw, x::one::<F16, Frint<{ A }>, false>;
    FRINTA_VS     "0 q 1 01110 0 0 10000 11000 10 nnnnn ddddd" raw, x::one::<F32, Frint<{ A }>, false>;
    FRINTA_VD     "0 1 1 01110 0 1 10000 11000 10 nnnnn ddddd" raw, x::one::<F64, Frint<{ A }>, false>;
    FRINTX_VH     "0 q 1 01110 0 111100 11001 10 nnnnn ddddd"  raw, x::one::<F16, Frintx, false>;
    FRINTX_VS     "0 q 1 01110 0 0 10000 11001 10 nnnnn ddddd" raw, x::one::<F32, Frintx, false>;
    FRINTX_VD     "0 1 1 01110 0 1 10000 11001 10 nnnnn ddddd" raw, x::one::<F64, Frintx, false>;
    FRINTI_VH     "0 q 1 01110 1 111100 11001 10 nnnnn ddddd"  raw, x::one::<F16, Frint<{ I }>, false>;
    FRINTI_VS     "0 q 1 01110 1 0 10000 11001 10 nnnnn ddddd" raw, x::one::<F32, Frint<{ I }>, false>;
    FRINTI_VD     "0 1 1 01110 1 1 10000 11001 10 nnnnn ddddd" raw, x::one::<F64, Frint<{ I }>, false>;
    FABS_VH       "0 q 0 01110 1 111100 01111 10 nnnnn ddddd"  raw, x::one::<F16, Fabs, false>;
    FABS_VS       "0 q 0 01110 1 0 10000 01111 10 nnnnn ddddd" raw, x::one::<F32, Fabs, false>;
    FABS_VD       "0 1 0 01110 1 1 10000 01111 10 nnnnn ddddd" raw, x::one::<F64, Fabs, false>;
    FNEG_VH       "0 q 1 01110 1 111100 01111 10 nnnnn ddddd"  raw, x::one::<F16, Fneg, false>;
    FNEG_VS       "0 q 1 01110 1 0 10000 01111 10 nnnnn ddddd" raw, x::one::<F32, Fneg, false>;
    FNEG_VD       "0 1 1 01110 1 1 10000 01111 10 nnnnn ddddd" raw, x::one::<F64, Fneg, false>;
    FSQRT_VH      "0 q 1 01110 1 111100 11111 10 nnnnn ddddd"  raw, x::one::<F16, Fsqrt, false>;
    FSQRT_VS      "0 q 1 01110 1 0 10000 11111 10 nnnnn ddddd" raw, x::one::<F32, Fsqrt, false>;
    FSQRT_VD      "0 1 1 01110 1 1 10000 11111 10 nnnnn ddddd" raw, x::one::<F64, Fsqrt, false>;
    FCVTNS_VH     "0 q 0 01110 0 111100 11010 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ N }, false>, false>;
    FCVTNS_VS     "0 q 0 01110 0 0 10000 11010 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ N }, false>, false>;
    FCVTNS_VD     "0 1 0 01110 0 1 10000 11010 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ N }, false>, false>;
    FCVTMS_VH     "0 q 0 01110 0 111100 11011 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ M }, false>, false>;
    FCVTMS_VS     "0 q 0 01110 0 0 10000 11011 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ M }, false>, false>;
    FCVTMS_VD     "0 1 0 01110 0 1 10000 11011 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ M }, false>, false>;
    FCVTAS_VH     "0 q 0 01110 0 111100 11100 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ A }, false>, false>;
    FCVTAS_VS     "0 q 0 01110 0 0 10000 11100 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ A }, false>, false>;
    FCVTAS_VD     "0 1 0 01110 0 1 10000 11100 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ A }, false>, false>;
    FCVTPS_VH     "0 q 0 01110 1 111100 11010 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ P }, false>, false>;
    FCVTPS_VS     "0 q 0 01110 1 0 10000 11010 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ P }, false>, false>;
    FCVTPS_VD     "0 1 0 01110 1 1 10000 11010 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ P }, false>, false>;
    FCVTZS_VH     "0 q 0 01110 1 111100 11011 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ Z }, false>, false>;
    FCVTZS_VS     "0 q 0 01110 1 0 10000 11011 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ Z }, false>, false>;
    FCVTZS_VD     "0 1 0 01110 1 1 10000 11011 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ Z }, false>, false>;
    FCVTNU_VH     "0 q 1 01110 0 111100 11010 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ N }, true>, false>;
    FCVTNU_VS     "0 q 1 01110 0 0 10000 11010 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ N }, true>, false>;
    FCVTNU_VD     "0 1 1 01110 0 1 10000 11010 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ N }, true>, false>;
    FCVTMU_VH     "0 q 1 01110 0 111100 11011 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ M }, true>, false>;
    FCVTMU_VS     "0 q 1 01110 0 0 10000 11011 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ M }, true>, false>;
    FCVTMU_VD     "0 1 1 01110 0 1 10000 11011 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ M }, true>, false>;
    FCVTAU_VH     "0 q 1 01110 0 111100 11100 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ A }, true>, false>;
    FCVTAU_VS     "0 q 1 01110 0 0 10000 11100 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ A }, true>, false>;
    FCVTAU_VD     "0 1 1 01110 0 1 10000 11100 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ A }, true>, false>;
    FCVTPU_VH     "0 q 1 01110 1 111100 11010 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ P }, true>, false>;
    FCVTPU_VS     "0 q 1 01110 1 0 10000 11010 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ P }, true>, false>;
    FCVTPU_VD     "0 1 1 01110 1 1 10000 11010 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ P }, true>, false>;
    FCVTZU_VH     "0 q 1 01110 1 111100 11011 10 nnnnn ddddd"  raw, x::one::<F16, Fcvt<{ Z }, true>, false>;
    FCVTZU_VS     "0 q 1 01110 1 0 10000 11011 10 nnnnn ddddd" raw, x::one::<F32, Fcvt<{ Z }, true>, false>;
    FCVTZU_VD     "0 1 1 01110 1 1 10000 11011 10 nnnnn ddddd" raw, x::one::<F64, Fcvt<{ Z }, true>, false>;
    SCVTF_VH      "0 q 0 01110 0 111100 11101 10 nnnnn ddddd"  raw, x::one::<F16, Cvtf<false>, false>;
    SCVTF_VS      "0 q 0 01110 0 0 10000 11101 10 nnnnn ddddd" raw, x::one::<F32, Cvtf<false>, false>;
    SCVTF_VD      "0 1 0 01110 0 1 10000 11101 10 nnnnn ddddd" raw, x::one::<F64, Cvtf<false>, false>;
    UCVTF_VH      "0 q 1 01110 0 111100 11101 10 nnnnn ddddd"  raw, x::one::<F16, Cvtf<true>, false>;
    UCVTF_VS      "0 q 1 01110 0 0 10000 11101 10 nnnnn ddddd" raw, x::one::<F32, Cvtf<true>, false>;
    UCVTF_VD      "0 1 1 01110 0 1 10000 11101 10 nnnnn ddddd" raw, x::one::<F64, Cvtf<true>, false>;
    FCMGT_ZERO_VH "0 q 0 01110 1 111100 01100 10 nnnnn ddddd"  raw, x::one::<F16, FcmgtZero, false>;
    FCMGT_ZERO_VS "0 q 0 01110 1 0 10000 01100 10 nnnnn ddddd" raw, x::one::<F32, FcmgtZero, false>;
    FCMGT_ZERO_VD "0 1 0 01110 1 1 10000 01100 10 nnnnn ddddd" raw, x::one::<F64, FcmgtZero, false>;
    FCMEQ_ZERO_VH "0 q 0 01110 1 111100 01101 10 nnnnn ddddd"  raw, x::one::<F16, FcmeqZero, false>;
    FCMEQ_ZERO_VS "0 q 0 01110 1 0 10000 01101 10 nnnnn ddddd" raw, x::one::<F32, FcmeqZero, false>;
    FCMEQ_ZERO_VD "0 1 0 01110 1 1 10000 01101 10 nnnnn ddddd" raw, x::one::<F64, FcmeqZero, false>;
    FCMLT_ZERO_VH "0 q 0 01110 1 111100 01110 10 nnnnn ddddd"  raw, x::one::<F16, FcmltZero, false>;
    FCMLT_ZERO_VS "0 q 0 01110 1 0 10000 01110 10 nnnnn ddddd" raw, x::one::<F32, FcmltZero, false>;
    FCMLT_ZERO_VD "0 1 0 01110 1 1 10000 01110 10 nnnnn ddddd" raw, x::one::<F64, FcmltZero, false>;
    FCMGE_ZERO_VH "0 q 1 01110 1 111100 01100 10 nnnnn ddddd"  raw, x::one::<F16, FcmgeZero, false>;
    FCMGE_ZERO_VS "0 q 1 01110 1 0 10000 01100 10 nnnnn ddddd" raw, x::one::<F32, FcmgeZero, false>;
    FCMGE_ZERO_VD "0 1 1 01110 1 1 10000 01100 10 nnnnn ddddd" raw, x::one::<F64, FcmgeZero, false>;
    FCMLE_ZERO_VH "0 q 1 01110 1 111100 01101 10 nnnnn ddddd"  raw, x::one::<F16, FcmleZero, false>;
    FCMLE_ZERO_VS "0 q 1 01110 1 0 10000 01101 10 nnnnn ddddd" raw, x::one::<F32, FcmleZero, false>;
    FCMLE_ZERO_VD "0 1 1 01110 1 1 10000 01101 10 nnnnn ddddd" raw, x::one::<F64, FcmleZero, false>;
    FRECPE_VH     "0 q 0 01110 1 111100 11101 10 nnnnn ddddd"  raw, x::one::<F16, Frecpe, false>;
    FRECPE_VS     "0 q 0 01110 1 0 10000 11101 10 nnnnn ddddd" raw, x::one::<F32, Frecpe, false>;
    FRECPE_VD     "0 1 0 01110 1 1 10000 11101 10 nnnnn ddddd" raw, x::one::<F64, Frecpe, false>;
    FRSQRTE_VH    "0 q 1 01110 1 111100 11101 10 nnnnn ddddd"  raw, x::one::<F16, Frsqrte, false>;
    FRSQRTE_VS    "0 q 1 01110 1 0 10000 11101 10 nnnnn ddddd" raw, x::one::<F32, Frsqrte, false>;
    FRSQRTE_VD    "0 1 1 01110 1 1 10000 11101 10 nnnnn ddddd" raw, x::one::<F64, Frsqrte, false>;
    FRINT32Z_VS   "0 q 0 01110 0 0 10000 11110 10 nnnnn ddddd" raw, x::one::<F32, Frint32z, false>;
    FRINT32Z_VD   "0 1 0 01110 0 1 10000 11110 10 nnnnn ddddd" raw, x::one::<F64, Frint32z, false>;
    FRINT32X_VS   "0 q 1 01110 0 0 10000 11110 10 nnnnn ddddd" raw, x::one::<F32, Frint32x, false>;
    FRINT32X_VD   "0 1 1 01110 0 1 10000 11110 10 nnnnn ddddd" raw, x::one::<F64, Frint32x, false>;
    FRINT64Z_VS   "0 q 0 01110 0 0 10000 11111 10 nnnnn ddddd" raw, x::one::<F32, Frint64z, false>;
    FRINT64Z_VD   "0 1 0 01110 0 1 10000 11111 10 nnnnn ddddd" raw, x::one::<F64, Frint64z, false>;
    FRINT64X_VS   "0 q 1 01110 0 0 10000 11111 10 nnnnn ddddd" raw, x::one::<F32, Frint64x, false>;
    FRINT64X_VD   "0 1 1 01110 0 1 10000 11111 10 nnnnn ddddd" raw, x::one::<F64, Frint64x, false>;
    URECPE        "0 q 0 01110 1 0 10000 11100 10 nnnnn ddddd" raw, y::estimate::<false>;
    URSQRTE       "0 q 1 01110 1 0 10000 11100 10 nnnnn ddddd" raw, y::estimate::<true>;
    // Two registers, scalars.
    FCVTNS_1H     "01 0 11110 0 111100 11010 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ N }, false>, true>;
    FCVTNS_1S     "01 0 11110 0 0 10000 11010 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ N }, false>, true>;
    FCVTNS_1D     "01 0 11110 0 1 10000 11010 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ N }, false>, true>;
    FCVTMS_1H     "01 0 11110 0 111100 11011 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ M }, false>, true>;
    FCVTMS_1S     "01 0 11110 0 0 10000 11011 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ M }, false>, true>;
    FCVTMS_1D     "01 0 11110 0 1 10000 11011 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ M }, false>, true>;
    FCVTAS_1H     "01 0 11110 0 111100 11100 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ A }, false>, true>;
    FCVTAS_1S     "01 0 11110 0 0 10000 11100 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ A }, false>, true>;
    FCVTAS_1D     "01 0 11110 0 1 10000 11100 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ A }, false>, true>;
    FCVTPS_1H     "01 0 11110 1 111100 11010 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ P }, false>, true>;
    FCVTPS_1S     "01 0 11110 1 0 10000 11010 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ P }, false>, true>;
    FCVTPS_1D     "01 0 11110 1 1 10000 11010 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ P }, false>, true>;
    FCVTZS_1H     "01 0 11110 1 111100 11011 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ Z }, false>, true>;
    FCVTZS_1S     "01 0 11110 1 0 10000 11011 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ Z }, false>, true>;
    FCVTZS_1D     "01 0 11110 1 1 10000 11011 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ Z }, false>, true>;
    FCVTNU_1H     "01 1 11110 0 111100 11010 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ N }, true>, true>;
    FCVTNU_1S     "01 1 11110 0 0 10000 11010 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ N }, true>, true>;
    FCVTNU_1D     "01 1 11110 0 1 10000 11010 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ N }, true>, true>;
    FCVTMU_1H     "01 1 11110 0 111100 11011 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ M }, true>, true>;
    FCVTMU_1S     "01 1 11110 0 0 10000 11011 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ M }, true>, true>;
    FCVTMU_1D     "01 1 11110 0 1 10000 11011 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ M }, true>, true>;
    FCVTAU_1H     "01 1 11110 0 111100 11100 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ A }, true>, true>;
    FCVTAU_1S     "01 1 11110 0 0 10000 11100 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ A }, true>, true>;
    FCVTAU_1D     "01 1 11110 0 1 10000 11100 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ A }, true>, true>;
    FCVTPU_1H     "01 1 11110 1 111100 11010 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ P }, true>, true>;
    FCVTPU_1S     "01 1 11110 1 0 10000 11010 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ P }, true>, true>;
    FCVTPU_1D     "01 1 11110 1 1 10000 11010 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ P }, true>, true>;
    FCVTZU_1H     "01 1 11110 1 111100 11011 10 nnnnn ddddd"   raw, x::one::<F16, Fcvt<{ Z }, true>, true>;
    FCVTZU_1S     "01 1 11110 1 0 10000 11011 10 nnnnn ddddd"  raw, x::one::<F32, Fcvt<{ Z }, true>, true>;
    FCVTZU_1D     "01 1 11110 1 1 10000 11011 10 nnnnn ddddd"  raw, x::one::<F64, Fcvt<{ Z }, true>, true>;
    SCVTF_1H      "01 0 11110 0 111100 11101 10 nnnnn ddddd"   raw, x::one::<F16, Cvtf<false>, true>;
    SCVTF_1S      "01 0 11110 0 0 10000 11101 10 nnnnn ddddd"  raw, x::one::<F32, Cvtf<false>, true>;
    SCVTF_1D      "01 0 11110 0 1 10000 11101 10 nnnnn ddddd"  raw, x::one::<F64, Cvtf<false>, true>;
    UCVTF_1H      "01 1 11110 0 111100 11101 10 nnnnn ddddd"   raw, x::one::<F16, Cvtf<true>, true>;
    UCVTF_1S      "01 1 11110 0 0 10000 11101 10 nnnnn ddddd"  raw, x::one::<F32, Cvtf<true>, true>;
    UCVTF_1D      "01 1 11110 0 1 10000 11101 10 nnnnn ddddd"  raw, x::one::<F64, Cvtf<true>, true>;
    FCMGT_ZERO_1H "01 0 11110 1 111100 01100 10 nnnnn ddddd"   raw, x::one::<F16, FcmgtZero, true>;
    FCMGT_ZERO_1S "01 0 11110 1 0 10000 01100 10 nnnnn ddddd"  raw, x::one::<F32, FcmgtZero, true>;
    FCMGT_ZERO_1D "01 0 11110 1 1 10000 01100 10 nnnnn ddddd"  raw, x::one::<F64, FcmgtZero, true>;
    FCMEQ_ZERO_1H "01 0 11110 1 111100 01101 10 nnnnn ddddd"   raw, x::one::<F16, FcmeqZero, true>;
    FCMEQ_ZERO_1S "01 0 11110 1 0 10000 01101 10 nnnnn ddddd"  raw, x::one::<F32, FcmeqZero, true>;
    FCMEQ_ZERO_1D "01 0 11110 1 1 10000 01101 10 nnnnn ddddd"  raw, x::one::<F64, FcmeqZero, true>;
    FCMLT_ZERO_1H "01 0 11110 1 111100 01110 10 nnnnn ddddd"   raw, x::one::<F16, FcmltZero, true>;
    FCMLT_ZERO_1S "01 0 11110 1 0 10000 01110 10 nnnnn ddddd"  raw, x::one::<F32, FcmltZero, true>;
    FCMLT_ZERO_1D "01 0 11110 1 1 10000 01110 10 nnnnn ddddd"  raw, x::one::<F64, FcmltZero, true>;
    FCMGE_ZERO_1H "01 1 11110 1 111100 01100 10 nnnnn ddddd"   raw, x::one::<F16, FcmgeZero, true>;
    FCMGE_ZERO_1S "01 1 11110 1 0 10000 01100 10 nnnnn ddddd"  raw, x::one::<F32, FcmgeZero, true>;
    FCMGE_ZERO_1D "01 1 11110 1 1 10000 01100 10 nnnnn ddddd"  raw, x::one::<F64, FcmgeZero, true>;
    FCMLE_ZERO_1H "01 1 11110 1 111100 01101 10 nnnnn ddddd"   raw, x::one::<F16, FcmleZero, true>;
    FCMLE_ZERO_1S "01 1 11110 1 0 10000 01101 10 nnnnn ddddd"  raw, x::one::<F32, FcmleZero, true>;
    FCMLE_ZERO_1D "01 1 11110 1 1 10000 01101 10 nnnnn ddddd"  raw, x::one::<F64, FcmleZero, true>;
    FRECPE_1H     "01 0 11110 1 111100 11101 10 nnnnn ddddd"   raw, x::one::<F16, Frecpe, true>;
    FRECPE_1S     "01 0 11110 1 0 10000 11101 10 nnnnn ddddd"  raw, x::one::<F32, Frecpe, true>;
    FRECPE_1D     "01 0 11110 1 1 10000 11101 10 nnnnn ddddd"  raw, x::one::<F64, Frecpe, true>;
    FRSQRTE_1H    "01 1 11110 1 111100 11101 10 nnnnn ddddd"   raw, x::one::<F16, Frsqrte, true>;
    FRSQRTE_1S    "01 1 11110 1 0 10000 11101 10 nnnnn ddddd"  raw, x::one::<F32, Frsqrte, true>;
    FRSQRTE_1D    "01 1 11110 1 1 10000 11101 10 nnnnn ddddd"  raw, x::one::<F64, Frsqrte, true>;
    FRECPX_1H     "01 0 11110 1 111100 11111 10 nnnnn ddddd"   raw, x::one::<F16, Frecpx, true>;
    FRECPX_1S     "01 0 11110 1 0 10000 11111 10 nnnnn ddddd"  raw, x::one::<F32, Frecpx, true>;
    FRECPX_1D     "01 0 11110 1 1 10000 11111 10 nnnnn ddddd"  raw, x::one::<F64, Frecpx, true>;
    // To a narrower or wider element. Q selects the upper half of the narrow side.
    FCVTN_HS      "0 q 0 01110 0 0 10000 10110 10 nnnnn ddddd" raw, y::fcvtn::<F32, F16>;
    FCVTN_SD      "0 q 0 01110 0 1 10000 10110 10 nnnnn ddddd" raw, y::fcvtn::<F64, F32>;
    FCVTXN_SD     "0 q 1 01110 0 1 10000 10110 10 nnnnn ddddd" raw, y::fcvtxn;
    FCVTL_SH      "0 q 0 01110 0 0 10000 10111 10 nnnnn ddddd" raw, y::fcvtl::<F16, F32>;
    FCVTL_DS      "0 q 0 01110 0 1 10000 10111 10 nnnnn ddddd" raw, y::fcvtl::<F32, F64>;
    FCVTXN_1S     "01 1 11110 0 1 10000 10110 10 nnnnn ddddd"  raw, y::fcvtxn_scalar;
    // Fixed point.
    SCVTF_FIX_VH  "0 q 0 011110 001i iii 11100 1 nnnnn ddddd"  fixed::<F16>, y::cvtf_fixed::<F16, false, false>;
    SCVTF_FIX_VS  "0 q 0 011110 01ii iii 11100 1 nnnnn ddddd"  fixed::<F32>, y::cvtf_fixed::<F32, false, false>;
    SCVTF_FIX_VD  "0 1 0 011110 1iii iii 11100 1 nnnnn ddddd"  fixed::<F64>, y::cvtf_fixed::<F64, false, false>;
    SCVTF_FIX_1H  "01 0 111110 001i iii 11100 1 nnnnn ddddd"   fixed::<F16>, y::cvtf_fixed::<F16, false, true>;
    SCVTF_FIX_1S  "01 0 111110 01ii iii 11100 1 nnnnn ddddd"   fixed::<F32>, y::cvtf_fixed::<F32, false, true>;
    SCVTF_FIX_1D  "01 0 111110 1iii iii 11100 1 nnnnn ddddd"   fixed::<F64>, y::cvtf_fixed::<F64, false, true>;
    UCVTF_FIX_VH  "0 q 1 011110 001i iii 11100 1 nnnnn ddddd"  fixed::<F16>, y::cvtf_fixed::<F16, true, false>;
    UCVTF_FIX_VS  "0 q 1 011110 01ii iii 11100 1 nnnnn ddddd"  fixed::<F32>, y::cvtf_fixed::<F32, true, false>;
    UCVTF_FIX_VD  "0 1 1 011110 1iii iii 11100 1 nnnnn ddddd"  fixed::<F64>, y::cvtf_fixed::<F64, true, false>;
    UCVTF_FIX_1H  "01 1 111110 001i iii 11100 1 nnnnn ddddd"   fixed::<F16>, y::cvtf_fixed::<F16, true, true>;
    UCVTF_FIX_1S  "01 1 111110 01ii iii 11100 1 nnnnn ddddd"   fixed::<F32>, y::cvtf_fixed::<F32, true, true>;
    UCVTF_FIX_1D  "01 1 111110 1iii iii 11100 1 nnnnn ddddd"   fixed::<F64>, y::cvtf_fixed::<F64, true, true>;
    FCVTZS_FIX_VH "0 q 0 011110 001i iii 11111 1 nnnnn ddddd"  fixed::<F16>, y::fcvtz_fixed::<F16, false, false>;
    FCVTZS_FIX_VS "0 q 0 011110 01ii iii 11111 1 nnnnn ddddd"  fixed::<F32>, y::fcvtz_fixed::<F32, false, false>;
    FCVTZS_FIX_VD "0 1 0 011110 1iii iii 11111 1 nnnnn ddddd"  fixed::<F64>, y::fcvtz_fixed::<F64, false, false>;
    FCVTZS_FIX_1H "01 0 111110 001i iii 11111 1 nnnnn ddddd"   fixed::<F16>, y::fcvtz_fixed::<F16, false, true>;
    FCVTZS_FIX_1S "01 0 111110 01ii iii 11111 1 nnnnn ddddd"   fixed::<F32>, y::fcvtz_fixed::<F32, false, true>;
    FCVTZS_FIX_1D "01 0 111110 1iii iii 11111 1 nnnnn ddddd"   fixed::<F64>, y::fcvtz_fixed::<F64, false, true>;
    FCVTZU_FIX_VH "0 q 1 011110 001i iii 11111 1 nnnnn ddddd"  fixed::<F16>, y::fcvtz_fixed::<F16, true, false>;
    FCVTZU_FIX_VS "0 q 1 011110 01ii iii 11111 1 nnnnn ddddd"  fixed::<F32>, y::fcvtz_fixed::<F32, true, false>;
    FCVTZU_FIX_VD "0 1 1 011110 1iii iii 11111 1 nnnnn ddddd"  fixed::<F64>, y::fcvtz_fixed::<F64, true, false>;
    FCVTZU_FIX_1H "01 1 111110 001i iii 11111 1 nnnnn ddddd"   fixed::<F16>, y::fcvtz_fixed::<F16, true, true>;
    FCVTZU_FIX_1S "01 1 111110 01ii iii 11111 1 nnnnn ddddd"   fixed::<F32>, y::fcvtz_fixed::<F32, true, true>;
    FCVTZU_FIX_1D "01 1 111110 1iii iii 11111 1 nnnnn ddddd"   fixed::<F64>, y::fcvtz_fixed::<F64, true, true>;
    // Immediates.
    FMOV_IMM_VH   "0 q 0 0111100000 iii 1111 1 1 iiiii ddddd"  imm::<F16>, y::fmov_imm;
    FMOV_IMM_VS   "0 q 0 0111100000 iii 1111 0 1 iiiii ddddd"  imm::<F32>, y::fmov_imm;
    FMOV_IMM_VD   "0 1 1 0111100000 iii 1111 0 1 iiiii ddddd"  imm::<F64>, y::fmov_imm;
}

/// aux = fraction bits.
fn fixed<F: Format>(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: (2 * F::WIDTH - bits(w, 22, 16)) as u16, ..op })
}

/// imm = the number in every element of 64 bits, aux = Q.
fn imm<F: Format>(w: u32) -> Option<Op> {
    let number = expand_imm::<F>(bits(w, 18, 16) << 5 | bits(w, 9, 5));
    let imm = (0..64 / F::WIDTH).fold(0, |out, i| out | number << (i * F::WIDTH));
    raw(w).map(|op| Op { aux: bits(w, 30, 30) as u16, imm, ..op })
}

#[cfg(test)]
mod tests {
    use crate::decode::{UNDEFINED, decode, row};

    #[test]
    fn reserved_combinations_of_the_fp_groups_are_undefined() {
        for word in [
            // FADD and FMOV with type 2; a W register with 33 fraction bits; FJCVTZS to X; FMOV W from D.
            0x1ea1_2802,
            0x1ea0_4000,
            0x1e58_7c00,
            0x9e7e_0000,
            0x1e66_0000,
            // FCVT to its own format; FRINT32Z of a half; BFCVT.
            0x1e22_4000,
            0x1ee8_4000,
            0x1e63_4000,
            // Doubles in a 64-bit vector: FADD, FABS, FMLA by element, FCADD, SCVTF with fraction bits, FMOV.
            0x0e61_d402,
            0x0ee0_f800,
            0x0fc1_1002,
            0x2ec1_e402,
            0x0f7f_e400,
            0x2f03_f600,
            // FMLA by element: size 1; a double with L set.
            0x4f41_1002,
            0x4fe1_1002,
            // FMLAL with sz set, FCMLA of bytes, FCMLA by element out of range.
            0x4e61_ec02,
            0x2e01_c402,
            0x2f41_1802,
            0x2f81_1002,
            // FCVTXN to half, URECPE of doubles, FMAXV of two singles, fixed point of bytes.
            0x2e21_6801,
            0x4ee1_c801,
            0x2e30_f801,
            0x0f0f_e400,
        ] {
            assert_eq!(decode(word).code, UNDEFINED, "{word:08x} is {}", row(decode(word).code).name);
        }
    }

    #[test]
    fn neighbours_in_the_modified_immediates_are_not_taken() {
        // MOVI and ORR have another cmode.
        for word in [0x0f00_e400u32, 0x0f00_1400, 0x6f00_e400] {
            assert!(!row(decode(word).code).name.starts_with('F'));
        }
    }
}
