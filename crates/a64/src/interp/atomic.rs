//! FEAT_LSE: compare-and-swap, and the atomic memory operations.
//!
//! All of them are sequentially consistent, which is at least as strong as any acquire or release form asks.

use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::mmu::Place;
use crate::state::ZR;
use vmapple_memory::Scalar;

pub(crate) const ADD: u8 = 0;
pub(crate) const CLR: u8 = 1;
pub(crate) const EOR: u8 = 2;
pub(crate) const SET: u8 = 3;
pub(crate) const SMAX: u8 = 4;
pub(crate) const SMIN: u8 = 5;
pub(crate) const UMAX: u8 = 6;
pub(crate) const UMIN: u8 = 7;
pub(crate) const SWP: u8 = 8;

/// Reads a value, stores what `f` makes of it, returns the old. Device registers get a plain read and write.
fn update<T: Scalar>(c: &mut Cpu, va: u64, f: impl Fn(T) -> T) -> R<T> {
    match c.place_for_update(va, T::SIZE)? {
        Place::Memory(offset, false) => Ok(c.memory.fetch_update(offset, f).unwrap_or_default()),
        // Stores to ROM are ignored.
        Place::Memory(offset, true) => Ok(c.memory.load(offset).unwrap_or_default()),
        Place::Device(_) => {
            let old = c.load::<T>(va)?;
            c.store(va, f(old))?;
            Ok(old)
        }
    }
}

fn compare_and_swap<T: Scalar>(c: &mut Cpu, va: u64, expected: T, new: T) -> R<T> {
    match c.place_for_update(va, T::SIZE)? {
        Place::Memory(offset, false) => Ok(c.memory.compare_exchange(offset, expected, new).unwrap_or_default()),
        Place::Memory(offset, true) => Ok(c.memory.load(offset).unwrap_or_default()),
        Place::Device(_) => {
            let old = c.load::<T>(va)?;
            if old == expected {
                c.store(va, new)?;
            }
            Ok(old)
        }
    }
}

pub(crate) fn cas<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?;
    let expected = T::from_u128(u128::from(c.x(o.ra)));
    let new = T::from_u128(u128::from(c.x(o.rm)));
    let old = compare_and_swap(c, va, expected, new)?;
    c.set_x(o.rd, old.to_u128() as u64);
    Ok(())
}

pub(crate) fn casp<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?;
    let pair = |c: &Cpu, r: u8| (c.state.xr(r), c.state.xr((r + 1).min(ZR)));
    let (s, t) = (pair(c, o.rd), pair(c, o.rm));
    let old = if X {
        let join = |(a, b): (u64, u64)| u128::from(a) | u128::from(b) << 64;
        let v = compare_and_swap(c, va, join(s), join(t))?;
        (v as u64, (v >> 64) as u64)
    } else {
        let join = |(a, b): (u64, u64)| a & 0xffff_ffff | b << 32;
        let v = compare_and_swap(c, va, join(s), join(t))?;
        (v & 0xffff_ffff, v >> 32)
    };
    c.state.set_xr(o.rd, old.0);
    c.state.set_xr(o.rd + 1, old.1);
    Ok(())
}

fn apply<T: Scalar, const KIND: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?;
    let operand = T::from_u128(u128::from(c.x(o.rm))).to_u128();
    let unused = 128 - 8 * T::SIZE as u32;
    let signed = |v: u128| (v << unused) as i128 >> unused;
    let old = update::<T>(c, va, |old| {
        let v = old.to_u128();
        T::from_u128(match KIND {
            ADD => v.wrapping_add(operand),
            CLR => v & !operand,
            EOR => v ^ operand,
            SET => v | operand,
            SMAX => signed(v).max(signed(operand)) as u128,
            SMIN => signed(v).min(signed(operand)) as u128,
            UMAX => v.max(operand),
            UMIN => v.min(operand),
            _ => operand,
        })
    })?;
    c.set_x(o.rd, old.to_u128() as u64);
    Ok(())
}

/// LDADD and its relatives, SWP; `aux` is log2 of the size.
pub(crate) fn ldop<const KIND: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    match o.aux {
        0 => apply::<u8, KIND>(c, o),
        1 => apply::<u16, KIND>(c, o),
        2 => apply::<u32, KIND>(c, o),
        _ => apply::<u64, KIND>(c, o),
    }
}
