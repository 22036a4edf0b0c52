//! Time from starting the program until Linux's first process says something.

use super::{Options, Row};
use crate::guests::LinuxGuest;
use crate::realguest::console::Console;
use crate::realguest::machine::{Boot, Machine};
use crate::shell::note;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    /// User and system time of all threads.
    cpu: Duration,
}

/// Boots on both machines in turn.
pub(super) fn measure(guest: &LinuxGuest, ours: &Machine, peer: &Machine, options: &Options) -> Result<Vec<Row>> {
    let boot = Boot {
        kernel: guest.kernel.clone(),
        initrd: guest.initrd.clone(),
        command_line: String::new(),
        cpus: 1,
        model: "m1",
        memory: "512M".to_owned(),
    };
    let mut costs = Vec::new();
    for turn in 1..=options.runs {
        note(format!("boot of Linux {}, {turn} of {}", guest.name, options.runs));
        costs.push((once(ours, &boot, &options.engine)?, once(peer, &boot, "")?));
    }
    let best = |pick: fn(&(Cost, Cost)) -> Duration| {
        costs.iter().map(pick).min().map(|time| time.as_secs_f64()).context("nothing measured")
    };
    let name = |what: &str| format!("Linux {} to first process, {what}", guest.name);
    Ok(vec![
        Row { name: name("CPU time"), ours: best(|c| c.0.cpu)?, peer: best(|c| c.1.cpu)?, unit: "s", rate: false },
        Row { name: name("elapsed"), ours: best(|c| c.0.wall)?, peer: best(|c| c.1.wall)?, unit: "s", rate: false },
    ])
}

fn once(machine: &Machine, boot: &Boot, engine: &str) -> Result<Cost> {
    let mut arguments = machine.arguments(boot);
    if !machine.is_stand_in() {
        arguments.extend([OsString::from("--engine"), engine.into()]);
    }
    let begin = Instant::now();
    let mut console = Console::with_pipes(machine.program(), &arguments)?;
    console.expect("vmapple-guest: first process")?;
    let wall = begin.elapsed();
    // Where the host does not tell processor time, elapsed time stands in for it.
    let cpu = console.cpu_time().unwrap_or(wall);
    Ok(Cost { wall, cpu })
}
