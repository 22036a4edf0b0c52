//! `cargo xtask bench`: how fast the machine is, beside a peer measured in the same minutes.

use crate::cache::Cache;
use crate::realguest::machine::Machine;
use crate::{guests, qemu, test};
use anyhow::{Context, Result};
use std::process::ExitCode;

mod boot;
mod mips;
mod suite;

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measurements of each thing; the best one counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Only the instruction rate
    #[arg(long, conflicts_with = "boot")]
    mips: bool,
    /// Only the boot time
    #[arg(long)]
    boot: bool,
    /// Instead: the benchmark guest (guests/suite), area by area, every checksum compared
    #[arg(long, conflicts_with_all = ["mips", "boot", "count"])]
    suite: bool,
    /// Of the suite only these areas (or beginnings of benchmarks' names), separated by commas
    #[arg(long, requires = "suite", value_delimiter = ',')]
    areas: Vec<String>,
    /// CPU engine of our machine
    #[arg(long, default_value = "auto")]
    engine: String,
    /// Instead: count the instructions of the benchmark's kernels with QEMU and write guests/bench/instructions.txt
    #[arg(long)]
    count: bool,
    /// Measure QEMU against itself, to check the measurement
    #[arg(long)]
    stand_in: bool,
}

/// One measured thing: ours beside the peer's.
struct Row {
    name: String,
    ours: f64,
    peer: f64,
    unit: &'static str,
    /// More is better (a rate); otherwise less is (a time).
    rate: bool,
}

impl Row {
    /// How much better than the peer: above 1 is better.
    fn ratio(&self) -> f64 {
        if self.rate { self.ours / self.peer } else { self.peer / self.ours }
    }
}

/// Runs the command.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let cache = Cache::open()?;
    let peer = Machine::Qemu(qemu::system()?.program);
    if options.count {
        mips::count(&cache, &peer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let ours = if options.stand_in {
        Machine::Qemu(peer.program().clone())
    } else {
        Machine::Vmapple(test::release_program()?)
    };
    if options.suite {
        return suite::run(&cache, &ours, &peer, options);
    }
    let mut rows = Vec::new();
    if !options.boot {
        rows.extend(mips::measure(&cache, &ours, &peer, options)?);
    }
    if !options.mips {
        let guests = guests::linux(&cache)?;
        rows.extend(boot::measure(guests.first().context("no guest")?, &ours, &peer, options)?);
    }
    // What is worst comes first.
    rows.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
    println!("best of {}; ratio: how many times better than the peer, QEMU's TCG", options.runs);
    println!("{:<42} {:>10} {:>10} {:>6} {:>7}", "", "vmapple", "peer", "", "ratio");
    for row in rows {
        println!("{:<42} {:>10.2} {:>10.2} {:>6} {:>7.2}", row.name, row.ours, row.peer, row.unit, row.ratio());
    }
    Ok(ExitCode::SUCCESS)
}
