//! Advanced SIMD floating point, the arrangements of one, two and three sources: vectors, scalars, pairs, reductions
//! and by element. The operations are those of [`super::fp_ops`].
//!
//! Every executor here keeps the instruction word in `imm`. `Q` (bit 30) clear means a 64-bit vector, whose upper
//! half the destination zeroes.

use super::fp_ops::{Binary, Ternary, Unary};
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::softfp::{Format, Fp};

/// Q: 128-bit vectors.
#[inline(always)]
pub(crate) fn full(o: &Op) -> bool {
    o.imm >> 30 & 1 != 0
}

/// Element `i` of a 64-bit half vector.
#[inline(always)]
pub(crate) fn lane<F: Format>(half: u64, i: u32) -> F::Bits {
    F::narrow(half >> (i * F::WIDTH))
}

/// Element `i` of a vector.
#[inline(always)]
pub(crate) fn element<F: Format>(v: u128, i: u32) -> F::Bits {
    F::narrow((v >> (i * F::WIDTH)) as u64)
}

/// Builds a 64-bit half vector, lowest element first: exceptions accumulate in the manual's order.
#[inline(always)]
pub(crate) fn half<F: Format>(mut f: impl FnMut(u32) -> F::Bits) -> u64 {
    let mut out = 0;
    for i in 0..64 / F::WIDTH {
        out |= f(i).into() << (i * F::WIDTH);
    }
    out
}

/// Applies `f` to the corresponding elements of three operands, in one, a half or a full vector of elements.
#[inline(always)]
fn each<F: Format, const SCALAR: bool>(
    o: &Op,
    [a, b, c]: [u128; 3],
    mut f: impl FnMut(F::Bits, F::Bits, F::Bits) -> F::Bits,
) -> u128 {
    if SCALAR {
        return u128::from(f(lane::<F>(a as u64, 0), lane::<F>(b as u64, 0), lane::<F>(c as u64, 0)).into());
    }
    let mut part = |a: u64, b: u64, c: u64| half::<F>(|i| f(lane::<F>(a, i), lane::<F>(b, i), lane::<F>(c, i)));
    let low = u128::from(part(a as u64, b as u64, c as u64));
    if full(o) { low | u128::from(part((a >> 64) as u64, (b >> 64) as u64, (c >> 64) as u64)) << 64 } else { low }
}

/// The same for one operand.
#[inline(always)]
pub(crate) fn map<F: Format, const SCALAR: bool>(o: &Op, n: u128, mut f: impl FnMut(F::Bits) -> F::Bits) -> u128 {
    each::<F, SCALAR>(o, [n; 3], |n, _, _| f(n))
}

/// Two-register forms.
pub(crate) fn one<F: Format, O: Unary, const SCALAR: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let r = map::<F, SCALAR>(o, c.v(o.rn), |n| O::apply::<F>(&mut fp, n));
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// Three-register forms.
pub(crate) fn two<F: Format, O: Binary, const SCALAR: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (n, m) = (c.v(o.rn), c.v(o.rm));
    two_by::<F, O, SCALAR>(c, o, n, m)
}

/// FMLA and FMLS.
pub(crate) fn three<F: Format, O: Ternary>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let m = c.v(o.rm);
    three_by::<F, O, false>(c, o, m)
}

#[inline(always)]
fn two_by<F: Format, O: Binary, const SCALAR: bool>(c: &mut Cpu, o: &Op, n: u128, m: u128) -> R<()> {
    let mut fp = c.fp();
    let r = each::<F, SCALAR>(o, [n, m, m], |n, m, _| O::apply::<F>(&mut fp, n, m));
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

#[inline(always)]
fn three_by<F: Format, O: Ternary, const SCALAR: bool>(c: &mut Cpu, o: &Op, m: u128) -> R<()> {
    let mut fp = c.fp();
    let r = each::<F, SCALAR>(o, [c.v(o.rd), c.v(o.rn), m], |a, n, m| O::apply::<F>(&mut fp, a, n, m));
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// Element `index` in every element.
#[inline(always)]
pub(crate) fn splat<F: Format>(v: u128, index: u32) -> u128 {
    let e = element::<F>(v, index);
    let part = u128::from(half::<F>(|_| e));
    part << 64 | part
}

/// FMUL and FMULX by element. aux = index.
pub(crate) fn two_elem<F: Format, O: Binary, const SCALAR: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (n, m) = (c.v(o.rn), splat::<F>(c.v(o.rm), u32::from(o.aux)));
    two_by::<F, O, SCALAR>(c, o, n, m)
}

/// FMLA and FMLS by element. aux = index.
pub(crate) fn three_elem<F: Format, O: Ternary, const SCALAR: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let m = splat::<F>(c.v(o.rm), u32::from(o.aux));
    three_by::<F, O, SCALAR>(c, o, m)
}

/// Pairwise forms: the elements of Vn, then those of Vm, two by two.
pub(crate) fn pairwise<F: Format, O: Binary>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let (n, m) = (c.v(o.rn), c.v(o.rm));
    let r = if full(o) {
        let mut pairs = |v: u128| u128::from(half::<F>(|i| pair::<F, O>(&mut fp, v, i)));
        pairs(n) | pairs(m) << 64
    } else {
        let both = u128::from(n as u64) | m << 64;
        u128::from(half::<F>(|i| pair::<F, O>(&mut fp, both, i)))
    };
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

