//! Data processing (immediate), C4.1.92.

use super::fields::{bit_mask, bits, dst, sbits, sp, zr};
use super::{Op, table};
use crate::interp::dp_imm as x;

table! { base 2;
    ADR          "0 ii 10000 iiiiiiiiiiiiiiiiiii ddddd"        adr,  x::adr;
    ADRP         "1 ii 10000 iiiiiiiiiiiiiiiiiii ddddd"        adrp, x::adrp;
    ADD_IMM_W    "0 0 0 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub_sp, x::add_imm::<false>;
    ADDS_IMM_W   "0 0 1 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub, x::adds_imm::<false>;
    SUB_IMM_W    "0 1 0 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub_sp, x::sub_imm::<false>;
    SUBS_IMM_W   "0 1 1 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub, x::subs_imm::<false>;
    ADD_IMM_X    "1 0 0 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub_sp, x::add_imm::<true>;
    ADDS_IMM_X   "1 0 1 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub, x::adds_imm::<true>;
    SUB_IMM_X    "1 1 0 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub_sp, x::sub_imm::<true>;
    SUBS_IMM_X   "1 1 1 100010 h iiiiiiiiiiii nnnnn ddddd"     add_sub, x::subs_imm::<true>;
    AND_IMM_W    "0 00 100100 0 rrrrrr ssssss nnnnn ddddd"     logical_sp, x::and_imm;
    ORR_IMM_W    "0 01 100100 0 rrrrrr ssssss nnnnn ddddd"     logical_sp, x::orr_imm::<false>;
    EOR_IMM_W    "0 10 100100 0 rrrrrr ssssss nnnnn ddddd"     logical_sp, x::eor_imm::<false>;
    ANDS_IMM_W   "0 11 100100 0 rrrrrr ssssss nnnnn ddddd"     logical, x::ands_imm::<false>;
    AND_IMM_X    "1 00 100100 N rrrrrr ssssss nnnnn ddddd"     logical_sp, x::and_imm;
    ORR_IMM_X    "1 01 100100 N rrrrrr ssssss nnnnn ddddd"     logical_sp, x::orr_imm::<true>;
    EOR_IMM_X    "1 10 100100 N rrrrrr ssssss nnnnn ddddd"     logical_sp, x::eor_imm::<true>;
    ANDS_IMM_X   "1 11 100100 N rrrrrr ssssss nnnnn ddddd"     logical, x::ands_imm::<true>;
    MOVN_W       "0 00 100101 0 h iiiiiiiiiiiiiiii ddddd"      movn, x::mov_imm;
    MOVZ_W       "0 10 100101 0 h iiiiiiiiiiiiiiii ddddd"      movz, x::mov_imm;
    MOVK_W       "0 11 100101 0 h iiiiiiiiiiiiiiii ddddd"      movk, x::movk::<false>;
    MOVN_X       "1 00 100101 hh iiiiiiiiiiiiiiii ddddd"       movn, x::mov_imm;
    MOVZ_X       "1 10 100101 hh iiiiiiiiiiiiiiii ddddd"       movz, x::mov_imm;
    MOVK_X       "1 11 100101 hh iiiiiiiiiiiiiiii ddddd"       movk, x::movk::<true>;
    SBFM_W       "0 00 100110 0 0rrrrr 0sssss nnnnn ddddd"     bitfield, x::sbfm::<false>;
    BFM_W        "0 01 100110 0 0rrrrr 0sssss nnnnn ddddd"     bitfield, x::bfm::<false>;
    UBFM_W       "0 10 100110 0 0rrrrr 0sssss nnnnn ddddd"     bitfield, x::ubfm::<false>;
    SBFM_X       "1 00 100110 1 rrrrrr ssssss nnnnn ddddd"     bitfield, x::sbfm::<true>;
    BFM_X        "1 01 100110 1 rrrrrr ssssss nnnnn ddddd"     bitfield, x::bfm::<true>;
    UBFM_X       "1 10 100110 1 rrrrrr ssssss nnnnn ddddd"     bitfield, x::ubfm::<true>;
    EXTR_W       "0 00 100111 0 0 mmmmm 0sssss nnnnn ddddd"    extr, x::extr::<false>;
    EXTR_X       "1 00 100111 1 0 mmmmm ssssss nnnnn ddddd"    extr, x::extr::<true>;
}

fn adr(w: u32) -> Option<Op> {
    let imm = sbits(w, 23, 5) << 2 | u64::from(bits(w, 30, 29));
    Some(Op { rd: dst(w, 0), imm, ..Op::default() })
}

fn adrp(w: u32) -> Option<Op> {
    adr(w).map(|o| Op { imm: o.imm << 12, ..o })
}

fn imm12(w: u32) -> u64 {
    u64::from(bits(w, 21, 10)) << (12 * bits(w, 22, 22))
}

fn add_sub(w: u32) -> Option<Op> {
    Some(Op { rd: dst(w, 0), rn: sp(w, 5), imm: imm12(w), ..Op::default() })
}

fn add_sub_sp(w: u32) -> Option<Op> {
    Some(Op { rd: sp(w, 0), rn: sp(w, 5), imm: imm12(w), ..Op::default() })
}

fn logical(w: u32) -> Option<Op> {
    let (mask, _) = bit_mask(bits(w, 22, 22), bits(w, 15, 10), bits(w, 21, 16), true)?;
    let imm = if w >> 31 == 0 { mask & 0xffff_ffff } else { mask };
    Some(Op { rd: dst(w, 0), rn: zr(w, 5), imm, ..Op::default() })
}

fn logical_sp(w: u32) -> Option<Op> {
    logical(w).map(|o| Op { rd: sp(w, 0), ..o })
}

fn movz(w: u32) -> Option<Op> {
    let imm = u64::from(bits(w, 20, 5)) << (16 * bits(w, 22, 21));
    Some(Op { rd: dst(w, 0), imm, ..Op::default() })
}

fn movn(w: u32) -> Option<Op> {
    movz(w).map(|o| Op { imm: if w >> 31 == 0 { !o.imm & 0xffff_ffff } else { !o.imm }, ..o })
}

fn movk(w: u32) -> Option<Op> {
    let shift = 16 * bits(w, 22, 21);
    // rn is Rd as a source, so that MOVK to the zero register reads zero.
    movz(w).map(|o| Op { rn: zr(w, 0), aux: shift as u16, ..o })
}

/// rm = immr, ra = imms; imm = the field's mask after rotation (wmask & tmask); the executors rotate.
fn bitfield(w: u32) -> Option<Op> {
    let (r, s) = (bits(w, 21, 16), bits(w, 15, 10));
    Some(Op { rd: dst(w, 0), rn: zr(w, 5), rm: r as u8, ra: s as u8, aux: u16::from(zr(w, 0)), ..Op::default() })
}

fn extr(w: u32) -> Option<Op> {
    Some(Op { rd: dst(w, 0), rn: zr(w, 5), rm: zr(w, 16), aux: bits(w, 15, 10) as u16, ..Op::default() })
}
