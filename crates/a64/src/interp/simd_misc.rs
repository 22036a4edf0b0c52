//! AdvSIMD two-register miscellaneous and across lanes.

use super::simd_lanes::{Int, LaneOp, Narrow, Sign, lane_ops, low_bits, map, size, width_mask, zip};
use crate::cpu::{Cpu, R};
use crate::decode::Op;

lane_ops! {
    /// Signed destination, unsigned operand.
    Suqadd(d, a, _, q) T::saturate(d.wide() + (a.wide() & low_bits(T::BITS) as i128), q);
    /// Unsigned destination, signed operand.
    Usqadd(d, a, _, q) T::saturate(d.wide() + ((a.wide() << (128 - T::BITS)) >> (128 - T::BITS)), q);
    /// Bits equal to the sign bit, without it.
    Cls(_, a, _, _) T::wrap(i128::from((a ^ (a >> (T::BITS - 1))).leading_zeros()) - 1);
    Clz(_, a, _, _) T::wrap(i128::from(a.leading_zeros()));
    Cnt(_, a, _, _) T::wrap(i128::from(a.count_ones()));
    Rbit(_, a, _, _) a.reverse_bits();
    Abs(_, a, _, _) if a < T::ZERO { T::ZERO.sub(a) } else { a };
    Neg(_, a, _, _) T::ZERO.sub(a);
    Qabs(_, a, _, q) T::saturate(a.wide().abs(), q);
    Qneg(_, a, _, q) T::saturate(-a.wide(), q);
    Gt0(_, a, _, _) T::mask(a > T::ZERO);
    Ge0(_, a, _, _) T::mask(a >= T::ZERO);
    Eq0(_, a, _, _) T::mask(a == T::ZERO);
    Le0(_, a, _, _) T::mask(a <= T::ZERO);
    Lt0(_, a, _, _) T::mask(a < T::ZERO);
}

/// A lane operation on the destination and one operand.
pub(crate) fn two<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let m = width_mask(o);
    let (d, a) = (c.v(o.rd) & m, c.v(o.rn) & m);
    let mut q = false;
    let r = match size(o) {
        0 => zip::<G::B>(d, a, a, |d, a, b| F::lane(d, a, b, &mut q)),
        1 => zip::<G::H>(d, a, a, |d, a, b| F::lane(d, a, b, &mut q)),
        2 => zip::<G::S>(d, a, a, |d, a, b| F::lane(d, a, b, &mut q)),
        _ => zip::<G::D>(d, a, a, |d, a, b| F::lane(d, a, b, &mut q)),
    };
    c.saturated(q);
    c.set_lanes(o, r)
}

pub(crate) fn not(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_lanes(o, !c.v(o.rn))
}

/// Reverses the elements within each group of `BYTES`.
pub(crate) fn rev<const BYTES: u32>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let v = c.v(o.rn);
    // All bytes of each group, then those of each element back.
    let groups = match BYTES {
        2 => map::<u16>(v, u16::swap_bytes),
        4 => map::<u32>(v, u32::swap_bytes),
        _ => map::<u64>(v, u64::swap_bytes),
    };
    let r = match size(o) {
        0 => groups,
        1 => map::<u16>(groups, u16::swap_bytes),
        _ => map::<u32>(groups, u32::swap_bytes),
    };
    c.set_lanes(o, r)
}

/// Sums of neighbours, twice as large, optionally added to the destination.
#[inline(always)]
fn sums<N: Narrow, const ACCUMULATE: bool>(d: u128, v: u128) -> u128 {
    let v = N::split(v);
    let mut r = <N::Wide as Int>::split(if ACCUMULATE { d } else { 0 });
    for (r, p) in r.as_mut().iter_mut().zip(v.as_ref().chunks_exact(2)) {
        *r = r.add(p[0].widen()).add(p[1].widen());
    }
    <N::Wide as Int>::join(&r)
}

pub(crate) fn pairwise_long<G: Sign, const ACCUMULATE: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (d, v) = (c.v(o.rd), c.v(o.rn));
    let r = match size(o) {
        0 => sums::<G::B, ACCUMULATE>(d, v),
        1 => sums::<G::H, ACCUMULATE>(d, v),
        _ => sums::<G::S, ACCUMULATE>(d, v),
    };
    c.set_lanes(o, r)
}

/// Combines the lanes within the width into one.
#[inline(always)]
fn fold<T: Int, F: LaneOp>(o: &Op, v: u128) -> u128 {
    let lanes = usize::from(o.aux >> 4) / T::BITS as usize;
    let v = T::split(v);
    let all = v.as_ref().iter().copied().take(lanes);
    let r = all.reduce(|a, b| F::lane(T::ZERO, a, b, &mut false)).unwrap_or(T::ZERO);
    r.wide() as u128 & low_bits(T::BITS)
}

pub(crate) fn reduce<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let v = c.v(o.rn);
    let r = match size(o) {
        0 => fold::<G::B, F>(o, v),
        1 => fold::<G::H, F>(o, v),
        2 => fold::<G::S, F>(o, v),
        _ => fold::<G::D, F>(o, v),
    };
    c.set_v(o.rd, r);
    Ok(())
}

/// The sum of all lanes, which fits an element twice as large.
pub(crate) fn saddlv<G: Sign>(c: &mut Cpu, o: &Op) -> R<()> {
    #[inline(always)]
    fn sum<N: Narrow>(o: &Op, v: u128) -> u128 {
        let lanes = usize::from(o.aux >> 4) / N::BITS as usize;
        let v = N::split(v);
        let total: i128 = v.as_ref().iter().take(lanes).map(|v| v.wide()).sum();
        total as u128 & low_bits(2 * N::BITS)
    }
    c.fp_enabled()?;
    let v = c.v(o.rn);
    let r = match size(o) {
        0 => sum::<G::B>(o, v),
        1 => sum::<G::H>(o, v),
        _ => sum::<G::S>(o, v),
    };
    c.set_v(o.rd, r);
    Ok(())
}
