//! Whole streams, with a file or a socket at the far end.

use super::*;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::Sender;
use vmapple_bus::ByteStream;

const PATIENCE: Duration = Duration::from_secs(10);

fn hooks(input: Sender<()>) -> Hooks {
    Hooks {
        input: Box::new(move || {
            // The test may have ended.
            let _ = input.send(());
        }),
        room: Box::new(|| {}),
        key: Box::new(|_| {}),
    }
}

fn print(stream: &ByteStream, text: &str) {
    text.bytes().for_each(|b| assert!(stream.send(b)));
}

#[test]
fn options_parse_and_print_back() {
    for s in ["stdio", "null", "file=a=b.log", "unix=/run/x"] {
        assert_eq!(s.parse::<Spec>().unwrap().to_string(), s);
    }
    for s in ["", "file", "file=", "pipe=x", "stdio=1", "Null"] {
        assert_eq!(s.parse::<Spec>(), Err(UnknownSpec::Target), "{s}");
    }
}

#[test]
fn everything_printed_before_the_end_is_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    std::fs::write(&path, "something older and longer").unwrap();
    let stream = ByteStream::new();
    let running = open(&Spec::File(path.clone())).unwrap().start(stream.host_end(), hooks(channel().0)).unwrap();
    let text = "line\n".repeat(2000);
    print(&stream, &text);
    stream.close();
    assert!(running.finish(PATIENCE));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn an_unwritable_file_is_named() {
    let e = open(&Spec::File("/nonexistent/dir/log".into())).unwrap_err().to_string();
    assert!(e.starts_with("--serial file=/nonexistent/dir/log: cannot be written"), "{e}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_does_not_stop_the_guest() {
    let stream = ByteStream::new();
    let running = open(&Spec::File("/dev/full".into())).unwrap().start(stream.host_end(), hooks(channel().0)).unwrap();
    for _ in 0..300_000 {
        while !stream.send(b'x') {
            std::thread::yield_now();
        }
    }
    stream.close();
    assert!(running.finish(PATIENCE));
}

#[test]
fn null_takes_any_amount() {
    let stream = ByteStream::new();
    let running = open(&Spec::Null).unwrap().start(stream.host_end(), hooks(channel().0)).unwrap();
    (0..200_000).for_each(|_| assert!(stream.send(b'x')));
    stream.close();
    assert!(running.finish(PATIENCE));
}

#[test]
fn a_socket_serves_one_client_after_another_and_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tty");
    let stream = ByteStream::new();
    let (tx, rx) = channel();
    let running = open(&Spec::Unix(path.clone())).unwrap().start(stream.host_end(), hooks(tx)).unwrap();
    print(&stream, "boot log");

    let mut first = UnixStream::connect(&path).unwrap();
    let mut seen = [0; 8];
    first.read_exact(&mut seen).unwrap();
    assert_eq!(&seen, b"boot log");
    first.write_all(b"ls").unwrap();
    rx.recv_timeout(PATIENCE).unwrap();
    assert_eq!(stream.receive(), Some(b'l'));
    assert_eq!(stream.receive(), Some(b's'));

    let mut second = UnixStream::connect(&path).unwrap();
    let mut refusal = String::new();
    second.read_to_string(&mut refusal).unwrap();
    assert!(refusal.contains("another client"), "{refusal}");

    drop(first);
    let mut third = loop {
        let mut client = UnixStream::connect(&path).unwrap();
        print(&stream, ".");
        let mut byte = [0];
        // Until the first client's leaving is noticed, others are turned away.
        if client.read_exact(&mut byte).is_ok() && byte == *b"." {
            break client;
        }
    };
    print(&stream, "bye");
    stream.close();
    assert!(running.finish(PATIENCE));
    let mut rest = String::new();
    third.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("bye"), "{rest}");
    assert!(!path.exists());
}

#[test]
fn a_client_that_never_reads_does_not_hold_up_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tty");
    let stream = ByteStream::new();
    let running = open(&Spec::Unix(path.clone())).unwrap().start(stream.host_end(), hooks(channel().0)).unwrap();
    let _client = UnixStream::connect(&path).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let deadline = Instant::now() + PATIENCE;
    let mut full = 0;
    while full < 1000 && Instant::now() < deadline {
        if stream.send(b'x') {
            full = 0;
        } else {
            full += 1;
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    stream.close();
    let begun = Instant::now();
    assert!(!running.finish(Duration::from_millis(100)));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(!path.exists());
}

#[test]
fn what_is_at_the_path_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes");
    std::fs::write(&path, "keep").unwrap();
    assert!(matches!(open(&Spec::Unix(path.clone())), Err(OpenError::Taken { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "keep");
}

#[test]
fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tty");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let _alive = open(&Spec::Unix(path.clone())).unwrap();
    assert!(matches!(open(&Spec::Unix(path.clone())), Err(OpenError::Taken { what: "a socket in use", .. })));
    assert!(path.exists());
}

#[test]
fn the_socket_is_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tty");
    let _socket = open(&Spec::Unix(path.clone())).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn keys_after_a_comma_are_refused_by_name_and_a_doubled_comma_is_a_comma() {
    assert_eq!("file=log,colour=red".parse::<Spec>(), Err(UnknownSpec::Key("colour".into())));
    assert_eq!("stdio,raw".parse::<Spec>(), Err(UnknownSpec::Key("raw".into())));
    assert_eq!("file=a,,b".parse::<Spec>(), Ok(Spec::File("a,b".into())));
}
