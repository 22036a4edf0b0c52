//! AdvSIMD three same: two operands and a result of the same shape. Also by element, and dot products.

use super::simd_lanes::{Int, LaneOp, Narrow, Sign, duplicate, lane_ops, size, width_mask, zip};
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

/// Applies a lane operation. The operands are cut to the width first: zeroes never saturate.
#[inline(always)]
fn apply<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op, b: u128) -> R<()> {
    let m = width_mask(o);
    let (d, a, b) = (c.v(o.rd) & m, c.v(o.rn) & m, b & m);
    let mut q = false;
    let r = match size(o) {
        0 => zip::<G::B>(d, a, b, |d, a, b| F::lane(d, a, b, &mut q)),
        1 => zip::<G::H>(d, a, b, |d, a, b| F::lane(d, a, b, &mut q)),
        2 => zip::<G::S>(d, a, b, |d, a, b| F::lane(d, a, b, &mut q)),
        _ => zip::<G::D>(d, a, b, |d, a, b| F::lane(d, a, b, &mut q)),
    };
    c.saturated(q);
    c.set_lanes(o, r)
}

pub(crate) fn three<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    apply::<G, F>(c, o, c.v(o.rm))
}

/// The second operand is one element (index `ra`) of Vm.
pub(crate) fn by_element<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    apply::<G, F>(c, o, duplicate(c.v(o.rm), size(o), o.ra))
}

/// Operates on neighbours in the concatenation of Vm (high) and Vn (low).
#[inline(always)]
fn neighbours<T: Int, F: LaneOp>(low: u128, high: u128, lanes: usize) -> u128 {
    let (low, high) = (T::split(low), T::split(high));
    let mut r = T::split(0);
    let pairs = |v: T::Lanes| {
        let mut r = T::split(0);
        for (r, p) in r.as_mut().iter_mut().zip(v.as_ref().chunks_exact(2)) {
            *r = F::lane(T::ZERO, p[0], p[1], &mut false);
        }
        r
    };
    let (low, high) = (pairs(low), pairs(high));
    let from = low.as_ref().iter().take(lanes / 2).chain(high.as_ref());
    for (r, v) in r.as_mut().iter_mut().zip(from) {
        *r = *v;
    }
    T::join(&r)
}

pub(crate) fn pairwise<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (a, b) = (c.v(o.rn), c.v(o.rm));
    let lanes = usize::from(o.aux >> 4) >> (size(o) + 3);
    let r = match size(o) {
        0 => neighbours::<G::B, F>(a, b, lanes),
        1 => neighbours::<G::H, F>(a, b, lanes),
        2 => neighbours::<G::S, F>(a, b, lanes),
        _ => neighbours::<G::D, F>(a, b, lanes),
    };
    c.set_lanes(o, r)
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
