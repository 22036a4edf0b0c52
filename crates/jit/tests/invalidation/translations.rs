//! Changed translations: pages mapped anew, under links too; address spaces; permissions to execute; and when another core's
//! maintenance counts.

use super::{ALIAS, FUNCTION, KERNEL, OTHER_FUNCTION, again, call, call_faults, caller, ends, kernel};
use crate::machine::{Board, CODE, DATA, DSB, Engine, ISB, NG, PLAIN, PXN, RET, TEXT, hvc, movz};
use crate::proof::{On, proofs};

const TLBI_VAE1_X5: u32 = 0xd508_8725;
const TLBI_VAE1IS_X5: u32 = 0xd508_8325;
const TLBI_VMALLE1IS: u32 = 0xd508_831f;
const MSR_TTBR0_X5: u32 = 0xd518_2005;

proofs! {
    a_page_that_is_mapped_anew_is_what_runs: [Translations, Guards],
    a_page_that_is_mapped_anew_under_a_link_is_what_runs: [Translations, Guards],
    one_address_inside_a_block_invalidates_the_code_in_all_of_it: [Translations, Guards],
    a_page_that_another_core_maps_anew_is_what_runs: [Translations, Guards],
    each_address_space_has_its_own_code: [Translations, Guards],
    each_address_space_has_its_own_code_under_a_link: [Translations, Guards],
    a_page_that_may_not_be_executed_any_more_faults: [Translations, Guards],
    after_the_barrier_no_core_uses_the_old_translation: [Rendezvous],
}

/// Two functions at two places; the page at [`ALIAS`] is the first. Returns where its descriptor is.
fn two_functions(b: &mut Board) -> u64 {
    b.words(FUNCTION, &[movz(0, 1), RET]);
    b.words(OTHER_FUNCTION, &[movz(0, 2), RET]);
    b.map(ALIAS, FUNCTION, TEXT)
}

fn a_page_that_is_mapped_anew_is_what_runs(on: On) {
    let mut b = Board::new(1);
    caller(&b);
    let leaf = two_functions(&mut b);
    let core = &mut *on.core(&b, 0);
    assert_eq!(call(core, ALIAS), 1);
    b.put(leaf, b.get(leaf) + 0x1000);
    kernel(core, &b, 0, &[TLBI_VAE1_X5, DSB, ISB], ALIAS >> 12);
    assert_eq!(call(core, ALIAS), 2);
    b.put(leaf, b.get(leaf) - 0x1000);
    again(core, 0, ALIAS >> 12);
    assert_eq!(call(core, ALIAS), 1);
}

fn one_address_inside_a_block_invalidates_the_code_in_all_of_it(on: On) {
    let b = Board::new(1);
    caller(&b);
    // Two megabytes: first of those that begin with the code, then of the next.
    let block = CODE + 0x60_0000;
    let table = b.get(b.root + (block >> 30) * 8) & 0xffff_ffff_f000;
    let leaf = table + (block >> 21 & 511) * 8;
    b.put(leaf, CODE | TEXT | 1 << 10 | 3 << 8 | 1);
    let into = FUNCTION - CODE;
    b.words(FUNCTION, &[movz(0, 1), RET]);
    b.words(FUNCTION + 0x20_0000, &[movz(0, 2), RET]);
    let core = &mut *on.core(&b, 0);
    assert_eq!(call(core, block + into), 1);
    b.put(leaf, b.get(leaf) + 0x20_0000);
    kernel(core, &b, 0, &[TLBI_VAE1_X5, DSB, ISB], (block + 0x9_5000) >> 12);
    assert_eq!(call(core, block + into), 2);
}

/// The call of [`caller`], but direct, so that blocks are linked.
fn direct_caller(b: &Board) {
    let ahead = ((ALIAS - CODE - 4) / 4) as u32;
    b.words(CODE, &[movz(2, 16), 0x9400_0000 | ahead, 0xd100_0442, 0xb5ff_ffc2, hvc(1)]);
}

fn a_page_that_is_mapped_anew_under_a_link_is_what_runs(on: On) {
    let mut b = Board::new(1);
    direct_caller(&b);
    let leaf = two_functions(&mut b);
    let core = &mut *on.core(&b, 0);
    assert_eq!(call(core, 0), 1);
    b.put(leaf, b.get(leaf) + 0x1000);
    kernel(core, &b, 0, &[TLBI_VAE1_X5, DSB, ISB], ALIAS >> 12);
    assert_eq!(call(core, 0), 2);
    // And back to what is known already.
    b.put(leaf, b.get(leaf) - 0x1000);
    again(core, 0, ALIAS >> 12);
    assert_eq!(call(core, 0), 1);
}

fn a_page_that_another_core_maps_anew_is_what_runs(on: On) {
    for maintenance in [TLBI_VAE1IS_X5, TLBI_VMALLE1IS] {
        let mut b = Board::new(2);
        direct_caller(&b);
        let leaf = two_functions(&mut b);
        let (one, two) = (&mut *on.core(&b, 0), &mut *on.core(&b, 1));
        assert_eq!(call(one, 0), 1);
        b.put(leaf, b.get(leaf) + 0x1000);
        kernel(two, &b, 0, &[maintenance, DSB, ISB], ALIAS >> 12);
        assert_eq!(call(one, 0), 2);
    }
}

