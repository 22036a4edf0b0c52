//! AArch64 floating point in integer arithmetic: bit-exact results and exception flags for half, single and double
//! precision, identical on every host.
//!
//! The source of every rule is the shared pseudocode of the Arm Architecture Reference Manual (DDI 0487, chapter J1,
//! "shared/functions/float"); each operation names the function it follows. FEAT_AFP and FEAT_RPRES are not
//! implemented: FPCR.{AH, FIZ, NEP} read as zero, so their bits in [`Fp::fpcr`] are ignored.
//!
//! All operations are free functions generic over a [`Format`], on raw bit patterns:
//!
//! ```
//! use vmapple_a64::softfp::{self, Fp, F64};
//! let mut fp = Fp::new(0, 0);
//! let third = softfp::div::<F64>(&mut fp, 1.0f64.to_bits(), 3.0f64.to_bits());
//! assert_eq!(f64::from_bits(third), 1.0 / 3.0);
//! assert_eq!(fp.fpsr, softfp::IXC);
//! ```
//!
//! A value is unpacked to a 64-bit significand with its leading one at bit 63 and an exponent; operations work on
//! that form, keep lost bits in a sticky lowest bit and hand the result to one rounding routine. Eleven spare bits
//! below a double's 53 make that sticky bit sufficient everywhere.

mod arith;
mod bfloat;
mod compare;
mod convert;
mod estimate;
mod fixed;
mod fma;
mod format;
mod minmax;
mod nan;
mod round;
mod round_int;
mod status;
mod unpack;

pub use arith::{abs, add, div, mul, mulx, neg, nmul, sqrt, sub};
pub use bfloat::{bf_convert, bf_dot_add};
pub use compare::{compare, compare_eq, compare_ge, compare_gt};
pub use convert::convert;
pub use estimate::{recip_estimate, recpx, rsqrt_estimate, unsigned_recip_estimate, unsigned_rsqrt_estimate};
pub use fixed::{from_fixed, to_fixed, to_fixed_js};
pub use fma::{mul_add, mul_add_long, recip_step_fused, rsqrt_step_fused};
pub use format::{F16, F32, F64, Format};
pub use minmax::{max, maxnm, min, minnm};
pub use round::Rounding;
pub use round_int::{IntSize, round_int, round_int_n};
pub use status::{
    DZC, FPCR_AHP, FPCR_DN, FPCR_DZE, FPCR_FZ, FPCR_FZ16, FPCR_IDE, FPCR_IOE, FPCR_IXE, FPCR_OFE, FPCR_RMODE_SHIFT,
    FPCR_UFE, Fp, IDC, IOC, IXC, OFC, UFC,
};
