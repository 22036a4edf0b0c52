//! Telling a user what the wrong file is. Magic numbers of the formats people confuse with an arm64 kernel.

use super::problem::Problem;

/// `EM_AARCH64` of the ELF specification.
const EM_AARCH64: u16 = 183;

/// The bytes `at .. at + N`.
pub(super) fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// What `bytes` are if not a kernel that can be booted; `None` for something unknown.
pub(super) fn not_a_kernel(bytes: &[u8]) -> Option<Problem> {
    const ARM64: &str = "use a kernel built for arm64: vmlinuz, Image or Image.gz";
    let other = |what, instead| Some(Problem::Other { what, instead });
    let is = |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|b| b.starts_with(magic));
    if is(0, b"\x7fELF") {
        return match bytes_at(bytes, 18).map(u16::from_le_bytes) {
            Some(EM_AARCH64) => other(
                "an ELF file, not a kernel image",
                "use the Image or vmlinuz built with it, or --payload for a bare-metal program",
            ),
            _ => other("an ELF file for another architecture", ARM64),
        };
    }
    if is(0x202, b"HdrS") {
        return other("an x86 Linux kernel (bzImage)", ARM64);
    }
    if is(0x24, &0x016f_2818u32.to_le_bytes()) {
        return other("a 32-bit Arm kernel (zImage)", ARM64);
    }
    if is(0x30, b"RISCV") {
        return other("a RISC-V kernel", ARM64);
    }
    if is(0, b"MZ") {
        return other("an EFI or Windows program without an arm64 kernel header", ARM64);
    }
    if is(0, &0x2705_1956u32.to_be_bytes()) {
        return other("a U-Boot legacy image (uImage)", "use the kernel inside it: vmlinuz, Image or Image.gz");
    }
    if is(0, &0xd00d_feedu32.to_be_bytes()) {
        return other("a device tree or FIT image", "use a bare kernel: vmlinuz, Image or Image.gz");
    }
    if is(0, b"070701") || is(0, b"070702") || is(0, b"070707") {
        return other("a cpio archive, which is an initial RAM file system", "give it to --initrd");
    }
    if is(0, &0xfeed_facfu32.to_le_bytes()) {
        return other("a Mach-O file", ARM64);
    }
    compressed(bytes)
}

/// Compression methods other than gzip.
fn compressed(bytes: &[u8]) -> Option<Problem> {
    const METHODS: [(&[u8], &str, &str); 6] = [
        (b"\xfd7zXZ\0", "xz", "decompress it first with xz -d"),
        (b"\x28\xb5\x2f\xfd", "zstd", "decompress it first with zstd -d"),
        (b"BZh", "bzip2", "decompress it first with bzip2 -d"),
        (b"\x02\x21\x4c\x18", "lz4", "decompress it first with lz4 -d"),
        (b"\x04\x22\x4d\x18", "lz4", "decompress it first with lz4 -d"),
        (b"\x5d\0\0", "lzma", "decompress it first with xz -d --format=lzma"),
    ];
    METHODS
        .iter()
        .find(|(magic, ..)| bytes.starts_with(magic))
        .map(|(_, method, remedy)| Problem::Compression { method: (*method).into(), remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(at: usize, magic: &[u8]) -> Vec<u8> {
        let mut v = vec![0; 0x400];
        v[at..at + magic.len()].copy_from_slice(magic);
        v
    }

    #[test]
    fn each_wrong_file_is_called_by_its_name() {
        let mut elf = with(0, b"\x7fELF\x02\x01");
        elf[18] = 62;
        let mut bzimage = with(0x202, b"HdrS");
        bzimage[..2].copy_from_slice(b"MZ");
        for (bytes, words) in [
            (elf, "ELF file for another architecture"),
            (bzimage, "x86 Linux kernel"),
            (with(0x24, &[0x18, 0x28, 0x6f, 0x01]), "32-bit Arm"),
            (with(0x30, b"RISCV"), "RISC-V"),
            (with(0, b"MZ"), "EFI"),
            (with(0, b"\x27\x05\x19\x56"), "uImage"),
            (with(0, b"\xd0\x0d\xfe\xed"), "device tree"),
            (with(0, b"070701"), "--initrd"),
            (with(0, b"\xfd7zXZ\0"), "xz -d"),
            (with(0, b"\x28\xb5\x2f\xfd"), "compressed with zstd"),
        ] {
            let p = not_a_kernel(&bytes).expect(words).to_string();
            assert!(p.contains(words), "{p}");
        }
        assert!(not_a_kernel(&[0; 0x400]).is_none());
        assert!(not_a_kernel(b"").is_none());
    }
}
