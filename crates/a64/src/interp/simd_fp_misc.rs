//! Advanced SIMD floating point: conversions that change the element size or have fraction bits, the unsigned integer
//! estimates, and FMOV (vector, immediate).

use super::simd_fp::{full, half, lane, map};
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::softfp::{self, F32, F64, Format, Rounding};

/// FCVTN and FCVTN2: `S` is the wide format.
pub(crate) fn fcvtn<S: Format, D: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let rounding = c.fp().rounding();
    narrow::<S, D>(c, o, rounding)
}

/// FCVTXN and FCVTXN2: rounding to odd.
pub(crate) fn fcvtxn(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    narrow::<F64, F32>(c, o, Rounding::Odd)
}

/// Scalar FCVTXN Sd, Dn.
pub(crate) fn fcvtxn_scalar(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let r = softfp::convert::<F64, F32>(&mut fp, c.scalar::<F64>(o.rn), Rounding::Odd);
    c.fp_done(fp)?;
    c.set_scalar::<F32>(o.rd, r);
    Ok(())
}

/// Narrows a full vector into the lower half of Vd, zeroing the rest, or (Q set) into its upper half.
fn narrow<S: Format, D: Format>(c: &mut Cpu, o: &Op, rounding: Rounding) -> R<()> {
    let mut fp = c.fp();
    let n = c.v(o.rn);
    let mut part = |n: u64| {
        (0..64 / S::WIDTH).fold(0u64, |out, i| {
            let e: u64 = softfp::convert::<S, D>(&mut fp, lane::<S>(n, i), rounding).into();
            out | e << (i * D::WIDTH)
        })
    };
    let r = part(n as u64) | part((n >> 64) as u64) << 32;
    c.fp_done(fp)?;
    let r = u128::from(r);
    c.set_v(o.rd, if full(o) { u128::from(c.v(o.rd) as u64) | r << 64 } else { r });
    Ok(())
}

/// FCVTL and FCVTL2: `D` is the wide format.
pub(crate) fn fcvtl<S: Format, D: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let rounding = fp.rounding();
    let n = c.v(o.rn);
    let n = if full(o) { (n >> 64) as u64 } else { n as u64 };
    let mut part = |n: u64| u128::from(half::<D>(|i| softfp::convert::<S, D>(&mut fp, lane::<S>(n, i), rounding)));
    let r = part(n) | part(n >> 32) << 64;
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// FCVTZS and FCVTZU to fixed point of the element's width. aux = fraction bits.
pub(crate) fn fcvtz_fixed<F: Format, const UNSIGNED: bool, const SCALAR: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let fbits = u32::from(o.aux);
    let r = map::<F, SCALAR>(o, c.v(o.rn), |n| {
        F::narrow(softfp::to_fixed::<F>(&mut fp, n, fbits, UNSIGNED, Rounding::Zero, F::WIDTH))
    });
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// SCVTF and UCVTF from fixed point of the element's width. aux = fraction bits.
pub(crate) fn cvtf_fixed<F: Format, const UNSIGNED: bool, const SCALAR: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let fbits = u32::from(o.aux);
    let r = map::<F, SCALAR>(o, c.v(o.rn), |n| softfp::from_fixed::<F>(&mut fp, n.into(), fbits, UNSIGNED, F::WIDTH));
    c.fp_done(fp)?;
    c.set_v(o.rd, r);
    Ok(())
}

/// URECPE and URSQRTE: integers, no exceptions.
pub(crate) fn estimate<const ROOT: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let r = map::<F32, false>(o, c.v(o.rn), |n| {
        if ROOT { softfp::unsigned_rsqrt_estimate(n) } else { softfp::unsigned_recip_estimate(n) }
    });
    c.set_v(o.rd, r);
    Ok(())
}

