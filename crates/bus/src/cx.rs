//! What a device is lent for the length of one call.

use crate::pump::{Pump, TargetId};
use crate::stream::ByteStream;
use crate::wire::Wire;
use std::fmt;
use std::sync::Arc;
use vmapple_memory::Dma;

/// Something a device tells the machine, not the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The guest reported a panic.
    GuestPanicked,
    /// The guest reported a panic that its own crash kernel handles.
    CrashLoaded,
    /// The guest asks to be shut down.
    ShutdownAsked,
}

/// Where a device's notices go. Never blocks.
#[derive(Clone)]
pub struct Notices(Arc<dyn Fn(Notice) + Send + Sync>);

impl Notices {
    /// Notices handed to `sink`, which must neither block nor call back into a device.
    pub fn new(sink: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Tells the machine.
    pub fn send(&self, notice: Notice) {
        (self.0)(notice);
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}

/// A device's timers: one-shot alarms in VM time, numbered by the device.
#[derive(Clone)]
pub struct Timers(Keeper);

/// Who keeps the alarms.
#[derive(Clone)]
enum Keeper {
    Nobody,
    Pump(Arc<Pump>, TargetId),
    Test(Arc<dyn Fn(u8, Option<u64>) + Send + Sync>),
}

impl Timers {
    /// The timers of this target.
    pub fn new(pump: Arc<Pump>, target: TargetId) -> Self {
        Self(Keeper::Pump(pump, target))
    }

    /// Timers that never fire: a test calls [`crate::Device::event`] itself.
    pub fn detached() -> Self {
        Self(Keeper::Nobody)
    }

    /// Timers that tell `keep` what is armed (id and VM time) or disarmed (`None`), for a test that keeps its own time.
    pub fn kept_by(keep: impl Fn(u8, Option<u64>) + Send + Sync + 'static) -> Self {
        Self(Keeper::Test(Arc::new(keep)))
    }

    /// Arms timer `id` for VM time `due_ns`, or disarms it. Arming again moves it. [`crate::Event::Timer`] comes once,
    /// at or after that time.
    pub fn set(&self, id: u8, due_ns: Option<u64>) {
        match &self.0 {
            Keeper::Nobody => {}
            Keeper::Pump(pump, target) => pump.set_timer(*target, id, due_ns),
            Keeper::Test(keep) => keep(id, due_ns),
        }
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timers")
    }
}

/// The outside of a device, lent per call.
pub struct Cx<'a> {
    /// RAM, and only RAM.
    pub dma: &'a Dma,
    /// VM time in nanoseconds; one value for the whole call.
    pub now_ns: u64,
    /// This device's timers.
    pub timers: &'a Timers,
    /// This device's byte stream to the host; devices without one never look.
    pub stream: &'a ByteStream,
    /// Word to the machine.
    pub notices: &'a Notices,
    /// This device's output wires.
    pub wires: &'a [Wire],
}

impl Cx<'_> {
    /// Sets output `index` (as [`crate::Part::outputs`] counts) to `level`. An index the board did not wire is
    /// ignored.
    pub fn set(&self, index: usize, level: bool) {
        if let Some(wire) = self.wires.get(index) {
            wire.set(level);
        }
    }

    /// Pulses output `index`: up, then down at once, for receivers that latch the edge.
    pub fn pulse(&self, index: usize) {
        self.set(index, true);
        self.set(index, false);
    }
}
