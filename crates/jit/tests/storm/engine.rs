//! The recompiler under a storm. Shared by the fuzz target `jit`.

use crate::storm::{self, Core};
use vmapple_a64::Cpu;
use vmapple_jit::{Jit, Switches};

impl Core for Jit {
    fn cpu(&mut self) -> &mut Cpu {
        self.cpu_mut()
    }
    fn step(&mut self) {
        self.run_block();
    }
}

/// Runs the guest that the bytes describe on the recompiler. Panics if a rule is broken.
pub(crate) fn run(input: &[u8]) {
    storm::run_on(input, |config| Jit::new(config, 1 << 20, Switches::default()).expect("an x86-64-v3 host"));
}
