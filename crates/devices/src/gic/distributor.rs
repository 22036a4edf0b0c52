//! The distributor's register frame, GICD (IHI 0069, 12.9).

use super::block::{BLOCK, BlockRegister};
use super::frame::{FRAME, IIDR_VALUE, identification, lanes, word};
use super::spis::{ROUTER_MASK, Spis};
use super::{Gic, state};
use std::sync::Arc;
use vmapple_bus::{
    Access, At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot, Width, load_state,
    save_state,
};

const CTLR: u64 = 0x0000;
const TYPER: u64 = 0x0004;
const IIDR: u64 = 0x0008;
const TYPER2: u64 = 0x000c;
const STATUSR: u64 = 0x0010;
const SETSPI_NSR: u64 = 0x0040;
const CLRSPI_NSR: u64 = 0x0048;
/// `GICD_IROUTER0`. The first that exists is that of INTID 32.
const IROUTER: u64 = 0x6000;
/// Past `GICD_IROUTER1019`.
const IROUTER_END: u64 = 0x6000 + 8 * 1020;

/// `GICD_CTLR.EnableGrp0`.
const CTLR_ENABLE_GRP0: u32 = 1 << 0;
/// `GICD_CTLR.EnableGrp1`.
const CTLR_ENABLE_GRP1: u32 = 1 << 1;
/// What never changes: ARE and DS are one. RWP is zero: every write has taken effect when it returns.
const CTLR_FIXED: u32 = 1 << 4 | 1 << 6;

/// ITLinesNumber = 8, MBIS = 1, IDbits = 9 (ten bits), A3V = 1. Zero are CPUNumber (no legacy operation), ESPI, NMI,
/// SecurityExtn, num_LPIs, LPIS, DVIS, No1N (1-of-N is supported) and RSS.
const TYPER_VALUE: u32 = (super::SPIS / BLOCK) as u32 | 1 << 16 | 9 << 19 | 1 << 24;

/// The SPI whose `GICD_IROUTER` is at `offset`, counted from zero. `None`: an INTID that does not exist.
fn routed(offset: u64) -> Option<usize> {
    let intid = usize::try_from(offset.checked_sub(IROUTER)? / 8).ok()?;
    intid.checked_sub(BLOCK).filter(|index| *index < super::SPIS)
}

impl Spis {
    fn read_register(&self, offset: u64, width: Width) -> Result<u64, Fault> {
        let value = match offset {
            CTLR => {
                let [grp0, grp1] = self.enabled;
                CTLR_FIXED | if grp0 { CTLR_ENABLE_GRP0 } else { 0 } | if grp1 { CTLR_ENABLE_GRP1 } else { 0 }
            }
            TYPER => TYPER_VALUE,
            IIDR => IIDR_VALUE,
            TYPER2 | STATUSR => 0,
            SETSPI_NSR | CLRSPI_NSR => return Err(Fault::WriteOnly("GICD_SETSPI_NSR/CLRSPI_NSR")),
            // Legacy targets and SGIs: reserved with affinity routing.
            0x0800..=0x0bff => 0,
            IROUTER..IROUTER_END => {
                let (shift, mask) = lanes(offset, width, "GICD_IROUTER")?;
                return Ok(routed(offset).map_or(0, |index| self.router(index)) >> shift & mask);
            }
            _ => match identification(offset, 0x92) {
                Some(id) => id,
                None => {
                    let (block, register) = BlockRegister::decode(offset, width)?;
                    // Block 0 is in the redistributors.
                    let block = block.checked_sub(1).and_then(|b| self.blocks.get(b));
                    return Ok(block.map_or(0, |b| u64::from(b.read(register))));
                }
            },
        };
        word(width, "GICD register")?;
        Ok(u64::from(value))
    }

    fn write_register(&mut self, offset: u64, width: Width, value: u64) -> Result<(), Fault> {
        match offset {
            CTLR => {
                word(width, "GICD_CTLR")?;
                let value = value as u32;
                self.enabled = [value & CTLR_ENABLE_GRP0 != 0, value & CTLR_ENABLE_GRP1 != 0];
            }
            TYPER | IIDR | TYPER2 => return Err(Fault::ReadOnly("GICD_TYPER/IIDR/TYPER2")),
            STATUSR | 0x0800..=0x0bff => {}
            SETSPI_NSR | CLRSPI_NSR => {
                // The manual allows these two 16-bit accesses.
                if !matches!(width, Width::B2 | Width::B4) {
                    return Err(Fault::Width("GICD_SETSPI_NSR/CLRSPI_NSR"));
                }
                let Some((block, i)) = self.find((value & 0x1fff) as u32) else {
                    return Err(Fault::Value("GICD_SETSPI_NSR/CLRSPI_NSR"));
                };
                if offset == SETSPI_NSR {
                    block.set_message(i);
                } else {
                    block.clear_message(i);
                }
            }
            IROUTER..IROUTER_END => {
                let (shift, mask) = lanes(offset, width, "GICD_IROUTER")?;
                if let Some(index) = routed(offset) {
                    let kept = self.router(index) & !(mask << shift);
                    self.set_router(index, kept | (value & mask) << shift & ROUTER_MASK);
                }
            }
            _ if identification(offset, 0).is_some() => return Err(Fault::ReadOnly("GICD_PIDR/CIDR")),
            _ => {
                let (block, register) = BlockRegister::decode(offset, width)?;
                if let Some(block) = block.checked_sub(1).and_then(|b| self.blocks.get_mut(b)) {
                    block.write(register, value as u32);
                }
            }
        }
        Ok(())
    }
}

/// The distributor frame as the board maps it. Saves the distributor and the SPIs.
#[derive(Debug)]
pub struct Distributor {
    gic: Arc<Gic>,
}

impl Distributor {
    /// The frame of this controller.
    pub fn new(gic: Arc<Gic>) -> Self {
        Self { gic }
    }
}

impl Device for Distributor {
    fn read(&mut self, at: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
        self.gic.lock_spis().read_register(at.offset, at.width)
    }

    fn write(&mut self, at: At, value: u64, _: &mut Cx<'_>) -> Result<(), Fault> {
        self.gic.with_spis(|spis| spis.write_register(at.offset, at.width, value))
    }

    fn event(&mut self, _: Event, _: &mut Cx<'_>) {}

    fn reset(&mut self, _: &mut Cx<'_>) {
        self.gic.with_spis(Spis::reset);
    }
}

impl Snapshot for Distributor {
    fn kind(&self) -> &'static str {
        "gicv3-distributor"
    }

    fn version(&self) -> u32 {
        1
    }

    fn save(&self) -> Saved {
        save_state(self.kind(), self.version(), &state::save_distributor(&self.gic.lock_spis()))
    }

    fn load(&mut self, saved: &Saved, _: &mut Cx<'_>) -> Result<(), LoadError> {
        let state = load_state(self.kind(), self.version(), saved)?;
        let loaded = self.gic.with_spis(|spis| state::load_distributor(spis, state));
        loaded.map_err(|why| LoadError::State { kind: self.kind(), why })
    }
}

impl Quiesce for Distributor {
    fn quiesce(&mut self, _: &mut Cx<'_>) {}

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for Distributor {
    fn regions(&self) -> Vec<Region> {
        vec![Region { name: "GICD", size: FRAME, access: Access::ANY }]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
}
