//! Fields of the AdvSIMD encodings.
//!
//! Every integer AdvSIMD row fills [`Op`] alike: `imm` is the word, and `aux` is
//!
//! | bits | |
//! | --- | --- |
//! | 1:0 | log2 of the element's bytes; of the narrow element where two sizes meet |
//! | 2 | the upper half of the narrow operand is meant (`XTN2`, `SADDL2`...) |
//! | 11:4 | bits of the result that are not zeroed: 8 to 128; of the wide operand where two sizes meet |
//!
//! The rest is as [`raw`] leaves it, unless the row's decode function says otherwise.

use super::Op;
use super::fields::{bits, raw};

/// Sets of element sizes, as masks of log2 of the bytes.
pub(crate) const B: u32 = 1;
pub(crate) const H: u32 = 1 << 1;
pub(crate) const S: u32 = 1 << 2;
pub(crate) const D: u32 = 1 << 3;
pub(crate) const BH: u32 = B | H;
pub(crate) const HS: u32 = H | S;
pub(crate) const BHS: u32 = B | H | S;
pub(crate) const BHSD: u32 = B | H | S | D;

/// `aux` from its parts.
pub(crate) const fn arrangement(size: u32, upper: u32, width: u32) -> u16 {
    (size | upper << 2 | width << 4) as u16
}

/// Width of a vector operation: 64 or 128 by Q.
pub(crate) const fn vector_width(w: u32) -> u32 {
    64 << bits(w, 30, 30)
}

pub(crate) fn with(w: u32, size: u32, upper: u32, width: u32) -> Option<Op> {
    raw(w).map(|o| Op { aux: arrangement(size, upper, width), ..o })
}

/// The size in bits 23:22, if it is one of `SIZES`.
fn size_in<const SIZES: u32>(w: u32) -> Option<u32> {
    let size = bits(w, 23, 22);
    (SIZES >> size & 1 != 0).then_some(size)
}

/// Vectors of the elements in `SIZES`; 64-bit elements only in 128 bits.
pub(crate) fn vector<const SIZES: u32>(w: u32) -> Option<Op> {
    let size = size_in::<SIZES>(w)?;
    if size == 3 && bits(w, 30, 30) == 0 {
        return None;
    }
    with(w, size, 0, vector_width(w))
}

/// Vectors of bytes whatever the size field says (the bitwise instructions).
pub(crate) fn bytes(w: u32) -> Option<Op> {
    with(w, 0, 0, vector_width(w))
}

/// One element of `SIZES`.
pub(crate) fn scalar<const SIZES: u32>(w: u32) -> Option<Op> {
    let size = size_in::<SIZES>(w)?;
    with(w, size, 0, 8 << size)
}

/// Between elements of `SIZES` and ones twice as large, the large ones filling a register.
pub(crate) fn double<const SIZES: u32>(w: u32) -> Option<Op> {
    let size = size_in::<SIZES>(w)?;
    with(w, size, bits(w, 30, 30), 128)
}

/// The same with one element.
pub(crate) fn scalar_double<const SIZES: u32>(w: u32) -> Option<Op> {
    let size = size_in::<SIZES>(w)?;
    with(w, size, 0, 16 << size)
}

/// Across lanes: at least four lanes.
pub(crate) fn across(w: u32) -> Option<Op> {
    let size = size_in::<BHS>(w)?;
    if size == 2 && bits(w, 30, 30) == 0 {
        return None;
    }
    with(w, size, 0, vector_width(w))
}
