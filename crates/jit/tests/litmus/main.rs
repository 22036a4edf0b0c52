//! The memory model: recompiled cores in threads of their own on one memory never show what the architecture forbids
//! (`spec/cpu-engine.md` 6.5). `VMAPPLE_LITMUS` multiplies the number of rounds.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "../machine/mod.rs"]
mod machine;

use machine::{Board, CODE, DATA, hvc};
use std::sync::Barrier;
use vmapple_a64::{Exit, State};
use vmapple_jit::Jit;

const SLOTS: u64 = 512;
const SLOT: u64 = 128;
const SECOND: u64 = 64;
const STR_X5_X1: u32 = 0xf900_0025;
const LDR_X6_X2: u32 = 0xf940_0046;
const DMB_ISH: u32 = 0xd503_3bbf;
const STLR_X5_X1: u32 = 0xc89f_fc25;
const LDAR_X6_X2: u32 = 0xc8df_fc46;
const STR_X6_X1_16: u32 = 0xf900_0826;

fn rounds(ordinarily: u64) -> u64 {
    ordinarily * std::env::var("VMAPPLE_LITMUS").map_or(1, |v| v.parse().expect("VMAPPLE_LITMUS is a number"))
}

/// The body once for every slot (X1 and X2 advance, X3 counts), then HVC #1.
fn for_each_slot(body: &[u32]) -> Vec<u32> {
    let mut words = body.to_vec();
    words.extend([0x9102_0021, 0x9102_0042]);
    count(&words)
}

/// The body X3 times, then HVC #1.
fn count(body: &[u32]) -> Vec<u32> {
    let mut words = body.to_vec();
    words.push(0xf100_0463); // SUBS X3, X3, #1
    let back = (words.len() as u32).wrapping_neg() & 0x7_ffff;
    words.extend([0x5400_0001 | back << 5, hvc(1)]);
    words
}

struct Cores {
    board: Board,
    cores: Vec<Jit>,
}

impl Cores {
    /// One core for each program.
    fn new(programs: &[Vec<u32>]) -> Self {
        let board = Board::new(programs.len());
        for (i, p) in programs.iter().enumerate() {
            board.words(CODE + 0x1000 * i as u64, p);
        }
        let cores = (0..programs.len()).map(|i| board.jit(i)).collect();
        Self { board, cores }
    }

    /// Runs all at once from a state that `set` completes.
    fn run(&mut self, set: impl Fn(usize, &mut State)) {
        let barrier = Barrier::new(self.cores.len());
        std::thread::scope(|scope| {
            for (i, jit) in self.cores.iter_mut().enumerate() {
                let s = &mut jit.cpu_mut().state;
                s.pc = CODE + 0x1000 * i as u64;
                s.x[5] = 1;
                set(i, s);
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    assert_eq!(jit.run(), Exit::Hypercall { imm: 1 }, "core {i}");
                });
            }
        });
    }

    fn clear(&self) {
        self.board.fill(DATA, &[0; (SLOTS * SLOT) as usize]);
    }
}

/// Store buffering: each core stores its own and loads the other's; both loading 0 is forbidden.
fn store_buffering(body: &[u32]) {
    let program = for_each_slot(body);
    let mut c = Cores::new(&[program.clone(), program]);
    for _ in 0..rounds(400) {
        c.clear();
        c.run(|i, s| {
            let (own, other) = if i == 0 { (0, SECOND) } else { (SECOND, 0) };
            (s.x[1], s.x[2], s.x[3]) = (DATA + own, DATA + other, SLOTS);
        });
        for slot in 0..SLOTS {
            let at = DATA + slot * SLOT;
            let seen = (c.board.get(at + 16), c.board.get(at + SECOND + 16));
            assert_ne!(seen, (0, 0), "slot {slot}");
        }
    }
}

#[test]
fn a_release_is_before_a_later_acquire() {
    store_buffering(&[STLR_X5_X1, LDAR_X6_X2, STR_X6_X1_16]);
}

#[test]
fn a_full_barrier_is_between_a_store_and_a_load() {
    store_buffering(&[STR_X5_X1, DMB_ISH, LDR_X6_X2, STR_X6_X1_16]);
}

#[test]
fn a_message_is_there_when_its_flag_is() {
    // STR X5, [X1]; STLR X5, [X2] against LDAR X6, [X2]; LDR X7, [X1]; STP X6, X7, [X1, #16].
    let writer = for_each_slot(&[STR_X5_X1, 0xc89f_fc45]);
    let reader = for_each_slot(&[LDAR_X6_X2, 0xf940_0027, 0xa901_1c26]);
    let mut c = Cores::new(&[writer, reader]);
    for _ in 0..rounds(400) {
        c.clear();
        c.run(|_, s| (s.x[1], s.x[2], s.x[3]) = (DATA, DATA + SECOND, SLOTS));
        for slot in 0..SLOTS {
            let at = DATA + slot * SLOT;
            assert_ne!((c.board.get(at + 16), c.board.get(at + 24)), (1, 0), "slot {slot}");
        }
    }
}

#[test]
fn a_pair_is_loaded_as_it_was_stored() {
    // STP X5, X5, [X1]; ADD X5, X5, #1 against LDP X6, X7, [X1]; CMP X6, X7; B.EQ over; HVC #2.
    let writer = count(&[0xa900_1425, 0x9100_04a5]);
    let reader = count(&[0xa940_1c26, 0xeb07_00df, 0x5400_0040, hvc(2)]);
    let mut c = Cores::new(&[writer, reader.clone(), reader]);
    c.clear();
    c.run(|_, s| (s.x[1], s.x[3]) = (DATA, rounds(300_000)));
}

/// Cores add to one counter: nothing is lost.
fn counter(body: &[u32]) {
    let program = count(body);
    let mut c = Cores::new(&[program.clone(), program.clone(), program]);
    c.clear();
    let turns = rounds(50_000);
    c.run(|_, s| (s.x[1], s.x[3]) = (DATA, turns));
    assert_eq!(c.board.get(DATA), 3 * turns);
}

#[test]
fn atomic_additions_are_not_lost() {
    counter(&[0xf8e5_0026]); // LDADDAL X5, X6, [X1]
}

#[test]
fn exclusive_additions_are_not_lost() {
    // LDXR X6, [X1]; ADD X6, X6, #1; STXR W7, X6, [X1]; CBNZ W7, back.
    counter(&[0xc85f_7c26, 0x9100_04c6, 0xc807_7c26, 0x35ff_ffa7]);
}

#[test]
fn compare_and_swap_additions_are_not_lost() {
    // LDR X6, [X1]; ADD X7, X6, #1; MOV X8, X6; CASAL X8, X7, [X1]; CMP X8, X6; B.NE back.
    counter(&[0xf940_0026, 0x9100_04c7, 0xaa06_03e8, 0xc8e8_fc27, 0xeb06_011f, 0x54ff_ff61]);
}
