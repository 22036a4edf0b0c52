//! Address translation and everything that touches memory.
//!
//! | file | holds |
//! | --- | --- |
//! | [`walk`] | the VMSAv8-64 stage 1 table walk: granules, permissions, faults with their levels |
//! | `rights` | what a translation permits, for all regimes at once |
//! | `tlb` | the per-core TLB: both levels and their maintenance |
//! | `first` | the first level: direct-mapped, for the regime and address space in use |
//! | `second` | the second level: all address spaces, tagged by their `contexts` |
//! | `large` | which blocks are cached in pieces |
//! | `access` | loads and stores: fast path, page crossing, devices, alignment |
//!
//! Source: Arm ARM chapter D8; feature set in `spec/cpu-engine.md` 2.2.

mod access;
mod contexts;
pub(crate) mod first;
mod large;
pub(crate) mod rights;
pub(crate) mod second;
mod tlb;
pub mod walk;
mod words;

pub(crate) use access::Place;
pub(crate) use tlb::{Code, Mmu, Way};

/// What an access is for: decides permissions and the syndrome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Data read.
    Read,
    /// Data write.
    Write,
    /// Instruction fetch.
    Fetch,
    /// Cache maintenance by address: needs read permission, reported as a write with CM set.
    CacheMaintenance,
    /// `DC IVAC`, which discards what was written: needs write permission, reported as cache maintenance.
    Invalidate,
}

impl Access {
    /// `ISS.WnR` of a data abort or watchpoint, in its place.
    pub fn write_bit(self) -> u64 {
        u64::from(matches!(self, Access::Write | Access::CacheMaintenance | Access::Invalidate)) << 6
    }

    /// `ISS.CM` of a data abort or watchpoint, in its place.
    pub fn cache_maintenance_bit(self) -> u64 {
        u64::from(matches!(self, Access::CacheMaintenance | Access::Invalidate)) << 8
    }
}

/// Which permissions an access is judged by; also the index of its TLB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Regime {
    /// EL0, and EL1's unprivileged loads and stores.
    El0 = 0,
    /// EL1 with PSTATE.PAN clear.
    El1 = 1,
    /// EL1 with PSTATE.PAN set.
    El1Pan = 2,
}
