//! Advanced SIMD on integers. Each file takes some instructions and says which it does not take; those are the interpreter's.
//!
//! | file | holds |
//! | --- | --- |
//! | `three` | lanes of two registers: logic, sums, comparisons, products, halves, differences, neighbours |
//! | `two` | lanes of one register, sums of neighbours and of all lanes, reversals |
//! | `shift`, `variable` | shifts by an immediate, the immediates; shifts by a register |
//! | `saturate`, `double` | what saturates and keeps the size; doubled long products |
//! | `polynomial` | products of polynomials over bits |
//! | `narrow`, `widen` | results half or twice as large as operands |
//! | `copy` | lanes to lanes, general registers and back, tables |
//! | `structures` | LD1 to LD4, ST1 to ST4 |
//! | `constants` | the constant operands of all these |
//!
//! `S`, `A`, `B` and `C` are free between guest instructions. A guest register may be its host register, so only these four are
//! written before the last instruction of a sequence.

mod constants;
mod copy;
mod double;
mod narrow;
mod polynomial;
mod saturate;
mod shift;
mod structures;
mod three;
mod two;
mod variable;
mod widen;

pub(super) use constants::sha1_k;
pub(crate) use constants::{CRC_FACTORS, Constant, Constants, TABLE};

use super::Emitter;
use crate::asm::{Reg, Rm, Vex, Xmm};
use crate::frame::{SATURATED, simd_constant};
use vmapple_a64::Op;
use vmapple_a64::decode::simd_elem_code as e;

/// Where results are made.
pub(super) const S: Xmm = Xmm(0);
pub(super) const A: Xmm = Xmm(1);
pub(super) const B: Xmm = Xmm(2);
pub(super) const C: Xmm = Xmm(3);

/// Map 1 (0F) with prefix 66.
pub(super) const fn v1(opcode: u8) -> Vex {
    Vex { pp: 1, map: 1, w: false, opcode }
}
/// Map 2 (0F38) with prefix 66.
pub(super) const fn v2(opcode: u8) -> Vex {
    Vex { pp: 1, map: 2, w: false, opcode }
}
/// Map 3 (0F3A) with prefix 66.
pub(super) const fn v3(opcode: u8) -> Vex {
    Vex { pp: 1, map: 3, w: false, opcode }
}

pub(super) const VPAND: Vex = v1(0xdb);
pub(super) const VPANDN: Vex = v1(0xdf);
pub(super) const VPOR: Vex = v1(0xeb);
pub(super) const VPXOR: Vex = v1(0xef);
/// The low doubleword, zero above it.
pub(super) const VMOVQ: Vex = Vex { pp: 2, map: 1, w: false, opcode: 0x7e };
/// From or (with opcode 7E) to a general register.
pub(super) const VMOVQ_GPR: Vex = Vex { w: true, ..v1(0x6e) };
pub(super) const VPUNPCKLQDQ: Vex = v1(0x6c);
pub(super) const VPUNPCKHQDQ: Vex = v1(0x6d);
pub(super) const VPSHUFD: Vex = v1(0x70);
pub(super) const VPSHUFB: Vex = v2(0x00);
pub(super) const VPALIGNR: Vex = v3(0x0f);
pub(super) const VSHUFPS: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0xc6 };
pub(super) const VPBLENDD: Vex = v3(0x02);
const VINSERTPS: Vex = v3(0x21);

/// By log2 of the element's bytes; `None` where the host has none.
pub(super) type BySize = [Option<Vex>; 4];
const fn all(b: u8, w: u8, d: u8, q: u8) -> BySize {
    [Some(v1(b)), Some(v1(w)), Some(v1(d)), Some(v1(q))]
}

