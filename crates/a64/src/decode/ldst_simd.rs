//! Loads and stores of SIMD and floating-point registers, C4.1.94.

use super::fields::{bits, sbits, sp, zr};
use super::{Op, table};
use crate::interp::{ldst as m, ldst_simd as x};

table! { base crate::decode::ldst::code::END;
    LD1_ST1_MULT "0 q 001100 0 l 000000 oooo zz nnnnn ttttt"     multiple, x::multiple;
    LD_MULT_POST "0 q 001100 1 l 0 mmmmm oooo zz nnnnn ttttt"    multiple, x::multiple;
    LD1_ST1_ONE  "0 q 001101 0 l r 00000 ooo s zz nnnnn ttttt"   single, x::single;
    LD_ONE_POST  "0 q 001101 1 l r mmmmm ooo s zz nnnnn ttttt"   single, x::single;
    LDR_LIT_S    "00 011 1 00 iiiiiiiiiiiiiiiiiii ttttt"         literal, x::ldr_lit::<u32>;
    LDR_LIT_D    "01 011 1 00 iiiiiiiiiiiiiiiiiii ttttt"         literal, x::ldr_lit::<u64>;
    LDR_LIT_Q    "10 011 1 00 iiiiiiiiiiiiiiiiiii ttttt"         literal, x::ldr_lit::<u128>;
    STNP_S       "00 101 1 000 0 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::stp::<u32, { m::OFFSET }>;
    LDNP_S       "00 101 1 000 1 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::ldp::<u32, { m::OFFSET }>;
    STNP_D       "01 101 1 000 0 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::stp::<u64, { m::OFFSET }>;
    LDNP_D       "01 101 1 000 1 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::ldp::<u64, { m::OFFSET }>;
    STNP_Q       "10 101 1 000 0 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::stp::<u128, { m::OFFSET }>;
    LDNP_Q       "10 101 1 000 1 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::ldp::<u128, { m::OFFSET }>;
    STP_POST_S   "00 101 1 001 0 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::stp::<u32, { m::POST }>;
    LDP_POST_S   "00 101 1 001 1 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::ldp::<u32, { m::POST }>;
    STP_POST_D   "01 101 1 001 0 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::stp::<u64, { m::POST }>;
    LDP_POST_D   "01 101 1 001 1 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::ldp::<u64, { m::POST }>;
    STP_POST_Q   "10 101 1 001 0 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::stp::<u128, { m::POST }>;
    LDP_POST_Q   "10 101 1 001 1 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::ldp::<u128, { m::POST }>;
    STP_S        "00 101 1 010 0 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::stp::<u32, { m::OFFSET }>;
    LDP_S        "00 101 1 010 1 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::ldp::<u32, { m::OFFSET }>;
    STP_D        "01 101 1 010 0 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::stp::<u64, { m::OFFSET }>;
    LDP_D        "01 101 1 010 1 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::ldp::<u64, { m::OFFSET }>;
    STP_Q        "10 101 1 010 0 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::stp::<u128, { m::OFFSET }>;
    LDP_Q        "10 101 1 010 1 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::ldp::<u128, { m::OFFSET }>;
    STP_PRE_S    "00 101 1 011 0 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::stp::<u32, { m::PRE }>;
    LDP_PRE_S    "00 101 1 011 1 iiiiiii uuuuu nnnnn ttttt"      pair::<4>, x::ldp::<u32, { m::PRE }>;
    STP_PRE_D    "01 101 1 011 0 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::stp::<u64, { m::PRE }>;
    LDP_PRE_D    "01 101 1 011 1 iiiiiii uuuuu nnnnn ttttt"      pair::<8>, x::ldp::<u64, { m::PRE }>;
    STP_PRE_Q    "10 101 1 011 0 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::stp::<u128, { m::PRE }>;
    LDP_PRE_Q    "10 101 1 011 1 iiiiiii uuuuu nnnnn ttttt"      pair::<16>, x::ldp::<u128, { m::PRE }>;
    STUR_B       "00 111 1 00 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::str::<u8, { m::OFFSET }>;
    LDUR_B       "00 111 1 00 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldr::<u8, { m::OFFSET }>;
    STUR_H       "01 111 1 00 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::str::<u16, { m::OFFSET }>;
    LDUR_H       "01 111 1 00 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldr::<u16, { m::OFFSET }>;
    STUR_S       "10 111 1 00 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::str::<u32, { m::OFFSET }>;
    LDUR_S       "10 111 1 00 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldr::<u32, { m::OFFSET }>;
    STUR_D       "11 111 1 00 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::str::<u64, { m::OFFSET }>;
    LDUR_D       "11 111 1 00 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldr::<u64, { m::OFFSET }>;
    STUR_Q       "00 111 1 00 10 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::str::<u128, { m::OFFSET }>;
    LDUR_Q       "00 111 1 00 11 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldr::<u128, { m::OFFSET }>;
    STR_POST_B   "00 111 1 00 00 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::str::<u8, { m::POST }>;
    LDR_POST_B   "00 111 1 00 01 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::ldr::<u8, { m::POST }>;
    STR_POST_H   "01 111 1 00 00 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::str::<u16, { m::POST }>;
    LDR_POST_H   "01 111 1 00 01 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::ldr::<u16, { m::POST }>;
    STR_POST_S   "10 111 1 00 00 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::str::<u32, { m::POST }>;
    LDR_POST_S   "10 111 1 00 01 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::ldr::<u32, { m::POST }>;
    STR_POST_D   "11 111 1 00 00 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::str::<u64, { m::POST }>;
    LDR_POST_D   "11 111 1 00 01 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::ldr::<u64, { m::POST }>;
    STR_POST_Q   "00 111 1 00 10 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::str::<u128, { m::POST }>;
    LDR_POST_Q   "00 111 1 00 11 0 iiiiiiiii 01 nnnnn ttttt"     unscaled, x::ldr::<u128, { m::POST }>;
    STR_PRE_B    "00 111 1 00 00 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::str::<u8, { m::PRE }>;
    LDR_PRE_B    "00 111 1 00 01 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::ldr::<u8, { m::PRE }>;
    STR_PRE_H    "01 111 1 00 00 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::str::<u16, { m::PRE }>;
    LDR_PRE_H    "01 111 1 00 01 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::ldr::<u16, { m::PRE }>;
    STR_PRE_S    "10 111 1 00 00 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::str::<u32, { m::PRE }>;
    LDR_PRE_S    "10 111 1 00 01 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::ldr::<u32, { m::PRE }>;
    STR_PRE_D    "11 111 1 00 00 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::str::<u64, { m::PRE }>;
    LDR_PRE_D    "11 111 1 00 01 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::ldr::<u64, { m::PRE }>;
    STR_PRE_Q    "00 111 1 00 10 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::str::<u128, { m::PRE }>;
    LDR_PRE_Q    "00 111 1 00 11 0 iiiiiiiii 11 nnnnn ttttt"     unscaled, x::ldr::<u128, { m::PRE }>;
    STR_REG_B    "00 111 1 00 00 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<0>, x::str_reg::<u8>;
    LDR_REG_B    "00 111 1 00 01 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<0>, x::ldr_reg::<u8>;
    STR_REG_H    "01 111 1 00 00 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<1>, x::str_reg::<u16>;
    LDR_REG_H    "01 111 1 00 01 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<1>, x::ldr_reg::<u16>;
    STR_REG_S    "10 111 1 00 00 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<2>, x::str_reg::<u32>;
    LDR_REG_S    "10 111 1 00 01 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<2>, x::ldr_reg::<u32>;
    STR_REG_D    "11 111 1 00 00 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<3>, x::str_reg::<u64>;
    LDR_REG_D    "11 111 1 00 01 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<3>, x::ldr_reg::<u64>;
    STR_REG_Q    "00 111 1 00 10 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<4>, x::str_reg::<u128>;
    LDR_REG_Q    "00 111 1 00 11 1 mmmmm ooo s 10 nnnnn ttttt"   reg_offset::<4>, x::ldr_reg::<u128>;
    STR_IMM_B    "00 111 1 01 00 iiiiiiiiiiii nnnnn ttttt"       scaled::<0>, x::str::<u8, { m::OFFSET }>;
    LDR_IMM_B    "00 111 1 01 01 iiiiiiiiiiii nnnnn ttttt"       scaled::<0>, x::ldr::<u8, { m::OFFSET }>;
    STR_IMM_H    "01 111 1 01 00 iiiiiiiiiiii nnnnn ttttt"       scaled::<1>, x::str::<u16, { m::OFFSET }>;
    LDR_IMM_H    "01 111 1 01 01 iiiiiiiiiiii nnnnn ttttt"       scaled::<1>, x::ldr::<u16, { m::OFFSET }>;
    STR_IMM_S    "10 111 1 01 00 iiiiiiiiiiii nnnnn ttttt"       scaled::<2>, x::str::<u32, { m::OFFSET }>;
    LDR_IMM_S    "10 111 1 01 01 iiiiiiiiiiii nnnnn ttttt"       scaled::<2>, x::ldr::<u32, { m::OFFSET }>;
    STR_IMM_D    "11 111 1 01 00 iiiiiiiiiiii nnnnn ttttt"       scaled::<3>, x::str::<u64, { m::OFFSET }>;
    LDR_IMM_D    "11 111 1 01 01 iiiiiiiiiiii nnnnn ttttt"       scaled::<3>, x::ldr::<u64, { m::OFFSET }>;
    STR_IMM_Q    "00 111 1 01 10 iiiiiiiiiiii nnnnn ttttt"       scaled::<4>, x::str::<u128, { m::OFFSET }>;
    LDR_IMM_Q    "00 111 1 01 11 iiiiiiiiiiii nnnnn ttttt"       scaled::<4>, x::ldr::<u128, { m::OFFSET }>;
}

