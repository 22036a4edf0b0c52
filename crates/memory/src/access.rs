//! Single host instructions that load and store guest memory.
//!
//! Rust's atomics need natural alignment and its plain accesses may not race; guest code does both
//! unaligned and racing accesses. Inline assembly is the one way to say "exactly this instruction":
//! what the memory system does with it is then the host architecture's definition, not undefined behaviour.

/// An integer that guest code can load or store in one access: 1, 2, 4, 8 or 16 bytes.
pub trait Scalar: Copy + Default + Eq + sealed::Access {
    /// Size in bytes.
    const SIZE: usize;
    /// Zero-extends to 128 bits.
    fn to_u128(self) -> u128;
    /// Truncates from 128 bits.
    fn from_u128(value: u128) -> Self;
}

pub(crate) mod sealed {
    /// Raw access; kept out of the public interface because it takes pointers.
    pub trait Access: Sized {
        /// Loads from `p`.
        ///
        /// # Safety
        /// `p .. p + SIZE` lies in one live mapping that is readable.
        unsafe fn load(p: *const u8) -> Self;
        /// Stores to `p`.
        ///
        /// # Safety
        /// `p .. p + SIZE` lies in one live mapping that is writable and that no Rust reference covers.
        unsafe fn store(p: *mut u8, value: Self);
    }
}

macro_rules! scalar {
    ($t:ty, $ld:literal, $st:literal, $a64ld:literal, $a64st:literal, $class:ident) => {
        impl Scalar for $t {
            const SIZE: usize = size_of::<$t>();
            #[inline(always)]
            fn to_u128(self) -> u128 {
                u128::from(self)
            }
            #[inline(always)]
            fn from_u128(value: u128) -> Self {
                value as $t
            }
        }
        impl sealed::Access for $t {
            #[inline(always)]
            unsafe fn load(p: *const u8) -> Self {
                let v: $t;
                // Why unsafe: see the module's text. SAFETY: the caller vouches for the range; the instruction
                // reads memory and changes nothing else. Not `pure`: each call must fetch anew.
                #[cfg(target_arch = "x86_64")]
                unsafe {
                    core::arch::asm!($ld, p = in(reg) p, v = out($class) v,
                        options(nostack, preserves_flags, readonly));
                }
                // SAFETY: as above.
                #[cfg(target_arch = "aarch64")]
                unsafe {
                    core::arch::asm!($a64ld, p = in(reg) p, v = out(reg) v,
                        options(nostack, preserves_flags, readonly));
                }
                v
            }
            #[inline(always)]
            unsafe fn store(p: *mut u8, value: Self) {
                // Why unsafe: see the module's text. SAFETY: the caller vouches for the range; the instruction
                // writes those bytes and nothing else.
                #[cfg(target_arch = "x86_64")]
                unsafe {
                    core::arch::asm!($st, p = in(reg) p, v = in($class) value,
                        options(nostack, preserves_flags));
                }
                // SAFETY: as above.
                #[cfg(target_arch = "aarch64")]
                unsafe {
                    core::arch::asm!($a64st, p = in(reg) p, v = in(reg) value,
                        options(nostack, preserves_flags));
                }
            }
        }
    };
}

scalar!(u8, "mov {v}, byte ptr [{p}]", "mov byte ptr [{p}], {v}", "ldrb {v:w}, [{p}]", "strb {v:w}, [{p}]", reg_byte);
scalar!(u16, "mov {v:x}, word ptr [{p}]", "mov word ptr [{p}], {v:x}", "ldrh {v:w}, [{p}]", "strh {v:w}, [{p}]", reg);
scalar!(u32, "mov {v:e}, dword ptr [{p}]", "mov dword ptr [{p}], {v:e}", "ldr {v:w}, [{p}]", "str {v:w}, [{p}]", reg);
scalar!(u64, "mov {v}, qword ptr [{p}]", "mov qword ptr [{p}], {v}", "ldr {v}, [{p}]", "str {v}, [{p}]", reg);

impl Scalar for u128 {
    const SIZE: usize = 16;
    #[inline(always)]
    fn to_u128(self) -> u128 {
        self
    }
    #[inline(always)]
    fn from_u128(value: u128) -> Self {
        value
    }
}

impl sealed::Access for u128 {
    /// One 16-byte access where the address is 16-byte aligned and the host has AVX or FEAT_LSE2 (every host
    /// that the recompiler and Apple silicon need); otherwise possibly two, as the Arm architecture allows
    /// for unaligned pairs.
    #[inline(always)]
    unsafe fn load(p: *const u8) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let v: core::arch::x86_64::__m128i;
            // Why unsafe: see the module's text. SAFETY: the caller vouches for the range.
            unsafe {
                core::arch::asm!("movdqu {v}, xmmword ptr [{p}]", p = in(reg) p, v = out(xmm_reg) v,
                    options(nostack, preserves_flags, readonly));
            }
            // Why unsafe: there is no safe conversion. SAFETY: both are 16 plain bytes.
            unsafe { core::mem::transmute::<core::arch::x86_64::__m128i, u128>(v) }
        }
        #[cfg(target_arch = "aarch64")]
        {
            let (lo, hi): (u64, u64);
            // Why unsafe: see the module's text. SAFETY: the caller vouches for the range.
            unsafe {
                core::arch::asm!("ldp {lo}, {hi}, [{p}]", p = in(reg) p, lo = out(reg) lo, hi = out(reg) hi,
                    options(nostack, preserves_flags, readonly));
            }
            u128::from(hi) << 64 | u128::from(lo)
        }
    }
    #[inline(always)]
    unsafe fn store(p: *mut u8, value: Self) {
        #[cfg(target_arch = "x86_64")]
        {
            // Why unsafe: there is no safe conversion. SAFETY: both are 16 plain bytes.
            let v = unsafe { core::mem::transmute::<u128, core::arch::x86_64::__m128i>(value) };
            // Why unsafe: see the module's text. SAFETY: the caller vouches for the range.
            unsafe {
                core::arch::asm!("movdqu xmmword ptr [{p}], {v}", p = in(reg) p, v = in(xmm_reg) v,
                    options(nostack, preserves_flags));
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            // Why unsafe: see the module's text. SAFETY: the caller vouches for the range.
            unsafe {
                core::arch::asm!("stp {lo}, {hi}, [{p}]", p = in(reg) p, lo = in(reg) value as u64,
                    hi = in(reg) (value >> 64) as u64, options(nostack, preserves_flags));
            }
        }
    }
}
