//! Self-hosted debug (Arm ARM chapter D2): what lets a guest's kernel step, stop and watch its own code.
//!
//! | file | holds |
//! | --- | --- |
//! | `step` | software step: the state machine, and the loop that runs while anything here can fire between instructions |
//! | `breakpoint` | `DBGBVRn_EL1`, `DBGBCRn_EL1` |
//! | `watchpoint` | `DBGWVRn_EL1`, `DBGWCRn_EL1` |
//!
//! The core is `ID_AA64DFR0_EL1.DebugVer` 6 with two breakpoints, of which the second compares contexts too, and two
//! watchpoints; OS lock and double lock; no EL2, no EL3, no AArch32, no external debugger.
//!
//! Nothing here costs a guest that does not debug. What can fire in the current state is worked out when a register or
//! PSTATE changes (`struct Debug`); between pages `Cpu::run` looks at one flag. Watchpoints never appear on the path of a load:
//! pages they watch are kept out of the TLB, so that every access to them takes the slow path, which asks.
//!
//! Choices where the manual leaves one (K1.2, and the pseudocode's `Constrain...` functions):
//!
//! | case | here |
//! | --- | --- |
//! | `HMC`, `SSC` not zero: reserved without EL2 and EL3 | as a Non-secure EL1 or EL0 of a core that has them would see it |
//! | `BT` reserved, or a context comparison on breakpoint 0 | never matches |
//! | `LBN` names no breakpoint that compares contexts | never matches |
//! | `MASK` 1 or 2 | 0 |
//! | `MASK` not zero and `BAS` not all ones | the mask decides |
//! | `BAS` not contiguous | exactly the bytes it selects, of those that `DBGWVRn_EL1` bit 2 leaves |
//! | bits of `DBGWVRn_EL1` under the mask not zero | ignored |
//! | store-exclusive that fails, compare-and-swap that does not store | watched as if it stored |
//! | `DC IVAC` | watches its 64-byte line |
//! | a debug register written | counts at once, without waiting for an `ISB` |
//! | a stepped `WFI` or `WFE` | completes at once |
//! | an interrupt pending together with a step exception | the interrupt first |

mod breakpoint;
mod step;
mod watchpoint;

use crate::cpu::{Cpu, R};
use crate::decode::Code;
use crate::exception::ec;
use crate::state::{State, daif};

/// Breakpoints and watchpoints there are: `ID_AA64DFR0_EL1.BRPs` and `WRPs` plus 1.
pub const UNITS: usize = 2;
/// The first breakpoint that compares contexts: `ID_AA64DFR0_EL1.CTX_CMPs` is 0, so it is the last one alone.
const FIRST_CONTEXT_AWARE: usize = UNITS - 1;
/// `IFSC` and `DFSC` of a debug exception.
const DEBUG_FAULT: u64 = 0x22;

/// Fields of `MDSCR_EL1`.
pub(crate) mod mdscr {
    /// Software step enable.
    pub(crate) const SS: u64 = 1 << 0;
    /// Traps the debug communications channel at EL0.
    pub(crate) const TDCC: u64 = 1 << 12;
    /// Debug exceptions from EL1 itself.
    pub(crate) const KDE: u64 = 1 << 13;
    /// Breakpoints and watchpoints.
    pub(crate) const MDE: u64 = 1 << 15;
}

/// Bit 0 of a control register, `E`.
const ENABLE: u64 = 1;
/// `DBGWCRn_EL1.LSC`.
const LSC: u64 = 3 << 3;

/// What follows from the debug registers and PSTATE, and what software step remembers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Debug {
    /// Some unit is on and unlocked. Otherwise changes of PSTATE are of no interest.
    armed: bool,
    /// Debug exceptions other than `BRK` are taken from the current state.
    enabled: bool,
    /// Software step is active.
    pub(crate) step: bool,
    /// Some breakpoint may match in the current state.
    breakpoints: bool,
    /// Some watchpoint is on, whatever the current state: the TLB must not hold what it watches.
    watching: bool,
    /// The instruction before this one was stepped; whether it was a load-exclusive.
    stepped: Option<bool>,
    /// The instruction that the stepping loop executed last.
    pub(crate) executed: Code,
}

