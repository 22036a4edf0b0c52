//! The packed forms of a kernel that Debian does not ship for arm64 today but other distributions do.

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use std::io::Write;

/// Where the packed kernel starts; real containers have their EFI stub before it.
const PAYLOAD_OFFSET: u32 = 0x1000;

/// gzip without a name or time, so that the result depends on the content alone.
pub(super) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::fast());
    packer.write_all(content)?;
    Ok(packer.finish()?)
}

/// An EFI zboot container: "MZ", "zimg" at 4, payload offset at 8 and size at 12 (little-endian), the packing's name
/// at 24, the arm64 PE marker at 56. The stub itself is left out: a loader that unpacks by the header never runs it.
pub(super) fn wrap(packed: &[u8]) -> Result<Vec<u8>> {
    let size = u32::try_from(packed.len())?;
    let mut file = vec![0; PAYLOAD_OFFSET as usize];
    file[0..2].copy_from_slice(b"MZ");
    file[4..8].copy_from_slice(b"zimg");
    file[8..12].copy_from_slice(&PAYLOAD_OFFSET.to_le_bytes());
    file[12..16].copy_from_slice(&size.to_le_bytes());
    file[24..28].copy_from_slice(b"gzip");
    file[56..60].copy_from_slice(&0x8182_23cd_u32.to_le_bytes());
    file.extend_from_slice(packed);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_header_leads_to_the_kernel() {
        let file = wrap(&gzip(b"kernel").unwrap()).unwrap();
        let field = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let packed = &file[field(8)..field(8) + field(12)];
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, b"kernel");
    }
}
