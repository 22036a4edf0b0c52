//! Debian's arm64 kernels as shipped, with the modules the guests need.

use super::{pvpanic, zboot};
use crate::apt::{self, PrivateApt};
use crate::cache::Cache;
use crate::host_tools::CrossTools;
use crate::shell::note;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A kernel the tests boot.
pub(crate) struct Kernel {
    /// Short name, in file names and test names.
    pub(crate) name: &'static str,
    /// Debian suite it comes from.
    suite: &'static str,
    /// What follows `linux-image-` and `linux-headers-` in the names of its metapackages.
    flavour: &'static str,
    /// Its page size in KiB.
    page_kib: u32,
}

/// Every kernel, the one used for the tests that need just one first.
pub(crate) const KERNELS: [Kernel; 3] = [
    Kernel { name: "6.1", suite: "bookworm", flavour: "arm64", page_kib: 4 },
    Kernel { name: "6.12", suite: "bookworm-backports", flavour: "arm64", page_kib: 4 },
    Kernel { name: "6.12-16k", suite: "bookworm-backports", flavour: "arm64-16k", page_kib: 16 },
];

/// Drivers that Debian builds as modules, in loading order (none of them depends on another module).
const MODULES: [&str; 2] = ["drivers/input/keyboard/gpio_keys.ko", "drivers/input/evdev.ko"];

/// Linux's own pvpanic drivers, in loading order; used where the kernel has them.
const PVPANIC_MODULES: [&str; 2] = ["drivers/misc/pvpanic/pvpanic.ko", "drivers/misc/pvpanic/pvpanic-mmio.ko"];

/// Changes whenever a cache entry made by older code must be made again.
const RECIPE: u32 = 2;

/// One bootable Linux guest.
#[derive(Clone)]
pub(crate) struct LinuxGuest {
    /// Short name.
    pub(crate) name: &'static str,
    /// What `uname -r` prints.
    pub(crate) release: String,
    /// Page size in KiB.
    pub(crate) page_kib: u32,
    /// The kernel as Debian ships it.
    pub(crate) kernel: PathBuf,
    /// The same kernel, gzip.
    pub(crate) gzip: PathBuf,
    /// The same kernel in an EFI zboot container.
    pub(crate) zboot: PathBuf,
    /// BusyBox, our first process, the modules and the test scripts.
    pub(crate) initrd: PathBuf,
}

impl LinuxGuest {
    pub(crate) fn in_folder(kernel: &Kernel, folder: &Path, initrd: PathBuf) -> Result<Self> {
        let manifest = manifest(folder).with_context(|| format!("{} has no manifest", folder.display()))?;
        Ok(Self {
            name: kernel.name,
            release: manifest["release"].as_str().unwrap_or_default().to_owned(),
            page_kib: kernel.page_kib,
            kernel: folder.join("vmlinuz"),
            gzip: folder.join("vmlinuz.gz"),
            zboot: folder.join("vmlinuz.zboot"),
            initrd,
        })
    }
}

/// The kernel's folder in the cache; without network access if it is complete and current.
pub(crate) fn fetch(cache: &Cache, kernel: &Kernel) -> Result<PathBuf> {
    let entry = format!("linux/{}", kernel.name);
    let folder = cache.entry(&entry);
    let driver = pvpanic::source()?;
    let current = manifest(&folder).is_some_and(|manifest| {
        manifest["recipe"] == RECIPE && (manifest["pvpanic"] == "linux" || manifest["pvpanic"] == driver)
    });
    if current {
        return Ok(folder);
    }
    let apt = PrivateApt::new(cache, kernel.suite, "arm64")?;
    let metapackage = format!("linux-image-{}", kernel.flavour);
    let description = apt.describe(&metapackage)?;
    let image = description
        .dependency("linux-image-")
        .with_context(|| format!("{metapackage} names no kernel package"))?
        .to_owned();
    let release = image.trim_start_matches("linux-image-").trim_end_matches("-unsigned").to_owned();
    cache.publish(&entry, |folder| {
        let unpacked = folder.join("unpacked");
        apt.unpack(std::slice::from_ref(&image), &unpacked)?;
        let boot = unpacked.join("boot");
        fs::rename(boot.join(format!("config-{release}")), folder.join("config"))?;
        fs::rename(boot.join(format!("vmlinuz-{release}")), folder.join("vmlinuz"))?;
        let image_bytes = fs::read(folder.join("vmlinuz"))?;
        let packed = zboot::gzip(&image_bytes)?;
        fs::write(folder.join("vmlinuz.zboot"), zboot::wrap(&packed)?)?;
        fs::write(folder.join("vmlinuz.gz"), packed)?;

        let tree = unpacked.join("lib/modules").join(&release);
        let modules = folder.join("modules");
        fs::create_dir_all(&modules)?;
        let mut order = Vec::new();
        for module in MODULES {
            match take_module(&tree, module, &modules)? {
                Found::File(name) => order.push(name),
                Found::BuiltIn => {}
                Found::Nowhere => bail!("{image} has no {module}: Linux could not use the machine's power button"),
            }
        }
        let mut theirs = true;
        for module in PVPANIC_MODULES {
            match take_module(&tree, module, &modules)? {
                Found::File(name) => order.push(name),
                Found::BuiltIn => {}
                Found::Nowhere => theirs = false,
            }
        }
        if !theirs {
            note(format!("{release} has no pvpanic driver: building ours"));
            let tools = CrossTools::find(cache)?;
            let native = PrivateApt::new(cache, kernel.suite, &apt::host_architecture()?)?;
            order.push(pvpanic::build(&apt, &native, &tools, &release, folder)?);
        }
        fs::write(modules.join("order"), order.iter().map(|name| format!("{name}\n")).collect::<String>())?;
        fs::remove_dir_all(&unpacked)?;
        let manifest = json!({
            "recipe": RECIPE,
            "package": image,
            "version": description.version,
            "suite": kernel.suite,
            "release": release,
            "pvpanic": if theirs { "linux" } else { driver.as_str() },
        });
        fs::write(folder.join("manifest.json"), serde_json::to_string_pretty(&manifest)?)?;
        Ok(())
    })
}

enum Found {
    File(String),
    BuiltIn,
    Nowhere,
}

/// Copies a module (packed or not; BusyBox loads both) out of a kernel package.
fn take_module(tree: &Path, module: &str, into: &Path) -> Result<Found> {
    for packing in ["", ".xz", ".gz"] {
        let file = tree.join("kernel").join(format!("{module}{packing}"));
        if let (true, Some(name)) = (file.exists(), file.file_name()) {
            fs::copy(&file, into.join(name))?;
            return Ok(Found::File(name.to_string_lossy().into_owned()));
        }
    }
    let built_in = fs::read_to_string(tree.join("modules.builtin")).context("the kernel package lists no modules")?;
    let line = format!("kernel/{module}");
    Ok(if built_in.lines().any(|built_in| built_in == line) { Found::BuiltIn } else { Found::Nowhere })
}

/// The manifest of a complete entry.
pub(super) fn manifest(folder: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).ok()?).ok()
}
