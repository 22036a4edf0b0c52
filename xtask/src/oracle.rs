//! `cargo xtask oracle`: the interpreter against QEMU's user mode, instruction by instruction, and the decoder against
//! binutils. The comparison itself is `crates/a64/tests/oracle` and `tests/fp_oracle`; this finds the tools for it.

use crate::cache::Cache;
use crate::host_tools::CrossTools;
use crate::qemu;
use crate::shell::{self, note};
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};

/// The class of the floating-point operations, which have an oracle of their own (`tests/fp_oracle`).
const SOFTFP: &str = "softfp";

/// Arguments of `cargo xtask oracle`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Cases of each class (floating-point: of each operation); words for --decode
    #[arg(long, value_name = "N")]
    cases: Option<u64>,
    /// Only this class: a chapter of the decoder table, `blocks`, or `softfp`
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// Only rows (floating-point: operations) whose name contains this
    #[arg(long, value_name = "TEXT")]
    row: Option<String>,
    /// Where the random numbers start
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write the vectors that the normal tests use
    #[arg(long, conflicts_with = "decode")]
    record: bool,
    /// Compare the decoder with binutils instead
    #[arg(long, conflicts_with = "class")]
    decode: bool,
}

/// Runs the command.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let cache = Cache::open()?;
    let cross = CrossTools::find(&cache)?;
    let mut good = true;
    if options.class.as_deref() != Some(SOFTFP) {
        let mut command = release(&["--example", "oracle", "--"], "run");
        cross.set_environment(&mut command);
        if options.decode {
            command.arg("decode");
        } else {
            set_oracle(&mut command, &cache)?;
            command.arg(if options.record { "record" } else { "run" });
        }
        let flags = [
            ("--class", options.class.clone()),
            ("--row", options.row.clone()),
            ("--cases", options.cases.map(|n| n.to_string())),
            ("--seed", options.seed.map(|n| n.to_string())),
        ];
        for (flag, value) in flags {
            command.args(value.iter().flat_map(|value| [flag, value.as_str()]));
        }
        good &= succeeds(&mut command)?;
    }
    if !options.decode && options.class.as_deref().is_none_or(|class| class == SOFTFP) {
        let what = if options.record { "record_answers" } else { "live_answers" };
        let mut command = release(&["--test", "fp_oracle", "--", "--ignored", "--nocapture", what], "test");
        cross.set_environment(&mut command);
        set_oracle(&mut command, &cache)?;
        let settings = [
            ("FP_ORACLE_CASES", options.cases.map(|n| n.to_string())),
            ("FP_ORACLE_SEED", options.seed.map(|n| n.to_string())),
            ("FP_ORACLE_OP", options.row.clone()),
        ];
        for (name, value) in settings {
            command.envs(value.map(|value| (name, value)));
        }
        good &= succeeds(&mut command)?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The other implementation, unless the user chose one.
fn set_oracle(command: &mut Command, cache: &Cache) -> Result<()> {
    if std::env::var_os("A64_ORACLE").is_none() {
        let qemu = qemu::user(cache)?;
        note(format!("the oracle is qemu-aarch64 {}", qemu.version));
        command.env("A64_ORACLE", format!("{} -cpu max,sve=off,sme=off", qemu.program.display()));
        command.env("A64_ORACLE_NAME", format!("qemu-aarch64 {} -cpu max,sve=off,sme=off", qemu.version));
    }
    Ok(())
}

fn release(arguments: &[&str], what: &str) -> Command {
    let mut command = shell::cargo();
    command.args([what, "--quiet", "--release", "--package", "vmapple-a64"]).args(arguments);
    command
}

fn succeeds(command: &mut Command) -> Result<bool> {
    Ok(command.status().context("cannot start cargo")?.success())
}
