//! Hostile guests on the recompiler, without a fuzzer, as `crates/a64/tests/storm` has them on the interpreter: the committed
//! seeds of its fuzz target, and guests made by chance from the rows of the decoder table. `VMAPPLE_STORM` multiplies their
//! number.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "engine.rs"]
mod engine;
#[path = "../../../a64/tests/storm/storm.rs"]
mod storm;

use std::path::Path;
use vmapple_a64::decode::{decode, rows};

#[test]
fn the_seeds_of_the_fuzz_target_break_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/a64");
    let mut seeds = 0;
    for file in std::fs::read_dir(&folder).expect("fuzz/seeds/a64") {
        let file = file.expect("readable").path();
        engine::run(&std::fs::read(&file).expect("readable"));
        seeds += 1;
    }
    assert!(seeds >= 32, "{} has only {seeds} seeds", folder.display());
}

#[test]
fn guests_of_every_row_break_nothing() {
    let mut state = 0x6a69_7473_746f_726d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let rows: Vec<_> = rows().skip(2).collect();
    // Every row comes first in one guest.
    let times: usize = std::env::var("VMAPPLE_STORM").map_or(1, |v| v.parse().expect("VMAPPLE_STORM is a number"));
    for n in 0..rows.len() * times {
        let n = n % rows.len();
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
        engine::run(&input);
    }
}
