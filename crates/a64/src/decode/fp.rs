//! Scalar floating point: data processing, compares, selects and immediates, C4.1.97. A name ends in the format.

use super::fields::{bits, raw};
use super::{Op, table};
use crate::interp::fp as x;
use crate::interp::fp_ops::*;
use crate::softfp::{F16, F32, F64, Format};

table! { base crate::decode::crypto::code::END;
    // One source.
    FMOV_REG_H   "0 0 0 11110 11 1 000000 10000 nnnnn ddddd"   raw, x::one::<F16, Fmov>;
    FMOV_REG_S   "0 0 0 11110 00 1 000000 10000 nnnnn ddddd"   raw, x::one::<F32, Fmov>;
    FMOV_REG_D   "0 0 0 11110 01 1 000000 10000 nnnnn ddddd"   raw, x::one::<F64, Fmov>;
    FABS_H       "0 0 0 11110 11 1 000001 10000 nnnnn ddddd"   raw, x::one::<F16, Fabs>;
    FABS_S       "0 0 0 11110 00 1 000001 10000 nnnnn ddddd"   raw, x::one::<F32, Fabs>;
    FABS_D       "0 0 0 11110 01 1 000001 10000 nnnnn ddddd"   raw, x::one::<F64, Fabs>;
    FNEG_H       "0 0 0 11110 11 1 000010 10000 nnnnn ddddd"   raw, x::one::<F16, Fneg>;
    FNEG_S       "0 0 0 11110 00 1 000010 10000 nnnnn ddddd"   raw, x::one::<F32, Fneg>;
    FNEG_D       "0 0 0 11110 01 1 000010 10000 nnnnn ddddd"   raw, x::one::<F64, Fneg>;
    FSQRT_H      "0 0 0 11110 11 1 000011 10000 nnnnn ddddd"   raw, x::one::<F16, Fsqrt>;
    FSQRT_S      "0 0 0 11110 00 1 000011 10000 nnnnn ddddd"   raw, x::one::<F32, Fsqrt>;
    FSQRT_D      "0 0 0 11110 01 1 000011 10000 nnnnn ddddd"   raw, x::one::<F64, Fsqrt>;
    FRINTN_H     "0 0 0 11110 11 1 001000 10000 nnnnn ddddd"   raw, x::one::<F16, Frint<{ N }>>;
    FRINTN_S     "0 0 0 11110 00 1 001000 10000 nnnnn ddddd"   raw, x::one::<F32, Frint<{ N }>>;
    FRINTN_D     "0 0 0 11110 01 1 001000 10000 nnnnn ddddd"   raw, x::one::<F64, Frint<{ N }>>;
    FRINTP_H     "0 0 0 11110 11 1 001001 10000 nnnnn ddddd"   raw, x::one::<F16, Frint<{ P }>>;
    FRINTP_S     "0 0 0 11110 00 1 001001 10000 nnnnn ddddd"   raw, x::one::<F32, Frint<{ P }>>;
    FRINTP_D     "0 0 0 11110 01 1 001001 10000 nnnnn ddddd"   raw, x::one::<F64, Frint<{ P }>>;
    FRINTM_H     "0 0 0 11110 11 1 001010 10000 nnnnn ddddd"   raw, x::one::<F16, Frint<{ M }>>;
    FRINTM_S     "0 0 0 11110 00 1 001010 10000 nnnnn ddddd"   raw, x::one::<F32, Frint<{ M }>>;
    FRINTM_D     "0 0 0 11110 01 1 001010 10000 nnnnn ddddd"   raw, x::one::<F64, Frint<{ M }>>;
    FRINTZ_H     "0 0 0 11110 11 1 001011 10000 nnnnn ddddd"   raw, x::one::<F16, Frint<{ Z }>>;
    FRINTZ_S     "0 0 0 11110 00 1 001011 10000 nnnnn ddddd"   raw, x::one::<F32, Frint<{ Z }>>;
    FRINTZ_D     "0 0 0 11110 01 1 001011 10000 nnnnn ddddd"   raw, x::one::<F64, Frint<{ Z }>>;
    FRINTA_H     "0 0 0 11110 11 1 001100 10000 nnnnn ddddd"   raw, x::one::<F16, Frint<{ A }>>;
    FRINTA_S     "0 0 0 11110 00 1 001100 10000 nnnnn ddddd"   raw, x::one::<F32, Frint<{ A }>>;
    FRINTA_D     "0 0 0 11110 01 1 001100 10000 nnnnn ddddd"   raw, x::one::<F64, Frint<{ A }>>;
    FRINTX_H     "0 0 0 11110 11 1 001110 10000 nnnnn ddddd"   raw, x::one::<F16, Frintx>;
    FRINTX_S     "0 0 0 11110 00 1 001110 10000 nnnnn ddddd"   raw, x::one::<F32, Frintx>;
    FRINTX_D     "0 0 0 11110 01 1 001110 10000 nnnnn ddddd"   raw, x::one::<F64, Frintx>;
    FRINTI_H     "0 0 0 11110 11 1 001111 10000 nnnnn ddddd"   raw, x::one::<F16, Frint<{ I }>>;
    FRINTI_S     "0 0 0 11110 00 1 001111 10000 nnnnn ddddd"   raw, x::one::<F32, Frint<{ I }>>;
    FRINTI_D     "0 0 0 11110 01 1 001111 10000 nnnnn ddddd"   raw, x::one::<F64, Frint<{ I }>>;
    FRINT32Z_S   "0 0 0 11110 00 1 010000 10000 nnnnn ddddd"   raw, x::one::<F32, Frint32z>;
    FRINT32Z_D   "0 0 0 11110 01 1 010000 10000 nnnnn ddddd"   raw, x::one::<F64, Frint32z>;
    FRINT32X_S   "0 0 0 11110 00 1 010001 10000 nnnnn ddddd"   raw, x::one::<F32, Frint32x>;
    FRINT32X_D   "0 0 0 11110 01 1 010001 10000 nnnnn ddddd"   raw, x::one::<F64, Frint32x>;
    FRINT64Z_S   "0 0 0 11110 00 1 010010 10000 nnnnn ddddd"   raw, x::one::<F32, Frint64z>;
    FRINT64Z_D   "0 0 0 11110 01 1 010010 10000 nnnnn ddddd"   raw, x::one::<F64, Frint64z>;
    FRINT64X_S   "0 0 0 11110 00 1 010011 10000 nnnnn ddddd"   raw, x::one::<F32, Frint64x>;
    FRINT64X_D   "0 0 0 11110 01 1 010011 10000 nnnnn ddddd"   raw, x::one::<F64, Frint64x>;
    // Between formats: FCVT_<to><from>.
    FCVT_SH      "0 0 0 11110 11 1 000100 10000 nnnnn ddddd"   raw, x::fcvt::<F16, F32>;
    FCVT_DH      "0 0 0 11110 11 1 000101 10000 nnnnn ddddd"   raw, x::fcvt::<F16, F64>;
    FCVT_HS      "0 0 0 11110 00 1 000111 10000 nnnnn ddddd"   raw, x::fcvt::<F32, F16>;
    FCVT_DS      "0 0 0 11110 00 1 000101 10000 nnnnn ddddd"   raw, x::fcvt::<F32, F64>;
    FCVT_HD      "0 0 0 11110 01 1 000111 10000 nnnnn ddddd"   raw, x::fcvt::<F64, F16>;
    FCVT_SD      "0 0 0 11110 01 1 000100 10000 nnnnn ddddd"   raw, x::fcvt::<F64, F32>;
    // Two sources.
    FMUL_H       "0 0 0 11110 11 1 mmmmm 0000 10 nnnnn ddddd"  raw, x::two::<F16, Fmul>;
    FMUL_S       "0 0 0 11110 00 1 mmmmm 0000 10 nnnnn ddddd"  raw, x::two::<F32, Fmul>;
    FMUL_D       "0 0 0 11110 01 1 mmmmm 0000 10 nnnnn ddddd"  raw, x::two::<F64, Fmul>;
    FDIV_H       "0 0 0 11110 11 1 mmmmm 0001 10 nnnnn ddddd"  raw, x::two::<F16, Fdiv>;
    FDIV_S       "0 0 0 11110 00 1 mmmmm 0001 10 nnnnn ddddd"  raw, x::two::<F32, Fdiv>;
    FDIV_D       "0 0 0 11110 01 1 mmmmm 0001 10 nnnnn ddddd"  raw, x::two::<F64, Fdiv>;
    FADD_H       "0 0 0 11110 11 1 mmmmm 0010 10 nnnnn ddddd"  raw, x::two::<F16, Fadd>;
    FADD_S       "0 0 0 11110 00 1 mmmmm 0010 10 nnnnn ddddd"  raw, x::two::<F32, Fadd>;
    FADD_D       "0 0 0 11110 01 1 mmmmm 0010 10 nnnnn ddddd"  raw, x::two::<F64, Fadd>;
    FSUB_H       "0 0 0 11110 11 1 mmmmm 0011 10 nnnnn ddddd"  raw, x::two::<F16, Fsub>;
    FSUB_S       "0 0 0 11110 00 1 mmmmm 0011 10 nnnnn ddddd"  raw, x::two::<F32, Fsub>;
    FSUB_D       "0 0 0 11110 01 1 mmmmm 0011 10 nnnnn ddddd"  raw, x::two::<F64, Fsub>;
    FMAX_H       "0 0 0 11110 11 1 mmmmm 0100 10 nnnnn ddddd"  raw, x::two::<F16, Fmax>;
    FMAX_S       "0 0 0 11110 00 1 mmmmm 0100 10 nnnnn ddddd"  raw, x::two::<F32, Fmax>;
    FMAX_D       "0 0 0 11110 01 1 mmmmm 0100 10 nnnnn ddddd"  raw, x::two::<F64, Fmax>;
    FMIN_H       "0 0 0 11110 11 1 mmmmm 0101 10 nnnnn ddddd"  raw, x::two::<F16, Fmin>;
    FMIN_S       "0 0 0 11110 00 1 mmmmm 0101 10 nnnnn ddddd"  raw, x::two::<F32, Fmin>;
    FMIN_D       "0 0 0 11110 01 1 mmmmm 0101 10 nnnnn ddddd"  raw, x::two::<F64, Fmin>;
    FMAXNM_H     "0 0 0 11110 11 1 mmmmm 0110 10 nnnnn ddddd"  raw, x::two::<F16, Fmaxnm>;
    FMAXNM_S     "0 0 0 11110 00 1 mmmmm 0110 10 nnnnn ddddd"  raw, x::two::<F32, Fmaxnm>;
    FMAXNM_D     "0 0 0 11110 01 1 mmmmm 0110 10 nnnnn ddddd"  raw, x::two::<F64, Fmaxnm>;
    FMINNM_H     "0 0 0 11110 11 1 mmmmm 0111 10 nnnnn ddddd"  raw, x::two::<F16, Fminnm>;
    FMINNM_S     "0 0 0 11110 00 1 mmmmm 0111 10 nnnnn ddddd"  raw, x::two::<F32, Fminnm>;
    FMINNM_D     "0 0 0 11110 01 1 mmmmm 0111 10 nnnnn ddddd"  raw, x::two::<F64, Fminnm>;
    FNMUL_H      "0 0 0 11110 11 1 mmmmm 1000 10 nnnnn ddddd"  raw, x::two::<F16, Fnmul>;
    FNMUL_S      "0 0 0 11110 00 1 mmmmm 1000 10 nnnnn ddddd"  raw, x::two::<F32, Fnmul>;
    FNMUL_D      "0 0 0 11110 01 1 mmmmm 1000 10 nnnnn ddddd"  raw, x::two::<F64, Fnmul>;
    // Three sources.
    FMADD_H      "0 0 0 11111 11 0 mmmmm 0 aaaaa nnnnn ddddd"  raw, x::three::<F16, Fmadd>;
    FMADD_S      "0 0 0 11111 00 0 mmmmm 0 aaaaa nnnnn ddddd"  raw, x::three::<F32, Fmadd>;
    FMADD_D      "0 0 0 11111 01 0 mmmmm 0 aaaaa nnnnn ddddd"  raw, x::three::<F64, Fmadd>;
    FMSUB_H      "0 0 0 11111 11 0 mmmmm 1 aaaaa nnnnn ddddd"  raw, x::three::<F16, Fmsub>;
    FMSUB_S      "0 0 0 11111 00 0 mmmmm 1 aaaaa nnnnn ddddd"  raw, x::three::<F32, Fmsub>;
    FMSUB_D      "0 0 0 11111 01 0 mmmmm 1 aaaaa nnnnn ddddd"  raw, x::three::<F64, Fmsub>;
    FNMADD_H     "0 0 0 11111 11 1 mmmmm 0 aaaaa nnnnn ddddd"  raw, x::three::<F16, Fnmadd>;
    FNMADD_S     "0 0 0 11111 00 1 mmmmm 0 aaaaa nnnnn ddddd"  raw, x::three::<F32, Fnmadd>;
    FNMADD_D     "0 0 0 11111 01 1 mmmmm 0 aaaaa nnnnn ddddd"  raw, x::three::<F64, Fnmadd>;
    FNMSUB_H     "0 0 0 11111 11 1 mmmmm 1 aaaaa nnnnn ddddd"  raw, x::three::<F16, Fnmsub>;
    FNMSUB_S     "0 0 0 11111 00 1 mmmmm 1 aaaaa nnnnn ddddd"  raw, x::three::<F32, Fnmsub>;
    FNMSUB_D     "0 0 0 11111 01 1 mmmmm 1 aaaaa nnnnn ddddd"  raw, x::three::<F64, Fnmsub>;
    // Compares, selects and immediates.
    FCMP_H       "0 0 0 11110 11 1 mmmmm 00 1000 nnnnn 00000"  raw, x::fcmp::<F16, false, false>;
    FCMP_S       "0 0 0 11110 00 1 mmmmm 00 1000 nnnnn 00000"  raw, x::fcmp::<F32, false, false>;
    FCMP_D       "0 0 0 11110 01 1 mmmmm 00 1000 nnnnn 00000"  raw, x::fcmp::<F64, false, false>;
    FCMP_ZERO_H  "0 0 0 11110 11 1 mmmmm 00 1000 nnnnn 01000"  raw, x::fcmp::<F16, false, true>;
    FCMP_ZERO_S  "0 0 0 11110 00 1 mmmmm 00 1000 nnnnn 01000"  raw, x::fcmp::<F32, false, true>;
    FCMP_ZERO_D  "0 0 0 11110 01 1 mmmmm 00 1000 nnnnn 01000"  raw, x::fcmp::<F64, false, true>;
    FCMPE_H      "0 0 0 11110 11 1 mmmmm 00 1000 nnnnn 10000"  raw, x::fcmp::<F16, true, false>;
    FCMPE_S      "0 0 0 11110 00 1 mmmmm 00 1000 nnnnn 10000"  raw, x::fcmp::<F32, true, false>;
    FCMPE_D      "0 0 0 11110 01 1 mmmmm 00 1000 nnnnn 10000"  raw, x::fcmp::<F64, true, false>;
    FCMPE_ZERO_H "0 0 0 11110 11 1 mmmmm 00 1000 nnnnn 11000"  raw, x::fcmp::<F16, true, true>;
    FCMPE_ZERO_S "0 0 0 11110 00 1 mmmmm 00 1000 nnnnn 11000"  raw, x::fcmp::<F32, true, true>;
    FCMPE_ZERO_D "0 0 0 11110 01 1 mmmmm 00 1000 nnnnn 11000"  raw, x::fcmp::<F64, true, true>;
    FCCMP_H      "0 0 0 11110 11 1 mmmmm cccc 01 nnnnn 0 ffff" fccmp, x::fccmp::<F16, false>;
    FCCMP_S      "0 0 0 11110 00 1 mmmmm cccc 01 nnnnn 0 ffff" fccmp, x::fccmp::<F32, false>;
    FCCMP_D      "0 0 0 11110 01 1 mmmmm cccc 01 nnnnn 0 ffff" fccmp, x::fccmp::<F64, false>;
    FCCMPE_H     "0 0 0 11110 11 1 mmmmm cccc 01 nnnnn 1 ffff" fccmp, x::fccmp::<F16, true>;
    FCCMPE_S     "0 0 0 11110 00 1 mmmmm cccc 01 nnnnn 1 ffff" fccmp, x::fccmp::<F32, true>;
    FCCMPE_D     "0 0 0 11110 01 1 mmmmm cccc 01 nnnnn 1 ffff" fccmp, x::fccmp::<F64, true>;
    FCSEL_H      "0 0 0 11110 11 1 mmmmm cccc 11 nnnnn ddddd"  cond, x::fcsel::<F16>;
    FCSEL_S      "0 0 0 11110 00 1 mmmmm cccc 11 nnnnn ddddd"  cond, x::fcsel::<F32>;
    FCSEL_D      "0 0 0 11110 01 1 mmmmm cccc 11 nnnnn ddddd"  cond, x::fcsel::<F64>;
    FMOV_IMM_H   "0 0 0 11110 11 1 iiiiiiii 100 00000 ddddd"   imm::<F16>, x::fmov_imm;
    FMOV_IMM_S   "0 0 0 11110 00 1 iiiiiiii 100 00000 ddddd"   imm::<F32>, x::fmov_imm;
    FMOV_IMM_D   "0 0 0 11110 01 1 iiiiiiii 100 00000 ddddd"   imm::<F64>, x::fmov_imm;
}

