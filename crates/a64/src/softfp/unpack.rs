//! FPUnpack(): from a bit pattern to class, sign, exponent and significand.

use super::format::Format;
use super::status::{FPCR_AHP, Fp};

/// FPType, with denormals already normalised into `Finite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Zero,
    Finite,
    Infinity,
    QuietNan,
    SignallingNan,
}

/// A nonzero finite magnitude: `sig` x 2^(`exp` - 63), with bit 63 of `sig` set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Magnitude {
    pub(super) exp: i32,
    pub(super) sig: u64,
}

/// An unpacked operand. `mag` means something only for `Kind::Finite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub(super) kind: Kind,
    pub(super) sign: bool,
    pub(super) mag: Magnitude,
}

impl Unpacked {
    #[inline]
    pub(super) fn is_finite(&self) -> bool {
        self.kind == Kind::Finite
    }

    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        self.kind == Kind::Zero
    }

    #[inline]
    pub(super) fn is_infinite(&self) -> bool {
        self.kind == Kind::Infinity
    }
}

/// FPUnpack(): flushes denormals as FPCR.FZ or FZ16 asks.
#[inline]
pub(super) fn unpack<F: Format>(fp: &mut Fp, bits: u64) -> Unpacked {
    unpack_base::<F, false>(fp, bits)
}

/// FPUnpackCV(): the form conversions between formats use. Half-precision denormals are kept, and with FPCR.AHP the
/// all-ones half-precision exponent is an ordinary one.
#[inline]
pub(super) fn unpack_cv<F: Format>(fp: &mut Fp, bits: u64) -> Unpacked {
    unpack_base::<F, true>(fp, bits)
}

#[inline]
fn unpack_base<F: Format, const CV: bool>(fp: &mut Fp, bits: u64) -> Unpacked {
    let exp = (bits >> F::FRAC) & F::EXP_MAX;
    if exp.wrapping_sub(1) < F::EXP_MAX - 1 { normal::<F>(bits) } else { special::<F, CV>(fp, bits) }
}

#[inline]
fn normal<F: Format>(bits: u64) -> Unpacked {
    let exp = (bits >> F::FRAC) & F::EXP_MAX;
    Unpacked {
        kind: Kind::Finite,
        sign: bits & F::SIGN != 0,
        mag: Magnitude { exp: exp as i32 - F::BIAS, sig: (1 << 63) | (bits << (63 - F::FRAC)) },
    }
}

#[cold]
#[inline(never)]
fn special<F: Format, const CV: bool>(fp: &mut Fp, bits: u64) -> Unpacked {
    let is_half = F::WIDTH == 16;
    let frac = bits & F::FRAC_MASK;
    let mut mag = Magnitude { exp: 0, sig: 0 };
    let kind = if bits & F::INFINITY == 0 {
        if frac == 0 {
            Kind::Zero
        } else if fp.has(F::FLUSH) && !(CV && is_half) {
            fp.raise(F::FLUSH_EXCEPTION);
            Kind::Zero
        } else {
            let shift = frac.leading_zeros();
            mag = Magnitude { exp: 64 - F::BIAS - F::FRAC as i32 - shift as i32, sig: frac << shift };
            Kind::Finite
        }
    } else if CV && is_half && fp.has(FPCR_AHP) {
        return normal::<F>(bits);
    } else if frac == 0 {
        Kind::Infinity
    } else if frac & F::QUIET != 0 {
        Kind::QuietNan
    } else {
        Kind::SignallingNan
    };
    Unpacked { kind, sign: bits & F::SIGN != 0, mag }
}

/// The pattern an operand stands for once FPUnpack() has flushed it: a denormal becomes a zero of its sign when FZ or
/// FZ16 says so, everything else is unchanged. For operations that can work on the pattern itself.
#[inline]
pub(super) fn flush_input<F: Format>(fp: &mut Fp, bits: u64) -> u64 {
    if fp.has(F::FLUSH) && bits & F::INFINITY == 0 && bits & F::FRAC_MASK != 0 {
        fp.raise(F::FLUSH_EXCEPTION);
        bits & F::SIGN
    } else {
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, F64, FPCR_FZ, FPCR_FZ16, IDC};
    use super::*;

    #[test]
    fn one_is_a_leading_bit_with_exponent_zero() {
        let one = unpack::<F64>(&mut Fp::new(0, 0), 1f64.to_bits());
        assert_eq!((one.kind, one.mag), (Kind::Finite, Magnitude { exp: 0, sig: 1 << 63 }));
    }

    #[test]
    fn the_smallest_denormals_are_normalised() {
        let fp = &mut Fp::new(0, 0);
        assert_eq!(unpack::<F64>(fp, 1).mag, Magnitude { exp: -1074, sig: 1 << 63 });
        assert_eq!(unpack::<F32>(fp, 1).mag, Magnitude { exp: -149, sig: 1 << 63 });
        assert_eq!(unpack::<F16>(fp, 1).mag, Magnitude { exp: -24, sig: 1 << 63 });
    }

    #[test]
    fn fz_flushes_singles_with_idc_and_leaves_halves() {
        let mut fp = Fp::new(FPCR_FZ, 0);
        assert_eq!(unpack::<F16>(&mut fp, 1).kind, Kind::Finite);
        assert_eq!(fp.fpsr, 0);
        assert_eq!(unpack::<F32>(&mut fp, 1).kind, Kind::Zero);
        assert_eq!(fp.fpsr, IDC);
    }

    #[test]
    fn fz16_flushes_halves_silently_but_not_in_conversions() {
        let mut fp = Fp::new(FPCR_FZ16, 0);
        assert_eq!(unpack::<F16>(&mut fp, 1).kind, Kind::Zero);
        assert_eq!(unpack_cv::<F16>(&mut fp, 1).kind, Kind::Finite);
        assert_eq!(fp.fpsr, 0);
    }

    #[test]
    fn the_alternative_half_format_has_no_infinity() {
        let mut fp = Fp::new(FPCR_AHP, 0);
        assert_eq!(unpack::<F16>(&mut fp, 0x7c00).kind, Kind::Infinity);
        assert_eq!(unpack_cv::<F16>(&mut fp, 0x7c00).mag, Magnitude { exp: 16, sig: 1 << 63 });
    }
}
