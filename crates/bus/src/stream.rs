//! A byte stream between a device and the host: two bounded queues.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// Bytes each direction holds before the sender has to wait.
const CAPACITY: usize = 64 * 1024;

#[derive(Debug, Default)]
struct Queues {
    to_host: VecDeque<u8>,
    to_guest: VecDeque<u8>,
    /// The device found `to_host` full and wants to hear of room.
    device_waits: bool,
    /// No one will read `to_host` any more: the device's output is dropped instead of piling up.
    host_gone: bool,
    /// The machine is going away: the host end stops waiting.
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    queues: Mutex<Queues>,
    host: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// The device's end. Never blocks.
#[derive(Clone, Debug, Default)]
pub struct ByteStream {
    shared: Arc<Shared>,
}

/// The host's end, for a backend thread. Blocks where it says so.
#[derive(Clone, Debug)]
pub struct HostEnd {
    shared: Arc<Shared>,
}

impl ByteStream {
    /// A stream with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The end for the host's side.
    pub fn host_end(&self) -> HostEnd {
        HostEnd { shared: self.shared.clone() }
    }

    /// Sends a byte to the host. `false` if the queue is full: the device keeps the byte and gets
    /// [`crate::Event::Output`] when there is room.
    pub fn send(&self, byte: u8) -> bool {
        let mut q = self.shared.lock();
        if q.host_gone {
            return true;
        }
        if q.to_host.len() >= CAPACITY {
            q.device_waits = true;
            return false;
        }
        // The host end waits only while there is nothing: a wake per byte would cost a system call per byte.
        let wake = q.to_host.is_empty();
        q.to_host.push_back(byte);
        drop(q);
        if wake {
            self.shared.host.notify_all();
        }
        true
    }

    /// Takes the next byte from the host, if there is one.
    pub fn receive(&self) -> Option<u8> {
        let mut q = self.shared.lock();
        let full = q.to_guest.len() >= CAPACITY;
        let byte = q.to_guest.pop_front();
        drop(q);
        if full {
            self.shared.host.notify_all();
        }
        byte
    }

    /// Ends every wait of the host end; what is queued for the host can still be taken.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.host.notify_all();
    }
}

impl HostEnd {
    /// Waits for output and takes all of it into `into` (cleared first). Returns `false` when the machine is gone
    /// and everything has been taken. The second flag says that the device waits for room: post it
    /// [`crate::Event::Output`].
    pub fn take(&self, into: &mut Vec<u8>) -> (bool, bool) {
        into.clear();
        let mut q = self.shared.lock();
        while q.to_host.is_empty() && !q.closed {
            q = self.shared.host.wait(q).unwrap_or_else(|e| e.into_inner());
        }
        into.extend(q.to_host.drain(..));
        let waits = std::mem::take(&mut q.device_waits);
        (!(q.closed && into.is_empty()), waits)
    }

    /// Queues input for the guest, waiting for room; post [`crate::Event::Input`] after it. Returns `false` when the
    /// machine is gone.
    pub fn give(&self, bytes: &[u8]) -> bool {
        let mut q = self.shared.lock();
        for b in bytes {
            while q.to_guest.len() >= CAPACITY && !q.closed {
                q = self.shared.host.wait(q).unwrap_or_else(|e| e.into_inner());
            }
            if q.closed {
                return false;
            }
            q.to_guest.push_back(*b);
        }
        true
    }

    /// Queues what fits without waiting; returns how many bytes were taken.
    pub fn try_give(&self, bytes: &[u8]) -> usize {
        let mut q = self.shared.lock();
        let n = bytes.len().min(CAPACITY - q.to_guest.len());
        q.to_guest.extend(&bytes[..n]);
        n
    }

    /// Says that nobody reads the guest's output any more; it is dropped from now on.
    pub fn abandon(&self) {
        let mut q = self.shared.lock();
        q.host_gone = true;
        q.to_host.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_bounded_and_the_device_hears_of_room() {
        let s = ByteStream::new();
        for _ in 0..CAPACITY {
            assert!(s.send(b'x'));
        }
        assert!(!s.send(b'y'));
        let mut out = vec![];
        assert_eq!(s.host_end().take(&mut out), (true, true));
        assert_eq!(out.len(), CAPACITY);
        assert!(s.send(b'y'));
    }

    #[test]
    fn a_closed_stream_gives_what_is_left_then_ends() {
        let s = ByteStream::new();
        s.send(b'a');
        s.close();
        let mut out = vec![];
        assert_eq!(s.host_end().take(&mut out), (true, false));
        assert_eq!(out, b"a");
        assert_eq!(s.host_end().take(&mut out), (false, false));
        assert!(!s.host_end().give(b"late"));
    }

    #[test]
    fn input_arrives_in_order() {
        let s = ByteStream::new();
        assert_eq!(s.host_end().try_give(b"hi"), 2);
        assert_eq!([s.receive(), s.receive(), s.receive()], [Some(b'h'), Some(b'i'), None]);
    }
}
