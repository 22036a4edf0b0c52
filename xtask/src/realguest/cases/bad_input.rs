//! Wrong command lines and unusable files: status 2 and exactly one line that names the thing.

use super::super::console::Console;
use super::super::{Bench, Case, words};
use super::add as case;
use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder with the files of one case, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("vmapple-bad-input-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let file = self.0.join(name);
        fs::write(&file, content)?;
        Ok(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) fn add(cases: &mut Vec<Case>) {
    kernels(cases);
    case(cases, "bad input: an initrd larger than RAM", |bench| {
        let folder = Folder::new()?;
        let file = folder.0.join("large.cpio");
        fs::File::create(&file)?.set_len(1 << 30)?;
        refused(bench, [kernel(bench)?, option("--initrd", &file), words(["--memory", "512M"])].concat(), "large.cpio")
    });
    for (option, value) in [
        ("--cpus", "0"),
        ("--cpus", "33"),
        ("--cpus", "many"),
        ("--memory", "0"),
        ("--memory", "1M"),
        ("--memory", "99999999T"),
        ("--memory", "lots"),
        ("--engine", "steam"),
        ("--serial", "telegraph"),
    ] {
        case(cases, format!("bad input: {option} {value}"), move |bench| {
            refused(bench, [kernel(bench)?, words([option, value])].concat(), option)
        });
    }
    case(cases, "bad input: a serial file that cannot be written", |bench| {
        let folder = Folder::new()?;
        let file = folder.0.join("missing/log.txt");
        refused(bench, [kernel(bench)?, words(["--serial", &format!("file={}", file.display())])].concat(), "log.txt")?;
        ensure!(!file.exists(), "the file was made");
        Ok(())
    });
    case(cases, "bad input: an unknown option", |bench| {
        refused(bench, [kernel(bench)?, words(["--warp-speed"])].concat(), "--warp-speed")
    });
    case(cases, "bad input: an unknown key of --serial", |bench| {
        refused(bench, [kernel(bench)?, words(["--serial", "file=/dev/null,colour=red"])].concat(), "colour")
    });
    case(cases, "bad input: an unknown command", |bench| refused(bench, words(["fly"]), "fly"));
    case(cases, "bad input: an initrd without a kernel", |bench| {
        refused(bench, words(["run", "--initrd", "/dev/null"]), "--kernel")
    });
}

fn kernels(cases: &mut Vec<Case>) {
    case(cases, "bad input: a missing kernel", |bench| {
        refused(bench, option_run("--kernel", Path::new("/nonexistent/Image")), "/nonexistent/Image")
    });
    case(cases, "bad input: an empty kernel", |bench| {
        let folder = Folder::new()?;
        refused(bench, option_run("--kernel", &folder.file("empty-image", b"")?), "empty-image")
    });
    case(cases, "bad input: a truncated kernel", |bench| {
        let folder = Folder::new()?;
        let whole = fs::read(&bench.usual()?.kernel)?;
        refused(bench, option_run("--kernel", &folder.file("cut-image", &whole[..whole.len() / 3])?), "cut-image")
    });
    case(cases, "bad input: a truncated gzip kernel", |bench| {
        let folder = Folder::new()?;
        let whole = fs::read(&bench.usual()?.gzip)?;
        refused(bench, option_run("--kernel", &folder.file("cut-image.gz", &whole[..whole.len() / 3])?), "cut-image.gz")
    });
    case(cases, "bad input: a truncated EFI zboot kernel", |bench| {
        let folder = Folder::new()?;
        let whole = fs::read(&bench.usual()?.zboot)?;
        refused(bench, option_run("--kernel", &folder.file("cut.zboot", &whole[..whole.len() / 3])?), "cut.zboot")
    });
    case(cases, "bad input: a kernel of another architecture", |bench| {
        let folder = Folder::new()?;
        // The x86 boot protocol's marks: 0x55AA at the end of the first sector, "HdrS" after it.
        let mut image = vec![0; 1 << 20];
        image[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
        image[0x202..0x206].copy_from_slice(b"HdrS");
        refused(bench, option_run("--kernel", &folder.file("bzImage", &image)?), "bzImage")
    });
    case(cases, "bad input: a kernel that is a folder", |bench| {
        let folder = Folder::new()?;
        refused(bench, option_run("--kernel", &folder.0), "vmapple-bad-input")
    });
    case(cases, "bad input: a missing initrd", |bench| {
        refused(bench, [kernel(bench)?, words(["--initrd", "/nonexistent/initrd"])].concat(), "/nonexistent/initrd")
    });
}

/// Runs the program; it must refuse with status 2, one line on standard error that names `named`, and nothing else.
fn refused(bench: &Bench, arguments: Vec<OsString>, named: &str) -> Result<()> {
    let ended = Console::with_pipes(bench.machine.program(), &arguments)?.wait()?.require_status(2)?;
    ensure!(ended.console.is_empty(), "something on standard output: {:?}", ended.console);
    let lines: Vec<&str> = ended.messages.lines().collect();
    ensure!(lines.len() == 1, "{} lines instead of one: {:?}", lines.len(), ended.messages);
    ensure!(ended.messages.contains(named), "the message does not name {named}: {:?}", ended.messages);
    ensure!(!ended.messages.contains("panicked"), "the program crashed: {:?}", ended.messages);
    Ok(())
}

fn kernel(bench: &Bench) -> Result<Vec<OsString>> {
    let kernel = &bench.usual().context("no guest")?.kernel;
    Ok([option_run("--kernel", kernel), words(["--display", "none"])].concat())
}

fn option_run(name: &str, value: &Path) -> Vec<OsString> {
    [words(["run"]), option(name, value)].concat()
}

fn option(name: &str, value: &Path) -> Vec<OsString> {
    vec![name.into(), value.into()]
}
