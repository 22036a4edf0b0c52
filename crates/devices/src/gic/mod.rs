//! GICv3: distributor, redistributors and system-register CPU interfaces (Arm IHI 0069; `spec/machine.md` 5).
//!
//! One Security state (`GICD_CTLR.DS` reads 1), affinity routing only, 288 INTIDs, up to 32 CPUs, five priority bits.
//! Group 0 leads to a CPU's FIQ, Group 1 to its IRQ. Deliberately absent: LPIs and the ITS, extended INTID ranges,
//! NMIs, virtualisation, the Secure view, legacy (non-affinity) operation. MSIs come through [`V2m`].
//!
//! # Locks
//!
//! Order: device slot, then the **SPI lock**, then **one CPU's bank**, then nothing. Never two banks.
//!
//! - A *bank* guards what is private to a CPU: SGIs, PPIs, the CPU interface, and the `Offer`: the best SPI of
//!   each group that the distributor has for this CPU.
//! - The SPI lock guards everything about SPIs. Whoever changes anything there puts the resulting offers into the banks
//!   before letting go (`Gic::with_spis`), so a bank's offer is exact whenever the SPI lock is free.
//! - Whoever changes a bank recomputes its output wires before letting go (`Gic::with_bank`), from the bank
//!   alone. So a wire always shows its bank, and a change on either side (a new SPI, a new priority mask) is ordered
//!   with the other by the bank's lock: none can be missed.
//! - The SPI lock is needed by a CPU only to acknowledge or deactivate an SPI, and to start or stop taking 1-of-N
//!   interrupts (`ICC_IGRPEN<n>_EL1`, `GICR_WAKER`). Acknowledging an SPI looks at the bank first, then takes both locks
//!   and looks again: only then is the offer binding, and two CPUs cannot both have it.
//!
//! Output wires are set with a bank locked: what they drive must not call back here, nor block.

mod bank;
mod block;
mod cpu_interface;
mod distributor;
mod frame;
mod icc;
mod redistributor;
mod registers;
mod select;
mod spis;
mod state;
mod v2m;

#[cfg(test)]
mod tests;

pub use distributor::Distributor;
pub use icc::IccRegister;
pub use redistributor::Redistributors;
pub use v2m::V2m;

use bank::{Bank, SPURIOUS};
use block::BLOCK;
use spis::Spis;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use vmapple_bus::Wire;

/// Interrupt identifiers: 32 private to each CPU, then the SPIs.
pub const INTIDS: usize = 288;
/// Shared peripheral interrupts. SPI `n` is INTID `n + 32`.
pub const SPIS: usize = INTIDS - BLOCK;
/// CPUs at most: what the redistributor window holds.
pub const MAX_CPUS: usize = 32;

/// Where one CPU's interrupts go.
#[derive(Debug)]
pub struct CpuOutputs {
    /// Group 1.
    pub irq: Wire,
    /// Group 0.
    pub fiq: Wire,
}

#[derive(Debug)]
struct Cpu {
    /// Aff3.Aff2.Aff1.Aff0.
    affinity: u32,
    bank: Mutex<Bank>,
    outputs: CpuOutputs,
    /// Copy of the interface's threshold, a hint for choosing among CPUs without locking their banks.
    threshold: AtomicU8,
}

/// The interrupt controller. Shared by the vCPUs, the devices' wires and the two register frames.
#[derive(Debug)]
pub struct Gic {
    spis: Mutex<Spis>,
    cpus: Vec<Cpu>,
}

