//! The mapping and its map: which guest physical ranges it backs.

use crate::access::Scalar;
use crate::mapping::Mapping;
use crate::wide;
use std::sync::Arc;

/// Smallest unit in which ranges are placed: the largest guest granule, 64 KiB.
const ALIGN: u64 = 64 * 1024;

/// Why a memory layout was refused.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// A base or size is not a multiple of 64 KiB, or is zero.
    #[error("guest memory range {base:#x}+{size:#x} is not a whole number of 64 KiB pages")]
    Granule {
        /// Guest physical base.
        base: u64,
        /// Size in bytes.
        size: u64,
    },
    /// The host would not give the address space.
    #[error("the host cannot reserve {size} bytes of guest memory: {why}")]
    Host {
        /// Total bytes asked for.
        size: u64,
        /// The host's reason.
        why: String,
    },
    /// The host CPU lacks an instruction that guest atomics need.
    #[error("the host CPU has no 16-byte compare-and-swap (CMPXCHG16B), which guest atomics need")]
    Cpu,
}

/// A guest physical range and where it lies in the mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Guest physical base.
    pub base: u64,
    /// Size in bytes.
    pub size: u64,
    /// Offset of the first byte in the mapping.
    pub offset: usize,
    /// Whether the guest may write it (RAM) or not (boot ROM).
    pub writable: bool,
}

/// All memory the guest can execute from: RAM and, where the board has one, the boot ROM.
#[derive(Debug)]
pub struct GuestMemory {
    /// Kept for its `Drop`.
    _map: Mapping,
    base: *mut u8,
    len: usize,
    spans: Vec<Span>,
}

// Why unsafe: the raw base pointer makes the type neither. SAFETY: the mapping lives as long as the value and
// every access is a single instruction or an atomic (`access`, `wide`), so sharing it races only in the way the
// guest's own CPUs do.
unsafe impl Send for GuestMemory {}
// Why unsafe and SAFETY: as for `Send`.
unsafe impl Sync for GuestMemory {}

