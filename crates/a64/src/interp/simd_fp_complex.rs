//! Multiplications of a shape of their own: complex numbers (FEAT_FCMA) and half-precision products added to single
//! precision (FEAT_FHM).

use super::simd_fp::{element, full, half, lane, splat};
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::softfp::{self, F16, F32, Format, Fp};

/// FCADD: adds Vm rotated by 90 (aux 0) or 270 (aux 1) degrees.
pub(crate) fn fcadd<F: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let (n, m) = (c.v(o.rn), c.v(o.rm));
    let mut r = 0;
    for e in 0..if full(o) { 64 } else { 32 } / F::WIDTH {
        let (re, im) = (element::<F>(m, 2 * e), element::<F>(m, 2 * e + 1));
        let (to_re, to_im) = if o.aux == 0 { (softfp::neg::<F>(im), re) } else { (im, softfp::neg::<F>(re)) };
        let re = softfp::add::<F>(&mut fp, element::<F>(n, 2 * e), to_re);
        let im = softfp::add::<F>(&mut fp, element::<F>(n, 2 * e + 1), to_im);
        r |= complex::<F>(e, re, im);
    }
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// FCMLA. aux = rotation in units of 90 degrees.
pub(crate) fn fcmla<F: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let m = c.v(o.rm);
    fcmla_by::<F>(c, o, o.aux & 3, m)
}

/// FCMLA by element. aux = rotation | index << 4.
pub(crate) fn fcmla_elem<F: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    // An element is a pair: 32 bits of halves, 64 bits of singles.
    let index = u32::from(o.aux >> 4);
    let m = c.v(o.rm) >> (index * 2 * F::WIDTH);
    let pair = complex::<F>(0, element::<F>(m, 0), element::<F>(m, 1));
    let m = (0..64 / F::WIDTH).fold(0, |out, e| out | pair << (e * 2 * F::WIDTH));
    fcmla_by::<F>(c, o, o.aux & 3, m)
}

/// Complex number `e` of a vector.
fn complex<F: Format>(e: u32, re: F::Bits, im: F::Bits) -> u128 {
    let (re, im): (u64, u64) = (re.into(), im.into());
    (u128::from(re) | u128::from(im) << F::WIDTH) << (e * 2 * F::WIDTH)
}

fn fcmla_by<F: Format>(c: &mut Cpu, o: &Op, rotation: u16, m: u128) -> R<()> {
    let mut fp = c.fp();
    let (d, n) = (c.v(o.rd), c.v(o.rn));
    let mut r = 0;
    for e in 0..if full(o) { 64 } else { 32 } / F::WIDTH {
        let (re, im) = (element::<F>(m, 2 * e), element::<F>(m, 2 * e + 1));
        let (by_re, by_im) = match rotation {
            0 => (re, im),
            1 => (softfp::neg::<F>(im), re),
            2 => (softfp::neg::<F>(re), softfp::neg::<F>(im)),
            _ => (im, softfp::neg::<F>(re)),
        };
        let n = element::<F>(n, 2 * e + u32::from(rotation & 1));
        let re = softfp::mul_add::<F>(&mut fp, element::<F>(d, 2 * e), n, by_re);
        let im = softfp::mul_add::<F>(&mut fp, element::<F>(d, 2 * e + 1), n, by_im);
        r |= complex::<F>(e, re, im);
    }
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// The halves that FMLAL (`UPPER` false) or FMLAL2 reads: as many as Vd has singles.
fn halves<const UPPER: bool>(v: u128, full: bool) -> u64 {
    match (full, UPPER) {
        (true, true) => (v >> 64) as u64,
        (false, true) => v as u64 >> 32,
        (_, false) => v as u64,
    }
}

/// FMLAL, FMLAL2, FMLSL and FMLSL2.
pub(crate) fn fmlal<const UPPER: bool, const SUBTRACT: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let m = halves::<UPPER>(c.v(o.rm), full(o));
    fmlal_by::<UPPER, SUBTRACT>(c, o, m)
}

/// The same by element. aux = index.
pub(crate) fn fmlal_elem<const UPPER: bool, const SUBTRACT: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let m = splat::<F16>(c.v(o.rm), u32::from(o.aux)) as u64;
    fmlal_by::<UPPER, SUBTRACT>(c, o, m)
}