impl Gic {
    /// A controller in its reset state.
    ///
    /// `affinities` holds bits 23:0 of each CPU's `MPIDR_EL1` (Aff2, Aff1, Aff0; the rest is ignored, Aff3 is 0), in
    /// CPU order. Aff0 is 0..16, as `GICD_TYPER.RSS` = 0 promises.
    ///
    /// # Panics
    /// If there is no CPU, there are more than [`MAX_CPUS`], or not as many outputs as CPUs.
    pub fn new(affinities: &[u32], outputs: Vec<CpuOutputs>) -> Arc<Self> {
        assert!((1..=MAX_CPUS).contains(&affinities.len()), "a GIC has 1 to {MAX_CPUS} CPUs");
        assert_eq!(affinities.len(), outputs.len(), "one pair of outputs for each CPU");
        let affinities: Vec<u32> = affinities.iter().map(|a| a & 0x00ff_ffff).collect();
        let cpus = affinities.iter().zip(outputs).map(|(affinity, outputs)| Cpu {
            affinity: *affinity,
            bank: Mutex::new(Bank::new()),
            outputs,
            threshold: AtomicU8::new(0),
        });
        let cpus = cpus.collect();
        Arc::new(Self { spis: Mutex::new(Spis::new(affinities)), cpus })
    }

    /// Number of CPUs.
    pub fn cpus(&self) -> usize {
        self.cpus.len()
    }

    /// Cold reset of everything. Input wires keep their levels: they follow from the devices that drive them.
    pub fn reset(&self) {
        self.with_spis(Spis::reset);
        (0..self.cpus()).for_each(|cpu| self.reset_redistributor(cpu));
    }

    /// Resets the system registers of one CPU: its core was switched off or on (PSCI). The redistributor keeps its
    /// state.
    pub fn reset_cpu_interface(&self, cpu: usize) {
        self.with_participation(cpu, |bank| bank.interface = Default::default());
    }

    /// Whether an enabled interrupt is pending that would wake the machine from a system suspend.
    ///
    /// Before it suspends, a guest disables the groups and puts the redistributor to sleep; hardware then reports pending
    /// interrupts to its power controller (IHI 0069, 10.1, wake requests). So neither groups, priorities nor the
    /// redistributor's sleep count here, nor, with all other CPUs off, which CPU a shared interrupt is routed to.
    pub fn wake_request(&self, cpu: usize) -> bool {
        let waiting = |block: &block::Block| block.forwardable(0) | block.forwardable(1) != 0;
        self.lock_spis().blocks.iter().any(waiting) || self.look(cpu, |bank| waiting(&bank.private)) == Some(true)
    }

    fn reset_redistributor(&self, cpu: usize) {
        self.with_participation(cpu, Bank::reset);
    }

    /// An input wire of SPI `n`, level or edge as the guest configures it. Several wires on one SPI are OR-ed. There are
    /// 256 SPIs; the wire of any other number leads nowhere.
    pub fn spi(self: &Arc<Self>, n: u32) -> Wire {
        if usize::try_from(n).is_ok_and(|n| n < SPIS) {
            let gic = self.clone();
            let intid = n + BLOCK as u32;
            Wire::new(move |level| {
                gic.with_spis(|spis| {
                    if let Some((block, i)) = spis.find(intid) {
                        block.wire(i, level);
                    }
                });
            })
        } else {
            tracing::error!("SPI {n} does not exist");
            Wire::detached()
        }
    }

    /// An input wire of a private peripheral interrupt, `intid` 16..32, of one CPU. Any other leads nowhere.
    pub fn ppi(self: &Arc<Self>, cpu: usize, intid: u32) -> Wire {
        if cpu < self.cpus() && (16..32).contains(&intid) {
            let gic = self.clone();
            Wire::new(move |level| {
                gic.with_bank(cpu, |bank| bank.private.wire(intid as usize, level));
            })
        } else {
            tracing::error!("PPI {intid} of CPU {cpu} does not exist");
            Wire::detached()
        }
    }

    /// Makes an SPI pending once: a message-signalled interrupt. Returns whether `intid` is an SPI.
    pub fn set_spi_pending(&self, intid: u32) -> bool {
        self.with_spis(|spis| spis.find(intid).map(|(block, i)| block.latch(i)).is_some())
    }

