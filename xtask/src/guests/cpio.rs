//! Writer of cpio archives in the "newc" format, as the kernel's initramfs documentation specifies it.
//!
//! The same content gives the same bytes: no times, owners or inode numbers of the host.

/// An archive being written. Parents must be added before what they hold.
pub(super) struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

const KIND: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const SYMBOLIC_LINK: u32 = 0o120_000;
const CHARACTER_DEVICE: u32 = 0o020_000;

impl Archive {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), entries: 0 }
    }

    pub(super) fn directory(&mut self, path: &str) {
        self.entry(path, DIRECTORY | 0o755, (0, 0), &[]);
    }

    pub(super) fn file(&mut self, path: &str, executable: bool, content: &[u8]) {
        self.entry(path, FILE | if executable { 0o755 } else { 0o644 }, (0, 0), content);
    }

    /// A symbolic link; `target` is what it says, unchecked.
    pub(super) fn symlink(&mut self, path: &str, target: &str) {
        self.entry(path, SYMBOLIC_LINK | 0o777, (0, 0), target.as_bytes());
    }

    pub(super) fn character_device(&mut self, path: &str, major: u32, minor: u32) {
        self.entry(path, CHARACTER_DEVICE | 0o600, (major, minor), &[]);
    }

    /// Ends the archive.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, (0, 0), &[]);
        let size = self.bytes.len().next_multiple_of(512);
        self.bytes.resize(size, 0);
        self.bytes
    }

    fn entry(&mut self, path: &str, mode: u32, (major, minor): (u32, u32), content: &[u8]) {
        self.entries += 1;
        let links = if mode & KIND == DIRECTORY { 2 } else { 1 };
        // No archive of ours comes near the format's limit of 4 GiB an entry.
        let fields =
            [self.entries, mode, 0, 0, links, 0, content.len() as u32, 0, 0, major, minor, path.len() as u32 + 1, 0];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        let size = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(size, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_names_and_contents_are_aligned() {
        let mut archive = Archive::new();
        archive.directory("dev");
        archive.character_device("dev/console", 5, 1);
        archive.file("abc", true, b"12345");
        let bytes = archive.finish();
        assert_eq!(bytes.len() % 512, 0);
        // 110 bytes of header, "dev" and its zero: 114, padded to 116.
        assert_eq!(&bytes[116..122], b"070701");
        let file = bytes.windows(5).position(|window| window == b"12345").unwrap();
        assert_eq!(file % 4, 0);
        assert!(bytes.windows(11).any(|window| window == b"TRAILER!!!\0"));
    }

    #[test]
    fn a_link_holds_its_target() {
        let mut archive = Archive::new();
        archive.symlink("bin", "usr/bin");
        let bytes = archive.finish();
        assert_eq!(&bytes[14..22], b"0000a1ff");
        assert_eq!(&bytes[54..62], b"00000007");
        assert_eq!(&bytes[116..123], b"usr/bin");
    }

    #[test]
    fn the_same_content_gives_the_same_bytes() {
        let make = || {
            let mut archive = Archive::new();
            archive.file("a", false, b"x");
            archive.finish()
        };
        assert_eq!(make(), make());
    }
}
