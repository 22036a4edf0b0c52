//! Read-modify-writes: cores add to one counter, and nothing is lost.

use crate::cores::{CELLS, Cores, Flavour, count, flavours, rounds, until_seen};
use crate::machine::hvc;

/// What is in the counter when each of `n` cores has added `turns` times.
fn sum(body: &[u32], n: usize, flavour: Flavour, turns: u64) -> u64 {
    let program = count(body);
    let mut cores = Cores::new(&vec![program; n], flavour);
    cores.clear();
    cores.run(|_, s| (s.x[1], s.x[2], s.x[3], s.x[14]) = (CELLS, CELLS + 64, turns, 200));
    cores.board.get(CELLS)
}

fn nothing_is_lost(body: &[u32]) {
    for flavour in flavours() {
        for n in 2..=4 {
            let turns = rounds(if flavour == flavours()[0] { 20_000 } else { 3_000 });
            assert_eq!(sum(body, n, flavour, turns), n as u64 * turns, "{n} cores");
        }
    }
}

#[test]
fn atomic_additions_are_not_lost() {
    nothing_is_lost(&[0xf825_0026]); // LDADD X5, X6, [X1]
    nothing_is_lost(&[0xf8e5_0026]); // LDADDAL
    nothing_is_lost(&[0xf825_003f]); // STADD X5, [X1]
}

#[test]
fn exclusive_additions_are_not_lost() {
    // LDXR X6, [X1]; ADD X6, X6, #1; STXR W7, X6, [X1]; CBNZ W7, back.
    nothing_is_lost(&[0xc85f_7c26, 0x9100_04c6, 0xc807_7c26, 0x35ff_ffa7]);
}

#[test]
fn exclusive_additions_to_a_pair_are_not_lost() {
    // LDXP X6, X7, [X1]; ADD X6, X6, #1; ADD X7, X7, #1; STXP W8, X6, X7, [X1]; CBNZ W8, back.
    nothing_is_lost(&[0xc87f_1c26, 0x9100_04c6, 0x9100_04e7, 0xc828_1c26, 0x35ff_ff88]);
}

#[test]
fn compare_and_swap_additions_are_not_lost() {
    // LDR X6, [X1]; ADD X7, X6, #1; MOV X8, X6; CASAL X8, X7, [X1]; CMP X8, X6; B.NE back.
    nothing_is_lost(&[0xf940_0026, 0x9100_04c7, 0xaa06_03e8, 0xc8e8_fc27, 0xeb06_011f, 0x54ff_ff61]);
}

#[test]
fn compare_and_swap_additions_to_a_pair_are_not_lost() {
    // LDP X6, X7, [X1]; ADDS X8, X6, #1; ADC X9, X7, XZR; MOV X10, X6; MOV X11, X7; CASPAL X6, X7, X8, X9, [X1];
    // CMP X6, X10; B.NE back; CMP X7, X11; B.NE back.
    let mut body = vec![0xa940_1c26, 0xb100_04c8, 0x9a1f_00e9, 0xaa06_03ea, 0xaa07_03eb, 0x4866_fc28];
    body.extend([0xeb0a_00df, 0x54ff_ff21, 0xeb0b_00ff, 0x54ff_fee1]);
    nothing_is_lost(&body);
}

#[test]
fn additions_under_a_lock_are_not_lost() {
    // SWPA X5, X6, [X2]; CBZ X6, got; SUB X14, X14, #1; CBNZ X14, back; HVC #2; MOV X14, #200; B back;
    // got: LDR X6, [X1]; ADD X6, X6, #1; STR X6, [X1]; STLR XZR, [X2].
    let mut body = vec![0xf8a5_8046, 0xb400_00c6, 0xd100_05ce, 0xb5ff_ffae, hvc(2), 0xd280_190e, 0x17ff_fffa];
    body.extend([0xf940_0026, 0x9100_04c6, 0xf900_0026, 0xc89f_fc5f]);
    nothing_is_lost(&body);
}

#[test]
fn additions_that_are_not_atomic_are_lost() {
    until_seen("LDR, ADD, STR", || sum(&[0xf940_0026, 0x9100_04c6, 0xf900_0026], 2, flavours()[0], 100_000) < 200_000);
}