fn fmlal_by<const UPPER: bool, const SUBTRACT: bool>(c: &mut Cpu, o: &Op, m: u64) -> R<()> {
    let mut fp = c.fp();
    let (d, n) = (c.v(o.rd), halves::<UPPER>(c.v(o.rn), full(o)));
    let mut part = |d: u64, n: u64, m: u64| {
        half::<F32>(|i| long::<SUBTRACT>(&mut fp, lane::<F32>(d, i), lane::<F16>(n, i), lane::<F16>(m, i)))
    };
    let mut r = u128::from(part(d as u64, n, m));
    if full(o) {
        r |= u128::from(part((d >> 64) as u64, n >> 32, m >> 32)) << 64;
    }
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

#[inline(always)]
fn long<const SUBTRACT: bool>(fp: &mut Fp, a: u32, n: u16, m: u16) -> u32 {
    softfp::mul_add_long(fp, a, if SUBTRACT { softfp::neg::<F16>(n) } else { n }, m)
}

#[cfg(test)]
mod tests {
    use crate::interp::bare::{core, run};

    fn pair(re: f32, im: f32) -> u128 {
        u128::from(re.to_bits()) | u128::from(im.to_bits()) << 32
    }

    #[test]
    fn two_rotations_make_a_complex_product() {
        let mut c = core();
        c.state.v[0] = pair(1.0, 2.0);
        c.state.v[1] = pair(3.0, 4.0);
        // FCMLA V2.2S, V0.2S, V1.2S, #0, then #90: (1 + 2i)(3 + 4i) = -5 + 10i
        run(&mut c, 0x2e81_c402).unwrap();
        assert_eq!(c.state.v[2], pair(3.0, 4.0));
        run(&mut c, 0x2e81_cc02).unwrap();
        assert_eq!(c.state.v[2], pair(-5.0, 10.0));
    }

    #[test]
    fn the_other_rotations_subtract() {
        let mut c = core();
        c.state.v[0] = pair(1.0, 2.0);
        c.state.v[1] = pair(3.0, 4.0);
        // FCMLA V2.2S, V0.2S, V1.2S, #180, then #270
        run(&mut c, 0x2e81_d402).unwrap();
        run(&mut c, 0x2e81_dc02).unwrap();
        assert_eq!(c.state.v[2], pair(5.0, -10.0));
    }

    #[test]
    fn by_element_takes_a_whole_pair() {
        let mut c = core();
        c.state.v[0] = pair(1.0, 0.0) << 64 | pair(2.0, 0.0);
        c.state.v[1] = pair(3.0, 4.0) << 64;
        // FCMLA V2.4S, V0.4S, V1.S[1], #0
        run(&mut c, 0x6f81_1802).unwrap();
        assert_eq!(c.state.v[2], pair(3.0, 4.0) << 64 | pair(6.0, 8.0));
    }

    #[test]
    fn fcadd_multiplies_by_i_or_minus_i() {
        let mut c = core();
        c.state.v[0] = pair(1.0, 2.0);
        c.state.v[1] = pair(3.0, 4.0);
        // FCADD V2.2S, V0.2S, V1.2S, #90 and V3, #270
        run(&mut c, 0x2e81_e402).unwrap();
        run(&mut c, 0x2e81_f403).unwrap();
        assert_eq!(c.state.v[2], pair(-3.0, 5.0));
        assert_eq!(c.state.v[3], pair(5.0, -1.0));
    }

    #[test]
    fn the_upper_halves_of_a_64_bit_form_are_the_second_pair() {
        let mut c = core();
        // Halves 1, 2, 3, 4 from the bottom; the rest of the register must not count.
        c.state.v[0] = u128::MAX << 64 | 0x4400_4200_4000_3c00;
        c.state.v[1] = pair(0.5, 0.5);
        c.state.v[2] = pair(0.5, 0.5);
        // FMLAL V1.2S, V0.2H, V0.2H; FMLSL2 V2.2S, V0.2H, V0.H[1]
        run(&mut c, 0x0e20_ec01).unwrap();
        run(&mut c, 0x2f90_c002).unwrap();
        assert_eq!(c.state.v[1], pair(1.5, 4.5));
        assert_eq!(c.state.v[2], pair(-5.5, -7.5));
    }
}
