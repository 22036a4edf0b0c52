//! What each encoding does. Files follow the manual's chapters.
//!
//! An instruction checks everything that can fault before it changes any register, and writes its base register back
//! last, so that a faulting instruction can be restarted.

pub(crate) mod atomic;
#[cfg(test)]
pub(crate) mod bare;
pub(crate) mod branch;
pub(crate) mod bti;
pub(crate) mod crypto_aes;
pub(crate) mod crypto_sha;
pub(crate) mod dp_imm;
pub(crate) mod dp_reg;
pub(crate) mod dp_reg2;
pub(crate) mod exclusive;
pub(crate) mod flags;
pub(crate) mod fp;
pub(crate) mod fp_convert;
pub(crate) mod fp_ops;
pub(crate) mod ldst;
pub(crate) mod ldst_simd;
pub(crate) mod pauth;
pub(crate) mod simd_bf16;
pub(crate) mod simd_copy;
pub(crate) mod simd_fp;
pub(crate) mod simd_fp_complex;
pub(crate) mod simd_fp_misc;
pub(crate) mod simd_i8mm;
pub(crate) mod simd_lanes;
pub(crate) mod simd_long;
pub(crate) mod simd_misc;
pub(crate) mod simd_shift;
pub(crate) mod simd_three;
pub(crate) mod system;

use crate::cpu::{Break, Cpu, R};
use crate::decode::{Op, row};
use crate::env::Exit;

/// The word is UNDEFINED.
pub(crate) fn undefined(cpu: &mut Cpu, _: &Op) -> R<()> {
    cpu.raise_undefined()
}

/// The encoding is defined and this build does not execute it: stop, naming it. `imm` is the word.
#[cfg_attr(not(test), allow(dead_code, reason = "marks rows whose executor is still missing; there are none now"))]
pub(crate) fn not_implemented(cpu: &mut Cpu, op: &Op) -> R<()> {
    cpu.exit = Some(Exit::NotImplemented { pc: cpu.state.pc, word: op.imm as u32, name: row(op.code).name });
    Err(Break::Exit)
}

impl Cpu {
    /// An operand register.
    #[inline(always)]
    pub(crate) fn x(&self, r: u8) -> u64 {
        self.state.x[usize::from(r & 63)]
    }

    /// A result register.
    #[inline(always)]
    pub(crate) fn set_x(&mut self, r: u8, value: u64) {
        self.state.x[usize::from(r & 63)] = value;
    }
}

/// A value of the instruction's operand size: 64 or 32 bits.
#[inline(always)]
pub(crate) fn sized<const X: bool>(v: u64) -> u64 {
    if X { v } else { v & 0xffff_ffff }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;

    #[test]
    fn a_missing_executor_stops_the_core_with_the_encodings_name() {
        let mut cpu = bare::core();
        cpu.state.pc = 0x4000_0010;
        let op = decode(0xd503_201f);
        assert_eq!(not_implemented(&mut cpu, &Op { imm: 0xd503_201f, ..op }), Err(Break::Exit));
        let expected = Exit::NotImplemented { pc: 0x4000_0010, word: 0xd503_201f, name: "HINT" };
        assert_eq!(cpu.exit, Some(expected));
        assert_eq!(cpu.state.pc, 0x4000_0010, "nothing has changed");
    }
}
