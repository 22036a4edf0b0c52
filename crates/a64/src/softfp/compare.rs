//! FPCompare, FPCompareEQ, FPCompareGE and FPCompareGT. FACGE and FACGT pass operands through
//! [`abs`](super::abs()) first; comparisons with zero pass a zero.

use std::cmp::Ordering;

use super::format::Format;
use super::status::{Fp, IOC};
use super::unpack::flush_input;

/// FCMP (`signal_nans` false) and FCMPE (true): the NZCV flags as a four-bit number, N in bit 3 and V in bit 0.
#[inline]
pub fn compare<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits, signal_nans: bool) -> u8 {
    match order::<F>(fp, op1, op2, signal_nans) {
        None => 0b0011,
        Some(Ordering::Equal) => 0b0110,
        Some(Ordering::Less) => 0b1000,
        Some(Ordering::Greater) => 0b0010,
    }
}

/// FCMEQ: false for NaNs, of which only signalling ones are invalid.
#[inline]
pub fn compare_eq<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> bool {
    order::<F>(fp, op1, op2, false) == Some(Ordering::Equal)
}

/// FCMGE: `op1 >= op2`; false for NaNs, all of which are invalid.
#[inline]
pub fn compare_ge<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> bool {
    matches!(order::<F>(fp, op1, op2, true), Some(Ordering::Greater | Ordering::Equal))
}

/// FCMGT: `op1 > op2`; false for NaNs, all of which are invalid.
#[inline]
pub fn compare_gt<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits) -> bool {
    order::<F>(fp, op1, op2, true) == Some(Ordering::Greater)
}

/// The order of two operands after input flushing; `None` if either is a NaN.
#[inline]
fn order<F: Format>(fp: &mut Fp, op1: F::Bits, op2: F::Bits, signal_nans: bool) -> Option<Ordering> {
    let a = flush_input::<F>(fp, op1.into());
    let b = flush_input::<F>(fp, op2.into());
    if is_nan::<F>(a) || is_nan::<F>(b) {
        if signal_nans || is_signalling::<F>(a) || is_signalling::<F>(b) {
            fp.raise(IOC);
        }
        return None;
    }
    Some(ordinal::<F>(a).cmp(&ordinal::<F>(b)))
}

#[inline]
pub(super) fn is_nan<F: Format>(bits: u64) -> bool {
    bits & !F::SIGN > F::INFINITY
}

#[inline]
pub(super) fn is_signalling<F: Format>(bits: u64) -> bool {
    is_nan::<F>(bits) && bits & F::QUIET == 0
}

/// An integer that orders like the number the pattern stands for; both zeros give zero.
#[inline]
pub(super) fn ordinal<F: Format>(bits: u64) -> i64 {
    let magnitude = (bits & !F::SIGN) as i64;
    if bits & F::SIGN != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, FPCR_FZ, FPCR_FZ16, IDC};
    use super::*;

    fn nzcv(fpcr: u32, a: u32, b: u32, signal: bool) -> (u8, u32) {
        let mut fp = Fp::new(fpcr, 0);
        (compare::<F32>(&mut fp, a, b, signal), fp.fpsr)
    }

    const QUIET: u32 = 0x7fc0_0000;
    const SIGNALLING: u32 = 0xff80_0001;

    #[test]
    fn the_four_outcomes() {
        assert_eq!(nzcv(0, 0, 0x8000_0000, false), (0b0110, 0));
        assert_eq!(nzcv(0, (-1f32).to_bits(), (-0.5f32).to_bits(), false), (0b1000, 0));
        assert_eq!(nzcv(0, 1f32.to_bits(), (-1f32).to_bits(), false), (0b0010, 0));
        assert_eq!(nzcv(0, QUIET, 0, false), (0b0011, 0));
    }

    #[test]
    fn quiet_nans_signal_only_on_request() {
        assert_eq!(nzcv(0, 0, QUIET, true), (0b0011, IOC));
        assert_eq!(nzcv(0, SIGNALLING, 0, false), (0b0011, IOC));
    }

    #[test]
    fn equality_is_quiet_and_order_is_not() {
        let mut fp = Fp::new(0, 0);
        assert!(!compare_eq::<F32>(&mut fp, QUIET, QUIET));
        assert_eq!(fp.fpsr, 0);
        assert!(!compare_ge::<F32>(&mut fp, QUIET, QUIET));
        assert_eq!(fp.fpsr, IOC);
    }

    #[test]
    fn infinities_order_at_the_ends() {
        let mut fp = Fp::new(0, 0);
        assert!(compare_gt::<F32>(&mut fp, 0x7f80_0000, 0x7f7f_ffff));
        assert!(compare_ge::<F32>(&mut fp, 0xff80_0000, 0xff80_0000));
        assert_eq!(fp.fpsr, 0);
    }

    #[test]
    fn flushed_denormals_equal_zero() {
        assert_eq!(nzcv(FPCR_FZ, 1, 0, false), (0b0110, IDC));
        assert_eq!(nzcv(0, 1, 0, false), (0b0010, 0));
        let mut fp = Fp::new(FPCR_FZ16, 0);
        assert!(compare_eq::<F16>(&mut fp, 1, 0x8002));
        assert_eq!(fp.fpsr, 0);
    }
}
