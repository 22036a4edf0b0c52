//! Compares the interpreter with another implementation of the architecture, live. See `tests/oracle/README.md`.
//!
//! ```text
//! cargo run --release -p vmapple-a64 --example oracle -- [run|record|decode] [--class C] [--row R] [--cases N] [--seed S]
//! ```

#![allow(clippy::print_stdout, reason = "a program for people")]

#[path = "../tests/oracle/harness/mod.rs"]
mod harness;

use harness::case::{Case, Outcome, SLOTS};
use harness::class::{Class, classes};
use harness::compare::{describe, judge, name_of};
use harness::disassembly::{check, out_of_scope};
use harness::generate::Generator;
use harness::local::Local;
use harness::remote::{self, Remote};
use harness::rng::Rng;
use harness::vectors;
use std::collections::BTreeMap;
use std::path::Path;
use vmapple_a64::Profile;
use vmapple_a64::decode::rows;

struct Options {
    record: bool,
    decode: bool,
    class: Option<String>,
    row: Option<String>,
    cases: usize,
    seed: u64,
    show: usize,
}

fn options() -> Options {
    let mut o = Options { record: false, decode: false, class: None, row: None, cases: 20_000, seed: 1, show: 3 };
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{a} needs a value"));
        match a.as_str() {
            "run" => {}
            "record" => (o.record, o.cases) = (true, 4000),
            "decode" => (o.decode, o.cases) = (true, 2_000_000),
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
    if o.decode {
        std::process::exit(i32::from(!check_decoder(&o)));
    }
    let directory = std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_path_buf));
    let program = remote::build(&directory.unwrap_or_else(std::env::temp_dir));
    let mut failed = false;
    for class in classes().iter().filter(|c| o.class.as_ref().is_none_or(|n| n == c.name)) {
        failed |= !run(&o, class, &program);
    }
    std::process::exit(i32::from(failed));
}

/// Words as every profile decodes them.
fn both(words: &[u32], differences: &mut BTreeMap<String, (usize, Vec<u32>)>) {
    for profile in Profile::ALL {
        check(profile, words, differences);
    }
}

/// Compares the decoder with binutils on random words and on random fillings of every row.
fn check_decoder(o: &Options) -> bool {
    let mut rng = Rng(o.seed);
    let mut differences = BTreeMap::new();
    let mut done = 0;
    while done < o.cases {
        let words: Vec<u32> = (0..100_000).map(|_| rng.next() as u32).filter(|w| !out_of_scope(*w)).collect();
        both(&words, &mut differences);
        done += words.len();
    }
    for (_, r) in rows().skip(2) {
        let words: Vec<u32> = (0..2000).map(|_| rng.next() as u32 & !r.mask | r.value).collect();
        both(&words, &mut differences);
        // And next to the row: one fixed bit turned.
        let near: Vec<u32> = words.iter().map(|w| w ^ 1 << rng.below(32)).collect();
        both(&near, &mut differences);
        done += words.len() + near.len();
    }
    for (what, (n, words)) in &differences {
        println!("{n:7} {what}: {words:08x?}");
    }
    println!("{done} words, {} kinds of difference", differences.len());
    differences.is_empty()
}

/// Runs one class; whether all agreed.
fn run(o: &Options, class: &Class, program: &Path) -> bool {
    let mut generator = Generator::new(class, o.seed, o.row.as_deref());
    let mut remote = Remote::start(program);
    let mut local = Local::new(class.profile);
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
