//! The memory model: cores in threads of their own on one memory never show what the architecture forbids
//! (`spec/cpu-engine.md` 6.5). Each family also shows the forbidden outcome where nothing forbids it, so that it is known to see
//! it. `VMAPPLE_LITMUS` multiplies the number of rounds: 100 makes millions of iterations of each test.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod cores;
mod counters;
#[path = "../machine/mod.rs"]
mod machine;
#[expect(clippy::print_stdout, reason = "the outcomes seen, for those who ask with --nocapture")]
mod order;
mod tearing;
