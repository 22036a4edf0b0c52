//! Loads and stores by virtual address.
//!
//! The fast path is one TLB compare and one host instruction. Everything it does not take (a miss, a page crossing, a
//! device, a tag, an alignment check) goes through the slow path, which is always correct by itself.

use super::walk::{FaultStatus, Translation};
use super::{Access, Code, Regime};
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::state::SP;
use vmapple_memory::Scalar;

/// Where an address that was translated leads.
pub(crate) enum Place {
    /// Guest memory, at this offset; the flag says it is ROM.
    Memory(usize, bool),
    /// Device space, at this physical address.
    Device(u64),
}

impl Cpu {
    /// The base register of a load or store, with the stack alignment check.
    #[inline(always)]
    pub(crate) fn base(&mut self, op: &Op) -> R<u64> {
        let base = self.state.x[usize::from(op.rn & 63)];
        if op.rn == SP && base & 15 != 0 {
            let bit = if self.state.pstate.el == 0 { 4 } else { 3 };
            if self.state.sys.sctlr_el1 >> bit & 1 != 0 {
                return self.raise_sp_alignment();
            }
        }
        Ok(base)
    }

    /// An ordinary load.
    #[inline(always)]
    pub(crate) fn load<T: Scalar>(&mut self, va: u64) -> R<T> {
        if let Some(at) = self.mmu.place(self.mmu.data(), va, T::SIZE, false)
            && let Some(v) = self.memory.load(at)
        {
            return Ok(v);
        }
        self.load_slow(va, self.mmu.regime, T::SIZE)
    }

    /// Two elements as one load. Devices see two accesses.
    #[inline(always)]
    pub(crate) fn load_two<T: Scalar>(&mut self, va: u64) -> R<T> {
        self.load_elements(va, T::SIZE / 2)
    }

    /// Several elements of `element` bytes as one load: alignment is judged by the element, and devices see each.
    #[inline(always)]
    pub(crate) fn load_elements<T: Scalar>(&mut self, va: u64, element: usize) -> R<T> {
        if let Some(at) = self.mmu.place(self.mmu.data(), va, T::SIZE, false)
            && let Some(v) = self.memory.load(at)
        {
            return Ok(v);
        }
        self.load_slow(va, self.mmu.regime, element)
    }

    /// Two elements as one store. Devices see two accesses.
    #[inline(always)]
    pub(crate) fn store_two<T: Scalar>(&mut self, va: u64, value: T) -> R<()> {
        self.store_elements(va, value, T::SIZE / 2)
    }

    /// Several elements of `element` bytes as one store.
    #[inline(always)]
    pub(crate) fn store_elements<T: Scalar>(&mut self, va: u64, value: T, element: usize) -> R<()> {
        if let Some(at) = self.mmu.place(self.mmu.data(), va, T::SIZE, true)
            && self.memory.store(at, value).is_some()
        {
            return Ok(());
        }
        self.store_slow(va, value, self.mmu.regime, element)
    }

    /// An ordinary store.
    #[inline(always)]
    pub(crate) fn store<T: Scalar>(&mut self, va: u64, value: T) -> R<()> {
        if let Some(at) = self.mmu.place(self.mmu.data(), va, T::SIZE, true)
            && self.memory.store(at, value).is_some()
        {
            return Ok(());
        }
        self.store_slow(va, value, self.mmu.regime, T::SIZE)
    }

    /// Translates a data access and fills the TLB; where it leads, and whether that is Device memory. `va` has its tag removed;
    /// `report` is the address as the guest gave it, for `FAR_EL1`.
    fn place(&mut self, va: u64, report: u64, access: Access, regime: Regime) -> R<(Place, bool)> {
        if let Some(offset) = self.refill(va, report, access, regime) {
            return Ok((Place::Memory(offset, false), false));
        }
        let t = match self.translate(va, access, regime) {
            Ok(t) => t,
            Err(status) => return self.raise_abort(report, access, u64::from(status.0)),
        };
        let Some((span, offset)) = self.memory.find(t.pa, 1) else {
            return Ok((Place::Device(t.pa), t.device));
        };
        let rom = !span.writable;
        if !t.device && t.size != 0 {
            let rights = if rom { t.rights.without_writes() } else { t.rights };
            self.cache_data(va, report, regime, offset, rights, t.size);
        }
        Ok((Place::Memory(offset, rom), t.device))
    }

