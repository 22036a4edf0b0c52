//! Scalar floating point on the host's, which agrees with the guest's while `FPCR` is zero and no NaN is produced
//! (`spec/cpu-engine.md` 5.5). A NaN result is left to the interpreter before anything has changed.

use super::{Emitter, Flags};
use crate::asm::{CC_E, CC_P, Label, RAX, RCX, Vex, Xmm};
use crate::frame::{abs_mask, scalar_mask, smallest_normal};
use vmapple_a64::Op;
use vmapple_a64::decode::{fp_code as f, fp_convert_code as c};

const S: Xmm = Xmm(0);

/// A scalar arithmetic instruction: F3 for single, F2 for double precision.
const fn scalar(double: bool, opcode: u8) -> Vex {
    Vex { pp: if double { 3 } else { 2 }, map: 1, w: false, opcode }
}

const VMOVQ: Vex = Vex { pp: 2, map: 1, w: false, opcode: 0x7e };
const VMOVD_FROM_GPR: Vex = Vex { pp: 1, map: 1, w: false, opcode: 0x6e };
const VMOVD_TO_GPR: Vex = Vex { pp: 1, map: 1, w: false, opcode: 0x7e };
const VXORPS: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x57 };
const VINSERTPS: Vex = Vex { pp: 1, map: 3, w: false, opcode: 0x21 };

const ADD: u8 = 0x58;
const MUL: u8 = 0x59;
const SUB: u8 = 0x5c;
const DIV: u8 = 0x5e;
const SQRT: u8 = 0x51;

