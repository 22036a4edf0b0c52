//! What the ID registers say is what there is: the instructions and registers of an advertised feature work, those of one
//! that is not advertised are UNDEFINED (Arm ARM A2: "if FEAT_x is not implemented, this instruction is UNDEFINED"). On every
//! core that there is.

use crate::machine::{DATA, Machine, upper};
use vmapple_a64::Profile;

const NORMAL: u64 = 0;
/// Encodings of ID registers: CRm and op2 of S3_0_C0_CRm_op2.
const PFR0: (u32, u32) = (4, 0);
const PFR1: (u32, u32) = (4, 1);
const DFR0: (u32, u32) = (5, 0);
const ISAR0: (u32, u32) = (6, 0);
const ISAR1: (u32, u32) = (6, 1);
const ISAR2: (u32, u32) = (6, 2);
const MMFR0: (u32, u32) = (7, 0);
const MMFR1: (u32, u32) = (7, 1);
const MMFR2: (u32, u32) = (7, 2);
const MMFR3: (u32, u32) = (7, 3);

struct Feature {
    name: &'static str,
    register: (u32, u32),
    /// Lowest bit of the field, and the least value that has the feature.
    field: (u32, u64),
    /// Instructions that exist if it does. X2 is the address of writable memory.
    words: &'static [u32],
}

const fn feature(name: &'static str, register: (u32, u32), lsb: u32, least: u64, words: &'static [u32]) -> Feature {
    Feature { name, register, field: (lsb, least), words }
}

