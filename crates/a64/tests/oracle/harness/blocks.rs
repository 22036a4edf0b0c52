//! Blocks: up to sixteen instructions of every chapter mixed, memory and floating point, branches that stay inside, a
//! loop now and then. What one instruction leaves behind, another finds: this judges engines that translate more than
//! one instruction at a time.

use super::case::{Case, DATA, SLOTS, Set, WORDS};
use super::class::Class;
use super::exclude::{self, is_store_exclusive};
use super::generate::{is_branch, random_word};
use super::rng::Rng;
use vmapple_a64::Profile;
use vmapple_a64::decode::{Code, Row, decode, row};
use vmapple_a64::state::SP;

/// Registers that lead into the data window. Only write-back changes them.
const BASES: [u32; 4] = [20, 21, 22, 23];
/// A small number, for addresses with an index.
const INDEX: u32 = 19;
/// Counts the turns of a loop.
const COUNTER: u32 = 25;
/// Holds the target of a branch by register.
const TARGET: u32 = 26;
/// Most turns of a loop.
const TURNS: u64 = 4;

/// Makes blocks.
pub(crate) struct Blocks {
    plain: Vec<(Code, &'static Row)>,
    memory: Vec<(Code, &'static Row)>,
    rng: Rng,
    made: usize,
}

impl Blocks {
    /// Blocks of rows from the classes given.
    pub(crate) fn new(classes: &[Class], seed: u64) -> Self {
        let rows = |memory: bool| {
            let of_kind = classes.iter().filter(move |c| c.profile == Profile::M1 && c.is_memory() == memory);
            of_kind.flat_map(Class::rows).filter(|(_, r)| usable(r)).collect()
        };
        Self { plain: rows(false), memory: rows(true), rng: Rng(seed), made: 0 }
    }

    /// The next block.
    pub(crate) fn case(&mut self) -> Case {
        let r = &mut self.rng;
        let mut case = Case { seed: r.next(), slot: (self.made % SLOTS) as u8, ..Case::default() };
        self.made += 1;
        for base in BASES {
            let at = match r.below(16) {
                0 => DATA + 0x2000 - r.below(64),
                1 => DATA + 0x1000 - r.below(64),
                2..=4 => DATA + 0x400 + r.below(0x1800),
                5 => (DATA + 0x400 + 16 * r.below(0x180)) | r.next() << 56,
                _ => DATA + 0x400 + 16 * r.below(0x180),
            };
            case.set.push(Set::X(base as u8, at));
        }
        let index = if r.one_in(4) { 0u64.wrapping_sub(r.below(32)) } else { r.below(128) };
        case.set.push(Set::X(INDEX as u8, index));
        case.set.push(Set::X(COUNTER as u8, 1 + r.below(TURNS)));
        let length = 4 + r.below(WORDS as u64 - 3) as usize;
        // Where a branch must not lead: behind the instruction that makes the one there harmless.
        let mut bound = [false; WORDS + 1];
        let mut branches = Vec::new();
        while case.words.len() < length {
            let left = length - case.words.len();
            match self.rng.below(16) {
                0..=2 => branches.push((case.words.len(), self.rng.below(6))),
                3 if left >= 2 => {
                    branches.push((case.words.len(), 6));
                    bound[case.words.len() + 1] = true;
                    case.words.push(0);
                }
                4 if left >= 2 => {
                    let (load, store) = self.exclusive_pair();
                    bound[case.words.len() + 1] = true;
                    case.words.push(load);
                    case.words.push(store);
                    continue;
                }
                5..=9 => {
                    let w = self.memory_word();
                    case.words.push(w);
                    continue;
                }
                _ => {
                    let w = self.plain_word();
                    case.words.push(w);
                    continue;
                }
            }
            case.words.push(0);
        }
        if self.rng.one_in(4) && length + 2 <= WORDS {
            // SUB X25, X25, #1; CBNZ X25, somewhere before.
            let back = self.rng.below(length as u64) as usize;
            let back = if bound[back] { 0 } else { back };
            bound[length + 1] = true;
            case.words.push(0xd100_0400 | COUNTER << 5 | COUNTER);
            let distance = (back as u32).wrapping_sub(length as u32 + 1) & 0x7_ffff;
            case.words.push(0xb500_0000 | distance << 5 | COUNTER);
        }
        let end = case.words.len();
        for (at, kind) in branches {
            let first = if kind == 6 { at + 2 } else { at + 1 };
            let targets: Vec<usize> = (first..=end).filter(|t| !bound[*t]).collect();
            let to = self.rng.pick(&targets);
            place_branch(&mut self.rng, &mut case.words, at, to, kind);
        }
        case
    }

    fn plain_word(&mut self) -> u32 {
        loop {
            let (code, row) = self.rng.pick(&self.plain);
            let w = random_word(&mut self.rng, code, row, Profile::M1);
            // A stack pointer out of alignment is an exception that user-mode emulation does not have.
            if !is_branch(w) && harmless(w, &[0]) && decode(w).rd != SP {
                return w;
            }
        }
    }

    fn memory_word(&mut self) -> u32 {
        loop {
            let (code, row) = self.rng.pick(&self.memory);
            let mut w = random_word(&mut self.rng, code, row, Profile::M1);
            if row.name.contains("_LIT") {
                // Near enough to find its own page.
                let offset = (self.rng.below(0x200) as u32).wrapping_sub(0x100) & 0x7_ffff;
                w = w & !(0x7_ffff << 5) | offset << 5;
            } else {
                w = w & !(31 << 5) | self.rng.pick(&BASES) << 5;
                if row.name.contains("_REG") {
                    w = w & !(31 << 16) | INDEX << 16;
                }
            }
            let same = decode(w).code == code && exclude::word(row.name, w).is_none();
            let destinations: &[u32] = if row.name.contains("_REG") { &[0, 10] } else { &[0, 10, 16] };
            if same && harmless(w, destinations) {
                return w;
            }
        }
    }

    /// A load-exclusive and a store-exclusive of the same size and place.
    fn exclusive_pair(&mut self) -> (u32, u32) {
        let r = &mut self.rng;
        let (size, base) = (r.below(4) as u32, r.pick(&BASES));
        let (t, data, status) = (r.below(6) as u32, 6 + r.below(6) as u32, 12 + r.below(6) as u32);
        let (acquire, release) = (r.below(2) as u32, r.below(2) as u32);
        let load = 0x085f_7c00 | size << 30 | acquire << 15 | base << 5 | t;
        (load, 0x0800_7c00 | size << 30 | release << 15 | status << 16 | base << 5 | data)
    }
}

fn usable(r: &Row) -> bool {
    exclude::row(r.name).is_none() && !exclude::alone(r.name) && !is_store_exclusive(r.name)
}

/// Whether none of the five-bit fields at these places names a register that holds the block together. (A vector
/// register of the same number is avoided with it.)
fn harmless(w: u32, fields: &[u32]) -> bool {
    // CASP writes the register after the one it names.
    fields.iter().all(|at| !(INDEX - 1..=TARGET).contains(&(w >> at & 31)))
}

/// A branch from word `at` to word `to`.
fn place_branch(r: &mut Rng, words: &mut [u32], at: usize, to: usize, kind: u64) {
    let distance = (to - at) as u32;
    let t = r.below(31) as u32;
    words[at] = match kind {
        0 => 0x1400_0000 | distance,
        1 => 0x9400_0000 | distance,
        // B.cond, CBZ and CBNZ, TBZ and TBNZ of either width.
        2 | 3 => 0x5400_0000 | distance << 5 | r.below(16) as u32,
        4 => 0x3400_0000 | (r.below(2) as u32) << 31 | (r.below(2) as u32) << 24 | distance << 5 | t,
        5 => 0x3600_0000 | (r.below(64) as u32 & 32) << 26 | (r.below(64) as u32) << 19 | distance << 5 | t,
        // ADR X26, target; RET to it.
        _ => {
            // RET: the oracle's code is guarded (FEAT_BTI), and a block has no landing pads.
            words[at + 1] = 0xd65f_0000 | TARGET << 5;
            0x1000_0000 | distance << 5 | TARGET
        }
    };
    debug_assert_ne!(row(decode(words[at]).code).name, "UNDEFINED");
}
