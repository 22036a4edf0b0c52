//! The redistributors' register frames, GICR (IHI 0069, 12.11): for each CPU, RD_base and SGI_base of 64 KiB.

use super::block::BlockRegister;
use super::frame::{FRAME, IIDR_VALUE, identification, lanes, word};
use super::{Gic, MAX_CPUS, state};
use std::sync::Arc;
use vmapple_bus::{
    Access, At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot, Width, load_state,
    save_state,
};

/// From one CPU's RD_base to the next, in bytes: two frames, no VLPI frames.
const STRIDE: u64 = 2 * FRAME;
/// Size of the window in bytes.
const WINDOW: u64 = STRIDE * MAX_CPUS as u64;

const CTLR: u64 = 0x0000;
const IIDR: u64 = 0x0004;
const TYPER: u64 = 0x0008;
const TYPER_HIGH: u64 = 0x000c;
const STATUSR: u64 = 0x0010;
const WAKER: u64 = 0x0014;

/// `GICR_WAKER.ProcessorSleep`.
const WAKER_PROCESSOR_SLEEP: u64 = 1 << 1;
/// `GICR_WAKER.ChildrenAsleep`.
const WAKER_CHILDREN_ASLEEP: u64 = 1 << 2;
/// `GICR_TYPER.Last`.
const TYPER_LAST: u64 = 1 << 4;

impl Gic {
    /// `GICR_TYPER`: affinity, number, Last. No LPIs, no DPGS, PPIs 16..32 only.
    fn gicr_typer(&self, cpu: usize) -> u64 {
        let affinity = self.cpus.get(cpu).map_or(0, |c| u64::from(c.affinity));
        let last = if cpu + 1 == self.cpus() { TYPER_LAST } else { 0 };
        affinity << 32 | (cpu as u64) << 8 | last
    }

    fn gicr_read(&self, cpu: usize, offset: u64, width: Width) -> Result<u64, Fault> {
        if let Some(offset) = offset.checked_sub(FRAME) {
            let register = sgi_register(offset, width)?;
            let value = register.and_then(|r| self.look(cpu, |bank| bank.private.read(r)));
            return Ok(u64::from(value.unwrap_or(0)));
        }
        let value = match offset {
            TYPER | TYPER_HIGH => {
                let (shift, mask) = lanes(offset, width, "GICR_TYPER")?;
                return Ok(self.gicr_typer(cpu) >> shift & mask);
            }
            // No LPIs to enable, and every write has taken effect when it returns: RWP and UWP are zero.
            CTLR | STATUSR => 0,
            IIDR => u64::from(IIDR_VALUE),
            WAKER => match self.look(cpu, |bank| bank.asleep) {
                Some(true) => WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP,
                _ => 0,
            },
            _ => u64::from(identification(offset, 0x93).ok_or(Fault::NoRegister)?),
        };
        word(width, "GICR register")?;
        Ok(value)
    }

    fn gicr_write(&self, cpu: usize, offset: u64, width: Width, value: u64) -> Result<(), Fault> {
        if let Some(offset) = offset.checked_sub(FRAME) {
            if let Some(register) = sgi_register(offset, width)? {
                self.with_bank(cpu, |bank| bank.private.write(register, value as u32));
            }
            return Ok(());
        }
        match offset {
            CTLR | STATUSR => word(width, "GICR_CTLR/STATUSR"),
            TYPER | TYPER_HIGH | IIDR => Err(Fault::ReadOnly("GICR_TYPER/IIDR")),
            WAKER => {
                word(width, "GICR_WAKER")?;
                self.with_participation(cpu, |bank| bank.asleep = value & WAKER_PROCESSOR_SLEEP != 0);
                Ok(())
            }
            _ if identification(offset, 0).is_some() => Err(Fault::ReadOnly("GICR_PIDR/CIDR")),
            _ => Err(Fault::NoRegister),
        }
    }
}

/// The register at `offset` of an SGI frame. `None`: one of an interrupt that is not private, which reads zero.
fn sgi_register(offset: u64, width: Width) -> Result<Option<BlockRegister>, Fault> {
    let (block, register) = BlockRegister::decode(offset, width)?;
    Ok((block == 0).then_some(register))
}

/// The redistributor window as the board maps it: one pair of frames for each CPU, nothing beyond the last. Saves each
/// CPU's private interrupts and CPU interface.
#[derive(Debug)]
pub struct Redistributors {
    gic: Arc<Gic>,
}

impl Redistributors {
    /// The window of this controller.
    pub fn new(gic: Arc<Gic>) -> Self {
        Self { gic }
    }

    /// The CPU and the offset in its frames. `None`: beyond the last CPU.
    fn find(&self, offset: u64) -> Option<(usize, u64)> {
        let cpu = usize::try_from(offset / STRIDE).ok().filter(|cpu| *cpu < self.gic.cpus())?;
        Some((cpu, offset % STRIDE))
    }
}

impl Device for Redistributors {
    fn read(&mut self, at: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
        match self.find(at.offset) {
            Some((cpu, offset)) => self.gic.gicr_read(cpu, offset, at.width),
            None => Ok(0),
        }
    }

    fn write(&mut self, at: At, value: u64, _: &mut Cx<'_>) -> Result<(), Fault> {
        match self.find(at.offset) {
            Some((cpu, offset)) => self.gic.gicr_write(cpu, offset, at.width, value),
            None => Ok(()),
        }
    }

    fn event(&mut self, _: Event, _: &mut Cx<'_>) {}

    fn reset(&mut self, _: &mut Cx<'_>) {
        (0..self.gic.cpus()).for_each(|cpu| self.gic.reset_redistributor(cpu));
    }
}

impl Snapshot for Redistributors {
    fn kind(&self) -> &'static str {
        "gicv3-redistributors"
    }

    fn version(&self) -> u32 {
        1
    }

    fn save(&self) -> Saved {
        save_state(self.kind(), self.version(), &state::save_cpus(&self.gic))
    }

    fn load(&mut self, saved: &Saved, _: &mut Cx<'_>) -> Result<(), LoadError> {
        let state = load_state(self.kind(), self.version(), saved)?;
        state::load_cpus(&self.gic, state).map_err(|why| LoadError::State { kind: self.kind(), why })
    }
}

impl Quiesce for Redistributors {
    fn quiesce(&mut self, _: &mut Cx<'_>) {}

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for Redistributors {
    fn regions(&self) -> Vec<Region> {
        vec![Region { name: "GICR", size: WINDOW, access: Access::ANY }]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
}
