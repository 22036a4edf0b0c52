//! Differences from the oracle, QEMU 10.0, that are known, with their reasons. Never add one without saying which side
//! the manual is on. (QEMU 7.2 has three more: no FEAT_LSE2, FCVTZS of half precision, Z of FJCVTZS.)

use super::case::{Case, End, Outcome};
use super::exclude::is_store_exclusive;

/// The reason to accept a difference, if it is one of these. `name` is the row at our final program counter.
pub(crate) fn known(name: &str, ours: &Outcome, theirs: &Outcome, case: &Case) -> Option<&'static str> {
    let same_state = ours.pc == theirs.pc && ours.registers == theirs.registers && ours.memory == theirs.memory;
    match (ours.end, theirs.end) {
        // Arm ARM D1.3.5.5 (priority of synchronous exceptions): PC alignment before instruction abort. Ours is right.
        (End::Misaligned(a), End::Fault(b)) if a == b && same_state && ours.pc & 3 != 0 => {
            Some("QEMU reports a misaligned PC in unmapped space as a translation fault")
        }
        // DDI 0487, "Synchronous exception prioritization", Data Aborts: an Alignment fault that the memory type has no
        // part in comes before every MMU fault; so in the pseudocode, where Mem checks the alignment before it translates.
        // Ours is right.
        (End::Misaligned(a), End::Fault(b)) if (a == b || b == 0) && same_state && aligned(name) => {
            Some("QEMU looks at the alignment of atomic and ordered accesses after translating")
        }
        // An x86 host cannot tell where it went wrong. Ours is right.
        (End::Fault(a), End::Fault(0)) if a >> 47 != 0 && same_state => {
            Some("QEMU's user-mode emulation loses the fault address if it is outside the host's own range")
        }
        // Both are allowed: AArch64.ExclusiveMonitorsPass() says "it is IMPLEMENTATION DEFINED whether the detection of memory
        // aborts happens before or after the check on the local Exclusives monitor"; ours is in `interp/exclusive.rs`.
        (End::Fault(_) | End::Misaligned(_), End::Break) if is_store_exclusive(name) && case.words.len() == 1 => {
            Some("a store-exclusive that fails the monitor faults here, and only fails in QEMU")
        }
        _ => None,
    }
}

/// Whether the accesses of a row must be aligned, at least within 16 bytes.
fn aligned(name: &str) -> bool {
    let prefixes = [
        "LDX", "LDAX", "STX", "STLX", "LDAR", "STLR", "LDAP", "STLUR", "CAS", "SWP", "LDADD", "LDCLR", "LDEOR",
        "LDSET", "LDSMAX", "LDSMIN", "LDUMAX", "LDUMIN",
    ];
    prefixes.iter().any(|p| name.starts_with(p))
}
