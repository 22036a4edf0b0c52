//! AdvSIMD data movement: copy, permute, extract, table lookup.

use super::simd_lanes::{Int, duplicate, fill, is_full, low_bits, size};
use super::sized;
use crate::cpu::{Cpu, R};
use crate::decode::Op;

pub(crate) fn dup_elem(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_lanes(o, duplicate(c.v(o.rn), size(o), o.ra))
}

pub(crate) fn dup_gen(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_lanes(o, fill(c.x(o.rn), size(o)))
}

/// Where an element starts, in bits. Decoding keeps the index inside the register.
#[inline(always)]
fn bit_of(o: &Op, index: u8) -> u32 {
    u32::from(index) << (size(o) + 3) & 127
}

#[inline(always)]
fn element(c: &Cpu, o: &Op) -> u64 {
    (c.v(o.rn) >> bit_of(o, o.ra) & low_bits(8 << size(o))) as u64
}

pub(crate) fn umov(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_x(o.rd, element(c, o));
    Ok(())
}

pub(crate) fn smov<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let unused = 64 - (8 << size(o));
    let v = ((element(c, o) << unused) as i64 >> unused) as u64;
    c.set_x(o.rd, sized::<X>(v));
    Ok(())
}

#[inline(always)]
fn insert(c: &mut Cpu, o: &Op, e: u64) -> R<()> {
    let (mask, at) = (low_bits(8 << size(o)), bit_of(o, o.rm));
    let v = c.v(o.rd) & !(mask << at) | (u128::from(e) & mask) << at;
    c.set_v(o.rd, v);
    Ok(())
}

pub(crate) fn ins_gen(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    insert(c, o, c.x(o.rn))
}

pub(crate) fn ins_elem(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let e = element(c, o);
    insert(c, o, e)
}

pub(crate) const UZP: u8 = 0;
pub(crate) const TRN: u8 = 1;
pub(crate) const ZIP: u8 = 2;

/// The lanes of UZP, TRN or ZIP, `PART` 0 or 1, for vectors of `lanes` lanes.
#[inline(always)]
fn permuted<T: Int, const KIND: u8, const PART: usize>(a: u128, b: u128, lanes: usize) -> u128 {
    let (a, b) = (T::split(a), T::split(b));
    let (a, b) = (a.as_ref(), b.as_ref());
    let mut r = T::split(0);
    for (i, r) in r.as_mut().iter_mut().enumerate().take(lanes) {
        let (from, at) = match KIND {
            UZP if i < lanes / 2 => (a, 2 * i + PART),
            UZP => (b, 2 * i - lanes + PART),
            TRN => (if i % 2 == 0 { a } else { b }, i - i % 2 + PART),
            _ => (if i % 2 == 0 { a } else { b }, i / 2 + PART * (lanes / 2)),
        };
        *r = from.get(at).copied().unwrap_or(T::ZERO);
    }
    T::join(&r)
}

pub(crate) fn permute<const KIND: u8, const PART: usize>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (a, b) = (c.v(o.rn), c.v(o.rm));
    let full = is_full(o);
    // The lane count is a constant in each arm, for the compiler's sake.
    let r = match (size(o), full) {
        (0, false) => permuted::<u8, KIND, PART>(a, b, 8),
        (0, true) => permuted::<u8, KIND, PART>(a, b, 16),
        (1, false) => permuted::<u16, KIND, PART>(a, b, 4),
        (1, true) => permuted::<u16, KIND, PART>(a, b, 8),
        (2, false) => permuted::<u32, KIND, PART>(a, b, 2),
        (2, true) => permuted::<u32, KIND, PART>(a, b, 4),
        _ => permuted::<u64, KIND, PART>(a, b, 2),
    };
    c.set_v(o.rd, r);
    Ok(())
}

pub(crate) fn ext<const Q: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (low, high) = (c.v(o.rn), c.v(o.rm));
    let shift = 8 * (o.imm as u32 >> 11 & 15);
    let r = if !Q {
        let both = low & u128::from(u64::MAX) | high << 64;
        both >> shift & u128::from(u64::MAX)
    } else if shift == 0 {
        low
    } else {
        low >> shift | high << (128 - shift)
    };
    c.set_v(o.rd, r);
    Ok(())
}

/// Looks bytes up in one to four registers. An index past them gives zero, or with `KEEP` (TBX) the old byte.
pub(crate) fn tbl<const KEEP: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let count = (o.imm as usize >> 13 & 3) + 1;
    let mut table = [0u8; 64];
    for (i, register) in table.as_chunks_mut::<16>().0.iter_mut().enumerate().take(count) {
        // After V31 comes V0.
        *register = c.v(o.rn.wrapping_add(i as u8)).to_le_bytes();
    }
    let table = table.get(..16 * count).unwrap_or_default();
    let mut r = if KEEP { c.v(o.rd) } else { 0 }.to_le_bytes();
    for (r, index) in r.iter_mut().zip(c.v(o.rm).to_le_bytes()) {
        if let Some(byte) = table.get(usize::from(index)) {
            *r = *byte;
        }
    }
    c.set_lanes(o, u128::from_le_bytes(r))
}
