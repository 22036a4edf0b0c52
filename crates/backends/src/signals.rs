//! Being asked to stop from outside: SIGTERM, SIGINT, SIGHUP, SIGQUIT.

use crate::{leave, terminal};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::thread::JoinHandle;

/// How urgently the process is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// First request: stop the VM, flush what it printed, leave.
    Orderly,
    /// Asked again: leave at once. The terminal has been restored and socket files removed already.
    Now,
}

/// Watches for signals until dropped.
#[derive(Debug)]
pub struct Watch {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts watching; `stop` is called on a thread of its own, once per signal.
    ///
    /// A signal that whoever started us chose to ignore stays ignored (`nohup`, background jobs of a script).
    ///
    /// # Errors
    /// The host's error when handlers or the thread cannot be set up.
    pub fn start(stop: impl Fn(Urgency) + Send + 'static) -> io::Result<Self> {
        let ignored = ignored();
        let wanted = [SIGTERM, SIGINT, SIGHUP, SIGQUIT].into_iter().filter(|s| ignored >> (s - 1) & 1 == 0);
        let mut signals = Signals::new(wanted.chain([SIGCONT]))?;
        let handle = signals.handle();
        let thread = std::thread::Builder::new().name("signals".into()).spawn(move || {
            let mut urgency = Urgency::Orderly;
            for signal in signals.forever() {
                if signal == SIGCONT {
                    terminal::resume();
                    continue;
                }
                if urgency == Urgency::Now {
                    leave::leave_nothing_behind();
                }
                stop(urgency);
                urgency = Urgency::Now;
            }
        })?;
        Ok(Self { handle, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(t) = self.thread.take() {
            // A panic there was reported by the panic hook.
            let _ = t.join();
        }
    }
}

/// Signals ignored since before this program started, bit n-1 for signal n. Linux tells; elsewhere none is assumed.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    mask.and_then(|m| u64::from_str_radix(m.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn the_first_signal_asks_and_the_second_insists() {
        let (tx, rx) = channel();
        let watch = Watch::start(move |u| tx.send(u).unwrap()).unwrap();
        let me = rustix::process::getpid();
        for expected in [Urgency::Orderly, Urgency::Now] {
            rustix::process::kill_process(me, rustix::process::Signal::TERM).unwrap();
            assert_eq!(rx.recv_timeout(Duration::from_secs(10)).unwrap(), expected);
        }
        drop(watch);
    }
}
