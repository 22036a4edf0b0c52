//! What Arm's PrimeCells have in common: eight identification registers at the end of the 4 KiB block.

use vmapple_bus::{Access, Region};

/// The registers PeriphID0..3 and PCellID0..3 at 0xFE0, 0xFE4, ..., 0xFFC: one byte in each word, read-only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identification(pub(crate) [u8; 8]);

impl Identification {
    /// Offset of PeriphID0.
    const FIRST: u64 = 0xfe0;

    /// The identification register at this offset, if it is one.
    pub(crate) fn read(&self, offset: u64) -> Option<u64> {
        let index = offset.checked_sub(Self::FIRST)? / 4;
        let byte = self.0.get(usize::try_from(index).ok()?)?;
        offset.is_multiple_of(4).then_some((*byte).into())
    }
}

/// The one register block of a PrimeCell: 4 KiB of words that also answer byte and halfword accesses at their own
/// offset.
pub(crate) const fn block(name: &'static str) -> Region {
    Region { name, size: 0x1000, access: Access::WORDS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_words_end_the_block() {
        let id = Identification([0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
        assert_eq!(id.read(0xfe0), Some(0x11));
        assert_eq!(id.read(0xffc), Some(0xb1));
        assert_eq!([id.read(0), id.read(0xfdc), id.read(0xfe1), id.read(0x1000), id.read(u64::MAX)], [None; 5]);
    }
}
