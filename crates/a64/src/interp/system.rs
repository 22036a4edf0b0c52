//! Exception generating and system instructions.

use super::pauth;
use crate::attention::EVENT;
use crate::coherence::Request;
use crate::cpu::{Break, Cpu, R};
use crate::decode::{Op, sysreg_encoding};
use crate::env::Exit;
use crate::exception::ec;
use crate::state::{daif, nzcv};
use crate::sys;
use std::sync::atomic::{Ordering, fence};

pub(crate) fn nop(_: &mut Cpu, _: &Op) -> R<()> {
    Ok(())
}

pub(crate) fn svc(c: &mut Cpu, o: &Op) -> R<()> {
    c.raise_after(ec::SVC, o.imm)
}

pub(crate) fn hvc(c: &mut Cpu, o: &Op) -> R<()> {
    if c.state.pstate.el == 0 {
        return c.raise_undefined();
    }
    c.leave(Exit::Hypercall { imm: o.imm as u16 })
}

/// There is no EL3: SMC is UNDEFINED.
pub(crate) fn smc(c: &mut Cpu, _: &Op) -> R<()> {
    c.raise_undefined()
}

pub(crate) fn brk(c: &mut Cpu, o: &Op) -> R<()> {
    c.raise(ec::BRK, o.imm)
}

impl Cpu {
    /// Ends the run after this instruction.
    fn leave(&mut self, exit: Exit) -> R<()> {
        self.state.pc = self.state.pc.wrapping_add(4);
        self.exit = Some(exit);
        Err(Break::Exit)
    }

    /// Ends the instruction with a context synchronisation.
    pub(crate) fn resync(&mut self) -> R<()> {
        self.state.pc = self.state.pc.wrapping_add(4);
        Err(Break::Resync)
    }

    /// Ends an instruction that wrote the mask bits: what was masked may be pending, so look before the next one.
    pub(crate) fn unmasked(&mut self) -> R<()> {
        self.state.pc = self.state.pc.wrapping_add(4);
        Err(if self.debug_armed() { Break::Resync } else { Break::Jump })
    }

    /// Traps WFI and WFE at EL0, unless `SCTLR_EL1` lets them through (bit 16 nTWI, bit 18 nTWE).
    fn wfx_trapped(&mut self, bit: u32, ti: u64) -> R<()> {
        if self.state.pstate.el == 0 && self.state.sys.sctlr_el1 >> bit & 1 == 0 {
            return self.raise(ec::WFX, 1 << 24 | 0xe << 20 | ti);
        }
        Ok(())
    }
}

/// A spinning guest says so: let another core's thread have the host CPU.
pub(crate) fn yield_(_: &mut Cpu, _: &Op) -> R<()> {
    std::thread::yield_now();
    Ok(())
}

pub(crate) fn wfi(c: &mut Cpu, _: &Op) -> R<()> {
    if c.interrupt_pending() {
        return Ok(());
    }
    c.wfx_trapped(16, 0)?;
    if c.debug.step {
        // It may complete at any time, and the step exception is due.
        return Ok(());
    }
    c.leave(Exit::Wfi)
}

pub(crate) fn wfe(c: &mut Cpu, _: &Op) -> R<()> {
    if c.attention.lower(EVENT) != 0 || c.interrupt_pending() {
        return Ok(());
    }
    c.wfx_trapped(18, 1)?;
    if c.debug.step {
        return Ok(());
    }
    c.leave(Exit::Wfe)
}

pub(crate) fn sev(c: &mut Cpu, _: &Op) -> R<()> {
    c.coherence.send_event();
    Ok(())
}

pub(crate) fn sevl(c: &mut Cpu, _: &Op) -> R<()> {
    c.attention.raise(EVENT);
    Ok(())
}

pub(crate) fn clrex(c: &mut Cpu, _: &Op) -> R<()> {
    c.monitor = super::exclusive::Monitor::CLEAR;
    Ok(())
}

pub(crate) fn dsb(c: &mut Cpu, _: &Op) -> R<()> {
    fence(Ordering::SeqCst);
    if c.unsynced {
        c.wait_for_others();
    }
    Ok(())
}

/// Bits 1:0 of CRm are the kind: 01 loads, 10 stores, 11 all. The domain makes no difference.
pub(crate) fn dmb(_: &mut Cpu, o: &Op) -> R<()> {
    match o.imm & 3 {
        1 => fence(Ordering::Acquire),
        2 => fence(Ordering::Release),
        _ => fence(Ordering::SeqCst),
    }
    Ok(())
}

