//! The table itself.

use super::{El0, SysReg, debug, id};
use crate::cpu::{Cpu, R};
use crate::decode::{Op, sysreg_encoding};
use crate::env::SysRegister;
use crate::profile::Feature;
use crate::state::{daif, nzcv};

/// `CNTFRQ_EL0`: 24 MHz (`spec/cpu-engine.md` 7).
const FREQUENCY: u64 = 24_000_000;

/// Names of all registers in the table, with their encodings.
pub fn names() -> impl Iterator<Item = (u16, &'static str)> {
    TABLE.iter().map(|r| (r.key, r.name))
}

type Read = Option<fn(&mut Cpu) -> R<u64>>;
type Write = Option<fn(&mut Cpu, u64) -> R<()>>;

const fn line(e: (u32, u32, u32, u32, u32), name: &'static str, el0: El0, read: Read, write: Write) -> SysReg {
    SysReg { key: sysreg_encoding(e.0, e.1, e.2, e.3, e.4), name, el0, read, write }
}

/// A read-only constant.
macro_rules! constant {
    ($e:expr, $name:literal, $v:expr) => {
        line($e, $name, El0::No, Some(|_| Ok($v)), None)
    };
}

/// A read-only constant of the core's profile.
macro_rules! identified {
    ($e:expr, $name:literal, $f:path) => {
        line($e, $name, El0::No, Some(|c| Ok($f(c.profile))), None)
    };
}

/// Plain storage.
macro_rules! stored {
    ($e:expr, $name:literal, $($f:tt)+) => {
        line($e, $name, El0::No, Some(|c| Ok(c.state.sys.$($f)+)), Some(|c, v| { c.state.sys.$($f)+ = v; Ok(()) }))
    };
}

/// A register of breakpoint or watchpoint `$n`.
macro_rules! unit {
    ($n:literal, $op2:literal, $name:literal, $f:ident[$i:literal], $write:path) => {
        line((2, 0, 0, $n, $op2), $name, El0::No, Some(|c| Ok(c.state.sys.$f[$i])), Some(|c, v| $write(c, $n, v)))
    };
}

/// Writes ignored, reads zero.
macro_rules! raz_wi {
    ($e:expr, $name:literal) => {
        line($e, $name, El0::No, Some(|_| Ok(0)), Some(|_, _| Ok(())))
    };
}

/// Bits of `SCTLR_EL1` that exist on every core here; big-endian data and MTE do not.
const SCTLR_WRITABLE: u64 = 1 << 44 | 0xcc8d_fe5f;
/// BT0 and BT1 (FEAT_BTI).
const SCTLR_BT: u64 = 3 << 35;
/// `CNTKCTL_EL1.EVNTIS` (FEAT_ECV). State only: a `WFE` ends before any event stream would end it.
const EVNTIS: u64 = 1 << 17;
const SCTLR_RES1: u64 = 0x3010_0180;

fn write_sctlr(c: &mut Cpu, v: u64) -> R<()> {
    let writable = SCTLR_WRITABLE | if c.profile.has(Feature::Bti) { SCTLR_BT } else { 0 };
    c.state.sys.sctlr_el1 = v & writable | SCTLR_RES1;
    c.mmu_changed();
    c.resync()
}

fn write_translation(c: &mut Cpu, slot: fn(&mut crate::state::SysRegs) -> &mut u64, v: u64) -> R<()> {
    let r = slot(&mut c.state.sys);
    if *r != v {
        *r = v;
        c.mmu_changed();
    }
    c.resync()
}

/// The address space: ASID and table of one half. Global entries outlive a change.
fn write_ttbr(c: &mut Cpu, slot: fn(&mut crate::state::SysRegs) -> &mut u64, v: u64) -> R<()> {
    let r = slot(&mut c.state.sys);
    if *r != v {
        *r = v;
        c.address_space_changed();
    }
    c.resync()
}

macro_rules! key {
    ($crm:literal, $op2:literal, $name:literal, $f:ident, $half:literal) => {
        line(
            (3, 0, 2, $crm, $op2),
            $name,
            El0::No,
            Some(|c| Ok(c.state.sys.$f[$half])),
            Some(|c, v| {
                c.state.sys.$f[$half] = v;
                Ok(())
            }),
        )
    };
}

fn flagged(c: &mut Cpu) -> R<()> {
    c.fp_enabled()
}

