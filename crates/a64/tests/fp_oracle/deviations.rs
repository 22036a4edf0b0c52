//! Where the oracle (QEMU 7.2) is known to differ from the manual. Each entry says how, and why the manual is followed.

use crate::cases::{Case, fpcr};
use crate::ops::Op;
use vmapple_a64::softfp::{FPCR_FZ, IDC};

/// The reason a disagreement is expected, if it is. `ours` and `theirs` are result and FPSR.
pub(crate) fn known(op: &Op, case: &Case, ours: (u64, u32), theirs: (u64, u32)) -> Option<&'static str> {
    // A scalar FCVTZS to a half-precision register writes a 16-bit element; the rest of the vector register is zero
    // (DDI 0487, "FCVTZS (vector, fixed-point)": `V[d] = result` with a 16-bit result). The oracle writes the sign
    // extended to 32 bits. The element itself agrees.
    if op.name.starts_with("fcvtzs_h_h_") && theirs == (sign_extended(ours.0), ours.1) {
        return Some("FCVTZS Hd, Hn, #fbits spills its sign into bits 31:16");
    }
    // FPToFixedJS() clears Z when "sign == '0' && value == 0.0 && !IsZero(op<51:0>)": a positive denormal flushed by
    // FZ did not convert exactly. The oracle clears it for a negative one only.
    let positive_denormal = case.operands[0].wrapping_sub(1) < (1 << 52) - 1;
    if op.name == "fjcvtzs"
        && fpcr(case.control) & FPCR_FZ != 0
        && positive_denormal
        && (ours, theirs) == ((0, IDC), (1 << 32, IDC))
    {
        return Some("FJCVTZS sets Z for a flushed positive denormal");
    }
    None
}

fn sign_extended(half: u64) -> u64 {
    u64::from(i32::from(half as u16 as i16) as u32)
}
