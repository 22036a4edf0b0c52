//! Which pending interrupt comes first, and what the distributor offers each CPU.

use super::block::{Block, bits};

/// A pending interrupt that may be signalled.
///
/// Ordered as the GIC chooses: the lowest priority value first, then the lowest INTID (the manual leaves ties to the
/// implementation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// 0x00 (most urgent) to 0xf8.
    pub(crate) priority: u8,
    /// 0..288.
    pub(crate) intid: u16,
}

/// The better of two.
pub(crate) fn better(a: Option<Candidate>, b: Option<Candidate>) -> Option<Candidate> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The best interrupt of `group` in `block`, whose first INTID is `base`.
pub(crate) fn best(block: &Block, base: u16, group: usize) -> Option<Candidate> {
    let candidates = bits(block.forwardable(group));
    candidates.map(|i| Candidate { priority: block.priority(i), intid: base.saturating_add(i as u16) }).min()
}

/// What the distributor tells one CPU. Kept in that CPU's bank, so that the CPU can look at it without the SPI lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    /// `GICD_CTLR.EnableGrp0` and `EnableGrp1`.
    pub(crate) enabled: [bool; 2],
    /// The best SPI of each group that is routed to this CPU. Of each group, because the CPU may enable and disable
    /// groups on its side without asking again.
    pub(crate) best: [Option<Candidate>; 2],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gic::block::BlockRegister;

    #[test]
    fn lower_priority_value_then_lower_intid_wins() {
        let mut b = Block::default();
        b.write(BlockRegister::SetEnable, u32::MAX);
        b.write(BlockRegister::SetPending, 0b1110);
        b.write(BlockRegister::Priority { first: 0, count: 4 }, 0x4040_8000);
        assert_eq!(best(&b, 32, 0), Some(Candidate { priority: 0x40, intid: 34 }));
        assert_eq!(best(&b, 32, 1), None);
    }
}
