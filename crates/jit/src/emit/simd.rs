//! Advanced SIMD on integers: whole-vector instructions that one host instruction, or a few, can do. What saturates, and
//! sizes the host lacks, are the interpreter's.

use super::Emitter;
use crate::asm::{RAX, Vex, Xmm};
use vmapple_a64::Op;
use vmapple_a64::decode::{Code, simd_copy_code as c, simd_misc_code as m, simd_shift_code as h, simd_three_code as t};

/// Where results are made.
pub(super) const S: Xmm = Xmm(0);
const A: Xmm = Xmm(1);
const B: Xmm = Xmm(2);
const C: Xmm = Xmm(3);

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

const VPAND: Vex = v1(0xdb);
const VPANDN: Vex = v1(0xdf);
const VPOR: Vex = v1(0xeb);
const VPXOR: Vex = v1(0xef);
const VMOVQ: Vex = Vex { pp: 2, map: 1, w: false, opcode: 0x7e };
const VMOVQ_GPR: Vex = Vex { w: true, ..v1(0x6e) };
const VPUNPCKLQDQ: Vex = v1(0x6c);
const VPSHUFD: Vex = v1(0x70);

/// By log2 of the element's bytes; `None` where the host has none.
pub(super) type BySize = [Option<Vex>; 4];
const fn all(b: u8, w: u8, d: u8, q: u8) -> BySize {
    [Some(v1(b)), Some(v1(w)), Some(v1(d)), Some(v1(q))]
}

pub(super) const PADD: BySize = all(0xfc, 0xfd, 0xfe, 0xd4);
pub(super) const PSUB: BySize = all(0xf8, 0xf9, 0xfa, 0xfb);
const PCMPEQ: BySize = [Some(v1(0x74)), Some(v1(0x75)), Some(v1(0x76)), Some(v2(0x29))];
const PCMPGT: BySize = [Some(v1(0x64)), Some(v1(0x65)), Some(v1(0x66)), Some(v2(0x37))];
pub(super) const PMAXS: BySize = [Some(v2(0x3c)), Some(v1(0xee)), Some(v2(0x3d)), None];
pub(super) const PMAXU: BySize = [Some(v1(0xde)), Some(v2(0x3e)), Some(v2(0x3f)), None];
pub(super) const PMINS: BySize = [Some(v2(0x38)), Some(v1(0xea)), Some(v2(0x39)), None];
pub(super) const PMINU: BySize = [Some(v1(0xda)), Some(v2(0x3a)), Some(v2(0x3b)), None];
const PMUL: BySize = [None, Some(v1(0xd5)), Some(v2(0x40)), None];
const PABS: BySize = [Some(v2(0x1c)), Some(v2(0x1d)), Some(v2(0x1e)), None];
const PUNPCKL: BySize = all(0x60, 0x61, 0x62, 0x6c);
const PUNPCKH: BySize = all(0x68, 0x69, 0x6a, 0x6d);
const BROADCAST: BySize = [Some(v2(0x78)), Some(v2(0x79)), Some(v2(0x58)), Some(v2(0x59))];
pub(super) const PMOVZX: BySize = [Some(v2(0x30)), Some(v2(0x33)), Some(v2(0x35)), None];
pub(super) const PMOVSX: BySize = [Some(v2(0x20)), Some(v2(0x23)), Some(v2(0x25)), None];
/// Shift by immediate: the opcode by size; the direction is in ModRM.
const SHIFT: BySize = [None, Some(v1(0x71)), Some(v1(0x72)), Some(v1(0x73))];
pub(super) const SRL: u8 = 2;
const SRA: u8 = 4;
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

