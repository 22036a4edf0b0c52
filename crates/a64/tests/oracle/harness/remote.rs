//! The other side of `runner.c`: builds it, feeds it, understands its answers.

use super::case::{Case, End, Outcome, PATCHES, Registers, SLOTS, WORDS, content};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Size of `struct question` and of the fixed part of `struct answer`.
const QUESTION: usize = 31 * 8 + 8 + 512 + 6 * 4 + WORDS * 4 + PATCHES * 24;
const ANSWER: usize = 24 + 31 * 8 + 8 + 512 + 16;

const SIGILL: u32 = 4;
const SIGTRAP: u32 = 5;
const SIGBUS: u32 = 7;
const SIGSEGV: u32 = 11;

/// A running oracle.
pub(crate) struct Remote {
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// Cross-compiles `runner.c` into a directory.
pub(crate) fn build(directory: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/runner.c");
    let program = directory.join("a64-oracle-runner");
    let status = Command::new("aarch64-linux-gnu-gcc")
        // Out of the way of small numbers in base registers.
        .args(["-O2", "-static", "-Wall", "-Wextra", "-Wl,-Ttext-segment=0x5500000000", "-o"])
        .arg(&program)
        .arg(source)
        .status()
        .expect("aarch64-linux-gnu-gcc starts");
    assert!(status.success(), "runner.c compiles");
    program
}

/// How to start the runner: `A64_ORACLE` holds a command in front of it (words separated by spaces, may be empty on an
/// arm64 host); the default is QEMU with every feature but SVE and SME, whose state our cores do not have.
fn launcher() -> Vec<String> {
    let command = std::env::var("A64_ORACLE").unwrap_or_else(|_| "qemu-aarch64 -cpu max,sve=off,sme=off".into());
    command.split_whitespace().map(String::from).collect()
}

/// What the oracle is called in the vectors it fills: `A64_ORACLE_NAME`, else the command.
pub(crate) fn name() -> String {
    std::env::var("A64_ORACLE_NAME").unwrap_or_else(|_| launcher().join(" "))
}

impl Remote {
    pub(crate) fn start(program: &Path) -> Self {
        let mut words = launcher();
        words.push(program.display().to_string());
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", words[0]));
        let mut input = BufWriter::new(child.stdin.take().expect("piped"));
        let output = BufReader::with_capacity(1 << 16, child.stdout.take().expect("piped"));
        input.write_all(content()).expect("the oracle reads");
        Self { child, input, output }
    }

    /// Executes a batch of at most [`SLOTS`] cases, each in a slot of its own.
    pub(crate) fn ask(&mut self, cases: &[Case]) -> Vec<Outcome> {
        assert!(cases.len() <= SLOTS);
        self.input.write_all(&(cases.len() as u32).to_le_bytes()).expect("the oracle reads");
        for c in cases {
            self.input.write_all(&question(c)).expect("the oracle reads");
        }
        self.input.flush().expect("the oracle reads");
        cases.iter().map(|_| self.answer()).collect()
    }

    fn answer(&mut self) -> Outcome {
        let mut bytes = [0u8; ANSWER];
        self.output.read_exact(&mut bytes).expect("the oracle answers");
        let mut f = Fields(&bytes);
        let (signal, _code, pc, address) = (f.u32(), f.u32(), f.u64(), f.u64());
        let mut s = Registers { x: [0; 31], sp: 0, nzcv: 0, fpcr: 0, fpsr: 0, v: [0; 32] };
        s.x.fill_with(|| f.u64());
        s.sp = f.u64();
        s.v.fill_with(|| u128::from(f.u64()) | u128::from(f.u64()) << 64);
        (s.nzcv, s.fpcr, s.fpsr) = (f.u32(), f.u32(), f.u32());
        let mut memory = Vec::new();
        for _ in 0..f.u32() {
            let mut chunk = [0u8; 24];
            self.output.read_exact(&mut chunk).expect("the oracle answers");
            let mut f = Fields(&chunk);
            memory.push((f.u64() as u16, u128::from(f.u64()) | u128::from(f.u64()) << 64));
        }
        let untagged = address & (u64::MAX >> 8);
        let end = match signal {
            SIGTRAP => End::Break,
            SIGILL => End::Undefined,
            SIGSEGV => End::Fault(untagged),
            SIGBUS => End::Misaligned(untagged),
            other => End::Other(other),
        };
        Outcome { end, pc, registers: s, memory }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // A batch of none ends the runner.
        let _ = self.input.write_all(&0u32.to_le_bytes());
        let _ = self.input.flush();
        let _ = self.child.wait();
    }
}

fn question(c: &Case) -> Vec<u8> {
    let s = c.registers();
    let mut q = Vec::with_capacity(QUESTION);
    for v in s.x.iter().chain([&s.sp]) {
        q.extend_from_slice(&v.to_le_bytes());
    }
    for v in s.v {
        q.extend_from_slice(&v.to_le_bytes());
    }
    let patches: Vec<_> = c.patches().collect();
    assert!(c.words.len() <= WORDS && patches.len() <= PATCHES);
    for v in [s.nzcv, s.fpcr, s.fpsr, u32::from(c.slot), c.words.len() as u32, patches.len() as u32] {
        q.extend_from_slice(&v.to_le_bytes());
    }
    for i in 0..WORDS {
        q.extend_from_slice(&c.words.get(i).copied().unwrap_or(0).to_le_bytes());
    }
    for i in 0..PATCHES {
        let (at, v) = patches.get(i).copied().unwrap_or((0, 0));
        q.extend_from_slice(&u64::from(at).to_le_bytes());
        q.extend_from_slice(&v.to_le_bytes());
    }
    assert_eq!(q.len(), QUESTION);
    q
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u32(&mut self) -> u32 {
        let (v, rest) = self.0.split_first_chunk().expect("long enough");
        self.0 = rest;
        u32::from_le_bytes(*v)
    }
    fn u64(&mut self) -> u64 {
        let (v, rest) = self.0.split_first_chunk().expect("long enough");
        self.0 = rest;
        u64::from_le_bytes(*v)
    }
}
