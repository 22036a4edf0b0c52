//! The address map: which device answers which guest physical address.

use crate::access::{Access, At, Piece, Width, pieces};
use crate::device::Fault;
use crate::slot::Slot;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Pages of unassigned space that are logged, each once; further ones are silent.
const LOGGED_PAGES: usize = 64;

/// What an access to unassigned space does (`spec/machine.md` 2, notes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unassigned {
    /// Reads as zero, writes ignored.
    #[default]
    ReadZero,
    /// A synchronous external abort, for debugging guests.
    Abort,
}

/// Two regions of a board claim the same address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{a} and {b} both claim guest physical address {at:#x}")]
pub struct MapConflict {
    /// Name of the lower region.
    pub a: &'static str,
    /// Name of the other.
    pub b: &'static str,
    /// First address in both.
    pub at: u64,
}

struct Mapping {
    base: u64,
    size: u64,
    access: Access,
    region: usize,
    slot: Arc<Slot>,
    faults: AtomicU64,
}

/// Collects regions, then checks them all at once.
#[derive(Default)]
pub struct BusBuilder {
    maps: Vec<Mapping>,
    policy: Unassigned,
}

impl BusBuilder {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// What unassigned space does.
    pub fn unassigned(&mut self, policy: Unassigned) -> &mut Self {
        self.policy = policy;
        self
    }

    /// Maps region `region` of the part in `slot` at `base`.
    pub fn map(&mut self, base: u64, size: u64, access: Access, slot: &Arc<Slot>, region: usize) -> &mut Self {
        self.maps.push(Mapping { base, size, access, region, slot: slot.clone(), faults: AtomicU64::new(0) });
        self
    }

    /// The finished bus.
    ///
    /// # Errors
    /// [`MapConflict`] for the lowest address claimed twice.
    pub fn build(mut self) -> Result<Bus, MapConflict> {
        self.maps.sort_by_key(|m| m.base);
        for w in self.maps.windows(2) {
            if w[0].base + w[0].size > w[1].base {
                return Err(MapConflict { a: w[0].slot.name(), b: w[1].slot.name(), at: w[1].base });
            }
        }
        Ok(Bus { maps: self.maps, policy: self.policy, unassigned: Mutex::default() })
    }
}

/// The machine's address map, outside RAM and ROM. Shared by all vCPUs; looking up takes no lock.
pub struct Bus {
    maps: Vec<Mapping>,
    policy: Unassigned,
    unassigned: Mutex<HashSet<u64>>,
}

/// The access ended in a synchronous external abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternalAbort;

impl Bus {
    fn find(&self, gpa: u64) -> Option<(&Mapping, u64)> {
        let i = self.maps.partition_point(|m| m.base <= gpa);
        let m = self.maps.get(i.checked_sub(1)?)?;
        let offset = gpa - m.base;
        (offset < m.size).then_some((m, offset))
    }

    fn miss(&self, gpa: u64, what: &str) -> Result<(), ExternalAbort> {
        let mut seen = self.unassigned.lock().unwrap_or_else(|e| e.into_inner());
        if seen.len() < LOGGED_PAGES && seen.insert(gpa >> 12) {
            // Probing is legitimate, and the guest's own affair.
            tracing::info!(target: "bus", "guest {what} at unassigned {gpa:#x}");
        }
        match self.policy {
            Unassigned::ReadZero => Ok(()),
            Unassigned::Abort => Err(ExternalAbort),
        }
    }

    fn fault(m: &Mapping, offset: u64, what: &str, fault: Fault) {
        // A guest can do this at full speed: log the 1st, 2nd, 4th, 8th...
        let n = m.faults.fetch_add(1, Relaxed) + 1;
        if n.is_power_of_two() {
            tracing::warn!(target: "bus", "{}: guest {what} at offset {offset:#x}: {fault} ({n} so far)", m.slot.name());
        }
    }

    /// A guest load outside RAM.
    ///
    /// # Errors
    /// [`ExternalAbort`] for unassigned space under [`Unassigned::Abort`].
    pub fn read(&self, gpa: u64, width: Width) -> Result<u64, ExternalAbort> {
        let Some((m, offset)) = self.find(gpa) else {
            return self.miss(gpa, "read").map(|()| 0);
        };
        let mut value = 0;
        for piece in pieces(m.access, m.size, offset, width) {
            if let Piece::Device { offset, width, lane } = piece {
                match m.slot.read(At { region: m.region, offset, width }) {
                    Ok(v) => value |= (v & width.mask()) << (8 * lane),
                    Err(f) => Self::fault(m, offset, "read", f),
                }
            }
        }
        Ok(value)
    }

