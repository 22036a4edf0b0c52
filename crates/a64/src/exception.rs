//! Taking exceptions to EL1, and returning from them (Arm ARM D1.3, D1.4).

use crate::attention;
use crate::cpu::{Break, Cpu, R};
use crate::interp::exclusive::Monitor;
use crate::mmu::Access;
use crate::profile::Feature;
use crate::state::{daif, nzcv};

/// Exception classes, `ESR_EL1.EC`.
pub mod ec {
    /// Unknown reason: UNDEFINED instructions.
    pub const UNKNOWN: u64 = 0x00;
    /// Trapped WFI or WFE.
    pub const WFX: u64 = 0x01;
    /// SIMD and floating point disabled by `CPACR_EL1`.
    pub const FP: u64 = 0x07;
    /// Branch to something that is no target for it (FEAT_BTI).
    pub const BRANCH_TARGET: u64 = 0x0d;
    /// Pointer authentication failure (FEAT_FPAC).
    pub const FPAC: u64 = 0x1c;
    /// Illegal execution state.
    pub const ILLEGAL: u64 = 0x0e;
    /// SVC.
    pub const SVC: u64 = 0x15;
    /// Trapped MSR, MRS or system instruction.
    pub const SYSREG: u64 = 0x18;
    /// Instruction abort from a lower level; plus 1 from the same.
    pub const INSTRUCTION_ABORT: u64 = 0x20;
    /// Misaligned program counter.
    pub const PC_ALIGNMENT: u64 = 0x22;
    /// Data abort from a lower level; plus 1 from the same.
    pub const DATA_ABORT: u64 = 0x24;
    /// Misaligned stack pointer.
    pub const SP_ALIGNMENT: u64 = 0x26;
    /// Trapped floating-point exception.
    pub const FP_EXCEPTION: u64 = 0x2c;
    /// Hardware breakpoint from a lower level; plus 1 from the same.
    pub const BREAKPOINT: u64 = 0x30;
    /// Software step from a lower level; plus 1 from the same.
    pub const SOFTWARE_STEP: u64 = 0x32;
    /// Watchpoint from a lower level; plus 1 from the same.
    pub const WATCHPOINT: u64 = 0x34;
    /// BRK.
    pub const BRK: u64 = 0x3c;
}

/// Offset of the entry in its group of the vector table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Synchronous.
    #[default]
    Sync,
    /// IRQ.
    Irq,
    /// FIQ.
    Fiq,
}

/// An exception about to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// Which vector.
    pub kind: Kind,
    /// Complete `ESR_EL1`.
    pub esr: u64,
    /// `FAR_EL1`, where the class has one.
    pub far: Option<u64>,
    /// Bytes between the current instruction and the preferred return address: 4 for SVC, otherwise 0.
    pub advance: u64,
}

/// `ESR_EL1.IL`: a 32-bit instruction.
const IL: u64 = 1 << 25;

impl Exception {
    /// An IRQ.
    pub fn irq() -> Self {
        Self { kind: Kind::Irq, ..Self::default() }
    }
    /// An FIQ.
    pub fn fiq() -> Self {
        Self { kind: Kind::Fiq, ..Self::default() }
    }
}

impl Cpu {
    pub(crate) fn pend<T>(&mut self, class: u64, iss: u64, far: Option<u64>, advance: u64) -> R<T> {
        self.exception = Exception { kind: Kind::Sync, esr: class << 26 | IL | iss, far, advance };
        Err(Break::Exception)
    }

    /// Raises an exception with no fault address, returning to the current instruction.
    pub(crate) fn raise<T>(&mut self, class: u64, iss: u64) -> R<T> {
        self.pend(class, iss, None, 0)
    }

    /// Raises an exception whose return address is the next instruction: this one has executed, which ends its software
    /// step (`SSAdvance`).
    pub(crate) fn raise_after<T>(&mut self, class: u64, iss: u64) -> R<T> {
        self.state.pstate.ss = false;
        self.pend(class, iss, None, 4)
    }

    /// The instruction is UNDEFINED here.
    pub(crate) fn raise_undefined<T>(&mut self) -> R<T> {
        self.raise(ec::UNKNOWN, 0)
    }

    pub(crate) fn raise_illegal_state<T>(&mut self) -> R<T> {
        self.raise(ec::ILLEGAL, 0)
    }

    pub(crate) fn raise_pc_alignment<T>(&mut self, pc: u64) -> R<T> {
        self.pend(ec::PC_ALIGNMENT, 0, Some(pc), 0)
    }

    pub(crate) fn raise_sp_alignment<T>(&mut self) -> R<T> {
        self.raise(ec::SP_ALIGNMENT, 0)
    }

