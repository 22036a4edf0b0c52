//! `cargo xtask payloads`: the bare-metal payloads on QEMU's "virt" board, which checks the payloads themselves.
//!
//! A payload that can run there says so by a file `qemu` in its folder, with further arguments for QEMU, one or more a line.
//! What it prints is the payload's business (`guests/kit/cases.h`): the number of cases, and each known deviation of QEMU
//! with the manual's rule.

use crate::cache::Cache;
use crate::guests::bare::{self, Variant};
use crate::host_tools;
use crate::realguest::console::{Console, Ended};
use crate::realguest::machine::QEMU_CPU;
use crate::shell;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `cargo xtask payloads`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the payloads whose names contain this
    #[arg(default_value = "", hide_default_value = true)]
    filter: String,
    /// QEMU to use instead of the installed one
    #[arg(long, value_name = "PROGRAM")]
    qemu: Option<PathBuf>,
    /// Show everything the payloads print
    #[arg(long)]
    verbose: bool,
}

/// QEMU's board as the kit needs it: its serial port, interrupt controller and memory.
const VIRT: Variant<'_> = Variant {
    base: "0x40200000",
    definitions: &["STAND_IN", "UART=0x09000000ul", "GICD=0x08000000ul", "GICR=0x080a0000ul", "RAM=0x40000000ul"],
};

/// Runs the command.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let cache = Cache::open()?;
    let qemu = match &options.qemu {
        Some(program) => program.clone(),
        None => host_tools::require("qemu-system-aarch64", "qemu-system-arm")?,
    };
    let mut version = std::process::Command::new(&qemu);
    println!("{}", shell::capture(version.arg("--version"))?.lines().next().unwrap_or_default());
    println!("{:<14} {:>9} {:>10} {:>7}  verdict", "payload", "cases", "deviations", "seconds");
    let mut failed = false;
    let mut notes = Vec::new();
    for (name, arguments) in portable()?.into_iter().filter(|(name, _)| name.contains(&options.filter)) {
        let elf = bare::build_variant(&cache, &format!("payloads/{name}"), "qemu-virt", &VIRT)?;
        let begin = Instant::now();
        let ended = Console::with_pipes(&qemu, &command_line(&elf, &arguments))?.wait()?;
        let report = Report::read(&name, &ended);
        let verdict = if report.passed { "ok" } else { "FAILED" };
        let seconds = begin.elapsed().as_secs_f32();
        println!("{name:<14} {:>9} {:>10} {seconds:>7.1}  {verdict}", report.cases, report.deviations);
        if options.verbose || !report.passed {
            println!("{}\n{}", ended.console.trim_end(), ended.messages.trim_end());
        }
        failed |= !report.passed;
        notes.extend(report.notes);
    }
    notes.dedup();
    for note in notes {
        println!("{note}");
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Names and QEMU arguments of the payloads that have a file `qemu`.
fn portable() -> Result<Vec<(String, Vec<OsString>)>> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(shell::root().join("guests/payloads"))? {
        let folder = folder?.path();
        let Ok(arguments) = std::fs::read_to_string(folder.join("qemu")) else { continue };
        let name = folder.file_name().context("a folder has a name")?.to_string_lossy().into_owned();
        found.push((name, arguments.split_whitespace().map(OsString::from).collect()));
    }
    found.sort();
    Ok(found)
}

fn command_line(elf: &Path, more: &[OsString]) -> Vec<OsString> {
    let words = ["-M", "virt,gic-version=3", "-cpu", QEMU_CPU, "-m", "512M", "-nic", "none", "-nographic", "-kernel"];
    let mut arguments: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    arguments.push(elf.into());
    arguments.extend(more.iter().cloned());
    arguments
}

/// What a payload said.
#[derive(Debug, Default, PartialEq)]
struct Report {
    cases: u64,
    deviations: u64,
    /// `NAME: RULE` of each deviation.
    notes: Vec<String>,
    passed: bool,
}

impl Report {
    fn read(name: &str, ended: &Ended) -> Self {
        Self::parse(name, &ended.console)
    }

    /// Reads `NAME: SUBJECT: N cases`, `NAME: deviation, N times: RULE` and the last line, `NAME: ok`.
    fn parse(name: &str, console: &str) -> Self {
        let mut report = Self::default();
        for line in console.lines().filter_map(|line| line.strip_prefix(&format!("{name}: "))) {
            if let Some((times, rule)) = line.strip_prefix("deviation, ").and_then(|rest| rest.split_once(" times: ")) {
                report.deviations += times.parse::<u64>().unwrap_or(0);
                report.notes.push(format!("{name}: {rule}"));
            } else if let Some(cases) = line.strip_suffix(" cases").and_then(|rest| rest.rsplit(' ').next()) {
                report.cases += cases.parse::<u64>().unwrap_or(0);
            }
        }
        report.notes.sort();
        report.notes.dedup();
        report.passed = console.lines().last() == Some(&format!("{name}: ok"));
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payloads_report_adds_up() {
        let text = "x: upper half: 20 cases\nx: deviation, 3 times: a rule\nx: lower half: 22 cases\n\
                    x: deviation, 3 times: a rule\nx: ok\n";
        let report = Report::parse("x", text);
        let notes = vec!["x: a rule".to_owned()];
        assert_eq!(report, Report { cases: 42, deviations: 6, notes, passed: true });
        assert!(!Report::parse("x", "x: 2 cases\nFAILED: x:0: disagreements (0x1)\n").passed);
    }
}
