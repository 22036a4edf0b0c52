//! FPRoundInt and FPRoundIntN: to an integral value in the same format.

use super::fixed::to_integer;
use super::format::{Format, signed};
use super::nan::process_nan;
use super::round::{Rounding, round_as};
use super::status::{Fp, IOC, IXC};
use super::unpack::{Kind, Magnitude, unpack};

/// The integer range that FRINT32x and FRINT64x round into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntSize {
    /// Signed 32-bit.
    Bits32,
    /// Signed 64-bit.
    Bits64,
}

/// FRINTA, FRINTI, FRINTM, FRINTN, FRINTP, FRINTX and FRINTZ: `op` rounded to an integral value. `exact` (FRINTX)
/// raises Inexact when the value changes.
#[inline]
pub fn round_int<F: Format>(fp: &mut Fp, op: F::Bits, rounding: Rounding, exact: bool) -> F::Bits {
    let bits: u64 = op.into();
    let value = unpack::<F>(fp, bits);
    let result = match value.kind {
        Kind::QuietNan | Kind::SignallingNan => process_nan::<F>(fp, value.kind, bits),
        Kind::Infinity => bits,
        Kind::Zero => signed::<F>(value.sign, 0),
        // `None` is a value too large to have a fraction.
        Kind::Finite => match to_integer(value.mag, value.sign, rounding) {
            Some((int, unchanged)) if !unchanged => {
                if exact {
                    fp.raise(IXC);
                }
                integral::<F>(fp, value.sign, int)
            }
            _ => bits,
        },
    };
    F::narrow(result)
}

/// FRINT32X, FRINT32Z, FRINT64X and FRINT64Z: `op` rounded to an integral value that fits `size`. Anything that does
/// not fit, NaNs included, gives the most negative integer and Invalid Operation. Defined for single and double
/// precision only.
#[inline]
pub fn round_int_n<F: Format>(fp: &mut Fp, op: F::Bits, rounding: Rounding, size: IntSize) -> F::Bits {
    let bits: u64 = op.into();
    let value = unpack::<F>(fp, bits);
    let largest = match size {
        IntSize::Bits32 => (1u64 << 31) - u64::from(!value.sign),
        IntSize::Bits64 => (1u64 << 63) - u64::from(!value.sign),
    };
    let rounded = match value.kind {
        Kind::Zero => Some((0, true)),
        Kind::Finite => to_integer(value.mag, value.sign, rounding).filter(|&(int, _)| int <= largest),
        Kind::Infinity | Kind::QuietNan | Kind::SignallingNan => None,
    };
    let result = match rounded {
        Some((int, unchanged)) => {
            if !unchanged {
                fp.raise(IXC);
            }
            integral::<F>(fp, value.sign, int)
        }
        None => {
            fp.raise(IOC);
            let exp = match size {
                IntSize::Bits32 => 31,
                IntSize::Bits64 => 63,
            };
            signed::<F>(true, ((F::BIAS + exp) as u64) << F::FRAC)
        }
    };
    F::narrow(result)
}

/// The pattern of an integer the format represents exactly.
#[inline]
fn integral<F: Format>(fp: &mut Fp, sign: bool, int: u64) -> u64 {
    if int == 0 {
        return signed::<F>(sign, 0);
    }
    let shift = int.leading_zeros();
    round_as::<F>(fp, sign, Magnitude { exp: 63 - shift as i32, sig: int << shift }, Rounding::Zero)
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, F64, FPCR_FZ, IDC};
    use super::*;

    fn single(op: f32, rounding: Rounding, exact: bool) -> (f32, u32) {
        let mut fp = Fp::new(0, 0);
        (f32::from_bits(round_int::<F32>(&mut fp, op.to_bits(), rounding, exact)), fp.fpsr)
    }

    #[test]
    fn each_rounding_of_a_tie() {
        assert_eq!(single(2.5, Rounding::TieEven, false), (2.0, 0));
        assert_eq!(single(2.5, Rounding::TieAway, false), (3.0, 0));
        assert_eq!(single(-2.5, Rounding::TieAway, false), (-3.0, 0));
        assert_eq!(single(-2.5, Rounding::PosInf, false), (-2.0, 0));
        assert_eq!(single(-2.5, Rounding::NegInf, false), (-3.0, 0));
    }

    #[test]
    fn only_frintx_is_inexact() {
        assert_eq!(single(0.1, Rounding::TieEven, true), (0.0, IXC));
        assert_eq!(single(3.0, Rounding::TieEven, true), (3.0, 0));
        assert_eq!(single(1e30, Rounding::TieEven, true), (1e30, 0));
    }

    #[test]
    fn zero_results_keep_the_sign() {
        assert_eq!(single(-0.25, Rounding::TieEven, false).0.to_bits(), 0x8000_0000);
        let mut fp = Fp::new(FPCR_FZ, 0);
        assert_eq!(round_int::<F32>(&mut fp, 0x8000_0001, Rounding::NegInf, true), 0x8000_0000);
        assert_eq!(fp.fpsr, IDC);
    }

    #[test]
    fn half_precision_nans_are_quietened() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(round_int::<F16>(&mut fp, 0xfc01, Rounding::Zero, false), 0xfe01);
        assert_eq!(fp.fpsr, IOC);
    }

    #[test]
    fn bounded_rounding_gives_the_most_negative_integer() {
        let mut fp = Fp::new(0, 0);
        for op in [2_147_483_648.0f64, -2_147_483_649.0, f64::NAN, f64::INFINITY] {
            fp.fpsr = 0;
            let result = round_int_n::<F64>(&mut fp, op.to_bits(), Rounding::Zero, IntSize::Bits32);
            assert_eq!((f64::from_bits(result), fp.fpsr), (-2_147_483_648.0, IOC));
        }
    }

    #[test]
    fn bounded_rounding_in_range_is_inexact_when_it_changes_the_value() {
        let mut fp = Fp::new(0, 0);
        let op = (-2_147_483_648.5f64).to_bits();
        let result = round_int_n::<F64>(&mut fp, op, Rounding::Zero, IntSize::Bits32);
        assert_eq!((f64::from_bits(result), fp.fpsr), (-2_147_483_648.0, IXC));
        fp.fpsr = 0;
        let op = (-(2f32.powi(63))).to_bits();
        assert_eq!(round_int_n::<F32>(&mut fp, op, Rounding::Zero, IntSize::Bits64), op);
        assert_eq!(fp.fpsr, 0);
    }
}
