//! The host's mapping behind guest memory, between two stretches of address space that nobody may touch.
//!
//! Engines that put guest accesses into host code of their own prove each address before they use it. The guards are for the
//! day the proof has a hole: what reaches beyond the mapping, by any 32-bit distance, stops the process there and then instead
//! of changing what lies beside it.

use rustix::io;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// Bytes of guard on each side: whatever a 32-bit offset from an address in the mapping can reach. Address space only: the host
/// backs none of it.
pub(crate) const GUARD: usize = 1 << 32;
/// A large page of the host (x86-64, and arm64 with 4 KiB pages). The mapping begins at such a boundary.
const LARGE: usize = 2 << 20;

/// Memory that reads as zero until it is written, and its guards. Owned by one `GuestMemory`.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: *mut u8,
    whole: *mut u8,
    whole_len: usize,
}

impl Mapping {
    /// Maps `len` bytes, a multiple of the page size. The host backs them as they are first touched.
    pub(crate) fn new(len: usize) -> io::Result<Self> {
        let whole_len = len.checked_add(2 * GUARD + LARGE).ok_or(io::Errno::NOMEM)?;
        let flags = MapFlags::PRIVATE;
        // Not counted against what the host may promise: guests use a part of their memory.
        #[cfg(target_os = "linux")]
        let flags = flags | MapFlags::NORESERVE;
        // Why unsafe: mapping memory is. SAFETY: the host chooses an address that is free.
        let whole = unsafe { mmap_anonymous(std::ptr::null_mut(), whole_len, ProtFlags::empty(), flags)? };
        let whole = whole.cast::<u8>();
        let into = (whole.addr() + GUARD).next_multiple_of(LARGE) - whole.addr();
        let map = Self { base: whole.wrapping_add(into), whole, whole_len };
        // Why unsafe: changing what memory allows is. SAFETY: inside what was just mapped (`into` is at most `GUARD + LARGE`),
        // and nobody else has the address.
        unsafe { mprotect(map.base.cast(), len, MprotectFlags::READ | MprotectFlags::WRITE)? };
        Ok(map)
    }

    /// Host address of the first byte.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // Why unsafe: unmapping is. SAFETY: all of it is ours, and whoever could reach it goes with the owner.
        let _ = unsafe { munmap(self.whole.cast(), self.whole_len) };
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What the host says of the mapping that holds an address: first address, end, permissions.
    fn region(address: usize) -> Option<(usize, usize, String)> {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.lines().find_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (first, end) = range.split_once('-')?;
            let number = |text| usize::from_str_radix(text, 16).unwrap();
            let (first, end) = (number(first), number(end));
            (first..end).contains(&address).then(|| (first, end, rest[..4].to_owned()))
        })
    }

    #[test]
    fn nothing_within_four_gibibytes_on_either_side_can_be_touched() {
        let len = 0x3_0000;
        let map = Mapping::new(len).unwrap();
        let base = map.base().addr();
        assert_eq!(base % LARGE, 0);
        assert_eq!(region(base).unwrap(), (base, base + len, "rw-p".to_owned()));
        let (first, end, before) = region(base - 1).unwrap();
        assert_eq!((end, before.as_str()), (base, "---p"));
        assert!(base - first >= GUARD);
        let (first, end, after) = region(base + len).unwrap();
        assert_eq!((first, after.as_str()), (base + len, "---p"));
        assert!(end - first >= GUARD);
    }

    #[test]
    fn what_the_host_cannot_give_is_refused() {
        assert!(Mapping::new(1 << 62).is_err());
        assert!(Mapping::new(usize::MAX & !0xffff).is_err());
    }
}