pub(super) const PADD: BySize = all(0xfc, 0xfd, 0xfe, 0xd4);
pub(super) const PSUB: BySize = all(0xf8, 0xf9, 0xfa, 0xfb);
pub(super) const PCMPEQ: BySize = [Some(v1(0x74)), Some(v1(0x75)), Some(v1(0x76)), Some(v2(0x29))];
pub(super) const PCMPGT: BySize = [Some(v1(0x64)), Some(v1(0x65)), Some(v1(0x66)), Some(v2(0x37))];
pub(super) const PMAXS: BySize = [Some(v2(0x3c)), Some(v1(0xee)), Some(v2(0x3d)), None];
pub(super) const PMAXU: BySize = [Some(v1(0xde)), Some(v2(0x3e)), Some(v2(0x3f)), None];
pub(super) const PMINS: BySize = [Some(v2(0x38)), Some(v1(0xea)), Some(v2(0x39)), None];
pub(super) const PMINU: BySize = [Some(v1(0xda)), Some(v2(0x3a)), Some(v2(0x3b)), None];
pub(super) const PABS: BySize = [Some(v2(0x1c)), Some(v2(0x1d)), Some(v2(0x1e)), None];
pub(super) const PUNPCKL: BySize = all(0x60, 0x61, 0x62, 0x6c);
pub(super) const PUNPCKH: BySize = all(0x68, 0x69, 0x6a, 0x6d);
pub(super) const BROADCAST: BySize = [Some(v2(0x78)), Some(v2(0x79)), Some(v2(0x58)), Some(v2(0x59))];
pub(super) const PMOVZX: BySize = [Some(v2(0x30)), Some(v2(0x33)), Some(v2(0x35)), None];
pub(super) const PMOVSX: BySize = [Some(v2(0x20)), Some(v2(0x23)), Some(v2(0x25)), None];
/// Shift by immediate: the opcode by size; the direction is in ModRM.
const SHIFT: BySize = [None, Some(v1(0x71)), Some(v1(0x72)), Some(v1(0x73))];
pub(super) const SRL: u8 = 2;
pub(super) const SRA: u8 = 4;
pub(super) const SLL: u8 = 6;

pub(super) fn size(op: &Op) -> usize {
    usize::from(op.aux & 3)
}

/// Bits in an element.
pub(super) fn lane_bits(op: &Op) -> u8 {
    8 << size(op)
}

/// The upper half of the narrow operand is meant.
pub(super) fn upper(op: &Op) -> bool {
    op.aux & 4 != 0
}

/// Bits of the result that are not zeroed.
pub(super) fn width(op: &Op) -> u16 {
    op.aux >> 4
}

/// The result fills the register.
pub(super) fn whole(op: &Op) -> bool {
    width(op) == 128
}

