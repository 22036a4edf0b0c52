//! `cargo xtask cpu-coverage`: for each chapter of the decoder table, how many encodings there are, how many the oracle's
//! recorded vectors exercise, and how many the real guests execute.
//!
//! The guests are those of `cargo xtask test --guests`, and the built-in one. Their program leaves a list of what it
//! executed in the folder that `VMAPPLE_COVERAGE` names (`crates/vmapple/src/coverage.rs`).

use crate::cache::Cache;
use crate::shell::{self, note};
use crate::test::release_program;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Names the folder of the records. Where it is set, guests run on the interpreter: the recompiler decodes what is never
/// executed.
pub(crate) const VARIABLE: &str = "VMAPPLE_COVERAGE";

/// Arguments of `cargo xtask cpu-coverage`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Only the guest tests whose names contain this
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,
    /// Report on what earlier runs left (of this command, or of `vmapple` with `VMAPPLE_COVERAGE` set to this folder)
    #[arg(long, value_name = "FOLDER", conflicts_with = "filter")]
    from: Option<PathBuf>,
}

/// An encoding: a row of the decoder table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    chapter: String,
    name: String,
    /// Recorded cases of the oracle that contain it.
    cases: u64,
}

/// Runs the command.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let folder = match &options.from {
        Some(folder) => folder.clone(),
        None => run_guests(&options.filter)?,
    };
    let executed = executed(&folder)?;
    note("reading the oracle's vectors");
    let mut list = shell::cargo();
    list.args(["run", "--quiet", "--release", "--package", "vmapple-a64", "--example", "oracle", "--", "rows"]);
    let rows = parse_rows(&shell::capture(&mut list)?)?;
    if options.json {
        println!("{}", as_json(&rows, &executed));
    } else {
        print(&rows, &executed);
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs every real guest with its executed encodings recorded; the folder of the records.
fn run_guests(filter: &str) -> Result<PathBuf> {
    let program = release_program()?;
    let folder = Cache::open()?.publish("coverage", |_| Ok(()))?;
    note("running the built-in guest");
    let mut built_in = Command::new(program);
    built_in.args(["run", "--cpus", "4", "--engine", "interp"]).env(VARIABLE, &folder);
    shell::capture(&mut built_in)?;
    note("running the guest tests");
    let mut tests = Command::new(std::env::current_exe()?);
    tests.args(["test", "--guests", "--filter", filter]).env(VARIABLE, &folder);
    // Their report is progress here; standard output is for the result.
    let output = tests.stderr(Stdio::inherit()).output().context("cannot start the guest tests")?;
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
    if !output.status.success() {
        note("some guest tests failed: what their guests executed counts all the same");
    }
    Ok(folder)
}

/// The encodings in the records of a folder.
fn executed(folder: &Path) -> Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for file in fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "rows") {
            all.extend(fs::read_to_string(&file)?.lines().map(str::to_owned));
        }
    }
    if all.is_empty() {
        bail!("{} has no records of executed encodings (*.rows)", folder.display());
    }
    Ok(all)
}

/// Lines of chapter, name and number of cases, separated by tabs.
fn parse_rows(text: &str) -> Result<Vec<Row>> {
    let parse = |line: &str| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().with_context(|| format!("not a row: {line}"));
        let (chapter, name) = (field()?.to_owned(), field()?.to_owned());
        Ok(Row { chapter, name, cases: field()?.parse()? })
    };
    text.lines().map(parse).collect()
}

/// The chapters in the order of the table, each with its rows.
fn chapters(rows: &[Row]) -> impl Iterator<Item = (&str, &[Row])> {
    rows.chunk_by(|a, b| a.chapter == b.chapter).filter_map(|rows| Some((rows.first()?.chapter.as_str(), rows)))
}

fn print(rows: &[Row], executed: &BTreeSet<String>) {
    let line = |name: &str, rows: &[Row]| {
        let tested = rows.iter().filter(|row| row.cases > 0).count();
        let ran = rows.iter().filter(|row| executed.contains(&row.name)).count();
        println!("{name:<14} {:>9} {tested:>12} {ran:>10}", rows.len());
    };
    println!("{:<14} {:>9} {:>12} {:>10}", "chapter", "encodings", "with vectors", "by guests");
    for (name, rows) in chapters(rows) {
        line(name, rows);
    }
    line("all", rows);
    let list = |title: &str, wanted: &dyn Fn(&Row) -> bool| {
        println!("\n{title}:");
        for (name, rows) in chapters(rows) {
            let names: Vec<&str> = rows.iter().filter(|row| wanted(row)).map(|row| row.name.as_str()).collect();
            if !names.is_empty() {
                println!("  {name}: {}", names.join(" "));
            }
        }
    };
    list("Without oracle vectors", &|row| row.cases == 0);
    list("Never executed by a real guest", &|row| !executed.contains(&row.name));
}

fn as_json(rows: &[Row], executed: &BTreeSet<String>) -> serde_json::Value {
    let chapter = |(name, rows): (&str, &[Row])| {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| json!({ "name": row.name, "cases": row.cases, "executed": executed.contains(&row.name) }))
            .collect();
        json!({ "chapter": name, "rows": rows })
    };
    json!({ "chapters": chapters(rows).map(chapter).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_parsed_and_grouped_by_chapter() {
        let rows = parse_rows("a\tADD\t3\na\tSUB\t0\nb\tLDR\t7\n").unwrap();
        assert_eq!(rows[1], Row { chapter: "a".into(), name: "SUB".into(), cases: 0 });
        let sizes: Vec<_> = chapters(&rows).map(|(name, rows)| (name.to_owned(), rows.len())).collect();
        assert_eq!(sizes, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert!(parse_rows("a\tADD").is_err());
        let executed = BTreeSet::from(["LDR".to_owned()]);
        let json = as_json(&rows, &executed);
        assert_eq!(json["chapters"][1]["rows"][0], json!({ "name": "LDR", "cases": 7, "executed": true }));
        assert_eq!(json["chapters"][0]["rows"][0]["executed"], false);
    }

    #[test]
    fn records_of_several_guests_add_up_and_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(executed(folder.path()).is_err());
        fs::write(folder.path().join("1.rows"), "ADD\nSUB\n").unwrap();
        fs::write(folder.path().join("2.rows"), "ADD\nLDR\n").unwrap();
        fs::write(folder.path().join("other"), "MUL\n").unwrap();
        assert_eq!(executed(folder.path()).unwrap(), BTreeSet::from(["ADD", "LDR", "SUB"].map(str::to_owned)));
    }
}
