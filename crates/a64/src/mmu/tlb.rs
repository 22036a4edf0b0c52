//! The TLB: two levels, and its maintenance.
//!
//! Only Normal memory backed by guest RAM or ROM is cached; everything else walks each time. The first level ([`super::first`])
//! serves the regime and address space in use with one comparison; the second ([`super::second`]) holds what was
//! found for all of them, so that a change of address space drops only what is local in the first.

use super::contexts::Contexts;
use super::first::{self, First, STRICT};
use super::large::Large;
use super::rights::{self, Rights};
use super::second::{Key, Second, canonical};
use super::walk::granule_bits;
use super::{Access, Regime};
use crate::cpu::Cpu;

/// Pages beyond which the second level forgets a context rather than each page.
const MANY: u64 = 1024;
/// Pages beyond which the first level looks at what it holds rather than at each page.
const SOME: u64 = 64;

/// How a kind of access finds its entries. Recompiled code reads it.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Way {
    /// The bit of [`Rights`] that allows reading; 0 if each access is to take the slow path.
    pub(crate) read: u64,
    /// The same for writing.
    pub(crate) write: u64,
    /// Bytes from the array of ordinary accesses to the one of these, wrapping.
    pub(crate) array: u64,
}

/// Both levels and which part of them is in use.
#[derive(Debug)]
pub(crate) struct Mmu {
    pub(crate) first: First,
    second: Second,
    contexts: Contexts,
    large: Large,
    /// The halves of the address space as they are looked up now.
    pub(crate) keys: [Key; 2],
    /// Ordinary data accesses now.
    pub(crate) ordinary: Way,
    /// Unprivileged loads and stores now.
    pub(crate) unprivileged: Way,
    /// Array that ordinary data accesses use now.
    data: usize,
    /// Regime of ordinary data accesses now.
    pub(crate) regime: Regime,
    /// The current address space.
    asid: u16,
    granules: [u32; 2],
    /// Global entries of the low half are cached, each under the ASID it was found with.
    global_low: bool,
    /// Entries of the high half that are tied to an address space are cached.
    local_high: bool,
    /// Host address of offset 0 in guest memory.
    host: u64,
    /// Host address of the first entry and the first set.
    pub(crate) addresses: [u64; 2],
}

impl Mmu {
    /// `host` is the host address of offset 0 in guest memory, a multiple of 4096; it is only ever handed on, never used here.
    pub(crate) fn new(host: u64) -> Self {
        let (first, second) = (First::new(), Second::new());
        let addresses = [first.address(0), second.address()];
        let mut mmu = Self {
            first,
            second,
            contexts: Contexts::new(),
            large: Large::new(),
            keys: Default::default(),
            ordinary: Way::default(),
            unprivileged: Way::default(),
            data: STRICT,
            regime: Regime::El1,
            asid: 0,
            granules: [12; 2],
            global_low: false,
            local_high: false,
            host,
            addresses,
        };
        mmu.rekey();
        mmu
    }

    /// Works out the keys again: the address space, its context's number or a granule changed.
    fn rekey(&mut self) {
        if self.contexts.exhausted() {
            self.first.forget();
            self.second.clear();
            self.contexts.restart();
        }
        let low = self.contexts.of(self.asid);
        self.keys = [Key::new(low, self.granules[0]), Key::new(self.contexts.global(), self.granules[1])];
    }

    /// The key of an entry: the half's usual one but for entries of the high half that are tied to an address space.
    fn key(&self, high: bool, local: bool) -> Key {
        let usual = self.keys[usize::from(high)];
        if high && local { Key::new(self.keys[0].context as u32, self.granules[1]) } else { usual }
    }

    /// What the second level knows of the page of an address (its tag removed): host address of the page and rights.
    #[inline]
    fn find(&self, va: u64) -> Option<u64> {
        if !canonical(va) {
            return None;
        }
        let high = (va as i64) < 0;
        let found = self.second.find(&self.keys[usize::from(high)], va);
        if found.is_none() && high && self.local_high {
            return self.second.find(&self.key(true, true), va);
        }
        found
    }

    /// Caches what a walk found for `va`: it lies at `offset` in guest memory, in a page or block of `size` bytes. Returns the
    /// entry.
    fn insert(&mut self, va: u64, offset: usize, rights: Rights, size: u64) -> u64 {
        let high = (va as i64) < 0;
        self.global_low |= !high && !rights.local();
        self.local_high |= high && rights.local();
        let key = self.key(high, rights.local());
        if size > !key.page + 1 {
            self.large.note(va, size);
        }
        let page = (self.host + offset as u64).wrapping_sub(va & !key.page);
        let word = page & !rights::MASK | rights.bits();
        self.second.insert(&key, va, word);
        word
    }

