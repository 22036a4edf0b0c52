//! Branch target identification (FEAT_BTI): the landing pads, and the indirect branches that set `PSTATE.BTYPE`, in place of
//! the baseline's rows of the same encodings (`branch_sys.rs`), which do not.

use super::branch_sys::{br, br_mod, br_zero};
use super::fields::bits;
use super::{Op, table};
use crate::interp::{bti as x, pauth, system};

table! { base crate::decode::simd_i8mm::code::END; feature Bti;
    BTI          "11010101000000110010 0100 tt0 11111"        bti, system::nop;
    BR_BTYPE     "1101011 0000 11111 000000 nnnnn 00000"      br, x::br;
    BRAAZ_BTYPE  "1101011 0000 11111 000010 nnnnn 11111"      br_zero, x::bra::<{ pauth::IA }, false>;
    BRABZ_BTYPE  "1101011 0000 11111 000011 nnnnn 11111"      br_zero, x::bra::<{ pauth::IB }, false>;
    BLR_BTYPE    "1101011 0001 11111 000000 nnnnn 00000"      br, x::blr;
    BLRAAZ_BTYPE "1101011 0001 11111 000010 nnnnn 11111"      br_zero, x::bra::<{ pauth::IA }, true>;
    BLRABZ_BTYPE "1101011 0001 11111 000011 nnnnn 11111"      br_zero, x::bra::<{ pauth::IB }, true>;
    BRAA_BTYPE   "1101011 1000 11111 000010 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IA }, false>;
    BRAB_BTYPE   "1101011 1000 11111 000011 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IB }, false>;
    BLRAA_BTYPE  "1101011 1001 11111 000010 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IA }, true>;
    BLRAB_BTYPE  "1101011 1001 11111 000011 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IB }, true>;
}

/// aux = the targets: bit 0 for calls (`c`), bit 1 for jumps (`j`).
fn bti(w: u32) -> Option<Op> {
    Some(Op { aux: bits(w, 7, 6) as u16, ..Op::default() })
}
