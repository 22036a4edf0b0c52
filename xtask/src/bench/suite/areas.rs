//! The areas of the suite, and what our machine is asked for in each.

/// What is asked of an area: how many times as fast as the peer our machine is.
pub(super) struct Area {
    /// The part of a benchmark's name before the slash.
    pub(super) name: &'static str,
    /// What the figures must reach, as the geometric mean of the area's ratios.
    pub(super) at_least: f64,
    /// What is hoped for.
    pub(super) aim: f64,
    /// What no single ratio may fall below.
    pub(super) none_below: f64,
    /// The benchmark is a figure of our machine alone; the peer's is shown, not compared.
    pub(super) absolute: bool,
}

const fn area(name: &'static str, at_least: f64, aim: f64) -> Area {
    Area { name, at_least, aim, none_below: 0.0, absolute: false }
}

/// Every area of `guests/suite`.
pub(super) const AREAS: [Area; 19] = [
    Area { none_below: 1.6, ..area("integer", 2.5, 3.5) },
    area("indirect", 4.0, 10.0),
    area("calls", 3.0, 5.0),
    area("pac", 8.0, 20.0),
    area("memory", 1.5, 2.5),
    area("chase", 1.5, 3.0),
    area("fp", 8.0, 20.0),
    area("vector", 15.0, 40.0),
    area("neon", 4.0, 20.0),
    area("crypto", 5.0, 12.0),
    area("atomics", 1.0, 2.0),
    area("kernel", 2.0, 5.0),
    area("exec", 2.0, 4.0),
    area("pipe", 4.0, 10.0),
    area("once", 5.0, 15.0),
    area("patched", 3.0, 10.0),
    area("real", 2.0, 4.0),
    area("futex", 1.0, 5.0),
    Area { absolute: true, ..area("cpus", 1.8, 1.8) },
];

/// The area of a benchmark.
pub(super) fn of(benchmark: &str) -> Option<&'static Area> {
    let (name, _) = benchmark.split_once('/')?;
    AREAS.iter().find(|area| area.name == name)
}

impl Area {
    /// How the area's ratios compare with what is asked.
    pub(super) fn verdict(&self, ratios: &[f64]) -> &'static str {
        let mean = geometric_mean(ratios);
        if ratios.iter().any(|&ratio| ratio < self.none_below) || mean < self.at_least {
            "BELOW"
        } else if mean < self.aim {
            "ok"
        } else {
            "aim"
        }
    }
}

/// The geometric mean; of nothing, 1.
pub(super) fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|value| value.ln()).sum::<f64>() / values.len().max(1) as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell;
    use std::fs;

    #[test]
    fn an_area_is_judged_by_its_mean_and_by_its_worst() {
        let integer = of("integer/sort").unwrap();
        assert_eq!(integer.verdict(&[4.0, 1.5]), "BELOW", "one is too slow");
        assert_eq!(integer.verdict(&[1.7, 1.8]), "BELOW", "the mean is too low");
        assert_eq!(integer.verdict(&[2.0, 4.0]), "ok");
        assert_eq!(integer.verdict(&[4.0, 4.0]), "aim");
        assert!(of("sort").is_none() && of("nothing/x").is_none());
    }

    /// Names in the sources: `{ "AREA/NAME", ...` and `run AREA/NAME`.
    #[test]
    fn every_benchmark_has_an_area_and_every_area_a_benchmark() {
        let mut found = Vec::new();
        for file in fs::read_dir(shell::root().join("guests/suite")).unwrap().flatten() {
            let text = fs::read_to_string(file.path()).unwrap();
            for mark in ["{ \"", "\nrun "] {
                found.extend(text.split(mark).skip(1).filter_map(|rest| {
                    let name = rest.split(['"', ' ']).next()?;
                    name.contains('/').then(|| name.to_owned())
                }));
            }
        }
        for name in &found {
            assert!(of(name).is_some(), "{name} is in no area");
        }
        for area in &AREAS {
            let begin = format!("{}/", area.name);
            assert!(found.iter().any(|name| name.starts_with(&begin)), "{} has no benchmark", area.name);
        }
    }
}
