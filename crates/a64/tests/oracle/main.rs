//! The interpreter against another implementation of the architecture: one instruction, or a few, from a random state.
//! See README.md beside this file.

mod harness;

use harness::class::classes;
use harness::compare::{describe, judge};
use harness::local::Local;
use harness::vectors;

#[test]
fn recorded_outcomes_of_every_class() {
    let mut failures = Vec::new();
    for class in classes() {
        let mut local = Local::new(class.profile);
        let (oracle, cases) = vectors::load(class.name).unwrap_or_else(|e| panic!("vectors of {}: {e}", class.name));
        assert!(!oracle.is_empty(), "{}: by whom?", class.name);
        assert!(cases.len() >= vectors::ENOUGH, "{} has only {} cases", class.name, cases.len());
        for (case, theirs) in &cases {
            let ours = local.run(case);
            if judge(case, &ours, theirs).is_err() {
                failures.push(describe(case, &ours, theirs));
            }
        }
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures[..failures.len().min(10)].join("\n"));
}

#[test]
fn every_row_is_compared_or_excluded_with_a_reason() {
    for class in classes() {
        let mut generator = harness::generate::Generator::new(&class, 1, None);
        for _ in 0..class.rows().len() {
            assert!(generator.case().is_some(), "{} has nothing to compare", class.name);
        }
    }
}

#[test]
fn every_chapter_of_the_table_has_a_class() {
    let classes = classes();
    let missing: Vec<_> = vmapple_a64::decode::rows()
        .skip(2)
        .filter(|(code, _)| !classes.iter().any(|c| c.codes.contains(&code.0)))
        .map(|(_, r)| r.name)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
