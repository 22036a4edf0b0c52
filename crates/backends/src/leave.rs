//! What has to be undone even when the program ends without unwinding.

use crate::terminal;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// Socket files this process made and has not removed yet, with the inode that proves they are ours.
static SOCKETS: Mutex<Vec<(PathBuf, u64)>> = Mutex::new(Vec::new());

fn sockets() -> MutexGuard<'static, Vec<(PathBuf, u64)>> {
    SOCKETS.lock().unwrap_or_else(|e| e.into_inner())
}

fn inode(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::symlink_metadata(path).ok().map(|m| m.ino())
}

/// A socket file that is removed when this is dropped, unless someone else has put another in its place.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
}

impl SocketFile {
    /// Takes charge of a socket file just made at `path`.
    pub(crate) fn adopt(path: &Path) -> Self {
        if let Some(inode) = inode(path) {
            sockets().push((path.to_owned(), inode));
        }
        Self { path: path.to_owned() }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let mut all = sockets();
        while let Some(at) = all.iter().position(|(p, _)| *p == self.path) {
            remove(all.swap_remove(at));
        }
    }
}

fn remove((path, ours): (PathBuf, u64)) {
    if inode(&path) == Some(ours) {
        // Nothing can be done about a failure here, and nothing depends on it.
        let _ = std::fs::remove_file(path);
    }
}

/// Restores the terminal and removes socket files: for a caller about to end the process without unwinding.
///
/// Harmless when there is nothing to undo, and when called twice.
pub fn leave_nothing_behind() {
    terminal::restore();
    let all = std::mem::take(&mut *sockets());
    all.into_iter().for_each(remove);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_longer_ours_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("s"), dir.path().join("other"));
        std::fs::write(&path, "ours").unwrap();
        std::fs::write(&other, "theirs").unwrap();
        let file = SocketFile::adopt(&path);
        std::fs::rename(&other, &path).unwrap();
        drop(file);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs");
    }

    #[test]
    fn our_own_file_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        std::fs::write(&path, "").unwrap();
        drop(SocketFile::adopt(&path));
        assert!(!path.exists());
    }
}