/// Counter access at EL0: bit 0 EL0PCTEN, bit 1 EL0VCTEN, bit 8 EL0VTEN, bit 9 EL0PTEN.
const PCTEN: u64 = 1 << 0;
const VCTEN: u64 = 1 << 1;
const VTEN: u64 = 1 << 8;
const PTEN: u64 = 1 << 9;

macro_rules! timer {
    ($e:expr, $name:ident, $bits:expr) => {
        line(
            $e,
            stringify!($name),
            El0::Cntkctl($bits),
            Some(|c| c.read_outside(SysRegister::$name)),
            Some(|c, v| c.write_outside(SysRegister::$name, v)),
        )
    };
}

pub(super) static TABLE: &[SysReg] = &[
    // Identification.
    constant!((3, 0, 0, 0, 0), "MIDR_EL1", id::MIDR),
    line((3, 0, 0, 0, 5), "MPIDR_EL1", El0::No, Some(|c| Ok(1 << 31 | c.affinity)), None),
    constant!((3, 0, 0, 0, 6), "REVIDR_EL1", 0),
    constant!((3, 0, 0, 4, 0), "ID_AA64PFR0_EL1", id::ID_AA64PFR0),
    identified!((3, 0, 0, 4, 1), "ID_AA64PFR1_EL1", id::id_aa64pfr1),
    constant!((3, 0, 0, 5, 0), "ID_AA64DFR0_EL1", id::ID_AA64DFR0),
    constant!((3, 0, 0, 6, 0), "ID_AA64ISAR0_EL1", id::ID_AA64ISAR0),
    identified!((3, 0, 0, 6, 1), "ID_AA64ISAR1_EL1", id::id_aa64isar1),
    identified!((3, 0, 0, 7, 0), "ID_AA64MMFR0_EL1", id::id_aa64mmfr0),
    constant!((3, 0, 0, 7, 1), "ID_AA64MMFR1_EL1", id::ID_AA64MMFR1),
    constant!((3, 0, 0, 7, 2), "ID_AA64MMFR2_EL1", id::ID_AA64MMFR2),
    line((3, 1, 0, 0, 0), "CCSIDR_EL1", El0::No, Some(|c| Ok(id::ccsidr(c.state.sys.csselr_el1))), None),
    constant!((3, 1, 0, 0, 1), "CLIDR_EL1", id::CLIDR),
    constant!((3, 1, 0, 0, 7), "AIDR_EL1", 0),
    line(
        (3, 2, 0, 0, 0),
        "CSSELR_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.csselr_el1)),
        Some(|c, v| {
            c.state.sys.csselr_el1 = v & 0xf;
            Ok(())
        }),
    ),
    line((3, 3, 0, 0, 1), "CTR_EL0", El0::Sctlr(15), Some(|_| Ok(id::CTR)), None),
    line((3, 3, 0, 0, 7), "DCZID_EL0", El0::Read, Some(read_dczid), None),
    // Control and translation.
    line((3, 0, 1, 0, 0), "SCTLR_EL1", El0::No, Some(|c| Ok(c.state.sys.sctlr_el1)), Some(write_sctlr)),
    stored!((3, 0, 1, 0, 1), "ACTLR_EL1", actlr_el1),
    line(
        (3, 0, 1, 0, 2),
        "CPACR_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.cpacr_el1)),
        Some(|c, v| {
            c.state.sys.cpacr_el1 = v & (3 << 20);
            Ok(())
        }),
    ),
    line(
        (3, 0, 2, 0, 0),
        "TTBR0_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.ttbr0_el1)),
        Some(|c, v| write_ttbr(c, |s| &mut s.ttbr0_el1, v)),
    ),
    line(
        (3, 0, 2, 0, 1),
        "TTBR1_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.ttbr1_el1)),
        Some(|c, v| write_ttbr(c, |s| &mut s.ttbr1_el1, v)),
    ),
    line(
        (3, 0, 2, 0, 2),
        "TCR_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.tcr_el1)),
        Some(|c, v| write_translation(c, |s| &mut s.tcr_el1, v)),
    ),
    line(
        (3, 0, 10, 2, 0),
        "MAIR_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.mair_el1)),
        Some(|c, v| write_translation(c, |s| &mut s.mair_el1, v)),
    ),
    stored!((3, 0, 10, 3, 0), "AMAIR_EL1", amair_el1),
    stored!((3, 0, 13, 0, 1), "CONTEXTIDR_EL1", contextidr_el1),
    // Exceptions.
    line(
        (3, 0, 12, 0, 0),
        "VBAR_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.vbar_el1)),
        Some(|c, v| {
            c.state.sys.vbar_el1 = v & !0x7ff;
            Ok(())
        }),
    ),
    line((3, 0, 12, 1, 0), "ISR_EL1", El0::No, Some(read_isr), None),
    stored!((3, 0, 4, 0, 0), "SPSR_EL1", spsr_el1),
    stored!((3, 0, 4, 0, 1), "ELR_EL1", elr_el1),
    line((3, 0, 4, 1, 0), "SP_EL0", El0::No, Some(read_sp_el0), Some(write_sp_el0)),
    line(
        (3, 0, 4, 2, 0),
        "SPSel",
        El0::No,
        Some(|c| Ok(u64::from(c.state.pstate.spsel))),
        Some(|c, v| {
            c.state.set_el(1, v & 1 != 0);
            Ok(())
        }),
    ),
    line((3, 0, 4, 2, 2), "CurrentEL", El0::No, Some(|c| Ok(u64::from(c.state.pstate.el) << 2)), None),
    line(
        (3, 0, 4, 2, 3),
        "PAN",
        El0::No,
        Some(|c| Ok(u64::from(c.state.pstate.pan) << 22)),
        Some(|c, v| {
            c.state.pstate.pan = v >> 22 & 1 != 0;
            c.pstate_changed();
            Ok(())
        }),
    ),
    line(
        (3, 0, 4, 2, 4),
        "UAO",
        El0::No,
        Some(|c| Ok(u64::from(c.state.pstate.uao) << 23)),
        Some(|c, v| {
            c.state.pstate.uao = v >> 23 & 1 != 0;
            c.mmu_regime_changed();
            Ok(())
        }),
    ),
    stored!((3, 0, 5, 1, 0), "AFSR0_EL1", afsr0_el1),
    stored!((3, 0, 5, 1, 1), "AFSR1_EL1", afsr1_el1),
    stored!((3, 0, 5, 2, 0), "ESR_EL1", esr_el1),
    stored!((3, 0, 6, 0, 0), "FAR_EL1", far_el1),
    stored!((3, 0, 7, 4, 0), "PAR_EL1", par_el1),
    // Process state and thread registers.
    line(
        (3, 3, 4, 2, 0),
        "NZCV",
        El0::Yes,
        Some(|c| Ok(u64::from(c.state.nzcv))),
        Some(|c, v| {
            c.state.nzcv = v as u32 & (nzcv::N | nzcv::Z | nzcv::C | nzcv::V);
            Ok(())
        }),
    ),
    line((3, 3, 4, 2, 1), "DAIF", El0::Sctlr(9), Some(|c| Ok(u64::from(c.state.pstate.daif))), Some(write_daif)),
    line(
        (3, 3, 4, 2, 5),
        "DIT",
        El0::Yes,
        Some(|c| Ok(u64::from(c.state.pstate.dit) << 24)),
        Some(|c, v| {
            c.state.pstate.dit = v >> 24 & 1 != 0;
            Ok(())
        }),
    ),
    line(
        (3, 3, 4, 2, 6),
        "SSBS",
        El0::Yes,
        Some(|c| Ok(u64::from(c.state.pstate.ssbs) << 12)),
        Some(|c, v| {
            c.state.pstate.ssbs = v >> 12 & 1 != 0;
            Ok(())
        }),
    ),
    line(
        (3, 3, 4, 4, 0),
        "FPCR",
        El0::Yes,
        Some(|c| flagged(c).map(|()| u64::from(c.state.fpcr))),
        Some(|c, v| {
            flagged(c)?;
            c.state.fpcr = v as u32 & 0x07ff_9f00;
            Ok(())
        }),
    ),
    line(
        (3, 3, 4, 4, 1),
        "FPSR",
        El0::Yes,
        Some(|c| flagged(c).map(|()| u64::from(c.state.fpsr))),
        Some(|c, v| {
            flagged(c)?;
            c.state.fpsr = v as u32 & 0x0800_009f;
            Ok(())
        }),
    ),
    line(
        (3, 3, 13, 0, 2),
        "TPIDR_EL0",
        El0::Yes,
        Some(|c| Ok(c.state.sys.tpidr_el0)),
        Some(|c, v| {
            c.state.sys.tpidr_el0 = v;
            Ok(())
        }),
    ),
    line(
        (3, 3, 13, 0, 3),
        "TPIDRRO_EL0",
        El0::Read,
        Some(|c| Ok(c.state.sys.tpidrro_el0)),
        Some(|c, v| {
            c.state.sys.tpidrro_el0 = v;
            Ok(())
        }),
    ),
    stored!((3, 0, 13, 0, 4), "TPIDR_EL1", tpidr_el1),
    // Generic timer.
    line((3, 3, 14, 0, 0), "CNTFRQ_EL0", El0::Cntkctl(PCTEN | VCTEN), Some(|_| Ok(FREQUENCY)), None),
    line((3, 3, 14, 0, 1), "CNTPCT_EL0", El0::Cntkctl(PCTEN), Some(|c| Ok(c.env.counter())), None),
    line((3, 3, 14, 0, 2), "CNTVCT_EL0", El0::Cntkctl(VCTEN), Some(|c| Ok(c.env.counter())), None),
    timer!((3, 3, 14, 2, 0), CNTP_TVAL_EL0, PTEN),
    timer!((3, 3, 14, 2, 1), CNTP_CTL_EL0, PTEN),
    timer!((3, 3, 14, 2, 2), CNTP_CVAL_EL0, PTEN),
    timer!((3, 3, 14, 3, 0), CNTV_TVAL_EL0, VTEN),
    timer!((3, 3, 14, 3, 1), CNTV_CTL_EL0, VTEN),
    timer!((3, 3, 14, 3, 2), CNTV_CVAL_EL0, VTEN),
    line(
        (3, 0, 14, 1, 0),
        "CNTKCTL_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.cntkctl_el1)),
        Some(|c, v| {
            c.state.sys.cntkctl_el1 = v & (0x3ff | if c.profile.has(Feature::Ecv) { EVNTIS } else { 0 });
            Ok(())
        }),
    ),
    // Pointer authentication keys.
    key!(1, 0, "APIAKeyLo_EL1", apia, 0),
    key!(1, 1, "APIAKeyHi_EL1", apia, 1),
    key!(1, 2, "APIBKeyLo_EL1", apib, 0),
    key!(1, 3, "APIBKeyHi_EL1", apib, 1),
    key!(2, 0, "APDAKeyLo_EL1", apda, 0),
    key!(2, 1, "APDAKeyHi_EL1", apda, 1),
    key!(2, 2, "APDBKeyLo_EL1", apdb, 0),
    key!(2, 3, "APDBKeyHi_EL1", apdb, 1),
    key!(3, 0, "APGAKeyLo_EL1", apga, 0),
    key!(3, 1, "APGAKeyHi_EL1", apga, 1),
    // Debug.
    unit!(0, 4, "DBGBVR0_EL1", dbgbvr[0], debug::write_dbgbvr),
    unit!(0, 5, "DBGBCR0_EL1", dbgbcr[0], debug::write_dbgbcr),
    unit!(0, 6, "DBGWVR0_EL1", dbgwvr[0], debug::write_dbgwvr),
    unit!(0, 7, "DBGWCR0_EL1", dbgwcr[0], debug::write_dbgwcr),
    unit!(1, 4, "DBGBVR1_EL1", dbgbvr[1], debug::write_dbgbvr),
    unit!(1, 5, "DBGBCR1_EL1", dbgbcr[1], debug::write_dbgbcr),
    unit!(1, 6, "DBGWVR1_EL1", dbgwvr[1], debug::write_dbgwvr),
    unit!(1, 7, "DBGWCR1_EL1", dbgwcr[1], debug::write_dbgwcr),
    line((2, 0, 0, 2, 2), "MDSCR_EL1", El0::No, Some(|c| Ok(c.state.sys.mdscr_el1)), Some(debug::write_mdscr)),
    line(
        (2, 0, 0, 2, 0),
        "MDCCINT_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.mdccint_el1)),
        Some(|c, v| {
            c.state.sys.mdccint_el1 = v & 3 << 29;
            Ok(())
        }),
    ),
    line((2, 0, 0, 0, 2), "OSDTRRX_EL1", El0::No, Some(debug::read_osdtrrx), Some(debug::write_osdtrrx)),
    line((2, 0, 0, 3, 2), "OSDTRTX_EL1", El0::No, Some(debug::read_osdtrtx), Some(debug::write_osdtrtx)),
    raz_wi!((2, 0, 0, 6, 2), "OSECCR_EL1"),
    // Not valid: there is no ROM table of debug components.
    constant!((2, 0, 1, 0, 0), "MDRAR_EL1", 0),
    line((2, 0, 1, 0, 4), "OSLAR_EL1", El0::No, None, Some(debug::write_oslar)),
    // OSLM = 0b10: the OS lock exists.
    line((2, 0, 1, 1, 4), "OSLSR_EL1", El0::No, Some(|c| Ok(8 | u64::from(c.state.sys.os_lock) << 1)), None),
    line((2, 0, 1, 3, 4), "OSDLR_EL1", El0::No, Some(|c| Ok(c.state.sys.osdlr_el1)), Some(debug::write_osdlr)),
    line((2, 0, 1, 4, 4), "DBGPRCR_EL1", El0::No, Some(|c| Ok(c.state.sys.dbgprcr_el1)), Some(debug::write_dbgprcr)),
    line(
        (2, 0, 7, 8, 6),
        "DBGCLAIMSET_EL1",
        El0::No,
        Some(|_| Ok(0xff)),
        Some(|c, v| {
            c.state.sys.dbgclaim |= v & 0xff;
            Ok(())
        }),
    ),
    line(
        (2, 0, 7, 9, 6),
        "DBGCLAIMCLR_EL1",
        El0::No,
        Some(|c| Ok(c.state.sys.dbgclaim)),
        Some(|c, v| {
            c.state.sys.dbgclaim &= !v;
            Ok(())
        }),
    ),
    // NSNID, NSID: non-secure external debug is implemented and disabled. No secure state.
    constant!((2, 0, 7, 14, 6), "DBGAUTHSTATUS_EL1", 0b1010),
    line((2, 3, 0, 1, 0), "MDCCSR_EL0", El0::Channel, Some(debug::read_mdccsr), None),
    line((2, 3, 0, 4, 0), "DBGDTR_EL0", El0::Channel, Some(debug::read_dbgdtr), Some(debug::write_dbgdtr)),
    line(
        (2, 3, 0, 5, 0),
        "DBGDTRRX_EL0, DBGDTRTX_EL0",
        El0::Channel,
        Some(debug::read_dtrrx),
        Some(debug::write_dtrtx),
    ),
];

