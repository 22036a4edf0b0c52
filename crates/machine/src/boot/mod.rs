//! What the machine runs: read from files once, checked, placed in RAM, and written there at every cold reset.
//!
//! [`prepare`] does all that can fail because of the user's input, before anything else is built. Its result, a
//! [`Plan`], is applied as often as the machine is reset: RAM is loaded afresh each time, with fresh seeds.
//!
//! Files are untrusted: every header field is checked against the file and against RAM, and decompression is bounded.

mod chosen;
mod file;
mod image;
mod linux;
mod payload;
mod plan;
mod problem;
mod recognise;
mod unpack;

pub use chosen::Seeds;
pub use plan::{ApplyError, Entry, Piece, Plan};
pub use problem::Problem;

use crate::config::{Boot, MachineConfig};
use crate::fdt::{self, Description};
use chosen::Tree;
use std::path::{Path, PathBuf};

/// Linux's limits: a device tree is at most 2 MiB, and lies within one 2 MiB block (`Documentation/arch/arm64/booting`).
/// So it gets a block of its own.
const TREE_BLOCK: u64 = 2 << 20;

/// The guest that runs when the user names none (`guests/builtin`).
const BUILT_IN: &[u8] = include_bytes!("../../../../guests/builtin/builtin.bin");

/// Why nothing can be booted with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// A file is not what it has to be.
    #[error("{option} {}: {problem}", path.display())]
    File {
        /// The option that named it.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong, and the way out.
        problem: Problem,
    },
    /// The kernel would silently cut the command line off.
    #[error("--cmdline: {len} bytes are more than the {max} that arm64 Linux keeps; shorten it")]
    Cmdline {
        /// Its length.
        len: usize,
        /// The kernel's limit.
        max: usize,
    },
    /// The generated device tree cannot be written: a defect of this program.
    #[error("the device tree cannot be built: {0}")]
    Tree(String),
}

impl BootError {
    fn file(option: &'static str, path: &Path) -> impl Fn(Problem) -> Self {
        move |problem| Self::File { option, path: path.to_owned(), problem }
    }
}

/// Reads and places everything that `config` boots on the board `d`.
///
/// # Errors
/// [`BootError`] naming the option or file, what is wrong with it, and what to do.
pub fn prepare(config: &MachineConfig, d: &Description) -> Result<Plan, BootError> {
    match &config.boot {
        Boot::BuiltIn => prepare_payload("the built-in guest", BUILT_IN, d),
        Boot::Linux(linux) => linux::prepare(linux, d),
        Boot::Payload(payload) => payload::prepare(payload, d),
    }
}

/// Places a payload that is already in memory, such as the built-in guest; `name` stands for it in errors.
///
/// # Errors
/// As for [`prepare`].
pub fn prepare_payload(name: &'static str, bytes: &[u8], d: &Description) -> Result<Plan, BootError> {
    payload::place(bytes, None, d).map_err(BootError::file(name, Path::new("")))
}

/// The device tree the guest would see, without the seeds that change from boot to boot.
///
/// # Errors
/// As for [`prepare`].
pub fn device_tree(config: &MachineConfig, d: &Description) -> Result<Vec<u8>, BootError> {
    prepare(config, d).map(|plan| plan.tree.blob(None))
}

/// Device tree source of a flattened tree; `None` if it is not one.
pub fn source(blob: &[u8]) -> Option<String> {
    chosen::flattened(blob).map(|fdt| fdt.to_string())
}

fn generated(d: &Description) -> Result<Tree, BootError> {
    let blob = fdt::build(d).map_err(|e| BootError::Tree(e.to_string()))?;
    Tree::parse(&blob).ok_or_else(|| BootError::Tree("it does not read back".into()))
}

/// `n` rounded up to a multiple of `to`, a power of two; `None` past the end of the address space.
fn align_up(n: u64, to: u64) -> Option<u64> {
    n.checked_next_multiple_of(to)
}
