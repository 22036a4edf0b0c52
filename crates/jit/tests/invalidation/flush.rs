//! What a flush of everything leaves, and code that the interpreter executes until it is hot.

use super::{FUNCTION, IC_IVAU_X5, KERNEL, call, caller, ends};
use crate::machine::{Board, DSB, ISB, RET, hvc, movz};
use vmapple_a64::Profile;
use vmapple_jit::{Jit, Switches};

const IC_IALLUIS: u32 = 0xd508_711f;

/// Says on core `jit` that every instruction may have changed.
fn everything_changed(b: &Board, jit: &mut Jit) {
    b.words(KERNEL, &[IC_IALLUIS, DSB, ISB, hvc(2)]);
    jit.cpu_mut().state.pc = KERNEL;
    ends(jit, 2);
}

#[test]
fn code_that_has_not_changed_outlives_a_flush_of_everything() {
    let b = Board::new(2);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), RET]);
    let (mut one, mut two) = (b.jit(0), b.jit(1));
    // What flushes is translated too.
    everything_changed(&b, &mut one);
    assert_eq!(call(&mut one, FUNCTION), 1);
    let blocks = one.translated();
    everything_changed(&b, &mut one);
    everything_changed(&b, &mut two);
    assert_eq!((call(&mut one, FUNCTION), one.translated()), (1, blocks));
    for (value, other) in [(2, false), (3, true), (4, false)] {
        b.words(FUNCTION, &[movz(0, value)]);
        everything_changed(&b, if other { &mut two } else { &mut one });
        assert_eq!(call(&mut one, FUNCTION), u64::from(value));
    }
    assert!(one.translated() > blocks);
}

#[test]
fn a_flush_reaches_code_that_newer_code_of_its_line_stands_beside() {
    let b = Board::new(1);
    caller(&b);
    b.words(FUNCTION, &[movz(0, 1), RET, movz(0, 9), RET]);
    let mut jit = b.jit(0);
    assert_eq!(call(&mut jit, FUNCTION), 1);
    b.words(FUNCTION, &[movz(0, 2)]);
    // Not announced yet; but what is translated now is made from the line as it is now.
    assert_eq!(call(&mut jit, FUNCTION + 8), 9);
    everything_changed(&b, &mut jit);
    assert_eq!(call(&mut jit, FUNCTION), 2);
}

#[test]
fn code_becomes_hot_in_an_interpreter_and_stays_right() {
    let b = Board::new(1);
    caller(&b);
    let mut jit = b.recompiled(0, Profile::M1, 4 << 20, Switches::all());
    jit.cpu_mut().state.x[1] = FUNCTION;
    // B to the next word, a hundred times: executed once.
    b.words(FUNCTION, &[0x1400_0001; 100]);
    b.words(FUNCTION + 400, &[hvc(3)]);
    jit.cpu_mut().state.pc = FUNCTION;
    ends(&mut jit, 3);
    assert_eq!(jit.translated(), 0);
    b.words(KERNEL, &[IC_IVAU_X5, DSB, ISB, hvc(2)]);
    for value in 1..20 {
        b.words(FUNCTION, &[movz(0, value), RET]);
        (jit.cpu_mut().state.x[5], jit.cpu_mut().state.pc) = (FUNCTION, KERNEL);
        ends(&mut jit, 2);
        assert_eq!(call(&mut jit, FUNCTION), u64::from(value));
    }
    assert!(jit.translated() > 0);
}
