//! Pointer authentication inline: signing a canonical pointer, and authenticating a pointer whose code is right. Everything
//! else is the interpreter's, whose hash this is (`a64/src/interp/pauth.rs`).

use super::{Emitter, Next};
use crate::asm::{Alu, CC_B, CC_NE, RAX, RCX, RDX};
use crate::frame::{self, PAC_ORIGINAL};
use std::mem::offset_of;
use vmapple_a64::Op;
use vmapple_a64::decode::{Code, branch_sys_code as b, dp_reg_code as r};
use vmapple_a64::layout::PAC_MULTIPLIER;
use vmapple_a64::state::SysRegs;

/// Which key an instruction uses, as the interpreter numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Ia = 0,
    Ib = 1,
    Da = 2,
    Db = 3,
}

impl Key {
    fn is_data(self) -> bool {
        matches!(self, Key::Da | Key::Db)
    }

    /// Offset of the key's low half among the system registers.
    fn place(self) -> usize {
        match self {
            Key::Ia => offset_of!(SysRegs, apia),
            Key::Ib => offset_of!(SysRegs, apib),
            Key::Da => offset_of!(SysRegs, apda),
            Key::Db => offset_of!(SysRegs, apdb),
        }
    }
}

/// The key of an instruction that signs.
fn signs(code: Code) -> Option<Key> {
    Some(match code {
        b::PACIA1716 | b::PACIAZ | b::PACIASP | r::PACIA | r::PACIZA => Key::Ia,
        b::PACIB1716 | b::PACIBZ | b::PACIBSP | r::PACIB | r::PACIZB => Key::Ib,
        r::PACDA | r::PACDZA => Key::Da,
        r::PACDB | r::PACDZB => Key::Db,
        _ => return None,
    })
}

/// The key of an instruction that authenticates a register.
fn authenticates(code: Code) -> Option<Key> {
    Some(match code {
        b::AUTIA1716 | b::AUTIAZ | b::AUTIASP | r::AUTIA | r::AUTIZA => Key::Ia,
        b::AUTIB1716 | b::AUTIBZ | b::AUTIBSP | r::AUTIB | r::AUTIZB => Key::Ib,
        r::AUTDA | r::AUTDZA => Key::Da,
        r::AUTDB | r::AUTDZB => Key::Db,
        _ => return None,
    })
}

/// The key of an authenticating branch, and whether it links.
fn branches(code: Code) -> Option<(Key, bool)> {
    Some(match code {
        b::BRAAZ | b::BRAA | b::RETAA => (Key::Ia, false),
        b::BRABZ | b::BRAB | b::RETAB => (Key::Ib, false),
        b::BLRAAZ | b::BLRAA => (Key::Ia, true),
        b::BLRABZ | b::BLRAB => (Key::Ib, true),
        _ => return None,
    })
}

