//! The terminal is as it was after every way out. Each case starts this program again as a child on a pseudo-terminal of
//! its own, with a guest that echoes, and types.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OutputModes, tcgetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const CHILD: &str = "VMAPPLE_TERMINAL_TEST_CHILD";
const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    if std::env::var_os(CHILD).is_some() {
        std::process::exit(child::run());
    }
    for (name, case) in CASES {
        case();
        eprintln!("terminal: {name} ... ok");
    }
}

const CASES: [(&str, fn()); 7] = [
    ("typing reaches the guest and Ctrl-A x restores the terminal", stopped_by_key),
    ("the guest's end restores the terminal after its last words", ended_by_guest),
    ("a signal restores the terminal", || signalled(rustix::process::Signal::TERM)),
    ("a hang-up restores the terminal", || signalled(rustix::process::Signal::HUP)),
    ("a second signal leaves at once and restores the terminal", signalled_twice),
    ("a panic restores the terminal and is readable", panicked),
    ("a deaf guest does not make Ctrl-A x deaf", deaf_guest),
];

/// A user at a terminal with the program running.
struct User {
    master: File,
    slave: File,
    child: Child,
    screen: Receiver<Vec<u8>>,
    seen: Vec<u8>,
}

impl User {
    fn start() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = File::options().read(true).write(true).open(name).unwrap();
        assert!(!is_raw(&slave));
        let end = || slave.try_clone().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .env(CHILD, "1")
            .env_remove("RUST_BACKTRACE")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let master = File::from(master);
        let (tx, screen) = channel();
        let mut reader = master.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || tx.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let mut user = Self { master, slave, child, screen, seen: Vec::new() };
        user.sees("ready\r\n");
        assert!(is_raw(&user.slave));
        user
    }

    fn types(&mut self, keys: &[u8]) {
        self.master.write_all(keys).unwrap();
    }

    fn sees(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !String::from_utf8_lossy(&self.seen).contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(_) => panic!("no {text:?} in {:?}", String::from_utf8_lossy(&self.seen)),
            }
        }
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Waits for the program's end and checks the terminal.
    fn leaves(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(!is_raw(&self.slave), "left raw; {:?}", String::from_utf8_lossy(&self.seen));
                return status;
            }
            assert!(Instant::now() < deadline, "does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // Only matters when a check failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_raw(terminal: &File) -> bool {
    let modes = tcgetattr(terminal).unwrap();
    let input = modes.local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
    let output = modes.output_modes.contains(OutputModes::OPOST);
    assert_eq!(input, output, "half raw");
    !input
}

fn stopped_by_key() {
    let mut user = User::start();
    user.types(b"hello\x03\x01\x01");
    user.sees("hello\x03\x01");
    user.types(b"\x01p");
    user.sees("power button\r\n");
    user.types(b"\x01x");
    assert_eq!(user.leaves().code(), Some(4));
}

fn ended_by_guest() {
    let mut user = User::start();
    user.types(b"Q");
    assert_eq!(user.leaves().code(), Some(0));
    user.sees("bye");
}

fn signalled(signal: rustix::process::Signal) {
    let mut user = User::start();
    user.signal(signal);
    assert_eq!(user.leaves().code(), Some(4));
}

fn signalled_twice() {
    let mut user = User::start();
    user.types(b"D");
    user.sees("deaf");
    user.signal(rustix::process::Signal::TERM);
    user.sees("asked\r\n");
    user.signal(rustix::process::Signal::TERM);
    assert_eq!(user.leaves().code(), Some(5));
}

fn panicked() {
    let mut user = User::start();
    user.types(b"P");
    user.sees("on purpose\r\n");
    assert_eq!(user.leaves().code(), Some(101));
}

fn deaf_guest() {
    let mut user = User::start();
    user.types(b"D");
    user.sees("deaf");
    for _ in 0..100 {
        user.types(&[b'x'; 1000]);
    }
    user.types(b"\x01x");
    // A deaf guest never ends by itself: the key is seen and asks, then insists.
    user.sees("asked\r\n");
    user.types(b"\x01x");
    assert_eq!(user.leaves().code(), Some(5));
}

/// The program under test, as `vmapple run` uses the crate, with an echo for a guest.
mod child {
    use std::io::Write;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;
    use vmapple_backends::serial::{self, Hooks, HostKey, Spec};
    use vmapple_backends::signals::Watch;
    use vmapple_backends::{leave_nothing_behind, terminal};
    use vmapple_bus::ByteStream;

    fn say(text: &str) {
        terminal::messages().write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    pub(super) fn run() -> i32 {
        let stream = ByteStream::new();
        let stop = Arc::new(AtomicBool::new(false));
        let ask = {
            let stop = stop.clone();
            Arc::new(move || {
                if stop.swap(true, Ordering::SeqCst) {
                    leave_nothing_behind();
                    std::process::exit(5);
                }
                say("asked");
            })
        };
        let (by_signal, by_key) = (ask.clone(), ask);
        let _signals = Watch::start(move |_| by_signal()).unwrap();
        let hooks = Hooks {
            input: Box::new(|| {}),
            room: Box::new(|| {}),
            key: Box::new(move |key| match key {
                HostKey::Stop => by_key(),
                HostKey::PowerButton => say("power button"),
                HostKey::Help => say(serial::HELP),
            }),
        };
        let running = serial::open(&Spec::Stdio).unwrap().start(stream.host_end(), hooks).unwrap();
        say("ready");
        let status = guest(&stream, &stop);
        stream.close();
        assert!(running.finish(Duration::from_secs(5)));
        status
    }

    /// Echoes; Q powers off, P panics, D stops listening (to anything).
    fn guest(stream: &ByteStream, stop: &AtomicBool) -> i32 {
        loop {
            match stream.receive() {
                _ if stop.load(Ordering::SeqCst) => return 4,
                Some(b'Q') => {
                    b"bye".iter().for_each(|b| assert!(stream.send(*b)));
                    return 0;
                }
                Some(b'P') => panic!("on purpose"),
                Some(b'D') => {
                    b"deaf".iter().for_each(|b| assert!(stream.send(*b)));
                    loop {
                        std::thread::sleep(Duration::from_secs(1));
                    }
                }
                Some(b) => assert!(stream.send(b)),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}
