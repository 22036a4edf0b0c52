//! LD1 to LD4 and ST1 to ST4: whole registers, one lane of each, one element in all lanes. One check of the TLB for all that is
//! transferred; after it nothing faults, so that registers may be written in any order.

use super::constants::{evens_odds, fours, load_three, store_three};
use super::copy::{PEXTR, PINSR};
use super::{
    A, B, BROADCAST, C, PUNPCKH, PUNPCKL, S, VMOVQ, VPOR, VPSHUFB, VPSHUFD, VPUNPCKHQDQ, VPUNPCKLQDQ, VSHUFPS, v1,
};
use crate::asm::{CC_NE, Mem, RAX, RCX, Rm, Vex, Xmm, at, indexed};
use crate::emit::{Emitter, LOAD, STORE};
use vmapple_a64::Op;
use vmapple_a64::decode::ldst_simd_code as l;
use vmapple_a64::state::SP;

const VMOVQ_STORE: Vex = v1(0xd6);
/// The upper half of a register from memory, and to it.
const VMOVHPS: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x16 };
const VMOVHPS_STORE: Vex = Vex { pp: 0, map: 1, w: false, opcode: 0x17 };

/// Whole registers that structures are spread over.
#[derive(Clone, Copy)]
struct Shape {
    /// First register.
    first: u8,
    /// Registers, 1 to 4.
    count: u8,
    /// log2 of an element's bytes.
    n: usize,
    /// Registers of 128 bits.
    whole: bool,
}

impl Shape {
    fn register(self, k: u8) -> u8 {
        (self.first + k) & 31
    }

    /// Bytes in memory.
    fn bytes(self) -> u8 {
        self.count * if self.whole { 16 } else { 8 }
    }
}

