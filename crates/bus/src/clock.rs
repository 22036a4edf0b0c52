//! VM time: the only clock a device sees. It stops when the VM stops.

use std::sync::Mutex;
use std::time::Instant;

/// Frequency of the guest's system counter (`CNTFRQ_EL0`), in Hz.
pub const TICKS_PER_SECOND: u64 = 24_000_000;

const NS: u128 = 1_000_000_000;

/// Nanoseconds of VM time to counter ticks, rounded down.
pub fn ns_to_ticks(ns: u64) -> u64 {
    (u128::from(ns) * u128::from(TICKS_PER_SECOND) / NS) as u64
}

/// Counter ticks to nanoseconds of VM time, rounded up: the first moment at which the counter shows `ticks`.
/// Saturates at `u64::MAX` (584 years).
pub fn ticks_to_ns(ticks: u64) -> u64 {
    u64::try_from((u128::from(ticks) * NS).div_ceil(u128::from(TICKS_PER_SECOND))).unwrap_or(u64::MAX)
}

/// The VM's clock. Monotonic, in nanoseconds since the machine was built, not counting time spent stopped.
///
/// Shared by every vCPU and device; reading it while it runs takes no lock.
#[derive(Debug)]
pub struct Clock {
    origin: Instant,
    /// VM time minus host time since `origin`, as a wrapping difference, while running.
    offset: std::sync::atomic::AtomicU64,
    stopped: Mutex<Option<u64>>,
    halted: std::sync::atomic::AtomicBool,
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    /// A running clock at zero.
    pub fn new() -> Self {
        Self { origin: Instant::now(), offset: 0.into(), stopped: Mutex::new(None), halted: false.into() }
    }

    fn host_ns(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }

    /// VM time in nanoseconds.
    pub fn now_ns(&self) -> u64 {
        use std::sync::atomic::Ordering::Acquire;
        if self.halted.load(Acquire)
            && let Some(at) = *self.stopped.lock().unwrap_or_else(|e| e.into_inner())
        {
            return at;
        }
        self.host_ns().wrapping_add(self.offset.load(Acquire))
    }

    /// VM time in counter ticks (24 MHz), the value of `CNTVCT_EL0`.
    pub fn ticks(&self) -> u64 {
        ns_to_ticks(self.now_ns())
    }

    /// Stops VM time where it is. Stopping a stopped clock does nothing.
    pub fn stop(&self) {
        let mut stopped = self.stopped.lock().unwrap_or_else(|e| e.into_inner());
        if stopped.is_none() {
            *stopped = Some(self.host_ns().wrapping_add(self.offset.load(std::sync::atomic::Ordering::Acquire)));
            self.halted.store(true, std::sync::atomic::Ordering::Release);
        }
    }

    /// Lets VM time go on from where it stopped.
    pub fn start(&self) {
        let mut stopped = self.stopped.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(at) = stopped.take() {
            self.offset.store(at.wrapping_sub(self.host_ns()), std::sync::atomic::Ordering::Release);
            self.halted.store(false, std::sync::atomic::Ordering::Release);
        }
    }

    /// Sets a stopped or running clock to `ns`: for restoring a saved machine.
    pub fn set(&self, ns: u64) {
        let mut stopped = self.stopped.lock().unwrap_or_else(|e| e.into_inner());
        match &mut *stopped {
            Some(at) => *at = ns,
            None => {
                self.offset.store(ns.wrapping_sub(self.host_ns()), std::sync::atomic::Ordering::Release);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_stands_still_and_goes_on_without_a_jump() {
        let c = Clock::new();
        c.stop();
        let at = c.now_ns();
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(c.now_ns(), at);
        c.start();
        let later = c.now_ns();
        assert!(later >= at && later - at < 15_000_000, "{at} {later}");
    }

    #[test]
    fn conversions_meet_at_the_exact_tick() {
        for t in [0, 1, 2, 3, 23_999_999, 24_000_000, 123_456_789_012] {
            assert_eq!(ns_to_ticks(ticks_to_ns(t)), t);
            if t > 0 {
                assert_eq!(ns_to_ticks(ticks_to_ns(t) - 1), t - 1);
            }
        }
        assert_eq!(ticks_to_ns(u64::MAX), u64::MAX);
    }

    #[test]
    fn set_moves_both_a_running_and_a_stopped_clock() {
        let c = Clock::new();
        c.set(5_000_000_000);
        assert!(c.now_ns() >= 5_000_000_000);
        c.stop();
        c.set(7);
        assert_eq!(c.now_ns(), 7);
    }
}
