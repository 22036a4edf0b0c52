//! The floating-point operations as types: one per mnemonic, each a function of one, two or three elements of any
//! format. The scalar, vector, by-element, pairwise and across-lanes encodings are the same operations in different
//! arrangements, so a row names an arrangement (a function) and an operation (a type).

use crate::softfp::{self, Format, Fp, IntSize, Rounding};

/// An operation on one element.
pub(crate) trait Unary {
    fn apply<F: Format>(fp: &mut Fp, n: F::Bits) -> F::Bits;
}

/// An operation on the elements of two sources, the first source first.
pub(crate) trait Binary {
    fn apply<F: Format>(fp: &mut Fp, n: F::Bits, m: F::Bits) -> F::Bits;
}

/// A multiplication added to `a`: the third source, or the destination's old element.
pub(crate) trait Ternary {
    fn apply<F: Format>(fp: &mut Fp, a: F::Bits, n: F::Bits, m: F::Bits) -> F::Bits;
}

macro_rules! unary {
    ($($name:ident($fp:pat, $n:ident) = $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Unary for $name {
            #[inline(always)]
            fn apply<F: Format>($fp: &mut Fp, $n: F::Bits) -> F::Bits {
                $body
            }
        }
    )*};
}

macro_rules! binary {
    ($($name:ident($fp:pat, $n:ident, $m:ident) = $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Binary for $name {
            #[inline(always)]
            fn apply<F: Format>($fp: &mut Fp, $n: F::Bits, $m: F::Bits) -> F::Bits {
                $body
            }
        }
    )*};
}

macro_rules! ternary {
    ($($name:ident($fp:ident, $a:ident, $n:ident, $m:ident) = $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Ternary for $name {
            #[inline(always)]
            fn apply<F: Format>($fp: &mut Fp, $a: F::Bits, $n: F::Bits, $m: F::Bits) -> F::Bits {
                $body
            }
        }
    )*};
}

/// All ones if true.
#[inline(always)]
fn mask<F: Format>(holds: bool) -> F::Bits {
    F::narrow(if holds { u64::MAX } else { 0 })
}

#[inline(always)]
fn zero<F: Format>() -> F::Bits {
    F::narrow(0)
}

unary! {
    Fmov(_, n) = n;
    Fabs(_, n) = softfp::abs::<F>(n);
    Fneg(_, n) = softfp::neg::<F>(n);
    Fsqrt(fp, n) = softfp::sqrt::<F>(fp, n);
    Frintx(fp, n) = { let rounding = fp.rounding(); softfp::round_int::<F>(fp, n, rounding, /* exact */ true) };
    Frint32z(fp, n) = softfp::round_int_n::<F>(fp, n, Rounding::Zero, IntSize::Bits32);
    Frint32x(fp, n) = { let rounding = fp.rounding(); softfp::round_int_n::<F>(fp, n, rounding, IntSize::Bits32) };
    Frint64z(fp, n) = softfp::round_int_n::<F>(fp, n, Rounding::Zero, IntSize::Bits64);
    Frint64x(fp, n) = { let rounding = fp.rounding(); softfp::round_int_n::<F>(fp, n, rounding, IntSize::Bits64) };
    Frecpe(fp, n) = softfp::recip_estimate::<F>(fp, n);
    Frsqrte(fp, n) = softfp::rsqrt_estimate::<F>(fp, n);
    Frecpx(fp, n) = softfp::recpx::<F>(fp, n);
    FcmeqZero(fp, n) = mask::<F>(softfp::compare_eq::<F>(fp, n, zero::<F>()));
    FcmgeZero(fp, n) = mask::<F>(softfp::compare_ge::<F>(fp, n, zero::<F>()));
    FcmgtZero(fp, n) = mask::<F>(softfp::compare_gt::<F>(fp, n, zero::<F>()));
    FcmleZero(fp, n) = mask::<F>(softfp::compare_ge::<F>(fp, zero::<F>(), n));
    FcmltZero(fp, n) = mask::<F>(softfp::compare_gt::<F>(fp, zero::<F>(), n));
}

