//! The first-level TLB: direct-mapped arrays of 4 KiB pieces whatever the granule, one array for each regime. What
//! recompiled code compares with, so it knows no address spaces: a change of address space empties what is tied to the old one.
//! Which entries that are is kept in lists, so that emptying costs as much as filling did, however large the arrays are.

use super::Regime;
use super::words::Words;

/// Entries of an array.
pub(crate) const ENTRIES: usize = 16384;
/// Words of an entry.
const WORDS: usize = 4;
/// The last address of the page that may be read; 0 in an empty entry, which no page ends with.
pub(crate) const READ: usize = 0;
/// The last address of the page that may be written.
pub(crate) const WRITE: usize = 1;
/// Host address minus virtual address, wrapping.
pub(crate) const HOST: usize = 2;
/// In which lists the entry stands: [`IN_LOCAL`], [`IN_GLOBAL`].
pub(crate) const LISTED: usize = 3;
pub(crate) const IN_LOCAL: u64 = 1;
pub(crate) const IN_GLOBAL: u64 = 2;

/// The array that is never filled, so that every access takes the slow path: strict alignment checking.
pub(crate) const STRICT: usize = 3;
const ARRAYS: usize = 4;
/// Pages beyond which it costs less to empty what is filled.
const MANY: u64 = 1024;
/// The regimes' arrays have entries, and each stands in a list once at most.
const LISTABLE: usize = STRICT * ENTRIES;

/// Offset within a page; ORed to an address it gives the page's last one.
pub(crate) const IN_PAGE: u64 = 0xfff;

/// Entries that have been filled since they were last emptied, by number. Recompiled code appends.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct List {
    pub(crate) len: u64,
    /// Host address of the numbers.
    pub(crate) address: u64,
    numbers: Box<[u32]>,
}

impl List {
    fn new() -> Self {
        let numbers = vec![0u32; LISTABLE].into_boxed_slice();
        Self { len: 0, address: numbers.as_ptr() as usize as u64, numbers }
    }

    fn push(&mut self, number: usize) {
        // Never full: an entry that stands in it is not added again.
        if let Some(n) = self.numbers.get_mut(self.len as usize) {
            *n = number as u32;
            self.len += 1;
        }
    }
}

/// The arrays. All entries empty at first.
#[derive(Debug)]
pub(crate) struct First {
    entries: Words,
    pub(crate) local: List,
    pub(crate) global: List,
}

fn number(array: usize, va: u64) -> usize {
    array % ARRAYS * ENTRIES + ((va >> 12) as usize & (ENTRIES - 1))
}

fn empty(entries: &mut Words, number: usize, unlisted: u64) {
    if let Some(e) = entries.group_mut::<WORDS>(number) {
        *e = [0, 0, 0, e[LISTED] & !unlisted];
    }
}

impl First {
    pub(super) fn new() -> Self {
        Self { entries: Words::new(ARRAYS * ENTRIES * WORDS), local: List::new(), global: List::new() }
    }

    /// The entry for an address.
    #[inline(always)]
    pub(super) fn entry(&self, array: usize, va: u64) -> [u64; WORDS] {
        self.entries.group(number(array, va))
    }

    /// Host address of an array's first entry.
    pub(super) fn address(&self, array: usize) -> u64 {
        self.entries.address() + (array % ARRAYS * ENTRIES * WORDS * 8) as u64
    }

    /// Fills the entry for `va`, which may carry a tag: then it serves addresses with the same tag.
    pub(super) fn fill(&mut self, regime: Regime, va: u64, readable: bool, writable: bool, host: u64, local: bool) {
        let number = number(regime as usize, va);
        let Some(e) = self.entries.group_mut::<WORDS>(number) else { return };
        let last = va | IN_PAGE;
        let (list, bit) = if local { (&mut self.local, IN_LOCAL) } else { (&mut self.global, IN_GLOBAL) };
        if e[LISTED] & bit == 0 {
            list.push(number);
        }
        *e = [if readable { last } else { 0 }, if writable { last } else { 0 }, host, e[LISTED] | bit];
    }

    /// Empties what is tied to an address space.
    pub(super) fn forget_local(&mut self) {
        let len = std::mem::take(&mut self.local.len) as usize;
        for &n in self.local.numbers.iter().take(len) {
            empty(&mut self.entries, n as usize, IN_LOCAL);
        }
    }

    /// Empties everything.
    pub(super) fn forget(&mut self) {
        self.forget_local();
        let len = std::mem::take(&mut self.global.len) as usize;
        for &n in self.global.numbers.iter().take(len) {
            empty(&mut self.entries, n as usize, IN_GLOBAL);
        }
    }

    /// Empties whatever may serve an address in a range, in all regimes and whatever its tag.
    pub(super) fn forget_range(&mut self, va: u64, len: u64) {
        let pages = ((va & IN_PAGE) + len).div_ceil(IN_PAGE + 1);
        if pages > MANY {
            return self.forget();
        }
        for page in 0..pages {
            for array in 0..STRICT {
                empty(&mut self.entries, number(array, va.wrapping_add(page << 12)), 0);
            }
        }
    }

    /// Entries that serve something.
    #[cfg(test)]
    pub(super) fn filled(&self) -> usize {
        let e = |n| self.entries.group::<WORDS>(n);
        (0..ARRAYS * ENTRIES).filter(|&n| e(n)[READ] | e(n)[WRITE] != 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_never_overflow_however_often_entries_are_filled_and_emptied() {
        let mut f = First::new();
        for turn in 0..5u64 {
            for page in 0..3 * ENTRIES as u64 {
                f.fill(Regime::El1, page << 12, true, false, 0, (page ^ turn) & 1 != 0);
                f.fill(Regime::El0, page << 12, true, true, 0, true);
                if page % 7 == 0 {
                    f.forget_range(page << 12, 0x1000);
                }
            }
        }
        assert_eq!((f.local.len as usize, f.global.len as usize), (2 * ENTRIES, ENTRIES));
        f.forget();
        assert_eq!(f.filled(), 0);
    }

    #[test]
    fn an_entry_that_changes_its_kind_is_emptied_with_either() {
        let mut f = First::new();
        f.fill(Regime::El1, 0x5000, true, true, 0, false);
        f.fill(Regime::El1, 0x5000 + ((ENTRIES as u64) << 12), true, true, 0, true);
        f.forget_local();
        assert_eq!(f.filled(), 0);
        f.fill(Regime::El1, 0x5000, true, true, 0, false);
        f.forget_local();
        assert_eq!(f.filled(), 1);
        f.forget();
        assert_eq!(f.filled(), 0);
    }

    #[test]
    fn a_tagged_entry_is_emptied_by_its_address_without_the_tag() {
        let mut f = First::new();
        f.fill(Regime::El0, 0x5a00_0000_0000_5123, true, false, 7, true);
        assert_eq!(f.entry(0, 0x5a00_0000_0000_5fff)[READ], 0x5a00_0000_0000_5fff);
        f.forget_range(0x5000, 0x1000);
        assert_eq!(f.filled(), 0);
    }
}
