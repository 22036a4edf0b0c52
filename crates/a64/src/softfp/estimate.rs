//! FPRecipEstimate, FPRSqrtEstimate, FPRecpX and the unsigned integer estimates. FEAT_RPRES is not implemented, so
//! every estimate has eight fraction bits.

use super::format::{Format, signed};
use super::nan::{invalid, process_nan};
use super::status::{DZC, Fp, IXC, OFC, UFC};
use super::unpack::{Kind, unpack};

/// RecipEstimate(): `a` in 256..512 stands for 0.5..1.0, the result in 256..512 for 1.0..2.0.
const fn recip(a: u64) -> u64 {
    let a = a * 2 + 1;
    let b = (1 << 19) / a;
    b.div_ceil(2)
}

/// RecipSqrtEstimate(): `a` in 128..512 stands for 0.25..1.0, the result in 256..512 for 1.0..2.0.
const fn rsqrt(a: u64) -> u64 {
    let a = if a < 256 { a * 2 + 1 } else { ((a >> 1 << 1) + 1) * 2 };
    // The largest b below 2^14 / sqrt(a).
    let mut b = 512;
    while a * (b + 1) * (b + 1) < 1 << 28 {
        b += 1;
    }
    b.div_ceil(2)
}

/// [`rsqrt`] for every argument, from 128 up.
const RSQRT: [u16; 384] = {
    let mut table = [0; 384];
    let mut i = 0;
    while i < table.len() {
        table[i] = rsqrt(i as u64 + 128) as u16;
        i += 1;
    }
    table
};

fn rsqrt_lookup(a: u64) -> u64 {
    // Callers pass 128..512.
    RSQRT.get((a as usize).wrapping_sub(128)).copied().map_or(0, u64::from)
}

/// FRECPE: an estimate of `1 / op` good to about eight bits.
pub fn recip_estimate<F: Format>(fp: &mut Fp, op: F::Bits) -> F::Bits {
    let bits: u64 = op.into();
    let value = unpack::<F>(fp, bits);
    let result = match value.kind {
        Kind::QuietNan | Kind::SignallingNan => process_nan::<F>(fp, value.kind, bits),
        Kind::Infinity => signed::<F>(value.sign, 0),
        Kind::Zero => {
            fp.raise(DZC);
            signed::<F>(value.sign, F::INFINITY)
        }
        // Below 2^-16, 2^-128 or 2^-1024 the reciprocal is out of range.
        Kind::Finite if value.mag.exp < -1 - F::BIAS => {
            fp.raise(OFC | IXC);
            let to_infinity = fp.rounding().overflows_to_infinity(value.sign);
            signed::<F>(value.sign, if to_infinity { F::INFINITY } else { F::MAX_NORMAL })
        }
        // From 2^14, 2^126 or 2^1022 the reciprocal is denormal. Flush-to-zero never generates a trapped exception.
        Kind::Finite if fp.has(F::FLUSH) && value.mag.exp >= F::BIAS - 1 => {
            fp.fpsr |= UFC;
            signed::<F>(value.sign, 0)
        }
        Kind::Finite => {
            let estimate = recip(value.mag.sig >> 55);
            // The biased exponent of the result, in -1 ..= 2 x bias.
            let exp = F::BIAS - 1 - value.mag.exp;
            let fraction = (estimate & 0xff) << (F::FRAC - 8);
            let magnitude = match exp {
                0 => (fraction | 1 << F::FRAC) >> 1,
                -1 => (fraction | 1 << F::FRAC) >> 2,
                _ => ((exp as u64) << F::FRAC) | fraction,
            };
            signed::<F>(value.sign, magnitude)
        }
    };
    F::narrow(result)
}

/// FRSQRTE: an estimate of `1 / sqrt(op)` good to about eight bits.
pub fn rsqrt_estimate<F: Format>(fp: &mut Fp, op: F::Bits) -> F::Bits {
    let bits: u64 = op.into();
    let value = unpack::<F>(fp, bits);
    let result = match value.kind {
        Kind::QuietNan | Kind::SignallingNan => process_nan::<F>(fp, value.kind, bits),
        Kind::Zero => {
            fp.raise(DZC);
            signed::<F>(value.sign, F::INFINITY)
        }
        _ if value.sign => invalid::<F>(fp),
        Kind::Infinity => 0,
        Kind::Finite => {
            // An even power of two is taken out, leaving 0.25..1.0.
            let odd = value.mag.exp & 1;
            let scaled = value.mag.sig >> (56 - odd);
            let exp = F::BIAS - 1 - (value.mag.exp >> 1);
            ((exp as u64) << F::FRAC) | ((rsqrt_lookup(scaled) & 0xff) << (F::FRAC - 8))
        }
    };
    F::narrow(result)
}

/// FRECPX: a power of two with the inverted exponent of `op`.
pub fn recpx<F: Format>(fp: &mut Fp, op: F::Bits) -> F::Bits {
    let bits: u64 = op.into();
    let value = unpack::<F>(fp, bits);
    let exp = bits & F::INFINITY;
    let result = match value.kind {
        Kind::QuietNan | Kind::SignallingNan => process_nan::<F>(fp, value.kind, bits),
        // Zeros and denormals, flushed or not.
        _ if exp == 0 => signed::<F>(value.sign, (F::EXP_MAX - 1) << F::FRAC),
        _ => signed::<F>(value.sign, exp ^ F::INFINITY),
    };
    F::narrow(result)
}

