//! BFloat16 without FEAT_EBF16: the dot product's fixed arithmetic, and conversion from single precision.
//!
//! BFDOT and BFMMLA look at no control bit and raise nothing: denormals are zero going in and coming out, every NaN is the
//! default one, rounding is to odd (BFUnpack(), BFMulH(), BFAdd_H(), BFRound() of the manual). A BFloat16 number is the
//! upper half of a single, so products and sums work on singles.

use super::format::{F32, Format, signed};
use super::nan::convert_nan;
use super::round::{round, shift_right_sticky};
use super::status::{FPCR_DN, FPCR_FZ, Fp, IDC, IOC};
use super::unpack::{Kind, Magnitude, unpack};

/// BFloat16 as a format of conversions: 8 exponent bits, 7 of fraction, flushed by FPCR.FZ.
#[derive(Clone, Copy, Debug)]
struct Bf16;

impl Format for Bf16 {
    type Bits = u16;
    const WIDTH: u32 = 16;
    const FRAC: u32 = 7;
    const FLUSH: u32 = FPCR_FZ;
    const FLUSH_EXCEPTION: u32 = IDC;

    #[inline]
    fn narrow(bits: u64) -> u16 {
        bits as u16
    }
}

const INFINITY: u32 = F32::INFINITY as u32;
const DEFAULT_NAN: u32 = F32::DEFAULT_NAN as u32;
const SIGN: u32 = F32::SIGN as u32;
const MIN_EXPONENT: i32 = -126;

/// An operand as BFUnpack() sees it: no denormals, one kind of NaN.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    Nan,
    Infinity,
    Zero,
    Finite(Magnitude),
}

fn unpack_bf(bits: u32) -> (bool, Value) {
    let (exponent, fraction) = (bits >> 23 & 0xff, bits & 0x7f_ffff);
    let value = match (exponent, fraction) {
        (0, _) => Value::Zero,
        (0xff, 0) => Value::Infinity,
        (0xff, _) => Value::Nan,
        _ => Value::Finite(Magnitude { exp: exponent as i32 - 127, sig: 1 << 63 | u64::from(fraction) << 40 }),
    };
    (bits & SIGN != 0, value)
}

fn with_sign(sign: bool, magnitude: u32) -> u32 {
    magnitude | u32::from(sign) << 31
}

/// BFRound(): to odd; too small is zero, too large infinity.
fn round_odd(sign: bool, mag: Magnitude) -> u32 {
    if mag.exp < MIN_EXPONENT {
        return with_sign(sign, 0);
    }
    let biased = (mag.exp + 127) as u32;
    if biased >= 0xff {
        return with_sign(sign, INFINITY);
    }
    let inexact = u32::from(mag.sig & ((1 << 40) - 1) != 0);
    with_sign(sign, biased << 23 | (mag.sig >> 40) as u32 & 0x7f_ffff | inexact)
}

/// BFMulH().
fn mul(a: u16, b: u16) -> u32 {
    let (sa, a) = unpack_bf(u32::from(a) << 16);
    let (sb, b) = unpack_bf(u32::from(b) << 16);
    let sign = sa != sb;
    match (a, b) {
        (Value::Nan, _) | (_, Value::Nan) | (Value::Infinity, Value::Zero) | (Value::Zero, Value::Infinity) => {
            DEFAULT_NAN
        }
        (Value::Infinity, _) | (_, Value::Infinity) => with_sign(sign, INFINITY),
        (Value::Zero, _) | (_, Value::Zero) => with_sign(sign, 0),
        (Value::Finite(a), Value::Finite(b)) => {
            // Eight significant bits each: the product has 16 at most, and is exact.
            let product = (a.sig >> 56) * (b.sig >> 56);
            let shift = product.leading_zeros();
            round_odd(sign, Magnitude { exp: a.exp + b.exp + 49 - shift as i32, sig: product << shift })
        }
    }
}

/// BFAdd() as FPAdd_BF16() in older editions: a sum rounded to odd. A zero that cancellation gives is positive.
fn add(op1: u32, op2: u32) -> u32 {
    let (s1, v1) = unpack_bf(op1);
    let (s2, v2) = unpack_bf(op2);
    match (v1, v2) {
        (Value::Nan, _) | (_, Value::Nan) => DEFAULT_NAN,
        (Value::Infinity, Value::Infinity) if s1 != s2 => DEFAULT_NAN,
        (Value::Infinity, _) => with_sign(s1, INFINITY),
        (_, Value::Infinity) => with_sign(s2, INFINITY),
        (Value::Zero, Value::Zero) => with_sign(s1 && s2, 0),
        (Value::Finite(m), Value::Zero) => round_odd(s1, m),
        (Value::Zero, Value::Finite(m)) => round_odd(s2, m),
        (Value::Finite(a), Value::Finite(b)) => {
            let ((sign, large), (other, small)) =
                if (a.exp, a.sig) >= (b.exp, b.sig) { ((s1, a), (s2, b)) } else { ((s2, b), (s1, a)) };
            // One bit of headroom above, 39 below a single's 24: enough for the bits that a sticky one stands for.
            let x = large.sig >> 1;
            let y = shift_right_sticky(small.sig >> 1, (large.exp - small.exp) as u32);
            let sum = if sign == other { x + y } else { x - y };
            if sum == 0 {
                return 0;
            }
            let shift = sum.leading_zeros();
            round_odd(sign, Magnitude { exp: large.exp + 1 - shift as i32, sig: sum << shift })
        }
    }
}

