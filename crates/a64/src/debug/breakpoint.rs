//! Hardware breakpoints (Arm ARM D2.8, D2.9).

use super::{ENABLE, FIRST_CONTEXT_AWARE, UNITS};
use crate::cpu::{Cpu, R};
use crate::exception::ec;

/// Bits of a virtual address that are compared: 48 to 2. Without FEAT_LVA the rest is sign extension, which hardware ignores.
const COMPARED: u64 = (1 << 49) - 4;

/// What a breakpoint compares, from `DBGBCRn_EL1.BT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The address of an instruction; linked: if the breakpoint `LBN` matches too.
    Address { linked: bool },
    /// `CONTEXTIDR_EL1`, by itself.
    Context,
    /// `CONTEXTIDR_EL1`, for units linked to this one.
    LinkedContext,
}

impl Cpu {
    /// What breakpoint `n` compares, if it is enabled and of a kind there is.
    fn breakpoint_kind(&self, n: usize) -> Option<Kind> {
        let control = *self.state.sys.dbgbcr.get(n)?;
        if control & ENABLE == 0 {
            return None;
        }
        match control >> 20 & 15 {
            0b0000 => Some(Kind::Address { linked: false }),
            0b0001 => Some(Kind::Address { linked: true }),
            0b0010 if n >= FIRST_CONTEXT_AWARE => Some(Kind::Context),
            0b0011 if n >= FIRST_CONTEXT_AWARE => Some(Kind::LinkedContext),
            _ => None,
        }
    }

    /// Whether breakpoint `n` can stop anything at the current exception level. A link is judged at each match: what it
    /// compares may change at any time.
    pub(super) fn breakpoint_usable(&self, n: usize) -> bool {
        let privileged = self.state.pstate.el != 0;
        match self.breakpoint_kind(n) {
            None | Some(Kind::LinkedContext) => false,
            Some(_) => self.state_matches(self.state.sys.dbgbcr[n], privileged, false),
        }
    }

    fn context_matches(&self, n: usize) -> bool {
        self.state.sys.contextidr_el1 as u32 == self.state.sys.dbgbvr[n] as u32
    }

    /// Whether the breakpoint with the number in an `LBN` field matches for the unit that is linked to it.
    pub(super) fn link_matches(&self, n: usize) -> bool {
        self.breakpoint_kind(n) == Some(Kind::LinkedContext) && self.context_matches(n)
    }

    /// Whether a breakpoint may match on the page of `pc` in the current state.
    pub(super) fn breakpoint_on_page(&self, pc: u64) -> bool {
        self.debug.breakpoints
            && (0..UNITS).any(|n| {
                self.breakpoint_usable(n)
                    && match self.breakpoint_kind(n) {
                        Some(Kind::Address { .. }) => (pc ^ self.state.sys.dbgbvr[n]) & COMPARED & !0xfff == 0,
                        _ => true,
                    }
            })
    }

    fn breakpoint_matches(&self, n: usize, pc: u64) -> bool {
        let Some(kind) = self.breakpoint_kind(n) else { return false };
        let (value, linked) = match kind {
            // Without AArch32 state BAS is RES1: whole instructions.
            Kind::Address { linked } => ((pc ^ self.state.sys.dbgbvr[n]) & COMPARED == 0, linked),
            Kind::Context => (self.context_matches(n), false),
            Kind::LinkedContext => return false,
        };
        value && self.state_matches(self.state.sys.dbgbcr[n], self.state.pstate.el != 0, linked)
    }

    /// Before the instruction at `pc`, which is aligned and can be fetched: a Breakpoint exception if one matches.
    #[inline]
    pub(crate) fn check_breakpoints(&mut self, pc: u64) -> R<()> {
        if self.debug.breakpoints && (0..UNITS).any(|n| self.breakpoint_matches(n, pc)) {
            return self.raise_debug(ec::BREAKPOINT, 0);
        }
        Ok(())
    }
}
