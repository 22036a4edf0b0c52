//! One core: state, caches and the loop that runs guest code.

use crate::attention::{self, Attention};
use crate::code::CodeCache;
use crate::coherence::{Coherence, Request};
use crate::debug::Debug;
use crate::decode::EXEC;
use crate::env::{Env, Exit};
use crate::exception::Exception;
use crate::interp::exclusive::Monitor;
use crate::mmu::Mmu;
use crate::profile::Profile;
use crate::state::{State, daif};
use std::sync::Arc;
use vmapple_memory::GuestMemory;

/// Why straight-line execution ended. Details lie in the [`Cpu`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The program counter was changed.
    Jump,
    /// The instruction is complete, the program counter already advanced, and what follows must be fetched anew: a
    /// context synchronisation event or a change of translation regime.
    Resync,
    /// `Cpu::exception` has to be taken; nothing of the instruction has been done.
    Exception,
    /// `Cpu::exit` has to be returned; the program counter is where execution goes on.
    Exit,
}

/// Result of executing (part of) an instruction.
pub type R<T> = Result<T, Break>;

/// What a core is built from.
pub struct CpuConfig {
    /// Index of this core in its machine, from 0.
    pub index: usize,
    /// `MPIDR_EL1` affinity bits (Aff3..Aff0 at their places).
    pub affinity: u64,
    /// Which core it is.
    pub profile: Profile,
    /// All memory it can execute from.
    pub memory: Arc<GuestMemory>,
    /// Its attention word.
    pub attention: Arc<Attention>,
    /// The mailboxes it shares with the other cores.
    pub coherence: Arc<Coherence>,
    /// What lies outside.
    pub env: Box<dyn Env>,
}

/// One core and the interpreter that runs it.
pub struct Cpu {
    /// Architectural state.
    pub state: State,
    /// Instructions executed since the core was built.
    pub retired: u64,
    pub(crate) index: usize,
    pub(crate) affinity: u64,
    pub(crate) profile: Profile,
    pub(crate) memory: Arc<GuestMemory>,
    pub(crate) attention: Arc<Attention>,
    pub(crate) coherence: Arc<Coherence>,
    pub(crate) env: Box<dyn Env>,
    pub(crate) mmu: Mmu,
    pub(crate) code: CodeCache,
    pub(crate) monitor: Monitor,
    pub(crate) exception: Exception,
    pub(crate) exit: Option<Exit>,
    pub(crate) debug: Debug,
    /// Attention bits that interrupt running code in the current `DAIF`.
    pub(crate) attention_mask: u32,
    /// A broadcast was sent that the next `DSB` has to wait for.
    pub(crate) unsynced: bool,
}

impl std::fmt::Debug for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cpu").field("index", &self.index).field("state", &self.state).finish_non_exhaustive()
    }
}

impl Cpu {
    /// A core after cold reset.
    pub fn new(config: CpuConfig) -> Self {
        let CpuConfig { index, affinity, profile, memory, attention, coherence, env } = config;
        let host = memory.host_address();
        let mut cpu = Self {
            state: State::reset(),
            retired: 0,
            index,
            affinity,
            profile,
            memory,
            attention,
            coherence,
            env,
            mmu: Mmu::new(host),
            code: CodeCache::new(),
            monitor: Monitor::CLEAR,
            exception: Exception::default(),
            exit: None,
            debug: Debug::default(),
            attention_mask: 0,
            unsynced: false,
        };
        cpu.state_replaced();
        cpu
    }

    /// Cold reset: the state afresh, every cache empty.
    pub fn reset(&mut self) {
        self.state = State::reset();
        self.state_replaced();
    }

    /// Must follow every change of [`Cpu::state`] from outside: caches derived from it are rebuilt.
    pub fn state_replaced(&mut self) {
        self.monitor = Monitor::CLEAR;
        self.code.clear();
        self.mmu_changed();
        self.pstate_changed();
        self.debug_registers_changed();
    }

    /// Recomputes what is derived from PSTATE's mask bits and exception level.
    pub(crate) fn pstate_changed(&mut self) {
        let d = self.state.pstate.daif;
        self.attention_mask = attention::KICK
            | attention::MAINTENANCE
            | if d & daif::I == 0 { attention::IRQ } else { 0 }
            | if d & daif::F == 0 { attention::FIQ } else { 0 };
        self.mmu_regime_changed();
        self.debug_state_changed();
    }

    /// Whether an interrupt is pending that would wake a `WFI`, masked or not.
    pub fn interrupt_pending(&self) -> bool {
        self.attention.bits() & (attention::IRQ | attention::FIQ) != 0
    }

