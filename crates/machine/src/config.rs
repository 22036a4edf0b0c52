//! What the user may choose about a machine. Every type here holds only values that the machine can have, so later
//! code asks no more questions.

use crate::map::MAX_CPUS;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// A machine as the user described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineConfig {
    /// Number of CPUs.
    pub cpus: CpuCount,
    /// Size of RAM.
    pub memory: MemorySize,
    /// Which core the CPUs are.
    pub cpu: CpuModel,
    /// What executes guest instructions.
    pub engine: Engine,
    /// What delivers message-signalled interrupts.
    pub msi: Msi,
    /// What runs.
    pub boot: Boot,
}

impl Default for MachineConfig {
    fn default() -> Self {
        let (cpus, memory) = (CpuCount::default(), MemorySize::default());
        let (cpu, engine) = (CpuModel::default(), Engine::default());
        Self { cpus, memory, cpu, engine, msi: Msi::default(), boot: Boot::BuiltIn }
    }
}

/// A number of CPUs, 1 to 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuCount(u32);

impl CpuCount {
    /// This many CPUs.
    ///
    /// # Errors
    /// [`Refused`] outside 1..=32.
    pub fn new(n: u32) -> Result<Self, Refused> {
        if (1..=MAX_CPUS).contains(&n) { Ok(Self(n)) } else { Err(Refused::Cpus) }
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Default for CpuCount {
    fn default() -> Self {
        Self(1)
    }
}

impl FromStr for CpuCount {
    type Err = Refused;

    fn from_str(s: &str) -> Result<Self, Refused> {
        Self::new(s.parse().map_err(|_| Refused::Cpus)?)
    }
}

impl fmt::Display for CpuCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A size of RAM in bytes: 256 MiB to 32 GiB in whole 64 KiB pages, the largest guest granule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemorySize(u64);

impl MemorySize {
    /// Smallest RAM, in bytes.
    pub const MIN: u64 = 256 * MIB;
    /// Largest RAM, in bytes.
    pub const MAX: u64 = 32 * GIB;

    /// This many bytes.
    ///
    /// # Errors
    /// [`Refused`] outside 256 MiB..=32 GiB or when not whole 64 KiB pages.
    pub fn new(bytes: u64) -> Result<Self, Refused> {
        match bytes {
            ..Self::MIN => Err(Refused::MemoryTooSmall),
            Self::MIN..=Self::MAX if bytes.is_multiple_of(64 << 10) => Ok(Self(bytes)),
            Self::MIN..=Self::MAX => Err(Refused::MemoryUnaligned),
            _ => Err(Refused::MemoryTooLarge),
        }
    }

    /// The size in bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl Default for MemorySize {
    fn default() -> Self {
        Self(2 * GIB)
    }
}

impl FromStr for MemorySize {
    type Err = Refused;

    fn from_str(s: &str) -> Result<Self, Refused> {
        let digits = s.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let shift = match s[digits.len()..].to_ascii_uppercase().as_str() {
            "" => None,
            "K" | "KB" | "KIB" => Some(10),
            "M" | "MB" | "MIB" => Some(20),
            "G" | "GB" | "GIB" => Some(30),
            "T" | "TB" | "TIB" => Some(40),
            _ => return Err(Refused::MemoryForm),
        };
        let n: u64 = digits.parse().map_err(|_| Refused::MemoryForm)?;
        match shift {
            // A bare "2048" means megabytes to some programs and bytes to others: say so instead of guessing.
            None if n < Self::MIN => Err(Refused::MemoryNoUnit),
            None => Self::new(n),
            Some(shift) => Self::new(n.checked_mul(1 << shift).ok_or(Refused::MemoryTooLarge)?),
        }
    }
}

impl fmt::Display for MemorySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n % GIB == 0 => write!(f, "{}G", n / GIB),
            n if n % MIB == 0 => write!(f, "{}M", n / MIB),
            n => write!(f, "{}K", n / 1024),
        }
    }
}

/// Why a value was refused; each says what to use instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a number of CPUs.
    #[error("the machine has 1 to 32 CPUs; use a number in that range")]
    Cpus,
    /// Not a size.
    #[error("not a size; use a number and a unit, like 512M or 4G")]
    MemoryForm,
    /// A number too small to be bytes, without a unit.
    #[error("a size without a unit counts bytes; add a unit, like 512M or 4G")]
    MemoryNoUnit,
    /// Below the least.
    #[error("less than the least, 256M; use 256M to 32G")]
    MemoryTooSmall,
    /// Above the most.
    #[error("more than the most, 32G; use 256M to 32G")]
    MemoryTooLarge,
    /// Not whole pages.
    #[error("not a multiple of 64K; use whole megabytes, like 512M")]
    MemoryUnaligned,
}

/// Which core the CPUs are (`spec/cpu-engine.md` 2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CpuModel {
    /// Apple M1.
    #[default]
    M1,
    /// Apple M2: an M1 with BTI, BF16, I8MM, PAuth2, FPAC and ECV.
    M2,
}

pub use vmapple_vcpu::engine::Kind as Engine;

/// What delivers message-signalled interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Msi {
    /// A GICv2m frame (`spec/machine.md` §8).
    #[default]
    V2m,
    /// Nothing: devices use their interrupt lines.
    None,
}

/// What runs on the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boot {
    /// The guest carried in the program.
    BuiltIn,
    /// An arm64 Linux kernel.
    Linux(Linux),
    /// A bare-metal program.
    Payload(Payload),
}

/// An arm64 Linux kernel and what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linux {
    /// Kernel: raw `Image`, gzip of one, or EFI zboot.
    pub kernel: PathBuf,
    /// Initial RAM file system, in any form the kernel reads.
    pub initrd: Option<PathBuf>,
    /// Command line.
    pub cmdline: String,
    /// Device tree to use in place of the generated one; only its `/chosen` is filled in.
    pub dtb: Option<PathBuf>,
}

/// A bare-metal program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// Flat binary or ELF64 for AArch64.
    pub file: PathBuf,
    /// Where a flat binary is loaded and entered; 2 MiB into RAM by default.
    pub load: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_counts_end_at_thirty_two() {
        assert_eq!("32".parse(), CpuCount::new(32));
        for s in ["0", "33", "-1", "four", "", "4294967297"] {
            assert_eq!(s.parse::<CpuCount>(), Err(Refused::Cpus), "{s}");
        }
    }

    #[test]
    fn sizes_read_with_and_without_binary_unit_names() {
        for s in ["2G", "2g", "2048M", "2GiB", "2097152K", "2147483648"] {
            assert_eq!(s.parse::<MemorySize>(), Ok(MemorySize::default()), "{s}");
        }
        assert_eq!("512M".parse::<MemorySize>().unwrap().to_string(), "512M");
        assert_eq!("32G".parse::<MemorySize>().unwrap().bytes(), MemorySize::MAX);
    }

    #[test]
    fn sizes_out_of_range_say_which_way() {
        use Refused::*;
        for (s, why) in [
            ("255M", MemoryTooSmall),
            ("0", MemoryNoUnit),
            ("2048", MemoryNoUnit),
            ("33G", MemoryTooLarge),
            ("1T", MemoryTooLarge),
            ("99999999999999999999G", MemoryForm),
            ("18446744073709551615T", MemoryTooLarge),
            ("300000001", MemoryUnaligned),
            ("2X", MemoryForm),
            ("G", MemoryForm),
            ("-1G", MemoryForm),
            ("1.5G", MemoryForm),
        ] {
            assert_eq!(s.parse::<MemorySize>(), Err(why), "{s}");
        }
    }
}
