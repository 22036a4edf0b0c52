//! Which crate may depend on which. The compiler sees to the rest: what is not a dependency cannot be named.

use crate::shell;
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Each crate with the workspace crates it may use, bottom first: a crate only ever names crates above its own line.
/// (Tests may also use `testkit`, which is not part of the program.)
const LAYERS: [(&str, &[&str]); 13] = [
    ("vmapple-memory", &[]),
    ("vmapple-bus", &["vmapple-memory"]),
    ("vmapple-devices", &["vmapple-memory", "vmapple-bus"]),
    ("vmapple-backends", &["vmapple-memory", "vmapple-bus", "vmapple-devices"]),
    ("vmapple-a64", &["vmapple-memory"]),
    ("vmapple-jit", &["vmapple-memory", "vmapple-a64"]),
    ("vmapple-kvm", &["vmapple-memory"]),
    ("vmapple-hvf", &["vmapple-memory"]),
    (
        "vmapple-vcpu",
        &[
            "vmapple-memory",
            "vmapple-bus",
            // The interrupt controller's system registers are part of what a core sees.
            "vmapple-devices",
            "vmapple-a64",
            "vmapple-jit",
            "vmapple-kvm",
            "vmapple-hvf",
        ],
    ),
    (
        "vmapple-machine",
        &["vmapple-memory", "vmapple-bus", "vmapple-devices", "vmapple-a64", "vmapple-jit", "vmapple-vcpu"],
    ),
    ("vmapple-control", &["vmapple-memory", "vmapple-bus", "vmapple-vcpu", "vmapple-machine"]),
    (
        "vmapple",
        &[
            "vmapple-memory",
            "vmapple-bus",
            "vmapple-devices",
            "vmapple-backends",
            "vmapple-vcpu",
            "vmapple-machine",
            "vmapple-control",
        ],
    ),
    ("vmapple-testkit", &["vmapple-memory", "vmapple-bus", "vmapple-a64", "vmapple-devices"]),
];

/// Crates outside the order: the project's own commands use no crate of the program.
const APART: [&str; 1] = ["xtask"];

/// Compares the table with what cargo resolves.
pub(super) fn check() -> Result<()> {
    let text = shell::capture(shell::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().context("cargo metadata lists no packages")? {
        let name = package["name"].as_str().unwrap_or_default();
        let dependencies: Vec<(&str, bool)> = package["dependencies"]
            .as_array()
            .map(|all| all.iter().map(|one| (one["name"].as_str().unwrap_or_default(), one["kind"] == "dev")).collect())
            .unwrap_or_default();
        wrong.extend(violations(name, &dependencies));
    }
    if !wrong.is_empty() {
        bail!("{}\nThe allowed direction is the table in xtask/src/check/layers.rs", wrong.join("\n"));
    }
    Ok(())
}

/// What is wrong with one crate's dependencies (name, and whether only its tests have it).
fn violations(name: &str, dependencies: &[(&str, bool)]) -> Vec<String> {
    let own = |dependency: &str| {
        LAYERS.iter().any(|(name, _)| *name == dependency)
            || dependency.starts_with("vmapple")
            || APART.contains(&dependency)
    };
    let allowed = match LAYERS.iter().find(|(layer, _)| *layer == name) {
        Some((_, allowed)) => *allowed,
        None if APART.contains(&name) => &[],
        None => return vec![format!("{name} is not in the table: decide where it belongs")],
    };
    dependencies
        .iter()
        .filter(|(dependency, _)| own(dependency))
        .filter(|(dependency, _)| !allowed.contains(dependency))
        .filter(|(dependency, test)| !(*test && (*dependency == "vmapple-testkit" || *dependency == name)))
        .map(|(dependency, _)| format!("{name} must not depend on {dependency}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        for (index, (name, allowed)) in LAYERS.iter().enumerate() {
            for dependency in *allowed {
                let place = LAYERS.iter().position(|(layer, _)| layer == dependency);
                assert!(place.is_some_and(|place| place < index), "{name} names {dependency}, which is not above it");
            }
        }
    }

    #[test]
    fn devices_must_not_see_backends() {
        assert_eq!(violations("vmapple-devices", &[("vmapple-bus", false), ("serde", false)]).len(), 0);
        assert_eq!(violations("vmapple-devices", &[("vmapple-backends", false)]).len(), 1);
        assert_eq!(violations("vmapple-devices", &[("vmapple-backends", true)]).len(), 1);
    }

    #[test]
    fn tests_may_use_the_testkit() {
        assert_eq!(violations("vmapple-devices", &[("vmapple-testkit", true)]).len(), 0);
        assert_eq!(violations("vmapple-devices", &[("vmapple-testkit", false)]).len(), 1);
    }

    #[test]
    fn a_new_crate_needs_a_place() {
        assert_eq!(violations("vmapple-attic", &[]).len(), 1);
    }
}
