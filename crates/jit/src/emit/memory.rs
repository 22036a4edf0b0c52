//! Loads and stores through the inline TLB (`spec/cpu-engine.md` 6.2).
//!
//! One comparison settles translation, permission, alignment to the page and page crossing: the page of the access's last
//! byte must be the page the entry is for, which is that of its first byte. Whatever does not pass (a miss, a crossing, a device,
//! a tag) is executed by the interpreter, which also fills the entry.

use super::{Cold, Emitter, LOAD, STORE};
use crate::asm::{Alu, CC_NE, Label, Mem, R15, RAX, RCX, RDX, Reg, Rm, Shift, Vex, Xmm, at, indexed};
use crate::frame::in_cpu;
use crate::refill;
use vmapple_a64::Op;
use vmapple_a64::decode::{ldst_code as l, ldst_simd_code as v};
use vmapple_a64::layout::tlb;
use vmapple_a64::state::SP;

/// How the address is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Base plus immediate.
    Offset,
    /// Base; then the immediate is added to it.
    Post,
    /// Base plus immediate, which becomes the base.
    Pre,
    /// Base plus extended register.
    Register,
    /// The program counter plus immediate.
    Literal,
}

/// What a loaded value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ext {
    Zero,
    Sign32,
    Sign64,
}

/// What is transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Load(Ext),
    Store,
    LoadPair(Ext),
    StorePair,
    LoadVector,
    StoreVector,
    LoadVectorPair,
    StoreVectorPair,
}

/// An access: kind, bytes of one register, addressing.
#[derive(Clone, Copy, Debug)]
struct Shape {
    kind: Kind,
    size: u8,
    mode: Mode,
}

const fn load(size: u8, mode: Mode, ext: Ext) -> Option<Shape> {
    Some(Shape { kind: Kind::Load(ext), size, mode })
}
const fn store(size: u8, mode: Mode) -> Option<Shape> {
    Some(Shape { kind: Kind::Store, size, mode })
}
const fn pair(kind: Kind, size: u8, mode: Mode) -> Option<Shape> {
    Some(Shape { kind, size, mode })
}

use Ext::{Sign32, Sign64, Zero};
use Kind::{LoadPair, LoadVector, LoadVectorPair, StorePair, StoreVector, StoreVectorPair};
use Mode::{Literal, Offset, Post, Pre, Register};

