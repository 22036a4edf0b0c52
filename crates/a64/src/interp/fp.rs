//! Scalar floating-point data processing: one, two and three sources, compares, selects and immediates.
//!
//! A scalar result zeroes the rest of the vector register. An instruction that traps changes nothing, not even the
//! cumulative bits of its untrapped exceptions: its handler emulates it as a whole.

use super::flags::condition;
use super::fp_ops::{Binary, Ternary, Unary};
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::exception::ec;
use crate::softfp::{self, Format, Fp};

/// Trapped fault valid: the syndrome's exception bits mean something.
const TFV: u64 = 1 << 23;

impl Cpu {
    /// The floating-point environment of an instruction.
    #[inline(always)]
    pub(crate) fn fp(&self) -> Fp {
        Fp::new(self.state.fpcr, self.state.fpsr)
    }

    /// Ends the computing part of an instruction: FPSR takes what it raised, unless one of that was trapped.
    #[inline(always)]
    pub(crate) fn fp_done(&mut self, fp: Fp) -> R<()> {
        if fp.trapped != 0 {
            return self.fp_exception(fp.trapped);
        }
        self.state.fpsr = fp.fpsr;
        Ok(())
    }

    /// AArch64.FPTrappedException(). VECITR is UNKNOWN from AArch64: zero here. Vector instructions set TFV too.
    #[cold]
    fn fp_exception(&mut self, trapped: u32) -> R<()> {
        self.raise(ec::FP_EXCEPTION, TFV | u64::from(trapped & 0x9f))
    }

    /// The scalar in Vn.
    #[inline(always)]
    pub(crate) fn scalar<F: Format>(&self, n: u8) -> F::Bits {
        F::narrow(self.v(n) as u64)
    }

    /// Writes a scalar to Vn, zeroing the rest.
    #[inline(always)]
    pub(crate) fn set_scalar<F: Format>(&mut self, n: u8, value: F::Bits) {
        self.set_v(n, u128::from(value.into()));
    }
}

pub(crate) fn one<F: Format, O: Unary>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let r = O::apply::<F>(&mut fp, c.scalar::<F>(o.rn));
    c.fp_done(fp)?;
    c.set_scalar::<F>(o.rd, r);
    Ok(())
}

pub(crate) fn two<F: Format, O: Binary>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let r = O::apply::<F>(&mut fp, c.scalar::<F>(o.rn), c.scalar::<F>(o.rm));
    c.fp_done(fp)?;
    c.set_scalar::<F>(o.rd, r);
    Ok(())
}

pub(crate) fn three<F: Format, O: Ternary>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let r = O::apply::<F>(&mut fp, c.scalar::<F>(o.ra), c.scalar::<F>(o.rn), c.scalar::<F>(o.rm));
    c.fp_done(fp)?;
    c.set_scalar::<F>(o.rd, r);
    Ok(())
}

/// FCVT between formats.
pub(crate) fn fcvt<S: Format, D: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let rounding = fp.rounding();
    let r = softfp::convert::<S, D>(&mut fp, c.scalar::<S>(o.rn), rounding);
    c.fp_done(fp)?;
    c.set_scalar::<D>(o.rd, r);
    Ok(())
}

/// FMOV (scalar, immediate). The immediate is expanded.
pub(crate) fn fmov_imm(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, u128::from(o.imm));
    Ok(())
}

/// FCMP and FCMPE.
pub(crate) fn fcmp<F: Format, const SIGNAL: bool, const ZERO: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let mut fp = c.fp();
    let m = if ZERO { F::narrow(0) } else { c.scalar::<F>(o.rm) };
    let flags = softfp::compare::<F>(&mut fp, c.scalar::<F>(o.rn), m, SIGNAL);
    c.fp_done(fp)?;
    c.state.nzcv = u32::from(flags) << 28;
    Ok(())
}

/// FCCMP and FCCMPE. aux = condition, imm = the flags if it fails, in bits 31:28.
pub(crate) fn fccmp<F: Format, const SIGNAL: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    if condition(o.aux, c.state.nzcv) {
        return fcmp::<F, SIGNAL, false>(c, o);
    }
    c.state.nzcv = o.imm as u32;
    Ok(())
}

