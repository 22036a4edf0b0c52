//! PL061 GPIO: Arm PrimeCell, DDI 0190. Eight lines at 0x2006_0000 (`spec/machine.md` 2, 6).
//!
//! Its one use on this machine: line 3 is the power button.
//!
//! | Offset | Name | Access | Reset | |
//! | --- | --- | --- | --- | --- |
//! | 0x000..0x3FC | GPIODATA | RW | 0 | address bits 9:2 choose the lines that are read or written |
//! | 0x400 | GPIODIR | RW | 0 | 1: output |
//! | 0x404 | GPIOIS | RW | 0 | 1: level sensitive, 0: edges |
//! | 0x408 | GPIOIBE | RW | 0 | 1: both edges |
//! | 0x40C | GPIOIEV | RW | 0 | 1: rising edge or high level, 0: falling or low |
//! | 0x410 | GPIOIE | RW | 0 | 1: interrupt enabled |
//! | 0x414 | GPIORIS | RO | 0 | interrupts before the mask |
//! | 0x418 | GPIOMIS | RO | 0 | interrupts after the mask |
//! | 0x41C | GPIOIC | WO | – | write one to clear an edge |
//! | 0x420 | GPIOAFSEL | RW | 0 | kept, no effect |
//! | 0xFE0 | GPIOPeriphID0-3, GPIOPCellID0-3 | RO | 61 10 04 00, 0D F0 05 B1 | |
//!
//! Deliberately missing: where output lines lead (nowhere on this board), hardware control (GPIOAFSEL), the test
//! registers. Interrupts watch input lines only. Undriven inputs read 0: the board's pull-ups are 0x00, its
//! pull-downs 0xFF.

#[cfg(test)]
mod tests;

use crate::primecell::{self, Identification};
use serde::{Deserialize, Serialize};
use vmapple_bus::{At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot};
use vmapple_bus::{load_state, save_state};

const KIND: &str = "gpio-pl061";
const VERSION: u32 = 1;

const GPIODATA_LAST: u64 = 0x3fc;
const GPIODIR: u64 = 0x400;
const GPIOIS: u64 = 0x404;
const GPIOIBE: u64 = 0x408;
const GPIOIEV: u64 = 0x40c;
const GPIOIE: u64 = 0x410;
const GPIORIS: u64 = 0x414;
const GPIOMIS: u64 = 0x418;
const GPIOIC: u64 = 0x41c;
const GPIOAFSEL: u64 = 0x420;
/// Part 0x061, designer Arm, revision 0 (`spec/machine.md` 6).
const IDENTIFICATION: Identification = Identification([0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);

/// Output: the combined interrupt.
const GPIOINTR: usize = 0;

/// The guest-visible state, a bit for each line. Saved as it is; version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// What the guest drives on output lines.
    data: u8,
    dir: u8,
    is: u8,
    ibe: u8,
    iev: u8,
    ie: u8,
    afsel: u8,
    /// Edges seen and not cleared, on lines that are not level sensitive.
    edges: u8,
    /// Levels that the board drives.
    lines: u8,
}

impl State {
    /// GPIODATA of all eight lines: driven levels on inputs, the guest's own on outputs.
    fn levels(&self) -> u8 {
        self.lines & !self.dir | self.data & self.dir
    }

    /// GPIORIS: latched edges, and levels as they are now.
    fn ris(&self) -> u8 {
        self.edges & !self.is | !(self.lines ^ self.iev) & self.is & !self.dir
    }

    /// GPIOMIS.
    fn mis(&self) -> u8 {
        self.ris() & self.ie
    }

    /// The guest writes the lines of `mask`.
    fn write_data(&mut self, mask: u8, value: u8) {
        self.data = self.data & !mask | value & mask;
    }

    /// The guest writes GPIOIS. An edge latched before a line became level sensitive is forgotten.
    fn write_is(&mut self, is: u8) {
        self.is = is;
        self.edges &= !is;
    }

    /// The board drives a line. Lines that do not exist are ignored.
    fn drive(&mut self, line: u8, level: bool) {
        let Some(bit) = 1u8.checked_shl(line.into()) else { return };
        let before = self.lines;
        self.lines = if level { before | bit } else { before & !bit };
        let wanted = self.ibe | !(self.lines ^ self.iev);
        self.edges |= (before ^ self.lines) & wanted & !self.is & !self.dir;
    }

