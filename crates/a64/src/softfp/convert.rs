//! FPConvert(): between half, single and double precision.

use super::format::{Format, signed};
use super::nan::convert_nan;
use super::round::{Rounding, round_cv};
use super::status::{FPCR_AHP, FPCR_DN, Fp, IOC};
use super::unpack::{Kind, unpack_cv};

/// FCVT from `S` to `D`. Everything but FCVTXN (which passes [`Rounding::Odd`]) passes [`Fp::rounding`].
///
/// FPCR.FZ16 has no effect here; FPCR.AHP selects the alternative format on the half-precision side.
#[inline]
pub fn convert<S: Format, D: Format>(fp: &mut Fp, op: S::Bits, rounding: Rounding) -> D::Bits {
    let bits: u64 = op.into();
    let value = unpack_cv::<S>(fp, bits);
    let alternative = D::WIDTH == 16 && fp.has(FPCR_AHP);
    let result = match value.kind {
        Kind::Finite => round_cv::<D>(fp, value.sign, value.mag, rounding),
        Kind::Zero => signed::<D>(value.sign, 0),
        Kind::Infinity if alternative => {
            fp.raise(IOC);
            signed::<D>(value.sign, D::SIGN - 1)
        }
        Kind::Infinity => signed::<D>(value.sign, D::INFINITY),
        Kind::QuietNan | Kind::SignallingNan => {
            if value.kind == Kind::SignallingNan || alternative {
                fp.raise(IOC);
            }
            if alternative {
                signed::<D>(value.sign, 0)
            } else if fp.has(FPCR_DN) {
                D::DEFAULT_NAN
            } else {
                convert_nan::<S, D>(bits)
            }
        }
    };
    D::narrow(result)
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, F64, FPCR_FZ, FPCR_FZ16, IDC, IXC, OFC, UFC};
    use super::*;

    fn to_half(fpcr: u32, op: f32) -> (u16, u32) {
        let mut fp = Fp::new(fpcr, 0);
        let rounding = fp.rounding();
        (convert::<F32, F16>(&mut fp, op.to_bits(), rounding), fp.fpsr)
    }

    fn from_half(fpcr: u32, op: u16) -> (f32, u32) {
        let mut fp = Fp::new(fpcr, 0);
        let rounding = fp.rounding();
        (f32::from_bits(convert::<F16, F32>(&mut fp, op, rounding)), fp.fpsr)
    }

    #[test]
    fn widening_is_exact_for_denormals_whatever_the_flush_bits() {
        assert_eq!(from_half(FPCR_FZ | FPCR_FZ16, 1), (2f32.powi(-24), 0));
        assert_eq!(from_half(0, 0xbc00), (-1.0, 0));
    }

    #[test]
    fn narrowing_overflows_to_infinity() {
        assert_eq!(to_half(0, 65504.0), (0x7bff, 0));
        assert_eq!(to_half(0, 65520.0), (0x7c00, OFC | IXC));
    }

    #[test]
    fn narrowing_ignores_fz16_for_its_result() {
        assert_eq!(to_half(FPCR_FZ16, 2f32.powi(-24)), (1, 0));
        assert_eq!(to_half(FPCR_FZ16, 2f32.powi(-26)), (0, UFC | IXC));
    }

    #[test]
    fn fz_flushes_a_single_on_either_side() {
        assert_eq!(to_half(FPCR_FZ, f32::from_bits(1)), (0, IDC));
        let mut fp = Fp::new(FPCR_FZ, 0);
        assert_eq!(convert::<F64, F32>(&mut fp, 1e-40f64.to_bits(), Rounding::TieEven), 0);
        assert_eq!(fp.fpsr, UFC);
    }

    #[test]
    fn the_alternative_format_reaches_131008_and_has_no_specials() {
        assert_eq!(to_half(FPCR_AHP, 131_008.0), (0x7fff, 0));
        assert_eq!(to_half(FPCR_AHP, 65536.0), (0x7c00, 0));
        assert_eq!(to_half(FPCR_AHP, -131_072.0), (0xffff, IOC));
        assert_eq!(to_half(FPCR_AHP, f32::INFINITY), (0x7fff, IOC));
        assert_eq!(to_half(FPCR_AHP, f32::from_bits(0xffc0_0000)), (0x8000, IOC));
        assert_eq!(from_half(FPCR_AHP, 0x7fff), (131_008.0, 0));
    }

    #[test]
    fn round_to_odd_never_lands_on_a_tie() {
        let mut fp = Fp::new(0, 0);
        let value = 1.0 + 2f64.powi(-40);
        assert_eq!(convert::<F64, F32>(&mut fp, value.to_bits(), Rounding::Odd), 0x3f80_0001);
        assert_eq!(convert::<F64, F32>(&mut fp, 1e300f64.to_bits(), Rounding::Odd), 0x7f7f_ffff);
        assert_eq!(convert::<F64, F32>(&mut fp, 1e-300f64.to_bits(), Rounding::Odd), 1);
    }

    #[test]
    fn nans_are_quietened_or_defaulted() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(convert::<F32, F64>(&mut fp, 0xff80_0001, Rounding::TieEven), 0xfff8_0000_2000_0000);
        assert_eq!(fp.fpsr, IOC);
        fp = Fp::new(FPCR_DN, 0);
        assert_eq!(convert::<F32, F64>(&mut fp, 0xffc0_0001, Rounding::TieEven), F64::DEFAULT_NAN);
        assert_eq!(fp.fpsr, 0);
    }
}
