//! From a word to its row.

use super::{Code, Op, Row, UNDEFINED, rows};
use crate::profile::{Feature, Profile};
use std::sync::LazyLock;

/// Rows by bits 31:20, most specific first; of two with the same fixed bits, that of a feature before the baseline's.
static INDEX: LazyLock<Vec<Vec<(Code, &'static Row)>>> = LazyLock::new(|| {
    let mut all: Vec<_> = rows().skip(2).collect();
    all.sort_by_key(|(_, r)| (std::cmp::Reverse(r.mask.count_ones()), r.feature == Feature::Baseline));
    (0..1u32 << 12)
        .map(|top| {
            let (top, mask) = (top << 20, 0xfff0_0000);
            all.iter().filter(|(_, r)| (r.value ^ top) & r.mask & mask == 0).copied().collect()
        })
        .collect()
});

/// Decodes a word as the default profile does. Engines decode for the core they run: [`decode_for`].
pub fn decode(word: u32) -> Op {
    decode_for(Profile::default(), word)
}

/// Decodes a word as cores of a profile do. Total: what no row takes is [`UNDEFINED`].
pub fn decode_for(profile: Profile, word: u32) -> Op {
    for (code, row) in &INDEX[(word >> 20) as usize] {
        if word & row.mask == row.value
            && profile.has(row.feature)
            && let Some(op) = (row.fields)(word)
        {
            return Op { code: *code, ..op };
        }
    }
    Op { code: UNDEFINED, imm: u64::from(word), ..Op::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::row;

    fn name(word: u32) -> &'static str {
        row(decode(word).code).name
    }

    #[test]
    fn well_known_words_find_their_rows() {
        assert_eq!(name(0xd503_201f), "HINT");
        assert_eq!(name(0x0000_0000), "UNDEFINED");
        assert_eq!(name(0xffff_ffff), "UNDEFINED");
        assert_eq!(name(0x9100_0421), "ADD_IMM_X");
        assert_eq!(name(0xd65f_03c0), "RET");
        assert_eq!(name(0xd400_0002), "HVC");
    }

    #[test]
    fn a_row_of_a_feature_is_there_only_on_cores_that_have_it() {
        for (word, m1, m2) in [
            (0x2e40_fc00, "UNDEFINED", "BFDOT"),
            (0x4e80_a400, "UNDEFINED", "SMMLA"),
            (0xd503_245f, "HINT", "BTI"),
            (0xd61f_0020, "BR", "BR_BTYPE"),
            (0xd53b_e0c3, "MRS", "MRS_CNTVCTSS"),
        ] {
            assert_eq!(row(decode_for(Profile::M1, word).code).name, m1, "{word:x}");
            assert_eq!(row(decode_for(Profile::M2, word).code).name, m2, "{word:x}");
        }
    }

    #[test]
    fn codes_and_rows_agree() {
        for (code, r) in rows() {
            assert_eq!(row(code).name, r.name);
        }
    }

    #[test]
    fn every_row_can_be_reached() {
        // A row is reachable if some filling of its fields decodes to it.
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        for (code, r) in rows().skip(2) {
            let hit = (0..20_000).any(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let word = (seed as u32 & !r.mask) | r.value;
                Profile::ALL.iter().any(|p| decode_for(*p, word).code == code)
            });
            assert!(hit, "{} is hidden by other rows", r.name);
        }
    }
}
