//! Conversions between floating point and integers, and rounding to an integer, on the host's.
//!
//! What the host calls indefinite (a NaN, or out of range) is left to the interpreter, before anything is noted that it would
//! not note too: a number out of range is invalid but not inexact. So where the host rounds in a step of its own, that step
//! notes nothing; once the result is known to fit, a second rounding, whose result nobody reads, notes what is inexact.

use super::Emitter;
use super::simd::v1;
use super::simd_fp::{Lanes, packed};
use crate::asm::{Alu, CC_AE, CC_BE, CC_NE, CC_O, CC_S, RAX, RCX, Rm, Vex, Xmm};
use crate::frame::{abs_mask, half, no_fraction, one, sign_mask};
use vmapple_a64::Op;
use vmapple_a64::decode::{Code, fp_convert_code as c, simd_fp_misc_code as m};

const S: Xmm = Xmm(0);
const A: Xmm = Xmm(1);
const B: Xmm = Xmm(2);
const C: Xmm = Xmm(3);

/// How a number becomes an integer, as the letter in FCVT* and FRINT* says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To nearest, ties to even.
    N,
    /// Up.
    P,
    /// Down.
    M,
    /// Towards zero.
    Z,
    /// To nearest, ties away from zero.
    A,
}

impl Rounding {
    /// VROUND's immediate; bit 3 keeps it from noting inexact results. The host has no rounding of ties away: towards zero
    /// is inexact for the same numbers.
    fn immediate(self) -> u8 {
        match self {
            Rounding::N => 0,
            Rounding::M => 1,
            Rounding::P => 2,
            Rounding::Z | Rounding::A => 3,
        }
    }
}

/// A conversion to an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ToInteger {
    rounding: Rounding,
    signed: bool,
    /// From double precision.
    double: bool,
}

/// FCVT* to a general register, and whether that is 64 bits wide. The table has five roundings, each signed and unsigned, to W and to
/// X, from half, single and double precision.
fn to_general(code: Code) -> Option<(ToInteger, bool)> {
    let i = code.0.checked_sub(c::FCVTNS_WH.0).filter(|i| *i < 60)?;
    let rounding = [Rounding::N, Rounding::P, Rounding::M, Rounding::Z, Rounding::A][usize::from(i / 12)];
    let from = ToInteger { rounding, signed: i / 6 % 2 == 0, double: i % 3 == 2 };
    (i % 3 != 0).then_some((from, i / 3 % 2 != 0))
}

/// FCVT* to the lanes of a vector register. The table has signed and then unsigned, each with five roundings, from half, single and
/// double precision; vectors and then scalars.
fn to_lanes(code: Code) -> Option<ToInteger> {
    let i = code.0.checked_sub(m::FCVTNS_VH.0).filter(|i| *i < 30);
    let i = i.or_else(|| code.0.checked_sub(m::FCVTNS_1H.0).filter(|i| *i < 30))?;
    let rounding = [Rounding::N, Rounding::M, Rounding::A, Rounding::P, Rounding::Z][usize::from(i / 3 % 5)];
    (i % 3 != 0).then_some(ToInteger { rounding, signed: i < 15, double: i % 3 == 2 })
}

/// A scalar instruction: F3 for single, F2 for double precision.
const fn scalar(double: bool, opcode: u8) -> Vex {
    Vex { pp: if double { 3 } else { 2 }, map: 1, w: false, opcode }
}

