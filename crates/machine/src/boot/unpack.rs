//! From what distributions ship to the raw kernel: gzip, and Linux's EFI zboot (a PE program that carries a compressed
//! `Image`, for firmware; we take the payload out and need no firmware).

use super::problem::Problem;
use super::recognise::bytes_at;
use flate2::read::GzDecoder;
use std::io::{ErrorKind, Read};

/// Unpacks until nothing more is packed. No stage yields more than `limit` bytes.
pub(super) fn kernel(mut bytes: Vec<u8>, limit: u64) -> Result<Vec<u8>, Problem> {
    // The most anyone ships is a compressed payload in a zboot, perhaps in a .gz: three stages.
    for _ in 0..=3 {
        bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
            gunzip(&bytes, limit)?
        } else if let Some(zboot) = Zboot::parse(&bytes) {
            zboot.payload()?.to_vec()
        } else {
            return Ok(bytes);
        };
    }
    Err(Problem::Nested)
}

fn gunzip(bytes: &[u8], limit: u64) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    let read = GzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut out);
    match read {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Err(Problem::GzipTruncated),
        Err(e) => Err(Problem::GzipDamaged(e)),
        Ok(n) if n as u64 > limit => Err(Problem::Bomb(limit)),
        Ok(0) => Err(Problem::Header("nothing is compressed in it")),
        Ok(_) => Ok(out),
    }
}

/// The header of an EFI zboot image: `MZ`, "zimg" at 4, payload offset at 8 and size at 12 (little-endian), and the name of
/// the compression at 24.
struct Zboot<'a> {
    file: &'a [u8],
    offset: u32,
    size: u32,
    compression: &'a [u8],
}

impl<'a> Zboot<'a> {
    fn parse(file: &'a [u8]) -> Option<Self> {
        if !file.starts_with(b"MZ") || bytes_at(file, 4)? != *b"zimg" {
            return None;
        }
        let name = file.get(24..56)?;
        let compression = &name[..name.iter().position(|b| *b == 0)?];
        let [offset, size] = [8, 12].map(|at| bytes_at(file, at).map(u32::from_le_bytes));
        Some(Self { file, offset: offset?, size: size?, compression })
    }

    fn payload(&self) -> Result<&'a [u8], Problem> {
        if self.compression != b"gzip" {
            return Err(Problem::Compression {
                method: format!("{} (EFI zboot)", self.compression.escape_ascii()),
                remedy: "use a kernel packed with gzip, or the raw Image",
            });
        }
        let end = u64::from(self.offset) + u64::from(self.size);
        let truncated = Problem::Truncated { have: self.file.len() as u64, need: end };
        let payload = usize::try_from(end).ok().and_then(|end| self.file.get(self.offset as usize..end));
        let payload = payload.ok_or(truncated)?;
        // Also what keeps the unpacking from going round in circles: the payload starts after the header.
        if self.offset < 64 || !payload.starts_with(&[0x1f, 0x8b]) {
            return Err(Problem::Header("its EFI zboot header points at no gzip data"));
        }
        Ok(payload)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    pub(in super::super) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut e = GzEncoder::new(Vec::new(), Compression::fast());
        e.write_all(bytes).unwrap();
        e.finish().unwrap()
    }

    pub(in super::super) fn zboot(payload: &[u8], compression: &[u8]) -> Vec<u8> {
        let mut z = vec![0; 0x1000];
        z[..2].copy_from_slice(b"MZ");
        z[4..8].copy_from_slice(b"zimg");
        z[8..12].copy_from_slice(&0x1000u32.to_le_bytes());
        z[12..16].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        z[24..24 + compression.len()].copy_from_slice(compression);
        z.extend(payload);
        z
    }

    #[test]
    fn every_packing_yields_the_same_kernel() {
        let raw = b"a kernel".repeat(1000);
        let packed = [raw.clone(), gzip(&raw), zboot(&gzip(&raw), b"gzip"), gzip(&zboot(&gzip(&raw), b"gzip"))];
        for bytes in packed {
            assert_eq!(kernel(bytes, 1 << 20).unwrap(), raw);
        }
    }

    #[test]
    fn truncation_and_damage_are_told_apart() {
        let z = gzip(&(0..100_000u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
        assert!(matches!(kernel(z[..z.len() / 2].to_vec(), 1 << 20), Err(Problem::GzipTruncated)));
        let mut bad = z.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 0xff;
        assert!(matches!(kernel(bad, 1 << 20), Err(Problem::GzipDamaged(_) | Problem::GzipTruncated)));
        let zb = zboot(&z, b"gzip");
        assert!(matches!(kernel(zb[..zb.len() - 1].to_vec(), 1 << 20), Err(Problem::Truncated { .. })));
    }

    #[test]
    fn a_decompression_bomb_is_stopped_at_the_limit() {
        let bomb = gzip(&vec![0; 4 << 20]);
        assert!(matches!(kernel(bomb, 1 << 20), Err(Problem::Bomb(_))));
    }

    #[test]
    fn endless_nesting_is_refused() {
        let mut z = b"kernel".to_vec();
        (0..5).for_each(|_| z = gzip(&z));
        assert!(matches!(kernel(z, 1 << 20), Err(Problem::Nested)));
    }

    #[test]
    fn a_zboot_with_another_compression_names_it() {
        let e = kernel(zboot(b"....", b"zstd"), 1 << 20).unwrap_err().to_string();
        assert!(e.contains("compressed with zstd (EFI zboot)"), "{e}");
    }

    #[test]
    fn a_zboot_pointing_into_its_own_header_is_refused() {
        let mut z = zboot(&gzip(b"x"), b"gzip");
        z[8..12].copy_from_slice(&0u32.to_le_bytes());
        assert!(matches!(kernel(z, 1 << 20), Err(Problem::Header(_))));
    }
}
