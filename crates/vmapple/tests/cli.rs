//! The command line from outside: every kind of bad input is one clear line on standard error and exit status 2, with
//! nothing on standard output and nothing left behind.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn vmapple(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vmapple"))
        .args(args)
        .env_remove("VMAPPLE_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

/// Checks that these arguments are refused in one line that contains all of `words`.
#[track_caller]
fn refused(args: &[&str], words: &[&str]) {
    let out = vmapple(args);
    let line = String::from_utf8(out.stderr.clone()).unwrap();
    assert_eq!(out.status.code(), Some(2), "{args:?}: {line}");
    assert!(out.stdout.is_empty(), "{args:?}");
    assert!(line.starts_with("vmapple: ") && line.ends_with('\n') && line.lines().count() == 1, "{args:?}: {line:?}");
    for word in words {
        assert!(line.contains(word), "{args:?}: no {word:?} in {line}");
    }
}

/// A directory with files for one test.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn add(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        text(&self.path(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A kernel that would be loaded: the arm64 header and nothing to run.
fn kernel() -> Vec<u8> {
    let mut k = vec![0; 0x1000];
    k[16..24].copy_from_slice(&0x10_0000u64.to_le_bytes());
    k[24..32].copy_from_slice(&0b1010u64.to_le_bytes());
    k[56..60].copy_from_slice(b"ARM\x64");
    k
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut e = GzEncoder::new(Vec::new(), Compression::fast());
    e.write_all(bytes).unwrap();
    e.finish().unwrap()
}

#[test]
fn numbers_of_cpus_that_cannot_be() {
    for n in ["0", "33", "-1", "many", "4294967297"] {
        refused(&["run", "--cpus", n], &["--cpus", n, "1 to 32"]);
    }
}

#[test]
fn absurd_memory() {
    refused(&["run", "--memory", "1M"], &["--memory 1M", "256M"]);
    refused(&["run", "--memory", "33G"], &["--memory 33G", "32G"]);
    refused(&["run", "--memory", "1T"], &["--memory 1T", "32G"]);
    refused(&["run", "--memory", "99999999999999999999999"], &["--memory"]);
    refused(&["run", "--memory", "18446744073709551615T"], &["--memory", "32G"]);
    refused(&["run", "--memory", "2048"], &["--memory 2048", "unit"]);
    refused(&["run", "--memory", "lots"], &["--memory lots", "512M"]);
    refused(&["run", "--memory", "-1G"], &["--memory -1G"]);
}

#[test]
fn unknown_options_commands_and_values() {
    refused(&["run", "--kernl", "x"], &["--kernl", "--kernel"]);
    refused(&["run", "--frobnicate"], &["--frobnicate", "--help"]);
    refused(&["rnu"], &["rnu", "run, board, dtb or version"]);
    refused(&["run", "--engine", "magic"], &["--engine magic", "auto"]);
    refused(&["run", "--engine", "interp,fast"], &["interp,fast", "no option"]);
    if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        refused(&["run", "--engine", "jit,no-thing"], &["jit,no-thing", "no-links"]);
    }
    refused(&["run", "--cpu", "m9"], &["--cpu m9", "m1 or m2"]);
    refused(&["run", "--cpu", "max"], &["--cpu max", "m1 or m2"]);
    refused(&["run", "--msi", "magic"], &["--msi magic", "v2m"]);
    refused(&["run", "--serial", "pipe"], &["--serial pipe", "stdio"]);
    refused(&["run", "--serial", "file="], &["--serial file=", "file=PATH"]);
    refused(&["run", "--display", "hologram"], &["--display hologram", "none"]);
    refused(&["run", "--kernel"], &["--kernel", "--help"]);
    refused(&["version", "--log", "=,="], &["--log"]);
}

#[test]
fn options_of_later_versions_are_refused_not_ignored() {
    for (args, name) in [
        (&["--firmware", "rom"], "--firmware"),
        (&["--aux", "a"], "--aux"),
        (&["--root", "r"], "--root"),
        (&["--ecid", "1"], "--ecid"),
        (&["--disk", "path=d"], "--disk"),
        (&["--net", "user"], "--net"),
        (&["--msi", "its"], "--msi"),
        (&["--control", "s"], "--control"),
        (&["--gdb", ":1234"], "--gdb"),
        (&["--display", "window"], "--display window"),
        (&["--display", "vnc=:0"], "--display vnc=:0"),
    ] {
        refused(&["run", args[0], args[1]], &[name, "not available in this version"]);
    }
    for engine in ["kvm", "hvf"] {
        refused(&["run", "--engine", engine], &["--engine", engine, "not in this build yet"]);
    }
    refused(&["run", "my-mac"], &["my-mac", "not available in this version"]);
}

