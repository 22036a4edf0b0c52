//! From standard input to the guest.

use super::CHUNK;
use super::escape::{Escape, HostKey};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use vmapple_bus::HostEnd;

/// Waits until `fd` is readable. `false` when the wake pipe was closed instead.
pub(super) fn readable(fd: BorrowedFd<'_>, woken: &OwnedFd) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::IN), PollFd::from_borrowed_fd(woken.as_fd(), PollFlags::IN)];
    loop {
        match poll(&mut fds, None) {
            Err(Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => return fds[1].revents().is_empty(),
        }
    }
}

/// Reads standard input once; `None` at its end.
fn read(woken: &OwnedFd, buffer: &mut [u8; CHUNK]) -> Option<usize> {
    let stdin = io::stdin();
    while readable(stdin.as_fd(), woken) {
        match rustix::io::read(&stdin, &mut buffer[..]) {
            Ok(0) => return None,
            Ok(n) => return Some(n),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(e) => {
                tracing::debug!("standard input ends: {e}");
                return None;
            }
        }
    }
    None
}

/// A pipe or file: every byte is the guest's, none is lost, and the end of it only ends input.
pub(super) fn plain(woken: &OwnedFd, end: &HostEnd, input: &dyn Fn()) {
    let mut buffer = [0; CHUNK];
    while let Some(n) = read(woken, &mut buffer) {
        if !end.give(&buffer[..n]) {
            return;
        }
        input();
    }
}

/// A raw terminal: escape keys are ours. Input beyond the stream's 64 KiB is lost, as on a real line, because
/// waiting for a guest that reads nothing would make the keys that stop it deaf.
pub(super) fn terminal(woken: &OwnedFd, end: &HostEnd, input: &dyn Fn(), key: &dyn Fn(HostKey)) {
    let (mut buffer, mut escape, mut guest) = ([0; CHUNK], Escape::default(), Vec::new());
    while let Some(n) = read(woken, &mut buffer) {
        guest.clear();
        escape.filter(&buffer[..n], &mut guest).into_iter().for_each(key);
        if end.try_give(&guest) < guest.len() {
            tracing::warn!("the guest reads no input; some of what was typed is lost");
        }
        if !guest.is_empty() {
            input();
        }
    }
}
