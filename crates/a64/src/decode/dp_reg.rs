//! Data processing (register), C4.1.95.

use super::fields::{bits, dnma, dst, regs, sp, zr};
use super::{Op, table};
use crate::interp::{dp_reg as x, dp_reg2 as y, pauth};

table! { base crate::decode::branch_sys::code::END;
    AND_SHIFT_W  "0 00 01010 tt 0 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::AND }>;
    BIC_SHIFT_W  "0 00 01010 tt 1 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::BIC }>;
    ORR_SHIFT_W  "0 01 01010 tt 0 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::ORR }>;
    ORN_SHIFT_W  "0 01 01010 tt 1 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::ORN }>;
    EOR_SHIFT_W  "0 10 01010 tt 0 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::EOR }>;
    EON_SHIFT_W  "0 10 01010 tt 1 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::EON }>;
    ANDS_SHIFT_W "0 11 01010 tt 0 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::ANDS }>;
    BICS_SHIFT_W "0 11 01010 tt 1 mmmmm 0sssss nnnnn ddddd"   shifted, x::logical::<false, { x::BICS }>;
    AND_SHIFT_X  "1 00 01010 tt 0 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::AND }>;
    BIC_SHIFT_X  "1 00 01010 tt 1 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::BIC }>;
    MOV_REG_X    "1 01 01010 00 0 mmmmm 000000 11111 ddddd"   regs, x::mov_reg;
    ORR_SHIFT_X  "1 01 01010 tt 0 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::ORR }>;
    ORN_SHIFT_X  "1 01 01010 tt 1 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::ORN }>;
    EOR_SHIFT_X  "1 10 01010 tt 0 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::EOR }>;
    EON_SHIFT_X  "1 10 01010 tt 1 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::EON }>;
    ANDS_SHIFT_X "1 11 01010 tt 0 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::ANDS }>;
    BICS_SHIFT_X "1 11 01010 tt 1 mmmmm ssssss nnnnn ddddd"   shifted, x::logical::<true, { x::BICS }>;
    // Unshifted additions are most of those executed, so they have rows of their own.
    ADD_REG_W    "0 0 0 01011 00 0 mmmmm 000000 nnnnn ddddd"  regs, x::add_reg::<false>;
    SUB_REG_W    "0 1 0 01011 00 0 mmmmm 000000 nnnnn ddddd"  regs, x::sub_reg::<false>;
    SUBS_REG_W   "0 1 1 01011 00 0 mmmmm 000000 nnnnn ddddd"  regs, x::subs_reg::<false>;
    ADD_REG_X    "1 0 0 01011 00 0 mmmmm 000000 nnnnn ddddd"  regs, x::add_reg::<true>;
    SUB_REG_X    "1 1 0 01011 00 0 mmmmm 000000 nnnnn ddddd"  regs, x::sub_reg::<true>;
    SUBS_REG_X   "1 1 1 01011 00 0 mmmmm 000000 nnnnn ddddd"  regs, x::subs_reg::<true>;
    ADD_SHIFT_W  "0 0 0 01011 tt 0 mmmmm 0sssss nnnnn ddddd"  shifted_no_ror, x::add_shift::<false>;
    ADDS_SHIFT_W "0 0 1 01011 tt 0 mmmmm 0sssss nnnnn ddddd"  shifted_no_ror, x::adds_shift::<false>;
    SUB_SHIFT_W  "0 1 0 01011 tt 0 mmmmm 0sssss nnnnn ddddd"  shifted_no_ror, x::sub_shift::<false>;
    SUBS_SHIFT_W "0 1 1 01011 tt 0 mmmmm 0sssss nnnnn ddddd"  shifted_no_ror, x::subs_shift::<false>;
    ADD_SHIFT_X  "1 0 0 01011 tt 0 mmmmm ssssss nnnnn ddddd"  shifted_no_ror, x::add_shift::<true>;
    ADDS_SHIFT_X "1 0 1 01011 tt 0 mmmmm ssssss nnnnn ddddd"  shifted_no_ror, x::adds_shift::<true>;
    SUB_SHIFT_X  "1 1 0 01011 tt 0 mmmmm ssssss nnnnn ddddd"  shifted_no_ror, x::sub_shift::<true>;
    SUBS_SHIFT_X "1 1 1 01011 tt 0 mmmmm ssssss nnnnn ddddd"  shifted_no_ror, x::subs_shift::<true>;
    ADD_EXT_W    "0 0 0 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended_sp, x::add_ext::<false>;
    ADDS_EXT_W   "0 0 1 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended, x::adds_ext::<false>;
    SUB_EXT_W    "0 1 0 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended_sp, x::sub_ext::<false>;
    SUBS_EXT_W   "0 1 1 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended, x::subs_ext::<false>;
    ADD_EXT_X    "1 0 0 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended_sp, x::add_ext::<true>;
    ADDS_EXT_X   "1 0 1 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended, x::adds_ext::<true>;
    SUB_EXT_X    "1 1 0 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended_sp, x::sub_ext::<true>;
    SUBS_EXT_X   "1 1 1 01011 00 1 mmmmm ooo sss nnnnn ddddd" extended, x::subs_ext::<true>;
    ADC_W        "0 0 0 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::adc::<false>;
    ADCS_W       "0 0 1 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::adcs::<false>;
    SBC_W        "0 1 0 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::sbc::<false>;
    SBCS_W       "0 1 1 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::sbcs::<false>;
    ADC_X        "1 0 0 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::adc::<true>;
    ADCS_X       "1 0 1 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::adcs::<true>;
    SBC_X        "1 1 0 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::sbc::<true>;
    SBCS_X       "1 1 1 11010000 mmmmm 000000 nnnnn ddddd"    regs, x::sbcs::<true>;
    RMIF         "1 0 1 11010000 iiiiii 00001 nnnnn 0 mmmm"   rmif, y::rmif;
    SETF8        "0 0 1 11010000 000000 0 0010 nnnnn 0 1101"  regs, y::setf::<8>;
    SETF16       "0 0 1 11010000 000000 1 0010 nnnnn 0 1101"  regs, y::setf::<16>;
    CCMN_REG_W   "0 0 1 11010010 mmmmm cccc 0 0 nnnnn 0 zzzz" ccmp, x::ccmn::<false, false>;
    CCMP_REG_W   "0 1 1 11010010 mmmmm cccc 0 0 nnnnn 0 zzzz" ccmp, x::ccmp::<false, false>;
    CCMN_IMM_W   "0 0 1 11010010 iiiii cccc 1 0 nnnnn 0 zzzz" ccmp, x::ccmn::<false, true>;
    CCMP_IMM_W   "0 1 1 11010010 iiiii cccc 1 0 nnnnn 0 zzzz" ccmp, x::ccmp::<false, true>;
    CCMN_REG_X   "1 0 1 11010010 mmmmm cccc 0 0 nnnnn 0 zzzz" ccmp, x::ccmn::<true, false>;
    CCMP_REG_X   "1 1 1 11010010 mmmmm cccc 0 0 nnnnn 0 zzzz" ccmp, x::ccmp::<true, false>;
    CCMN_IMM_X   "1 0 1 11010010 iiiii cccc 1 0 nnnnn 0 zzzz" ccmp, x::ccmn::<true, true>;
    CCMP_IMM_X   "1 1 1 11010010 iiiii cccc 1 0 nnnnn 0 zzzz" ccmp, x::ccmp::<true, true>;
    CSEL_W       "0 0 0 11010100 mmmmm cccc 00 nnnnn ddddd"   csel, x::csel::<false>;
    CSINC_W      "0 0 0 11010100 mmmmm cccc 01 nnnnn ddddd"   csel, x::csinc::<false>;
    CSINV_W      "0 1 0 11010100 mmmmm cccc 00 nnnnn ddddd"   csel, x::csinv::<false>;
    CSNEG_W      "0 1 0 11010100 mmmmm cccc 01 nnnnn ddddd"   csel, x::csneg::<false>;
    CSEL_X       "1 0 0 11010100 mmmmm cccc 00 nnnnn ddddd"   csel, x::csel::<true>;
    CSINC_X      "1 0 0 11010100 mmmmm cccc 01 nnnnn ddddd"   csel, x::csinc::<true>;
    CSINV_X      "1 1 0 11010100 mmmmm cccc 00 nnnnn ddddd"   csel, x::csinv::<true>;
    CSNEG_X      "1 1 0 11010100 mmmmm cccc 01 nnnnn ddddd"   csel, x::csneg::<true>;
    RBIT_W       "0 1 0 11010110 00000 000000 nnnnn ddddd"    regs, y::rbit::<false>;
    REV16_W      "0 1 0 11010110 00000 000001 nnnnn ddddd"    regs, y::rev16::<false>;
    REV_W        "0 1 0 11010110 00000 000010 nnnnn ddddd"    regs, y::rev32::<false>;
    CLZ_W        "0 1 0 11010110 00000 000100 nnnnn ddddd"    regs, y::clz::<false>;
    CLS_W        "0 1 0 11010110 00000 000101 nnnnn ddddd"    regs, y::cls::<false>;
    RBIT_X       "1 1 0 11010110 00000 000000 nnnnn ddddd"    regs, y::rbit::<true>;
    REV16_X      "1 1 0 11010110 00000 000001 nnnnn ddddd"    regs, y::rev16::<true>;
    REV32_X      "1 1 0 11010110 00000 000010 nnnnn ddddd"    regs, y::rev32::<true>;
    REV_X        "1 1 0 11010110 00000 000011 nnnnn ddddd"    regs, y::rev64;
    CLZ_X        "1 1 0 11010110 00000 000100 nnnnn ddddd"    regs, y::clz::<true>;
    CLS_X        "1 1 0 11010110 00000 000101 nnnnn ddddd"    regs, y::cls::<true>;
    PACIA        "1 1 0 11010110 00001 000000 nnnnn ddddd"    pac, pauth::pac::<{ pauth::IA }>;
    PACIB        "1 1 0 11010110 00001 000001 nnnnn ddddd"    pac, pauth::pac::<{ pauth::IB }>;
    PACDA        "1 1 0 11010110 00001 000010 nnnnn ddddd"    pac, pauth::pac::<{ pauth::DA }>;
    PACDB        "1 1 0 11010110 00001 000011 nnnnn ddddd"    pac, pauth::pac::<{ pauth::DB }>;
    AUTIA        "1 1 0 11010110 00001 000100 nnnnn ddddd"    pac, pauth::aut::<{ pauth::IA }>;
    AUTIB        "1 1 0 11010110 00001 000101 nnnnn ddddd"    pac, pauth::aut::<{ pauth::IB }>;
    AUTDA        "1 1 0 11010110 00001 000110 nnnnn ddddd"    pac, pauth::aut::<{ pauth::DA }>;
    AUTDB        "1 1 0 11010110 00001 000111 nnnnn ddddd"    pac, pauth::aut::<{ pauth::DB }>;
    PACIZA       "1 1 0 11010110 00001 001000 11111 ddddd"    pac_zero, pauth::pac::<{ pauth::IA }>;
    PACIZB       "1 1 0 11010110 00001 001001 11111 ddddd"    pac_zero, pauth::pac::<{ pauth::IB }>;
    PACDZA       "1 1 0 11010110 00001 001010 11111 ddddd"    pac_zero, pauth::pac::<{ pauth::DA }>;
    PACDZB       "1 1 0 11010110 00001 001011 11111 ddddd"    pac_zero, pauth::pac::<{ pauth::DB }>;
    AUTIZA       "1 1 0 11010110 00001 001100 11111 ddddd"    pac_zero, pauth::aut::<{ pauth::IA }>;
    AUTIZB       "1 1 0 11010110 00001 001101 11111 ddddd"    pac_zero, pauth::aut::<{ pauth::IB }>;
    AUTDZA       "1 1 0 11010110 00001 001110 11111 ddddd"    pac_zero, pauth::aut::<{ pauth::DA }>;
    AUTDZB       "1 1 0 11010110 00001 001111 11111 ddddd"    pac_zero, pauth::aut::<{ pauth::DB }>;
    XPACI        "1 1 0 11010110 00001 010000 11111 ddddd"    pac_zero, pauth::xpac::<false>;
    XPACD        "1 1 0 11010110 00001 010001 11111 ddddd"    pac_zero, pauth::xpac::<true>;
    UDIV_W       "0 0 0 11010110 mmmmm 000010 nnnnn ddddd"    regs, y::udiv::<false>;
    SDIV_W       "0 0 0 11010110 mmmmm 000011 nnnnn ddddd"    regs, y::sdiv::<false>;
    LSLV_W       "0 0 0 11010110 mmmmm 001000 nnnnn ddddd"    regs, y::lslv::<false>;
    LSRV_W       "0 0 0 11010110 mmmmm 001001 nnnnn ddddd"    regs, y::lsrv::<false>;
    ASRV_W       "0 0 0 11010110 mmmmm 001010 nnnnn ddddd"    regs, y::asrv::<false>;
    RORV_W       "0 0 0 11010110 mmmmm 001011 nnnnn ddddd"    regs, y::rorv::<false>;
    CRC32B       "0 0 0 11010110 mmmmm 010000 nnnnn ddddd"    regs, y::crc32::<8, false>;
    CRC32H       "0 0 0 11010110 mmmmm 010001 nnnnn ddddd"    regs, y::crc32::<16, false>;
    CRC32W       "0 0 0 11010110 mmmmm 010010 nnnnn ddddd"    regs, y::crc32::<32, false>;
    CRC32CB      "0 0 0 11010110 mmmmm 010100 nnnnn ddddd"    regs, y::crc32::<8, true>;
    CRC32CH      "0 0 0 11010110 mmmmm 010101 nnnnn ddddd"    regs, y::crc32::<16, true>;
    CRC32CW      "0 0 0 11010110 mmmmm 010110 nnnnn ddddd"    regs, y::crc32::<32, true>;
    UDIV_X       "1 0 0 11010110 mmmmm 000010 nnnnn ddddd"    regs, y::udiv::<true>;
    SDIV_X       "1 0 0 11010110 mmmmm 000011 nnnnn ddddd"    regs, y::sdiv::<true>;
    LSLV_X       "1 0 0 11010110 mmmmm 001000 nnnnn ddddd"    regs, y::lslv::<true>;
    LSRV_X       "1 0 0 11010110 mmmmm 001001 nnnnn ddddd"    regs, y::lsrv::<true>;
    ASRV_X       "1 0 0 11010110 mmmmm 001010 nnnnn ddddd"    regs, y::asrv::<true>;
    RORV_X       "1 0 0 11010110 mmmmm 001011 nnnnn ddddd"    regs, y::rorv::<true>;
    PACGA        "1 0 0 11010110 mmmmm 001100 nnnnn ddddd"    pacga, pauth::pacga;
    CRC32X       "1 0 0 11010110 mmmmm 010011 nnnnn ddddd"    regs, y::crc32::<64, false>;
    CRC32CX      "1 0 0 11010110 mmmmm 010111 nnnnn ddddd"    regs, y::crc32::<64, true>;
    MADD_W       "0 00 11011 000 mmmmm 0 aaaaa nnnnn ddddd"   regs, y::madd::<false>;
    MSUB_W       "0 00 11011 000 mmmmm 1 aaaaa nnnnn ddddd"   regs, y::msub::<false>;
    MADD_X       "1 00 11011 000 mmmmm 0 aaaaa nnnnn ddddd"   regs, y::madd::<true>;
    MSUB_X       "1 00 11011 000 mmmmm 1 aaaaa nnnnn ddddd"   regs, y::msub::<true>;
    SMADDL       "1 00 11011 001 mmmmm 0 aaaaa nnnnn ddddd"   regs, y::smaddl;
    SMSUBL       "1 00 11011 001 mmmmm 1 aaaaa nnnnn ddddd"   regs, y::smsubl;
    SMULH        "1 00 11011 010 mmmmm 0 aaaaa nnnnn ddddd"   regs, y::smulh;
    UMADDL       "1 00 11011 101 mmmmm 0 aaaaa nnnnn ddddd"   regs, y::umaddl;
    UMSUBL       "1 00 11011 101 mmmmm 1 aaaaa nnnnn ddddd"   regs, y::umsubl;
    UMULH        "1 00 11011 110 mmmmm 0 aaaaa nnnnn ddddd"   regs, y::umulh;
}

