//! The order of accesses: message passing, store buffering, load buffering, independent reads of independent writes, causality,
//! on two, three and four cores.
//!
//! Each core does its part in every slot of a batch: cells, 64 bytes apart, that are 0 and become 1. Cores meet before each batch,
//! spinning, so that they do run against each other.

use crate::cores::{CELLS, CELLS_SIZE, Cores, Flavour, MEETING, flavours, lacking, rounds, until_seen};
use crate::machine::hvc;
use std::collections::BTreeMap;
use vmapple_jit::Without;

const SLOT: u64 = 512;
const SLOTS: u64 = CELLS_SIZE / SLOT;
const BATCH: u64 = 32;
/// Where in a slot cores leave what they have read.
const RESULTS: u64 = 256;

// Of the cells, X1 and X2 are the addresses of a core's own two; X5 is 1; X6 and X7 are what it has read.
const STR_1: u32 = 0xf900_0025;
const STR_2: u32 = 0xf900_0045;
const STLR_1: u32 = 0xc89f_fc25;
const STLR_2: u32 = 0xc89f_fc45;
const LDR_6_1: u32 = 0xf940_0026;
const LDR_6_2: u32 = 0xf940_0046;
const LDR_7_1: u32 = 0xf940_0027;
const LDAR_6_1: u32 = 0xc8df_fc26;
const LDAR_6_2: u32 = 0xc8df_fc46;
const LDAR_7_1: u32 = 0xc8df_fc27;
const LDAPR_6_2: u32 = 0xf8bf_c046;
const DMB_ISH: u32 = 0xd503_3bbf;
const DMB_ISHST: u32 = 0xd503_3abf;
const DMB_ISHLD: u32 = 0xd503_39bf;
const DSB_ISH: u32 = 0xd503_3b9f;
/// EOR X8, X6, X6; LDR X7, [X1, X8]: an address that depends on what was read.
const DEPENDENT: [u32; 2] = [0xca06_00c8, 0xf868_6827];
/// A hypercall, at which the thread lets others run: so that there is time between two loads even on a busy host.
const PAUSE: u32 = hvc(2);
/// The second cell is read after the first one.
const WRONG_WAY: [u32; 3] = [LDR_7_1, PAUSE, LDR_6_2];
/// STP X6, X7, [X4].
const RESULT: u32 = 0xa900_1c86;

/// What one core does: which cells X1 and X2 are, and its instructions.
type Part<'a> = (u64, u64, &'a [u32]);
/// What the cores have read, X6 and X7 of each.
type Reads = Vec<[u64; 2]>;

/// The program: batches of slots, each after a meeting of all.
fn program(body: &[u32]) -> Vec<u32> {
    // LDADDAL X5, X16, [X10]; MOV X14, #2000; LDAR X16, [X10]; CMP X16, X11; B.HS on; SUBS X14, X14, #1; B.NE; HVC #2; B.
    let mut words = vec![0xf8e5_0150, 0xd280_fa0e, 0xc8df_fd50, 0xeb0b_021f, 0x5400_00a2, 0xf100_05ce, 0x54ff_ff81];
    words.extend([hvc(2), 0x17ff_fff9]);
    // ADD X11, X11, X15; MOV X3, X13.
    words.extend([0x8b0f_016b, 0xaa0d_03e3]);
    let first = words.len() as u32;
    words.extend(body);
    // The result; X1, X2 and X4 to the next slot; SUBS X3, X3, #1; B.NE body; SUBS X12, X12, #1; B.NE start; HVC #1.
    words.extend([RESULT, 0x9108_0021, 0x9108_0042, 0x9108_0084, 0xf100_0463]);
    let to = |target: u32, words: &Vec<u32>| (target.wrapping_sub(words.len() as u32) & 0x7_ffff) << 5;
    words.push(0x5400_0001 | to(first, &words));
    words.push(0xf100_058c);
    words.push(0x5400_0001 | to(0, &words));
    words.push(hvc(1));
    words
}