    /// A guest store outside RAM.
    ///
    /// # Errors
    /// [`ExternalAbort`] for unassigned space under [`Unassigned::Abort`].
    pub fn write(&self, gpa: u64, width: Width, value: u64) -> Result<(), ExternalAbort> {
        let Some((m, offset)) = self.find(gpa) else {
            return self.miss(gpa, "write");
        };
        for piece in pieces(m.access, m.size, offset, width) {
            if let Piece::Device { offset, width, lane } = piece
                && let Err(f) = m.slot.write(At { region: m.region, offset, width }, value >> (8 * lane) & width.mask())
            {
                Self::fault(m, offset, "write", f);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.maps.iter().map(|m| (m.slot.name(), m.base, m.size))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::*;
    use vmapple_memory::{Dma, GuestMemory};

    /// Remembers writes and reads back offset and width.
    struct Probe(Vec<(u64, Width, u64)>);
    impl Device for Probe {
        fn read(&mut self, at: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
            if at.offset == 0x20 { Err(Fault::NoRegister) } else { Ok(at.offset << 8 | at.width.bytes()) }
        }
        fn write(&mut self, at: At, value: u64, _: &mut Cx<'_>) -> Result<(), Fault> {
            self.0.push((at.offset, at.width, value));
            Ok(())
        }
        fn event(&mut self, _: Event, _: &mut Cx<'_>) {}
        fn reset(&mut self, _: &mut Cx<'_>) {}
    }
    impl Snapshot for Probe {
        fn kind(&self) -> &'static str {
            "probe"
        }
        fn version(&self) -> u32 {
            1
        }
        fn save(&self) -> Saved {
            save_state("probe", 1, &self.0.len())
        }
        fn load(&mut self, saved: &Saved, _: &mut Cx<'_>) -> Result<(), LoadError> {
            load_state::<usize>("probe", 1, saved).map(|_| ())
        }
    }
    impl Quiesce for Probe {
        fn quiesce(&mut self, _: &mut Cx<'_>) {}
        fn in_flight(&self) -> usize {
            0
        }
    }
    impl Part for Probe {
        fn regions(&self) -> Vec<Region> {
            vec![Region { name: "probe", size: 0x1000, access: Access::WORDS }]
        }
        fn outputs(&self) -> &'static [&'static str] {
            &[]
        }
    }

    fn slot(name: &'static str) -> Arc<Slot> {
        let memory = GuestMemory::new(0x7000_0000, 0x1_0000, None).unwrap();
        let pump = Pump::new(Arc::new(Clock::new()));
        Slot::new(name, Box::new(Probe(vec![])), vec![], Dma::new(memory), &pump, Notices::new(|_| {}))
    }

    #[test]
    fn unassigned_space_reads_zero_or_aborts_by_policy() {
        let mut b = BusBuilder::new();
        b.map(0x1000, 0x1000, Access::WORDS, &slot("a"), 0);
        let bus = b.build().unwrap();
        assert_eq!(bus.read(0x800, Width::B4), Ok(0));
        assert_eq!(bus.read(0x2000, Width::B4), Ok(0));
        assert_eq!(bus.write(u64::MAX, Width::B8, 1), Ok(()));
        let mut b = BusBuilder::new();
        b.unassigned(Unassigned::Abort);
        assert_eq!(b.build().unwrap().read(0, Width::B1), Err(ExternalAbort));
    }

    #[test]
    fn wide_reads_gather_both_registers_and_faults_read_zero() {
        let mut b = BusBuilder::new();
        b.map(0x1000, 0x1000, Access::WORDS, &slot("a"), 0);
        let bus = b.build().unwrap();
        assert_eq!(bus.read(0x1010, Width::B8), Ok(0x1404 << 32 | 0x1004));
        assert_eq!(bus.read(0x1020, Width::B4), Ok(0));
    }

    #[test]
    fn overlapping_regions_are_refused() {
        let mut b = BusBuilder::new();
        b.map(0x1000, 0x1000, Access::WORDS, &slot("a"), 0);
        b.map(0x1fff, 0x1000, Access::WORDS, &slot("b"), 0);
        assert_eq!(b.build().unwrap_err(), MapConflict { a: "a", b: "b", at: 0x1fff });
    }
}
