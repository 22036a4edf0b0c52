//! AdvSIMD three same: two operands and a result of the same shape. Also by element, and dot products.

use super::simd_lanes::{Bytes, Int, LaneOp, Narrow, Sign, duplicate, is_full, lane_ops, size};
use crate::cpu::{Cpu, R};
use crate::decode::Op;

lane_ops! {
    /// Half of the sum, rounded down, without losing the carry.
    Hadd(_, a, b, _) (a & b).add((a ^ b) >> 1);
    /// Half of the sum, rounded up.
    Rhadd(_, a, b, _) (a | b).sub((a ^ b) >> 1);
    /// Half of the difference, rounded down.
    Hsub(_, a, b, _) ((a ^ b) >> 1).sub(!a & b);
    Qadd(_, a, b, q) { let r = a.saturating_add(b); *q |= r != a.add(b); r };
    Qsub(_, a, b, q) { let r = a.saturating_sub(b); *q |= r != a.sub(b); r };
    Gt(_, a, b, _) T::mask(a > b);
    Ge(_, a, b, _) T::mask(a >= b);
    Eq(_, a, b, _) T::mask(a == b);
    Tst(_, a, b, _) T::mask(a & b != T::ZERO);
    Shl(_, a, b, q) shift_by::<T, false, false>(a, b.wide() as i8, q);
    Qshl(_, a, b, q) shift_by::<T, false, true>(a, b.wide() as i8, q);
    Rshl(_, a, b, q) shift_by::<T, true, false>(a, b.wide() as i8, q);
    Qrshl(_, a, b, q) shift_by::<T, true, true>(a, b.wide() as i8, q);
    Max(_, a, b, _) a.max(b);
    Min(_, a, b, _) a.min(b);
    Abd(_, a, b, _) a.max(b).sub(a.min(b));
    Aba(d, a, b, _) d.add(a.max(b).sub(a.min(b)));
    Add(_, a, b, _) a.add(b);
    Sub(_, a, b, _) a.sub(b);
    Mul(_, a, b, _) a.mul(b);
    Mla(d, a, b, _) d.add(a.mul(b));
    Mls(d, a, b, _) d.sub(a.mul(b));
    /// Polynomial product of bytes. For halfwords: of their low bytes, in full.
    Pmul(_, a, b, _) (0..8).fold(T::ZERO, |r, i| r ^ (a << i & T::mask((b >> i) & T::wrap(1) != T::ZERO)));
    /// High half of twice the product.
    Qdmulh(_, a, b, q) T::saturate((2 * a.wide() * b.wide()) >> T::BITS, q);
    Qrdmulh(_, a, b, q) T::saturate((2 * a.wide() * b.wide() + half::<T>()) >> T::BITS, q);
    Qrdmlah(d, a, b, q) T::saturate(((d.wide() << T::BITS) + 2 * a.wide() * b.wide() + half::<T>()) >> T::BITS, q);
    Qrdmlsh(d, a, b, q) T::saturate(((d.wide() << T::BITS) - 2 * a.wide() * b.wide() + half::<T>()) >> T::BITS, q);
}

/// Half of the unit of a lane's high half: what rounding adds.
#[inline(always)]
fn half<T: Int>() -> i128 {
    1 << (T::BITS - 1)
}

/// A shift left by a signed amount (right if negative), optionally rounding, optionally saturating.
#[inline(always)]
pub(crate) fn shift_by<T: Int, const ROUND: bool, const SATURATE: bool>(a: T, by: i8, q: &mut bool) -> T {
    let (v, n, bits) = (a.wide(), i32::from(by), T::BITS as i32);
    let shifted = if n >= bits {
        // Out of range unless it is zero; only the sign is left to tell.
        if SATURATE { v.signum() << bits } else { 0 }
    } else if n >= 0 {
        v << n
    } else {
        // One place more than the lane has: no larger amount gives anything else.
        let n = (-n).min(bits + 1);
        if ROUND { (v + (1 << (n - 1))) >> n } else { v >> n }
    };
    if SATURATE { T::saturate(shifted, q) } else { T::wrap(shifted) }
}

/// A lane operation for the instruction's element size.
#[inline(always)]
pub(crate) fn zip<G: Sign, F: LaneOp>(o: &Op, d: &mut Bytes, a: &Bytes, b: &Bytes) -> bool {
    match size(o) {
        0 => G::B::zip(d, a, b, F::lane),
        1 => G::H::zip(d, a, b, F::lane),
        2 => G::S::zip(d, a, b, F::lane),
        _ => G::D::zip(d, a, b, F::lane),
    }
}

pub(crate) fn three<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.lanewise(o, o.rn, o.rm, |d, a, b| zip::<G, F>(o, d, a, b));
    Ok(())
}

/// The second operand is one element (index `ra`) of Vm.
pub(crate) fn by_element<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let b = duplicate(c.v(o.rm), size(o), o.ra);
    c.lanewise_values(o, c.v(o.rn), b, |d, a, b| zip::<G, F>(o, d, a, b));
    Ok(())
}

