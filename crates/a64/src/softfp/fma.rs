//! FPMulAdd, FPMulAddH, FPRecipStepFused and FPRSqrtStepFused: a product and a sum with one rounding.

use super::format::{F16, F32, Format, signed};
use super::nan::{convert_nan, invalid, process_nan, process_nans};
use super::round::{exact_zero, round};
use super::status::Fp;
use super::unpack::{Kind, Magnitude, Unpacked, unpack};

/// FMADD and FMLA: `addend + op1 * op2`. FMSUB, FNMADD, FNMSUB and FMLS negate operands first, as the instruction says.
#[inline]
pub fn mul_add<F: Format>(fp: &mut Fp, addend: F::Bits, op1: F::Bits, op2: F::Bits) -> F::Bits {
    let (c, a, b): (u64, u64, u64) = (addend.into(), op1.into(), op2.into());
    let uc = unpack::<F>(fp, c);
    let ua = unpack::<F>(fp, a);
    let ub = unpack::<F>(fp, b);
    let result = if uc.is_finite() && ua.is_finite() && ub.is_finite() {
        let sum = fused(uc, product(ua, ub));
        round_sum::<F>(fp, sum)
    } else {
        let nan = process_nans::<F, 3>(fp, [(uc, c), (ua, a), (ub, b)]);
        special::<F>(fp, nan, uc, ua, ub)
    };
    F::narrow(result)
}

/// FMLAL (FPMulAddH): a single-precision `addend` plus the product of two half-precision numbers. FMLSL negates `op1`
/// first.
pub fn mul_add_long(fp: &mut Fp, addend: u32, op1: u16, op2: u16) -> u32 {
    let (c, a, b) = (u64::from(addend), u64::from(op1), u64::from(op2));
    let uc = unpack::<F32>(fp, c);
    let ua = unpack::<F16>(fp, a);
    let ub = unpack::<F16>(fp, b);
    let result = if uc.is_finite() && ua.is_finite() && ub.is_finite() {
        let sum = fused(uc, product(ua, ub));
        round_sum::<F32>(fp, sum)
    } else {
        let nan = process_nans_long(fp, (uc, c), (ua, a), (ub, b));
        special::<F32>(fp, nan, uc, ua, ub)
    };
    result as u32
}

/// FRECPS: `2 - op1 * op2`, with zero times infinity taken as zero.
pub fn recip_step_fused<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    let two = Magnitude { exp: 1, sig: 1 << 63 };
    F::narrow(step::<F>(fp, op1.into(), op2.into(), two, F::TWO, 0))
}

/// FRSQRTS: `(3 - op1 * op2) / 2`, with zero times infinity taken as zero.
pub fn rsqrt_step_fused<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    let three = Magnitude { exp: 1, sig: 3 << 62 };
    F::narrow(step::<F>(fp, op1.into(), op2.into(), three, F::ONE_POINT_FIVE, 1))
}

/// `(constant - op1 * op2) / 2^halvings`; `at_zero` is its value for a product of zero.
#[inline]
fn step<F: Format>(fp: &mut Fp, op1: u64, op2: u64, constant: Magnitude, at_zero: u64, halvings: i32) -> u64 {
    // The negation comes first, so it shows in a propagated NaN.
    let op1 = op1 ^ F::SIGN;
    let a = unpack::<F>(fp, op1);
    let b = unpack::<F>(fp, op2);
    if a.is_finite() && b.is_finite() {
        let constant = Unpacked { kind: Kind::Finite, sign: false, mag: constant };
        let mut sum = fused(constant, product(a, b));
        if let Some((_, mag)) = &mut sum {
            mag.exp -= halvings;
        }
        return round_sum::<F>(fp, sum);
    }
    if let Some(nan) = process_nans::<F, 2>(fp, [(a, op1), (b, op2)]) {
        nan
    } else if a.is_zero() || b.is_zero() {
        at_zero
    } else {
        signed::<F>(a.sign != b.sign, F::INFINITY)
    }
}

/// An exact product: significand with its leading one at bit 127, worth 2^`exp`.
struct Product {
    sign: bool,
    exp: i32,
    sig: u128,
}