/// The shape of a load or store of general registers that has a fast path.
#[rustfmt::skip]
fn general(op: &Op) -> Option<Shape> {
    match op.code {
        l::LDRB_IMM | l::LDURB | l::LDTRB => load(1, Offset, Zero),
        l::LDRH_IMM | l::LDURH | l::LDTRH => load(2, Offset, Zero),
        l::LDR_IMM_W | l::LDUR_W | l::LDTR_W => load(4, Offset, Zero),
        l::LDR_IMM_X | l::LDUR_X | l::LDTR_X => load(8, Offset, Zero),
        l::LDRSB_IMM_X | l::LDURSB_X | l::LDTRSB_X => load(1, Offset, Sign64),
        l::LDRSB_IMM_W | l::LDURSB_W | l::LDTRSB_W => load(1, Offset, Sign32),
        l::LDRSH_IMM_X | l::LDURSH_X | l::LDTRSH_X => load(2, Offset, Sign64),
        l::LDRSH_IMM_W | l::LDURSH_W | l::LDTRSH_W => load(2, Offset, Sign32),
        l::LDRSW_IMM | l::LDURSW | l::LDTRSW => load(4, Offset, Sign64),
        l::LDRB_POST => load(1, Post, Zero), l::LDRB_PRE => load(1, Pre, Zero),
        l::LDRH_POST => load(2, Post, Zero), l::LDRH_PRE => load(2, Pre, Zero),
        l::LDR_POST_W => load(4, Post, Zero), l::LDR_PRE_W => load(4, Pre, Zero),
        l::LDR_POST_X => load(8, Post, Zero), l::LDR_PRE_X => load(8, Pre, Zero),
        l::LDRSB_POST_X => load(1, Post, Sign64), l::LDRSB_PRE_X => load(1, Pre, Sign64),
        l::LDRSB_POST_W => load(1, Post, Sign32), l::LDRSB_PRE_W => load(1, Pre, Sign32),
        l::LDRSH_POST_X => load(2, Post, Sign64), l::LDRSH_PRE_X => load(2, Pre, Sign64),
        l::LDRSH_POST_W => load(2, Post, Sign32), l::LDRSH_PRE_W => load(2, Pre, Sign32),
        l::LDRSW_POST => load(4, Post, Sign64), l::LDRSW_PRE => load(4, Pre, Sign64),
        l::LDRB_REG => load(1, Register, Zero),
        l::LDRH_REG => load(2, Register, Zero),
        l::LDR_REG_W => load(4, Register, Zero),
        l::LDR_REG_X => load(8, Register, Zero),
        l::LDRSB_REG_X => load(1, Register, Sign64), l::LDRSB_REG_W => load(1, Register, Sign32),
        l::LDRSH_REG_X => load(2, Register, Sign64), l::LDRSH_REG_W => load(2, Register, Sign32),
        l::LDRSW_REG => load(4, Register, Sign64),
        l::LDR_LIT_W => load(4, Literal, Zero),
        l::LDR_LIT_X => load(8, Literal, Zero),
        l::LDRSW_LIT => load(4, Literal, Sign64),
        l::STRB_IMM | l::STURB | l::STTRB => store(1, Offset),
        l::STRH_IMM | l::STURH | l::STTRH => store(2, Offset),
        l::STR_IMM_W | l::STUR_W | l::STTR_W => store(4, Offset),
        l::STR_IMM_X | l::STUR_X | l::STTR_X => store(8, Offset),
        l::STRB_POST => store(1, Post), l::STRB_PRE => store(1, Pre),
        l::STRH_POST => store(2, Post), l::STRH_PRE => store(2, Pre),
        l::STR_POST_W => store(4, Post), l::STR_PRE_W => store(4, Pre),
        l::STR_POST_X => store(8, Post), l::STR_PRE_X => store(8, Pre),
        l::STRB_REG => store(1, Register),
        l::STRH_REG => store(2, Register),
        l::STR_REG_W => store(4, Register),
        l::STR_REG_X => store(8, Register),
        l::LDP_W | l::LDNP_W => pair(LoadPair(Zero), 4, Offset),
        l::LDP_X | l::LDNP_X => pair(LoadPair(Zero), 8, Offset),
        l::LDPSW => pair(LoadPair(Sign64), 4, Offset),
        l::LDP_POST_W => pair(LoadPair(Zero), 4, Post), l::LDP_PRE_W => pair(LoadPair(Zero), 4, Pre),
        l::LDP_POST_X => pair(LoadPair(Zero), 8, Post), l::LDP_PRE_X => pair(LoadPair(Zero), 8, Pre),
        l::LDPSW_POST => pair(LoadPair(Sign64), 4, Post), l::LDPSW_PRE => pair(LoadPair(Sign64), 4, Pre),
        l::STP_W | l::STNP_W => pair(StorePair, 4, Offset),
        l::STP_X | l::STNP_X => pair(StorePair, 8, Offset),
        l::STP_POST_W => pair(StorePair, 4, Post), l::STP_PRE_W => pair(StorePair, 4, Pre),
        l::STP_POST_X => pair(StorePair, 8, Post), l::STP_PRE_X => pair(StorePair, 8, Pre),
        _ => None,
    }
}

/// Whether an access is judged as EL0's, unless PSTATE.UAO says otherwise.
fn unprivileged(op: &Op) -> bool {
    matches!(
        op.code,
        l::LDTRB | l::LDTRH | l::LDTR_W | l::LDTR_X | l::LDTRSB_X | l::LDTRSB_W | l::LDTRSH_X | l::LDTRSH_W | l::LDTRSW
    ) || matches!(op.code, l::STTRB | l::STTRH | l::STTR_W | l::STTR_X)
}

