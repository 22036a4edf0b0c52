use super::super::image::tests::kernel;
use super::super::unpack::tests::{gzip, zboot};
use super::*;
use crate::config::MachineConfig;
use crate::map::RAM_BASE;
use std::path::PathBuf;
use vmapple_memory::{Dma, GuestMemory};

const MIB: u64 = 1 << 20;

fn description(ram: u64) -> Description {
    let mut d = Description::of(&MachineConfig::default());
    d.ram.size = ram;
    d
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn add(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn linux(kernel: PathBuf) -> Linux {
    Linux { kernel, cmdline: "console=ttyAMA0".into(), ..Linux::default() }
}

#[test]
fn kernel_tree_and_initrd_lie_in_this_order_and_apart() {
    let files = Files::new();
    let mut l = linux(files.add("k", &gzip(&kernel(0x1000, 0, 5 * MIB, 0))));
    l.initrd = Some(files.add("i", b"initrd"));
    let plan = prepare(&l, &description(256 * MIB)).unwrap();
    assert_eq!(plan.entry(), Entry { pc: RAM_BASE, x0: RAM_BASE + 6 * MIB });
    assert_eq!(plan.pieces().iter().map(|p| p.gpa).collect::<Vec<_>>(), [RAM_BASE, RAM_BASE + 8 * MIB]);
}

#[test]
fn text_offset_is_respected() {
    let files = Files::new();
    let plan = prepare(&linux(files.add("k", &kernel(0x1000, 0x8_0000, MIB, 0))), &description(256 * MIB)).unwrap();
    assert_eq!(plan.entry().pc, RAM_BASE + 0x8_0000);
    assert_eq!(plan.entry().x0, RAM_BASE + 2 * MIB);
}

#[test]
fn a_reset_loads_everything_again_with_new_seeds() {
    let files = Files::new();
    let mut l = linux(files.add("k", &zboot(&gzip(&kernel(0x1000, 0, MIB, 0)), b"gzip")));
    l.initrd = Some(files.add("i", b"initrd"));
    let plan = prepare(&l, &description(256 * MIB)).unwrap();
    drop(files);
    let ram = Dma::new(GuestMemory::new(RAM_BASE, 256 * MIB, None).unwrap());
    let tree = |ram: &Dma| {
        let mut blob = vec![0; 0x4000];
        ram.read(plan.entry().x0, &mut blob).unwrap();
        crate::boot::source(&blob).unwrap()
    };
    let entry = plan.apply(&ram).unwrap();
    let first = tree(&ram);
    assert!(first.contains("bootargs = \"console=ttyAMA0\""), "{first}");
    assert!(first.contains("linux,initrd-end = <0x00 0x70400006>"), "{first}");
    ram.write(RAM_BASE, &[0xff; 64]).unwrap();
    ram.write(RAM_BASE + 4 * MIB, &[0xff; 6]).unwrap();
    assert_eq!(plan.apply(&ram).unwrap(), entry);
    let mut magic = [0; 4];
    ram.read(RAM_BASE + 56, &mut magic).unwrap();
    assert_eq!(&magic, b"ARM\x64");
    let mut initrd = [0; 6];
    ram.read(RAM_BASE + 4 * MIB, &mut initrd).unwrap();
    assert_eq!(&initrd, b"initrd");
    assert_ne!(tree(&ram), first);
}

#[test]
fn what_does_not_fit_says_how_much_memory_would_do() {
    let files = Files::new();
    let big = prepare(&linux(files.add("k", &kernel(0x1000, 0, 300 * MIB, 0))), &description(256 * MIB)).unwrap_err();
    assert!(big.to_string().contains("use --memory 302M or more"), "{big}");

    let mut l = linux(files.add("k", &kernel(0x1000, 0, MIB, 0)));
    let initrd = files.add("i", b"");
    std::fs::File::options().write(true).open(&initrd).unwrap().set_len(300 * MIB).unwrap();
    l.initrd = Some(initrd);
    let e = prepare(&l, &description(256 * MIB)).unwrap_err().to_string();
    assert!(e.starts_with("--initrd ") && e.contains("use --memory 304M or more"), "{e}");
}

#[test]
fn impossible_headers_are_refused() {
    let files = Files::new();
    for (text_offset, size) in [(0, u64::MAX), (u64::MAX, 1), (u64::MAX - 7, 8), (0, 1 << 63), (1, MIB)] {
        let l = linux(files.add("k", &kernel(0x1000, text_offset, size, 0)));
        assert!(prepare(&l, &description(256 * MIB)).is_err(), "{text_offset:#x} {size:#x}");
    }
}

#[test]
fn a_long_command_line_is_refused_not_cut() {
    let mut l = linux("unread".into());
    l.cmdline = "x".repeat(CMDLINE_MAX + 1);
    assert!(matches!(prepare(&l, &description(256 * MIB)), Err(BootError::Cmdline { len: 2048, .. })));
}

#[test]
fn the_users_tree_is_kept_but_for_chosen() {
    let files = Files::new();
    let mut d = description(256 * MIB);
    d.rtc = None;
    let mut l = linux(files.add("k", &kernel(0x1000, 0, MIB, 0)));
    l.dtb = Some(files.add("d", &crate::fdt::build(&d).unwrap()));
    let plan = prepare(&l, &description(256 * MIB)).unwrap();
    let text = crate::boot::source(&plan.tree.blob(None)).unwrap();
    assert!(!text.contains("pl031") && text.contains("bootargs"), "{text}");

    l.dtb = Some(files.add("d", b"/dts-v1/;"));
    let e = prepare(&l, &d).unwrap_err().to_string();
    assert!(e.contains("--dtb") && e.contains("dtc -O dtb"), "{e}");
}

#[test]
fn an_initrd_given_as_kernel_is_recognised() {
    let files = Files::new();
    let e = prepare(&linux(files.add("k", &gzip(b"070701 and so on"))), &description(256 * MIB)).unwrap_err();
    assert!(e.to_string().contains("give it to --initrd"), "{e}");
}