    /// Fills the first level's entry for a regime from an entry of the second. `given` is `va` with its tag.
    fn fill(&mut self, regime: Regime, va: u64, given: u64, word: u64) {
        let rights = Rights::of_word(word);
        let into = va & !self.keys[usize::from((va as i64) < 0)].page;
        let host = (word & !rights::MASK).wrapping_add(into).wrapping_sub(given);
        self.first.fill(regime, given, rights.readable(regime), rights.writable(regime), host, rights.local());
    }

    /// Offset in guest memory of an access of `size` bytes that the first level allows.
    #[inline(always)]
    pub(super) fn place(&self, array: usize, va: u64, size: usize, write: bool) -> Option<usize> {
        let e = self.first.entry(array, va);
        let allowed = e[if write { first::WRITE } else { first::READ }];
        let last = va.wrapping_add(size as u64 - 1) | first::IN_PAGE;
        (last == allowed).then(|| va.wrapping_add(e[first::HOST]).wrapping_sub(self.host) as usize)
    }

    /// The array that ordinary data accesses use now.
    #[inline(always)]
    pub(super) fn data(&self) -> usize {
        self.data
    }

    /// Host address of that array.
    pub(crate) fn data_address(&self) -> u64 {
        self.first.address(self.data)
    }

    /// Drops everything.
    fn forget(&mut self) {
        self.first.forget();
        self.contexts.forget_local();
        self.contexts.forget_global();
        self.large.clear();
        (self.global_low, self.local_high) = (false, false);
        self.rekey();
    }

    /// Drops what is tied to an address space.
    fn forget_asid(&mut self, asid: u16) {
        if asid == self.asid {
            self.first.forget_local();
        }
        self.contexts.forget(asid);
        self.rekey();
    }

    /// Drops what translates a range of (sign-extended) addresses, of one address space or of all; global entries anyway.
    fn forget_range(&mut self, va: u64, len: u64, asid: Option<u16>) {
        let Some((va, len)) = self.large.widen(va, len) else { return self.forget() };
        let high = (va as i64) < 0;
        let shift = self.granules[usize::from(high)];
        let pages = ((va & !(u64::MAX << shift)) + len).div_ceil(1 << shift);
        if high || self.global_low {
            self.first.forget_range(va, len);
        } else if asid.is_none_or(|asid| asid == self.asid) {
            // Of the low half the first level holds this address space's entries, and all are local.
            if len >> 12 > SOME { self.first.forget_local() } else { self.first.forget_range(va, len) }
        }
        let asid = asid.filter(|_| !self.global_low);
        match (high, asid) {
            (true, _) => {
                if pages > MANY {
                    self.contexts.forget_global();
                } else {
                    self.forget_pages(self.keys[1], va, pages);
                }
                if self.local_high {
                    self.contexts.forget_local();
                }
            }
            (false, None) => self.contexts.forget_local(),
            (false, Some(asid)) if pages > MANY => self.contexts.forget(asid),
            (false, Some(asid)) => {
                if let Some(context) = self.contexts.known(asid) {
                    self.forget_pages(Key::new(context, shift), va, pages);
                }
            }
        }
        self.rekey();
    }

    fn forget_pages(&mut self, key: Key, va: u64, pages: u64) {
        for page in 0..pages {
            self.second.forget(&key, va.wrapping_add(page << key.shift));
        }
    }
}

/// Where instructions are fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// Offset in guest memory of the 4 KiB that the address is in.
    pub(crate) offset: usize,
    /// Indirect branches into it need landing pads, where the core has FEAT_BTI.
    pub(crate) guarded: bool,
    /// Tied to the address space.
    pub(crate) local: bool,
}

impl Cpu {
    /// What is cached of an address whose tag is removed: offset in guest memory and rights.
    #[inline]
    fn cached(&self, va: u64) -> Option<(usize, u64)> {
        let word = self.mmu.find(va)?;
        let into = va & !self.mmu.keys[usize::from((va as i64) < 0)].page;
        Some((((word & !rights::MASK) + into).wrapping_sub(self.mmu.host) as usize, word))
    }

    /// A data access that the second level allows: fills the first level, returns the offset in guest memory.
    #[inline]
    pub(super) fn refill(&mut self, va: u64, given: u64, access: Access, regime: Regime) -> Option<usize> {
        let (offset, word) = self.cached(va)?;
        if !Rights::of_word(word).permits(access, regime) {
            return None;
        }
        self.mmu.fill(regime, va, given, word);
        Some(offset)
    }

