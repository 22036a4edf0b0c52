//! A serial port on a Unix socket: one client at a time.
//!
//! While nobody is connected the newest 64 KiB of output are kept and given to the next client, so that connecting
//! after a boot shows how it went; older output is dropped, and the guest never waits for a client that is not there.

use super::output::Sink;
use super::{CHUNK, OpenError, input};
use crate::leave::SocketFile;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketType};
use std::collections::VecDeque;
use std::fs::Permissions;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use vmapple_bus::HostEnd;

/// Output kept for the next client.
const BACKLOG: usize = 64 * 1024;

#[derive(Debug, Default)]
struct State {
    client: Option<Arc<UnixStream>>,
    backlog: VecDeque<u8>,
}

/// The listening socket.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    state: Arc<Mutex<State>>,
}

/// Makes the socket, for this user only. A socket that nobody listens on any more (left by a crash) is replaced.
pub(super) fn listen(path: &Path) -> Result<(Listener, SocketFile), OpenError> {
    let refuse = |why: io::Error| OpenError::Unix { path: path.to_owned(), why };
    let taken = |what| OpenError::Taken { path: path.to_owned(), what };
    let address = SocketAddrUnix::new(path).map_err(|e| refuse(e.into()))?;
    if let Ok(there) = std::fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            return Err(taken("a file that is not a socket"));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(taken("a socket in use"));
        }
        std::fs::remove_file(path).map_err(refuse)?;
    }
    let socket = net::socket(AddressFamily::UNIX, SocketType::STREAM, None).map_err(|e| refuse(e.into()))?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC).map_err(|e| refuse(e.into()))?;
    net::bind(&socket, &address).map_err(|e| refuse(e.into()))?;
    let file = SocketFile::adopt(path);
    // Before `listen`, so that nobody else can have connected yet: a serial console is often a root shell.
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(refuse)?;
    net::listen(&socket, 1).map_err(|e| refuse(e.into()))?;
    Ok((Listener { socket: UnixListener::from(socket), state: Arc::default() }, file))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(|e| e.into_inner())
}

impl Listener {
    /// The writer's share of it.
    pub(super) fn peer(&self) -> Peer {
        Peer { state: self.state.clone() }
    }

    /// Accepts clients, one after the other, and passes on what they send, until woken.
    pub(super) fn serve(&self, woken: &OwnedFd, end: &HostEnd, input: &dyn Fn()) {
        while input::readable(self.socket.as_fd(), woken) {
            match self.socket.accept() {
                Ok((client, _)) => self.converse(client, woken, end, input),
                Err(e) => {
                    tracing::warn!("a serial client could not be accepted: {e}");
                    // Out of descriptors, most likely: it would fail again at once.
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        }
        lock(&self.state).client = None;
    }

    fn converse(&self, client: UnixStream, woken: &OwnedFd, end: &HostEnd, input: &dyn Fn()) {
        let client = Arc::new(client);
        {
            // With the lock held, so that new output waits behind the old.
            let mut state = lock(&self.state);
            let _ = client.set_write_timeout(Some(Duration::from_secs(1)));
            let backlog: Vec<u8> = state.backlog.drain(..).collect();
            if (&*client).write_all(&backlog).is_err() || client.set_write_timeout(None).is_err() {
                return;
            }
            state.client = Some(client.clone());
        }
        let mut buffer = [0; CHUNK];
        while self.wait(&client, woken) {
            match (&*client).read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    if !end.give(&buffer[..n]) {
                        break;
                    }
                    input();
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        lock(&self.state).client = None;
    }

    /// Waits for input from the client, turning others away meanwhile. `false` when woken.
    fn wait(&self, client: &UnixStream, woken: &OwnedFd) -> bool {
        loop {
            let mut fds = [client.as_fd(), woken.as_fd(), self.socket.as_fd()]
                .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
            match poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return false,
                Ok(_) => {}
            }
            if !fds[1].revents().is_empty() {
                return false;
            }
            if !fds[2].revents().is_empty()
                && let Ok((mut other, _)) = self.socket.accept()
            {
                let _ = other.write_all(b"vmapple: another client is connected to this serial port\r\n");
            }
            if !fds[0].revents().is_empty() {
                return true;
            }
        }
    }
}

/// Writes to whoever is connected.
pub(super) struct Peer {
    state: Arc<Mutex<State>>,
}

impl Sink for Peer {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let client = {
            let mut state = lock(&self.state);
            if state.client.is_none() {
                state.backlog.extend(bytes);
                let excess = state.backlog.len().saturating_sub(BACKLOG);
                state.backlog.drain(..excess);
            }
            state.client.clone()
        };
        if let Some(client) = client
            && (&*client).write_all(bytes).is_err()
        {
            // It hung up; the reading side notices and waits for the next.
            let _ = client.shutdown(std::net::Shutdown::Both);
        }
        Ok(())
    }
}
