//! Vectors as lanes of integers: the types, and the ways an operation on lanes becomes one on registers.
//!
//! An executor is generic over the signedness ([`Signed`], [`Unsigned`]) and over a lane operation written once for
//! every integer type; [`lane_ops`] declares those. The loops run over arrays of known length, so that the compiler
//! turns them into host vector code.

use crate::cpu::{Cpu, R};
use crate::decode::Op;
use std::fmt::Debug;
use std::ops::{BitAnd, BitOr, BitXor, Not, Shl, Shr};

/// FPSR.QC: an operation saturated.
const QC: u32 = 1 << 27;

/// An integer that fills lanes.
pub(crate) trait Int:
    Copy
    + Ord
    + Debug
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Not<Output = Self>
    + Shl<u32, Output = Self>
    + Shr<u32, Output = Self>
{
    const BITS: u32;
    const SIGNED: bool;
    const MIN: Self;
    const MAX: Self;
    const ZERO: Self;
    /// All bits set.
    const ONES: Self;
    /// A register full of them.
    type Lanes: Copy + AsRef<[Self]> + AsMut<[Self]>;
    fn split(v: u128) -> Self::Lanes;
    fn join(lanes: &Self::Lanes) -> u128;
    /// The value.
    fn wide(self) -> i128;
    /// The low bits of a value.
    fn wrap(v: i128) -> Self;
    fn add(self, b: Self) -> Self;
    fn sub(self, b: Self) -> Self;
    fn mul(self, b: Self) -> Self;
    fn saturating_add(self, b: Self) -> Self;
    fn saturating_sub(self, b: Self) -> Self;
    fn leading_zeros(self) -> u32;
    fn count_ones(self) -> u32;
    fn reverse_bits(self) -> Self;

    /// All ones for true, as comparisons give it.
    #[inline(always)]
    fn mask(holds: bool) -> Self {
        if holds { Self::ONES } else { Self::ZERO }
    }

    /// The value if it fits, else the nearest that does; `q` then.
    #[inline(always)]
    fn saturate(v: i128, q: &mut bool) -> Self {
        let clamped = v.clamp(Self::MIN.wide(), Self::MAX.wide());
        *q |= clamped != v;
        Self::wrap(clamped)
    }

    /// A shift right by up to `BITS`.
    #[inline(always)]
    fn shift_right(self, n: u32) -> Self {
        if n < Self::BITS {
            self >> n
        } else if Self::SIGNED {
            self >> (Self::BITS - 1)
        } else {
            Self::ZERO
        }
    }

    /// A rounding shift right by 1 to `BITS`: the last bit shifted out is added.
    #[inline(always)]
    fn shift_right_rounding(self, n: u32) -> Self {
        let half = (self >> (n - 1)) & Self::wrap(1);
        self.shift_right(n).add(half)
    }
}

/// An integer with one twice as large, of the same signedness.
pub(crate) trait Narrow: Int {
    type Wide: Int;
    fn widen(self) -> Self::Wide;
    /// The low half.
    fn truncate(w: Self::Wide) -> Self;
}

macro_rules! int {
    ($($t:ident $n:literal $signed:literal;)*) => {$(
        impl Int for $t {
            const BITS: u32 = $t::BITS;
            const SIGNED: bool = $signed;
            const MIN: Self = $t::MIN;
            const MAX: Self = $t::MAX;
            const ZERO: Self = 0;
            const ONES: Self = !0;
            type Lanes = [Self; $n];
            #[inline(always)]
            fn split(v: u128) -> Self::Lanes {
                let bytes = v.to_le_bytes();
                let mut lanes = [0; $n];
                for (lane, chunk) in lanes.iter_mut().zip(bytes.as_chunks::<{ 16 / $n }>().0) {
                    *lane = $t::from_le_bytes(*chunk);
                }
                lanes
            }
            #[inline(always)]
            fn join(lanes: &Self::Lanes) -> u128 {
                let mut bytes = [0; 16];
                for (lane, chunk) in lanes.iter().zip(bytes.as_chunks_mut::<{ 16 / $n }>().0) {
                    *chunk = lane.to_le_bytes();
                }
                u128::from_le_bytes(bytes)
            }
            #[inline(always)]
            fn wide(self) -> i128 {
                i128::from(self)
            }
            #[inline(always)]
            fn wrap(v: i128) -> Self {
                v as $t
            }
            #[inline(always)]
            fn add(self, b: Self) -> Self {
                self.wrapping_add(b)
            }
            #[inline(always)]
            fn sub(self, b: Self) -> Self {
                self.wrapping_sub(b)
            }
            #[inline(always)]
            fn mul(self, b: Self) -> Self {
                self.wrapping_mul(b)
            }
            #[inline(always)]
            fn saturating_add(self, b: Self) -> Self {
                $t::saturating_add(self, b)
            }
            #[inline(always)]
            fn saturating_sub(self, b: Self) -> Self {
                $t::saturating_sub(self, b)
            }
            #[inline(always)]
            fn leading_zeros(self) -> u32 {
                $t::leading_zeros(self)
            }
            #[inline(always)]
            fn count_ones(self) -> u32 {
                $t::count_ones(self)
            }
            #[inline(always)]
            fn reverse_bits(self) -> Self {
                $t::reverse_bits(self)
            }
        }
    )*};
}

int! {
    u8 16 false; u16 8 false; u32 4 false; u64 2 false;
    i8 16 true; i16 8 true; i32 4 true; i64 2 true;
}

macro_rules! narrow {
    ($($t:ident $wide:ident;)*) => {$(
        impl Narrow for $t {
            type Wide = $wide;
            #[inline(always)]
            fn widen(self) -> $wide {
                $wide::from(self)
            }
            #[inline(always)]
            fn truncate(w: $wide) -> Self {
                w as $t
            }
        }
    )*};
}

