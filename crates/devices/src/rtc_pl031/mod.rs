//! PL031 real time clock: Arm PrimeCell, DDI 0224. At 0x2005_0000 (`spec/machine.md` 2, 6).
//!
//! Guests read the time of day from it, in seconds since the Unix epoch, UTC: Linux always, Apple's boot chain only
//! where there is no AVP RTC.
//!
//! | Offset | Name | Access | Reset | |
//! | --- | --- | --- | --- | --- |
//! | 0x000 | RTCDR | RO | time of day | the counter |
//! | 0x004 | RTCMR | RW | 0 | the counter value that interrupts |
//! | 0x008 | RTCLR | RW | 0 | sets the counter; reads as last written |
//! | 0x00C | RTCCR | RW | 1 | bit 0: started; always |
//! | 0x010 | RTCIMSC | RW | 0 | bit 0: interrupt enabled |
//! | 0x014 | RTCRIS | RO | 0 | interrupt before the mask |
//! | 0x018 | RTCMIS | RO | 0 | interrupt after the mask |
//! | 0x01C | RTCICR | WO | – | write one to clear |
//! | 0xFE0 | RTCPeriphID0-3, RTCPCellID0-3 | RO | 31 10 14 00, 0D F0 05 B1 | |
//!
//! Deliberately different from the chip:
//! - It runs from the start and cannot be stopped, as a clock with a battery: RTCCR reads 1 and ignores writes.
//! - Its seconds are VM time, which stops while the VM is stopped; then it falls behind the host by that long, as a
//!   guest's own clock does.
//! - Writing RTCLR takes effect at once and does not move the moment at which seconds change.

#[cfg(test)]
mod tests;

use crate::primecell::{self, Identification};
use serde::{Deserialize, Serialize};
use vmapple_bus::{At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot};
use vmapple_bus::{load_state, save_state};

const KIND: &str = "rtc-pl031";
const VERSION: u32 = 1;

const RTCDR: u64 = 0x000;
const RTCMR: u64 = 0x004;
const RTCLR: u64 = 0x008;
const RTCCR: u64 = 0x00c;
const RTCIMSC: u64 = 0x010;
const RTCRIS: u64 = 0x014;
const RTCMIS: u64 = 0x018;
const RTCICR: u64 = 0x01c;
/// Part 0x031, designer Arm, revision 1 (`spec/machine.md` 6).
const IDENTIFICATION: Identification = Identification([0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);

/// RTCCR: RTC start.
const RTC_START: u64 = 1;
/// Output: the interrupt.
const RTCINTR: usize = 0;
/// Timer: the counter reaches RTCMR.
const MATCH: u8 = 0;

const NS_PER_SECOND: u64 = 1_000_000_000;
/// Seconds after which the 32-bit counter shows the same value again.
const WRAP: u64 = 1 << 32;

/// The guest-visible state. Saved as it is; version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// RTCMR.
    mr: u32,
    /// RTCLR, as last written.
    lr: u32,
    /// What writes to RTCLR added to the time of day, modulo 2^32 s.
    offset: u32,
    /// RTCIMSC bit 0.
    imsc: bool,
    /// RTCRIS bit 0.
    ris: bool,
}

/// A PL031.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtcPl031 {
    /// Configuration: seconds since the Unix epoch at VM time zero.
    epoch_at_vm_zero: u64,
    /// VM second at which the counter next reaches RTCMR. Follows from the state and the time it was set at.
    match_at: u64,
    state: State,
}

/// What the state means for the outside.
struct Outputs {
    rtcintr: bool,
    /// VM time in nanoseconds at which the guest expects an interrupt.
    match_ns: Option<u64>,
}

fn outputs(state: &State, match_at: u64) -> Outputs {
    Outputs {
        rtcintr: state.ris && state.imsc,
        // While masked or already raised, a match is noticed by whoever looks next.
        match_ns: (state.imsc && !state.ris).then(|| match_at.saturating_mul(NS_PER_SECOND)),
    }
}

impl RtcPl031 {
    /// A PL031 after reset. `epoch_at_vm_zero` is the host's time of day when VM time was zero, in seconds since the
    /// Unix epoch: the machine takes it when it is built (the host's time now less VM time now, when it is restored).
    pub fn new(epoch_at_vm_zero: u64) -> Self {
        let mut rtc = Self { epoch_at_vm_zero, match_at: 0, state: State::default() };
        rtc.match_at = rtc.next_match(0);
        rtc
    }

    /// RTCDR at this VM second: 32 bits, wrapping in 2106 as the chip does.
    fn counter(&self, second: u64) -> u32 {
        // The truncation is the register's.
        (self.epoch_at_vm_zero.wrapping_add(second) as u32).wrapping_add(self.state.offset)
    }

