//! FPMax, FPMin, FPMaxNum and FPMinNum.

use super::compare::{is_nan, is_signalling, ordinal};
use super::format::Format;
use super::nan::process_nans;
use super::status::{FPCR_UFE, Fp, UFC};
use super::unpack::{flush_input, unpack};

/// FMAX: the larger operand; a NaN operand is the result. Plus zero is larger than minus zero.
#[inline]
pub fn max<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    F::narrow(select::<F>(fp, op1.into(), op2.into(), false))
}

/// FMIN: the smaller operand; a NaN operand is the result. Minus zero is smaller than plus zero.
#[inline]
pub fn min<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    F::narrow(select::<F>(fp, op1.into(), op2.into(), true))
}

/// FMAXNM: like [`max`], but a number is preferred to a single quiet NaN.
#[inline]
pub fn maxnm<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    let (a, b) = number_first::<F>(op1.into(), op2.into(), F::INFINITY | F::SIGN);
    F::narrow(select::<F>(fp, a, b, false))
}

/// FMINNM: like [`min`], but a number is preferred to a single quiet NaN.
#[inline]
pub fn minnm<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> F::Bits {
    let (a, b) = number_first::<F>(op1.into(), op2.into(), F::INFINITY);
    F::narrow(select::<F>(fp, a, b, true))
}

/// Replaces a single quiet NaN by the infinity that loses every comparison.
#[inline]
fn number_first<F: Format>(a: u64, b: u64, loser: u64) -> (u64, u64) {
    let quiet = |bits| is_nan::<F>(bits) && !is_signalling::<F>(bits);
    match (quiet(a), quiet(b)) {
        (true, false) => (loser, b),
        (false, true) => (a, loser),
        _ => (a, b),
    }
}

#[inline]
fn select<F: Format>(fp: &mut Fp, a: u64, b: u64, smaller: bool) -> u64 {
    if is_nan::<F>(a) || is_nan::<F>(b) {
        // Unpacking both keeps the Input Denormal exception of the operand that is not the NaN.
        let operands = [a, b].map(|bits| (unpack::<F>(fp, bits), bits));
        return process_nans::<F, 2>(fp, operands).unwrap_or(F::DEFAULT_NAN);
    }
    let a = flush_input::<F>(fp, a);
    let b = flush_input::<F>(fp, b);
    let (oa, ob) = (ordinal::<F>(a), ordinal::<F>(b));
    let result = if oa == 0 && ob == 0 {
        if smaller { a | b } else { a & b }
    } else if (oa < ob) == smaller {
        // Equal nonzero operands are the same pattern, so a tie may go either way.
        a
    } else {
        b
    };
    // The manual passes the result through FPRound() for this one effect: a denormal is tiny, and if underflow is
    // trapped that is an exception even though it is exact.
    if fp.has(FPCR_UFE) && result & F::INFINITY == 0 && result & F::FRAC_MASK != 0 {
        fp.raise(UFC);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, FPCR_FZ, IDC, IOC};
    use super::*;

    type Op = fn(&mut Fp, u32, u32) -> u32;

    fn single(op: Op, fpcr: u32, a: u32, b: u32) -> (u32, u32) {
        let mut fp = Fp::new(fpcr, 0);
        (op(&mut fp, a, b), fp.fpsr)
    }

    const MINUS_ZERO: u32 = 0x8000_0000;
    const QUIET: u32 = 0xffc0_0005;
    const SIGNALLING: u32 = 0x7f80_0005;
    const ONE: u32 = 0x3f80_0000;
    const MINUS_ONE: u32 = 0xbf80_0000;

    #[test]
    fn zeros_are_ordered_by_sign() {
        for (a, b) in [(0, MINUS_ZERO), (MINUS_ZERO, 0)] {
            assert_eq!(single(max::<F32>, 0, a, b), (0, 0));
            assert_eq!(single(min::<F32>, 0, a, b), (MINUS_ZERO, 0));
        }
    }

    #[test]
    fn order_among_numbers() {
        assert_eq!(single(max::<F32>, 0, MINUS_ONE, ONE).0, ONE);
        assert_eq!(single(min::<F32>, 0, MINUS_ONE, ONE).0, MINUS_ONE);
        assert_eq!(single(max::<F32>, 0, 0xff80_0000, MINUS_ONE).0, MINUS_ONE);
        assert_eq!(single(max::<F32>, 0, MINUS_ZERO, MINUS_ONE).0, MINUS_ZERO);
    }

    #[test]
    fn plain_forms_propagate_nans_and_number_forms_prefer_numbers() {
        assert_eq!(single(max::<F32>, 0, QUIET, ONE), (QUIET, 0));
        assert_eq!(single(maxnm::<F32>, 0, QUIET, MINUS_ONE), (MINUS_ONE, 0));
        assert_eq!(single(minnm::<F32>, 0, MINUS_ONE, QUIET), (MINUS_ONE, 0));
    }

    #[test]
    fn number_forms_still_signal() {
        assert_eq!(single(maxnm::<F32>, 0, QUIET, SIGNALLING), (SIGNALLING | 1 << 22, IOC));
        assert_eq!(single(minnm::<F32>, 0, ONE, SIGNALLING), (SIGNALLING | 1 << 22, IOC));
        assert_eq!(single(minnm::<F32>, 0, QUIET, QUIET + 1), (QUIET, 0));
    }

    #[test]
    fn a_flushed_denormal_is_reported_even_beside_a_nan() {
        assert_eq!(single(max::<F32>, FPCR_FZ, 1, MINUS_ONE), (0, IDC));
        assert_eq!(single(max::<F32>, FPCR_FZ, 1, QUIET), (QUIET, IDC));
    }

    #[test]
    fn a_denormal_result_traps_underflow_when_enabled() {
        let mut fp = Fp::new(FPCR_UFE, 0);
        assert_eq!(max::<F16>(&mut fp, 1, 0), 1);
        assert_eq!((fp.trapped, fp.fpsr), (UFC, 0));
    }
}