/// The shape of a load or store of vector registers that has a fast path.
#[rustfmt::skip]
fn vector(op: &Op) -> Option<Shape> {
    let one = |kind, size, mode| Some(Shape { kind, size, mode });
    match op.code {
        v::LDR_IMM_B | v::LDUR_B => one(LoadVector, 1, Offset), v::LDR_IMM_H | v::LDUR_H => one(LoadVector, 2, Offset),
        v::LDR_IMM_S | v::LDUR_S => one(LoadVector, 4, Offset), v::LDR_IMM_D | v::LDUR_D => one(LoadVector, 8, Offset),
        v::LDR_IMM_Q | v::LDUR_Q => one(LoadVector, 16, Offset),
        v::LDR_POST_S => one(LoadVector, 4, Post), v::LDR_PRE_S => one(LoadVector, 4, Pre),
        v::LDR_POST_D => one(LoadVector, 8, Post), v::LDR_PRE_D => one(LoadVector, 8, Pre),
        v::LDR_POST_Q => one(LoadVector, 16, Post), v::LDR_PRE_Q => one(LoadVector, 16, Pre),
        v::LDR_REG_S => one(LoadVector, 4, Register), v::LDR_REG_D => one(LoadVector, 8, Register),
        v::LDR_REG_Q => one(LoadVector, 16, Register),
        v::LDR_LIT_S => one(LoadVector, 4, Literal), v::LDR_LIT_D => one(LoadVector, 8, Literal),
        v::LDR_LIT_Q => one(LoadVector, 16, Literal),
        v::STR_IMM_B | v::STUR_B => one(StoreVector, 1, Offset), v::STR_IMM_H | v::STUR_H => one(StoreVector, 2, Offset),
        v::STR_IMM_S | v::STUR_S => one(StoreVector, 4, Offset), v::STR_IMM_D | v::STUR_D => one(StoreVector, 8, Offset),
        v::STR_IMM_Q | v::STUR_Q => one(StoreVector, 16, Offset),
        v::STR_POST_S => one(StoreVector, 4, Post), v::STR_PRE_S => one(StoreVector, 4, Pre),
        v::STR_POST_D => one(StoreVector, 8, Post), v::STR_PRE_D => one(StoreVector, 8, Pre),
        v::STR_POST_Q => one(StoreVector, 16, Post), v::STR_PRE_Q => one(StoreVector, 16, Pre),
        v::STR_REG_S => one(StoreVector, 4, Register), v::STR_REG_D => one(StoreVector, 8, Register),
        v::STR_REG_Q => one(StoreVector, 16, Register),
        v::LDP_S | v::LDNP_S => one(LoadVectorPair, 4, Offset), v::LDP_D | v::LDNP_D => one(LoadVectorPair, 8, Offset),
        v::LDP_Q | v::LDNP_Q => one(LoadVectorPair, 16, Offset),
        v::LDP_POST_S => one(LoadVectorPair, 4, Post), v::LDP_PRE_S => one(LoadVectorPair, 4, Pre),
        v::LDP_POST_D => one(LoadVectorPair, 8, Post), v::LDP_PRE_D => one(LoadVectorPair, 8, Pre),
        v::LDP_POST_Q => one(LoadVectorPair, 16, Post), v::LDP_PRE_Q => one(LoadVectorPair, 16, Pre),
        v::STP_S | v::STNP_S => one(StoreVectorPair, 4, Offset), v::STP_D | v::STNP_D => one(StoreVectorPair, 8, Offset),
        v::STP_Q | v::STNP_Q => one(StoreVectorPair, 16, Offset),
        v::STP_POST_S => one(StoreVectorPair, 4, Post), v::STP_PRE_S => one(StoreVectorPair, 4, Pre),
        v::STP_POST_D => one(StoreVectorPair, 8, Post), v::STP_PRE_D => one(StoreVectorPair, 8, Pre),
        v::STP_POST_Q => one(StoreVectorPair, 16, Post), v::STP_PRE_Q => one(StoreVectorPair, 16, Pre),
        _ => None,
    }
}

