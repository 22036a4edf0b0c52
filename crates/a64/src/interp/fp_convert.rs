//! Between floating-point and general registers: conversions to and from integers and fixed point, FMOV, FJCVTZS.

use super::fp_ops::rounding;
use super::sized;
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::softfp::{self, F64, Format};
use crate::state::nzcv;

/// FCVT{N,P,M,Z,A}{S,U} to Wd or Xd. aux = fraction bits.
pub(crate) fn to_general<F: Format, const X: bool, const LETTER: u8, const UNSIGNED: bool>(
    c: &mut Cpu,
    o: &Op,
) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let rounding = rounding::<LETTER>(&fp);
    let width = if X { 64 } else { 32 };
    let r = softfp::to_fixed::<F>(&mut fp, c.scalar::<F>(o.rn), u32::from(o.aux), UNSIGNED, rounding, width);
    c.fp_done(fp)?;
    c.set_x(o.rd, r);
    Ok(())
}

/// SCVTF and UCVTF from Wn or Xn. aux = fraction bits.
pub(crate) fn from_general<F: Format, const X: bool, const UNSIGNED: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let width = if X { 64 } else { 32 };
    let r = softfp::from_fixed::<F>(&mut fp, sized::<X>(c.x(o.rn)), u32::from(o.aux), UNSIGNED, width);
    c.fp_done(fp)?;
    c.set_scalar::<F>(o.rd, r);
    Ok(())
}

/// FJCVTZS Wd, Dn.
pub(crate) fn fjcvtzs(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let (r, exact) = softfp::to_fixed_js(&mut fp, c.scalar::<F64>(o.rn));
    c.fp_done(fp)?;
    c.set_x(o.rd, u64::from(r));
    c.state.nzcv = if exact { nzcv::Z } else { 0 };
    Ok(())
}

/// FMOV from Hn, Sn or Dn to a general register.
pub(crate) fn fmov_to_general<F: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_x(o.rd, c.scalar::<F>(o.rn).into());
    Ok(())
}

/// FMOV from a general register to Hd, Sd or Dd.
pub(crate) fn fmov_from_general<F: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_scalar::<F>(o.rd, F::narrow(c.x(o.rn)));
    Ok(())
}

/// FMOV Xd, Vn.D\[1\].
pub(crate) fn fmov_top_to_general(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_x(o.rd, (c.v(o.rn) >> 64) as u64);
    Ok(())
}

/// FMOV Vd.D\[1\], Xn: the only scalar move that keeps the rest of its destination.
pub(crate) fn fmov_top_from_general(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let low = u128::from(c.v(o.rd) as u64);
    c.set_v(o.rd, low | u128::from(c.x(o.rn)) << 64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::interp::bare::{core, run};
    use crate::state::nzcv::{N, Z};

    #[test]
    fn register_31_is_the_zero_register_on_the_general_side_only() {
        let mut c = core();
        c.state.v[31] = 0x3ff0_0000_0000_0000;
        let before = c.state.x;
        // FCVTZS XZR, D31; FMOV XZR, D31
        run(&mut c, 0x9e78_03ff).unwrap();
        run(&mut c, 0x9e66_03ff).unwrap();
        assert_eq!((c.state.x[31], c.state.x[33]), (before[31], before[33]));
        // SCVTF D31, XZR
        run(&mut c, 0x9e62_03ff).unwrap();
        assert_eq!(c.state.v[31], 0);
    }

    #[test]
    fn the_top_half_moves_alone() {
        let mut c = core();
        c.state.x[1] = 0x1234;
        c.state.v[2] = u128::MAX;
        // FMOV V2.D[1], X1; FMOV X3, V2.D[1]
        run(&mut c, 0x9eaf_0022).unwrap();
        run(&mut c, 0x9eae_0043).unwrap();
        assert_eq!(c.state.v[2], 0x1234 << 64 | u128::from(u64::MAX));
        assert_eq!(c.state.x[3], 0x1234);
    }

    #[test]
    fn word_forms_use_32_bits_both_ways() {
        let mut c = core();
        c.state.x[0] = 0xffff_ffff_ffff_fffe;
        c.state.x[1] = u64::MAX;
        // SCVTF D0, W0; UCVTF D1, W0; FCVTZS W1, D0
        run(&mut c, 0x1e62_0000).unwrap();
        run(&mut c, 0x1e63_0001).unwrap();
        run(&mut c, 0x1e78_0001).unwrap();
        assert_eq!(f64::from_bits(c.state.v[0] as u64), -2.0);
        assert_eq!(f64::from_bits(c.state.v[1] as u64), 4_294_967_294.0);
        assert_eq!(c.state.x[1], 0xffff_fffe);
    }

    #[test]
    fn fixed_point_counts_fraction_bits_from_64() {
        let mut c = core();
        c.state.v[0] = u128::from(1.5f64.to_bits());
        // FCVTZS X0, D0, #4; SCVTF D1, X0, #4; FCVTZU W2, D0, #32 saturates
        run(&mut c, 0x9e58_f000).unwrap();
        run(&mut c, 0x9e42_f001).unwrap();
        run(&mut c, 0x1e59_8002).unwrap();
        assert_eq!((c.state.x[0], c.state.v[1], c.state.x[2]), (24, c.state.v[0], 0xffff_ffff));
    }

    #[test]
    fn moves_of_halves_and_singles_zero_what_is_above() {
        let mut c = core();
        c.state.v[0] = u128::MAX;
        c.state.x[5] = u64::MAX;
        // FMOV W1, H0; FMOV X2, H0; FMOV W3, S0; FMOV H4, W5
        for word in [0x1ee6_0001, 0x9ee6_0002, 0x1e26_0003, 0x1ee7_00a4] {
            run(&mut c, word).unwrap();
        }
        assert_eq!(c.state.x[1..4], [0xffff, 0xffff, 0xffff_ffff]);
        assert_eq!(c.state.v[4], 0xffff);
    }

    #[test]
    fn fjcvtzs_wraps_and_says_whether_it_was_exact() {
        let mut c = core();
        c.state.nzcv = N;
        c.state.v[0] = u128::from((-7f64).to_bits());
        // FJCVTZS W0, D0
        run(&mut c, 0x1e7e_0000).unwrap();
        assert_eq!((c.state.x[0], c.state.nzcv), (0xffff_fff9, Z));
        c.state.v[0] = u128::from(4_294_967_297f64.to_bits());
        run(&mut c, 0x1e7e_0000).unwrap();
        assert_eq!((c.state.x[0], c.state.nzcv, c.state.fpsr), (1, 0, 1));
    }
}
