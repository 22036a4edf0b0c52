//! A running machine as its user sees it: keys in, text out, an exit status at the end.

use crate::terminal::{self, Pair};
use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, poll};
use std::ffi::OsString;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A wait this long means that the machine hangs; no test's verdict depends on the number.
pub(crate) const HANG: Duration = Duration::from_secs(240);

/// A running machine. Dropping it kills the process.
pub(crate) struct Console {
    child: Child,
    input: OwnedFd,
    terminal: Option<Pair>,
    settings_before: String,
    output: Arc<Output>,
    readers: Vec<JoinHandle<()>>,
    cursor: usize,
    /// Waiting for text fails at once when this appears instead.
    fatal: Option<&'static str>,
}

#[derive(Default)]
struct Output {
    stopping: AtomicBool,
    text: Mutex<Received>,
    arrived: Condvar,
}

#[derive(Default)]
struct Received {
    /// Everything from standard output, without carriage returns.
    console: String,
    /// Offset in `console` and time of each piece.
    arrivals: Vec<(usize, Instant)>,
    /// Everything from standard error.
    messages: String,
}

/// How a machine ended.
pub(crate) struct Ended {
    /// Exit status, or `None` if a signal ended it.
    pub(crate) status: Option<i32>,
    /// What it said on standard error.
    pub(crate) messages: String,
    /// Everything on the console.
    pub(crate) console: String,
    /// The terminal's settings before and after, if there was a terminal.
    pub(crate) settings: Option<(String, String)>,
}

impl Console {
    /// Starts a program at a terminal of its own.
    pub(crate) fn at_terminal(program: &Path, arguments: &[OsString]) -> Result<Self> {
        let pair = terminal::open()?;
        let mut command = Command::new(this_program()?);
        command.arg("on-terminal").arg("--").arg(program).args(arguments);
        command.stdin(pair.program_stream()?).stdout(pair.program_stream()?).stderr(Stdio::piped());
        let settings_before = pair.settings()?;
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let (input, source) = (pair.person.try_clone()?, pair.person.try_clone()?);
        Self::attach(child, input, source, Some(pair), settings_before)
    }

    /// Starts a program with pipes, as a script would.
    pub(crate) fn with_pipes(program: &Path, arguments: &[OsString]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let input = child.stdin.take().context("no standard input")?.into();
        let source = child.stdout.take().context("no standard output")?.into();
        Self::attach(child, input, source, None, String::new())
    }

    fn attach(
        mut child: Child,
        input: OwnedFd,
        source: OwnedFd,
        terminal: Option<Pair>,
        settings_before: String,
    ) -> Result<Self> {
        let output = Arc::new(Output::default());
        let messages: OwnedFd = child.stderr.take().context("no standard error")?.into();
        let read = |source: OwnedFd, take: fn(&mut Received, &str)| {
            let output = Arc::clone(&output);
            std::thread::spawn(move || output.read(source, take))
        };
        let readers = vec![
            read(source, |received, text| {
                received.arrivals.push((received.console.len(), Instant::now()));
                received.console.extend(text.chars().filter(|&letter| letter != '\r'));
            }),
            read(messages, |received, text| received.messages.push_str(text)),
        ];
        let fatal = Some("Kernel panic - not syncing");
        Ok(Self { child, input, terminal, settings_before, output, readers, cursor: 0, fatal })
    }

    /// A kernel panic is what this test is about.
    pub(crate) fn expect_panic(&mut self) {
        self.fatal = None;
    }

    /// Waits until `text` appears after what was found before; returns everything up to and with it.
    pub(crate) fn expect(&mut self, text: &str) -> Result<String> {
        self.expect_within(text, HANG)
    }

    /// The same for work that takes longer: `hang` is how long means that the machine hangs.
    pub(crate) fn expect_within(&mut self, text: &str, hang: Duration) -> Result<String> {
        let deadline = Instant::now() + hang;
        loop {
            let output = Arc::clone(&self.output);
            let received = output.lock();
            let fresh = &received.console[self.cursor..];
            if let Some(at) = fresh.find(text) {
                let found = fresh[..at + text.len()].to_owned();
                self.cursor += found.len();
                return Ok(found);
            }
            if let Some(fatal) = self.fatal.filter(|fatal| fresh.contains(fatal)) {
                bail!("`{fatal}` while waiting for {text:?}{}", tail(&received));
            }
            let finished = self.readers.iter().all(JoinHandle::is_finished);
            if finished || Instant::now() > deadline {
                let why = if finished { "the machine ended" } else { "the machine hangs" };
                bail!("{why}: waiting for {text:?}{}", tail(&received));
            }
            drop(received);
            if self.child.try_wait()?.is_some() {
                // The readers finish once they have taken what is left.
                self.output.stopping.store(true, Ordering::Release);
            }
            self.output.wait();
        }
    }

