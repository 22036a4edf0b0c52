//! Rules a file can be checked against by reading it: where `unsafe` may stand, how long a file may be, licences.

use super::own_files;
use crate::shell;
use anyhow::{Context, Result, bail};
use std::fs;

/// Where `unsafe` may appear; every other crate root forbids it.
const UNSAFE_CRATES: [&str; 5] = ["crates/memory/", "crates/jit/", "crates/kvm/", "crates/hvf/", "crates/backends/"];

/// Longest source file, in lines.
const LONGEST: usize = 800;

/// Lines above an `unsafe` that may hold its reason.
const REASON_WITHIN: usize = 12;

pub(super) fn check() -> Result<()> {
    let mut wrong = Vec::new();
    let files = own_files()?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        if !files.iter().any(|file| file == licence) {
            wrong.push(format!("{licence} is missing"));
        }
    }
    for file in &files {
        let Some(kind) = file.rsplit_once('.').map(|(_, kind)| kind) else { continue };
        if !matches!(kind, "rs" | "c" | "h" | "S" | "sh") {
            continue;
        }
        let text = fs::read_to_string(shell::root().join(file)).with_context(|| format!("cannot read {file}"))?;
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{file} has {lines} lines, more than {LONGEST}: split it"));
        }
        if kind == "rs" {
            wrong.extend(unsafe_violations(file, &text));
        }
    }
    if !wrong.is_empty() {
        bail!("\n  {}", wrong.join("\n  "));
    }
    Ok(())
}

/// What is wrong with a file's use of `unsafe`.
fn unsafe_violations(file: &str, text: &str) -> Vec<String> {
    let allowed = UNSAFE_CRATES.iter().any(|place| file.starts_with(place));
    let is_root = file.ends_with("src/lib.rs") || file.ends_with("src/main.rs");
    let mut wrong = Vec::new();
    if is_root && !allowed && !text.contains("#![forbid(unsafe_code)]") {
        wrong.push(format!("{file} must say #![forbid(unsafe_code)]"));
    }
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        if !opens_unsafe(line) {
            continue;
        }
        let place = format!("{file}:{}", index + 1);
        if !allowed {
            wrong.push(format!("{place}: `unsafe` outside the crates that may have it"));
            continue;
        }
        // A function's contract is in its documentation or in its trait's (clippy sees to that); a block or an
        // implementation says here why it holds.
        if line.contains("unsafe fn") {
            continue;
        }
        let above = &lines[index.saturating_sub(REASON_WITHIN)..=index];
        let has_reason = above.iter().any(|line| line.contains("SAFETY:") || line.contains("# Safety"));
        if !has_reason {
            wrong
                .push(format!("{place}: `unsafe` without its reason (a comment `SAFETY:`, or `# Safety` in its docs)"));
        }
    }
    wrong
}

/// Whether a line of code (not a comment, a string or an attribute) has the keyword.
fn opens_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    if code.trim_start().starts_with('#') || code.trim_start().starts_with('*') {
        return false;
    }
    // Every other piece of the line is inside quotation marks.
    code.split('"').step_by(2).any(|piece| {
        piece.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == UNSAFE_WORD)
    })
}

const UNSAFE_WORD: &str = "unsafe";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_counts() {
        assert!(opens_unsafe("    let x = unsafe { *p };"));
        assert!(opens_unsafe("unsafe impl Send for X {}"));
        for not_code in
            ["// unsafe", "#![forbid(unsafe_code)]", "let s = \"unsafe\";", "fn unsafe_thing() {}", "/// unsafe"]
        {
            assert!(!opens_unsafe(not_code), "{not_code}");
        }
    }

    #[test]
    fn outside_the_allowed_crates_it_is_wrong_even_with_a_reason() {
        let text = format!("// SAFETY: fine\n{UNSAFE_WORD} {{}}\n");
        assert_eq!(unsafe_violations("crates/bus/src/map.rs", &text).len(), 1);
        assert_eq!(unsafe_violations("crates/memory/src/map.rs", &text).len(), 0);
    }

    #[test]
    fn inside_them_it_needs_a_reason() {
        let text = format!("{UNSAFE_WORD} {{}}\n");
        assert_eq!(unsafe_violations("crates/memory/src/map.rs", &text).len(), 1);
    }

    #[test]
    fn a_crate_root_forbids_it() {
        assert_eq!(unsafe_violations("crates/bus/src/lib.rs", "//! Bus.\n").len(), 1);
        assert_eq!(unsafe_violations("crates/bus/src/lib.rs", "//! Bus.\n#![forbid(unsafe_code)]\n").len(), 0);
    }
}