#[inline]
fn product(a: Unpacked, b: Unpacked) -> Product {
    let sig = u128::from(a.mag.sig) * u128::from(b.mag.sig);
    let shift = sig.leading_zeros();
    Product { sign: a.sign != b.sign, exp: a.mag.exp + b.mag.exp + 1 - shift as i32, sig: sig << shift }
}

/// The sum of two nonzero numbers, exact but for a sticky lowest bit; `None` if they cancel.
///
/// The product has at most 106 significant bits, so it can give up one bit for the carry and one for alignment
/// without loss; only larger shifts, which leave at most one leading zero after a subtraction, become sticky.
#[inline]
fn fused(addend: Unpacked, product: Product) -> Option<(bool, Magnitude)> {
    let c = (addend.mag.exp, u128::from(addend.mag.sig) << 64, addend.sign);
    let p = (product.exp, product.sig, product.sign);
    let (large, small) = if (c.0, c.1) >= (p.0, p.1) { (c, p) } else { (p, c) };
    let distance = (large.0 - small.0) as u32;
    let aligned = small.1 >> 1;
    let aligned = if distance == 0 {
        aligned
    } else if distance < 128 {
        (aligned >> distance) | u128::from(aligned << (128 - distance) != 0)
    } else {
        1
    };
    let sum = if large.2 == small.2 { (large.1 >> 1) + aligned } else { (large.1 >> 1) - aligned };
    if sum == 0 {
        return None;
    }
    let shift = sum.leading_zeros();
    let sum = sum << shift;
    let sig = (sum >> 64) as u64 | u64::from(sum as u64 != 0);
    Some((large.2, Magnitude { exp: large.0 + 1 - shift as i32, sig }))
}

#[inline]
fn round_sum<F: Format>(fp: &mut Fp, sum: Option<(bool, Magnitude)>) -> u64 {
    match sum {
        Some((sign, mag)) => round::<F>(fp, sign, mag),
        None => exact_zero::<F>(fp),
    }
}

/// FPMulAdd() once NaN operands have been looked for, when an operand is not a nonzero finite number.
#[cold]
#[inline(never)]
fn special<F: Format>(fp: &mut Fp, nan: Option<u64>, c: Unpacked, a: Unpacked, b: Unpacked) -> u64 {
    let zero_times_infinity = (a.is_zero() && b.is_infinite()) || (a.is_infinite() && b.is_zero());
    if let Some(nan) = nan {
        // A quiet NaN addend does not hide an invalid product.
        return if c.kind == Kind::QuietNan && zero_times_infinity { invalid::<F>(fp) } else { nan };
    }
    let product_sign = a.sign != b.sign;
    let product_infinite = a.is_infinite() || b.is_infinite();
    if zero_times_infinity || (c.is_infinite() && product_infinite && c.sign != product_sign) {
        invalid::<F>(fp)
    } else if c.is_infinite() {
        signed::<F>(c.sign, F::INFINITY)
    } else if product_infinite {
        signed::<F>(product_sign, F::INFINITY)
    } else if a.is_finite() && b.is_finite() {
        // The addend is zero.
        let product = product(a, b);
        let sig = (product.sig >> 64) as u64 | u64::from(product.sig as u64 != 0);
        round::<F>(fp, product.sign, Magnitude { exp: product.exp, sig })
    } else if c.is_finite() {
        round::<F>(fp, c.sign, c.mag)
    } else if c.sign == product_sign {
        signed::<F>(c.sign, 0)
    } else {
        exact_zero::<F>(fp)
    }
}

