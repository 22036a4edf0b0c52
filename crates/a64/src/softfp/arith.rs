//! FPAdd, FPSub, FPMul, FPMulX, FPDiv, FPSqrt, and the sign operations.

use super::format::{Format, signed};
use super::nan::{invalid, process_nan, process_nans};
use super::round::{exact_zero, round, shift_right_sticky};
use super::status::{DZC, Fp};
use super::unpack::{Kind, Magnitude, Unpacked, unpack};

/// FADD: `op1 + op2`.
#[inline]
pub fn add<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    F::narrow(add_signed::<F>(fp, op1.into(), op2.into(), false))
}

/// FSUB: `op1 - op2`. A NaN in `op2` keeps its sign.
#[inline]
pub fn sub<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    F::narrow(add_signed::<F>(fp, op1.into(), op2.into(), true))
}

/// FMUL: `op1 * op2`.
#[inline]
pub fn mul<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    F::narrow(mul_base::<F>(fp, op1.into(), op2.into(), false))
}

/// FMULX: like [`mul`], but zero times infinity is two with the product's sign, and no exception.
#[inline]
pub fn mulx<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    F::narrow(mul_base::<F>(fp, op1.into(), op2.into(), true))
}

/// FNMUL: the result of [`mul`], NaNs included, with its sign inverted after rounding.
#[inline]
pub fn nmul<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    F::narrow(mul_base::<F>(fp, op1.into(), op2.into(), false) ^ F::SIGN)
}

/// FNEG: inverts the sign bit of anything, NaNs included. No exceptions.
#[inline]
#[must_use]
pub fn neg<F: Format>(op: F::Bits) -> F::Bits {
    F::narrow(op.into() ^ F::SIGN)
}

/// FABS: clears the sign bit of anything, NaNs included. No exceptions.
#[inline]
#[must_use]
pub fn abs<F: Format>(op: F::Bits) -> F::Bits {
    F::narrow(op.into() & !F::SIGN)
}

#[inline]
fn add_signed<F: Format>(fp: &mut Fp, a: u64, b: u64, negate: bool) -> u64 {
    let ua = unpack::<F>(fp, a);
    let mut ub = unpack::<F>(fp, b);
    ub.sign ^= negate;
    if !(ua.is_finite() && ub.is_finite()) {
        return add_special::<F>(fp, (ua, a), (ub, b));
    }
    let (large, small) = if (ua.mag.exp, ua.mag.sig) >= (ub.mag.exp, ub.mag.sig) { (ua, ub) } else { (ub, ua) };
    // One bit of room at the top for the carry.
    let large_sig = large.mag.sig >> 1;
    let small_sig = shift_right_sticky(small.mag.sig >> 1, (large.mag.exp - small.mag.exp) as u32);
    let sum = if ua.sign == ub.sign { large_sig + small_sig } else { large_sig - small_sig };
    if sum == 0 {
        return exact_zero::<F>(fp);
    }
    let shift = sum.leading_zeros();
    round::<F>(fp, large.sign, Magnitude { exp: large.mag.exp + 1 - shift as i32, sig: sum << shift })
}

/// A sum with an operand that is not a nonzero finite number. `b` has its sign already inverted for a subtraction.
#[cold]
#[inline(never)]
fn add_special<F: Format>(fp: &mut Fp, a: (Unpacked, u64), b: (Unpacked, u64)) -> u64 {
    if let Some(nan) = process_nans::<F, 2>(fp, [a, b]) {
        return nan;
    }
    let (a, b) = (a.0, b.0);
    if a.is_infinite() && b.is_infinite() && a.sign != b.sign {
        invalid::<F>(fp)
    } else if a.is_infinite() {
        signed::<F>(a.sign, F::INFINITY)
    } else if b.is_infinite() {
        signed::<F>(b.sign, F::INFINITY)
    } else if a.is_finite() {
        round::<F>(fp, a.sign, a.mag)
    } else if b.is_finite() {
        round::<F>(fp, b.sign, b.mag)
    } else if a.sign == b.sign {
        signed::<F>(a.sign, 0)
    } else {
        exact_zero::<F>(fp)
    }
}

#[inline]
fn mul_base<F: Format>(fp: &mut Fp, a: u64, b: u64, extended: bool) -> u64 {
    let ua = unpack::<F>(fp, a);
    let ub = unpack::<F>(fp, b);
    if !(ua.is_finite() && ub.is_finite()) {
        return mul_special::<F>(fp, (ua, a), (ub, b), extended);
    }
    let product = u128::from(ua.mag.sig) * u128::from(ub.mag.sig);
    let high = (product >> 64) as u64 | u64::from(product as u64 != 0);
    let shift = high.leading_zeros();
    let exp = ua.mag.exp + ub.mag.exp + 1 - shift as i32;
    round::<F>(fp, ua.sign != ub.sign, Magnitude { exp, sig: high << shift })
}

