//! FPRound(): from an exact magnitude to the nearest representable pattern, with overflow, underflow and inexact.

use super::format::{Format, signed};
use super::status::{FPCR_AHP, FPCR_UFE, Fp, IOC, IXC, OFC, UFC};
use super::unpack::Magnitude;

/// FPRounding: how an inexact value is made representable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To nearest, ties to even.
    TieEven,
    /// Toward plus infinity.
    PosInf,
    /// Toward minus infinity.
    NegInf,
    /// Toward zero.
    Zero,
    /// To nearest, ties away from zero. Instructions use it only for rounding to an integer.
    TieAway,
    /// Toward zero, then the lowest bit set if inexact. Instructions use it only for FCVTXN; when rounding to an
    /// integer it acts like `Zero`.
    Odd,
}

impl Rounding {
    /// Whether a magnitude with integer part `int` and a remainder that is `rem` of `2 * half` is to grow by one.
    #[inline]
    pub(super) fn grows(self, sign: bool, int: u64, rem: u64, half: u64) -> bool {
        match self {
            Self::TieEven => rem > half || (rem == half && int & 1 != 0),
            Self::PosInf => rem != 0 && !sign,
            Self::NegInf => rem != 0 && sign,
            Self::TieAway => rem >= half,
            Self::Zero | Self::Odd => false,
        }
    }

    /// Whether an overflow gives infinity rather than the largest finite number.
    pub(super) fn overflows_to_infinity(self, sign: bool) -> bool {
        match self {
            Self::TieEven | Self::TieAway => true,
            Self::PosInf => !sign,
            Self::NegInf => sign,
            Self::Zero | Self::Odd => false,
        }
    }
}

/// `value >> shift` with every bit lost ORed into the lowest bit.
#[inline]
pub(super) fn shift_right_sticky(value: u64, shift: u32) -> u64 {
    if shift == 0 {
        value
    } else if shift < 64 {
        (value >> shift) | u64::from(value << (64 - shift) != 0)
    } else {
        u64::from(value != 0)
    }
}

/// FPRound() in the rounding mode of FPCR. The lowest bit of the significand may be sticky.
#[inline]
pub(super) fn round<F: Format>(fp: &mut Fp, sign: bool, mag: Magnitude) -> u64 {
    let rounding = fp.rounding();
    round_base::<F, false>(fp, sign, mag, rounding)
}

/// FPRound() with an explicit rounding.
#[inline]
pub(super) fn round_as<F: Format>(fp: &mut Fp, sign: bool, mag: Magnitude, rounding: Rounding) -> u64 {
    round_base::<F, false>(fp, sign, mag, rounding)
}

/// FPRoundCV(): the form conversions between formats use. Half-precision results are never flushed and may be in the
/// alternative format.
#[inline]
pub(super) fn round_cv<F: Format>(fp: &mut Fp, sign: bool, mag: Magnitude, rounding: Rounding) -> u64 {
    round_base::<F, true>(fp, sign, mag, rounding)
}

#[inline]
fn round_base<F: Format, const CV: bool>(fp: &mut Fp, sign: bool, mag: Magnitude, rounding: Rounding) -> u64 {
    debug_assert!(mag.sig >> 63 == 1);
    let biased = mag.exp + F::BIAS;
    if biased <= 0 {
        return round_tiny::<F, CV>(fp, sign, mag, rounding);
    }
    let spare = 63 - F::FRAC;
    let rem = mag.sig & ((1 << spare) - 1);
    let mut int = mag.sig >> spare;
    int += u64::from(rounding.grows(sign, int, rem, 1 << (spare - 1)));
    if rounding == Rounding::Odd && rem != 0 {
        int |= 1;
    }
    // The integer bit of the significand adds one to the exponent field; so does a carry out of rounding.
    let biased = biased as u64 - 1 + (int >> F::FRAC);
    if biased >= F::EXP_MAX
        && let Some(result) = overflow::<F, CV>(fp, sign, biased, rounding)
    {
        return result;
    }
    if rem != 0 {
        fp.raise(IXC);
    }
    signed::<F>(sign, (biased << F::FRAC) | (int & F::FRAC_MASK))
}

/// A result whose exponent is below the smallest normal one. Tininess is detected before rounding (FPCR.AH is zero).
#[cold]
#[inline(never)]
fn round_tiny<F: Format, const CV: bool>(fp: &mut Fp, sign: bool, mag: Magnitude, rounding: Rounding) -> u64 {
    if fp.has(F::FLUSH) && !(CV && F::WIDTH == 16) {
        // Flush-to-zero never generates a trapped exception.
        fp.fpsr |= UFC;
        return signed::<F>(sign, 0);
    }
    // Down to the smallest normal exponent; the field is then zero and rounding up may carry into it.
    let spare = 63 - F::FRAC;
    let sig = shift_right_sticky(mag.sig, (1 - F::BIAS - mag.exp) as u32);
    let rem = sig & ((1 << spare) - 1);
    let mut int = sig >> spare;
    if rem != 0 || fp.has(FPCR_UFE) {
        fp.raise(UFC);
    }
    int += u64::from(rounding.grows(sign, int, rem, 1 << (spare - 1)));
    if rem != 0 {
        fp.raise(IXC);
        if rounding == Rounding::Odd {
            int |= 1;
        }
    }
    signed::<F>(sign, int)
}

