//! The CPU interface of one CPU: priority mask, binary points, group enables, active priorities.

use super::block::PRIORITY_MASK;
use serde::{Deserialize, Serialize};

/// Smallest binary point of Group 0 with five priority bits: all five are group priority.
pub(crate) const BPR0_MIN: u8 = 2;
/// Smallest binary point of Group 1, which counts one more (IHI 0069, 4.8.2).
pub(crate) const BPR1_MIN: u8 = 3;
/// `ICC_RPR_EL1` while no interrupt is active.
pub(crate) const IDLE: u8 = 0xff;

/// `ICC_CTLR_EL1.CBPR`: Group 1 uses `ICC_BPR0_EL1` too.
const CTLR_CBPR: u64 = 1 << 0;
/// `ICC_CTLR_EL1.EOImode`: `EOIR` drops the priority only; `DIR` deactivates.
const CTLR_EOIMODE: u64 = 1 << 1;
/// The fixed fields: PRIbits = 5 - 1, IDbits = 0 (16 bits), SEIS = 0, A3V = 1, RSS = 0, ExtRange = 0.
const CTLR_FIXED: u64 = 4 << 8 | 1 << 15;

/// What the guest can change in a CPU interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CpuInterface {
    /// `ICC_PMR_EL1`.
    pmr: u8,
    /// `ICC_BPR0_EL1`, `ICC_BPR1_EL1`.
    bpr: [u8; 2],
    /// `ICC_IGRPEN0_EL1`, `ICC_IGRPEN1_EL1`.
    pub(crate) enabled: [bool; 2],
    /// `ICC_CTLR_EL1.EOImode`.
    pub(crate) eoi_mode: bool,
    /// `ICC_CTLR_EL1.CBPR`.
    cbpr: bool,
    /// `ICC_AP0R0_EL1`, `ICC_AP1R0_EL1`: bit `p` is group priority `8 * p`.
    pub(crate) active: [u32; 2],
}

impl Default for CpuInterface {
    fn default() -> Self {
        Self { pmr: 0, bpr: [BPR0_MIN, BPR1_MIN], enabled: [false; 2], eoi_mode: false, cbpr: false, active: [0; 2] }
    }
}

impl CpuInterface {
    /// Whether a CPU interface could be in this state.
    pub(crate) fn check(&self) -> Result<(), String> {
        let [bpr0, bpr1] = self.bpr;
        if self.pmr & !PRIORITY_MASK != 0 {
            return Err("priority mask has more than five bits".to_owned());
        }
        if !(BPR0_MIN..=7).contains(&bpr0) || !(BPR1_MIN..=7).contains(&bpr1) {
            return Err("binary point out of range".to_owned());
        }
        Ok(())
    }

    /// `ICC_PMR_EL1`.
    pub(crate) fn pmr(&self) -> u8 {
        self.pmr
    }

    /// Writes `ICC_PMR_EL1`.
    pub(crate) fn set_pmr(&mut self, value: u64) {
        self.pmr = value as u8 & PRIORITY_MASK;
    }

    /// `ICC_BPR<group>_EL1`.
    pub(crate) fn bpr(&self, group: usize) -> u8 {
        let [bpr0, bpr1] = self.bpr;
        match group {
            0 => bpr0,
            _ if self.cbpr => bpr0.saturating_add(1).min(7),
            _ => bpr1,
        }
    }

    /// Writes `ICC_BPR<group>_EL1`; too small a value gives the smallest.
    pub(crate) fn set_bpr(&mut self, group: usize, value: u64) {
        let value = (value & 7) as u8;
        match group {
            0 => self.bpr[0] = value.max(BPR0_MIN),
            _ if self.cbpr => {}
            _ => self.bpr[1] = value.max(BPR1_MIN),
        }
    }

    /// `ICC_CTLR_EL1`.
    pub(crate) fn ctlr(&self) -> u64 {
        let mut value = CTLR_FIXED;
        if self.cbpr {
            value |= CTLR_CBPR;
        }
        if self.eoi_mode {
            value |= CTLR_EOIMODE;
        }
        value
    }

