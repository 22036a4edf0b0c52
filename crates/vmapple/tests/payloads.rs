//! Bare-metal guests on the whole program: the built-in one, and those under `guests/payloads`, each of which says at its
//! top what it proves. They check the machine from inside and end with `NAME: ok` and exit status 0; what they find wrong
//! they print, and report as a panic.

use rustix::process::{Pid, Signal, kill_process};
use std::cell::Cell;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long anything may take, on a busy host and in a build without optimisation.
const PATIENCE: Duration = Duration::from_secs(120);

fn payload(name: &str) -> PathBuf {
    let guests = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../guests/payloads"));
    guests.join(name).join(format!("{name}.bin"))
}

/// A running program, with what it has printed so far.
struct Guest {
    child: Child,
    console: Receiver<Vec<u8>>,
    printed: Vec<u8>,
    messages: Receiver<Vec<u8>>,
    keyboard: Box<dyn Write>,
}

/// Passes on what comes from `from`, chunk by chunk.
fn listen(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (to, chunks) = channel();
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut chunk) {
            if to.send(chunk[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    chunks
}

thread_local! {
    /// The engine that this thread's guests run on.
    static ENGINE: Cell<&'static str> = const { Cell::new("auto") };
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vmapple"));
    command
        .args(["run", "--engine", ENGINE.get()])
        .args(args)
        .env_remove("VMAPPLE_LOG")
        .env("RUST_BACKTRACE", "1")
        .stderr(Stdio::piped());
    command
}

impl Guest {
    /// The built-in guest.
    fn built_in(args: &[&str]) -> Self {
        let mut child = command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self::new(child, stdout, stdin)
    }

    /// A payload.
    fn start(name: &str, args: &[&str]) -> Self {
        let payload = payload(name);
        Self::built_in(&[&["--payload", payload.to_str().unwrap()], args].concat())
    }

    /// A payload on a terminal.
    fn on_terminal(name: &str) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = File::options().read(true).write(true).open(path).unwrap();
        let payload = payload(name);
        let mut command = command(&["--payload", payload.to_str().unwrap()]);
        let child = command.stdin(slave.try_clone().unwrap()).stdout(slave).spawn().unwrap();
        let master = File::from(master);
        Self::new(child, master.try_clone().unwrap(), master)
    }

    fn new(mut child: Child, output: impl Read + Send + 'static, keyboard: impl Write + 'static) -> Self {
        let messages = listen(child.stderr.take().unwrap());
        let (console, printed) = (listen(output), Vec::new());
        Self { child, console, printed, messages, keyboard: Box::new(keyboard) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.printed).into_owned()
    }

    /// Waits until the guest has printed this.
    #[track_caller]
    fn expect(&mut self, what: &str) {
        while !self.text().contains(what) {
            match self.console.recv_timeout(PATIENCE) {
                Ok(chunk) => self.printed.extend(chunk),
                Err(e) => panic!("{e} instead of {what:?} after: {}\n{}", self.text(), self.messages()),
            }
        }
    }

    fn press(&mut self, what: &[u8]) {
        self.keyboard.write_all(what).unwrap();
        self.keyboard.flush().unwrap();
    }

    fn messages(&self) -> String {
        let mut all = Vec::new();
        while let Ok(chunk) = self.messages.recv_timeout(Duration::from_millis(500)) {
            all.extend(chunk);
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Waits for the end. Returns exit status, console output and the program's own messages.
    #[track_caller]
    fn end(mut self) -> (Option<i32>, String, String) {
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begin.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("the program does not end: {}\n{}", self.text(), self.messages());
            }
            // Whoever does not read may be why it cannot end.
            while let Ok(chunk) = self.console.recv_timeout(Duration::from_millis(10)) {
                self.printed.extend(chunk);
            }
        };
        while let Ok(chunk) = self.console.recv_timeout(Duration::from_millis(500)) {
            self.printed.extend(chunk);
        }
        let messages = self.messages();
        assert!(!messages.contains("panicked at"), "{messages}");
        (status.code(), self.text(), messages)
    }

    /// Expects that the payload finds nothing wrong.
    #[track_caller]
    fn passes(self, name: &str) -> String {
        let (status, console, messages) = self.end();
        assert_eq!(status, Some(0), "{console}\n{messages}");
        assert!(console.ends_with(&format!("{name}: ok\r\n")), "{console}\n{messages}");
        console
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

/// The hostile payload, told what to do.
fn hostile(what: &str, args: &[&str]) -> Guest {
    let mut guest = Guest::start("hostile", args);
    guest.expect("hostile: ready\r\n");
    guest.press(what.as_bytes());
    guest.expect(&format!("hostile: {}\r\n", &what[..1]));
    guest
}

/// A guest that has wedged itself ends with exit status 4 when the program is told to stop.
#[track_caller]
fn stopped_by_signal(what: &str) {
    let guest = hostile(what, &["--cpus", "2"]);
    std::thread::sleep(Duration::from_millis(200));
    guest.signal(Signal::TERM);
    let (status, console, messages) = guest.end();
    assert_eq!(status, Some(4), "{console}\n{messages}");
    assert!(messages.contains("vmapple: the VM was stopped"), "{messages}");
}

fn the_built_in_guest_finds_every_device_in_order() {
    for args in [
        &["--cpus", "1"][..],
        &["--cpus", "2", "--cpu", "m2"],
        &["--cpus", "3", "--memory", "256M"],
        &["--cpus", "32", "--memory", "4G"],
    ] {
        let (status, console, messages) = Guest::built_in(args).end();
        assert_eq!(status, Some(0), "{args:?}: {console}\n{messages}");
        assert!(console.contains("All 22 checks passed") && !console.contains("FAILED"), "{args:?}: {console}");
        assert!(console.lines().all(|line| line.chars().count() < 80), "{console}");
        assert_eq!(messages, "", "{args:?}: it is the first thing a user sees");
    }
}

fn the_built_in_guest_knows_when_there_is_no_msi_frame() {
    let (status, console, _) = Guest::built_in(&["--msi", "none"]).end();
    assert_eq!(status, Some(0), "{console}");
    assert!(console.contains("All 21 checks passed") && !console.contains("gic-v2m"), "{console}");
}

fn the_board_answers_as_specified() {
    for cpus in ["1", "6", "7", "32"] {
        Guest::start("board", &["--cpus", cpus]).passes("board");
    }
}

fn the_power_button_reaches_the_guest() {
    let mut guest = Guest::on_terminal("button");
    guest.expect("button: press\r\n");
    guest.press(b"\x01p");
    guest.passes("button");
}

fn a_reset_leaves_nothing_but_ram() {
    let console = Guest::start("reset", &["--cpus", "4"]).passes("reset");
    for boot in 1..=3 {
        assert_eq!(console.matches(&format!("reset: boot {boot}\r\n")).count(), 1, "{console}");
    }
}

fn several_cpus_agree() {
    for cpus in ["2", "4"] {
        Guest::start("smp", &["--cpus", cpus]).passes("smp");
    }
}

fn all_granules_translate() {
    Guest::start("granules", &[]).passes("granules");
}

/// Payloads of counted cases (`guests/kit/cases.h`), each of which says at its top what it proves.
#[track_caller]
fn agrees_in_every_case(name: &str, args: &[&str]) {
    let console = Guest::start(name, args).passes(name);
    assert!(console.contains(" cases\r\n") && !console.contains("deviation"), "{console}");
}

fn table_walks_are_as_the_manual_says() {
    agrees_in_every_case("lookup", &[]);
}

fn permissions_are_as_the_manual_says() {
    agrees_in_every_case("permissions", &[]);
}

fn loads_and_stores_fault_as_the_manual_says() {
    agrees_in_every_case("accesses", &[]);
}

fn exceptions_enter_and_return_as_the_manual_says() {
    agrees_in_every_case("exceptions", &[]);
}

fn el0_is_trapped_as_the_manual_says() {
    agrees_in_every_case("traps", &[]);
}

fn tagged_addresses_are_as_the_manual_says() {
    agrees_in_every_case("tags", &[]);
}

fn invalidated_translations_are_gone() {
    agrees_in_every_case("invalidation", &[]);
}

fn exclusives_and_events_work_between_cpus() {
    agrees_in_every_case("monitors", &["--cpus", "2"]);
}

fn interrupts_have_their_priorities() {
    agrees_in_every_case("priorities", &[]);
}

fn timer_registers_follow_the_counter() {
    agrees_in_every_case("deadlines", &[]);
}

fn a_guest_steps_stops_and_watches_its_own_code() {
    let console = Guest::start("debug", &[]).passes("debug");
    assert!(
        console.contains("debug: version 6, 2 breakpoints, 1 of them with contexts, 2 watchpoints\r\n"),
        "{console}"
    );
}

fn timers_are_on_time_and_masked_when_told() {
    Guest::start("timer", &[]).passes("timer");
}

fn memory_is_ordered_as_the_architecture_says() {
    Guest::start("litmus", &["--cpus", "2"]).passes("litmus");
}

fn hostile_accesses_to_every_address() {
    hostile("s1", &[]).passes("hostile");
}

fn hostile_psci_calls() {
    hostile("p1", &["--cpus", "4"]).passes("hostile");
}

fn hostile_instructions_at_el0() {
    for what in ["e1", "e2", "e3"] {
        hostile(what, &[]).passes("hostile");
    }
}

fn hostile_instructions_at_el1() {
    for seed in 'a'..='f' {
        let guest = hostile(&format!("g{seed}"), &["--cpus", "2"]);
        std::thread::sleep(Duration::from_millis(200));
        guest.signal(Signal::TERM);
        let (status, console, messages) = guest.end();
        // It may end by itself, at an instruction that is not there yet, or by calling PSCI.
        let known = match status {
            Some(0 | 3 | 4) => true,
            Some(1) => messages.contains("does not implement"),
            _ => false,
        };
        assert!(known, "seed {seed}: {status:?} {console}\n{messages}");
    }
}

fn a_guest_that_jumps_to_nowhere_is_stopped() {
    stopped_by_signal("n1");
}

fn a_guest_that_faults_in_its_vectors_is_stopped() {
    stopped_by_signal("v1");
}

fn a_guest_with_translation_tables_in_devices_is_stopped() {
    stopped_by_signal("t1");
}

fn a_guest_that_returns_to_illegal_states_is_stopped() {
    stopped_by_signal("i1");
}

fn a_guest_that_spins_or_sleeps_with_everything_masked_is_stopped() {
    stopped_by_signal("l1");
    stopped_by_signal("w1");
}

fn a_guest_that_floods_its_console_is_stopped() {
    stopped_by_signal("f1");
}

fn a_guest_that_floods_pvpanic_ends_as_panicked() {
    let (status, console, messages) = hostile("x1", &[]).end();
    assert_eq!(status, Some(3), "{console}\n{messages}");
    assert!(messages.lines().count() < 40, "the log grows with the guest's reports: {messages}");
}

/// Makes each function a test on each engine.
macro_rules! on_each_engine {
    ($($test:ident)*) => {
        mod interp {
            $(#[test] fn $test() {
                super::ENGINE.set("interp");
                super::$test();
            })*
        }
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        mod jit {
            $(#[test] fn $test() {
                super::ENGINE.set("jit");
                super::$test();
            })*
        }
    };
}

on_each_engine! {
    the_built_in_guest_finds_every_device_in_order
    the_built_in_guest_knows_when_there_is_no_msi_frame
    the_board_answers_as_specified
    the_power_button_reaches_the_guest
    a_reset_leaves_nothing_but_ram
    several_cpus_agree
    all_granules_translate
    table_walks_are_as_the_manual_says
    permissions_are_as_the_manual_says
    loads_and_stores_fault_as_the_manual_says
    exceptions_enter_and_return_as_the_manual_says
    el0_is_trapped_as_the_manual_says
    tagged_addresses_are_as_the_manual_says
    invalidated_translations_are_gone
    exclusives_and_events_work_between_cpus
    interrupts_have_their_priorities
    timer_registers_follow_the_counter
    a_guest_steps_stops_and_watches_its_own_code
    timers_are_on_time_and_masked_when_told
    memory_is_ordered_as_the_architecture_says
    hostile_accesses_to_every_address
    hostile_psci_calls
    hostile_instructions_at_el0
    hostile_instructions_at_el1
    a_guest_that_jumps_to_nowhere_is_stopped
    a_guest_that_faults_in_its_vectors_is_stopped
    a_guest_with_translation_tables_in_devices_is_stopped
    a_guest_that_returns_to_illegal_states_is_stopped
    a_guest_that_spins_or_sleeps_with_everything_masked_is_stopped
    a_guest_that_floods_its_console_is_stopped
    a_guest_that_floods_pvpanic_ends_as_panicked
}
