//! Load-exclusive and store-exclusive.
//!
//! A load-exclusive remembers the place and the value; the store-exclusive succeeds if the place still holds it
//! (a compare-and-swap). A value changed away and back in between goes unnoticed, which the architecture's lock
//! algorithms do not rely on noticing (`spec/cpu-engine.md` 6.5).

use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::mmu::Access;
use std::sync::atomic::{Ordering, fence};
use vmapple_memory::Scalar;

use crate::mmu::Place;

/// What the last load-exclusive saw. The layout is part of the contract with a recompiler ([`crate::layout`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Monitor {
    /// Offset in guest memory.
    pub(crate) offset: u64,
    /// Bytes; 0 if there was none since the monitor was cleared.
    pub(crate) size: u64,
    /// What was there, low half first.
    pub(crate) value: [u64; 2],
}

impl Monitor {
    /// Cleared: a store-exclusive fails.
    pub(crate) const CLEAR: Self = Self { offset: 0, size: 0, value: [0; 2] };
}

/// DFSC for exclusives to memory that does not support them.
const UNSUPPORTED: u64 = 0x35;

fn load<T: Scalar>(c: &mut Cpu, o: &Op) -> R<T> {
    let va = c.base(o)?;
    match c.place_for_exclusive(va, T::SIZE, Access::Read)? {
        Place::Memory(offset, _) => {
            let value = c.memory.load::<T>(offset).unwrap_or_default();
            fence(Ordering::Acquire);
            let wide = value.to_u128();
            let value_halves = [wide as u64, (wide >> 64) as u64];
            c.monitor = Monitor { offset: offset as u64, size: T::SIZE as u64, value: value_halves };
            Ok(value)
        }
        Place::Device(_) => c.raise_abort(va, Access::Read, UNSUPPORTED),
    }
}

fn store<T: Scalar>(c: &mut Cpu, o: &Op, value: T) -> R<()> {
    let va = c.base(o)?;
    // The write is checked for faults whether or not the monitor would let it pass: a legal choice that keeps a failing
    // loop from hiding a fault.
    let place = c.place_for_exclusive(va, T::SIZE, Access::Write)?;
    let failed = match (place, std::mem::replace(&mut c.monitor, Monitor::CLEAR)) {
        (Place::Memory(offset, false), m) if m.offset == offset as u64 && m.size == T::SIZE as u64 => {
            let old = T::from_u128(u128::from(m.value[0]) | u128::from(m.value[1]) << 64);
            c.memory.compare_exchange(offset, old, value) != Some(old)
        }
        (Place::Device(_), _) => return c.raise_abort(va, Access::Write, UNSUPPORTED),
        _ => true,
    };
    c.set_x((o.aux >> 8) as u8, u64::from(failed));
    Ok(())
}

pub(crate) fn ldxr<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = load::<T>(c, o)?;
    c.set_x(o.rd, v.to_u128() as u64);
    Ok(())
}

pub(crate) fn stxr<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    store(c, o, T::from_u128(u128::from(c.x(o.rm))))
}

pub(crate) fn ldxp<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (a, b) = if X {
        let v = load::<u128>(c, o)?;
        (v as u64, (v >> 64) as u64)
    } else {
        let v = load::<u64>(c, o)?;
        (v & 0xffff_ffff, v >> 32)
    };
    c.set_x(o.rd, a);
    c.set_x(o.ra, b);
    Ok(())
}

pub(crate) fn stxp<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (a, b) = (c.x(o.rm), c.x(o.aux as u8));
    if X { store(c, o, u128::from(a) | u128::from(b) << 64) } else { store(c, o, a & 0xffff_ffff | b << 32) }
}
