//! The state that code depends on besides the instructions: part of a block's identity.

use vmapple_a64::Cpu;

/// Exception level, and what decides how instructions are translated. Blocks of one mode are never reached in another: a
/// change ends the block it happens in and empties the guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Mode(u8);

const EL1: u8 = 1 << 0;
const FP_PLAIN: u8 = 1 << 1;
const FP_ON: u8 = 1 << 2;
const SP_CHECKED: u8 = 1 << 3;

impl Mode {
    /// The mode the core is in.
    pub(crate) fn of(cpu: &Cpu) -> Self {
        let s = &cpu.state;
        let el = s.pstate.el;
        let fp = cpu.fp_usable();
        let sp_bit = if el == 0 { 4 } else { 3 };
        Mode(
            u8::from(el != 0) * EL1
                | u8::from(fp && s.fpcr == 0) * FP_PLAIN
                | u8::from(fp) * FP_ON
                | (s.sys.sctlr_el1 >> sp_bit & 1) as u8 * SP_CHECKED,
        )
    }

    /// Exception level, 0 or 1.
    pub(crate) fn el(self) -> u8 {
        self.0 & EL1
    }

    /// Floating point is enabled and `FPCR` is zero: the host's arithmetic agrees but for NaNs.
    pub(crate) fn fp_plain(self) -> bool {
        self.0 & FP_PLAIN != 0
    }

    /// Floating point and SIMD do not trap.
    pub(crate) fn fp_on(self) -> bool {
        self.0 & FP_ON != 0
    }

    /// The stack pointer must be aligned when it is a base.
    pub(crate) fn sp_checked(self) -> bool {
        self.0 & SP_CHECKED != 0
    }
}