    /// Misaligned, and `SCTLR_EL1.A` forbids that: decided before translation.
    fn forbidden(&self, va: u64, size: usize) -> bool {
        va & (size as u64 - 1) != 0 && self.state.sys.sctlr_el1 & 2 != 0
    }

    /// Misaligned, and the memory type forbids that: decided after translation.
    fn misaligned(va: u64, size: usize, device: bool) -> bool {
        va & (size as u64 - 1) != 0 && device
    }

    /// A load in a given regime: the whole truth. Alignment is judged, and devices are accessed, by `element` bytes.
    #[cold]
    #[inline(never)]
    pub(crate) fn load_slow<T: Scalar>(&mut self, given: u64, regime: Regime, element: usize) -> R<T> {
        let va = self.strip_data_tag(given);
        if self.forbidden(va, element) {
            return self.raise_alignment(given, Access::Read);
        }
        let (place, device) = self.place(va, given, Access::Read, regime)?;
        if Self::misaligned(va, element, device) {
            return self.raise_alignment(given, Access::Read);
        }
        let first = (0x1000 - (va & 0xfff)) as usize;
        if first >= T::SIZE {
            self.watch(given, T::SIZE, Access::Read, regime)?;
            return self.load_place(place, T::SIZE, element, given).map(T::from_u128);
        }
        // Both pages are translated before either is read; a fault on the second reports its first byte.
        let next = va.wrapping_add(first as u64);
        let (second, device) = self.place(next, given.wrapping_add(first as u64), Access::Read, regime)?;
        if device {
            return self.raise_alignment(given, Access::Read);
        }
        self.watch(given, T::SIZE, Access::Read, regime)?;
        let mut value = 0u128;
        for i in 0..T::SIZE {
            let (p, into) = if i < first { (&place, i) } else { (&second, i - first) };
            let b = match p {
                Place::Memory(offset, _) => self.memory.load::<u8>(offset + into).unwrap_or(0),
                Place::Device(_) => 0,
            };
            value |= u128::from(b) << (8 * i);
        }
        Ok(T::from_u128(value))
    }

    /// A store in a given regime: the whole truth. `element` as for loads.
    #[cold]
    #[inline(never)]
    pub(crate) fn store_slow<T: Scalar>(&mut self, given: u64, value: T, regime: Regime, element: usize) -> R<()> {
        let va = self.strip_data_tag(given);
        if self.forbidden(va, element) {
            return self.raise_alignment(given, Access::Write);
        }
        let (place, device) = self.place(va, given, Access::Write, regime)?;
        if Self::misaligned(va, element, device) {
            return self.raise_alignment(given, Access::Write);
        }
        let first = (0x1000 - (va & 0xfff)) as usize;
        if first >= T::SIZE {
            self.watch(given, T::SIZE, Access::Write, regime)?;
            return self.store_place(place, T::SIZE, element, value.to_u128(), given);
        }
        let next = va.wrapping_add(first as u64);
        let (second, device) = self.place(next, given.wrapping_add(first as u64), Access::Write, regime)?;
        if device {
            return self.raise_alignment(given, Access::Write);
        }
        self.watch(given, T::SIZE, Access::Write, regime)?;
        let value = value.to_u128();
        for i in 0..T::SIZE {
            let (p, into) = if i < first { (&place, i) } else { (&second, i - first) };
            if let Place::Memory(offset, false) = p {
                let _ = self.memory.store(offset + into, (value >> (8 * i)) as u8);
            }
        }
        Ok(())
    }

