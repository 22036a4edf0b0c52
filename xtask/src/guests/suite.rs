//! The benchmark guest: `guests/suite`, compiled for arm64 and for the host, and laid over the Linux guests' archives.

use super::cpio::Archive;
use super::initramfs::read;
use crate::cache::{self, Cache};
use crate::host_tools::{self, CrossTools};
use crate::shell;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Both builds have these. No contraction, so that a multiplication and an addition give the same bits everywhere.
const FLAGS: [&str; 8] =
    ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-static", "-pthread"];

/// The cross build's own. The C library stays generic: it chooses its copies by what the CPU says it is.
const CROSS_FLAGS: [&str; 1] = ["-march=armv8-a"];

/// The built suite.
pub(crate) struct Suite {
    /// The arm64 program.
    program: PathBuf,
    /// The host's program, for the checksums of what is portable.
    pub(crate) native: PathBuf,
}

/// Compiles both programs into cargo's output folder.
pub(crate) fn build(cache: &Cache) -> Result<Suite> {
    let output = shell::target().join("guests/suite");
    fs::create_dir_all(&output).with_context(|| format!("cannot make {}", output.display()))?;
    let (program, native) = (output.join("suite"), output.join("suite-native"));
    compile(CrossTools::find(cache)?.tool("gcc").args(CROSS_FLAGS), &program)?;
    compile(&mut Command::new(host_tools::require("gcc", "gcc")?), &native)?;
    Ok(Suite { program, native })
}

fn source(name: &str) -> PathBuf {
    shell::root().join("guests/suite").join(name)
}

fn compile(compiler: &mut Command, program: &Path) -> Result<()> {
    let mut files: Vec<PathBuf> = fs::read_dir(source(""))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "c"))
        .collect();
    files.sort();
    shell::capture(compiler.args(FLAGS).args(files).arg("-lm").arg("-o").arg(program)).context("guests/suite")?;
    Ok(())
}

impl Suite {
    /// A guest's archive with the program and `script`, a file of `guests/suite`, as the guest's test `suite`: `tests` is
    /// the folder where that guest's first process looks for tests. A kernel unpacks archives that follow one another.
    pub(crate) fn over(&self, initrd: &Path, label: &str, tests: &str, script: &str) -> Result<PathBuf> {
        let mut bytes = read(initrd)?;
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        let mut archive = Archive::new();
        archive.file("suite", true, &read(&self.program)?);
        archive.file(&format!("{tests}/suite.sh"), false, &read(&source(script))?);
        bytes.extend(archive.finish());
        let file = self.program.with_file_name(format!("{label}.cpio"));
        cache::replace_file(&file, &bytes)?;
        Ok(file)
    }
}
