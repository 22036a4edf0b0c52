//! How the machine under test is started, and what it does where the stand-in differs.

use crate::coverage;
use std::ffi::OsString;
use std::path::PathBuf;

/// The machine under test.
pub(crate) enum Machine {
    /// Our program.
    Vmapple(PathBuf),
    /// QEMU's "virt" machine: checks the tests themselves, and is the peer in benchmarks.
    Qemu(PathBuf),
}

/// What to boot and on how much of a machine.
#[derive(Clone)]
pub(crate) struct Boot {
    pub(crate) kernel: PathBuf,
    pub(crate) initrd: PathBuf,
    /// Added to `console=ttyAMA0`.
    pub(crate) command_line: String,
    pub(crate) cpus: u32,
    /// Our machine's `--cpu`.
    pub(crate) model: &'static str,
    /// As on the command line: `512M`, `2G`.
    pub(crate) memory: String,
}

/// QEMU's nearest to our CPU: pointer authentication with the cheap hash, without the extensions that an M1 lacks. An older
/// core would flatter it in a comparison, since guests then leave pointer authentication out.
pub(crate) const QEMU_CPU: &str = "max,sve=off,sme=off,pauth-impdef=on";

impl Machine {
    /// The program.
    pub(crate) fn program(&self) -> &PathBuf {
        match self {
            Self::Vmapple(program) | Self::Qemu(program) => program,
        }
    }

    /// Whether this is the stand-in, which has no pvpanic of the kind we test and other exit codes.
    pub(crate) fn is_stand_in(&self) -> bool {
        matches!(self, Self::Qemu(_))
    }

    /// The program's arguments for a boot with the serial port on standard input and output.
    pub(crate) fn arguments(&self, boot: &Boot) -> Vec<OsString> {
        let command_line = format!("console=ttyAMA0 {}", boot.command_line);
        let (cpus, memory) = (boot.cpus.to_string(), boot.memory.as_str());
        let text: Vec<&str> = match self {
            Self::Vmapple(_) => {
                let first = ["run", "--serial", "stdio", "--display", "none", "--cpus", &cpus, "--cpu", boot.model];
                // The recompiler decodes ahead of what is executed.
                let covered = std::env::var_os(coverage::VARIABLE).is_some();
                let engine: &[&str] = if covered { &["--engine", "interp"] } else { &[] };
                [&first[..], engine, &["--memory", memory, "--cmdline"]].concat()
            }
            // Without a network card no option ROM is looked for.
            Self::Qemu(_) => [
                &["-M", "virt,gic-version=3", "-cpu", QEMU_CPU, "-nic", "none"][..],
                &["-nographic", "-smp", &cpus, "-m", memory, "-append"],
            ]
            .concat(),
        };
        let option = |name: &str| match self {
            Self::Vmapple(_) => format!("--{name}"),
            Self::Qemu(_) => format!("-{name}"),
        };
        let mut arguments: Vec<OsString> = text.into_iter().map(OsString::from).collect();
        arguments.push(command_line.trim_end().into());
        arguments.extend([option("kernel").into(), boot.kernel.clone().into()]);
        arguments.extend([option("initrd").into(), boot.initrd.clone().into()]);
        arguments
    }

    /// Keys that press the machine's power button.
    pub(crate) fn power_button_keys(&self) -> &'static str {
        match self {
            Self::Vmapple(_) => "\x01p",
            Self::Qemu(_) => "\x01csystem_powerdown\n\x01c",
        }
    }

    /// Exit status after Ctrl-A x.
    pub(crate) fn stopped_status(&self) -> i32 {
        if self.is_stand_in() { 0 } else { 4 }
    }
}
