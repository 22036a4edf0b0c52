//! Where NZCV is, and how a condition is tested (`spec/cpu-engine.md` 5.3).

use super::Emitter;
use super::recompute::Recipe;
use crate::asm::{Alu, CC_A, CC_AE, CC_B, CC_E, CC_G, CC_GE, CC_NE, CC_O, CC_S, Cc, RAX, RCX, Shift};
use crate::frame::{CONDITION, NZCV};
use vmapple_a64::layout::CONDITION_HOLDS;

/// Where NZCV is between two instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flags {
    /// In the core's state.
    Memory,
    /// In the host's flags, the state being stale: N in SF, Z in ZF, V in OF, C in CF.
    Direct,
    /// The same with C inverted in CF, as a host subtraction leaves it.
    Inverted,
    /// Only one even condition is known: a byte of the frame says whether it holds. Nothing else of NZCV is needed.
    Byte(u16),
    /// They can be made again from guest registers.
    Again(Recipe),
}

/// SF, ZF and CF as LAHF puts them into AH, OF as SETO puts it into AL: N, Z, C, V from the top.
const LAHF_SETO: u64 = 0xc101;

/// Two values of NZCV between which an even condition tells: see [`crate::enter::Record::known`].
pub(super) fn examples(cond: u16) -> u32 {
    let holds = CONDITION_HOLDS[usize::from(cond & 15)];
    1 << 8 | holds.trailing_zeros() << 4 | holds.trailing_ones()
}

