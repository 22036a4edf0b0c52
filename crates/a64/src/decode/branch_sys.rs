//! Branches, exception generating and system instructions, C4.1.93.

use super::fields::{bits, dst, sbits, sp, sysreg_encoding, zr};
use super::{Op, table};
use crate::interp::{branch as x, pauth, system as y};
use crate::sys;

table! { base crate::decode::dp_imm::code::END;
    B_COND       "0101010 0 iiiiiiiiiiiiiiiiiii 0 cccc"       b_cond, x::b_cond;
    SVC          "11010100 000 iiiiiiiiiiiiiiii 000 01"       imm16, y::svc;
    HVC          "11010100 000 iiiiiiiiiiiiiiii 000 10"       imm16, y::hvc;
    SMC          "11010100 000 iiiiiiiiiiiiiiii 000 11"       imm16, y::smc;
    BRK          "11010100 001 iiiiiiiiiiiiiiii 000 00"       imm16, y::brk;
    HLT          "11010100 010 iiiiiiiiiiiiiiii 000 00"       imm16, crate::interp::undefined;
    HINT         "11010101000000110010 mmmm ooo 11111"        hint, y::nop;
    YIELD        "11010101000000110010 0000 001 11111"        none, y::yield_;
    WFE          "11010101000000110010 0000 010 11111"        none, y::wfe;
    WFI          "11010101000000110010 0000 011 11111"        none, y::wfi;
    SEV          "11010101000000110010 0000 100 11111"        none, y::sev;
    SEVL         "11010101000000110010 0000 101 11111"        none, y::sevl;
    XPACLRI      "11010101000000110010 0000 111 11111"        lr, pauth::xpac::<false>;
    PACIA1716    "11010101000000110010 0001 000 11111"        r1716, pauth::pac::<{ pauth::IA }>;
    PACIB1716    "11010101000000110010 0001 010 11111"        r1716, pauth::pac::<{ pauth::IB }>;
    AUTIA1716    "11010101000000110010 0001 100 11111"        r1716, pauth::aut::<{ pauth::IA }>;
    AUTIB1716    "11010101000000110010 0001 110 11111"        r1716, pauth::aut::<{ pauth::IB }>;
    PACIAZ       "11010101000000110010 0011 000 11111"        lr_zero, pauth::pac::<{ pauth::IA }>;
    PACIASP      "11010101000000110010 0011 001 11111"        lr_sp, pauth::pac::<{ pauth::IA }>;
    PACIBZ       "11010101000000110010 0011 010 11111"        lr_zero, pauth::pac::<{ pauth::IB }>;
    PACIBSP      "11010101000000110010 0011 011 11111"        lr_sp, pauth::pac::<{ pauth::IB }>;
    AUTIAZ       "11010101000000110010 0011 100 11111"        lr_zero, pauth::aut::<{ pauth::IA }>;
    AUTIASP      "11010101000000110010 0011 101 11111"        lr_sp, pauth::aut::<{ pauth::IA }>;
    AUTIBZ       "11010101000000110010 0011 110 11111"        lr_zero, pauth::aut::<{ pauth::IB }>;
    AUTIBSP      "11010101000000110010 0011 111 11111"        lr_sp, pauth::aut::<{ pauth::IB }>;
    CLREX        "11010101000000110011 mmmm 010 11111"        none, y::clrex;
    DSB          "11010101000000110011 mmmm 100 11111"        none, y::dsb;
    DMB          "11010101000000110011 mmmm 101 11111"        crm, y::dmb;
    ISB          "11010101000000110011 mmmm 110 11111"        none, y::isb;
    SB           "11010101000000110011 0000 111 11111"        none, y::nop;
    CFINV        "11010101000000000100 0000 000 11111"        none, y::cfinv;
    XAFLAG       "11010101000000000100 0000 001 11111"        none, y::xaflag;
    AXFLAG       "11010101000000000100 0000 010 11111"        none, y::axflag;
    MSR_IMM      "1101010100000 ppp 0100 mmmm ooo 11111"      msr_imm, y::msr_imm;
    SYS          "1101010100 0 01 ppp nnnn mmmm ooo ttttt"    sys_op, y::sys;
    SYSL         "1101010100 1 01 ppp nnnn mmmm ooo ttttt"    none, crate::interp::undefined;
    MSR_REG      "1101010100 0 1o ppp nnnn mmmm ooo ttttt"    msr, y::msr;
    MRS          "1101010100 1 1o ppp nnnn mmmm ooo ttttt"    mrs, y::mrs;
    BR           "1101011 0000 11111 000000 nnnnn 00000"      br, x::br;
    BRAAZ        "1101011 0000 11111 000010 nnnnn 11111"      br_zero, x::bra::<{ pauth::IA }, false>;
    BRABZ        "1101011 0000 11111 000011 nnnnn 11111"      br_zero, x::bra::<{ pauth::IB }, false>;
    BLR          "1101011 0001 11111 000000 nnnnn 00000"      br, x::blr;
    BLRAAZ       "1101011 0001 11111 000010 nnnnn 11111"      br_zero, x::bra::<{ pauth::IA }, true>;
    BLRABZ       "1101011 0001 11111 000011 nnnnn 11111"      br_zero, x::bra::<{ pauth::IB }, true>;
    RET          "1101011 0010 11111 000000 nnnnn 00000"      br, x::br;
    RETAA        "1101011 0010 11111 000010 11111 11111"      ret_sp, x::bra::<{ pauth::IA }, false>;
    RETAB        "1101011 0010 11111 000011 11111 11111"      ret_sp, x::bra::<{ pauth::IB }, false>;
    ERET         "1101011 0100 11111 000000 11111 00000"      none, y::eret;
    ERETAA       "1101011 0100 11111 000010 11111 11111"      none, y::ereta::<{ pauth::IA }>;
    ERETAB       "1101011 0100 11111 000011 11111 11111"      none, y::ereta::<{ pauth::IB }>;
    BRAA         "1101011 1000 11111 000010 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IA }, false>;
    BRAB         "1101011 1000 11111 000011 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IB }, false>;
    BLRAA        "1101011 1001 11111 000010 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IA }, true>;
    BLRAB        "1101011 1001 11111 000011 nnnnn mmmmm"      br_mod, x::bra::<{ pauth::IB }, true>;
    B            "0 00101 iiiiiiiiiiiiiiiiiiiiiiiiii"         b, x::b;
    BL           "1 00101 iiiiiiiiiiiiiiiiiiiiiiiiii"         b, x::bl;
    CBZ_W        "0 011010 0 iiiiiiiiiiiiiiiiiii ttttt"       cb, x::cbz::<false>;
    CBNZ_W       "0 011010 1 iiiiiiiiiiiiiiiiiii ttttt"       cb, x::cbnz::<false>;
    CBZ_X        "1 011010 0 iiiiiiiiiiiiiiiiiii ttttt"       cb, x::cbz::<true>;
    CBNZ_X       "1 011010 1 iiiiiiiiiiiiiiiiiii ttttt"       cb, x::cbnz::<true>;
    TBZ          "b 011011 0 bbbbb iiiiiiiiiiiiii ttttt"      tb, x::tbz;
    TBNZ         "b 011011 1 bbbbb iiiiiiiiiiiiii ttttt"      tb, x::tbnz;
}

