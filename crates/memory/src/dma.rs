//! How devices reach guest memory: RAM only, by guest physical address, copying.

use crate::access::Scalar;
use crate::guest::GuestMemory;
use std::sync::Arc;

/// A device's address did not lie wholly in RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DMA to {gpa:#x}+{len:#x} is not in guest RAM")]
pub struct DmaError {
    /// Guest physical address that was asked for.
    pub gpa: u64,
    /// Length in bytes.
    pub len: u64,
}

/// A device's window on guest RAM (`spec/README.md`, cross-cutting rule 1). Never reaches the boot ROM or
/// another device, so a device cannot be aimed at its own registers.
#[derive(Clone, Debug)]
pub struct Dma {
    memory: Arc<GuestMemory>,
}

impl Dma {
    /// A handle on this memory's RAM.
    pub fn new(memory: Arc<GuestMemory>) -> Self {
        Self { memory }
    }

    fn offset(&self, gpa: u64, len: u64) -> Result<usize, DmaError> {
        match self.memory.find(gpa, len) {
            Some((span, offset)) if span.writable => Ok(offset),
            _ => Err(DmaError { gpa, len }),
        }
    }

    /// Copies guest RAM into an owned buffer.
    ///
    /// # Errors
    /// [`DmaError`], and nothing copied, unless the whole range is RAM.
    pub fn read(&self, gpa: u64, into: &mut [u8]) -> Result<(), DmaError> {
        let len = into.len() as u64;
        let offset = self.offset(gpa, len)?;
        self.memory.read(offset, into).ok_or(DmaError { gpa, len })
    }

    /// Copies an owned buffer into guest RAM.
    ///
    /// # Errors
    /// [`DmaError`], and nothing copied, unless the whole range is RAM.
    pub fn write(&self, gpa: u64, from: &[u8]) -> Result<(), DmaError> {
        let len = from.len() as u64;
        let offset = self.offset(gpa, len)?;
        self.memory.write(offset, from).ok_or(DmaError { gpa, len })
    }

    /// Loads one little-endian value, untorn if aligned: for ring indices and descriptors.
    ///
    /// # Errors
    /// [`DmaError`] unless the value lies in RAM.
    pub fn load<T: Scalar>(&self, gpa: u64) -> Result<T, DmaError> {
        let len = T::SIZE as u64;
        let offset = self.offset(gpa, len)?;
        self.memory.load(offset).ok_or(DmaError { gpa, len })
    }

    /// Stores one little-endian value, untorn if aligned.
    ///
    /// # Errors
    /// [`DmaError`] unless the value lies in RAM.
    pub fn store<T: Scalar>(&self, gpa: u64, value: T) -> Result<(), DmaError> {
        let len = T::SIZE as u64;
        let offset = self.offset(gpa, len)?;
        self.memory.store(offset, value).ok_or(DmaError { gpa, len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dma_reaches_ram_and_nothing_else() {
        let memory = GuestMemory::new(0x7000_0000, 0x1_0000, Some((0x10_0000, 0x1_0000))).unwrap();
        let dma = Dma::new(memory);
        dma.write(0x7000_0010, b"ring").unwrap();
        let mut back = [0; 4];
        dma.read(0x7000_0010, &mut back).unwrap();
        assert_eq!(&back, b"ring");
        assert!(dma.write(0x10_0000, b"rom").is_err());
        assert!(dma.load::<u32>(0x2001_0000).is_err());
        assert!(dma.store::<u64>(0x7000_fffc, 1).is_err());
        assert!(dma.read(u64::MAX - 1, &mut [0; 4]).is_err());
    }
}
