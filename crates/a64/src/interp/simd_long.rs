//! AdvSIMD three different: operands and results of two element sizes.

use super::simd_lanes::{Bytes, Int, LaneOp, Narrow, Sign, duplicate, is_full, lane_ops, low_bits, size, upper};
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

/// The half of a narrow operand that the instruction reads, its elements made wide.
#[inline(always)]
fn widened<N: Narrow>(o: &Op, v: &Bytes) -> Bytes {
    let halves = v.as_chunks::<8>().0;
    N::widen_lanes(if upper(o) { halves[1] } else { halves[0] })
}

/// A lane operation on wide elements, made of two narrow operands.
#[inline(always)]
fn zip_long<G: Sign, F: LaneOp>(o: &Op, d: &mut Bytes, a: &Bytes, b: &Bytes) -> bool {
    match size(o) {
        0 => G::H::zip(d, &widened::<G::B>(o, a), &widened::<G::B>(o, b), F::lane),
        1 => G::S::zip(d, &widened::<G::H>(o, a), &widened::<G::H>(o, b), F::lane),
        _ => G::D::zip(d, &widened::<G::S>(o, a), &widened::<G::S>(o, b), F::lane),
    }
}

/// Operands that are not registers; of the scalar forms, only one element.
#[inline(always)]
fn values<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op, b: u128) -> R<()> {
    let m = if is_full(o) { u128::MAX } else { low_bits(8 << size(o)) };
    c.lanewise_values(o, c.v(o.rn) & m, b & m, |d, a, b| zip_long::<G, F>(o, d, a, b));
    Ok(())
}

/// Narrow operands, wide result.
pub(crate) fn long<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    if !is_full(o) {
        return values::<G, F>(c, o, c.v(o.rm));
    }
    c.lanewise(o, o.rn, o.rm, |d, a, b| zip_long::<G, F>(o, d, a, b));
    Ok(())
}

/// The same with one element (index `ra`) of Vm.
pub(crate) fn by_element<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    values::<G, F>(c, o, duplicate(c.v(o.rm), size(o), o.ra))
}

/// Wide first operand and result, narrow second operand.
pub(crate) fn wide<G: Sign, F: LaneOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.lanewise(o, o.rn, o.rm, |d, a, b| match size(o) {
        0 => G::H::zip(d, a, &widened::<G::B>(o, b), F::lane),
        1 => G::S::zip(d, a, &widened::<G::H>(o, b), F::lane),
        _ => G::D::zip(d, a, &widened::<G::S>(o, b), F::lane),
    });
    Ok(())
}

/// Makes narrow lanes wide and shifts them left by `ra`.
pub(crate) fn shift_left<G: Sign>(c: &mut Cpu, o: &Op) -> R<()> {
    #[inline(always)]
    fn shift<N: Narrow>(o: &Op, d: &mut Bytes, a: &Bytes) -> bool {
        let (a, n) = (widened::<N>(o, a), u32::from(o.ra));
        N::Wide::zip(d, &a, &a, |_, a, _, _| a << n)
    }
    c.fp_enabled()?;
    c.lanewise(o, o.rn, o.rn, |d, a, _| match size(o) {
        0 => shift::<G::B>(o, d, a),
        1 => shift::<G::H>(o, d, a),
        _ => shift::<G::S>(o, d, a),
    });
    Ok(())
}

/// Wide operands; the high half of each lane of the result, optionally rounded.
pub(crate) fn high_narrow<F: LaneOp, const ROUND: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    #[inline(always)]
    fn high<N: Narrow, F: LaneOp, const ROUND: bool>(a: u128, b: u128) -> u64 {
        let mut r = a.to_le_bytes();
        N::Wide::zip(&mut r, &a.to_le_bytes(), &b.to_le_bytes(), |d, a, b, q| {
            let r = F::lane(d, a, b, q);
            (if ROUND { r.add(N::Wide::wrap(1 << (N::BITS - 1))) } else { r }) >> N::BITS
        });
        N::narrow_lanes(&r, |w: N::Wide, _| N::wrap(w.wide())).0
    }
    c.fp_enabled()?;
    let (a, b) = (c.v(o.rn), c.v(o.rm));
    let r = match size(o) {
        0 => high::<u8, F, ROUND>(a, b),
        1 => high::<u16, F, ROUND>(a, b),
        _ => high::<u32, F, ROUND>(a, b),
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
