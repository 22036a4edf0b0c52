//! The `/chosen` node: what the boot loader tells the kernel, through the device tree (Devicetree Specification §3.6 and
//! Linux's `chosen.yaml`).

use super::TREE_BLOCK;
use super::recognise::bytes_at;
use crate::map::Block;
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};

/// Nesting of nodes that no real tree comes near.
const MAX_DEPTH: usize = 64;

/// Randomness for one boot of a guest that cannot have gathered any yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Seeds {
    /// For the guest's random number generator.
    pub rng: [u8; 32],
    /// For where its kernel lies in virtual memory.
    pub kaslr: u64,
}

impl Seeds {
    /// New ones from the host.
    ///
    /// # Errors
    /// When the host has none to give.
    pub fn fresh() -> Result<Self, getrandom::Error> {
        let mut rng = [0; 32];
        getrandom::fill(&mut rng)?;
        Ok(Self { rng, kaslr: getrandom::u64()? })
    }
}

impl std::fmt::Debug for Seeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seeds")
    }
}

/// The flattened tree that `blob` starts with; what follows it is padding.
pub(super) fn flattened(blob: &[u8]) -> Option<Fdt<'_>> {
    let size = bytes_at(blob, 4).map(u32::from_be_bytes)?;
    let blob = blob.get(..size as usize)?;
    let fdt = Fdt::new(blob).ok()?;
    (depth(blob)? <= MAX_DEPTH).then_some(fdt)
}

/// How deep the nodes of a flattened tree are nested: its reader walks them recursively and does not ask.
fn depth(blob: &[u8]) -> Option<usize> {
    let word = |at: usize| bytes_at(blob, at).map(u32::from_be_bytes);
    let (mut at, mut depth, mut deepest) = (word(8)? as usize, 0usize, 0);
    loop {
        let token = word(at)?;
        at += 4;
        // FDT_BEGIN_NODE, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END (Devicetree Specification §5.4.1).
        match token {
            1 => {
                depth += 1;
                deepest = deepest.max(depth);
                at += blob.get(at..)?.iter().position(|b| *b == 0)? + 1;
            }
            2 => depth = depth.checked_sub(1)?,
            3 => at = at.checked_add(8)?.checked_add(word(at)? as usize)?,
            4 => {}
            9 => return Some(deepest),
            _ => return None,
        }
        at = at.checked_next_multiple_of(4)?;
    }
}

/// A device tree whose `/chosen` is completed when it is written out.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    hardware: DeviceTree,
    /// Kernel command line; `None` leaves what the tree has.
    pub(super) bootargs: Option<String>,
    /// Where the initial RAM file system lies.
    pub(super) initrd: Option<Block>,
}

impl Tree {
    /// Reads a flattened tree.
    pub(super) fn parse(blob: &[u8]) -> Option<Self> {
        let hardware = DeviceTree::from_fdt(&flattened(blob)?);
        Some(Self { hardware, bootargs: None, initrd: None })
    }

    /// Writes it out, flattened.
    pub(super) fn blob(&self, seeds: Option<&Seeds>) -> Vec<u8> {
        let mut tree = self.hardware.clone();
        if tree.root.child_mut("chosen").is_none() {
            tree.root.add_child(DeviceTreeNode::new_unchecked("chosen"));
        }
        if let Some(chosen) = tree.root.child_mut("chosen") {
            // What a tree brought along from an earlier boot would be wrong or, worse, known.
            for stale in ["linux,initrd-start", "linux,initrd-end", "rng-seed", "kaslr-seed"] {
                chosen.remove_property(stale);
            }
            if let Some(bootargs) = &self.bootargs {
                chosen.remove_property("bootargs");
                chosen.add_property(DeviceTreeProperty::new_unchecked("bootargs", bootargs.as_str()));
            }
            if let Some(Block { base, size }) = self.initrd {
                chosen.add_property(DeviceTreeProperty::new_unchecked("linux,initrd-start", base));
                chosen.add_property(DeviceTreeProperty::new_unchecked("linux,initrd-end", base.saturating_add(size)));
            }
            if let Some(seeds) = seeds {
                chosen.add_property(DeviceTreeProperty::new_unchecked("kaslr-seed", seeds.kaslr));
                chosen.add_property(DeviceTreeProperty::new_unchecked("rng-seed", seeds.rng));
            }
        }
        tree.to_dtb()
    }

    /// Its size at a boot, in bytes, or `Err` with the size if it is more than Linux takes.
    pub(super) fn fits(&self) -> Result<u64, u64> {
        let size = self.blob(Some(&Seeds { rng: [0; 32], kaslr: 0 })).len() as u64;
        if size <= TREE_BLOCK { Ok(size) } else { Err(size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MachineConfig;
    use crate::fdt::{Description, build};

    fn tree() -> Tree {
        Tree::parse(&build(&Description::of(&MachineConfig::default())).unwrap()).unwrap()
    }

    #[test]
    fn seeds_differ_from_boot_to_boot_and_nothing_else_does() {
        let (tree, a, b) = (tree(), Seeds::fresh().unwrap(), Seeds::fresh().unwrap());
        assert_ne!(a, b);
        assert_ne!(tree.blob(Some(&a)), tree.blob(Some(&b)));
        assert_eq!(tree.blob(Some(&a)), tree.blob(Some(&a)));
    }

    #[test]
    fn seeds_and_an_initrd_of_an_earlier_boot_do_not_survive() {
        let mut first = tree();
        first.initrd = Some(Block { base: 0x7400_0000, size: 0x1000 });
        first.bootargs = Some("quiet".into());
        let blob = first.blob(Some(&Seeds { rng: [7; 32], kaslr: 7 }));
        let second = Tree::parse(&blob).unwrap();
        let text = crate::boot::source(&second.blob(None)).unwrap();
        assert!(!text.contains("seed") && !text.contains("initrd"), "{text}");
        assert!(text.contains("bootargs = \"quiet\""), "{text}");
    }

    #[test]
    fn a_tree_without_chosen_gets_one() {
        let mut t = tree();
        t.hardware.root.remove_child("chosen");
        assert!(crate::boot::source(&t.blob(Some(&Seeds { rng: [1; 32], kaslr: 1 }))).unwrap().contains("rng-seed"));
    }

    #[test]
    fn a_tree_nested_without_end_is_refused() {
        let mut structure = Vec::new();
        for level in 0..100_000 {
            structure.extend(1u32.to_be_bytes());
            structure.extend(if level == 0 { *b"\0\0\0\0" } else { *b"a\0\0\0" });
        }
        (0..100_000).for_each(|_| structure.extend(2u32.to_be_bytes()));
        structure.extend(9u32.to_be_bytes());
        let size = 56 + structure.len() as u32;
        let header = [0xd00d_feed, size, 56, size, 40, 17, 16, 0, 0, size - 56, 0, 0, 0, 0];
        let mut blob: Vec<u8> = header.iter().flat_map(|w: &u32| w.to_be_bytes()).collect();
        blob.extend(structure);
        assert!(Tree::parse(&blob).is_none());
    }

    proptest::proptest! {
        #[test]
        fn no_damaged_tree_brings_the_reader_down(flips: Vec<(u16, u8)>) {
            let mut blob = tree().blob(None);
            for (at, bits) in flips {
                let at = usize::from(at) % blob.len();
                blob[at] ^= bits;
            }
            if let Some(tree) = Tree::parse(&blob) {
                let _ = tree.blob(None);
            }
        }
    }
}