/// FPProcessNaNs3H(): operand order as in FPProcessNaNs3(), half-precision NaNs widened.
#[cold]
fn process_nans_long(fp: &mut Fp, c: (Unpacked, u64), a: (Unpacked, u64), b: (Unpacked, u64)) -> Option<u64> {
    for wanted in [Kind::SignallingNan, Kind::QuietNan] {
        if c.0.kind == wanted {
            return Some(process_nan::<F32>(fp, wanted, c.1));
        }
        for (operand, bits) in [a, b] {
            if operand.kind == wanted {
                return Some(convert_nan::<F16, F32>(process_nan::<F16>(fp, wanted, bits)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{F64, FPCR_DN, FPCR_RMODE_SHIFT, IOC, IXC};
    use super::*;

    fn double(fpcr: u32, c: u64, a: u64, b: u64) -> (u64, u32) {
        let mut fp = Fp::new(fpcr, 0);
        (mul_add::<F64>(&mut fp, c, a, b), fp.fpsr)
    }

    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const INFINITY: u64 = F64::INFINITY;
    const QUIET: u64 = 0xfff8_0000_0000_0001;
    const SIGNALLING: u64 = 0x7ff0_0000_0000_0002;

    #[test]
    fn the_product_is_not_rounded() {
        let almost = ONE + 1;
        let (square, flags) = double(0, (-1f64).to_bits(), almost, almost);
        assert_eq!(f64::from_bits(square), f64::from_bits(almost).mul_add(f64::from_bits(almost), -1.0));
        assert_eq!(flags, IXC);
    }

    #[test]
    fn an_invalid_product_beats_a_quiet_nan_addend() {
        assert_eq!(double(0, QUIET, 0, INFINITY), (F64::DEFAULT_NAN, IOC));
        assert_eq!(double(0, QUIET, ONE, INFINITY), (QUIET, 0));
    }

    #[test]
    fn a_signalling_addend_beats_an_invalid_product() {
        assert_eq!(double(0, SIGNALLING, 0, INFINITY), (SIGNALLING | F64::QUIET, IOC));
        assert_eq!(double(FPCR_DN, SIGNALLING, 0, INFINITY), (F64::DEFAULT_NAN, IOC));
    }

    #[test]
    fn the_addend_comes_first_among_nans() {
        assert_eq!(double(0, QUIET, QUIET + 1, QUIET + 2), (QUIET, 0));
        assert_eq!(double(0, QUIET, ONE, SIGNALLING), (SIGNALLING | F64::QUIET, IOC));
    }

    #[test]
    fn signs_of_zero_sums() {
        let minus_zero = F64::SIGN;
        assert_eq!(double(0, minus_zero, minus_zero, ONE), (minus_zero, 0));
        assert_eq!(double(0, 0, minus_zero, ONE), (0, 0));
        assert_eq!(double(2 << FPCR_RMODE_SHIFT, 0, minus_zero, ONE), (minus_zero, 0));
    }

    #[test]
    fn a_product_infinity_meets_an_opposite_addend() {
        assert_eq!(double(0, INFINITY | F64::SIGN, INFINITY, ONE), (F64::DEFAULT_NAN, IOC));
        assert_eq!(double(0, INFINITY, INFINITY, ONE), (INFINITY, 0));
    }

    #[test]
    fn reciprocal_steps_at_their_fixed_points() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(recip_step_fused::<F32>(&mut fp, 0, 0x7f80_0000), 2f32.to_bits());
        assert_eq!(rsqrt_step_fused::<F32>(&mut fp, 0xff80_0000, 0), 1.5f32.to_bits());
        assert_eq!(recip_step_fused::<F32>(&mut fp, 2f32.to_bits(), 0.5f32.to_bits()), 1f32.to_bits());
        assert_eq!(rsqrt_step_fused::<F32>(&mut fp, 1f32.to_bits(), 5f32.to_bits()), (-1f32).to_bits());
        assert_eq!(fp.fpsr, 0);
    }

    #[test]
    fn reciprocal_steps_negate_a_propagated_nan() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(recip_step_fused::<F32>(&mut fp, 0x7fc0_0001, 0), 0xffc0_0001);
        assert_eq!(recip_step_fused::<F32>(&mut fp, 0, 0x7fc0_0001), 0x7fc0_0001);
    }

    #[test]
    fn the_long_form_widens_its_factors() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(mul_add_long(&mut fp, 1f32.to_bits(), 0x4000, 0x4200), 7f32.to_bits());
        assert_eq!(mul_add_long(&mut fp, 0, 0x7c01, 0), 0x7fc0_2000);
        assert_eq!(fp.fpsr, IOC);
    }
}
