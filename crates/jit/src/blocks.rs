//! Which code there is: page objects, blocks, and the links between them.
//!
//! A page object is a guest page as it is mapped at one virtual address in one mode. Blocks of one object jump to each other
//! unconditionally; every other way into a block goes through its guard, which compares the object's number with the one that is known to be
//! mapped at that virtual page now.

use crate::asm::{Asm, Move};
use crate::memory::CodeMemory;
use crate::mode::Mode;
use crate::text::Text;
use crate::translate::Translated;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use vmapple_a64::Cpu;

const LINE: usize = 64;
const PAGE: usize = 4096;
/// Pages of guest memory whose words are kept, with at most 4 KiB for each.
const MAX_PLACES: usize = 8192;
/// Page objects.
const MAX_PAGES: usize = 32768;

/// A page of guest memory that code was made from.
#[derive(Debug)]
struct Place {
    /// Offset in guest memory.
    offset: usize,
    /// What its code was made from.
    text: Text,
    /// The page objects of it.
    pages: Vec<u32>,
    /// [`Blocks::doubts`] when the words were last known to be those in memory.
    checked: u64,
}

/// A guest page at a virtual address in a mode.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) va: u64,
    pub(crate) mode: Mode,
    /// Offset in guest memory.
    pub(crate) offset: usize,
    place: u32,
    /// Its blocks.
    blocks: Vec<u32>,
    /// Where they start.
    starts: Starts,
}

/// Words of a page: a bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Starts([u64; 16]);

impl Starts {
    /// Whether the word at a virtual address in the page is one of them.
    pub(crate) fn contains(&self, va: u64) -> bool {
        self.0[(va >> 8 & 15) as usize] >> (va >> 2 & 63) & 1 != 0
    }

    fn set(&mut self, va: u64, is: bool) {
        let (word, bit) = (&mut self.0[(va >> 8 & 15) as usize], 1 << (va >> 2 & 63));
        *word = if is { *word | bit } else { *word & !bit };
    }
}

/// Code for a straight line of instructions.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) page: u32,
    pub(crate) va: u64,
    /// The 64-byte lines of its page that it depends on; 0 once it is forgotten.
    pub(crate) lines: u64,
    /// Instructions.
    pub(crate) words: u16,
    /// Bytes of code from `guarded` on.
    pub(crate) code_len: u32,
    /// The number of its first link; the others follow.
    pub(crate) first_link: u32,
    /// What a copy for another address changes.
    pub(crate) moves: Box<[Move]>,
    /// Offsets in the code memory.
    pub(crate) guarded: u32,
    pub(crate) body: u32,
    /// The first of the links that lead here; see [`Link::next`].
    incoming: u32,
}

/// A jump from one block to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) target: u64,
    pub(crate) from: u32,
    /// Offset in the code memory of the 32-bit displacement.
    pub(crate) site: u32,
    /// Where it leads while there is no link.
    pub(crate) miss: u32,
    linked: bool,
    /// The next link that leads to the same block, or that waits for the same block to be made; or [`NO_LINK`].
    next: u32,
}

const NO_LINK: u32 = u32::MAX;

/// A map whose keys are numbers of our own, and addresses of pages: few, and not a guest's to choose freely.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// Mixes numbers by multiplication, which costs the host a few cycles.
#[derive(Debug, Default)]
pub(crate) struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u64(u64::from(*b));
        }
    }

    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn write_u64(&mut self, n: u64) {
        // The odd number nearest to 2^64 divided by the golden ratio; the addition keeps zeros apart.
        let product = u128::from((self.0 ^ n).wrapping_add(1)) * 0x9e37_79b9_7f4a_7c15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// All code of one core.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    places: Vec<Place>,
    by_offset: Map<usize, u32>,
    /// Number 0 is no page.
    pages: Vec<Page>,
    by_place: Map<(u64, usize, Mode), u32>,
    pub(crate) blocks: Vec<Block>,
    /// Blocks by page object and first word: see [`start`].
    by_start: Map<u64, u32>,
    links: Vec<Link>,
    /// Links within a page object whose target is not made yet, by its [`start`]: the first; see [`Link::next`].
    waiting: Map<u64, u32>,
    /// How often every instruction was said to have changed.
    doubts: u64,
}

impl Blocks {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether there is no room for what is kept about one more page, and this is none of those there are.
    pub(crate) fn is_full_for(&self, va: u64, offset: usize, mode: Mode) -> bool {
        (self.places.len() >= MAX_PLACES || self.pages.len() >= MAX_PAGES)
            && !self.by_place.contains_key(&(va, offset, mode))
    }

