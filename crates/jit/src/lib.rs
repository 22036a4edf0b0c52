//! The recompiler: AArch64 to x86-64, one core at a time (`spec/cpu-engine.md` 5).
//!
//! | file | holds |
//! | --- | --- |
//! | `run` | [`Jit`]: the loop around recompiled code |
//! | `translate` | one block: collecting instructions, liveness of flags |
//! | `emit/` | what each instruction becomes |
//! | `liveness` | which instructions read and set NZCV |
//! | `blocks` | page objects, blocks, links, invalidation |
//! | `cold` | code that is left to the interpreter |
//! | `copy` | code for another virtual address of a page |
//! | `text` | the words that code was made from |
//! | `frame` | what code addresses, which guest registers are pinned where |
//! | `refill` | what code calls when the first level of the TLB has no entry |
//! | `enter` | the border between Rust and recompiled code |
//! | `asm`, `evex`, `memory`, `mxcsr` | the encoder; memory for code; the host's floating-point status |
//! | `mode`, `switches` | what code depends on besides instructions; optimisations that can be off |
//! | `without` | mechanisms that tests leave out, to see themselves fail |
//!
//! Everything slow is the interpreter's ([`vmapple_a64::layout`]): a miss of both levels of the TLB, a device, a fault, an instruction without
//! host code is one call that executes that instruction, so that there is one implementation of it.
//!
//! Each core has code of its own, written and patched by its own thread: no lock, no patching across threads, and
//! invalidation reaches it through the mailboxes that the interpreter uses.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod asm;
mod blocks;
mod cold;
mod copy;
mod emit;
mod enter;
mod evex;
mod frame;
mod liveness;
mod memory;
mod mode;
mod mxcsr;
mod refill;
mod run;
mod switches;
mod text;
mod translate;
mod without;

pub use run::{Jit, Unusable, usable};
pub use switches::{NAMES as SWITCHES, Switches};
#[doc(hidden)]
pub use without::Without;