fn t_n(w: u32) -> Op {
    Op { rd: zr(w, 0), rn: sp(w, 5), ..Op::default() }
}

fn scaled<const SHIFT: u32>(w: u32) -> Option<Op> {
    Some(Op { imm: u64::from(bits(w, 21, 10)) << SHIFT, ..t_n(w) })
}

fn unscaled(w: u32) -> Option<Op> {
    Some(Op { imm: sbits(w, 20, 12), ..t_n(w) })
}

fn literal(w: u32) -> Option<Op> {
    Some(Op { imm: sbits(w, 23, 5) << 2, ..t_n(w) })
}

/// ra = Rt2.
fn pair<const SCALE: u64>(w: u32) -> Option<Op> {
    Some(Op { ra: zr(w, 10), imm: sbits(w, 21, 15).wrapping_mul(SCALE), ..t_n(w) })
}

/// ra = index register, aux = extend option in bits 2:0 and shift in bits 7:4.
fn reg_offset<const SCALE: u32>(w: u32) -> Option<Op> {
    let option = bits(w, 15, 13);
    let shift = SCALE * bits(w, 12, 12);
    (option & 2 != 0).then(|| Op { ra: zr(w, 16), aux: (option | shift << 4) as u16, ..t_n(w) })
}

/// LD1-LD4, ST1-ST4 (multiple structures). rm = post-index register (31: by the transfer size),
/// aux = registers | selem << 4, imm = word.
fn multiple(w: u32) -> Option<Op> {
    let (regs, selem) = match bits(w, 15, 12) {
        0b0000 => (4, 4),
        0b0010 => (4, 1),
        0b0100 => (3, 3),
        0b0110 => (3, 1),
        0b0111 => (1, 1),
        0b1000 => (2, 2),
        0b1010 => (2, 1),
        _ => return None,
    };
    // 64-bit elements in a 64-bit register only where no de-interleaving is asked for.
    if bits(w, 11, 10) == 3 && bits(w, 30, 30) == 0 && selem != 1 {
        return None;
    }
    Some(Op { rm: zr(w, 16), aux: regs | selem << 4, imm: u64::from(w), ..t_n(w) })
}

/// LD1-LD4, ST1-ST4 (single structure) and LD1R-LD4R. rm = post-index register; aux = selem | log2 size << 4 |
/// index << 8 | replicate << 12; imm = word.
fn single(w: u32) -> Option<Op> {
    let (q, l, r) = (bits(w, 30, 30), bits(w, 22, 22), bits(w, 21, 21));
    let (opcode, s, size) = (bits(w, 15, 13), bits(w, 12, 12), bits(w, 11, 10));
    let selem = ((opcode & 1) << 1 | r) + 1;
    let (scale, index, replicate) = match opcode >> 1 {
        0 => (0, q << 3 | s << 2 | size, 0),
        1 if size & 1 == 0 => (1, q << 2 | s << 1 | size >> 1, 0),
        2 if size == 0 => (2, q << 1 | s, 0),
        2 if size == 1 && s == 0 => (3, q, 0),
        3 if l == 1 && s == 0 => (size, 0, 1),
        _ => return None,
    };
    let aux = (selem | scale << 4 | index << 8 | replicate << 12) as u16;
    Some(Op { rm: zr(w, 16), aux, imm: u64::from(w), ..t_n(w) })
}