    /// Caches what a walk for data found in guest memory.
    pub(super) fn cache_data(&mut self, va: u64, given: u64, regime: Regime, offset: usize, rights: Rights, size: u64) {
        if !self.watched_page(va, self.granule(va)) {
            let word = self.mmu.insert(va, offset, rights, size);
            self.mmu.fill(regime, va, given, word);
        }
    }

    /// A fetch that the second level allows.
    pub(super) fn cached_code(&self, pc: u64) -> Option<Code> {
        let (offset, word) = self.cached(pc)?;
        let rights = Rights::of_word(word);
        let code = Code { offset: offset & !0xfff, guarded: rights.guarded(), local: rights.local() };
        rights.executable(self.state.pstate.el).then_some(code)
    }

    /// Caches what a walk for a fetch found in guest memory.
    pub(super) fn cache_code(&mut self, pc: u64, offset: usize, rights: Rights, size: u64) {
        if !self.watched_page(pc, self.granule(pc)) {
            self.mmu.insert(pc, offset, rights, size);
        }
    }

    /// Bytes in a page of the half of the address space that `va` is in.
    pub(crate) fn granule(&self, va: u64) -> u64 {
        1 << granule_bits(self.state.sys.tcr_el1, va >> 55 & 1 != 0)
    }

    /// An ASID as far as `TCR_EL1.AS` lets it count.
    pub(crate) fn significant_asid(&self, asid: u64) -> u16 {
        asid as u16 & if self.state.sys.tcr_el1 >> 36 & 1 != 0 { 0xffff } else { 0xff }
    }

    /// The current ASID (`TCR_EL1.A1` says whose).
    fn asid(&self) -> u16 {
        let sys = &self.state.sys;
        self.significant_asid(if sys.tcr_el1 >> 22 & 1 != 0 { sys.ttbr1_el1 } else { sys.ttbr0_el1 } >> 48)
    }

    /// Drops every translation.
    pub(crate) fn flush_tlb(&mut self) {
        self.mmu.forget();
        self.code.flush_fetch();
    }

    /// Drops the translations of a range of (sign-extended) virtual addresses, of one address space or of all.
    pub(crate) fn flush_tlb_range(&mut self, va: u64, len: u64, asid: Option<u16>) {
        self.mmu.forget_range(va, len, asid);
        self.code.flush_fetch_range(va, len);
    }

    /// Drops the translations that are tied to an address space.
    pub(crate) fn flush_asid(&mut self, asid: u16) {
        self.mmu.forget_asid(asid);
        if asid == self.mmu.asid {
            self.code.flush_local_fetch();
        }
    }

    /// The translation controls changed: drop everything, recompute the regime.
    pub(crate) fn mmu_changed(&mut self) {
        let tcr = self.state.sys.tcr_el1;
        self.mmu.granules = [granule_bits(tcr, false), granule_bits(tcr, true)];
        self.mmu.asid = self.asid();
        self.flush_tlb();
        self.mmu_regime_changed();
    }

    /// A translation table base register was written. What is cached for the new address space counts again; a change of
    /// the table alone takes effect with a TLBI, as on hardware.
    pub(crate) fn address_space_changed(&mut self) {
        let asid = self.asid();
        if asid != self.mmu.asid {
            self.mmu.first.forget_local();
            self.mmu.asid = asid;
            self.mmu.rekey();
        }
        self.code.flush_local_fetch();
    }

    /// PSTATE.EL, PAN or UAO, or `SCTLR_EL1.A` changed.
    pub(crate) fn mmu_regime_changed(&mut self) {
        let p = &self.state.pstate;
        let mmu = &mut self.mmu;
        mmu.regime = match (p.el, p.pan) {
            (0, _) => Regime::El0,
            (_, false) => Regime::El1,
            (_, true) => Regime::El1Pan,
        };
        let strict = self.state.sys.sctlr_el1 & 2 != 0;
        mmu.data = if strict { STRICT } else { mmu.regime as usize };
        let unprivileged = self.unprivileged();
        let mmu = &mut self.mmu;
        let from = mmu.data_address();
        let way = |regime: Regime| Way {
            read: if strict { 0 } else { rights::read(regime) },
            write: if strict { 0 } else { rights::write(regime) },
            array: mmu.first.address(if strict { STRICT } else { regime as usize }).wrapping_sub(from),
        };
        (mmu.ordinary, mmu.unprivileged) = (way(mmu.regime), way(unprivileged));
    }

    /// The regime of unprivileged loads and stores: EL0's, unless PSTATE.UAO says otherwise.
    pub(crate) fn unprivileged(&self) -> Regime {
        if self.state.pstate.el == 1 && self.state.pstate.uao { self.mmu.regime } else { Regime::El0 }
    }
}
