//! A device in its place on the board: the lock around it and everything it is lent.

use crate::access::At;
use crate::clock::Clock;
use crate::cx::{Cx, Notices, Timers};
use crate::device::{Event, Fault, LoadError, Part, Saved};
use crate::pump::{Pump, Target, TargetId};
use crate::stream::ByteStream;
use crate::wire::Wire;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use vmapple_memory::Dma;

/// Identity of a slot on its board, in the order the board lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub usize);

/// A device and what it is wired to.
///
/// The slot's lock is the first in the lock order: a device may raise wires (interrupt controller lock, then nothing)
/// while it is held, and never enters another slot.
pub struct Slot {
    name: &'static str,
    part: Mutex<Box<dyn Part>>,
    wires: Vec<Wire>,
    dma: Dma,
    clock: Arc<Clock>,
    timers: Timers,
    target: TargetId,
    pump: Arc<Pump>,
    stream: ByteStream,
    notices: Notices,
}

impl Slot {
    /// Puts a part in a slot. `wires` are its outputs in the part's own order.
    pub fn new(
        name: &'static str,
        part: Box<dyn Part>,
        wires: Vec<Wire>,
        dma: Dma,
        pump: &Arc<Pump>,
        notices: Notices,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me: &Weak<Slot>| {
            let me: Weak<dyn Target> = me.clone();
            let target = pump.register(me);
            Self {
                name,
                part: Mutex::new(part),
                wires,
                dma,
                clock: pump.clock().clone(),
                timers: Timers::new(pump.clone(), target),
                target,
                pump: pump.clone(),
                stream: ByteStream::new(),
                notices,
            }
        })
    }

    /// The name on the board.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The device's end of its byte stream, whose [`ByteStream::host_end`] a backend takes.
    pub fn stream(&self) -> &ByteStream {
        &self.stream
    }

    /// Queues an event for the device.
    pub fn post(&self, event: Event) {
        self.pump.post(self.target, event);
    }

    fn with<R>(&self, f: impl FnOnce(&mut dyn Part, &mut Cx<'_>) -> R) -> R {
        let mut part: MutexGuard<'_, Box<dyn Part>> = self.part.lock().unwrap_or_else(|e| e.into_inner());
        let mut cx = Cx {
            dma: &self.dma,
            now_ns: self.clock.now_ns(),
            timers: &self.timers,
            stream: &self.stream,
            notices: &self.notices,
            wires: &self.wires,
        };
        f(part.as_mut(), &mut cx)
    }

    /// A guest read.
    ///
    /// # Errors
    /// The device's [`Fault`].
    pub fn read(&self, at: At) -> Result<u64, Fault> {
        self.with(|p, cx| p.read(at, cx))
    }

    /// A guest write.
    ///
    /// # Errors
    /// The device's [`Fault`].
    pub fn write(&self, at: At, value: u64) -> Result<(), Fault> {
        self.with(|p, cx| p.write(at, value, cx))
    }

    /// Cold reset.
    pub fn reset(&self) {
        self.with(|p, cx| p.reset(cx));
    }

    /// Saves the device, which must be at rest: begins [`crate::Quiesce`] and returns `None` while requests are in
    /// flight.
    pub fn save(&self) -> Option<Saved> {
        self.with(|p, cx| {
            p.quiesce(cx);
            (p.in_flight() == 0).then(|| p.save())
        })
    }

    /// Loads a saved state.
    ///
    /// # Errors
    /// [`LoadError`], and the device unchanged.
    pub fn load(&self, saved: &Saved) -> Result<(), LoadError> {
        self.with(|p, cx| p.load(saved, cx))
    }
}

impl Target for Slot {
    fn deliver(&self, event: Event) {
        self.with(|p, cx| p.event(event, cx));
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("name", &self.name).finish_non_exhaustive()
    }
}