fn address_spaces(on: On, caller: fn(&Board)) {
    let mut b = Board::new(1);
    caller(&b);
    let (first, second) = (b.root, b.address_space());
    b.words(FUNCTION, &[movz(0, 1), RET]);
    b.words(OTHER_FUNCTION, &[movz(0, 2), RET]);
    b.map_in(first, ALIAS, FUNCTION, TEXT | NG);
    b.map_in(second, ALIAS, OTHER_FUNCTION, TEXT | NG);
    let core = &mut *on.core(&b, 0);
    kernel(core, &b, 0, &[MSR_TTBR0_X5, ISB], first);
    for turn in 0..6 {
        let space = if turn & 1 == 0 { first } else { second | 1 << 48 };
        again(core, 0, space);
        assert_eq!(call(core, ALIAS), 1 + (turn & 1));
    }
}

fn each_address_space_has_its_own_code(on: On) {
    address_spaces(on, caller);
}

fn each_address_space_has_its_own_code_under_a_link(on: On) {
    address_spaces(on, direct_caller);
}

fn a_page_that_may_not_be_executed_any_more_faults(on: On) {
    for caller in [caller, direct_caller] {
        let mut b = Board::new(1);
        caller(&b);
        let leaf = two_functions(&mut b);
        let core = &mut *on.core(&b, 0);
        assert_eq!(call(core, ALIAS), 1);
        // Not at EL1; then not there at all; then allowed again.
        for (descriptor, status) in [(b.get(leaf) | PXN, 0xf), (0, 7)] {
            let before = b.get(leaf);
            b.put(leaf, descriptor);
            if status == 0xf {
                kernel(core, &b, 0, &[TLBI_VAE1_X5, DSB, ISB], ALIAS >> 12);
            } else {
                again(core, 0, ALIAS >> 12);
            }
            call_faults(core, ALIAS, 0x21);
            assert_eq!(core.cpu().state.sys.esr_el1 & 0x3f, status);
            b.put(leaf, before);
            again(core, 0, ALIAS >> 12);
            assert_eq!(call(core, ALIAS), 1);
        }
    }
}

/// One core reads, in a long straight line, a flag and then a page; the other maps another page there, does the maintenance,
/// waits with DSB, and raises the flag. Who sees the flag must not see the old page.
fn after_the_barrier_no_core_uses_the_old_translation(on: On) {
    let mut b = Board::new(2);
    let (flag, old, new, page) = (DATA, DATA + 0x1000, DATA + 0x2000, DATA + 0x10_0000);
    let leaf = b.map(page, old, PLAIN);
    let descriptor = b.get(leaf);
    b.put(old, 1);
    // LDAR X6, [X2]; LDR X7, [X3]; AND X8, X6, X7; ORR X9, X9, X8: a page of these; then, until the flag is up, again.
    let mut words: Vec<u32> = [0xc8df_fc46, 0xf940_0067, 0x8a07_00c8, 0xaa08_0129].repeat(255);
    let back = (words.len() as u32).wrapping_neg() & 0x7_ffff;
    words.extend([0xb400_0006 | back << 5, hvc(1)]);
    b.words(FUNCTION, &words);
    // STR X6, [X7]; DSB; TLBI VAE1IS, X5; DSB; STLR X0, [X2]; HVC #2.
    b.words(KERNEL, &[0xf900_00e6, DSB, TLBI_VAE1IS_X5, DSB, 0xc89f_fc40, hvc(2)]);
    let tables = DATA + 0x11_0000;
    b.map(tables, leaf & !0xfff, PLAIN);
    let (one, two) = (&mut *on.core(&b, 0), &mut *on.core(&b, 1));
    let forget = KERNEL + 0x100;
    b.words(forget, &[TLBI_VAE1IS_X5, DSB, hvc(3)]);
    for round in 0..24 {
        b.put(flag, 0);
        b.put(leaf, descriptor);
        let s = &mut two.cpu().state;
        (s.pc, s.x[5]) = (forget, page >> 12);
        ends(two, 3);
        let s = &mut one.cpu().state;
        (s.pc, s.x[2], s.x[3], s.x[9]) = (FUNCTION, flag, page, 0);
        let s = &mut two.cpu().state;
        (s.pc, s.x[0], s.x[2]) = (KERNEL, 1, flag);
        (s.x[6], s.x[7]) = (descriptor + (new - old), tables + (leaf & 0xfff));
        together(one, two, round);
        assert_eq!(one.cpu().state.x[9], 0, "the old page was read after the other core's DSB");
    }
}

/// The first core runs already when the second begins.
fn together(one: &mut dyn Engine, two: &mut dyn Engine, round: u64) {
    std::thread::scope(|scope| {
        scope.spawn(|| ends(one, 1));
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_micros(100 + 7 * round));
            ends(two, 2);
        });
    });
}
