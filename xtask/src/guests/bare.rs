//! Building the bare-metal payloads under `guests/` (the convention is in `guests/README.md`).

use crate::cache::Cache;
use crate::host_tools::CrossTools;
use crate::shell::{self, note};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Where payloads are linked and loaded unless told otherwise: 2 MiB into RAM.
const BASE: &str = "0x70200000";

/// The folder of the benchmark suite: Linux programs, not payloads.
const SUITE: &str = "suite";
/// The folder under `guests/` that is linked into every payload without a `start.S` of its own.
const KIT: &str = "kit";

/// Further flags for payloads on the kit: what they do not use of it is left out.
const KIT_FLAGS: [&str; 4] = ["-mgeneral-regs-only", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"];

const FLAGS: [&str; 15] = [
    "-O2",
    "-std=gnu11",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-march=armv8-a",
    "-ffreestanding",
    "-nostdlib",
    "-static",
    "-fno-pic",
    "-fno-asynchronous-unwind-tables",
    "-fno-stack-protector",
    // Payloads run before translation is on, where memory is Device memory; and have no library to call.
    "-mstrict-align",
    "-mno-outline-atomics",
    "-Wl,--build-id=none",
];

/// What to do with a built payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Put it beside its source.
    Write,
    /// Compare it with the committed one.
    Compare,
}

/// A payload for another place or board than its own.
pub(crate) struct Variant<'a> {
    /// Link address.
    pub(crate) base: &'a str,
    /// Preprocessor definitions, `NAME=VALUE`.
    pub(crate) definitions: &'a [&'a str],
}

/// Builds every payload. Returns the names of those that are not what their source gives (`Mode::Compare`).
pub(crate) fn build_all(cache: &Cache, mode: Mode) -> Result<Vec<String>> {
    let tools = CrossTools::find(cache)?;
    let compiler = compiler(&tools)?;
    let recorded = shell::root().join("guests/COMPILER");
    if mode == Mode::Compare {
        let expected = fs::read_to_string(&recorded).unwrap_or_default();
        if expected.trim() != compiler {
            bail!(
                "the committed payloads were built with `{}`, here is `{compiler}`: the comparison needs the same one",
                expected.trim()
            );
        }
    }
    let mut stale = Vec::new();
    for folder in payloads()? {
        let built = build(&tools, &folder, None)?;
        let committed = folder.join(format!("{}.bin", last_name(&folder)));
        let name = committed.strip_prefix(shell::root())?.display().to_string();
        let same = fs::read(&committed).is_ok_and(|old| old == built);
        match mode {
            Mode::Write => {
                fs::write(&committed, &built)?;
                note(format!("{name}: {} bytes{}", built.len(), if same { ", unchanged" } else { "" }));
            }
            Mode::Compare if same => {}
            Mode::Compare => stale.push(name),
        }
    }
    if mode == Mode::Write {
        fs::write(&recorded, format!("{compiler}\n"))?;
    }
    Ok(stale)
}

/// Builds one payload for another board into a file of the target folder (an ELF file, which QEMU can load).
pub(crate) fn build_variant(cache: &Cache, name: &str, label: &str, variant: &Variant) -> Result<PathBuf> {
    let tools = CrossTools::find(cache)?;
    let folder = shell::root().join("guests").join(name);
    let elf = link(&tools, &folder, Some(variant))?;
    let place = elf.with_file_name(format!("{}-{label}.elf", last_name(&folder)));
    fs::rename(&elf, &place)?;
    Ok(place)
}

/// Folders with C or assembly source directly in them, in `guests/` and in its `payloads/`; without the kit and the suite.
fn payloads() -> Result<Vec<PathBuf>> {
    let guests = shell::root().join("guests");
    let mut folders = Vec::new();
    for parent in [guests.clone(), guests.join("payloads")] {
        for folder in fs::read_dir(parent)? {
            let folder = folder?.path();
            if folder.is_dir()
                && folder != guests.join(KIT)
                && folder != guests.join(SUITE)
                && !sources(&folder)?.is_empty()
            {
                folders.push(folder);
            }
        }
    }
    folders.sort();
    Ok(folders)
}

fn last_name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "c" || extension == "S"))
        .collect();
    files.sort();
    Ok(files)
}

fn build(tools: &CrossTools, folder: &Path, variant: Option<&Variant>) -> Result<Vec<u8>> {
    let elf = link(tools, folder, variant)?;
    let flat = elf.with_extension("bin");
    shell::run(tools.tool("objcopy").args(["-O", "binary"]).arg(&elf).arg(&flat))?;
    Ok(fs::read(&flat)?)
}

fn link(tools: &CrossTools, folder: &Path, variant: Option<&Variant>) -> Result<PathBuf> {
    let name = last_name(folder);
    let output = shell::target().join("guests");
    fs::create_dir_all(&output)?;
    let elf = output.join(format!("{name}.elf"));
    let script = ["payload.ld"].map(|file| folder.join(file)).into_iter().find(|file| file.exists());
    let script = script.unwrap_or_else(|| shell::root().join("guests/payload.ld"));
    // Names relative to the folder keep the build's place out of the binary.
    let mut names: Vec<PathBuf> = sources(folder)?.iter().filter_map(|f| f.file_name()).map(PathBuf::from).collect();
    let mut command = tools.tool("gcc");
    command.current_dir(folder).args(FLAGS);
    if !folder.join("start.S").exists() {
        let up: PathBuf = folder.strip_prefix(shell::root().join("guests"))?.iter().map(|_| "..").collect();
        let kit = sources(&shell::root().join("guests").join(KIT))?;
        names.extend(kit.iter().filter_map(|f| f.file_name()).map(|f| up.join(KIT).join(f)));
        command.args(KIT_FLAGS).arg("-I").arg(up.join(KIT));
    }
    command.args(own_flags(folder)?);
    command.arg(format!("-Wl,--defsym=BASE={}", variant.map_or(BASE, |variant| variant.base)));
    command.args(variant.map_or(&[][..], |variant| variant.definitions).iter().map(|define| format!("-D{define}")));
    command.arg("-T").arg(script).args(names).arg("-o").arg(&elf);
    shell::capture(&mut command).with_context(|| format!("cannot build {}", folder.display()))?;
    Ok(elf)
}

/// The optional file `flags`: one compiler flag a line, `#` starts a comment.
fn own_flags(folder: &Path) -> Result<Vec<String>> {
    let file = folder.join("flags");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(file)?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

fn compiler(tools: &CrossTools) -> Result<String> {
    let version = shell::capture(tools.tool("gcc").arg("--version"))?;
    Ok(version.lines().next().unwrap_or_default().to_owned())
}
