//! AdvSIMD three different: operands and results of two element sizes.

use super::simd_lanes::{
    LaneOp, Narrow, Sign, Unsigned, duplicate, lane_ops, low_bits, narrow, size, upper, widen, width_mask, zip,
};
use crate::cpu::{Cpu, R};
use crate::decode::Op;

lane_ops! {
    /// Twice the product. Lanes are wide, values narrow.
    Qdmull(_, a, b, q) T::saturate(2 * a.wide() * b.wide(), q);
    /// Saturates twice: the doubled product, then the sum.
    Qdmlal(d, a, b, q) {
        let product: T = T::saturate(2 * a.wide() * b.wide(), q);
        T::saturate(d.wide() + product.wide(), q)
    };
    Qdmlsl(d, a, b, q) {
        let product: T = T::saturate(2 * a.wide() * b.wide(), q);
        T::saturate(d.wide() - product.wide(), q)
    };
}

/// The half of a narrow operand that the instruction reads, in the low bits.
#[inline(always)]
fn part(o: &Op, v: u128) -> u128 {
    (if upper(o) { v >> 64 } else { v }) & low_bits(u32::from(o.aux >> 5))
}

#[inline(always)]
fn apply<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op, b: u128) -> R<()> {
    let (d, a, b) = (c.v(o.rd) & width_mask(o), part(o, c.v(o.rn)), part(o, b));
    let mut q = false;
    let r = match size(o) {
        0 => zip::<G::H>(d, widen::<G::B>(a), widen::<G::B>(b), |d, a, b| F::lane(d, a, b, &mut q)),
        1 => zip::<G::S>(d, widen::<G::H>(a), widen::<G::H>(b), |d, a, b| F::lane(d, a, b, &mut q)),
        _ => zip::<G::D>(d, widen::<G::S>(a), widen::<G::S>(b), |d, a, b| F::lane(d, a, b, &mut q)),
    };
    c.saturated(q);
    c.set_lanes(o, r)
}

/// Narrow operands, wide result.
pub(crate) fn long<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    apply::<G, F>(c, o, c.v(o.rm))
}

/// The same with one element (index `ra`) of Vm.
pub(crate) fn by_element<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    apply::<G, F>(c, o, duplicate(c.v(o.rm), size(o), o.ra))
}

/// Wide first operand and result, narrow second operand.
pub(crate) fn wide<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (a, b) = (c.v(o.rn), part(o, c.v(o.rm)));
    let r = match size(o) {
        0 => zip::<G::H>(a, a, widen::<G::B>(b), |d, a, b| F::lane(d, a, b, &mut false)),
        1 => zip::<G::S>(a, a, widen::<G::H>(b), |d, a, b| F::lane(d, a, b, &mut false)),
        _ => zip::<G::D>(a, a, widen::<G::S>(b), |d, a, b| F::lane(d, a, b, &mut false)),
    };
    c.set_lanes(o, r)
}

/// Wide operands; the high half of each lane of the result, optionally rounded.
pub(crate) fn high_narrow<F: LaneOp, const ROUND: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    #[inline(always)]
    fn high<N: Narrow, F: LaneOp, const ROUND: bool>(a: u128, b: u128) -> u128 {
        use super::simd_lanes::Int;
        let sum = zip::<N::Wide>(a, a, b, |d, a, b| F::lane(d, a, b, &mut false));
        narrow(sum, |w: N::Wide| {
            let w = if ROUND { w.add(N::Wide::wrap(1 << (N::BITS - 1))) } else { w };
            N::truncate(w >> N::BITS)
        })
    }
    c.fp_enabled()?;
    let (a, b) = (c.v(o.rn), c.v(o.rm));
    let r = match size(o) {
        0 => high::<<Unsigned as Sign>::B, F, ROUND>(a, b),
        1 => high::<<Unsigned as Sign>::H, F, ROUND>(a, b),
        _ => high::<<Unsigned as Sign>::S, F, ROUND>(a, b),
    };
    c.set_narrowed(o, r)
}

/// Polynomial product of two doublewords: four bits of `b` at a time.
pub(crate) fn carryless(a: u64, b: u64) -> u128 {
    let mut table = [0u128; 16];
    for i in 1..16 {
        let double = table[i >> 1] << 1;
        table[i] = if i & 1 != 0 { double ^ u128::from(a) } else { double };
    }
    (0..16).rev().fold(0, |r, i| r << 4 ^ table[(b >> (4 * i) & 15) as usize])
}

/// PMULL and PMULL2 of doublewords.
pub(crate) fn pmull_1q(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let shift = if upper(o) { 64 } else { 0 };
    let r = carryless((c.v(o.rn) >> shift) as u64, (c.v(o.rm) >> shift) as u64);
    c.set_v(o.rd, r);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomial_products_match_bit_by_bit() {
        let (a, b) = (0xfedc_ba98_7654_3210u64, 0x8f1b_bcdc_ca62_c1d6u64);
        let slow = (0..64).filter(|i| b >> i & 1 != 0).fold(0u128, |r, i| r ^ u128::from(a) << i);
        assert_eq!(carryless(a, b), slow);
        assert_eq!(carryless(u64::MAX, u64::MAX), 0x5555_5555_5555_5555_5555_5555_5555_5555);
    }
}
