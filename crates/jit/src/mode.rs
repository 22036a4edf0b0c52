//! The state that code depends on besides the instructions: part of a block's identity.

use vmapple_a64::Cpu;

/// Exception level, and what decides how instructions are translated. Blocks of one mode are never reached in another: a
/// change ends the block it happens in and empties the guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Mode(u16);

const EL1: u16 = 1 << 0;
const FP_PLAIN: u16 = 1 << 1;
const FP_ON: u16 = 1 << 2;
const SP_CHECKED: u16 = 1 << 3;
const ZVA: u16 = 1 << 4;
/// Four bits: the keys IA, IB, DA, DB are in use.
const PAC_SHIFT: u32 = 5;
/// The bits of `SCTLR_EL1` that enable them: EnIA, EnIB, EnDA, EnDB.
const PAC_ENABLES: [u32; 4] = [31, 30, 27, 13];

impl Mode {
    /// The mode the core is in.
    pub(crate) fn of(cpu: &Cpu) -> Self {
        let s = &cpu.state;
        let el = s.pstate.el;
        let fp = cpu.fp_usable();
        let sp_bit = if el == 0 { 4 } else { 3 };
        let sctlr = s.sys.sctlr_el1;
        let mut keys = 0;
        for (i, bit) in PAC_ENABLES.iter().enumerate() {
            keys |= (sctlr >> bit & 1) as u16 * (1 << PAC_SHIFT << i);
        }
        let flag = |holds: bool, bit: u16| if holds { bit } else { 0 };
        Mode(
            flag(el != 0, EL1)
                | flag(fp && s.fpcr == 0, FP_PLAIN)
                | flag(fp, FP_ON)
                | flag(sctlr >> sp_bit & 1 != 0, SP_CHECKED)
                | flag(el != 0 || sctlr >> 14 & 1 != 0, ZVA)
                | keys,
        )
    }

    /// Exception level, 0 or 1.
    pub(crate) fn el(self) -> u8 {
        (self.0 & EL1) as u8
    }

    /// Floating point is enabled and `FPCR` is zero: the host's arithmetic agrees but for NaNs.
    pub(crate) fn fp_plain(self) -> bool {
        self.0 & FP_PLAIN != 0
    }

    /// Floating point and SIMD do not trap.
    pub(crate) fn fp_on(self) -> bool {
        self.0 & FP_ON != 0
    }

    /// `DC ZVA` is allowed (`SCTLR_EL1.DZE`).
    pub(crate) fn zva_allowed(self) -> bool {
        self.0 & ZVA != 0
    }

    /// Whether the pointer authentication key 0..=3 (IA, IB, DA, DB) is in use; else its instructions do nothing.
    pub(crate) fn pac_enabled(self, key: u8) -> bool {
        self.0 >> PAC_SHIFT >> key & 1 != 0
    }

    /// The stack pointer must be aligned when it is a base.
    pub(crate) fn sp_checked(self) -> bool {
        self.0 & SP_CHECKED != 0
    }
}
