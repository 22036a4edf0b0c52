//! The saved form of the controller, in two halves: what the SPI lock guards and what the banks guard.
//!
//! Input levels, offers, output levels and the choice of CPU for a 1-of-N interrupt are not saved: they follow. A
//! machine restores the other devices (and so their wires) before the controller, so that a wire going up does not
//! latch an edge that had been taken before the save.

use super::block::BlockState;
use super::cpu_interface::CpuInterface;
use super::spis::{BLOCKS, ROUTER_MASK, Spis};
use super::{Gic, SPIS};
use serde::{Deserialize, Serialize};

/// The distributor and the SPIs.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedDistributor {
    /// `GICD_CTLR.EnableGrp0` and `EnableGrp1`.
    enabled: [bool; 2],
    /// INTIDs 32..64 first.
    blocks: [BlockState; BLOCKS],
    /// `GICD_IROUTER32` first.
    routers: Vec<u64>,
}

/// One CPU's redistributor and CPU interface.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedCpu {
    /// As `GICR_TYPER[63:32]`.
    affinity: u32,
    /// `GICR_WAKER.ProcessorSleep`.
    asleep: bool,
    /// SGIs and PPIs.
    private: BlockState,
    interface: CpuInterface,
}

pub(crate) fn save_distributor(spis: &Spis) -> SavedDistributor {
    SavedDistributor {
        enabled: spis.enabled,
        blocks: spis.blocks.each_ref().map(|b| b.state.clone()),
        routers: spis.routers().to_vec(),
    }
}

/// All or nothing.
pub(crate) fn load_distributor(spis: &mut Spis, saved: SavedDistributor) -> Result<(), String> {
    let routers: [u64; SPIS] =
        saved.routers.try_into().map_err(|r: Vec<u64>| format!("{} routes, not {SPIS}", r.len()))?;
    if routers.iter().any(|r| r & !ROUTER_MASK != 0) {
        return Err("a route has reserved bits".to_owned());
    }
    for (block, state) in spis.blocks.iter().zip(&saved.blocks) {
        block.check(state)?;
    }
    for (block, state) in spis.blocks.iter_mut().zip(saved.blocks) {
        block.load(state)?;
    }
    spis.enabled = saved.enabled;
    spis.set_routers(&routers);
    Ok(())
}

pub(crate) fn save_cpus(gic: &Gic) -> Vec<SavedCpu> {
    let save = |(index, cpu): (usize, &super::Cpu)| {
        gic.look(index, |bank| SavedCpu {
            affinity: cpu.affinity,
            asleep: bank.asleep,
            private: bank.private.state.clone(),
            interface: bank.interface.clone(),
        })
    };
    gic.cpus.iter().enumerate().filter_map(save).collect()
}

/// All or nothing.
pub(crate) fn load_cpus(gic: &Gic, saved: Vec<SavedCpu>) -> Result<(), String> {
    if saved.len() != gic.cpus() {
        return Err(format!("{} CPUs, not {}", saved.len(), gic.cpus()));
    }
    for (index, (cpu, state)) in gic.cpus.iter().zip(&saved).enumerate() {
        if state.affinity != cpu.affinity {
            return Err(format!("CPU {index} has affinity {:#x}, not {:#x}", state.affinity, cpu.affinity));
        }
        state.interface.check()?;
        gic.look(index, |bank| bank.private.check(&state.private)).unwrap_or(Ok(()))?;
    }
    for (index, state) in saved.into_iter().enumerate() {
        gic.with_participation(index, |bank| {
            bank.asleep = state.asleep;
            bank.interface = state.interface;
            bank.private.load(state.private)
        })
        .unwrap_or(Ok(()))?;
    }
    Ok(())
}