binary! {
    Fadd(fp, n, m) = softfp::add::<F>(fp, n, m);
    Fsub(fp, n, m) = softfp::sub::<F>(fp, n, m);
    Fmul(fp, n, m) = softfp::mul::<F>(fp, n, m);
    Fdiv(fp, n, m) = softfp::div::<F>(fp, n, m);
    Fmulx(fp, n, m) = softfp::mulx::<F>(fp, n, m);
    Fnmul(fp, n, m) = softfp::nmul::<F>(fp, n, m);
    Fmax(fp, n, m) = softfp::max::<F>(fp, n, m);
    Fmin(fp, n, m) = softfp::min::<F>(fp, n, m);
    Fmaxnm(fp, n, m) = softfp::maxnm::<F>(fp, n, m);
    Fminnm(fp, n, m) = softfp::minnm::<F>(fp, n, m);
    Fabd(fp, n, m) = softfp::abs::<F>(softfp::sub::<F>(fp, n, m));
    Frecps(fp, n, m) = softfp::recip_step_fused::<F>(fp, n, m);
    Frsqrts(fp, n, m) = softfp::rsqrt_step_fused::<F>(fp, n, m);
    Fcmeq(fp, n, m) = mask::<F>(softfp::compare_eq::<F>(fp, n, m));
    Fcmge(fp, n, m) = mask::<F>(softfp::compare_ge::<F>(fp, n, m));
    Fcmgt(fp, n, m) = mask::<F>(softfp::compare_gt::<F>(fp, n, m));
    Facge(fp, n, m) = mask::<F>(softfp::compare_ge::<F>(fp, softfp::abs::<F>(n), softfp::abs::<F>(m)));
    Facgt(fp, n, m) = mask::<F>(softfp::compare_gt::<F>(fp, softfp::abs::<F>(n), softfp::abs::<F>(m)));
}

// FMADD and FMLA negate nothing; which operands the others negate is visible in the sign of a NaN result.
ternary! {
    Fmadd(fp, a, n, m) = softfp::mul_add::<F>(fp, a, n, m);
    Fmsub(fp, a, n, m) = softfp::mul_add::<F>(fp, a, softfp::neg::<F>(n), m);
    Fnmadd(fp, a, n, m) = softfp::mul_add::<F>(fp, softfp::neg::<F>(a), softfp::neg::<F>(n), m);
    Fnmsub(fp, a, n, m) = softfp::mul_add::<F>(fp, softfp::neg::<F>(a), n, m);
}

/// Rounding of the FRINT and FCVT mnemonics by their letter; 0 to 3 are the encoding's `rmode`.
pub(crate) const N: u8 = 0;
/// Toward plus infinity.
pub(crate) const P: u8 = 1;
/// Toward minus infinity.
pub(crate) const M: u8 = 2;
/// Toward zero.
pub(crate) const Z: u8 = 3;
/// To nearest, ties away.
pub(crate) const A: u8 = 4;
/// As FPCR says.
pub(crate) const I: u8 = 5;

/// The rounding a mnemonic's letter stands for.
#[inline(always)]
pub(crate) fn rounding<const LETTER: u8>(fp: &Fp) -> Rounding {
    match LETTER {
        N => Rounding::TieEven,
        P => Rounding::PosInf,
        M => Rounding::NegInf,
        Z => Rounding::Zero,
        A => Rounding::TieAway,
        _ => fp.rounding(),
    }
}

/// FRINTN, FRINTP, FRINTM, FRINTZ, FRINTA, FRINTI.
pub(crate) struct Frint<const LETTER: u8>;

impl<const LETTER: u8> Unary for Frint<LETTER> {
    #[inline(always)]
    fn apply<F: Format>(fp: &mut Fp, n: F::Bits) -> F::Bits {
        let rounding = rounding::<LETTER>(fp);
        softfp::round_int::<F>(fp, n, rounding, /* exact */ false)
    }
}

/// FCVT{N,P,M,Z,A}{S,U} to an integer of the element's own width.
pub(crate) struct Fcvt<const LETTER: u8, const UNSIGNED: bool>;

impl<const LETTER: u8, const UNSIGNED: bool> Unary for Fcvt<LETTER, UNSIGNED> {
    #[inline(always)]
    fn apply<F: Format>(fp: &mut Fp, n: F::Bits) -> F::Bits {
        let rounding = rounding::<LETTER>(fp);
        F::narrow(softfp::to_fixed::<F>(fp, n, 0, UNSIGNED, rounding, F::WIDTH))
    }
}

/// SCVTF and UCVTF from an integer of the element's own width.
pub(crate) struct Cvtf<const UNSIGNED: bool>;

impl<const UNSIGNED: bool> Unary for Cvtf<UNSIGNED> {
    #[inline(always)]
    fn apply<F: Format>(fp: &mut Fp, n: F::Bits) -> F::Bits {
        softfp::from_fixed::<F>(fp, n.into(), 0, UNSIGNED, F::WIDTH)
    }
}
