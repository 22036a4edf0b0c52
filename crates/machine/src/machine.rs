//! The machine as a whole: built from a configuration, run once, told things through its [`Handle`].

use crate::boot::{self, ApplyError, BootError, Plan};
use crate::config::MachineConfig;
use crate::fdt::Description;
use crate::map;
use std::sync::Arc;
use vmapple_bus::{ByteStream, HostEnd};
use vmapple_memory::{Dma, GuestMemory, MapError};

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

/// Speaks to a running machine from other threads. Never blocks.
#[derive(Clone, Debug)]
pub struct Handle {
    _shared: Arc<()>,
}

impl Handle {
    /// Stops the machine: [`Machine::run`] returns [`Outcome::Stopped`] soon.
    pub fn stop(&self) {}

    /// Presses the power button once.
    pub fn press_power_button(&self) {}

    /// Says that the serial port's stream has input.
    pub fn serial_input(&self) {}

    /// Says that the serial port's stream has room again.
    pub fn serial_room(&self) {}
}

/// A machine that has not run yet.
#[derive(Debug)]
pub struct Machine {
    ram: Dma,
    plan: Plan,
    serial: ByteStream,
    shared: Arc<()>,
}

impl Machine {
    /// Builds it. Everything the user can have got wrong is found here.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(config: &MachineConfig) -> Result<Self, BuildError> {
        let plan = boot::prepare(config, &Description::of(config))?;
        let memory = GuestMemory::new(map::RAM_BASE, config.memory.bytes(), None)?;
        Ok(Self { ram: Dma::new(memory), plan, serial: ByteStream::new(), shared: Arc::new(()) })
    }

    /// The host's end of the serial port.
    pub fn serial(&self) -> HostEnd {
        self.serial.host_end()
    }

    /// A handle for other threads.
    pub fn handle(&self) -> Handle {
        Handle { _shared: self.shared.clone() }
    }

    /// Runs until the guest or the handle ends it. The serial stream is closed then, with what the guest printed last
    /// still in it.
    pub fn run(self) -> Outcome {
        let outcome = match self.plan.apply(&self.ram) {
            Err(e) => e.to_string(),
            Ok(_) => "the CPU engine is missing from this build".into(),
        };
        self.serial.close();
        Outcome::Failed(outcome)
    }
}
