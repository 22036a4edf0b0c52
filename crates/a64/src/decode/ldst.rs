//! Loads and stores of general registers, C4.1.94.

use super::fields::{bits, dst, sbits, sp, zr};
use super::{Op, table};
use crate::interp::{atomic as a, exclusive as e, ldst as x, pauth};

table! { base crate::decode::dp_reg::code::END;
    // Exclusives and ordered accesses.
    STXRB        "00 001000 0 0 0 sssss 0 ttttt nnnnn ttttt"   excl, e::stxr::<u8>;
    STLXRB       "00 001000 0 0 0 sssss 1 ttttt nnnnn ttttt"   excl, e::stxr::<u8>;
    LDXRB        "00 001000 0 1 0 sssss 0 ttttt nnnnn ttttt"   excl, e::ldxr::<u8>;
    LDAXRB       "00 001000 0 1 0 sssss 1 ttttt nnnnn ttttt"   excl, e::ldxr::<u8>;
    STXRH        "01 001000 0 0 0 sssss 0 ttttt nnnnn ttttt"   excl, e::stxr::<u16>;
    STLXRH       "01 001000 0 0 0 sssss 1 ttttt nnnnn ttttt"   excl, e::stxr::<u16>;
    LDXRH        "01 001000 0 1 0 sssss 0 ttttt nnnnn ttttt"   excl, e::ldxr::<u16>;
    LDAXRH       "01 001000 0 1 0 sssss 1 ttttt nnnnn ttttt"   excl, e::ldxr::<u16>;
    STXR_W       "10 001000 0 0 0 sssss 0 ttttt nnnnn ttttt"   excl, e::stxr::<u32>;
    STLXR_W      "10 001000 0 0 0 sssss 1 ttttt nnnnn ttttt"   excl, e::stxr::<u32>;
    LDXR_W       "10 001000 0 1 0 sssss 0 ttttt nnnnn ttttt"   excl, e::ldxr::<u32>;
    LDAXR_W      "10 001000 0 1 0 sssss 1 ttttt nnnnn ttttt"   excl, e::ldxr::<u32>;
    STXR_X       "11 001000 0 0 0 sssss 0 ttttt nnnnn ttttt"   excl, e::stxr::<u64>;
    STLXR_X      "11 001000 0 0 0 sssss 1 ttttt nnnnn ttttt"   excl, e::stxr::<u64>;
    LDXR_X       "11 001000 0 1 0 sssss 0 ttttt nnnnn ttttt"   excl, e::ldxr::<u64>;
    LDAXR_X      "11 001000 0 1 0 sssss 1 ttttt nnnnn ttttt"   excl, e::ldxr::<u64>;
    STXP_W       "10 001000 0 0 1 sssss 0 uuuuu nnnnn ttttt"   excl, e::stxp::<false>;
    STLXP_W      "10 001000 0 0 1 sssss 1 uuuuu nnnnn ttttt"   excl, e::stxp::<false>;
    LDXP_W       "10 001000 0 1 1 sssss 0 uuuuu nnnnn ttttt"   excl, e::ldxp::<false>;
    LDAXP_W      "10 001000 0 1 1 sssss 1 uuuuu nnnnn ttttt"   excl, e::ldxp::<false>;
    STXP_X       "11 001000 0 0 1 sssss 0 uuuuu nnnnn ttttt"   excl, e::stxp::<true>;
    STLXP_X      "11 001000 0 0 1 sssss 1 uuuuu nnnnn ttttt"   excl, e::stxp::<true>;
    LDXP_X       "11 001000 0 1 1 sssss 0 uuuuu nnnnn ttttt"   excl, e::ldxp::<true>;
    LDAXP_X      "11 001000 0 1 1 sssss 1 uuuuu nnnnn ttttt"   excl, e::ldxp::<true>;
    STLRB        "00 001000 1 0 0 sssss 1 ttttt nnnnn ttttt"   excl, x::stlr::<u8>;
    LDARB        "00 001000 1 1 0 sssss 1 ttttt nnnnn ttttt"   excl, x::ldar::<u8>;
    STLRH        "01 001000 1 0 0 sssss 1 ttttt nnnnn ttttt"   excl, x::stlr::<u16>;
    LDARH        "01 001000 1 1 0 sssss 1 ttttt nnnnn ttttt"   excl, x::ldar::<u16>;
    STLR_W       "10 001000 1 0 0 sssss 1 ttttt nnnnn ttttt"   excl, x::stlr::<u32>;
    LDAR_W       "10 001000 1 1 0 sssss 1 ttttt nnnnn ttttt"   excl, x::ldar::<u32>;
    STLR_X       "11 001000 1 0 0 sssss 1 ttttt nnnnn ttttt"   excl, x::stlr::<u64>;
    LDAR_X       "11 001000 1 1 0 sssss 1 ttttt nnnnn ttttt"   excl, x::ldar::<u64>;
    CASB         "00 001000 1 a 1 sssss r 11111 nnnnn ttttt"   cas, a::cas::<u8>;
    CASH         "01 001000 1 a 1 sssss r 11111 nnnnn ttttt"   cas, a::cas::<u16>;
    CAS_W        "10 001000 1 a 1 sssss r 11111 nnnnn ttttt"   cas, a::cas::<u32>;
    CAS_X        "11 001000 1 a 1 sssss r 11111 nnnnn ttttt"   cas, a::cas::<u64>;
    CASP_W       "00 001000 0 a 1 ssss0 r 11111 nnnnn tttt0"   casp, a::casp::<false>;
    CASP_X       "01 001000 0 a 1 ssss0 r 11111 nnnnn tttt0"   casp, a::casp::<true>;
    // LDAPR/STLR with an unscaled offset.
    STLURB       "00 011001 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::stlur::<u8>;
    LDAPURB      "00 011001 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u8, { x::ZX }>;
    LDAPURSB_X   "00 011001 10 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u8, { x::SX64 }>;
    LDAPURSB_W   "00 011001 11 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u8, { x::SX32 }>;
    STLURH       "01 011001 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::stlur::<u16>;
    LDAPURH      "01 011001 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u16, { x::ZX }>;
    LDAPURSH_X   "01 011001 10 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u16, { x::SX64 }>;
    LDAPURSH_W   "01 011001 11 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u16, { x::SX32 }>;
    STLUR_W      "10 011001 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::stlur::<u32>;
    LDAPUR_W     "10 011001 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u32, { x::ZX }>;
    LDAPURSW     "10 011001 10 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u32, { x::SX64 }>;
    STLUR_X      "11 011001 00 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::stlur::<u64>;
    LDAPUR_X     "11 011001 01 0 iiiiiiiii 00 nnnnn ttttt"     unscaled, x::ldapur::<u64, { x::ZX }>;
    // Literal.
    LDR_LIT_W    "00 011 0 00 iiiiiiiiiiiiiiiiiii ttttt"       literal, x::ldr_lit::<u32, { x::ZX }>;
    LDR_LIT_X    "01 011 0 00 iiiiiiiiiiiiiiiiiii ttttt"       literal, x::ldr_lit::<u64, { x::ZX }>;
    LDRSW_LIT    "10 011 0 00 iiiiiiiiiiiiiiiiiii ttttt"       literal, x::ldr_lit::<u32, { x::SX64 }>;
    PRFM_LIT     "11 011 0 00 iiiiiiiiiiiiiiiiiii ttttt"       literal, crate::interp::system::nop;
    // Pairs: no-allocate, post-index, offset, pre-index.
    STNP_W       "00 101 0 000 0 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::stp::<u32, { x::OFFSET }>;
    LDNP_W       "00 101 0 000 1 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::ldp::<u32, { x::OFFSET }, { x::ZX }>;
    STNP_X       "10 101 0 000 0 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::stp::<u64, { x::OFFSET }>;
    LDNP_X       "10 101 0 000 1 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::ldp::<u64, { x::OFFSET }, { x::ZX }>;
    STP_POST_W   "00 101 0 001 0 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::stp::<u32, { x::POST }>;
    LDP_POST_W   "00 101 0 001 1 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::ldp::<u32, { x::POST }, { x::ZX }>;
    LDPSW_POST   "01 101 0 001 1 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::ldp::<u32, { x::POST }, { x::SX64 }>;
    STP_POST_X   "10 101 0 001 0 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::stp::<u64, { x::POST }>;
    LDP_POST_X   "10 101 0 001 1 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::ldp::<u64, { x::POST }, { x::ZX }>;
    STP_W        "00 101 0 010 0 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::stp::<u32, { x::OFFSET }>;
    LDP_W        "00 101 0 010 1 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::ldp::<u32, { x::OFFSET }, { x::ZX }>;
    LDPSW        "01 101 0 010 1 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::ldp::<u32, { x::OFFSET }, { x::SX64 }>;
    STP_X        "10 101 0 010 0 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::stp::<u64, { x::OFFSET }>;
    LDP_X        "10 101 0 010 1 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::ldp::<u64, { x::OFFSET }, { x::ZX }>;
    STP_PRE_W    "00 101 0 011 0 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::stp::<u32, { x::PRE }>;
    LDP_PRE_W    "00 101 0 011 1 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::ldp::<u32, { x::PRE }, { x::ZX }>;
    LDPSW_PRE    "01 101 0 011 1 iiiiiii uuuuu nnnnn ttttt"    pair::<4>, x::ldp::<u32, { x::PRE }, { x::SX64 }>;
    STP_PRE_X    "10 101 0 011 0 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::stp::<u64, { x::PRE }>;
    LDP_PRE_X    "10 101 0 011 1 iiiiiii uuuuu nnnnn ttttt"    pair::<8>, x::ldp::<u64, { x::PRE }, { x::ZX }>;
    // One register, unscaled offset.
    STURB        "00 111 0 00 00 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::str::<u8, { x::OFFSET }>;
    LDURB        "00 111 0 00 01 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::OFFSET }, { x::ZX }>;
    LDURSB_X     "00 111 0 00 10 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::OFFSET }, { x::SX64 }>;
    LDURSB_W     "00 111 0 00 11 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::OFFSET }, { x::SX32 }>;
    STURH        "01 111 0 00 00 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::str::<u16, { x::OFFSET }>;
    LDURH        "01 111 0 00 01 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::OFFSET }, { x::ZX }>;
    LDURSH_X     "01 111 0 00 10 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::OFFSET }, { x::SX64 }>;
    LDURSH_W     "01 111 0 00 11 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::OFFSET }, { x::SX32 }>;
    STUR_W       "10 111 0 00 00 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::str::<u32, { x::OFFSET }>;
    LDUR_W       "10 111 0 00 01 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u32, { x::OFFSET }, { x::ZX }>;
    LDURSW       "10 111 0 00 10 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u32, { x::OFFSET }, { x::SX64 }>;
    STUR_X       "11 111 0 00 00 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::str::<u64, { x::OFFSET }>;
    LDUR_X       "11 111 0 00 01 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, x::ldr::<u64, { x::OFFSET }, { x::ZX }>;
    PRFUM        "11 111 0 00 10 0 iiiiiiiii 00 nnnnn ttttt"   unscaled, crate::interp::system::nop;
    // Post-index.
    STRB_POST    "00 111 0 00 00 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::str::<u8, { x::POST }>;
    LDRB_POST    "00 111 0 00 01 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::POST }, { x::ZX }>;
    LDRSB_POST_X "00 111 0 00 10 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::POST }, { x::SX64 }>;
    LDRSB_POST_W "00 111 0 00 11 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::POST }, { x::SX32 }>;
    STRH_POST    "01 111 0 00 00 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::str::<u16, { x::POST }>;
    LDRH_POST    "01 111 0 00 01 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::POST }, { x::ZX }>;
    LDRSH_POST_X "01 111 0 00 10 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::POST }, { x::SX64 }>;
    LDRSH_POST_W "01 111 0 00 11 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::POST }, { x::SX32 }>;
    STR_POST_W   "10 111 0 00 00 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::str::<u32, { x::POST }>;
    LDR_POST_W   "10 111 0 00 01 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u32, { x::POST }, { x::ZX }>;
    LDRSW_POST   "10 111 0 00 10 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u32, { x::POST }, { x::SX64 }>;
    STR_POST_X   "11 111 0 00 00 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::str::<u64, { x::POST }>;
    LDR_POST_X   "11 111 0 00 01 0 iiiiiiiii 01 nnnnn ttttt"   unscaled, x::ldr::<u64, { x::POST }, { x::ZX }>;
    // Unprivileged.
    STTRB        "00 111 0 00 00 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::sttr::<u8>;
    LDTRB        "00 111 0 00 01 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u8, { x::ZX }>;
    LDTRSB_X     "00 111 0 00 10 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u8, { x::SX64 }>;
    LDTRSB_W     "00 111 0 00 11 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u8, { x::SX32 }>;
    STTRH        "01 111 0 00 00 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::sttr::<u16>;
    LDTRH        "01 111 0 00 01 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u16, { x::ZX }>;
    LDTRSH_X     "01 111 0 00 10 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u16, { x::SX64 }>;
    LDTRSH_W     "01 111 0 00 11 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u16, { x::SX32 }>;
    STTR_W       "10 111 0 00 00 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::sttr::<u32>;
    LDTR_W       "10 111 0 00 01 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u32, { x::ZX }>;
    LDTRSW       "10 111 0 00 10 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u32, { x::SX64 }>;
    STTR_X       "11 111 0 00 00 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::sttr::<u64>;
    LDTR_X       "11 111 0 00 01 0 iiiiiiiii 10 nnnnn ttttt"   unscaled, x::ldtr::<u64, { x::ZX }>;
    // Pre-index.
    STRB_PRE     "00 111 0 00 00 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::str::<u8, { x::PRE }>;
    LDRB_PRE     "00 111 0 00 01 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::PRE }, { x::ZX }>;
    LDRSB_PRE_X  "00 111 0 00 10 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::PRE }, { x::SX64 }>;
    LDRSB_PRE_W  "00 111 0 00 11 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u8, { x::PRE }, { x::SX32 }>;
    STRH_PRE     "01 111 0 00 00 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::str::<u16, { x::PRE }>;
    LDRH_PRE     "01 111 0 00 01 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::PRE }, { x::ZX }>;
    LDRSH_PRE_X  "01 111 0 00 10 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::PRE }, { x::SX64 }>;
    LDRSH_PRE_W  "01 111 0 00 11 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u16, { x::PRE }, { x::SX32 }>;
    STR_PRE_W    "10 111 0 00 00 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::str::<u32, { x::PRE }>;
    LDR_PRE_W    "10 111 0 00 01 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u32, { x::PRE }, { x::ZX }>;
    LDRSW_PRE    "10 111 0 00 10 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u32, { x::PRE }, { x::SX64 }>;
    STR_PRE_X    "11 111 0 00 00 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::str::<u64, { x::PRE }>;
    LDR_PRE_X    "11 111 0 00 01 0 iiiiiiiii 11 nnnnn ttttt"   unscaled, x::ldr::<u64, { x::PRE }, { x::ZX }>;
    // Atomic memory operations.
    LDADD        "ss 111 0 00 ar 1 sssss 0 000 00 nnnnn ttttt" atomic, a::ldop::<{ a::ADD }>;
    LDCLR        "ss 111 0 00 ar 1 sssss 0 001 00 nnnnn ttttt" atomic, a::ldop::<{ a::CLR }>;
    LDEOR        "ss 111 0 00 ar 1 sssss 0 010 00 nnnnn ttttt" atomic, a::ldop::<{ a::EOR }>;
    LDSET        "ss 111 0 00 ar 1 sssss 0 011 00 nnnnn ttttt" atomic, a::ldop::<{ a::SET }>;
    LDSMAX       "ss 111 0 00 ar 1 sssss 0 100 00 nnnnn ttttt" atomic, a::ldop::<{ a::SMAX }>;
    LDSMIN       "ss 111 0 00 ar 1 sssss 0 101 00 nnnnn ttttt" atomic, a::ldop::<{ a::SMIN }>;
    LDUMAX       "ss 111 0 00 ar 1 sssss 0 110 00 nnnnn ttttt" atomic, a::ldop::<{ a::UMAX }>;
    LDUMIN       "ss 111 0 00 ar 1 sssss 0 111 00 nnnnn ttttt" atomic, a::ldop::<{ a::UMIN }>;
    SWP          "ss 111 0 00 ar 1 sssss 1 000 00 nnnnn ttttt" atomic, a::ldop::<{ a::SWP }>;
    LDAPRB       "00 111 0 00 10 1 11111 1 100 00 nnnnn ttttt" base_only, x::ldapur::<u8, { x::ZX }>;
    LDAPRH       "01 111 0 00 10 1 11111 1 100 00 nnnnn ttttt" base_only, x::ldapur::<u16, { x::ZX }>;
    LDAPR_W      "10 111 0 00 10 1 11111 1 100 00 nnnnn ttttt" base_only, x::ldapur::<u32, { x::ZX }>;
    LDAPR_X      "11 111 0 00 10 1 11111 1 100 00 nnnnn ttttt" base_only, x::ldapur::<u64, { x::ZX }>;
    // Register offset.
    STRB_REG     "00 111 0 00 00 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<0>, x::str_reg::<u8>;
    LDRB_REG     "00 111 0 00 01 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<0>, x::ldr_reg::<u8, { x::ZX }>;
    LDRSB_REG_X  "00 111 0 00 10 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<0>, x::ldr_reg::<u8, { x::SX64 }>;
    LDRSB_REG_W  "00 111 0 00 11 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<0>, x::ldr_reg::<u8, { x::SX32 }>;
    STRH_REG     "01 111 0 00 00 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<1>, x::str_reg::<u16>;
    LDRH_REG     "01 111 0 00 01 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<1>, x::ldr_reg::<u16, { x::ZX }>;
    LDRSH_REG_X  "01 111 0 00 10 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<1>, x::ldr_reg::<u16, { x::SX64 }>;
    LDRSH_REG_W  "01 111 0 00 11 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<1>, x::ldr_reg::<u16, { x::SX32 }>;
    STR_REG_W    "10 111 0 00 00 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<2>, x::str_reg::<u32>;
    LDR_REG_W    "10 111 0 00 01 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<2>, x::ldr_reg::<u32, { x::ZX }>;
    LDRSW_REG    "10 111 0 00 10 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<2>, x::ldr_reg::<u32, { x::SX64 }>;
    STR_REG_X    "11 111 0 00 00 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<3>, x::str_reg::<u64>;
    LDR_REG_X    "11 111 0 00 01 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<3>, x::ldr_reg::<u64, { x::ZX }>;
    PRFM_REG     "11 111 0 00 10 1 mmmmm ooo s 10 nnnnn ttttt" reg_offset::<3>, crate::interp::system::nop;
    LDRAA        "11 111 0 00 0 i 1 iiiiiiiii w 1 nnnnn ttttt" ldra, x::ldra::<{ pauth::DA }>;
    LDRAB        "11 111 0 00 1 i 1 iiiiiiiii w 1 nnnnn ttttt" ldra, x::ldra::<{ pauth::DB }>;
    // Unsigned scaled offset.
    STRB_IMM     "00 111 0 01 00 iiiiiiiiiiii nnnnn ttttt"     scaled::<0>, x::str::<u8, { x::OFFSET }>;
    LDRB_IMM     "00 111 0 01 01 iiiiiiiiiiii nnnnn ttttt"     scaled::<0>, x::ldr::<u8, { x::OFFSET }, { x::ZX }>;
    LDRSB_IMM_X  "00 111 0 01 10 iiiiiiiiiiii nnnnn ttttt"     scaled::<0>, x::ldr::<u8, { x::OFFSET }, { x::SX64 }>;
    LDRSB_IMM_W  "00 111 0 01 11 iiiiiiiiiiii nnnnn ttttt"     scaled::<0>, x::ldr::<u8, { x::OFFSET }, { x::SX32 }>;
    STRH_IMM     "01 111 0 01 00 iiiiiiiiiiii nnnnn ttttt"     scaled::<1>, x::str::<u16, { x::OFFSET }>;
    LDRH_IMM     "01 111 0 01 01 iiiiiiiiiiii nnnnn ttttt"     scaled::<1>, x::ldr::<u16, { x::OFFSET }, { x::ZX }>;
    LDRSH_IMM_X  "01 111 0 01 10 iiiiiiiiiiii nnnnn ttttt"     scaled::<1>, x::ldr::<u16, { x::OFFSET }, { x::SX64 }>;
    LDRSH_IMM_W  "01 111 0 01 11 iiiiiiiiiiii nnnnn ttttt"     scaled::<1>, x::ldr::<u16, { x::OFFSET }, { x::SX32 }>;
    STR_IMM_W    "10 111 0 01 00 iiiiiiiiiiii nnnnn ttttt"     scaled::<2>, x::str::<u32, { x::OFFSET }>;
    LDR_IMM_W    "10 111 0 01 01 iiiiiiiiiiii nnnnn ttttt"     scaled::<2>, x::ldr::<u32, { x::OFFSET }, { x::ZX }>;
    LDRSW_IMM    "10 111 0 01 10 iiiiiiiiiiii nnnnn ttttt"     scaled::<2>, x::ldr::<u32, { x::OFFSET }, { x::SX64 }>;
    STR_IMM_X    "11 111 0 01 00 iiiiiiiiiiii nnnnn ttttt"     scaled::<3>, x::str::<u64, { x::OFFSET }>;
    LDR_IMM_X    "11 111 0 01 01 iiiiiiiiiiii nnnnn ttttt"     scaled::<3>, x::ldr::<u64, { x::OFFSET }, { x::ZX }>;
    PRFM_IMM     "11 111 0 01 10 iiiiiiiiiiii nnnnn ttttt"     scaled::<3>, crate::interp::system::nop;
}

