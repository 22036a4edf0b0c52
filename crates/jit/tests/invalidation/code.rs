//! Changed instructions: maintenance by any address, on any core, in the block that is running, after a device's DMA.

use super::{ALIAS, FUNCTION, IC_IVAU_X5, KERNEL, OTHER_FUNCTION, call, caller, ends, kernel};
use crate::machine::{Board, CODE, DATA, DSB, ISB, PLAIN, RET, TEXT, hvc, movz};
use crate::proof::{On, proofs};
use vmapple_memory::Dma;

const IC_IALLU: u32 = 0xd508_751f;
const IC_IALLUIS: u32 = 0xd508_711f;
const DC_CVAU_X5: u32 = 0xd50b_7b25;
const STR_W6_X7: u32 = 0xb900_00e6;

proofs! {
    maintenance_reaches_hot_code: [Lines],
    maintenance_through_an_alias_reaches_hot_code: [Lines],
    maintenance_reaches_hot_code_at_every_alias: [Lines],
    maintenance_on_another_core_reaches_hot_code: [Lines],
    maintenance_on_another_core_reaches_code_that_runs: [Lines],
    maintenance_of_everything_reaches_hot_code: [AllLines],
    maintenance_of_everything_on_another_core_reaches_hot_code: [AllLines],
    code_that_a_device_writes_runs: [Lines],
    a_block_that_changes_itself_goes_on_with_what_it_wrote: [Resync],
    a_loop_that_changes_itself_runs_what_it_wrote: [Lines],
}

fn maintenance_reaches_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    let core = &mut *on.core(&b, 0);
    assert_eq!(call(core, FUNCTION), 1);
    b.words(FUNCTION, &[movz(0, 2)]);
    kernel(core, &b, 0, &[IC_IVAU_X5, DSB, ISB], FUNCTION);
    assert_eq!(call(core, FUNCTION), 2);
}

fn maintenance_through_an_alias_reaches_hot_code(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    b.map(ALIAS, FUNCTION, TEXT);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    let core = &mut *on.core(&b, 0);
    assert_eq!(call(core, FUNCTION), 1);
    b.words(FUNCTION, &[movz(0, 2)]);
    kernel(core, &b, 0, &[IC_IVAU_X5, DSB, ISB], ALIAS);
    assert_eq!(call(core, FUNCTION), 2);
}

fn maintenance_reaches_hot_code_at_every_alias(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    let data = DATA + 0x10_0000;
    b.map(ALIAS, FUNCTION, TEXT);
    b.map(ALIAS + 0x1000, FUNCTION, TEXT);
    // Maintenance may go by an address where nothing can be executed.
    b.map(data, FUNCTION, PLAIN);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    let core = &mut *on.core(&b, 0);
    for at in [FUNCTION, ALIAS, ALIAS + 0x1000] {
        assert_eq!(call(core, at), 1);
    }
    b.words(FUNCTION, &[movz(0, 2)]);
    kernel(core, &b, 0, &[IC_IVAU_X5, DSB, ISB], data);
    for at in [FUNCTION, ALIAS, ALIAS + 0x1000] {
        assert_eq!(call(core, at), 2, "{at:#x}");
    }
}

fn maintenance_on_another_core_reaches_hot_code(on: On) {
    let b = Board::new(2);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    let (one, two) = (&mut *on.core(&b, 0), &mut *on.core(&b, 1));
    assert_eq!(call(one, FUNCTION), 1);
    b.words(FUNCTION, &[movz(0, 2)]);
    kernel(two, &b, 0, &[IC_IVAU_X5, DSB, ISB], FUNCTION);
    assert_eq!(call(one, FUNCTION), 2);
}

/// One core calls a function for ever; the other changes it, does the maintenance and then raises a flag. Whoever has seen the
/// flag (and an ISB) sees the new function.
fn maintenance_on_another_core_reaches_code_that_runs(on: On) {
    let mut b = Board::new(2);
    let (flag, writable) = (DATA, DATA + 0x10_0000);
    b.map(writable, FUNCTION, PLAIN);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    // LDAR X6, [X2]; ISB; BLR X1; CBZ X6, back; HVC #1.
    b.words(CODE, &[0xc8df_fc46, ISB, 0xd63f_0020, 0xb4ff_ffa6, hvc(1)]);
    // STR W6, [X7]; DC CVAU, X5; DSB; IC IVAU, X5; DSB; ISB; STLR X5, [X2]; HVC #2.
    let writer = KERNEL + 0x800;
    b.words(writer, &[STR_W6_X7, DC_CVAU_X5, DSB, IC_IVAU_X5, DSB, ISB, 0xc89f_fc45, hvc(2)]);
    let (one, two) = (&mut *on.core(&b, 0), &mut *on.core(&b, 1));
    for value in 2..12 {
        b.put(flag, 0);
        let s = &mut one.cpu().state;
        (s.pc, s.x[1], s.x[2]) = (CODE, FUNCTION, flag);
        let s = &mut two.cpu().state;
        (s.pc, s.x[2], s.x[5], s.x[6], s.x[7]) = (writer, flag, FUNCTION, movz(0, value).into(), writable);
        std::thread::scope(|scope| {
            scope.spawn(|| ends(one, 1));
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_micros(200));
                ends(two, 2);
            });
        });
        assert_eq!(one.cpu().state.x[0], u64::from(value));
    }
}

