//! What is not compared with the oracle, and why.

use vmapple_a64::decode::sysreg_encoding;

/// The reason why a row is left out, if it is.
pub(crate) fn row(name: &str) -> Option<&'static str> {
    Some(match name {
        "SVC" => "a system call of the oracle's host",
        "HVC" | "SMC" => "leaves EL1; at EL0 only UNDEFINED, which unit tests cover",
        "HLT" => "semihosting under an emulator",
        "WFE" | "WFI" => "waits; ends the run of our core",
        "SYSL" => "nothing of it exists for EL0",
        "LDRAA" | "LDRAB" | "RETAA" | "RETAB" | "BRAA" | "BRAB" | "BRAAZ" | "BRABZ" | "BLRAA" | "BLRAB" | "BLRAAZ"
        | "BLRABZ" => {
            "pointer authentication: keys and algorithm are the host's; the class `pauth` has what does not depend on them"
        }
        n if n.starts_with("PAC") || n.starts_with("AUT") || n.starts_with("XPAC") => {
            "pointer authentication: keys and algorithm are the host's; the class `pauth` has what does not depend on them"
        }
        _ => return None,
    })
}

/// Rows that are compared, but not in a run of words: what the oracle gets wrong must not feed the next word. Their
/// differences are in `deviations.rs`. And cache maintenance, whose operand must be an address.
pub(crate) fn alone(name: &str) -> bool {
    matches!(name, "MSR_REG" | "SYS")
}

/// The reason why a word of a row that is otherwise compared is left out, if it is.
pub(crate) fn word(name: &str, w: u32) -> Option<&'static str> {
    let field = |hi: u32, lo: u32| w >> lo & (u32::MAX >> (31 - hi + lo));
    let (t, n, t2, s) = (field(4, 0), field(9, 5), field(14, 10), field(20, 16));
    match name {
        "HINT" if field(11, 5) == 40 => return Some("CHKFEAT: the oracle may have it"),
        "MSR_IMM" => {
            // Everything but UAO, PAN, SPSel, DIT, SSBS: DAIF is trapped, TCO, ALLINT and the SVCR forms may exist there.
            let key = field(18, 16) << 3 | field(7, 5);
            if ![0o03, 0o04, 0o05, 0o31, 0o32].contains(&key) {
                return Some("a PSTATE field that the oracle may have and we do not, or that is trapped");
            }
        }
        "MRS" | "MSR_REG" if !READABLE.contains(&(field(20, 5) as u16)) && !privileged(w) => {
            return Some("a register whose value or existence is the host's");
        }
        "SYS" if !MAINTENANCE.contains(&(field(18, 5) as u16)) || t == 31 => {
            return Some("DC ZVA, whose block size is the host's, and what is not for EL0");
        }
        _ => {}
    }
    if should_be_one(name) & !w != 0 {
        return Some("CONSTRAINED UNPREDICTABLE");
    }
    let loads_store = field(27, 27) == 1 && field(25, 25) == 0;
    if !loads_store {
        return None;
    }
    let general = field(26, 26) == 0;
    let writes_back = name.contains("_POST") || name.contains("_PRE");
    let pair_of_any = ["LDP", "LDNP", "LDXP", "LDAXP", "STP"].iter().any(|p| name.starts_with(p));
    let unpredictable = (general && writes_back && n != 31 && (t == n || (pair_of_any && t2 == n)))
        || (pair_of_any && !name.starts_with("STP") && t == t2)
        || (is_store_exclusive(name) && (s == t || (s == n && n != 31) || (name.contains("XP") && s == t2)));
    unpredictable.then_some("CONSTRAINED UNPREDICTABLE")
}

/// Bits printed as (1) in the manual: clear, the word may be UNDEFINED, do nothing, or execute as if they were set, which
/// is what ours does (DDI 0487, "Constraints on UNPREDICTABLE behavior", instruction encodings).
fn should_be_one(name: &str) -> u32 {
    let (s, t2) = (31 << 16, 31 << 10);
    let pair = name.contains("XP");
    match name {
        "SMULH" | "UMULH" => t2,
        n if ["LDAR", "STLR"].iter().any(|p| n.starts_with(p)) => s | t2,
        n if ["LDXR", "LDAXR", "LDXP", "LDAXP"].iter().any(|p| n.starts_with(p)) => s | if pair { 0 } else { t2 },
        n if is_store_exclusive(n) && !pair => t2,
        _ => 0,
    }
}

/// Whether a word reads or writes a register that no EL0 can have: op0 3, op1 neither 3 (EL0's) nor part of the space
/// that Linux emulates for processes (the ID registers, op1 0 and CRn 0).
fn privileged(w: u32) -> bool {
    let (op0_low, op1, crn) = (w >> 19 & 1, w >> 16 & 7, w >> 12 & 15);
    op0_low == 1 && op1 != 3 && crn != 0
}

/// Cache maintenance by address that EL0 may have: op1, CRn, CRm, op2 of DC CVAC, CVAU, CVAP, CVADP, CIVAC and IC IVAU.
pub(crate) const MAINTENANCE: [u16; 6] = [
    sysreg_encoding(0, 3, 7, 10, 1),
    sysreg_encoding(0, 3, 7, 11, 1),
    sysreg_encoding(0, 3, 7, 12, 1),
    sysreg_encoding(0, 3, 7, 13, 1),
    sysreg_encoding(0, 3, 7, 14, 1),
    sysreg_encoding(0, 3, 7, 5, 1),
];

/// NZCV, FPCR and FPSR.
pub(crate) const READABLE: [u16; 3] =
    [sysreg_encoding(3, 3, 4, 2, 0), sysreg_encoding(3, 3, 4, 4, 0), sysreg_encoding(3, 3, 4, 4, 1)];

pub(crate) fn is_store_exclusive(name: &str) -> bool {
    name.starts_with("STX") || name.starts_with("STLX")
}
