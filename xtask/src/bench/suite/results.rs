//! What the suite prints, read and kept.

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;

/// One benchmark's result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    /// Seconds; or, of unit `x`, a figure that is better when it is larger.
    pub(super) value: f64,
    pub(super) unit: String,
    pub(super) checksum: String,
}

impl Figure {
    /// Larger is better.
    pub(super) fn is_rate(&self) -> bool {
        self.unit == "x"
    }
}

/// Results by benchmark.
pub(super) type Figures = BTreeMap<String, Figure>;

/// Reads `bench AREA/NAME VALUE UNIT CHECKSUM`.
pub(super) fn parse(text: &str) -> Result<Figures> {
    let mut figures = Figures::new();
    for line in text.lines() {
        let Some(line) = line.strip_prefix("bench ") else { continue };
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [name, value, unit, checksum] if name.contains('/') => {
                let value = value.parse().with_context(|| format!("no figure: {line}"))?;
                ensure!(value > 0.0, "{name} took no time");
                let figure = Figure { value, unit: unit.to_owned(), checksum: checksum.to_owned() };
                ensure!(figures.insert(name.to_owned(), figure).is_none(), "{name} came twice");
            }
            ["done"] => {}
            _ => bail!("the suite says: {line}"),
        }
    }
    Ok(figures)
}

/// Keeps the best of each; a checksum that changes from one boot to the next is an error.
pub(super) fn keep_best(best: &mut Figures, new: Figures) -> Result<()> {
    for (name, figure) in new {
        match best.get_mut(&name) {
            Some(old) => {
                ensure!(
                    old.checksum == figure.checksum,
                    "{name} computed {} and then {}",
                    old.checksum,
                    figure.checksum
                );
                if if figure.is_rate() { figure.value > old.value } else { figure.value < old.value } {
                    *old = figure;
                }
            }
            None => {
                best.insert(name, figure);
            }
        }
    }
    Ok(())
}

/// Benchmarks of both lists with different checksums, one line each.
pub(super) fn differences(one: (&str, &Figures), other: (&str, &Figures)) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, figure) in one.1 {
        if let Some(theirs) = other.1.get(name)
            && theirs.checksum != figure.checksum
        {
            let ((one, _), (other, _)) = (one, other);
            lines.push(format!("{name}: {one} computes {}, {other} {}", figure.checksum, theirs.checksum));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_complaints_are_errors() {
        let figures = parse("noise\nbench fp/nbody 0.5 s 00ab\nbench cpus/speed-up 1.9 x 01\nbench done\n").unwrap();
        assert_eq!(figures["fp/nbody"], Figure { value: 0.5, unit: "s".into(), checksum: "00ab".into() });
        assert!(figures["cpus/speed-up"].is_rate());
        assert!(parse("bench failed: mmap\n").is_err());
        assert!(parse("bench a/b 0.0 s 1\n").is_err());
        assert!(parse("bench a/b 1 s 1\nbench a/b 1 s 1\n").is_err());
    }

    #[test]
    fn the_best_is_the_shortest_time_and_the_largest_rate() {
        let mut best = parse("bench a/t 2 s 1\nbench a/r 2 x 1\n").unwrap();
        keep_best(&mut best, parse("bench a/t 1 s 1\nbench a/r 1 x 1\n").unwrap()).unwrap();
        assert_eq!((best["a/t"].value, best["a/r"].value), (1.0, 2.0));
        assert!(keep_best(&mut best, parse("bench a/t 1 s 2\n").unwrap()).is_err());
    }

    #[test]
    fn different_checksums_are_named() {
        let (one, other) = (parse("bench a/t 2 s 1\nbench a/u 1 s 1\n"), parse("bench a/t 1 s 2\n"));
        let lines = differences(("vmapple", &one.unwrap()), ("QEMU", &other.unwrap()));
        assert_eq!(lines, ["a/t: vmapple computes 1, QEMU 2"]);
    }
}
