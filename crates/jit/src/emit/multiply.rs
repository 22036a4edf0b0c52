//! Multiplication and division.

use super::Emitter;
use crate::asm::{Alu, CC_E, CC_NE, RAX, RCX, RDX, Rm};
use vmapple_a64::Op;
use vmapple_a64::decode::dp_reg_code as r;
use vmapple_a64::state::{DISCARD, ZR};

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(crate) fn multiply(&mut self, op: &Op) -> bool {
        match op.code {
            r::MADD_W => self.madd(op, false, false),
            r::MADD_X => self.madd(op, true, false),
            r::MSUB_W => self.madd(op, false, true),
            r::MSUB_X => self.madd(op, true, true),
            r::SMADDL => self.maddl(op, true, false),
            r::SMSUBL => self.maddl(op, true, true),
            r::UMADDL => self.maddl(op, false, false),
            r::UMSUBL => self.maddl(op, false, true),
            r::UMULH => self.mulh(op, false),
            r::SMULH => self.mulh(op, true),
            r::UDIV_W => self.udiv(op, false),
            r::UDIV_X => self.udiv(op, true),
            r::SDIV_W => self.sdiv(op, false),
            r::SDIV_X => self.sdiv(op, true),
            _ => return false,
        }
        true
    }

    /// Adds the product in RAX to, or subtracts it from, Ra.
    fn accumulate(&mut self, op: &Op, w: bool, sub: bool) {
        if sub {
            if op.ra == ZR {
                self.asm.neg(w, RAX);
            } else {
                self.load_x(RCX, op.ra, w);
                self.asm.alu(Alu::Sub, w, RCX, RAX);
                return self.store_x(op.rd, RCX);
            }
        } else if op.ra != ZR {
            let a = self.x(op.ra);
            self.asm.alu(Alu::Add, w, RAX, a);
        }
        self.store_x(op.rd, RAX);
    }

    fn madd(&mut self, op: &Op, w: bool, sub: bool) {
        if op.rd == DISCARD {
            return;
        }
        self.clobber_flags();
        let (a, b) = (self.x(op.rn), self.x(op.rm));
        if let (Rm::Reg(d), true) = (self.x(op.rd), op.ra == ZR && !sub && op.rn != ZR) {
            // A plain product, made where it goes.
            if op.rd == op.rm {
                return self.asm.imul(w, d, a);
            }
            self.load_operand(d, op.rn, w);
            return self.asm.imul(w, d, b);
        }
        self.load_x(RAX, op.rn, w);
        self.asm.imul(w, RAX, b);
        self.accumulate(op, w, sub);
    }

    fn maddl(&mut self, op: &Op, signed: bool, sub: bool) {
        if op.rd == DISCARD {
            return;
        }
        self.clobber_flags();
        let (a, b) = (self.x(op.rn), self.x(op.rm));
        if signed {
            self.asm.movsxd(RAX, a);
            self.asm.movsxd(RCX, b);
        } else {
            self.asm.mov(false, RAX, a);
            self.asm.mov(false, RCX, b);
        }
        self.asm.imul(true, RAX, RCX);
        self.accumulate(op, true, sub);
    }

    fn mulh(&mut self, op: &Op, signed: bool) {
        self.clobber_flags();
        self.load_x(RAX, op.rn, true);
        let b = self.x_in(op.rm, RCX, true);
        if signed {
            self.asm.imul_wide(b);
        } else {
            self.asm.mul_wide(b);
        }
        self.store_x(op.rd, RDX);
    }

    /// Dividing by zero gives zero.
    fn udiv(&mut self, op: &Op, w: bool) {
        self.clobber_flags();
        let done = self.asm.label();
        let b = self.x_in(op.rm, RCX, w);
        self.asm.alu(Alu::Xor, false, RAX, RAX);
        self.asm.test(w, b, b);
        self.asm.jcc(CC_E, done);
        self.load_x(RAX, op.rn, w);
        self.asm.alu(Alu::Xor, false, RDX, RDX);
        self.asm.div(w, b);
        self.asm.bind(done);
        self.store_x(op.rd, RAX);
    }

    /// Dividing by zero gives zero; the smallest number divided by -1 is itself, where the host would trap.
    fn sdiv(&mut self, op: &Op, w: bool) {
        self.clobber_flags();
        let (done, ordinary) = (self.asm.label(), self.asm.label());
        let b = match self.x(op.rm) {
            Rm::Reg(r) => r,
            Rm::Mem(m) => {
                self.asm.mov(w, RCX, m);
                RCX
            }
        };
        self.asm.alu(Alu::Xor, false, RAX, RAX);
        self.asm.test(w, b, b);
        self.asm.jcc(CC_E, done);
        self.load_x(RAX, op.rn, w);
        self.asm.alu_imm(Alu::Cmp, w, b, -1);
        self.asm.jcc(CC_NE, ordinary);
        self.asm.neg(w, RAX);
        self.asm.jmp(done);
        self.asm.bind(ordinary);
        self.asm.cqo(w);
        self.asm.idiv(w, b);
        self.asm.bind(done);
        self.store_x(op.rd, RAX);
    }
}