/// FMOV (vector, immediate). imm = the expanded 64-bit half, aux = Q.
pub(crate) fn fmov_imm(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let low = u128::from(o.imm);
    c.set_v(o.rd, if o.aux != 0 { low << 64 | low } else { low });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::interp::bare::{core, run};

    #[test]
    fn narrowing_into_the_upper_half_keeps_the_lower() {
        let mut c = core();
        c.state.v[0] = 0x4000_0000_0000_0000_3ff0_0000_0000_0000;
        c.state.v[1] = u128::MAX;
        c.state.v[2] = u128::MAX;
        // FCVTN V1.2S, V0.2D; FCVTN2 V2.4S, V0.2D
        run(&mut c, 0x0e61_6801).unwrap();
        run(&mut c, 0x4e61_6802).unwrap();
        assert_eq!(c.state.v[1], 0x4000_0000_3f80_0000);
        assert_eq!(c.state.v[2], 0x4000_0000_3f80_0000_ffff_ffff_ffff_ffff);
    }

    #[test]
    fn widening_reads_the_half_that_q_names() {
        let mut c = core();
        c.state.v[0] = 0x3c00_4000_4200_4400_0000_0000_0000_3c00;
        // FCVTL V1.4S, V0.4H; FCVTL2 V0.4S, V0.8H
        run(&mut c, 0x0e21_7801).unwrap();
        run(&mut c, 0x4e21_7800).unwrap();
        assert_eq!(c.state.v[1], 0x3f80_0000);
        assert_eq!(c.state.v[0], 0x3f80_0000_4000_0000_4040_0000_4080_0000);
    }

    #[test]
    fn fcvtxn_rounds_to_odd() {
        let mut c = core();
        c.state.v[0] = 0x3ff0_0000_0000_0001;
        // FCVTXN S1, D0
        run(&mut c, 0x7e61_6801).unwrap();
        assert_eq!(c.state.v[1], 0x3f80_0001);
    }

    #[test]
    fn fraction_bits_are_twice_the_width_less_immh_immb() {
        let mut c = core();
        c.state.v[0] = 0x3fc0_0000;
        // FCVTZS S1, S0, #1; SCVTF S2, S1, #1
        run(&mut c, 0x5f3f_fc01).unwrap();
        run(&mut c, 0x5f3f_e422).unwrap();
        assert_eq!((c.state.v[1], c.state.v[2]), (3, 0x3fc0_0000));
    }

    #[test]
    fn a_signed_half_result_stays_in_16_bits() {
        let mut c = core();
        c.state.v[0] = 0xbc00;
        // FCVTZS H1, H0, #1
        run(&mut c, 0x5f1f_fc01).unwrap();
        assert_eq!(c.state.v[1], 0xfffe);
    }

    #[test]
    fn immediates_fill_the_vector() {
        let mut c = core();
        // FMOV V0.2S, #1.0; FMOV V1.2D, #1.0; FMOV V2.8H, #-2.0
        run(&mut c, 0x0f03_f600).unwrap();
        run(&mut c, 0x6f03_f601).unwrap();
        run(&mut c, 0x4f04_fc02).unwrap();
        assert_eq!(c.state.v[0], 0x3f80_0000_3f80_0000);
        assert_eq!(c.state.v[1], 0x3ff0_0000_0000_0000_3ff0_0000_0000_0000);
        assert_eq!(c.state.v[2], 0xc000_c000_c000_c000_c000_c000_c000_c000);
    }

    #[test]
    fn integer_estimates_raise_nothing() {
        let mut c = core();
        c.state.v[0] = 0xffff_ffff_8000_0000_0000_0000_4000_0000;
        // URECPE V1.4S, V0.4S; URSQRTE V2.2S, V0.2S
        run(&mut c, 0x4ea1_c801).unwrap();
        run(&mut c, 0x2ea1_c802).unwrap();
        assert_eq!(c.state.v[1], 0x8000_0000_ff80_0000_ffff_ffff_ffff_ffff);
        assert_eq!(c.state.v[2], 0xffff_ffff_ff80_0000);
        assert_eq!(c.state.fpsr, 0);
    }
}
