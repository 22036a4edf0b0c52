//! FPProcessNaN() and its siblings: which NaN operand becomes the result.

use super::format::Format;
use super::status::{FPCR_DN, Fp, IOC};
use super::unpack::{Kind, Unpacked};

/// FPProcessNaN() for an operand already known to be a NaN.
pub(super) fn process_nan<F: Format>(fp: &mut Fp, kind: Kind, bits: u64) -> u64 {
    if kind == Kind::SignallingNan {
        fp.raise(IOC);
    }
    if fp.has(FPCR_DN) { F::DEFAULT_NAN } else { bits | F::QUIET }
}

/// FPProcessNaNs() and FPProcessNaNs3(): the first signalling NaN, else the first quiet NaN, in operand order.
/// `None` when no operand is a NaN.
#[inline]
pub(super) fn process_nans<F: Format, const N: usize>(fp: &mut Fp, operands: [(Unpacked, u64); N]) -> Option<u64> {
    for wanted in [Kind::SignallingNan, Kind::QuietNan] {
        for (operand, bits) in operands {
            if operand.kind == wanted {
                return Some(process_nan::<F>(fp, wanted, bits));
            }
        }
    }
    None
}

/// The default NaN, with Invalid Operation.
pub(super) fn invalid<F: Format>(fp: &mut Fp) -> u64 {
    fp.raise(IOC);
    F::DEFAULT_NAN
}

/// FPConvertNaN(): quietens, keeps the sign and as much of the payload as the destination has room for.
pub(super) fn convert_nan<S: Format, D: Format>(bits: u64) -> u64 {
    let payload = (bits & S::FRAC_MASK) << (52 - S::FRAC) >> (52 - D::FRAC);
    super::format::signed::<D>(bits & S::SIGN != 0, D::DEFAULT_NAN | payload)
}

#[cfg(test)]
mod tests {
    use super::super::unpack::unpack;
    use super::super::{F16, F32, F64};
    use super::*;

    const QUIET: u64 = 0xffc0_0001;
    const SIGNALLING: u64 = 0x7f80_0002;

    fn pick(fpcr: u32, a: u64, b: u64) -> (Option<u64>, u32) {
        let mut fp = Fp::new(fpcr, 0);
        let operands = [a, b].map(|bits| (unpack::<F32>(&mut fp, bits), bits));
        (process_nans::<F32, 2>(&mut fp, operands), fp.fpsr)
    }

    #[test]
    fn a_signalling_nan_wins_over_an_earlier_quiet_one() {
        assert_eq!(pick(0, QUIET, SIGNALLING), (Some(SIGNALLING | 1 << 22), IOC));
    }

    #[test]
    fn quiet_nans_go_by_operand_order_and_raise_nothing() {
        assert_eq!(pick(0, QUIET, 0x7fc0_0009), (Some(QUIET), 0));
        assert_eq!(pick(0, 0, QUIET), (Some(QUIET), 0));
        assert_eq!(pick(0, 0, 0), (None, 0));
    }

    #[test]
    fn dn_replaces_the_nan_but_keeps_the_exception() {
        assert_eq!(pick(FPCR_DN, QUIET, SIGNALLING), (Some(F32::DEFAULT_NAN), IOC));
        assert_eq!(pick(FPCR_DN, QUIET, 0), (Some(F32::DEFAULT_NAN), 0));
    }

    #[test]
    fn conversion_keeps_the_top_of_the_payload() {
        assert_eq!(convert_nan::<F64, F32>(0xfff0_0000_2000_0001), 0xffc0_0001);
        assert_eq!(convert_nan::<F16, F64>(0xfc01), 0xfff8_0400_0000_0000);
        assert_eq!(convert_nan::<F32, F16>(0x7f80_2000), 0x7e01);
    }
}