impl Emitter<'_> {
    /// Translates a conversion; false if it has no host form here. `FPCR` is zero.
    pub(crate) fn floating_point_conversion(&mut self, op: &Op) -> bool {
        if !self.switches.host_fp {
            return false;
        }
        if let Some((from, x)) = to_general(op.code) {
            self.convert_to_general(op, from, x);
            return true;
        }
        if let Some(from) = to_lanes(op.code) {
            return self.convert_lanes_to_integers(op, from);
        }
        match op.code {
            c::SCVTF_SW => self.convert_from_signed(op, false, false),
            c::SCVTF_SX => self.convert_from_signed(op, false, true),
            c::SCVTF_DW => self.convert_from_signed(op, true, false),
            c::SCVTF_DX => self.convert_from_signed(op, true, true),
            c::UCVTF_SW => self.convert_from_unsigned(op, false, false),
            c::UCVTF_SX => self.convert_from_unsigned(op, false, true),
            c::UCVTF_DW => self.convert_from_unsigned(op, true, false),
            c::UCVTF_DX => self.convert_from_unsigned(op, true, true),
            m::SCVTF_VS | m::SCVTF_1S => {
                let a = self.fp_operand(op, op.rn, false, A);
                self.asm.vex2(packed(false, 0x5b), S, a);
                self.store_fp(op, false);
            }
            m::SCVTF_1D => {
                let a = self.v_any(op.rn, A);
                self.asm.vex_rm(Vex { w: true, ..v1(0x7e) }, a.0, 0, RAX.into());
                self.asm.vex(v1(0xef), S, S, S);
                self.asm.vex_rm(Vex { w: true, ..scalar(true, 0x2a) }, S.0, S.0, RAX.into());
                self.store_v(op.rd, S);
            }
            m::SCVTF_VD | m::UCVTF_VD | m::UCVTF_1D | m::UCVTF_VS | m::UCVTF_1S if self.switches.wide_vectors => {
                let double = matches!(op.code, m::SCVTF_VD | m::UCVTF_VD | m::UCVTF_1D);
                let a = self.fp_operand(op, op.rn, double, A);
                let form = match op.code {
                    m::SCVTF_VD => Vex { pp: 2, map: 1, w: true, opcode: 0xe6 }, // VCVTQQ2PD
                    m::UCVTF_VD | m::UCVTF_1D => Vex { pp: 2, map: 1, w: true, opcode: 0x7a }, // VCVTUQQ2PD
                    _ => Vex { pp: 3, map: 1, w: false, opcode: 0x7a },          // VCVTUDQ2PS
                };
                self.asm.evex_only(form, S, a);
                self.store_fp(op, double);
            }
            _ => return false,
        }
        true
    }

    /// A 64-bit number with its top bit set is left to the interpreter where the host has no such conversion.
    fn convert_from_unsigned(&mut self, op: &Op, double: bool, w: bool) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        self.load_x(RAX, op.rn, w);
        self.asm.vex(v1(0xef), S, S, S);
        if w && self.switches.wide_vectors {
            self.asm.evex_scalar(Vex { w: true, ..scalar(double, 0x7b) }, S, RAX); // VCVTUSI2SS/D
        } else {
            if w {
                self.asm.test(true, RAX, RAX);
                self.asm.jcc(CC_S, slow);
            }
            self.asm.vex_rm(Vex { w: true, ..scalar(double, 0x2a) }, S.0, S.0, RAX.into());
        }
        self.store_v(op.rd, S);
        self.is_scalar(op.rd, double);
        self.asm.bind(back);
    }

    fn convert_from_signed(&mut self, op: &Op, double: bool, w: bool) {
        let from: Rm = self.x(op.rn);
        // The upper part comes from the second operand: zero.
        self.asm.vex(v1(0xef), S, S, S);
        self.asm.vex_rm(Vex { w, ..scalar(double, 0x2a) }, S.0, S.0, from);
        self.store_v(op.rd, S);
        self.is_scalar(op.rd, double);
    }

    fn convert_to_general(&mut self, op: &Op, from: ToInteger, x: bool) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let ToInteger { rounding, signed, double } = from;
        let v = self.v_any(op.rn, C);
        let truncate = |e: &mut Self, w: bool, v: Xmm| {
            e.asm.vex_rm(Vex { w, ..scalar(double, 0x2c) }, RAX.0, 0, Rm::Reg(crate::asm::Reg(v.0)));
        };
        // A truncation of what is in range notes by itself just what it should.
        let at_once = rounding == Rounding::Z;
        let mut from = v;
        if !at_once {
            self.round_silently(rounding, double, v, slow);
            from = S;
        }
        if signed {
            truncate(self, x, from);
            // Only the smallest number overflows when 1 is subtracted.
            self.asm.alu_imm(Alu::Cmp, x, RAX, 1);
            self.asm.jcc(CC_O, slow);
        } else {
            // The bits of 2^32, or of 2^63 where the host's integers end: larger ones are those of what is too large,
            // not a number, or negative.
            let exponent = if x { 63 } else { 32 };
            self.asm.vex_rm(Vex { w: double, ..v1(0x7e) }, from.0, 0, RAX.into());
            self.asm.mov_imm(RCX, if double { (1023 + exponent) << 52 } else { (127 + exponent) << 23 });
            self.asm.alu(Alu::Cmp, double, RAX, RCX);
            self.asm.jcc(CC_AE, slow);
            truncate(self, true, from);
        }
        if !at_once {
            self.note_inexact(rounding, double, v);
        }
        self.store_x(op.rd, RAX);
        self.asm.bind(back);
    }

    /// `S` = the scalar in `v`, rounded. Notes nothing but an invalid operand. Ties away: what is too large to have a fraction,
    /// and NaNs, go to `slow`. Uses A and B.
    fn round_silently(&mut self, rounding: Rounding, double: bool, v: Xmm, slow: crate::asm::Label) {
        let round = Vex { pp: 1, map: 3, w: false, opcode: 0x0a + u8::from(double) };
        if rounding != Rounding::A {
            return self.asm.vex_imm(round, S, v, v, rounding.immediate() | 8);
        }
        self.asm.vex(packed(double, 0x54), A, v, abs_mask(double));
        self.asm.vex2(packed(double, 0x10), B, no_fraction(double));
        self.asm.vex2(packed(double, 0x2e), B, A);
        self.asm.jcc(CC_BE, slow);
        // Truncate; if what that took away is at least a half, go one further from zero. All of it is exact.
        self.asm.vex_imm(round, S, v, v, 11);
        self.asm.vex(scalar(double, 0x5c), A, v, S);
        self.asm.vex(packed(double, 0x54), A, A, abs_mask(double));
        self.asm.vex_imm(scalar(double, 0xc2), A, A, half(double), 13); // not less
        self.asm.vex(packed(double, 0x54), A, A, one(double));
        self.asm.vex(packed(double, 0x54), B, v, sign_mask(double));
        // A zero with the number's sign changes nothing, not even a zero's sign.
        self.asm.vex(packed(double, 0x56), A, A, B);
        self.asm.vex(scalar(double, 0x58), S, S, A);
    }

    /// Notes an inexact result if the scalar in `v` is no integer. Uses B.
    fn note_inexact(&mut self, rounding: Rounding, double: bool, v: Xmm) {
        let round = Vex { pp: 1, map: 3, w: false, opcode: 0x0a + u8::from(double) };
        self.asm.vex_imm(round, B, v, v, rounding.immediate());
    }

    /// FRINTA, whose rounding the host lacks.
    pub(super) fn round_ties_away(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let v = self.v_any(op.rn, C);
        self.round_silently(Rounding::A, double, v, slow);
        self.put_scalar(op.rd, S, double);
        self.asm.bind(back);
    }

    /// FCVT* of vectors and of scalars in vector registers.
    fn convert_lanes_to_integers(&mut self, op: &Op, from: ToInteger) -> bool {
        let ToInteger { rounding, signed, double } = from;
        let one_lane = Lanes::of(op) == Lanes::One;
        let form = match (signed, double) {
            (true, false) => Some(Vex { pp: 2, map: 1, w: false, opcode: 0x5b }), // VCVTTPS2DQ
            (true, true) if one_lane => None,
            _ if !self.switches.wide_vectors => return false,
            (true, true) => Some(Vex { pp: 1, map: 1, w: true, opcode: 0x7a }), // VCVTTPD2QQ
            (false, _) => Some(Vex { pp: u8::from(double), map: 1, w: double, opcode: 0x78 }), // VCVTTPx2Uxx
        };
        // Ties away takes a branch for each lane.
        if rounding == Rounding::A {
            return false;
        }
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let a = self.fp_operand(op, op.rn, double, C);
        let mut from = a;
        if rounding != Rounding::Z {
            let round = Vex { pp: 1, map: 3, w: false, opcode: 0x08 + u8::from(double) };
            self.asm.vex_imm(round, S, Xmm(0), a, rounding.immediate() | 8);
            from = S;
        }
        match form {
            None => {
                let truncate = Vex { w: true, ..scalar(true, 0x2c) };
                self.asm.vex_rm(truncate, RAX.0, 0, Rm::Reg(crate::asm::Reg(from.0)));
                self.asm.alu_imm(Alu::Cmp, true, RAX, 1);
                self.asm.jcc(CC_O, slow);
                self.asm.vex_rm(Vex { w: true, ..v1(0x6e) }, S.0, 0, RAX.into());
            }
            Some(form) => {
                if signed && !double {
                    self.asm.vex2(form, S, from);
                    self.asm.vex2(packed(false, 0x10), A, sign_mask(false));
                } else {
                    self.asm.evex_only(form, S, from);
                    // The indefinite integer: the smallest, or all ones.
                    if signed {
                        self.asm.vex2(packed(false, 0x10), A, sign_mask(double));
                    } else {
                        self.asm.vex(v1(0x76), A, A, A);
                    }
                }
                let equal = if double { Vex { pp: 1, map: 2, w: false, opcode: 0x29 } } else { v1(0x76) };
                self.asm.vex(equal, A, A, S);
                self.asm.vex2(Vex { pp: 1, map: 2, w: false, opcode: 0x17 }, A, A); // VPTEST
                self.asm.jcc(CC_NE, slow);
            }
        }
        if rounding != Rounding::Z {
            let round = Vex { pp: 1, map: 3, w: false, opcode: 0x08 + u8::from(double) };
            self.asm.vex_imm(round, B, Xmm(0), a, rounding.immediate());
        }
        self.store_fp(op, double);
        self.asm.bind(back);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmapple_a64::decode::row;

    /// What the name of an encoding says: `FCVT`, rounding, sign, `_`, destination, precision.
    fn named(name: &str) -> Option<(ToInteger, char)> {
        let mut letters = name.strip_prefix("FCVT")?.chars();
        let rounding = match letters.next()? {
            'N' => Rounding::N,
            'P' => Rounding::P,
            'M' => Rounding::M,
            'Z' => Rounding::Z,
            'A' => Rounding::A,
            _ => return None,
        };
        let signed = letters.next()? == 'S';
        let (underscore, to, precision) = (letters.next()?, letters.next()?, letters.next()?);
        if underscore != '_' || letters.next().is_some() || !"SD".contains(precision) {
            return None;
        }
        Some((ToInteger { rounding, signed, double: precision == 'D' }, to))
    }

    #[test]
    fn the_tables_order_is_what_is_assumed() {
        let mut found = 0;
        for code in (c::BASE..c::END).chain(m::BASE..m::END).map(Code) {
            let by_name = named(row(code).name);
            let general = to_general(code).map(|(from, x)| (from, if x { 'X' } else { 'W' }));
            let lanes = to_lanes(code).map(|from| (from, if code < m::FCVTNS_1H { 'V' } else { '1' }));
            assert_eq!(general.or(lanes), by_name, "{}", row(code).name);
            found += usize::from(by_name.is_some());
        }
        assert_eq!(found, 40 + 40);
    }
}
