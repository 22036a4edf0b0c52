//! What one vCPU's thread does.

use crate::cpus::{CpuEvent, Cpus, Mode, Start};
use crate::engine::Engine;
use crate::exit::Exit;
use crate::psci::{self, Action, Call, Power, View};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use vmapple_a64::attention::{EVENT, FIQ, IRQ, KICK};

/// How long a WFE waits for its event: the architecture allows it to end at any time, and guests poll.
const WFE_WAIT: Duration = Duration::from_micros(100);

impl View for Cpus {
    fn find(&self, affinity: u64) -> Option<usize> {
        self.slots.iter().position(|s| s.affinity == affinity)
    }

    fn power(&self, cpu: usize) -> Power {
        self.slots.get(cpu).map_or(Power::Off, |s| s.power.lock().unwrap_or_else(|e| e.into_inner()).0)
    }

    fn executable(&self, pa: u64) -> bool {
        self.memory.find(pa, 4).is_some()
    }

    fn powered(&self) -> usize {
        (0..self.slots.len()).filter(|&i| self.power(i) != Power::Off).count()
    }
}

/// How often a suspended machine looks for a reason to wake: the wires do not tell, because the guest has put the
/// interrupt controller to sleep.
const SUSPEND_LOOK: Duration = Duration::from_millis(10);

/// What to do after an exit has been handled.
enum Next {
    Continue,
    /// Look at the power and run state.
    Look,
}

/// Tells the machine if the thread ends by a panic, a defect of this program: nobody may wait for it for ever.
struct Obituary<'a>(&'a Cpus, usize);

impl Drop for Obituary<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.never_again();
            (self.0.sink)(CpuEvent::Fatal(format!("CPU {}: its thread panicked; this is a defect of vmapple", self.1)));
        }
    }
}

/// The thread's body.
pub(crate) fn run(cpus: &Cpus, me: usize, mut engine: Engine) {
    let _obituary = Obituary(cpus, me);
    let slot = &cpus.slots[me];
    loop {
        slot.attention.lower(KICK);
        if cpus.park() == Mode::Stop {
            tracing::debug!(target: "vcpu", "CPU {me} ends at {:#x}, after {:?} instructions", engine.pc(), engine.retired());
            return;
        }
        if !powered(cpus, me, &mut engine) {
            // Off: sleep until someone switches it on, pauses or stops.
            slot.attention.wait(KICK, None);
            continue;
        }
        loop {
            let exit = engine.run();
            slot.retired.store(engine.retired().unwrap_or(0), Relaxed);
            match handle(cpus, me, &mut engine, exit) {
                Next::Continue => {}
                Next::Look => break,
            }
        }
    }
}

/// Starts the CPU if it was told to; whether it is on.
fn powered(cpus: &Cpus, me: usize, engine: &mut Engine) -> bool {
    let mut power = cpus.slots[me].power.lock().unwrap_or_else(|e| e.into_inner());
    match *power {
        (Power::Off, _) => false,
        (Power::On, _) => true,
        (Power::OnPending, start) => {
            power.0 = Power::On;
            drop(power);
            engine.start(start.pc, start.x);
            true
        }
    }
}

fn handle(cpus: &Cpus, me: usize, engine: &mut Engine, exit: Exit) -> Next {
    let slot = &cpus.slots[me];
    match exit {
        Exit::Kicked => Next::Look,
        Exit::Wfi => {
            slot.attention.wait(IRQ | FIQ | KICK, None);
            Next::Continue
        }
        Exit::Wfe => {
            std::thread::yield_now();
            slot.attention.wait(IRQ | FIQ | KICK | EVENT, Some(WFE_WAIT));
            Next::Continue
        }
        Exit::Hypercall { .. } => hypercall(cpus, me, engine),
        Exit::Stop { why } => fatal(cpus, me, engine, why),
        // The only engine of this build serves these in place.
        Exit::Mmio { .. } | Exit::Undecoded | Exit::Register { .. } => {
            fatal(cpus, me, engine, format!("unexpected exit {exit:?}"))
        }
    }
}

/// Reports, then sleeps until the machine decides.
fn fatal(cpus: &Cpus, me: usize, engine: &Engine, why: String) -> Next {
    (cpus.sink)(CpuEvent::Fatal(format!("CPU {me} at {:#x}: {why}", engine.pc())));
    off(cpus, me)
}

/// Switches this CPU off.
fn off(cpus: &Cpus, me: usize) -> Next {
    cpus.slots[me].power.lock().unwrap_or_else(|e| e.into_inner()).0 = Power::Off;
    Next::Look
}

fn hypercall(cpus: &Cpus, me: usize, engine: &mut Engine) -> Next {
    let call = Call { function: engine.x(0), args: [engine.x(1), engine.x(2), engine.x(3)] };
    let (status, action) = psci::serve(call, cpus);
    let slot = &cpus.slots[me];
    match action {
        Action::None => {}
        Action::Unknown => tracing::debug!(target: "psci", "CPU {me}: unknown hypercall {call:?}"),
        Action::Start { cpu, entry, context } => {
            let target = &cpus.slots[cpu];
            let mut power = target.power.lock().unwrap_or_else(|e| e.into_inner());
            // Two callers may have seen it off: the second is told that it is on its way.
            if power.0 != Power::Off {
                drop(power);
                engine.set_x(0, psci::status::ON_PENDING as u64);
                return Next::Continue;
            }
            *power = (Power::OnPending, Start { pc: entry, x: [context, 0, 0, 0] });
            drop(power);
            target.attention.raise(KICK);
        }
        Action::Off => {
            cpus.gic.reset_cpu_interface(me);
            slot.timers.reset();
            return off(cpus, me);
        }
        Action::Standby => {
            slot.attention.wait(IRQ | FIQ | KICK, None);
        }
        Action::Suspend { entry, context } => {
            while !cpus.gic.wake_request(me) {
                if slot.attention.wait(KICK, Some(SUSPEND_LOOK)) != 0 {
                    // Paused or stopped while asleep: come back here afterwards, as if the call were made again.
                    engine.repeat_hypercall();
                    return Next::Look;
                }
            }
            engine.start(entry, [context, 0, 0, 0]);
            return Next::Continue;
        }
        Action::SystemOff => {
            (cpus.sink)(CpuEvent::SystemOff);
            return off(cpus, me);
        }
        Action::SystemReset => {
            (cpus.sink)(CpuEvent::SystemReset);
            return off(cpus, me);
        }
    }
    engine.set_x(0, status as u64);
    Next::Continue
}
