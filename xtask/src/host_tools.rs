//! Programs of the host that are not part of a Rust toolchain: found, installed, or unpacked into the cache.

use crate::apt;
use crate::cache::Cache;
use crate::shell::{self, note};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Prefix of the arm64 cross tools, and Debian's package of them.
const CROSS_PREFIX: &str = "aarch64-linux-gnu-";
const CROSS_PACKAGE: &str = "gcc-aarch64-linux-gnu";

/// The cross compiler for the guests.
pub(crate) struct CrossTools {
    /// Folder of a private copy, if it is not installed on the host.
    private: Option<PathBuf>,
}

impl CrossTools {
    /// Finds the compiler; else installs it (root) or unpacks it into the cache (anyone else).
    pub(crate) fn find(cache: &Cache) -> Result<Self> {
        if shell::find_program(&format!("{CROSS_PREFIX}gcc")).is_some() {
            return Ok(Self { private: None });
        }
        if rustix::process::geteuid().is_root() {
            install(CROSS_PACKAGE)?;
            return Ok(Self { private: None });
        }
        let private = cache.entry("tools/cross");
        if !private.exists() {
            note(format!("{CROSS_PACKAGE} is not installed: unpacking it into {}", private.display()));
            cache.publish("tools/cross", |folder| {
                unpack_with_dependencies(CROSS_PACKAGE, folder)?;
                if !folder.join(format!("usr/bin/{CROSS_PREFIX}gcc")).exists() {
                    bail!("apt takes {CROSS_PACKAGE} for installed, but there is no {CROSS_PREFIX}gcc: reinstall it");
                }
                Ok(())
            })?;
        }
        Ok(Self { private: Some(private) })
    }

    /// One of the tools (`gcc`, `objcopy`), ready for arguments.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(format!("{CROSS_PREFIX}{name}"));
        self.set_environment(&mut command);
        command
    }

    /// Lets a build that starts the tools by itself find them.
    pub(crate) fn set_environment(&self, command: &mut Command) {
        let Some(private) = &self.private else { return };
        let mut path = vec![private.join("usr/bin")];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        command.env("PATH", std::env::join_paths(path).unwrap_or_else(|_| OsString::from("/usr/bin:/bin")));
        command.env("LD_LIBRARY_PATH", library_path(private));
    }
}

/// Finds a program, or installs its package where that is allowed, or says what to install.
pub(crate) fn require(program: &str, package: &str) -> Result<PathBuf> {
    if let Some(found) = shell::find_program(program) {
        return Ok(found);
    }
    if !rustix::process::geteuid().is_root() || shell::find_program("apt-get").is_none() {
        bail!("{program} is not installed: install the package {package} (Debian's name) and try again");
    }
    install(package)?;
    shell::find_program(program).with_context(|| format!("the package {package} did not bring {program}"))
}

/// Installs a package on the host.
fn install(package: &str) -> Result<()> {
    if shell::find_program("apt-get").is_none() {
        bail!("this needs the package {package} (Debian's name): install it and try again");
    }
    note(format!("installing {package}"));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        shell::capture(&mut command).with_context(|| format!("cannot install the package {package}"))
    };
    let install = ["-q", "-y", "--no-install-recommends", "install", package];
    // The lists may be missing or old: refresh them only if the first attempt fails.
    if apt(&install).is_err() {
        apt(&["-q", "update"])?;
        apt(&install)?;
    }
    Ok(())
}

/// Downloads a package and what it needs beyond the installed system, and unpacks all of it.
fn unpack_with_dependencies(package: &str, into: &Path) -> Result<()> {
    let state = into.join("apt");
    for part in ["lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(state.join(part))?;
    }
    let at = state.display();
    let configuration = state.join("apt.conf");
    fs::write(
        &configuration,
        format!(
            "Dir::State::Lists \"{at}/lists\";\nDir::Cache \"{at}/cache\";\nDebug::NoLocking \"1\";\n\
             APT::Update::Error-Mode \"any\";\nAcquire::Languages \"none\";\n"
        ),
    )?;
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("APT_CONFIG", &configuration).env("LC_ALL", "C").args(arguments);
        shell::capture(&mut command).with_context(|| format!("cannot fetch the package {package}: install it by hand"))
    };
    apt(&["-q", "update"])?;
    apt(&["-q", "-y", "--no-install-recommends", "--download-only", "install", package])?;
    apt::unpack_all(&state.join("cache/archives"), into)?;
    fs::remove_dir_all(&state)?;
    Ok(())
}

/// Every library folder of an unpacked tree.
fn library_path(tree: &Path) -> OsString {
    let mut folders = Vec::new();
    for base in ["usr/lib", "lib"] {
        let Ok(entries) = fs::read_dir(tree.join(base)) else { continue };
        folders.extend(
            entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-linux-gnu"))),
        );
    }
    folders.sort();
    std::env::join_paths(folders).unwrap_or_default()
}
