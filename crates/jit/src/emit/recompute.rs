//! Flags that are made again where they are read.
//!
//! Between a comparison and the branch on it there is often an instruction that changes the host's flags: a load, or one
//! moved there by the compiler. If what was compared is still in its registers when the branch comes, comparing again costs less
//! than keeping the flags, and where the branch does not come it costs nothing.

use super::{Emitter, Flags};
use crate::asm::{Alu, RAX, at};
use crate::liveness::{FlagUse, flag_use};
use vmapple_a64::Op;
use vmapple_a64::decode::{
    Code, branch_sys_code as b, dp_imm_code as i, dp_reg_code as r, fp_code as f, ldst_code, simd_three_code,
};
use vmapple_a64::state::{DISCARD, ZR};

/// How host flags that hold NZCV can be made again from guest registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// Compare two registers.
    Compare { w: bool, a: u8, b: u8 },
    /// Compare a register with a constant.
    CompareConstant { w: bool, a: u8, constant: i32 },
    /// A constant was subtracted from the register itself: add it, and compare with it.
    Subtracted { w: bool, a: u8, constant: i32 },
    /// The logical product of two registers.
    Test { w: bool, a: u8, b: u8 },
    /// The logical product of a register and a constant.
    TestConstant { w: bool, a: u8, constant: i32 },
}

impl Recipe {
    /// What the host's flags mean after it.
    fn kind(self) -> Flags {
        match self {
            Recipe::Compare { .. } | Recipe::CompareConstant { .. } | Recipe::Subtracted { .. } => Flags::Inverted,
            Recipe::Test { .. } | Recipe::TestConstant { .. } => Flags::Direct,
        }
    }

    /// Whether an instruction may change what it takes.
    fn is_lost_by(self, op: &Op) -> bool {
        let (a, b) = match self {
            Recipe::Compare { a, b, .. } | Recipe::Test { a, b, .. } => (a, b),
            Recipe::CompareConstant { a, .. } | Recipe::Subtracted { a, .. } | Recipe::TestConstant { a, .. } => (a, a),
        };
        may_write(op, a) || may_write(op, b)
    }

    /// The recipe for an instruction that sets flags, if it leaves what it takes.
    pub(crate) fn of(op: &Op) -> Option<Self> {
        let w = matches!(
            op.code,
            i::SUBS_IMM_X | r::SUBS_REG_X | r::SUBS_SHIFT_X | i::ANDS_IMM_X | r::ANDS_SHIFT_X | r::BICS_SHIFT_X
        );
        Some(match op.code {
            i::SUBS_IMM_W | i::SUBS_IMM_X => {
                let constant = op.imm as i32;
                if op.rd == op.rn {
                    Recipe::Subtracted { w, a: op.rn, constant }
                } else {
                    Recipe::CompareConstant { w, a: op.rn, constant }
                }
            }
            r::SUBS_REG_W | r::SUBS_REG_X if op.rd != op.rn && op.rd != op.rm => {
                Recipe::Compare { w, a: op.rn, b: op.rm }
            }
            // The result has all that there is to know.
            i::ANDS_IMM_W | i::ANDS_IMM_X if op.rd != DISCARD => Recipe::Test { w, a: op.rd, b: op.rd },
            r::ANDS_SHIFT_W | r::ANDS_SHIFT_X | r::BICS_SHIFT_W | r::BICS_SHIFT_X if op.rd != DISCARD => {
                Recipe::Test { w, a: op.rd, b: op.rd }
            }
            i::ANDS_IMM_W | i::ANDS_IMM_X => {
                let constant = if w { op.imm as i64 } else { i64::from(op.imm as i32) };
                Recipe::TestConstant { w, a: op.rn, constant: i32::try_from(constant).ok()? }
            }
            r::ANDS_SHIFT_W | r::ANDS_SHIFT_X if op.aux == 0 => Recipe::Test { w, a: op.rn, b: op.rm },
            _ => return None,
        })
    }
}

