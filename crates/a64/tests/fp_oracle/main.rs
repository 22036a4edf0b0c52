//! `softfp` against another implementation of the architecture: results and FPSR, instruction by instruction.
//!
//! `oracle.c` executes one instruction on whatever runs it, by default QEMU's user-mode emulation of every feature it
//! has (`qemu-aarch64 -cpu max`). Its answers to a varied selection of cases are recorded in `vectors.bin`
//! (format: `vectors.rs`), and digests of its answers to 10,000 cases of each instruction in `digests.bin` (`digests.rs`);
//! an ordinary test run checks both. They were recorded with QEMU 10.0.2, which agrees in every case. Anew and live:
//!
//! ```text
//! cargo xtask oracle --class softfp
//! cargo xtask oracle --class softfp --record
//! ```
//!
//! or, with the cross compiler and QEMU installed (`A64_ORACLE` is the command in front of the program):
//!
//! ```text
//! cargo test -p vmapple-a64 --release --test fp_oracle -- --ignored live_answers
//! cargo test -p vmapple-a64 --release --test fp_oracle -- --ignored live_half
//! cargo test -p vmapple-a64 --release --test fp_oracle -- --ignored record
//! ```
//!
//! The first compares `FP_ORACLE_CASES` (default 20000) random cases of each instruction, from `FP_ORACLE_SEED`
//! (default 1), `FP_ORACLE_OP` limiting it to names that begin so; the second tries every half-precision number on
//! instructions of one operand; the third writes `vectors.bin` and
//! `digests.bin` anew.
//!
//! QEMU does not implement trapped exceptions; those rest on unit tests and a consistency check over the same cases.

mod cases;
mod digests;
mod ops;
mod oracle;
mod vectors;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use cases::{Case, Rng};
use ops::{Kind, Op};
use oracle::Oracle;
use vectors::{Reader, Vector};
use vmapple_a64::softfp::{FPCR_DZE, FPCR_FZ, FPCR_FZ16, FPCR_IDE, FPCR_IOE, FPCR_IXE, FPCR_OFE, FPCR_UFE, Fp, UFC};

fn ours(op: &Op, case: &Case) -> (u64, u32) {
    let mut fp = Fp::new(cases::fpcr(case.control), 0);
    let result = (op.run)(&mut fp, case.operands);
    (result, fp.fpsr)
}

/// Counts disagreements, keeping the first few of each instruction for the report.
#[derive(Default)]
struct Report {
    compared: usize,
    disagreements: usize,
    lines: Vec<String>,
}

impl Report {
    fn compare(&mut self, op: &Op, case: &Case, theirs: (u64, u32), shown: &mut usize) {
        self.compared += 1;
        let ours = ours(op, case);
        if ours == theirs {
            return;
        }
        self.disagreements += 1;
        *shown += 1;
        if *shown <= 4 {
            let operands: Vec<_> = case.operands[..op.operands.len()].iter().map(|bits| format!("{bits:#x}")).collect();
            self.lines.push(format!(
                "{} {} control {:#04x}: {:#x} fpsr {:#04x}, oracle {:#x} fpsr {:#04x}",
                op.name,
                operands.join(" "),
                case.control,
                ours.0,
                ours.1,
                theirs.0,
                theirs.1
            ));
        }
    }

    fn finish(self) {
        let lines = self.lines.join("\n");
        assert_eq!(self.disagreements, 0, "of {} cases:\n{lines}", self.compared);
    }
}

#[test]
fn recorded_answers_are_reproduced() {
    let table = ops::table();
    let by_name: HashMap<_, _> = table.iter().map(|op| (op.name.as_str(), op)).collect();
    let mut reader = Reader::new(include_bytes!("vectors.bin"));
    let mut report = Report::default();
    let mut covered = 0;
    while let Some((name, count)) = reader.block() {
        let op = by_name[name];
        let mut shown = 0;
        for _ in 0..count {
            let vector = reader.vector(op);
            report.compare(op, &vector.case, (vector.result, vector.flags.into()), &mut shown);
        }
        covered += 1;
    }
    assert_eq!(covered, table.len(), "every instruction has vectors");
    report.finish();
}

#[test]
fn digests_of_ten_thousand_answers_of_every_instruction_are_reproduced() {
    let table = ops::table();
    let file = include_bytes!("digests.bin").strip_prefix(digests::MAGIC).expect("a file of digests");
    assert_eq!(file.len(), table.len() * digests::GROUPS * 4, "every instruction has its digests");
    for (op, theirs) in table.iter().zip(file.chunks_exact(digests::GROUPS * 4)) {
        let answers: Vec<_> = digests::cases(op).iter().map(|case| ours(op, case)).collect();
        let groups = digests::digests(&answers).into_iter().zip(theirs.chunks_exact(4)).enumerate();
        let wrong: Vec<usize> = groups.filter(|(_, (a, b))| a.to_le_bytes() != **b).map(|(group, _)| group).collect();
        assert!(wrong.is_empty(), "{}: groups {wrong:?}; `cargo xtask oracle --class softfp` shows the cases", op.name);
    }
}

