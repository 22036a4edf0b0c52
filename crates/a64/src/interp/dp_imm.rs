//! Data processing (immediate).

use super::flags::{add_with_carry, logic_flags};
use super::sized;
use crate::cpu::{Cpu, R};
use crate::decode::Op;

pub(crate) fn adr(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.state.pc.wrapping_add(o.imm));
    Ok(())
}

pub(crate) fn adrp(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, (c.state.pc & !0xfff).wrapping_add(o.imm));
    Ok(())
}

pub(crate) fn add_imm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, sized::<X>(c.x(o.rn).wrapping_add(o.imm)));
    Ok(())
}

pub(crate) fn sub_imm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, sized::<X>(c.x(o.rn).wrapping_sub(o.imm)));
    Ok(())
}

pub(crate) fn adds_imm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (r, f) = add_with_carry::<X>(c.x(o.rn), o.imm, false);
    c.set_x(o.rd, r);
    c.state.nzcv = f;
    Ok(())
}

pub(crate) fn subs_imm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (r, f) = add_with_carry::<X>(c.x(o.rn), !o.imm, true);
    c.set_x(o.rd, r);
    c.state.nzcv = f;
    Ok(())
}

/// The immediate of the 32-bit form has no upper half, so one function serves both.
pub(crate) fn and_imm(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.x(o.rn) & o.imm);
    Ok(())
}

pub(crate) fn orr_imm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, sized::<X>(c.x(o.rn) | o.imm));
    Ok(())
}

pub(crate) fn eor_imm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, sized::<X>(c.x(o.rn) ^ o.imm));
    Ok(())
}

pub(crate) fn ands_imm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let r = c.x(o.rn) & o.imm;
    c.set_x(o.rd, r);
    c.state.nzcv = logic_flags::<X>(r);
    Ok(())
}

pub(crate) fn mov_imm(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, o.imm);
    Ok(())
}

pub(crate) fn movk<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let kept = c.x(o.rn) & !(0xffffu64 << o.aux);
    c.set_x(o.rd, sized::<X>(kept | o.imm));
    Ok(())
}

/// The bitfield that SBFM and UBFM move: its value at its destination, and its mask there.
#[inline(always)]
fn field<const X: bool>(c: &Cpu, o: &Op) -> (u64, u64) {
    let width = if X { 64 } else { 32 };
    let (r, s) = (u32::from(o.rm), u32::from(o.ra));
    let src = sized::<X>(c.x(o.rn));
    let ones = |n: u32| if n >= 64 { u64::MAX } else { (1u64 << n) - 1 };
    if s >= r {
        let mask = ones(s - r + 1);
        (src >> r & mask, mask)
    } else {
        let mask = ones(s + 1) << (width - r);
        ((src << (width - r)) & mask, mask)
    }
}

pub(crate) fn ubfm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (v, _) = field::<X>(c, o);
    c.set_x(o.rd, v);
    Ok(())
}

pub(crate) fn sbfm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (v, mask) = field::<X>(c, o);
    // Replicate the field's top bit upwards.
    let unused = mask.leading_zeros();
    c.set_x(o.rd, sized::<X>(((v << unused) as i64 >> unused) as u64));
    Ok(())
}

pub(crate) fn bfm<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (v, mask) = field::<X>(c, o);
    let old = c.x(o.aux as u8);
    c.set_x(o.rd, sized::<X>(old & !mask | v));
    Ok(())
}

pub(crate) fn extr<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (hi, lo, s) = (c.x(o.rn), c.x(o.rm), u32::from(o.aux));
    let r = if X {
        ((u128::from(hi) << 64 | u128::from(lo)) >> s) as u64
    } else {
        u64::from(((hi << 32 | lo & 0xffff_ffff) >> s) as u32)
    };
    c.set_x(o.rd, r);
    Ok(())
}
