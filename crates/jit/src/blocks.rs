//! Which code there is: page objects, blocks, and the links between them.
//!
//! A page object is a guest page as it is mapped at one virtual address in one mode. Blocks of one object jump to each other
//! unconditionally; every other way into a block goes through its guard, which compares the object's number with the one that is known to be
//! mapped at that virtual page now.

use crate::memory::CodeMemory;
use crate::mode::Mode;
use crate::text::Text;
use std::collections::HashMap;
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
}

/// Code for a straight line of instructions.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) page: u32,
    pub(crate) va: u64,
    /// The 64-byte lines of its page that it depends on.
    lines: u64,
    /// Offsets in the code memory.
    pub(crate) guarded: u32,
    pub(crate) body: u32,
    /// Links that lead here.
    incoming: Vec<u32>,
}

/// A jump from one block to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) target: u64,
    pub(crate) from: u32,
    /// Offset in the code memory of the 32-bit displacement.
    site: u32,
    /// Where it leads while there is no link.
    miss: u32,
    linked: bool,
}

/// All code of one core.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    places: Vec<Place>,
    by_offset: HashMap<usize, u32>,
    /// Number 0 is no page.
    pages: Vec<Page>,
    by_place: HashMap<(u64, usize, Mode), u32>,
    pub(crate) blocks: Vec<Block>,
    /// Blocks by page object and first word: see [`start`].
    by_start: HashMap<u64, u32>,
    links: Vec<Link>,
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
            self.pages.push(Page { va, mode, offset, place, blocks: Vec::new() });
            let id = self.pages.len() as u32;
            self.places[place as usize].pages.push(id);
            id
        })
    }

    /// The block of a page that starts at `va`.
    pub(crate) fn block_at(&self, page: u32, va: u64) -> Option<u32> {
        self.by_start.get(&start(page, va)).copied()
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
    pub(crate) fn add(
        &mut self,
        page: u32,
        va: u64,
        text: Text,
        lines: u64,
        at: u32,
        body: u32,
        exits: &[crate::emit::Exit],
    ) {
        let number = self.blocks.len() as u32;
        self.blocks.push(Block { page, va, lines, guarded: at, body: at + body, incoming: Vec::new() });
        for e in exits {
            let link = Link { target: e.target, from: number, site: at + e.site, miss: at + e.miss, linked: false };
            self.links.push(link);
        }
        if let Some(p) = self.pages.get_mut((page as usize).wrapping_sub(1)) {
            p.blocks.push(number);
            self.places[p.place as usize].text = text;
            self.by_start.insert(start(page, va), number);
        }
    }

    pub(crate) fn link(&self, number: u32) -> Option<&Link> {
        self.links.get(number as usize)
    }

    /// Makes a link lead to a block: past its guard if both are of one page object.
    pub(crate) fn connect(&mut self, memory: &mut CodeMemory, number: u32, to: u32) {
        let Some(link) = self.links.get_mut(number as usize) else { return };
        let (from_page, to_page) = (self.blocks[link.from as usize].page, self.blocks[to as usize].page);
        let same_page = from_page == to_page;
        let mode = |id: u32| self.pages[id as usize - 1].mode;
        let block = &mut self.blocks[to as usize];
        // A link never crosses modes: an exception may have come between the branch and here.
        if link.linked || block.va != link.target || mode(from_page) != mode(to_page) {
            return;
        }
        link.linked = true;
        block.incoming.push(number);
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
        for link in std::mem::take(&mut block.incoming) {
            let link = &mut self.links[link as usize];
            link.linked = false;
            point(memory, link.site, link.miss);
        }
        block.va
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
