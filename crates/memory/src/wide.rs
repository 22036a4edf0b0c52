//! Compare-and-swap on guest memory: naturally aligned words with the host's own instruction, and
//! everything else inside an aligned 16-byte block (FEAT_LSE2's rule: atomics that stay within 16 bytes
//! are atomic whatever their alignment).

use crate::access::Scalar;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::SeqCst};

/// Compares the value at `p` with `old` and, if equal, stores `new`; returns what was there.
///
/// # Safety
/// `p .. p + T::SIZE` lies in one live writable mapping that no Rust reference covers, does not cross a
/// 16-byte boundary, and the mapping covers the whole aligned 16-byte block.
#[inline]
pub(crate) unsafe fn compare_exchange<T: Scalar>(p: *mut u8, old: T, new: T) -> T {
    let (o, n) = (old.to_u128(), new.to_u128());
    let misalignment = p.addr() % T::SIZE;
    macro_rules! native {
        ($atomic:ty, $int:ty) => {{
            // Why unsafe: the atomic lives in guest memory. SAFETY: aligned (checked), and in range by the
            // caller's word; guest memory is only ever touched by single instructions.
            let a = unsafe { <$atomic>::from_ptr(p.cast()) };
            let seen = match a.compare_exchange(o as $int, n as $int, SeqCst, SeqCst) {
                Ok(v) | Err(v) => v,
            };
            return T::from_u128(u128::from(seen));
        }};
    }
    if misalignment == 0 {
        match T::SIZE {
            1 => native!(AtomicU8, u8),
            2 => native!(AtomicU16, u16),
            4 => native!(AtomicU32, u32),
            8 => native!(AtomicU64, u64),
            _ => {}
        }
    }
    let shift = (p.addr() % 16) * 8;
    let block = p.map_addr(|a| a & !15);
    let mask = if T::SIZE == 16 { u128::MAX } else { ((1u128 << (T::SIZE * 8)) - 1) << shift };
    // Why unsafe: raw 16-byte access. SAFETY: the block is in the mapping by the caller's word.
    let mut whole = unsafe { <u128 as crate::access::sealed::Access>::load(block) };
    loop {
        let seen = T::from_u128((whole & mask) >> shift);
        if seen != old {
            // The plain load above may be torn on hosts without 16-byte atomic loads, so a mismatch is
            // confirmed by writing back what was read.
            // SAFETY: aligned to 16, in range.
            let now = unsafe { cas16(block, whole, whole) };
            if now == whole {
                return seen;
            }
            whole = now;
            continue;
        }
        // SAFETY: aligned to 16, in range.
        let now = unsafe { cas16(block, whole, (whole & !mask) | (n << shift & mask)) };
        if now == whole {
            return old;
        }
        whole = now;
    }
}

/// 16-byte compare-and-swap; returns what was there.
///
/// # Safety
/// `p` is 16-byte aligned and its 16 bytes lie in one live writable mapping without Rust references.
#[inline]
unsafe fn cas16(p: *mut u8, old: u128, new: u128) -> u128 {
    #[cfg(target_arch = "x86_64")]
    {
        let (mut lo, mut hi) = (old as u64, (old >> 64) as u64);
        // Why unsafe: std has no 128-bit atomic; rbx cannot be named as an operand, so it is swapped.
        // SAFETY: aligned and in range by the caller's word; CMPXCHG16B exists on every x86-64 CPU since
        // 2006 and `GuestMemory::new` refuses hosts without it; rbx is restored.
        unsafe {
            core::arch::asm!(
                "xchg {nlo}, rbx",
                "lock cmpxchg16b xmmword ptr [{p}]",
                "mov rbx, {nlo}",
                p = in(reg) p,
                nlo = inout(reg) new as u64 => _,
                in("rcx") (new >> 64) as u64,
                inout("rax") lo,
                inout("rdx") hi,
                options(nostack)
            );
        }
        u128::from(hi) << 64 | u128::from(lo)
    }
    #[cfg(target_arch = "aarch64")]
    {
        let (lo, hi): (u64, u64);
        // Why unsafe: std has no 128-bit atomic. SAFETY: aligned and in range by the caller's word; an
        // exclusive pair loop exists on every arm64 CPU and writes back what it read on a mismatch.
        unsafe {
            core::arch::asm!(
                "2: ldaxp {lo}, {hi}, [{p}]",
                "cmp {lo}, {olo}",
                "ccmp {hi}, {ohi}, #0, eq",
                "csel {slo}, {nlo}, {lo}, eq",
                "csel {shi}, {nhi}, {hi}, eq",
                "stlxp {s:w}, {slo}, {shi}, [{p}]",
                "cbnz {s:w}, 2b",
                p = in(reg) p,
                olo = in(reg) old as u64, ohi = in(reg) (old >> 64) as u64,
                nlo = in(reg) new as u64, nhi = in(reg) (new >> 64) as u64,
                lo = out(reg) lo, hi = out(reg) hi,
                slo = out(reg) _, shi = out(reg) _, s = out(reg) _,
                options(nostack)
            );
        }
        u128::from(hi) << 64 | u128::from(lo)
    }
}
