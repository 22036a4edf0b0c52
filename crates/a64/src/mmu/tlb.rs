//! The TLB: one direct-mapped array per regime, in 4 KiB pieces whatever the granule.
//!
//! Only Normal memory backed by guest RAM or ROM is cached; everything else walks each time. A change of address
//! space drops the entries that are not global; the kernel's stay.

use super::Regime;
use super::walk::{Translation, granule_bits};
use crate::cpu::Cpu;

pub(crate) const ENTRIES: usize = 1024;
const INVALID: u64 = 1;
/// Entries tied to an address space that are remembered one by one; beyond that the whole TLB is dropped.
const MAX_LOCAL: usize = 2048;
/// The regime of strict alignment checking: an array that is never filled, so that every access takes the slow path.
const STRICT: usize = 3;

/// One 4 KiB piece of a translation. The layout is part of the contract with a recompiler ([`crate::layout`]).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Entry {
    /// Virtual page that may be read; [`INVALID`] matches none.
    pub(crate) read: u64,
    /// Virtual page that may be written.
    pub(crate) write: u64,
    /// Offset in guest memory minus virtual address, wrapping.
    pub(crate) addend: u64,
    /// Host address minus virtual address, wrapping: what recompiled code adds.
    pub(crate) host: u64,
}

const EMPTY: Entry = Entry { read: INVALID, write: INVALID, addend: 0, host: 0 };

/// Bounds of the virtual addresses that blocks or large pages translate, in one half of the address space.
#[derive(Clone, Copy, Debug)]
struct Large {
    first: u64,
    last: u64,
}

const NO_LARGE: Large = Large { first: u64::MAX, last: 0 };

/// The TLBs and which of them is in use.
#[derive(Debug)]
pub(crate) struct Mmu {
    pub(crate) tlb: Box<[[Entry; ENTRIES]; 4]>,
    /// Array that ordinary data accesses use now.
    pub(crate) data: usize,
    /// Regime of ordinary data accesses now.
    pub(crate) regime: Regime,
    local: Vec<(u8, u16)>,
    large: [Large; 2],
    /// Host address of offset 0 in guest memory.
    host: u64,
}

#[inline(always)]
pub(crate) fn slot(va: u64) -> usize {
    (va >> 12) as usize & (ENTRIES - 1)
}

impl Mmu {
    /// `host` is the host address of offset 0 in guest memory; it is only ever handed on, never used here.
    pub(crate) fn new(host: u64) -> Self {
        Self {
            tlb: Box::new([[EMPTY; ENTRIES]; 4]),
            data: STRICT,
            regime: Regime::El1,
            local: Vec::new(),
            large: [NO_LARGE; 2],
            host,
        }
    }

    fn flush(&mut self) {
        for t in self.tlb.iter_mut().take(STRICT) {
            t.fill(EMPTY);
        }
        self.local.clear();
        self.large = [NO_LARGE; 2];
    }

    fn flush_local(&mut self) {
        for (regime, slot) in self.local.drain(..) {
            self.tlb[usize::from(regime & 3)][usize::from(slot) & (ENTRIES - 1)] = EMPTY;
        }
    }

    fn flush_range(&mut self, va: u64, len: u64) {
        let last = va.saturating_add(len.saturating_sub(1));
        let large = self.large[(va >> 55 & 1) as usize];
        if len >> 12 >= ENTRIES as u64 || (va <= large.last && large.first <= last) {
            return self.flush();
        }
        let mut page = va & !0xfff;
        loop {
            for t in self.tlb.iter_mut().take(STRICT) {
                let e = &mut t[slot(page)];
                if e.read == page || e.write == page {
                    *e = EMPTY;
                }
            }
            match page.checked_add(0x1000) {
                Some(next) if next <= last => page = next,
                _ => break,
            }
        }
    }

    /// Caches a translation of `va` that lies at `offset` in guest memory.
    pub(crate) fn insert(&mut self, regime: Regime, va: u64, offset: usize, t: &Translation, rom: bool, granule: u64) {
        let page = va & !0xfff;
        let i = slot(va);
        let read = if t.readable { page } else { INVALID };
        let write = if t.writable && !rom { page } else { INVALID };
        let addend = (offset as u64 & !0xfff).wrapping_sub(page);
        let entry = Entry { read, write, addend, host: addend.wrapping_add(self.host) };
        self.tlb[regime as usize & 3][i] = entry;
        if !t.global {
            if self.local.len() >= MAX_LOCAL {
                self.flush();
                self.tlb[regime as usize & 3][i] = entry;
            }
            self.local.push((regime as u8, i as u16));
        }
        if t.size > granule {
            let l = &mut self.large[(va >> 55 & 1) as usize];
            let first = va & !(t.size - 1);
            l.first = l.first.min(first);
            l.last = l.last.max(first + (t.size - 1));
        }
    }
}

impl Cpu {
    /// Bytes in a page of the half of the address space that `va` is in.
    pub(crate) fn granule(&self, va: u64) -> u64 {
        1 << granule_bits(self.state.sys.tcr_el1, va >> 55 & 1 != 0)
    }

    /// Drops every translation.
    pub(crate) fn flush_tlb(&mut self) {
        self.mmu.flush();
        self.code.flush_fetch();
    }

    /// Drops the translations of a range of (sign-extended) virtual addresses, of any address space.
    pub(crate) fn flush_tlb_range(&mut self, va: u64, len: u64) {
        self.mmu.flush_range(va, len);
        self.code.flush_fetch_range(va, len);
    }

    /// The translation controls changed: drop everything, recompute the regime.
    pub(crate) fn mmu_changed(&mut self) {
        self.flush_tlb();
        self.mmu_regime_changed();
    }

    /// The address space changed: drop what was tied to the old one.
    pub(crate) fn address_space_changed(&mut self) {
        self.mmu.flush_local();
        self.code.flush_fetch();
    }

    /// PSTATE.EL, PAN or `SCTLR_EL1.A` changed.
    pub(crate) fn mmu_regime_changed(&mut self) {
        let p = &self.state.pstate;
        self.mmu.regime = match (p.el, p.pan) {
            (0, _) => Regime::El0,
            (_, false) => Regime::El1,
            (_, true) => Regime::El1Pan,
        };
        let strict = self.state.sys.sctlr_el1 & 2 != 0;
        self.mmu.data = if strict { STRICT } else { self.mmu.regime as usize };
    }
}
