//! Advanced SIMD between element sizes and between lanes: widening, pairs, reductions, reversals, structures of one register.

use super::Emitter;
use super::simd::{
    BySize, PADD, PMAXS, PMAXU, PMINS, PMINU, PMOVSX, PMOVZX, PSUB, S, SLL, SRL, lane_bits, size, upper, v1, v2, v3,
};
use crate::asm::{RCX, Reg, Rm, Vex, Xmm, at};
use crate::frame::byte_order;
use vmapple_a64::Op;
use vmapple_a64::decode::{
    ldst_simd_code as l, simd_copy_code as c, simd_elem_code as e, simd_misc_code as m, simd_three_code as t,
};
use vmapple_a64::state::SP;

const A: Xmm = Xmm(1);
const B: Xmm = Xmm(2);
const C: Xmm = Xmm(3);

const VPAND: Vex = v1(0xdb);
const VPOR: Vex = v1(0xeb);
const VPSHUFB: Vex = v2(0x00);
const VPSHUFD: Vex = v1(0x70);
const VPUNPCKLQDQ: Vex = v1(0x6c);
const VPACKUSWB: Vex = v1(0x67);
const VPACKUSDW: Vex = v2(0x2b);
const VMOVQ: Vex = Vex { pp: 2, map: 1, w: false, opcode: 0x7e };

/// What is done with two operands after both are widened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Add,
    Sub,
    Mul,
    MulAdd,
    MulSub,
}