/// Operates on neighbours in the concatenation of Vm (high) and Vn (low).
pub(crate) fn pairwise<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    if is_full(o) {
        c.lanewise(o, o.rn, o.rm, |d, a, b| {
            let mut both = [0; 32];
            let halves = both.as_chunks_mut::<16>().0;
            (halves[0], halves[1]) = (*a, *b);
            *d = neighbours::<G, F>(o, &both);
            false
        });
    } else {
        let mut both = [0; 32];
        let words = [c.v(o.rn), c.v(o.rm)].map(|v| (v as u64).to_le_bytes());
        both.as_chunks_mut::<8>().0[..2].copy_from_slice(&words);
        c.set_lanes(o, u128::from_le_bytes(neighbours::<G, F>(o, &both)))?;
    }
    Ok(())
}

#[inline(always)]
fn neighbours<G: Sign, F: LaneOp>(o: &Op, both: &[u8; 32]) -> Bytes {
    match size(o) {
        0 => G::B::pairs(both, |a, b| F::lane(a, a, b, &mut false)),
        1 => G::H::pairs(both, |a, b| F::lane(a, a, b, &mut false)),
        2 => G::S::pairs(both, |a, b| F::lane(a, a, b, &mut false)),
        _ => G::D::pairs(both, |a, b| F::lane(a, a, b, &mut false)),
    }
}

pub(crate) const AND: u8 = 0;
pub(crate) const BIC: u8 = 1;
pub(crate) const ORR: u8 = 2;
pub(crate) const ORN: u8 = 3;
pub(crate) const EOR: u8 = 4;
pub(crate) const BSL: u8 = 5;
pub(crate) const BIT: u8 = 6;
pub(crate) const BIF: u8 = 7;

pub(crate) fn logical<const KIND: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (d, n, m) = (c.v(o.rd), c.v(o.rn), c.v(o.rm));
    let r = match KIND {
        AND => n & m,
        BIC => n & !m,
        ORR => n | m,
        ORN => n | !m,
        EOR => n ^ m,
        BSL => m ^ (m ^ n) & d,
        BIT => d ^ (d ^ n) & m,
        _ => d ^ (d ^ n) & !m,
    };
    c.set_lanes(o, r)
}

/// Four products of bytes are added to each word.
#[inline(always)]
fn dot_products<G: Sign>(c: &mut Cpu, o: &Op, b: u128) -> R<()> {
    let (a, b) = (G::B::split(c.v(o.rn)), G::B::split(b));
    let mut d = G::S::split(c.v(o.rd));
    let groups = a.as_ref().chunks_exact(4).zip(b.as_ref().chunks_exact(4));
    for (d, (a, b)) in d.as_mut().iter_mut().zip(groups) {
        for (a, b) in a.iter().zip(b) {
            // A product of bytes fits a halfword.
            let product = a.widen().mul(b.widen());
            *d = d.add(product.widen());
        }
    }
    c.set_lanes(o, G::S::join(&d))
}

pub(crate) fn dot<G: Sign>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    dot_products::<G>(c, o, c.v(o.rm))
}

pub(crate) fn dot_by_element<G: Sign>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    dot_products::<G>(c, o, duplicate(c.v(o.rm), 2, o.ra))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane<F: LaneOp, T: Int>(d: T, a: T, b: T) -> (T, bool) {
        let mut q = false;
        (F::lane(d, a, b, &mut q), q)
    }

    #[test]
    fn halving_keeps_the_carry() {
        assert_eq!(lane::<Hadd, u8>(0, 255, 255).0, 255);
        assert_eq!(lane::<Hadd, i8>(0, -1, 0).0, -1);
        assert_eq!(lane::<Rhadd, i8>(0, -1, 0).0, 0);
        assert_eq!(lane::<Hsub, i8>(0, -128, 127).0, -128);
        assert_eq!(lane::<Hsub, u8>(0, 0, 1).0, 255);
    }

    #[test]
    fn doubling_products_saturate_only_at_the_most_negative() {
        assert_eq!(lane::<Qdmulh, i16>(0, i16::MIN, i16::MIN), (i16::MAX, true));
        assert_eq!(lane::<Qrdmulh, i32>(0, i32::MIN, i32::MIN), (i32::MAX, true));
        assert_eq!(lane::<Qdmulh, i16>(0, i16::MIN, i16::MAX), (-32767, false));
        assert_eq!(lane::<Qrdmlsh, i16>(i16::MIN, i16::MAX, i16::MAX), (i16::MIN, true));
    }

    #[test]
    fn shifts_by_registers_take_a_signed_byte() {
        assert_eq!(lane::<Shl, u32>(0, 1, 0x1234_5602).0, 4);
        assert_eq!(lane::<Shl, u8>(0, 1, 8).0, 0);
        assert_eq!(lane::<Shl, i64>(0, -1, -128).0, -1);
        assert_eq!(lane::<Rshl, i64>(0, -1, -128).0, 0);
        assert_eq!(lane::<Rshl, u64>(0, u64::MAX, 64u64.wrapping_neg()).0, 1);
        assert_eq!(lane::<Qshl, u64>(0, 1, 127), (u64::MAX, true));
        assert_eq!(lane::<Qshl, i64>(0, -1, 64), (i64::MIN, true));
        assert_eq!(lane::<Qshl, u64>(0, 0, 127), (0, false));
    }

    #[test]
    fn polynomial_products_of_bytes_have_no_carries() {
        assert_eq!(lane::<Pmul, u8>(0, 0xff, 0xff).0, 0x55);
        assert_eq!(lane::<Pmul, u16>(0, 0xff, 0xff).0, 0x5555);
    }
}