    fn load_place(&mut self, place: Place, size: usize, element: usize, va: u64) -> R<u128> {
        match place {
            Place::Memory(at, _) => Ok(match size {
                1 => self.memory.load::<u8>(at).map(u128::from),
                2 => self.memory.load::<u16>(at).map(u128::from),
                4 => self.memory.load::<u32>(at).map(u128::from),
                8 => self.memory.load::<u64>(at).map(u128::from),
                _ => self.memory.load::<u128>(at),
            }
            .unwrap_or(0)),
            Place::Device(pa) => {
                let piece = element.min(8);
                let mut value = 0u128;
                for i in 0..size / piece {
                    match self.env.read(pa + (i * piece) as u64, piece as u8) {
                        Ok(v) => value |= u128::from(v) << (8 * piece * i),
                        Err(_) => return self.raise_external_abort(va, Access::Read),
                    }
                }
                Ok(value)
            }
        }
    }

    fn store_place(&mut self, place: Place, size: usize, element: usize, value: u128, va: u64) -> R<()> {
        match place {
            // Stores to ROM are ignored.
            Place::Memory(_, true) => Ok(()),
            Place::Memory(at, false) => {
                let _ = match size {
                    1 => self.memory.store(at, value as u8),
                    2 => self.memory.store(at, value as u16),
                    4 => self.memory.store(at, value as u32),
                    8 => self.memory.store(at, value as u64),
                    _ => self.memory.store(at, value),
                };
                Ok(())
            }
            Place::Device(pa) => {
                let piece = element.min(8);
                for i in 0..size / piece {
                    let v = (value >> (8 * piece * i)) as u64;
                    if self.env.write(pa + (i * piece) as u64, piece as u8, v).is_err() {
                        return self.raise_external_abort(va, Access::Write);
                    }
                }
                Ok(())
            }
        }
    }

    /// Checks that stores to the `size` bytes at `va` (at most a page), aligned by `element`, would be permitted and not
    /// watched, so that an instruction with several stores can fault before the first.
    #[inline]
    pub(crate) fn probe_store(&mut self, va: u64, size: usize, element: usize) -> R<()> {
        let regime = self.mmu.regime;
        if self.mmu.place(regime as usize, va, size, true).is_some() {
            return Ok(());
        }
        let clean = self.strip_data_tag(va);
        if self.forbidden(clean, element) {
            return self.raise_alignment(va, Access::Write);
        }
        let (_, device) = self.place(clean, va, Access::Write, regime)?;
        if Self::misaligned(clean, element, device) {
            return self.raise_alignment(va, Access::Write);
        }
        let first = 0x1000 - (clean & 0xfff);
        if first < size as u64 {
            self.place(clean.wrapping_add(first), va.wrapping_add(first), Access::Write, regime)?;
        }
        self.watch(va, size, Access::Write, regime)
    }

    /// Resolves a read-modify-write or exclusive access of `size` bytes that must not cross 16 bytes. A fault that a read
    /// would also have met is reported as a read (Arm ARM, `ISS.WnR` for atomics).
    pub(crate) fn place_for_update(&mut self, given: u64, size: usize) -> R<Place> {
        let regime = self.mmu.regime;
        // Who may write may read.
        if given & 15 <= 16 - size as u64
            && let Some(at) = self.mmu.place(self.mmu.data(), given, size, true)
        {
            return Ok(Place::Memory(at, false));
        }
        let va = self.strip_data_tag(given);
        self.check_within_16(given, size, Access::Read)?;
        let (_, device) = self.place(va, given, Access::Read, regime)?;
        if Self::misaligned(va, size, device) {
            return self.raise_alignment(given, Access::Read);
        }
        let (place, _) = self.place(va, given, Access::Write, regime)?;
        self.watch_update(given, size, regime)?;
        Ok(place)
    }

    /// Atomics and exclusives may be misaligned, but not across 16 bytes (FEAT_LSE2), and not with `SCTLR_EL1.A`.
    pub(crate) fn check_within_16(&mut self, given: u64, size: usize, access: Access) -> R<()> {
        if given & 15 > 16 - size as u64 || self.forbidden(given, size) {
            return self.raise_alignment(given, access);
        }
        Ok(())
    }

