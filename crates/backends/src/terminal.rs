//! The user's terminal: raw while the guest's serial port owns it, as it was on every way out.
//!
//! Raw means that no key has a meaning of its own (Ctrl-C reaches the guest) and that output is passed through
//! unchanged. So a message of ours must bring its own carriage return; [`messages`] does that.

use rustix::termios::{self, OptionalActions, SpecialCodeIndex, Termios};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once};

struct Modes {
    before: Termios,
    raw: Termios,
}

/// The modes of standard input while it is raw. One static, because a process has one standard input and the panic
/// hook and the signal thread must reach it.
static MODES: Mutex<Option<Modes>> = Mutex::new(None);
/// The same fact for writers of messages, without the lock.
static RAW: AtomicBool = AtomicBool::new(false);

fn modes() -> MutexGuard<'static, Option<Modes>> {
    MODES.lock().unwrap_or_else(|e| e.into_inner())
}

/// Whether standard input is a terminal, so that raw mode and escape keys make sense.
pub fn input_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Holds the terminal in raw mode until dropped.
#[derive(Debug)]
pub struct RawTerminal(());

impl RawTerminal {
    /// Puts standard input, which must be a terminal, into raw mode.
    ///
    /// From here on a panic in any thread restores the terminal before its message is printed.
    ///
    /// # Errors
    /// The host's error when standard input is not a terminal or refuses the modes.
    pub fn enter() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                report(info);
            }));
        });
        let stdin = io::stdin();
        let before = termios::tcgetattr(&stdin)?;
        let mut raw = before.clone();
        raw.make_raw();
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        let mut modes = modes();
        termios::tcsetattr(&stdin, OptionalActions::Now, &raw)?;
        *modes = Some(Modes { before, raw });
        RAW.store(true, Ordering::Release);
        Ok(Self(()))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Whether this process may set the terminal's modes without being stopped for it: a background job may not, and the
/// shell has taken the terminal back by then.
fn in_foreground() -> bool {
    match termios::tcgetpgrp(io::stdin()) {
        Ok(group) => group == rustix::process::getpgrp(),
        // Not our controlling terminal: job control does not apply.
        Err(_) => true,
    }
}

/// Gives the terminal back as it was. Does nothing if it is not raw.
pub fn restore() {
    if let Some(m) = modes().take() {
        RAW.store(false, Ordering::Release);
        if in_foreground() {
            // The terminal may be gone (hang-up); then there is nothing to restore.
            let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &m.before);
        }
    }
}

/// Makes the terminal raw again after the process was stopped and continued: the shell sets its own modes in between.
pub fn resume() {
    if let Some(m) = &*modes()
        && in_foreground()
    {
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &m.raw);
    }
}

/// Standard error for the program's own messages, with carriage returns added while the terminal is raw.
pub fn messages() -> Messages {
    Messages(())
}

/// See [`messages`].
#[derive(Debug)]
pub struct Messages(());

impl Write for Messages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        if RAW.load(Ordering::Acquire) && stderr.is_terminal() {
            stderr.write_all(&with_carriage_returns(bytes))?;
        } else {
            stderr.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn with_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    let mut last = 0;
    for &b in bytes {
        if b == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(b);
        last = b;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_feed_gets_exactly_one_carriage_return() {
        assert_eq!(with_carriage_returns(b"a\nb\r\n\n"), b"a\r\nb\r\n\r\n");
    }

    #[test]
    fn restoring_what_was_never_raw_does_nothing() {
        restore();
        restore();
        resume();
    }
}