/// The `k`th 16 bytes.
fn block(k: u8) -> Mem {
    at(RAX, 16 * i32::from(k))
}

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it is none.
    pub(super) fn structures(&mut self, op: &Op) -> bool {
        if !self.switches.memory {
            return false;
        }
        let load = op.imm >> 22 & 1 != 0;
        match op.code {
            l::LD1_ST1_MULT | l::LD_MULT_POST => {
                let whole = op.imm >> 30 & 1 != 0;
                let shape = Shape { first: op.rd, count: op.aux as u8 & 15, n: (op.imm >> 10 & 3) as usize, whole };
                let interleaved = op.aux >> 4 != 1;
                self.structure_access(op, shape.bytes(), load, op.code == l::LD_MULT_POST, |e| {
                    match (interleaved, load, shape.count) {
                        (false, _, _) => e.one_after_another(shape, load),
                        (_, true, 2) => e.load_twos(shape),
                        (_, true, 3) => e.load_threes(shape),
                        (_, true, _) => e.load_fours(shape),
                        (_, false, 2) => e.store_twos(shape),
                        (_, false, 3) => e.store_threes(shape),
                        (_, false, _) => e.store_fours(shape),
                    }
                });
            }
            l::LD1_ST1_ONE | l::LD_ONE_POST => {
                let (count, n) = (op.aux as u8 & 15, usize::from(op.aux >> 4 & 3));
                self.structure_access(op, count << n, load, op.code == l::LD_ONE_POST, |e| {
                    for k in 0..count {
                        e.one_lane(op, (op.rd + k) & 31, n, at(RAX, i32::from(k << n)), load);
                    }
                });
            }
            _ => return false,
        }
        true
    }

    /// Checks `bytes` at the base, has `transfer` transfer them at `[RAX]`, and writes the base back.
    fn structure_access(&mut self, op: &Op, bytes: u8, load: bool, post: bool, transfer: impl FnOnce(&mut Self)) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let base = self.x_in(op.rn, RAX, true);
        if op.rn == SP && self.mode.sp_checked() {
            self.asm.test8_imm(base, 15);
            self.asm.jcc(CC_NE, slow);
        }
        self.asm.mov(true, RAX, base);
        self.translate(bytes, !load, slow);
        transfer(self);
        if post {
            let amount = if op.rm == 31 {
                self.asm.mov_imm(RCX, u64::from(bytes));
                RCX
            } else {
                self.x_in(op.rm, RCX, true)
            };
            match self.x(op.rn) {
                Rm::Reg(r) => self.asm.lea(true, r, indexed(r, amount, 0, 0)),
                Rm::Mem(m) => {
                    self.asm.mov(true, RAX, m);
                    self.asm.lea(true, RAX, indexed(RAX, amount, 0, 0));
                    self.asm.store(true, m, RAX);
                }
            }
        }
        self.asm.bind(back);
    }

    fn one_after_another(&mut self, s: Shape, load: bool) {
        let bytes = if s.whole { 16 } else { 8 };
        for k in 0..s.count {
            let place = at(RAX, i32::from(bytes * k));
            if load {
                self.load_vector(s.register(k), place, bytes);
            } else {
                self.store_vector(s.register(k), place, bytes);
            }
        }
    }

    /// One lane, or with LD1R one element in all lanes.
    fn one_lane(&mut self, op: &Op, v: u8, n: usize, place: Mem, load: bool) {
        let (index, replicate) = ((op.aux >> 8 & 15) as u8, op.aux >> 12 & 1 != 0);
        if replicate {
            let d = self.own(v);
            if let Some(f) = BROADCAST[n] {
                self.asm.vex2(f, d, place);
            }
            self.write_structure(v, op.imm >> 30 & 1 != 0, d);
        } else if load {
            let (old, d) = (self.v_any(v, S), self.own(v));
            self.asm.vex_rm(PINSR[n], d.0, old.0, place.into());
            self.asm.byte(index);
            self.store_v(v, d);
        } else {
            let old = self.v_any(v, S);
            self.asm.vex_rm(PEXTR[n], old.0, 0, place.into());
            self.asm.byte(index);
        }
    }

    /// A register of a structure from all or the low half of `from`.
    fn write_structure(&mut self, v: u8, whole: bool, from: Xmm) {
        if whole {
            return self.store_v(v, from);
        }
        let d = self.own(v);
        self.asm.vex2(VMOVQ, d, from);
        self.store_v(v, d);
    }

    /// The same from the upper half of `from`, for registers of 64 bits. Uses `C`.
    fn write_upper(&mut self, v: u8, from: Xmm) {
        self.shift_bytes(false, C, from, 8);
        self.store_v(v, C);
    }

    fn load_twos(&mut self, s: Shape) {
        self.asm.vex2(LOAD, A, block(0));
        if !s.whole {
            self.apart(s.n, A);
            self.write_structure(s.register(0), false, A);
            return self.write_upper(s.register(1), A);
        }
        self.asm.vex2(LOAD, B, block(1));
        if s.n == 2 {
            self.asm.vex_imm(VSHUFPS, C, A, B, 0x88);
            self.asm.vex_imm(VSHUFPS, S, A, B, 0xdd);
        } else {
            self.apart(s.n, A);
            self.apart(s.n, B);
            self.asm.vex(VPUNPCKLQDQ, C, A, B);
            self.asm.vex(VPUNPCKHQDQ, S, A, B);
        }
        self.store_v(s.register(0), C);
        self.store_v(s.register(1), S);
    }

    /// Even lanes to the lower half, odd ones to the upper.
    fn apart(&mut self, n: usize, x: Xmm) {
        match n {
            3 => {}
            2 => self.asm.vex_imm(VPSHUFD, x, Xmm(0), x, 0xd8),
            _ => self.with(VPSHUFB, x, x, evens_odds(n)),
        }
    }

    fn store_twos(&mut self, s: Shape) {
        let (Some(low), Some(high)) = (PUNPCKL[s.n], PUNPCKH[s.n]) else { return };
        let (a, b) = (self.v_any(s.register(0), A), self.v_any(s.register(1), B));
        self.asm.vex(low, S, a, b);
        self.asm.vex2(STORE, S, block(0));
        if s.whole {
            self.asm.vex(high, S, a, b);
            self.asm.vex2(STORE, S, block(1));
        }
    }

    /// The blocks of 16 bytes that structures of three registers take; of the last of 64-bit registers only a half.
    fn load_block(&mut self, s: Shape, k: u8, to: Xmm) {
        if !s.whole && k == 1 {
            self.asm.vex2(VMOVQ, to, block(k));
        } else {
            self.asm.vex2(LOAD, to, block(k));
        }
    }

    fn load_threes(&mut self, s: Shape) {
        if s.n == 3 {
            // Lanes 0 to 5 of memory: the first register has 0 and 3, the second 1 and 4, the third 2 and 5.
            for (k, [low, high]) in [[0u8, 3], [1, 4], [2, 5]].into_iter().enumerate() {
                self.asm.vex2(VMOVQ, S, at(RAX, 8 * i32::from(low)));
                self.asm.vex(VMOVHPS, S, S, at(RAX, 8 * i32::from(high)));
                self.store_v(s.register(k as u8), S);
            }
            return;
        }
        for to in 0..3 {
            for from in 0..if s.whole { 3 } else { 2 } {
                let part = if from == 0 { S } else { A };
                self.load_block(s, from, part);
                self.with(VPSHUFB, part, part, load_three(s.n, to, from));
                if from != 0 {
                    self.asm.vex(VPOR, S, S, A);
                }
            }
            self.write_structure(s.register(to), s.whole, S);
        }
    }

    fn store_threes(&mut self, s: Shape) {
        if s.n == 3 {
            for (k, [low, high]) in [[0u8, 3], [1, 4], [2, 5]].into_iter().enumerate() {
                let v = self.v_any(s.register(k as u8), S);
                self.asm.vex2(VMOVQ_STORE, v, at(RAX, 8 * i32::from(low)));
                self.asm.vex2(VMOVHPS_STORE, v, at(RAX, 8 * i32::from(high)));
            }
            return;
        }
        for to in 0..if s.whole { 3 } else { 2 } {
            for from in 0..3 {
                let v = self.v_any(s.register(from), A);
                let part = if from == 0 { S } else { A };
                self.with(VPSHUFB, part, v, store_three(s.n, to, from));
                if from != 0 {
                    self.asm.vex(VPOR, S, S, A);
                }
            }
            if !s.whole && to == 1 {
                self.asm.vex2(VMOVQ_STORE, S, block(to));
            } else {
                self.asm.vex2(STORE, S, block(to));
            }
        }
    }

    fn load_fours(&mut self, s: Shape) {
        let (low, high) = (v1(0x62), v1(0x6a)); // VPUNPCKLDQ, VPUNPCKHDQ
        if s.n == 3 {
            // Each structure is two blocks.
            for half in 0..2 {
                self.asm.vex2(LOAD, A, block(half));
                self.asm.vex2(LOAD, B, block(2 + half));
                self.asm.vex(VPUNPCKLQDQ, C, A, B);
                self.asm.vex(VPUNPCKHQDQ, S, A, B);
                self.store_v(s.register(2 * half), C);
                self.store_v(s.register(2 * half + 1), S);
            }
            return;
        }
        // Blocks become words of one register each; then words are exchanged between blocks.
        self.load_grouped(s.n, 0, A);
        self.load_grouped(s.n, 1, B);
        self.asm.vex(low, S, A, B);
        self.asm.vex(high, A, A, B);
        if !s.whole {
            for (k, pair) in [S, A].into_iter().enumerate() {
                // This one first: the other may be made in the same register.
                self.write_upper(s.register(2 * k as u8 + 1), pair);
                self.write_structure(s.register(2 * k as u8), false, pair);
            }
            return;
        }
        // There are four registers for five values: one waits in its destination.
        self.store_v(s.register(3), A);
        self.load_grouped(s.n, 2, B);
        self.load_grouped(s.n, 3, C);
        self.asm.vex(low, A, B, C);
        self.asm.vex(high, B, B, C);
        self.asm.vex(VPUNPCKLQDQ, C, S, A);
        self.store_v(s.register(0), C);
        self.asm.vex(VPUNPCKHQDQ, C, S, A);
        self.store_v(s.register(1), C);
        let waited = self.v_any(s.register(3), S);
        self.asm.vex(VPUNPCKLQDQ, C, waited, B);
        self.store_v(s.register(2), C);
        self.asm.vex(VPUNPCKHQDQ, C, waited, B);
        self.store_v(s.register(3), C);
    }

    /// Block `k` with its lanes for each of four registers together.
    fn load_grouped(&mut self, n: usize, k: u8, to: Xmm) {
        self.asm.vex2(LOAD, to, block(k));
        if n < 2 {
            self.with(VPSHUFB, to, to, fours(n));
        }
    }

    fn store_fours(&mut self, s: Shape) {
        let (Some(low), Some(high)) = (PUNPCKL[s.n], PUNPCKH[s.n]) else { return };
        for (half, f) in [low, high].into_iter().enumerate().take(if s.whole { 2 } else { 1 }) {
            // Lanes of the first and third register in turn, those of the second and fourth; then of both.
            let (a, c) = (self.v_any(s.register(0), A), self.v_any(s.register(2), C));
            self.asm.vex(f, A, a, c);
            let (b, d) = (self.v_any(s.register(1), B), self.v_any(s.register(3), C));
            self.asm.vex(f, B, b, d);
            self.asm.vex(low, S, A, B);
            self.asm.vex2(STORE, S, block(2 * half as u8));
            self.asm.vex(high, S, A, B);
            self.asm.vex2(STORE, S, block(2 * half as u8 + 1));
        }
    }
}
