//! The decoder: one table, one line per encoding, in the order and with the names of the Arm ARM's chapter C4.
//!
//! Each chapter file lists rows: a name, the 32 bits of the encoding, how its fields become an [`Op`], and the
//! interpreter's function. The same rows feed the random-instruction generator, the coverage report and the
//! recompiler (which finds its own emitter by [`Code`]).
//!
//! In a bit pattern `0` and `1` are fixed, letters are fields, spaces and dots are for the eye. A row's decode function
//! returns `None` where the manual says the combination is reserved. A word that no row takes is UNDEFINED. A row
//! whose interpreter function is `interp::not_implemented` is a known gap: executing it stops the VM with a
//! message that names it.
//!
//! A row belongs to a [`Feature`]; where a core does not have it, the word is what the other rows make of it: UNDEFINED, or
//! a hint. Cores decode for their own profile, so this costs nothing when a decoded instruction is executed.
//!
//! CONSTRAINED UNPREDICTABLE choices: a load with write-back whose destination is its base loads last (the loaded
//! value wins); a pair load of the same register twice keeps the second value; bits that the manual prints as (0) or (1)
//! are ignored where a row has letters for them.

mod branch_sys;
mod bti;
mod crypto;
mod dp_imm;
mod dp_reg;
mod ecv;
mod fields;
mod fp;
mod fp_convert;
mod ldst;
mod ldst_simd;
mod lookup;
mod simd_bf16;
mod simd_copy;
mod simd_elem;
mod simd_fields;
mod simd_fp;
mod simd_fp_elem;
mod simd_fp_misc;
mod simd_i8mm;
mod simd_misc;
mod simd_shift;
mod simd_three;

pub use branch_sys::code as branch_sys_code;
pub use bti::code as bti_code;
pub use crypto::code as crypto_code;
pub use dp_imm::code as dp_imm_code;
pub use dp_reg::code as dp_reg_code;
pub use ecv::code as ecv_code;
pub use fields::{bit_mask, sysreg_encoding, sysreg_name_of};
pub use fp::code as fp_code;
pub use fp_convert::code as fp_convert_code;
pub use ldst::code as ldst_code;
pub use ldst_simd::code as ldst_simd_code;
pub use lookup::{decode, decode_for};
pub use simd_bf16::code as simd_bf16_code;
pub use simd_copy::code as simd_copy_code;
pub use simd_elem::code as simd_elem_code;
pub use simd_fp::code as simd_fp_code;
pub use simd_fp_elem::code as simd_fp_elem_code;
pub use simd_fp_misc::code as simd_fp_misc_code;
pub use simd_i8mm::code as simd_i8mm_code;
pub use simd_misc::code as simd_misc_code;
pub use simd_shift::code as simd_shift_code;
pub use simd_three::code as simd_three_code;

use crate::cpu::{Cpu, R};
use crate::profile::Feature;

/// Identity of an encoding: an index into [`rows`]. 0 is "not decoded yet", 1 is UNDEFINED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Code(pub u16);

/// Not decoded yet: the content of a fresh code page.
pub const NOT_DECODED: Code = Code(0);
/// UNDEFINED in every state.
pub const UNDEFINED: Code = Code(1);

/// A pre-decoded instruction, shared by all engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct Op {
    /// Which encoding.
    pub code: Code,
    /// Destination register: an index into [`crate::State::x`] (so 31, 32 and 33 are told apart), or a V register.
    pub rd: u8,
    /// First source.
    pub rn: u8,
    /// Second source.
    pub rm: u8,
    /// Third source, or the second register of a pair.
    pub ra: u8,
    /// Small field: shift amount, condition, bit number...
    pub aux: u16,
    /// Immediate, sign-extended, scaled; or the instruction word where the row's decode function says so.
    pub imm: u64,
}

const _: () = assert!(size_of::<Op>() == 16);

/// The interpreter's function for an encoding.
pub type Exec = fn(&mut Cpu, &Op) -> R<()>;

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name: the manual's mnemonic and variant.
    pub name: &'static str,
    /// The 32 bits, most significant first.
    pub pattern: &'static str,
    /// Bits that are fixed.
    pub mask: u32,
    /// Their values.
    pub value: u32,
    /// Fields to [`Op`], without the code. `None`: this combination is reserved.
    pub fields: fn(u32) -> Option<Op>,
    /// What it does.
    pub exec: Exec,
    /// Cores without it do not have this row.
    pub feature: Feature,
}

impl Row {
    /// A row of the table. The pattern is checked when the program is compiled.
    pub const fn new(name: &'static str, pattern: &'static str, fields: fn(u32) -> Option<Op>, exec: Exec) -> Self {
        let (mask, value) = parse(pattern);
        Self { name, pattern, mask, value, fields, exec, feature: Feature::Baseline }
    }

