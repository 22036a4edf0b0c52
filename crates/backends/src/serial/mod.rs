//! Where a serial port's bytes go: the terminal, nothing, a file, or a Unix socket.
//!
//! Two threads per stream, one each way, so that a reader of the guest's output who stalls never stops input (nor the
//! keys that stop the VM). What is attached is opened first ([`open`]), before the machine runs, so that every mistake
//! in the option is found while it still costs nothing; then [`Opened::start`] sets the threads going.

mod escape;
mod input;
mod output;
mod unix;

pub use escape::{HELP, HostKey};

use crate::leave::SocketFile;
use crate::terminal::{self, RawTerminal};
use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use vmapple_bus::HostEnd;

/// Most bytes moved in one read.
const CHUNK: usize = 4096;

/// What `--serial` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// Standard input and output; raw if standard input is a terminal.
    Stdio,
    /// Output is dropped, there is no input.
    Null,
    /// Output goes to this file, which is created or emptied; there is no input.
    File(PathBuf),
    /// A listening Unix socket, one client at a time.
    Unix(PathBuf),
}

/// Why a `--serial` value was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSpec {
    /// It is none of the four.
    #[error("not a serial port target; use stdio, null, file=PATH or unix=PATH")]
    Target,
    /// It goes on after a comma.
    #[error("unknown key '{0}'; a serial port takes none (a comma in a path is written twice: file=a,,b)")]
    Key(String),
}

impl FromStr for Spec {
    type Err = UnknownSpec;

    /// Reads `TARGET[=PATH][,KEY=VALUE...]`, the form of every device option; no key is known yet. `,,` is a comma.
    fn from_str(s: &str) -> Result<Self, UnknownSpec> {
        // NUL cannot stand in an argument, so it can stand for the escaped comma meanwhile.
        let escaped = s.replace(",,", "\0");
        let (target, rest) = escaped.split_once(',').unwrap_or((&escaped, ""));
        if !rest.is_empty() {
            let key = rest.split(['=', ',']).next().unwrap_or(rest);
            return Err(UnknownSpec::Key(key.replace('\0', ",")));
        }
        let target = target.replace('\0', ",");
        match target.split_once('=') {
            None if target == "stdio" => Ok(Self::Stdio),
            None if target == "null" => Ok(Self::Null),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("unix", path)) if !path.is_empty() => Ok(Self::Unix(path.into())),
            _ => Err(UnknownSpec::Target),
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio => f.write_str("stdio"),
            Self::Null => f.write_str("null"),
            Self::File(p) => write!(f, "file={}", p.display()),
            Self::Unix(p) => write!(f, "unix={}", p.display()),
        }
    }
}

/// Why a serial port's target could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be created or written.
    #[error("--serial file={}: cannot be written ({}); name a file in a directory you can write to", path.display(), reason(why))]
    File {
        /// The file.
        path: PathBuf,
        /// The host's reason.
        why: io::Error,
    },
    /// The socket cannot be made.
    #[error("--serial unix={}: cannot listen there ({}); name a path in a directory you can write to", path.display(), reason(why))]
    Unix {
        /// The socket's path.
        path: PathBuf,
        /// The host's reason.
        why: io::Error,
    },
    /// Something is at the socket's path already.
    #[error("--serial unix={}: {what} is there already; remove it or choose another path", path.display())]
    Taken {
        /// The socket's path.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// The terminal refuses raw mode.
    #[error(
        "--serial stdio: the terminal cannot be made raw ({why}); use --serial unix=PATH or redirect standard input"
    )]
    Terminal {
        /// The host's reason.
        why: io::Error,
    },
}