/// The double lock is effective.
fn double_locked(s: &State) -> bool {
    s.sys.osdlr_el1 & 1 != 0 && s.sys.dbgprcr_el1 & 1 == 0
}

/// Whether debug exceptions are taken from this state (`AArch64.GenerateDebugExceptionsFrom`).
fn enabled_from(s: &State, el: u8, masked: bool) -> bool {
    let from_here = el == 0 || (s.sys.mdscr_el1 & mdscr::KDE != 0 && !masked);
    from_here && !s.sys.os_lock && !double_locked(s)
}

impl Cpu {
    /// Whether the interpreter must execute the instruction at the program counter by itself: software step is active,
    /// or a breakpoint may match on this 4 KiB page. For other engines, which ask when they enter a page and after
    /// whatever ends a block with [`crate::cpu::Break::Resync`] or an exception; one load and compare while nobody debugs.
    /// The answer holds as long as execution stays in the page and neither PSTATE nor a debug register changes. While
    /// [`Cpu::debug_armed`], blocks must therefore not be chained from page to page.
    ///
    /// Watchpoints are not part of the question: the TLB never holds a watched page, so an engine that goes through the TLB
    /// and takes the interpreter's slow path on a miss obeys them.
    #[inline]
    pub fn debug_active(&self) -> bool {
        self.debug_armed() && (self.debug.step || self.breakpoint_on_page(self.state.pc))
    }

    /// Whether software step is active, or a breakpoint may match on some page in the current state.
    #[inline]
    pub fn debug_armed(&self) -> bool {
        self.debug.step | self.debug.breakpoints
    }

    /// Must follow every change of a debug register or lock.
    pub(crate) fn debug_registers_changed(&mut self) {
        let s = &self.state.sys;
        let unlocked = !s.os_lock && !double_locked(&self.state);
        let units = unlocked && s.mdscr_el1 & mdscr::MDE != 0;
        let watching = units && s.dbgwcr.iter().any(|c| c & ENABLE != 0 && c & LSC != 0);
        let breaking = units && s.dbgbcr.iter().any(|c| c & ENABLE != 0);
        self.debug.armed = watching || breaking || (unlocked && s.mdscr_el1 & mdscr::SS != 0);
        let begins = watching && !self.debug.watching;
        self.debug.watching = watching;
        if begins {
            self.forget_watched_pages();
        }
        self.debug_recompute();
    }

    /// Must follow every change of PSTATE.EL and PSTATE.D.
    #[inline]
    pub(crate) fn debug_state_changed(&mut self) {
        if self.debug.armed {
            self.debug_recompute();
        }
    }

    #[cold]
    fn debug_recompute(&mut self) {
        let p = self.state.pstate;
        let enabled = self.debug.armed && enabled_from(&self.state, p.el, p.daif & daif::D != 0);
        let mdscr = self.state.sys.mdscr_el1;
        self.debug.enabled = enabled;
        self.debug.step = enabled && mdscr & mdscr::SS != 0;
        self.debug.breakpoints = enabled && mdscr & mdscr::MDE != 0 && (0..UNITS).any(|n| self.breakpoint_usable(n));
        if !self.debug.step {
            self.debug.stepped = None;
        }
    }

    /// Whether a control register's `HMC`, `SSC` and `PMC` or `PAC` select an access of this privilege, and the breakpoint
    /// it is linked to matches (`AArch64.StateMatch`).
    fn state_matches(&self, control: u64, privileged: bool, linked: bool) -> bool {
        let higher = control >> 13 & 1 != 0;
        let security = match control >> 14 & 3 {
            0 | 1 => true,
            2 => false,
            _ => higher,
        };
        let level = control >> if privileged { 1 } else { 2 } & 1 != 0;
        level && security && (!linked || self.link_matches((control >> 16 & 15) as usize))
    }

    /// A debug exception without a fault address.
    fn raise_debug<T>(&mut self, class: u64, iss: u64) -> R<T> {
        debug_assert!(matches!(class, ec::BREAKPOINT | ec::SOFTWARE_STEP));
        self.raise(class + u64::from(self.state.pstate.el), iss | DEBUG_FAULT)
    }
}