#[test]
fn options_that_do_not_go_together() {
    refused(&["run", "--initrd", "x"], &["--initrd", "--kernel"]);
    refused(&["run", "--cmdline", "x"], &["--cmdline", "--kernel"]);
    refused(&["run", "--dtb", "x"], &["--dtb", "--kernel"]);
    refused(&["run", "--load", "0x70000000"], &["--load", "--payload"]);
    refused(&["run", "--kernel", "a", "--payload", "b"], &["--kernel", "--payload"]);
    refused(&["run", "--payload", "b", "--load", "here"], &["--load here", "0x70200000"]);
}

#[test]
fn kernels_that_are_none() {
    let files = Files::new();
    let with = |at: usize, magic: &[u8]| {
        let mut v = vec![0; 0x1000];
        v[at..at + magic.len()].copy_from_slice(magic);
        v
    };
    let mut elf = with(0, b"\x7fELF\x02\x01\x01");
    elf[18] = 62;
    let compressed = gzip(&(0..0x1_0000u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    for (name, bytes, words) in [
        ("empty", vec![], "is empty"),
        ("short", kernel()[..40].to_vec(), "is truncated"),
        ("short.gz", compressed[..compressed.len() / 2].to_vec(), "is truncated"),
        ("x86-elf", elf, "another architecture"),
        ("bzImage", with(0x202, b"HdrS"), "x86 Linux kernel"),
        ("text.gz", gzip(&[b'x'; 100]), "not an arm64 Linux kernel"),
        ("x86.gz", gzip(&with(0x202, b"HdrS")), "x86 Linux kernel"),
        ("kernel.xz", with(0, b"\xfd7zXZ\0"), "xz -d"),
        ("noise", with(0, b"noise"), "not an arm64 Linux kernel"),
    ] {
        let path = files.add(name, &bytes);
        refused(&["run", "--kernel", &path], &["--kernel", &path, words]);
    }
    refused(&["run", "--kernel", "/nonexistent/vmlinuz"], &["/nonexistent/vmlinuz", "cannot be read"]);
    refused(&["run", "--kernel", &text(files.0.path())], &["is a directory"]);
}

#[test]
fn an_initrd_larger_than_ram() {
    let files = Files::new();
    let (kernel, initrd) = (files.add("k", &kernel()), files.add("i", b""));
    let sparse = std::fs::File::options().write(true).open(&initrd).unwrap();
    sparse.set_len(1 << 30).unwrap();
    refused(
        &["run", "--memory", "512M", "--kernel", &kernel, "--initrd", &initrd],
        &["--initrd", &initrd, "--memory 1028M or more"],
    );
    sparse.set_len(0).unwrap();
    refused(&["run", "--kernel", &kernel, "--initrd", &initrd], &["--initrd", "is empty"]);
    refused(&["run", "--kernel", &kernel, "--initrd", "/nonexistent/i"], &["--initrd /nonexistent/i"]);
}

#[test]
fn a_command_line_or_tree_that_the_kernel_cannot_take() {
    let files = Files::new();
    let (kernel, tree) = (files.add("k", &kernel()), files.add("t", b"/dts-v1/; / { };"));
    refused(&["run", "--kernel", &kernel, "--cmdline", &"x".repeat(5000)], &["--cmdline", "2047"]);
    refused(&["run", "--kernel", &kernel, "--dtb", &tree], &["--dtb", &tree, "dtc"]);
}

#[test]
fn payloads_that_cannot_be_loaded() {
    let files = Files::new();
    let flat = files.add("flat", &[0; 64]);
    refused(&["run", "--payload", &flat, "--load", "0x20010000"], &["--payload", &flat, "not in RAM", "--load"]);
    refused(&["run", "--payload", &flat, "--load", "0xffffffffffffffff"], &["--payload"]);
    refused(&["run", "--payload", &flat, "--load", "0x70000002"], &["multiple of 4"]);
    let elf = files.add("elf", b"\x7fELF\x01\x01\x01");
    refused(&["run", "--payload", &elf], &["--payload", &elf, "aarch64"]);
}

#[test]
fn a_serial_target_that_cannot_be_and_nothing_left_behind() {
    let files = Files::new();
    let kernel = files.add("k", &kernel());
    refused(&["run", "--kernel", &kernel, "--serial", "file=/nonexistent/log"], &["--serial file=/nonexistent/log"]);
    refused(&["run", "--kernel", &kernel, "--serial", "unix=/nonexistent/s"], &["--serial unix=/nonexistent/s"]);
    let long = format!("unix=/tmp/{}", "x".repeat(200));
    refused(&["run", "--kernel", &kernel, "--serial", &long], &["--serial unix="]);
    let taken = format!("unix={kernel}");
    refused(&["run", "--kernel", &kernel, "--serial", &taken], &["--serial unix=", "there already"]);
    assert_eq!(files.names(), ["k"]);
}

#[test]
fn a_bad_kernel_does_not_cost_an_earlier_serial_log() {
    let files = Files::new();
    let (kernel, log) = (files.add("k", b"no kernel"), files.add("log", b"of an earlier run"));
    let (file, socket) = (format!("file={log}"), format!("unix={}", text(&files.path("s"))));
    refused(&["run", "--kernel", &kernel, "--serial", &file], &["--kernel"]);
    refused(&["run", "--kernel", &kernel, "--serial", &socket], &["--kernel"]);
    assert_eq!(std::fs::read(&log).unwrap(), b"of an earlier run");
    assert_eq!(files.names(), ["k", "log"]);
}

#[test]
fn a_filter_in_the_environment_is_checked_too() {
    let out = Command::new(env!("CARGO_BIN_EXE_vmapple")).arg("version").env("VMAPPLE_LOG", "a=b=c").output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("VMAPPLE_LOG a=b=c"));
}

#[test]
fn help_and_version_go_to_standard_output() {
    for args in [&["--help"][..], &["run", "--help"], &["--version"], &["help"]] {
        let out = vmapple(args);
        assert!(out.status.success() && out.stderr.is_empty() && !out.stdout.is_empty(), "{args:?}");
    }
    let help = stdout(&vmapple(&["run", "--help"]));
    for word in ["Examples:", "--kernel vmlinuz", "Ctrl-A x", "Exit status"] {
        assert!(help.contains(word), "{word}");
    }
    assert!(!help.contains("--gdb"));
}

#[test]
fn data_for_programs_is_json() {
    let version: serde_json::Value = serde_json::from_slice(&vmapple(&["version", "--json"]).stdout).unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let board: serde_json::Value =
        serde_json::from_slice(&vmapple(&["board", "--json", "--cpus", "3", "--memory", "1G"]).stdout).unwrap();
    assert_eq!((&board["cpus"], &board["memory"]), (&3.into(), &(1u64 << 30).into()));
    let uart = board["map"].as_array().unwrap().iter().find(|r| r["part"].as_str().unwrap().contains("pl011")).unwrap();
    assert_eq!((&uart["base"], &uart["intid"]), (&0x2001_0000.into(), &33.into()));
}

#[test]
fn the_device_tree_tells_of_the_guest() {
    let files = Files::new();
    let (kernel, initrd) = (files.add("k", &gzip(&kernel())), files.add("i", b"12345"));
    let tree = vmapple(&["dtb", "--kernel", &kernel, "--initrd", &initrd, "--cmdline", "-- quiet", "--cpus", "17"]);
    let tree = stdout(&tree);
    for line in [
        "bootargs = \"-- quiet\"",
        "linux,initrd-start = <0x00 0x70400000>",
        "linux,initrd-end = <0x00 0x70400005>",
        "cpu@100 {",
    ] {
        assert!(tree.contains(line), "{line}\n{tree}");
    }
    assert!(!tree.contains("seed"), "{tree}");
    let blob = text(&files.path("out.dtb"));
    assert!(vmapple(&["dtb", "-o", &blob]).status.success());
    assert_eq!(std::fs::read(&blob).unwrap()[..4], [0xd0, 0x0d, 0xfe, 0xed]);
    // What it wrote, it takes.
    let again = vmapple(&["dtb", "--kernel", &kernel, "--dtb", &blob]);
    assert!(stdout(&again).contains("interrupt-controller@10000000"));
    refused(&["dtb", "-o", "/nonexistent/x.dtb"], &["--output /nonexistent/x.dtb"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vmapple"))
        .args(["dtb", "--cpus", "32"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!((out.status.code(), out.stderr.len()), (Some(0), 0));
}
