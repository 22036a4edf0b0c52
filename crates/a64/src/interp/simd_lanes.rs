//! Vectors as lanes of integers: the types, and the ways an operation on lanes becomes one on registers.
//!
//! An executor is generic over the signedness ([`Signed`], [`Unsigned`]) and over a lane operation written once for
//! every integer type; [`lane_ops`] declares those.
//!
//! The loops stand in functions of their own, over arrays in memory: there the compiler turns them into host vector code.
//! Inlined into an executor they would become shifts and masks of a 128-bit integer, several times slower.

use crate::cpu::{Cpu, R};
use crate::decode::Op;
use std::fmt::Debug;
use std::ops::{BitAnd, BitOr, BitXor, Not, Shl, Shr};

/// FPSR.QC: an operation saturated.
const QC: u32 = 1 << 27;

/// A register as the lane loops take it.
pub(crate) type Bytes = [u8; 16];

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
    /// `d = f(d, a, b)`, lane by lane; whether any saturated.
    fn zip(d: &mut Bytes, a: &Bytes, b: &Bytes, f: impl Fn(Self, Self, Self, &mut bool) -> Self) -> bool;
    /// `f` of each two neighbours.
    fn pairs(v: &[u8; 32], f: impl Fn(Self, Self) -> Self) -> Bytes;
    /// All lanes combined into one.
    fn reduce<const BYTES: usize>(v: &[u8; BYTES], f: impl Fn(Self, Self) -> Self) -> Self;

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
    /// Each lane made twice as large.
    fn widen_lanes(v: [u8; 8]) -> Bytes;
    /// Each lane of a register made half as large; whether any saturated.
    fn narrow_lanes<W: Int>(v: &Bytes, f: impl Fn(W, &mut bool) -> Self) -> (u64, bool);
    /// Adds to each lane of `d` the sum of two neighbours, which are half as large.
    fn add_pairs(d: &mut Bytes, v: &Bytes);
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
            #[inline(never)]
            fn zip(d: &mut Bytes, a: &Bytes, b: &Bytes, f: impl Fn(Self, Self, Self, &mut bool) -> Self) -> bool {
                let mut q = false;
                let lanes = d.as_chunks_mut().0.iter_mut().zip(a.as_chunks().0).zip(b.as_chunks().0);
                for ((d, a), b) in lanes {
                    let r = f($t::from_le_bytes(*d), $t::from_le_bytes(*a), $t::from_le_bytes(*b), &mut q);
                    *d = r.to_le_bytes();
                }
                q
            }
            #[inline(never)]
            fn pairs(v: &[u8; 32], f: impl Fn(Self, Self) -> Self) -> Bytes {
                let mut r = [0; 16];
                for (r, pair) in r.as_chunks_mut().0.iter_mut().zip(v.as_chunks().0.as_chunks::<2>().0) {
                    *r = f($t::from_le_bytes(pair[0]), $t::from_le_bytes(pair[1])).to_le_bytes();
                }
                r
            }
            #[inline(never)]
            fn reduce<const BYTES: usize>(v: &[u8; BYTES], f: impl Fn(Self, Self) -> Self) -> Self {
                v.as_chunks().0.iter().map(|v| $t::from_le_bytes(*v)).reduce(f).unwrap_or_default()
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
            #[inline(never)]
            fn widen_lanes(v: [u8; 8]) -> Bytes {
                let mut r = [0; 16];
                for (r, v) in r.as_chunks_mut().0.iter_mut().zip(v.as_chunks().0) {
                    *r = $wide::from($t::from_le_bytes(*v)).to_le_bytes();
                }
                r
            }
            #[inline(never)]
            fn narrow_lanes<W: Int>(v: &Bytes, f: impl Fn(W, &mut bool) -> Self) -> (u64, bool) {
                let (mut r, mut q) = ([0; 8], false);
                for (r, v) in r.as_chunks_mut().0.iter_mut().zip(W::split(u128::from_le_bytes(*v)).as_ref()) {
                    *r = f(*v, &mut q).to_le_bytes();
                }
                (u64::from_le_bytes(r), q)
            }
            #[inline(never)]
            fn add_pairs(d: &mut Bytes, v: &Bytes) {
                for (d, pair) in d.as_chunks_mut().0.iter_mut().zip(v.as_chunks().0.as_chunks::<2>().0) {
                    let sum = $wide::from($t::from_le_bytes(pair[0])) + $wide::from($t::from_le_bytes(pair[1]));
                    *d = $wide::from_le_bytes(*d).wrapping_add(sum).to_le_bytes();
                }
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

/// The result fills the register.
#[inline(always)]
pub(crate) fn is_full(o: &Op) -> bool {
    o.aux >> 4 == 128
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

/// Lane by lane, where it need not be fast.
#[inline(always)]
pub(crate) fn map2<T: Int>(a: u128, b: u128, f: impl Fn(T, T) -> T) -> u128 {
    let (mut a, b) = (T::split(a), T::split(b));
    for (a, b) in a.as_mut().iter_mut().zip(b.as_ref()) {
        *a = f(*a, *b);
    }
    T::join(&a)
}

/// Every lane, where it need not be fast.
#[inline(always)]
pub(crate) fn map<T: Int>(a: u128, f: impl Fn(T) -> T) -> u128 {
    map2::<T>(a, a, |a, _| f(a))
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

/// A lane loop over whole registers. A function of its own so that registers are copied as vectors: going through two
/// general registers would make the loop's vector loads wait for both stores.
#[inline(never)]
fn on_registers(v: &mut [u128; 32], [d, a, b]: [u8; 3], run: impl Fn(&mut Bytes, &Bytes, &Bytes) -> bool) -> bool {
    let [d, a, b] = [d, a, b].map(|r| usize::from(r & 31));
    let mut r = v[d].to_le_bytes();
    let q = run(&mut r, &v[a].to_le_bytes(), &v[b].to_le_bytes());
    v[d] = u128::from_le_bytes(r);
    q
}

impl Cpu {
    /// Runs a lane loop over Vd, Va and Vb into Vd, within the instruction's width.
    #[inline(always)]
    pub(crate) fn lanewise(&mut self, o: &Op, a: u8, b: u8, run: impl Fn(&mut Bytes, &Bytes, &Bytes) -> bool) {
        if is_full(o) {
            let q = on_registers(&mut self.state.v, [o.rd, a, b], run);
            self.saturated(q);
        } else {
            self.lanewise_values(o, self.v(a), self.v(b), run);
        }
    }

    /// The same with operands that are not registers.
    #[inline(always)]
    pub(crate) fn lanewise_values(
        &mut self,
        o: &Op,
        a: u128,
        b: u128,
        run: impl Fn(&mut Bytes, &Bytes, &Bytes) -> bool,
    ) {
        // Zeroes never saturate, so what lies outside the width must be zero before and after.
        let m = width_mask(o);
        let mut r = (self.v(o.rd) & m).to_le_bytes();
        let q = run(&mut r, &(a & m).to_le_bytes(), &(b & m).to_le_bytes());
        self.set_v(o.rd, u128::from_le_bytes(r) & m);
        self.saturated(q);
    }

    /// Writes Vd, zeroing what lies outside the instruction's width.
    #[inline(always)]
    pub(crate) fn set_lanes(&mut self, o: &Op, v: u128) -> R<()> {
        if is_full(o) {
            self.set_v(o.rd, v);
        } else {
            self.set_v(o.rd, v & width_mask(o));
        }
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
    pub(crate) fn set_narrowed(&mut self, o: &Op, low: u64) -> R<()> {
        let low = u128::from(low) & low_bits(u32::from(o.aux >> 5));
        let v = if upper(o) { self.v(o.rd) & u128::from(u64::MAX) | low << 64 } else { low };
        self.set_v(o.rd, v);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lane_zero_is_the_lowest() {
        let v = 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100;
        assert_eq!(u8::split(v)[1], 1);
        assert_eq!(u32::split(v)[3], 0x0f0e_0d0c);
        assert_eq!(i64::join(&i64::split(v)), v);
        assert_eq!(duplicate(v, 1, 2), 0x0504_0504_0504_0504_0504_0504_0504_0504);
    }

    #[test]
    fn saturation_is_told() {
        let mut q = false;
        assert_eq!(i8::saturate(127, &mut q), 127);
        assert!(!q);
        assert_eq!(u8::saturate(-1, &mut q), 0);
        assert!(q);
    }

    #[test]
    fn rounding_shifts_by_the_whole_width_leave_the_rounding() {
        assert_eq!(u8::MAX.shift_right_rounding(8), 1);
        assert_eq!((-1i8).shift_right_rounding(8), 0);
        assert_eq!((-128i8).shift_right(8), -1);
    }

    #[test]
    fn narrowing_and_widening_are_inverse() {
        let wide = i16::from_le_bytes([0x80, 0xff]);
        let v = i16::join(&[wide; 8]);
        let (low, q) = i8::narrow_lanes(&v.to_le_bytes(), |w: i16, q| i8::saturate(w.into(), q));
        assert_eq!((low, q), (0x8080_8080_8080_8080, false));
        assert_eq!(i8::widen_lanes(low.to_le_bytes()), v.to_le_bytes());
    }
}