/// Has the host back guest memory with large pages where it can: translation of scattered accesses costs the host as
/// much as ours. A host without them refuses, which changes nothing.
fn ask_for_large_pages(base: *mut u8, len: usize) {
    #[cfg(target_os = "linux")]
    {
        // Why unsafe: advice about raw memory. SAFETY: the range lies in a mapping of the caller's that nothing
        // refers to yet, and this advice changes no content.
        let _ = unsafe { rustix::mm::madvise(base.cast(), len, rustix::mm::Advice::LinuxHugepage) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (base, len);
}

impl GuestMemory {
    /// Reserves RAM at guest physical `base`, and `rom` as `(base, size)` read-only to the guest.
    ///
    /// The host backs pages as they are first touched; they read as zero.
    ///
    /// # Errors
    /// [`MapError`] when a range is not whole 64 KiB pages or the host refuses.
    pub fn new(base: u64, size: u64, rom: Option<(u64, u64)>) -> Result<Arc<Self>, MapError> {
        #[cfg(target_arch = "x86_64")]
        if !std::arch::is_x86_feature_detected!("cmpxchg16b") {
            return Err(MapError::Cpu);
        }
        let mut spans = Vec::new();
        let mut total = 0u64;
        for (base, size, writable) in [Some((base, size, true)), rom.map(|(b, s)| (b, s, false))].into_iter().flatten()
        {
            if size == 0 || base % ALIGN != 0 || size % ALIGN != 0 || base.checked_add(size).is_none() {
                return Err(MapError::Granule { base, size });
            }
            let host = |_| MapError::Host { size, why: "larger than the host's address space".into() };
            spans.push(Span { base, size, offset: usize::try_from(total).map_err(host)?, writable });
            total = total.checked_add(size).ok_or(MapError::Granule { base, size })?;
        }
        let refuse = |why: String| MapError::Host { size: total, why };
        let len = usize::try_from(total).map_err(|_| refuse("larger than the host's address space".into()))?;
        let map = Mapping::new(len).map_err(|e| refuse(e.to_string()))?;
        let base = map.base();
        ask_for_large_pages(base, len);
        Ok(Arc::new(Self { _map: map, base, len, spans }))
    }

    /// The ranges, RAM first.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The RAM range.
    pub fn ram(&self) -> Span {
        self.spans[0]
    }

    /// Bytes in the whole mapping.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Host address of offset 0, for engines that put guest accesses into host code of their own. A number: using it is
    /// theirs to justify.
    pub fn host_address(&self) -> u64 {
        self.base as usize as u64
    }

    /// Never true: a machine has RAM.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Finds the range that holds all of `gpa .. gpa + len`, and the offset of `gpa` in the mapping.
    pub fn find(&self, gpa: u64, len: u64) -> Option<(&Span, usize)> {
        self.spans.iter().find_map(|s| {
            let into = gpa.checked_sub(s.base)?;
            (into < s.size && len <= s.size - into).then_some((s, s.offset + into as usize))
        })
    }

    #[inline(always)]
    fn at(&self, offset: usize, len: usize) -> Option<*mut u8> {
        // `len` is at most the mapping's size in every caller, so this cannot wrap.
        if offset <= self.len && len <= self.len - offset { Some(self.base.wrapping_add(offset)) } else { None }
    }

    /// Loads a value at a mapping offset; `None` beyond the mapping.
    ///
    /// Single-copy atomic when it does not cross a 16-byte boundary (x86-64: a cache line; arm64: FEAT_LSE2).
    #[inline(always)]
    pub fn load<T: Scalar>(&self, offset: usize) -> Option<T> {
        let p = self.at(offset, T::SIZE)?;
        // Why unsafe: raw guest memory. SAFETY: `at` proved the range lies in the mapping.
        Some(unsafe { T::load(p) })
    }

    /// Stores a value at a mapping offset; `None` beyond the mapping. Atomic as [`Self::load`].
    #[inline(always)]
    pub fn store<T: Scalar>(&self, offset: usize, value: T) -> Option<()> {
        let p = self.at(offset, T::SIZE)?;
        // Why unsafe: raw guest memory. SAFETY: `at` proved the range lies in the mapping.
        unsafe { T::store(p, value) };
        Some(())
    }

    /// Sequentially consistent compare-and-swap; returns what was there, `None` if the range leaves the
    /// mapping or crosses a 16-byte boundary.
    #[inline]
    pub fn compare_exchange<T: Scalar>(&self, offset: usize, old: T, new: T) -> Option<T> {
        if offset % 16 + T::SIZE > 16 {
            return None;
        }
        self.at(offset & !15, 16)?;
        let p = self.at(offset, T::SIZE)?;
        // Why unsafe: raw guest memory. SAFETY: the enclosing aligned 16 bytes are in the mapping (its base is
        // page-aligned, so offset and address agree modulo 16).
        Some(unsafe { wide::compare_exchange(p, old, new) })
    }

    /// Sequentially consistent read-modify-write; returns the old value. `None` as for
    /// [`Self::compare_exchange`].
    #[inline]
    pub fn fetch_update<T: Scalar>(&self, offset: usize, f: impl Fn(T) -> T) -> Option<T> {
        let mut seen = self.load::<T>(offset)?;
        loop {
            let now = self.compare_exchange(offset, seen, f(seen))?;
            if now == seen {
                return Some(seen);
            }
            seen = now;
        }
    }

    /// Copies out of the mapping; `None` (and nothing copied) beyond it.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Option<()> {
        self.at(offset, into.len())?;
        let mut at = offset;
        let mut chunks = into.chunks_exact_mut(8);
        for c in &mut chunks {
            c.copy_from_slice(&self.load::<u64>(at)?.to_le_bytes());
            at += 8;
        }
        for b in chunks.into_remainder() {
            *b = self.load::<u8>(at)?;
            at += 1;
        }
        Some(())
    }

    /// Copies into the mapping; `None` (and nothing copied) beyond it.
    pub fn write(&self, offset: usize, from: &[u8]) -> Option<()> {
        self.at(offset, from.len())?;
        let mut at = offset;
        let mut chunks = from.chunks_exact(8);
        for c in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(c);
            self.store(at, u64::from_le_bytes(word))?;
            at += 8;
        }
        for b in chunks.remainder() {
            self.store(at, *b)?;
            at += 1;
        }
        Some(())
    }

    /// Loads from a guest physical address, RAM or ROM.
    pub fn load_at<T: Scalar>(&self, gpa: u64) -> Option<T> {
        let (_, offset) = self.find(gpa, T::SIZE as u64)?;
        self.load(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Arc<GuestMemory> {
        GuestMemory::new(0x7000_0000, 0x2_0000, Some((0x10_0000, 0x1_0000))).unwrap()
    }

    #[test]
    fn ranges_resolve_to_disjoint_offsets() {
        let m = memory();
        assert_eq!(m.find(0x7000_0000, 1).unwrap().1, 0);
        let (rom, offset) = m.find(0x10_0000, 0x1_0000).unwrap();
        assert_eq!((offset, rom.writable), (0x2_0000, false));
        assert!(m.find(0x7001_ffff, 2).is_none());
        assert!(m.find(0x6fff_ffff, 2).is_none());
        assert!(m.find(u64::MAX, 1).is_none());
    }

    #[test]
    fn accesses_beyond_the_mapping_are_refused() {
        let m = memory();
        let end = m.len();
        assert!(m.load::<u64>(end - 8).is_some());
        assert!(m.load::<u64>(end - 7).is_none());
        assert!(m.store(usize::MAX, 1u8).is_none());
        assert!(m.load::<u128>(usize::MAX - 3).is_none());
        assert!(m.compare_exchange(end, 0u8, 1u8).is_none());
        assert!(m.read(end - 3, &mut [0; 4]).is_none());
    }

    #[test]
    fn every_width_round_trips_unaligned() {
        let m = memory();
        for at in 0..32 {
            m.store(at, 0x1122_3344_5566_7788_99aa_bbcc_ddee_ff00u128).unwrap();
            assert_eq!(m.load::<u128>(at), Some(0x1122_3344_5566_7788_99aa_bbcc_ddee_ff00));
            assert_eq!(m.load::<u64>(at), Some(0x99aa_bbcc_ddee_ff00));
            assert_eq!(m.load::<u32>(at), Some(0xddee_ff00));
            assert_eq!(m.load::<u16>(at + 1), Some(0xeeff));
            assert_eq!(m.load::<u8>(at + 15), Some(0x11));
        }
    }

    #[test]
    fn compare_exchange_works_at_every_place_within_sixteen_bytes() {
        let m = memory();
        for at in 0..16 {
            m.store(0, 0u128).unwrap();
            if at <= 8 {
                assert_eq!(m.compare_exchange(at, 0u64, 0xdead_beef_0bad_f00d), Some(0));
                assert_eq!(m.load::<u64>(at), Some(0xdead_beef_0bad_f00d));
                assert_eq!(m.compare_exchange(at, 1u64, 2), Some(0xdead_beef_0bad_f00d));
                assert_eq!(m.load::<u128>(0), Some(0xdead_beef_0bad_f00du128 << (at * 8)));
            } else {
                assert_eq!(m.compare_exchange(at, 0u64, 1), None);
            }
        }
        assert_eq!(m.compare_exchange(16, 0u128, u128::MAX), Some(0));
        assert_eq!(m.load::<u128>(16), Some(u128::MAX));
    }

    #[test]
    fn counters_from_several_threads_lose_nothing() {
        let m = memory();
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..10_000 {
                        m.fetch_update::<u32>(0x102, |v| v + 1).unwrap();
                    }
                });
            }
        });
        assert_eq!(m.load::<u32>(0x102), Some(40_000));
    }

    #[test]
    fn bulk_copies_round_trip() {
        let m = memory();
        let data: Vec<u8> = (0..=255).collect();
        m.write(3, &data).unwrap();
        let mut back = vec![0; 256];
        m.read(3, &mut back).unwrap();
        assert_eq!(back, data);
    }

    #[test]
    fn odd_layouts_are_refused() {
        assert!(matches!(GuestMemory::new(0x7000_0000, 0x1000, None), Err(MapError::Granule { .. })));
        assert!(matches!(GuestMemory::new(0x7000_0000, 0, None), Err(MapError::Granule { .. })));
        assert!(GuestMemory::new(0x7000_0000, 1 << 62, None).is_err());
    }
}