/// The host's words without its number.
fn reason(e: &io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// What a stream tells the machine. Called on the stream's own threads, never with a lock held.
pub struct Hooks {
    /// There is input for the device: post it `Event::Input`.
    pub input: Box<dyn Fn() + Send>,
    /// There is room for output again: post the device `Event::Output`.
    pub room: Box<dyn Fn() + Send>,
    /// The user pressed a key meant for the VMM.
    pub key: Box<dyn Fn(HostKey) + Send>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}

/// A target that is open and not yet in use.
#[derive(Debug)]
pub struct Opened(Target);

#[derive(Debug)]
enum Target {
    Stdio,
    Null,
    File(File),
    Unix(unix::Listener, SocketFile),
}

/// Opens what the option names: creates or empties the file, makes the socket. The terminal is left alone until
/// [`Opened::start`].
///
/// # Errors
/// [`OpenError`], with nothing left behind.
pub fn open(spec: &Spec) -> Result<Opened, OpenError> {
    Ok(Opened(match spec {
        Spec::Stdio => Target::Stdio,
        Spec::Null => Target::Null,
        Spec::File(path) => {
            Target::File(File::create(path).map_err(|why| OpenError::File { path: path.clone(), why })?)
        }
        Spec::Unix(path) => {
            let (listener, file) = unix::listen(path)?;
            Target::Unix(listener, file)
        }
    }))
}

impl Opened {
    /// Connects the device's stream and starts moving bytes.
    ///
    /// # Errors
    /// [`OpenError::Terminal`] when raw mode is refused; the host's error when it has no more threads or descriptors.
    pub fn start(self, end: HostEnd, hooks: Hooks) -> Result<Running, StartError> {
        let Hooks { input, room, key } = hooks;
        let mut running = Running { output: None, input: None, wake: None, _terminal: None, _socket: None };
        let (woken, wake) = rustix::pipe::pipe().map_err(io::Error::from)?;
        rustix::io::fcntl_setfd(&wake, rustix::io::FdFlags::CLOEXEC).map_err(io::Error::from)?;
        rustix::io::fcntl_setfd(&woken, rustix::io::FdFlags::CLOEXEC).map_err(io::Error::from)?;
        running.wake = Some(wake);
        match self.0 {
            Target::Null => end.abandon(),
            Target::File(file) => {
                running.output = Some(Worker::start("serial-out", move || output::run(&end, file, &*room))?);
            }
            Target::Stdio => {
                let raw = terminal::input_is_terminal();
                if raw {
                    running._terminal = Some(RawTerminal::enter().map_err(|why| OpenError::Terminal { why })?);
                }
                let given = end.clone();
                running.output = Some(Worker::start("serial-out", move || output::run(&end, output::Stdout, &*room))?);
                running.input = Some(Worker::start("serial-in", move || {
                    if raw {
                        input::terminal(&woken, &given, &*input, &*key);
                    } else {
                        input::plain(&woken, &given, &*input);
                    }
                })?);
            }
            Target::Unix(listener, file) => {
                running._socket = Some(file);
                let (peer, given) = (listener.peer(), end.clone());
                running.output = Some(Worker::start("serial-out", move || output::run(&end, peer, &*room))?);
                running.input = Some(Worker::start("serial-in", move || listener.serve(&woken, &given, &*input))?);
            }
        }
        Ok(running)
    }
}

/// Why a stream could not be set going.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The target refuses.
    #[error(transparent)]
    Target(#[from] OpenError),
    /// The host is out of threads or descriptors.
    #[error("the host has no resources left for the serial port: {0}")]
    Host(#[from] io::Error),
}

/// A thread that can be waited for with patience, not for ever.
#[derive(Debug)]
struct Worker {
    /// Disconnects when the thread ends, also by panic.
    done: Receiver<()>,
}

impl Worker {
    fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (alive, done) = channel::<()>();
        std::thread::Builder::new().name(name.into()).spawn(move || {
            let _alive = alive;
            work();
        })?;
        Ok(Self { done })
    }

    /// Whether the thread has ended by `deadline`.
    fn ends_by(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        matches!(self.done.recv_timeout(left), Err(RecvTimeoutError::Disconnected))
    }
}

/// A stream in use. Dropping it restores the terminal and removes the socket, without waiting for output.
#[derive(Debug)]
pub struct Running {
    output: Option<Worker>,
    input: Option<Worker>,
    /// Closing it wakes the input thread for good.
    wake: Option<OwnedFd>,
    _terminal: Option<RawTerminal>,
    _socket: Option<SocketFile>,
}

impl Running {
    /// Ends the stream after the machine has closed its end: writes out what the guest printed, waiting at most
    /// `patience` for a reader that has stalled, then restores the terminal and removes the socket.
    ///
    /// Returns whether everything was written.
    pub fn finish(mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let flushed = self.output.take().is_none_or(|w| w.ends_by(deadline));
        drop(self.wake.take());
        if let Some(w) = self.input.take() {
            // It only waits for the wake pipe or for a stream that is closed, so it ends; and if it does not, the
            // process goes without it.
            w.ends_by(Instant::now() + Duration::from_millis(200));
        }
        flushed
    }
}

#[cfg(test)]
mod tests;
