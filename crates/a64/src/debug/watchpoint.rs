//! Watchpoints (Arm ARM D2.10, D2.11).

use super::{DEBUG_FAULT, ENABLE, LSC, UNITS};
use crate::cpu::{Cpu, R};
use crate::exception::ec;
use crate::mmu::{Access, Regime};

/// Bits of a virtual address that are compared: 48 to 0.
const COMPARED: u64 = (1 << 49) - 1;
/// What `DC IVAC` invalidates, in bytes: `CTR_EL0.DminLine`.
const LINE: u64 = 64;

/// The bytes that one watchpoint watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    /// A range of 8 bytes to 2 GiB, aligned to its size: first address, mask of the bits inside.
    Range(u64, u64),
    /// Some of 8 bytes: the first's address, and one bit for each.
    Bytes(u64, u8),
}

impl Watched {
    fn new(value: u64, control: u64) -> Self {
        let mask = control >> 24 & 31;
        if mask > 2 {
            let inside = (1u64 << mask) - 1;
            return Self::Range(value & COMPARED & !inside, inside);
        }
        let select = (control >> 5) as u8;
        if value & 4 != 0 {
            Self::Bytes(value & COMPARED & !3, select & 0xf)
        } else {
            Self::Bytes(value & COMPARED & !7, select)
        }
    }

    /// How far into the access of `size` bytes at `va` the first watched byte lies.
    fn first(self, va: u64, size: u64) -> Option<u64> {
        let beyond = |at: u64| at.wrapping_sub(va) & COMPARED;
        match self {
            Self::Range(first, inside) if va.wrapping_sub(first) & COMPARED <= inside => Some(0),
            Self::Range(first, _) => Some(beyond(first)).filter(|d| *d < size),
            Self::Bytes(first, select) => {
                let bytes = (0..8).filter(|b| select >> b & 1 != 0);
                bytes.map(|b| beyond(first + b)).filter(|d| *d < size).min()
            }
        }
    }

    /// Pages it touches: first address, sign-extended, and bytes.
    fn pages(self) -> (u64, u64) {
        let (first, len) = match self {
            Self::Range(first, inside) => (first, inside + 1),
            Self::Bytes(first, _) => (first, 8),
        };
        (((first << 15) as i64 >> 15) as u64, len)
    }
}

impl Cpu {
    /// Whether a watchpoint is on: an instruction that stores more than once must look before its first store.
    #[inline(always)]
    pub(crate) fn watching(&self) -> bool {
        self.debug.watching
    }

    /// What watchpoint `n` watches, if it is enabled for anything.
    fn watched(&self, n: usize) -> Option<Watched> {
        let control = self.state.sys.dbgwcr[n];
        let on = control & ENABLE != 0 && control & LSC != 0;
        on.then(|| Watched::new(self.state.sys.dbgwvr[n], control))
    }

    /// Whether the page of `size` bytes that `va` is in must stay out of the TLB.
    #[inline]
    pub(crate) fn watched_page(&self, va: u64, size: u64) -> bool {
        self.debug.watching
            && (0..UNITS).any(|n| self.watched(n).is_some_and(|w| w.first(va & !(size - 1), size).is_some()))
    }

    /// Drops what the TLB holds of the pages that are watched now.
    pub(crate) fn forget_watched_pages(&mut self) {
        if !self.debug.watching {
            return;
        }
        for n in 0..UNITS {
            if let Some(w) = self.watched(n) {
                let (va, len) = w.pages();
                self.flush_tlb_range(va, len, None);
            }
        }
    }

    /// A data access of `size` bytes that translation permits and that has not begun: a Watchpoint exception if one matches.
    /// `regime` is what the access is judged by, which for unprivileged loads and stores is EL0's.
    #[inline]
    pub(crate) fn watch(&mut self, va: u64, size: usize, access: Access, regime: Regime) -> R<()> {
        if self.debug.watching { self.watch_slow(va, size as u64, access, regime, None) } else { Ok(()) }
    }

    /// A read-modify-write: reported as a read if a read would have been watched.
    #[inline]
    pub(crate) fn watch_update(&mut self, va: u64, size: usize, regime: Regime) -> R<()> {
        self.watch(va, size, Access::Read, regime)?;
        self.watch(va, size, Access::Write, regime)
    }

    /// `DC IVAC`, which counts as a store to its whole line and reports the address it was given.
    pub(crate) fn watch_invalidate(&mut self, va: u64) -> R<()> {
        if !self.debug.watching {
            return Ok(());
        }
        self.watch_slow(va & !(LINE - 1), LINE, Access::Invalidate, self.mmu.regime, Some(va))
    }

