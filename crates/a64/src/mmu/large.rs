//! Which blocks have been cached in pieces.
//!
//! The TLBs keep pages. A block is cached a page at a time, and one TLBI for any address inside must drop all of it, so
//! it is remembered where there are such pieces: a set by hash for each size. It may name a block that is not there, which costs a
//! needless invalidation, but misses none.

/// log2 of the sizes of blocks: 2 MiB and 1 GiB (4 KiB granule), 32 MiB (16 KiB), 512 MiB (64 KiB).
const SIZES: [u32; 4] = [21, 25, 29, 30];
/// Bits in the set of one size.
const BITS: usize = 4096;

/// The sets. A bit is found by the block's number.
#[derive(Debug)]
pub(super) struct Large {
    sets: [[u64; BITS / 64]; SIZES.len()],
    used: [bool; SIZES.len()],
}

fn place(number: u64) -> (usize, u64) {
    let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS.trailing_zeros());
    (hash as usize / 64, 1 << (hash % 64))
}

impl Large {
    pub(super) fn new() -> Self {
        Self { sets: [[0; BITS / 64]; SIZES.len()], used: [false; SIZES.len()] }
    }

    /// A piece of the block of `size` bytes that `va` is in has been cached.
    pub(super) fn note(&mut self, va: u64, size: u64) {
        // A size that is not listed counts as the next larger one that is.
        let Some(which) = SIZES.iter().position(|log2| size <= 1 << log2) else { return };
        let (word, bit) = place(va >> SIZES[which]);
        self.sets[which][word] |= bit;
        self.used[which] = true;
    }

    /// The range that one must drop to drop all of `va .. va + len` and of the blocks that it touches. `None`: everything.
    pub(super) fn widen(&self, va: u64, len: u64) -> Option<(u64, u64)> {
        let (mut first, mut last) = (va, va.saturating_add(len.saturating_sub(1)));
        // From the small to the large: a range that grows may touch more.
        for (which, log2) in SIZES.into_iter().enumerate().filter(|(which, _)| self.used[*which]) {
            let (from, to) = (first >> log2, last >> log2);
            if to - from >= 64 {
                return None;
            }
            let touched = |number: &u64| {
                let (word, bit) = place(*number);
                self.sets[which][word] & bit != 0
            };
            let mut blocks = (from..=to).filter(touched);
            if let Some(lowest) = blocks.next() {
                let highest = blocks.next_back().unwrap_or(lowest);
                first = first.min(lowest << log2);
                last = last.max((highest << log2) + ((1 << log2) - 1));
            }
        }
        Some((first, (last - first).saturating_add(1)))
    }

    pub(super) fn clear(&mut self) {
        for (which, used) in self.used.iter_mut().enumerate() {
            if std::mem::take(used) {
                self.sets[which].fill(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIGH: u64 = 0xffff_8000_0000_0000;

    #[test]
    fn a_page_inside_a_block_widens_to_the_block() {
        let mut l = Large::new();
        assert_eq!(l.widen(HIGH + 0x3000, 0x1000), Some((HIGH + 0x3000, 0x1000)));
        l.note(HIGH + 0x20_5000, 1 << 21);
        assert_eq!(l.widen(HIGH + 0x3f_f000, 0x1000), Some((HIGH + 0x20_0000, 1 << 21)));
        assert_eq!(l.widen(HIGH + 0x1f_f000, 0x1000), Some((HIGH + 0x1f_f000, 0x1000)), "the one below");
        assert_eq!(l.widen(HIGH + 0x1f_f000, 0x2000), Some((HIGH + 0x1f_f000, 0x20_1000)), "into it");
        l.note(HIGH + 0x40_0000, 1 << 30);
        assert_eq!(l.widen(HIGH, 0x1000), Some((HIGH, 1 << 30)));
        assert_eq!(l.widen(HIGH, 1 << 40), None);
        l.clear();
        assert_eq!(l.widen(HIGH + 0x3f_f000, 0x1000), Some((HIGH + 0x3f_f000, 0x1000)));
    }

    #[test]
    fn the_ends_of_the_address_space() {
        let mut l = Large::new();
        l.note(u64::MAX, 1 << 25);
        assert_eq!(l.widen(u64::MAX - 0xfff, 0x1000), Some((u64::MAX - ((1 << 25) - 1), 1 << 25)));
        l.note(0, 1 << 29);
        assert_eq!(l.widen(0x4000, 0x4000), Some((0, 1 << 29)));
    }
}
