//! The AArch64 CPU. Knows nothing of the board.
#![forbid(unsafe_code)]

pub mod softfp;
