//! Branch target identification (FEAT_BTI): what sets `PSTATE.BTYPE`, and where it lets a branch land. The invariant of
//! `PSTATE.BTYPE` is explained at [`crate::state::PState::btype`].

use super::branch::jump_to;
use super::pauth;
use crate::cpu::{Break, Cpu, R};
use crate::decode::{Op, branch_sys_code, bti_code};

/// A call (BLR).
const CALL: u8 = 0b10;
/// A jump from a guarded page through a register other than X16 and X17.
const JUMP: u8 = 0b11;
/// Any other jump: a tail call or a trampoline may be meant.
const JUMP_OR_CALL: u8 = 0b01;

/// Jumps so that the target is looked at: what follows is fetched anew.
fn land_at(c: &mut Cpu, target: u64, btype: u8) -> R<()> {
    c.state.pstate.btype = btype;
    match jump_to(c, target) {
        Err(Break::Jump) => Err(Break::Resync),
        other => other,
    }
}

fn of_jump(c: &Cpu, n: u8) -> u8 {
    if c.in_guarded_page() && n != 16 && n != 17 { JUMP } else { JUMP_OR_CALL }
}

pub(crate) fn br(c: &mut Cpu, o: &Op) -> R<()> {
    let (target, btype) = (c.x(o.rn), of_jump(c, o.rn));
    land_at(c, target, btype)
}

pub(crate) fn blr(c: &mut Cpu, o: &Op) -> R<()> {
    let target = c.x(o.rn);
    c.state.x[30] = c.state.pc.wrapping_add(4);
    land_at(c, target, CALL)
}

/// BRAA, BLRAA and their relatives.
pub(crate) fn bra<const KEY: u8, const LINK: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let btype = if LINK { CALL } else { of_jump(c, o.rn) };
    let target = pauth::authenticate::<KEY, true>(c, c.x(o.rn), c.x(o.rm))?;
    if LINK {
        c.state.x[30] = c.state.pc.wrapping_add(4);
    }
    land_at(c, target, btype)
}

impl Cpu {
    /// Whether a guarded page may begin with this instruction after a branch of the current BTYPE, which is not 0:
    /// BTypeCompatible_BTI(), BTypeCompatible_PACIXSP(), and BRK and HLT, which always may.
    pub(crate) fn btype_compatible(&self, op: &Op) -> bool {
        let p = &self.state.pstate;
        match op.code {
            bti_code::BTI => match op.aux {
                0 => false,
                1 => p.btype != JUMP,
                2 => p.btype != CALL,
                _ => true,
            },
            // SCTLR_EL1.BT0 (EL0) and BT1 (EL1): also no target for jumps.
            branch_sys_code::PACIASP | branch_sys_code::PACIBSP => {
                let strict = self.state.sys.sctlr_el1 >> if p.el == 0 { 35 } else { 36 } & 1 != 0;
                p.btype != JUMP || !strict
            }
            branch_sys_code::BRK | branch_sys_code::HLT => true,
            _ => false,
        }
    }
}