/// The rounded exponent does not fit the IEEE format. `None` if it fits the alternative half-precision format.
#[cold]
#[inline(never)]
fn overflow<F: Format, const CV: bool>(fp: &mut Fp, sign: bool, biased: u64, rounding: Rounding) -> Option<u64> {
    if CV && F::WIDTH == 16 && fp.has(FPCR_AHP) {
        if biased <= F::EXP_MAX {
            return None;
        }
        fp.raise(IOC);
        return Some(signed::<F>(sign, F::SIGN - 1));
    }
    fp.raise(OFC | IXC);
    let magnitude = if rounding.overflows_to_infinity(sign) { F::INFINITY } else { F::MAX_NORMAL };
    Some(signed::<F>(sign, magnitude))
}

/// The zero that an exact cancellation gives: negative only when rounding toward minus infinity.
#[inline]
pub(super) fn exact_zero<F: Format>(fp: &Fp) -> u64 {
    signed::<F>(fp.rounding() == Rounding::NegInf, 0)
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, F64, FPCR_FZ, FPCR_FZ16};
    use super::*;

    fn rounded<F: Format>(fpcr: u32, exp: i32, sig: u64, rounding: Rounding) -> (u64, u32) {
        let mut fp = Fp::new(fpcr, 0);
        let bits = round_as::<F>(&mut fp, false, Magnitude { exp, sig }, rounding);
        (bits, fp.fpsr)
    }

    #[test]
    fn ties_go_to_even() {
        let tie = (1 << 63) | (1 << 39);
        assert_eq!(rounded::<F32>(0, 0, tie, Rounding::TieEven), (0x3f80_0000, IXC));
        assert_eq!(rounded::<F32>(0, 0, tie | 1, Rounding::TieEven), (0x3f80_0001, IXC));
        assert_eq!(rounded::<F32>(0, 0, tie + (1 << 40), Rounding::TieEven), (0x3f80_0002, IXC));
    }

    #[test]
    fn odd_sets_the_lowest_bit_only_when_inexact() {
        assert_eq!(rounded::<F32>(0, 0, (1 << 63) | 1, Rounding::Odd), (0x3f80_0001, IXC));
        assert_eq!(rounded::<F32>(0, 0, 1 << 63, Rounding::Odd), (0x3f80_0000, 0));
    }

    #[test]
    fn a_carry_out_of_the_significand_raises_the_exponent() {
        assert_eq!(rounded::<F64>(0, 0, u64::MAX, Rounding::TieEven), (2f64.to_bits(), IXC));
    }

    #[test]
    fn overflow_depends_on_the_direction() {
        assert_eq!(rounded::<F16>(0, 16, 1 << 63, Rounding::TieEven), (0x7c00, OFC | IXC));
        assert_eq!(rounded::<F16>(0, 16, 1 << 63, Rounding::NegInf), (0x7bff, OFC | IXC));
        assert_eq!(rounded::<F16>(0, 15, u64::MAX, Rounding::PosInf), (0x7c00, OFC | IXC));
    }

    #[test]
    fn an_exact_denormal_raises_underflow_only_when_trapped() {
        assert_eq!(rounded::<F32>(0, -149, 1 << 63, Rounding::TieEven), (1, 0));
        let mut fp = Fp::new(FPCR_UFE, 0);
        round_as::<F32>(&mut fp, false, Magnitude { exp: -149, sig: 1 << 63 }, Rounding::TieEven);
        assert_eq!((fp.trapped, fp.fpsr), (UFC, 0));
    }

    #[test]
    fn tininess_is_detected_before_rounding() {
        // Rounds up to the smallest normal number, yet underflows.
        assert_eq!(rounded::<F32>(0, -127, u64::MAX, Rounding::TieEven), (0x0080_0000, UFC | IXC));
    }

    #[test]
    fn a_flushed_result_raises_underflow_alone_and_never_traps() {
        assert_eq!(rounded::<F32>(FPCR_FZ, -127, u64::MAX, Rounding::TieEven), (0, UFC));
        assert_eq!(rounded::<F16>(FPCR_FZ16, -15, 1 << 63, Rounding::TieEven), (0, UFC));
        let mut fp = Fp::new(FPCR_FZ | FPCR_UFE, 0);
        round_as::<F32>(&mut fp, true, Magnitude { exp: -140, sig: 1 << 63 }, Rounding::TieEven);
        assert_eq!((fp.trapped, fp.fpsr), (0, UFC));
    }

    #[test]
    fn far_below_the_range_only_direction_matters() {
        assert_eq!(rounded::<F64>(0, -5000, 1 << 63, Rounding::PosInf), (1, UFC | IXC));
        assert_eq!(rounded::<F64>(0, -5000, 1 << 63, Rounding::TieEven), (0, UFC | IXC));
        assert_eq!(rounded::<F64>(0, -1075, 1 << 63, Rounding::TieEven), (0, UFC | IXC));
        assert_eq!(rounded::<F64>(0, -1075, (1 << 63) | (1 << 30), Rounding::TieEven), (1, UFC | IXC));
    }

    #[test]
    fn a_sticky_shift_keeps_what_falls_off() {
        assert_eq!(shift_right_sticky(0b1000, 2), 0b10);
        assert_eq!(shift_right_sticky(0b1001, 2), 0b11);
        assert_eq!(shift_right_sticky(1 << 63, 64), 1);
        assert_eq!(shift_right_sticky(0, 200), 0);
    }
}
