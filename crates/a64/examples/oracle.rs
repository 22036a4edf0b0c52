//! Compares the interpreter with another implementation of the architecture, live. See `tests/oracle/README.md`.
//!
//! ```text
//! cargo run --release -p vmapple-a64 --example oracle -- [run|record|decode|rows] [--class C] [--row R] [--cases N] [--seed S]
//! ```

#![allow(clippy::print_stdout, reason = "a program for people")]

#[path = "../tests/oracle/harness/mod.rs"]
mod harness;

use harness::case::{Case, Outcome, SLOTS};
use harness::class::{Class, chapters, classes};
use harness::compare::{describe, judge, name_of};
use harness::disassembly::{check, out_of_scope};
use harness::generate::Generator;
use harness::local::Local;
use harness::remote::{self, Remote};
use harness::rng::Rng;
use harness::vectors;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use vmapple_a64::Profile;
use vmapple_a64::decode::{decode_for, row, rows};

struct Options {
    record: bool,
    decode: bool,
    rows: bool,
    class: Option<String>,
    row: Option<String>,
    cases: usize,
    seed: u64,
    show: usize,
}

fn options() -> Options {
    let mut o =
        Options { record: false, decode: false, rows: false, class: None, row: None, cases: 20_000, seed: 1, show: 3 };
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{a} needs a value"));
        match a.as_str() {
            "run" => {}
            "record" => (o.record, o.cases) = (true, vectors::ENOUGH),
            "rows" => o.rows = true,
            "decode" => (o.decode, o.cases) = (true, 10_000_000),
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
    if o.rows {
        return list_rows();
    }
    let directory = std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_path_buf));
    let program = remote::build(&directory.unwrap_or_else(std::env::temp_dir));
    let mut failed = false;
    println!("the oracle is {}", remote::name());
    println!("{:<14} {:>9} {:>5} {:>11} {:>6}", "class", "cases", "rows", "differences", "known");
    for class in classes().iter().filter(|c| o.class.as_ref().is_none_or(|n| n == c.name)) {
        failed |= !run(&o, class, &program);
    }
    std::process::exit(i32::from(failed));
}

/// For `cargo xtask cpu-coverage`: chapter, name and number of recorded cases of every row, separated by tabs.
fn list_rows() {
    let mut cases: BTreeMap<&str, usize> = BTreeMap::new();
    for class in classes() {
        let (_, recorded) = vectors::load(class.name).unwrap_or_else(|e| panic!("vectors of {}: {e}", class.name));
        for (case, _) in recorded {
            let names: BTreeSet<&str> =
                case.words.iter().map(|w| row(decode_for(class.profile, *w).code).name).collect();
            names.into_iter().for_each(|name| *cases.entry(name).or_default() += 1);
        }
    }
    let mut listed = BTreeSet::new();
    for class in chapters() {
        // A class of sequences can share another's chapter.
        for (_, row) in class.rows().into_iter().filter(|(code, _)| listed.insert(code.0)) {
            println!("{}\t{}\t{}", class.name, row.name, cases.get(row.name).copied().unwrap_or_default());
        }
    }
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
    let mut rows: BTreeSet<&str> = BTreeSet::new();
    let mut per_row: BTreeMap<&str, usize> = BTreeMap::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut recorded: Vec<(Case, Outcome)> = Vec::new();
    // Recording goes on until there are as many cases as asked for, without those that deviate.
    while if o.record { recorded.len() < o.cases && wrong == 0 } else { done < o.cases } {
        let left = if o.record { SLOTS } else { o.cases - done };
        let batch: Vec<Case> = (0..SLOTS.min(left)).map_while(|_| generator.case()).collect();
        if batch.is_empty() {
            break;
        }
        done += batch.len();
        let answers = remote.ask(&batch);
        for (case, theirs) in batch.into_iter().zip(answers) {
            rows.extend(case.words.iter().map(|w| row(decode_for(class.profile, *w).code).name));
            let ours = local.run(&case);
            match judge(&case, &ours, &theirs) {
                Ok(None) if o.record => recorded.push((case, theirs)),
                Ok(None) => {}
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
    }
    println!("{:<14} {done:>9} {:>5} {wrong:>11} {:>6}", class.name, rows.len(), known.values().sum::<usize>());
    per_row.iter().for_each(|(row, n)| println!("    {n} differences: {row}"));
    known.iter().for_each(|(reason, n)| println!("    {n} known: {reason}"));
    if o.record && wrong == 0 && o.row.is_none() {
        let bytes = vectors::save(class.name, &remote::name(), &recorded).expect("vectors are written");
        println!("    {} cases recorded in {bytes} bytes", recorded.len());
    }
    wrong == 0
}