    fn lock_spis(&self) -> MutexGuard<'_, Spis> {
        self.spis.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Changes what the SPI lock guards, then brings the banks up to date.
    fn with_spis<R>(&self, change: impl FnOnce(&mut Spis) -> R) -> R {
        let mut spis = self.lock_spis();
        let result = change(&mut spis);
        let offers = spis.offers(|cpu| self.cpus.get(cpu).map_or(0, |c| c.threshold.load(Relaxed)));
        for cpu in block::bits(spis.publish(&offers)) {
            if let Some(offer) = offers.get(cpu) {
                self.with_bank(cpu, |bank| bank.offer = *offer);
            }
        }
        result
    }

    /// Looks at a CPU's bank. `None`: no such CPU.
    fn look<R>(&self, cpu: usize, look: impl FnOnce(&Bank) -> R) -> Option<R> {
        let cpu = self.cpus.get(cpu)?;
        Some(look(&cpu.bank.lock().unwrap_or_else(|e| e.into_inner())))
    }

    /// Changes a CPU's bank, then brings its output wires up to date. `None`: no such CPU.
    fn with_bank<R>(&self, cpu: usize, change: impl FnOnce(&mut Bank) -> R) -> Option<R> {
        let cpu = self.cpus.get(cpu)?;
        let mut bank = cpu.bank.lock().unwrap_or_else(|e| e.into_inner());
        let result = change(&mut bank);
        let (irq, fiq) = bank.outputs();
        cpu.outputs.irq.set(irq);
        cpu.outputs.fiq.set(fiq);
        cpu.threshold.store(bank.interface.threshold(), Relaxed);
        Some(result)
    }

    /// Changes in a CPU's bank something that decides whether it takes 1-of-N interrupts.
    fn with_participation<R>(&self, cpu: usize, change: impl FnOnce(&mut Bank) -> R) -> Option<R> {
        self.with_spis(|spis| {
            let (result, groups) = self.with_bank(cpu, |bank| (change(bank), bank.participates()))?;
            spis.set_participant(cpu, groups);
            Some(result)
        })
    }

    /// A guest `MRS` on CPU `cpu`. Bits above the register's fields are zero. A register that is not
    /// [`IccRegister::readable`] reads zero: the caller should have made it UNDEFINED.
    pub fn read(&self, cpu: usize, reg: IccRegister) -> u64 {
        use IccRegister::*;
        match reg {
            ICC_IAR0_EL1 => u64::from(self.acknowledge(cpu, 0)),
            ICC_IAR1_EL1 => u64::from(self.acknowledge(cpu, 1)),
            _ => self.look(cpu, |bank| registers::read(bank, reg)).unwrap_or(0),
        }
    }

    /// A guest `MSR` on CPU `cpu`. A register that is not [`IccRegister::writable`] ignores it: the caller should have
    /// made it UNDEFINED.
    pub fn write(&self, cpu: usize, reg: IccRegister, value: u64) {
        use IccRegister::*;
        match reg {
            ICC_EOIR0_EL1 => self.end(cpu, 0, value),
            ICC_EOIR1_EL1 => self.end(cpu, 1, value),
            ICC_DIR_EL1 => {
                if self.look(cpu, |bank| bank.interface.eoi_mode) == Some(true) {
                    self.deactivate(cpu, intid(value));
                }
            }
            ICC_SGI0R_EL1 | ICC_ASGI1R_EL1 => self.send_sgi(cpu, value, /* group 1 too */ false),
            ICC_SGI1R_EL1 => self.send_sgi(cpu, value, /* group 1 too */ true),
            ICC_IGRPEN0_EL1 => self.enable_group(cpu, 0, value),
            ICC_IGRPEN1_EL1 => self.enable_group(cpu, 1, value),
            _ => {
                self.with_bank(cpu, |bank| registers::write(bank, reg, value));
            }
        }
    }

