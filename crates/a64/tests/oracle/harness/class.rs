//! Classes of cases: the chapters of the decoder table, and sequences.

use std::ops::Range;
use vmapple_a64::Profile;
use vmapple_a64::decode::{
    Code, Row, branch_sys_code, bti_code, crypto_code, dp_imm_code, dp_reg_code, ecv_code, fp_code, fp_convert_code,
    ldst_code, ldst_simd_code, rows, simd_bf16_code, simd_copy_code, simd_elem_code, simd_fp_code, simd_fp_elem_code,
    simd_fp_misc_code, simd_i8mm_code, simd_misc_code, simd_shift_code, simd_three_code,
};

#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    /// Its chapter; empty for the classes that are sequences.
    pub(crate) codes: Range<u16>,
    /// The core that has it.
    pub(crate) profile: Profile,
}

macro_rules! classes {
    ($($name:ident: $module:ident;)* @m2 $($name2:ident: $module2:ident;)*) => {
        /// The classes of one chapter each: one line for each chapter of the table; what comes after `@m2` is an M2's.
        pub(crate) fn chapters() -> Vec<Class> {
            vec![
                $(Class { name: stringify!($name), codes: $module::BASE..$module::END, profile: Profile::M1 },)*
                $(Class { name: stringify!($name2), codes: $module2::BASE..$module2::END, profile: Profile::M2 },)*
            ]
        }
    };
}

classes! {
    dp_imm: dp_imm_code;
    branch_sys: branch_sys_code;
    dp_reg: dp_reg_code;
    ldst: ldst_code;
    ldst_simd: ldst_simd_code;
    simd_three: simd_three_code;
    simd_misc: simd_misc_code;
    simd_shift: simd_shift_code;
    simd_copy: simd_copy_code;
    simd_elem: simd_elem_code;
    crypto: crypto_code;
    fp: fp_code;
    fp_convert: fp_convert_code;
    simd_fp: simd_fp_code;
    simd_fp_elem: simd_fp_elem_code;
    simd_fp_misc: simd_fp_misc_code;
    @m2
    simd_bf16: simd_bf16_code;
    simd_i8mm: simd_i8mm_code;
    bti: bti_code;
    ecv: ecv_code;
    pauth2: dp_reg_code;
}

/// Everything, mixed: `blocks.rs`.
pub(crate) const BLOCKS: &str = "blocks";
/// Pointer authentication by its properties: `pauth.rs`.
pub(crate) const PAUTH: &str = "pauth";

/// All classes.
pub(crate) fn classes() -> Vec<Class> {
    let mut all = chapters();
    all.extend([PAUTH, BLOCKS].map(|name| Class { name, codes: 0..0, profile: Profile::M1 }));
    all
}

impl Class {
    pub(crate) fn rows(&self) -> Vec<(Code, &'static Row)> {
        rows().filter(|(c, _)| self.codes.contains(&c.0)).collect()
    }

    /// Loads and stores need base registers that lead somewhere.
    pub(crate) fn is_memory(&self) -> bool {
        self.name.starts_with("ldst")
    }
}
