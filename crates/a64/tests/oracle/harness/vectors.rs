//! Recorded cases with the oracle's outcomes, one file per class: `vectors/CLASS.bin`, deflated.
//!
//! ```text
//! file:     "A64ORV2\n", u8 length of the oracle's name, the name, then cases until the end; all numbers little-endian
//! case:     u64 seed, u8 slot, u8 words, words, u8 settings, settings
//! setting:  u8 kind: 0 X (u8 number, u64), 1 V (u8, u128), 2 FPCR (u32), 3 memory (u16 offset, u128)
//! outcome:  u8 end: 0 break, 1 undefined, 2 fault (u64 address), 3 misaligned (u64 address), 4 other (u32)
//!           u64 pc minus start, u8 settings, settings: registers that differ from those before (as above, and
//!           4 NZCV u32, 5 FPSR u32) and pieces of memory that changed
//! ```

use super::case::{Case, End, Outcome, Set};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"A64ORV2\n";

/// Recorded cases of a class, at least.
pub(crate) const ENOUGH: usize = 10_000;

/// Where the vectors of a class lie.
pub(crate) fn path(class: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../a64/tests/oracle/vectors").join(format!("{class}.bin"))
}

pub(crate) fn save(class: &str, oracle: &str, cases: &[(Case, Outcome)]) -> std::io::Result<u64> {
    let mut raw = MAGIC.to_vec();
    raw.push(oracle.len() as u8);
    raw.extend(&oracle.as_bytes()[..usize::from(oracle.len() as u8)]);
    for (c, o) in cases {
        write_case(&mut raw, c);
        write_outcome(&mut raw, c, o);
    }
    let mut e = DeflateEncoder::new(Vec::new(), Compression::best());
    e.write_all(&raw)?;
    let packed = e.finish()?;
    let to = path(class);
    if let Some(directory) = to.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(to, &packed)?;
    Ok(packed.len() as u64)
}

/// The oracle's name and the cases of a class.
pub(crate) fn load(class: &str) -> std::io::Result<(String, Vec<(Case, Outcome)>)> {
    let mut raw = Vec::new();
    DeflateDecoder::new(std::fs::File::open(path(class))?).read_to_end(&mut raw)?;
    let mut r = Reader(raw.strip_prefix(MAGIC).expect("a vector file"));
    let length = r.number(1) as usize;
    let (name, cases) = r.0.split_at(length);
    r.0 = cases;
    let mut out = Vec::new();
    while !r.0.is_empty() {
        let case = r.case();
        let outcome = r.outcome(&case);
        out.push((case, outcome));
    }
    Ok((String::from_utf8_lossy(name).into_owned(), out))
}

fn write_set(raw: &mut Vec<u8>, s: &Set) {
    match s {
        Set::X(n, v) => {
            raw.extend([0, *n]);
            raw.extend(v.to_le_bytes());
        }
        Set::V(n, v) => {
            raw.extend([1, *n]);
            raw.extend(v.to_le_bytes());
        }
        Set::Fpcr(v) => {
            raw.push(2);
            raw.extend(v.to_le_bytes());
        }
        Set::Memory(at, v) => {
            raw.push(3);
            raw.extend(at.to_le_bytes());
            raw.extend(v.to_le_bytes());
        }
    }
}

fn write_case(raw: &mut Vec<u8>, c: &Case) {
    raw.extend(c.seed.to_le_bytes());
    raw.extend([c.slot, c.words.len() as u8]);
    for w in &c.words {
        raw.extend(w.to_le_bytes());
    }
    raw.push(c.set.len() as u8);
    for s in &c.set {
        write_set(raw, s);
    }
}

fn write_outcome(raw: &mut Vec<u8>, c: &Case, o: &Outcome) {
    match o.end {
        End::Break => raw.push(0),
        End::Undefined => raw.push(1),
        End::Fault(a) => {
            raw.push(2);
            raw.extend(a.to_le_bytes());
        }
        End::Misaligned(a) => {
            raw.push(3);
            raw.extend(a.to_le_bytes());
        }
        End::Other(n) => {
            raw.push(4);
            raw.extend(n.to_le_bytes());
        }
    }
    raw.extend(o.pc.wrapping_sub(c.pc()).to_le_bytes());
    let (was, now) = (c.registers(), &o.registers);
    let mut settings = Vec::new();
    let mut count = 0u8;
    let mut add = |s: Set| {
        write_set(&mut settings, &s);
        count += 1;
    };
    (0..31).filter(|&i| was.x[i] != now.x[i]).for_each(|i| add(Set::X(i as u8, now.x[i])));
    if was.sp != now.sp {
        add(Set::X(31, now.sp));
    }
    (0..32).filter(|&i| was.v[i] != now.v[i]).for_each(|i| add(Set::V(i as u8, now.v[i])));
    if was.fpcr != now.fpcr {
        add(Set::Fpcr(now.fpcr));
    }
    o.memory.iter().for_each(|&(at, v)| add(Set::Memory(at, v)));
    for (kind, was, now) in [(4, was.nzcv, now.nzcv), (5, was.fpsr, now.fpsr)] {
        if was != now {
            settings.push(kind);
            settings.extend(now.to_le_bytes());
            count += 1;
        }
    }
    raw.push(count);
    raw.extend(settings);
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self, bytes: usize) -> u128 {
        let (head, tail) = self.0.split_at(bytes);
        self.0 = tail;
        head.iter().rev().fold(0, |n, b| n << 8 | u128::from(*b))
    }

    fn set(&mut self, kind: u8) -> Set {
        match kind {
            0 => Set::X(self.number(1) as u8, self.number(8) as u64),
            1 => Set::V(self.number(1) as u8, self.number(16)),
            2 => Set::Fpcr(self.number(4) as u32),
            _ => Set::Memory(self.number(2) as u16, self.number(16)),
        }
    }

    fn case(&mut self) -> Case {
        let (seed, slot) = (self.number(8) as u64, self.number(1) as u8);
        let words = (0..self.number(1)).map(|_| self.number(4) as u32).collect();
        let settings = self.number(1);
        let set = (0..settings)
            .map(|_| {
                let kind = self.number(1) as u8;
                self.set(kind)
            })
            .collect();
        Case { seed, slot, words, set }
    }

    fn outcome(&mut self, c: &Case) -> Outcome {
        let end = match self.number(1) {
            0 => End::Break,
            1 => End::Undefined,
            2 => End::Fault(self.number(8) as u64),
            3 => End::Misaligned(self.number(8) as u64),
            _ => End::Other(self.number(4) as u32),
        };
        let pc = c.pc().wrapping_add(self.number(8) as u64);
        let mut registers = c.registers();
        let mut memory = Vec::new();
        for _ in 0..self.number(1) {
            match self.number(1) as u8 {
                4 => registers.nzcv = self.number(4) as u32,
                5 => registers.fpsr = self.number(4) as u32,
                kind => match self.set(kind) {
                    Set::X(31, v) => registers.sp = v,
                    Set::X(n, v) => registers.x[usize::from(n)] = v,
                    Set::V(n, v) => registers.v[usize::from(n)] = v,
                    Set::Fpcr(v) => registers.fpcr = v,
                    Set::Memory(at, v) => memory.push((at, v)),
                },
            }
        }
        Outcome { end, pc, registers, memory }
    }
}
