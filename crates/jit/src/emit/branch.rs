//! Branches, links, the attention check, and the system instructions that stay in a block.

use super::{Cold, Emitter, Flags, Next, PendingExit};
use crate::asm::{Alu, CC_AE, CC_B, CC_E, CC_NE, Cc, RAX, RCX, RDX, Rm, at, indexed};
use crate::frame::{self, ATTENTION_MASK, SP_EL0, SPSEL};
use crate::without::Without;
use std::mem::offset_of;
use vmapple_a64::Op;
use vmapple_a64::decode::{branch_sys_code as b, bti_code as bti, sysreg_encoding};
use vmapple_a64::state::SysRegs;

const FPCR: u16 = sysreg_encoding(3, 3, 4, 4, 0);
const FPSR: u16 = sysreg_encoding(3, 3, 4, 4, 1);
const NZCV: u16 = sysreg_encoding(3, 3, 4, 2, 0);
const SP_EL0_KEY: u16 = sysreg_encoding(3, 0, 4, 1, 0);
const TPIDR_EL0: u16 = sysreg_encoding(3, 3, 13, 0, 2);
const TPIDRRO_EL0: u16 = sysreg_encoding(3, 3, 13, 0, 3);
const TPIDR_EL1: u16 = sysreg_encoding(3, 0, 13, 0, 4);

/// Registers of EL1 that are plain storage when read.
const STORED: [(u16, usize); 12] = [
    (sysreg_encoding(3, 0, 1, 0, 0), offset_of!(SysRegs, sctlr_el1)),
    (sysreg_encoding(3, 0, 2, 0, 0), offset_of!(SysRegs, ttbr0_el1)),
    (sysreg_encoding(3, 0, 2, 0, 1), offset_of!(SysRegs, ttbr1_el1)),
    (sysreg_encoding(3, 0, 2, 0, 2), offset_of!(SysRegs, tcr_el1)),
    (sysreg_encoding(3, 0, 4, 0, 0), offset_of!(SysRegs, spsr_el1)),
    (sysreg_encoding(3, 0, 4, 0, 1), offset_of!(SysRegs, elr_el1)),
    (sysreg_encoding(3, 0, 5, 2, 0), offset_of!(SysRegs, esr_el1)),
    (sysreg_encoding(3, 0, 6, 0, 0), offset_of!(SysRegs, far_el1)),
    (sysreg_encoding(3, 0, 7, 4, 0), offset_of!(SysRegs, par_el1)),
    (sysreg_encoding(3, 0, 12, 0, 0), offset_of!(SysRegs, vbar_el1)),
    (sysreg_encoding(3, 0, 13, 0, 1), offset_of!(SysRegs, contextidr_el1)),
    (TPIDR_EL1, offset_of!(SysRegs, tpidr_el1)),
];

/// Whether an instruction is an access to `FPSR` or `FPCR`.
pub(crate) fn touches_fp_status(op: &Op) -> bool {
    matches!(op.code, b::MRS | b::MSR_REG) && matches!(op.imm as u16, FPCR | FPSR)
}

/// Whether an MRS may depend on NZCV.
pub(crate) fn reads_nzcv(op: &Op) -> bool {
    op.imm as u16 == NZCV
}

