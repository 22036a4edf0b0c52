//! What can be wrong with a file, in words that say the way out.

use crate::config::MemorySize;
use std::fmt;
use std::io;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The host does not give it.
    #[error("cannot be read ({}); check the path and its permissions", reason(.0))]
    Unreadable(io::Error),
    /// A directory.
    #[error("is a directory; name a file")]
    Directory,
    /// Nothing in it.
    #[error("is empty; get it again, or name another file")]
    Empty,
    /// Shorter than its own header says.
    #[error("is truncated: {have} bytes of at least {need}; get it again")]
    Truncated {
        /// Bytes present.
        have: u64,
        /// Bytes its header speaks of.
        need: u64,
    },
    /// A compressed stream ends early.
    #[error("is truncated: its gzip data ends early; get it again")]
    GzipTruncated,
    /// A compressed stream does not decode.
    #[error("is damaged: its gzip data does not decode ({}); get it again", reason(.0))]
    GzipDamaged(io::Error),
    /// Decompresses to more than is read for a kernel.
    #[error("decompresses to more than {}, the most that is read for a kernel; name another file", Size(*.0))]
    Bomb(u64),
    /// Larger than is read for a kernel.
    #[error("is larger than {}, the most that is read for a kernel; name another file", Size(*.0))]
    LargerThanAKernel(u64),
    /// Compressed within compressed, several times over.
    #[error("is compressed several times over; decompress it first")]
    Nested,
    /// Compressed in a way that is not supported.
    #[error("is compressed with {method}, which is not supported; {remedy}")]
    Compression {
        /// Its name.
        method: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Something else that can be recognised.
    #[error("is {what}; {instead}")]
    Other {
        /// What it is.
        what: &'static str,
        /// What to give instead.
        instead: &'static str,
    },
    /// Not a kernel, and nothing known.
    #[error("is not an arm64 Linux kernel (no Image header); use a kernel built for arm64: vmlinuz, Image or Image.gz")]
    NotAKernel,
    /// A kernel for big-endian CPUs.
    #[error("is a big-endian kernel, which this machine cannot run; use a little-endian arm64 kernel")]
    BigEndian,
    /// A header field that cannot be.
    #[error("is damaged: {0}; get it again")]
    Header(&'static str),
    /// Larger than the RAM there is for it.
    #[error("needs {} of RAM where the machine has {}; {}", Size(*.need), Size(*.ram), more_memory(*.need))]
    DoesNotFit {
        /// Bytes of RAM needed in all.
        need: u64,
        /// Bytes of RAM there are.
        ram: u64,
    },
    /// Too large for the guest's RAM, without knowing by how much.
    #[error("is larger than the machine's {} of RAM; use a larger --memory or another file", Size(*.0))]
    LargerThanRam(u64),
    /// Not a flattened device tree.
    #[error("is not a flattened device tree; compile the source with dtc -O dtb")]
    NotATree,
    /// A device tree that Linux does not take.
    #[error("is {}; arm64 Linux takes device trees up to 2 MiB", Size(*.0))]
    LargeTree(u64),
    /// An ELF file that cannot be loaded.
    #[error("cannot be loaded: {0}")]
    Elf(String),
    /// Something to load outside RAM.
    #[error("{what} at {base:#x}..{end:#x} is not in RAM ({ram:#x}..{ram_end:#x}); {remedy}")]
    OutsideRam {
        /// What.
        what: &'static str,
        /// First address.
        base: u64,
        /// Address after the last.
        end: u64,
        /// First address of RAM.
        ram: u64,
        /// Address after the last of RAM.
        ram_end: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// `--load` with a file that says itself where it goes.
    #[error("is an ELF file and says itself where it is loaded; leave --load out")]
    LoadWithElf,
    /// `--load` at an address no instruction can have.
    #[error("cannot be entered at {0:#x}; use a --load address that is a multiple of 4")]
    Unaligned(u64),
    /// No place for the device tree beside it.
    #[error("leaves no 2 MiB block of RAM for the device tree; use a larger --memory")]
    NoRoomForTree,
}

/// The host's words without its number.
fn reason(e: &io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

fn more_memory(need: u64) -> String {
    let mib = need.div_ceil(1 << 20);
    if need <= MemorySize::MAX {
        format!("use --memory {mib}M or more, or a smaller file")
    } else {
        "use a smaller file".into()
    }
}

/// A size for people.
pub(super) struct Size(pub(super) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n @ ..0x40_0000 if n % 1024 != 0 || n == 0 => write!(f, "{n} bytes"),
            n @ ..0x40_0000 => write!(f, "{} KiB", n / 1024),
            n => write!(f, "{} MiB", n.div_ceil(1 << 20)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_never_understated() {
        assert_eq!(
            [1, 2048, 5 << 20, (5 << 20) + 1].map(|n| Size(n).to_string()),
            ["1 bytes", "2 KiB", "5 MiB", "6 MiB"]
        );
    }

    #[test]
    fn the_way_out_is_a_memory_size_that_exists() {
        let p = Problem::DoesNotFit { need: (300 << 20) + 1, ram: 256 << 20 };
        assert_eq!(
            p.to_string(),
            "needs 301 MiB of RAM where the machine has 256 MiB; use --memory 301M or more, or a smaller file"
        );
        let p = Problem::DoesNotFit { need: MemorySize::MAX + 1, ram: MemorySize::MAX };
        assert!(p.to_string().ends_with("; use a smaller file"), "{p}");
    }
}
