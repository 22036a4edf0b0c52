//! `vmapple version`: what this build is and can do.

use crate::cli::VersionArgs;
use crate::failure::{Failure, output};
use std::process::ExitCode;
use vmapple_machine::config::MemorySize;
use vmapple_machine::map;

/// CPU engines of this build, as `--engine` names them.
const ENGINES: &[&str] =
    if cfg!(all(target_arch = "x86_64", target_os = "linux")) { &["jit", "interp"] } else { &["interp"] };
/// Cores it models, as `--cpu` names them.
const CORES: [&str; 2] = ["m1", "m2"];
/// What it boots, as the options that name it.
const BOOTS: [&str; 2] = ["kernel", "payload"];

/// Prints version and capabilities, for people or as JSON.
pub(crate) fn print(args: &VersionArgs) -> Result<ExitCode, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let host = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let text = if args.json {
        let json = serde_json::json!({
            "version": version,
            "host": host,
            "engines": ENGINES,
            "cores": CORES,
            "boot": BOOTS,
            "cpus": { "min": 1, "max": map::MAX_CPUS },
            "memory": { "min": MemorySize::MIN, "max": MemorySize::MAX },
        });
        format!("{json:#}\n")
    } else {
        format!(
            "vmapple {version}\nhost:    {host}\nengines: {}\ncores:   {}\nboots:   {}\n",
            ENGINES.join(", "),
            CORES.join(", "),
            BOOTS.map(|b| format!("--{b}")).join(", "),
        )
    };
    output(text.as_bytes())
}
