//! The recompiler against the recorded outcomes of another implementation, the same that judge the interpreter
//! (`crates/a64/tests/oracle`); and against the interpreter, with every optimisation on and with each one off.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../../../a64/tests/oracle/harness/mod.rs"]
mod harness;

use harness::class::classes;
use harness::compare::{describe, judge};
use harness::local::{Core, Local};
use harness::vectors;
use vmapple_a64::{Cpu, CpuConfig, Exit, Profile};
use vmapple_jit::{Jit, SWITCHES, Switches};

struct Recompiled(Jit);

impl Core for Recompiled {
    fn cpu(&mut self) -> &mut Cpu {
        self.0.cpu_mut()
    }
    fn step(&mut self) -> Exit {
        self.0.run_block()
    }
}

fn recompiled(profile: Profile, switches: Switches) -> Local<Recompiled> {
    Local::with(profile, |config: CpuConfig| {
        Recompiled(Jit::new(config, 1 << 20, switches).expect("an x86-64-v3 host"))
    })
}

/// One case in `every` of each class.
fn compare(switches: Switches, every: usize) -> Vec<String> {
    let mut failures = Vec::new();
    for class in classes() {
        let mut local = recompiled(class.profile, switches);
        let (_, cases) = vectors::load(class.name).unwrap_or_else(|e| panic!("vectors of {}: {e}", class.name));
        for (case, theirs) in cases.iter().step_by(every) {
            let ours = local.run(case);
            if judge(case, &ours, theirs).is_err() {
                failures.push(format!("{}: {}", class.name, describe(case, &ours, theirs)));
            }
        }
    }
    failures
}

fn check(what: &str, failures: &[String]) {
    let shown = failures[..failures.len().min(10)].join("\n");
    assert!(failures.is_empty(), "{what}: {} differences:\n{shown}", failures.len());
}

#[test]
fn recorded_outcomes_of_every_class() {
    check("all optimisations", &compare(Switches::default(), 1));
}

#[test]
fn recorded_outcomes_with_exact_flags() {
    check("no-dead-flags", &compare(Switches { dead_flags: false, ..Switches::default() }, 1));
}

#[test]
fn recorded_outcomes_with_each_optimisation_off() {
    for (name, field) in SWITCHES {
        let mut switches = Switches::default();
        *field(&mut switches) = false;
        check(name, &compare(switches, 10));
    }
}
