//! The instruction words that code was made from, kept to tell whether they have changed.
//!
//! A guest that says "any instruction may have changed" (`IC IALLUIS`, which Linux does for each new page of a program) has
//! hardly changed any. What was translated is compared with memory when its page is next entered, and stays if it is the same.

/// Words in a 64-byte line.
pub(crate) const WORDS: usize = 16;
/// The words of a line.
pub(crate) type Line = [u32; WORDS];

/// Some lines of one page of guest memory, as they were last read. Each page's code was made from these words.
#[derive(Debug, Default)]
pub(crate) struct Text {
    /// A bit for each line that is held.
    known: u64,
    /// The lines, in order.
    lines: Vec<Line>,
}

impl Text {
    fn index(&self, line: usize) -> usize {
        (self.known & ((1 << (line & 63)) - 1)).count_ones() as usize
    }

    fn knows(&self, line: usize) -> bool {
        self.known >> (line & 63) & 1 != 0
    }

    /// The word at a byte offset in the page, whose line must have been [`Text::read`]; else 0.
    pub(crate) fn word(&self, offset: usize) -> u32 {
        let line = (offset / 64) & 63;
        self.lines.get(self.index(line)).map_or(0, |l| l[(offset / 4) & (WORDS - 1)])
    }

    /// Takes a line as it is in memory. True: other words were held, so that code made from them must go.
    pub(crate) fn read(&mut self, line: usize, now: Line) -> bool {
        let i = self.index(line);
        if self.knows(line) {
            return std::mem::replace(&mut self.lines[i], now) != now;
        }
        self.known |= 1 << (line & 63);
        self.lines.insert(i, now);
        false
    }

    /// Forgets those of `lines`, a bit each, that are not what memory holds now. Returns them.
    pub(crate) fn forget_changed(&mut self, lines: u64, now: impl Fn(usize) -> Line) -> u64 {
        let mut changed = 0;
        let mut left = self.known & lines;
        while left != 0 {
            let line = left.trailing_zeros() as usize;
            left &= left - 1;
            let i = self.index(line);
            if self.lines[i] != now(line) {
                self.lines.remove(i);
                self.known &= !(1 << line);
                changed |= 1 << line;
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_held_in_any_order() {
        let mut t = Text::default();
        for line in [5, 63, 0, 17] {
            assert!(!t.read(line, [line as u32 + 1; WORDS]));
        }
        for line in [0, 5, 17, 63] {
            assert_eq!(t.word(64 * line + 60), line as u32 + 1);
        }
        assert!(!t.read(17, [18; WORDS]) && t.read(17, [7; WORDS]));
        assert_eq!((t.word(64 * 17), t.word(64 * 63)), (7, 64));
    }

    #[test]
    fn what_has_changed_is_forgotten_and_the_rest_stays() {
        let mut t = Text::default();
        for line in 0..64 {
            t.read(line, [line as u32 + 1; WORDS]);
        }
        let memory = |line: usize| if line.is_multiple_of(3) { [0; WORDS] } else { [line as u32 + 1; WORDS] };
        let changed = t.forget_changed(0xff0, memory);
        assert_eq!(changed, 1 << 6 | 1 << 9);
        assert_eq!((t.word(64 * 7), t.word(64 * 63)), (8, 64));
        assert_eq!(t.forget_changed(0xff0, memory), 0, "not held any more");
    }
}