/// How often each outcome came.
fn outcomes(parts: &[Part<'_>], flavour: Flavour, times: u64) -> BTreeMap<Reads, u64> {
    let programs: Vec<_> = parts.iter().map(|(_, _, body)| program(body)).collect();
    let mut cores = Cores::new(&programs, flavour);
    let mut seen = BTreeMap::new();
    for _ in 0..times {
        cores.clear();
        let n = cores.len() as u64;
        cores.run(|i, s| {
            let (one, two, _) = parts[i];
            (s.x[1], s.x[2], s.x[4]) = (CELLS + 64 * one, CELLS + 64 * two, CELLS + RESULTS + 16 * i as u64);
            (s.x[6], s.x[7]) = (0, 0);
            (s.x[10], s.x[11], s.x[12], s.x[13], s.x[15]) = (MEETING, n, SLOTS / BATCH, BATCH, n);
        });
        let cells = cores.board.bytes(CELLS, CELLS_SIZE);
        for slot in cells.chunks_exact(SLOT as usize) {
            let word = |at: usize| u64::from_le_bytes(slot[at..at + 8].try_into().expect("eight bytes"));
            let reads = |i: usize| [word(RESULTS as usize + 16 * i), word(RESULTS as usize + 16 * i + 8)];
            *seen.entry((0..parts.len()).map(reads).collect()).or_default() += 1;
        }
    }
    seen
}

/// The outcome never comes, on cores of every kind.
fn never(name: &str, parts: &[Part<'_>], forbidden: impl Fn(&Reads) -> bool) {
    for flavour in flavours() {
        let seen = outcomes(parts, flavour, rounds(if flavour == flavours()[0] { 16 } else { 4 }));
        let iterations: u64 = seen.values().sum();
        println!("{name}: {iterations} iterations: {seen:?}");
        assert_eq!(iterations % SLOTS, 0);
        if let Some((reads, times)) = seen.iter().find(|(reads, _)| forbidden(reads)) {
            panic!("{name}: {reads:?} is forbidden and was seen {times} times in {iterations}");
        }
    }
}

/// The outcome does come where nothing forbids it: so it would be seen above.
fn comes(name: &str, parts: &[Part<'_>], wanted: impl Fn(&Reads) -> bool) {
    comes_on(name, flavours()[0], parts, wanted);
}

fn comes_on(name: &str, flavour: Flavour, parts: &[Part<'_>], wanted: impl Fn(&Reads) -> bool) {
    let (mut total, mut found) = (0, 0);
    until_seen(name, || {
        let seen = outcomes(parts, flavour, 4);
        total += seen.values().sum::<u64>();
        found += seen.iter().filter(|(reads, _)| wanted(reads)).map(|(_, times)| times).sum::<u64>();
        found > 0
    });
    println!("{name}: {found} times in {total} iterations");
}

/// The flag is there and the message is not.
fn missed_message(r: &Reads) -> bool {
    r[1] == [1, 0]
}

#[test]
fn a_message_is_there_when_its_flag_is() {
    let never = |name, writer: &[u32], reader: &[u32]| never(name, &[(0, 1, writer), (0, 1, reader)], missed_message);
    never("MP, release, acquire", &[STR_1, STLR_2], &[LDAR_6_2, LDR_7_1]);
    never("MP, release, acquire PC", &[STR_1, STLR_2], &[LDAPR_6_2, LDR_7_1]);
    never("MP, barriers", &[STR_1, DMB_ISHST, STR_2], &[LDR_6_2, DMB_ISHLD, LDR_7_1]);
    never("MP, barrier, dependency", &[STR_1, DMB_ISH, STR_2], &[LDR_6_2, DEPENDENT[0], DEPENDENT[1]]);
    comes("MP, read the wrong way round", &[(0, 1, &[STR_1, STLR_2]), (0, 1, &WRONG_WAY)], missed_message);
}

/// Parts in a ring: each core's second cell is the next one's first.
fn ring(n: u64, body: &[u32]) -> Vec<Part<'_>> {
    (0..n).map(|i| (i, (i + 1) % n, body)).collect()
}

#[test]
fn of_stores_and_loads_that_cross_one_is_seen() {
    let forbidden = |r: &Reads| r.iter().all(|r| r[0] == 0);
    for n in 2..=4 {
        never(&format!("SB, {n}, release, acquire"), &ring(n, &[STLR_1, LDAR_6_2]), forbidden);
        never(&format!("SB, {n}, DMB"), &ring(n, &[STR_1, DMB_ISH, LDR_6_2]), forbidden);
        never(&format!("SB, {n}, DSB"), &ring(n, &[STR_1, DSB_ISH, LDR_6_2]), forbidden);
    }
    let mixed: [Part<'_>; 2] = [(0, 1, &[STLR_1, LDAR_6_2]), (1, 0, &[STR_1, DMB_ISH, LDR_6_2])];
    never("SB, 2, release and acquire against DMB", &mixed, forbidden);
    // These are allowed, and this host's processors do them: the barriers above are what prevents it.
    comes("SB, 2, plain", &ring(2, &[STR_1, LDR_6_2]), forbidden);
    comes("SB, 2, store and acquire", &ring(2, &[STR_1, LDAR_6_2]), forbidden);
    // And a recompiler that forgot them would be found out.
    let (release, barrier) = (lacking(Without::Releases), lacking(Without::Barriers));
    comes_on("SB, 2, release that is a store", release, &ring(2, &[STLR_1, LDAR_6_2]), forbidden);
    comes_on("SB, 2, DMB that is nothing", barrier, &ring(2, &[STR_1, DMB_ISH, LDR_6_2]), forbidden);
}

#[test]
fn loads_are_not_after_the_stores_behind_them() {
    let forbidden = |r: &Reads| r.iter().all(|r| r[0] == 1);
    for n in 2..=4 {
        never(&format!("LB, {n}, acquire"), &ring(n, &[LDAR_6_2, STR_1]), forbidden);
        never(&format!("LB, {n}, release"), &ring(n, &[LDR_6_2, STLR_1]), forbidden);
        never(&format!("LB, {n}, DMB"), &ring(n, &[LDR_6_2, DMB_ISH, STR_1]), forbidden);
        comes(&format!("LB, {n}, the wrong way round"), &ring(n, &[STR_1, PAUSE, LDR_6_2]), forbidden);
    }
}

#[test]
fn all_cores_see_independent_stores_in_one_order() {
    let forbidden = |r: &Reads| r[2] == [1, 0] && r[3] == [1, 0];
    let parts = |store: &'static [u32], read: &'static [u32]| -> [Part<'static>; 4] {
        // The readers' X2 is what they read first.
        [(0, 1, store), (1, 0, store), (1, 0, read), (0, 1, read)]
    };
    never("IRIW, acquire", &parts(&[STLR_1], &[LDAR_6_2, LDAR_7_1]), forbidden);
    never("IRIW, DMB", &parts(&[STR_1], &[LDR_6_2, DMB_ISH, LDR_7_1]), forbidden);
    comes("IRIW, read the wrong way round", &parts(&[STR_1], &WRONG_WAY), forbidden);
}

#[test]
fn what_a_core_has_seen_is_seen_by_whom_it_tells() {
    // Core 1 reads the first cell (its X2) and then writes the second; core 2 reads the second and then the first.
    let parts = |tell: &'static [u32], read: &'static [u32]| -> [Part<'static>; 3] {
        [(0, 1, &[STR_1]), (1, 0, tell), (0, 1, read)]
    };
    let forbidden = |r: &Reads| r[1][0] == 1 && r[2] == [1, 0];
    never("WRC, acquire, release, acquire", &parts(&[LDAR_6_2, STLR_1], &[LDAR_6_2, LDR_7_1]), forbidden);
    never("WRC, DMB", &parts(&[LDR_6_2, DMB_ISH, STR_1], &[LDR_6_2, DMB_ISH, LDR_7_1]), forbidden);
    comes("WRC, read the wrong way round", &parts(&[LDR_6_2, STLR_1], &WRONG_WAY), forbidden);
}

#[test]
fn a_cell_does_not_go_back() {
    // Two loads of one cell, while another core stores to it: 1, then 0, is forbidden whatever they are.
    let forbidden = |r: &Reads| r[1] == [1, 0];
    never("CoRR", &[(0, 1, &[STR_1]), (0, 1, &[LDR_6_1, LDR_7_1])], forbidden);
    never("CoRR, acquire", &[(0, 1, &[STR_1]), (0, 1, &[LDAR_6_1, LDAR_7_1])], forbidden);
    comes("CoRR, the wrong way round", &[(0, 1, &[STR_1]), (0, 1, &[LDR_7_1, PAUSE, LDR_6_1])], forbidden);
}
