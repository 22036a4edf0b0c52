//! The privileged side of the core, through its public face: each test puts a few instructions and translation tables into
//! memory, steps, and looks at the state.

mod access;
mod code;
mod exceptions;
mod features;
mod machine;
mod pauth;
mod tlb;
mod walk;
