//! Clocks, and what an idle guest costs.

use super::super::{Bench, Case};
use super::add as case;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(super) fn add(cases: &mut Vec<Case>) {
    case(cases, "the clock follows the host's, every CPU busy", drift);
    case(cases, "idle CPUs cost no host time", idle);
}

fn drift(bench: &Bench) -> Result<()> {
    let mut boot = bench.boot("clock")?;
    boot.cpus = 2;
    let mut console = bench.start(&boot)?;
    let mut samples = Vec::new();
    for _ in 0..21 {
        let (line, when) = console.expect_line("test: clock ")?;
        samples.push((reading(&line, "uptime=")?, reading(&line, "now=")?, when, SystemTime::now()));
    }
    // Guest minus host of each sample, relative to the first; a line can only come late, so the least delayed samples
    // of each end are the ones to compare.
    let first_host: Instant = samples.first().context("no samples")?.2;
    let offset = |(uptime, _, when, _): &(f64, f64, Instant, SystemTime)| uptime - (*when - first_host).as_secs_f64();
    let best = |part: &[(f64, f64, Instant, SystemTime)]| part.iter().map(offset).fold(f64::NEG_INFINITY, f64::max);
    let (begin, end) = samples.split_at(samples.len() / 2);
    let drift = best(end) - best(begin);
    let span = (samples.last().context("no samples")?.2 - first_host).as_secs_f64();
    ensure!(drift.abs() < 0.05, "the guest's clock drifts {:.0} ms in {span:.0} s", drift * 1000.0);
    for (_, guest, _, host) in &samples {
        let host = host.duration_since(UNIX_EPOCH)?.as_secs_f64();
        ensure!((guest - host).abs() < 3.0, "the guest's time is {guest}, the host's {host:.1}");
    }
    console.expect("vmapple-guest: test clock exit=0")?;
    console.wait()?.require_status(0)?;
    Ok(())
}

fn reading(line: &str, name: &str) -> Result<f64> {
    line.split_whitespace()
        .find_map(|word| word.strip_prefix(name)?.parse().ok())
        .with_context(|| format!("no {name} in: {line}"))
}

fn idle(bench: &Bench) -> Result<()> {
    let mut boot = bench.boot("")?;
    boot.cpus = 4;
    let mut console = bench.start(&boot)?;
    console.expect("guest# ")?;
    // Late work of the boot.
    std::thread::sleep(Duration::from_secs(3));
    let Some(before) = console.cpu_time() else { return Ok(()) };
    let begin = Instant::now();
    std::thread::sleep(Duration::from_secs(5));
    let used = console.cpu_time().context("no processor time")?.saturating_sub(before).as_secs_f64();
    let share = used / begin.elapsed().as_secs_f64();
    // Linux without work still takes a few timer interrupts a second.
    ensure!(share < 0.10, "an idle guest of 4 CPUs uses {:.0} % of a host CPU", share * 100.0);
    console.send("poweroff -f\r")?;
    console.wait()?.require_status(0)?;
    Ok(())
}
