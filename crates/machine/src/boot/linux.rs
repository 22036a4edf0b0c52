//! An arm64 Linux kernel, placed as its boot protocol asks: kernel at the start of RAM, device tree in the next whole 2 MiB
//! block, initial RAM file system after that. So all three are near each other, as the kernel needs them to be, and the
//! rest of RAM is one piece.

use super::chosen::Tree;
use super::image::Image;
use super::plan::{Entry, Piece, Plan};
use super::problem::Problem;
use super::{BootError, TREE_BLOCK, align_up, file, generated, unpack};
use crate::config::Linux;
use crate::fdt::Description;
use crate::map::Block;

/// COMMAND_LINE_SIZE of arm64 Linux, less its final NUL.
const CMDLINE_MAX: usize = 2047;
/// More than any kernel, packed or not: what a wrong file may cost the host.
const KERNEL_MAX: u64 = 1 << 30;
/// The alignment the kernel and the device tree's block have.
const BLOCK: u64 = 2 << 20;

/// Reads and places kernel, device tree and initrd.
pub(super) fn prepare(linux: &Linux, d: &Description) -> Result<Plan, BootError> {
    if linux.cmdline.len() > CMDLINE_MAX {
        return Err(BootError::Cmdline { len: linux.cmdline.len(), max: CMDLINE_MAX });
    }
    let (kernel, kernel_end) = kernel(linux, d.ram).map_err(BootError::file("--kernel", &linux.kernel))?;
    let mut tree = tree(linux, d)?;
    // Within RAM: `kernel` left room for it.
    let tree_at = kernel_end;
    let entry = Entry { pc: kernel.gpa, x0: tree_at };
    let mut pieces = vec![kernel];
    if let Some(path) = &linux.initrd {
        let initrd =
            initrd(path, tree_at.saturating_add(TREE_BLOCK), d.ram).map_err(BootError::file("--initrd", path))?;
        tree.initrd = Some(Block { base: initrd.gpa, size: initrd.bytes.len() as u64 });
        pieces.push(initrd);
    }
    if !linux.cmdline.is_empty() || linux.dtb.is_none() {
        tree.bootargs = Some(linux.cmdline.clone());
    }
    Ok(Plan { pieces, tree, entry })
}

/// The kernel and the 2 MiB boundary after it, from which on there is room for the device tree.
fn kernel(linux: &Linux, ram: Block) -> Result<(Piece, u64), Problem> {
    let does_not_fit = |need| Problem::DoesNotFit { need, ram: ram.size };
    let most = ram.size.min(KERNEL_MAX);
    let packed = file::read(&linux.kernel, most, |_| Problem::LargerThanAKernel(most))?;
    let bytes = unpack::kernel(packed, most)?;
    let image = Image::parse(&bytes)?;
    const HEADER: Problem = Problem::Header("its header asks for an impossible amount of memory");
    let need = image.text_offset.checked_add(image.size).and_then(|n| align_up(n, BLOCK)).ok_or(HEADER)?;
    let with_tree = need.checked_add(TREE_BLOCK).ok_or(HEADER)?;
    if with_tree > ram.size {
        return Err(does_not_fit(with_tree));
    }
    if image.text_offset % 4 != 0 {
        return Err(Problem::Header("its header asks for an unaligned address"));
    }
    Ok((Piece { gpa: ram.base + image.text_offset, bytes, zeros: 0 }, ram.base + need))
}

fn initrd(path: &std::path::Path, gpa: u64, ram: Block) -> Result<Piece, Problem> {
    let before = gpa - ram.base;
    let fits = ram.size.saturating_sub(before);
    let bytes = file::read(path, fits, |size| match size {
        Some(size) => Problem::DoesNotFit { need: before.saturating_add(size), ram: ram.size },
        None => Problem::LargerThanRam(ram.size),
    })?;
    Ok(Piece { gpa, bytes, zeros: 0 })
}

/// The user's device tree, or ours.
fn tree(linux: &Linux, d: &Description) -> Result<Tree, BootError> {
    let Some(path) = &linux.dtb else { return generated(d) };
    let read = || {
        let blob = file::read(path, TREE_BLOCK, |size| Problem::LargeTree(size.unwrap_or(TREE_BLOCK + 1)))?;
        let tree = Tree::parse(&blob).ok_or(Problem::NotATree)?;
        tree.fits().map_err(Problem::LargeTree)?;
        Ok(tree)
    };
    read().map_err(BootError::file("--dtb", path))
}

#[cfg(test)]
mod tests;
