//! The CPU interface registers that concern one bank only.

use super::IccRegister;
use super::bank::Bank;
use IccRegister::*;

/// `ICC_SRE_EL1`: system registers always, no bypass (SRE, DFB, DIB read as one).
const SRE: u64 = 0b111;

/// Reads a register without side effect. The others are `Gic::acknowledge`'s, or not readable.
pub(crate) fn read(bank: &Bank, reg: IccRegister) -> u64 {
    let interface = &bank.interface;
    let [ap0r0, ap1r0] = interface.active;
    let [igrpen0, igrpen1] = interface.enabled;
    match reg {
        ICC_PMR_EL1 => u64::from(interface.pmr()),
        ICC_HPPIR0_EL1 => u64::from(bank.hppir(0)),
        ICC_HPPIR1_EL1 => u64::from(bank.hppir(1)),
        ICC_BPR0_EL1 => u64::from(interface.bpr(0)),
        ICC_BPR1_EL1 => u64::from(interface.bpr(1)),
        ICC_AP0R0_EL1 => u64::from(ap0r0),
        ICC_AP1R0_EL1 => u64::from(ap1r0),
        ICC_RPR_EL1 => u64::from(interface.running()),
        ICC_CTLR_EL1 => interface.ctlr(),
        ICC_SRE_EL1 => SRE,
        ICC_IGRPEN0_EL1 => u64::from(igrpen0),
        ICC_IGRPEN1_EL1 => u64::from(igrpen1),
        ICC_IAR0_EL1 | ICC_IAR1_EL1 => 0,
        ICC_EOIR0_EL1 | ICC_EOIR1_EL1 | ICC_DIR_EL1 | ICC_SGI0R_EL1 | ICC_SGI1R_EL1 | ICC_ASGI1R_EL1 => 0,
    }
}

/// Writes a register that changes this bank only. The others are `Gic::write`'s, or not writable.
pub(crate) fn write(bank: &mut Bank, reg: IccRegister, value: u64) {
    let interface = &mut bank.interface;
    match reg {
        ICC_PMR_EL1 => interface.set_pmr(value),
        ICC_BPR0_EL1 => interface.set_bpr(0, value),
        ICC_BPR1_EL1 => interface.set_bpr(1, value),
        ICC_AP0R0_EL1 => interface.active[0] = value as u32,
        ICC_AP1R0_EL1 => interface.active[1] = value as u32,
        ICC_CTLR_EL1 => interface.set_ctlr(value),
        ICC_SRE_EL1 => {}
        ICC_IAR0_EL1 | ICC_IAR1_EL1 | ICC_HPPIR0_EL1 | ICC_HPPIR1_EL1 | ICC_RPR_EL1 => {}
        ICC_EOIR0_EL1 | ICC_EOIR1_EL1 | ICC_DIR_EL1 | ICC_SGI0R_EL1 | ICC_SGI1R_EL1 | ICC_ASGI1R_EL1 => {}
        ICC_IGRPEN0_EL1 | ICC_IGRPEN1_EL1 => {}
    }
}
