//! Code of a page for another virtual address of it: copied, not translated again.
//!
//! A program that is started again, or a library that another program uses, lies at other addresses (address space layout
//! randomisation), but its pages of memory are the same. All that depends on the address in a block's code are constants whose
//! places are noted when it is translated: a copy with them changed is, byte for byte, what translating would make.

use crate::asm::{Asm, Move, Place};
use crate::blocks::{Blocks, Link};
use crate::emit::Exit;
use crate::enter::{GUARD, LINK};
use crate::frame::guard_mem;
use crate::memory::CodeMemory;
use crate::mode::Mode;
use crate::translate::{GUARD_DISPLACEMENT, GUARD_PAGE, Source, Translated};

/// Page objects of one page of guest memory that are looked at for a block to copy: the newest.
const LOOKED_AT: usize = 8;
/// Farther than a direct branch reaches: addresses from there to both ends of the address space compare alike with its targets.
const REACH: u64 = 1 << 28;

/// A block and what a copy of it needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Original {
    block: u32,
}

impl Blocks {
    /// A block of the same instructions and mode at another virtual address.
    pub(crate) fn original(&self, page: u32, va: u64) -> Option<Original> {
        let here = self.page(page)?;
        let far_from_ends = |va: u64| va.wrapping_add(REACH) >= 2 * REACH;
        if !far_from_ends(va) {
            return None;
        }
        self.siblings(page).iter().rev().take(LOOKED_AT).find_map(|&id| {
            let there = self.page(id).filter(|p| id != page && p.mode == here.mode && far_from_ends(p.va))?;
            self.block_at(id, there.va | va & 0xfff).map(|block| Original { block })
        })
    }

    /// Copies a block's code into `asm` as translating it for `source` would make it; `None` if a constant has no room for its new
    /// value.
    pub(crate) fn copy(
        &self,
        memory: &CodeMemory,
        asm: &mut Asm,
        from: Original,
        source: Source,
    ) -> Option<Translated> {
        let block = self.blocks.get(from.block as usize)?;
        let from_at = memory.origin() + u64::from(block.guarded);
        memory.read(block.guarded as usize, block.code_len as usize, &mut asm.bytes);
        let by = Distance { code: asm.origin.wrapping_sub(from_at), va: source.pc.wrapping_sub(block.va) };
        for &m in &block.moves {
            by.change(&mut asm.bytes, m, block.first_link, source)?;
        }
        guard(&mut asm.bytes, source.mode, source.pc, source.page_id);
        let links = self.links_of(from.block);
        let exits: Vec<Exit> = links.iter().map(|l| exit_of(l, block.guarded, by.va)).collect();
        for e in &exits {
            put(&mut asm.bytes, e.site, e.miss.wrapping_sub(e.site + 4));
        }
        asm.moves.extend_from_slice(&block.moves);
        let (body, words, lines) = (block.body - block.guarded, block.words, block.lines);
        Some(Translated { body, words, lines, changed: 0, exits })
    }
}

fn exit_of(link: &Link, at: u32, va: u64) -> Exit {
    Exit { target: link.target.wrapping_add(va), site: link.site - at, miss: link.miss - at }
}

/// How far a copy lies from its original: in the code memory, and as the guest sees it.
#[derive(Clone, Copy, Debug)]
struct Distance {
    code: u64,
    va: u64,
}

impl Distance {
    /// Changes one constant.
    fn change(self, bytes: &mut [u8], m: Move, first_link: u32, source: Source) -> Option<()> {
        let at = m.site();
        let now = get(bytes, at);
        let new = match m.place() {
            Place::Outside => now.wrapping_sub(self.code as u32),
            Place::Block => GUARD | source.block,
            Place::Link => LINK | ((now & (LINK - 1)) - first_link + source.first_link),
            Place::Va32 => u32::try_from(u64::from(now).wrapping_add(self.va)).ok()?,
            Place::Va32Signed => {
                let v = (now as i32 as u64).wrapping_add(self.va);
                // What is shorter as an unsigned number has that form.
                (u32::try_from(v).is_err() && i32::try_from(v as i64).is_ok()).then_some(v as u32)?
            }
            Place::Va64 => {
                let v = (u64::from(now) | u64::from(get(bytes, at + 4)) << 32).wrapping_add(self.va);
                put(bytes, at + 4, (v >> 32) as u32);
                v as u32
            }
            Place::VaMove => {
                let v = (u64::from(now) | u64::from(get(bytes, at + 4)) << 32).wrapping_add(self.va);
                if u32::try_from(v).is_ok() || i32::try_from(v as i64).is_ok() {
                    return None;
                }
                put(bytes, at + 4, (v >> 32) as u32);
                v as u32
            }
        };
        put(bytes, at, new);
        Some(())
    }
}

/// Makes the guard at the beginning of a block ask for a page object.
pub(crate) fn guard(bytes: &mut [u8], mode: Mode, va: u64, page: u32) {
    put(bytes, GUARD_DISPLACEMENT, guard_mem(mode.el(), va).disp as u32);
    put(bytes, GUARD_PAGE, page);
}

fn get(bytes: &[u8], at: u32) -> u32 {
    let at = at as usize;
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn put(bytes: &mut [u8], at: u32, v: u32) {
    let at = at as usize;
    if let Some(b) = bytes.get_mut(at..at + 4) {
        b.copy_from_slice(&v.to_le_bytes());
    }
}
