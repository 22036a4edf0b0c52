//! Pseudo-terminals: the tests drive the program as a person at a keyboard would.

use anyhow::{Context, Result, bail};
use rustix::termios::{OptionalActions, Termios, Winsize};
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;

/// Arguments of the hidden command that puts a program on a terminal.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// Starts a session with standard input as its controlling terminal and becomes the program.
///
/// A step between fork and exec would need `unsafe`; a short process in between does the same.
pub(crate) fn exec(options: &Options) -> Result<ExitCode> {
    let [program, arguments @ ..] = options.program.as_slice() else { bail!("no program given") };
    rustix::process::setsid().context("cannot start a session")?;
    rustix::process::ioctl_tiocsctty(std::io::stdin()).context("standard input is not a terminal")?;
    let error = std::os::unix::process::CommandExt::exec(std::process::Command::new(program).args(arguments));
    Err(error).with_context(|| format!("cannot start {}", program.to_string_lossy()))
}

/// Both ends of a pseudo-terminal.
pub(crate) struct Pair {
    /// The end where the person sits.
    pub(crate) person: OwnedFd,
    /// The end the program gets; kept open so that its settings can be read after the program has gone.
    pub(crate) program: OwnedFd,
}

/// Opens a pseudo-terminal of 80 by 24 characters with ordinary (cooked) settings.
pub(crate) fn open() -> Result<Pair> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).context("no pseudo-terminal")?;
    // Not every host can open it so: the programs under test must not inherit the person's end.
    rustix::io::fcntl_setfd(&person, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&person)?;
    unlockpt(&person)?;
    let name = ptsname(&person, Vec::new())?;
    let program = rustix::fs::open(
        &*name,
        rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )?;
    rustix::termios::tcsetwinsize(&program, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 })?;
    // Set once what the system chose, so that a program restoring "what was there" restores exactly this.
    let settings = rustix::termios::tcgetattr(&program)?;
    rustix::termios::tcsetattr(&program, OptionalActions::Now, &settings)?;
    Ok(Pair { person, program })
}

impl Pair {
    /// The terminal's settings in a form that can be compared and shown.
    pub(crate) fn settings(&self) -> Result<String> {
        let Termios { input_modes, output_modes, control_modes, local_modes, special_codes, .. } =
            rustix::termios::tcgetattr(self.program.as_fd())?;
        Ok(format!("{input_modes:?} {output_modes:?} {control_modes:?} {local_modes:?} {special_codes:?}"))
    }

    /// Another handle of the program's end, for one of its standard streams.
    pub(crate) fn program_stream(&self) -> Result<std::process::Stdio> {
        Ok(File::from(self.program.try_clone()?).into())
    }
}
