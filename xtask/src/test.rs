//! `cargo xtask test`: every test there is, and one line at the end that counts them.

use crate::cache::Cache;
use crate::realguest::machine::Machine;
use crate::realguest::{self, Bench};
use crate::shell::{self, note};
use crate::{guests, qemu};
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

/// Arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the real guests, not the workspace's unit tests
    #[arg(long, conflicts_with = "units")]
    guests: bool,
    /// Only the workspace's unit tests, not the real guests
    #[arg(long)]
    units: bool,
    /// Only the real-guest cases whose names contain this
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,
    /// Run the real guests on QEMU's "virt" machine instead, to check the tests themselves
    #[arg(long)]
    stand_in: bool,
}

#[derive(Default)]
struct Total {
    passed: u32,
    failed: u32,
    ignored: u32,
}

/// Runs the command.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut total = Total::default();
    if !options.guests {
        unit_tests(&mut total)?;
    }
    if !options.units {
        match real_guests(options) {
            Ok(tally) => {
                total.passed += tally.passed;
                total.failed += tally.failed;
            }
            Err(error) => {
                println!("guest tests could not start ... FAILED\n\n{error:#}");
                total.failed += 1;
            }
        }
    }
    if total.ignored > 0 {
        println!("{} ignored", total.ignored);
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `cargo test` on the whole workspace, its output shown and its results added up.
fn unit_tests(total: &mut Total) -> Result<()> {
    note("cargo test --workspace");
    let mut command = shell::cargo();
    command.args(["test", "--workspace", "--no-fail-fast", "--color", "never"]).stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let failed_before = total.failed;
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        count(&line, total);
    }
    let status = child.wait()?;
    if !status.success() && total.failed == failed_before {
        println!("cargo test ... FAILED ({status}): the tests do not build, or one took the whole program down");
        total.failed += 1;
    }
    Ok(())
}

/// Adds up lines like `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
fn count(line: &str, total: &mut Total) {
    let Some(result) = line.strip_prefix("test result: ") else { return };
    let numbers = result.split_once(". ").map_or("", |(_, numbers)| numbers);
    for part in numbers.split("; ") {
        let Some((number, what)) = part.split_once(' ') else { continue };
        let Ok(number) = number.parse::<u32>() else { continue };
        match what {
            "passed" => total.passed += number,
            "failed" => total.failed += number,
            "ignored" => total.ignored += number,
            _ => {}
        }
    }
}

fn real_guests(options: &Options) -> Result<realguest::Tally> {
    let machine =
        if options.stand_in { Machine::Qemu(qemu::system()?.program) } else { Machine::Vmapple(release_program()?) };
    let cache = Cache::open()?;
    let guests = guests::linux(&cache)?;
    let userland = guests::userland::build(&cache)?;
    Ok(realguest::run(&Bench { machine, guests, userland }, &options.filter))
}

/// Builds the program as it is shipped.
pub(crate) fn release_program() -> Result<PathBuf> {
    note("building the release program");
    shell::run(shell::cargo().args(["build", "--release", "--quiet", "--package", "vmapple"]))?;
    Ok(shell::target().join("release").join("vmapple"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_test_programs_add_up() {
        let mut total = Total::default();
        for line in [
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test a ... ok",
            "test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        ] {
            count(line, &mut total);
        }
        assert_eq!((total.passed, total.failed, total.ignored), (5, 4, 1));
    }
}
