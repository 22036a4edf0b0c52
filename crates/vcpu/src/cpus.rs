//! All vCPUs of a machine: their threads, power states, and bringing them to rest.

use crate::engine::Engine;
use crate::env::Outside;
use crate::psci::Power;
use crate::thread;
use crate::timer::{PHYSICAL_PPI, Timers, VIRTUAL_PPI};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use vmapple_a64::attention::{FIQ, IRQ, KICK};
use vmapple_a64::{Attention, Coherence, CpuConfig, Profile};
use vmapple_bus::{Bus, Pump, Wire};
use vmapple_devices::gic::{CpuOutputs, Gic};
use vmapple_memory::GuestMemory;

/// Where a CPU starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Physical address of the first instruction.
    pub pc: u64,
    /// X0..X3.
    pub x: [u64; 4],
}

/// What the vCPUs report to the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CpuEvent {
    /// The guest switched the machine off.
    SystemOff,
    /// The guest asked for a reset.
    SystemReset,
    /// The guest cannot go on.
    Fatal(String),
}

/// What the vCPUs are built from.
pub struct CpusConfig {
    /// `MPIDR_EL1` affinity bits of each CPU; as many CPUs as entries.
    pub affinities: Vec<u64>,
    /// What executes guest instructions.
    pub engine: crate::engine::Kind,
    /// Which core they all are.
    pub profile: Profile,
    /// Guest memory.
    pub memory: Arc<GuestMemory>,
    /// Attention words, one a CPU, as [`Cpus::attention`] made them.
    pub attention: Vec<Arc<Attention>>,
    /// Everything that is not memory.
    pub bus: Arc<Bus>,
    /// The interrupt controller, whose outputs raise `attention`.
    pub gic: Arc<Gic>,
    /// Clock and alarms.
    pub pump: Arc<Pump>,
    /// Where reports go; called on a vCPU's thread, must not block.
    pub sink: Arc<dyn Fn(CpuEvent) + Send + Sync>,
}

/// Whether vCPU threads run guest code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Run,
    Pause,
    Stop,
}

#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) mode: Mode,
    /// Threads that are not in guest code and will not enter it while paused.
    parked: usize,
}

/// One vCPU as others see it.
pub(crate) struct CpuSlot {
    pub(crate) affinity: u64,
    pub(crate) attention: Arc<Attention>,
    pub(crate) timers: Arc<Timers>,
    pub(crate) power: Mutex<(Power, Start)>,
    pub(crate) retired: AtomicU64,
}

/// All vCPUs of a machine.
pub struct Cpus {
    pub(crate) slots: Vec<CpuSlot>,
    pub(crate) control: Mutex<Control>,
    pub(crate) changed: Condvar,
    pub(crate) memory: Arc<GuestMemory>,
    pub(crate) gic: Arc<Gic>,
    pub(crate) sink: Arc<dyn Fn(CpuEvent) + Send + Sync>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Cpus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cpus").field("count", &self.slots.len()).finish_non_exhaustive()
    }
}

impl Cpus {
    /// Attention words for `n` CPUs, and interrupt controller outputs that raise them.
    pub fn attention(n: usize) -> (Vec<Arc<Attention>>, Vec<CpuOutputs>) {
        let words: Vec<_> = (0..n).map(|_| Arc::new(Attention::new())).collect();
        let line = |a: &Arc<Attention>, bit| {
            let a = a.clone();
            Wire::new(move |level| a.set(bit, level))
        };
        let outputs = words.iter().map(|a| CpuOutputs { irq: line(a, IRQ), fiq: line(a, FIQ) }).collect();
        (words, outputs)
    }

    /// Builds the vCPUs and starts their threads, paused; [`Cpus::reset`] then [`Cpus::resume`] boots the machine.
    ///
    /// # Errors
    /// If the host cannot start a thread.
    pub fn spawn(config: CpusConfig) -> std::io::Result<Arc<Self>> {
        let CpusConfig { affinities, engine: kind, profile, memory, attention, bus, gic, pump, sink } = config;
        let coherence = Coherence::new(&attention);
        let slots: Vec<CpuSlot> = affinities
            .iter()
            .zip(&attention)
            .enumerate()
            .map(|(i, (&affinity, attention))| CpuSlot {
                affinity,
                attention: attention.clone(),
                timers: Timers::new(&pump, gic.ppi(i, VIRTUAL_PPI), gic.ppi(i, PHYSICAL_PPI)),
                power: Mutex::new((Power::Off, Start::default())),
                retired: AtomicU64::new(0),
            })
            .collect();
        let control = Control { mode: Mode::Pause, parked: 0 };
        let cpus = Arc::new(Self {
            slots,
            control: Mutex::new(control),
            changed: Condvar::new(),
            memory: memory.clone(),
            gic: gic.clone(),
            sink,
            threads: Mutex::default(),
        });
        for index in 0..cpus.slots.len() {
            let slot = &cpus.slots[index];
            let outside = Outside {
                cpu: index,
                bus: bus.clone(),
                gic: gic.clone(),
                timers: slot.timers.clone(),
                clock: pump.clock().clone(),
            };
            let core = CpuConfig {
                index,
                affinity: slot.affinity,
                profile,
                memory: memory.clone(),
                attention: slot.attention.clone(),
                coherence: coherence.clone(),
                env: Box::new(outside),
            };
            let engine = Engine::new(kind, core, cpus.slots.len())?;
            let shared = cpus.clone();
            let thread = std::thread::Builder::new()
                .name(format!("vcpu{index}"))
                .spawn(move || thread::run(&shared, index, engine))?;
            cpus.threads.lock().unwrap_or_else(|e| e.into_inner()).push(thread);
        }
        Ok(cpus)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn set_mode(&self, mode: Mode) -> MutexGuard<'_, Control> {
        let mut control = self.lock();
        if control.mode != Mode::Stop {
            control.mode = mode;
        }
        for s in &self.slots {
            s.attention.raise(KICK);
        }
        self.changed.notify_all();
        control
    }

