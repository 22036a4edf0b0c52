//! The kernel's own log: nothing a correct board would not cause.

use super::super::{Bench, Case};
use super::add as case;
use anyhow::{Context, Result, ensure};

/// Messages of level "warning" and above that are not about the board, and why they are there.
const ALLOWED: [(&str, &str); 4] = [
    ("hrtimer: interrupt took", "the host had other work for its CPUs than ours"),
    ("vmapple_pvpanic: loading out-of-tree module taints kernel", "our pvpanic driver is not part of Debian's kernel"),
    ("vmapple_pvpanic: module verification failed", "our pvpanic driver is not signed with Debian's key"),
    ("disabling lockdep", "follows from loading a module from outside the tree"),
];

/// The same for the stand-in machine only.
const ALLOWED_OF_STAND_IN: [(&str, &str); 2] = [
    ("Memory resource size exceeds max for 32 bits", "it has a 64-bit PCI window"),
    ("cacheinfo: Unable to detect cache hierarchy", "its device tree does not describe caches"),
];

/// Text that is wrong at any level.
const NEVER: [&str; 7] =
    ["Unexpected", "unexpected", "rcu_sched self-detected", "detected stalls", "BUG:", "Oops", "WARNING:"];

pub(super) fn add(cases: &mut Vec<Case>, bench: &Bench) {
    for (index, guest) in bench.guests.iter().enumerate() {
        case(cases, format!("linux {} logs no warning", guest.name), move |bench| clean(bench, index, 2));
    }
    case(cases, "linux logs no warning on 8 CPUs", |bench| clean(bench, 0, 8));
}

fn clean(bench: &Bench, index: usize, cpus: u32) -> Result<()> {
    let guest = bench.guests.get(index).context("no such guest")?;
    let mut boot = bench.boot("warnings")?;
    boot.kernel.clone_from(&guest.kernel);
    boot.initrd.clone_from(&guest.initrd);
    boot.cpus = cpus;
    let (lines, ended) = bench.script("warnings", &boot)?;
    let end = lines.iter().any(|line| line == "end of log");
    ensure!(end, "the log is cut off");
    let of_stand_in = if bench.machine.is_stand_in() { &ALLOWED_OF_STAND_IN[..] } else { &[] };
    let allowed = [&ALLOWED[..], of_stand_in].concat();
    let bad: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("log "))
        .filter(|line| !allowed.iter().any(|(allowed, _)| line.contains(allowed)))
        .chain(ended.console.lines().filter(|line| NEVER.iter().any(|never| line.contains(never))))
        .collect();
    ensure!(bad.is_empty(), "{} lines that a correct board does not cause:\n  {}", bad.len(), bad.join("\n  "));
    Ok(())
}
