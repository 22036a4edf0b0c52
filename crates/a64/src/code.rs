//! Pre-decoded instructions, a page at a time, by physical place.
//!
//! A page's instructions are decoded as they are first executed. Nothing tracks stores: Arm guests announce changed
//! code (`IC IVAU`, `IC IALLU`), and that, by physical line, is what drops decoded instructions
//! (`spec/cpu-engine.md` 6.4).

use crate::coverage::decode_to_execute;
use crate::cpu::{Break, Cpu, R};
use crate::decode::{NOT_DECODED, Op, branch_sys_code};
use crate::exception::ec;
use crate::mmu::Code;
use crate::profile::{Feature, Profile};
use std::collections::HashMap;
use vmapple_memory::GuestMemory;

/// Instructions in a 4 KiB page.
pub const OPS_PER_PAGE: usize = 1024;
const PAGE: usize = 4096;
const LINE: usize = 64;
/// Decoded pages a core keeps: 16 KiB each, so 32 MiB at most.
const MAX_PAGES: usize = 2048;
const FETCH_ENTRIES: usize = 512;

/// The decoded instructions of one page of guest memory.
#[derive(Debug)]
pub struct CodePage {
    /// Offset of the page in guest memory.
    pub offset: usize,
    id: u32,
    /// One per word.
    pub ops: Box<[Op; OPS_PER_PAGE]>,
}

/// A translation for instruction fetch.
#[derive(Clone, Copy, Debug)]
struct Fetch {
    /// Virtual page, with the exception level in bit 0; `u64::MAX` is none.
    tag: u64,
    id: u32,
    /// Indirect branches into it need landing pads (FEAT_BTI).
    guarded: bool,
}

const NO_FETCH: Fetch = Fetch { tag: u64::MAX, id: 0, guarded: false };

/// One core's decoded pages and its instruction TLB.
#[derive(Debug)]
pub struct CodeCache {
    by_offset: HashMap<usize, u32>,
    /// `None` while the page is being executed.
    pages: Vec<Option<CodePage>>,
    fetch: Box<[Fetch; FETCH_ENTRIES]>,
    /// It may hold something.
    fetched: bool,
    /// Lines to forget in the page that is being executed, one bit each: bounded however often the guest asks.
    late: u64,
    /// The page being executed must be dropped when it comes back.
    drop_current: bool,
    /// What a recompiler has to do to its own code; see [`crate::layout`].
    pub(crate) journal: Journal,
}

/// Most pages a [`Journal`] has lines of before they collapse into "everything".
const MAX_PAGES_OF_LINES: usize = 64;
/// Most ranges of addresses.
const MAX_RANGES: usize = 16;

/// What became invalid since a recompiler last looked. Bounded however often the guest asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// Anything at all: one word to look at.
    pub dirty: bool,
    /// Translations of instruction addresses may have changed.
    pub fetch: bool,
    /// Those that are tied to the address space may have changed.
    pub local_fetch: bool,
    /// Those of these ranges may have changed: first address, sign-extended, and bytes.
    pub fetch_ranges: Vec<(u64, u64)>,
    /// Every instruction may have changed (`fetch` is set too).
    pub all: bool,
    /// Instructions in these 64-byte lines may have changed: offset of a page in guest memory, and a bit for each line.
    pub lines: Vec<(usize, u64)>,
}

impl Journal {
    fn lines(&mut self, page: usize, lines: u64) {
        self.dirty = true;
        if self.all {
            return;
        }
        if let Some((p, l)) = self.lines.last_mut()
            && *p == page
        {
            *l |= lines;
        } else if self.lines.len() >= MAX_PAGES_OF_LINES {
            self.lines.clear();
            (self.all, self.fetch) = (true, true);
        } else {
            self.lines.push((page, lines));
        }
    }

    fn everything(&mut self) {
        *self = Self { dirty: true, fetch: true, all: true, ..Self::default() };
    }

    fn any_fetch(&mut self) {
        (self.fetch, self.dirty) = (true, true);
        self.fetch_ranges.clear();
    }

