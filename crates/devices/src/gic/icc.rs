//! The system registers of the CPU interface: names, encodings, directions.

/// A register of the CPU interface, by the manual's name (IHI 0069, 12.2).
///
/// `ICC_AP0R1..3_EL1` and `ICC_AP1R1..3_EL1` do not exist with five priority bits, nor does `ICC_NMIAR1_EL1`; they
/// are UNDEFINED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(non_camel_case_types, missing_docs, reason = "names as the manual prints them")]
pub enum IccRegister {
    ICC_PMR_EL1,
    ICC_IAR0_EL1,
    ICC_EOIR0_EL1,
    ICC_HPPIR0_EL1,
    ICC_BPR0_EL1,
    ICC_AP0R0_EL1,
    ICC_AP1R0_EL1,
    ICC_DIR_EL1,
    ICC_RPR_EL1,
    ICC_SGI1R_EL1,
    ICC_ASGI1R_EL1,
    ICC_SGI0R_EL1,
    ICC_IAR1_EL1,
    ICC_EOIR1_EL1,
    ICC_HPPIR1_EL1,
    ICC_BPR1_EL1,
    ICC_CTLR_EL1,
    ICC_SRE_EL1,
    ICC_IGRPEN0_EL1,
    ICC_IGRPEN1_EL1,
}

use IccRegister::*;

impl IccRegister {
    /// All of them.
    pub const ALL: [IccRegister; 20] = [
        ICC_PMR_EL1,
        ICC_IAR0_EL1,
        ICC_EOIR0_EL1,
        ICC_HPPIR0_EL1,
        ICC_BPR0_EL1,
        ICC_AP0R0_EL1,
        ICC_AP1R0_EL1,
        ICC_DIR_EL1,
        ICC_RPR_EL1,
        ICC_SGI1R_EL1,
        ICC_ASGI1R_EL1,
        ICC_SGI0R_EL1,
        ICC_IAR1_EL1,
        ICC_EOIR1_EL1,
        ICC_HPPIR1_EL1,
        ICC_BPR1_EL1,
        ICC_CTLR_EL1,
        ICC_SRE_EL1,
        ICC_IGRPEN0_EL1,
        ICC_IGRPEN1_EL1,
    ];

    /// The register that `MSR`/`MRS` names with these fields. `None`: not one of the CPU interface, UNDEFINED.
    pub const fn from_encoding(op0: u8, op1: u8, crn: u8, crm: u8, op2: u8) -> Option<Self> {
        Some(match (op0, op1, crn, crm, op2) {
            (3, 0, 4, 6, 0) => ICC_PMR_EL1,
            (3, 0, 12, 8, 0) => ICC_IAR0_EL1,
            (3, 0, 12, 8, 1) => ICC_EOIR0_EL1,
            (3, 0, 12, 8, 2) => ICC_HPPIR0_EL1,
            (3, 0, 12, 8, 3) => ICC_BPR0_EL1,
            (3, 0, 12, 8, 4) => ICC_AP0R0_EL1,
            (3, 0, 12, 9, 0) => ICC_AP1R0_EL1,
            (3, 0, 12, 11, 1) => ICC_DIR_EL1,
            (3, 0, 12, 11, 3) => ICC_RPR_EL1,
            (3, 0, 12, 11, 5) => ICC_SGI1R_EL1,
            (3, 0, 12, 11, 6) => ICC_ASGI1R_EL1,
            (3, 0, 12, 11, 7) => ICC_SGI0R_EL1,
            (3, 0, 12, 12, 0) => ICC_IAR1_EL1,
            (3, 0, 12, 12, 1) => ICC_EOIR1_EL1,
            (3, 0, 12, 12, 2) => ICC_HPPIR1_EL1,
            (3, 0, 12, 12, 3) => ICC_BPR1_EL1,
            (3, 0, 12, 12, 4) => ICC_CTLR_EL1,
            (3, 0, 12, 12, 5) => ICC_SRE_EL1,
            (3, 0, 12, 12, 6) => ICC_IGRPEN0_EL1,
            (3, 0, 12, 12, 7) => ICC_IGRPEN1_EL1,
            _ => return None,
        })
    }

    /// Whether `MRS` is defined.
    pub const fn readable(self) -> bool {
        !matches!(self, ICC_EOIR0_EL1 | ICC_EOIR1_EL1 | ICC_DIR_EL1 | ICC_SGI0R_EL1 | ICC_SGI1R_EL1 | ICC_ASGI1R_EL1)
    }

    /// Whether `MSR` is defined.
    pub const fn writable(self) -> bool {
        !matches!(self, ICC_IAR0_EL1 | ICC_IAR1_EL1 | ICC_HPPIR0_EL1 | ICC_HPPIR1_EL1 | ICC_RPR_EL1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_has_one_encoding_and_a_direction() {
        let mut found = vec![];
        for op2 in 0..8 {
            for crm in 0..16 {
                for crn in 0..16 {
                    found.extend(IccRegister::from_encoding(3, 0, crn, crm, op2));
                }
            }
        }
        assert_eq!(found.len(), IccRegister::ALL.len());
        for reg in IccRegister::ALL {
            assert!(found.contains(&reg));
            assert!(reg.readable() || reg.writable());
        }
        assert_eq!(IccRegister::from_encoding(3, 0, 12, 8, 5), None, "ICC_AP0R1_EL1");
        assert_eq!(IccRegister::from_encoding(3, 4, 12, 12, 0), None);
    }
}
