//! The Debian userland that runs real programs on the guest's CPU: packages from the archive, unpacked into one initramfs.
//!
//! There is no root and no chroot, so no package script runs; the little they would do that our suites need is done here
//! and by `guests/userland/init`. The archive is not packed: see `initramfs`.

use super::cpio::Archive;
use super::initramfs::{busybox, read};
use super::kernels::manifest;
use crate::apt::PrivateApt;
use crate::cache::{self, Cache};
use crate::shell::{self, note};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const SUITE: &str = "bookworm";

/// Changes whenever a cache entry made by older code must be made again.
const RECIPE: u32 = 1;

/// More than this does not leave a guest of 2 GiB enough for its programs: the archive and its files are there twice.
const LARGEST: usize = 400 << 20;

/// Folders that Debian merges into `/usr`; packages of this suite still name them by their old places.
const MERGED: [&str; 3] = ["bin", "lib", "sbin"];

/// What package scripts would have done: links by path.
const LINKS: [(&str, &str); 5] = [
    ("usr/bin/awk", "mawk"),
    ("usr/bin/cc", "gcc"),
    ("etc/mtab", "../proc/self/mounts"),
    ("var/run", "../run"),
    ("etc/localtime", "../usr/share/zoneinfo/UTC"),
];

/// The userland's archive, made if the cache does not have it.
pub(crate) fn build(cache: &Cache) -> Result<PathBuf> {
    let base = base(cache)?;
    let size = manifest(&base).and_then(|manifest| manifest["base"].as_u64()).context("the userland has no size")?;
    let file = base.join("userland.cpio");
    let mut bytes = read(&file)?;
    bytes.truncate(usize::try_from(size)?);
    // The kernel unpacks archives that follow each other, the later ones over the earlier.
    bytes.extend(overlay(&busybox(cache)?)?);
    cache::replace_file(&file, &bytes)?;
    Ok(file)
}

/// The packages' part.
fn base(cache: &Cache) -> Result<PathBuf> {
    let (packages, leave_out) = (list("packages")?, list("leave-out")?);
    let folder = cache.entry("userland");
    let current = manifest(&folder).is_some_and(|manifest| {
        manifest["recipe"] == RECIPE
            && manifest["packages"] == json!(packages)
            && manifest["leave-out"] == json!(leave_out)
    });
    if current {
        return Ok(folder);
    }
    let apt = PrivateApt::new(cache, SUITE, "arm64")?;
    cache.publish("userland", |folder| {
        let tree = folder.join("tree");
        let files = apt.unpack_closure(&packages, &tree)?;
        let bytes = archive(&tree, &leave_out)?;
        ensure!(bytes.len() <= LARGEST, "the userland takes {} MiB: leave more out", bytes.len() >> 20);
        note(format!("userland of {} packages, {} MiB", files.len(), bytes.len() >> 20));
        fs::write(folder.join("userland.cpio"), &bytes)?;
        fs::remove_dir_all(&tree)?;
        let manifest = json!({
            "recipe": RECIPE,
            "suite": SUITE,
            "packages": packages,
            "leave-out": leave_out,
            "base": bytes.len(),
            "files": files,
        });
        fs::write(folder.join("manifest.json"), serde_json::to_string_pretty(&manifest)?)?;
        Ok(())
    })
}