#[cold]
#[inline(never)]
fn mul_special<F: Format>(fp: &mut Fp, a: (Unpacked, u64), b: (Unpacked, u64), extended: bool) -> u64 {
    if let Some(nan) = process_nans::<F, 2>(fp, [a, b]) {
        return nan;
    }
    let (a, b) = (a.0, b.0);
    let sign = a.sign != b.sign;
    if (a.is_infinite() && b.is_zero()) || (a.is_zero() && b.is_infinite()) {
        if extended { signed::<F>(sign, F::TWO) } else { invalid::<F>(fp) }
    } else if a.is_infinite() || b.is_infinite() {
        signed::<F>(sign, F::INFINITY)
    } else {
        signed::<F>(sign, 0)
    }
}

/// FDIV: `op1 / op2`.
#[inline]
pub fn div<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    let (a, b): (u64, u64) = (op1.into(), op2.into());
    let ua = unpack::<F>(fp, a);
    let ub = unpack::<F>(fp, b);
    if !(ua.is_finite() && ub.is_finite()) {
        return F::narrow(div_special::<F>(fp, (ua, a), (ub, b)));
    }
    // Both quotients are scaled so that bit 63 is set exactly when the dividend's significand is not the smaller.
    let quotient = if F::FRAC <= 23 {
        let (dividend, divisor) = (ua.mag.sig >> 1, ub.mag.sig >> 32);
        ((dividend / divisor) << 32) | u64::from(dividend % divisor != 0)
    } else {
        let (dividend, divisor) = (u128::from(ua.mag.sig) << 63, u128::from(ub.mag.sig));
        let quotient = dividend / divisor;
        quotient as u64 | u64::from(quotient * divisor != dividend)
    };
    let shift = quotient.leading_zeros();
    let mag = Magnitude { exp: ua.mag.exp - ub.mag.exp - shift as i32, sig: quotient << shift };
    F::narrow(round::<F>(fp, ua.sign != ub.sign, mag))
}

#[cold]
#[inline(never)]
fn div_special<F: Format>(fp: &mut Fp, a: (Unpacked, u64), b: (Unpacked, u64)) -> u64 {
    if let Some(nan) = process_nans::<F, 2>(fp, [a, b]) {
        return nan;
    }
    let (a, b) = (a.0, b.0);
    let sign = a.sign != b.sign;
    if (a.is_infinite() && b.is_infinite()) || (a.is_zero() && b.is_zero()) {
        invalid::<F>(fp)
    } else if a.is_infinite() {
        signed::<F>(sign, F::INFINITY)
    } else if b.is_zero() {
        fp.raise(DZC);
        signed::<F>(sign, F::INFINITY)
    } else {
        signed::<F>(sign, 0)
    }
}

