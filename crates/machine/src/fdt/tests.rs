use super::*;
use crate::config::CpuCount;
use dtoolkit::fdt::Fdt;
use dtoolkit::{Node, Property};
use std::io::Write;
use std::process::{Command, Stdio};

fn config(cpus: u32) -> MachineConfig {
    MachineConfig { cpus: CpuCount::new(cpus).unwrap(), ..MachineConfig::default() }
}

fn blob(d: &Description) -> Vec<u8> {
    build(d).unwrap()
}

/// The tree of a two-CPU board, word for word. A change here is a change of what guests see: review it, then write the
/// file anew with `VMAPPLE_UPDATE_GOLDEN=1 cargo test -p vmapple-machine`.
#[test]
fn the_tree_is_the_reviewed_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/fdt/board.dts");
    let text = crate::boot::source(&blob(&Description::of(&config(2)))).unwrap();
    if std::env::var_os("VMAPPLE_UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap(), "differs from {path}");
}

#[test]
fn an_independent_reader_finds_every_part() {
    let blob = blob(&Description::of(&config(32)));
    let fdt = Fdt::new(&blob).unwrap();
    for path in [
        "/memory@70000000",
        "/interrupt-controller@10000000/v2m@1fff0000",
        "/serial@20010000",
        "/rtc@20050000",
        "/gpio@20060000",
        "/gpio-keys/key-power",
        "/pvpanic@20070000",
        "/psci",
        "/timer",
        "/chosen",
    ] {
        assert!(fdt.find_node(path).is_some(), "{path}");
    }
    let cpus = fdt.find_node("/cpus").unwrap();
    let ids: Vec<u32> = cpus
        .children()
        .filter(|c| c.name().starts_with("cpu@"))
        .map(|c| c.property("reg").unwrap().value_as::<u32>().unwrap())
        .collect();
    assert_eq!((ids.len(), ids[15], ids[16], ids[31]), (32, 0x0f, 0x100, 0x10f));
    let memory = fdt.find_node("/memory@70000000").unwrap().property("reg").unwrap();
    assert_eq!(memory.value_as::<[u32; 4]>().unwrap(), [0, 0x7000_0000, 0, 0x8000_0000]);
}

#[test]
fn parts_that_are_not_there_have_no_node() {
    let mut d = Description::of(&config(1));
    (d.uart, d.rtc, d.gpio, d.pvpanic, d.gic.v2m) = (None, None, None, None, None);
    let blob = blob(&d);
    let text = crate::boot::source(&blob).unwrap();
    for word in ["pl011", "pl031", "pl061", "gpio-keys", "pvpanic", "v2m", "aliases", "stdout-path"] {
        assert!(!text.contains(word), "{word}");
    }
}

/// The device tree compiler has many checks that a reader does not make.
#[test]
fn the_device_tree_compiler_has_nothing_to_say() {
    for cpus in [1, 32] {
        let dtc = Command::new("dtc")
            .args(["-I", "dtb", "-O", "dts", "-o", "/dev/null", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut dtc = match dtc {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                eprintln!("SKIPPED: dtc is not installed (Debian: device-tree-compiler)");
                return;
            }
            dtc => dtc.unwrap(),
        };
        dtc.stdin.take().unwrap().write_all(&blob(&Description::of(&config(cpus)))).unwrap();
        let out = dtc.wait_with_output().unwrap();
        assert!(out.status.success());
        assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    }
}
