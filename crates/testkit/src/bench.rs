//! One device on a bench.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use vmapple_bus::{
    At, ByteStream, Cx, Event, Fault, HostEnd, LoadError, Notice, Notices, Part, Piece, Region, Saved, Timers, Width,
    Wire, pieces,
};
use vmapple_memory::{Dma, GuestMemory};

/// Guest physical address of the bench's RAM, as on the real board.
pub const RAM_BASE: u64 = 0x7000_0000;
/// Size of the bench's RAM in bytes.
pub const RAM_SIZE: u64 = 0x10_0000;
/// Where the bench pretends the device's first register block is mapped; the next ones follow at [`WINDOW_STEP`].
pub const WINDOW_BASE: u64 = 0x3000_0000;
/// Distance in bytes between the pretended register blocks.
pub const WINDOW_STEP: u64 = 0x100_0000;

/// Timer deliveries in one [`Bench::advance`] after which time jumps to its end, as on a host that is late.
const PATIENCE: usize = 1000;

type Shared<T> = Arc<Mutex<T>>;

fn lock<T>(shared: &Shared<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(|e| e.into_inner())
}

/// A device and everything it is lent, under the test's hand.
pub struct Bench<P> {
    /// The device itself.
    pub part: P,
    /// VM time in nanoseconds. Setting it delivers no timer; [`Bench::advance`] does.
    pub now_ns: u64,
    regions: Vec<Region>,
    wires: Vec<Wire>,
    memory: Arc<GuestMemory>,
    dma: Dma,
    stream: ByteStream,
    host: HostEnd,
    timers: Timers,
    alarms: Shared<BTreeMap<u8, u64>>,
    notices: Notices,
    heard: Shared<Vec<Notice>>,
    fault: Option<Fault>,
}

impl<P: Part> Bench<P> {
    /// Puts a device on a bench at VM time zero and resets it, as the machine does when it is built.
    ///
    /// # Panics
    /// If the host has no memory for [`RAM_SIZE`].
    pub fn new(part: P) -> Self {
        Self::build(part, GuestMemory::new(RAM_BASE, RAM_SIZE, None).expect("the host has memory for the bench"), 0)
    }

    /// Puts another device on a bench of its own with the same RAM and VM time, as a restored machine would have.
    pub fn beside(&self, part: P) -> Self {
        Self::build(part, self.memory.clone(), self.now_ns)
    }

    fn build(part: P, memory: Arc<GuestMemory>, now_ns: u64) -> Self {
        let alarms: Shared<BTreeMap<u8, u64>> = Shared::default();
        let heard: Shared<Vec<Notice>> = Shared::default();
        let stream = ByteStream::new();
        // A closed stream still carries bytes, and its host end never waits.
        stream.close();
        let mut bench = Self {
            now_ns,
            regions: part.regions(),
            wires: part.outputs().iter().map(|_| Wire::detached()).collect(),
            dma: Dma::new(memory.clone()),
            memory,
            host: stream.host_end(),
            stream,
            timers: Timers::kept_by({
                let alarms = Arc::clone(&alarms);
                move |id, due| {
                    match due {
                        Some(at) => lock(&alarms).insert(id, at),
                        None => lock(&alarms).remove(&id),
                    };
                }
            }),
            alarms,
            notices: Notices::new({
                let heard = Arc::clone(&heard);
                move |notice| lock(&heard).push(notice)
            }),
            heard,
            fault: None,
            part,
        };
        bench.reset();
        bench
    }

