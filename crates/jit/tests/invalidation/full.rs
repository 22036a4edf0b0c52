//! Code memory that runs out: everything is forgotten, and made again.

use super::{BLR_X1, FUNCTION, IC_IVAU_X5, KERNEL, ends};
use crate::machine::{Board, CODE, DATA, DSB, Engine, ISB, RAM, RET, TEXT, hvc, movz};
use crate::proof::{On, proofs};
use vmapple_a64::Profile;

/// The least there is: it holds some hundred of the blocks here.
const SMALL: usize = 1 << 20;
/// Code that has no room: blocks of sixteen words, so that they leave most of the table of indirect branches alone.
const PROGRAM: u64 = RAM + 0x40_0000;
const BLOCKS: u64 = 2000;

proofs! {
    code_memory_that_runs_out_is_used_anew: [Room],
    what_led_to_forgotten_code_is_forgotten_too: [Room, Forgetting],
    code_memory_runs_out_on_every_core_under_maintenance: [Room],
}

/// X1 times through all blocks, each of which adds one to X0; then HVC #1.
fn program(b: &mut Board) {
    // LDR X4, [X6]; ...; ADD X0, X0, #1; B to the next word.
    let mut block = vec![0xf940_00c4; 16];
    block.splice(14.., [0x9100_0400, 0x1400_0001]);
    let mut words = block.repeat(BLOCKS as usize);
    // SUBS X1, X1, #1; B.EQ over; BR X3; HVC.
    words.extend([0xf100_0421, 0x5400_0040, 0xd61f_0060, hvc(1)]);
    for at in (0..4 * words.len() as u64).step_by(0x1000) {
        b.map(PROGRAM + at, PROGRAM + at, TEXT);
    }
    b.words(PROGRAM, &words);
}

fn start(core: &mut dyn Engine, turns: u64) {
    let s = &mut core.cpu().state;
    (s.pc, s.x[0], s.x[1], s.x[3], s.x[6]) = (PROGRAM, 0, turns, PROGRAM, DATA);
}

fn code_memory_that_runs_out_is_used_anew(on: On) {
    let mut b = Board::new(1);
    program(&mut b);
    let core = &mut *on.any_core(&b, 0, Profile::M1, SMALL);
    // Often enough that a machine's recompiler finds it worth translating.
    start(core, 12);
    ends(core, 1);
    assert_eq!(core.cpu().state.x[0], 12 * BLOCKS);
    if let Some(translated) = core.translated() {
        assert!(translated > BLOCKS + 10, "{translated} blocks: nothing was forgotten");
    }
}

/// Functions are called through the table of indirect branches and through guards, and, when they have been forgotten, again.
fn what_led_to_forgotten_code_is_forgotten_too(on: On) {
    let mut b = Board::new(1);
    program(&mut b);
    let at = |n: u64| FUNCTION + 4 + 0x440 * n;
    for n in 0..16 {
        b.words(at(n), &[movz(0, 100 + n as u32), RET]);
    }
    b.words(CODE, &[BLR_X1, hvc(2)]);
    let core = &mut *on.any_core(&b, 0, Profile::M1, SMALL);
    for round in 0..3 {
        for n in (0..16).chain((0..16).rev()) {
            let s = &mut core.cpu().state;
            (s.pc, s.x[1]) = (CODE, at(n));
            ends(core, 2);
            assert_eq!(core.cpu().state.x[0], 100 + n, "round {round}");
        }
        start(core, 1);
        ends(core, 1);
        assert_eq!(core.cpu().state.x[0], BLOCKS);
    }
}

/// Three cores run through more code than they can hold while a fourth takes lines of it away.
fn code_memory_runs_out_on_every_core_under_maintenance(on: On) {
    let mut b = Board::new(4);
    program(&mut b);
    // The fourth: IC IVAU, X5; DSB; ISB; ADD X5, X5, #192; SUBS X1, X1, #1; B.NE back; HVC #2.
    b.words(KERNEL, &[IC_IVAU_X5, DSB, ISB, 0x9103_00a5, 0xf100_0421, 0x54ff_ff61, hvc(2)]);
    let mut cores: Vec<_> = (0..4).map(|n| on.any_core(&b, n, Profile::M1, SMALL)).collect();
    std::thread::scope(|scope| {
        for (n, core) in cores.iter_mut().enumerate() {
            let core = &mut **core;
            if n < 3 {
                start(core, 8);
                scope.spawn(move || ends(core, 1));
            } else {
                let s = &mut core.cpu().state;
                (s.pc, s.x[1], s.x[5]) = (KERNEL, 0x200, PROGRAM);
                scope.spawn(move || ends(core, 2));
            }
        }
    });
    for core in &mut cores[..3] {
        assert_eq!(core.cpu().state.x[0], 8 * BLOCKS);
    }
}
