//! The AArch64 CPU of the VMApple machine. Knows nothing of the board: what lies outside the core is an [`Env`].
//!
//! | room | holds |
//! | --- | --- |
//! | [`decode`] | one table, one line per encoding; [`Op`], the pre-decoded instruction that every engine shares |
//! | [`state`] | the architectural state, plain data |
//! | [`sys`] | the system-register table: who may access what, and what an access does |
//! | [`mmu`] | page walk, TLB, permissions; loads and stores on top of them |
//! | [`interp`] | what each encoding does: the reference semantics, and the slow path of every engine |
//! | [`exception`] | taking and returning from exceptions, with exact syndromes |
//! | [`debug`] | software step, breakpoints, watchpoints |
//! | [`code`] | pre-decoded pages, and what invalidates them |
//! | [`layout`] | what a recompiler needs to know of a core's inside |
//! | [`coverage`] | which encodings were executed, for the coverage report |
//! | [`profile`] | which core is modelled: the features one has beyond another |
//! | [`coherence`] | TLB and instruction-cache maintenance that reaches the other CPUs |
//! | [`softfp`] | bit-exact floating point in integer arithmetic |
//!
//! Sources: the Arm Architecture Reference Manual for A-profile (DDI 0487), and `spec/cpu-engine.md`.
//! "Guest" is always arm64; "host" is whatever this program runs on.

#![forbid(unsafe_code)]

pub mod attention;
pub mod code;
pub mod coherence;
pub mod coverage;
pub mod cpu;
pub mod debug;
pub mod decode;
pub mod env;
pub mod exception;
pub mod interp;
pub mod layout;
pub mod mmu;
pub mod profile;
pub mod softfp;
pub mod state;
pub mod sys;

pub use attention::Attention;
pub use coherence::Coherence;
pub use cpu::{Cpu, CpuConfig};
pub use decode::{Op, Row};
pub use env::{Env, Exit, ExternalAbort, SysRegister};
pub use profile::{Feature, Profile};
pub use state::State;