impl Emitter<'_> {
    /// Translates an integer AdvSIMD instruction; false if it has no host form here. SIMD is enabled.
    pub(crate) fn simd(&mut self, op: &Op) -> bool {
        self.simd_three(op) || self.simd_two(op) || self.simd_shift(op) || self.simd_move(op) || self.simd_between(op)
    }

    /// Writes the result in `S`, of the width the instruction has.
    pub(super) fn simd_result(&mut self, op: &Op) {
        match op.aux >> 4 {
            128 => self.store_v(op.rd, S),
            64 => {
                self.asm.vex2(VMOVQ, S, S);
                self.store_v(op.rd, S);
            }
            bits => {
                // A scalar of 8, 16 or 32 bits: by way of a general register.
                self.asm.vex_rm(v1(0x7e), S.0, 0, RAX.into());
                match bits {
                    8 => self.asm.movzx8(RAX, RAX),
                    16 => self.asm.movzx16(RAX, RAX),
                    _ => {}
                }
                self.asm.vex_rm(v1(0x6e), S.0, 0, RAX.into());
                self.store_v(op.rd, S);
            }
        }
    }

    fn ones(&mut self, x: Xmm) {
        self.asm.vex(v1(0x76), x, x, x);
    }

    fn zero(&mut self, x: Xmm) {
        self.asm.vex(VPXOR, x, x, x);
    }

    fn invert(&mut self, x: Xmm) {
        self.ones(C);
        self.asm.vex(VPXOR, x, x, C);
    }

    /// `S = f(first, second)` on the lanes of the instruction's size.
    fn lanes(&mut self, op: &Op, f: BySize) -> bool {
        let Some(f) = f[size(op)] else { return false };
        if crate::evex::exists(f) {
            let a = self.v_any(op.rn, A);
            let b = self.v_operand(op.rm);
            self.asm.vex(f, S, a, b);
        } else {
            let a = self.v_in(op.rn, A);
            let b = self.v_in(op.rm, B);
            self.asm.vex(f, S, a, b);
        }
        self.simd_result(op);
        true
    }

    fn simd_three(&mut self, op: &Op) -> bool {
        match op.code {
            t::AND_VEC => self.lanes(op, [Some(VPAND); 4]),
            t::EOR_VEC => self.lanes(op, [Some(VPXOR); 4]),
            t::ORR_VEC => self.lanes(op, [Some(VPOR); 4]),
            t::BIC_VEC => {
                let b = self.v_in(op.rm, B);
                let a = self.v_operand(op.rn);
                self.asm.vex(VPANDN, S, b, a);
                self.simd_result(op);
                true
            }
            t::ORN_VEC => {
                let b = self.v_operand(op.rm);
                self.ones(S);
                self.asm.vex(VPXOR, S, S, b);
                let a = self.v_operand(op.rn);
                self.asm.vex(VPOR, S, S, a);
                self.simd_result(op);
                true
            }
            t::BSL | t::BIT | t::BIF => {
                self.bit_select(op);
                true
            }
            t::ADD_VEC | t::ADD_SCALAR => self.lanes(op, PADD),
            t::SUB_VEC | t::SUB_SCALAR => self.lanes(op, PSUB),
            t::MUL => self.lanes(op, PMUL),
            t::MLA => self.multiply_add(op, PADD),
            t::MLS => self.multiply_add(op, PSUB),
            t::CMEQ | t::CMEQ_SCALAR => self.lanes(op, PCMPEQ),
            t::CMGT | t::CMGT_SCALAR => self.lanes(op, PCMPGT),
            t::CMGE | t::CMGE_SCALAR => {
                let b = self.v_in(op.rm, B);
                let a = self.v_in(op.rn, A);
                let Some(f) = PCMPGT[size(op)] else { return false };
                self.asm.vex(f, S, b, a);
                self.invert(S);
                self.simd_result(op);
                true
            }
            // The larger of both is the first (HS), or is not the second (HI).
            t::CMHS | t::CMHI => {
                let (Some(max), Some(eq)) = (PMAXU[size(op)], PCMPEQ[size(op)]) else { return false };
                let a = self.v_in(op.rn, A);
                let b = self.v_in(op.rm, B);
                self.asm.vex(max, S, a, b);
                if op.code == t::CMHS {
                    self.asm.vex(eq, S, S, a);
                } else {
                    self.asm.vex(eq, S, S, b);
                    self.invert(S);
                }
                self.simd_result(op);
                true
            }
            t::CMTST | t::CMTST_SCALAR => {
                let Some(eq) = PCMPEQ[size(op)] else { return false };
                let a = self.v_in(op.rn, A);
                let b = self.v_operand(op.rm);
                self.asm.vex(VPAND, S, a, b);
                self.zero(C);
                self.asm.vex(eq, S, S, C);
                self.invert(S);
                self.simd_result(op);
                true
            }
            t::SMAX => self.lanes(op, PMAXS),
            t::UMAX => self.lanes(op, PMAXU),
            t::SMIN => self.lanes(op, PMINS),
            t::UMIN => self.lanes(op, PMINU),
            _ => false,
        }
    }

    fn bit_select(&mut self, op: &Op) {
        let d = self.v_in(op.rd, C);
        let a = self.v_in(op.rn, A);
        let b = self.v_in(op.rm, B);
        match op.code {
            // rm ^ (rd & (rn ^ rm))
            t::BSL => {
                self.asm.vex(VPXOR, S, a, b);
                self.asm.vex(VPAND, S, S, d);
                self.asm.vex(VPXOR, S, S, b);
            }
            // rd ^ ((rd ^ rn) & rm), or & ~rm
            _ => {
                self.asm.vex(VPXOR, S, d, a);
                if op.code == t::BIT {
                    self.asm.vex(VPAND, S, S, b);
                } else {
                    self.asm.vex(VPANDN, S, b, S);
                }
                self.asm.vex(VPXOR, S, S, d);
            }
        }
        self.simd_result(op);
    }

    fn multiply_add(&mut self, op: &Op, add: BySize) -> bool {
        let (Some(mul), Some(add)) = (PMUL[size(op)], add[size(op)]) else { return false };
        let a = self.v_in(op.rn, A);
        let b = self.v_operand(op.rm);
        self.asm.vex(mul, B, a, b);
        let d = self.v_in(op.rd, C);
        self.asm.vex(add, S, d, B);
        self.simd_result(op);
        true
    }

    fn simd_two(&mut self, op: &Op) -> bool {
        let n = size(op);
        match op.code {
            m::NOT => {
                let a = self.v_operand(op.rn);
                self.ones(S);
                self.asm.vex(VPXOR, S, S, a);
            }
            m::CMEQ_ZERO | m::CMEQ_ZERO_SCALAR => self.against_zero(op, PCMPEQ, false, false),
            m::CMGT_ZERO | m::CMGT_ZERO_SCALAR => self.against_zero(op, PCMPGT, false, false),
            m::CMLT_ZERO | m::CMLT_ZERO_SCALAR => self.against_zero(op, PCMPGT, true, false),
            m::CMGE_ZERO | m::CMGE_ZERO_SCALAR => self.against_zero(op, PCMPGT, true, true),
            m::CMLE_ZERO | m::CMLE_ZERO_SCALAR => self.against_zero(op, PCMPGT, false, true),
            m::NEG_VEC | m::NEG_SCALAR => self.against_zero(op, PSUB, true, false),
            m::ABS_VEC if n < 3 => {
                let Some(f) = PABS[n] else { return false };
                let a = self.v_operand(op.rn);
                self.asm.vex2(f, S, a);
            }
            m::XTN => return self.narrow(op),
            _ => return false,
        }
        self.simd_result(op);
        true
    }

    /// `S = f(register, 0)`, or `f(0, register)` if swapped; inverted at the end.
    fn against_zero(&mut self, op: &Op, f: BySize, swapped: bool, inverted: bool) {
        let a = self.v_in(op.rn, A);
        self.zero(B);
        let (first, second) = if swapped { (B, a) } else { (a, B) };
        if let Some(f) = f[size(op)] {
            self.asm.vex(f, S, first, second);
        }
        if inverted {
            self.invert(S);
        }
    }

    /// `dst = src shifted by n` in lanes of 2, 4 or 8 bytes.
    pub(super) fn shift_lanes(&mut self, lane: usize, kind: u8, dst: Xmm, src: Xmm, n: u8) {
        if let Some(v) = SHIFT[lane] {
            self.asm.vex_rm(v, kind, dst.0, crate::asm::Rm::Reg(crate::asm::Reg(src.0)));
            self.asm.byte(n);
        }
    }

    /// SHRN and XTN: shift, keep the low half of each lane, pack.
    fn narrow(&mut self, op: &Op) -> bool {
        let n = size(op);
        let wide = n + 1;
        let mut a = self.v_in(op.rn, A);
        if op.ra != 0 {
            self.shift_lanes(wide, SRL, S, a, op.ra);
            a = S;
        }
        match n {
            0 | 1 => {
                // Clear the upper halves, so that the saturating pack only packs.
                self.ones(C);
                self.shift_lanes(wide, SRL, C, C, 8 << n);
                self.asm.vex(VPAND, S, a, C);
                self.asm.vex(if n == 0 { v1(0x67) } else { v2(0x2b) }, S, S, S);
            }
            _ => self.asm.vex_imm(VPSHUFD, S, Xmm(0), a, 0x88),
        }
        if upper(op) {
            let d = self.v_in(op.rd, B);
            self.asm.vex(VPUNPCKLQDQ, S, d, S);
            self.store_v(op.rd, S);
        } else {
            self.asm.vex2(VMOVQ, S, S);
            self.store_v(op.rd, S);
        }
        true
    }

    fn simd_shift(&mut self, op: &Op) -> bool {
        let n = size(op);
        let bits = lane_bits(op);
        match op.code {
            // The host has no shifts of bytes: shift words, and clear what came from the neighbour.
            h::SHL | h::USHR if n == 0 => {
                let a = self.v_in(op.rn, A);
                let mask = if op.code == h::SHL { 0xff << op.ra & 0xff } else { 0xff >> op.ra };
                self.constant_vector(mask * 0x0101_0101_0101_0101);
                self.shift_lanes(1, if op.code == h::SHL { SLL } else { SRL }, B, a, op.ra);
                self.asm.vex(VPAND, S, S, B);
            }
            h::SHL | h::SHL_SCALAR if n > 0 => {
                let a = self.v_in(op.rn, A);
                self.shift_lanes(n, SLL, S, a, op.ra);
            }
            h::USHR | h::USHR_SCALAR if n > 0 => {
                let a = self.v_in(op.rn, A);
                self.shift_lanes(n, SRL, S, a, op.ra);
            }
            h::SSHR if matches!(n, 1 | 2) => {
                let a = self.v_in(op.rn, A);
                self.shift_lanes(n, SRA, S, a, op.ra);
            }
            h::USRA if n > 0 => {
                let Some(add) = PADD[n] else { return false };
                let a = self.v_in(op.rn, A);
                self.shift_lanes(n, SRL, S, a, op.ra);
                let d = self.v_operand(op.rd);
                self.asm.vex(add, S, S, d);
            }
            // The bits that are kept, by shifting the others out and back.
            h::SRI | h::SLI if n > 0 => {
                let a = self.v_in(op.rn, A);
                let d = self.v_in(op.rd, B);
                if op.code == h::SRI {
                    let keep = bits - op.ra;
                    self.shift_lanes(n, SRL, B, d, keep);
                    self.shift_lanes(n, SLL, B, B, keep);
                    self.shift_lanes(n, SRL, S, a, op.ra);
                } else {
                    let keep = bits - op.ra;
                    self.shift_lanes(n, SLL, B, d, keep);
                    self.shift_lanes(n, SRL, B, B, keep);
                    self.shift_lanes(n, SLL, S, a, op.ra);
                }
                self.asm.vex(VPOR, S, S, B);
            }
            h::USHLL | h::SSHLL => {
                let Some(extend) = (if op.code == h::USHLL { PMOVZX } else { PMOVSX })[n] else { return false };
                let a = self.v_in(op.rn, A);
                if upper(op) {
                    self.asm.vex_imm(VPSHUFD, S, Xmm(0), a, 0xee);
                    self.asm.vex2(extend, S, S);
                } else {
                    self.asm.vex2(extend, S, a);
                }
                if op.ra != 0 {
                    self.shift_lanes(n + 1, SLL, S, S, op.ra);
                }
            }
            h::SHRN => return self.narrow(op),
            h::MOVI_32 | h::MOVI_16 | h::MOVI_32_ONES | h::MOVI_8 | h::MOVI_64 => self.constant_vector(op.imm),
            h::MVNI_32 | h::MVNI_16 | h::MVNI_32_ONES => self.constant_vector(!op.imm),
            _ => return false,
        }
        self.simd_result(op);
        true
    }

    /// A doubleword in both halves of `S`.
    pub(super) fn constant_vector(&mut self, v: u64) {
        match v {
            0 => self.zero(S),
            u64::MAX => self.ones(S),
            _ => {
                self.asm.mov_imm(RAX, v);
                self.asm.vex_rm(VMOVQ_GPR, S.0, 0, RAX.into());
                self.asm.vex(VPUNPCKLQDQ, S, S, S);
            }
        }
    }

    fn simd_move(&mut self, op: &Op) -> bool {
        let n = size(op);
        let code: Code = op.code;
        match code {
            c::DUP_GEN => {
                let from = self.x_in(op.rn, RAX, true);
                self.asm.vex_rm(VMOVQ_GPR, S.0, 0, from.into());
                self.broadcast(n, S);
            }
            c::DUP_ELEM => {
                let a = self.v_in(op.rn, A);
                let at = op.ra << n;
                if at == 0 {
                    self.broadcast(n, a);
                } else {
                    // VPSRLDQ
                    self.asm.vex_rm(v1(0x73), 3, S.0, crate::asm::Rm::Reg(crate::asm::Reg(a.0)));
                    self.asm.byte(at);
                    self.broadcast(n, S);
                }
            }
            c::DUP_SCALAR => {
                self.extract(op.rn, n, op.ra);
                self.asm.vex_rm(VMOVQ_GPR, S.0, 0, RAX.into());
                self.store_v(op.rd, S);
                return true;
            }
            c::UMOV_W | c::UMOV_X | c::SMOV_W | c::SMOV_X => {
                self.extract(op.rn, n, op.ra);
                match (code, n) {
                    (c::SMOV_W | c::SMOV_X, 0) => self.asm.movsx8(code == c::SMOV_X, RAX, RAX),
                    (c::SMOV_W | c::SMOV_X, 1) => self.asm.movsx16(code == c::SMOV_X, RAX, RAX),
                    (c::SMOV_X, _) => self.asm.movsxd(RAX, RAX),
                    _ => {}
                }
                self.store_x(op.rd, RAX);
                return true;
            }
            c::INS_GEN => {
                self.load_x(RAX, op.rn, true);
                self.insert(op, n);
                return true;
            }
            c::INS_ELEM => {
                self.extract(op.rn, n, op.ra);
                self.insert(op, n);
                return true;
            }
            c::ZIP1 | c::ZIP2 | c::UZP1 | c::UZP2 | c::TRN1 | c::TRN2 => return self.permute(op),
            c::EXT_16B => {
                let b = self.v_in(op.rm, B);
                let a = self.v_operand(op.rn);
                self.asm.vex_imm(v3(0x0f), S, b, a, (op.imm >> 11 & 15) as u8);
                self.store_v(op.rd, S);
                return true;
            }
            // One table register: indices from 16 on give zero, which the host does for bit 7.
            c::TBL if op.imm >> 13 & 3 == 0 => {
                let index = self.v_operand(op.rm);
                self.constant_vector(0x7070_7070_7070_7070);
                self.asm.vex(v1(0xdc), B, S, index); // VPADDUSB
                let a = self.v_in(op.rn, A);
                self.asm.vex(v2(0x00), S, a, B); // VPSHUFB
            }
            _ => return false,
        }
        self.simd_result(op);
        true
    }

    fn broadcast(&mut self, n: usize, from: Xmm) {
        if let Some(v) = BROADCAST[n] {
            self.asm.vex2(v, S, from);
        }
    }

    /// Lane `index` of a vector register into RAX, zero-extended.
    fn extract(&mut self, v: u8, n: usize, index: u8) {
        let a = self.v_in(v, A);
        let f = [v3(0x14), v3(0x15), v3(0x16), Vex { w: true, ..v3(0x16) }][n];
        self.asm.vex_rm(f, a.0, 0, RAX.into());
        self.asm.byte(index);
    }

    /// RAX into lane `rm` of the destination.
    fn insert(&mut self, op: &Op, n: usize) {
        let d = self.v_in(op.rd, A);
        let f = [v3(0x20), v1(0xc4), v3(0x22), Vex { w: true, ..v3(0x22) }][n];
        self.asm.vex_rm(f, S.0, d.0, RAX.into());
        self.asm.byte(op.rm);
        self.store_v(op.rd, S);
    }

    fn permute(&mut self, op: &Op) -> bool {
        let n = size(op);
        let whole = op.aux >> 4 == 128;
        let a = self.v_in(op.rn, A);
        let b = self.v_in(op.rm, B);
        let low = PUNPCKL[n].unwrap_or(VPUNPCKLQDQ);
        let high = PUNPCKH[n].unwrap_or(VPUNPCKLQDQ);
        match (op.code, n) {
            (c::ZIP1, _) => self.asm.vex(low, S, a, b),
            (c::ZIP2, _) if whole => self.asm.vex(high, S, a, b),
            (c::ZIP2, _) => {
                self.asm.vex(low, S, a, b);
                self.asm.vex_imm(VPSHUFD, S, Xmm(0), S, 0xee);
            }
            (c::UZP1 | c::TRN1, 3) => self.asm.vex(low, S, a, b),
            (c::UZP2 | c::TRN2, 3) => self.asm.vex(high, S, a, b),
            // VSHUFPS: two lanes from each.
            (c::UZP1, 2) if whole => self.asm.vex_imm(Vex { pp: 0, map: 1, w: false, opcode: 0xc6 }, S, a, b, 0x88),
            (c::UZP2, 2) if whole => self.asm.vex_imm(Vex { pp: 0, map: 1, w: false, opcode: 0xc6 }, S, a, b, 0xdd),
            _ => return false,
        }
        self.simd_result(op);
        true
    }
}
