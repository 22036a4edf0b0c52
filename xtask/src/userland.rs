//! `cargo xtask userland`: the same programs on our machine and on QEMU's, every line compared.

use crate::cache::Cache;
use crate::realguest::machine::Machine;
use crate::realguest::userland::{self, SUITES};
use crate::shell::{self, note};
use crate::{guests, host_tools, test};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Suites whose scripts run on the host too, where another CPU's code computes the same answers.
const ALSO_ON_HOST: &str = "openssl";

/// Arguments of `cargo xtask userland`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The suites; all if none is named
    suites: Vec<String>,
    /// The long form, for which no answers are recorded (hours on the interpreter): all of Python's tests, more of the others
    #[arg(long)]
    long: bool,
    /// Only these of the suite's jobs, separated by commas (the python suite: names of test modules)
    #[arg(long, value_name = "JOBS", default_value = "", hide_default_value = true)]
    only: String,
    /// The kernel, by the name `cargo xtask guests` prints
    #[arg(long, default_value = "6.1")]
    kernel: String,
    /// Do not run our machine: write QEMU's answers to guests/userland/expected
    #[arg(long, conflicts_with_all = ["only", "long"])]
    record: bool,
}

/// Runs the command.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let cache = Cache::open()?;
    let guest = guests::linux(&cache)?.into_iter().find(|guest| guest.name == options.kernel);
    let guest = guest.with_context(|| format!("there is no kernel {}", options.kernel))?;
    let image = guests::userland::build(&cache)?;
    let peer = Machine::Qemu(host_tools::require("qemu-system-aarch64", "qemu-system-arm")?);
    let ours = if options.record { None } else { Some(Machine::Vmapple(test::release_program()?)) };
    let suites: Vec<&str> =
        if options.suites.is_empty() { SUITES.to_vec() } else { options.suites.iter().map(String::as_str).collect() };
    let mut total = 0;
    for suite in suites {
        ensure!(SUITES.contains(&suite), "there is no suite {suite}: there are {}", SUITES.join(", "));
        let on = |machine: &Machine| userland::run(machine, &guest, &image, suite, options.long, &options.only);
        note(format!("{suite} on QEMU"));
        let theirs = on(&peer)?;
        let Some(ours) = &ours else {
            record(suite, &theirs)?;
            continue;
        };
        note(format!("{suite} on vmapple"));
        let differences = userland::differences(&theirs, &on(ours)?);
        println!("{suite}: {} lines, {} different", theirs.len(), differences.len());
        for line in &differences {
            println!("  {line}");
        }
        total += differences.len();
    }
    Ok(if total == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Keeps a suite's lines, after the host agreed where it can be asked.
fn record(suite: &str, lines: &[String]) -> Result<()> {
    if suite == ALSO_ON_HOST {
        if shell::find_program("openssl").is_none() {
            bail!("recording {suite} needs the host's openssl for comparison: install it");
        }
        let differences = userland::differences(&on_host(suite)?, lines);
        ensure!(differences.is_empty(), "{suite}: the host (-) disagrees with QEMU (+):\n{}", differences.join("\n"));
        note(format!("{suite}: the host agrees"));
    }
    let file = userland::record_file(suite);
    let mut text =
        format!("# What guests/userland/suites/{suite}.sh says; written by `cargo xtask userland --record`.\n");
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    note(format!("{}: {} lines", file.display(), lines.len()));
    Ok(())
}

/// Runs a suite's script on the host.
fn on_host(suite: &str) -> Result<Vec<String>> {
    let script = shell::root().join(format!("guests/userland/suites/{suite}.sh"));
    let mut command = Command::new("bash");
    command.arg(script).env("LONG", "").env("ONLY", "").env("LC_ALL", "C.UTF-8");
    let text = shell::capture(command.current_dir(Path::new("/tmp")))?;
    let mut lines: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("test: ")).map(str::to_owned).collect();
    lines.sort();
    Ok(lines)
}
