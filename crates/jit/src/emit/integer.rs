//! Data processing on general registers: moves, additions, logic, conditional operations.

use super::{Emitter, Flags};
use crate::asm::{Alu, RAX, RCX, RDX, Reg, Rm, Shift, at};
use vmapple_a64::Op;
use vmapple_a64::decode::{dp_imm_code as i, dp_reg_code as r};
use vmapple_a64::state::{DISCARD, ZR};

/// A second operand.
#[derive(Clone, Copy, Debug)]
enum Operand {
    /// A register or memory.
    Rm(Rm),
    /// A constant that fits a sign-extended immediate.
    Imm(i32),
}

impl Emitter<'_> {
    /// Translates an instruction of these chapters; false if it is not one of them.
    pub(crate) fn integer(&mut self, op: &Op) -> bool {
        match op.code {
            i::ADR => self.set_x_va(op.rd, self.pc.wrapping_add(op.imm)),
            i::ADRP => self.set_x_va(op.rd, (self.pc & !0xfff).wrapping_add(op.imm)),
            i::MOVZ_W | i::MOVZ_X | i::MOVN_W | i::MOVN_X => self.constant(op.rd, op.imm),
            i::MOVK_W => self.movk(op, false),
            i::MOVK_X => self.movk(op, true),
            i::ADD_IMM_W => self.add_imm(op, false, op.imm as i32),
            i::ADD_IMM_X => self.add_imm(op, true, op.imm as i32),
            i::SUB_IMM_W => self.add_imm(op, false, -(op.imm as i32)),
            i::SUB_IMM_X => self.add_imm(op, true, -(op.imm as i32)),
            i::ADDS_IMM_W => self.add_sub_flags(op, false, Alu::Add, Operand::Imm(op.imm as i32)),
            i::ADDS_IMM_X => self.add_sub_flags(op, true, Alu::Add, Operand::Imm(op.imm as i32)),
            i::SUBS_IMM_W => self.add_sub_flags(op, false, Alu::Sub, Operand::Imm(op.imm as i32)),
            i::SUBS_IMM_X => self.add_sub_flags(op, true, Alu::Sub, Operand::Imm(op.imm as i32)),
            i::AND_IMM_W => self.logic_imm(op, false, Alu::And),
            i::AND_IMM_X => self.logic_imm(op, true, Alu::And),
            i::ORR_IMM_W => self.logic_imm(op, false, Alu::Or),
            i::ORR_IMM_X => self.logic_imm(op, true, Alu::Or),
            i::EOR_IMM_W => self.logic_imm(op, false, Alu::Xor),
            i::EOR_IMM_X => self.logic_imm(op, true, Alu::Xor),
            i::ANDS_IMM_W => self.ands_imm(op, false),
            i::ANDS_IMM_X => self.ands_imm(op, true),
            r::MOV_REG_X => self.mov_reg(op),
            r::ADD_REG_W => self.add_reg(op, false),
            r::ADD_REG_X => self.add_reg(op, true),
            r::SUB_REG_W => self.plain(op, false, Alu::Sub, Operand::Rm(self.x(op.rm))),
            r::SUB_REG_X => self.plain(op, true, Alu::Sub, Operand::Rm(self.x(op.rm))),
            r::SUBS_REG_W => self.add_sub_flags(op, false, Alu::Sub, Operand::Rm(self.x(op.rm))),
            r::SUBS_REG_X => self.add_sub_flags(op, true, Alu::Sub, Operand::Rm(self.x(op.rm))),
            r::ADD_SHIFT_W | r::SUB_SHIFT_W => self.shifted_add_sub(op, false, op.code == r::SUB_SHIFT_W),
            r::ADD_SHIFT_X | r::SUB_SHIFT_X => self.shifted_add_sub(op, true, op.code == r::SUB_SHIFT_X),
            r::ADDS_SHIFT_W | r::SUBS_SHIFT_W => self.shifted_flags(op, false, op.code == r::SUBS_SHIFT_W),
            r::ADDS_SHIFT_X | r::SUBS_SHIFT_X => self.shifted_flags(op, true, op.code == r::SUBS_SHIFT_X),
            r::ADD_EXT_W | r::SUB_EXT_W => self.extended_add_sub(op, false, op.code == r::SUB_EXT_W),
            r::ADD_EXT_X | r::SUB_EXT_X => self.extended_add_sub(op, true, op.code == r::SUB_EXT_X),
            r::ADDS_EXT_W | r::SUBS_EXT_W => self.extended_flags(op, false, op.code == r::SUBS_EXT_W),
            r::ADDS_EXT_X | r::SUBS_EXT_X => self.extended_flags(op, true, op.code == r::SUBS_EXT_X),
            r::AND_SHIFT_W => self.logic(op, false, Alu::And, false),
            r::AND_SHIFT_X => self.logic(op, true, Alu::And, false),
            r::BIC_SHIFT_W => self.logic(op, false, Alu::And, true),
            r::BIC_SHIFT_X => self.logic(op, true, Alu::And, true),
            r::ORR_SHIFT_W => self.logic(op, false, Alu::Or, false),
            r::ORR_SHIFT_X => self.logic(op, true, Alu::Or, false),
            r::ORN_SHIFT_W => self.logic(op, false, Alu::Or, true),
            r::ORN_SHIFT_X => self.logic(op, true, Alu::Or, true),
            r::EOR_SHIFT_W => self.logic(op, false, Alu::Xor, false),
            r::EOR_SHIFT_X => self.logic(op, true, Alu::Xor, false),
            r::EON_SHIFT_W => self.logic(op, false, Alu::Xor, true),
            r::EON_SHIFT_X => self.logic(op, true, Alu::Xor, true),
            r::ANDS_SHIFT_W | r::BICS_SHIFT_W => self.logic_flags(op, false, op.code == r::BICS_SHIFT_W),
            r::ANDS_SHIFT_X | r::BICS_SHIFT_X => self.logic_flags(op, true, op.code == r::BICS_SHIFT_X),
            r::ADC_W | r::SBC_W => self.with_carry(op, false, op.code == r::SBC_W, false),
            r::ADC_X | r::SBC_X => self.with_carry(op, true, op.code == r::SBC_X, false),
            r::ADCS_W | r::SBCS_W => self.with_carry(op, false, op.code == r::SBCS_W, true),
            r::ADCS_X | r::SBCS_X => self.with_carry(op, true, op.code == r::SBCS_X, true),
            r::CSEL_W => self.select(op, false, Otherwise::Same),
            r::CSEL_X => self.select(op, true, Otherwise::Same),
            r::CSINC_W => self.select(op, false, Otherwise::Increment),
            r::CSINC_X => self.select(op, true, Otherwise::Increment),
            r::CSINV_W => self.select(op, false, Otherwise::Invert),
            r::CSINV_X => self.select(op, true, Otherwise::Invert),
            r::CSNEG_W => self.select(op, false, Otherwise::Negate),
            r::CSNEG_X => self.select(op, true, Otherwise::Negate),
            r::CCMP_REG_W => self.conditional_compare(op, false, Operand::Rm(self.x(op.rm)), Alu::Sub),
            r::CCMP_REG_X => self.conditional_compare(op, true, Operand::Rm(self.x(op.rm)), Alu::Sub),
            r::CCMP_IMM_W => self.conditional_compare(op, false, Operand::Imm(op.imm as i32), Alu::Sub),
            r::CCMP_IMM_X => self.conditional_compare(op, true, Operand::Imm(op.imm as i32), Alu::Sub),
            r::CCMN_REG_W => self.conditional_compare(op, false, Operand::Rm(self.x(op.rm)), Alu::Add),
            r::CCMN_REG_X => self.conditional_compare(op, true, Operand::Rm(self.x(op.rm)), Alu::Add),
            r::CCMN_IMM_W => self.conditional_compare(op, false, Operand::Imm(op.imm as i32), Alu::Add),
            r::CCMN_IMM_X => self.conditional_compare(op, true, Operand::Imm(op.imm as i32), Alu::Add),
            _ => return false,
        }
        true
    }

    fn constant(&mut self, rd: u8, value: u64) {
        self.set_x(rd, value);
    }

    fn mov_reg(&mut self, op: &Op) {
        if op.rd == DISCARD {
            return;
        }
        if op.rm == ZR {
            return self.set_x(op.rd, 0);
        }
        match self.x(op.rd) {
            Rm::Reg(d) => {
                let from = self.x(op.rm);
                self.asm.mov(true, d, from);
            }
            Rm::Mem(_) => {
                let v = self.x_in(op.rm, RAX, true);
                self.store_x(op.rd, v);
            }
        }
    }

    fn movk(&mut self, op: &Op, w: bool) {
        self.clobber_flags();
        self.load_x(RAX, op.rn, w);
        if op.aux == 0 && op.imm <= 0xffff {
            // mov ax, imm16
            self.asm.raw(&[0x66, 0xb8]);
            self.asm.raw(&(op.imm as u16).to_le_bytes());
        } else {
            self.asm.mov_imm(RCX, !(0xffffu64 << op.aux) & if w { u64::MAX } else { 0xffff_ffff });
            self.asm.alu(Alu::And, w, RAX, RCX);
            if op.imm != 0 {
                self.asm.mov_imm(RCX, op.imm);
                self.asm.alu(Alu::Or, w, RAX, RCX);
            }
        }
        self.store_x(op.rd, RAX);
    }

    /// Adds a constant by LEA, which leaves flags alone.
    fn add_imm(&mut self, op: &Op, w: bool, imm: i32) {
        if op.rd == DISCARD {
            return;
        }
        let base = self.x_in(op.rn, RAX, true);
        let d = self.result_reg(op.rd, &[]);
        if imm == 0 {
            self.asm.mov(w, d, base);
        } else {
            self.asm.lea(w, d, at(base, imm));
        }
        self.store_x(op.rd, d);
    }

    /// Adds two registers by LEA.
    fn add_reg(&mut self, op: &Op, w: bool) {
        if op.rd == DISCARD {
            return;
        }
        let a = self.x_in(op.rn, RAX, true);
        let b = self.x_in(op.rm, RCX, true);
        let d = self.result_reg(op.rd, &[]);
        self.asm.lea(w, d, crate::asm::indexed(a, b, 0, 0));
        self.store_x(op.rd, d);
    }

    fn apply(&mut self, alu: Alu, w: bool, d: Reg, b: Operand) {
        match b {
            Operand::Rm(b) => self.asm.alu(alu, w, d, b),
            Operand::Imm(v) => self.asm.alu_imm(alu, w, d, v),
        }
    }

    /// `rd = rn op b`, flags not set. `b` must not be RAX-based unless it is RCX or RDX.
    fn plain(&mut self, op: &Op, w: bool, alu: Alu, b: Operand) {
        if op.rd == DISCARD {
            return;
        }
        self.clobber_flags();
        self.compute(op, w, alu, b);
    }

    fn compute(&mut self, op: &Op, w: bool, alu: Alu, b: Operand) {
        let mut d = self.result_reg(op.rd, &[]);
        // The destination may be the second operand.
        if let Operand::Rm(Rm::Reg(second)) = b
            && second == d
            && op.rn != op.rd
        {
            if alu != Alu::Sub && op.rn != ZR {
                let first = self.x(op.rn);
                self.asm.alu(alu, w, d, first);
                return;
            }
            d = RAX;
        }
        self.load_operand(d, op.rn, w);
        self.apply(alu, w, d, b);
        self.store_x(op.rd, d);
    }

    /// `rd = rn op (rm shifted)` for an operation that does not mind the order, made in the destination's own register if that is
    /// not the first operand's; false if it cannot be.
    fn compute_shifted(&mut self, op: &Op, w: bool, alu: Alu) -> bool {
        let Rm::Reg(d) = self.x(op.rd) else { return false };
        if op.aux == 0 || op.rd == op.rn || op.rn == ZR {
            return false;
        }
        self.shifted_into(d, op, w);
        let first = self.x(op.rn);
        self.asm.alu(alu, w, d, first);
        true
    }

    fn add_sub_flags(&mut self, op: &Op, w: bool, alu: Alu, b: Operand) {
        let after = if alu == Alu::Sub { Flags::Inverted } else { Flags::Direct };
        if op.rd == DISCARD && alu == Alu::Sub {
            // A comparison.
            let a = self.x_in(op.rn, RAX, w);
            match b {
                Operand::Imm(0) => {
                    // Subtracting zero: no borrow, no overflow; TEST clears CF just so.
                    self.asm.test(w, a, a);
                }
                _ => self.apply(Alu::Cmp, w, a, b),
            }
        } else if op.rd == DISCARD {
            self.load_x(RAX, op.rn, w);
            self.apply(alu, w, RAX, b);
        } else {
            self.compute(op, w, alu, b);
        }
        self.flags_set_by(op, after);
    }

    /// Operand 2 shifted into RCX (or in place, if there is no shift). Changes host flags.
    fn shifted(&mut self, op: &Op, w: bool) -> Rm {
        if op.aux == 0 {
            return self.x(op.rm);
        }
        self.shifted_into(RCX, op, w);
        RCX.into()
    }

    /// Operand 2 shifted by a constant that is not 0. Changes host flags.
    fn shifted_into(&mut self, dst: Reg, op: &Op, w: bool) {
        if op.ra == 3 {
            let from = self.x(op.rm);
            return self.asm.rorx(w, dst, from, op.aux as u8);
        }
        self.load_operand(dst, op.rm, w);
        let shift = [Shift::Shl, Shift::Shr, Shift::Sar, Shift::Ror][usize::from(op.ra & 3)];
        self.asm.shift_imm(shift, w, dst, op.aux as u8);
    }

    fn shifted_add_sub(&mut self, op: &Op, w: bool, sub: bool) {
        if op.rd == DISCARD {
            return;
        }
        // Additions of a small multiple are one LEA.
        if !sub && op.ra == 0 && op.aux <= 3 {
            let a = self.x_in(op.rn, RAX, true);
            let b = self.x_in(op.rm, RCX, true);
            let d = self.result_reg(op.rd, &[]);
            self.asm.lea(w, d, crate::asm::indexed(a, b, op.aux as u8, 0));
            return self.store_x(op.rd, d);
        }
        self.clobber_flags();
        if !sub && self.compute_shifted(op, w, Alu::Add) {
            return;
        }
        let b = self.shifted(op, w);
        self.compute(op, w, if sub { Alu::Sub } else { Alu::Add }, Operand::Rm(b));
    }

    fn shifted_flags(&mut self, op: &Op, w: bool, sub: bool) {
        let b = self.shifted(op, w);
        self.add_sub_flags(op, w, if sub { Alu::Sub } else { Alu::Add }, Operand::Rm(b));
    }

    /// Operand 2 extended and shifted into RCX.
    fn extended(&mut self, op: &Op) -> Rm {
        self.extend_into(RCX, op.rm, op.ra, op.aux as u8);
        RCX.into()
    }

    /// ExtendReg: option 0-3 unsigned byte, half, word, doubleword; 4-7 signed; then a left shift. Changes host flags if
    /// there is a shift.
    pub(crate) fn extend_into(&mut self, dst: Reg, n: u8, option: u8, shift: u8) {
        let from = self.x(n);
        match option & 7 {
            0 => self.asm.movzx8(dst, from),
            1 => self.asm.movzx16(dst, from),
            2 => self.asm.mov(false, dst, from),
            4 => self.asm.movsx8(true, dst, from),
            5 => self.asm.movsx16(true, dst, from),
            6 => self.asm.movsxd(dst, from),
            _ => self.asm.mov(true, dst, from),
        }
        if shift != 0 {
            self.asm.shift_imm(Shift::Shl, true, dst, shift);
        }
    }

    fn extended_add_sub(&mut self, op: &Op, w: bool, sub: bool) {
        self.clobber_flags();
        let b = self.extended(op);
        self.compute(op, w, if sub { Alu::Sub } else { Alu::Add }, Operand::Rm(b));
    }

    fn extended_flags(&mut self, op: &Op, w: bool, sub: bool) {
        let b = self.extended(op);
        self.add_sub_flags(op, w, if sub { Alu::Sub } else { Alu::Add }, Operand::Rm(b));
    }

    /// A constant as an operand: an immediate if it fits, else in RCX.
    fn wide_operand(&mut self, w: bool, imm: u64) -> Operand {
        let as_signed = if w { imm as i64 } else { i64::from(imm as i32) };
        match i32::try_from(as_signed) {
            Ok(v) => Operand::Imm(v),
            Err(_) => {
                self.asm.mov_imm(RCX, imm);
                Operand::Rm(RCX.into())
            }
        }
    }

    fn logic_imm(&mut self, op: &Op, w: bool, alu: Alu) {
        // MOV of a bitmask constant.
        if alu == Alu::Or && op.rn == ZR {
            return self.set_x(op.rd, op.imm);
        }
        self.clobber_flags();
        let b = self.wide_operand(w, op.imm);
        self.compute(op, w, alu, b);
    }

    fn ands_imm(&mut self, op: &Op, w: bool) {
        let b = self.wide_operand(w, op.imm);
        if op.rd == DISCARD {
            let a = self.x_in(op.rn, RAX, w);
            match b {
                Operand::Imm(v) => self.asm.test_imm(w, a, v),
                Operand::Rm(_) => self.asm.test(w, a, RCX),
            }
        } else {
            self.compute(op, w, Alu::And, b);
        }
        self.flags_set_by(op, Flags::Direct);
    }

    /// Logic on registers; `invert` complements operand 2.
    fn logic(&mut self, op: &Op, w: bool, alu: Alu, invert: bool) {
        if op.rd == DISCARD {
            return;
        }
        if alu == Alu::Or && op.rn == ZR && op.aux == 0 {
            // MOV, or MVN: no host flag changes.
            if invert {
                self.load_x(RAX, op.rm, w);
                self.asm.not(w, RAX);
                return self.store_x(op.rd, RAX);
            }
            if op.rm == ZR {
                return self.set_x(op.rd, 0);
            }
            let d = self.result_reg(op.rd, &[]);
            let from = self.x(op.rm);
            self.asm.mov(w, d, from);
            return self.store_x(op.rd, d);
        }
        self.clobber_flags();
        if !invert && self.compute_shifted(op, w, alu) {
            return;
        }
        if invert && alu == Alu::And {
            // BIC: the host's ANDN complements its first operand.
            let b = self.logic_operand(op, w, false);
            let b = match b {
                Rm::Reg(b) => b,
                Rm::Mem(m) => {
                    self.asm.mov(w, RCX, m);
                    RCX
                }
            };
            let d = self.result_reg(op.rd, &[]);
            let a = self.x(op.rn);
            self.asm.andn(w, d, b, a);
            return self.store_x(op.rd, d);
        }
        let b = self.logic_operand(op, w, invert);
        self.compute(op, w, alu, Operand::Rm(b));
    }

    fn logic_operand(&mut self, op: &Op, w: bool, invert: bool) -> Rm {
        let b = self.shifted(op, w);
        if !invert {
            return b;
        }
        if b != Rm::Reg(RCX) {
            self.asm.mov(w, RCX, b);
        }
        self.asm.not(w, RCX);
        RCX.into()
    }

    fn logic_flags(&mut self, op: &Op, w: bool, invert: bool) {
        let b = self.logic_operand(op, w, invert);
        if op.rd == DISCARD {
            let a = self.x_in(op.rn, RAX, w);
            match b {
                Rm::Reg(b) => self.asm.test(w, a, b),
                Rm::Mem(m) => self.asm.test(w, m, a),
            }
        } else {
            self.compute(op, w, Alu::And, Operand::Rm(b));
        }
        self.flags_set_by(op, Flags::Direct);
    }

    fn with_carry(&mut self, op: &Op, w: bool, sub: bool, sets: bool) {
        self.make_again();
        if !sets {
            self.clobber_needed_flags();
        }
        self.load_x(RAX, op.rn, w);
        let b = self.x(op.rm);
        self.carry_in(sub);
        self.asm.alu(if sub { Alu::Sbb } else { Alu::Adc }, w, RAX, b);
        self.store_x(op.rd, RAX);
        if sets {
            self.flags_set(if sub { Flags::Inverted } else { Flags::Direct });
        } else if !matches!(self.flags, Flags::Byte(_)) {
            self.flags = Flags::Memory;
        }
    }

    /// For an instruction that reads NZCV and changes host flags: stores NZCV if somebody reads it later still.
    fn clobber_needed_flags(&mut self) {
        if !matches!(self.flags, Flags::Byte(_)) && !self.needed_after.is_nothing() {
            self.save_flags();
        }
    }

    /// CSEL and its relatives. Host flags stay as they are unless NZCV is in memory.
    fn select(&mut self, op: &Op, w: bool, otherwise: Otherwise) {
        if op.rd == DISCARD {
            return;
        }
        if op.aux >= 14 {
            let v = self.x_in(op.rn, RAX, w);
            if w {
                return self.store_x(op.rd, v);
            }
            self.asm.mov(false, RAX, v);
            return self.store_x(op.rd, RAX);
        }
        let cc = self.condition(op.aux);
        // CSET and CSETM.
        if op.rn == ZR && op.rm == ZR && matches!(otherwise, Otherwise::Increment | Otherwise::Invert) {
            self.asm.setcc(cc.inverted(), RAX);
            let d = self.result_reg(op.rd, &[]);
            self.asm.movzx8(d, RAX);
            if matches!(otherwise, Otherwise::Invert) {
                // 1 becomes all ones: complement, then add one, with neither touching flags.
                self.asm.not(w, d);
                self.asm.lea(w, d, at(d, 1));
            }
            return self.store_x(op.rd, d);
        }
        if let (Otherwise::Same, Rm::Reg(d)) = (otherwise, self.x(op.rd)) {
            // One operand is where the result goes: the other is moved there or not. CMOV clears the upper half in 32-bit size
            // even if it moves nothing.
            if op.rd == op.rm {
                let a = self.x(op.rn);
                return self.asm.cmov(cc, w, d, a);
            }
            if op.rd == op.rn {
                let b = self.x(op.rm);
                return self.asm.cmov(cc.inverted(), w, d, b);
            }
        }
        self.load_x(RDX, op.rm, w);
        match otherwise {
            Otherwise::Same => {}
            Otherwise::Increment => self.asm.lea(w, RDX, at(RDX, 1)),
            Otherwise::Invert => self.asm.not(w, RDX),
            Otherwise::Negate => {
                self.asm.not(w, RDX);
                self.asm.lea(w, RDX, at(RDX, 1));
            }
        }
        let a = self.x(op.rn);
        self.asm.cmov(cc, w, RDX, a);
        self.store_x(op.rd, RDX);
    }

    fn conditional_compare(&mut self, op: &Op, w: bool, b: Operand, alu: Alu) {
        let after = if alu == Alu::Sub { Flags::Inverted } else { Flags::Direct };
        if op.aux >= 14 {
            let compare = Op { rd: DISCARD, ..*op };
            return self.add_sub_flags(&compare, w, alu, b);
        }
        let cc = self.condition(op.aux);
        let (fails, done) = (self.asm.label(), self.asm.label());
        self.asm.jcc(cc.inverted(), fails);
        self.load_x(RAX, op.rn, w);
        self.apply(alu, w, RAX, b);
        self.asm.jmp(done);
        self.asm.bind(fails);
        // The same meaning of CF on both paths.
        let nzcv = if after == Flags::Inverted { op.ra } else { op.ra ^ 2 };
        self.constant_flags_inverted(nzcv);
        self.asm.bind(done);
        self.flags_set(after);
    }
}

/// What a conditional select gives if the condition fails.
#[derive(Clone, Copy, Debug)]
enum Otherwise {
    Same,
    Increment,
    Invert,
    Negate,
}