    fn fetch_range(&mut self, va: u64, len: u64) {
        self.dirty = true;
        if self.fetch {
            return;
        }
        if self.fetch_ranges.len() >= MAX_RANGES {
            self.any_fetch();
        } else {
            self.fetch_ranges.push((va, len));
        }
    }
}

impl CodeCache {
    pub(crate) fn new() -> Self {
        Self {
            by_offset: HashMap::new(),
            pages: Vec::new(),
            fetch: Box::new([NO_FETCH; FETCH_ENTRIES]),
            fetched: false,
            late: 0,
            drop_current: false,
            journal: Journal::default(),
        }
    }

    /// Forgets every instruction and every fetch translation.
    pub(crate) fn clear(&mut self) {
        self.drop_current = self.pages.iter().any(Option::is_none);
        self.by_offset.clear();
        self.pages.clear();
        self.late = 0;
        self.journal.everything();
        self.flush_fetch();
    }

    /// Forgets fetch translations only.
    pub(crate) fn flush_fetch(&mut self) {
        self.journal.any_fetch();
        self.empty_fetch();
    }

    /// Forgets fetch translations that are tied to the address space.
    pub(crate) fn flush_local_fetch(&mut self) {
        (self.journal.local_fetch, self.journal.dirty) = (true, true);
        // Few of an interpreter's entries would stay.
        self.empty_fetch();
    }

    fn empty_fetch(&mut self) {
        if std::mem::take(&mut self.fetched) {
            self.fetch.fill(NO_FETCH);
        }
    }

    /// Forgets fetch translations of the 4 KiB pages in a range of virtual addresses.
    pub(crate) fn flush_fetch_range(&mut self, va: u64, len: u64) {
        self.journal.fetch_range(va, len);
        if !self.fetched {
            return;
        }
        if len / PAGE as u64 >= FETCH_ENTRIES as u64 {
            return self.empty_fetch();
        }
        let first = va & !0xfff;
        let mut at = first;
        while at.wrapping_sub(first) < len {
            let e = &mut self.fetch[slot(at)];
            if e.tag & !0xfff == at {
                *e = NO_FETCH;
            }
            at = at.wrapping_add(PAGE as u64);
        }
    }

    /// Forgets the instructions of 64-byte lines, a bit each, of the page at an offset in guest memory.
    pub(crate) fn invalidate_lines(&mut self, page: usize, lines: u64) {
        self.journal.lines(page, lines);
        let Some(&id) = self.by_offset.get(&page) else { return };
        match self.pages.get_mut(id as usize) {
            Some(Some(page)) => forget(page, lines),
            // The page is being executed; it forgets the lines when it is put back.
            _ => self.late |= lines,
        }
    }

    fn take(&mut self, id: u32) -> Option<CodePage> {
        self.pages.get_mut(id as usize)?.take()
    }

    /// Returns a page after executing from it.
    #[inline]
    pub(crate) fn put_back(&mut self, mut page: CodePage) {
        if self.drop_current {
            self.drop_current = false;
            return;
        }
        forget(&mut page, std::mem::take(&mut self.late));
        let id = page.id as usize;
        if let Some(slot) = self.pages.get_mut(id) {
            *slot = Some(page);
        }
    }

    fn at_offset(&mut self, offset: usize) -> Option<CodePage> {
        if let Some(&id) = self.by_offset.get(&offset) {
            return self.take(id);
        }
        if self.pages.len() >= MAX_PAGES {
            self.clear();
            self.drop_current = false;
        }
        let id = self.pages.len() as u32;
        let ops = vec![Op::default(); OPS_PER_PAGE].into_boxed_slice();
        let ops: Box<[Op; OPS_PER_PAGE]> = ops.try_into().ok()?;
        self.pages.push(None);
        self.by_offset.insert(offset, id);
        Some(CodePage { offset, id, ops })
    }
}

impl CodePage {
    /// The instruction at an address in this page, decoded if it was not yet.
    #[inline(always)]
    pub(crate) fn decoded(&mut self, memory: &GuestMemory, profile: Profile, pc: u64) -> &mut Op {
        let op = &mut self.ops[(pc as usize & 0xfff) >> 2 & (OPS_PER_PAGE - 1)];
        if op.code == NOT_DECODED {
            *op = decode_to_execute(profile, memory.load::<u32>(self.offset + (pc as usize & 0xffc)).unwrap_or(0));
        }
        op
    }
}

