//! Which instructions read and which replace the condition flags.

use crate::emit::reads_nzcv;
use vmapple_a64::Op;
use vmapple_a64::decode::{
    Code, branch_sys_code as b, bti_code as bti, dp_imm_code as i, dp_reg_code as r, fp_code as f, fp_convert_code,
    ldst_code, simd_three_code,
};

/// What may be read of NZCV before it is set again: a bit for each pair of opposite conditions, or everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need(u8);

impl Need {
    pub(crate) const NOTHING: Need = Need(0);
    pub(crate) const EVERYTHING: Need = Need(0x80);

    /// Just this condition (0..=13) or its opposite.
    pub(crate) fn condition(cond: u16) -> Need {
        if cond & 15 >= 14 { Need::NOTHING } else { Need(1 << (cond >> 1 & 7)) }
    }

    pub(crate) fn or(self, other: Need) -> Need {
        Need(self.0 | other.0)
    }

    pub(crate) fn is_nothing(self) -> bool {
        self.0 == 0
    }

    /// The even condition of the only pair that is needed.
    pub(crate) fn only(self) -> Option<u16> {
        (self.0.is_power_of_two() && self.0 != 0x80).then(|| 2 * self.0.trailing_zeros() as u16)
    }
}

/// What an instruction does with NZCV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FlagUse {
    /// Its effect depends on them, or code that it leads to may.
    pub(crate) reads: Need,
    /// It sets all four, if it completes.
    pub(crate) sets: bool,
}

const NONE: FlagUse = FlagUse { reads: Need::NOTHING, sets: false };
const READS: FlagUse = FlagUse { reads: Need::EVERYTHING, sets: false };
const SETS: FlagUse = FlagUse { reads: Need::NOTHING, sets: true };
const BOTH: FlagUse = FlagUse { reads: Need::EVERYTHING, sets: true };
/// The even condition of the pair that is the carry.
const CARRY: u16 = 2;

/// The use of one instruction. What is not known here is assumed to read everything.
pub(crate) fn flag_use(op: &Op) -> FlagUse {
    let reads = |cond| FlagUse { reads: Need::condition(cond), sets: false };
    match op.code {
        i::ADDS_IMM_W | i::ADDS_IMM_X | i::SUBS_IMM_W | i::SUBS_IMM_X | i::ANDS_IMM_W | i::ANDS_IMM_X => SETS,
        r::ANDS_SHIFT_W | r::ANDS_SHIFT_X | r::BICS_SHIFT_W | r::BICS_SHIFT_X => SETS,
        r::SUBS_REG_W | r::SUBS_REG_X | r::ADDS_SHIFT_W | r::ADDS_SHIFT_X | r::SUBS_SHIFT_W | r::SUBS_SHIFT_X => SETS,
        r::ADDS_EXT_W | r::ADDS_EXT_X | r::SUBS_EXT_W | r::SUBS_EXT_X => SETS,
        r::ADCS_W | r::ADCS_X | r::SBCS_W | r::SBCS_X => FlagUse { sets: true, ..reads(CARRY) },
        r::CCMN_REG_W | r::CCMN_REG_X | r::CCMP_REG_W | r::CCMP_REG_X => FlagUse { sets: true, ..reads(op.aux) },
        r::CCMN_IMM_W | r::CCMN_IMM_X | r::CCMP_IMM_W | r::CCMP_IMM_X => FlagUse { sets: true, ..reads(op.aux) },
        r::ADC_W | r::ADC_X | r::SBC_W | r::SBC_X => reads(CARRY),
        r::CSEL_W | r::CSEL_X | r::CSINC_W | r::CSINC_X => reads(op.aux),
        r::CSINV_W | r::CSINV_X | r::CSNEG_W | r::CSNEG_X => reads(op.aux),
        b::B_COND => reads(op.aux),
        // Other system registers are read without NZCV mattering.
        b::MRS if !reads_nzcv(op) => NONE,
        r::RMIF | r::SETF8 | r::SETF16 => READS,
        f::FCMP_H | f::FCMP_S | f::FCMP_D | f::FCMPE_H | f::FCMPE_S | f::FCMPE_D => SETS,
        f::FCMP_ZERO_H | f::FCMP_ZERO_S | f::FCMP_ZERO_D => SETS,
        f::FCMPE_ZERO_H | f::FCMPE_ZERO_S | f::FCMPE_ZERO_D => SETS,
        fp_convert_code::FJCVTZS => SETS,
        // Hints and barriers do nothing with them; neither do branches on registers that stay in the block.
        b::HINT | b::YIELD | b::DMB | b::SB | b::CLREX => NONE,
        b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ | b::B => NONE,
        Code(c) if (b::BASE..b::END).contains(&c) => READS,
        bti::BTI => NONE,
        Code(c) if (bti::BASE..bti::END).contains(&c) => READS,
        Code(c) if c < i::BASE => READS,
        // Data processing, loads and stores.
        Code(c) if (i::BASE..i::END).contains(&c) || (r::BASE..r::END).contains(&c) => NONE,
        Code(c) if (ldst_code::BASE..simd_three_code::BASE).contains(&c) => NONE,
        // Floating point: the conditional ones read.
        f::FCCMP_H | f::FCCMP_S | f::FCCMP_D | f::FCCMPE_H | f::FCCMPE_S | f::FCCMPE_D => BOTH,
        f::FCSEL_H | f::FCSEL_S | f::FCSEL_D => READS,
        _ => NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmapple_a64::decode::decode;

    fn need(word: u32) -> Need {
        flag_use(&decode(word)).reads
    }

    #[test]
    fn conditions_come_in_pairs() {
        assert_eq!(need(0x5400_0000), need(0x5400_0001), "b.eq, b.ne");
        assert_eq!(need(0x5400_0000).only(), Some(0));
        assert_eq!(need(0x5400_000d).only(), Some(12), "b.le");
        assert_eq!(need(0x5400_000e), Need::NOTHING, "b.al");
        assert_eq!(need(0x9a00_0000).only(), Some(CARRY), "adc");
        assert_eq!(need(0x5400_0000).or(need(0x5400_0002)).only(), None);
    }

    #[test]
    fn what_leaves_straight_lines_needs_everything() {
        for (word, what) in [(0xd65f_03c0, "ret"), (0xd400_0001, "svc"), (0xd53b_4200, "mrs nzcv"), (0, "undefined")] {
            assert_eq!(need(word), Need::EVERYTHING, "{what}");
        }
        assert_eq!(need(0xd53b_d040), Need::NOTHING, "mrs tpidr_el0");
    }
}
