//! `cargo xtask check`: what every commit must pass besides the tests.

use crate::cache::Cache;
use crate::guests::bare;
use crate::shell::{self, note};
use anyhow::{Result, bail};
use std::process::{Command, ExitCode};

mod cross;
mod files;
mod layers;

/// Arguments of `cargo xtask check`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Instead: clippy of the whole workspace for macOS/arm64 and Linux/arm64, with installed rustup targets or the
    /// toolchain folder named in VMAPPLE_CROSS_TOOLCHAIN (with the standard library's source)
    #[arg(long)]
    cross: bool,
}

/// A check's name and what it does.
type Check = (&'static str, fn() -> Result<()>);

/// Runs every check, also after one failed, and says at the end which did.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let checks: &[Check] = if options.cross {
        &[
            ("clippy for aarch64-apple-darwin", || cross::clippy("aarch64-apple-darwin")),
            ("clippy for aarch64-unknown-linux-gnu", || cross::clippy("aarch64-unknown-linux-gnu")),
        ]
    } else {
        &[
            ("format", format),
            ("dependency direction", layers::check),
            ("unsafe code, file sizes and licences", files::check),
            ("bare-metal payloads", payloads),
            ("clippy", clippy),
            ("documentation", documentation),
        ]
    };
    let mut failed = Vec::new();
    for (name, check) in checks {
        note(format!("check: {name}"));
        if let Err(error) = check() {
            eprintln!("xtask: check: {name}: {error:#}");
            failed.push(*name);
        }
    }
    for (name, _) in checks {
        println!("check {name} ... {}", if failed.contains(name) { "FAILED" } else { "ok" });
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn format() -> Result<()> {
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<()> {
    shell::run(shell::cargo().args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn documentation() -> Result<()> {
    let mut command = shell::cargo();
    command.env("RUSTDOCFLAGS", "-D warnings");
    shell::run(command.args(["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"]))
}

/// The committed payloads are what their sources give.
fn payloads() -> Result<()> {
    let stale = bare::build_all(&Cache::open()?, bare::Mode::Compare)?;
    if !stale.is_empty() {
        bail!("stale: {}; run `cargo xtask guests --bare` and commit the result", stale.join(", "));
    }
    Ok(())
}

/// Paths of the repository's own files: committed, or new and not ignored.
fn own_files() -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(shell::root()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let mut files: Vec<String> = shell::capture(&mut git)?.lines().map(str::to_owned).collect();
    // A file just deleted is still listed until that is committed.
    files.retain(|file| shell::root().join(file).is_file());
    Ok(files)
}
