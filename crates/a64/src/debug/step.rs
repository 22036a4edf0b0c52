//! Software step (Arm ARM D2.12).
//!
//! | state | when | what happens |
//! | --- | --- | --- |
//! | inactive | `MDSCR_EL1.SS` clear, or debug exceptions not enabled from here | nothing |
//! | active-not-pending | active and PSTATE.SS set, by `ERET` | one instruction is executed, which clears PSTATE.SS |
//! | active-pending | active and PSTATE.SS clear | a Software Step exception before the next instruction |
//!
//! An exception instead of the instruction leaves PSTATE.SS set in `SPSR_EL1`, so that the step goes on after the return; `SVC`
//! has executed, so it saves it clear.

use super::{enabled_from, mdscr};
use crate::cpu::{Break, Cpu};
use crate::decode::{Code, ldst_code as code};
use crate::exception::ec;
use crate::state::daif;

/// Whether `ISS.EX` is set after stepping this instruction.
fn is_load_exclusive(executed: Code) -> bool {
    matches!(
        executed,
        code::LDXRB
            | code::LDAXRB
            | code::LDXRH
            | code::LDAXRH
            | code::LDXR_W
            | code::LDAXR_W
            | code::LDXR_X
            | code::LDAXR_X
            | code::LDXP_W
            | code::LDAXP_W
            | code::LDXP_X
            | code::LDAXP_X
    )
}

impl Cpu {
    /// The execution loop's body while [`Cpu::debug_armed`]: one instruction, or the rest of the page if no breakpoint lies in
    /// it and `one` is not asked.
    #[cold]
    pub(crate) fn run_debugged(&mut self, one: bool) -> Break {
        let stepped = self.debug.stepped.take();
        if !self.debug.step {
            return if one || self.breakpoint_on_page(self.state.pc) {
                self.run_page::<true>()
            } else {
                self.run_page::<false>()
            };
        }
        if !self.state.pstate.ss {
            let iss = match stepped {
                None => 0,
                Some(exclusive) => 1 << 24 | u64::from(exclusive) << 6,
            };
            return match self.raise_debug::<()>(ec::SOFTWARE_STEP, iss) {
                Ok(()) => Break::Jump,
                Err(b) => b,
            };
        }
        let ended = self.run_page::<true>();
        if ended != Break::Exception {
            self.state.pstate.ss = false;
            // The instruction may have ended the stepping.
            self.debug.stepped = self.debug.step.then(|| is_load_exclusive(self.debug.executed));
        }
        ended
    }

    /// PSTATE.SS after an exception return to `el` (`DebugExceptionReturnSS`): `SPSR_EL1.SS` counts if stepping begins there.
    pub(crate) fn step_after_return(&self, spsr: u64, el: u8) -> bool {
        if self.state.sys.mdscr_el1 & mdscr::SS == 0 {
            return false;
        }
        let p = &self.state.pstate;
        let at_source = enabled_from(&self.state, p.el, p.daif & daif::D != 0);
        let at_destination = enabled_from(&self.state, el, spsr & u64::from(daif::D) != 0);
        !at_source && at_destination && spsr >> 21 & 1 != 0
    }
}