/// FCSEL. aux = condition.
pub(crate) fn fcsel<F: Format>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let from = if condition(o.aux, c.state.nzcv) { o.rn } else { o.rm };
    c.set_scalar::<F>(o.rd, c.scalar::<F>(from));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::decode::{decode, rows};
    use crate::interp::bare::{core, run};
    use crate::softfp::{FPCR_DZE, FPCR_IOE};
    use crate::state::nzcv::{C, N, V, Z};

    const ONE: u128 = 0x3ff0_0000_0000_0000;
    const SIGNALLING: u128 = 0x7ff0_0000_0000_0001;

    #[test]
    fn every_row_of_these_chapters_traps_while_the_unit_is_off() {
        let mut seen = 0;
        for (code, row) in rows().filter(|(c, _)| (crate::decode::fp_code::BASE..).contains(&c.0)) {
            let mut c = core();
            c.state.sys.cpacr_el1 = 0;
            if decode(row.value).code == code {
                seen += 1;
                assert!(run(&mut c, row.value).is_err(), "{}", row.name);
                assert_eq!(c.exception.esr >> 26, 7, "{}", row.name);
            }
        }
        assert!(seen > 300);
    }

    #[test]
    fn a_scalar_result_zeroes_the_rest() {
        let mut c = core();
        c.state.v[0] = u128::MAX << 64 | ONE;
        c.state.v[1] = u128::MAX;
        // FADD D1, D0, D0; FMOV S0, S0
        run(&mut c, 0x1e60_2801).unwrap();
        run(&mut c, 0x1e20_4000).unwrap();
        assert_eq!((c.state.v[1], c.state.v[0]), (0x4000_0000_0000_0000, 0));
    }

    #[test]
    fn a_trapped_exception_changes_nothing_and_names_itself() {
        let mut c = core();
        c.state.fpcr = FPCR_DZE;
        c.state.fpsr = 0x10;
        c.state.v[0] = ONE;
        c.state.v[2] = 99;
        // FDIV D2, D0, D1
        assert!(run(&mut c, 0x1e61_1802).is_err());
        assert_eq!(c.exception.esr, 0x2c << 26 | 1 << 25 | 1 << 23 | 1 << 1);
        assert_eq!((c.state.v[2], c.state.fpsr), (99, 0x10));
    }

    #[test]
    fn a_trapped_compare_leaves_the_flags() {
        let mut c = core();
        c.state.fpcr = FPCR_IOE;
        c.state.nzcv = N;
        c.state.v[0] = SIGNALLING;
        // FCMP D0, #0.0
        assert!(run(&mut c, 0x1e60_2008).is_err());
        assert_eq!((c.state.nzcv, c.exception.esr & 0xff), (N, 1));
    }

    #[test]
    fn compares_set_the_manuals_flags() {
        let mut c = core();
        c.state.v[0] = ONE;
        c.state.v[2] = 0x7ff8_0000_0000_0000;
        // FCMP D0, D0; FCMP D1, D0; FCMPE D0, #0.0; FCMP D0, D2
        for (word, flags) in [(0x1e60_2000, Z | C), (0x1e60_2020, N), (0x1e60_2018, C), (0x1e62_2000, C | V)] {
            run(&mut c, word).unwrap();
            assert_eq!(c.state.nzcv, flags, "{word:08x}");
        }
    }

    #[test]
    fn a_conditional_compare_that_is_not_made_raises_nothing() {
        let mut c = core();
        c.state.v[0] = SIGNALLING;
        // FCCMP D0, D0, #5, EQ
        run(&mut c, 0x1e60_0405).unwrap();
        assert_eq!((c.state.nzcv, c.state.fpsr), (Z | V, 0));
        run(&mut c, 0x1e60_0405).unwrap();
        assert_eq!((c.state.nzcv, c.state.fpsr), (C | V, 1));
    }

    #[test]
    fn fcsel_selects_on_the_condition() {
        let mut c = core();
        (c.state.v[0], c.state.v[1]) = (5, 6);
        // FCSEL D2, D0, D1, MI
        run(&mut c, 0x1e61_4c02).unwrap();
        assert_eq!(c.state.v[2], 6);
        c.state.nzcv = N;
        run(&mut c, 0x1e61_4c02).unwrap();
        assert_eq!(c.state.v[2], 5);
    }

    #[test]
    fn the_four_fused_forms_differ_in_signs() {
        let mut c = core();
        // 2 * 3 and 10
        for (i, v) in [2.0f64, 3.0, 10.0].iter().enumerate() {
            c.state.v[i] = u128::from(v.to_bits());
        }
        // FMADD, FMSUB, FNMADD, FNMSUB D3, D0, D1, D2
        for (word, r) in [(0x1f41_0803, 16.0), (0x1f41_8803, 4.0), (0x1f61_0803, -16.0), (0x1f61_8803, -4.0)] {
            run(&mut c, word).unwrap();
            assert_eq!(f64::from_bits(c.state.v[3] as u64), r, "{word:08x}");
        }
    }
}
