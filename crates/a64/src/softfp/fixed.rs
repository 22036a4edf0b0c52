//! FPToFixed, FixedToFP and FPToFixedJS: between floating point and integers or fixed point.

use super::F64;
use super::format::Format;
use super::round::{Rounding, round};
use super::status::{Fp, IOC, IXC};
use super::unpack::{Kind, Magnitude, unpack};

/// FCVTxS and FCVTxU: `op` times 2^`fbits`, rounded to an integer of `width` bits (16, 32 or 64) and saturated.
///
/// The result is in the low `width` bits, the others zero. NaNs give zero.
#[inline]
pub fn to_fixed<F: Format>(
    fp: &mut Fp,
    op: F::Bits,
    fbits: u32,
    unsigned: bool,
    rounding: Rounding,
    width: u32,
) -> u64 {
    let value = unpack::<F>(fp, op.into());
    let mask = u64::MAX >> (64 - width);
    let (largest_positive, largest_negative) = if unsigned { (mask, 0) } else { (mask >> 1, (mask >> 1) + 1) };
    let limit = if value.sign { largest_negative } else { largest_positive };
    let int = match value.kind {
        Kind::Zero => 0,
        Kind::QuietNan | Kind::SignallingNan => {
            fp.raise(IOC);
            0
        }
        Kind::Infinity => {
            fp.raise(IOC);
            limit
        }
        Kind::Finite => {
            let scaled = Magnitude { exp: value.mag.exp + fbits as i32, ..value.mag };
            match to_integer(scaled, value.sign, rounding) {
                Some((int, exact)) if int <= limit => {
                    if !exact {
                        fp.raise(IXC);
                    }
                    int
                }
                _ => {
                    fp.raise(IOC);
                    limit
                }
            }
        }
    };
    (if value.sign { int.wrapping_neg() } else { int }) & mask
}

/// The magnitude rounded to an integer, and whether that was exact; `None` from 2^64 up.
#[inline]
pub(super) fn to_integer(mag: Magnitude, sign: bool, rounding: Rounding) -> Option<(u64, bool)> {
    // `rem` holds the fraction in units of 2^-64, with a sticky lowest bit.
    let (int, rem) = match mag.exp {
        63 => (mag.sig, 0),
        0..=62 => (mag.sig >> (63 - mag.exp), mag.sig << (mag.exp + 1)),
        -1 => (0, mag.sig),
        64.. => return None,
        _ => (0, 1),
    };
    let int = int.checked_add(u64::from(rounding.grows(sign, int, rem, 1 << 63)))?;
    Some((int, rem == 0))
}

/// SCVTF and UCVTF: the integer in the low `width` bits (16, 32 or 64) of `op`, divided by 2^`fbits` and rounded in
/// the mode of FPCR.
#[inline]
pub fn from_fixed<F: Format>(fp: &mut Fp, op: u64, fbits: u32, unsigned: bool, width: u32) -> F::Bits {
    let top = 64 - width;
    let (sign, magnitude) = if unsigned {
        (false, (op << top) >> top)
    } else {
        let value = ((op << top) as i64) >> top;
        (value < 0, value.unsigned_abs())
    };
    if magnitude == 0 {
        return F::narrow(0);
    }
    let shift = magnitude.leading_zeros();
    let mag = Magnitude { exp: 63 - shift as i32 - fbits as i32, sig: magnitude << shift };
    F::narrow(round::<F>(fp, sign, mag))
}

