//! Branches.

use super::flags::condition;
use super::{pauth, sized};
use crate::cpu::{Break, Cpu, R};
use crate::decode::Op;

#[inline(always)]
fn jump(c: &mut Cpu, displacement: u64) -> R<()> {
    c.state.pc = c.state.pc.wrapping_add(displacement);
    Err(Break::Jump)
}

#[inline(always)]
fn jump_if(c: &mut Cpu, o: &Op, taken: bool) -> R<()> {
    if taken { jump(c, o.imm) } else { Ok(()) }
}

pub(crate) fn b(c: &mut Cpu, o: &Op) -> R<()> {
    jump(c, o.imm)
}

pub(crate) fn bl(c: &mut Cpu, o: &Op) -> R<()> {
    c.state.x[30] = c.state.pc.wrapping_add(4);
    jump(c, o.imm)
}

pub(crate) fn b_cond(c: &mut Cpu, o: &Op) -> R<()> {
    let taken = condition(o.aux, c.state.nzcv);
    jump_if(c, o, taken)
}

pub(crate) fn cbz<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let taken = sized::<X>(c.x(o.rn)) == 0;
    jump_if(c, o, taken)
}

pub(crate) fn cbnz<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let taken = sized::<X>(c.x(o.rn)) != 0;
    jump_if(c, o, taken)
}

pub(crate) fn tbz(c: &mut Cpu, o: &Op) -> R<()> {
    let taken = c.x(o.rn) >> (o.aux & 63) & 1 == 0;
    jump_if(c, o, taken)
}

pub(crate) fn tbnz(c: &mut Cpu, o: &Op) -> R<()> {
    let taken = c.x(o.rn) >> (o.aux & 63) & 1 != 0;
    jump_if(c, o, taken)
}

#[inline(always)]
pub(super) fn jump_to(c: &mut Cpu, target: u64) -> R<()> {
    c.state.pc = c.branch_address(target);
    Err(Break::Jump)
}

/// BR and RET. Where FEAT_BTI exists, BR is [`super::bti::br`].
pub(crate) fn br(c: &mut Cpu, o: &Op) -> R<()> {
    let target = c.x(o.rn);
    jump_to(c, target)
}

pub(crate) fn blr(c: &mut Cpu, o: &Op) -> R<()> {
    let target = c.x(o.rn);
    c.state.x[30] = c.state.pc.wrapping_add(4);
    jump_to(c, target)
}

/// The authenticating branches: BRAA, BLRAA, RETAA and their relatives.
pub(crate) fn bra<const KEY: u8, const LINK: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let target = pauth::authenticate::<KEY, true>(c, c.x(o.rn), c.x(o.rm))?;
    if LINK {
        c.state.x[30] = c.state.pc.wrapping_add(4);
    }
    jump_to(c, target)
}