    /// Brings every vCPU out of guest code and keeps it out. Not to be called from a vCPU's thread.
    pub fn pause(&self) {
        let mut control = self.set_mode(Mode::Pause);
        while control.parked < self.slots.len() && control.mode == Mode::Pause {
            control = self.changed.wait(control).unwrap_or_else(|e| e.into_inner());
        }
    }

    /// Lets the vCPUs run.
    pub fn resume(&self) {
        drop(self.set_mode(Mode::Run));
    }

    /// Cold reset, while paused: CPU 0 will start as told, the others are off.
    pub fn reset(&self, boot: Start) {
        for (i, s) in self.slots.iter().enumerate() {
            s.timers.reset();
            let power = if i == 0 { Power::OnPending } else { Power::Off };
            *s.power.lock().unwrap_or_else(|e| e.into_inner()) = (power, boot);
        }
    }

    /// Ends all threads and waits for them. Not to be called from a vCPU's thread.
    pub fn stop(&self) {
        drop(self.set_mode(Mode::Stop));
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(|e| e.into_inner()));
        for t in threads {
            if t.join().is_err() {
                tracing::error!("a vCPU thread panicked");
            }
        }
    }

    /// Guest instructions executed so far by all CPUs.
    pub fn retired(&self) -> u64 {
        self.slots.iter().map(|s| s.retired.load(Relaxed)).sum()
    }

    /// Counts a thread that has died as parked.
    pub(crate) fn never_again(&self) {
        self.lock().parked += 1;
        self.changed.notify_all();
    }

    /// Waits until the threads may do what `control` says: returns the mode to go on in. Called by a vCPU's thread.
    pub(crate) fn park(&self) -> Mode {
        let mut control = self.lock();
        control.parked += 1;
        self.changed.notify_all();
        while control.mode == Mode::Pause {
            control = self.changed.wait(control).unwrap_or_else(|e| e.into_inner());
        }
        control.parked -= 1;
        control.mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};
    use vmapple_bus::{BusBuilder, Clock};

    /// `movz w0, #8; movk w0, #0x8400, lsl #16; hvc #0`: PSCI SYSTEM_OFF.
    const SYSTEM_OFF: [u32; 3] = [0x5280_0100, 0x72b0_8000, 0xd400_0002];
    /// `b .`
    const SPIN: [u32; 1] = [0x1400_0000];

    fn cpus(n: usize, program: &[u32], sink: impl Fn(CpuEvent) + Send + Sync + 'static) -> Arc<Cpus> {
        let memory = GuestMemory::new(0x7000_0000, 0x1_0000, None).unwrap();
        for (i, word) in program.iter().enumerate() {
            memory.store(i * 4, *word).unwrap();
        }
        let (attention, outputs) = Cpus::attention(n);
        let affinities: Vec<u64> = (0..n as u64).collect();
        let gic = Gic::new(&affinities.iter().map(|a| *a as u32).collect::<Vec<_>>(), outputs);
        let pump = Pump::new(Arc::new(Clock::new()));
        let bus = Arc::new(BusBuilder::new().build().unwrap());
        let (engine, profile, sink) = (crate::engine::Kind::Interp, Profile::default(), Arc::new(sink));
        let config = CpusConfig { affinities, engine, profile, memory, attention, bus, gic, pump, sink };
        Cpus::spawn(config).unwrap()
    }

    fn boot(cpus: &Cpus) {
        cpus.pause();
        cpus.reset(Start { pc: 0x7000_0000, x: [0; 4] });
        cpus.resume();
    }

    fn told() -> (impl Fn(CpuEvent) + Send + Sync + 'static, std::sync::mpsc::Receiver<CpuEvent>) {
        let (tx, rx) = channel();
        let tx: Mutex<Sender<CpuEvent>> = Mutex::new(tx);
        (move |e| tx.lock().unwrap().send(e).unwrap(), rx)
    }

    #[test]
    fn a_guest_switches_the_machine_off_and_boots_again_after_a_reset() {
        let (sink, events) = told();
        let cpus = cpus(2, &SYSTEM_OFF, sink);
        for _ in 0..3 {
            boot(&cpus);
            assert_eq!(events.recv().unwrap(), CpuEvent::SystemOff);
        }
        assert_eq!(cpus.retired(), 9);
        cpus.stop();
    }

    #[test]
    fn a_spinning_guest_can_be_paused_and_stopped() {
        let cpus = cpus(3, &SPIN, |_| {});
        boot(&cpus);
        for _ in 0..20 {
            cpus.pause();
            let at = cpus.retired();
            std::thread::sleep(std::time::Duration::from_millis(1));
            assert_eq!(cpus.retired(), at, "a paused CPU executes nothing");
            cpus.resume();
        }
        cpus.stop();
    }

    #[test]
    fn a_thread_that_dies_is_reported_and_nobody_waits_for_it() {
        let (sink, events) = told();
        let cpus = cpus(2, &SYSTEM_OFF, move |e| match e {
            CpuEvent::SystemOff => panic!("a defect, planted by this test"),
            e => sink(e),
        });
        boot(&cpus);
        assert!(matches!(events.recv().unwrap(), CpuEvent::Fatal(why) if why.contains("panicked")));
        cpus.pause();
        cpus.stop();
    }
}