fn none(_: u32) -> Option<Op> {
    Some(Op::default())
}

/// imm = byte displacement; aux = condition.
fn b_cond(w: u32) -> Option<Op> {
    Some(Op { aux: bits(w, 3, 0) as u16, imm: sbits(w, 23, 5) << 2, ..Op::default() })
}

fn b(w: u32) -> Option<Op> {
    Some(Op { imm: sbits(w, 25, 0) << 2, ..Op::default() })
}

fn cb(w: u32) -> Option<Op> {
    Some(Op { rn: zr(w, 0), imm: sbits(w, 23, 5) << 2, ..Op::default() })
}

/// aux = bit number.
fn tb(w: u32) -> Option<Op> {
    let bit = bits(w, 31, 31) << 5 | bits(w, 23, 19);
    Some(Op { rn: zr(w, 0), aux: bit as u16, imm: sbits(w, 18, 5) << 2, ..Op::default() })
}

fn imm16(w: u32) -> Option<Op> {
    Some(Op { imm: u64::from(bits(w, 20, 5)), ..Op::default() })
}

fn hint(w: u32) -> Option<Op> {
    Some(Op { imm: u64::from(bits(w, 11, 5)), ..Op::default() })
}

fn crm(w: u32) -> Option<Op> {
    Some(Op { imm: u64::from(bits(w, 11, 8)), ..Op::default() })
}

/// aux = op1:op2, imm = CRm.
fn msr_imm(w: u32) -> Option<Op> {
    let aux = bits(w, 18, 16) << 3 | bits(w, 7, 5);
    Some(Op { aux: aux as u16, imm: u64::from(bits(w, 11, 8)), ..Op::default() })
}

fn encoding(w: u32) -> u16 {
    sysreg_encoding(bits(w, 20, 19), bits(w, 18, 16), bits(w, 15, 12), bits(w, 11, 8), bits(w, 7, 5))
}

/// aux = index into the system-register table, or [`sys::NONE`]; imm = encoding, and bits 20:16 Rt as encoded.
pub(super) fn mrs(w: u32) -> Option<Op> {
    let key = encoding(w);
    let imm = u64::from(key) | u64::from(zr(w, 0)) << 16;
    Some(Op { rd: dst(w, 0), rn: zr(w, 0), aux: sys::index_of(key), imm, ..Op::default() })
}

fn msr(w: u32) -> Option<Op> {
    mrs(w)
}

fn sys_op(w: u32) -> Option<Op> {
    let key = encoding(w);
    Some(Op { rn: zr(w, 0), imm: u64::from(key) | u64::from(zr(w, 0)) << 16, ..Op::default() })
}

pub(super) fn br(w: u32) -> Option<Op> {
    Some(Op { rn: zr(w, 5), ..Op::default() })
}

/// rm = modifier.
pub(super) fn br_zero(w: u32) -> Option<Op> {
    Some(Op { rn: zr(w, 5), rm: 31, ..Op::default() })
}

pub(super) fn br_mod(w: u32) -> Option<Op> {
    Some(Op { rn: zr(w, 5), rm: sp(w, 0), ..Op::default() })
}

fn ret_sp(_: u32) -> Option<Op> {
    Some(Op { rn: 30, rm: crate::state::SP, ..Op::default() })
}

/// Pointer authentication on the link register: rd = ra = 30, rm = modifier.
fn lr(_: u32) -> Option<Op> {
    Some(Op { rd: 30, ra: 30, rm: 31, ..Op::default() })
}

fn lr_zero(w: u32) -> Option<Op> {
    lr(w)
}

fn lr_sp(_: u32) -> Option<Op> {
    Some(Op { rd: 30, ra: 30, rm: crate::state::SP, ..Op::default() })
}

fn r1716(_: u32) -> Option<Op> {
    Some(Op { rd: 17, ra: 17, rm: 16, ..Op::default() })
}
