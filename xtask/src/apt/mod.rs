//! Debian packages through apt, without root and without touching the host's own package state.
//!
//! Each suite and architecture gets a private apt: its own lists, caches and (empty) list of installed packages.
//! Only the mirror's address and the network settings come from the host.

use crate::cache::Cache;
use crate::shell::{self, note};
use anyhow::{Context, Result, bail};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod sources;

pub(crate) use sources::Mirror;

/// The mirror of the Debian archive that the host uses.
pub(crate) fn debian_mirror() -> Result<Mirror> {
    sources::debian_mirror(Path::new("/etc/apt"))
}

/// apt for one suite and one architecture.
pub(crate) struct PrivateApt {
    configuration: PathBuf,
    suite: String,
    architecture: String,
    cache_root: PathBuf,
    updated: Cell<bool>,
}

impl PrivateApt {
    /// Prepares (without any network access) apt for `suite` of the mirror the host uses.
    pub(crate) fn new(cache: &Cache, suite: &str, architecture: &str) -> Result<Self> {
        for program in ["apt-get", "dpkg-deb"] {
            if shell::find_program(program).is_none() {
                bail!(
                    "{program} is not installed, and the guests' packages are not in the cache: fill {} on a Debian \
                     system with `cargo xtask guests` and copy it here, or point VMAPPLE_CACHE at such a copy",
                    cache.root().display()
                );
            }
        }
        let mirror = debian_mirror()?;
        let folder = cache.entry(&format!("apt/{suite}-{architecture}"));
        for part in ["lists/partial", "cache/archives/partial", "state"] {
            fs::create_dir_all(folder.join(part))?;
        }
        fs::write(folder.join("status"), "")?;
        let keyring = mirror.keyring.map_or_else(String::new, |file| format!(" signed-by={file}"));
        fs::write(
            folder.join("sources.list"),
            format!("deb [arch={architecture} targets=Packages{keyring}] {} {suite} main\n", mirror.address),
        )?;
        let at = folder.display();
        fs::write(
            folder.join("apt.conf"),
            format!(
                "APT::Architecture \"{architecture}\";\n\
                 APT::Architectures {{ \"{architecture}\"; }};\n\
                 APT::Sandbox::User \"root\";\n\
                 APT::Update::Error-Mode \"any\";\n\
                 Acquire::Languages \"none\";\n\
                 Acquire::Retries \"3\";\n\
                 Dir::Etc::SourceList \"{at}/sources.list\";\n\
                 Dir::Etc::SourceParts \"/dev/null\";\n\
                 Dir::Etc::Preferences \"/dev/null\";\n\
                 Dir::Etc::PreferencesParts \"/dev/null\";\n\
                 Dir::State \"{at}/state\";\n\
                 Dir::State::Lists \"{at}/lists\";\n\
                 Dir::State::Status \"{at}/status\";\n\
                 Dir::Cache \"{at}/cache\";\n"
            ),
        )?;
        Ok(Self {
            configuration: folder.join("apt.conf"),
            suite: suite.to_owned(),
            architecture: architecture.to_owned(),
            cache_root: cache.root().to_owned(),
            updated: Cell::new(false),
        })
    }

    /// The version and dependency line of a package, as the suite has it now.
    pub(crate) fn describe(&self, package: &str) -> Result<Description> {
        self.update(package)?;
        let text = shell::capture(self.tool("apt-cache").args(["show", package]))
            .with_context(|| format!("{} has no package {package} for {}", self.suite, self.architecture))?;
        let stanza = text.split("\n\n").next().unwrap_or_default();
        let field = |name: &str| {
            stanza
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(|value| value.trim().to_owned())
        };
        Ok(Description {
            version: field("Version").with_context(|| format!("package {package} has no version"))?,
            depends: field("Depends").unwrap_or_default(),
        })
    }