/// Features with instructions or registers of their own at EL0 and EL1, in the order of the ID registers.
const FEATURES: &[Feature] = &[
    feature("FEAT_AES: AESE", ISAR0, 4, 1, &[0x4e28_4820]),
    feature("FEAT_PMULL: PMULL V0.1Q", ISAR0, 4, 2, &[0x0ee2_e020]),
    feature("FEAT_SHA1: SHA1C", ISAR0, 8, 1, &[0x5e02_0020]),
    feature("FEAT_SHA256: SHA256H", ISAR0, 12, 1, &[0x5e02_4020]),
    feature("FEAT_SHA512: SHA512H", ISAR0, 12, 2, &[0xce62_8020]),
    feature("FEAT_CRC32: CRC32B", ISAR0, 16, 1, &[0x1ac3_4020]),
    feature("FEAT_LSE: LDADD", ISAR0, 20, 2, &[0xb821_0040]),
    feature("FEAT_TME: TSTART", ISAR0, 24, 1, &[0xd523_3060]),
    feature("FEAT_RDM: SQRDMLAH", ISAR0, 28, 1, &[0x2e42_8420]),
    feature("FEAT_SHA3: EOR3, RAX1", ISAR0, 32, 1, &[0xce02_0c20, 0xce62_8c20]),
    feature("FEAT_SM3: SM3SS1", ISAR0, 36, 1, &[0xce42_0c20]),
    feature("FEAT_SM4: SM4E", ISAR0, 40, 1, &[0xcec0_8420]),
    feature("FEAT_DotProd: UDOT", ISAR0, 44, 1, &[0x2e82_9420]),
    feature("FEAT_FHM: FMLAL", ISAR0, 48, 1, &[0x0e22_ec20]),
    feature("FEAT_FlagM: CFINV, RMIF, SETF8", ISAR0, 52, 1, &[0xd500_401f, 0xba00_8402, 0x3a00_080d]),
    feature("FEAT_FlagM2: AXFLAG, XAFLAG", ISAR0, 52, 2, &[0xd500_405f, 0xd500_403f]),
    feature("FEAT_TLBIOS: TLBI VMALLE1OS", ISAR0, 56, 1, &[0xd508_811f]),
    feature("FEAT_TLBIRANGE: TLBI RVAE1IS, RVAE1OS", ISAR0, 56, 2, &[0xd508_8220, 0xd508_8520]),
    feature("FEAT_RNG: RNDR", ISAR0, 60, 1, &[0xd53b_2400]),
    feature("FEAT_DPB: DC CVAP", ISAR1, 0, 1, &[0xd50b_7c22]),
    feature("FEAT_DPB2: DC CVADP", ISAR1, 0, 2, &[0xd50b_7d22]),
    feature("FEAT_PAuth: PACIA, by APA or API", ISAR1, 8, 1, &[0xdac1_0020]),
    feature("FEAT_JSCVT: FJCVTZS", ISAR1, 12, 1, &[0x1e7e_0000]),
    feature("FEAT_FCMA: FCADD, FCMLA", ISAR1, 16, 1, &[0x2e82_e420, 0x2e82_cc20]),
    feature("FEAT_LRCPC: LDAPR", ISAR1, 20, 1, &[0xb8bf_c040]),
    feature("FEAT_LRCPC2: LDAPUR", ISAR1, 20, 2, &[0x9940_0040]),
    feature("FEAT_LRCPC3: STILP", ISAR1, 20, 3, &[0x9901_1840]),
    feature("PACGA, by GPA or GPI", ISAR1, 28, 1, &[0x9ac3_3020]),
    feature("FEAT_FRINTTS: FRINT32Z", ISAR1, 32, 1, &[0x1e28_4000]),
    feature("FEAT_SB: SB", ISAR1, 36, 1, &[0xd503_30ff]),
    feature("FEAT_SPECRES: CFP RCTX", ISAR1, 40, 1, &[0xd50b_7380]),
    feature("FEAT_BF16: BFCVT, BFDOT", ISAR1, 44, 1, &[0x1e63_4000, 0x2e42_fc20]),
    feature("FEAT_I8MM: SMMLA, USDOT", ISAR1, 52, 1, &[0x4e82_a420, 0x0e82_9c20]),
    feature("FEAT_XS: DSB nXS", ISAR1, 56, 1, &[0xd503_3e3f]),
    feature("FEAT_LS64: LD64B", ISAR1, 60, 1, &[0xf83f_d044]),
    feature("FEAT_WFxT: WFET", ISAR2, 0, 2, &[0xd503_1000]),
    feature("FEAT_MOPS: CPYFP", ISAR2, 16, 1, &[0x1905_04c4]),
    feature("FEAT_HBC: BC.EQ", ISAR2, 20, 1, &[0x5400_0030]),
    feature("FEAT_CSSC: ABS X0, X0", ISAR2, 52, 1, &[0xdac0_2000]),
    feature("FEAT_RAS: ERRIDR_EL1", PFR0, 28, 1, &[0xd538_5300]),
    feature("FEAT_SVE: ADDVL", PFR0, 32, 1, &[0x0421_5020]),
    feature("FEAT_AMUv1: AMCR_EL0", PFR0, 44, 1, &[0xd53b_d200]),
    feature("FEAT_DIT: DIT", PFR0, 48, 1, &[0xd53b_42a0]),
    feature("FEAT_MTE: IRG", PFR1, 8, 1, &[0x9adf_1020]),
    feature("FEAT_SME: SMSTART", PFR1, 24, 1, &[0xd503_477f]),
    feature("FEAT_NMI: ALLINT", PFR1, 36, 1, &[0xd538_4300]),
    feature("FEAT_PMUv3: PMCR_EL0", DFR0, 8, 1, &[0xd53b_9c00]),
    feature("FEAT_SPE: PMSIDR_EL1", DFR0, 32, 1, &[0xd538_99e0]),
    feature("FEAT_TRF: TRFCR_EL1", DFR0, 40, 1, &[0xd538_1220]),
    feature("FEAT_BRBE: BRBCR_EL1", DFR0, 52, 1, &[0xd531_9000]),
    feature("FEAT_PAN: PAN", MMFR1, 20, 1, &[0xd538_4260]),
    feature("FEAT_PAN2: AT S1E1RP", MMFR1, 20, 2, &[0xd508_7900]),
    feature("FEAT_LOR: LDLAR, STLLR, LORC_EL1", MMFR1, 16, 1, &[0x88df_7c40, 0x889f_7c40, 0xd538_a460]),
    feature("FEAT_UAO: UAO", MMFR2, 4, 1, &[0xd538_4280]),
    feature("FEAT_CCIDX: CCSIDR2_EL1", MMFR2, 20, 1, &[0xd539_0040]),
    feature("FEAT_LSE2: unaligned LDXR", MMFR2, 32, 1, &[0x885f_7c62]),
    feature("FEAT_TCR2: TCR2_EL1", MMFR3, 0, 1, &[0xd538_2060]),
    feature("FEAT_SCTLR2: SCTLR2_EL1", MMFR3, 4, 1, &[0xd538_1060]),
    feature("FEAT_ECV: CNTPCTSS_EL0, CNTVCTSS_EL0", MMFR0, 60, 1, &[0xd53b_e0a0, 0xd53b_e0c0]),
    feature("FEAT_S1PIE: PIR_EL1", MMFR3, 8, 1, &[0xd538_a260]),
];

fn machine(profile: Profile) -> Machine {
    let mut m = Machine::of(profile, 12, 16);
    m.map(upper(16), DATA, NORMAL);
    m.set(|s| {
        s.x[2] = upper(16) + 0x40;
        s.x[3] = upper(16) + 0x41;
    });
    m
}

