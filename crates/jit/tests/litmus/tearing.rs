//! Accesses that are single-copy atomic: aligned 16-byte pairs and Q registers, and whatever lies within aligned 16 bytes
//! (FEAT_LSE2). Writers store values whose halves agree; who loads halves that do not agree has seen two stores.

use crate::cores::{CELLS, Cores, Flavour, SEEN, count, flavours, lacking, rounds, until_seen};
use crate::machine::hvc;
use vmapple_jit::Without;

/// CMP X6, X7; B.EQ over; HVC #3.
const CHECK: [u32; 3] = [0xeb07_00df, 0x5400_0040, hvc(SEEN)];
/// ADD X5, X5, X8: the next value, with X8 what keeps the halves alike.
const NEXT: u32 = 0x8b08_00a5;

const STP: u32 = 0xa900_1425;
const STNP: u32 = 0xa800_1425;
const STR_Q: [u32; 2] = [0x4e08_0ca0, 0x3d80_0020];
const LDP: [u32; 1] = [0xa940_1c26];
const LDNP: [u32; 1] = [0xa840_1c26];
const LDR_Q: [u32; 3] = [0x3dc0_0021, 0x4e08_3c26, 0x4e18_3c27];
const LDXP: [u32; 2] = [0xc87f_1c26, 0xd503_3f5f];
/// LDXP X6, X7, [X1]; STXP W9, X5, X5, [X1]; CBNZ W9, back.
const STXP: [u32; 3] = [0xc87f_1c26, 0xc829_1425, 0x35ff_ffc9];

fn writer(stores: &[u32]) -> Vec<u32> {
    count(&[stores, &[NEXT]].concat())
}

fn reader(loads: &[u32]) -> Vec<u32> {
    count(&[loads, &CHECK].concat())
}

/// Writers and readers at an offset from a multiple of 16; whether halves that disagree were seen.
fn torn(programs: &[Vec<u32>], flavour: Flavour, offset: u64, turns: u64) -> bool {
    // X8, which makes the next value: halves of 64 bits that are the same register, or of 32 bits in one.
    let step = if offset == 0 { 1 } else { 0x1_0000_0001 };
    let mut cores = Cores::new(programs, flavour);
    cores.clear();
    cores.run(|i, s| {
        (s.x[1], s.x[3], s.x[8]) = (CELLS + offset, turns, step);
        s.x[5] = step.wrapping_mul(1 + 1000 * i as u64);
    })
}

fn never(name: &str, programs: &[Vec<u32>], offset: u64) {
    for flavour in flavours() {
        // The interpreter is slower.
        let turns = rounds(if flavour == flavours()[0] { 60_000 } else { 6_000 });
        assert!(!torn(programs, flavour, offset, turns), "{name}: torn");
    }
}

#[test]
fn sixteen_aligned_bytes_are_stored_and_loaded_at_once() {
    let writers: [(&str, &[u32]); 4] = [("STP", &[STP]), ("STNP", &[STNP]), ("STR Q", &STR_Q), ("STXP", &STXP)];
    let readers: [(&str, &[u32]); 4] = [("LDP", &LDP), ("LDNP", &LDNP), ("LDR Q", &LDR_Q), ("LDXP", &LDXP)];
    for (w, stores) in writers {
        for (r, loads) in readers {
            never(&format!("{w}, {r}"), &[writer(stores), reader(loads)], 0);
        }
    }
    // Three and four cores, of each kind.
    never("STP, LDP, LDR Q", &[writer(&[STP]), reader(&LDP), reader(&LDR_Q)], 0);
    never("STP, STR Q, LDP, LDR Q", &[writer(&[STP]), writer(&STR_Q), reader(&LDP), reader(&LDR_Q)], 0);
}

#[test]
fn eight_bytes_within_sixteen_are_stored_and_loaded_at_once() {
    // LDUR X6, [X1]; LSR X7, X6, #32; MOV W6, W6, from the fourth byte; then the halves are 32 bits.
    let read: [u32; 3] = [0xf840_0026, 0xd360_fcc7, 0x2a06_03e6];
    never("STUR, LDUR", &[writer(&[0xf800_0025]), reader(&read)], 4);
    // STP W5, W5 and LDP W6, W7, aligned to eight.
    never("STP W, LDP W", &[writer(&[0x2900_1425]), reader(&[0x2940_1c26])], 8);
}

#[test]
fn two_accesses_are_seen_to_be_two() {
    // LDR X6, [X1]; LDR X7, [X1, #8]. And STR X5, [X1]; STR X5, [X1, #8].
    let (loads, stores) = ([0xf940_0026, 0xf940_0427], [0xf900_0025, 0xf900_0425]);
    for (name, stores, loads) in [("two loads", &[STP][..], &loads[..]), ("two stores", &stores, &LDP)] {
        until_seen(name, || torn(&[writer(stores), reader(loads)], flavours()[0], 0, 100_000));
    }
    // And so is a recompiler's LDP that loads twice.
    let programs = [writer(&[STP]), reader(&LDP)];
    until_seen("LDP in two", || torn(&programs, lacking(Without::Pairs), 0, 100_000));
}
