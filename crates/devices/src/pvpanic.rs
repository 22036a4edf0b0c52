//! pvpanic: two bytes at 0x2007_0000 through which a guest reports that it crashed (`spec/pvpanic.md`).
//!
//! Both bytes are the same register: read, the events the machine listens to; written, the event that happened. One
//! event per write, the lowest of those that are advertised. There is no interrupt and no guest-visible state.
//!
//! Events that are not advertised are ignored, unlike in QEMU.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};
use vmapple_bus::{Access, At, Cx, Device, Event, Fault, LoadError, Notice, Part, Quiesce, Region, Saved, Snapshot};
use vmapple_bus::{load_state, save_state};

const KIND: &str = "pvpanic";
const VERSION: u32 = 1;

bitflags! {
    /// What a guest can report.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Events: u8 {
        /// The guest panicked.
        const PANICKED = 1 << 0;
        /// The guest panicked and its own crash kernel deals with it.
        const CRASH_LOADED = 1 << 1;
        /// The guest asks to be shut down.
        const SHUTDOWN = 1 << 2;
    }
}

impl Default for Events {
    /// What the machine advertises unless told otherwise: panicked and crash loaded.
    fn default() -> Self {
        Self::PANICKED | Self::CRASH_LOADED
    }
}

/// The guest-visible state: none. Version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {}

/// What has been logged, so that a guest cannot fill the log. Not state: it survives a reset and is not saved.
#[derive(Clone, Debug, Default)]
struct Logged {
    /// Events reported.
    reports: u64,
    /// A write without any advertised event was seen.
    unknown: bool,
}

/// A pvpanic device.
#[derive(Clone, Debug, Default)]
pub struct Pvpanic {
    /// Configuration: the events the guest is told of.
    supported: Events,
    logged: Logged,
    state: State,
}

impl Pvpanic {
    /// A pvpanic that advertises and takes these events.
    pub fn new(supported: Events) -> Self {
        Self { supported, ..Self::default() }
    }

    /// Tells the machine of an event.
    fn report(&mut self, event: Events, cx: &Cx<'_>) {
        let notice = match event {
            Events::PANICKED => Notice::GuestPanicked,
            Events::CRASH_LOADED => Notice::CrashLoaded,
            _ => Notice::ShutdownAsked,
        };
        // A guest can do this at full speed: log the 1st, 2nd, 4th, 8th...
        self.logged.reports = self.logged.reports.saturating_add(1);
        if self.logged.reports.is_power_of_two() {
            tracing::warn!(target: "pvpanic", "the guest reports {notice:?} ({} reports so far)", self.logged.reports);
        }
        cx.notices.send(notice);
    }
}

impl Device for Pvpanic {
    fn read(&mut self, _: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
        Ok(self.supported.bits().into())
    }

    fn write(&mut self, _: At, value: u64, cx: &mut Cx<'_>) -> Result<(), Fault> {
        // The bus gives single bytes.
        let happened = Events::from_bits_truncate(value as u8) & self.supported;
        match happened.iter().next() {
            Some(lowest) => self.report(lowest, cx),
            None if value != 0 && !std::mem::replace(&mut self.logged.unknown, true) => {
                tracing::warn!(target: "pvpanic", "the guest reports events {value:#04x}, none of which is advertised");
            }
            None => {}
        }
        Ok(())
    }

    fn event(&mut self, _: Event, _: &mut Cx<'_>) {}

    fn reset(&mut self, _: &mut Cx<'_>) {
        self.state = State::default();
    }
}

impl Snapshot for Pvpanic {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn save(&self) -> Saved {
        save_state(KIND, VERSION, &self.state)
    }

    fn load(&mut self, saved: &Saved, _: &mut Cx<'_>) -> Result<(), LoadError> {
        self.state = load_state(KIND, VERSION, saved)?;
        Ok(())
    }
}

impl Quiesce for Pvpanic {
    fn quiesce(&mut self, _: &mut Cx<'_>) {}

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for Pvpanic {
    fn regions(&self) -> Vec<Region> {
        vec![Region { name: "pvpanic", size: 2, access: Access::BYTES }]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmapple_bus::Width;
    use vmapple_testkit::{Bench, check_part};

    fn bench() -> Bench<Pvpanic> {
        Bench::new(Pvpanic::default())
    }

    #[test]
    fn passes_every_generic_check() {
        check_part(Pvpanic::default);
        check_part(|| Pvpanic::new(Events::all()));
    }

    #[test]
    fn both_bytes_read_the_advertised_events() {
        let mut b = bench();
        assert_eq!([b.r8(0), b.r8(1)], [0x03, 0x03]);
        assert_eq!(b.read(0, 0, Width::B2), 0x0303);
        assert_eq!(Bench::new(Pvpanic::new(Events::all())).r8(0), 0x07);
        assert_eq!(Bench::new(Pvpanic::new(Events::empty())).r8(0), 0);
    }

    #[test]
    fn each_event_is_one_notice() {
        let mut b = bench();
        b.w8(0, 1);
        assert_eq!(b.notices(), [Notice::GuestPanicked]);
        b.w8(1, 2);
        assert_eq!(b.notices(), [Notice::CrashLoaded]);
    }

    #[test]
    fn shutdown_counts_only_where_advertised() {
        let mut b = bench();
        b.w8(0, 4);
        assert_eq!(b.notices(), []);
        let mut b = Bench::new(Pvpanic::new(Events::all()));
        b.w8(0, 4);
        assert_eq!(b.notices(), [Notice::ShutdownAsked]);
    }

    #[test]
    fn one_event_per_write_the_lowest() {
        let mut b = Bench::new(Pvpanic::new(Events::all()));
        b.w8(0, 0x03);
        b.w8(0, 0x06);
        b.w8(0, 0xff);
        assert_eq!(b.notices(), [Notice::GuestPanicked, Notice::CrashLoaded, Notice::GuestPanicked]);
    }

    #[test]
    fn a_halfword_write_is_two_events_low_byte_first() {
        let mut b = bench();
        b.write(0, 0, Width::B2, 0x0102);
        assert_eq!(b.notices(), [Notice::CrashLoaded, Notice::GuestPanicked]);
    }

    #[test]
    fn unknown_bits_and_zero_do_nothing() {
        let mut b = bench();
        for value in [0xf8, 0xf8, 0] {
            b.w8(0, value);
            assert_eq!((b.notices().len(), b.fault()), (0, None));
        }
        assert!(b.part.logged.unknown);
    }

    #[test]
    fn threat_straddle_wide_accesses_stop_at_the_second_byte() {
        let mut b = bench();
        assert_eq!(b.read(0, 0, Width::B4), 0x0303);
        assert_eq!(b.read(0, 0, Width::B8), 0x0303);
        assert_eq!(b.read(0, 1, Width::B4), 0x03);
        assert_eq!(b.read(0, 2, Width::B1), 0);
        b.write(0, 0, Width::B8, 0x0101_0101_0101_0101);
        b.write(0, 2, Width::B1, 1);
        assert_eq!(b.notices(), [Notice::GuestPanicked; 2]);
    }

    #[test]
    fn threat_logs_a_flood_of_reports_logs_rarely_and_is_no_state() {
        let mut b = bench();
        let before = b.save();
        for _ in 0..1000 {
            b.w8(0, 1);
        }
        assert_eq!((b.notices().len(), b.part.logged.reports), (1000, 1000));
        assert_eq!(b.save(), before);
        assert_eq!(before.state, serde_json::json!({}));
    }
}