impl Emitter<'_> {
    /// Translates a scalar floating-point instruction; false if it has no host form here. The mode says that `FPCR` is zero.
    pub(crate) fn floating_point(&mut self, op: &Op) -> bool {
        if self.moves(op) {
            return true;
        }
        if !self.switches.host_fp {
            return false;
        }
        match op.code {
            f::FADD_S => self.two(op, false, ADD),
            f::FADD_D => self.two(op, true, ADD),
            f::FSUB_S => self.two(op, false, SUB),
            f::FSUB_D => self.two(op, true, SUB),
            f::FMUL_S => self.two(op, false, MUL),
            f::FMUL_D => self.two(op, true, MUL),
            f::FDIV_S => self.two(op, false, DIV),
            f::FDIV_D => self.two(op, true, DIV),
            f::FSQRT_S => self.sqrt(op, false),
            f::FSQRT_D => self.sqrt(op, true),
            // 231 forms: first operand = +-(second * third) +- first.
            f::FMADD_S => self.fma(op, false, 0xb9),
            f::FMADD_D => self.fma(op, true, 0xb9),
            f::FMSUB_S => self.fma(op, false, 0xbd),
            f::FMSUB_D => self.fma(op, true, 0xbd),
            f::FNMADD_S => self.fma(op, false, 0xbf),
            f::FNMADD_D => self.fma(op, true, 0xbf),
            f::FNMSUB_S => self.fma(op, false, 0xbb),
            f::FNMSUB_D => self.fma(op, true, 0xbb),
            f::FCMP_S | f::FCMPE_S => self.compare(op, false, false),
            f::FCMP_D | f::FCMPE_D => self.compare(op, true, false),
            f::FCMP_ZERO_S | f::FCMPE_ZERO_S => self.compare(op, false, true),
            f::FCMP_ZERO_D | f::FCMPE_ZERO_D => self.compare(op, true, true),
            f::FNMUL_S => self.negated_product(op, false),
            f::FNMUL_D => self.negated_product(op, true),
            f::FMAX_S | f::FMAXNM_S => self.extreme(op, false, 0x5f, 0x54),
            f::FMAX_D | f::FMAXNM_D => self.extreme(op, true, 0x5f, 0x54),
            f::FMIN_S | f::FMINNM_S => self.extreme(op, false, 0x5d, 0x56),
            f::FMIN_D | f::FMINNM_D => self.extreme(op, true, 0x5d, 0x56),
            // VROUND's modes, with bit 3 keeping it from signalling inexact results.
            f::FRINTN_S | f::FRINTI_S => self.round(op, false, 8),
            f::FRINTN_D | f::FRINTI_D => self.round(op, true, 8),
            f::FRINTM_S => self.round(op, false, 9),
            f::FRINTM_D => self.round(op, true, 9),
            f::FRINTP_S => self.round(op, false, 10),
            f::FRINTP_D => self.round(op, true, 10),
            f::FRINTZ_S => self.round(op, false, 11),
            f::FRINTZ_D => self.round(op, true, 11),
            f::FRINTX_S => self.round(op, false, 0),
            f::FRINTX_D => self.round(op, true, 0),
            f::FRINTA_S => self.round_ties_away(op, false),
            f::FRINTA_D => self.round_ties_away(op, true),
            f::FCVT_DS => self.convert_format(op, false),
            f::FCVT_SD => self.convert_format(op, true),
            _ => return false,
        }
        true
    }

    /// Moves that compute nothing.
    fn moves(&mut self, op: &Op) -> bool {
        match op.code {
            f::FMOV_REG_D => {
                let from = self.v_operand(op.rn);
                let d = self.v_pin(op.rd).unwrap_or(S);
                self.asm.vex2(VMOVQ, d, from);
                self.store_v(op.rd, d);
                self.is_scalar(op.rd, true);
            }
            f::FMOV_REG_S => {
                let v = self.v_any(op.rn, S);
                self.put_scalar(op.rd, v, false);
            }
            f::FMOV_IMM_S | f::FMOV_IMM_D => {
                self.asm.mov_imm(RAX, op.imm);
                self.asm.vex_rm(Vex { w: true, ..VMOVD_FROM_GPR }, S.0, 0, RAX.into());
                self.store_v(op.rd, S);
                self.is_scalar(op.rd, op.code == f::FMOV_IMM_D);
            }
            f::FABS_D | f::FNEG_D | f::FABS_S | f::FNEG_S => {
                let double = matches!(op.code, f::FABS_D | f::FNEG_D);
                let v = self.v_any(op.rn, S);
                if matches!(op.code, f::FABS_D | f::FABS_S) {
                    let d = self.v_pin(op.rd).unwrap_or(S);
                    self.asm.vex(Vex { opcode: 0x54, ..VXORPS }, d, v, scalar_mask(double, false));
                    self.store_v(op.rd, d);
                    self.is_scalar(op.rd, double);
                } else {
                    self.asm.vex(VXORPS, S, v, scalar_mask(double, true));
                    self.put_scalar(op.rd, S, double);
                }
            }
            f::FCSEL_S | f::FCSEL_D => {
                let double = op.code == f::FCSEL_D;
                if op.aux >= 14 {
                    let v = self.v_any(op.rn, S);
                    self.put_scalar(op.rd, v, double);
                    return true;
                }
                let cc = self.condition(op.aux);
                let other = self.asm.label();
                let b = self.v_any(op.rm, S);
                if b != S {
                    self.asm.vex2(super::MOVE, S, b);
                }
                self.asm.jcc(cc.inverted(), other);
                let a = self.v_any(op.rn, S);
                if a != S {
                    self.asm.vex2(super::MOVE, S, a);
                }
                self.asm.bind(other);
                self.put_scalar(op.rd, S, double);
            }
            c::FMOV_X_TOP => {
                let v = self.v_any(op.rn, S);
                self.asm.vex_rm(Vex { pp: 1, map: 3, w: true, opcode: 0x16 }, v.0, 0, RAX.into()); // VPEXTRQ
                self.asm.byte(1);
                self.store_x(op.rd, RAX);
            }
            c::FMOV_TOP_X => {
                let from = self.x(op.rn);
                let d = self.v_any(op.rd, S);
                self.asm.vex_rm(Vex { pp: 1, map: 3, w: true, opcode: 0x22 }, S.0, d.0, from); // VPINSRQ
                self.asm.byte(1);
                self.store_v(op.rd, S);
            }
            c::FMOV_XD | c::FMOV_WS => {
                let w = op.code == c::FMOV_XD;
                let v = self.v_any(op.rn, S);
                self.asm.vex_rm(Vex { w, ..VMOVD_TO_GPR }, v.0, 0, RAX.into());
                self.store_x(op.rd, RAX);
            }
            c::FMOV_DX | c::FMOV_SW => {
                let w = op.code == c::FMOV_DX;
                let from = self.x_in(op.rn, RAX, w);
                let d = self.v_pin(op.rd).unwrap_or(S);
                self.asm.vex_rm(Vex { w, ..VMOVD_FROM_GPR }, d.0, 0, from.into());
                self.store_v(op.rd, d);
                self.is_scalar(op.rd, w);
            }
            _ => return false,
        }
        true
    }

    /// Writes a scalar that is in the low lane of `from`, with zeros above.
    pub(super) fn put_scalar(&mut self, rd: u8, from: Xmm, double: bool) {
        let d = self.v_pin(rd).unwrap_or(S);
        if double {
            self.asm.vex2(VMOVQ, d, from);
        } else {
            // Lane 0 of the source to lane 0, zeros to the others.
            self.asm.vex_imm(VINSERTPS, d, from, from, 0x0e);
        }
        self.store_v(rd, d);
        self.is_scalar(rd, double);
    }

    /// Where a scalar result can be made: the destination's own register if that is no source, which the interpreter may
    /// still want, and what the host copies to the upper lanes, from register `upper`, is zero.
    fn target(&self, op: &Op, double: bool, upper: u8, sources: &[u8]) -> Xmm {
        match self.v_pin(op.rd) {
            Some(d) if self.known_scalar(upper, double) && !sources.contains(&op.rd) => d,
            _ => S,
        }
    }

    /// Writes the result that was made in a [`Self::target`].
    fn put_result(&mut self, op: &Op, double: bool, result: Xmm, upper: u8) {
        if self.known_scalar(upper, double) {
            self.store_v(op.rd, result);
            self.is_scalar(op.rd, double);
        } else {
            self.put_scalar(op.rd, result, double);
        }
    }

    /// Goes to `slow` if a result is a NaN, or of the smallest normal magnitude: the guest looks for underflow before
    /// rounding and the host after, which differs for what rounding brought up to that.
    fn leave_if_it_may_underflow(&mut self, double: bool, result: Xmm, slow: Label) {
        self.asm.vex(Vex { opcode: 0x54, ..VXORPS }, Xmm(1), result, abs_mask(double)); // VANDPS
        // Equal and unordered both set ZF.
        self.asm.vex2(Vex { pp: u8::from(double), map: 1, w: false, opcode: 0x2e }, Xmm(1), smallest_normal(double));
        self.asm.jcc(CC_E, slow);
    }

    /// Writes the result, unless [`Self::leave_if_it_may_underflow`].
    fn result_that_may_underflow(&mut self, op: &Op, double: bool, result: Xmm, upper: u8) {
        let (slow, back) = self.slow_path(op);
        self.leave_if_it_may_underflow(double, result, slow);
        self.put_result(op, double, result, upper);
        self.asm.bind(back);
    }

    /// Writes the result, unless it is a NaN.
    fn result(&mut self, op: &Op, double: bool, result: Xmm, upper: u8) {
        let (slow, back) = self.slow_path(op);
        self.asm.vex2(Vex { pp: u8::from(double), map: 1, w: false, opcode: 0x2e }, result, result); // VUCOMISS/D
        self.asm.jcc(CC_P, slow);
        self.put_result(op, double, result, upper);
        self.asm.bind(back);
    }

    fn two(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let a = self.v_any(op.rn, Xmm(1));
        let b = self.v_any(op.rm, Xmm(2));
        let target = self.target(op, double, op.rn, &[op.rn, op.rm]);
        self.asm.vex(scalar(double, opcode), target, a, b);
        if matches!(opcode, MUL | DIV) {
            self.result_that_may_underflow(op, double, target, op.rn);
        } else {
            self.result(op, double, target, op.rn);
        }
    }

    fn sqrt(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let b = self.v_any(op.rn, Xmm(2));
        let target = self.target(op, double, op.rn, &[op.rn]);
        self.asm.vex(scalar(double, SQRT), target, b, b);
        self.result(op, double, target, op.rn);
    }

    fn fma(&mut self, op: &Op, double: bool, opcode: u8) {
        self.clobber_flags();
        let addend = self.v_any(op.ra, S);
        let target = self.target(op, double, op.ra, &[op.rn, op.rm, op.ra]);
        if addend != target {
            self.asm.vex2(super::MOVE, target, addend);
        }
        let a = self.v_any(op.rn, Xmm(1));
        let b = self.v_any(op.rm, Xmm(2));
        self.asm.vex(Vex { pp: 1, map: 2, w: double, opcode }, target, a, b);
        self.result_that_may_underflow(op, double, target, op.ra);
    }

    /// FNMUL: the product's sign is turned after rounding, which no rounding to nearest can tell.
    fn negated_product(&mut self, op: &Op, double: bool) {
        self.clobber_flags();
        let a = self.v_any(op.rn, Xmm(1));
        let b = self.v_any(op.rm, Xmm(2));
        self.asm.vex(scalar(double, MUL), S, a, b);
        self.asm.vex(VXORPS, S, S, scalar_mask(double, true));
        self.result_that_may_underflow(op, double, S, op.rn);
    }

    /// FMAX and its kin. Of two zeros the signs decide: `combine` is AND for the greatest, OR for the least; equal numbers
    /// other than zero are the same bits, which it leaves alone.
    fn extreme(&mut self, op: &Op, double: bool, opcode: u8, combine: u8) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let a = self.v_any(op.rn, Xmm(1));
        let b = self.v_any(op.rm, Xmm(2));
        let different = self.asm.label();
        self.asm.vex2(Vex { pp: u8::from(double), map: 1, w: false, opcode: 0x2e }, a, b);
        self.asm.jcc(CC_P, slow);
        self.asm.vex(scalar(double, opcode), S, a, b);
        self.asm.jcc(CC_E.inverted(), different);
        self.asm.vex(Vex { opcode: combine, ..VXORPS }, S, a, b);
        self.asm.bind(different);
        self.put_scalar(op.rd, S, double);
        self.asm.bind(back);
    }

    fn round(&mut self, op: &Op, double: bool, how: u8) {
        self.clobber_flags();
        let a = self.v_any(op.rn, Xmm(1));
        let opcode = if double { 0x0b } else { 0x0a };
        let target = self.target(op, double, op.rn, &[op.rn]);
        self.asm.vex_imm(Vex { pp: 1, map: 3, w: false, opcode }, target, a, a, how);
        self.result(op, double, target, op.rn);
    }

    /// FCMP and FCMPE: what is unordered is left to the interpreter.
    fn compare(&mut self, op: &Op, double: bool, zero: bool) {
        self.flags = Flags::Memory;
        let (slow, back) = self.slow_path_with_flags(op);
        let a = self.v_any(op.rn, Xmm(1));
        let b = if zero {
            self.asm.vex(VXORPS, Xmm(2), Xmm(2), Xmm(2));
            Xmm(2)
        } else {
            self.v_any(op.rm, Xmm(2))
        };
        self.asm.vex2(Vex { pp: u8::from(double), map: 1, w: false, opcode: 0x2e }, a, b);
        self.asm.jcc(CC_P, slow);
        // 1 - 0, 0 - 0 or 0 - 1 for greater, equal and less has just the flags wanted, with C inverted.
        self.asm.setcc(crate::asm::CC_A, RAX);
        self.asm.setcc(crate::asm::CC_B, RCX);
        self.asm.raw(&[0x38, 0xc8]); // cmp al, cl
        self.asm.bind(back);
        self.flags_set(Flags::Inverted);
    }

    /// FCVT between single and double precision.
    fn convert_format(&mut self, op: &Op, from_double: bool) {
        self.clobber_flags();
        let v = self.v_any(op.rn, Xmm(1));
        if from_double {
            self.asm.vex(scalar(true, 0x5a), S, v, v);
            let (slow, back) = self.slow_path(op);
            self.leave_if_it_may_underflow(false, S, slow);
            self.put_scalar(op.rd, S, false);
            self.asm.bind(back);
        } else {
            // Exact.
            let target = self.target(op, true, op.rn, &[op.rn]);
            self.asm.vex(scalar(false, 0x5a), target, v, v);
            self.result(op, true, target, op.rn);
        }
    }
}
