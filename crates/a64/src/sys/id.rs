//! Identification registers: an Apple M1 as a hypervisor shows it (`spec/cpu-engine.md` 2.3), which needs what follows to be
//! there. One exception: the 64 KiB granule is there although an M1 has none. An M2 adds what [`Profile`] lists.

use crate::profile::{Feature, Profile};

/// `MIDR_EL1` (`spec/machine.md` 4): implementer 'a', architecture 0xF.
pub(crate) const MIDR: u64 = 0x610f_0000;

const fn field(value: u64, lsb: u32) -> u64 {
    value << lsb
}

/// EL0 and EL1 AArch64 only; FP and AdvSIMD with half precision; GIC system registers; DIT; CSV2, CSV3.
pub(crate) const ID_AA64PFR0: u64 =
    field(1, 0) | field(1, 4) | field(1, 16) | field(1, 20) | field(1, 24) | field(1, 48) | field(1, 56) | field(1, 60);

/// A field for cores that have a feature.
const fn with(profile: Profile, feature: Feature, field: u64) -> u64 {
    if profile.has(feature) { field } else { 0 }
}

/// SSBS as a PSTATE bit. Value 1, not 2: a guest under a hypervisor on this chip is not shown `ssbs`. BTI.
pub(crate) const fn id_aa64pfr1(p: Profile) -> u64 {
    field(1, 4) | with(p, Feature::Bti, field(1, 0))
}

/// Debug v8 with double lock; two breakpoints, of which the second compares contexts too, and two watchpoints (the least
/// there can be); no performance monitors.
pub(crate) const ID_AA64DFR0: u64 = field(6, 0) | field(1, 12) | field(1, 20);

/// AES+PMULL, SHA1, SHA512, CRC32, LSE, RDM, SHA3, DotProd, FHM, FlagM2, TLBIRANGE.
pub(crate) const ID_AA64ISAR0: u64 = field(2, 4)
    | field(1, 8)
    | field(2, 12)
    | field(1, 16)
    | field(2, 20)
    | field(1, 28)
    | field(1, 32)
    | field(1, 44)
    | field(1, 48)
    | field(2, 52)
    | field(2, 56);

/// DPB2, PAuth with an implementation-defined algorithm, JSCVT, FCMA, LRCPC2, generic PAuth, FRINTTS, SB. BF16, I8MM.
pub(crate) const fn id_aa64isar1(p: Profile) -> u64 {
    // API: 2 is EPAC, 4 is PAuth2 with FPAC and without FPACCOMBINE.
    let api = if p.has(Feature::Fpac) { 4 } else { 2 };
    field(2, 0)
        | field(api, 8)
        | field(1, 12)
        | field(1, 16)
        | field(2, 20)
        | field(1, 28)
        | field(1, 32)
        | field(1, 36)
        | with(p, Feature::Bf16, field(1, 44))
        | with(p, Feature::I8mm, field(1, 52))
}

/// 40-bit physical addresses, 16-bit ASIDs, all three granules, ExS. ECV without its EL2 part.
pub(crate) const fn id_aa64mmfr0(p: Profile) -> u64 {
    field(2, 0) | field(2, 4) | field(1, 20) | field(1, 44) | with(p, Feature::Ecv, field(1, 60))
}

/// HPDS2, PAN2. No hardware access flag or dirty state.
pub(crate) const ID_AA64MMFR1: u64 = field(2, 12) | field(2, 20);

/// CnP, UAO, LSE2, IDST, TTL, E0PD.
pub(crate) const ID_AA64MMFR2: u64 =
    field(1, 0) | field(1, 4) | field(1, 32) | field(1, 36) | field(1, 48) | field(1, 60);

/// 64-byte lines, VIPT instruction cache, DIC = IDC = 0 so that guests keep announcing changed code.
pub(crate) const CTR: u64 = 0x8444_8004;

/// L1 split, L2 unified; coherence at L2, unification at L1.
pub(crate) const CLIDR: u64 = field(3, 0) | field(4, 3) | field(1, 21) | field(2, 24) | field(1, 27);

/// `CCSIDR_EL1` for a `CSSELR_EL1` value: line 64 bytes everywhere.
pub(crate) fn ccsidr(csselr: u64) -> u64 {
    let geometry = |sets: u64, ways: u64| (sets - 1) << 13 | (ways - 1) << 3 | 2;
    match csselr & 0xf {
        0 => geometry(256, 8),
        1 => geometry(512, 6),
        2 => geometry(8192, 16),
        _ => 0,
    }
}