    /// Writes `ICC_CTLR_EL1`.
    pub(crate) fn set_ctlr(&mut self, value: u64) {
        self.cbpr = value & CTLR_CBPR != 0;
        self.eoi_mode = value & CTLR_EOIMODE != 0;
    }

    /// The bits of a priority that decide preemption.
    pub(crate) fn group_mask(&self, group: usize) -> u8 {
        let [bpr0, bpr1] = self.bpr;
        // The two binary points count from different ends: with BPR0 = n the group priority is [7:n+1], with
        // BPR1 = n it is [7:n].
        let low = if group == 0 || self.cbpr { u32::from(bpr0) + 1 } else { u32::from(bpr1) };
        (0xff_u32 << low) as u8
    }

    /// `ICC_RPR_EL1`: the group priority of what runs now, [`IDLE`] if nothing does.
    pub(crate) fn running(&self) -> u8 {
        let [a, b] = self.active;
        match (a | b).trailing_zeros() {
            32 => IDLE,
            level => (level * 8) as u8,
        }
    }

    /// An interrupt can only be signalled at a priority value below this.
    pub(crate) fn threshold(&self) -> u8 {
        self.pmr.min(self.running())
    }

    /// Whether an interrupt of `group` at `priority` may be signalled now.
    pub(crate) fn admits(&self, group: usize, priority: u8) -> bool {
        priority < self.pmr && priority & self.group_mask(group) < self.running()
    }

    /// An interrupt of `group` at `priority` starts to run.
    pub(crate) fn activate(&mut self, group: usize, priority: u8) {
        let level = (priority & self.group_mask(group)) >> 3;
        if let Some(active) = self.active.get_mut(group) {
            *active |= 1 << level;
        }
    }

    /// Priority drop: what runs now ends, if it is of `group`. (Ending another group's interrupt is UNPREDICTABLE.)
    pub(crate) fn drop_priority(&mut self, group: usize) {
        let [a, b] = self.active;
        let all = a | b;
        let highest = all & all.wrapping_neg();
        if let Some(active) = self.active.get_mut(group) {
            *active &= !highest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_points_split_the_priority_as_the_manuals_tables() {
        let mut c = CpuInterface::default();
        c.set_bpr(0, 0);
        c.set_bpr(1, 0);
        assert_eq!((c.bpr(0), c.bpr(1)), (2, 3));
        assert_eq!((c.group_mask(0), c.group_mask(1)), (0xf8, 0xf8));
        c.set_bpr(0, 4);
        c.set_bpr(1, 4);
        assert_eq!((c.group_mask(0), c.group_mask(1)), (0xe0, 0xf0));
        c.set_bpr(0, 7);
        assert_eq!(c.group_mask(0), 0);
    }

    #[test]
    fn a_common_binary_point_reads_one_more_and_ignores_group_1_writes() {
        let mut c = CpuInterface::default();
        c.set_ctlr(1);
        c.set_bpr(0, 5);
        c.set_bpr(1, 3);
        assert_eq!((c.bpr(1), c.group_mask(1)), (6, 0xc0));
        c.set_bpr(0, 7);
        assert_eq!(c.bpr(1), 7);
        c.set_ctlr(0);
        assert_eq!(c.bpr(1), 3);
    }

    #[test]
    fn dropping_ends_the_most_urgent_and_only_of_its_own_group() {
        let mut c = CpuInterface::default();
        c.activate(1, 0x80);
        c.activate(0, 0x40);
        assert_eq!(c.running(), 0x40);
        c.drop_priority(1);
        assert_eq!(c.running(), 0x40);
        c.drop_priority(0);
        assert_eq!(c.running(), 0x80);
        c.drop_priority(1);
        assert_eq!(c.running(), IDLE);
        c.drop_priority(1);
        assert_eq!(c.running(), IDLE);
    }
}