/// URECPE: an estimate of the reciprocal of a number in 0.5..1.0 (units of 2^-32), in units of 2^-31. Below 0.5 the
/// result is all ones.
#[must_use]
pub fn unsigned_recip_estimate(op: u32) -> u32 {
    if op >> 31 == 0 { u32::MAX } else { (recip(u64::from(op >> 23)) << 23) as u32 }
}

/// URSQRTE: an estimate of the reciprocal square root of a number in 0.25..1.0 (units of 2^-32), in units of 2^-31.
/// Below 0.25 the result is all ones.
#[must_use]
pub fn unsigned_rsqrt_estimate(op: u32) -> u32 {
    if op >> 30 == 0 { u32::MAX } else { (rsqrt_lookup(u64::from(op >> 23)) << 23) as u32 }
}

#[cfg(test)]
mod tests {
    use super::super::{F16, F32, F64, FPCR_FZ, FPCR_RMODE_SHIFT, IDC, IOC};
    use super::*;

    fn single(op: fn(&mut Fp, u32) -> u32, fpcr: u32, bits: u32) -> (u32, u32) {
        let mut fp = Fp::new(fpcr, 0);
        (op(&mut fp, bits), fp.fpsr)
    }

    #[test]
    fn integer_estimates_at_the_ends_of_the_tables() {
        assert_eq!((recip(256), recip(511)), (511, 256));
        assert_eq!((rsqrt_lookup(128), rsqrt_lookup(511)), (511, 256));
        assert_eq!(unsigned_recip_estimate(0x7fff_ffff), u32::MAX);
        assert_eq!(unsigned_recip_estimate(0x8000_0000), 0xff80_0000);
        assert_eq!(unsigned_rsqrt_estimate(0x3fff_ffff), u32::MAX);
        assert_eq!(unsigned_rsqrt_estimate(0xffff_ffff), 0x8000_0000);
    }

    #[test]
    fn every_reciprocal_estimate_is_within_its_error() {
        for a in 256..512 {
            let (exact, estimate) = (512.0 / (a as f64 + 0.5), recip(a) as f64 / 256.0);
            assert!((exact - estimate).abs() < 1.0 / 256.0, "{a}");
        }
    }

    #[test]
    fn the_estimate_of_one_is_just_below_one() {
        assert_eq!(single(recip_estimate::<F32>, 0, 0x3f80_0000), (0x3f7f_8000, 0));
        assert_eq!(single(rsqrt_estimate::<F32>, 0, 0x3f80_0000), (0x3f7f_8000, 0));
    }

    #[test]
    fn zero_divides() {
        assert_eq!(single(recip_estimate::<F32>, 0, 0x8000_0000), (0xff80_0000, DZC));
        assert_eq!(single(rsqrt_estimate::<F32>, 0, 0x8000_0000), (0xff80_0000, DZC));
        assert_eq!(single(recip_estimate::<F32>, FPCR_FZ, 1), (0x7f80_0000, DZC | IDC));
    }

    #[test]
    fn the_reciprocal_of_the_tiniest_numbers_overflows_by_direction() {
        assert_eq!(single(recip_estimate::<F32>, 0, 1), (0x7f80_0000, OFC | IXC));
        assert_eq!(single(recip_estimate::<F32>, 3 << FPCR_RMODE_SHIFT, 1), (0x7f7f_ffff, OFC | IXC));
        assert_eq!(single(recip_estimate::<F32>, 0, 0x0020_0000).1, 0);
        assert_eq!(single(recip_estimate::<F32>, 0, 0x001f_ffff).1, OFC | IXC);
    }

    #[test]
    fn denormal_estimates_are_kept_or_flushed() {
        assert_eq!(single(recip_estimate::<F32>, 0, 0x7f00_0000), (0x003f_e000, 0));
        assert_eq!(single(recip_estimate::<F32>, 0, 0x7e80_0000), (0x007f_c000, 0));
        assert_eq!(single(recip_estimate::<F32>, FPCR_FZ, 0x7e80_0000), (0, UFC));
    }

    #[test]
    fn roots_of_negative_numbers_are_invalid() {
        assert_eq!(single(rsqrt_estimate::<F32>, 0, 0xbf80_0000), (0x7fc0_0000, IOC));
        assert_eq!(single(rsqrt_estimate::<F32>, 0, 0xff80_0000), (0x7fc0_0000, IOC));
        assert_eq!(single(rsqrt_estimate::<F32>, 0, 0x7f80_0000), (0, 0));
    }

    #[test]
    fn the_exponent_reciprocal() {
        let mut fp = Fp::new(0, 0);
        assert_eq!(recpx::<F64>(&mut fp, 1), 0x7fe0_0000_0000_0000);
        assert_eq!(recpx::<F16>(&mut fp, 0xbc01), 0xc000);
        assert_eq!(recpx::<F32>(&mut fp, 0x7f80_0000), 0);
        assert_eq!(fp.fpsr, 0);
    }
}
