//! Clippy for hosts other than this one.

use crate::shell::{self, note};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Names the folder of a toolchain whose sysroot has the standard library's source.
const TOOLCHAIN: &str = "VMAPPLE_CROSS_TOOLCHAIN";

/// Checks the whole workspace for `target`.
pub(super) fn clippy(target: &str) -> Result<()> {
    let mut command = if has_target(target) {
        let mut command = shell::cargo();
        command.args(["clippy", "--target", target]);
        command
    } else if let Some(toolchain) = std::env::var_os(TOOLCHAIN).map(PathBuf::from) {
        if !toolchain.join("lib/rustlib/src/rust/library/Cargo.toml").exists() {
            bail!("{TOOLCHAIN}={}: no standard library source in it", toolchain.display());
        }
        note(format!("building the standard library for {target} from {}", toolchain.display()));
        // By rustup's proxy, so that compiler, clippy and source are of one toolchain.
        let mut command = Command::new("cargo");
        command.current_dir(shell::root());
        command.env("RUSTUP_TOOLCHAIN", &toolchain).env("RUSTC_BOOTSTRAP", "1");
        // Set by the cargo that runs this program, for its own toolchain.
        for variable in ["CARGO", "RUSTC", "RUSTDOC"] {
            command.env_remove(variable);
        }
        command.args(["clippy", "-Zbuild-std", "--target", target]);
        command
    } else {
        bail!(
            "no standard library for {target}: `rustup target add {target}`, or set {TOOLCHAIN} to a toolchain folder \
             that has lib/rustlib/src/rust (rustup's rust-src component)"
        );
    };
    // Its own folder: nothing built with other settings may slip into the main build.
    command.env("CARGO_TARGET_DIR", shell::target().join("cross"));
    shell::run(command.args(["--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Whether the toolchain in use has the target's standard library.
fn has_target(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library = shell::capture(Command::new(rustc).current_dir(shell::root()).args([
        "--print",
        "target-libdir",
        "--target",
        target,
    ]));
    library.is_ok_and(|folder| {
        std::fs::read_dir(folder.trim())
            .is_ok_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
    })
}
