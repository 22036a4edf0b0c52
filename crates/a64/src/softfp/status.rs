//! FPCR and FPSR: the control bits operations obey and the cumulative bits they raise.

use super::round::Rounding;

/// FPSR.IOC, Invalid Operation cumulative bit.
pub const IOC: u32 = 1 << 0;
/// FPSR.DZC, Divide by Zero cumulative bit.
pub const DZC: u32 = 1 << 1;
/// FPSR.OFC, Overflow cumulative bit.
pub const OFC: u32 = 1 << 2;
/// FPSR.UFC, Underflow cumulative bit.
pub const UFC: u32 = 1 << 3;
/// FPSR.IXC, Inexact cumulative bit.
pub const IXC: u32 = 1 << 4;
/// FPSR.IDC, Input Denormal cumulative bit.
pub const IDC: u32 = 1 << 7;

/// FPCR.IOE, Invalid Operation trap enable.
pub const FPCR_IOE: u32 = 1 << 8;
/// FPCR.DZE, Divide by Zero trap enable.
pub const FPCR_DZE: u32 = 1 << 9;
/// FPCR.OFE, Overflow trap enable.
pub const FPCR_OFE: u32 = 1 << 10;
/// FPCR.UFE, Underflow trap enable.
pub const FPCR_UFE: u32 = 1 << 11;
/// FPCR.IXE, Inexact trap enable.
pub const FPCR_IXE: u32 = 1 << 12;
/// FPCR.IDE, Input Denormal trap enable.
pub const FPCR_IDE: u32 = 1 << 15;
/// FPCR.FZ16, flush half-precision denormals to zero in data processing.
pub const FPCR_FZ16: u32 = 1 << 19;
/// Lowest bit of the two-bit field FPCR.RMode: 0 nearest even, 1 plus infinity, 2 minus infinity, 3 zero.
pub const FPCR_RMODE_SHIFT: u32 = 22;
/// FPCR.FZ, flush single- and double-precision denormals to zero.
pub const FPCR_FZ: u32 = 1 << 24;
/// FPCR.DN, every NaN result is the default NaN.
pub const FPCR_DN: u32 = 1 << 25;
/// FPCR.AHP, conversions use the alternative half-precision format (no infinities, no NaNs).
pub const FPCR_AHP: u32 = 1 << 26;

/// Distance from an FPSR cumulative bit to its FPCR trap enable bit, the same for all six (DDI 0487, C5.2 FPCR/FPSR).
const ENABLE_SHIFT: u32 = 8;

/// The floating-point environment of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fp {
    /// Guest FPCR. Only RMode, FZ, DN, AHP, FZ16 and the six trap enables are looked at.
    pub fpcr: u32,
    /// Guest FPSR. Operations only ever set cumulative exception bits here.
    pub fpsr: u32,
    /// Exceptions that occurred with their trap enable set, as FPSR bit positions. They are not set in `fpsr`. The
    /// caller decides what a trap does, and clears this; the operation's result is then meaningless to the guest.
    pub trapped: u32,
}

impl Fp {
    /// An environment with no trapped exception pending.
    #[inline]
    #[must_use]
    pub const fn new(fpcr: u32, fpsr: u32) -> Self {
        Self { fpcr, fpsr, trapped: 0 }
    }

    /// FPRoundingMode(): the rounding that FPCR.RMode asks for.
    #[inline]
    #[must_use]
    pub const fn rounding(&self) -> Rounding {
        match (self.fpcr >> FPCR_RMODE_SHIFT) & 3 {
            0 => Rounding::TieEven,
            1 => Rounding::PosInf,
            2 => Rounding::NegInf,
            _ => Rounding::Zero,
        }
    }

    /// FPProcessException() for each exception in `exceptions` (FPSR bit positions).
    #[inline]
    pub(super) const fn raise(&mut self, exceptions: u32) {
        let trapped = exceptions & (self.fpcr >> ENABLE_SHIFT);
        self.trapped |= trapped;
        self.fpsr |= exceptions & !trapped;
    }

    #[inline]
    pub(super) const fn has(&self, control: u32) -> bool {
        self.fpcr & control != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enabled_exception_is_trapped_and_not_accumulated() {
        let mut fp = Fp::new(FPCR_OFE, 0);
        fp.raise(OFC | IXC);
        assert_eq!((fp.trapped, fp.fpsr), (OFC, IXC));
    }

    #[test]
    fn every_enable_bit_lines_up_with_its_cumulative_bit() {
        for (enable, exception) in
            [(FPCR_IOE, IOC), (FPCR_DZE, DZC), (FPCR_OFE, OFC), (FPCR_UFE, UFC), (FPCR_IXE, IXC), (FPCR_IDE, IDC)]
        {
            assert_eq!(enable, exception << ENABLE_SHIFT);
        }
    }

    #[test]
    fn rmode_selects_the_rounding() {
        let roundings: Vec<_> = (0..4).map(|m| Fp::new(m << FPCR_RMODE_SHIFT, 0).rounding()).collect();
        assert_eq!(roundings, [Rounding::TieEven, Rounding::PosInf, Rounding::NegInf, Rounding::Zero]);
    }
}
