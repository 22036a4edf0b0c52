//! Which core of Apple's is modelled: a baseline, and the features that one adds to it (`spec/cpu-engine.md` 2.3).
//!
//! A feature decides once, when an instruction is decoded: rows of the decoder's table belong to a feature, and where a
//! core does not have it the row is not there ([`crate::decode::decode_for`]). The few places that are not encodings
//! (identification registers, the bits of `SCTLR_EL1`, what a failed authentication does) ask [`Profile::has`].

/// A feature that not every profile has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// What every profile has: an M1's features.
    Baseline,
    /// FEAT_BTI: branch target identification.
    Bti,
    /// FEAT_BF16: BFloat16 products, dot products and conversions. Without FEAT_EBF16.
    Bf16,
    /// FEAT_I8MM: 8-bit integer matrix products and dot products of mixed signs.
    I8mm,
    /// FEAT_PAuth2 and FEAT_FPAC: codes are exclusive-ORed into the pointer, and authentication that fails is an
    /// exception. Without FEAT_FPACCOMBINE: the combined instructions leave a bad pointer behind.
    Fpac,
    /// FEAT_ECV as far as EL1 sees it: the self-synchronised counters.
    Ecv,
}

/// The core that is modelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Apple M1: what macOS 12 to 15 all run on.
    #[default]
    M1,
    /// Apple M2: an M1 with BTI, BF16, I8MM, PAuth2, FPAC and ECV.
    M2,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 2] = [Profile::M1, Profile::M2];

    /// Whether this core has a feature.
    pub const fn has(self, feature: Feature) -> bool {
        match (feature, self) {
            (Feature::Baseline, _) | (_, Profile::M2) => true,
            (_, Profile::M1) => false,
        }
    }
}
