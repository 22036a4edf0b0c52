//! Our pvpanic driver for Debian's kernels, which are built without one, against Debian's kernel headers.

use crate::apt::PrivateApt;
use crate::host_tools::{self, CrossTools};
use crate::shell;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

const NAME: &str = "vmapple_pvpanic";

/// The driver's source text: part of what makes a cache entry current.
pub(super) fn source() -> Result<String> {
    let file = shell::root().join(format!("guests/linux/pvpanic/{NAME}.c"));
    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// Builds the driver for one kernel release, leaves it in `folder/modules` and returns its file name.
/// `arm64` has the headers, `native` the programs of the kernel's build system.
pub(super) fn build(
    arm64: &PrivateApt,
    native: &PrivateApt,
    tools: &CrossTools,
    release: &str,
    folder: &Path,
) -> Result<String> {
    host_tools::require("make", "make")?;
    let tree = folder.join("headers");
    let headers = format!("linux-headers-{release}");
    let description = arm64.describe(&headers)?;
    let common = description.dependency("linux-headers-").with_context(|| format!("{headers} has no common part"))?;
    let programs = description.dependency("linux-kbuild-").with_context(|| format!("{headers} has no kbuild part"))?;
    arm64.unpack(&[headers.clone(), common.to_owned()], &tree)?;
    native.unpack(&[programs.to_owned()], &tree)?;

    // Debian's makefile includes the common part by its installed path.
    let own = tree.join("usr/src").join(&headers);
    let makefile = fs::read_to_string(own.join("Makefile"))?;
    fs::write(own.join("Makefile"), makefile.replace("/usr/src/", &format!("{}/usr/src/", tree.display())))?;
    // Only type information for debuggers is made from this, with a tool that is not otherwise needed.
    let _ = fs::remove_file(own.join("vmlinux"));

    let work = folder.join("pvpanic");
    fs::create_dir_all(&work)?;
    let sources = shell::root().join("guests/linux/pvpanic");
    for file in [format!("{NAME}.c"), "Kbuild".to_owned()] {
        fs::copy(sources.join(&file), work.join(&file))?;
    }
    let mut make = Command::new("make");
    make.arg("-C").arg(&own).arg(format!("M={}", work.display()));
    make.args(["ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-", "CC=aarch64-linux-gnu-gcc", "modules"]);
    tools.set_environment(&mut make);
    shell::capture(&mut make).context("cannot build the pvpanic driver")?;

    let file = format!("{NAME}.ko");
    let built = work.join(&file);
    // The build's identifier depends on the folder it was made in.
    let mut strip = tools.tool("objcopy");
    strip.args(["--strip-debug", "--remove-section=.note.gnu.build-id"]);
    shell::run(strip.arg(&built).arg(folder.join("modules").join(&file)))?;
    fs::remove_dir_all(&work)?;
    fs::remove_dir_all(&tree)?;
    Ok(file)
}
