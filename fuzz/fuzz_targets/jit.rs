//! Arbitrary guests on the recompiler, block by block: it never panics, hangs or reaches beyond guest memory.
#![no_main]

#[path = "../../crates/jit/tests/storm/engine.rs"]
mod engine;
#[path = "../../crates/a64/tests/storm/storm.rs"]
mod storm;

libfuzzer_sys::fuzz_target!(|input: &[u8]| engine::run(input));
