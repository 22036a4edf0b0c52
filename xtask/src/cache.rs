//! The folder outside the repository where fetched and derived files live.
//!
//! Every entry appears by a rename, so what is there is whole: an interrupted run leaves only a folder
//! under `unfinished/`, which the next run replaces.

use crate::shell;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The cache folder.
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Opens `$VMAPPLE_CACHE`, else `$XDG_CACHE_HOME/vmapple`, else `~/.cache/vmapple`.
    pub(crate) fn open() -> Result<Self> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let root = variable("VMAPPLE_CACHE")
            .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("vmapple")))
            .or_else(|| variable("HOME").map(|folder| folder.join(".cache/vmapple")))
            .context("no cache folder: set VMAPPLE_CACHE or HOME")?;
        let root = std::path::absolute(&root)?;
        if root.starts_with(shell::root()) {
            bail!("the cache folder {} is inside the repository: point VMAPPLE_CACHE elsewhere", root.display());
        }
        fs::create_dir_all(&root).with_context(|| format!("cannot make the cache folder {}", root.display()))?;
        Ok(Self { root })
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// An entry, whether it exists or not.
    pub(crate) fn entry(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Makes the folder `name` whole or not at all: `fill` works in another folder that takes its place at the end.
    pub(crate) fn publish(&self, name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let entry = self.entry(name);
        let unfinished =
            self.root.join("unfinished").join(format!("{}-{}", name.replace('/', "-"), std::process::id()));
        remove_folder(&unfinished)?;
        fs::create_dir_all(&unfinished)?;
        if let Err(error) = fill(&unfinished) {
            // The first error is the one to report.
            let _ = remove_folder(&unfinished);
            return Err(error);
        }
        if let Some(parent) = entry.parent() {
            fs::create_dir_all(parent)?;
        }
        remove_folder(&entry)?;
        fs::rename(&unfinished, &entry).with_context(|| format!("cannot put {} in place", entry.display()))?;
        Ok(entry)
    }
}

/// Replaces one file by a rename, unless it holds `content` already.
pub(crate) fn replace_file(file: &Path, content: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let unfinished = file.with_extension(format!("unfinished-{}", std::process::id()));
    fs::write(&unfinished, content).with_context(|| format!("cannot write {}", unfinished.display()))?;
    fs::rename(&unfinished, file).with_context(|| format!("cannot put {} in place", file.display()))
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot remove {}", folder.display())),
    }
}