/// rd = Rt as destination, rm = Rt as source.
fn t_n(w: u32) -> Op {
    Op { rd: dst(w, 0), rn: sp(w, 5), rm: zr(w, 0), ..Op::default() }
}

fn scaled<const SHIFT: u32>(w: u32) -> Option<Op> {
    Some(Op { imm: u64::from(bits(w, 21, 10)) << SHIFT, ..t_n(w) })
}

fn unscaled(w: u32) -> Option<Op> {
    Some(Op { imm: sbits(w, 20, 12), ..t_n(w) })
}

fn base_only(w: u32) -> Option<Op> {
    Some(t_n(w))
}

fn literal(w: u32) -> Option<Op> {
    Some(Op { imm: sbits(w, 23, 5) << 2, ..t_n(w) })
}

/// ra = Rt2 as destination, aux = Rt2 as source.
fn pair<const SCALE: u64>(w: u32) -> Option<Op> {
    let imm = sbits(w, 21, 15).wrapping_mul(SCALE);
    Some(Op { ra: dst(w, 10), aux: u16::from(zr(w, 10)), imm, ..t_n(w) })
}

/// ra = index register, aux = extend option in bits 2:0 and shift in bits 7:4.
fn reg_offset<const SCALE: u32>(w: u32) -> Option<Op> {
    let option = bits(w, 15, 13);
    let shift = SCALE * bits(w, 12, 12);
    (option & 2 != 0).then(|| Op { ra: zr(w, 16), aux: (option | shift << 4) as u16, ..t_n(w) })
}

