//! From the guest to the host.

use rustix::event::{PollFd, PollFlags, poll};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use vmapple_bus::HostEnd;

/// Takes bytes; may block.
pub(super) trait Sink {
    /// Writes all of it, or fails for good.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()>;
}

impl Sink for File {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }
}

/// Standard output, unbuffered: a prompt has no line end to wait for.
pub(super) struct Stdout;

impl Sink for Stdout {
    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let stdout = io::stdout();
        while !bytes.is_empty() {
            match rustix::io::write(&stdout, bytes) {
                Ok(n) => bytes = &bytes[n.min(bytes.len())..],
                Err(rustix::io::Errno::INTR) => {}
                // Whoever shares our terminal or pipe made it non-blocking.
                Err(rustix::io::Errno::AGAIN) => {
                    poll(&mut [PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::OUT)], None)?;
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

/// Moves output until the machine closes the stream and everything has been written. If the sink fails, says so once and
/// drops the rest: a reader who went away must not stop the guest.
pub(super) fn run(end: &HostEnd, mut sink: impl Sink, room: &dyn Fn()) {
    let mut bytes = Vec::new();
    loop {
        let (more, device_waits) = end.take(&mut bytes);
        if device_waits {
            room();
        }
        if !more {
            return;
        }
        if let Err(e) = sink.put(&bytes) {
            tracing::warn!("serial output cannot be written any more and is dropped: {e}");
            end.abandon();
        }
    }
}
