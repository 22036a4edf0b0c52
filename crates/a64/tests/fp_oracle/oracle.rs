//! Builds and asks the oracle.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cases::{Case, fpcr};
use crate::ops::Op;

pub(crate) struct Oracle {
    program: PathBuf,
}

impl Oracle {
    /// Cross-compiles `oracle.c`.
    pub(crate) fn build() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fp_oracle/oracle.c");
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fp_oracle");
        let status = Command::new("aarch64-linux-gnu-gcc")
            .args(["-O2", "-static", "-march=armv8.5-a+fp16+fp16fml", "-o"])
            .arg(&program)
            .arg(source)
            .status()
            .expect("aarch64-linux-gnu-gcc starts");
        assert!(status.success());
        Self { program }
    }

    /// The result and FPSR of each case.
    pub(crate) fn ask(&self, op: &Op, cases: &[Case]) -> Vec<(u64, u32)> {
        // As in `tests/oracle`: the command in front of the program, empty on an arm64 host.
        let command = std::env::var("A64_ORACLE").unwrap_or_else(|_| "qemu-aarch64 -cpu max".into());
        let program = self.program.display().to_string();
        let words: Vec<&str> = command.split_whitespace().chain([program.as_str()]).collect();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .arg(&op.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let mut stdin = child.stdin.take().expect("piped");
        let mut stdout = child.stdout.take().expect("piped");
        let mut questions = Vec::with_capacity(cases.len() * 32);
        for case in cases {
            for operand in case.operands {
                questions.extend_from_slice(&operand.to_le_bytes());
            }
            questions.extend_from_slice(&u64::from(fpcr(case.control)).to_le_bytes());
        }
        let writer = std::thread::spawn(move || stdin.write_all(&questions).expect("oracle reads"));
        let mut answers = Vec::with_capacity(cases.len() * 16);
        stdout.read_to_end(&mut answers).expect("oracle writes");
        writer.join().expect("writer ends");
        assert!(child.wait().expect("oracle ends").success());
        assert_eq!(answers.len(), cases.len() * 16);
        answers
            .chunks_exact(16)
            .map(|answer| {
                let word = |at: usize| u32::from_le_bytes(answer[at..at + 4].try_into().expect("four bytes"));
                (u64::from(word(0)) | (u64::from(word(4)) << 32), word(8))
            })
            .collect()
    }
}
