//! The three interchange formats as type-level constants.

/// A binary interchange format. Inside this module tree values travel as `u64` with the upper bits zero.
pub trait Format: Copy + 'static {
    /// The raw bit pattern.
    type Bits: Copy + Into<u64>;

    /// Total width in bits.
    const WIDTH: u32;
    /// Width of the fraction field in bits.
    const FRAC: u32;
    /// FPCR bit that flushes this format's denormals in data processing: FZ, or FZ16 for half precision.
    const FLUSH: u32;
    /// FPSR bit raised when an input is flushed: IDC, or none for half precision (FZ16 raises nothing).
    const FLUSH_EXCEPTION: u32;

    /// The low `WIDTH` bits of `bits`.
    fn narrow(bits: u64) -> Self::Bits;

    /// Mask of the exponent field once shifted down to bit 0; also the biased exponent of infinities and NaNs.
    const EXP_MAX: u64 = (1 << (Self::WIDTH - 1 - Self::FRAC)) - 1;
    /// Exponent bias.
    const BIAS: i32 = (Self::EXP_MAX >> 1) as i32;
    /// Mask of the fraction field.
    const FRAC_MASK: u64 = (1 << Self::FRAC) - 1;
    /// The sign bit.
    const SIGN: u64 = 1 << (Self::WIDTH - 1);
    /// The fraction's top bit: set in a quiet NaN.
    const QUIET: u64 = 1 << (Self::FRAC - 1);
    /// FPInfinity('0').
    const INFINITY: u64 = Self::EXP_MAX << Self::FRAC;
    /// FPMaxNormal('0').
    const MAX_NORMAL: u64 = Self::INFINITY - 1;
    /// FPDefaultNaN(): positive, quiet, zero payload.
    const DEFAULT_NAN: u64 = Self::INFINITY | Self::QUIET;
    /// FPTwo('0').
    const TWO: u64 = ((Self::BIAS + 1) as u64) << Self::FRAC;
    /// FPOnePointFive('0').
    const ONE_POINT_FIVE: u64 = ((Self::BIAS as u64) << Self::FRAC) | Self::QUIET;
}

/// IEEE half precision.
#[derive(Clone, Copy, Debug)]
pub struct F16;
/// IEEE single precision.
#[derive(Clone, Copy, Debug)]
pub struct F32;
/// IEEE double precision.
#[derive(Clone, Copy, Debug)]
pub struct F64;

impl Format for F16 {
    type Bits = u16;
    const WIDTH: u32 = 16;
    const FRAC: u32 = 10;
    const FLUSH: u32 = super::FPCR_FZ16;
    const FLUSH_EXCEPTION: u32 = 0;

    #[inline]
    fn narrow(bits: u64) -> u16 {
        bits as u16
    }
}

impl Format for F32 {
    type Bits = u32;
    const WIDTH: u32 = 32;
    const FRAC: u32 = 23;
    const FLUSH: u32 = super::FPCR_FZ;
    const FLUSH_EXCEPTION: u32 = super::IDC;

    #[inline]
    fn narrow(bits: u64) -> u32 {
        bits as u32
    }
}

impl Format for F64 {
    type Bits = u64;
    const WIDTH: u32 = 64;
    const FRAC: u32 = 52;
    const FLUSH: u32 = super::FPCR_FZ;
    const FLUSH_EXCEPTION: u32 = super::IDC;

    #[inline]
    fn narrow(bits: u64) -> u64 {
        bits
    }
}

/// `magnitude` with `sign` put on top.
#[inline]
pub(super) const fn signed<F: Format>(sign: bool, magnitude: u64) -> u64 {
    if sign { magnitude | F::SIGN } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_constants_match_the_host() {
        assert_eq!(F32::INFINITY, u64::from(f32::INFINITY.to_bits()));
        assert_eq!(F32::MAX_NORMAL, u64::from(f32::MAX.to_bits()));
        assert_eq!(F32::TWO, u64::from(2f32.to_bits()));
        assert_eq!(F32::ONE_POINT_FIVE, u64::from(1.5f32.to_bits()));
        assert_eq!(F32::DEFAULT_NAN, 0x7fc0_0000);
    }

    #[test]
    fn double_constants_match_the_host() {
        assert_eq!(F64::INFINITY, f64::INFINITY.to_bits());
        assert_eq!(F64::MAX_NORMAL, f64::MAX.to_bits());
        assert_eq!(F64::TWO, 2f64.to_bits());
        assert_eq!(F64::ONE_POINT_FIVE, 1.5f64.to_bits());
        assert_eq!(F64::DEFAULT_NAN, 0x7ff8_0000_0000_0000);
    }

    #[test]
    fn half_constants() {
        assert_eq!((F16::INFINITY, F16::MAX_NORMAL, F16::DEFAULT_NAN), (0x7c00, 0x7bff, 0x7e00));
        assert_eq!((F16::TWO, F16::ONE_POINT_FIVE, F16::BIAS), (0x4000, 0x3e00, 15));
    }
}
