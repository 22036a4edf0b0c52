//! The host's floating-point status, which collects the guest's cumulative exception flags while recompiled code runs.

/// Everything masked, round to nearest, no flag: what recompiled code and Rust both run with.
const DEFAULT: u32 = 0x1f80;

/// Clears the host's flags.
pub(crate) fn clear() {
    load(DEFAULT);
}

/// Takes the host's flags as bits of `FPSR`: IOC, DZC, OFC, UFC, IXC.
///
/// The host looks for an underflow after rounding, the architecture before: results that this makes a difference for do not
/// come from here (`emit/fp.rs`).
pub(crate) fn take() -> u32 {
    let m = store();
    if m & 0x3d == 0 {
        return 0;
    }
    load(DEFAULT);
    // IE, ZE, OE, UE, PE; DE has no counterpart while FPCR.FZ is clear.
    m & 1 | (m >> 2 & 0xf) << 1
}

fn store() -> u32 {
    let mut m = 0u32;
    // Why unsafe: no safe way to read the register. SAFETY: the operand is a local variable.
    unsafe { core::arch::asm!("stmxcsr [{}]", in(reg) &raw mut m, options(nostack, preserves_flags)) };
    m
}

fn load(m: u32) {
    // Why unsafe: no safe way to write the register. SAFETY: all exceptions stay masked and rounding is to nearest, which is
    // what Rust requires; only the status flags change.
    unsafe { core::arch::asm!("ldmxcsr [{}]", in(reg) &raw const m, options(nostack, preserves_flags, readonly)) };
}

#[cfg(test)]
mod tests {
    #[test]
    fn flags_map_to_fpsr() {
        super::clear();
        assert_eq!(super::take(), 0);
        let q = std::hint::black_box(1.0f64) / std::hint::black_box(0.0);
        assert_eq!(super::take(), 2, "{q}: DZC");
        let q = std::hint::black_box(1.0f64) / std::hint::black_box(3.0);
        assert_eq!(super::take(), 0x10, "{q}: IXC");
        assert_eq!(super::take(), 0);
    }
}
