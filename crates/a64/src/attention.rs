//! The one word through which the rest of the machine asks for a core's attention.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// The IRQ line is asserted.
pub const IRQ: u32 = 1 << 0;
/// The FIQ line is asserted.
pub const FIQ: u32 = 1 << 1;
/// Leave guest code: power state, pause or stop changed.
pub const KICK: u32 = 1 << 2;
/// Maintenance from another core waits in the [`crate::Coherence`] mailbox.
pub const MAINTENANCE: u32 = 1 << 3;
/// The event register (`SEV`, event stream): ends a `WFE`, never interrupts running code.
pub const EVENT: u32 = 1 << 4;

/// A core's attention word, and the bed its thread sleeps in while there is none.
#[derive(Debug, Default)]
pub struct Attention {
    bits: AtomicU32,
    sleepers: Mutex<u32>,
    wake: Condvar,
}

impl Attention {
    /// A core nobody wants.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bits now.
    #[inline(always)]
    pub fn bits(&self) -> u32 {
        self.bits.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Where the bits lie: for code that tests them without calling.
    pub fn address(&self) -> *const u32 {
        self.bits.as_ptr().cast_const()
    }

    /// Sets bits and wakes the core's thread if it sleeps.
    pub fn raise(&self, bits: u32) {
        if self.bits.fetch_or(bits, SeqCst) & bits != bits {
            // Taking the lock orders this against a sleeper that has looked at the bits and not yet slept.
            let sleepers = *self.sleepers.lock().unwrap_or_else(|e| e.into_inner());
            if sleepers != 0 {
                self.wake.notify_all();
            }
        }
    }

    /// Clears bits; returns those that were set.
    pub fn lower(&self, bits: u32) -> u32 {
        self.bits.fetch_and(!bits, SeqCst) & bits
    }

    /// Sets or clears one line.
    pub fn set(&self, bit: u32, level: bool) {
        if level {
            self.raise(bit);
        } else {
            self.lower(bit);
        }
    }

    /// Sleeps until one of `bits` is set or the time is up. Returns the bits then set.
    pub fn wait(&self, bits: u32, timeout: Option<Duration>) -> u32 {
        let deadline = timeout.map(|t| std::time::Instant::now() + t);
        let mut sleepers = self.sleepers.lock().unwrap_or_else(|e| e.into_inner());
        *sleepers += 1;
        let seen = loop {
            let seen = self.bits.load(SeqCst) & bits;
            if seen != 0 {
                break seen;
            }
            sleepers = match deadline {
                None => self.wake.wait(sleepers).unwrap_or_else(|e| e.into_inner()),
                Some(at) => {
                    let left = at.saturating_duration_since(std::time::Instant::now());
                    if left.is_zero() {
                        break 0;
                    }
                    self.wake.wait_timeout(sleepers, left).unwrap_or_else(|e| e.into_inner()).0
                }
            };
        };
        *sleepers -= 1;
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_raise_is_never_missed_by_a_sleeper() {
        let a = Arc::new(Attention::new());
        let b = a.clone();
        let t = std::thread::spawn(move || {
            for _ in 0..10_000 {
                b.wait(IRQ, None);
                b.lower(IRQ);
                b.raise(EVENT);
            }
        });
        for _ in 0..10_000 {
            a.raise(IRQ);
            a.wait(EVENT, None);
            a.lower(EVENT);
        }
        t.join().unwrap();
    }

    #[test]
    fn waiting_for_nothing_ends_in_time() {
        assert_eq!(Attention::new().wait(IRQ, Some(Duration::from_millis(1))), 0);
    }
}
