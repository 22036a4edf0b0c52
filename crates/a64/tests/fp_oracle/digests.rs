//! Many more cases than `vectors.bin` could hold: the cases come from a generator, and the file `digests.bin` has only a
//! digest of the oracle's answers to each group of them. A group that differs is known by its instruction and number;
//! the live comparison then shows the case.
//!
//! ```text
//! file:   "A64FPD1\n", then for each instruction of the table in turn GROUPS times u32, little-endian
//! digest: FNV-1a over result (u64, little-endian) and FPSR[7:0] of the GROUP cases in turn
//! ```

use crate::cases::{self, Case, Rng};
use crate::ops::Op;

pub(crate) const MAGIC: &[u8; 8] = b"A64FPD1\n";
/// Groups of an instruction, and cases of a group.
pub(crate) const GROUPS: usize = 100;
pub(crate) const GROUP: usize = 100;

/// The cases of an instruction, which depend on nothing but its name.
pub(crate) fn cases(op: &Op) -> Vec<Case> {
    let mut rng = Rng(u64::from(fnv(0x811c_9dc5, op.name.as_bytes())));
    (0..GROUPS * GROUP).map(|_| cases::case(&mut rng, op)).collect()
}

/// The digests of answers to them.
pub(crate) fn digests(answers: &[(u64, u32)]) -> Vec<u32> {
    let one = |h: u32, &(result, fpsr): &(u64, u32)| fnv(fnv(h, &result.to_le_bytes()), &[fpsr as u8]);
    answers.chunks(GROUP).map(|group| group.iter().fold(0x811c_9dc5, one)).collect()
}

/// FNV-1a, 32 bits, continued from `h`.
fn fnv(h: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(h, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}