impl Emitter<'_> {
    /// Translates an integer AdvSIMD instruction; false if it has no host form here. SIMD is enabled.
    pub(crate) fn simd(&mut self, op: &Op) -> bool {
        self.three_registers(op)
            || self.two_registers(op)
            || self.shifts(op)
            || self.copies(op)
            || self.widening(op)
            || self.narrowing(op)
            || self.structures(op)
            || self.variable_shifts(op)
            || self.saturating(op)
            || self.doubling(op)
            || self.polynomial_bytes(op)
    }

    /// Where the last instruction of a sequence may put its result, if it has an EVEX form: the destination's own register, or
    /// `S`.
    pub(super) fn out(&self, op: &Op) -> Xmm {
        if whole(op) { self.own(op.rd) } else { S }
    }

    /// A guest register's own host register, else `S`.
    pub(super) fn own(&self, v: u8) -> Xmm {
        self.v_pin(v).unwrap_or(S)
    }

    /// The same for instructions that have no EVEX form.
    pub(super) fn own_low(&self, v: u8) -> Xmm {
        self.v_pin(v).filter(|x| x.0 < 16).unwrap_or(S)
    }

    /// Writes a result, zero above the width that the instruction has.
    pub(super) fn simd_result(&mut self, op: &Op, from: Xmm) {
        let mut from = from;
        if !whole(op) {
            let d = self.own(op.rd);
            self.low_bits(width(op), d, from);
            from = d;
        }
        self.store_v(op.rd, from);
    }

    /// `dst` = the low `bits` of `src`, zero above.
    pub(super) fn low_bits(&mut self, bits: u16, dst: Xmm, src: Xmm) {
        match bits {
            128 if dst == src => {}
            128 => self.asm.vex2(super::MOVE, dst, src),
            64 => self.asm.vex2(VMOVQ, dst, src),
            32 => self.asm.vex_imm(VINSERTPS, dst, src, src, 0x0e),
            _ => {
                let bytes = 16 - (bits / 8) as u8;
                self.shift_bytes(true, dst, src, bytes);
                self.shift_bytes(false, dst, dst, bytes);
            }
        }
    }

    /// `dst = f(a, constant)`.
    pub(super) fn with(&mut self, f: Vex, dst: Xmm, a: Xmm, k: Constant) {
        self.asm.vex(f, dst, a, simd_constant(k));
    }

    pub(super) fn ones(&mut self, x: Xmm) {
        self.asm.vex(v1(0x76), x, x, x);
    }

    pub(super) fn zero(&mut self, x: Xmm) {
        self.asm.vex(VPXOR, x, x, x);
    }

    /// All bits of `x`. Uses `C`.
    pub(super) fn invert(&mut self, x: Xmm) {
        self.ones(C);
        self.asm.vex(VPXOR, x, x, C);
    }

    /// `dst = src shifted by n` in lanes of 2, 4 or 8 bytes.
    pub(super) fn shift_lanes(&mut self, lane: usize, kind: u8, dst: Xmm, src: Xmm, n: u8) {
        if let Some(v) = SHIFT[lane] {
            self.asm.vex_rm(v, kind, dst.0, Rm::Reg(Reg(src.0)));
            self.asm.byte(n);
        }
    }

    /// VPSLLDQ or VPSRLDQ: the whole register by `n` bytes.
    pub(super) fn shift_bytes(&mut self, left: bool, dst: Xmm, src: Xmm, n: u8) {
        self.asm.vex_rm(v1(0x73), if left { 7 } else { 3 }, dst.0, Rm::Reg(Reg(src.0)));
        self.asm.byte(n);
    }

    /// The second operand: a register (perhaps above 15), or the element of one in every lane, in `B`.
    pub(super) fn second(&mut self, op: &Op) -> Xmm {
        if !(e::BASE..e::END).contains(&op.code.0) {
            return self.v_any(op.rm, B);
        }
        let n = if matches!(op.code, e::SDOT_ELEM | e::UDOT_ELEM) { 2 } else { size(op) };
        self.lane_to_all(op.rm, n, op.ra, B)
    }

    /// An element of a register in every lane, in `dst` (or in the register, if it is so already).
    pub(super) fn lane_to_all(&mut self, v: u8, n: usize, index: u8, dst: Xmm) -> Xmm {
        let from = self.v_any(v, dst);
        match n {
            3 => self.asm.vex_imm(VPSHUFD, dst, Xmm(0), from, [0x44, 0xee][usize::from(index & 1)]),
            2 => self.asm.vex_imm(VPSHUFD, dst, Xmm(0), from, 0x55 * (index & 3)),
            _ => {
                let mut from = from;
                if index != 0 {
                    self.shift_bytes(false, dst, from, index << n);
                    from = dst;
                }
                if let Some(f) = BROADCAST[n & 3] {
                    self.asm.vex2(f, dst, from);
                }
            }
        }
        dst
    }

    /// Notes saturation in the lanes of `x` that are not zero, of those that the instruction has. Changes `x`.
    pub(super) fn saturated(&mut self, op: &Op, x: Xmm) {
        if !whole(op) {
            self.low_bits(width(op), x, x);
        }
        self.asm.vex(VPOR, x, x, SATURATED);
        self.asm.vex2(super::STORE, x, SATURATED);
    }
}
