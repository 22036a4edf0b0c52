//! Arbitrary guests on the interpreter, step by step: it never panics, hangs or reaches beyond guest memory.
#![no_main]

#[path = "../../crates/a64/tests/storm/storm.rs"]
mod storm;

libfuzzer_sys::fuzz_target!(|input: &[u8]| storm::run(input));