    /// `ICC_IAR<group>_EL1`: takes the signalled interrupt, or returns 1023.
    fn acknowledge(&self, cpu: usize, group: usize) -> u32 {
        // What is private to this CPU, and nothing at all, needs the bank only.
        let take = |bank: &mut Bank, spis: Option<&mut Spis>| {
            let Some((candidate, g)) = bank.signalled().filter(|(_, g)| *g == group) else { return Some(SPURIOUS) };
            let intid = u32::from(candidate.intid);
            if candidate.intid < BLOCK as u16 {
                bank.private.acknowledge(usize::from(candidate.intid));
            } else {
                spis?.acknowledge(intid);
                // Whatever else is offered follows when the SPI lock is released; this one is taken.
                bank.offer.best[g] = None;
            }
            bank.interface.activate(g, candidate.priority);
            Some(intid)
        };
        match self.with_bank(cpu, |bank| take(bank, None)) {
            None => SPURIOUS,
            Some(Some(intid)) => intid,
            Some(None) => {
                let taken = self.with_spis(|spis| self.with_bank(cpu, |bank| take(bank, Some(spis))));
                taken.flatten().unwrap_or(SPURIOUS)
            }
        }
    }

    /// `ICC_EOIR<group>_EL1`: priority drop, and deactivation unless EOImode says otherwise.
    fn end(&self, cpu: usize, group: usize, value: u64) {
        let id = intid(value);
        if id >= INTIDS as u32 {
            return;
        }
        let rest = self.with_bank(cpu, |bank| {
            bank.interface.drop_priority(group);
            if bank.interface.eoi_mode {
                return false;
            }
            if id < BLOCK as u32 {
                bank.private.deactivate(id as usize);
            }
            id >= BLOCK as u32
        });
        if rest == Some(true) {
            self.deactivate(cpu, id);
        }
    }

    /// Active to inactive. An SPI may have been acknowledged by another CPU.
    fn deactivate(&self, cpu: usize, intid: u32) {
        if intid < BLOCK as u32 {
            self.with_bank(cpu, |bank| bank.private.deactivate(intid as usize));
        } else {
            self.with_spis(|spis| {
                if let Some((block, i)) = spis.find(intid) {
                    block.deactivate(i);
                }
            });
        }
    }

    /// `ICC_IGRPEN<group>_EL1`.
    fn enable_group(&self, cpu: usize, group: usize, value: u64) {
        self.with_participation(cpu, |bank| {
            if let Some(enabled) = bank.interface.enabled.get_mut(group) {
                *enabled = value & 1 != 0;
            }
        });
    }

    /// A write to one of the SGI generation registers. With one Security state, `ICC_SGI1R_EL1` reaches an SGI of
    /// either group and the two others only one that the target has in Group 0 (IHI 0069, 12.1.10).
    fn send_sgi(&self, from: usize, value: u64, group_1_too: bool) {
        let sgi = (value >> 24 & 0xf) as usize;
        let all_others = value >> 40 & 1 != 0;
        let cluster = (value >> 24 & 0xff00_0000 | value >> 16 & 0x00ff_0000 | value >> 8 & 0x0000_ff00) as u32;
        let range = (value >> 44 & 0xf) as u32;
        let targets = value & 0xffff;
        for (index, cpu) in self.cpus.iter().enumerate() {
            let aff0 = cpu.affinity & 0xff;
            let listed = cpu.affinity & !0xff == cluster && aff0 >> 4 == range && targets >> (aff0 & 0xf) & 1 != 0;
            if if all_others { index != from } else { listed } {
                self.with_bank(index, |bank| {
                    if group_1_too || bank.private.state.group & block::bit(sgi) == 0 {
                        bank.private.latch(sgi);
                    }
                });
            }
        }
    }
}

/// The INTID field of an interface register: 24 bits.
fn intid(value: u64) -> u32 {
    (value & 0x00ff_ffff) as u32
}