/// Whether a load or store writes nothing but what it loads, to Rd and Ra: its base stays.
pub(super) fn is_plain(op: &Op) -> bool {
    general(op).or_else(|| vector(op)).is_some_and(|shape| !matches!(shape.mode, Post | Pre))
}

const VMOVD_LOAD: Vex = Vex { pp: 1, map: 1, w: false, opcode: 0x6e };
const VMOVQ_LOAD_GPR: Vex = Vex { pp: 1, map: 1, w: true, opcode: 0x6e };
const VMOVQ_TO_GPR: Vex = Vex { pp: 1, map: 1, w: true, opcode: 0x7e };
const VMOVD_STORE: Vex = Vex { pp: 1, map: 1, w: false, opcode: 0x7e };
const VMOVQ_LOAD: Vex = Vex { pp: 2, map: 1, w: false, opcode: 0x7e };
const VMOVQ_STORE: Vex = Vex { pp: 1, map: 1, w: false, opcode: 0xd6 };
const VPINSRQ: Vex = Vex { pp: 1, map: 3, w: true, opcode: 0x22 };
const VPEXTRQ: Vex = Vex { pp: 1, map: 3, w: true, opcode: 0x16 };

impl Emitter<'_> {
    /// Translates a load or store; false if it has no fast path.
    pub(crate) fn load_or_store(&mut self, op: &Op) -> bool {
        if matches!(op.code, l::PRFM_IMM | l::PRFM_LIT | l::PRFM_REG | l::PRFUM) {
            return true;
        }
        if !self.switches.memory {
            return false;
        }
        if let Some(shape) = general(op) {
            self.access(op, shape);
            return true;
        }
        if self.mode.fp_on()
            && let Some(shape) = vector(op)
        {
            self.access(op, shape);
            return true;
        }
        false
    }

    /// The guest virtual address into RAX.
    fn address(&mut self, op: &Op, mode: Mode, slow: Label) {
        if mode == Literal {
            return self.asm.mov_va(RAX, self.pc.wrapping_add(op.imm));
        }
        let base = self.x_in(op.rn, RAX, true);
        if op.rn == SP && self.mode.sp_checked() {
            self.asm.test8_imm(base, 15);
            self.asm.jcc(CC_NE, slow);
        }
        match mode {
            Register => {
                let (option, shift) = (op.aux as u8 & 7, (op.aux >> 4) as u8);
                if option & 3 == 3 {
                    // LSL of a whole register: an addressing mode of the host.
                    let index = self.x_in(op.ra, RCX, true);
                    if shift <= 3 {
                        self.asm.lea(true, RAX, indexed(base, index, shift, 0));
                    } else {
                        self.asm.mov(true, RCX, index);
                        self.asm.shift_imm(Shift::Shl, true, RCX, shift);
                        self.asm.lea(true, RAX, indexed(base, RCX, 0, 0));
                    }
                } else {
                    self.extend_into(RCX, op.ra, option, 0);
                    if shift <= 3 {
                        self.asm.lea(true, RAX, indexed(base, RCX, shift, 0));
                    } else {
                        self.asm.shift_imm(Shift::Shl, true, RCX, shift);
                        self.asm.lea(true, RAX, indexed(base, RCX, 0, 0));
                    }
                }
            }
            Post => self.asm.mov(true, RAX, base),
            _ if op.imm == 0 => self.asm.mov(true, RAX, base),
            _ => self.asm.lea(true, RAX, at(base, op.imm as i32)),
        }
    }

    /// RAX from guest virtual to host address; what the TLB does not allow goes to `slow`. Uses RCX and RDX.
    pub(super) fn translate(&mut self, bytes: u8, write: bool, slow: Label) {
        self.translate_for(bytes, refill::Kind { write, unprivileged: false }, slow);
    }

    fn translate_for(&mut self, bytes: u8, kind: refill::Kind, slow: Label) {
        let index_mask = ((tlb::ENTRIES - 1) * tlb::ENTRY) as i32;
        let to_index = 12 - tlb::ENTRY.trailing_zeros() as u8;
        self.asm.rorx(false, RCX, RAX, to_index);
        self.asm.alu_imm(Alu::And, false, RCX, index_mask);
        if bytes == 1 {
            self.asm.mov(true, RDX, RAX);
        } else {
            self.asm.lea(true, RDX, at(RAX, i32::from(bytes) - 1));
        }
        self.asm.alu_imm(Alu::Or, true, RDX, 0xfff);
        if kind.unprivileged {
            self.asm.alu(Alu::Add, true, RCX, in_cpu(tlb::WAYS[1] + tlb::WAY_ARRAY));
        }
        let field = if kind.write { tlb::WRITE } else { tlb::READ };
        self.asm.alu(Alu::Cmp, true, RDX, indexed(R15, RCX, 0, field as i32));
        if self.switches.refill {
            let (from, back) = (self.asm.label(), self.asm.label());
            self.scratch.cold.push(Cold::Refill { from, back, slow, kind });
            self.asm.jcc(CC_NE, from);
            self.asm.bind(back);
        } else {
            self.asm.jcc(CC_NE, slow);
        }
        self.asm.alu(Alu::Add, true, RAX, indexed(R15, RCX, 0, tlb::HOST as i32));
    }

    fn access(&mut self, op: &Op, shape: Shape) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        let two = matches!(shape.kind, LoadPair(_) | StorePair | LoadVectorPair | StoreVectorPair);
        let bytes = shape.size * if two { 2 } else { 1 };
        let write = matches!(shape.kind, Kind::Store | StorePair | StoreVector | StoreVectorPair);
        self.address(op, shape.mode, slow);
        self.translate_for(bytes, refill::Kind { write, unprivileged: unprivileged(op) }, slow);
        let host = at(RAX, 0);
        if write {
            match shape.kind {
                Kind::Store => self.store_general(op.rm, host, shape.size),
                StorePair => self.store_pair(op, shape.size),
                StoreVector => self.store_vector(op.rd, host, shape.size),
                _ => {
                    self.store_vector(op.rd, host, shape.size);
                    self.store_vector(op.ra, at(RAX, i32::from(shape.size)), shape.size);
                }
            }
            self.write_back(op, shape.mode);
        } else {
            // The loaded value wins over the written-back base.
            self.write_back(op, shape.mode);
            match shape.kind {
                Kind::Load(ext) => self.load_general(op.rd, host, shape.size, ext),
                LoadPair(ext) => self.load_pair(op, shape.size, ext),
                LoadVector => self.load_vector(op.rd, host, shape.size),
                _ => {
                    self.load_vector(op.rd, host, shape.size);
                    self.load_vector(op.ra, at(RAX, i32::from(shape.size)), shape.size);
                }
            }
        }
        self.asm.bind(back);
    }

    fn write_back(&mut self, op: &Op, mode: Mode) {
        if !matches!(mode, Post | Pre) {
            return;
        }
        match self.x(op.rn) {
            Rm::Reg(r) => self.asm.lea(true, r, at(r, op.imm as i32)),
            Rm::Mem(m) => self.asm.alu_imm(Alu::Add, true, m, op.imm as i32),
        }
    }

    /// Loads into register `rd`. Uses RCX.
    fn load_general(&mut self, rd: u8, from: Mem, size: u8, ext: Ext) {
        let d = match self.x(rd) {
            Rm::Reg(r) => r,
            Rm::Mem(_) => RCX,
        };
        match (size, ext) {
            (1, Zero) => self.asm.movzx8(d, from),
            (1, _) => self.asm.movsx8(ext == Sign64, d, from),
            (2, Zero) => self.asm.movzx16(d, from),
            (2, _) => self.asm.movsx16(ext == Sign64, d, from),
            (4, Sign64) => self.asm.movsxd(d, from),
            (4, _) => self.asm.mov(false, d, from),
            _ => self.asm.mov(true, d, from),
        }
        self.store_x(rd, d);
    }

    fn store_general(&mut self, n: u8, to: Mem, size: u8) {
        let v = self.x_in(n, RCX, true);
        self.store_reg(v, to, size);
    }

    fn store_reg(&mut self, v: Reg, to: Mem, size: u8) {
        match size {
            1 => self.asm.store8(to, v),
            2 => self.asm.store16(to, v),
            4 => self.asm.store(false, to, v),
            _ => self.asm.store(true, to, v),
        }
    }

    /// A pair of doublewords is one 16-byte access: single-copy atomic where it is aligned (FEAT_LSE2).
    fn load_pair(&mut self, op: &Op, size: u8, ext: Ext) {
        if size == 8 && !self.switches.has(crate::without::Without::Pairs) {
            self.asm.mov(true, RCX, at(RAX, 0));
            self.asm.mov(true, RDX, at(RAX, 8));
        } else if size == 8 {
            let (first, second) = (Xmm(0), RDX);
            self.asm.vex2(LOAD, first, at(RAX, 0));
            self.asm.vex_rm(VMOVQ_TO_GPR, first.0, 0, RCX.into());
            self.asm.vex_rm(VPEXTRQ, first.0, 0, second.into());
            self.asm.byte(1);
        } else {
            // One access of 8 bytes, then its halves.
            self.asm.mov(true, RDX, at(RAX, 0));
            if ext == Sign64 {
                self.asm.movsxd(RCX, RDX);
                self.asm.shift_imm(Shift::Sar, true, RDX, 32);
            } else {
                self.asm.mov(false, RCX, RDX);
                self.asm.shift_imm(Shift::Shr, true, RDX, 32);
            }
        }
        self.store_x(op.rd, RCX);
        self.store_x(op.ra, RDX);
    }

    fn store_pair(&mut self, op: &Op, size: u8) {
        let (first, second) = (op.rm, op.aux as u8);
        if size == 8 {
            let a = self.x(first);
            let b = self.x(second);
            match a {
                Rm::Reg(r) => self.asm.vex_rm(VMOVQ_LOAD_GPR, 0, 0, r.into()),
                Rm::Mem(m) => self.asm.vex2(VMOVQ_LOAD, Xmm(0), m),
            }
            self.asm.vex_rm(VPINSRQ, 0, 0, b);
            self.asm.byte(1);
            self.asm.vex2(STORE, Xmm(0), at(RAX, 0));
        } else {
            self.load_x(RDX, second, true);
            self.asm.shift_imm(Shift::Shl, true, RDX, 32);
            self.load_x(RCX, first, false);
            self.asm.alu(Alu::Or, true, RCX, RDX);
            self.asm.store(true, at(RAX, 0), RCX);
        }
    }

    pub(super) fn load_vector(&mut self, n: u8, from: Mem, size: u8) {
        let d = self.v_pin(n).unwrap_or(Xmm(0));
        match size {
            1 | 2 => {
                if size == 1 {
                    self.asm.movzx8(RCX, from);
                } else {
                    self.asm.movzx16(RCX, from);
                }
                self.asm.vex_rm(VMOVD_LOAD, d.0, 0, RCX.into());
            }
            4 => self.asm.vex2(VMOVD_LOAD, d, from),
            8 => self.asm.vex2(VMOVQ_LOAD, d, from),
            _ => self.asm.vex2(LOAD, d, from),
        }
        self.store_v(n, d);
        if size <= 8 {
            self.is_scalar(n, size == 8);
        }
    }

    pub(super) fn store_vector(&mut self, n: u8, to: Mem, size: u8) {
        let v = self.v_any(n, Xmm(0));
        match size {
            1 | 2 => {
                self.asm.vex_rm(VMOVD_STORE, v.0, 0, RCX.into());
                self.store_reg(RCX, to, size);
            }
            4 => self.asm.vex2(VMOVD_STORE, v, to),
            8 => self.asm.vex2(VMOVQ_STORE, v, to),
            _ => self.asm.vex2(STORE, v, to),
        }
    }
}
