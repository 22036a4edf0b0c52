use super::*;
use crate::config::MachineConfig;
use crate::map::RAM_BASE;

const MIB: u64 = 1 << 20;
/// Numbers of the ELF specification.
const EM_AARCH64: u16 = 183;
const ET_EXEC: u16 = 2;

fn description() -> Description {
    Description::of(&MachineConfig::default())
}

/// A program header: physical and virtual address, bytes in the file, bytes in memory.
type Segment = (u64, u64, u64, u64);

/// An ELF64 file with these segments, whose contents all start right after the headers.
fn elf_file(machine: u16, kind: u16, entry: u64, segments: &[Segment]) -> Vec<u8> {
    let data_at = 64 + 56 * segments.len() as u64;
    let mut f = b"\x7fELF\x02\x01\x01".to_vec();
    f.resize(16, 0);
    f.extend(kind.to_le_bytes());
    f.extend(machine.to_le_bytes());
    f.extend(1u32.to_le_bytes());
    f.extend(entry.to_le_bytes());
    f.extend(64u64.to_le_bytes());
    f.extend(0u64.to_le_bytes());
    f.extend(0u32.to_le_bytes());
    for half in [64u16, 56, segments.len() as u16, 64, 0, 0] {
        f.extend(half.to_le_bytes());
    }
    for (paddr, vaddr, filesz, memsz) in segments {
        f.extend(1u32.to_le_bytes());
        f.extend(5u32.to_le_bytes());
        for v in [data_at, *vaddr, *paddr, *filesz, *memsz, 4] {
            f.extend(v.to_le_bytes());
        }
    }
    f.extend([0xaa; 64]);
    f
}

fn place_elf(machine: u16, kind: u16, entry: u64, segments: &[Segment]) -> Result<Plan, Problem> {
    place(&elf_file(machine, kind, entry, segments), None, &description())
}

#[test]
fn a_flat_program_goes_two_mebibytes_into_ram_with_the_tree_below() {
    let plan = place(&[1, 2, 3, 4], None, &description()).unwrap();
    assert_eq!(plan.entry(), Entry { pc: RAM_BASE + 2 * MIB, x0: RAM_BASE });
}

#[test]
fn a_program_at_the_start_of_ram_pushes_the_tree_to_the_end() {
    let plan = place(&[0; 4], Some(RAM_BASE), &description()).unwrap();
    assert_eq!(plan.entry(), Entry { pc: RAM_BASE, x0: RAM_BASE + 2048 * MIB - 2 * MIB });
}

#[test]
fn load_addresses_outside_ram_are_refused() {
    for load in [0, 0x2001_0000, RAM_BASE - 4, RAM_BASE + 2048 * MIB - 4, u64::MAX - 3] {
        assert!(matches!(place(&[0; 8], Some(load), &description()), Err(Problem::OutsideRam { .. })), "{load:#x}");
    }
    assert!(matches!(place(&[0; 8], Some(RAM_BASE + 2), &description()), Err(Problem::Unaligned(_))));
}

#[test]
fn an_elf_is_placed_by_physical_address_and_its_tail_zeroed() {
    let (p, v) = (RAM_BASE + 4 * MIB, 0xffff_0000_0000_0000);
    let plan = place_elf(EM_AARCH64, ET_EXEC, v + 8, &[(p, v, 64, 8192)]).unwrap();
    assert_eq!(plan.entry().pc, p + 8);
    assert_eq!(plan.pieces(), [Piece { gpa: p, bytes: vec![0xaa; 64], zeros: 8192 - 64 }]);

    let ram = vmapple_memory::Dma::new(vmapple_memory::GuestMemory::new(RAM_BASE, 2048 * MIB, None).unwrap());
    ram.write(p, &[0x55; 8192]).unwrap();
    plan.apply(&ram).unwrap();
    let mut seen = vec![0; 8192];
    ram.read(p, &mut seen).unwrap();
    assert!(seen[..64].iter().all(|b| *b == 0xaa) && seen[64..].iter().all(|b| *b == 0));
}

#[test]
fn elf_files_that_cannot_run_here_are_told_apart() {
    let ok: Segment = (RAM_BASE, RAM_BASE, 16, 16);
    let text = |r: Result<Plan, Problem>| r.unwrap_err().to_string();
    assert!(text(place_elf(62, ET_EXEC, RAM_BASE, &[ok])).contains("another architecture"));
    assert!(text(place_elf(EM_AARCH64, 3, RAM_BASE, &[ok])).contains("-pie"));
    assert!(text(place_elf(EM_AARCH64, ET_EXEC, 0, &[ok])).contains("ENTRY"));
    assert!(text(place_elf(EM_AARCH64, ET_EXEC, RAM_BASE, &[])).contains("no segments"));
    assert!(text(place_elf(EM_AARCH64, ET_EXEC, RAM_BASE, &[ok, ok])).contains("overlap"));
    assert!(text(place_elf(EM_AARCH64, ET_EXEC, RAM_BASE, &[(RAM_BASE, RAM_BASE, 1000, 1000)])).contains("truncated"));
    assert!(text(place_elf(EM_AARCH64, ET_EXEC, RAM_BASE, &[(0x2001_0000, RAM_BASE, 16, 16)])).contains("not in RAM"));
    assert!(
        text(place_elf(EM_AARCH64, ET_EXEC, RAM_BASE, &[(RAM_BASE, RAM_BASE, 16, u64::MAX)])).contains("not in RAM")
    );
    let elf = elf_file(EM_AARCH64, ET_EXEC, RAM_BASE, &[ok]);
    assert!(text(place(&elf, Some(RAM_BASE), &description())).contains("leave --load out"));
    for length in [4, 20, 63, 70] {
        assert!(place(&elf[..length], None, &description()).is_err(), "{length}");
    }
}

#[test]
fn a_program_that_fills_ram_leaves_no_room_for_the_tree() {
    let segment = (RAM_BASE, RAM_BASE, 16, 2048 * MIB);
    assert!(matches!(place_elf(EM_AARCH64, ET_EXEC, RAM_BASE, &[segment]), Err(Problem::NoRoomForTree)));
}

proptest::proptest! {
    #[test]
    fn no_elf_file_brings_the_loader_down(flips: Vec<(u16, u8)>) {
        let mut f = elf_file(EM_AARCH64, ET_EXEC, RAM_BASE, &[(RAM_BASE, RAM_BASE, 16, 16); 2]);
        for (at, bits) in flips {
            let at = usize::from(at) % f.len();
            f[at] ^= bits;
        }
        let _ = place(&f, None, &description());
    }
}