    /// The same row, of a feature.
    pub const fn of(mut self, feature: Feature) -> Self {
        self.feature = feature;
        self
    }
}

/// Mask and value of the fixed bits of a pattern.
const fn parse(pattern: &str) -> (u32, u32) {
    let bytes = pattern.as_bytes();
    let (mut mask, mut value, mut n, mut i) = (0u32, 0u32, 0, 0);
    while i < bytes.len() {
        let c = bytes[i];
        i += 1;
        if c == b' ' || c == b'.' {
            continue;
        }
        mask <<= 1;
        value <<= 1;
        n += 1;
        match c {
            b'0' => mask |= 1,
            b'1' => {
                mask |= 1;
                value |= 1;
            }
            _ => assert!(c.is_ascii_alphabetic(), "a pattern holds 0, 1, letters, spaces and dots"),
        }
    }
    assert!(n == 32, "a pattern has 32 bits");
    (mask, value)
}

/// Declares a chapter of the table: its `ROWS`, and a module `code` with one constant per row. All rows of a chapter are of
/// one feature: the baseline unless it says otherwise.
macro_rules! table {
    (base $base:expr; feature $feature:ident; $($name:ident $pattern:literal $fields:expr, $exec:expr;)*) => {
        /// The rows of this chapter.
        pub(crate) static ROWS: &[$crate::decode::Row] = &[
            $($crate::decode::Row::new(stringify!($name), $pattern, $fields, $exec)
                .of($crate::profile::Feature::$feature),)*
        ];
        /// One constant per row, for `match`.
        #[allow(missing_docs, non_camel_case_types, clippy::upper_case_acronyms, reason = "names of encodings")]
        pub mod code {
            #[repr(u16)]
            enum Index { $($name,)* Count }
            /// First code of this chapter.
            pub const BASE: u16 = $base;
            /// First code of the next chapter.
            pub const END: u16 = BASE + Index::Count as u16;
            $(pub const $name: $crate::decode::Code = $crate::decode::Code(BASE + Index::$name as u16);)*
        }
    };
    (base $base:expr; $($rest:tt)*) => {
        $crate::decode::table! { base $base; feature Baseline; $($rest)* }
    };
}
pub(crate) use table;

static FIRST: &[Row] = &[
    Row::new("not decoded", "xxxx xxxx xxxx xxxx xxxx xxxx xxxx xxxx", |_| None, crate::interp::undefined),
    Row::new("UNDEFINED", "xxxx xxxx xxxx xxxx xxxx xxxx xxxx xxxx", |_| None, crate::interp::undefined),
];

/// The chapters, in the order of their codes.
static CHAPTERS: &[&[Row]] = &[
    FIRST,
    dp_imm::ROWS,
    branch_sys::ROWS,
    dp_reg::ROWS,
    ldst::ROWS,
    ldst_simd::ROWS,
    simd_three::ROWS,
    simd_misc::ROWS,
    simd_shift::ROWS,
    simd_copy::ROWS,
    simd_elem::ROWS,
    crypto::ROWS,
    fp::ROWS,
    fp_convert::ROWS,
    simd_fp::ROWS,
    simd_fp_elem::ROWS,
    simd_fp_misc::ROWS,
    simd_bf16::ROWS,
    simd_i8mm::ROWS,
    bti::ROWS,
    ecv::ROWS,
];

/// All rows; a [`Code`] is an index into it. The first two are not encodings.
pub fn rows() -> impl Iterator<Item = (Code, &'static Row)> {
    CHAPTERS.iter().copied().flatten().enumerate().map(|(i, r)| (Code(i as u16), r))
}

/// Rows in the table.
pub const COUNT: usize = ecv::code::END as usize;

/// The interpreter's functions by code. A power of two long, so that a masked code needs no bounds check.
pub(crate) static EXEC: [Exec; COUNT.next_power_of_two()] = {
    let mut table: [Exec; COUNT.next_power_of_two()] = [crate::interp::undefined; COUNT.next_power_of_two()];
    let (mut chapter, mut at) = (0, 0);
    while chapter < CHAPTERS.len() {
        let rows = CHAPTERS[chapter];
        let mut i = 0;
        while i < rows.len() {
            table[at] = rows[i].exec;
            at += 1;
            i += 1;
        }
        chapter += 1;
    }
    assert!(at == COUNT, "every chapter is listed and chained to the one before");
    table
};

/// The row of a code.
pub fn row(code: Code) -> &'static Row {
    let mut i = usize::from(code.0);
    for chapter in CHAPTERS {
        if i < chapter.len() {
            return &chapter[i];
        }
        i -= chapter.len();
    }
    &FIRST[1]
}