    /// Lends the device to `f` as the bus would.
    pub fn with<R>(&mut self, f: impl FnOnce(&mut P, &mut Cx<'_>) -> R) -> R {
        let mut cx = Cx {
            dma: &self.dma,
            now_ns: self.now_ns,
            timers: &self.timers,
            stream: &self.stream,
            notices: &self.notices,
            wires: &self.wires,
        };
        f(&mut self.part, &mut cx)
    }

    /// The device's register blocks.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// A guest read through the region's policy, as [`vmapple_bus::Bus`] does it: a fault reads as zero.
    pub fn read(&mut self, region: usize, offset: u64, width: Width) -> u64 {
        self.access(region, offset, width, None)
    }

    /// A guest write through the region's policy. `value`'s bits above the width are dropped.
    pub fn write(&mut self, region: usize, offset: u64, width: Width, value: u64) {
        self.access(region, offset, width, Some(value));
    }

    fn access(&mut self, region: usize, offset: u64, width: Width, written: Option<u64>) -> u64 {
        self.fault = None;
        let Some(Region { access, size, .. }) = self.regions.get(region).cloned() else { return 0 };
        if offset >= size {
            return 0;
        }
        let mut gathered = 0;
        for piece in pieces(access, size, offset, width) {
            let Piece::Device { offset, width, lane } = piece else { continue };
            let at = At { region, offset, width };
            let done = match written {
                Some(value) => self.with(|p, cx| p.write(at, value >> (8 * lane) & width.mask(), cx)).map(|()| 0),
                None => self.with(|p, cx| p.read(at, cx)),
            };
            match done {
                Ok(value) => gathered |= (value & width.mask()) << (8 * lane),
                Err(fault) => self.fault = Some(fault),
            }
        }
        gathered
    }

    /// What the device said was wrong with the latest access; `None` if nothing was.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// 32-bit read of the first register block.
    pub fn r32(&mut self, offset: u64) -> u32 {
        self.read(0, offset, Width::B4) as u32
    }

    /// 32-bit write to the first register block.
    pub fn w32(&mut self, offset: u64, value: u32) {
        self.write(0, offset, Width::B4, value.into());
    }

    /// 8-bit read of the first register block.
    pub fn r8(&mut self, offset: u64) -> u8 {
        self.read(0, offset, Width::B1) as u8
    }

    /// 8-bit write to the first register block.
    pub fn w8(&mut self, offset: u64, value: u8) {
        self.write(0, offset, Width::B1, value.into());
    }

    /// Delivers an event.
    pub fn event(&mut self, what: Event) {
        self.with(|p, cx| p.event(what, cx));
    }

    /// Cold reset.
    pub fn reset(&mut self) {
        self.with(|p, cx| p.reset(cx));
    }

    /// Brings the device to rest and saves it; `None` while a backend holds requests.
    pub fn try_save(&mut self) -> Option<Saved> {
        self.with(|p, cx| {
            p.quiesce(cx);
            (p.in_flight() == 0).then(|| p.save())
        })
    }

    /// Brings the device to rest and saves it.
    ///
    /// # Panics
    /// If a backend holds requests: the test forgot to finish them.
    pub fn save(&mut self) -> Saved {
        self.try_save().expect("nothing is in flight")
    }

    /// Loads a saved state.
    ///
    /// # Errors
    /// The device's [`LoadError`].
    pub fn load(&mut self, saved: &Saved) -> Result<(), LoadError> {
        self.with(|p, cx| p.load(saved, cx))
    }

    /// Lets `ns` of VM time pass, delivering each armed timer at its time.
    ///
    /// # Panics
    /// If the device arms timers for the past without end.
    pub fn advance(&mut self, ns: u64) {
        let end = self.now_ns.saturating_add(ns);
        for delivered in 0.. {
            assert!(delivered < 2 * PATIENCE, "a timer is armed for the past again and again: {:?}", self.alarms());
            let next = lock(&self.alarms).iter().map(|(&id, &due)| (due, id)).min().filter(|(due, _)| *due <= end);
            let Some((due, id)) = next else { break };
            lock(&self.alarms).remove(&id);
            self.now_ns = if delivered < PATIENCE { self.now_ns.max(due) } else { end };
            self.event(Event::Timer(id));
        }
        self.now_ns = end;
    }

    /// Armed timers and their VM times.
    pub fn alarms(&self) -> BTreeMap<u8, u64> {
        lock(&self.alarms).clone()
    }

    /// Level of the output of this name.
    ///
    /// # Panics
    /// If the device has no such output.
    pub fn wire(&self, name: &str) -> bool {
        let index = self.part.outputs().iter().position(|n| *n == name).expect("the device has this output");
        self.wires[index].level()
    }

    /// Levels of all outputs, in the device's order.
    pub fn levels(&self) -> Vec<bool> {
        self.wires.iter().map(Wire::level).collect()
    }

    /// What the device told the machine since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut lock(&self.heard))
    }

    /// The host sends bytes and says so. Returns how many found room in the stream.
    pub fn host_gives(&mut self, bytes: &[u8]) -> usize {
        let given = self.host.try_give(bytes);
        self.event(Event::Input);
        given
    }

    /// The host takes all output there is, and tells a device that waited for room.
    pub fn host_takes(&mut self) -> Vec<u8> {
        let mut out = vec![];
        let (_, device_waits) = self.host.take(&mut out);
        if device_waits {
            self.event(Event::Output);
        }
        out
    }

    /// The device's end of the stream, to fill it behind the device's back.
    pub fn stream(&self) -> &ByteStream {
        &self.stream
    }

    /// The device's way to RAM.
    pub fn dma(&self) -> &Dma {
        &self.dma
    }

    /// The bench's RAM, as the guest sees it.
    pub fn memory(&self) -> &Arc<GuestMemory> {
        &self.memory
    }
}