impl Emitter<'_> {
    /// Translates a branch or system instruction; `None` if it is not of that chapter.
    pub(crate) fn branch(&mut self, op: &Op) -> Option<Next> {
        let target = self.pc.wrapping_add(op.imm);
        Some(match op.code {
            b::B => self.jump(target),
            b::BL => {
                if !self.needed_at_target.is_nothing() {
                    // They may be made again from X30.
                    self.save_flags();
                }
                self.set_x_va(30, self.pc.wrapping_add(4));
                self.jump(target)
            }
            b::B_COND if op.aux >= 14 => self.jump(target),
            b::B_COND => {
                let cc = self.condition(op.aux);
                self.jump_if(cc, target);
                Next::Falls
            }
            b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X => {
                self.clobber_for_branch();
                self.test_zero(op.rn, matches!(op.code, b::CBZ_X | b::CBNZ_X));
                let cc = if matches!(op.code, b::CBZ_W | b::CBZ_X) { CC_E } else { CC_NE };
                self.jump_if(cc, target);
                Next::Falls
            }
            b::TBZ | b::TBNZ => {
                self.clobber_for_branch();
                self.test_bit(op);
                self.jump_if(if op.code == b::TBZ { CC_AE } else { CC_B }, target);
                Next::Falls
            }
            b::BR | b::RET => {
                self.save_flags();
                self.load_x(RAX, op.rn, true);
                self.indirect()
            }
            b::BLR => {
                self.save_flags();
                self.load_x(RAX, op.rn, true);
                self.asm.mov_va(RDX, self.pc.wrapping_add(4));
                self.store_x(30, RDX);
                self.indirect()
            }
            b::HINT => Next::Falls,
            b::DMB => {
                // Only an ordering of stores before later loads is not what the host does anyway.
                if matches!(op.imm & 3, 0 | 3) && self.switches.has(Without::Barriers) {
                    self.clobber_flags();
                    self.asm.barrier();
                }
                Next::Falls
            }
            b::MRS => self.mrs(op),
            _ if self.pointer_authentication(op) || self.barrier(op) => Next::Falls,
            _ if !ends_block(op) && (b::BASE..b::END).contains(&op.code.0) => {
                // It completes without leaving the straight line.
                self.by_interpreter(op);
                Next::Falls
            }
            _ if let Some(next) = self.authenticating_branch(op) => next,
            bti::BTI => Next::Falls,
            code if (bti::BASE..bti::END).contains(&code.0) => self.end_by_interpreter(op),
            code if (b::BASE..b::END).contains(&code.0) => self.end_by_interpreter(op),
            _ => return None,
        })
    }

    /// NZCV is stored if anybody reads it after this branch, on either way.
    fn clobber_for_branch(&mut self) {
        if self.needed_at_target.is_nothing() {
            return self.clobber_flags();
        }
        self.save_flags();
    }

    /// The bit into CF.
    fn test_bit(&mut self, op: &Op) {
        let bit = op.aux as u8;
        match self.x(op.rn) {
            Rm::Reg(r) => self.asm.bt_imm(bit >= 32, r, bit & 63),
            Rm::Mem(m) => self.asm.bt_imm(true, m, bit & 63),
        }
    }

    /// A system register that is read without leaving the block.
    fn mrs(&mut self, op: &Op) -> Next {
        let key = op.imm as u16;
        let el1 = self.mode.el() != 0;
        let field = match key {
            TPIDR_EL0 => Some(offset_of!(SysRegs, tpidr_el0)),
            TPIDRRO_EL0 => Some(offset_of!(SysRegs, tpidrro_el0)),
            _ if el1 => STORED.iter().find(|(k, _)| *k == key).map(|(_, field)| *field),
            _ => None,
        };
        if let Some(field) = field.filter(|_| self.switches.inline) {
            self.asm.mov(true, RAX, frame::sys_mem(field));
            self.store_x(op.rd, RAX);
        } else if key == SP_EL0_KEY && el1 && self.switches.inline {
            // Its own stack pointer selected: the register is UNDEFINED.
            self.clobber_flags();
            let (slow, back) = self.slow_path(op);
            self.byte_at(SPSEL, 0);
            self.asm.jcc(CC_E, slow);
            self.asm.mov(true, RAX, SP_EL0);
            self.store_x(op.rd, RAX);
            self.asm.bind(back);
        } else {
            self.by_interpreter(op);
        }
        Next::Falls
    }

    fn new_exit(&mut self, target: u64) -> usize {
        let miss = self.asm.label();
        self.scratch.exits.push(PendingExit { target, site: 0, miss });
        let exit = self.scratch.exits.len() - 1;
        self.scratch.cold.push(Cold::Miss { exit });
        exit
    }

    /// The jump of an exit; its displacement is what a link changes.
    pub(super) fn jump_to_exit(&mut self, exit: usize) {
        let miss = self.scratch.exits[exit].miss;
        self.asm.jmp(miss);
        self.scratch.exits[exit].site = self.asm.here() - 4;
    }

    /// Leaves for the dispatcher if somebody wants this core's attention. Every loop of linked blocks passes one such check:
    /// it stands on branches that go backward, and on indirect ones. Changes host flags; uses RCX and RDX.
    fn attention_check(&mut self, exit: usize) {
        let miss = self.scratch.exits[exit].miss;
        self.test_attention();
        self.asm.jcc(CC_NE, miss);
    }

    fn test_attention(&mut self) {
        self.asm.mov(false, RCX, ATTENTION_MASK);
        self.asm.mov_imm(RDX, self.attention);
        self.asm.test(false, at(RDX, 0), RCX);
    }

    fn jump(&mut self, target: u64) -> Next {
        if !self.needed_at_target.is_nothing() {
            self.save_flags();
        }
        let exit = self.new_exit(target);
        if target <= self.pc {
            self.attention_check(exit);
        }
        self.jump_to_exit(exit);
        Next::Ends
    }

    fn jump_if(&mut self, cc: Cc, target: u64) {
        let exit = self.new_exit(target);
        let saves = self.flags != Flags::Memory && !self.needed_at_target.is_nothing();
        if target <= self.pc {
            let skip = self.asm.label();
            self.asm.jcc(cc.inverted(), skip);
            if saves {
                self.store_flags(self.flags);
            }
            self.attention_check(exit);
            self.jump_to_exit(exit);
            self.asm.bind(skip);
        } else if saves {
            let from = self.asm.label();
            self.asm.jcc(cc, from);
            self.scratch.cold.push(Cold::SaveFlags { from, flags: self.flags, to: exit });
        } else {
            let miss = self.scratch.exits[exit].miss;
            self.asm.jcc(cc, miss);
            self.scratch.exits[exit].site = self.asm.here() - 4;
        }
    }

    /// Control falls off the block's end to `target`.
    pub(crate) fn fall_to(&mut self, target: u64) {
        if !self.needed_after.is_nothing() {
            self.save_flags();
        }
        let exit = self.new_exit(target);
        self.jump_to_exit(exit);
    }

    /// Jumps to the address in RAX.
    pub(super) fn indirect(&mut self) -> Next {
        if self.switches.indirect {
            let table = if self.switches.has(Without::Levels) { self.mode.el() } else { 0 };
            let disp = frame::jumps_disp(table);
            self.test_attention();
            self.asm.jcc_to(CC_NE, self.routines.indirect_miss);
            // Slot times entry size: bits 13:2 of the address, times 16.
            self.asm.mov(false, RCX, RAX);
            self.asm.alu_imm(Alu::And, false, RCX, 4 * (frame::JUMPS as i32 - 1));
            let entry = |d| indexed(crate::asm::RBP, RCX, 2, disp + d);
            self.asm.alu(Alu::Cmp, true, RAX, entry(0));
            self.asm.jcc_to(CC_NE, self.routines.indirect_miss);
            self.asm.jmp_mem(entry(8));
        } else {
            self.asm.jmp_to(self.routines.indirect_miss);
        }
        Next::Ends
    }
}

/// PACIASP and its relatives in the hint space and XPACLRI: they change a register and go on.
fn is_pointer_authentication(code: vmapple_a64::decode::Code) -> bool {
    (b::XPACLRI.0..=b::AUTIBSP.0).contains(&code.0)
}

/// Whether nothing of a block follows this instruction.
pub(crate) fn ends_block(op: &Op) -> bool {
    match op.code {
        b::B_COND => op.aux >= 14,
        b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ => false,
        b::HINT | b::DMB | b::MRS => false,
        b::YIELD | b::SEV | b::SEVL | b::CLREX | b::SB | b::CFINV | b::XAFLAG | b::AXFLAG | b::DSB | b::ISB => false,
        b::SYS => false,
        code if is_pointer_authentication(code) => false,
        vmapple_a64::decode::UNDEFINED => true,
        // The branches of FEAT_BTI, which leave a mark that the interpreter looks at.
        code if (bti::BASE..bti::END).contains(&code.0) => code != bti::BTI,
        code => (b::BASE..b::END).contains(&code.0),
    }
}
