//! The suite's report.

use super::areas::{self, AREAS};
use super::memory::Held;
use super::results::{Figure, Figures};
use anyhow::{Context, Result};
use std::fmt::Write;

/// How many times as fast ours is; of an absolute figure, the figure itself.
fn ratio(name: &str, ours: &Figure, peer: &Figure) -> f64 {
    if areas::of(name).is_some_and(|area| area.absolute) {
        ours.value
    } else if ours.is_rate() {
        ours.value / peer.value
    } else {
        peer.value / ours.value
    }
}

/// Every benchmark, what is worst first. The last column says how many times as fast as the peer the host itself is, where it
/// runs the same source: the room there is.
pub(super) fn benchmarks(ours: &Figures, peer: &Figures, native: &Figures) -> Result<String> {
    let mut rows = Vec::new();
    for (name, figure) in ours {
        let theirs = peer.get(name).with_context(|| format!("the peer has no {name}"))?;
        areas::of(name).with_context(|| format!("{name} is in no area"))?;
        rows.push((ratio(name, figure, theirs), name, figure, theirs));
    }
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut text = String::new();
    writeln!(text, "{:<26} {:>10} {:>10} {:>2} {:>7} {:>7}", "", "vmapple", "peer", "", "ratio", "host")?;
    for (ratio_of_ours, name, ours, peer) in rows {
        write!(text, "{name:<26} {:>10.4} {:>10.4} {:>2} {ratio_of_ours:>7.2}", ours.value, peer.value, ours.unit)?;
        match native.get(name) {
            Some(host) => writeln!(text, " {:>7.2}", ratio(name, host, peer))?,
            None => writeln!(text)?,
        }
    }
    Ok(text)
}

/// Every measured area, the one farthest from what is asked of it first.
pub(super) fn areas(ours: &Figures, peer: &Figures) -> String {
    let mut rows = Vec::new();
    for area in &AREAS {
        let ratios: Vec<f64> = ours
            .iter()
            .filter(|(name, _)| areas::of(name).is_some_and(|of| of.name == area.name))
            .filter_map(|(name, figure)| Some(ratio(name, figure, peer.get(name)?)))
            .collect();
        if ratios.is_empty() {
            continue;
        }
        let mean = areas::geometric_mean(&ratios);
        let worst = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let line = format!(
            "{:<26} {mean:>8.2} {worst:>8.2} {:>9.1} {:>6.1} {}\n",
            area.name,
            area.at_least,
            area.aim,
            area.verdict(&ratios)
        );
        rows.push((mean / area.at_least, line));
    }
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let head = format!("\n{:<26} {:>8} {:>8} {:>9} {:>6}\n", "area", "mean", "worst", "at least", "aim");
    rows.into_iter().fold(head, |text, (_, line)| text + &line)
}

/// Memory, in MiB.
pub(super) fn memory(held: Held) -> String {
    let mib = |kib: u64| kib as f64 / 1024.0;
    format!(
        "{:.1} MiB beside {:.1} MiB of guest RAM in use ({:.1} MiB of it anonymous); most resident at any time {:.1} MiB",
        mib(held.rest),
        mib(held.ram),
        mib(held.anonymous),
        mib(held.peak)
    )
}

#[cfg(test)]
mod tests {
    use super::super::results::parse;
    use super::*;

    #[test]
    fn the_worst_comes_first_and_a_missing_one_is_an_error() {
        let ours = parse("bench fp/a 1 s 1\nbench fp/b 1 s 1\nbench cpus/c 1.9 x 1\n").unwrap();
        let peer = parse("bench fp/a 20 s 1\nbench fp/b 5 s 1\nbench cpus/c 2.5 x 1\n").unwrap();
        let native = parse("bench fp/b 0.5 s 1\n").unwrap();
        let text = benchmarks(&ours, &peer, &native).unwrap();
        assert!(text.lines().any(|line| line.starts_with("fp/b ") && line.ends_with("5.00   10.00")), "{text}");
        let names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, ["cpus/c", "fp/b", "fp/a"]);
        let areas = areas(&ours, &peer);
        assert!(areas.contains("fp ") && areas.contains("10.00     5.00") && areas.trim_end().ends_with("ok"));
        assert!(benchmarks(&ours, &parse("").unwrap(), &native).is_err());
    }
}
