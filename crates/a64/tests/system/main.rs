//! The privileged side of the core, through its public face: each test puts a few instructions and translation tables into
//! memory, steps, and looks at the state.

mod access;
mod bti;
mod code;
mod debug;
mod exceptions;
mod features;
mod fpac;
mod machine;
mod pauth;
mod profile;
mod spaces;
mod tlb;
mod walk;
