//! A guest and a host that do anything at all, from a byte string.

use crate::bench::{Bench, RAM_BASE, RAM_SIZE, WINDOW_BASE};
use crate::damage::damaged;
use vmapple_bus::{Event, Part, Width};

/// VM time stays below this (292 years), so that nanoseconds remain a number every clock can show.
const END_OF_TIME: u64 = i64::MAX as u64;

/// Values that find bugs more often than random ones: ends of ranges, RAM's edges, the device's own window.
const CURIOUS: [u64; 16] = [
    0,
    1,
    2,
    0xff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1 << 63,
    u64::MAX,
    RAM_BASE,
    RAM_BASE + 0x1000,
    RAM_BASE + RAM_SIZE - 4,
    RAM_BASE + RAM_SIZE,
    WINDOW_BASE,
    WINDOW_BASE + 4,
];

/// The byte string, read from the front; it is over when a number does not fit any more.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn number(&mut self, bytes: usize) -> Option<u64> {
        let (head, tail) = self.0.split_at_checked(bytes)?;
        self.0 = tail;
        Some(head.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    fn value(&mut self) -> Option<u64> {
        Some(match self.number(1)? {
            kind @ 0..0x40 => CURIOUS[(kind % 16) as usize],
            0x40..0x80 => self.number(1)?,
            0x80..0xb0 => 1 << (self.number(1)? % 64),
            0xb0..0xe0 => self.number(4)?,
            _ => self.number(8)?,
        })
    }

    /// Region, offset (up to one access past the end) and width.
    fn place<P: Part>(&mut self, bench: &Bench<P>) -> Option<(usize, u64, Width)> {
        let kind = self.number(1)?;
        let region = (kind >> 4) as usize % bench.regions().len().max(1);
        let size = bench.regions().get(region).map_or(1, |r| r.size);
        let offset = match kind & 3 {
            // Registers lie at the start and, the PrimeCells' identification, at the end of a page.
            0 => (self.number(1)? * 4) % (size + 8),
            1 => size.saturating_sub(self.number(1)? % 0x40),
            _ => self.number(4)? % (size + 8),
        };
        // Mostly as a driver would: words.
        let width = match kind >> 2 & 3 {
            0 | 1 => Width::B4,
            2 => Width::B8,
            _ => Width::ALL[(offset % 4) as usize],
        };
        // Mostly aligned.
        Some((region, if kind & 2 == 0 { offset & !(width.bytes() - 1) } else { offset }, width))
    }
}

/// Runs the device through the accesses, events, waits, resets, saves and damaged saves that `script` spells. Any
/// string is valid; the same string always does the same.
///
/// # Panics
/// When the device panics, or when what holds for every device does not: a saved state loads into a fresh device,
/// saves as the same and gives the same wires; a refused one changes nothing; an accepted one can be saved again.
pub fn storm<P: Part>(make: impl Fn() -> P, script: &[u8]) {
    let mut bench = Bench::new(make());
    run(&mut bench, &make, script);
}

/// [`storm`] on a bench that already stands.
pub(crate) fn run<P: Part>(bench: &mut Bench<P>, make: &impl Fn() -> P, script: &[u8]) {
    let mut script = Script(script);
    while step(bench, make, &mut script).is_some() {}
}

fn step<P: Part>(bench: &mut Bench<P>, make: &impl Fn() -> P, script: &mut Script<'_>) -> Option<()> {
    match script.number(1)? {
        0..100 => {
            let (region, offset, width) = script.place(bench)?;
            let value = script.value()?;
            bench.write(region, offset, width, value);
        }
        100..180 => {
            let (region, offset, width) = script.place(bench)?;
            bench.read(region, offset, width);
        }
        180..200 => {
            let step = script.value()?;
            bench.advance(step.min(END_OF_TIME - bench.now_ns.min(END_OF_TIME)));
        }
        200..215 => {
            let event = match script.number(1)? {
                n @ 0..32 => Event::Timer(n as u8 % 4),
                32..64 => Event::Input,
                64..96 => Event::Output,
                96..128 => Event::PowerButton,
                n => Event::Line { line: (n as u8 & 0x1f) >> 1, level: n & 1 != 0 },
            };
            bench.event(event);
        }
        215..225 => {
            let len = script.number(1)? as usize;
            let (bytes, rest) = script.0.split_at(len.min(script.0.len()));
            script.0 = rest;
            bench.host_gives(bytes);
        }
        225..230 => drop(bench.host_takes()),
        // Fill the stream behind the device's back, so that its next byte finds no room.
        230..232 => while bench.stream().send(b'.') {},
        232..236 => bench.reset(),
        236..248 => save_and_load(bench, make),
        _ => {
            let (place, with) = (script.number(2)?, script.number(1)?);
            load_damaged(bench, make, place, with);
        }
    }
    Some(())
}

/// Saves, loads into a fresh device, which must then look the same, and loads the device itself with its own state,
/// so that what a load forgets shows later.
pub(crate) fn save_and_load<P: Part>(bench: &mut Bench<P>, make: &impl Fn() -> P) {
    let Some(saved) = bench.try_save() else { return };
    let mut other = bench.beside(make());
    other.load(&saved).unwrap_or_else(|e| panic!("a device refuses what it saved: {e}\n{saved:#?}"));
    assert_eq!(other.save(), saved, "a loaded device saves something else");
    assert_eq!(other.levels(), bench.levels(), "a loaded device's wires differ; it was loaded with {saved:#?}");
    bench.load(&saved).unwrap_or_else(|e| panic!("a device refuses its own state: {e}"));
    assert_eq!(bench.save(), saved, "loading a device's own state changes it");
    assert_eq!(other.alarms(), bench.alarms(), "loading leaves timers that do not follow from the state: {saved:#?}");
}

/// Loads a damaged copy of the device's own state into it.
pub(crate) fn load_damaged<P: Part>(bench: &mut Bench<P>, make: &impl Fn() -> P, place: u64, with: u64) {
    let Some(saved) = bench.try_save() else { return };
    let levels = bench.levels();
    let alarms = bench.alarms();
    let bad = damaged(&saved, place, with);
    if bench.load(&bad).is_err() {
        assert_eq!(bench.save(), saved, "a refused state changed the device: {bad:#?}");
        assert_eq!(bench.levels(), levels, "a refused state changed the wires: {bad:#?}");
        assert_eq!(bench.alarms(), alarms, "a refused state changed the timers: {bad:#?}");
    } else {
        save_and_load(bench, make);
    }
}