/// MRS X0, S3_0_C0_CRm_op2.
fn id(m: &mut Machine, (crm, op2): (u32, u32)) -> u64 {
    assert!(m.run(&[0xd538_0000 | crm << 8 | op2 << 5]), "S3_0_C0_C{crm}_{op2}");
    m.cpu.state.x[0]
}

#[test]
fn advertised_features_work_and_others_are_undefined() {
    let mut wrong = Vec::new();
    let each = Profile::ALL.into_iter().flat_map(|profile| FEATURES.iter().map(move |f| (profile, f)));
    for (profile, f) in each {
        let advertised = id(&mut machine(profile), f.register) >> f.field.0 & 0xf >= f.field.1;
        for &word in f.words {
            let mut m = machine(profile);
            let works = m.run(&[word]);
            let undefined = !works && m.class() == 0;
            let unaligned = !works && m.class() == 0x25 && f.name.starts_with("FEAT_LSE2");
            if !(if advertised { works } else { undefined || unaligned }) {
                wrong.push(format!("{profile:?}: {} {word:08x}: advertised {advertised}, works {works}", f.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn half_precision_is_advertised_for_both_scalars_and_vectors() {
    for profile in Profile::ALL {
        let mut m = machine(profile);
        let pfr0 = id(&mut m, PFR0);
        assert_eq!((pfr0 >> 16 & 15, pfr0 >> 20 & 15), (1, 1));
        assert!(m.run(&[0x1ee2_2820, 0x0e42_1420]));
    }
}

/// `PFR1.SSBS` is 1, "no MSR and MRS", because a guest under a hypervisor on the chip is not shown more; the accesses
/// work nevertheless, since older guests make them unasked (`spec/cpu-engine.md` 2.4). The one exception to the rule.
#[test]
fn ssbs_can_be_accessed_although_only_the_bit_is_advertised() {
    for profile in Profile::ALL {
        let mut m = machine(profile);
        assert_eq!(id(&mut m, PFR1) >> 4 & 15, 1);
        assert!(m.run(&[0xd53b_42c0]));
    }
}

#[test]
fn there_are_as_many_breakpoints_and_watchpoints_as_advertised() {
    for profile in Profile::ALL {
        let mut m = machine(profile);
        let dfr0 = id(&mut m, DFR0);
        // MRS X0, DBGBVR<n>_EL1, DBGBCR, DBGWVR, DBGWCR
        for (lsb, op2) in [(12, 4), (12, 5), (20, 6), (20, 7)] {
            for n in 0..16 {
                let exists = u64::from(n) <= dfr0 >> lsb & 15;
                assert_eq!(m.run(&[0xd530_0000 | n << 8 | op2 << 5]), exists, "register {n} of op2 {op2}");
            }
        }
        // DoubleLock: 0 is "implemented", so OSDLR_EL1 is there.
        assert_eq!(dfr0 >> 36 & 15, 0);
        assert!(m.run(&[0xd530_1380]));
    }
}

#[test]
fn fpcr_has_no_bits_of_features_that_are_not_advertised() {
    for profile in Profile::ALL {
        let mut m = machine(profile);
        m.set(|s| s.x[0] = u64::MAX);
        // MSR FPCR, X0; MRS X1, FPCR
        assert!(m.run(&[0xd51b_4400, 0xd53b_4401]));
        let fpcr = m.cpu.state.x[1];
        let afp = id(&mut m, MMFR1) >> 44 & 15 != 0;
        assert_eq!(fpcr & 7 != 0, afp, "FIZ, AH and NEP are FEAT_AFP's: {fpcr:#x}");
        let ebf16 = id(&mut m, ISAR1) >> 44 & 15 >= 2;
        assert_eq!(fpcr >> 13 & 1 != 0, ebf16, "EBF is FEAT_EBF16's: {fpcr:#x}");
        // AHP, DN, FZ, RMode, Stride, FZ16, Len, and the trap enables IDE, IXE, UFE, OFE, DZE, IOE.
        assert_eq!(fpcr & !0x2007, 0x07ff_9f00);
    }
}

#[test]
fn the_whole_id_space_reads_and_what_has_no_register_is_zero() {
    for profile in Profile::ALL {
        let mut m = machine(profile);
        let known = [PFR0, PFR1, DFR0, ISAR0, ISAR1, ISAR2, MMFR0, MMFR1, MMFR2, MMFR3, (4, 4), (5, 1)];
        for crm in 1..8 {
            for op2 in 0..8 {
                let value = id(&mut m, (crm, op2));
                // No AArch32 at any level: its ID registers read as zero here, as the reserved ones must.
                assert!(known.contains(&(crm, op2)) || value == 0, "S3_0_C0_C{crm}_{op2} is {value:#x}");
            }
        }
    }
}
