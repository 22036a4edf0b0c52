//! The generic timer of one CPU: virtual and physical compare registers over the one 24 MHz counter
//! (Arm ARM D12; `spec/machine.md` 3: virtual PPI 27, physical PPI 30). There is no offset between the two counters.

use std::sync::{Arc, Mutex, Weak};
use vmapple_bus::{Clock, Event, Pump, Target, TargetId, Wire, ticks_to_ns};

/// INTID of the virtual timer.
pub const VIRTUAL_PPI: u32 = 27;
/// INTID of the EL1 physical timer.
pub const PHYSICAL_PPI: u32 = 30;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `CNTV_*`.
    Virtual = 0,
    /// `CNTP_*`.
    Physical = 1,
}

const ENABLE: u64 = 1;
const IMASK: u64 = 2;
const ISTATUS: u64 = 4;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Compare {
    /// ENABLE and IMASK.
    ctl: u64,
    cval: u64,
}

impl Compare {
    fn condition(&self, now: u64) -> bool {
        self.ctl & ENABLE != 0 && now >= self.cval
    }
}

/// Both timers of one CPU.
pub struct Timers {
    state: Mutex<[Compare; 2]>,
    wires: [Wire; 2],
    clock: Arc<Clock>,
    pump: Arc<Pump>,
    target: TargetId,
}

impl std::fmt::Debug for Timers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timers").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Timers {
    /// Timers that drive these two wires (virtual, physical).
    pub fn new(pump: &Arc<Pump>, virtual_line: Wire, physical_line: Wire) -> Arc<Self> {
        Arc::new_cyclic(|me: &Weak<Timers>| {
            let me: Weak<dyn Target> = me.clone();
            Timers {
                state: Mutex::default(),
                wires: [virtual_line, physical_line],
                clock: pump.clock().clone(),
                pump: pump.clone(),
                target: pump.register(me),
            }
        })
    }

    fn with<R>(&self, f: impl FnOnce(&mut [Compare; 2], u64) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(|e| e.into_inner());
        let now = self.clock.ticks();
        let r = f(&mut state, now);
        self.sync(&state, now);
        r
    }

    /// Outputs follow from the state: lines now, alarms for later.
    fn sync(&self, state: &[Compare; 2], now: u64) {
        for (i, t) in state.iter().enumerate() {
            let fired = t.condition(now);
            self.wires[i].set(fired && t.ctl & IMASK == 0);
            let waits = t.ctl & (ENABLE | IMASK) == ENABLE && !fired;
            self.pump.set_timer(self.target, i as u8, waits.then(|| ticks_to_ns(t.cval)));
        }
    }

    /// `CNTx_CTL_EL0`.
    pub fn ctl(&self, which: Which) -> u64 {
        self.with(|s, now| {
            let t = s[which as usize];
            t.ctl | if t.condition(now) { ISTATUS } else { 0 }
        })
    }

    /// Writes `CNTx_CTL_EL0`.
    pub fn set_ctl(&self, which: Which, value: u64) {
        self.with(|s, _| s[which as usize].ctl = value & (ENABLE | IMASK));
    }

    /// `CNTx_CVAL_EL0`.
    pub fn cval(&self, which: Which) -> u64 {
        self.with(|s, _| s[which as usize].cval)
    }

    /// Writes `CNTx_CVAL_EL0`.
    pub fn set_cval(&self, which: Which, value: u64) {
        self.with(|s, _| s[which as usize].cval = value);
    }

    /// `CNTx_TVAL_EL0`: ticks left, as a signed 32-bit value, zero-extended.
    pub fn tval(&self, which: Which) -> u64 {
        self.with(|s, now| u64::from(s[which as usize].cval.wrapping_sub(now) as u32))
    }

    /// Writes `CNTx_TVAL_EL0`: the compare value becomes now plus the sign-extended value.
    pub fn set_tval(&self, which: Which, value: u64) {
        self.with(|s, now| s[which as usize].cval = now.wrapping_add(value as u32 as i32 as u64));
    }

    /// Cold reset.
    pub fn reset(&self) {
        self.with(|s, _| *s = Default::default());
    }
}

impl Target for Timers {
    fn deliver(&self, _: Event) {
        self.with(|_, _| ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timers() -> (Arc<Pump>, Arc<Timers>) {
        let clock = Arc::new(Clock::new());
        clock.stop();
        let pump = Pump::new(clock);
        let t = Timers::new(&pump, Wire::detached(), Wire::detached());
        (pump, t)
    }

    #[test]
    fn the_line_is_condition_and_not_masked() {
        let (pump, t) = timers();
        pump.clock().set(ticks_to_ns(1000));
        t.set_cval(Which::Virtual, 2000);
        t.set_ctl(Which::Virtual, ENABLE);
        assert!(!t.wires[0].level());
        assert_eq!(t.ctl(Which::Virtual), ENABLE);
        pump.clock().set(ticks_to_ns(2000));
        assert_eq!(t.ctl(Which::Virtual), ENABLE | ISTATUS);
        assert!(t.wires[0].level() && !t.wires[1].level());
        t.set_ctl(Which::Virtual, ENABLE | IMASK);
        assert!(!t.wires[0].level());
        t.set_ctl(Which::Virtual, ENABLE);
        t.set_cval(Which::Virtual, u64::MAX);
        assert!(!t.wires[0].level(), "moving the deadline lowers the line");
    }

    #[test]
    fn timer_value_is_signed_and_relative() {
        let (pump, t) = timers();
        pump.clock().set(ticks_to_ns(5000));
        t.set_tval(Which::Physical, 0xffff_ffff);
        assert_eq!(t.cval(Which::Physical), 4999);
        t.set_tval(Which::Physical, 100);
        assert_eq!(t.cval(Which::Physical), 5100);
        pump.clock().set(ticks_to_ns(5200));
        assert_eq!(t.tval(Which::Physical), 0xffff_ff9c);
    }
}
