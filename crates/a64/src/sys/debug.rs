//! Debug registers (Arm ARM D19.3): which of their bits exist, and what a write sets off.
//!
//! There is no external debugger. What only it could see or change is plain storage while the OS lock is set, as an
//! operating system saves and restores it, and is never acted on.

use crate::cpu::{Cpu, R};
use crate::debug::mdscr;

/// `DBGBCRn_EL1`: E, PMC, HMC, SSC, LBN, BT. BAS is RES1 without AArch32.
const BCR: u64 = 0x00ff_e007;
const BCR_RES1: u64 = 0xf << 5;
/// `DBGWCRn_EL1`: E, PAC, LSC, BAS, HMC, SSC, LBN, WT, MASK.
const WCR: u64 = 0x1f1f_ffff;
/// `MDSCR_EL1`, always writable: SS, TDCC, KDE, MDE.
const MDSCR: u64 = mdscr::SS | mdscr::TDCC | mdscr::KDE | mdscr::MDE;
/// `MDSCR_EL1`, writable while the OS lock is set: ERR, HDE, TDA, INTdis, TXU, RXO, TXfull, RXfull.
const MDSCR_SAVED: u64 = 1 << 6 | 1 << 14 | 1 << 21 | 3 << 22 | 1 << 26 | 1 << 27 | TX_FULL | RX_FULL;
/// `MDSCR_EL1` and `MDCCSR_EL0`: nobody has read what was sent; something was received.
const TX_FULL: u64 = 1 << 29;
const RX_FULL: u64 = 1 << 30;

/// After any change: recompute, and leave the execution loop so that it looks again.
fn changed(c: &mut Cpu) -> R<()> {
    c.debug_registers_changed();
    c.resync()
}

pub(super) fn write_mdscr(c: &mut Cpu, v: u64) -> R<()> {
    let writable = if c.state.sys.os_lock { MDSCR | MDSCR_SAVED } else { MDSCR };
    let r = &mut c.state.sys.mdscr_el1;
    *r = *r & !writable | v & writable;
    changed(c)
}

/// Breakpoint 0 compares addresses only, so the low two bits of its value do not exist.
pub(super) fn write_dbgbvr(c: &mut Cpu, n: usize, v: u64) -> R<()> {
    c.state.sys.dbgbvr[n] = if n == 0 { v & !3 } else { v };
    changed(c)
}

pub(super) fn write_dbgbcr(c: &mut Cpu, n: usize, v: u64) -> R<()> {
    c.state.sys.dbgbcr[n] = v & BCR | BCR_RES1;
    changed(c)
}

pub(super) fn write_dbgwvr(c: &mut Cpu, n: usize, v: u64) -> R<()> {
    c.state.sys.dbgwvr[n] = v & !3;
    c.forget_watched_pages();
    changed(c)
}

pub(super) fn write_dbgwcr(c: &mut Cpu, n: usize, v: u64) -> R<()> {
    c.state.sys.dbgwcr[n] = v & WCR;
    c.forget_watched_pages();
    changed(c)
}

pub(super) fn write_oslar(c: &mut Cpu, v: u64) -> R<()> {
    c.state.sys.os_lock = v & 1 != 0;
    changed(c)
}

pub(super) fn write_osdlr(c: &mut Cpu, v: u64) -> R<()> {
    c.state.sys.osdlr_el1 = v & 1;
    changed(c)
}

/// CORENPDRQ, which holds the double lock off.
pub(super) fn write_dbgprcr(c: &mut Cpu, v: u64) -> R<()> {
    c.state.sys.dbgprcr_el1 = v & 1;
    changed(c)
}

// The debug communications channel. What is sent stays there, as on a board with no debugger attached.

pub(super) fn read_mdccsr(c: &mut Cpu) -> R<u64> {
    Ok(c.state.sys.mdscr_el1 & (TX_FULL | RX_FULL))
}

pub(super) fn read_dtrrx(c: &mut Cpu) -> R<u64> {
    c.state.sys.mdscr_el1 &= !RX_FULL;
    Ok(u64::from(c.state.sys.dtrrx))
}

pub(super) fn write_dtrtx(c: &mut Cpu, v: u64) -> R<()> {
    c.state.sys.dtrtx = v as u32;
    c.state.sys.mdscr_el1 |= TX_FULL;
    Ok(())
}

/// Both words at once; half duplex, so each direction uses both registers.
pub(super) fn read_dbgdtr(c: &mut Cpu) -> R<u64> {
    let high = u64::from(c.state.sys.dtrtx) << 32;
    Ok(high | read_dtrrx(c)?)
}

pub(super) fn write_dbgdtr(c: &mut Cpu, v: u64) -> R<()> {
    c.state.sys.dtrrx = (v >> 32) as u32;
    write_dtrtx(c, v)
}

pub(super) fn read_osdtrrx(c: &mut Cpu) -> R<u64> {
    Ok(u64::from(c.state.sys.dtrrx))
}

pub(super) fn write_osdtrrx(c: &mut Cpu, v: u64) -> R<()> {
    c.state.sys.dtrrx = v as u32;
    Ok(())
}

pub(super) fn read_osdtrtx(c: &mut Cpu) -> R<u64> {
    Ok(u64::from(c.state.sys.dtrtx))
}

pub(super) fn write_osdtrtx(c: &mut Cpu, v: u64) -> R<()> {
    c.state.sys.dtrtx = v as u32;
    Ok(())
}