impl Emitter<'_> {
    /// To be called before host flags are changed by an instruction that does not replace NZCV: stores it if it is needed
    /// later. Uses RAX and RCX.
    pub(crate) fn clobber_flags(&mut self) {
        match self.flags {
            Flags::Memory | Flags::Byte(_) => {}
            _ if self.needed_after.is_nothing() => self.flags = Flags::Memory,
            Flags::Again(_) => {}
            _ => match self.recipe {
                Some(recipe) => self.flags = Flags::Again(recipe),
                None => self.keep_flags(),
            },
        }
    }

    /// NZCV out of the host's flags to where it is kept for those that read it later. Uses RAX and RCX.
    pub(super) fn keep_flags(&mut self) {
        if let Some(cond) = self.needed_after.only().filter(|_| self.switches.one_condition) {
            let cc = self.condition(cond);
            self.asm.setcc_mem(cc, CONDITION);
            self.flags = Flags::Byte(cond);
            return;
        }
        if !self.needed_after.is_nothing() {
            self.store_flags(self.flags);
        }
        self.flags = Flags::Memory;
    }

    /// NZCV to memory, whatever is known of who reads it. Uses RAX and RCX.
    pub(crate) fn save_flags(&mut self) {
        debug_assert!(!matches!(self.flags, Flags::Byte(_)), "only one condition was said to be needed");
        if self.flags != Flags::Memory {
            self.store_flags(self.flags);
            self.flags = Flags::Memory;
        }
    }

    /// Emits the store of NZCV out of the host's flags.
    pub(crate) fn store_flags(&mut self, flags: Flags) {
        match flags {
            Flags::Memory | Flags::Byte(_) => return,
            Flags::Again(recipe) => return self.store_by_recipe(recipe),
            Flags::Inverted => self.asm.cmc(),
            Flags::Direct => {}
        }
        self.asm.lahf();
        self.asm.setcc(CC_O, RAX);
        self.asm.mov_imm(RCX, LAHF_SETO);
        self.asm.pext(false, RAX, RAX, RCX);
        self.asm.shift_imm(Shift::Shl, false, RAX, 28);
        self.asm.store(false, NZCV, RAX);
    }

    /// NZCV has just been set in the host's flags. Uses RAX and RCX if it is stored at once.
    pub(crate) fn flags_set(&mut self, flags: Flags) {
        self.flags = flags;
        self.recipe = None;
        if !self.switches.lazy_flags {
            self.save_flags();
        }
    }

    /// NZCV from memory into the host's flags. Uses RAX and RCX.
    pub(crate) fn load_flags(&mut self) {
        self.asm.mov(false, RAX, NZCV);
        self.asm.shift_imm(Shift::Shr, false, RAX, 28);
        self.asm.mov_imm(RCX, LAHF_SETO);
        self.asm.pdep(false, RAX, RAX, RCX);
        self.asm.raw(&[0x04, 0x7f]); // add al, 127: OF from bit 0
        self.asm.sahf();
        self.flags = Flags::Direct;
    }

    /// Makes host flags hold NZCV's constant `nzcv` (bits 3:0) with C inverted. Uses RAX.
    pub(crate) fn constant_flags_inverted(&mut self, nzcv: u8) {
        let bit = |n: u8| u64::from(nzcv >> n & 1);
        let ax = bit(3) << 15 | bit(2) << 14 | (bit(1) ^ 1) << 8 | bit(0);
        self.asm.mov_imm(RAX, ax);
        self.asm.raw(&[0x04, 0x7f]);
        self.asm.sahf();
    }

    /// The host condition under which the guest's condition 0..=13 holds. Conditions 14 and 15 always hold and are not
    /// asked for. May change host flags' meaning of carry; if NZCV is in memory, or is made
    /// again, uses RAX and RCX and host flags.
    pub(crate) fn condition(&mut self, cond: u16) -> Cc {
        let cond = cond & 15;
        self.make_again();
        if let Flags::Byte(known) = self.flags {
            debug_assert_eq!(known, cond & !1);
            self.asm.cmp8_imm(CONDITION, 0);
            return if cond & 1 == 1 { CC_E } else { CC_NE };
        }
        if self.flags == Flags::Memory {
            // CF = the bit of the table for these flags.
            self.asm.mov(false, RCX, NZCV);
            self.asm.shift_imm(Shift::Shr, false, RCX, 28);
            self.asm.mov_imm(RAX, u64::from(CONDITION_HOLDS[usize::from(cond)]));
            self.asm.bt(false, RAX, RCX);
            return CC_B;
        }
        let inverted = self.flags == Flags::Inverted;
        let base = match cond >> 1 {
            0 => CC_E,
            1 if inverted => CC_AE,
            1 => CC_B,
            2 => CC_S,
            3 => CC_O,
            4 => {
                if !inverted {
                    self.asm.cmc();
                    self.flags = Flags::Inverted;
                }
                CC_A
            }
            5 => CC_GE,
            _ => CC_G,
        };
        if cond & 1 == 1 { base.inverted() } else { base }
    }

    /// The guest's carry into CF (`inverted`: its complement), for ADC and SBC. Flags are not such as must be made again.
    pub(crate) fn carry_in(&mut self, inverted: bool) {
        match self.flags {
            Flags::Memory => {
                self.asm.bt_imm(false, NZCV, 29);
                if inverted {
                    self.asm.cmc();
                }
            }
            Flags::Byte(_) => {
                // The byte is C: 0 - 1 borrows, 0 - 0 does not.
                self.asm.raw(&[0x31, 0xc9]); // xor ecx, ecx
                self.asm.cmp8_reg(RCX, CONDITION);
                if inverted {
                    self.asm.cmc();
                }
            }
            f => {
                debug_assert!(!matches!(f, Flags::Again(_)));
                if (f == Flags::Inverted) != inverted {
                    self.asm.cmc();
                }
            }
        }
    }

    /// Compares a host register with zero for a branch: sets ZF.
    pub(crate) fn test_zero(&mut self, n: u8, w: bool) {
        match self.x(n) {
            crate::asm::Rm::Reg(r) => self.asm.test(w, r, r),
            crate::asm::Rm::Mem(m) => self.asm.alu_imm(Alu::Cmp, w, m, 0),
        }
    }
}
