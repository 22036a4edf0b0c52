//! What a cold reset writes to RAM, and where the boot CPU starts.

use super::chosen::{Seeds, Tree};
use vmapple_memory::{Dma, DmaError};

/// Bytes for guest RAM, and zeros after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Guest physical address of the first byte.
    pub gpa: u64,
    /// What is written there.
    pub bytes: Vec<u8>,
    /// Bytes that follow and have to be zero (an ELF segment's uninitialised data).
    pub zeros: u64,
}

/// Registers of the boot CPU at its first instruction; all others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Program counter.
    pub pc: u64,
    /// `x0`: guest physical address of the device tree.
    pub x0: u64,
}

/// A boot, ready to be applied any number of times. Owns everything it needs: the files may change or go.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) pieces: Vec<Piece>,
    pub(super) tree: Tree,
    pub(super) entry: Entry,
}

/// Why a plan could not be applied: the memory is not the one it was made for.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Something lies outside RAM.
    #[error("the guest cannot be loaded: {0}")]
    Memory(#[from] DmaError),
    /// The host has no random numbers.
    #[error("the host gives no random numbers for the guest's seeds: {0}")]
    Seeds(#[from] getrandom::Error),
}

impl Plan {
    /// What is written to RAM, apart from the device tree.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Where the boot CPU starts.
    pub fn entry(&self) -> Entry {
        self.entry
    }

    /// Loads RAM for a cold reset, with fresh seeds in the device tree.
    ///
    /// # Errors
    /// [`ApplyError`]; RAM may then be partly written.
    pub fn apply(&self, ram: &Dma) -> Result<Entry, ApplyError> {
        self.apply_with(ram, &Seeds::fresh()?)?;
        Ok(self.entry)
    }

    /// The same with given seeds, for a boot that has to be repeatable.
    ///
    /// # Errors
    /// When something lies outside RAM.
    pub fn apply_with(&self, ram: &Dma, seeds: &Seeds) -> Result<Entry, DmaError> {
        let mut page = [0; 4096];
        for piece in &self.pieces {
            ram.write(piece.gpa, &piece.bytes)?;
            let mut at = piece.gpa.saturating_add(piece.bytes.len() as u64);
            let mut left = piece.zeros;
            while left > 0 {
                let n = left.min(page.len() as u64);
                let part = &mut page[..n as usize];
                // Reading untouched RAM costs the host nothing; writing zeros there would make it back every page.
                ram.read(at, part)?;
                if part.iter().any(|b| *b != 0) {
                    part.fill(0);
                    ram.write(at, part)?;
                }
                at = at.saturating_add(n);
                left -= n;
            }
        }
        ram.write(self.entry.x0, &self.tree.blob(Some(seeds)))?;
        Ok(self.entry)
    }
}
