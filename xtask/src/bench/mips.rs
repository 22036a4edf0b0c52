//! Instruction rate: the bare-metal payload `guests/bench` times its own kernels with the virtual counter.

use super::{Options, Row};
use crate::cache::Cache;
use crate::guests::bare::{self, Variant};
use crate::realguest::console::Console;
use crate::realguest::machine::{Machine, QEMU_CPU};
use crate::shell::{self, note};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// One kernel's result.
#[derive(Clone, Debug, PartialEq)]
struct Timing {
    checksum: String,
    seconds: f64,
}

/// Results by kernel.
type Timings = BTreeMap<String, Timing>;

/// The payload as QEMU's "virt" machine needs it: the same instructions at other addresses.
fn for_qemu(cache: &Cache) -> Result<PathBuf> {
    let variant = Variant { base: "0x40200000", definitions: &["UART=0x09000000ul", "RAM=0x40000000ul"] };
    bare::build_variant(cache, "bench", "qemu-virt", &variant)
}

fn instructions_file() -> PathBuf {
    shell::root().join("guests/bench/instructions.txt")
}

/// Times every kernel on both machines in turn.
pub(super) fn measure(cache: &Cache, ours: &Machine, peer: &Machine, options: &Options) -> Result<Vec<Row>> {
    let instructions = instructions()?;
    let payload = for_qemu(cache)?;
    let (mut best_ours, mut best_peer) = (Timings::new(), Timings::new());
    for turn in 1..=options.runs {
        note(format!("instruction rate, {turn} of {}", options.runs));
        keep_best(&mut best_ours, run(ours, &payload, options)?)?;
        keep_best(&mut best_peer, run(peer, &payload, options)?)?;
    }
    let mut rows = Vec::new();
    let (mut total, mut total_ours, mut total_peer) = (0.0, 0.0, 0.0);
    for (kernel, &(count, ref checksum)) in &instructions {
        let of = |timings: &Timings| -> Result<f64> {
            let timing = timings.get(kernel).with_context(|| format!("no result of {kernel}"))?;
            ensure!(timing.checksum == *checksum, "{kernel} computed {} instead of {checksum}", timing.checksum);
            Ok(timing.seconds)
        };
        let (ours, peer) = (of(&best_ours)?, of(&best_peer)?);
        total += count;
        total_ours += ours;
        total_peer += peer;
        rows.push(row(&format!("{kernel} ({:.0} M instructions)", count / 1e6), count, ours, peer));
    }
    rows.push(row("all kernels", total, total_ours, total_peer));
    Ok(rows)
}

fn row(name: &str, count: f64, ours: f64, peer: f64) -> Row {
    let mips = |seconds: f64| count / 1e6 / seconds;
    Row { name: name.to_owned(), ours: mips(ours), peer: mips(peer), unit: "MIPS", rate: true }
}

/// Counts instructions with QEMU's instruction counter (one instruction is one nanosecond) and keeps the result.
pub(super) fn count(cache: &Cache, qemu: &Machine) -> Result<()> {
    let arguments = qemu_arguments(&for_qemu(cache)?, &["-icount", "shift=0,sleep=off"]);
    let mut text = String::from("# kernel, instructions, checksum; written by `cargo xtask bench --count`\n");
    for (kernel, timing) in finish(Console::with_pipes(qemu.program(), &arguments)?)? {
        text.push_str(&format!("{kernel} {:.0} {}\n", timing.seconds * 1e9, timing.checksum));
    }
    std::fs::write(instructions_file(), &text)?;
    print!("{text}");
    Ok(())
}

/// Instructions and checksum by kernel.
fn instructions() -> Result<BTreeMap<String, (f64, String)>> {
    let file = instructions_file();
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [kernel, count, checksum] = words[..] else { bail!("{}: bad line: {line}", file.display()) };
            Ok((kernel.to_owned(), (count.parse()?, checksum.to_owned())))
        })
        .collect()
}

fn run(machine: &Machine, qemu_payload: &Path, options: &Options) -> Result<Timings> {
    let arguments: Vec<OsString> = match machine {
        Machine::Qemu(_) => qemu_arguments(qemu_payload, &[]),
        Machine::Vmapple(_) => {
            let payload = shell::root().join("guests/bench/bench.bin");
            let words = ["run", "--serial", "stdio", "--display", "none", "--memory", "512M", "--engine"];
            let mut arguments: Vec<OsString> = words.into_iter().map(OsString::from).collect();
            arguments.extend([OsString::from(&options.engine), "--payload".into(), payload.into()]);
            arguments
        }
    };
    finish(Console::with_pipes(machine.program(), &arguments)?)
}

fn qemu_arguments(payload: &Path, more: &[&str]) -> Vec<OsString> {
    let words = ["-M", "virt", "-cpu", QEMU_CPU, "-m", "512M", "-nic", "none", "-nographic", "-device"];
    let mut arguments: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    arguments.push(format!("loader,file={},cpu-num=0", payload.display()).into());
    arguments.extend(more.iter().map(OsString::from));
    arguments
}

fn finish(mut console: Console) -> Result<Timings> {
    console.expect("bench done\n")?;
    let ended = console.wait()?.require_status(0)?;
    parse(&ended.console)
}

/// Reads `bench frequency=F` and `bench NAME checksum=C ticks=T`.
fn parse(text: &str) -> Result<Timings> {
    let mut frequency = 0.0;
    let mut timings = Timings::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("bench ")) {
        let field = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name));
        if let Some(value) = field("frequency=") {
            frequency = value.parse()?;
        } else if let (Some(checksum), Some(ticks)) = (field("checksum="), field("ticks=")) {
            ensure!(frequency > 0.0, "the payload gave no frequency");
            let kernel = line.split_whitespace().next().unwrap_or_default().to_owned();
            let seconds = ticks.parse::<f64>()? / frequency;
            timings.insert(kernel, Timing { checksum: checksum.to_owned(), seconds });
        }
    }
    Ok(timings)
}

fn keep_best(best: &mut Timings, new: Timings) -> Result<()> {
    for (kernel, timing) in new {
        match best.get_mut(&kernel) {
            Some(old) if old.checksum != timing.checksum => bail!("{kernel} computes a different result each time"),
            Some(old) if old.seconds <= timing.seconds => {}
            _ => {
                best.insert(kernel, timing);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payloads_report_is_read() {
        let timings = parse("x\nbench frequency=1000\nbench crc32 checksum=0a ticks=500\nbench done\n").unwrap();
        assert_eq!(timings["crc32"], Timing { checksum: "0a".into(), seconds: 0.5 });
    }

    #[test]
    fn the_best_of_several_runs_is_kept() {
        let timing = |seconds| Timings::from([("k".to_owned(), Timing { checksum: "0".into(), seconds })]);
        let mut best = timing(2.0);
        keep_best(&mut best, timing(1.0)).unwrap();
        keep_best(&mut best, timing(3.0)).unwrap();
        assert_eq!(best, timing(1.0));
        let other = Timings::from([("k".to_owned(), Timing { checksum: "1".into(), seconds: 1.0 })]);
        assert!(keep_best(&mut best, other).is_err());
    }
}
