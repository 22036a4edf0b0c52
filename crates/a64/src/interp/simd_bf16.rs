//! BFloat16 (FEAT_BF16, without FEAT_EBF16). The arithmetic is `softfp::bfloat`'s.

use super::simd_fp::full;
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::softfp::{self, F32};

fn word(v: u128, i: u32) -> u32 {
    (v >> (32 * i)) as u32
}

/// Elements 2i and 2i+1.
fn pair(v: u128, i: u32) -> [u16; 2] {
    let w = word(v, i);
    [w as u16, (w >> 16) as u16]
}

/// A BFloat16 number as the single it is the upper half of. `TOP`: the odd one of pair `i`.
fn single<const TOP: bool>(v: u128, i: u32) -> u32 {
    if TOP { word(v, i) & 0xffff_0000 } else { word(v, i) << 16 }
}

fn words(n: u32, mut f: impl FnMut(u32) -> u32) -> u128 {
    (0..n).fold(0, |out, i| out | u128::from(f(i)) << (32 * i))
}

/// BFDOT: to each single, two products. Neither looks at FPCR nor touches FPSR.
pub(crate) fn bfdot(c: &mut Cpu, o: &Op) -> R<()> {
    let m = c.v(o.rm);
    dot_with(c, o, m)
}

/// BFDOT by element: the same pair of Vm for all. aux = which.
pub(crate) fn bfdot_elem(c: &mut Cpu, o: &Op) -> R<()> {
    let m = word(c.v(o.rm), u32::from(o.aux & 3));
    dot_with(c, o, words(4, |_| m))
}

fn dot_with(c: &mut Cpu, o: &Op, m: u128) -> R<()> {
    c.fp_enabled()?;
    let (d, n) = (c.v(o.rd), c.v(o.rn));
    let r = words(if full(o) { 4 } else { 2 }, |i| softfp::bf_dot_add(word(d, i), pair(n, i), pair(m, i)));
    c.set_v(o.rd, r);
    Ok(())
}

/// BFMMLA: Vn is two rows of four, Vm two columns of four, Vd two by two singles. BFMatMulAdd().
pub(crate) fn bfmmla(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (d, n, m) = (c.v(o.rd), c.v(o.rn), c.v(o.rm));
    let r = words(4, |i| {
        let (row, column) = (i / 2 * 2, i % 2 * 2);
        (0..2).fold(word(d, i), |sum, k| softfp::bf_dot_add(sum, pair(n, row + k), pair(m, column + k)))
    });
    c.set_v(o.rd, r);
    Ok(())
}

/// BFMLALB and BFMLALT: to each single, the product of the even or odd elements, with one rounding as FPCR says.
pub(crate) fn bfmlal<const TOP: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let m = c.v(o.rm);
    mlal_with::<TOP>(c, o, |i| single::<TOP>(m, i))
}

/// The same with one element of Vm. aux = which.
pub(crate) fn bfmlal_elem<const TOP: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let m = u32::from((c.v(o.rm) >> (16 * (o.aux & 7))) as u16) << 16;
    mlal_with::<TOP>(c, o, |_| m)
}

fn mlal_with<const TOP: bool>(c: &mut Cpu, o: &Op, m: impl Fn(u32) -> u32) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let (d, n) = (c.v(o.rd), c.v(o.rn));
    let r = words(4, |i| softfp::mul_add::<F32>(&mut fp, word(d, i), single::<TOP>(n, i), m(i)));
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// BFCVT: a single to BFloat16.
pub(crate) fn bfcvt(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let r = softfp::bf_convert(&mut fp, word(c.v(o.rn), 0));
    c.fp_done(fp)?;
    c.set_v(o.rd, u128::from(r));
    Ok(())
}

/// BFCVTN, and BFCVTN2, which keeps the lower half of Vd.
pub(crate) fn bfcvtn(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let n = c.v(o.rn);
    let narrow = (0..4).fold(0, |out, i| out | u128::from(softfp::bf_convert(&mut fp, word(n, i))) << (16 * i));
    c.fp_done(fp)?;
    let r = if full(o) { u128::from(c.v(o.rd) as u64) | narrow << 64 } else { narrow };
    c.set_v(o.rd, r);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;
    use crate::interp::bare;
    use crate::softfp::IXC;

    /// 1, 2, 3 and 4 as BFloat16.
    const NUMBERS: u128 = 0x4080_4040_4000_3f80;

    fn result(word: u32, d: u128, n: u128, m: u128) -> (u128, u32) {
        let mut cpu = bare::core_of(Profile::M2);
        (cpu.state.v[0], cpu.state.v[1], cpu.state.v[2]) = (d, n, m);
        assert_eq!(bare::run(&mut cpu, word), Ok(()));
        (cpu.state.v[0], cpu.state.fpsr)
    }

    fn singles(v: [f32; 4]) -> u128 {
        words(4, |i| v[i as usize].to_bits())
    }

    #[test]
    fn dot_and_matrix_products() {
        let (d, n) = (singles([10.0, 20.0, 30.0, 40.0]), NUMBERS << 64 | NUMBERS);
        // BFDOT V0.2S, V1.4H, V2.4H; BFDOT V0.4S, V1.8H, V2.2H[1]; BFMMLA V0.4S, V1.8H, V2.8H
        assert_eq!(result(0x2e42_fc20, d, n, n), (singles([15.0, 45.0, 0.0, 0.0]), 0));
        assert_eq!(result(0x4f62_f020, d, n, n), (singles([21.0, 45.0, 41.0, 65.0]), 0));
        assert_eq!(result(0x6e42_ec20, d, n, n), (singles([40.0, 50.0, 60.0, 70.0]), 0));
    }

    #[test]
    fn long_products_take_even_or_odd_elements() {
        let n = NUMBERS << 64 | NUMBERS;
        // BFMLALB, BFMLALT V0.4S, V1.8H, V2.8H; BFMLALT V0.4S, V1.8H, V2.H[7]
        assert_eq!(result(0x2ec2_fc20, 0, n, n).0, singles([1.0, 9.0, 1.0, 9.0]));
        assert_eq!(result(0x6ec2_fc20, 0, n, n).0, singles([4.0, 16.0, 4.0, 16.0]));
        assert_eq!(result(0x4ff2_f820, 0, n, n).0, singles([8.0, 16.0, 8.0, 16.0]));
        // One rounding: the addend is far below the product's last place, and says so.
        let (r, fpsr) = result(0x2ec2_fc20, singles([1e-30, 0.0, 0.0, 0.0]), n, n);
        assert_eq!((r, fpsr), (singles([1.0, 9.0, 1.0, 9.0]), IXC));
    }

    #[test]
    fn conversions_narrow_and_keep_what_they_should() {
        let n = singles([1.0, 2.0, 3.0, 4.0]);
        assert_eq!(result(0x0ea1_6820, u128::MAX, n, 0).0, NUMBERS, "BFCVTN V0.4H, V1.4S");
        assert_eq!(result(0x4ea1_6820, 7, n, 0).0, NUMBERS << 64 | 7, "BFCVTN2 V0.8H, V1.4S");
        assert_eq!(result(0x1e63_4020, u128::MAX, n, 0).0, 0x3f80, "BFCVT H0, S1");
    }
}