    /// Waits for `text` and returns the rest of its line, and when that arrived.
    pub(crate) fn expect_line(&mut self, text: &str) -> Result<(String, Instant)> {
        self.expect(text)?;
        let begin = self.cursor;
        let mut line = self.expect("\n")?;
        line.pop();
        let received = self.output.lock();
        let piece = received.arrivals.partition_point(|&(offset, _)| offset <= begin);
        let (_, when) = received.arrivals[piece.saturating_sub(1)];
        Ok((line, when))
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) -> Result<()> {
        let mut keys = keys.as_bytes();
        while !keys.is_empty() {
            let written = rustix::io::write(&self.input, keys).context("cannot type")?;
            keys = &keys[written..];
        }
        Ok(())
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) -> Result<()> {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)?;
        Ok(())
    }

    /// The program's process number.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Processor time the program has used so far, all threads, user and system (Linux hosts only).
    pub(crate) fn cpu_time(&self) -> Option<Duration> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // Fields 14 and 15, in clock ticks; the second field may hold blanks but ends with the last parenthesis.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        let per_second = rustix::param::clock_ticks_per_second();
        Some(Duration::from_millis(ticks * 1000 / per_second.max(1)))
    }

    /// Host memory in use, in MiB (Linux hosts only).
    pub(crate) fn resident_mib(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
    }

    /// Waits until the program has ended.
    pub(crate) fn wait(mut self) -> Result<Ended> {
        let deadline = Instant::now() + HANG;
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if Instant::now() > deadline {
                bail!("the machine hangs: it should have ended{}", tail(&self.output.lock()));
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        self.finish(status)
    }

    fn finish(mut self, status: ExitStatus) -> Result<Ended> {
        self.output.stopping.store(true, Ordering::Release);
        for reader in self.readers.drain(..) {
            // A reader has no way to panic; if one did, its text is missing and the test says what it missed.
            let _ = reader.join();
        }
        let settings = match &self.terminal {
            Some(pair) => Some((self.settings_before.clone(), pair.settings()?)),
            None => None,
        };
        let received = self.output.lock();
        Ok(Ended {
            status: status.code(),
            messages: received.messages.clone(),
            console: received.console.clone(),
            settings,
        })
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // Both can only fail if it has just ended by itself.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        self.output.stopping.store(true, Ordering::Release);
    }
}

impl Ended {
    /// Fails unless the program ended with this status.
    pub(crate) fn require_status(self, status: i32) -> Result<Self> {
        if self.status == Some(status) {
            return Ok(self);
        }
        let how = self.status.map_or_else(|| "by a signal".to_owned(), |status| format!("with status {status}"));
        let messages = self.messages.trim();
        bail!("ended {how} instead of {status}; messages: {messages:?}{}", last_lines(&self.console))
    }
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Received> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) {
        // A missed wakeup costs one period.
        let waited = self.arrived.wait_timeout(self.lock(), Duration::from_millis(20));
        drop(waited);
    }

    fn read(&self, source: OwnedFd, take: fn(&mut Received, &str)) {
        let mut file = std::fs::File::from(source);
        let mut buffer = [0; 16384];
        let mut partial = Vec::new();
        loop {
            // Once the program has ended, what is left is there already: an empty pipe is the end.
            let last = self.stopping.load(Ordering::Acquire);
            let timeout = Duration::from_millis(if last { 0 } else { 50 });
            let timeout = rustix::event::Timespec { tv_sec: 0, tv_nsec: timeout.as_nanos() as i64 };
            let ready = poll(&mut [PollFd::new(&file.as_fd(), PollFlags::IN)], Some(&timeout));
            match ready {
                Ok(0) if last => return,
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(_) => return,
            }
            match file.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => partial.extend_from_slice(&buffer[..count]),
            }
            // A letter may be split between two reads.
            let whole = match std::str::from_utf8(&partial) {
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                _ => partial.len(),
            };
            let rest = partial.split_off(whole);
            take(&mut self.lock(), &String::from_utf8_lossy(&partial));
            partial = rest;
            self.arrived.notify_all();
        }
    }
}

/// This program, also when a build has replaced its file meanwhile.
fn this_program() -> Result<std::path::PathBuf> {
    let link = Path::new("/proc/self/exe");
    if link.exists() { Ok(link.to_owned()) } else { Ok(std::env::current_exe()?) }
}

fn tail(received: &Received) -> String {
    let messages = received.messages.trim();
    let messages = if messages.is_empty() { String::new() } else { format!("\nmessages: {messages}") };
    format!("{messages}{}", last_lines(&received.console))
}

fn last_lines(console: &str) -> String {
    let lines: Vec<&str> = console.lines().collect();
    let last = lines[lines.len().saturating_sub(20)..].iter().map(|line| format!("\n    | {line}")).collect::<String>();
    if last.is_empty() { "; the console is empty".to_owned() } else { format!("; the console ends with:{last}") }
}