    /// Downloads packages and unpacks them into one folder.
    pub(crate) fn unpack(&self, packages: &[String], into: &Path) -> Result<()> {
        let Some(first) = packages.first() else { return Ok(()) };
        self.update(first)?;
        let files = into.join("packages");
        fs::create_dir_all(&files)?;
        for package in packages {
            note(format!("fetching {package} ({}, {})", self.suite, self.architecture));
            shell::capture(self.tool("apt-get").current_dir(&files).args(["-q", "download", package]))
                .with_context(|| self.way_out(package))?;
        }
        unpack_all(&files, into)?;
        fs::remove_dir_all(&files)?;
        Ok(())
    }

    /// Downloads packages and everything they depend on (nothing is taken for installed) and unpacks all of it into one
    /// folder. Returns the names of the package files, which hold name and version, in order.
    pub(crate) fn unpack_closure(&self, packages: &[String], into: &Path) -> Result<Vec<String>> {
        let Some(first) = packages.first() else { return Ok(Vec::new()) };
        self.update(first)?;
        let files = into.join("packages");
        fs::create_dir_all(files.join("partial"))?;
        note(format!(
            "fetching {} packages and what they need ({}, {})",
            packages.len(),
            self.suite,
            self.architecture
        ));
        let mut command = self.tool("apt-get");
        command.args(["-q", "-y", "--no-install-recommends", "--download-only"]);
        command.arg("-o").arg(format!("Dir::Cache::Archives={}", files.display()));
        shell::capture(command.arg("install").args(packages)).with_context(|| self.way_out(first))?;
        let mut names: Vec<String> = fs::read_dir(&files)?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".deb"))
            .collect();
        names.sort();
        unpack_all(&files, into)?;
        fs::remove_dir_all(&files)?;
        Ok(names)
    }

    /// Fetches the suite's package lists, once per run.
    fn update(&self, wanted: &str) -> Result<()> {
        if !self.updated.get() {
            note(format!("reading the package lists of {} for {}", self.suite, self.architecture));
            shell::capture(self.tool("apt-get").args(["-q", "update"])).with_context(|| self.way_out(wanted))?;
            self.updated.set(true);
        }
        Ok(())
    }

    fn way_out(&self, package: &str) -> String {
        format!(
            "cannot fetch the package {package} ({}, {}). Connect to the network, or copy a filled cache folder from \
             another machine to {} (or point VMAPPLE_CACHE at one)",
            self.suite,
            self.architecture,
            self.cache_root.display()
        )
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", &self.configuration).env("LC_ALL", "C");
        command
    }
}

/// What apt knows about a package.
pub(crate) struct Description {
    /// Debian version.
    pub(crate) version: String,
    /// The `Depends` field, empty if there is none.
    pub(crate) depends: String,
}

impl Description {
    /// The first dependency whose name starts with `prefix`: the real package behind a metapackage.
    pub(crate) fn dependency(&self, prefix: &str) -> Option<&str> {
        self.depends
            .split([',', '|'])
            .filter_map(|alternative| alternative.split_whitespace().next())
            .find(|name| name.starts_with(prefix))
    }
}

/// Unpacks every package file of a folder.
pub(crate) fn unpack_all(files: &Path, into: &Path) -> Result<()> {
    for file in fs::read_dir(files)? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            shell::run(Command::new("dpkg-deb").arg("-x").arg(&file).arg(into))?;
        }
    }
    Ok(())
}

/// The host's architecture by Debian's name.
pub(crate) fn host_architecture() -> Result<String> {
    Ok(shell::capture(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_kernel_package_is_found_behind_the_metapackage() {
        let described = |depends: &str| Description { version: "1".into(), depends: depends.into() };
        let plain = described("linux-image-6.1.0-50-arm64 (= 6.1.176-1)");
        assert_eq!(plain.dependency("linux-image-"), Some("linux-image-6.1.0-50-arm64"));
        let choice =
            described("kmod, linux-image-6.12.9-arm64-16k (= 1) | linux-image-6.12.9-arm64-16k-unsigned (= 1)");
        assert_eq!(choice.dependency("linux-image-"), Some("linux-image-6.12.9-arm64-16k"));
        assert_eq!(described("").dependency("linux-image-"), None);
    }
}