    /// Runs guest code until something needs the caller.
    pub fn run(&mut self) -> Exit {
        self.enter();
        let exit = loop {
            if let Err(exit) = self.attend() {
                break exit;
            }
            let ended = if self.debug_armed() { self.run_debugged(false) } else { self.run_page::<false>() };
            match ended {
                Break::Exception => self.take_pending_exception(),
                Break::Exit => {
                    if let Some(exit) = self.exit.take() {
                        break exit;
                    }
                }
                Break::Jump | Break::Resync => {}
            }
        };
        self.coherence.set_running(self.index, false);
        exit
    }

    /// Executes exactly one instruction (or takes one interrupt or exception).
    pub fn step(&mut self) -> Exit {
        self.enter();
        let exit = match self.attend() {
            Err(exit) => exit,
            Ok(true) => Exit::Stepped,
            Ok(false) => match if self.debug_armed() { self.run_debugged(true) } else { self.run_page::<true>() } {
                Break::Exception => {
                    self.take_pending_exception();
                    Exit::Stepped
                }
                Break::Exit => self.exit.take().unwrap_or(Exit::Stepped),
                Break::Jump | Break::Resync => Exit::Stepped,
            },
        };
        self.coherence.set_running(self.index, false);
        exit
    }

    /// Announces that guest code is about to run here, then catches up with what was broadcast meanwhile.
    pub(crate) fn enter(&mut self) {
        self.coherence.set_running(self.index, true);
        if self.coherence.waiting(self.index) {
            self.maintain();
        }
    }

    /// Handles whatever asks for attention between instructions. `Ok(true)`: an interrupt was taken.
    #[inline]
    pub(crate) fn attend(&mut self) -> Result<bool, Exit> {
        let wanted = self.attention.bits() & self.attention_mask;
        if wanted == 0 {
            return Ok(false);
        }
        if wanted & attention::MAINTENANCE != 0 {
            self.maintain();
        }
        if wanted & attention::KICK != 0 {
            return Err(Exit::Kicked);
        }
        // FIQ first: an arbitrary but fixed choice (Arm ARM D1.3.6 leaves it open).
        if wanted & attention::FIQ != 0 {
            self.take_interrupt(Exception::fiq());
        } else if wanted & attention::IRQ != 0 {
            self.take_interrupt(Exception::irq());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Empties this core's mailbox.
    pub(crate) fn maintain(&mut self) {
        let (requests, mark) = self.coherence.take(self.index);
        for r in requests {
            self.obey(r);
        }
        self.coherence.done(self.index, mark);
    }

    /// Does one maintenance operation on this core's own caches.
    pub(crate) fn obey(&mut self, request: Request) {
        match request {
            Request::TlbAll => self.flush_tlb(),
            Request::TlbAsid(asid) => self.flush_asid(asid),
            Request::TlbRange { va, len, asid } => self.flush_tlb_range(va, len, asid),
            Request::CodeLines { page, lines } => self.code.invalidate_lines(page, lines),
            Request::CodeAll => self.code.clear(),
        }
    }

    /// Waits until every broadcast sent so far has been obeyed: the second half of a `DSB`. Serves its own mailbox
    /// meanwhile, or two cores would wait for each other.
    pub(crate) fn wait_for_others(&mut self) {
        let marks = self.coherence.mark(self.index);
        let mut spins = 0u32;
        while !self.coherence.reached(&marks) {
            if self.coherence.waiting(self.index) {
                self.maintain();
            }
            spins += 1;
            if spins < 64 {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        self.unsynced = false;
    }

    /// Executes from the page the program counter is in: until it leaves the page or something needs attention, or with
    /// `STEP` one instruction, with a look at the breakpoints.
    pub(crate) fn run_page<const STEP: bool>(&mut self) -> Break {
        let mut pc = self.state.pc;
        let mut page = match self.fetch_page(pc) {
            Ok(page) => page,
            Err(b) => return b,
        };
        let page_va = pc & !0xfff;
        // The first instruction of the straight line being executed.
        let mut first = pc;
        let result = loop {
            let op = page.decoded(&self.memory, self.profile, pc);
            self.state.pc = pc;
            if STEP {
                if let Err(b) = self.check_breakpoints(pc) {
                    break b;
                }
                self.debug.executed = op.code;
            }
            match EXEC[usize::from(op.code.0) & (EXEC.len() - 1)](self, op) {
                Ok(()) => {
                    pc = pc.wrapping_add(4);
                    if !STEP && pc & 0xfff != 0 {
                        continue;
                    }
                    self.state.pc = pc;
                    self.retired += pc.wrapping_sub(first) >> 2;
                    break Break::Jump;
                }
                Err(Break::Jump) => {
                    self.retired += (pc.wrapping_sub(first) >> 2) + 1;
                    pc = self.state.pc;
                    first = pc;
                    if !STEP && pc & !0xffc == page_va && self.attention.bits() & self.attention_mask == 0 {
                        continue;
                    }
                    break Break::Jump;
                }
                Err(b) => {
                    self.retired += (pc.wrapping_sub(first) >> 2) + 1;
                    break b;
                }
            }
        };
        self.code.put_back(page);
        result
    }
}
