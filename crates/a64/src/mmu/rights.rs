//! What a translation permits, in all regimes at once: what the table walk finds, and what the second-level TLB keeps.

use super::{Access, Regime};

/// A set of permissions and properties: the low bits of a second-level TLB entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Rights(u64);

/// All bits that a set uses; above them an entry holds an address.
pub(crate) const MASK: u64 = 0xfff;
const FETCH_EL0: u64 = 1 << 6;
const FETCH_EL1: u64 = 1 << 7;
const GUARDED: u64 = 1 << 8;
const LOCAL: u64 = 1 << 9;
const WRITES: u64 = write(Regime::El0) | write(Regime::El1) | write(Regime::El1Pan);

/// The bit for data reads in a regime. Whoever may write may read.
pub(super) const fn read(regime: Regime) -> u64 {
    1 << (2 * regime as u8)
}

/// The bit for data writes in a regime.
pub(super) const fn write(regime: Regime) -> u64 {
    2 << (2 * regime as u8)
}

/// Permissions of a leaf descriptor with those of its tables, and what decides about them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    /// Bit 1 of AP: EL0 may access.
    pub(super) el0: bool,
    pub(super) read_only: bool,
    pub(super) uxn: bool,
    pub(super) pxn: bool,
    pub(super) guarded: bool,
    pub(super) global: bool,
    /// `SCTLR_EL1.WXN`: what may be written is not executed.
    pub(super) wxn: bool,
    /// `TCR_EL1.E0PD`: EL0 sees nothing of this half.
    pub(super) hidden_from_el0: bool,
}

impl Leaf {
    pub(super) fn rights(&self) -> Rights {
        let written = !self.read_only;
        let flag = |on: bool, bit: u64| if on { bit } else { 0 };
        let el0 = self.el0 && !self.hidden_from_el0;
        Rights(
            flag(el0, read(Regime::El0))
                | flag(el0 && written, write(Regime::El0))
                | read(Regime::El1)
                | flag(written, write(Regime::El1))
                | flag(!self.el0, read(Regime::El1Pan))
                | flag(!self.el0 && written, write(Regime::El1Pan))
                // EL0 cannot execute what it cannot see; EL1-only pages have AP[1] clear and usually UXN set, but UXN
                // alone decides (execute-only pages exist).
                | flag(!(self.uxn || self.wxn && written && self.el0 || self.hidden_from_el0), FETCH_EL0)
                | flag(!(self.pxn || self.el0 && written || self.wxn && written), FETCH_EL1)
                | flag(self.guarded, GUARDED)
                | flag(!self.global, LOCAL),
        )
    }
}

impl Rights {
    /// With the MMU off nothing is forbidden.
    pub(super) const EVERYTHING: Self =
        Self(read(Regime::El0) | read(Regime::El1) | read(Regime::El1Pan) | WRITES | FETCH_EL0 | FETCH_EL1);

    /// The set in a word that may hold an address above it.
    #[inline(always)]
    pub(super) fn of_word(word: u64) -> Self {
        Self(word & MASK)
    }

    /// The set as the low bits of a word.
    #[inline(always)]
    pub(super) fn bits(self) -> u64 {
        self.0
    }

    /// The same for memory that ignores stores.
    pub(super) fn without_writes(self) -> Self {
        Self(self.0 & !WRITES)
    }

    /// Whether a data access in a regime is permitted. For fetches see [`Self::executable`].
    #[inline(always)]
    pub(super) fn permits(self, access: Access, regime: Regime) -> bool {
        let bit = match access {
            Access::Write | Access::Invalidate => write(regime),
            _ => read(regime),
        };
        self.0 & bit != 0
    }

    /// A data read in this regime would be permitted.
    #[inline(always)]
    pub(super) fn readable(self, regime: Regime) -> bool {
        self.0 & read(regime) != 0
    }

    /// A data write in this regime would be permitted.
    #[inline(always)]
    pub(super) fn writable(self, regime: Regime) -> bool {
        self.0 & write(regime) != 0
    }

    /// An exception level may fetch instructions.
    pub(super) fn executable(self, el: u8) -> bool {
        self.0 & if el == 0 { FETCH_EL0 } else { FETCH_EL1 } != 0
    }

    /// The descriptor's GP bit: a guarded page, where the core has FEAT_BTI.
    pub(crate) fn guarded(self) -> bool {
        self.0 & GUARDED != 0
    }

    /// Tied to an address space (the descriptor's nG bit).
    #[inline(always)]
    pub(crate) fn local(self) -> bool {
        self.0 & LOCAL != 0
    }
}

/// The bit of [`Rights::local`], for recompiled code.
pub(crate) const LOCAL_BIT: u64 = LOCAL;