    /// The first VM second after `second` at which the counter shows RTCMR.
    fn next_match(&self, second: u64) -> u64 {
        match self.state.mr.wrapping_sub(self.counter(second)) {
            0 => second.saturating_add(WRAP),
            distance => second.saturating_add(distance.into()),
        }
    }

    /// The guest changed RTCMR or RTCLR: a match that is already there counts.
    fn compare(&mut self, second: u64) {
        self.state.ris |= self.state.mr == self.counter(second);
        self.match_at = self.next_match(second);
    }

    /// Notices a match since the last call, and returns the VM second.
    fn catch_up(&mut self, cx: &Cx<'_>) -> u64 {
        let second = cx.now_ns / NS_PER_SECOND;
        if second >= self.match_at {
            self.state.ris = true;
            self.match_at = self.next_match(second);
        }
        second
    }

    /// Brings the outputs in line with the state.
    fn sync(&self, cx: &Cx<'_>) {
        let Outputs { rtcintr, match_ns } = outputs(&self.state, self.match_at);
        cx.set(RTCINTR, rtcintr);
        cx.timers.set(MATCH, match_ns);
    }
}

impl Device for RtcPl031 {
    fn read(&mut self, at: At, cx: &mut Cx<'_>) -> Result<u64, Fault> {
        let second = self.catch_up(cx);
        self.sync(cx);
        let s = &self.state;
        Ok(match at.offset {
            RTCDR => self.counter(second).into(),
            RTCMR => s.mr.into(),
            RTCLR => s.lr.into(),
            RTCCR => RTC_START,
            RTCIMSC => s.imsc.into(),
            RTCRIS => s.ris.into(),
            RTCMIS => (s.ris && s.imsc).into(),
            RTCICR => return Err(Fault::WriteOnly("RTCICR")),
            offset => return IDENTIFICATION.read(offset).ok_or(Fault::NoRegister),
        })
    }

    fn write(&mut self, at: At, value: u64, cx: &mut Cx<'_>) -> Result<(), Fault> {
        let second = self.catch_up(cx);
        // Registers are 32 bits wide, and the bus gives no more; one-bit registers ignore the rest.
        let (word, bit) = (value as u32, value & 1 != 0);
        match at.offset {
            RTCDR => return Err(Fault::ReadOnly("RTCDR")),
            RTCMR => {
                self.state.mr = word;
                self.compare(second);
            }
            RTCLR => {
                self.state.lr = word;
                self.state.offset = self.state.offset.wrapping_add(word.wrapping_sub(self.counter(second)));
                self.compare(second);
            }
            RTCCR => {}
            RTCIMSC => self.state.imsc = bit,
            RTCRIS => return Err(Fault::ReadOnly("RTCRIS")),
            RTCMIS => return Err(Fault::ReadOnly("RTCMIS")),
            RTCICR => self.state.ris &= !bit,
            offset if IDENTIFICATION.read(offset).is_some() => return Err(Fault::ReadOnly("RTCPeriphID/PCellID")),
            _ => return Err(Fault::NoRegister),
        }
        self.sync(cx);
        Ok(())
    }

    fn event(&mut self, _: Event, cx: &mut Cx<'_>) {
        // Whatever woke it: look at the clock.
        self.catch_up(cx);
        self.sync(cx);
    }

    fn reset(&mut self, cx: &mut Cx<'_>) {
        *self = Self::new(self.epoch_at_vm_zero);
        self.match_at = self.next_match(cx.now_ns / NS_PER_SECOND);
        self.sync(cx);
    }
}

impl Snapshot for RtcPl031 {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn save(&self) -> Saved {
        save_state(KIND, VERSION, &self.state)
    }

    /// Every value of every field is one a guest can reach, so the shape is all there is to check. The next match is
    /// counted from now; one that passed while the machine was saved is not raised.
    fn load(&mut self, saved: &Saved, cx: &mut Cx<'_>) -> Result<(), LoadError> {
        self.state = load_state(KIND, VERSION, saved)?;
        self.match_at = self.next_match(cx.now_ns / NS_PER_SECOND);
        self.sync(cx);
        Ok(())
    }
}

impl Quiesce for RtcPl031 {
    /// Notices a match whose timer has not been delivered yet: saved state holds no time.
    fn quiesce(&mut self, cx: &mut Cx<'_>) {
        self.catch_up(cx);
        self.sync(cx);
    }

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for RtcPl031 {
    fn regions(&self) -> Vec<Region> {
        vec![primecell::block("rtc")]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["RTCINTR"]
    }
}
