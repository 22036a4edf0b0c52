//! One CPU's share of the GIC, behind one lock: its redistributor and its CPU interface.

use super::block::Block;
use super::cpu_interface::CpuInterface;
use super::select::{Candidate, Offer, best, better};

/// INTID returned when there is nothing to acknowledge.
pub(crate) const SPURIOUS: u32 = 1023;

/// What one CPU's lock guards.
#[derive(Debug)]
pub(crate) struct Bank {
    /// `GICR_WAKER.ProcessorSleep`, and `ChildrenAsleep`, which follows it at once. While set, nothing is forwarded
    /// to the CPU interface.
    pub(crate) asleep: bool,
    /// SGIs 0..16 and PPIs 16..32.
    pub(crate) private: Block,
    pub(crate) interface: CpuInterface,
    /// The distributor's word; changed by `Gic::with_spis` only, so that it is exact whenever the SPI lock is free.
    pub(crate) offer: Offer,
}

impl Bank {
    pub(crate) fn new() -> Self {
        Self { asleep: true, private: Block::private(), interface: CpuInterface::default(), offer: Offer::default() }
    }

    /// A fresh guest-visible state. Wires keep their levels.
    pub(crate) fn reset(&mut self) {
        self.asleep = true;
        self.private.reset();
        self.interface = CpuInterface::default();
    }

    /// Whether 1-of-N interrupts may come here, by group.
    pub(crate) fn participates(&self) -> [bool; 2] {
        self.interface.enabled.map(|enabled| enabled && !self.asleep)
    }

    /// The highest-priority pending interrupt and its group, whether or not it may be signalled yet.
    pub(crate) fn highest(&self) -> Option<(Candidate, usize)> {
        let of_group = |group: usize| {
            let open = !self.asleep && self.offer.enabled[group] && self.interface.enabled[group];
            let found = || better(best(&self.private, 0, group), self.offer.best[group]);
            open.then(found).flatten().map(|candidate| (candidate, group))
        };
        match (of_group(0), of_group(1)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The interrupt that is signalled to the CPU, and its group.
    pub(crate) fn signalled(&self) -> Option<(Candidate, usize)> {
        self.highest().filter(|(candidate, group)| self.interface.admits(*group, candidate.priority))
    }

    /// `ICC_HPPIR<group>_EL1`.
    pub(crate) fn hppir(&self, group: usize) -> u32 {
        match self.highest() {
            Some((candidate, g)) if g == group => u32::from(candidate.intid),
            _ => SPURIOUS,
        }
    }

    /// The levels of the CPU's IRQ and FIQ inputs: Group 1 and Group 0. At most one is high, because the CPU interface
    /// signals one interrupt at a time.
    pub(crate) fn outputs(&self) -> (bool, bool) {
        match self.signalled() {
            Some((_, 1)) => (true, false),
            Some(_) => (false, true),
            None => (false, false),
        }
    }
}