    /// Whether guest writes could have led here; if not, the field that tells.
    fn check(&self) -> Result<(), String> {
        if self.edges & self.is != 0 {
            return Err("edges are latched on level sensitive lines".into());
        }
        Ok(())
    }
}

/// A PL061. It has no configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpioPl061 {
    state: State,
}

/// What the state means for the outside.
struct Outputs {
    gpiointr: bool,
}

fn outputs(state: &State) -> Outputs {
    Outputs { gpiointr: state.mis() != 0 }
}

/// The lines that an offset in GPIODATA chooses: address bits 9:2.
fn lines_of(offset: u64) -> u8 {
    // Shifted down, the eight bits are the low byte; the truncation drops nothing below GPIODIR.
    (offset >> 2) as u8
}

impl GpioPl061 {
    /// A PL061 after reset, all lines low.
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings the outputs in line with the state.
    fn sync(&self, cx: &Cx<'_>) {
        cx.set(GPIOINTR, outputs(&self.state).gpiointr);
    }
}

impl Device for GpioPl061 {
    fn read(&mut self, at: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
        let s = &self.state;
        Ok(match at.offset {
            offset @ 0..=GPIODATA_LAST => s.levels() & lines_of(offset),
            GPIODIR => s.dir,
            GPIOIS => s.is,
            GPIOIBE => s.ibe,
            GPIOIEV => s.iev,
            GPIOIE => s.ie,
            GPIORIS => s.ris(),
            GPIOMIS => s.mis(),
            GPIOIC => return Err(Fault::WriteOnly("GPIOIC")),
            GPIOAFSEL => s.afsel,
            offset => return IDENTIFICATION.read(offset).ok_or(Fault::NoRegister),
        }
        .into())
    }

    fn write(&mut self, at: At, value: u64, cx: &mut Cx<'_>) -> Result<(), Fault> {
        let s = &mut self.state;
        // Every register has eight bits; what lies above is reserved.
        let byte = value as u8;
        match at.offset {
            offset @ 0..=GPIODATA_LAST => s.write_data(lines_of(offset), byte),
            GPIODIR => s.dir = byte,
            GPIOIS => s.write_is(byte),
            GPIOIBE => s.ibe = byte,
            GPIOIEV => s.iev = byte,
            GPIOIE => s.ie = byte,
            GPIORIS => return Err(Fault::ReadOnly("GPIORIS")),
            GPIOMIS => return Err(Fault::ReadOnly("GPIOMIS")),
            GPIOIC => s.edges &= !byte,
            GPIOAFSEL => s.afsel = byte,
            offset if IDENTIFICATION.read(offset).is_some() => return Err(Fault::ReadOnly("GPIOPeriphID/PCellID")),
            _ => return Err(Fault::NoRegister),
        }
        self.sync(cx);
        Ok(())
    }

    fn event(&mut self, what: Event, cx: &mut Cx<'_>) {
        if let Event::Line { line, level } = what {
            self.state.drive(line, level);
        }
        self.sync(cx);
    }

    /// Lines return to undriven: whoever drives one is reset with the machine too.
    fn reset(&mut self, cx: &mut Cx<'_>) {
        self.state = State::default();
        self.sync(cx);
    }
}

impl Snapshot for GpioPl061 {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn save(&self) -> Saved {
        save_state(KIND, VERSION, &self.state)
    }

    fn load(&mut self, saved: &Saved, cx: &mut Cx<'_>) -> Result<(), LoadError> {
        let state: State = load_state(KIND, VERSION, saved)?;
        state.check().map_err(|why| LoadError::State { kind: KIND, why })?;
        self.state = state;
        self.sync(cx);
        Ok(())
    }
}

impl Quiesce for GpioPl061 {
    fn quiesce(&mut self, _: &mut Cx<'_>) {}

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for GpioPl061 {
    fn regions(&self) -> Vec<Region> {
        vec![primecell::block("gpio")]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["GPIOINTR"]
    }
}
