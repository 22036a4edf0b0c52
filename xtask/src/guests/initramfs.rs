//! The root file system of the Linux guests: BusyBox, our first process, modules and test scripts.

use super::cpio::Archive;
use super::kernels::manifest;
use crate::apt::PrivateApt;
use crate::cache::{self, Cache};
use crate::shell;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// The BusyBox program in the cache.
pub(super) fn busybox(cache: &Cache) -> Result<PathBuf> {
    let folder = cache.entry("busybox");
    if manifest(&folder).is_none() {
        let apt = PrivateApt::new(cache, "bookworm", "arm64")?;
        let package = "busybox-static";
        let version = apt.describe(package)?.version;
        cache.publish("busybox", |folder| {
            let unpacked = folder.join("unpacked");
            apt.unpack(&[package.to_owned()], &unpacked)?;
            // /bin or /usr/bin, depending on the release.
            let program = ["bin/busybox", "usr/bin/busybox"].map(|place| unpacked.join(place));
            let program = program.iter().find(|place| place.exists()).context("the package has no busybox")?;
            fs::rename(program, folder.join("busybox"))?;
            fs::remove_dir_all(&unpacked)?;
            let manifest = json!({ "package": package, "version": version, "suite": "bookworm" });
            fs::write(folder.join("manifest.json"), serde_json::to_string_pretty(&manifest)?)?;
            Ok(())
        })?;
    }
    Ok(folder.join("busybox"))
}

/// Writes the archive for one kernel. It is not packed: unpacking would cost the guest more than reading does.
pub(super) fn build(cache: &Cache, name: &str, kernel: &Path, busybox: &Path) -> Result<PathBuf> {
    let sources = shell::root().join("guests/linux");
    let mut archive = Archive::new();
    for folder in ["bin", "dev", "modules", "proc", "sys", "tests", "tmp"] {
        archive.directory(folder);
    }
    // The kernel opens it for the first process, before anything is mounted.
    archive.character_device("dev/console", 5, 1);
    archive.file("bin/busybox", true, &read(busybox)?);
    archive.file("init", true, &read(&sources.join("init"))?);
    for (folder, place) in [(kernel.join("modules"), "modules"), (sources.join("tests"), "tests")] {
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.sort();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            archive.file(&format!("{place}/{name}"), false, &read(&file)?);
        }
    }
    let file = cache.entry("linux").join(format!("initrd-{name}.cpio"));
    cache::replace_file(&file, &archive.finish())?;
    Ok(file)
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