/// aux = condition.
fn cond(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { aux: bits(w, 15, 12) as u16, ..op })
}

/// aux = condition, imm = the flags if it fails, in bits 31:28.
fn fccmp(w: u32) -> Option<Op> {
    cond(w).map(|op| Op { imm: u64::from(bits(w, 3, 0)) << 28, ..op })
}

/// imm = the number.
fn imm<F: Format>(w: u32) -> Option<Op> {
    raw(w).map(|op| Op { imm: expand_imm::<F>(bits(w, 20, 13)), ..op })
}

/// VFPExpandImm(): sign, three bits of exponent and four of fraction.
pub(super) fn expand_imm<F: Format>(imm8: u32) -> u64 {
    let i = u64::from(imm8);
    let (sign, exp, frac) = (i >> 7 & 1, i >> 4 & 7, i & 15);
    // The exponent runs from -3 to 4; its top bit is stored inverted.
    let biased = (F::BIAS as u64).wrapping_add(exp ^ 4).wrapping_sub(3);
    sign << (F::WIDTH - 1) | biased << F::FRAC | frac << (F::FRAC - 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immediates_expand_to_the_manuals_range() {
        assert_eq!(f64::from_bits(expand_imm::<F64>(0x70)), 1.0);
        assert_eq!(f64::from_bits(expand_imm::<F64>(0x00)), 2.0);
        assert_eq!(f64::from_bits(expand_imm::<F64>(0x3f)), 31.0);
        assert_eq!(f64::from_bits(expand_imm::<F64>(0xc0)), -0.125);
        assert_eq!(f32::from_bits(expand_imm::<F32>(0xf8) as u32), -1.5);
        assert_eq!(expand_imm::<F16>(0x70), 0x3c00);
    }
}
