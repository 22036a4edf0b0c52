//! Loads and stores of general registers.

use super::dp_reg::extend;
use super::pauth;
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use std::sync::atomic::{Ordering, fence};
use vmapple_memory::Scalar;

/// Zero-extend.
pub(crate) const ZX: u8 = 0;
/// Sign-extend to 32 bits.
pub(crate) const SX32: u8 = 1;
/// Sign-extend to 64 bits.
pub(crate) const SX64: u8 = 2;

/// Base plus offset.
pub(crate) const OFFSET: u8 = 0;
/// Base, then add.
pub(crate) const POST: u8 = 1;
/// Add, then base.
pub(crate) const PRE: u8 = 2;

#[inline(always)]
fn widen<T: Scalar, const EXT: u8>(v: T) -> u64 {
    let v = v.to_u128() as u64;
    let unused = 64 - 8 * T::SIZE as u32;
    match EXT {
        ZX => v,
        SX32 => u64::from(((v << unused) as i64 >> unused) as u32),
        _ => ((v << unused) as i64 >> unused) as u64,
    }
}

/// The address of an access, and the value of the base register after it.
#[inline(always)]
pub(crate) fn address<const MODE: u8>(base: u64, imm: u64) -> (u64, u64) {
    let sum = base.wrapping_add(imm);
    if MODE == POST { (base, sum) } else { (sum, sum) }
}

pub(crate) fn ldr<T: Scalar, const MODE: u8, const EXT: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    let v = c.load::<T>(va)?;
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    c.set_x(o.rd, widen::<T, EXT>(v));
    Ok(())
}

pub(crate) fn str<T: Scalar, const MODE: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    c.store(va, T::from_u128(u128::from(c.x(o.rm))))?;
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    Ok(())
}

/// Base plus an extended and shifted register.
#[inline(always)]
pub(crate) fn indexed(c: &mut Cpu, o: &Op) -> R<u64> {
    let base = c.base(o)?;
    Ok(base.wrapping_add(extend(c.x(o.ra), o.aux as u8 & 7) << (o.aux >> 4)))
}

pub(crate) fn ldr_reg<T: Scalar, const EXT: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = indexed(c, o)?;
    let v = c.load::<T>(va)?;
    c.set_x(o.rd, widen::<T, EXT>(v));
    Ok(())
}

pub(crate) fn str_reg<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = indexed(c, o)?;
    c.store(va, T::from_u128(u128::from(c.x(o.rm))))
}

pub(crate) fn ldr_lit<T: Scalar, const EXT: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.load::<T>(c.state.pc.wrapping_add(o.imm))?;
    c.set_x(o.rd, widen::<T, EXT>(v));
    Ok(())
}

/// A pair of doublewords is one 16-byte access, which FEAT_LSE2 makes single-copy atomic when aligned; a pair of words
/// is one of 8.
pub(crate) fn ldp<T: Scalar, const MODE: u8, const EXT: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    let (first, second) = if T::SIZE == 8 {
        let v = c.load_two::<u128>(va)?;
        (v as u64, (v >> 64) as u64)
    } else {
        let v = c.load_two::<u64>(va)?;
        (widen::<u32, EXT>(v as u32), widen::<u32, EXT>((v >> 32) as u32))
    };
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    c.set_x(o.rd, first);
    c.set_x(o.ra, second);
    Ok(())
}

pub(crate) fn stp<T: Scalar, const MODE: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    let (first, second) = (c.x(o.rm), c.x(o.aux as u8));
    if T::SIZE == 8 {
        c.store_two(va, u128::from(first) | u128::from(second) << 64)?;
    } else {
        c.store_two(va, first & 0xffff_ffff | second << 32)?;
    }
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    Ok(())
}

pub(crate) fn ldtr<T: Scalar, const EXT: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?.wrapping_add(o.imm);
    let v = c.load_as::<T>(va, c.unprivileged())?;
    c.set_x(o.rd, widen::<T, EXT>(v));
    Ok(())
}

pub(crate) fn sttr<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?.wrapping_add(o.imm);
    c.store_as(va, T::from_u128(u128::from(c.x(o.rm))), c.unprivileged())
}

/// `SCTLR_EL1.nAA`: ordered accesses that are not all within 16 bytes do not fault.
const NAA: u64 = 1 << 6;

/// Ordered accesses may be unaligned within 16 bytes, and anyhow with `SCTLR_EL1.nAA` (FEAT_LSE2).
fn check_ordered(c: &mut Cpu, va: u64, size: usize, access: crate::mmu::Access) -> R<()> {
    let crosses = va & 15 > 16 - size as u64;
    if crosses && c.state.sys.sctlr_el1 & NAA == 0 { c.raise_alignment(va, access) } else { Ok(()) }
}

fn load_ordered<T: Scalar, const EXT: u8>(c: &mut Cpu, o: &Op, va: u64) -> R<()> {
    check_ordered(c, va, T::SIZE, crate::mmu::Access::Read)?;
    let v = c.load::<T>(va)?;
    fence(Ordering::Acquire);
    c.set_x(o.rd, widen::<T, EXT>(v));
    Ok(())
}

/// The trailing fence keeps a store-release before a later load-acquire, which a TSO host would otherwise let pass it.
fn store_ordered<T: Scalar>(c: &mut Cpu, o: &Op, va: u64) -> R<()> {
    check_ordered(c, va, T::SIZE, crate::mmu::Access::Write)?;
    fence(Ordering::Release);
    c.store(va, T::from_u128(u128::from(c.x(o.rm))))?;
    fence(Ordering::SeqCst);
    Ok(())
}

pub(crate) fn ldar<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?;
    load_ordered::<T, ZX>(c, o, va)
}

pub(crate) fn stlr<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?;
    store_ordered::<T>(c, o, va)
}

pub(crate) fn ldapur<T: Scalar, const EXT: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?.wrapping_add(o.imm);
    load_ordered::<T, EXT>(c, o, va)
}

pub(crate) fn stlur<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    let va = c.base(o)?.wrapping_add(o.imm);
    store_ordered::<T>(c, o, va)
}

/// LDRAA, LDRAB: the base is authenticated with a zero modifier.
pub(crate) fn ldra<const KEY: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let base = c.base(o)?;
    let va = pauth::authenticate::<KEY, true>(c, base, 0)?.wrapping_add(o.imm);
    let v = c.load::<u64>(va)?;
    if o.aux != 0 {
        c.set_x(o.rn, va);
    }
    c.set_x(o.rd, v);
    Ok(())
}
