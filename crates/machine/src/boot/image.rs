//! The header of a raw arm64 kernel, 64 bytes (Linux, "Booting AArch64 Linux", §4).

use super::problem::Problem;
use super::recognise::{bytes_at, not_a_kernel};

/// Bytes of the header.
const HEADER_LEN: usize = 64;
/// `text_offset` of kernels older than 3.17, whose header leaves `image_size` zero.
const OLD_TEXT_OFFSET: u64 = 0x8_0000;
/// What such a kernel is given after its file for data it does not say the size of.
const OLD_SLACK: u64 = 16 << 20;

/// A kernel's wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// Bytes from a 2 MiB boundary to its first byte.
    pub(super) text_offset: u64,
    /// RAM it occupies from its first byte on, its zero-initialised data included.
    pub(super) size: u64,
}

impl Image {
    /// Reads and checks the header of `file`, the whole kernel.
    pub(super) fn parse(file: &[u8]) -> Result<Self, Problem> {
        if file.len() < HEADER_LEN {
            let short = Problem::Truncated { have: file.len() as u64, need: HEADER_LEN as u64 };
            let known = if file.starts_with(b"MZ") { None } else { not_a_kernel(file) };
            return Err(known.unwrap_or(short));
        }
        if bytes_at(file, 56) != Some(*b"ARM\x64") {
            return Err(not_a_kernel(file).unwrap_or(Problem::NotAKernel));
        }
        let [text_offset, image_size, flags] = [8, 16, 24].map(|at| bytes_at(file, at).map_or(0, u64::from_le_bytes));
        // Bit 0: endianness. Bits 2:1: page size, all of which the CPU has. Bit 3: where in RAM, and we use its start.
        if flags & 1 != 0 {
            return Err(Problem::BigEndian);
        }
        let length = file.len() as u64;
        if image_size == 0 {
            return Ok(Self { text_offset: OLD_TEXT_OFFSET, size: length.saturating_add(OLD_SLACK) });
        }
        if file.starts_with(b"MZ") {
            check_length(file)?;
        }
        // A file may be longer than the image (appended signatures) and is then loaded whole.
        Ok(Self { text_offset, size: image_size.max(length) })
    }
}

/// A kernel with an EFI stub is also a PE file, whose section table tells how long the file has to be. Nothing in the
/// arm64 header does.
fn check_length(file: &[u8]) -> Result<(), Problem> {
    let have = file.len() as u64;
    let u16_at = |at: u64| usize::try_from(at).ok().and_then(|at| bytes_at(file, at)).map(u16::from_le_bytes);
    let u32_at = |at: u64| usize::try_from(at).ok().and_then(|at| bytes_at(file, at)).map(u32::from_le_bytes);
    let Some(pe) = u32_at(0x3c).map(u64::from) else { return Err(Problem::Truncated { have, need: 64 }) };
    let short = |need| Problem::Truncated { have, need };
    if u32_at(pe).ok_or(short(pe + 24))? != u32::from_le_bytes(*b"PE\0\0") {
        return Ok(()); // MZ is also just an instruction.
    }
    let sections = u64::from(u16_at(pe + 6).ok_or(short(pe + 24))?);
    let table = pe + 24 + u64::from(u16_at(pe + 20).ok_or(short(pe + 24))?);
    for n in 0..sections {
        let section = table + n * 40;
        let field = |at| u32_at(section + at).map(u64::from).ok_or(short(section + 40));
        let end = field(20)? + field(16)?;
        if end > have {
            return Err(short(end));
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A kernel of `length` bytes with this header.
    pub(in super::super) fn kernel(length: usize, text_offset: u64, image_size: u64, flags: u64) -> Vec<u8> {
        let mut k = vec![0; length];
        k[8..16].copy_from_slice(&text_offset.to_le_bytes());
        k[16..24].copy_from_slice(&image_size.to_le_bytes());
        k[24..32].copy_from_slice(&flags.to_le_bytes());
        k[56..60].copy_from_slice(b"ARM\x64");
        k
    }

    fn with_pe(mut k: Vec<u8>, section_end: u32) -> Vec<u8> {
        k[..2].copy_from_slice(b"MZ");
        k[0x3c..0x40].copy_from_slice(&0x40u32.to_le_bytes());
        k[0x40..0x44].copy_from_slice(b"PE\0\0");
        k[0x46..0x48].copy_from_slice(&1u16.to_le_bytes());
        k[0x54..0x56].copy_from_slice(&0xa0u16.to_le_bytes());
        let section = 0x40 + 24 + 0xa0;
        k[section + 16..section + 20].copy_from_slice(&0x200u32.to_le_bytes());
        k[section + 20..section + 24].copy_from_slice(&(section_end - 0x200).to_le_bytes());
        k
    }

    #[test]
    fn a_current_kernel_says_what_it_needs() {
        let image = Image::parse(&kernel(0x1000, 0, 0x3000, 0b1010)).unwrap();
        assert_eq!(image, Image { text_offset: 0, size: 0x3000 });
    }

    #[test]
    fn an_old_kernel_gets_the_old_offset() {
        assert_eq!(Image::parse(&kernel(0x1000, 0x1234, 0, 0)).unwrap().text_offset, 0x8_0000);
    }

    #[test]
    fn a_big_endian_kernel_is_refused() {
        assert!(matches!(Image::parse(&kernel(0x1000, 0, 0x1000, 1)), Err(Problem::BigEndian)));
    }

    #[test]
    fn a_truncated_kernel_with_an_efi_stub_is_noticed() {
        let whole = with_pe(kernel(0x2000, 0, 0x3000, 0), 0x2000);
        assert!(Image::parse(&whole).is_ok());
        for length in [0x1fff, 0x120, 0x50, 0x42] {
            assert!(matches!(Image::parse(&whole[..length]), Err(Problem::Truncated { .. })), "{length:#x}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_brings_the_parser_down(bytes: Vec<u8>, mz: bool) {
            let mut k = kernel(64, 0, 1, 0);
            k.extend(&bytes);
            for (to, from) in k.iter_mut().zip(&bytes) {
                *to = *from;
            }
            k[56..60].copy_from_slice(b"ARM\x64");
            if mz {
                k[..2].copy_from_slice(b"MZ");
            }
            let _ = Image::parse(&k);
        }
    }
}