fn maintenance_of_everything_reaches_hot_code(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    let core = &mut *on.core(&b, 0);
    assert_eq!(call(core, FUNCTION), 1);
    b.words(FUNCTION, &[movz(0, 2)]);
    kernel(core, &b, 0, &[IC_IALLU, DSB, ISB], 0);
    assert_eq!(call(core, FUNCTION), 2);
}

fn maintenance_of_everything_on_another_core_reaches_hot_code(on: On) {
    let b = Board::new(2);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    let (one, two) = (&mut *on.core(&b, 0), &mut *on.core(&b, 1));
    assert_eq!(call(one, FUNCTION), 1);
    b.words(FUNCTION, &[movz(0, 2)]);
    kernel(two, &b, 0, &[IC_IALLUIS, DSB, ISB], 0);
    assert_eq!(call(one, FUNCTION), 2);
}

/// A page of code is read from a disk over one that is hot: the driver does the maintenance for each line.
fn code_that_a_device_writes_runs(on: On) {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    // On two lines: the second function is another block of the same page.
    b.words(FUNCTION + 0x40, &[movz(0, 3), RET]);
    let core = &mut *on.core(&b, 0);
    assert_eq!((call(core, FUNCTION), call(core, FUNCTION + 0x40)), (1, 3));
    let mut page = vec![0; 0x1000];
    for (at, word) in [(0, movz(0, 2)), (4, RET), (0x40, movz(0, 4)), (0x44, RET)] {
        page[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }
    Dma::new(b.memory.clone()).write(FUNCTION, &page).expect("in RAM");
    // IC IVAU, X5; ADD X5, X5, #64; SUB X6, X6, #1; CBNZ X6, back.
    core.cpu().state.x[6] = 64;
    kernel(core, &b, 0, &[IC_IVAU_X5, 0x9101_00a5, 0xd100_04c6, 0xb5ff_ffa6, DSB, ISB], FUNCTION);
    assert_eq!((call(core, FUNCTION), call(core, FUNCTION + 0x40)), (2, 4));
}

fn a_block_that_changes_itself_goes_on_with_what_it_wrote(on: On) {
    let mut b = Board::new(1);
    let writable = DATA + 0x10_0000;
    b.map(writable, KERNEL, PLAIN);
    // The instruction behind the maintenance is what is written: in the line of the maintenance, and in another one.
    for behind in [0u64, 0x40] {
        let at = KERNEL + 0x100 * (1 + behind / 0x40);
        let mut words = vec![STR_W6_X7, DC_CVAU_X5, DSB, IC_IVAU_X5, DSB, ISB];
        words.resize(words.len() + behind as usize / 4, crate::machine::NOP);
        let target = at + 4 * words.len() as u64;
        words.extend([movz(0, 0x100), hvc(3)]);
        b.words(at, &words);
        let core = &mut *on.core(&b, 0);
        for value in 1..6 {
            let s = &mut core.cpu().state;
            (s.pc, s.x[5], s.x[6], s.x[7]) = (at, target, movz(0, value).into(), writable + (target - KERNEL));
            ends(core, 3);
            assert_eq!(core.cpu().state.x[0], u64::from(value));
        }
    }
}

/// Just-in-time compilers do it: the loop patches its own beginning.
fn a_loop_that_changes_itself_runs_what_it_wrote(on: On) {
    let mut b = Board::new(1);
    let writable = DATA + 0x10_0000;
    b.map(writable, OTHER_FUNCTION, PLAIN);
    // ADD X0, X0, #1 becomes ADD X0, X0, #2, ... and each turn adds what the last one wrote.
    let add = 0x9100_0400u32;
    // ADD W6, W6, #0x400, one in the immediate; the maintenance; SUBS X3, X3, #1; B.NE to the start.
    let words = [add, 0x1110_00c6, STR_W6_X7, IC_IVAU_X5, DSB, ISB, 0xf100_0463, 0x54ff_ff21, hvc(3)];
    b.words(OTHER_FUNCTION, &words);
    let core = &mut *on.core(&b, 0);
    let s = &mut core.cpu().state;
    (s.pc, s.x[0], s.x[3]) = (OTHER_FUNCTION, 0, 40);
    (s.x[5], s.x[6], s.x[7]) = (OTHER_FUNCTION, add.into(), writable);
    ends(core, 3);
    assert_eq!(core.cpu().state.x[0], (1..=40).sum::<u64>());
}
