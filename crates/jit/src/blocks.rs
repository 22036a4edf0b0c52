//! Which code there is: page objects, blocks, and the links between them.
//!
//! A page object is a guest page as it is mapped at one virtual address in one mode. Blocks of one object jump to each other
//! unconditionally; every other way into a block goes through its guard, which compares the object's number with the one that is known to be
//! mapped at that virtual page now.

use crate::memory::CodeMemory;
use crate::mode::Mode;
use std::collections::HashMap;

const LINE: usize = 64;
const PAGE: usize = 4096;

/// A guest page at a virtual address in a mode.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) va: u64,
    pub(crate) mode: Mode,
    /// Offset in guest memory.
    pub(crate) offset: usize,
    /// Blocks by the number of their first word.
    pub(crate) blocks: HashMap<u16, u32>,
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
    /// Number 0 is no page.
    pages: Vec<Page>,
    by_place: HashMap<(u64, usize, Mode), u32>,
    by_offset: HashMap<usize, Vec<u32>>,
    pub(crate) blocks: Vec<Block>,
    links: Vec<Link>,
}

impl Blocks {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn page(&self, id: u32) -> Option<&Page> {
        self.pages.get((id as usize).checked_sub(1)?)
    }

    /// The number of a page object, made if there is none.
    pub(crate) fn page_at(&mut self, va: u64, offset: usize, mode: Mode) -> u32 {
        *self.by_place.entry((va, offset, mode)).or_insert_with(|| {
            self.pages.push(Page { va, mode, offset, blocks: HashMap::new() });
            let id = self.pages.len() as u32;
            self.by_offset.entry(offset).or_default().push(id);
            id
        })
    }

    /// The block of a page that starts at `va`.
    pub(crate) fn block_at(&self, page: u32, va: u64) -> Option<u32> {
        self.page(page)?.blocks.get(&word_in_page(va)).copied()
    }

    /// The next block's number and its first link's.
    pub(crate) fn next(&self) -> (u32, u32) {
        (self.blocks.len() as u32, self.links.len() as u32)
    }

    /// Adds a block whose code has been written at `at`. `exits` are relative to that.
    pub(crate) fn add(&mut self, page: u32, va: u64, lines: u64, at: u32, body: u32, exits: &[crate::emit::Exit]) {
        let number = self.blocks.len() as u32;
        self.blocks.push(Block { page, va, lines, guarded: at, body: at + body, incoming: Vec::new() });
        for e in exits {
            let link = Link { target: e.target, from: number, site: at + e.site, miss: at + e.miss, linked: false };
            self.links.push(link);
        }
        if let Some(p) = self.pages.get_mut(page as usize - 1) {
            p.blocks.insert(word_in_page(va), number);
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

    /// Forgets the blocks that depend on the 64-byte line at an offset in guest memory. Returns the virtual
    /// addresses where they started.
    pub(crate) fn invalidate_line(&mut self, memory: &mut CodeMemory, offset: usize) -> Vec<u64> {
        let Some(pages) = self.by_offset.get(&(offset & !(PAGE - 1))) else { return Vec::new() };
        let line = 1 << ((offset & (PAGE - 1)) / LINE);
        let mut dead = Vec::new();
        for &id in pages {
            let page = &mut self.pages[id as usize - 1];
            page.blocks.retain(|_, &mut number| {
                let depends = self.blocks[number as usize].lines & line != 0;
                if depends {
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

fn word_in_page(va: u64) -> u16 {
    (va as usize & (PAGE - 1)) as u16 / 4
}
