//! The architectural state of one CPU: plain data, shared unchanged by every engine.

/// Index of the zero register in [`State::x`]; always holds zero.
pub const ZR: u8 = 31;
/// Where results for the zero register go; never read.
pub const DISCARD: u8 = 32;
/// Index of the current stack pointer in [`State::x`].
pub const SP: u8 = 33;

/// `PSTATE` flags N, Z, C, V as they stand in bits 31:28 of `NZCV` and `SPSR_EL1`.
pub mod nzcv {
    /// Negative.
    pub const N: u32 = 1 << 31;
    /// Zero.
    pub const Z: u32 = 1 << 30;
    /// Carry.
    pub const C: u32 = 1 << 29;
    /// Overflow.
    pub const V: u32 = 1 << 28;
}

/// Interrupt masks as they stand in bits 9:6 of `DAIF` and `SPSR_EL1`.
pub mod daif {
    /// Debug exceptions.
    pub const D: u32 = 1 << 9;
    /// SError.
    pub const A: u32 = 1 << 8;
    /// IRQ.
    pub const I: u32 = 1 << 7;
    /// FIQ.
    pub const F: u32 = 1 << 6;
    /// All four.
    pub const ALL: u32 = D | A | I | F;
}

/// Process state other than the condition flags (Arm ARM D1.4), unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PState {
    /// Exception level, 0 or 1.
    pub el: u8,
    /// EL1 uses `SP_EL1` (EL1h) rather than `SP_EL0` (EL1t).
    pub spsel: bool,
    /// [`daif`] bits.
    pub daif: u32,
    /// Privileged access never.
    pub pan: bool,
    /// User access override.
    pub uao: bool,
    /// Data independent timing: state only.
    pub dit: bool,
    /// Speculative store bypass safe: state only.
    pub ssbs: bool,
    /// Illegal execution state.
    pub il: bool,
    /// Software step: one more instruction before the step exception. Set by `ERET` alone.
    pub ss: bool,
    /// Branch type (FEAT_BTI): 0 to 3, and always 0 on cores without.
    ///
    /// Every instruction but an indirect branch sets it to 0, so nearly always it is. Every engine keeps this invariant:
    /// **it is not 0 only while [`State::pc`] is the target of an indirect branch whose first instruction has not begun.**
    /// Who makes it not 0 (the `*_BTYPE` rows of the table; `ERET`) ends straight-line execution, and who begins it there
    /// looks ([`Cpu::fetch_page`](crate::Cpu): a guarded page wants a landing pad) and sets it to 0 before the instruction
    /// executes. What comes in between (an interrupt, a fetch that faults, a step) finds it, saves it in `SPSR_EL1` and sets
    /// it to 0. So no other instruction has to touch it, and none can see it but `BRK`, which saves it too.
    pub btype: u8,
}

/// System registers of EL1 and EL0 that are plain storage or have a cached meaning. Names as in the manual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the register of its name")]
pub struct SysRegs {
    pub sctlr_el1: u64,
    pub actlr_el1: u64,
    pub cpacr_el1: u64,
    pub ttbr0_el1: u64,
    pub ttbr1_el1: u64,
    pub tcr_el1: u64,
    pub mair_el1: u64,
    pub amair_el1: u64,
    pub vbar_el1: u64,
    pub contextidr_el1: u64,
    pub elr_el1: u64,
    pub spsr_el1: u64,
    pub esr_el1: u64,
    pub far_el1: u64,
    pub afsr0_el1: u64,
    pub afsr1_el1: u64,
    pub par_el1: u64,
    pub tpidr_el0: u64,
    pub tpidrro_el0: u64,
    pub tpidr_el1: u64,
    pub csselr_el1: u64,
    pub cntkctl_el1: u64,
    pub mdscr_el1: u64,
    pub osdlr_el1: u64,
    pub dbgprcr_el1: u64,
    /// OS lock (`OSLAR_EL1`, read in `OSLSR_EL1`); set at reset.
    pub os_lock: bool,
    pub dbgclaim: u64,
    pub dbgbvr: [u64; 2],
    pub dbgbcr: [u64; 2],
    pub dbgwvr: [u64; 2],
    pub dbgwcr: [u64; 2],
    pub mdccint_el1: u64,
    /// Debug communications channel: what `DBGDTRTX_EL0` and `OSDTRTX_EL1` hold, and `DBGDTRRX_EL0` and `OSDTRRX_EL1`.
    pub dtrtx: u32,
    pub dtrrx: u32,
    /// Pointer authentication keys, `[lo, hi]`.
    pub apia: [u64; 2],
    pub apib: [u64; 2],
    pub apda: [u64; 2],
    pub apdb: [u64; 2],
    pub apga: [u64; 2],
}