impl Emitter<'_> {
    /// Translates signing and authenticating; false if the instruction does neither.
    pub(crate) fn pointer_authentication(&mut self, op: &Op) -> bool {
        if !self.switches.inline {
            return false;
        }
        if let Some(key) = signs(op.code) {
            if self.mode.pac_enabled(key as u8) {
                self.sign(op, key);
            }
            return true;
        }
        if let Some(key) = authenticates(op.code) {
            if self.mode.pac_enabled(key as u8) {
                self.clobber_flags();
                let (slow, back) = self.slow_path(op);
                self.authenticate(op.ra, op.rm, key, slow);
                self.store_x(op.rd, RCX);
                self.asm.bind(back);
            }
            return true;
        }
        false
    }

    /// Translates an authenticating branch.
    pub(crate) fn authenticating_branch(&mut self, op: &Op) -> Option<Next> {
        let (key, link) = branches(op.code)?;
        if !self.switches.inline {
            return None;
        }
        self.save_flags();
        if self.mode.pac_enabled(key as u8) {
            let (slow, back) = self.slow_path(op);
            self.authenticate(op.rn, op.rm, key, slow);
            // The interpreter never comes back here: it has branched.
            self.asm.bind(back);
            self.asm.mov(true, RAX, RCX);
        } else {
            self.load_x(RAX, op.rn, true);
        }
        if link {
            self.asm.mov_va(RDX, self.pc.wrapping_add(4));
            self.store_x(30, RDX);
        }
        Some(self.indirect())
    }

    /// The bits that a code takes in the pointer whose bit 55 is in CF, into RDX. Leaves flags alone.
    fn field(&mut self, key: Key) {
        self.asm.mov(true, RDX, frame::pac_field(key.is_data(), false));
        self.asm.cmov(CC_B, true, RDX, frame::pac_field(key.is_data(), true));
    }

    /// The hash of the pointer in RAX, which also lies in `PAC_ORIGINAL`, with a modifier, into RAX. Uses RCX and RDX.
    fn hash(&mut self, modifier: u8, key: Key) {
        let (low, high) = (frame::sys_mem(key.place()), frame::sys_mem(key.place() + 8));
        self.asm.alu(Alu::Xor, true, RAX, low);
        self.load_x(RCX, modifier, true);
        self.asm.alu(Alu::Xor, true, RCX, high);
        self.asm.mul_wide(RCX);
        self.asm.alu(Alu::Xor, true, RAX, RDX);
        self.asm.alu(Alu::Add, true, RAX, PAC_ORIGINAL);
        self.asm.alu(Alu::Add, true, RAX, high);
        self.asm.mov_imm(RCX, PAC_MULTIPLIER);
        self.asm.alu(Alu::Add, true, RAX, RCX);
        self.asm.mul_wide(RCX);
        self.asm.alu(Alu::Xor, true, RAX, RDX);
    }

    fn sign(&mut self, op: &Op, key: Key) {
        self.clobber_flags();
        let (slow, back) = self.slow_path(op);
        self.load_x(RAX, op.ra, true);
        self.asm.bt_imm(true, RAX, 55);
        self.asm.alu(Alu::Sbb, true, RCX, RCX);
        self.field(key);
        self.asm.alu(Alu::Xor, true, RCX, RAX);
        self.asm.test(true, RDX, RCX);
        self.asm.jcc(CC_NE, slow);
        self.asm.store(true, PAC_ORIGINAL, RAX);
        self.hash(op.rm, key);
        self.asm.mov(true, RCX, PAC_ORIGINAL);
        self.asm.bt_imm(true, RCX, 55);
        self.field(key);
        self.asm.alu(Alu::Xor, true, RAX, RCX);
        self.asm.alu(Alu::And, true, RAX, RDX);
        self.asm.alu(Alu::Xor, true, RAX, RCX);
        self.store_x(op.rd, RAX);
        self.asm.bind(back);
    }

    /// The original of the pointer in a register into RCX, or to `slow` if its code is wrong.
    fn authenticate(&mut self, pointer: u8, modifier: u8, key: Key, slow: crate::asm::Label) {
        self.load_x(RAX, pointer, true);
        self.asm.bt_imm(true, RAX, 55);
        self.asm.alu(Alu::Sbb, true, RCX, RCX);
        self.field(key);
        self.asm.alu(Alu::Xor, true, RCX, RAX);
        self.asm.alu(Alu::And, true, RCX, RDX);
        self.asm.alu(Alu::Xor, true, RAX, RCX);
        self.asm.store(true, PAC_ORIGINAL, RAX);
        self.hash(modifier, key);
        let signed = self.x(pointer);
        self.asm.alu(Alu::Xor, true, RAX, signed);
        self.asm.mov(true, RCX, PAC_ORIGINAL);
        self.asm.bt_imm(true, RCX, 55);
        self.field(key);
        self.asm.test(true, RDX, RAX);
        self.asm.jcc(CC_NE, slow);
    }
}
