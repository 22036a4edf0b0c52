//! The second-level TLB: what the table walk found, for all address spaces and regimes at once.
//!
//! Four entries of two words make a set, which is one cache line of the host. Recompiled code searches it too
//! ([`crate::layout`]), so that a miss of the first level costs no more than a few tens of nanoseconds.

use super::contexts::BITS as CONTEXT_BITS;
use super::rights::MASK;
use super::words::Words;

/// Sets. With four pages in each: 128 MiB of memory in 4 KiB pages, 512 KiB of the host's memory for each core that uses all.
pub(crate) const SETS: usize = 8192;
/// Entries of a set.
pub(crate) const WAYS: usize = 4;
/// Bits that a page's number is shifted by in a tag; below are the context's.
pub(crate) const PAGE_SHIFT: u32 = CONTEXT_BITS;
const SET_WORDS: usize = 2 * WAYS;

/// One half of the address space as the TLB sees it now: how its pages are looked up. Recompiled code reads it.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Key {
    /// Number of the context that its pages usually belong to: the current ASID's for the low half, that of global entries for
    /// the high.
    pub(crate) context: u64,
    /// log2 of the granule.
    pub(crate) shift: u64,
    /// Clears the offset in a page.
    pub(crate) page: u64,
    /// What the number of a page is combined with to give its set.
    pub(crate) spread: u64,
}

/// Spreads contexts over the sets: programs have their pages at the same addresses.
fn spread(context: u32) -> u64 {
    u64::from(context.wrapping_mul(0x9e37_79b1) >> 16) & (SETS as u64 - 1)
}

impl Key {
    pub(super) fn new(context: u32, granule_bits: u32) -> Self {
        Self {
            context: u64::from(context),
            shift: u64::from(granule_bits),
            page: u64::MAX << granule_bits,
            spread: spread(context),
        }
    }

    fn tag(&self, va: u64) -> u64 {
        va >> self.shift << PAGE_SHIFT | self.context
    }

    fn set(&self, va: u64) -> usize {
        ((va >> self.shift ^ self.spread) & (SETS as u64 - 1)) as usize
    }
}

/// Whether an address lies in either half: what a tag holds of it then tells it from all others.
pub(super) fn canonical(va: u64) -> bool {
    matches!((va as i64) >> 48, 0 | -1)
}

/// The table. Empty at first.
#[derive(Debug)]
pub(crate) struct Second {
    sets: Words,
}

impl Second {
    pub(super) fn new() -> Self {
        Self { sets: Words::new(SETS * SET_WORDS) }
    }

    /// Host address of the first set.
    pub(super) fn address(&self) -> u64 {
        self.sets.address()
    }

    /// What is known of the page of a canonical address: its host address, with its rights in the low bits.
    #[inline]
    pub(super) fn find(&self, key: &Key, va: u64) -> Option<u64> {
        let tag = key.tag(va);
        let set = self.sets.group::<SET_WORDS>(key.set(va));
        set.chunks_exact(2).find(|e| e[0] == tag).map(|e| e[1])
    }

    /// Keeps a page. The oldest of its set gives way.
    pub(super) fn insert(&mut self, key: &Key, va: u64, word: u64) {
        let tag = key.tag(va);
        let Some(set) = self.sets.group_mut::<SET_WORDS>(key.set(va)) else { return };
        let at = set.chunks_exact(2).position(|e| e[0] == tag).unwrap_or(WAYS - 1);
        set.copy_within(..2 * at, 2);
        (set[0], set[1]) = (tag, word);
    }

    /// Forgets the page of an address in a context.
    pub(super) fn forget(&mut self, key: &Key, va: u64) {
        let tag = key.tag(va);
        let Some(set) = self.sets.group_mut::<SET_WORDS>(key.set(va)) else { return };
        for e in set.chunks_exact_mut(2).filter(|e| e[0] == tag) {
            e.fill(0);
        }
    }

    /// Forgets everything, whatever context it is of.
    pub(super) fn clear(&mut self) {
        self.sets.clear();
    }
}

const _: () = assert!(MASK < 1 << 12, "rights lie below the address of a page");

#[cfg(test)]
mod tests {
    use super::*;

    const HIGH: u64 = 0xffff_8000_0000_0000;

    #[test]
    fn contexts_and_halves_are_told_apart() {
        let mut s = Second::new();
        let (a, b) = (Key::new(2, 12), Key::new(3, 12));
        for va in [0x5000, HIGH + 0x5000, 0x8000_0000_5000, HIGH] {
            assert!(canonical(va));
            s.insert(&a, va, va | 1);
        }
        for va in [0x5000, HIGH + 0x5000, 0x8000_0000_5000, HIGH] {
            assert_eq!(s.find(&a, va + 0x123), Some(va | 1));
            assert_eq!(s.find(&b, va), None);
        }
        s.forget(&a, 0x5000);
        assert_eq!(s.find(&a, 0x5000), None);
        assert!(s.find(&a, HIGH + 0x5000).is_some());
        for va in [1 << 48, 1 << 63, 0x00ff_8000_0000_0000, 0xfffe_0000_0000_0000] {
            assert!(!canonical(va), "{va:x}");
        }
    }

    #[test]
    fn pages_of_the_two_halves_are_told_apart_whatever_their_sizes() {
        let mut s = Second::new();
        for (low, high) in [(12, 14), (14, 12), (12, 16), (16, 14)] {
            let (l, h) = (Key::new(7, low), Key::new(7, high));
            for i in 0..64 {
                let bit = 1u64 << (16 + i % 32);
                s.insert(&l, bit, bit | 1);
                assert_eq!(s.find(&h, u64::MAX << 48 | bit), None);
            }
            s.clear();
        }
    }

    #[test]
    fn the_oldest_of_a_set_gives_way() {
        let mut s = Second::new();
        let k = Key::new(9, 14);
        let va = |i: u64| (i * SETS as u64 + 3) << 14;
        for i in 0..WAYS as u64 {
            s.insert(&k, va(i), i);
        }
        // Again, with another word: no second entry.
        s.insert(&k, va(0), 100);
        s.insert(&k, va(4), 4);
        let found: Vec<_> = (0..5).map(|i| s.find(&k, va(i))).collect();
        assert_eq!(found, [Some(100), None, Some(2), Some(3), Some(4)]);
    }
}
