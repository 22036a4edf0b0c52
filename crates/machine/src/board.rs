//! The board: which parts there are, where, and what their wires lead to.
//!
//! Reads like the memory map of `spec/machine.md` 2 and 3. Behaviour does not belong here. Adding a device is its file
//! in `vmapple-devices` and one entry below; [`resolve`] is what `vmapple board` prints and what the golden test holds
//! still.

use crate::config::{MachineConfig, Msi};
use crate::map::{self, Block};
use std::sync::Arc;
use vmapple_bus::Part;
use vmapple_devices::gic::{Distributor, Gic, Redistributors, V2m};
use vmapple_devices::gpio_pl061::GpioPl061;
use vmapple_devices::power_button::PowerButton;
use vmapple_devices::pvpanic::{Events, Pvpanic};
use vmapple_devices::rtc_pl031::RtcPl031;
use vmapple_devices::uart_pl011::UartPl011;

/// What a part is made from.
pub(crate) struct Make<'a> {
    pub(crate) gic: &'a Arc<Gic>,
    /// Seconds since the Unix epoch at VM time zero.
    pub(crate) epoch: u64,
}

/// Where an output wire leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// A shared interrupt, by SPI number (INTID minus 32).
    Spi(u32),
    /// An input line of another part, by that part's name.
    Line(&'static str, u8),
}

/// One part of the board.
pub(crate) struct Entry {
    /// Its name, also in logs and saved files.
    pub(crate) name: &'static str,
    /// Where its register blocks lie, in the part's order.
    pub(crate) blocks: &'static [Block],
    /// Where its outputs lead, in the part's order.
    pub(crate) wires: &'static [To],
    /// Whether this machine has it.
    pub(crate) present: fn(&MachineConfig) -> bool,
    /// Builds it.
    pub(crate) make: fn(&Make<'_>) -> Box<dyn Part>,
}

fn always(_: &MachineConfig) -> bool {
    true
}

fn with_v2m(config: &MachineConfig) -> bool {
    config.msi == Msi::V2m
}

/// The serial port's name: the machine connects its stream.
pub(crate) const SERIAL: &str = "uart-pl011";
/// The power button's name: the machine presses it.
pub(crate) const POWER_BUTTON: &str = "power-button";
const GPIO: &str = "gpio-pl061";

/// Every part, in address order; parts without registers last.
pub(crate) static BOARD: &[Entry] = &[
    Entry {
        name: "gic-distributor",
        blocks: &[map::GIC_DISTRIBUTOR],
        wires: &[],
        present: always,
        make: |m| Box::new(Distributor::new(m.gic.clone())),
    },
    Entry {
        name: "gic-redistributors",
        blocks: &[map::GIC_REDISTRIBUTORS],
        wires: &[],
        present: always,
        make: |m| Box::new(Redistributors::new(m.gic.clone())),
    },
    Entry {
        name: "gic-v2m",
        blocks: &[map::GIC_V2M],
        wires: &[],
        present: with_v2m,
        make: |m| Box::new(V2m::new(m.gic.clone())),
    },
    Entry {
        name: SERIAL,
        blocks: &[map::UART],
        wires: &[To::Spi(map::UART_SPI)],
        present: always,
        make: |_| Box::new(UartPl011::new()),
    },
    Entry {
        name: "rtc-pl031",
        blocks: &[map::RTC],
        wires: &[To::Spi(map::RTC_SPI)],
        present: always,
        make: |m| Box::new(RtcPl031::new(m.epoch)),
    },
    Entry {
        name: GPIO,
        blocks: &[map::GPIO],
        wires: &[To::Spi(map::GPIO_SPI)],
        present: always,
        make: |_| Box::new(GpioPl061::new()),
    },
    Entry {
        name: "pvpanic",
        blocks: &[map::PVPANIC],
        wires: &[],
        present: always,
        make: |_| Box::new(Pvpanic::new(Events::PANICKED | Events::CRASH_LOADED)),
    },
    Entry {
        name: POWER_BUTTON,
        blocks: &[],
        wires: &[To::Line(GPIO, map::POWER_BUTTON_LINE as u8)],
        present: always,
        make: |_| Box::new(PowerButton::new()),
    },
];

/// One line of the resolved board.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Resolved {
    /// First guest physical address; `None` for a part without registers.
    pub base: Option<u64>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// The part's name.
    pub part: &'static str,
    /// Interrupt, as INTID.
    pub intid: Option<u32>,
    /// Another part's input line that it drives.
    pub line: Option<String>,
}

/// The board of a machine: its parts and its RAM, in address order.
pub fn resolve(config: &MachineConfig) -> Vec<Resolved> {
    let mut rows = Vec::new();
    for e in BOARD.iter().filter(|e| (e.present)(config)) {
        let intid = e.wires.iter().find_map(|w| if let To::Spi(n) = w { Some(n + 32) } else { None });
        let line = e.wires.iter().find_map(|w| if let To::Line(p, n) = w { Some(format!("{p}:{n}")) } else { None });
        let blocks = if e.blocks.is_empty() { vec![None] } else { e.blocks.iter().map(Some).collect() };
        rows.extend(blocks.into_iter().map(|b| Resolved {
            base: b.map(|b| b.base),
            size: b.map(|b| b.size),
            part: e.name,
            intid,
            line: line.clone(),
        }));
    }
    let ram = (Some(map::RAM_BASE), Some(config.memory.bytes()));
    rows.push(Resolved { base: ram.0, size: ram.1, part: "ram", intid: None, line: None });
    rows.sort_by_key(|r| r.base.unwrap_or(u64::MAX));
    rows
}

/// The resolved board as a table for people.
pub fn table(rows: &[Resolved]) -> String {
    let hex = |v: Option<u64>| v.map_or_else(|| format!("{:12}", "-"), |v| format!("{v:#012x}"));
    let mut text = String::from("base          size          intid  part\n");
    for r in rows {
        let intid = r.intid.map_or_else(String::new, |n| n.to_string());
        let to = r.line.as_ref().map_or_else(String::new, |l| format!(" -> {l}"));
        text += &format!("{}  {}  {intid:>5}  {}{to}\n", hex(r.base), hex(r.size), r.part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guest-visible map. A change here is a change of the machine: review it against `spec/machine.md`.
    const GOLDEN: &str = "\
base          size          intid  part
0x0010000000  0x0000010000         gic-distributor
0x0010010000  0x0000400000         gic-redistributors
0x001fff0000  0x0000010000         gic-v2m
0x0020010000  0x0000001000     33  uart-pl011
0x0020050000  0x0000001000     34  rtc-pl031
0x0020060000  0x0000001000     37  gpio-pl061
0x0020070000  0x0000000002         pvpanic
0x0070000000  0x0080000000         ram
-             -                    power-button -> gpio-pl061:3
";

    #[test]
    fn the_board_is_the_one_in_the_specification() {
        assert_eq!(table(&resolve(&MachineConfig::default())), GOLDEN);
    }

    #[test]
    fn without_message_signalled_interrupts_there_is_no_frame() {
        let config = MachineConfig { msi: Msi::None, ..MachineConfig::default() };
        assert!(resolve(&config).iter().all(|r| r.part != "gic-v2m"));
    }

    #[test]
    fn lines_lead_to_parts_that_come_before() {
        for (i, e) in BOARD.iter().enumerate() {
            for w in e.wires {
                if let To::Line(part, _) = w {
                    assert!(BOARD[..i].iter().any(|p| p.name == *part), "{} leads to {part}", e.name);
                }
            }
        }
    }
}
