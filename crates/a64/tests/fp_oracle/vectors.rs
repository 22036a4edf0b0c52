//! The file of recorded answers, `vectors.bin`. All numbers are little-endian.
//!
//! ```text
//! file:    "A64FPV1\n", then one block per instruction until the end
//! block:   u8 length of name, name in ASCII, u16 number of cases, cases
//! case:    u8 control, operands, result, u8 flags
//! control: bits [1:0] FPCR.RMode, 2 FZ, 3 DN, 4 FZ16, 5 AHP
//! flags:   FPSR[7:0], which was zero before
//! ```
//!
//! How many operands there are, and how many bytes they and the result take, is in the instruction table (`ops.rs`).

use crate::cases::Case;
use crate::ops::Op;

pub(crate) const MAGIC: &[u8; 8] = b"A64FPV1\n";

/// A case and the oracle's answer.
pub(crate) struct Vector {
    pub(crate) case: Case,
    pub(crate) result: u64,
    pub(crate) flags: u8,
}

pub(crate) fn write_block(file: &mut Vec<u8>, op: &Op, vectors: &[Vector]) {
    file.push(op.name.len() as u8);
    file.extend_from_slice(op.name.as_bytes());
    file.extend_from_slice(&(vectors.len() as u16).to_le_bytes());
    for vector in vectors {
        file.push(vector.case.control);
        for (operand, kind) in vector.case.operands.iter().zip(&op.operands) {
            file.extend_from_slice(&operand.to_le_bytes()[..kind.bytes()]);
        }
        file.extend_from_slice(&vector.result.to_le_bytes()[..op.result]);
        file.push(vector.flags);
    }
}

/// Reads the file from the front.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a [u8]) -> Self {
        Self(file.strip_prefix(MAGIC).expect("not a vector file"))
    }

    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(n);
        self.0 = tail;
        head
    }

    fn number(&mut self, bytes: usize) -> u64 {
        self.take(bytes).iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte))
    }

    /// The next block's instruction and number of cases.
    pub(crate) fn block(&mut self) -> Option<(&'a str, usize)> {
        if self.0.is_empty() {
            return None;
        }
        let length = self.number(1) as usize;
        let name = std::str::from_utf8(self.take(length)).expect("name is ASCII");
        Some((name, self.number(2) as usize))
    }

    pub(crate) fn vector(&mut self, op: &Op) -> Vector {
        let control = self.number(1) as u8;
        let mut operands = [0; 3];
        for (slot, kind) in operands.iter_mut().zip(&op.operands) {
            *slot = self.number(kind.bytes());
        }
        let result = self.number(op.result);
        Vector { case: Case { control, operands }, result, flags: self.number(1) as u8 }
    }
}
