//! A bare-metal program: a flat binary, or an ELF64 executable for AArch64.
//!
//! It is entered with `x0` holding the device tree's address, as Linux is. The tree lies in the first of these 2 MiB blocks
//! that the program leaves free: the first of RAM, the last of RAM, the one after the program.

use super::chosen::Tree;
use super::plan::{Entry, Piece, Plan};
use super::problem::Problem;
use super::{BootError, TREE_BLOCK, align_up, file, generated};
use crate::config::Payload;
use crate::fdt::Description;
use crate::map::Block;
use object::Endianness;
use object::elf::{EM_AARCH64, ET_EXEC, FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};

/// Where a flat binary goes by default, from the start of RAM.
const FLAT_OFFSET: u64 = 2 << 20;

/// Reads and places the program.
pub(super) fn prepare(payload: &Payload, d: &Description) -> Result<Plan, BootError> {
    let named = BootError::file("--payload", &payload.file);
    let bytes = file::read(&payload.file, d.ram.size, |_| Problem::LargerThanRam(d.ram.size)).map_err(&named)?;
    let tree = generated(d)?;
    place_with(&bytes, payload.load, d.ram, tree).map_err(&named)
}

/// Places a program that has been read.
pub(super) fn place(bytes: &[u8], load: Option<u64>, d: &Description) -> Result<Plan, Problem> {
    let tree = generated(d).map_err(|e| Problem::Elf(e.to_string()))?;
    place_with(bytes, load, d.ram, tree)
}

fn place_with(bytes: &[u8], load: Option<u64>, ram: Block, tree: Tree) -> Result<Plan, Problem> {
    let (pieces, pc) = match (bytes.starts_with(b"\x7fELF"), load) {
        (true, Some(_)) => return Err(Problem::LoadWithElf),
        (true, None) => elf(bytes, ram)?,
        (false, load) => flat(bytes, load.unwrap_or(ram.base + FLAT_OFFSET), ram)?,
    };
    let x0 = free_block(&pieces, ram).ok_or(Problem::NoRoomForTree)?;
    Ok(Plan { pieces, tree, entry: Entry { pc, x0 } })
}

fn flat(bytes: &[u8], load: u64, ram: Block) -> Result<(Vec<Piece>, u64), Problem> {
    if let Some(0xfeed_facf) = bytes.first_chunk().map(|m| u32::from_le_bytes(*m)) {
        return Err(Problem::Other { what: "a Mach-O file", instead: "use a flat binary or an ELF file" });
    }
    if !load.is_multiple_of(4) {
        return Err(Problem::Unaligned(load));
    }
    let piece = Piece { gpa: load, bytes: bytes.to_vec(), zeros: 0 };
    within(&piece, ram, "the program", "use another --load address or a larger --memory")?;
    Ok((vec![piece], load))
}

/// The piece's range, if it lies in RAM.
fn within(piece: &Piece, ram: Block, what: &'static str, remedy: &'static str) -> Result<(u64, u64), Problem> {
    let end = (piece.bytes.len() as u64).checked_add(piece.zeros).and_then(|n| piece.gpa.checked_add(n));
    let ram_end = ram.base + ram.size;
    match end {
        Some(end) if piece.gpa >= ram.base && end <= ram_end => Ok((piece.gpa, end)),
        _ => Err(Problem::OutsideRam {
            what,
            base: piece.gpa,
            end: end.unwrap_or(u64::MAX),
            ram: ram.base,
            ram_end,
            remedy,
        }),
    }
}

fn elf(bytes: &[u8], ram: Block) -> Result<(Vec<Piece>, u64), Problem> {
    let wrong = |why: &str| Problem::Elf(why.to_owned());
    if bytes.get(4) != Some(&2) || bytes.get(5) != Some(&1) {
        return Err(wrong("it is not a 64-bit little-endian ELF file; build it for aarch64"));
    }
    let bad = |e: object::read::Error| Problem::Elf(format!("its ELF structure is broken ({e}); build it again"));
    let header = FileHeader64::<Endianness>::parse(bytes).map_err(bad)?;
    let e = header.endian().map_err(bad)?;
    if header.e_machine(e) != EM_AARCH64 {
        return Err(wrong("it is an ELF file for another architecture; build it for aarch64"));
    }
    if header.e_type(e) != ET_EXEC {
        return Err(wrong("it is not an ELF executable with fixed addresses; link it statically, without -pie or -r"));
    }
    let (mut pieces, mut taken, mut pc) = (Vec::new(), Vec::<(u64, u64)>::new(), None);
    for segment in header.program_headers(e, bytes).map_err(bad)? {
        if segment.p_type(e) != PT_LOAD || segment.p_memsz(e) == 0 {
            continue;
        }
        let (size, memory) = (segment.p_filesz(e), segment.p_memsz(e));
        let truncated = || {
            let need = segment.p_offset(e).saturating_add(size);
            Problem::Truncated { have: bytes.len() as u64, need }
        };
        let data = segment.data(e, bytes).map_err(|()| truncated())?;
        let zeros = memory.checked_sub(size).ok_or_else(|| wrong("a segment has more in the file than in memory"))?;
        let piece = Piece { gpa: segment.p_paddr(e), bytes: data.to_vec(), zeros };
        let (start, end) = within(&piece, ram, "a segment", "link it for addresses in RAM, or use a larger --memory")?;
        if taken.iter().any(|(s, e)| start < *e && *s < end) {
            return Err(wrong("two of its segments overlap; check the linker script"));
        }
        // The entry point is a virtual address; the MMU is off, so the physical one is needed.
        if let Some(into) = header.e_entry(e).checked_sub(segment.p_vaddr(e))
            && into < memory
        {
            pc = Some(start + into);
        }
        taken.push((start, end));
        pieces.push(piece);
    }
    match pc {
        _ if pieces.is_empty() => Err(wrong("it has no segments to load; link it as an executable")),
        Some(pc) if pc % 4 == 0 => Ok((pieces, pc)),
        Some(pc) => Err(Problem::Unaligned(pc)),
        None => Err(wrong("its entry point is in none of its segments; set ENTRY in the linker script")),
    }
}

/// A 2 MiB block of RAM that no piece touches.
fn free_block(pieces: &[Piece], ram: Block) -> Option<u64> {
    let ends = |p: &Piece| p.gpa + p.bytes.len() as u64 + p.zeros;
    let ram_end = ram.base + ram.size;
    let last = (ram_end - TREE_BLOCK) & !(TREE_BLOCK - 1);
    let after = pieces.iter().map(ends).max().and_then(|end| align_up(end, TREE_BLOCK));
    [Some(ram.base), Some(last), after].into_iter().flatten().find(|&at| {
        at >= ram.base
            && at
                .checked_add(TREE_BLOCK)
                .is_some_and(|end| end <= ram_end && pieces.iter().all(|p| ends(p) <= at || end <= p.gpa))
    })
}

#[cfg(test)]
mod tests;