/// FSQRT: the square root of `op`.
#[inline]
pub fn sqrt<F: Format>(fp: &mut Fp, op: F::Bits) -> F::Bits {
    let bits: u64 = op.into();
    let value = unpack::<F>(fp, bits);
    let result = match value.kind {
        Kind::QuietNan | Kind::SignallingNan => process_nan::<F>(fp, value.kind, bits),
        Kind::Zero => signed::<F>(value.sign, 0),
        Kind::Infinity if !value.sign => F::INFINITY,
        _ if value.sign => invalid::<F>(fp),
        _ => {
            let Magnitude { exp, sig } = value.mag;
            let odd = (exp & 1) as u32;
            // The radicand is scaled by an even power of two so that its root has the leading one at the top.
            let root = if F::FRAC <= 23 {
                let radicand = sig >> (1 - odd);
                let root = radicand.isqrt();
                (root << 32) | u64::from(root * root != radicand)
            } else {
                let radicand = u128::from(sig) << (63 + odd);
                let root = radicand.isqrt();
                root as u64 | u64::from(root * root != radicand)
            };
            round::<F>(fp, false, Magnitude { exp: exp >> 1, sig: root })
        }
    };
    F::narrow(result)
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, F64, FPCR_FZ, FPCR_RMODE_SHIFT, IDC, IOC, IXC, OFC, UFC};
    use super::*;

    const TOWARD_MINUS: u32 = 2 << FPCR_RMODE_SHIFT;

    fn single(op: fn(&mut Fp, u32, u32) -> u32, fpcr: u32, a: f32, b: f32) -> (u32, u32) {
        let mut fp = Fp::new(fpcr, 0);
        (op(&mut fp, a.to_bits(), b.to_bits()), fp.fpsr)
    }

    #[test]
    fn exact_cancellation_is_negative_zero_only_toward_minus_infinity() {
        assert_eq!(single(sub::<F32>, 0, 1.5, 1.5), (0, 0));
        assert_eq!(single(sub::<F32>, TOWARD_MINUS, 1.5, 1.5), (0x8000_0000, 0));
        assert_eq!(single(add::<F32>, 0, -0.0, -0.0), (0x8000_0000, 0));
        assert_eq!(single(add::<F32>, TOWARD_MINUS, -0.0, 0.0), (0x8000_0000, 0));
    }

    #[test]
    fn opposite_infinities_are_invalid() {
        assert_eq!(single(add::<F32>, 0, f32::INFINITY, f32::NEG_INFINITY), (0x7fc0_0000, IOC));
        assert_eq!(single(sub::<F32>, 0, f32::INFINITY, f32::INFINITY), (0x7fc0_0000, IOC));
        assert_eq!(single(sub::<F32>, 0, 1.0, f32::INFINITY), (0xff80_0000, 0));
    }

    #[test]
    fn subtraction_does_not_negate_a_nan() {
        let nan = f32::from_bits(0x7fc0_1234);
        assert_eq!(single(sub::<F32>, 0, 1.0, nan), (0x7fc0_1234, 0));
    }

    #[test]
    fn the_far_smaller_operand_still_counts() {
        assert_eq!(single(add::<F32>, 0, 1.0, 1e-30), (0x3f80_0000, IXC));
        assert_eq!(single(sub::<F32>, TOWARD_MINUS, 1.0, 1e-30), (0x3f7f_ffff, IXC));
    }

    #[test]
    fn fnmul_negates_even_a_nan() {
        assert_eq!(single(nmul::<F32>, 0, f32::from_bits(0x7fc0_0001), 1.0), (0xffc0_0001, 0));
        assert_eq!(single(nmul::<F32>, 0, 0.0, f32::INFINITY), (0xffc0_0000, IOC));
    }

    #[test]
    fn fmulx_makes_two_of_zero_times_infinity() {
        assert_eq!(single(mulx::<F32>, 0, -0.0, f32::INFINITY), ((-2f32).to_bits(), 0));
        assert_eq!(single(mul::<F32>, 0, -0.0, f32::INFINITY), (0x7fc0_0000, IOC));
    }

    #[test]
    fn division_by_zero_is_its_own_exception() {
        assert_eq!(single(div::<F32>, 0, -1.0, 0.0), (0xff80_0000, DZC));
        assert_eq!(single(div::<F32>, 0, 0.0, 0.0), (0x7fc0_0000, IOC));
        assert_eq!(single(div::<F32>, 0, f32::INFINITY, 0.0), (0x7f80_0000, 0));
    }

    #[test]
    fn a_flushed_divisor_divides_by_zero() {
        let tiny = f32::from_bits(1);
        assert_eq!(single(div::<F32>, FPCR_FZ, 1.0, tiny), (0x7f80_0000, IDC | DZC));
    }

    #[test]
    fn overflow_and_underflow_are_inexact() {
        assert_eq!(single(mul::<F32>, 0, f32::MAX, 2.0), (0x7f80_0000, OFC | IXC));
        assert_eq!(single(mul::<F32>, 0, f32::MIN_POSITIVE, f32::MIN_POSITIVE), (0, UFC | IXC));
        assert_eq!(single(mul::<F32>, FPCR_FZ, f32::MIN_POSITIVE, 0.5), (0, UFC));
    }

    #[test]
    fn roots_of_exact_squares_and_of_two() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(sqrt::<F16>(&mut fp, 0x4880), 0x4200);
        assert_eq!(sqrt::<F32>(&mut fp, 0x4110_0000), 3f32.to_bits());
        assert_eq!(sqrt::<F64>(&mut fp, 9f64.to_bits()), 3f64.to_bits());
        assert_eq!(fp.fpsr, 0);
        assert_eq!(sqrt::<F64>(&mut fp, 2f64.to_bits()), 2f64.sqrt().to_bits());
        assert_eq!(fp.fpsr, IXC);
    }

    #[test]
    fn a_root_barely_above_a_representable_number_is_inexact() {
        // (1 + k ulp)^2 lies just below a representable number; the excess shows only in the sticky bit.
        let mut fp = Fp::new(1 << FPCR_RMODE_SHIFT, 0);
        let (one, k) = (1f64.to_bits(), (1 << 26) - 1);
        assert_eq!(sqrt::<F64>(&mut fp, one + 2 * k + 1), one + k + 1);
        assert_eq!(fp.fpsr, IXC);
        let mut fp = Fp::new(1 << FPCR_RMODE_SHIFT, 0);
        let (one, k) = (1f32.to_bits(), (1 << 12) - 1);
        assert_eq!(sqrt::<F32>(&mut fp, one + 2 * k + 2), one + k + 1);
        assert_eq!(fp.fpsr, IXC);
    }

    #[test]
    fn roots_of_negative_numbers_are_invalid_but_of_minus_zero_are_not() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(sqrt::<F64>(&mut fp, (-0f64).to_bits()), (-0f64).to_bits());
        assert_eq!(fp.fpsr, 0);
        assert_eq!(sqrt::<F64>(&mut fp, f64::NEG_INFINITY.to_bits()), F64::DEFAULT_NAN);
        assert_eq!(fp.fpsr, IOC);
    }

    #[test]
    fn sign_operations_touch_nothing_else() {
        assert_eq!(neg::<F16>(0x7c01), 0xfc01);
        assert_eq!(abs::<F64>(u64::MAX), u64::MAX >> 1);
    }
}
