//! How the program ends without having run a guest to its end, and the exit statuses.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use vmapple_machine::BuildError;

/// The VMM failed.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage or unusable input.
pub(crate) const USAGE: u8 = 2;
/// The guest reported a panic.
pub(crate) const GUEST_PANICKED: u8 = 3;
/// Stopped from outside.
pub(crate) const STOPPED: u8 = 4;

/// Why the program gives up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Wrong usage or unusable input: says what, and the way out.
    #[error("{0}")]
    Usage(String),
    /// Not the user's fault.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    pub(crate) fn usage(message: impl ToString) -> Self {
        Self::Usage(message.to_string())
    }

    pub(crate) fn failed(message: impl ToString) -> Self {
        Self::Failed(message.to_string())
    }

    pub(crate) fn status(&self) -> ExitCode {
        match self {
            Self::Usage(_) => USAGE.into(),
            Self::Failed(_) => FAILED.into(),
        }
    }
}

impl From<BuildError> for Failure {
    fn from(e: BuildError) -> Self {
        if e.is_input() { Self::usage(e) } else { Self::failed(e) }
    }
}

/// Writes what was asked for to standard output. A reader that has seen enough (`| head`) is no failure.
pub(crate) fn output(bytes: &[u8]) -> Result<ExitCode, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("standard output cannot be written: {e}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
