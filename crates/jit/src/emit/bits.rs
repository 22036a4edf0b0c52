//! Bitfields, shifts, reversals and counts.

use super::Emitter;
use crate::asm::{Alu, RAX, RCX, Reg, Shift};
use vmapple_a64::Op;
use vmapple_a64::decode::{dp_imm_code as i, dp_reg_code as r};
use vmapple_a64::state::{DISCARD, ZR};

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(crate) fn bits(&mut self, op: &Op) -> bool {
        match op.code {
            i::UBFM_W => self.ubfm(op, false),
            i::UBFM_X => self.ubfm(op, true),
            i::SBFM_W => self.sbfm(op, false),
            i::SBFM_X => self.sbfm(op, true),
            i::BFM_W => self.bfm(op, false),
            i::BFM_X => self.bfm(op, true),
            i::EXTR_W => self.extr(op, false),
            i::EXTR_X => self.extr(op, true),
            r::LSLV_W | r::LSRV_W | r::ASRV_W => self.shift_by_register(op, false),
            r::LSLV_X | r::LSRV_X | r::ASRV_X => self.shift_by_register(op, true),
            r::REV_W => self.reverse(op, false),
            r::REV_X => self.reverse(op, true),
            r::REV32_X => self.reverse_words(op),
            r::REV16_W => self.reverse_halves(op, false),
            r::REV16_X => self.reverse_halves(op, true),
            r::RBIT_W => self.reverse_bits(op, false),
            r::RBIT_X => self.reverse_bits(op, true),
            r::CLZ_W => self.count(op, false),
            r::CLZ_X => self.count(op, true),
            r::CRC32B => return self.crc32(op, 1),
            r::CRC32H => return self.crc32(op, 2),
            r::CRC32W => return self.crc32(op, 4),
            r::CRC32X => return self.crc32(op, 8),
            r::CRC32CB => self.crc32c(op, 1),
            r::CRC32CH => self.crc32c(op, 2),
            r::CRC32CW => self.crc32c(op, 4),
            r::CRC32CX => self.crc32c(op, 8),
            _ => return false,
        }
        true
    }

    /// The source in `dst`, shifted.
    fn shifted_copy(&mut self, dst: Reg, n: u8, w: bool, shift: Shift, by: u8) {
        if by != 0 {
            self.load_operand(dst, n, w);
            self.asm.shift_imm(shift, w, dst, by);
        } else {
            self.load_x(dst, n, w);
        }
    }

    /// Keeps the low `bits` of a register.
    fn keep_low(&mut self, reg: Reg, bits: u32) {
        match bits {
            8 => self.asm.movzx8(reg, reg),
            16 => self.asm.movzx16(reg, reg),
            32 => self.asm.mov(false, reg, reg),
            64 => {}
            n if n < 32 => self.asm.alu_imm(Alu::And, false, reg, ((1u32 << n) - 1) as i32),
            n => {
                self.asm.mov_imm(RCX, (1u64 << n) - 1);
                self.asm.alu(Alu::And, true, reg, RCX);
            }
        }
    }

    fn ubfm(&mut self, op: &Op, w: bool) {
        if op.rd == DISCARD {
            return;
        }
        let width = if w { 64 } else { 32 };
        let (r, s) = (u32::from(op.rm), u32::from(op.ra));
        let d = self.result_reg(op.rd, &[]);
        if r == 0 && matches!(s, 7 | 15 | 31) {
            // UXTB, UXTH, and the 32-bit move.
            let from = self.x(op.rn);
            match s {
                7 => self.asm.movzx8(d, from),
                15 => self.asm.movzx16(d, from),
                _ => self.asm.mov(false, d, from),
            }
            return self.store_x(op.rd, d);
        }
        self.clobber_flags();
        if s >= r {
            self.shifted_copy(d, op.rn, w, Shift::Shr, r as u8);
            if s != width - 1 {
                self.keep_low(d, s - r + 1);
            }
        } else {
            // LSL and UBFIZ.
            let by = width - r;
            self.load_operand(d, op.rn, w);
            if s + by != width - 1 {
                self.keep_low(d, s + 1);
            }
            self.asm.shift_imm(Shift::Shl, w, d, by as u8);
        }
        self.store_x(op.rd, d);
    }

    fn sbfm(&mut self, op: &Op, w: bool) {
        if op.rd == DISCARD {
            return;
        }
        let width = if w { 64 } else { 32 };
        let (r, s) = (u32::from(op.rm), u32::from(op.ra));
        let d = self.result_reg(op.rd, &[]);
        if r == 0 && matches!(s, 7 | 15 | 31) {
            let from = self.x(op.rn);
            match s {
                7 => self.asm.movsx8(w, d, from),
                15 => self.asm.movsx16(w, d, from),
                _ if w => self.asm.movsxd(d, from),
                _ => self.asm.mov(false, d, from),
            }
            return self.store_x(op.rd, d);
        }
        self.clobber_flags();
        // One of the shifts is always there, or all 64 bits stay.
        self.load_operand(d, op.rn, w);
        if s >= r {
            // The field's top bit to the register's, then down.
            let up = width - 1 - s;
            if up != 0 {
                self.asm.shift_imm(Shift::Shl, w, d, up as u8);
            }
            let down = up + r;
            if down != 0 {
                self.asm.shift_imm(Shift::Sar, w, d, down as u8);
            }
        } else {
            let up = width - 1 - s;
            self.asm.shift_imm(Shift::Shl, w, d, up as u8);
            let down = up - (width - r);
            if down != 0 {
                self.asm.shift_imm(Shift::Sar, w, d, down as u8);
            }
        }
        self.store_x(op.rd, d);
    }

    fn bfm(&mut self, op: &Op, w: bool) {
        if op.rd == DISCARD {
            return;
        }
        self.clobber_flags();
        let width = if w { 64 } else { 32 };
        let (r, s) = (u32::from(op.rm), u32::from(op.ra));
        let (bits, at) = if s >= r { (s - r + 1, 0) } else { (s + 1, width - r) };
        let mask = (if bits == 64 { u64::MAX } else { (1u64 << bits) - 1 }) << at;
        if s >= r {
            self.shifted_copy(RAX, op.rn, w, Shift::Shr, r as u8);
        } else {
            self.shifted_copy(RAX, op.rn, w, Shift::Shl, at as u8);
        }
        self.asm.mov_imm(RCX, mask);
        self.asm.alu(Alu::And, w, RAX, RCX);
        let old = self.x(op.aux as u8);
        self.asm.andn(w, RCX, RCX, old);
        self.asm.alu(Alu::Or, w, RAX, RCX);
        self.store_x(op.rd, RAX);
    }

    fn extr(&mut self, op: &Op, w: bool) {
        if op.rd == DISCARD {
            return;
        }
        let n = op.aux as u8;
        if op.rn == op.rm && op.rn != ZR {
            // ROR, without touching flags.
            let from = self.x(op.rn);
            let d = self.result_reg(op.rd, &[]);
            self.asm.rorx(w, d, from, n);
            return self.store_x(op.rd, d);
        }
        self.clobber_flags();
        self.load_x(RAX, op.rm, w);
        self.load_x(RCX, op.rn, w);
        if n != 0 {
            self.asm.shrd(w, RAX, RCX, n);
        }
        self.store_x(op.rd, RAX);
    }

    /// The host takes the amount modulo the operand size, as the guest does.
    fn shift_by_register(&mut self, op: &Op, w: bool) {
        if op.rd == DISCARD {
            return;
        }
        let n = self.x_in(op.rm, RCX, w);
        let from = self.x(op.rn);
        let d = self.result_reg(op.rd, &[]);
        match op.code {
            r::LSLV_W | r::LSLV_X => self.asm.shlx(w, d, from, n),
            r::LSRV_W | r::LSRV_X => self.asm.shrx(w, d, from, n),
            _ => self.asm.sarx(w, d, from, n),
        }
        self.store_x(op.rd, d);
    }

    fn reverse(&mut self, op: &Op, w: bool) {
        self.load_x(RAX, op.rn, w);
        self.asm.bswap(w, RAX);
        self.store_x(op.rd, RAX);
    }

    /// Bytes reversed in each word: reverse all, then exchange the words.
    fn reverse_words(&mut self, op: &Op) {
        self.load_x(RAX, op.rn, true);
        self.asm.bswap(true, RAX);
        self.asm.rorx(true, RAX, RAX, 32);
        self.store_x(op.rd, RAX);
    }

    /// Exchanges the groups of `mask` and of its complement, `by` bits apart, in RAX. Changes host flags.
    fn exchange(&mut self, w: bool, mask: u64, by: u8) {
        let mask = if w { mask } else { mask & 0xffff_ffff };
        self.asm.mov_imm(RCX, mask);
        self.asm.mov(w, crate::asm::RDX, RAX);
        self.asm.shift_imm(Shift::Shr, w, crate::asm::RDX, by);
        self.asm.alu(Alu::And, w, crate::asm::RDX, RCX);
        self.asm.alu(Alu::And, w, RAX, RCX);
        self.asm.shift_imm(Shift::Shl, w, RAX, by);
        self.asm.alu(Alu::Or, w, RAX, crate::asm::RDX);
    }

    fn reverse_halves(&mut self, op: &Op, w: bool) {
        self.clobber_flags();
        self.load_x(RAX, op.rn, w);
        self.exchange(w, 0x00ff_00ff_00ff_00ff, 8);
        self.store_x(op.rd, RAX);
    }

    fn reverse_bits(&mut self, op: &Op, w: bool) {
        self.clobber_flags();
        self.load_x(RAX, op.rn, w);
        self.asm.bswap(w, RAX);
        self.exchange(w, 0x0f0f_0f0f_0f0f_0f0f, 4);
        self.exchange(w, 0x3333_3333_3333_3333, 2);
        self.exchange(w, 0x5555_5555_5555_5555, 1);
        self.store_x(op.rd, RAX);
    }

    fn count(&mut self, op: &Op, w: bool) {
        self.clobber_flags();
        let from = self.x(op.rn);
        self.asm.lzcnt(w, RAX, from);
        self.store_x(op.rd, RAX);
    }

    fn crc32c(&mut self, op: &Op, bytes: u8) {
        self.load_x(RAX, op.rn, false);
        let data = self.x_in(op.rm, RCX, true);
        self.asm.crc32c(RAX, data, bytes);
        self.asm.mov(false, RAX, RAX);
        self.store_x(op.rd, RAX);
    }
}
