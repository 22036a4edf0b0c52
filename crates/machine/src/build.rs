//! From the board's table to slots on a bus.

use crate::board::{BOARD, Make, To};
use crate::config::MachineConfig;
use std::collections::HashMap;
use std::sync::Arc;
use vmapple_bus::{Bus, BusBuilder, Event, MapConflict, Notices, Pump, Slot, Wire};
use vmapple_devices::gic::Gic;
use vmapple_memory::{Dma, GuestMemory};

/// The devices of a machine, wired.
pub(crate) struct Devices {
    pub(crate) bus: Arc<Bus>,
    /// In the board's order.
    pub(crate) slots: Vec<Arc<Slot>>,
}

impl Devices {
    /// Builds every part that the configuration has.
    pub(crate) fn build(
        config: &MachineConfig,
        memory: &Arc<GuestMemory>,
        gic: &Arc<Gic>,
        pump: &Arc<Pump>,
        notices: &Notices,
        epoch: u64,
    ) -> Result<Self, MapConflict> {
        let make = Make { gic, epoch };
        let mut map = BusBuilder::new();
        let mut slots: Vec<Arc<Slot>> = Vec::new();
        let mut by_name: HashMap<&str, Arc<Slot>> = HashMap::new();
        for entry in BOARD.iter().filter(|e| (e.present)(config)) {
            let part = (entry.make)(&make);
            let regions = part.regions();
            let wires = entry.wires.iter().map(|to| wire(*to, gic, &by_name)).collect();
            let slot = Slot::new(entry.name, part, wires, Dma::new(memory.clone()), pump, notices.clone());
            for (i, (region, block)) in regions.iter().zip(entry.blocks).enumerate() {
                map.map(block.base, region.size.min(block.size), region.access, &slot, i);
            }
            by_name.insert(entry.name, slot.clone());
            slots.push(slot);
        }
        Ok(Self { bus: Arc::new(map.build()?), slots })
    }

    /// The slot of the part with this name.
    pub(crate) fn slot(&self, name: &str) -> Option<&Arc<Slot>> {
        self.slots.iter().find(|s| s.name() == name)
    }
}

fn wire(to: To, gic: &Arc<Gic>, slots: &HashMap<&str, Arc<Slot>>) -> Wire {
    match to {
        To::Spi(n) => gic.spi(n),
        // By way of the pump: a device never enters another's slot.
        To::Line(part, line) => match slots.get(part) {
            Some(slot) => {
                let slot = Arc::downgrade(slot);
                Wire::new(move |level| {
                    if let Some(slot) = slot.upgrade() {
                        slot.post(Event::Line { line, level });
                    }
                })
            }
            None => Wire::detached(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::POWER_BUTTON;
    use vmapple_bus::{Clock, Width};
    use vmapple_vcpu::Cpus;

    #[test]
    fn every_part_has_a_block_for_each_region_and_a_wire_for_each_output() {
        let (_, outputs) = Cpus::attention(1);
        let gic = Gic::new(&[0], outputs);
        let make = Make { gic: &gic, epoch: 0 };
        for e in BOARD {
            let part = (e.make)(&make);
            assert_eq!(part.regions().len(), e.blocks.len(), "{}", e.name);
            assert_eq!(part.outputs().len(), e.wires.len(), "{}", e.name);
            for (r, b) in part.regions().iter().zip(e.blocks) {
                assert!(r.size <= b.size, "{}: {} does not fit its block", e.name, r.name);
            }
        }
    }

    /// `spec/machine.md`, check 7.
    #[test]
    fn the_power_button_holds_line_3_for_100_ms() {
        let memory = GuestMemory::new(0x7000_0000, 0x1_0000, None).unwrap();
        let pump = Pump::new(Arc::new(Clock::new()));
        let (_, outputs) = Cpus::attention(1);
        let gic = Gic::new(&[0], outputs);
        let config = MachineConfig::default();
        let d = Devices::build(&config, &memory, &gic, &pump, &Notices::new(|_| {}), 0).unwrap();
        let p = pump.clone();
        let thread = std::thread::spawn(move || p.run());
        let wait_for = |value| {
            while d.bus.read(0x2006_0020, Width::B4) != Ok(value) {
                std::thread::yield_now();
            }
            pump.clock().now_ns()
        };
        d.slot(POWER_BUTTON).unwrap().post(Event::PowerButton);
        let down = wait_for(8);
        let up = wait_for(0);
        assert!(up - down >= 80_000_000, "held for {} ns", up - down);
        pump.stop();
        thread.join().unwrap();
    }
}
