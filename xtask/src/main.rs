//! The project's own commands. `cargo xtask help` lists them.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a command line program: results go to standard output")]

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod apt;
mod bench;
mod cache;
mod check;
mod coverage;
mod guests;
mod host_tools;
mod oracle;
mod payloads;
mod qemu;
mod realguest;
mod shell;
mod terminal;
mod test;
mod userland;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every test: unit tests of the workspace, then real guests on the release program
    Test(test::Options),
    /// Format, lints, documentation, dependency direction, unsafe code, file sizes, licences
    Check(check::Options),
    /// Fetch Debian's kernels and make the guests the tests boot; with --bare, rebuild the bare-metal guests
    Guests(guests::Options),
    /// Run the bare-metal payloads that know QEMU's board there, to check the payloads themselves
    Payloads(payloads::Options),
    /// Measure instruction rate and boot time, the latter beside QEMU
    Bench(bench::Options),
    /// Run the userland's suites here and on QEMU and compare every line; with --record, write down what QEMU says
    Userland(userland::Options),
    /// Compare the instruction interpreter with QEMU's user mode, live; or the decoder with binutils
    Oracle(oracle::Options),
    /// Which CPU encodings have oracle vectors, and which the real guests execute
    CpuCoverage(coverage::Options),
    /// Run a program with standard input as its controlling terminal (the tests use this)
    #[command(hide = true)]
    OnTerminal(terminal::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Test(options) => test::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Guests(options) => guests::run(&options),
        Command::Payloads(options) => payloads::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Userland(options) => userland::run(&options),
        Command::Oracle(options) => oracle::run(&options),
        Command::CpuCoverage(options) => coverage::run(&options),
        Command::OnTerminal(options) => terminal::exec(&options),
    }
}