/// FJCVTZS: `op` rounded toward zero and reduced modulo 2^32, and the Z flag: true when that is the exact value of a
/// number other than minus zero.
pub fn to_fixed_js(fp: &mut Fp, op: u64) -> (u32, bool) {
    let value = unpack::<F64>(fp, op);
    let mag = match value.kind {
        Kind::Finite => value.mag,
        // A flushed denormal is a zero whose pattern is not; neither it nor minus zero counts as exact.
        Kind::Zero => return (0, op == 0),
        Kind::Infinity | Kind::QuietNan | Kind::SignallingNan => {
            fp.raise(IOC);
            return (0, false);
        }
    };
    let (low, in_range, exact) = match to_integer(mag, value.sign, Rounding::Zero) {
        Some((int, exact)) => (int, int <= (1 << 31) - u64::from(!value.sign), exact),
        // The 53 significant bits of a number this large lie above bit 11; from 2^84 on, above bit 31.
        None => (mag.sig.checked_shl((mag.exp - 63) as u32).unwrap_or(0), false, true),
    };
    if !in_range {
        fp.raise(IOC);
    } else if !exact {
        fp.raise(IXC);
    }
    let low = low as u32;
    (if value.sign { low.wrapping_neg() } else { low }, in_range && exact)
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, FPCR_FZ, FPCR_FZ16, FPCR_RMODE_SHIFT, IDC, OFC, UFC};
    use super::*;

    fn signed32(op: f64, rounding: Rounding) -> (i32, u32) {
        let mut fp = Fp::new(0, 0);
        (to_fixed::<F64>(&mut fp, op.to_bits(), 0, false, rounding, 32) as i32, fp.fpsr)
    }

    #[test]
    fn each_rounding_of_a_negative_tie() {
        let results = [Rounding::TieEven, Rounding::TieAway, Rounding::PosInf, Rounding::NegInf, Rounding::Zero]
            .map(|rounding| signed32(-2.5, rounding));
        assert_eq!(results, [(-2, IXC), (-3, IXC), (-2, IXC), (-3, IXC), (-2, IXC)]);
    }

    #[test]
    fn saturation_is_invalid_and_not_inexact() {
        assert_eq!(signed32(3e9, Rounding::Zero), (i32::MAX, IOC));
        assert_eq!(signed32(-2_147_483_648.5, Rounding::Zero), (i32::MIN, IXC));
        assert_eq!(signed32(-2_147_483_649.0, Rounding::Zero), (i32::MIN, IOC));
        assert_eq!(signed32(f64::NAN, Rounding::Zero), (0, IOC));
        assert_eq!(signed32(f64::NEG_INFINITY, Rounding::Zero), (i32::MIN, IOC));
    }

    #[test]
    fn unsigned_conversions_stop_at_zero() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(to_fixed::<F64>(&mut fp, (-0.75f64).to_bits(), 0, true, Rounding::Zero, 64), 0);
        assert_eq!(fp.fpsr, IXC);
        assert_eq!(to_fixed::<F64>(&mut fp, (-0.75f64).to_bits(), 0, true, Rounding::TieEven, 64), 0);
        assert_eq!(fp.fpsr, IXC | IOC);
    }

    #[test]
    fn the_full_unsigned_range_is_reachable() {
        let mut fp = Fp::new(0, 0);
        let below = 2f64.powi(64).to_bits() - 1;
        assert_eq!(to_fixed::<F64>(&mut fp, below, 0, true, Rounding::Zero, 64), u64::MAX << 11);
        assert_eq!(fp.fpsr, 0);
        assert_eq!(to_fixed::<F64>(&mut fp, below + 1, 0, true, Rounding::Zero, 64), u64::MAX);
        assert_eq!(fp.fpsr, IOC);
    }

    #[test]
    fn fraction_bits_scale_both_ways() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(to_fixed::<F32>(&mut fp, 1.25f32.to_bits(), 8, false, Rounding::Zero, 16), 320);
        assert_eq!(from_fixed::<F32>(&mut fp, 320, 8, false, 16), 1.25f32.to_bits());
        assert_eq!(from_fixed::<F64>(&mut fp, u64::from(u32::MAX), 0, false, 32), (-1f64).to_bits());
        assert_eq!(from_fixed::<F64>(&mut fp, i64::MIN as u64, 0, false, 64), (-(2f64.powi(63))).to_bits());
        assert_eq!(fp.fpsr, 0);
    }

    #[test]
    fn integers_too_large_for_half_precision_overflow() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(from_fixed::<F16>(&mut fp, 70000, 0, true, 32), 0x7c00);
        assert_eq!(fp.fpsr, OFC | IXC);
    }

    #[test]
    fn tiny_fixed_point_numbers_are_flushed_by_fz16() {
        let mut fp = Fp::new(FPCR_FZ16, 0);
        assert_eq!(from_fixed::<F16>(&mut fp, 1, 20, true, 32), 0);
        assert_eq!(fp.fpsr, UFC);
    }

    #[test]
    fn integers_round_in_the_mode_of_fpcr() {
        let mut fp = Fp::new(1 << FPCR_RMODE_SHIFT, 0);
        assert_eq!(from_fixed::<F32>(&mut fp, (1 << 24) + 1, 0, true, 32), ((1 << 24) as f32).to_bits() + 1);
        assert_eq!(fp.fpsr, IXC);
    }

    #[test]
    fn javascript_conversion_wraps() {
        let js = |op: f64| {
            let mut fp = Fp::new(0, 0);
            let (result, z) = to_fixed_js(&mut fp, op.to_bits());
            (result, z, fp.fpsr)
        };
        assert_eq!(js(-1.0), (u32::MAX, true, 0));
        assert_eq!(js(1.5), (1, false, IXC));
        assert_eq!(js(-0.0), (0, false, 0));
        assert_eq!(js(4_294_967_297.0), (1, false, IOC));
        assert_eq!(js(-2_147_483_648.0), (1 << 31, true, 0));
        assert_eq!(js(2_147_483_648.0), (1 << 31, false, IOC));
        assert_eq!(js(2f64.powi(83)), (0, false, IOC));
        assert_eq!(js(f64::from_bits((1023 + 83) << 52 | 1)), (1 << 31, false, IOC));
        assert_eq!(js(2f64.powi(200)), (0, false, IOC));
        assert_eq!(js(f64::NAN), (0, false, IOC));
    }

    #[test]
    fn javascript_conversion_of_a_flushed_denormal_is_not_exact() {
        let mut fp = Fp::new(FPCR_FZ, 0);
        assert_eq!(to_fixed_js(&mut fp, 1), (0, false));
        assert_eq!(fp.fpsr, IDC);
    }
}
