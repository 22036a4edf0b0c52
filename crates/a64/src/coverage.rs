//! Which encodings this process has executed.
//!
//! Counted where an instruction is decoded for execution, which happens once for each place in a decoded page: running it
//! again costs nothing. An engine that decodes by itself must decode through [`decode_to_execute`] too.

use crate::decode::{COUNT, Code, Op, decode_for, rows};
use crate::profile::Profile;
use std::sync::atomic::{AtomicU64, Ordering};

/// One bit for each [`Code`].
static EXECUTED: [AtomicU64; COUNT.div_ceil(64)] = [const { AtomicU64::new(0) }; COUNT.div_ceil(64)];

/// Decodes an instruction that is about to be executed.
#[inline(never)]
pub fn decode_to_execute(profile: Profile, word: u32) -> Op {
    let op = decode_for(profile, word);
    let (word, bit) = place(op.code);
    if let Some(bits) = EXECUTED.get(word)
        && bits.load(Ordering::Relaxed) & bit == 0
    {
        bits.fetch_or(bit, Ordering::Relaxed);
    }
    op
}

/// Names of the rows executed so far by any core of this process, in the order of the table.
pub fn executed() -> Vec<&'static str> {
    let seen = |code: Code| {
        let (word, bit) = place(code);
        EXECUTED.get(word).is_some_and(|bits| bits.load(Ordering::Relaxed) & bit != 0)
    };
    rows().filter(|(code, _)| seen(*code)).map(|(_, row)| row.name).collect()
}

fn place(code: Code) -> (usize, u64) {
    (usize::from(code.0) / 64, 1 << (code.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_listed_once_it_was_decoded_to_be_executed() {
        // SM3 has no row, and no other test of this crate executes SHA512SU0.
        let word = 0xcec0_8020;
        assert!(!executed().contains(&"SHA512SU0"));
        let profile = Profile::default();
        assert_eq!(decode_to_execute(profile, word), decode_for(profile, word));
        decode_to_execute(profile, word);
        assert_eq!(executed().iter().filter(|name| **name == "SHA512SU0").count(), 1);
    }
}
