//! Zeroed words that begin at a cache line, for tables that recompiled code also looks into.

/// Bytes of the host's cache lines; tables are laid out so that one look-up touches one.
const LINE: usize = 64;

/// A table of 64-bit words. All zero at first, and the host backs it only where it is written.
#[derive(Debug)]
pub(super) struct Words {
    words: Box<[u64]>,
    /// Index of the first word that lies at a line's beginning: where the table starts.
    first: usize,
}

impl Words {
    pub(super) fn new(len: usize) -> Self {
        let words = vec![0u64; len + LINE / 8].into_boxed_slice();
        let misplaced = words.as_ptr() as usize % LINE;
        Self { words, first: (LINE - misplaced) % LINE / 8 }
    }

    /// Host address of the first word. The table stays there as long as it lives.
    pub(super) fn address(&self) -> u64 {
        (&raw const self.words[self.first]) as usize as u64
    }

    /// Groups of `N` words: group `at`, zeros beyond the end.
    #[inline(always)]
    pub(super) fn group<const N: usize>(&self, at: usize) -> [u64; N] {
        let first = self.first + at * N;
        self.words.get(first..first + N).and_then(|g| g.try_into().ok()).unwrap_or([0; N])
    }

    /// The same, to change it; `None` beyond the end.
    #[inline(always)]
    pub(super) fn group_mut<const N: usize>(&mut self, at: usize) -> Option<&mut [u64; N]> {
        let first = self.first + at * N;
        self.words.get_mut(first..first + N)?.try_into().ok()
    }

    /// Zeroes everything.
    pub(super) fn clear(&mut self) {
        self.words.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_begins_at_a_line_and_ends_where_it_ends() {
        for len in [8, 64, 1 << 16] {
            let mut w = Words::new(len);
            assert_eq!(w.address() % LINE as u64, 0);
            *w.group_mut::<4>(len / 4 - 1).unwrap() = [1, 2, 3, 4];
            assert_eq!(w.group::<4>(len / 4 - 1), [1, 2, 3, 4]);
            assert_eq!(w.group::<8>(len / 8 - 1)[4..], [1, 2, 3, 4]);
            assert_eq!(w.group::<4>(len), [0; 4]);
            w.clear();
            assert_eq!(w.group::<4>(len / 4 - 1), [0; 4]);
        }
    }
}
