//! The machine as a whole: built from a configuration, run once, told things through its [`Handle`].
//!
//! Threads: the vCPUs, the pump (timers and device events), and the one that calls [`Machine::run`], which decides about
//! resets and the end. Everything that asks for such a decision sends it a word.

use crate::board::{POWER_BUTTON, SERIAL};
use crate::boot::{self, ApplyError, BootError, Plan};
use crate::build::Devices;
use crate::config::{CpuModel, MachineConfig};
use crate::fdt::Description;
use crate::map;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{SystemTime, UNIX_EPOCH};
use vmapple_bus::{Clock, Event, HostEnd, MapConflict, Notice, Notices, Pump, Slot};
use vmapple_devices::gic::Gic;
use vmapple_memory::{Dma, GuestMemory, MapError};
use vmapple_vcpu::{CpuEvent, Cpus, CpusConfig, Profile, Start};

/// Words waiting for the deciding thread. Each ends or resets the machine; so when it is full that has already been
/// asked, and what does not fit may be dropped.
const WORDS: usize = 64;

/// Why a machine could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// What it should boot is unusable: the user's to mend.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// The host does not give the memory.
    #[error("guest memory: {0}")]
    Memory(#[from] MapError),
    /// The guest cannot be loaded.
    #[error(transparent)]
    Load(#[from] ApplyError),
    /// The board contradicts itself: a defect of this program.
    #[error("the board: {0}")]
    Board(#[from] MapConflict),
    /// The host does not give a thread.
    #[error("the host cannot start a thread: {0}")]
    Thread(std::io::Error),
}

impl BuildError {
    /// Whether the user's input is at fault, not this program or its host.
    pub fn is_input(&self) -> bool {
        matches!(self, Self::Boot(e) if !matches!(e, BootError::Tree(_)))
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The guest powered itself off.
    PoweredOff,
    /// The guest reported a panic.
    GuestPanicked,
    /// It was stopped from outside ([`Handle::stop`]).
    Stopped,
    /// The machine could not go on; the text says why.
    Failed(String),
}

/// What the deciding thread is told.
#[derive(Clone, Debug)]
enum Word {
    Cpu(CpuEvent),
    Notice(Notice),
    Stop,
}

/// Speaks to a running machine from other threads. Never blocks.
#[derive(Clone, Debug)]
pub struct Handle {
    words: SyncSender<Word>,
    serial: Option<Arc<Slot>>,
    button: Option<Arc<Slot>>,
}

impl Handle {
    /// Stops the machine: [`Machine::run`] returns [`Outcome::Stopped`] soon.
    pub fn stop(&self) {
        let _ = self.words.try_send(Word::Stop);
    }

    /// Presses the power button once.
    pub fn press_power_button(&self) {
        post(&self.button, Event::PowerButton);
    }

    /// Says that the serial port's stream has input.
    pub fn serial_input(&self) {
        post(&self.serial, Event::Input);
    }

    /// Says that the serial port's stream has room again.
    pub fn serial_room(&self) {
        post(&self.serial, Event::Output);
    }
}

fn post(slot: &Option<Arc<Slot>>, event: Event) {
    if let Some(slot) = slot {
        slot.post(event);
    }
}

/// A machine that has not run yet.
pub struct Machine {
    ram: Dma,
    plan: Plan,
    pump: Arc<Pump>,
    devices: Devices,
    cpus: Arc<Cpus>,
    words: Receiver<Word>,
    handle: Handle,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("bus", &self.devices.bus).field("cpus", &self.cpus).finish_non_exhaustive()
    }
}

impl Machine {
    /// Builds it. Everything the user can have got wrong is found here.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(config: &MachineConfig) -> Result<Self, BuildError> {
        if let Some(why) = config.engine.shortfall() {
            tracing::warn!(target: "machine", "{why}: using the interpreter, which is several times slower");
        }
        let plan = boot::prepare(config, &Description::of(config))?;
        let memory = GuestMemory::new(map::RAM_BASE, config.memory.bytes(), None)?;
        let clock = Arc::new(Clock::new());
        let pump = Pump::new(clock.clone());
        let (sender, words) = sync_channel(WORDS);

        let affinities: Vec<u64> = (0..config.cpus.get()).map(map::affinity).collect();
        let (attention, outputs) = Cpus::attention(affinities.len());
        let gic = Gic::new(&affinities.iter().map(|a| *a as u32).collect::<Vec<_>>(), outputs);
        let notices = {
            let sender = sender.clone();
            Notices::new(move |n| match n {
                // The guest goes on by itself, and the device has logged it. A guest can say this at full speed: it must
                // not fill the channel.
                Notice::CrashLoaded => {}
                Notice::GuestPanicked | Notice::ShutdownAsked => drop(sender.try_send(Word::Notice(n))),
            })
        };
        let devices = Devices::build(config, &memory, &gic, &pump, &notices, epoch_at_zero(&clock))?;
        let sink = {
            let sender = sender.clone();
            Arc::new(move |e| drop(sender.try_send(Word::Cpu(e))))
        };
        let (serial, button) = (devices.slot(SERIAL).cloned(), devices.slot(POWER_BUTTON).cloned());
        let profile = match config.cpu {
            CpuModel::M1 => Profile::M1,
            CpuModel::M2 => Profile::M2,
        };
        let cpus = Cpus::spawn(CpusConfig {
            affinities,
            engine: config.engine,
            profile,
            memory: memory.clone(),
            attention,
            bus: devices.bus.clone(),
            gic,
            pump: pump.clone(),
            sink,
        })
        .map_err(BuildError::Thread)?;
        let handle = Handle { words: sender, serial, button };
        Ok(Self { ram: Dma::new(memory), plan, pump, devices, cpus, words, handle })
    }

    /// The host's end of the serial port.
    pub fn serial(&self) -> HostEnd {
        match &self.handle.serial {
            Some(slot) => slot.stream().host_end(),
            None => vmapple_bus::ByteStream::new().host_end(),
        }
    }

    /// A handle for other threads.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs until the guest or the handle ends it. The serial stream is closed then, with what the guest printed last
    /// still in it.
    pub fn run(self) -> Outcome {
        let (pump, words) = (self.pump.clone(), self.handle.words.clone());
        let serve = move || {
            let _obituary = Obituary(words);
            pump.run();
        };
        let io = match std::thread::Builder::new().name("io".into()).spawn(serve) {
            Ok(thread) => thread,
            Err(e) => return self.end(Outcome::Failed(BuildError::Thread(e).to_string())),
        };
        let outcome = loop {
            if let Err(e) = self.cold_reset() {
                break Outcome::Failed(e.to_string());
            }
            self.cpus.resume();
            if let Some(outcome) = self.wait() {
                break outcome;
            }
            tracing::info!(target: "machine", "the guest reset the machine");
            self.cpus.pause();
            // What other CPUs asked for meanwhile was asked of the machine before the reset; the user's stop was not.
            if self.words.try_iter().any(|word| matches!(word, Word::Stop)) {
                break Outcome::Stopped;
            }
        };
        self.cpus.stop();
        self.pump.stop();
        if io.join().is_err() {
            tracing::error!(target: "machine", "the I/O thread panicked");
        }
        tracing::info!(target: "machine", instructions = self.cpus.retired(), "the machine has stopped");
        self.end(outcome)
    }

    fn end(self, outcome: Outcome) -> Outcome {
        self.cpus.stop();
        if let Some(slot) = &self.handle.serial {
            slot.stream().close();
        }
        outcome
    }

    /// Everything as it was at power-on, with the vCPUs paused: devices, then memory, then where the boot CPU starts.
    fn cold_reset(&self) -> Result<(), ApplyError> {
        self.pump.pause();
        self.pump.clear();
        for slot in &self.devices.slots {
            slot.reset();
        }
        let entry = self.plan.apply(&self.ram)?;
        self.cpus.reset(Start { pc: entry.pc, x: [entry.x0, 0, 0, 0] });
        self.pump.resume();
        Ok(())
    }

    /// Waits for a word that ends the run (`Some`) or resets the machine (`None`).
    fn wait(&self) -> Option<Outcome> {
        loop {
            // The sender lives in `self.handle`, so this cannot fail.
            let Ok(word) = self.words.recv() else { return Some(Outcome::Stopped) };
            match word {
                Word::Stop => return Some(Outcome::Stopped),
                Word::Cpu(CpuEvent::SystemOff) => return Some(Outcome::PoweredOff),
                Word::Cpu(CpuEvent::SystemReset) => return None,
                Word::Cpu(CpuEvent::Fatal(why)) => return Some(Outcome::Failed(why)),
                Word::Notice(Notice::GuestPanicked) => return Some(Outcome::GuestPanicked),
                Word::Notice(Notice::ShutdownAsked) => return Some(Outcome::PoweredOff),
                Word::Notice(Notice::CrashLoaded) => {}
            }
        }
    }
}

/// Ends the machine if the I/O thread ends by a panic, a defect of this program: the guest would wait for ever.
struct Obituary(SyncSender<Word>);

impl Drop for Obituary {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let why = "the I/O thread panicked; this is a defect of vmapple".to_owned();
            let _ = self.0.try_send(Word::Cpu(CpuEvent::Fatal(why)));
        }
    }
}

/// Seconds since the Unix epoch at VM time zero. A host clock before 1970 counts as 1970.
fn epoch_at_zero(clock: &Clock) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now.saturating_sub(std::time::Duration::from_nanos(clock.now_ns()))).as_secs()
}