/// Whether an instruction may change a general register.
fn may_write(op: &Op, n: u8) -> bool {
    let c = op.code;
    let within = |base: u16, end: u16| (base..end).contains(&c.0);
    if n == ZR {
        return false;
    }
    match c {
        b::B | b::B_COND | b::CBZ_W | b::CBZ_X | b::CBNZ_W | b::CBNZ_X | b::TBZ | b::TBNZ | b::HINT | b::DMB => false,
        b::MRS => n == op.rd,
        _ if within(i::BASE, i::END) || within(r::BASE, r::END) => n == op.rd,
        // Some write a general register, and no other field of theirs.
        _ if within(f::BASE, u16::MAX) => n == op.rd,
        // Loads and stores of one or two registers; a load of a vector register only seems to write the general one of that
        // number.
        _ if within(ldst_code::BASE, simd_three_code::BASE) => {
            // What is not plain may write others that it names: a new base, a status.
            n == op.rd || n == op.ra || !super::memory::is_plain(op)
        }
        Code(c) if c < i::BASE => true,
        _ if within(b::BASE, b::END) => true,
        // Advanced SIMD on integers: UMOV and SMOV write Rd.
        _ => n == op.rd,
    }
}

impl Emitter<'_> {
    /// What is done before an instruction while flags can be made again: if it takes away what they are made from, they are
    /// kept in another way, unless it reads them first or nobody does. Uses RAX and RCX, and host flags.
    pub(super) fn keep_recipe(&mut self, op: &Op) {
        let Flags::Again(recipe) = self.flags else { return self.drop_recipe(op) };
        let FlagUse { reads, sets } = flag_use(op);
        if !reads.is_nothing() {
            return;
        }
        if sets {
            self.flags = Flags::Memory;
        } else if recipe.is_lost_by(op) {
            // No branch on a condition is here: those write no register, and look at their target too.
            if self.needed_after.is_nothing() {
                self.flags = Flags::Memory;
            } else {
                self.make_again();
                self.keep_flags();
            }
        }
    }

    /// What is done before and after an instruction: flags in the host's can no longer be made from what it changes.
    pub(super) fn drop_recipe(&mut self, op: &Op) {
        let fresh = std::mem::take(&mut self.recipe_is_fresh);
        if !fresh && self.recipe.is_some_and(|recipe| recipe.is_lost_by(op)) {
            self.recipe = None;
        }
    }

    /// The instruction has just set NZCV in the host's flags.
    pub(super) fn flags_set_by(&mut self, op: &Op, flags: Flags) {
        self.flags_set(flags);
        if self.switches.recompute_flags {
            self.recipe = Recipe::of(op);
            self.recipe_is_fresh = true;
        }
    }

    /// If flags can be made again: does so. Uses RAX.
    pub(super) fn make_again(&mut self) {
        if let Flags::Again(recipe) = self.flags {
            self.follow(recipe);
            self.flags = recipe.kind();
            self.recipe = Some(recipe);
        }
    }

    /// Emits the recipe and the store of NZCV.
    pub(super) fn store_by_recipe(&mut self, recipe: Recipe) {
        self.follow(recipe);
        self.store_flags(recipe.kind());
    }

    fn follow(&mut self, recipe: Recipe) {
        match recipe {
            Recipe::Compare { w, a, b } => {
                let a = self.x_in(a, RAX, w);
                let b = self.x(b);
                self.asm.alu(Alu::Cmp, w, a, b);
            }
            Recipe::CompareConstant { w, a, constant: 0 } => {
                let a = self.x_in(a, RAX, w);
                self.asm.test(w, a, a);
            }
            Recipe::CompareConstant { w, a, constant } => {
                let a = self.x(a);
                self.asm.alu_imm(Alu::Cmp, w, a, constant);
            }
            Recipe::Subtracted { w, a, constant } => {
                let a = self.x_in(a, RAX, true);
                self.asm.lea(w, RAX, at(a, constant));
                self.asm.alu_imm(Alu::Cmp, w, RAX, constant);
            }
            Recipe::Test { w, a, b } => {
                let a = self.x_in(a, RAX, w);
                match self.x(b) {
                    crate::asm::Rm::Reg(b) => self.asm.test(w, a, b),
                    crate::asm::Rm::Mem(m) => self.asm.test(w, m, a),
                }
            }
            Recipe::TestConstant { w, a, constant } => {
                let a = self.x_in(a, RAX, w);
                self.asm.test_imm(w, a, constant);
            }
        }
    }
}