#[inline(always)]
fn pair<F: Format, O: Binary>(fp: &mut Fp, v: u128, i: u32) -> F::Bits {
    O::apply::<F>(fp, element::<F>(v, 2 * i), element::<F>(v, 2 * i + 1))
}

/// Scalar pairwise: the two lowest elements of Vn.
pub(crate) fn pair_scalar<F: Format, O: Binary>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let r = pair::<F, O>(&mut fp, c.v(o.rn), 0);
    c.fp_done(fp)?;
    c.set_scalar::<F>(o.rd, r);
    Ok(())
}

/// Across lanes: Reduce() halves the vector and combines the results, so neighbours meet first.
pub(crate) fn across<F: Format, O: Binary>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let mut v = c.v(o.rn);
    let mut elements = if full(o) { 128 } else { 64 } / F::WIDTH;
    while elements > 1 {
        elements /= 2;
        v = (0..elements).fold(0, |out, i| {
            let e: u64 = pair::<F, O>(&mut fp, v, i).into();
            out | u128::from(e) << (i * F::WIDTH)
        });
    }
    c.fp_done(fp)?;
    c.set_v(o.rd, v);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::interp::bare::{core, run};

    const ONE: u128 = 0x3f80_0000;
    const TWO: u128 = 0x4000_0000;
    const THREE: u128 = 0x4040_0000;
    const FOUR: u128 = 0x4080_0000;

    fn singles(e: [u128; 4]) -> u128 {
        e[0] | e[1] << 32 | e[2] << 64 | e[3] << 96
    }

    #[test]
    fn a_64_bit_vector_zeroes_the_upper_half() {
        let mut c = core();
        c.state.v[1] = singles([ONE; 4]);
        c.state.v[2] = u128::MAX;
        // FADD V2.2S, V1.2S, V1.2S
        run(&mut c, 0x0e21_d422).unwrap();
        assert_eq!(c.state.v[2], singles([TWO, TWO, 0, 0]));
    }

    #[test]
    fn pairs_come_from_the_first_source_first() {
        let mut c = core();
        c.state.v[0] = singles([ONE, TWO, FOUR, FOUR]);
        c.state.v[1] = singles([ONE, ONE, TWO, TWO]);
        // FMAXP V2.4S, V0.4S, V1.4S; FMAXP V3.2S, V0.2S, V1.2S
        run(&mut c, 0x6e21_f402).unwrap();
        run(&mut c, 0x2e21_f403).unwrap();
        assert_eq!(c.state.v[2], singles([TWO, FOUR, ONE, TWO]));
        assert_eq!(c.state.v[3], singles([TWO, ONE, 0, 0]));
    }

    #[test]
    fn a_reduction_gives_one_element() {
        let mut c = core();
        c.state.v[0] = singles([ONE, FOUR, THREE, TWO]);
        // FMAXV S1, V0.4S; FMINNMV S0, V0.4S
        run(&mut c, 0x6e30_f801).unwrap();
        run(&mut c, 0x6eb0_c800).unwrap();
        assert_eq!((c.state.v[1], c.state.v[0]), (FOUR, ONE));
    }

    #[test]
    fn a_product_by_element_accumulates_on_the_old_destination_even_if_all_are_one_register() {
        let mut c = core();
        c.state.v[5] = singles([ONE, TWO, ONE, TWO]);
        // FMLA V5.4S, V5.4S, V5.S[1]: d + 2d
        run(&mut c, 0x4fa5_10a5).unwrap();
        assert_eq!(c.state.v[5], singles([THREE, 0x40c0_0000, THREE, 0x40c0_0000]));
    }

    #[test]
    fn one_trapping_lane_keeps_the_whole_vector() {
        let mut c = core();
        c.state.fpcr = crate::softfp::FPCR_DZE;
        c.state.v[0] = singles([ONE; 4]);
        c.state.v[1] = singles([ONE, ONE, 0, THREE]);
        c.state.v[2] = 77;
        // FDIV V2.4S, V0.4S, V1.4S
        assert!(run(&mut c, 0x6e21_fc02).is_err());
        assert_eq!(c.exception.esr, 0x2c << 26 | 1 << 25 | 1 << 23 | 1 << 1);
        assert_eq!((c.state.v[2], c.state.fpsr), (77, 0));
    }

    #[test]
    fn compares_make_masks_and_scalars_touch_one_element() {
        let mut c = core();
        c.state.v[0] = singles([ONE, TWO, ONE, TWO]);
        c.state.v[1] = singles([ONE; 4]);
        c.state.v[3] = u128::MAX;
        // FCMGT V2.4S, V0.4S, V1.4S; FCMEQ S3, S0, S1
        run(&mut c, 0x6ea1_e402).unwrap();
        run(&mut c, 0x5e21_e403).unwrap();
        assert_eq!(c.state.v[2], singles([0, 0xffff_ffff, 0, 0xffff_ffff]));
        assert_eq!(c.state.v[3], 0xffff_ffff);
    }
}