/// The oracle cannot trap, so this holds trapping to what it says without: the same exceptions, the same result.
#[test]
fn enabled_traps_report_the_recorded_exceptions() {
    let table = ops::table();
    let by_name: HashMap<_, _> = table.iter().map(|op| (op.name.as_str(), op)).collect();
    let mut reader = Reader::new(include_bytes!("vectors.bin"));
    let every = FPCR_IOE | FPCR_DZE | FPCR_OFE | FPCR_UFE | FPCR_IXE | FPCR_IDE;
    while let Some((name, count)) = reader.block() {
        let op = by_name[name];
        for _ in 0..count {
            let Vector { case, flags, .. } = reader.vector(op);
            let control = cases::fpcr(case.control);
            let mut fp = Fp::new(control | every, 0);
            let result = (op.run)(&mut fp, case.operands);
            let context = format!("{name} {:x?} control {:#04x}", case.operands, case.control);
            assert_eq!(result, ours(op, &case).0, "{context}");
            // Flushing a result is the one exception that is never trapped...
            assert_eq!(fp.fpsr & !UFC, 0, "{context}");
            assert!(fp.fpsr == 0 || control & (FPCR_FZ | FPCR_FZ16) != 0, "{context}");
            // ...and an exact denormal result is one that occurs only when trapped.
            let raised = fp.trapped | fp.fpsr;
            assert_eq!(raised & !UFC, u32::from(flags) & !UFC, "{context}");
            assert_eq!(u32::from(flags) & !raised, 0, "{context}");
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

#[test]
#[ignore = "needs qemu-aarch64 and aarch64-linux-gnu-gcc"]
fn live_answers_are_reproduced() {
    let oracle = Oracle::build();
    let (count, seed) = (setting("FP_ORACLE_CASES", 20_000), setting("FP_ORACLE_SEED", 1));
    let only = std::env::var("FP_ORACLE_OP").unwrap_or_default();
    let mut report = Report::default();
    let mut rng = Rng(seed);
    let mut by_operation: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for op in ops::table().iter().filter(|op| op.name.starts_with(&only)) {
        let mut shown = 0;
        let before = (report.compared, report.disagreements);
        let mut left = count;
        while left > 0 {
            let batch: Vec<_> = (0..left.min(1 << 20)).map(|_| cases::case(&mut rng, op)).collect();
            left -= batch.len() as u64;
            for (case, theirs) in batch.iter().zip(oracle.ask(op, &batch)) {
                report.compare(op, case, theirs, &mut shown);
            }
        }
        // All formats and widths of one operation together.
        let operation = op.name.split('_').next().unwrap_or(&op.name).to_owned();
        let sum = by_operation.entry(operation).or_default();
        *sum = (sum.0 + report.compared - before.0, sum.1 + report.disagreements - before.1);
    }
    eprintln!("{:<14} {:>10} {:>11}", "operation", "cases", "differences");
    for (operation, (cases, differences)) in &by_operation {
        eprintln!("{operation:<14} {cases:>10} {differences:>11}");
    }
    eprintln!("softfp         {:>10} {:>11}", report.compared, report.disagreements);
    report.finish();
}

/// Every half-precision number in every combination of FPCR controls, through every instruction of one such operand.
#[test]
#[ignore = "needs qemu-aarch64 and aarch64-linux-gnu-gcc; takes minutes"]
fn live_half_precision_is_exhausted() {
    let oracle = Oracle::build();
    let mut report = Report::default();
    for op in ops::table().iter().filter(|op| op.operands == [Kind::Float(2)]) {
        let mut shown = 0;
        for control in 0..64 {
            let batch: Vec<_> = (0..1 << 16).map(|bits| Case { control, operands: [bits, 0, 0] }).collect();
            for (case, theirs) in batch.iter().zip(oracle.ask(op, &batch)) {
                report.compare(op, case, theirs, &mut shown);
            }
        }
    }
    eprintln!("{} cases", report.compared);
    report.finish();
}

/// Cases kept per instruction, by its number of operands: three have 216 combinations of classes alone.
const KEPT: [usize; 4] = [0, 96, 96, 288];

#[test]
#[ignore = "rewrites vectors.bin; needs qemu-aarch64 and aarch64-linux-gnu-gcc"]
fn record_answers() {
    let oracle = Oracle::build();
    let mut rng = Rng(setting("FP_ORACLE_SEED", 1));
    let mut file = vectors::MAGIC.to_vec();
    for op in ops::table() {
        let batch: Vec<_> = (0..20_000).map(|_| cases::case(&mut rng, &op)).collect();
        let answers = oracle.ask(&op, &batch);
        // Prefer variety: take each combination of flags and operand classes once, then twice, and so on.
        let mut seen: HashMap<(u32, Vec<u8>), usize> = HashMap::new();
        let mut ranked: Vec<_> = batch
            .into_iter()
            .zip(answers)
            .map(|(case, (result, fpsr))| {
                let rank = seen.entry((fpsr, cases::classes(&op, &case))).or_default();
                *rank += 1;
                (*rank, Vector { case, result, flags: fpsr as u8 })
            })
            .collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let kept: Vec<_> = ranked.into_iter().take(KEPT[op.operands.len()]).map(|(_, vector)| vector).collect();
        vectors::write_block(&mut file, &op, &kept);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fp_oracle/vectors.bin");
    std::fs::write(path, file).expect("vectors.bin is writable");
    let mut file = digests::MAGIC.to_vec();
    for op in ops::table() {
        let answers = oracle.ask(&op, &digests::cases(&op));
        file.extend(digests::digests(&answers).iter().flat_map(|digest| digest.to_le_bytes()));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fp_oracle/digests.bin");
    std::fs::write(path, file).expect("digests.bin is writable");
}
