//! What the tests boot: Debian's kernels with our own first process, and the bare-metal payloads.

use crate::cache::Cache;
use crate::shell::note;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) mod bare;
mod cpio;
mod initramfs;
mod kernels;
mod pvpanic;
pub(crate) mod suite;
pub(crate) mod userland;
mod zboot;

pub(crate) use kernels::LinuxGuest;

/// Arguments of `cargo xtask guests`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Rebuild the bare-metal payloads under guests/ from source instead of fetching Linux
    #[arg(long)]
    bare: bool,
    /// With --bare: write nothing, fail if a committed binary is not what its source gives
    #[arg(long, requires = "bare")]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let cache = Cache::open()?;
    if options.bare {
        let stale = bare::build_all(&cache, if options.check { bare::Mode::Compare } else { bare::Mode::Write })?;
        for payload in &stale {
            eprintln!("xtask: {payload} is not what its source gives: run `cargo xtask guests --bare` and commit it");
        }
        return Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    for guest in linux(&cache)? {
        println!("{}\t{}\t{}", guest.name, guest.kernel.display(), guest.initrd.display());
    }
    println!("userland\t{}", userland::build(&cache)?.display());
    Ok(ExitCode::SUCCESS)
}

/// The Linux guests, fetched if the cache does not have them, with an up-to-date initramfs each.
pub(crate) fn linux(cache: &Cache) -> Result<Vec<LinuxGuest>> {
    let busybox = initramfs::busybox(cache)?;
    let mut guests = Vec::new();
    for kernel in &kernels::KERNELS {
        let folder = kernels::fetch(cache, kernel)?;
        let initrd = initramfs::build(cache, kernel.name, &folder, &busybox)?;
        guests.push(LinuxGuest::in_folder(kernel, &folder, initrd)?);
    }
    note(format!("{} Linux guests ready in {}", guests.len(), cache.root().display()));
    Ok(guests)
}
