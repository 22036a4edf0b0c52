//! The shared peripheral interrupts: their state, their routes, and the offers that follow from them.

use super::block::{BLOCK, Block};
use super::select::{Candidate, Offer, better};
use super::{MAX_CPUS, SPIS};

/// SPI blocks: INTIDs 32..288.
pub(crate) const BLOCKS: usize = SPIS / BLOCK;

/// The writable bits of `GICD_IROUTER<n>`: Aff3, Interrupt_Routing_Mode, Aff2, Aff1, Aff0.
pub(crate) const ROUTER_MASK: u64 = 0xff_80ff_ffff;

/// `GICD_IROUTER<n>.Interrupt_Routing_Mode`: any participating CPU.
const ROUTER_ANY: u64 = 1 << 31;

/// Where an SPI goes: `GICD_IROUTER<n>`, looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Cpu(u8),
    /// 1 of N.
    Any,
    /// No CPU has that affinity: stays pending.
    Nowhere,
}

/// What the distributor keeps, guarded by the SPI lock.
#[derive(Debug)]
pub(crate) struct Spis {
    /// Affinity of each CPU, as `GICR_TYPER[63:32]`.
    affinities: Vec<u32>,
    /// `GICD_CTLR.EnableGrp0` and `EnableGrp1`.
    pub(crate) enabled: [bool; 2],
    pub(crate) blocks: [Block; BLOCKS],
    router: [u64; SPIS],
    /// Follows from `router`.
    routes: [Route; SPIS],
    /// The CPU a pending 1-of-N SPI is offered to. Forgotten when acknowledged; not guest-visible.
    chosen: [Option<u8>; SPIS],
    /// CPUs that are awake and have the group enabled. Follows from the banks: whoever changes them there holds the
    /// SPI lock too.
    participants: [[bool; 2]; MAX_CPUS],
    /// What each bank holds now.
    published: [Offer; MAX_CPUS],
}

impl Spis {
    pub(crate) fn new(affinities: Vec<u32>) -> Self {
        let mut spis = Self {
            affinities,
            enabled: [false; 2],
            blocks: Default::default(),
            router: [0; SPIS],
            routes: [Route::Nowhere; SPIS],
            chosen: [None; SPIS],
            participants: [[false; 2]; MAX_CPUS],
            published: [Offer::default(); MAX_CPUS],
        };
        spis.reset();
        spis
    }

    /// A fresh guest-visible state. Wires keep their levels; CPUs keep participating until they are reset.
    pub(crate) fn reset(&mut self) {
        self.enabled = [false; 2];
        self.blocks.iter_mut().for_each(Block::reset);
        self.set_routers(&[0; SPIS]);
    }

    fn route(&self, router: u64) -> Route {
        if router & ROUTER_ANY != 0 {
            return Route::Any;
        }
        let affinity = (router >> 8 & 0xff00_0000 | router & 0x00ff_ffff) as u32;
        match self.affinities.iter().position(|a| *a == affinity) {
            Some(cpu) => Route::Cpu(cpu as u8),
            None => Route::Nowhere,
        }
    }

    /// `GICD_IROUTER` of SPI `index` (INTID - 32).
    pub(crate) fn router(&self, index: usize) -> u64 {
        self.router.get(index).copied().unwrap_or(0)
    }

    /// All of `GICD_IROUTER32..287`.
    pub(crate) fn routers(&self) -> &[u64; SPIS] {
        &self.router
    }

    /// Writes `GICD_IROUTER` of SPI `index`.
    pub(crate) fn set_router(&mut self, index: usize, value: u64) {
        let value = value & ROUTER_MASK;
        let route = self.route(value);
        if let (Some(r), Some(t), Some(c)) =
            (self.router.get_mut(index), self.routes.get_mut(index), self.chosen.get_mut(index))
        {
            (*r, *t, *c) = (value, route, None);
        }
    }

    /// Writes all of them.
    pub(crate) fn set_routers(&mut self, values: &[u64; SPIS]) {
        for (index, value) in values.iter().enumerate() {
            self.set_router(index, *value);
        }
    }

    /// The block and position of an SPI, by INTID.
    pub(crate) fn find(&mut self, intid: u32) -> Option<(&mut Block, usize)> {
        let index = usize::try_from(intid).ok()?.checked_sub(BLOCK)?;
        Some((self.blocks.get_mut(index / BLOCK)?, index % BLOCK))
    }