pub(crate) fn isb(c: &mut Cpu, _: &Op) -> R<()> {
    c.resync()
}

pub(crate) fn cfinv(c: &mut Cpu, _: &Op) -> R<()> {
    c.state.nzcv ^= nzcv::C;
    Ok(())
}

/// From the external format of floating-point flags to Arm's.
pub(crate) fn xaflag(c: &mut Cpu, _: &Op) -> R<()> {
    let f = c.state.nzcv;
    let (z, cy) = (f & nzcv::Z != 0, f & nzcv::C != 0);
    c.state.nzcv = pack(!cy && !z, z && cy, cy || z, !cy && z);
    Ok(())
}

/// From Arm's format of floating-point flags to the external one.
pub(crate) fn axflag(c: &mut Cpu, _: &Op) -> R<()> {
    let f = c.state.nzcv;
    let (z, cy, v) = (f & nzcv::Z != 0, f & nzcv::C != 0, f & nzcv::V != 0);
    c.state.nzcv = pack(false, z || v, cy && !v, false);
    Ok(())
}

fn pack(n: bool, z: bool, c: bool, v: bool) -> u32 {
    u32::from(n) << 31 | u32::from(z) << 30 | u32::from(c) << 29 | u32::from(v) << 28
}

/// MSR (immediate): `aux` is op1:op2, `imm` is CRm.
pub(crate) fn msr_imm(c: &mut Cpu, o: &Op) -> R<()> {
    const UAO: u16 = 0o03;
    const PAN: u16 = 0o04;
    const SPSEL: u16 = 0o05;
    const SSBS: u16 = 0o31;
    const DIT: u16 = 0o32;
    const DAIFSET: u16 = 0o36;
    const DAIFCLR: u16 = 0o37;
    let el0 = c.state.pstate.el == 0;
    let on = o.imm & 1 != 0;
    match o.aux {
        SSBS => c.state.pstate.ssbs = on,
        DIT => c.state.pstate.dit = on,
        DAIFSET | DAIFCLR => {
            if el0 && c.state.sys.sctlr_el1 >> 9 & 1 == 0 {
                let key = sysreg_encoding(0, 3, 4, o.imm as u32, u32::from(o.aux & 7));
                return c.raise_trapped_sysreg(key, 31, /* read */ false);
            }
            let bits = (o.imm as u32) << 6 & daif::ALL;
            if o.aux == DAIFSET {
                c.state.pstate.daif |= bits;
            } else {
                c.state.pstate.daif &= !bits;
            }
            c.pstate_changed();
            if o.aux == DAIFCLR {
                return c.unmasked();
            }
        }
        _ if el0 => return c.raise_undefined(),
        UAO => {
            c.state.pstate.uao = on;
            c.mmu_regime_changed();
        }
        PAN => {
            c.state.pstate.pan = on;
            c.pstate_changed();
        }
        SPSEL => c.state.set_el(1, on),
        _ => return c.raise_undefined(),
    }
    Ok(())
}

pub(crate) fn mrs(c: &mut Cpu, o: &Op) -> R<()> {
    let v = sys::read(c, o.aux, o.imm as u16, (o.imm >> 16) as u8)?;
    c.set_x(o.rd, v);
    Ok(())
}

pub(crate) fn msr(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn);
    sys::write(c, o.aux, o.imm as u16, (o.imm >> 16) as u8, v)
}

pub(crate) fn sys(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn);
    sys::maintenance(c, o.imm as u16, (o.imm >> 16) as u8, v)
}

pub(crate) fn eret(c: &mut Cpu, _: &Op) -> R<()> {
    if c.state.pstate.el == 0 {
        return c.raise_undefined();
    }
    let target = c.state.sys.elr_el1;
    c.exception_return(target)
}

/// ERETAA, ERETAB: the return address is authenticated with the stack pointer as modifier.
pub(crate) fn ereta<const KEY: u8>(c: &mut Cpu, _: &Op) -> R<()> {
    if c.state.pstate.el == 0 {
        return c.raise_undefined();
    }
    let target = pauth::authenticate::<KEY, true>(c, c.state.sys.elr_el1, c.x(crate::state::SP))?;
    c.exception_return(target)
}

impl Cpu {
    /// Sends maintenance to the other cores; the next DSB waits for it.
    pub(crate) fn broadcast(&mut self, request: Request) {
        self.coherence.broadcast(self.index, request);
        self.unsynced = true;
    }
}
