//! Compares the interpreter with another implementation of the architecture, live. See `tests/oracle/README.md`.
//!
//! ```text
//! cargo run --release -p vmapple-a64 --example oracle -- [run|record] [--class C] [--row R] [--cases N] [--seed S]
//! ```

#![allow(clippy::print_stdout, reason = "a program for people")]

#[path = "../tests/oracle/harness/mod.rs"]
mod harness;

use harness::case::{Case, Outcome, SLOTS};
use harness::class::{Class, classes};
use harness::compare::{describe, judge, name_of};
use harness::generate::Generator;
use harness::local::Local;
use harness::remote::{self, Remote};
use harness::vectors;
use std::collections::BTreeMap;
use std::path::Path;

struct Options {
    record: bool,
    class: Option<String>,
    row: Option<String>,
    cases: usize,
    seed: u64,
    show: usize,
}

fn options() -> Options {
    let mut o = Options { record: false, class: None, row: None, cases: 20_000, seed: 1, show: 3 };
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{a} needs a value"));
        match a.as_str() {
            "run" => {}
            "record" => (o.record, o.cases) = (true, 2000),
            "--class" => o.class = Some(value()),
            "--row" => o.row = Some(value()),
            "--cases" => o.cases = value().parse().expect("a number"),
            "--seed" => o.seed = value().parse().expect("a number"),
            "--show" => o.show = value().parse().expect("a number"),
            _ => panic!("unknown argument {a}"),
        }
    }
    o
}

fn main() {
    let o = options();
    let directory = std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_path_buf));
    let program = remote::build(&directory.unwrap_or_else(std::env::temp_dir));
    let mut failed = false;
    for class in classes().iter().filter(|c| o.class.as_ref().is_none_or(|n| n == c.name)) {
        failed |= !run(&o, class, &program);
    }
    std::process::exit(i32::from(failed));
}

/// Runs one class; whether all agreed.
fn run(o: &Options, class: &Class, program: &Path) -> bool {
    let mut generator = Generator::new(class, o.seed, o.row.as_deref());
    let mut remote = Remote::start(program);
    let mut local = Local::new();
    let (mut done, mut wrong) = (0, 0usize);
    let mut per_row: BTreeMap<&str, usize> = BTreeMap::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut recorded: Vec<(Case, Outcome)> = Vec::new();
    while done < o.cases {
        let batch: Vec<Case> = (0..SLOTS.min(o.cases - done)).map_while(|_| generator.case()).collect();
        if batch.is_empty() {
            break;
        }
        done += batch.len();
        let answers = remote.ask(&batch);
        for (case, theirs) in batch.into_iter().zip(answers) {
            let ours = local.run(&case);
            match judge(&case, &ours, &theirs) {
                Ok(None) => recorded.push((case, theirs)),
                Ok(Some(reason)) => *known.entry(reason).or_default() += 1,
                Err(()) => {
                    wrong += 1;
                    let n = per_row.entry(name_of(&case)).or_default();
                    *n += 1;
                    if *n <= o.show {
                        println!("{}", describe(&case, &ours, &theirs));
                    }
                }
            }
        }
        if !o.record {
            recorded.clear();
        }
    }
    println!("{}: {done} cases, {wrong} differences {per_row:?}; known deviations {known:?}", class.name);
    if o.record && wrong == 0 && o.row.is_none() {
        let bytes = vectors::save(class.name, &recorded).expect("vectors are written");
        println!("{}: {} cases recorded in {bytes} bytes", class.name, recorded.len());
    }
    wrong == 0
}
