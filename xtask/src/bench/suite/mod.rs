//! `cargo xtask bench --suite`: the benchmark guest on both machines, area by area, checksums compared.

use super::Options;
use crate::cache::Cache;
use crate::guests::{self, LinuxGuest, suite::Suite};
use crate::realguest::console::Console;
use crate::realguest::machine::{Boot, Machine};
use crate::shell::{self, note};
use anyhow::{Context, Result};
use memory::Held;
use results::Figures;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

mod areas;
mod memory;
mod results;
mod table;

/// The suite takes minutes; this long means that a machine hangs.
const HANG: Duration = Duration::from_secs(3600);

/// The area whose programs come from the userland guest.
const REAL: &str = "real";

/// What one boot gives.
struct Outcome {
    figures: Figures,
    held: Option<Held>,
}

/// What is known of one machine.
#[derive(Default)]
struct Best {
    figures: Figures,
    /// The largest after any boot with the small programs.
    held: Option<Held>,
}

/// Runs the command.
pub(super) fn run(cache: &Cache, ours: &Machine, peer: &Machine, options: &Options) -> Result<ExitCode> {
    let guest = guests::linux(cache)?.into_iter().next().context("no guest")?;
    let suite = guests::suite::build(cache)?;
    let boots = boots(cache, &guest, &suite, &options.areas)?;
    let (mut best_ours, mut best_peer) = (Best::default(), Best::default());
    for turn in 1..=options.runs {
        for (boot, ram_mib) in &boots {
            for (name, machine, best) in [("vmapple", ours, &mut best_ours), ("QEMU", peer, &mut best_peer)] {
                note(format!("suite on {name}, {turn} of {}", options.runs));
                let outcome = once(machine, boot, *ram_mib, &options.engine).with_context(|| format!("on {name}"))?;
                results::keep_best(&mut best.figures, outcome.figures).with_context(|| format!("on {name}"))?;
                best.held = best.held.max_by_rest(outcome.held);
            }
        }
    }
    let native = native(&suite, &options.areas)?;
    println!(
        "best of {}; ratio: how many times as fast as the peer, QEMU's TCG; host: the same for the host itself",
        options.runs
    );
    print!("{}", table::benchmarks(&best_ours.figures, &best_peer.figures, &native)?);
    print!("{}", table::areas(&best_ours.figures, &best_peer.figures));
    for (name, held) in [("vmapple", best_ours.held), ("peer", best_peer.held)] {
        match held {
            Some(held) => println!("{name}: {}", table::memory(held)),
            None => println!("{name}: memory not measured: this host has no /proc/PID/smaps"),
        }
    }
    let (ours, peer) = (("vmapple", &best_ours.figures), ("QEMU", &best_peer.figures));
    let mut wrong = results::differences(ours, peer);
    wrong.extend(results::differences(ours, ("the host", &native)));
    for line in &wrong {
        println!("WRONG {line}");
    }
    let compared = native.keys().filter(|name| best_ours.figures.contains_key(*name)).count();
    println!("checksums: {} compared, {compared} with the host too, {} wrong", best_ours.figures.len(), wrong.len());
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The boots that the wanted areas need, and how much RAM each has in MiB.
fn boots(cache: &Cache, guest: &LinuxGuest, suite: &Suite, wanted: &[String]) -> Result<Vec<(Boot, u64)>> {
    let boot = |initrd: PathBuf, ram_mib: u64| {
        let mut command_line = "vmapple.test=suite".to_owned();
        if !wanted.is_empty() {
            command_line.push_str(&format!(" vmapple.only={}", wanted.join(",")));
        }
        let memory = format!("{ram_mib}M");
        (Boot { kernel: guest.kernel.clone(), initrd, command_line, cpus: 2, model: "m1", memory }, ram_mib)
    };
    let is_real = |area: &String| area.starts_with(REAL);
    let mut boots = Vec::new();
    if wanted.is_empty() || wanted.iter().any(is_real) {
        let image = guests::userland::build(cache)?;
        boots.push(boot(suite.over(&image, REAL, "suites", "real.sh")?, 2048));
    }
    if wanted.is_empty() || !wanted.iter().all(is_real) {
        boots.push(boot(suite.over(&guest.initrd, "small", "tests", "suite.sh")?, 512));
    }
    Ok(boots)
}

fn once(machine: &Machine, boot: &Boot, ram_mib: u64, engine: &str) -> Result<Outcome> {
    let mut arguments = machine.arguments(boot);
    if !machine.is_stand_in() {
        arguments.extend([OsString::from("--engine"), engine.into()]);
    }
    let mut console = Console::with_pipes(machine.program(), &arguments)?;
    console.expect("vmapple-guest: ready")?;
    let text = console.expect_within("vmapple-guest: bench over", HANG)?;
    // Other hosts than Linux do not tell.
    let held = if cfg!(target_os = "linux") { Some(memory::of(console.process(), ram_mib)?) } else { None };
    console.send("\n")?;
    console.expect("vmapple-guest: test suite exit=0")?;
    console.wait()?.require_status(0)?;
    Ok(Outcome { figures: results::parse(&text)?, held })
}

/// The host's own build, for its checksums.
fn native(suite: &Suite, wanted: &[String]) -> Result<Figures> {
    let text = shell::capture(Command::new(&suite.native).args(wanted))?;
    results::parse(&text)
}

/// The larger of two measurements.
trait Larger {
    fn max_by_rest(self, other: Self) -> Self;
}

impl Larger for Option<Held> {
    fn max_by_rest(self, other: Self) -> Self {
        self.into_iter().chain(other).max_by_key(|held| held.rest)
    }
}