/// ra = shift type (0 LSL, 1 LSR, 2 ASR, 3 ROR), aux = amount.
fn shifted(w: u32) -> Option<Op> {
    Some(Op { ra: bits(w, 23, 22) as u8, aux: bits(w, 15, 10) as u16, ..dnma(w) })
}

fn shifted_no_ror(w: u32) -> Option<Op> {
    if bits(w, 23, 22) == 3 { None } else { shifted(w) }
}

/// ra = extend option, aux = left shift.
fn extended(w: u32) -> Option<Op> {
    let shift = bits(w, 12, 10);
    (shift <= 4).then(|| Op { rn: sp(w, 5), ra: bits(w, 15, 13) as u8, aux: shift as u16, ..dnma(w) })
}

fn extended_sp(w: u32) -> Option<Op> {
    extended(w).map(|o| Op { rd: sp(w, 0), ..o })
}

/// aux = condition; ra = NZCV if it fails; imm = the immediate operand of the immediate forms.
fn ccmp(w: u32) -> Option<Op> {
    let (aux, imm) = (bits(w, 15, 12) as u16, u64::from(bits(w, 20, 16)));
    Some(Op { rn: zr(w, 5), rm: zr(w, 16), ra: bits(w, 3, 0) as u8, aux, imm, ..Op::default() })
}

fn csel(w: u32) -> Option<Op> {
    Some(Op { aux: bits(w, 15, 12) as u16, ..dnma(w) })
}

/// aux = rotation, ra = mask.
fn rmif(w: u32) -> Option<Op> {
    Some(Op { rn: zr(w, 5), aux: bits(w, 20, 15) as u16, ra: bits(w, 3, 0) as u8, ..Op::default() })
}

/// rm = the modifier (Xn or SP); ra = Rd as a source.
fn pac(w: u32) -> Option<Op> {
    Some(Op { rd: dst(w, 0), rm: sp(w, 5), ra: zr(w, 0), ..Op::default() })
}

fn pac_zero(w: u32) -> Option<Op> {
    Some(Op { rd: dst(w, 0), rm: 31, ra: zr(w, 0), ..Op::default() })
}

fn pacga(w: u32) -> Option<Op> {
    Some(Op { rd: dst(w, 0), rn: zr(w, 5), rm: sp(w, 16), ..Op::default() })
}
