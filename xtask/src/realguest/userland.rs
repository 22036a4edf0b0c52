//! Running a suite of the userland guest and comparing what it says.
//!
//! A suite runs its jobs at once on several CPUs, so the order of its lines means nothing: they are compared sorted.

use super::console::Console;
use super::lines_for_host;
use super::machine::{Boot, Machine};
use crate::guests::LinuxGuest;
use crate::shell;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The suites under `guests/userland/suites`.
pub(crate) const SUITES: [&str; 6] = ["scripts", "packers", "openssl", "compiler", "python", "stress"];

/// Those whose lines are recorded, and which `cargo xtask test` therefore runs; the others run beside QEMU only.
pub(crate) const RECORDED: [&str; 6] = ["scripts", "packers", "openssl", "compiler", "python", "stress"];

/// No suite takes this long, however busy the host; no verdict depends on the number.
const HANG: Duration = Duration::from_secs(2 * 3600);
const HANG_LONG: Duration = Duration::from_secs(12 * 3600);

/// Boots the userland, lets a suite run to its end and returns its lines, sorted. `only` restricts the suite to some jobs
/// (those suites that can be).
pub(crate) fn run(
    machine: &Machine,
    guest: &LinuxGuest,
    userland: &Path,
    suite: &str,
    long: bool,
    only: &str,
) -> Result<Vec<String>> {
    let mut command_line = format!("vmapple.test={suite}");
    if long {
        command_line.push_str(" vmapple.long");
    }
    if !only.is_empty() {
        command_line.push_str(&format!(" vmapple.only={only}"));
    }
    let boot = Boot {
        kernel: guest.kernel.clone(),
        initrd: userland.to_owned(),
        command_line,
        cpus: 2,
        model: "m1",
        memory: "2G".to_owned(),
    };
    let mut console = Console::with_pipes(machine.program(), &machine.arguments(&boot))?;
    console.expect("vmapple-guest: ready")?;
    let text =
        console.expect_within(&format!("vmapple-guest: test {suite} exit="), if long { HANG_LONG } else { HANG })?;
    let status = console.expect("\n")?;
    let mut lines = lines_for_host(&text);
    lines.sort();
    if status.trim() != "0" {
        bail!("the suite ended with status {}; it said: {}", status.trim(), lines.join("; "));
    }
    console.wait()?.require_status(0)?;
    Ok(lines)
}

/// Where the recorded lines of a suite are.
pub(crate) fn record_file(suite: &str) -> PathBuf {
    shell::root().join(format!("guests/userland/expected/{suite}.txt"))
}

/// The recorded lines of a suite, sorted.
pub(crate) fn recorded(suite: &str) -> Result<Vec<String>> {
    let file = record_file(suite);
    let text = fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}: write it with `cargo xtask userland --record`", file.display()))?;
    let mut lines: Vec<String> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    lines.sort();
    Ok(lines)
}

/// Lines of one list that the other does not have, `-` before the expected and `+` before the other; both are sorted.
pub(crate) fn differences(expected: &[String], got: &[String]) -> Vec<String> {
    let (mut left, mut right) = (expected.iter().peekable(), got.iter().peekable());
    let mut differences = Vec::new();
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => return differences,
            (Some(one), Some(other)) if one == other => {
                left.next();
                right.next();
            }
            (Some(one), other) if other.is_none_or(|other| one < other) => {
                differences.push(format!("- {one}"));
                left.next();
            }
            (_, Some(other)) => {
                differences.push(format!("+ {other}"));
                right.next();
            }
            // The arm before takes it: there is nothing on the right.
            (Some(_), None) => return differences,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn missing_added_and_repeated_lines_are_told() {
        assert!(differences(&lines(&["a", "b"]), &lines(&["a", "b"])).is_empty());
        assert_eq!(differences(&lines(&["a", "b", "d"]), &lines(&["a", "c"])), lines(&["- b", "+ c", "- d"]));
        assert_eq!(differences(&lines(&["a"]), &lines(&["a", "a"])), lines(&["+ a"]));
        assert_eq!(differences(&lines(&["a", "b"]), &[]), lines(&["- a", "- b"]));
    }

    #[test]
    fn every_suite_has_a_script_and_a_script_its_suite() {
        let mut scripts: Vec<String> = fs::read_dir(shell::root().join("guests/userland/suites"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".sh").to_owned())
            .collect();
        scripts.sort();
        let mut suites = lines(&SUITES);
        suites.sort();
        assert_eq!(scripts, suites);
    }

    #[test]
    fn what_is_recorded_is_tested() {
        for suite in SUITES {
            assert_eq!(record_file(suite).exists(), RECORDED.contains(&suite), "{suite}");
        }
    }
}