    /// Pending to active, by INTID.
    pub(crate) fn acknowledge(&mut self, intid: u32) {
        if let Some((block, i)) = self.find(intid) {
            block.acknowledge(i);
        }
        if let Some(chosen) = usize::try_from(intid).ok().and_then(|n| self.chosen.get_mut(n.checked_sub(BLOCK)?)) {
            *chosen = None;
        }
    }

    /// Whether `cpu` takes 1-of-N interrupts, by group.
    pub(crate) fn set_participant(&mut self, cpu: usize, groups: [bool; 2]) {
        if let Some(p) = self.participants.get_mut(cpu) {
            *p = groups;
        }
    }

    /// What each CPU is to be offered now. `thresholds` says how urgent (low) a priority must be to interrupt each
    /// CPU; only a hint, for choosing among the CPUs a 1-of-N interrupt may go to.
    pub(crate) fn offers(&mut self, thresholds: impl Fn(usize) -> u8) -> [Offer; MAX_CPUS] {
        let mut offers = [Offer { enabled: self.enabled, best: [None; 2] }; MAX_CPUS];
        for group in [0, 1].into_iter().filter(|g| self.enabled[*g]) {
            for (word, block) in self.blocks.iter().enumerate() {
                for i in super::block::bits(block.forwardable(group)) {
                    let index = word * BLOCK + i;
                    let priority = block.priority(i);
                    let cpu = match self.routes[index] {
                        Route::Cpu(cpu) => Some(cpu),
                        Route::Nowhere => None,
                        Route::Any => {
                            let cpus = 0..self.affinities.len();
                            let able = cpus.filter(|c| self.participants[*c][group]);
                            let cpu = choose(self.chosen[index], able, priority, &thresholds);
                            self.chosen[index] = cpu;
                            cpu
                        }
                    };
                    if let Some(offer) = cpu.and_then(|c| offers.get_mut(usize::from(c))) {
                        let intid = (index + BLOCK) as u16;
                        offer.best[group] = better(offer.best[group], Some(Candidate { priority, intid }));
                    }
                }
            }
        }
        offers
    }

    /// Records the offers about to be put into the banks; returns the CPUs whose offer changed.
    pub(crate) fn publish(&mut self, offers: &[Offer; MAX_CPUS]) -> u32 {
        let changed = self.published.iter().zip(offers).enumerate().filter(|(_, (old, new))| old != new);
        let changed = changed.fold(0, |mask, (cpu, _)| mask | super::block::bit(cpu));
        self.published = *offers;
        changed
    }
}

/// The CPU for a 1-of-N interrupt: the one it was offered to, while that one can take it; else the least busy, the
/// lowest number among equals.
fn choose(
    kept: Option<u8>,
    able: impl Iterator<Item = usize> + Clone,
    priority: u8,
    thresholds: impl Fn(usize) -> u8,
) -> Option<u8> {
    let ready = |cpu: usize| thresholds(cpu) > priority;
    if let Some(cpu) = kept
        && able.clone().any(|c| c == usize::from(cpu))
        && ready(usize::from(cpu))
    {
        return Some(cpu);
    }
    able.min_by_key(|cpu| std::cmp::Reverse(thresholds(*cpu))).map(|cpu| cpu as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_n_goes_to_the_least_busy_and_stays_there_while_it_can_be_taken() {
        let t = [0x80, 0xff, 0xff];
        assert_eq!(choose(None, 0..3, 0x40, |c| t[c]), Some(1));
        assert_eq!(choose(Some(2), 0..3, 0x40, |c| t[c]), Some(2));
        assert_eq!(choose(Some(0), 0..3, 0x80, |c| t[c]), Some(1));
        assert_eq!(choose(Some(2), 0..2, 0x40, |c| t[c]), Some(1));
        assert_eq!(choose(Some(2), 0..0, 0x40, |c| t[c]), None);
    }

    #[test]
    fn a_route_matches_all_four_affinity_levels() {
        let mut s = Spis::new(vec![0, 0x105]);
        s.set_router(0, 0x105);
        s.set_router(1, 0x1_0000_0105);
        s.set_router(2, u64::MAX);
        assert_eq!(s.routes[..4], [Route::Cpu(1), Route::Nowhere, Route::Any, Route::Cpu(0)]);
        assert_eq!(s.router(2), ROUTER_MASK);
    }
}