fn slot(va: u64) -> usize {
    (va >> 12) as usize & (FETCH_ENTRIES - 1)
}

fn forget(page: &mut CodePage, mut lines: u64) {
    while lines != 0 {
        let first = lines.trailing_zeros() as usize * LINE / 4;
        if let Some(line) = page.ops.get_mut(first..first + LINE / 4) {
            line.fill(Op::default());
        }
        lines &= lines - 1;
    }
}

impl Cpu {
    /// The decoded page that the program counter is in, taken out of the cache for the time of executing it.
    #[inline]
    pub(crate) fn fetch_page(&mut self, pc: u64) -> R<CodePage> {
        let tag = pc & !0xfff | u64::from(self.state.pstate.el);
        let e = self.code.fetch[slot(pc)];
        if e.tag == tag
            && pc & 3 == 0
            && !self.state.pstate.il
            && self.state.pstate.btype == 0
            && let Some(page) = self.code.take(e.id)
        {
            return Ok(page);
        }
        self.fetch_page_slow(pc, tag)
    }

    /// Translates the program counter for a recompiler: where the page it is in lies, or the exception that fetching there
    /// raises.
    pub(crate) fn fetch_offset(&mut self, pc: u64) -> R<Code> {
        if self.state.pstate.il {
            return self.raise_illegal_state();
        }
        if pc & 3 != 0 {
            return self.raise_pc_alignment(pc);
        }
        self.place_code(pc)
    }

    #[cold]
    fn fetch_page_slow(&mut self, pc: u64, tag: u64) -> R<CodePage> {
        // In the order of their priorities (Arm ARM D1.3.5).
        if pc & 3 != 0 {
            return self.raise_pc_alignment(pc);
        }
        let e = self.code.fetch[slot(pc)];
        // What comes between a fetch and the Branch Target exception is looked at below.
        if e.tag == tag
            && !self.state.pstate.il
            && !self.debug_armed()
            && let Some(page) = self.code.take(e.id)
        {
            return self.land(pc, page, e.guarded);
        }
        let Code { offset, guarded, .. } = self.place_code(pc)?;
        self.check_breakpoints(pc)?;
        if self.state.pstate.il {
            return self.raise_illegal_state();
        }
        let Some(page) = self.code.at_offset(offset) else { return Err(Break::Jump) };
        let guarded = guarded && self.profile.has(Feature::Bti);
        self.code.fetched = true;
        self.code.fetch[slot(pc)] = Fetch { tag, id: page.id, guarded };
        self.land(pc, page, guarded)
    }

    /// Ends `PSTATE.BTYPE` at the instruction that was branched to, or raises a Branch Target exception
    /// (BranchTargetCheck()).
    fn land(&mut self, pc: u64, mut page: CodePage, guarded: bool) -> R<CodePage> {
        let btype = self.state.pstate.btype;
        if btype != 0 {
            let op = *page.decoded(&self.memory, self.profile, pc);
            if guarded && !self.btype_compatible(&op) {
                self.code.put_back(page);
                return self.raise(ec::BRANCH_TARGET, u64::from(btype));
            }
            // A software breakpoint saves BTYPE; its exception clears it.
            if op.code != branch_sys_code::BRK {
                self.state.pstate.btype = 0;
            }
        }
        Ok(page)
    }

    /// Whether the instruction being executed is in a guarded page.
    pub(crate) fn in_guarded_page(&self) -> bool {
        let pc = self.state.pc;
        let e = self.code.fetch[slot(pc)];
        if e.tag == pc & !0xfff | u64::from(self.state.pstate.el) {
            return e.guarded;
        }
        // The page's entry has been dropped since the page was entered: look again, as a fetch would.
        self.profile.has(Feature::Bti) && self.translate_pc(pc).is_ok_and(|t| t.rights.guarded())
    }
}
