//! QEMU's programs, run as black boxes beside ours: the newest that Debian has for the host's release.
//!
//! An oracle should know the architecture's newer parts (FEAT_LSE2 came with QEMU 8.1), so a version from Debian's
//! backports goes before an older one of the release itself. Backports need not be among the host's own sources.

use crate::apt::{self, PrivateApt};
use crate::cache::Cache;
use crate::host_tools;
use crate::shell::{self, note};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is installed is taken as it is from this major version on.
const NEW_ENOUGH: u32 = 10;

/// A program and the version it says it is.
pub(crate) struct Qemu {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
}

impl Qemu {
    fn at(program: PathBuf) -> Result<Self> {
        let said = shell::capture(Command::new(&program).arg("--version"))?;
        let version = version_of(&said).with_context(|| format!("{} names no version", program.display()))?;
        Ok(Self { program, version: version.to_owned() })
    }

    fn new_enough(&self) -> bool {
        self.version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|n| n >= NEW_ENOUGH)
    }
}

/// `qemu-aarch64 version 10.0.2 (Debian 1:10.0.2+ds-2)`
fn version_of(said: &str) -> Option<&str> {
    said.lines().next()?.split_once(" version ")?.1.split_whitespace().next()
}

/// `qemu-aarch64`, which runs arm64 Linux programs. Backports have it without library dependencies, so it is unpacked
/// into the cache and the host's own stays as it is.
pub(crate) fn user(cache: &Cache) -> Result<Qemu> {
    const PROGRAM: &str = "qemu-aarch64";
    const PACKAGE: &str = "qemu-user";
    if let Some(installed) = installed(PROGRAM)
        && installed.new_enough()
    {
        return Ok(installed);
    }
    let unpacked = cache.entry("tools/qemu-user").join(PROGRAM);
    if !unpacked.exists()
        && let Err(error) = unpack(cache, PACKAGE, PROGRAM)
    {
        note(format!("no newer {PACKAGE} from backports ({error:#}): taking the release's own"));
        return Qemu::at(host_tools::require(PROGRAM, PACKAGE)?);
    }
    Qemu::at(unpacked)
}

/// `qemu-system-aarch64`, upgraded from backports where that is allowed (root).
pub(crate) fn system() -> Result<Qemu> {
    const PROGRAM: &str = "qemu-system-aarch64";
    const PACKAGE: &str = "qemu-system-arm";
    if !installed(PROGRAM).is_some_and(|found| found.new_enough())
        && rustix::process::geteuid().is_root()
        && let Err(error) = install(PACKAGE)
    {
        note(format!("no newer {PACKAGE} from backports ({error:#}): taking the release's own"));
    }
    Qemu::at(host_tools::require(PROGRAM, PACKAGE)?)
}

fn installed(program: &str) -> Option<Qemu> {
    Qemu::at(shell::find_program(program)?).ok()
}

/// The backports suite of the host's release (os-release(5)).
fn backports() -> Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("not a system with /etc/os-release")?;
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let name = name.context("the host's release has no code name")?;
    Ok(format!("{}-backports", name.trim_matches('"')))
}

/// Unpacks one program of a package into the cache's `tools/PACKAGE`.
fn unpack(cache: &Cache, package: &str, program: &str) -> Result<()> {
    let apt = PrivateApt::new(cache, &backports()?, &apt::host_architecture()?)?;
    cache.publish(&format!("tools/{package}"), |folder| {
        let all = folder.join("all");
        apt.unpack(&[package.to_owned()], &all)?;
        fs::rename(all.join("usr/bin").join(program), folder.join(program))?;
        fs::remove_dir_all(&all)?;
        // Linked against something that is not here? Then the release's own is the better choice.
        Qemu::at(folder.join(program)).map(|_| ())
    })?;
    Ok(())
}

/// Installs a package from backports, with the host's own sources for what it depends on.
fn install(package: &str) -> Result<()> {
    let suite = backports()?;
    let list = Path::new("/etc/apt/sources.list");
    let mut sources = fs::read_to_string(list).unwrap_or_default();
    let mirror = apt::debian_mirror()?;
    let keyring = mirror.keyring.map_or_else(String::new, |file| format!("[signed-by={file}] "));
    sources.push_str(&format!("\ndeb {keyring}{} {suite} main\n", mirror.address));
    let state = std::env::temp_dir().join(format!("vmapple-apt-{}", std::process::id()));
    fs::create_dir_all(state.join("lists/partial"))?;
    fs::write(state.join("sources.list"), sources)?;
    let at = state.display();
    let configuration = state.join("apt.conf");
    fs::write(
        &configuration,
        format!(
            "Dir::Etc::SourceList \"{at}/sources.list\";\nDir::State::Lists \"{at}/lists\";\n\
             Acquire::Languages \"none\";\n"
        ),
    )?;
    note(format!("installing {package} from {suite}"));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("APT_CONFIG", &configuration).env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        shell::capture(&mut command)
    };
    let done = apt(&["-q", "update"])
        .and_then(|_| apt(&["-q", "-y", "--no-install-recommends", "-t", &suite, "install", package]));
    // A temporary folder left behind is no reason to fail.
    let _ = fs::remove_dir_all(&state);
    done.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared_by_number() {
        let said = "qemu-aarch64 version 10.0.2 (Debian 1:10.0.2+ds-2)\nCopyright\n";
        assert_eq!(version_of(said), Some("10.0.2"));
        assert_eq!(version_of("something else"), None);
        let qemu = |version: &str| Qemu { program: PathBuf::new(), version: version.into() };
        assert!(qemu("10.0.2").new_enough());
        assert!(!qemu("9.2.0").new_enough());
    }
}