/// BFDotAdd(): `addend + (a0 * b0 + a1 * b1)`, three roundings to odd.
pub fn bf_dot_add(addend: u32, a: [u16; 2], b: [u16; 2]) -> u32 {
    add(addend, add(mul(a[0], b[0]), mul(a[1], b[1])))
}

/// FPConvertBF(): a single to BFloat16, rounded as FPCR says.
pub fn bf_convert(fp: &mut Fp, op: u32) -> u16 {
    let bits = u64::from(op);
    let value = unpack::<F32>(fp, bits);
    let result = match value.kind {
        Kind::Finite => round::<Bf16>(fp, value.sign, value.mag),
        Kind::Zero => signed::<Bf16>(value.sign, 0),
        Kind::Infinity => signed::<Bf16>(value.sign, Bf16::INFINITY),
        Kind::QuietNan | Kind::SignallingNan => {
            if value.kind == Kind::SignallingNan {
                fp.raise(IOC);
            }
            if fp.has(FPCR_DN) { Bf16::DEFAULT_NAN } else { convert_nan::<F32, Bf16>(bits) }
        }
    };
    result as u16
}

#[cfg(test)]
mod tests {
    use super::super::{IXC, OFC, UFC};
    use super::*;

    const ONE: u16 = 0x3f80;

    fn sum(a: f32, b: f32) -> f32 {
        f32::from_bits(add(a.to_bits(), b.to_bits()))
    }

    #[test]
    fn sums_round_to_odd() {
        assert_eq!(sum(1.0, 2f32.powi(-24)).to_bits(), 0x3f80_0001);
        assert_eq!(sum(1.0, -(2f32.powi(-60))).to_bits(), 0x3f7f_ffff);
        assert_eq!(sum(1.5, 2.25), 3.75);
        // The host rounds to nearest: never more than one step away, and equal where exact.
        let mut seed = 1u64;
        for _ in 0..100_000 {
            seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let number = |n: u64| f32::from_bits(0x3000_0000 | (n as u32) & 0x8fff_ffff);
            let (a, b) = (number(seed >> 32), number(seed >> 7));
            let (ours, host) = (sum(a, b), a + b);
            let exact = f64::from(a) + f64::from(b);
            if f64::from(host) == exact {
                assert_eq!(ours.to_bits(), host.to_bits(), "{a} + {b}");
            } else {
                assert!(ours.to_bits() & 1 == 1 && ours.to_bits().abs_diff(host.to_bits()) <= 1, "{a} + {b}");
            }
        }
    }

    #[test]
    fn denormals_are_zero_on_both_sides_and_nans_are_all_alike() {
        assert_eq!(bf_dot_add(1, [ONE, 0], [1, 0]), 0, "denormal operands");
        assert_eq!(bf_dot_add(0x8000_0001, [0x8000, 0x8000], [ONE, ONE]), SIGN, "all negative zeroes");
        assert_eq!(mul(0x0080, 0x3f00), 0, "half of the smallest normal number");
        assert_eq!(bf_dot_add(0xff80_0001, [ONE, ONE], [ONE, ONE]), DEFAULT_NAN);
        assert_eq!(bf_dot_add(0, [0x7f80, 0], [0, 0]), DEFAULT_NAN, "infinity times zero");
        assert_eq!(bf_dot_add(0xff80_0000, [0x7f80, 0], [ONE, 0]), DEFAULT_NAN, "infinities cancel");
        assert_eq!(bf_dot_add(0, [0x7f7f, 0], [0x7f7f, 0]), INFINITY, "overflow");
        assert_eq!(bf_dot_add(0xbf80_0000, [ONE, 0], [ONE, 0]), 0, "cancellation is a positive zero");
    }

    fn convert(fpcr: u32, op: u32) -> (u16, u32) {
        let mut fp = Fp::new(fpcr, 0);
        (bf_convert(&mut fp, op), fp.fpsr)
    }

    #[test]
    fn conversions_follow_fpcr() {
        assert_eq!(convert(0, 0x3f80_8000), (0x3f80, IXC), "a tie goes to even");
        assert_eq!(convert(0, 0x3f81_8000), (0x3f82, IXC));
        assert_eq!(convert(1 << 22, 0x3f80_0001), (0x3f81, IXC), "towards plus infinity");
        assert_eq!(convert(0, 0x7f7f_ffff), (0x7f80, OFC | IXC));
        assert_eq!(convert(0, 0x7f80_0001), (0x7fc0, IOC));
        assert_eq!(convert(0, 0xffd5_4321), (0xffd5, 0), "the top of the payload stays");
        assert_eq!(convert(FPCR_DN, 0xffd5_4321), (0x7fc0, 0));
        assert_eq!(convert(0, 0x0001_8000), (0x0002, UFC | IXC), "a denormal");
        assert_eq!(convert(FPCR_FZ, 0x8001_8000), (0x8000, IDC), "flushed going in");
    }
}