/// MRS of CNTPCTSS_EL0. Every read of the counter here is in program order; the access rules are CNTPCT_EL0's.
pub(crate) fn read_cntpctss(c: &mut Cpu, o: &Op) -> R<()> {
    read_counter(c, o, PCTEN)
}

/// MRS of CNTVCTSS_EL0; the access rules are CNTVCT_EL0's.
pub(crate) fn read_cntvctss(c: &mut Cpu, o: &Op) -> R<()> {
    read_counter(c, o, VCTEN)
}

fn read_counter(c: &mut Cpu, o: &Op, enable: u64) -> R<()> {
    if c.state.pstate.el == 0 && c.state.sys.cntkctl_el1 & enable == 0 {
        return c.raise_trapped_sysreg(o.imm as u16, (o.imm >> 16) as u8, true);
    }
    let v = c.env.counter();
    c.set_x(o.rd, v);
    Ok(())
}

/// 64-byte blocks; zeroing is prohibited at EL0 unless `SCTLR_EL1.DZE`.
fn read_dczid(c: &mut Cpu) -> R<u64> {
    let prohibited = c.state.pstate.el == 0 && c.state.sys.sctlr_el1 >> 14 & 1 == 0;
    Ok(4 | u64::from(prohibited) << 4)
}

fn read_isr(c: &mut Cpu) -> R<u64> {
    let bits = c.attention.bits();
    let irq = u64::from(bits & crate::attention::IRQ != 0) << 7;
    let fiq = u64::from(bits & crate::attention::FIQ != 0) << 6;
    Ok(irq | fiq)
}

/// `SP_EL0` is UNDEFINED where it is the current stack pointer.
fn read_sp_el0(c: &mut Cpu) -> R<u64> {
    if !c.state.pstate.spsel {
        return c.raise_undefined();
    }
    Ok(c.state.sp_el(0))
}

fn write_sp_el0(c: &mut Cpu, v: u64) -> R<()> {
    if !c.state.pstate.spsel {
        return c.raise_undefined();
    }
    c.state.set_sp_el(0, v);
    Ok(())
}

fn write_daif(c: &mut Cpu, v: u64) -> R<()> {
    c.state.pstate.daif = v as u32 & daif::ALL;
    c.pstate_changed();
    c.unmasked()
}
