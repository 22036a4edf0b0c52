//! Which instructions read and which replace the condition flags.

use vmapple_a64::decode::{
    Code, branch_sys_code as b, dp_imm_code as i, dp_reg_code as r, fp_code as f, ldst_code, simd_three_code,
};

/// What an instruction does with NZCV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FlagUse {
    /// Its effect depends on them, or code that it leads to may.
    pub(crate) reads: bool,
    /// It sets all four, if it completes.
    pub(crate) sets: bool,
}

const NONE: FlagUse = FlagUse { reads: false, sets: false };
const READS: FlagUse = FlagUse { reads: true, sets: false };
const SETS: FlagUse = FlagUse { reads: false, sets: true };
const BOTH: FlagUse = FlagUse { reads: true, sets: true };

/// The use of one encoding. What is not known here is assumed to read.
pub(crate) fn flag_use(code: Code) -> FlagUse {
    match code {
        i::ADDS_IMM_W | i::ADDS_IMM_X | i::SUBS_IMM_W | i::SUBS_IMM_X | i::ANDS_IMM_W | i::ANDS_IMM_X => SETS,
        r::ANDS_SHIFT_W | r::ANDS_SHIFT_X | r::BICS_SHIFT_W | r::BICS_SHIFT_X => SETS,
        r::SUBS_REG_W | r::SUBS_REG_X | r::ADDS_SHIFT_W | r::ADDS_SHIFT_X | r::SUBS_SHIFT_W | r::SUBS_SHIFT_X => SETS,
        r::ADDS_EXT_W | r::ADDS_EXT_X | r::SUBS_EXT_W | r::SUBS_EXT_X => SETS,
        r::ADCS_W | r::ADCS_X | r::SBCS_W | r::SBCS_X => BOTH,
        r::CCMN_REG_W | r::CCMN_REG_X | r::CCMP_REG_W | r::CCMP_REG_X => BOTH,
        r::CCMN_IMM_W | r::CCMN_IMM_X | r::CCMP_IMM_W | r::CCMP_IMM_X => BOTH,
        r::ADC_W | r::ADC_X | r::SBC_W | r::SBC_X => READS,
        r::CSEL_W | r::CSEL_X | r::CSINC_W | r::CSINC_X | r::CSINV_W | r::CSINV_X | r::CSNEG_W | r::CSNEG_X => READS,
        r::RMIF | r::SETF8 | r::SETF16 => READS,
        f::FCMP_S | f::FCMP_D | f::FCMPE_S | f::FCMPE_D => SETS,
        // Hints and barriers do nothing with them; neither do branches on registers that stay in the block.
        b::HINT | b::YIELD | b::DMB | b::SB | b::CLREX => NONE,
        b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ | b::B => NONE,
        Code(c) if (b::BASE..b::END).contains(&c) => READS,
        Code(c) if c < i::BASE => READS,
        // Data processing, loads and stores.
        Code(c) if (i::BASE..i::END).contains(&c) || (r::BASE..r::END).contains(&c) => NONE,
        Code(c) if (ldst_code::BASE..simd_three_code::BASE).contains(&c) => NONE,
        // Floating point: the conditional ones read.
        Code(c) if (f::BASE..f::END).contains(&c) => fp_use(code),
        _ => NONE,
    }
}

fn fp_use(code: Code) -> FlagUse {
    let name = vmapple_a64::decode::row(code).name;
    if name.starts_with("FCSEL") || name.starts_with("FCCMP") { READS } else { NONE }
}