    /// Resolves a load-exclusive or, with `Access::Write`, a store-exclusive. With FEAT_LSE2 it may lie anywhere within 16
    /// bytes (`AArch64.UnalignedAccessFaults()`).
    pub(crate) fn place_for_exclusive(&mut self, given: u64, size: usize, access: Access) -> R<Place> {
        self.check_within_16(given, size, access)?;
        if let Some(at) = self.mmu.place(self.mmu.data(), given, 1, access == Access::Write) {
            return Ok(Place::Memory(at, false));
        }
        let va = self.strip_data_tag(given);
        let (place, device) = self.place(va, given, access, self.mmu.regime)?;
        if Self::misaligned(va, size, device) {
            return self.raise_alignment(given, access);
        }
        self.watch(given, size, access, self.mmu.regime)?;
        Ok(place)
    }

    /// Translates the program counter; the fault status if it cannot be fetched from.
    pub(crate) fn translate_pc(&self, pc: u64) -> Result<Translation, FaultStatus> {
        let regime = if self.state.pstate.el == 0 { Regime::El0 } else { Regime::El1 };
        self.translate(pc, Access::Fetch, regime)
    }

    /// Finds what the program counter points to: in guest memory, because instructions cannot be fetched from devices.
    pub(crate) fn place_code(&mut self, pc: u64) -> R<Code> {
        if let Some(code) = self.cached_code(pc) {
            return Ok(code);
        }
        let t = match self.translate_pc(pc) {
            Ok(t) => t,
            Err(status) => return self.raise_abort(pc, Access::Fetch, u64::from(status.0)),
        };
        let Some((span, offset)) = self.memory.find(t.pa & !0xfff, 0x1000) else {
            return self.raise_external_abort(pc, Access::Fetch);
        };
        if !t.device && t.size != 0 {
            let rights = if span.writable { t.rights } else { t.rights.without_writes() };
            self.cache_code(pc, offset | pc as usize & 0xfff, rights, t.size);
        }
        Ok(Code { offset, guarded: t.rights.guarded(), local: t.rights.local() })
    }

    /// Whether ordinary stores to this page take the fast path.
    pub(crate) fn cached_for_write(&self, va: u64) -> bool {
        self.mmu.place(self.mmu.data(), va, 1, true).is_some()
    }

    /// Translates the operand of a cache maintenance instruction, judged as `access`; physical address. PSTATE.PAN does not
    /// apply (Arm ARM D8.4.1).
    pub(crate) fn translate_maintenance(&mut self, given: u64, access: Access) -> R<u64> {
        let va = self.strip_data_tag(given);
        let regime = if self.state.pstate.el == 0 { Regime::El0 } else { Regime::El1 };
        match self.translate(va, access, regime) {
            Ok(t) => Ok(t.pa),
            Err(status) => self.raise_abort(given, access, u64::from(status.0)),
        }
    }
}

impl Cpu {
    /// A load judged by another regime: the unprivileged loads.
    #[inline]
    pub(crate) fn load_as<T: Scalar>(&mut self, va: u64, regime: Regime) -> R<T> {
        let strict = self.state.sys.sctlr_el1 & 2 != 0;
        if !strict
            && let Some(at) = self.mmu.place(regime as usize, va, T::SIZE, false)
            && let Some(v) = self.memory.load(at)
        {
            return Ok(v);
        }
        self.load_slow(va, regime, T::SIZE)
    }

    /// A store judged by another regime: the unprivileged stores.
    #[inline]
    pub(crate) fn store_as<T: Scalar>(&mut self, va: u64, value: T, regime: Regime) -> R<()> {
        let strict = self.state.sys.sctlr_el1 & 2 != 0;
        if !strict
            && let Some(at) = self.mmu.place(regime as usize, va, T::SIZE, true)
            && self.memory.store(at, value).is_some()
        {
            return Ok(());
        }
        self.store_slow(va, value, regime, T::SIZE)
    }
}