/// Lines of a list in `guests/userland`, without comments.
fn list(name: &str) -> Result<Vec<String>> {
    let file = source(name);
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

fn source(name: &str) -> PathBuf {
    shell::root().join("guests/userland").join(name)
}

/// What a path of a package becomes.
enum Entry {
    Directory,
    Link(String),
    File { executable: bool, place: PathBuf },
}

/// An archive of an unpacked tree, `/usr` merged, with the accounts and links that package scripts would make.
fn archive(tree: &Path, leave_out: &[String]) -> Result<Vec<u8>> {
    let mut entries = BTreeMap::new();
    let mut places = BTreeMap::new();
    collect(tree, tree, leave_out, &mut entries, &mut places)?;
    for folder in ["dev", "etc", "proc", "sys", "tmp", "root", "run", "usr", "usr/bin", "var", "var/tmp"] {
        entries.insert(folder.to_owned(), Entry::Directory);
    }
    for account in ["passwd", "group"] {
        let place = tree.join(format!("usr/share/base-passwd/{account}.master"));
        entries.insert(format!("etc/{account}"), Entry::File { executable: false, place });
    }
    for (path, target) in MERGED.map(|folder| (folder.to_owned(), format!("usr/{folder}"))) {
        entries.insert(path, Entry::Link(target));
    }
    for (path, target) in LINKS {
        entries.insert(path.to_owned(), Entry::Link(target.to_owned()));
    }
    let mut archive = Archive::new();
    // Sorted, so a folder comes before what it holds.
    for (path, entry) in entries {
        match entry {
            Entry::Directory => archive.directory(&path),
            Entry::Link(target) => archive.symlink(&path, &target),
            Entry::File { executable, place } => archive.file(&path, executable, &read(&place)?),
        }
    }
    Ok(archive.finish())
}

/// Adds what is in `folder`. `places` remembers where a file with several names went: the others become links to it.
fn collect(
    tree: &Path,
    folder: &Path,
    leave_out: &[String],
    entries: &mut BTreeMap<String, Entry>,
    places: &mut BTreeMap<u64, String>,
) -> Result<()> {
    for found in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let place = found?.path();
        let path = merged(place.strip_prefix(tree)?.to_str().context("a package has a name that is not text")?);
        if leave_out.iter().any(|left| path.starts_with(left.as_str())) {
            continue;
        }
        let about = fs::symlink_metadata(&place)?;
        if about.is_dir() {
            entries.insert(path, Entry::Directory);
            collect(tree, &place, leave_out, entries, places)?;
        } else if about.is_symlink() {
            let target = fs::read_link(&place)?;
            entries.insert(path, Entry::Link(target.to_str().context("a link is not text")?.to_owned()));
        } else if let Some(first) = places.get(&about.ino()).filter(|_| about.nlink() > 1) {
            entries.insert(path, Entry::Link(format!("/{first}")));
        } else {
            places.insert(about.ino(), path.clone());
            entries.insert(path, Entry::File { executable: about.permissions().mode() & 0o111 != 0, place });
        }
    }
    Ok(())
}

/// A path with `/usr` merged.
fn merged(path: &str) -> String {
    let top = path.split('/').next().unwrap_or_default();
    if MERGED.contains(&top) { format!("usr/{path}") } else { path.to_owned() }
}

/// Our part: first process, BusyBox for what has no package here, suites and their programs.
fn overlay(busybox: &Path) -> Result<Vec<u8>> {
    let mut archive = Archive::new();
    archive.character_device("dev/console", 5, 1);
    archive.file("usr/bin/busybox", true, &read(busybox)?);
    archive.file("init", true, &read(&source("init"))?);
    for folder in ["suites", "programs"] {
        archive.directory(folder);
        let mut files: Vec<PathBuf> = fs::read_dir(source(folder))
            .with_context(|| format!("cannot read {}", source(folder).display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.sort();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            archive.file(&format!("{folder}/{name}"), false, &read(&file)?);
        }
    }
    Ok(archive.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_places_move_under_usr() {
        assert_eq!(merged("bin/bash"), "usr/bin/bash");
        assert_eq!(merged("lib"), "usr/lib");
        assert_eq!(merged("usr/bin/perl"), "usr/bin/perl");
        assert_eq!(merged("libexec/x"), "libexec/x");
    }

    #[test]
    fn a_tree_becomes_an_archive_without_what_is_left_out() {
        let tree = tempfile::tempdir().unwrap();
        for folder in ["bin", "usr/share/doc", "usr/share/base-passwd"] {
            fs::create_dir_all(tree.path().join(folder)).unwrap();
        }
        for file in ["bin/one", "usr/share/doc/text", "usr/share/base-passwd/passwd.master"] {
            fs::write(tree.path().join(file), file).unwrap();
        }
        fs::write(tree.path().join("usr/share/base-passwd/group.master"), "root").unwrap();
        fs::hard_link(tree.path().join("bin/one"), tree.path().join("bin/two")).unwrap();
        let bytes = archive(tree.path(), &["usr/share/doc".to_owned()]).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("usr/bin/one\0") && text.contains("usr/bin/two\0") && text.contains("etc/passwd\0"));
        assert!(!text.contains("usr/share/doc"));
        // Content once, its second name a link.
        let linked = text.contains("/usr/bin/two") != text.contains("\0/usr/bin/one");
        assert!(linked, "one of the two names is a link to the other");
    }
}