    pub(crate) fn page(&self, id: u32) -> Option<&Page> {
        self.pages.get((id as usize).checked_sub(1)?)
    }

    /// The number of a page object, made if there is none.
    pub(crate) fn page_at(&mut self, va: u64, offset: usize, mode: Mode) -> u32 {
        *self.by_place.entry((va, offset, mode)).or_insert_with(|| {
            let place = *self.by_offset.entry(offset).or_insert_with(|| {
                let text = Text::default();
                self.places.push(Place { offset, text, pages: Vec::new(), checked: self.doubts });
                self.places.len() as u32 - 1
            });
            self.pages.push(Page { va, mode, offset, place, blocks: Vec::new(), starts: Starts::default() });
            let id = self.pages.len() as u32;
            self.places[place as usize].pages.push(id);
            id
        })
    }

    /// Where the blocks of a page object start.
    pub(crate) fn starts(&self, page: u32) -> Starts {
        self.page(page).map_or(Starts::default(), |p| p.starts)
    }

    /// The block of a page that starts at `va`.
    pub(crate) fn block_at(&self, page: u32, va: u64) -> Option<u32> {
        self.page(page)?.starts.contains(va).then(|| self.by_start.get(&start(page, va)).copied())?
    }

    /// The next block's number and its first link's.
    pub(crate) fn next(&self) -> (u32, u32) {
        (self.blocks.len() as u32, self.links.len() as u32)
    }

    /// The words that code of a page was made from, for making more; to be put back with [`Blocks::add`].
    pub(crate) fn take_text(&mut self, page: u32) -> Text {
        let Some(place) = self.page(page).map(|p| p.place) else { return Text::default() };
        std::mem::take(&mut self.places[place as usize].text)
    }

    /// Adds a block whose code has been written at `at`. `exits` are relative to that.
    pub(crate) fn add(&mut self, page: u32, va: u64, text: Text, at: u32, t: &Translated, asm: &Asm) {
        let number = self.blocks.len() as u32;
        let Some(p) = self.pages.get_mut((page as usize).wrapping_sub(1)) else { return };
        p.blocks.push(number);
        p.starts.set(va, true);
        self.places[p.place as usize].text = text;
        self.by_start.insert(start(page, va), number);
        self.blocks.push(Block {
            page,
            va,
            lines: t.lines,
            words: t.words,
            code_len: asm.here(),
            first_link: self.links.len() as u32,
            moves: asm.moves.as_slice().into(),
            guarded: at,
            body: at + t.body,
            incoming: NO_LINK,
        });
        for e in &t.exits {
            let (site, miss) = (at + e.site, at + e.miss);
            self.links.push(Link { target: e.target, from: number, site, miss, linked: false, next: NO_LINK });
        }
    }

    /// The page objects of a page object's page of guest memory.
    pub(crate) fn siblings(&self, page: u32) -> &[u32] {
        self.page(page).map_or(&[], |p| &self.places[p.place as usize].pages)
    }

    /// The links out of a block.
    pub(crate) fn links_of(&self, number: u32) -> &[Link] {
        let first = |n: u32| self.blocks.get(n as usize).map_or(self.links.len(), |b| b.first_link as usize);
        self.links.get(first(number)..first(number + 1)).unwrap_or(&[])
    }

    /// Makes the links within its page object that lead to the newest block, and those out of it.
    pub(crate) fn connect_newest(&mut self, memory: &mut CodeMemory) {
        let Some(number) = self.blocks.len().checked_sub(1).map(|n| n as u32) else { return };
        let (page, va) = (self.blocks[number as usize].page, self.blocks[number as usize].va);
        let mut waiting = self.waiting.remove(&start(page, va)).unwrap_or(NO_LINK);
        while let Some(link) = self.link(waiting).copied() {
            self.connect(memory, waiting, number);
            waiting = link.next;
        }
        for n in self.blocks[number as usize].first_link..self.links.len() as u32 {
            let link = self.links[n as usize];
            if (link.target ^ va) & !(PAGE as u64 - 1) == 0 {
                match self.block_at(page, link.target) {
                    Some(to) => self.connect(memory, n, to),
                    None => self.wait(n),
                }
            }
        }
    }

    /// Has a link within a page object wait for its target.
    fn wait(&mut self, number: u32) {
        let link = &mut self.links[number as usize];
        let first = self.waiting.entry(start(self.blocks[link.from as usize].page, link.target)).or_insert(NO_LINK);
        link.next = std::mem::replace(first, number);
    }

