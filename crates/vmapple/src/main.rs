//! Apple's virtual Mac, the VMApple arm64 machine, as one program: the command line.
//!
//! Nothing but the guest's serial output and the data a subcommand was asked for goes to standard output. The program's
//! own messages go to standard error, one line each.

#![forbid(unsafe_code)]

mod board;
mod cli;
mod coverage;
mod dtb;
mod failure;
mod log;
mod run;
mod usage;
mod version;

use clap::Parser;
use cli::{Cli, Command};
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;
use vmapple_backends::terminal;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => return usage::report(&e),
    };
    match dispatch(cli) {
        Ok(status) => status,
        Err(failure) => {
            say(&failure.to_string());
            failure.status()
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    log::start(cli.log.as_deref())?;
    match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Board(args) => board::print(&args),
        Command::Dtb(args) => dtb::print(&args),
        Command::Version(args) => version::print(&args),
    }
}

/// Tells the user something, on one line of standard error.
fn say(message: &str) {
    // A closed standard error leaves no one to tell.
    let _ = terminal::messages().write_all(format!("vmapple: {message}\n").as_bytes());
}
