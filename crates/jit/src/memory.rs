//! Memory for code: one object mapped twice, writable in one place and executable in another, so that no page is both
//! (`spec/cpu-engine.md` 5.7).

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::ffi::c_void;
use std::io;

/// The two mappings. Owned by one core's thread; nothing else writes or executes them.
#[derive(Debug)]
pub(crate) struct CodeMemory {
    writable: *mut u8,
    executable: *const u8,
    len: usize,
}

// Why unsafe: raw pointers make the type neither. SAFETY: the mappings belong to this value alone and live as long as it, so
// the thread that owns the value may change.
unsafe impl Send for CodeMemory {}

impl CodeMemory {
    /// Reserves `len` bytes, a multiple of the page size. The host backs them as they are first written.
    pub(crate) fn new(len: usize) -> io::Result<Self> {
        let object = memfd_create("vmapple-code", MemfdFlags::CLOEXEC)?;
        ftruncate(&object, len as u64)?;
        let map = |prot| {
            // Why unsafe: mapping memory is. SAFETY: the host chooses an address that is free, and the object is ours.
            unsafe { mmap(std::ptr::null_mut(), len, prot, MapFlags::SHARED, &object, 0) }
        };
        let writable = map(ProtFlags::READ | ProtFlags::WRITE)?;
        let executable = match map(ProtFlags::READ | ProtFlags::EXEC) {
            Ok(p) => p,
            Err(e) => {
                // Why unsafe: unmapping is. SAFETY: just mapped, and nobody else has the address.
                let _ = unsafe { munmap(writable, len) };
                return Err(e.into());
            }
        };
        Ok(Self { writable: writable.cast(), executable: executable.cast::<u8>().cast_const(), len })
    }

    /// Address of the first byte when executed.
    pub(crate) fn origin(&self) -> u64 {
        self.executable as usize as u64
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Replaces `into` by the `len` bytes of code at an offset; what lies beyond the end is refused.
    pub(crate) fn read(&self, offset: usize, len: usize, into: &mut Vec<u8>) {
        let end = offset.checked_add(len);
        assert!(end.is_some_and(|end| end <= self.len), "code is read inside its memory");
        into.clear();
        // Why unsafe: see `write`. SAFETY: in range (above), initialised by the host, and nobody writes meanwhile: only the thread
        // that owns this value does.
        into.extend_from_slice(unsafe { std::slice::from_raw_parts(self.writable.add(offset), len) });
    }

    /// Copies code to an offset. What lies beyond the end is refused.
    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset.checked_add(bytes.len());
        assert!(end.is_some_and(|end| end <= self.len), "code is written inside its memory");
        // Why unsafe: the mapping is also executed, so it cannot be a slice. SAFETY: in range (above), and no reference
        // covers it; the thread that executes it is this one, and it goes through a serialising entry before it does.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.writable.add(offset), bytes.len()) };
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // Why unsafe: unmapping is. SAFETY: both mappings are ours, and nothing executes here when the owner is dropped.
        unsafe {
            let _ = munmap(self.writable.cast::<c_void>(), self.len);
            let _ = munmap(self.executable.cast_mut().cast::<c_void>(), self.len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_one_mapping_runs_in_the_other() {
        let mut m = CodeMemory::new(4096).unwrap();
        // mov eax, edi; add eax, 5; ret
        m.write(16, &[0x89, 0xf8, 0x83, 0xc0, 0x05, 0xc3]);
        // Why unsafe: a made-up function. SAFETY: the bytes above are that function.
        let f: extern "C" fn(u32) -> u32 = unsafe { std::mem::transmute(m.executable.add(16)) };
        assert_eq!(f(37), 42);
    }

    /// What the host lets be done with an address: permissions as `/proc/self/maps` prints them.
    #[cfg(target_os = "linux")]
    fn allowed(maps: &str, address: usize) -> String {
        let at = |line: &str| {
            let (range, rest) = line.split_once(' ')?;
            let (first, end) = range.split_once('-')?;
            let number = |text| usize::from_str_radix(text, 16).ok();
            (number(first)?..number(end)?).contains(&address).then(|| rest[..4].to_owned())
        };
        maps.lines().find_map(at).expect("an address that is mapped")
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_page_is_writable_and_executable() {
        let m = CodeMemory::new(8192).unwrap();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        for page in [0, 4096, 8191] {
            assert_eq!(allowed(&maps, m.writable.addr() + page), "rw-s");
            assert_eq!(allowed(&maps, m.executable.addr() + page), "r-xs");
        }
        // Nor anything else in the program.
        let both = maps.lines().find(|l| l.split(' ').nth(1).is_some_and(|p| p.contains('w') && p.contains('x')));
        assert_eq!(both, None);
    }
}