    #[cold]
    fn watch_slow(&mut self, va: u64, size: u64, access: Access, regime: Regime, report: Option<u64>) -> R<()> {
        let kind = match access {
            Access::Read => 1,
            Access::Write | Access::Invalidate => 2,
            Access::Fetch | Access::CacheMaintenance => 0,
        };
        if !self.debug.enabled {
            return Ok(());
        }
        let privileged = regime != Regime::El0;
        let hits = (0..UNITS).filter_map(|n| {
            let control = self.state.sys.dbgwcr[n];
            let linked = control >> 20 & 1 != 0;
            let selected = control >> 3 & kind != 0 && self.state_matches(control, privileged, linked);
            self.watched(n).filter(|_| selected).and_then(|w| w.first(va, size))
        });
        let Some(first) = hits.min() else { return Ok(()) };
        let far = report.unwrap_or(va.wrapping_add(first));
        let class = ec::WATCHPOINT + u64::from(self.state.pstate.el);
        let iss = access.cache_maintenance_bit() | access.write_bit() | DEBUG_FAULT;
        self.pend(class, iss, Some(far), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn control(mask: u64, bas: u64) -> u64 {
        mask << 24 | bas << 5
    }

    #[test]
    fn byte_selection_counts_within_a_word_or_a_doubleword() {
        let w = Watched::new(0x1000, control(0, 0b1100));
        assert_eq!(w.first(0x1000, 2), None);
        assert_eq!(w.first(0x1001, 2), Some(1));
        assert_eq!(w.first(0x0fff, 16), Some(3), "the first of them");
        assert_eq!(w.first(0x1003, 1), Some(0));
        assert_eq!(w.first(0x1004, 8), None);
        // Bit 2 of the address: only BAS[3:0] counts, from the word on.
        let w = Watched::new(0x1004, control(0, 0b1111_0001));
        assert_eq!((w.first(0x1004, 1), w.first(0x1005, 16), w.first(0x1000, 4)), (Some(0), None, None));
        assert_eq!(Watched::new(0x1000, control(0, 0)).first(0, 0x2000), None, "nothing selected");
    }

    #[test]
    fn bytes_need_not_be_neighbours() {
        let w = Watched::new(0x1000, control(0, 0b1000_0001));
        assert_eq!((w.first(0x1000, 8), w.first(0x1001, 6), w.first(0x1001, 7)), (Some(0), None, Some(6)));
    }

    #[test]
    fn masks_watch_aligned_ranges_up_to_two_gigabytes() {
        let w = Watched::new(0x1234_5678, control(12, 0xff));
        assert_eq!(
            (w.first(0x1234_5000, 1), w.first(0x1234_5fff, 1), w.first(0x1234_6000, 8)),
            (Some(0), Some(0), None)
        );
        assert_eq!(w.first(0x1234_4ff8, 16), Some(8));
        let w = Watched::new(0x8000_0000, control(31, 0xff));
        assert_eq!((w.first(0x7fff_ffff, 1), w.first(0xffff_ffff, 1), w.first(1 << 32, 1)), (None, Some(0), None));
        // 1 and 2 are reserved: no mask.
        assert_eq!(Watched::new(0x1000, control(2, 1)), Watched::Bytes(0x1000, 1));
    }

    /// The manual's `AArch64.WatchpointByteMatch`, for settings that it defines.
    fn byte_match(value: u64, control: u64, va: u64) -> bool {
        let (bas, mask) = (control >> 5 & 0xff, control >> 24 & 31);
        let bottom = if value >> 2 & 1 != 0 { 2 } else { 3 };
        let from = if mask > bottom { mask } else { bottom };
        let field = |v: u64| (v & COMPARED) >> from;
        field(va) == field(value) && bas >> (va & ((1 << bottom) - 1)) & 1 != 0
    }

    #[test]
    fn the_first_watched_byte_is_the_first_that_the_manual_matches() {
        let mut seed = 1u64;
        let mut random = |n: u64| {
            seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (seed >> 33) % n
        };
        let mut hits = 0;
        for _ in 0..200_000 {
            let mask = if random(2) == 0 { 0 } else { 3 + random(6) };
            let length = 1 + random(8);
            let bas = if mask == 0 { ((1 << length) - 1) << random(9 - length) } else { 0xff };
            let base = if random(8) == 0 { u64::MAX << 20 } else { 0x7000 };
            let value = base + (random(0x400) & !3 & !((1u64 << mask) - 1));
            let (va, size) = (base + random(0x400), 1 << random(7));
            let expected = (0..size).find(|i| byte_match(value, control(mask, bas), va.wrapping_add(*i)));
            let found = Watched::new(value, control(mask, bas)).first(va, size);
            assert_eq!(found, expected, "{value:x} {mask} {bas:x} {va:x} {size}");
            hits += u32::from(found.is_some());
        }
        assert!(hits > 10_000, "{hits}");
    }

    #[test]
    fn the_sign_extension_and_a_tag_are_not_compared() {
        let w = Watched::new(0xffff_8000_0000_1000, control(0, 0xff));
        assert_eq!(w.first(0xabff_8000_0000_1000, 1), Some(0));
        assert_eq!(w.pages(), (0xffff_8000_0000_1000, 8));
        // The last bytes of the address space, and an access that goes round.
        let w = Watched::new(u64::MAX - 7, control(0, 0xff));
        assert_eq!((w.first(u64::MAX, 1), w.first(0, 8)), (Some(0), None));
        let w = Watched::new(0, control(0, 0xff));
        assert_eq!(w.first(u64::MAX - 3, 8), Some(4));
    }
}
