//! Data processing (register): logical, add and subtract, conditional.

use super::flags::{add_with_carry, condition, logic_flags};
use super::sized;
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::state::nzcv;

pub(crate) const AND: u8 = 0;
pub(crate) const BIC: u8 = 1;
pub(crate) const ORR: u8 = 2;
pub(crate) const ORN: u8 = 3;
pub(crate) const EOR: u8 = 4;
pub(crate) const EON: u8 = 5;
pub(crate) const ANDS: u8 = 6;
pub(crate) const BICS: u8 = 7;

/// Operand 2, shifted by `aux` in the manner of `ra`.
#[inline(always)]
fn shifted<const X: bool>(c: &Cpu, o: &Op) -> u64 {
    let v = c.x(o.rm);
    let n = u32::from(o.aux);
    if X {
        match o.ra {
            0 => v << n,
            1 => v >> n,
            2 => (v as i64 >> n) as u64,
            _ => v.rotate_right(n),
        }
    } else {
        let v = v as u32;
        u64::from(match o.ra {
            0 => v << n,
            1 => v >> n,
            2 => (v as i32 >> n) as u32,
            _ => v.rotate_right(n),
        })
    }
}

/// Operand 2, extended by option `ra` and shifted left by `aux`.
#[inline(always)]
fn extended(c: &Cpu, o: &Op) -> u64 {
    extend(c.x(o.rm), o.ra) << o.aux
}

/// ExtendReg: options 0-3 unsigned byte, half, word, doubleword; 4-7 signed.
#[inline(always)]
pub(crate) fn extend(v: u64, option: u8) -> u64 {
    match option & 7 {
        0 => u64::from(v as u8),
        1 => u64::from(v as u16),
        2 => u64::from(v as u32),
        4 => v as i8 as u64,
        5 => v as i16 as u64,
        6 => v as i32 as u64,
        _ => v,
    }
}

pub(crate) fn mov_reg(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.x(o.rm));
    Ok(())
}

pub(crate) fn logical<const X: bool, const KIND: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let (a, b) = (c.x(o.rn), shifted::<X>(c, o));
    let r = sized::<X>(match KIND {
        AND | ANDS => a & b,
        BIC | BICS => a & !b,
        ORR => a | b,
        ORN => a | !b,
        EOR => a ^ b,
        _ => a ^ !b,
    });
    c.set_x(o.rd, r);
    if KIND >= ANDS {
        c.state.nzcv = logic_flags::<X>(r);
    }
    Ok(())
}

#[inline(always)]
fn add<const X: bool>(c: &mut Cpu, o: &Op, b: u64) -> R<()> {
    c.set_x(o.rd, sized::<X>(c.x(o.rn).wrapping_add(b)));
    Ok(())
}

#[inline(always)]
fn sub<const X: bool>(c: &mut Cpu, o: &Op, b: u64) -> R<()> {
    c.set_x(o.rd, sized::<X>(c.x(o.rn).wrapping_sub(b)));
    Ok(())
}

#[inline(always)]
fn flagged<const X: bool>(c: &mut Cpu, o: &Op, b: u64, carry: bool) -> R<()> {
    let (r, f) = add_with_carry::<X>(c.x(o.rn), b, carry);
    c.set_x(o.rd, r);
    c.state.nzcv = f;
    Ok(())
}

pub(crate) fn add_reg<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    add::<X>(c, o, c.x(o.rm))
}
pub(crate) fn sub_reg<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    sub::<X>(c, o, c.x(o.rm))
}
pub(crate) fn subs_reg<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    flagged::<X>(c, o, !c.x(o.rm), true)
}
pub(crate) fn add_shift<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    add::<X>(c, o, shifted::<X>(c, o))
}
pub(crate) fn sub_shift<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    sub::<X>(c, o, shifted::<X>(c, o))
}
pub(crate) fn adds_shift<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    flagged::<X>(c, o, shifted::<X>(c, o), false)
}
pub(crate) fn subs_shift<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    flagged::<X>(c, o, !shifted::<X>(c, o), true)
}
pub(crate) fn add_ext<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    add::<X>(c, o, extended(c, o))
}
pub(crate) fn sub_ext<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    sub::<X>(c, o, extended(c, o))
}
pub(crate) fn adds_ext<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    flagged::<X>(c, o, extended(c, o), false)
}
pub(crate) fn subs_ext<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    flagged::<X>(c, o, !extended(c, o), true)
}

fn carry(c: &Cpu) -> bool {
    c.state.nzcv & nzcv::C != 0
}

pub(crate) fn adc<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, add_with_carry::<X>(c.x(o.rn), c.x(o.rm), carry(c)).0);
    Ok(())
}
pub(crate) fn adcs<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    flagged::<X>(c, o, c.x(o.rm), carry(c))
}
pub(crate) fn sbc<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, add_with_carry::<X>(c.x(o.rn), !c.x(o.rm), carry(c)).0);
    Ok(())
}
pub(crate) fn sbcs<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    flagged::<X>(c, o, !c.x(o.rm), carry(c))
}

#[inline(always)]
fn conditional_compare<const X: bool, const IMM: bool>(c: &mut Cpu, o: &Op, subtract: bool) -> R<()> {
    let b = if IMM { o.imm } else { c.x(o.rm) };
    c.state.nzcv = if condition(o.aux, c.state.nzcv) {
        add_with_carry::<X>(c.x(o.rn), if subtract { !b } else { b }, subtract).1
    } else {
        u32::from(o.ra) << 28
    };
    Ok(())
}

pub(crate) fn ccmn<const X: bool, const IMM: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    conditional_compare::<X, IMM>(c, o, false)
}
pub(crate) fn ccmp<const X: bool, const IMM: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    conditional_compare::<X, IMM>(c, o, true)
}

#[inline(always)]
fn select<const X: bool>(c: &mut Cpu, o: &Op, otherwise: fn(u64) -> u64) -> R<()> {
    let v = if condition(o.aux, c.state.nzcv) { c.x(o.rn) } else { otherwise(c.x(o.rm)) };
    c.set_x(o.rd, sized::<X>(v));
    Ok(())
}

pub(crate) fn csel<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    select::<X>(c, o, |v| v)
}
pub(crate) fn csinc<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    select::<X>(c, o, |v| v.wrapping_add(1))
}
pub(crate) fn csinv<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    select::<X>(c, o, |v| !v)
}
pub(crate) fn csneg<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    select::<X>(c, o, u64::wrapping_neg)
}