/// Architectural state of one CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct State {
    /// `x[0..=30]` are X0..X30; see [`ZR`], [`DISCARD`] and [`SP`] for the next three. Sixty-four long so that a
    /// masked register number needs no bounds check.
    pub x: [u64; 64],
    /// Address of the current instruction, or of the next between instructions.
    pub pc: u64,
    /// [`nzcv`] bits.
    pub nzcv: u32,
    /// The rest of the process state.
    pub pstate: PState,
    /// `FPCR`.
    pub fpcr: u32,
    /// `FPSR`.
    pub fpsr: u32,
    /// V0..V31.
    pub v: [u128; 32],
    /// The stack pointers that are not current: `SP_EL0`, `SP_EL1`. The current one lives in `x[SP]`.
    pub sp: [u64; 2],
    /// System registers.
    pub sys: SysRegs,
}

impl Default for State {
    fn default() -> Self {
        Self::reset()
    }
}

impl State {
    /// State after a cold reset: EL1h, everything masked, MMU and caches off, general registers zero
    /// (`spec/machine.md` 4).
    pub fn reset() -> Self {
        Self {
            x: [0; 64],
            pc: 0,
            nzcv: 0,
            pstate: PState { el: 1, spsel: true, daif: daif::ALL, ..PState::default() },
            fpcr: 0,
            fpsr: 0,
            v: [0; 32],
            sp: [0; 2],
            sys: SysRegs { sctlr_el1: 0x3090_0180, os_lock: true, dbgbcr: [0x1e0; 2], ..SysRegs::default() },
        }
    }

    /// Which stack pointer is current: 0 for `SP_EL0`, 1 for `SP_EL1`.
    fn sp_index(&self) -> usize {
        usize::from(self.pstate.el != 0 && self.pstate.spsel)
    }

    /// Changes exception level and stack selection together, keeping the banked stack pointers right.
    pub fn set_el(&mut self, el: u8, spsel: bool) {
        self.sp[self.sp_index()] = self.x[SP as usize];
        self.pstate.el = el;
        self.pstate.spsel = spsel;
        self.x[SP as usize] = self.sp[self.sp_index()];
    }

    /// `SP_EL0` or `SP_EL1` (index 0 or 1), current or banked.
    pub fn sp_el(&self, index: usize) -> u64 {
        if index == self.sp_index() { self.x[SP as usize] } else { self.sp[index & 1] }
    }

    /// Writes `SP_EL0` or `SP_EL1`, current or banked.
    pub fn set_sp_el(&mut self, index: usize, value: u64) {
        if index == self.sp_index() {
            self.x[SP as usize] = value;
        } else {
            self.sp[index & 1] = value;
        }
    }

    /// PSTATE as an exception would save it in `SPSR_EL1`.
    pub fn spsr(&self) -> u64 {
        let p = &self.pstate;
        let bit = |set: bool, n: u32| u64::from(set) << n;
        u64::from(self.nzcv)
            | u64::from(p.daif)
            | bit(p.dit, 24)
            | bit(p.uao, 23)
            | bit(p.pan, 22)
            | bit(p.ss, 21)
            | bit(p.il, 20)
            | bit(p.ssbs, 12)
            | u64::from(p.btype) << 10
            | u64::from(p.el) << 2
            | bit(p.el != 0 && p.spsel, 0)
    }

    /// Reads Xn, where 31 is the zero register.
    #[inline(always)]
    pub fn xr(&self, n: u8) -> u64 {
        self.x[usize::from(n & 31)]
    }

    /// Writes Xn, where 31 is the zero register.
    #[inline(always)]
    pub fn set_xr(&mut self, n: u8, value: u64) {
        if n & 31 != ZR {
            self.x[usize::from(n & 31)] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stack_pointers_are_banked_by_level_and_selection() {
        let mut s = State::reset();
        s.x[SP as usize] = 0x1111;
        s.set_el(1, false);
        s.x[SP as usize] = 0x2222;
        s.set_el(0, false);
        assert_eq!(s.x[SP as usize], 0x2222, "EL0 and EL1t share SP_EL0");
        s.set_el(1, true);
        assert_eq!((s.x[SP as usize], s.sp_el(0), s.sp_el(1)), (0x1111, 0x2222, 0x1111));
    }

    #[test]
    fn reset_state_reads_as_el1h_all_masked() {
        assert_eq!(State::reset().spsr(), 0x3c5);
    }
}
