//! The system-register table: one line per register, with who may access it and what an access does.
//!
//! Registers that are not the core's own (timer, interrupt controller) are handed to [`crate::Env`]. An encoding that no
//! line names is UNDEFINED.

mod debug;
mod id;
mod maintenance;
mod table;

pub(crate) use maintenance::maintenance;
pub use table::names;

use crate::cpu::{Cpu, R};
use crate::debug::mdscr;
use crate::decode::sysreg_encoding;
use crate::env::SysRegister;
use crate::exception::ec;
use std::collections::HashMap;
use std::sync::LazyLock;
use table::TABLE;
pub(crate) use table::{read_cntpctss, read_cntvctss};

/// "No such register" among table indices.
pub const NONE: u16 = u16::MAX;

/// Who may access a register at EL0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum El0 {
    /// No one: UNDEFINED.
    No,
    /// Reads and writes.
    Yes,
    /// Reads only; a write is UNDEFINED.
    Read,
    /// If this bit of `SCTLR_EL1` is set; otherwise trapped.
    Sctlr(u32),
    /// The debug communications channel: unless `MDSCR_EL1.TDCC` is set; then trapped.
    Channel,
    /// If one of these bits of `CNTKCTL_EL1` is set; otherwise trapped.
    Cntkctl(u64),
}

/// One line of the table.
struct SysReg {
    key: u16,
    name: &'static str,
    el0: El0,
    read: Option<fn(&mut Cpu) -> R<u64>>,
    write: Option<fn(&mut Cpu, u64) -> R<()>>,
}

static INDEX: LazyLock<HashMap<u16, u16>> =
    LazyLock::new(|| TABLE.iter().enumerate().map(|(i, r)| (r.key, i as u16)).collect());

/// Index of the line for an encoding, or [`NONE`].
pub fn index_of(key: u16) -> u16 {
    INDEX.get(&key).copied().unwrap_or(NONE)
}

/// `ICC_*_EL1`: the interrupt controller decides which of these exist.
fn is_icc(key: u16) -> bool {
    const FIELD: u16 = 0xfff8;
    key == sysreg_encoding(3, 0, 4, 6, 0)
        || [8, 9, 11, 12].iter().any(|&crm| key & FIELD == sysreg_encoding(3, 0, 12, crm, 0))
}

/// The space of identification registers: at EL0 a read there is trapped rather than UNDEFINED (FEAT_IDST).
fn is_id_space(key: u16) -> bool {
    const OP0_OP1_CRN: u16 = 0xff80;
    matches!(key & OP0_OP1_CRN, k if k == sysreg_encoding(3, 0, 0, 0, 0) || k == sysreg_encoding(3, 1, 0, 0, 0))
}

impl Cpu {
    /// A trapped MSR, MRS or system instruction (EC 0x18).
    pub(crate) fn raise_trapped_sysreg<T>(&mut self, key: u16, rt: u8, read: bool) -> R<T> {
        let k = u64::from(key);
        let (op0, op1, crn, crm, op2) = (k >> 14, k >> 11 & 7, k >> 7 & 15, k >> 3 & 15, k & 7);
        let iss = op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | u64::from(rt) << 5 | crm << 1 | u64::from(read);
        self.raise(ec::SYSREG, iss)
    }

    fn check_el0(&mut self, r: &SysReg, rt: u8, read: bool) -> R<()> {
        if self.state.pstate.el != 0 {
            return Ok(());
        }
        let allowed = match r.el0 {
            El0::Yes => true,
            El0::Read if read => true,
            El0::No | El0::Read if is_id_space(r.key) => false,
            El0::No | El0::Read => return self.raise_undefined(),
            El0::Sctlr(bit) => self.state.sys.sctlr_el1 >> bit & 1 != 0,
            El0::Channel => self.state.sys.mdscr_el1 & mdscr::TDCC == 0,
            El0::Cntkctl(bits) => self.state.sys.cntkctl_el1 & bits != 0,
        };
        if allowed { Ok(()) } else { self.raise_trapped_sysreg(r.key, rt, read) }
    }

    fn read_outside(&mut self, reg: SysRegister) -> R<u64> {
        match self.env.read_register(reg) {
            Some(v) => Ok(v),
            None => self.raise_undefined(),
        }
    }

    fn write_outside(&mut self, reg: SysRegister, value: u64) -> R<()> {
        match self.env.write_register(reg, value) {
            Some(()) => Ok(()),
            None => self.raise_undefined(),
        }
    }
}

/// MRS. `index` is [`index_of`] the key.
pub(crate) fn read(c: &mut Cpu, index: u16, key: u16, rt: u8) -> R<u64> {
    let Some(r) = TABLE.get(usize::from(index)) else {
        if c.state.pstate.el != 0 {
            if is_icc(key) {
                return c.read_outside(SysRegister::Icc(key));
            }
            // Unallocated identification registers read as zero (Arm ARM D18.3.1).
            if key & !0x7f == sysreg_encoding(3, 0, 0, 0, 0) && (key >> 3 & 15) >= 1 && (key >> 3 & 15) <= 7 {
                return Ok(0);
            }
        } else if is_id_space(key) {
            return c.raise_trapped_sysreg(key, rt, true);
        }
        return c.raise_undefined();
    };
    let Some(f) = r.read else { return c.raise_undefined() };
    c.check_el0(r, rt, true)?;
    f(c)
}

/// MSR. `index` is [`index_of`] the key.
pub(crate) fn write(c: &mut Cpu, index: u16, key: u16, rt: u8, value: u64) -> R<()> {
    let Some(r) = TABLE.get(usize::from(index)) else {
        if c.state.pstate.el != 0 && is_icc(key) {
            return c.write_outside(SysRegister::Icc(key), value);
        }
        return c.raise_undefined();
    };
    // What cannot be written at any level is UNDEFINED, not trapped.
    let Some(f) = r.write else { return c.raise_undefined() };
    c.check_el0(r, rt, false)?;
    f(c, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_register_is_listed_twice() {
        assert_eq!(INDEX.len(), TABLE.len());
    }

    #[test]
    fn every_line_can_be_read_or_written() {
        for r in TABLE {
            assert!(r.read.is_some() || r.write.is_some(), "{}", r.name);
        }
    }
}
