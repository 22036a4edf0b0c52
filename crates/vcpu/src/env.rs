//! What an emulated core sees outside itself.

use crate::timer::{Timers, Which};
use std::sync::Arc;
use vmapple_a64::{Env, ExternalAbort, SysRegister};
use vmapple_bus::{Bus, Clock, Width};
use vmapple_devices::gic::{Gic, IccRegister};

/// The bus, the interrupt controller and this CPU's timers.
pub(crate) struct Outside {
    pub(crate) cpu: usize,
    pub(crate) bus: Arc<Bus>,
    pub(crate) gic: Arc<Gic>,
    pub(crate) timers: Arc<Timers>,
    pub(crate) clock: Arc<Clock>,
}

fn width(size: u8) -> Width {
    // The core asks for 1, 2, 4 or 8 only.
    Width::of_bytes(u64::from(size)).unwrap_or(Width::B8)
}

fn icc(key: u16) -> Option<IccRegister> {
    let k = key;
    IccRegister::from_encoding(
        (k >> 14) as u8,
        (k >> 11 & 7) as u8,
        (k >> 7 & 15) as u8,
        (k >> 3 & 15) as u8,
        (k & 7) as u8,
    )
}

impl Env for Outside {
    fn read(&mut self, pa: u64, size: u8) -> Result<u64, ExternalAbort> {
        self.bus.read(pa, width(size)).map_err(|_| ExternalAbort)
    }

    fn write(&mut self, pa: u64, size: u8, value: u64) -> Result<(), ExternalAbort> {
        self.bus.write(pa, width(size), value).map_err(|_| ExternalAbort)
    }

    fn read_register(&mut self, reg: SysRegister) -> Option<u64> {
        let t = &self.timers;
        Some(match reg {
            SysRegister::CNTV_CTL_EL0 => t.ctl(Which::Virtual),
            SysRegister::CNTV_CVAL_EL0 => t.cval(Which::Virtual),
            SysRegister::CNTV_TVAL_EL0 => t.tval(Which::Virtual),
            SysRegister::CNTP_CTL_EL0 => t.ctl(Which::Physical),
            SysRegister::CNTP_CVAL_EL0 => t.cval(Which::Physical),
            SysRegister::CNTP_TVAL_EL0 => t.tval(Which::Physical),
            SysRegister::Icc(key) => {
                let r = icc(key).filter(|r| r.readable())?;
                self.gic.read(self.cpu, r)
            }
        })
    }

    fn write_register(&mut self, reg: SysRegister, value: u64) -> Option<()> {
        let t = &self.timers;
        match reg {
            SysRegister::CNTV_CTL_EL0 => t.set_ctl(Which::Virtual, value),
            SysRegister::CNTV_CVAL_EL0 => t.set_cval(Which::Virtual, value),
            SysRegister::CNTV_TVAL_EL0 => t.set_tval(Which::Virtual, value),
            SysRegister::CNTP_CTL_EL0 => t.set_ctl(Which::Physical, value),
            SysRegister::CNTP_CVAL_EL0 => t.set_cval(Which::Physical, value),
            SysRegister::CNTP_TVAL_EL0 => t.set_tval(Which::Physical, value),
            SysRegister::Icc(key) => {
                let r = icc(key).filter(|r| r.writable())?;
                self.gic.write(self.cpu, r, value);
            }
        }
        Some(())
    }

    fn counter(&mut self) -> u64 {
        self.clock.ticks()
    }
}