narrow! { u8 u16; u16 u32; u32 u64; i8 i16; i16 i32; i32 i64; }

/// Which integers an instruction means by its element sizes.
pub(crate) trait Sign {
    type B: Narrow<Wide = Self::H>;
    type H: Narrow<Wide = Self::S>;
    type S: Narrow<Wide = Self::D>;
    type D: Int;
}

/// Elements are signed.
pub(crate) struct Signed;
/// Elements are unsigned, or their sign does not matter.
pub(crate) struct Unsigned;

impl Sign for Signed {
    type B = i8;
    type H = i16;
    type S = i32;
    type D = i64;
}

impl Sign for Unsigned {
    type B = u8;
    type H = u16;
    type S = u32;
    type D = u64;
}

/// An operation on lanes: the destination's old value, two operands, and whether anything saturated.
pub(crate) trait LaneOp {
    fn lane<T: Int>(d: T, a: T, b: T, q: &mut bool) -> T;
}

/// Declares [`LaneOp`]s: `Name(d, a, b, q) expression;` where `T` is the lane's type.
macro_rules! lane_ops {
    ($($(#[$doc:meta])* $name:ident($d:pat, $a:pat, $b:pat, $q:pat) $body:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;
        impl $crate::interp::simd_lanes::LaneOp for $name {
            #[inline(always)]
            fn lane<T: $crate::interp::simd_lanes::Int>($d: T, $a: T, $b: T, $q: &mut bool) -> T {
                $body
            }
        }
    )*};
}
pub(crate) use lane_ops;

/// log2 of the (narrow) element's bytes.
#[inline(always)]
pub(crate) fn size(o: &Op) -> u32 {
    u32::from(o.aux & 3)
}

/// The upper half of the narrow operand is meant.
#[inline(always)]
pub(crate) fn upper(o: &Op) -> bool {
    o.aux & 4 != 0
}

/// The bits of the result that are not zeroed.
#[inline(always)]
pub(crate) fn width_mask(o: &Op) -> u128 {
    low_bits(u32::from(o.aux >> 4))
}

/// 1 to 128 low bits set.
#[inline(always)]
pub(crate) fn low_bits(n: u32) -> u128 {
    u128::MAX >> (128u32.wrapping_sub(n) & 127)
}

/// Lane by lane.
#[inline(always)]
pub(crate) fn zip<T: Int>(d: u128, a: u128, b: u128, mut f: impl FnMut(T, T, T) -> T) -> u128 {
    let (mut d, a, b) = (T::split(d), T::split(a), T::split(b));
    for ((d, a), b) in d.as_mut().iter_mut().zip(a.as_ref()).zip(b.as_ref()) {
        *d = f(*d, *a, *b);
    }
    T::join(&d)
}

/// Every lane.
#[inline(always)]
pub(crate) fn map<T: Int>(a: u128, mut f: impl FnMut(T) -> T) -> u128 {
    zip::<T>(a, a, a, |_, a, _| f(a))
}

/// The lanes of the low half, each made twice as large.
#[inline(always)]
pub(crate) fn widen<N: Narrow>(v: u128) -> u128 {
    let v = N::split(v);
    let mut r = N::Wide::split(0);
    for (r, v) in r.as_mut().iter_mut().zip(v.as_ref()) {
        *r = v.widen();
    }
    <N::Wide as Int>::join(&r)
}

/// Lanes made half as large, into the low half.
#[inline(always)]
pub(crate) fn narrow<W: Int, N: Int>(v: u128, mut f: impl FnMut(W) -> N) -> u128 {
    let v = W::split(v);
    let mut r = N::split(0);
    for (r, v) in r.as_mut().iter_mut().zip(v.as_ref()) {
        *r = f(*v);
    }
    N::join(&r)
}

/// One element, copied to every lane. An index past the register's end reads zero.
#[inline(always)]
pub(crate) fn duplicate(v: u128, size: u32, index: u8) -> u128 {
    let bits = 8u32 << (size & 3);
    let e = v.checked_shr(u32::from(index) * bits).unwrap_or(0) as u64;
    fill(e, size)
}

/// The low bits of a value, copied to every lane.
#[inline(always)]
pub(crate) fn fill(e: u64, size: u32) -> u128 {
    let pair = match size & 3 {
        0 => u64::from(e as u8).wrapping_mul(0x0101_0101_0101_0101),
        1 => u64::from(e as u16).wrapping_mul(0x0001_0001_0001_0001),
        2 => u64::from(e as u32).wrapping_mul(0x0000_0001_0000_0001),
        _ => e,
    };
    u128::from(pair) | u128::from(pair) << 64
}

impl Cpu {
    /// Writes Vd, zeroing what lies outside the instruction's width.
    #[inline(always)]
    pub(crate) fn set_lanes(&mut self, o: &Op, v: u128) -> R<()> {
        self.set_v(o.rd, v & width_mask(o));
        Ok(())
    }

    /// Records that an operation saturated.
    #[inline(always)]
    pub(crate) fn saturated(&mut self, q: bool) {
        if q {
            self.state.fpsr |= QC;
        }
    }

    /// Writes a narrowed result: the low half with the rest zeroed, or the upper half with the low half kept.
    #[inline(always)]
    pub(crate) fn set_narrowed(&mut self, o: &Op, low: u128) -> R<()> {
        let half = low_bits(u32::from(o.aux >> 5));
        let low = low & half;
        let v = if upper(o) { self.v(o.rd) & half | low << 64 } else { low };
        self.set_v(o.rd, v);
        Ok(())
    }
}
