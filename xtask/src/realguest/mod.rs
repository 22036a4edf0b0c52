//! Real guests on the real program: each case starts a machine, does what a user would do and checks what a user would see.

use crate::guests::LinuxGuest;
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

mod cases;
pub(crate) mod console;
pub(crate) mod machine;
pub(crate) mod userland;

use console::{Console, Ended};
use machine::{Boot, Machine};

/// What every case gets.
pub(crate) struct Bench {
    /// The machine under test.
    pub(crate) machine: Machine,
    /// The Linux guests, the usual one first.
    pub(crate) guests: Vec<LinuxGuest>,
    /// The initramfs of the Debian userland.
    pub(crate) userland: PathBuf,
}

/// What a case does.
type Steps = Box<dyn Fn(&Bench) -> Result<()>>;

/// One test.
struct Case {
    name: String,
    run: Steps,
}

/// How many cases passed and failed.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

/// Runs the cases whose names contain `filter`, one after the other: several measure time.
pub(crate) fn run(bench: &Bench, filter: &str) -> Tally {
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for case in cases::all(bench) {
        if !case.name.contains(filter) {
            continue;
        }
        let begin = Instant::now();
        let outcome = (case.run)(bench);
        let seconds = begin.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => {
                println!("guest {} ... ok ({seconds:.1} s)", case.name);
                tally.passed += 1;
            }
            Err(error) => {
                println!("guest {} ... FAILED ({seconds:.1} s)", case.name);
                failures.push(format!("guest {}: {error:#}", case.name));
                tally.failed += 1;
            }
        }
    }
    for failure in failures {
        println!("\n{failure}");
    }
    tally
}

impl Bench {
    /// The guest most cases use.
    fn usual(&self) -> Result<&LinuxGuest> {
        self.guests.first().context("no Linux guest")
    }

    /// A boot of the usual guest on a machine of one CPU and 512 MiB, running a test script.
    fn boot(&self, test: &str) -> Result<Boot> {
        let guest = self.usual()?;
        Ok(Boot {
            kernel: guest.kernel.clone(),
            initrd: guest.initrd.clone(),
            command_line: if test.is_empty() { String::new() } else { format!("vmapple.test={test}") },
            cpus: 1,
            model: "m1",
            memory: "512M".to_owned(),
        })
    }

    /// Starts the machine at a terminal.
    fn start(&self, boot: &Boot) -> Result<Console> {
        Console::at_terminal(self.machine.program(), &self.machine.arguments(boot))
    }

    /// Starts the machine with pipes.
    fn start_piped(&self, boot: &Boot) -> Result<Console> {
        Console::with_pipes(self.machine.program(), &self.machine.arguments(boot))
    }

    /// Boots, lets a test script run to the guest's power-off and returns its lines (without `test: `).
    fn script(&self, test: &str, boot: &Boot) -> Result<(Vec<String>, Ended)> {
        let mut console = self.start(boot)?;
        console.expect("vmapple-guest: ready")?;
        let text = console.expect(&format!("vmapple-guest: test {test} exit="))?;
        let status = console.expect("\n")?;
        let lines = lines_for_host(&text);
        if status.trim() != "0" {
            bail!("the guest's test {test} failed: {}", lines.join("; "));
        }
        let ended = console.wait()?.require_status(0)?;
        Ok((lines, ended))
    }
}

/// The lines of a console that start with `test: `, without that.
fn lines_for_host(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_prefix("test: ")).map(str::to_owned).collect()
}

/// Arguments from text.
fn words<const N: usize>(words: [&str; N]) -> Vec<OsString> {
    words.into_iter().map(OsString::from).collect()
}
