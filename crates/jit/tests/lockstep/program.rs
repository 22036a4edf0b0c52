//! Random programs that end: straight stretches of every chapter, branches forward, loops bounded by one counter, calls,
//! authenticated returns, indirect branches, code maintenance, exceptions, hashes.
//!
//! ```text
//! X0..X17     anything              X25  turns left of all loops together
//! X20..X23    bases for data        X26  targets of indirect branches, operands of maintenance
//! X19         a small index         X28  the code, X29 the data, never written; X30 the link
//! ```

use crate::harness::class::chapters;
use crate::harness::exclude;
use crate::harness::generate::{is_branch, random_word};
use crate::harness::rng::Rng;
use crate::machine::{CODE, NOP, RET, hvc};
use vmapple_a64::Profile;
use vmapple_a64::decode::{Code, Row, decode_for};
use vmapple_a64::state::SP;

const INDEX: u32 = 19;
const BASES: [u32; 4] = [20, 21, 22, 23];
pub(crate) const COUNTER: u32 = 25;
const TARGET: u32 = 26;
pub(crate) const CODE_BASE: u32 = 28;
pub(crate) const DATA_BASE: u32 = 29;
/// The hypercall that ends a program.
pub(crate) const END: u16 = 7;

type Rows = Vec<(Code, &'static Row)>;

/// Makes programs for one core.
pub(crate) struct Programs {
    profile: Profile,
    plain: Rows,
    /// Rows whose destination is a vector register for sure.
    vector: Rows,
    memory: Rows,
    pub(crate) rng: Rng,
}

/// Where words are put, and where branches must not lead.
#[derive(Default)]
struct Text {
    words: Vec<u32>,
    /// Words that only what stands before them leads to.
    bound: Vec<usize>,
    /// Branches whose targets are not known yet.
    branches: Vec<(usize, Kind)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// B, B.cond, CBZ, TBZ ahead.
    Ahead,
    /// CBZ X25, end; SUB; a branch back.
    Back,
    /// ADR X26, somewhere ahead; BR X26.
    Register,
    /// BL, or ADR and BLR, to a function.
    Call,
    CallRegister,
    /// ADR X26, anywhere; IC IVAU, X26.
    Maintain,
}

impl Programs {
    pub(crate) fn new(profile: Profile, seed: u64) -> Self {
        let classes = chapters();
        let of = |take: &dyn Fn(&str) -> bool| -> Rows {
            let some = classes.iter().filter(|c| take(c.name) && (profile == Profile::M2 || c.profile == Profile::M1));
            some.flat_map(|c| c.rows()).filter(|(_, r)| usable(r.name) && !is_branch(r.value)).collect()
        };
        let vector =
            ["simd_three", "simd_misc", "simd_shift", "simd_elem", "crypto", "simd_fp", "simd_fp_elem", "simd_fp_misc"];
        Self {
            profile,
            plain: of(&|n| !n.starts_with("ldst") && !vector.contains(&n)),
            vector: of(&|n| vector.contains(&n)),
            memory: of(&|n| n.starts_with("ldst")),
            rng: Rng(seed),
        }
    }

    /// A program of about this many words.
    pub(crate) fn program(&mut self, length: usize) -> Vec<u32> {
        let mut t = Text::default();
        while t.words.len() < length {
            self.piece(&mut t, true);
        }
        let end = t.words.len();
        t.words.push(hvc(END));
        let mut functions = Vec::new();
        for _ in 0..3 {
            functions.push(t.words.len());
            self.function(&mut t);
        }
        for (at, kind) in std::mem::take(&mut t.branches) {
            self.place(&mut t, at, kind, end, &functions);
        }
        t.words
    }

    fn function(&mut self, t: &mut Text) {
        let signed = self.rng.one_in(2);
        if signed {
            t.words.push(0xd503_233f); // PACIASP
        }
        for _ in 0..self.rng.below(12) {
            self.piece(t, false);
        }
        t.words.push(if signed { 0xd65f_0bff } else { RET }); // RETAA
    }

    fn piece(&mut self, t: &mut Text, main: bool) {
        let kind = self.rng.below(if main { 40 } else { 28 });
        let at = t.words.len();
        let mut branch = |kind: Kind, words: usize| {
            t.branches.push((at, kind));
            for i in 0..words {
                t.words.push(0);
                if i > 0 {
                    t.bound.push(at + i);
                }
            }
        };
        match kind {
            0 if self.rng.one_in(2) => t.words.extend(crate::hash::sequence(&mut self.rng)),
            0..=7 => {
                let w = self.plain_word(main);
                t.words.push(w);
            }
            8..=14 => {
                let w = self.vector_word();
                t.words.push(w);
            }
            15..=24 => {
                let w = self.memory_word();
                t.words.push(w);
            }
            25 | 26 => {
                // A base back into the window: ADD Xb, X29, #imm.
                let imm = self.rng.below(0x1000) as u32 & if self.rng.one_in(2) { !15 } else { !0 };
                let shift = self.rng.below(2) as u32;
                let imm = if shift == 1 { imm & 7 } else { imm };
                t.words.push(0x9100_0000 | shift << 22 | imm << 10 | DATA_BASE << 5 | self.rng.pick(&BASES));
            }
            27 => {
                let (load, store) = self.exclusive_pair();
                t.words.extend([load, store]);
            }
            28..=31 => branch(Kind::Ahead, 1),
            32 | 33 => branch(Kind::Back, 3),
            34 => branch(Kind::Register, 2),
            35 => branch(Kind::Call, 1),
            36 => branch(Kind::CallRegister, 2),
            37 => branch(Kind::Maintain, 2),
            // SVC, BRK, UNDEFINED: the handler skips them.
            38 => t.words.push(self.rng.pick(&[0xd400_0001, 0xd420_0020, 0x0000_0000])),
            // CMP or TST of two registers, so that conditions are about something.
            _ => {
                let (n, m) = (self.rng.below(18) as u32, self.rng.below(18) as u32);
                t.words.push(self.rng.pick(&[0xeb00_001f, 0x6b00_001f, 0xea00_001f, 0xab00_001f]) | m << 16 | n << 5);
            }
        }
    }

    fn plain_word(&mut self, main: bool) -> u32 {
        loop {
            let (code, row) = self.rng.pick(&self.plain);
            if !main && ["PAC", "AUT", "XPAC", "MSR_IMM"].iter().any(|p| row.name.starts_with(p)) {
                continue;
            }
            let w = random_word(&mut self.rng, code, row, self.profile);
            let key = (w >> 5) as u16 & 0x7fff | 1 << 15;
            let op = decode_for(self.profile, w);
            let foreign = matches!(row.name, "MRS" | "MSR_REG") && !exclude::READABLE.contains(&key);
            if !is_branch(w) && harmless(w, &[0]) && op.rd != SP && !foreign {
                return w;
            }
        }
    }

    fn vector_word(&mut self) -> u32 {
        let (code, row) = self.rng.pick(&self.vector);
        random_word(&mut self.rng, code, row, self.profile)
    }

    fn memory_word(&mut self) -> u32 {
        loop {
            let (code, row) = self.rng.pick(&self.memory);
            let mut w = random_word(&mut self.rng, code, row, self.profile);
            if row.name.contains("_LIT") {
                let offset = (self.rng.below(0x200) as u32).wrapping_sub(0x100) & 0x7_ffff;
                w = w & !(0x7_ffff << 5) | offset << 5;
            } else {
                w = w & !(31 << 5) | self.rng.pick(&BASES) << 5;
                if row.name.contains("_REG") {
                    w = w & !(31 << 16) | INDEX << 16;
                }
            }
            let same = decode_for(self.profile, w).code == code && exclude::word(row.name, w).is_none();
            let destinations: &[u32] = if row.name.contains("_REG") { &[0, 10] } else { &[0, 10, 16] };
            if same && harmless(w, destinations) {
                return w;
            }
        }
    }

    fn exclusive_pair(&mut self) -> (u32, u32) {
        let r = &mut self.rng;
        let (size, base) = (r.below(4) as u32, r.pick(&BASES));
        let (t, data, status) = (r.below(6) as u32, 6 + r.below(6) as u32, 12 + r.below(6) as u32);
        let (acquire, release) = (r.below(2) as u32, r.below(2) as u32);
        let load = 0x085f_7c00 | size << 30 | acquire << 15 | base << 5 | t;
        (load, 0x0800_7c00 | size << 30 | release << 15 | status << 16 | base << 5 | data)
    }

    fn place(&mut self, t: &mut Text, at: usize, kind: Kind, end: usize, functions: &[usize]) {
        let r = &mut self.rng;
        let ahead = |from: usize, r: &mut Rng| loop {
            let to = from + r.below((end - from + 1).min(40) as u64) as usize;
            if !t.bound.contains(&to) {
                return to;
            }
        };
        let imm19 = |from: usize, to: usize| ((to as u32).wrapping_sub(from as u32) & 0x7_ffff) << 5;
        let imm26 = |from: usize, to: usize| (to as u32).wrapping_sub(from as u32) & 0x3ff_ffff;
        let adr = |from: usize, to: usize| 0x1000_0000 | imm19(from, to) | TARGET;
        match kind {
            Kind::Ahead => {
                let to = ahead(at + 1, r);
                let n = r.below(18) as u32;
                t.words[at] = match r.below(8) {
                    0 => 0x1400_0000 | imm26(at, to),
                    1 => 0x3400_0000 | (r.below(2) as u32) << 31 | (r.below(2) as u32) << 24 | imm19(at, to) | n,
                    2 => {
                        let bit = r.below(64) as u32;
                        let imm14 = (to as u32 - at as u32) << 5;
                        0x3600_0000 | (bit & 32) << 26 | (r.below(2) as u32) << 24 | (bit & 31) << 19 | imm14 | n
                    }
                    _ => 0x5400_0000 | imm19(at, to) | r.below(16) as u32,
                };
            }
            Kind::Back => {
                t.words[at] = 0xb400_0000 | imm19(at, end) | COUNTER;
                t.words[at + 1] = 0xd100_0400 | COUNTER << 5 | COUNTER;
                let to = loop {
                    let to = (at + 1).saturating_sub(1 + r.below(30) as usize);
                    if !t.bound.contains(&to) {
                        break to;
                    }
                };
                let back = at + 2;
                t.words[back] = match r.below(4) {
                    0 => 0x1400_0000 | imm26(back, to),
                    1 => 0x3400_0000 | (r.below(2) as u32) << 24 | imm19(back, to) | r.below(18) as u32,
                    _ => 0x5400_0000 | imm19(back, to) | r.below(16) as u32,
                };
            }
            Kind::Register => {
                let to = ahead(at + 2, r);
                t.words[at] = adr(at, to);
                t.words[at + 1] = 0xd61f_0000 | TARGET << 5;
            }
            Kind::Call => t.words[at] = 0x9400_0000 | imm26(at, r.pick(functions)),
            Kind::CallRegister => {
                t.words[at] = adr(at, r.pick(functions));
                t.words[at + 1] = 0xd63f_0000 | TARGET << 5;
            }
            Kind::Maintain => {
                t.words[at] = adr(at, r.below(t.words.len() as u64) as usize);
                t.words[at + 1] = 0xd50b_7520 | TARGET;
            }
        }
        debug_assert_ne!(t.words[at], 0);
    }
}

fn usable(name: &str) -> bool {
    !matches!(name, "HVC" | "SMC" | "HLT" | "WFE" | "WFI" | "SYSL" | "SVC" | "BRK" | "SYS")
        && !exclude::is_store_exclusive(name)
        && !name.starts_with("UDF")
}

/// Whether none of the fields at these places names a register that holds the program together.
fn harmless(w: u32, fields: &[u32]) -> bool {
    // CASP writes the register after the one it names.
    fields.iter().all(|at| !(INDEX - 1..=30).contains(&(w >> at & 31)))
}

/// One listing of a program, for a message.
pub(crate) fn listing(words: &[u32]) -> String {
    words.iter().enumerate().map(|(i, w)| format!("  {:#x}: {w:08x}\n", CODE + 4 * i as u64)).collect()
}

const _: u32 = NOP;
