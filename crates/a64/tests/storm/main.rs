//! Hostile guests on the interpreter, without a fuzzer: the committed seeds of the fuzz target `a64`, and guests made by
//! chance from the rows of the decoder table.

mod storm;

use std::path::Path;
use vmapple_a64::coverage::executed;
use vmapple_a64::decode::{decode, rows};

#[test]
fn the_seeds_of_the_fuzz_target_break_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/a64");
    let mut seeds = 0;
    for file in std::fs::read_dir(&folder).expect("fuzz/seeds/a64") {
        let file = file.expect("readable").path();
        storm::run(&std::fs::read(&file).expect("readable"));
        seeds += 1;
    }
    assert!(seeds >= 32, "{} has only {seeds} seeds", folder.display());
}

#[test]
fn guests_of_every_row_break_nothing() {
    let mut state = 0x73_746f_726d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let rows: Vec<_> = rows().skip(2).collect();
    // Every row comes first in one guest.
    for n in 0..rows.len() {
        let mut input = next().to_le_bytes().to_vec();
        input.extend([n as u8 & 0x0d, next() as u8]);
        let (mut code, mut row) = rows[n];
        for _ in 0..64 {
            let mut word = row.value;
            // Not every filling of a row is allocated.
            for _ in 0..100 {
                word = next() as u32 & !row.mask | row.value;
                if decode(word).code == code {
                    break;
                }
            }
            input.extend(word.to_le_bytes());
            (code, row) = rows[next() as usize % rows.len()];
        }
        storm::run(&input);
    }
    // They did get somewhere.
    let executed = executed().len();
    assert!(executed > rows.len() * 9 / 10, "{executed} of {}", rows.len());
}