impl Emitter<'_> {
    /// Translates an instruction of this kind; false if it has no host form here. SIMD is enabled.
    pub(crate) fn simd_between(&mut self, op: &Op) -> bool {
        self.widening(op)
            || self.pairs(op)
            || self.across(op)
            || self.reorder(op)
            || self.structures(op)
            || self.replicate(op)
    }

    fn widening(&mut self, op: &Op) -> bool {
        let (signed, then) = match op.code {
            t::SADDL => (true, Then::Add),
            t::UADDL => (false, Then::Add),
            t::SSUBL => (true, Then::Sub),
            t::USUBL => (false, Then::Sub),
            t::SMULL | e::SMULL_ELEM => (true, Then::Mul),
            t::UMULL | e::UMULL_ELEM => (false, Then::Mul),
            t::SMLAL | e::SMLAL_ELEM => (true, Then::MulAdd),
            t::UMLAL | e::UMLAL_ELEM => (false, Then::MulAdd),
            t::SMLSL | e::SMLSL_ELEM => (true, Then::MulSub),
            t::UMLSL | e::UMLSL_ELEM => (false, Then::MulSub),
            t::SADDW | t::UADDW | t::SSUBW | t::USUBW => {
                self.widened(op.rm, op, matches!(op.code, t::SADDW | t::SSUBW), B);
                let a = self.v_in(op.rn, A);
                let f = if matches!(op.code, t::SADDW | t::UADDW) { PADD } else { PSUB };
                if let Some(f) = f[size(op) + 1] {
                    self.asm.vex(f, S, a, B);
                }
                self.store_v(op.rd, S);
                return true;
            }
            _ => return false,
        };
        let n = size(op);
        let element = matches!(
            op.code,
            e::SMULL_ELEM | e::UMULL_ELEM | e::SMLAL_ELEM | e::UMLAL_ELEM | e::SMLSL_ELEM | e::UMLSL_ELEM
        );
        if element {
            // The element in every lane, then widened as any operand.
            let b = self.v_in(op.rm, B);
            self.asm.vex_rm(v1(0x73), 3, B.0, Rm::Reg(Reg(b.0))); // VPSRLDQ
            self.asm.byte(op.ra << n);
            self.asm.vex2([v2(0x78), v2(0x79), v2(0x58), v2(0x59)][n], B, B);
            let extend = if signed { PMOVSX } else { PMOVZX }[n];
            if let Some(extend) = extend {
                self.asm.vex2(extend, B, B);
            }
        } else {
            self.widened(op.rm, op, signed, B);
        }
        self.widened(op.rn, op, signed, A);
        let wide = n + 1;
        match then {
            Then::Add | Then::Sub => {
                if let Some(f) = if then == Then::Add { PADD } else { PSUB }[wide] {
                    self.asm.vex(f, S, A, B);
                }
            }
            _ => {
                // Of 64-bit lanes only the low halves matter: VPMULDQ, VPMULUDQ.
                let f = match wide {
                    1 => v1(0xd5),
                    2 => v2(0x40),
                    _ if signed => v2(0x28),
                    _ => v1(0xf4),
                };
                self.asm.vex(f, S, A, B);
                if then != Then::Mul {
                    let d = self.v_in(op.rd, A);
                    if let Some(f) = if then == Then::MulAdd { PADD } else { PSUB }[wide] {
                        self.asm.vex(f, S, d, S);
                    }
                }
            }
        }
        self.store_v(op.rd, S);
        true
    }

    /// The half of a narrow operand that the instruction names, widened, into `dst`.
    fn widened(&mut self, v: u8, op: &Op, signed: bool, dst: Xmm) {
        let Some(extend) = (if signed { PMOVSX } else { PMOVZX })[size(op)] else { return };
        let from = self.v_in(v, dst);
        if upper(op) {
            self.asm.vex_imm(VPSHUFD, dst, Xmm(0), from, 0xee);
            self.asm.vex2(extend, dst, dst);
        } else {
            self.asm.vex2(extend, dst, from);
        }
    }

    /// Both operands of a pairwise instruction in one register of which the low half counts, or in A and B.
    fn pair_operands(&mut self, op: &Op) -> (Xmm, Xmm) {
        let a = self.v_in(op.rn, A);
        let b = self.v_in(op.rm, B);
        if op.aux >> 4 == 128 {
            (a, b)
        } else {
            self.asm.vex(VPUNPCKLQDQ, A, a, b);
            (A, A)
        }
    }

    fn pairs(&mut self, op: &Op) -> bool {
        let n = size(op);
        match op.code {
            t::ADDP if n == 1 || n == 2 => {
                let (a, b) = self.pair_operands(op);
                self.asm.vex(v2(n as u8), S, a, b); // VPHADDW, VPHADDD
            }
            t::ADDP if n == 3 => {
                let a = self.v_in(op.rn, A);
                let b = self.v_in(op.rm, B);
                self.asm.vex(v1(0x6c), C, a, b);
                self.asm.vex(v1(0x6d), S, a, b);
                self.asm.vex(v1(0xd4), S, S, C);
            }
            t::ADDP | t::UMAXP | t::UMINP if n == 0 => {
                let f = match op.code {
                    t::ADDP => v1(0xfc),
                    t::UMAXP => v1(0xde),
                    _ => v1(0xda),
                };
                let (a, b) = self.pair_operands(op);
                self.even_bytes_of(f, C, a);
                if a == b {
                    self.asm.vex2(super::MOVE, B, C);
                } else {
                    self.even_bytes_of(f, B, b);
                }
                self.asm.vex(VPACKUSWB, S, C, B);
            }
            t::UABD | t::SABD | t::UABA | t::SABA => {
                let signed = matches!(op.code, t::SABD | t::SABA);
                let (max, min) = if signed { (PMAXS, PMINS) } else { (PMAXU, PMINU) };
                let (Some(max), Some(min), Some(sub)) = (max[n], min[n], PSUB[n]) else { return false };
                let a = self.v_in(op.rn, A);
                let b = self.v_in(op.rm, B);
                self.asm.vex(max, S, a, b);
                self.asm.vex(min, C, a, b);
                self.asm.vex(sub, S, S, C);
                if matches!(op.code, t::UABA | t::SABA) {
                    let d = self.v_operand(op.rd);
                    if let Some(add) = PADD[n] {
                        self.asm.vex(add, S, S, d);
                    }
                }
            }
            m::UADDLP | m::UADALP if n < 2 => {
                let a = self.v_in(op.rn, A);
                // Low halves of the wide lanes, plus high halves.
                self.shift_lanes(n + 1, SLL, C, a, lane_bits(op));
                self.shift_lanes(n + 1, SRL, C, C, lane_bits(op));
                self.shift_lanes(n + 1, SRL, S, a, lane_bits(op));
                let Some(add) = PADD[n + 1] else { return false };
                self.asm.vex(add, S, S, C);
                if op.code == m::UADALP {
                    let d = self.v_operand(op.rd);
                    self.asm.vex(add, S, S, d);
                }
            }
            t::PMULL_1Q if self.switches.host_aes => {
                let a = self.v_in(op.rn, A);
                let b = self.v_in(op.rm, B);
                self.asm.vex_imm(v3(0x44), S, a, b, if upper(op) { 0x11 } else { 0x00 });
            }
            _ => return false,
        }
        self.simd_result(op);
        true
    }

    /// `dst`: in each 16-bit lane `f` of its two bytes, zero-extended.
    fn even_bytes_of(&mut self, f: Vex, dst: Xmm, from: Xmm) {
        self.shift_lanes(1, SRL, S, from, 8);
        self.asm.vex(f, S, S, from);
        self.shift_lanes(1, SLL, S, S, 8);
        self.shift_lanes(1, SRL, dst, S, 8);
    }

    fn across(&mut self, op: &Op) -> bool {
        let n = size(op);
        let f: BySize = match op.code {
            m::ADDV | m::ADDP_SCALAR => PADD,
            m::UMAXV => PMAXU,
            m::UMINV => PMINU,
            m::SMAXV => PMAXS,
            m::SMINV => PMINS,
            _ => return false,
        };
        let Some(f) = f[n] else { return false };
        let mut a = self.v_in(op.rn, A);
        let mut step = (op.aux >> 4) as u8 / 16;
        while step >= 1 << n {
            self.asm.vex_rm(v1(0x73), 3, C.0, Rm::Reg(Reg(a.0))); // VPSRLDQ
            self.asm.byte(step);
            self.asm.vex(f, S, a, C);
            a = S;
            step /= 2;
        }
        let scalar = Op { aux: op.aux & 0xf | (8 << n) << 4, ..*op };
        self.simd_result(&scalar);
        true
    }

    fn reorder(&mut self, op: &Op) -> bool {
        let n = size(op);
        match op.code {
            m::REV64 if n == 2 => {
                let a = self.v_in(op.rn, A);
                self.asm.vex_imm(VPSHUFD, S, Xmm(0), a, 0xb1);
            }
            m::REV64 | m::REV32_VEC | m::REV16_VEC => {
                let group = match op.code {
                    m::REV64 => 8,
                    m::REV32_VEC => 4,
                    _ => 2,
                };
                let a = self.v_in(op.rn, A);
                self.asm.vex(VPSHUFB, S, a, byte_order(group, n));
            }
            // Each lane's low or high half, packed.
            c::UZP1 | c::UZP2 if n < 2 => {
                let (a, b) = self.pair_operands(op);
                let bits = lane_bits(op);
                for (from, to) in [(a, S), (b, C)] {
                    if op.code == c::UZP1 {
                        self.shift_lanes(n + 1, SLL, to, from, bits);
                        self.shift_lanes(n + 1, SRL, to, to, bits);
                    } else {
                        self.shift_lanes(n + 1, SRL, to, from, bits);
                    }
                }
                self.asm.vex(if n == 0 { VPACKUSWB } else { VPACKUSDW }, S, S, C);
            }
            c::TRN1 | c::TRN2 if n < 3 => {
                let a = self.v_in(op.rn, A);
                let b = self.v_in(op.rm, B);
                let bits = lane_bits(op);
                if op.code == c::TRN1 {
                    self.shift_lanes(n + 1, SLL, C, a, bits);
                    self.shift_lanes(n + 1, SRL, C, C, bits);
                    self.shift_lanes(n + 1, SLL, S, b, bits);
                } else {
                    self.shift_lanes(n + 1, SRL, C, a, bits);
                    self.shift_lanes(n + 1, SRL, S, b, bits);
                    self.shift_lanes(n + 1, SLL, S, S, bits);
                }
                self.asm.vex(VPOR, S, S, C);
            }
            c::EXT_8B => {
                let a = self.v_in(op.rn, A);
                let b = self.v_in(op.rm, B);
                self.asm.vex(VPUNPCKLQDQ, S, a, b);
                self.asm.vex_rm(v1(0x73), 3, S.0, Rm::Reg(Reg(S.0))); // VPSRLDQ
                self.asm.byte((op.imm >> 11 & 7) as u8);
                self.asm.vex2(VMOVQ, S, S);
                self.store_v(op.rd, S);
                return true;
            }
            m::CNT => {
                // Of each nibble by table.
                let a = self.v_in(op.rn, A);
                self.constant_vector(0x0f0f_0f0f_0f0f_0f0f);
                self.asm.vex(VPAND, B, a, S);
                self.shift_lanes(1, SRL, C, a, 4);
                self.asm.vex(VPAND, C, C, S);
                let table = byte_order(1, 0);
                self.asm.vex2(super::LOAD, S, table);
                self.asm.vex(VPSHUFB, B, S, B);
                self.asm.vex(VPSHUFB, C, S, C);
                self.asm.vex(v1(0xfc), S, B, C);
            }
            _ => return false,
        }
        self.simd_result(op);
        true
    }

    /// LD1R: one element in every lane.
    fn replicate(&mut self, op: &Op) -> bool {
        // aux: structure size, log2 of the element, index, and bit 12 for replication.
        let (count, n, replicates) = (op.aux & 15, usize::from(op.aux >> 4 & 15), op.aux >> 12 & 1 != 0);
        if op.code != l::LD1_ST1_ONE || count != 1 || !replicates || !self.switches.memory {
            return false;
        }
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let base = self.x_in(op.rn, crate::asm::RAX, true);
        if op.rn == SP && self.mode.sp_checked() {
            self.asm.test8_imm(base, 15);
            self.asm.jcc(crate::asm::CC_NE, slow);
        }
        self.asm.mov(true, crate::asm::RAX, base);
        self.translate(1 << n, false, slow);
        self.asm.vex2([v2(0x78), v2(0x79), v2(0x58), v2(0x59)][n & 3], S, at(crate::asm::RAX, 0));
        if op.imm >> 30 & 1 == 0 {
            self.asm.vex2(VMOVQ, S, S);
        }
        self.store_v(op.rd, S);
        self.asm.bind(back);
        true
    }

    /// LD1 and ST1 of one to four whole registers.
    fn structures(&mut self, op: &Op) -> bool {
        if !matches!(op.code, l::LD1_ST1_MULT | l::LD_MULT_POST) || op.aux >> 4 != 1 || !self.switches.memory {
            return false;
        }
        let (count, q, load) = (op.aux as u8 & 15, op.imm >> 30 & 1 != 0, op.imm >> 22 & 1 != 0);
        let bytes = if q { 16 } else { 8 };
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let base = self.x_in(op.rn, crate::asm::RAX, true);
        if op.rn == SP && self.mode.sp_checked() {
            self.asm.test8_imm(base, 15);
            self.asm.jcc(crate::asm::CC_NE, slow);
        }
        self.asm.mov(true, crate::asm::RAX, base);
        self.translate(bytes * count, !load, slow);
        for i in 0..count {
            let v = (op.rd + i) & 31;
            let place = at(crate::asm::RAX, i32::from(bytes * i));
            if load {
                self.load_vector(v, place, bytes);
            } else {
                self.store_vector(v, place, bytes);
            }
        }
        if op.code == l::LD_MULT_POST {
            let amount = if op.rm == 31 {
                self.asm.mov_imm(RCX, u64::from(bytes * count));
                RCX
            } else {
                self.x_in(op.rm, RCX, true)
            };
            match self.x(op.rn) {
                Rm::Reg(r) => self.asm.lea(true, r, crate::asm::indexed(r, amount, 0, 0)),
                Rm::Mem(m) => {
                    self.asm.mov(true, crate::asm::RAX, m);
                    self.asm.lea(true, crate::asm::RAX, crate::asm::indexed(crate::asm::RAX, amount, 0, 0));
                    self.asm.store(true, m, crate::asm::RAX);
                }
            }
        }
        self.asm.bind(back);
        true
    }
}
