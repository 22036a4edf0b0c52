//! Differences from the oracle that are known, with their reasons. Never add one without saying which side the manual
//! is on.

use super::case::{Case, End, Outcome};
use super::exclude::is_store_exclusive;
use vmapple_a64::softfp::{FPCR_FZ, IDC};
use vmapple_a64::state::nzcv;

/// The reason to accept a difference, if it is one of these.
pub(crate) fn known(name: &str, case: &Case, ours: &Outcome, theirs: &Outcome) -> Option<&'static str> {
    let same_state = ours.pc == theirs.pc && ours.registers == theirs.registers && ours.memory == theirs.memory;
    match (ours.end, theirs.end) {
        // Arm ARM D1.3.5.5 (priority of synchronous exceptions): PC alignment before instruction abort. Ours is right.
        (End::Misaligned(a), End::Fault(b)) if a == b && same_state && ours.pc & 3 != 0 => {
            Some("QEMU reports a misaligned PC in unmapped space as a translation fault")
        }
        // CheckAlignment comes before translation in the Arm ARM's Mem accessors. Ours is right.
        (End::Misaligned(a), End::Fault(b)) if (a == b || b == 0) && same_state && name.starts_with("LDAP") => {
            Some("QEMU looks at the alignment of LDAPR after translating")
        }
        // An x86 host cannot tell where it went wrong. Ours is right.
        (End::Fault(a), End::Fault(0)) if a >> 47 != 0 && same_state => {
            Some("QEMU's user-mode emulation loses the fault address if it is outside the host's own range")
        }
        // Both are allowed (ExclusiveMonitorsPass in the Arm ARM: IMPLEMENTATION DEFINED); ours is in `interp/exclusive.rs`.
        (End::Fault(_) | End::Misaligned(_), End::Break) if is_store_exclusive(name) && case.words.len() == 1 => {
            Some("a store-exclusive that fails the monitor faults here, and only fails in QEMU")
        }
        // FEAT_LSE2 came to QEMU in version 8.1. Unit tests check ours.
        (End::Break | End::Fault(_), End::Misaligned(a)) if ours.pc == case.pc() || ours.end == End::Break => {
            let within = relaxed(name).is_some_and(|size| (a & 15) + size <= 16);
            within.then_some("QEMU 7.2 has no FEAT_LSE2: unaligned atomic and ordered accesses fault")
        }
        (End::Break, End::Break) if ours.pc == theirs.pc && case.words.len() == 1 => float(name, case, ours, theirs),
        _ => None,
    }
}

/// Differences in the results of floating-point instructions.
fn float(name: &str, case: &Case, ours: &Outcome, theirs: &Outcome) -> Option<&'static str> {
    let word = *case.words.first()?;
    let (d, n) = (word as usize & 31, word as usize >> 5 & 31);
    let mut expected = ours.clone();
    match name {
        // DDI 0487, "FCVTZS (vector, fixed-point)": the result of a scalar form has the element's 16 bits, and what is
        // above is zero. Ours is right.
        "FCVTZS_FIX_1H" => {
            expected.registers.v[d] = u128::from(i32::from(ours.registers.v[d] as i16) as u32);
            (expected == *theirs).then_some("QEMU extends the sign of FCVTZS Hd, Hn, #fbits into bits 31:16")
        }
        // FPToFixedJS(): Z is clear if "sign == '0' && value == 0.0 && !IsZero(op<51:0>)". Ours is right.
        "FJCVTZS" => {
            let before = case.registers();
            let denormal = (before.v[n] as u64).wrapping_sub(1) < (1 << 52) - 1;
            expected.registers.nzcv = nzcv::Z;
            let flushed = denormal && before.fpcr & FPCR_FZ != 0 && ours.registers.fpsr & IDC != 0;
            (flushed && ours.registers.nzcv == 0 && expected == *theirs)
                .then_some("QEMU sets Z when FJCVTZS flushes a positive denormal")
        }
        _ => None,
    }
}

/// Size of the accesses that FEAT_LSE2 lets be unaligned within 16 bytes, for a row whose name tells it.
fn relaxed(name: &str) -> Option<u64> {
    let atomic = ["LDADD", "LDCLR", "LDEOR", "LDSET", "LDSMAX", "LDSMIN", "LDUMAX", "LDUMIN", "SWP"];
    if atomic.contains(&name) {
        // Any size: the alignment that QEMU missed is at least that of two bytes.
        return Some(2);
    }
    if !["LDAR", "STLR", "LDAPR", "LDAPUR", "STLUR", "CAS"].iter().any(|p| name.starts_with(p))
        || name.starts_with("CASP")
    {
        return None;
    }
    Some(match name {
        n if n.contains("B") => 1,
        n if n.contains("RH") || n.contains("RSH") || n == "CASH" => 2,
        n if n.ends_with("_W") || n.ends_with("SW") => 4,
        _ => 8,
    })
}
