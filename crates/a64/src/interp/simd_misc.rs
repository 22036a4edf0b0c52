//! AdvSIMD two-register miscellaneous and across lanes.

use super::simd_lanes::{Int, LaneOp, Narrow, Sign, is_full, lane_ops, low_bits, map, size, width_mask};
use super::simd_three::zip;
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
    c.lanewise(o, o.rn, o.rn, |d, a, b| zip::<G, F>(o, d, a, b));
    Ok(())
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
pub(crate) fn pairwise_long<G: Sign, const ACCUMULATE: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let v = c.v(o.rn).to_le_bytes();
    let mut r = if ACCUMULATE { c.v(o.rd).to_le_bytes() } else { [0; 16] };
    match size(o) {
        0 => G::B::add_pairs(&mut r, &v),
        1 => G::H::add_pairs(&mut r, &v),
        _ => G::S::add_pairs(&mut r, &v),
    }
    c.set_lanes(o, u128::from_le_bytes(r))
}

/// Combines lanes into one, in the lowest bits.
#[inline(always)]
fn fold<G: Sign, F: LaneOp, const BYTES: usize>(o: &Op, v: &[u8; BYTES]) -> u128 {
    #[inline(always)]
    fn combined<T: Int, F: LaneOp, const BYTES: usize>(v: &[u8; BYTES]) -> u128 {
        T::reduce(v, |a, b| F::lane(a, a, b, &mut false)).wide() as u128 & low_bits(T::BITS)
    }
    match size(o) {
        0 => combined::<G::B, F, BYTES>(v),
        1 => combined::<G::H, F, BYTES>(v),
        2 => combined::<G::S, F, BYTES>(v),
        _ => combined::<G::D, F, BYTES>(v),
    }
}

pub(crate) fn reduce<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    if is_full(o) {
        c.lanewise(o, o.rn, o.rn, |d, a, _| {
            *d = fold::<G, F, 16>(o, a).to_le_bytes();
            false
        });
    } else {
        let low = (c.v(o.rn) as u64).to_le_bytes();
        c.set_v(o.rd, fold::<G, F, 8>(o, &low));
    }
    Ok(())
}

/// The sum of all lanes, which fits an element twice as large.
pub(crate) fn saddlv<G: Sign>(c: &mut Cpu, o: &Op) -> R<()> {
    /// Neighbours first; what lies outside the width adds nothing.
    #[inline(always)]
    fn sum<N: Narrow>(v: u128) -> u128 {
        let mut r = [0; 16];
        N::add_pairs(&mut r, &v.to_le_bytes());
        N::Wide::reduce(&r, N::Wide::add).wide() as u128 & low_bits(2 * N::BITS)
    }
    c.fp_enabled()?;
    let v = c.v(o.rn) & width_mask(o);
    let r = match size(o) {
        0 => sum::<G::B>(v),
        1 => sum::<G::H>(v),
        _ => sum::<G::S>(v),
    };
    c.set_v(o.rd, r);
    Ok(())
}