/// ra = Rt2 as destination, aux low byte = Rt2 as source, aux high byte = Rs as destination.
fn excl(w: u32) -> Option<Op> {
    let aux = u16::from(zr(w, 10)) | u16::from(dst(w, 16)) << 8;
    Some(Op { ra: dst(w, 10), aux, ..t_n(w) })
}

/// rd = Rs as destination, ra = Rs as source, rm = Rt as source.
fn cas(w: u32) -> Option<Op> {
    Some(Op { rd: dst(w, 16), rn: sp(w, 5), rm: zr(w, 0), ra: zr(w, 16), ..Op::default() })
}

/// rd = Rs, rm = Rt, both even as encoded; 31 as the upper register is the zero register.
fn casp(w: u32) -> Option<Op> {
    Some(Op { rd: zr(w, 16), rn: sp(w, 5), rm: zr(w, 0), ..Op::default() })
}

/// rd = Rt as destination, rm = Rs as source, aux = log2 of the size.
fn atomic(w: u32) -> Option<Op> {
    Some(Op { rd: dst(w, 0), rn: sp(w, 5), rm: zr(w, 16), aux: bits(w, 31, 30) as u16, ..Op::default() })
}

/// aux = 1 for write-back.
fn ldra(w: u32) -> Option<Op> {
    let imm = (sbits(w, 22, 22) << 9 | u64::from(bits(w, 20, 12))) << 3;
    Some(Op { aux: bits(w, 11, 11) as u16, imm, ..t_n(w) })
}