    /// An instruction or data abort. `dfsc` is the fault status code with its level.
    pub(crate) fn raise_abort<T>(&mut self, va: u64, access: Access, dfsc: u64) -> R<T> {
        let same = u64::from(self.state.pstate.el);
        match access {
            Access::Fetch => self.pend(ec::INSTRUCTION_ABORT + same, dfsc, Some(va), 0),
            _ => {
                let iss = dfsc | access.write_bit() | access.cache_maintenance_bit();
                self.pend(ec::DATA_ABORT + same, iss, Some(va), 0)
            }
        }
    }

    /// A synchronous external abort, not on a table walk.
    pub(crate) fn raise_external_abort<T>(&mut self, va: u64, access: Access) -> R<T> {
        self.raise_abort(va, access, 0x10)
    }

    /// An alignment fault.
    pub(crate) fn raise_alignment<T>(&mut self, va: u64, access: Access) -> R<T> {
        self.raise_abort(va, access, 0x21)
    }

    /// Takes the exception that an instruction raised.
    pub(crate) fn take_pending_exception(&mut self) {
        let e = self.exception;
        self.take(e);
    }

    /// Takes an interrupt between instructions.
    pub(crate) fn take_interrupt(&mut self, e: Exception) {
        self.take(e);
    }

    fn take(&mut self, e: Exception) {
        let s = &mut self.state;
        let group = match (s.pstate.el, s.pstate.spsel) {
            (0, _) => 0x400,
            (_, false) => 0x000,
            (_, true) => 0x200,
        };
        let entry = match e.kind {
            Kind::Sync => 0x000,
            Kind::Irq => 0x080,
            Kind::Fiq => 0x100,
        };
        s.sys.spsr_el1 = s.spsr();
        s.sys.elr_el1 = s.pc.wrapping_add(e.advance);
        if e.kind == Kind::Sync {
            s.sys.esr_el1 = e.esr;
            if let Some(far) = e.far {
                s.sys.far_el1 = far;
            }
        }
        s.set_el(1, true);
        let sctlr = s.sys.sctlr_el1;
        let p = &mut s.pstate;
        p.daif = daif::ALL;
        p.il = false;
        p.ss = false;
        p.btype = 0;
        p.uao = false; // DIT stays as it was: AArch64.TakeException does not touch it
        p.ssbs = sctlr >> 44 & 1 != 0;
        if sctlr >> 23 & 1 == 0 {
            p.pan = true;
        }
        let vector = s.sys.vbar_el1.wrapping_add(group + entry);
        self.state.pc = self.branch_address(vector);
        self.monitor = Monitor::CLEAR;
        self.pstate_changed();
    }

    /// `ERET`: restores PSTATE from `SPSR_EL1` and continues at `target`.
    pub(crate) fn exception_return(&mut self, target: u64) -> R<()> {
        let spsr = self.state.sys.spsr_el1;
        self.set_pstate(spsr);
        self.state.pc = self.branch_address(target);
        self.monitor = Monitor::CLEAR;
        // Usually set already, and setting it again costs a locked operation.
        if self.attention.bits() & attention::EVENT == 0 {
            self.attention.raise(attention::EVENT);
        }
        Err(Break::Resync)
    }

    /// Sets PSTATE from a saved program status; an illegal one sets PSTATE.IL and leaves the level alone
    /// (Arm ARM D1.4.4).
    fn set_pstate(&mut self, spsr: u64) {
        let bit = |n: u32| spsr >> n & 1 != 0;
        let btype = if self.profile.has(Feature::Bti) { (spsr >> 10 & 3) as u8 } else { 0 };
        let s = &self.state;
        // M[4] is AArch32; M[3:0] must name EL0t, EL1t or EL1h.
        let target = match spsr & 0x1f {
            0b00000 => Some((0, false)),
            0b00100 => Some((1, false)),
            0b00101 => Some((1, true)),
            _ => None,
        };
        let dest_el = target.map_or(s.pstate.el, |(el, _)| el);
        let ss = self.step_after_return(spsr, dest_el);
        let s = &mut self.state;
        s.nzcv = spsr as u32 & (nzcv::N | nzcv::Z | nzcv::C | nzcv::V);
        match target {
            Some((el, spsel)) => {
                s.set_el(el, spsel);
                s.pstate.il = bit(20);
                s.pstate.btype = btype;
            }
            None => {
                s.pstate.il = true;
                s.pstate.btype = 0;
            }
        }
        s.pstate.ss = ss;
        s.pstate.daif = spsr as u32 & daif::ALL;
        s.pstate.dit = bit(24);
        s.pstate.ssbs = bit(12);
        s.pstate.uao = bit(23);
        s.pstate.pan = bit(22);
        self.pstate_changed();
    }
}
