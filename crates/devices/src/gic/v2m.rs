//! The GICv2m frame: an MSI doorbell that makes SPIs pending (SBSA, appendix "GICv2m"; `spec/machine.md` 8).
//!
//! It has no state of its own. Bit 31 of `MSI_TYPER` is what newer macOS asks for; nothing else here differs from Arm's
//! frame.

use super::Gic;
use std::sync::Arc;
use vmapple_bus::{
    Access, At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot, load_state, save_state,
};

const MSI_TYPER: u64 = 0x008;
const MSI_SETSPI_NS: u64 = 0x040;
const MSI_IIDR: u64 = 0xfcc;

/// First INTID an MSI can raise.
const BASE: u32 = 160;
/// How many there are.
const COUNT: u32 = 128;

/// The MSI frame as the board maps it.
#[derive(Debug)]
pub struct V2m {
    gic: Arc<Gic>,
    /// Values refused, for rate-limiting the log.
    refused: u64,
}

impl V2m {
    /// Offset of the doorbell, `MSI_SETSPI_NS`, in the frame: a PCI function's MSI address is the frame's base plus this.
    pub const DOORBELL: u64 = MSI_SETSPI_NS;

    /// The frame of this controller.
    pub fn new(gic: Arc<Gic>) -> Self {
        Self { gic, refused: 0 }
    }

    /// What a write of `data` to the doorbell does: makes that INTID pending once. Also the way of a device's own MSI,
    /// which does not go through the bus.
    ///
    /// # Errors
    /// [`Fault::Value`] for an INTID that is not the frame's (160..288); nothing changes.
    pub fn signal(gic: &Gic, data: u32) -> Result<(), Fault> {
        if (BASE..BASE + COUNT).contains(&data) && gic.set_spi_pending(data) {
            Ok(())
        } else {
            Err(Fault::Value("MSI_SETSPI_NS"))
        }
    }
}

impl Device for V2m {
    fn read(&mut self, at: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
        match at.offset {
            MSI_TYPER => Ok(u64::from(1 << 31 | BASE << 16 | COUNT)),
            MSI_SETSPI_NS => Err(Fault::WriteOnly("MSI_SETSPI_NS")),
            MSI_IIDR => Ok(u64::from(super::frame::IIDR_VALUE)),
            _ => Err(Fault::NoRegister),
        }
    }

    fn write(&mut self, at: At, value: u64, _: &mut Cx<'_>) -> Result<(), Fault> {
        match at.offset {
            MSI_SETSPI_NS => {
                let data = value as u32;
                let result = Self::signal(&self.gic, data);
                if result.is_err() {
                    self.refused = self.refused.wrapping_add(1);
                    if (BASE - 32..BASE).contains(&data) && self.refused.is_power_of_two() {
                        tracing::error!("MSI {data} looks like an SPI number; the doorbell takes INTIDs ({BASE} up)");
                    }
                }
                result
            }
            MSI_TYPER | MSI_IIDR => Err(Fault::ReadOnly("MSI_TYPER/IIDR")),
            _ => Err(Fault::NoRegister),
        }
    }

    fn event(&mut self, _: Event, _: &mut Cx<'_>) {}

    fn reset(&mut self, _: &mut Cx<'_>) {
        self.refused = 0;
    }
}

impl Snapshot for V2m {
    fn kind(&self) -> &'static str {
        "gicv2m"
    }

    fn version(&self) -> u32 {
        1
    }

    fn save(&self) -> Saved {
        save_state(self.kind(), self.version(), &())
    }

    fn load(&mut self, saved: &Saved, _: &mut Cx<'_>) -> Result<(), LoadError> {
        load_state::<()>(self.kind(), self.version(), saved)
    }
}

impl Quiesce for V2m {
    fn quiesce(&mut self, _: &mut Cx<'_>) {}

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for V2m {
    fn regions(&self) -> Vec<Region> {
        vec![Region { name: "GICv2m", size: 0x1_0000, access: Access::WORDS }]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
}
