//! A wire carries a level and knows no number.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// One output of a device. Whoever builds the board decides where it leads; the device sets levels.
///
/// Dropping the wire lowers it. A [`Wire::detached`] wire leads nowhere and remembers its level, for tests.
pub struct Wire {
    level: AtomicBool,
    drive: Option<Box<dyn Fn(bool) + Send + Sync>>,
}

impl Wire {
    /// A wire that calls `drive` on each change of level.
    pub fn new(drive: impl Fn(bool) + Send + Sync + 'static) -> Self {
        Self { level: AtomicBool::new(false), drive: Some(Box::new(drive)) }
    }

    /// A wire that leads nowhere.
    pub fn detached() -> Self {
        Self { level: AtomicBool::new(false), drive: None }
    }

    /// Sets the level. Setting the level it already has does nothing.
    pub fn set(&self, level: bool) {
        if self.level.swap(level, Ordering::AcqRel) != level
            && let Some(drive) = &self.drive
        {
            drive(level);
        }
    }

    /// The level it carries now.
    pub fn level(&self) -> bool {
        self.level.load(Ordering::Acquire)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.set(false);
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("level", &self.level()).field("attached", &self.drive.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn only_changes_reach_the_far_end_and_dropping_lowers() {
        let seen = Arc::new(Mutex::new(vec![]));
        let log = seen.clone();
        let w = Wire::new(move |l| log.lock().unwrap().push(l));
        w.set(false);
        w.set(true);
        w.set(true);
        drop(w);
        assert_eq!(*seen.lock().unwrap(), [true, false]);
    }
}