    pub(crate) fn link(&self, number: u32) -> Option<&Link> {
        self.links.get(number as usize)
    }

    /// Makes a link lead to a block: past its guard if both are of one page object.
    pub(crate) fn connect(&mut self, memory: &mut CodeMemory, number: u32, to: u32) {
        let Some(link) = self.links.get_mut(number as usize) else { return };
        let from = &self.blocks[link.from as usize];
        let (from_page, from_lines, to_page) = (from.page, from.lines, self.blocks[to as usize].page);
        let same_page = from_page == to_page;
        let mode = |id: u32| self.pages[id as usize - 1].mode;
        let block = &mut self.blocks[to as usize];
        // A link never crosses modes: an exception may have come between the branch and here.
        if from_lines == 0 || link.linked || block.va != link.target || mode(from_page) != mode(to_page) {
            return;
        }
        link.linked = true;
        link.next = std::mem::replace(&mut block.incoming, number);
        point(memory, link.site, if same_page { block.body } else { block.guarded });
    }

    /// Every instruction may have changed: see [`Blocks::check_page`], to be called before a page is entered.
    pub(crate) fn doubt(&mut self) {
        self.doubts += 1;
    }

    /// Compares what a page's code was made from with memory, if that is in doubt. Returns the virtual addresses where
    /// forgotten blocks started.
    pub(crate) fn check_page(&mut self, memory: &mut CodeMemory, cpu: &Cpu, page: u32) -> Vec<u64> {
        let Some(place) = self.page(page).map(|p| p.place) else { return Vec::new() };
        if self.places[place as usize].checked == self.doubts {
            return Vec::new();
        }
        self.places[place as usize].checked = self.doubts;
        self.check(memory, cpu, place, u64::MAX)
    }

    /// Compares some lines of the page at an offset in guest memory, a bit each. Returns as [`Blocks::check_page`].
    pub(crate) fn check_lines(&mut self, memory: &mut CodeMemory, cpu: &Cpu, offset: usize, lines: u64) -> Vec<u64> {
        let Some(&place) = self.by_offset.get(&offset) else { return Vec::new() };
        self.check(memory, cpu, place, lines)
    }

    fn check(&mut self, memory: &mut CodeMemory, cpu: &Cpu, place: u32, lines: u64) -> Vec<u64> {
        let p = &mut self.places[place as usize];
        let offset = p.offset;
        let changed = p.text.forget_changed(lines, |line| cpu.line(offset + LINE * line));
        if changed == 0 { Vec::new() } else { self.forget(memory, place, changed) }
    }

    /// Forgets the blocks of a page object's place that depend on some lines.
    pub(crate) fn forget_lines(&mut self, memory: &mut CodeMemory, page: u32, lines: u64) -> Vec<u64> {
        let Some(place) = self.page(page).map(|p| p.place) else { return Vec::new() };
        self.forget(memory, place, lines)
    }

    fn forget(&mut self, memory: &mut CodeMemory, place: u32, lines: u64) -> Vec<u64> {
        let mut dead = Vec::new();
        for &id in &self.places[place as usize].pages {
            let page = &mut self.pages[id as usize - 1];
            page.blocks.retain(|&number| {
                let block = &self.blocks[number as usize];
                let depends = block.lines & lines != 0;
                if depends {
                    self.by_start.remove(&start(id, block.va));
                    page.starts.set(block.va, false);
                    dead.push(number);
                }
                !depends
            });
        }
        dead.iter().map(|&number| self.disconnect(memory, number)).collect()
    }

    /// Takes every link away from a block.
    fn disconnect(&mut self, memory: &mut CodeMemory, number: u32) -> u64 {
        let block = &mut self.blocks[number as usize];
        block.lines = 0;
        let (page, va) = (block.page, block.va);
        let mut number = std::mem::replace(&mut block.incoming, NO_LINK);
        while let Some(link) = self.links.get_mut(number as usize) {
            let this = std::mem::replace(&mut number, link.next);
            link.linked = false;
            point(memory, link.site, link.miss);
            let from = &self.blocks[link.from as usize];
            if from.page == page && from.lines != 0 {
                self.wait(this);
            }
        }
        va
    }
}

/// Makes the jump whose displacement lies at `site` lead to `to`.
fn point(memory: &mut CodeMemory, site: u32, to: u32) {
    memory.write(site as usize, &to.wrapping_sub(site + 4).to_le_bytes());
}

/// Key of the block of a page object that starts at `va`.
fn start(page: u32, va: u64) -> u64 {
    u64::from(page) << 10 | (va >> 2 & (PAGE as u64 / 4 - 1))
}
