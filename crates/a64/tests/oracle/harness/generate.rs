//! Random cases, from the decoder table itself.

use super::blocks::Blocks;
use super::case::{Case, DATA, SLOTS, Set, content};
use super::class::{BLOCKS, Class, PAUTH, chapters};
use super::exclude::{self, is_store_exclusive};
use super::pauth::Sequences;
use super::pool;
use super::rng::Rng;
use super::sequence::{self, Sequence};
use vmapple_a64::Profile;
use vmapple_a64::decode::{Code, Row, decode, decode_for, row};

const SP: u8 = 31;

/// Makes the cases of a class.
pub(crate) enum Generator {
    Rows(Rows),
    Pauth(Sequences),
    Blocks(Blocks),
}

impl Generator {
    /// `only` limits a chapter's class to rows whose name contains it.
    pub(crate) fn new(class: &Class, seed: u64, only: Option<&str>) -> Self {
        match class.name {
            PAUTH => Self::Pauth(Sequences::new(seed)),
            BLOCKS => Self::Blocks(Blocks::new(&chapters(), seed)),
            _ => Self::Rows(Rows::new(class, seed, only)),
        }
    }

    /// The next case.
    pub(crate) fn case(&mut self) -> Option<Case> {
        match self {
            Self::Rows(rows) => rows.case(),
            Self::Pauth(sequences) => Some(sequences.case()),
            Self::Blocks(blocks) => Some(blocks.case()),
        }
    }
}

/// Rows of one class that are compared, in turn.
pub(crate) struct Rows {
    rows: Vec<(Code, &'static Row)>,
    memory: bool,
    profile: Profile,
    /// What makes the cases of this class, if they are not fillings of rows.
    sequence: Option<Sequence>,
    bfloat: bool,
    rng: Rng,
    made: usize,
}

impl Rows {
    /// `only` limits it to rows whose name contains it.
    pub(crate) fn new(class: &Class, seed: u64, only: Option<&str>) -> Self {
        let rows = class
            .rows()
            .into_iter()
            .filter(|(_, r)| exclude::row(r.name).is_none() && only.is_none_or(|o| r.name.contains(o)))
            .collect();
        Self {
            rows,
            memory: class.is_memory(),
            profile: class.profile,
            sequence: sequence::of(class.name),
            bfloat: class.name == "simd_bf16",
            rng: Rng(seed),
            made: 0,
        }
    }

    /// The next case, each row in turn.
    pub(crate) fn case(&mut self) -> Option<Case> {
        if let Some(make) = self.sequence {
            let mut case = Case { seed: self.rng.next(), slot: (self.made % SLOTS) as u8, ..Case::default() };
            self.made += 1;
            make(&mut self.rng, &mut case);
            return Some(case);
        }
        if self.rows.is_empty() {
            return None;
        }
        let (code, row) = self.rows[self.made % self.rows.len()];
        let r = &mut self.rng;
        let mut case = Case { seed: r.next(), slot: (self.made % SLOTS) as u8, ..Case::default() };
        self.made += 1;
        let word = random_word(r, code, row, self.profile);
        case.words.push(word);
        if self.bfloat {
            prepare_bfloat(r, &mut case, word);
        }
        if self.memory {
            prepare_memory(r, &mut case, row.name, word);
        } else if !is_branch(word) && (row.name == "MSR_REG" || !exclude::alone(row.name)) && r.one_in(8) {
            // A run of instructions of the same class: results and flags feed the next.
            for _ in 0..r.below(12) {
                let (code, row) = self.rows[r.below(self.rows.len() as u64) as usize];
                let w = random_word(r, code, row, self.profile);
                if !is_branch(w) && !exclude::alone(row.name) {
                    case.words.push(w);
                }
            }
        }
        if row.name == "SYS" {
            // Something mapped: on what is not, the choice between fault and nothing is the cache's.
            case.set.push(Set::X((word & 31) as u8, DATA + r.below(0x3000)));
        }
        if row.name == "MSR_REG" {
            // Bits that the oracle differs in: it lacks the trap enables of FPCR and has those of FEAT_AFP and FEAT_EBF16 there, and the
            // AArch32 flags in FPSR.
            let value = pool::integer(r) & if word >> 5 & 7 == 0 { !0xf000_bf07 } else { !0xf000_9f00 };
            case.set.push(Set::X((word & 31) as u8, value));
        }
        if is_branch(word) {
            prepare_branch(r, &mut case, row.name, word);
        }
        Some(case)
    }
}

pub(crate) fn is_branch(w: u32) -> bool {
    // C4.1: branches by immediate or register, but not system instructions.
    matches!(w >> 26 & 0x1f, 0b00101)
        || w >> 25 & 0x3f == 0b011010
        || w >> 25 & 0x3f == 0b011011
        || w >> 24 == 0x54
        || w >> 25 == 0x6b
}

/// Fills a row's fields until the word decodes to that row and is compared.
pub(crate) fn random_word(r: &mut Rng, code: Code, row: &Row, profile: Profile) -> u32 {
    for _ in 0..10_000 {
        let w = fill(r, row);
        if decode_for(profile, w).code == code && exclude::word(row.name, w).is_none() {
            return w;
        }
    }
    panic!("{}: no word of this row is ever compared", row.name);
}

fn fill(r: &mut Rng, row: &Row) -> u32 {
    let mut w = row.value;
    let bits: Vec<u8> = row.pattern.bytes().filter(|b| *b != b' ' && *b != b'.').collect();
    let mut at = 0;
    let mut previous = None;
    while at < bits.len() {
        let c = bits[at];
        let len = bits[at..].iter().take_while(|b| **b == c).count();
        if c.is_ascii_alphabetic() {
            let mask = u32::MAX >> (32 - len);
            let v = match r.below(16) {
                0 | 1 => mask,
                2 => 0,
                // The same register again.
                3 if len == 5 => previous.unwrap_or(3),
                _ => r.next() as u32,
            };
            let v = v & mask;
            if len == 5 {
                previous = Some(v);
            }
            w |= v << (32 - at - len);
        }
        at += len;
    }
    if row.name == "SYS" {
        w = w & !0x7_ffe0 | u32::from(r.pick(&exclude::MAINTENANCE)) << 5;
    }
    if (row.name == "MRS" || row.name == "MSR_REG") && !r.one_in(4) {
        w = w & !0x1f_ffe0 | u32::from(r.pick(&exclude::READABLE)) << 5;
    }
    w
}

/// Mostly BFloat16 numbers for the factors, or singles that conversions round at interesting places; singles to add to.
fn prepare_bfloat(r: &mut Rng, case: &mut Case, w: u32) {
    let conversion = w >> 10 & 0x1f == 0b11010 || w >> 24 == 0x1e;
    for n in [w >> 5 & 31, w >> 16 & 31] {
        if r.one_in(4) {
            continue;
        }
        let v = if conversion { pool::halfway_bfloats(r) } else { pool::bfloats(r) };
        case.set.push(Set::V(n as u8, v));
    }
}

/// Branches must not run in circles, nor land on another case: a displacement of zero is replaced, targets in registers
/// lead to the own page, to the data window (not executable), or wherever their value does.
fn prepare_branch(r: &mut Rng, case: &mut Case, name: &str, w: u32) {
    if name.starts_with("ERET") {
        // UNDEFINED at EL0.
        return;
    }
    let op = decode(w);
    if name.starts_with("BR") || name.starts_with("BLR") || name == "RET" {
        let target = match r.below(8) {
            0..=2 => (case.pc() & !0xfff) + 0x900 + 4 * r.below(0x180),
            3 => (case.pc() & !0xfff) + 0x900 + r.below(0x600),
            4 => DATA + 4 * r.below(0x400),
            5 => ((case.pc() & !0xfff) + 0x900 + 4 * r.below(0x180)) | r.next() << 56,
            _ => return,
        };
        if op.rn < 31 {
            case.set.push(Set::X(op.rn, target));
        }
        return;
    }
    // Short and long distances alike end outside the words of any case.
    let near = (op.imm as i64).unsigned_abs() < 64;
    let near_a_slot =
        case.pc().wrapping_add(op.imm) % super::case::STEP < 0x1000 && (op.imm as i64).unsigned_abs() > 0x1000;
    if near || near_a_slot {
        let fixed = if name == "B" || name == "BL" { w & 0xfc00_0000 | 0x40 } else { w & !(0x3f << 5) | 0x20 << 5 };
        if decode(fixed).imm == 0x80 || (decode(fixed).imm as i64).unsigned_abs() >= 64 {
            case.words[0] = fixed;
        } else {
            // The remaining bits were zero too or all ones: go forward.
            case.words[0] = if name.starts_with("TB") {
                fixed & !(0x3fff << 5) | 0x20 << 5
            } else {
                fixed & !(0x7_ffff << 5) | 0x20 << 5
            };
        }
    }
}

/// An address in or around the window.
fn target(r: &mut Rng) -> u64 {
    let around = |r: &mut Rng, middle: u64| middle + r.below(80) - 40;
    match r.below(20) {
        0..=6 => DATA + 16 * r.below(0x200),
        7..=11 => DATA + r.below(0x2000),
        12 | 13 => around(r, DATA + 0x1000),
        14 => around(r, DATA),
        15 | 16 => around(r, DATA + 0x2000),
        17 => around(r, DATA + 0x3000),
        _ => (DATA + r.below(0x2000)) | r.next() << 56,
    }
}

fn set_register(case: &mut Case, n: u8, value: u64) {
    // A misaligned stack pointer as base is an exception of its own, which user-mode emulation does not have.
    let value = if n == SP { value & !15 } else { value };
    case.set.push(Set::X(n, value));
}

/// Gives a load or store a base that makes its address interesting.
fn prepare_memory(r: &mut Rng, case: &mut Case, name: &str, w: u32) {
    if name.contains("_LIT") {
        // Near enough to find its own page in one of two cases.
        if r.one_in(2) {
            let offset = (r.below(0x380) as u32).wrapping_sub(0x1c0) & 0x7_ffff;
            case.words[0] = w & !(0x7_ffff << 5) | offset << 5;
        }
        return;
    }
    let op = decode(w);
    let (n, m) = ((w >> 5 & 31) as u8, (w >> 16 & 31) as u8);
    let atomic = w >> 24 & 0x3f == 0b001000 || (w >> 24 & 0x3f == 0b111000 && w >> 21 & 1 == 1 && w >> 10 & 3 == 0);
    let ordered = w >> 24 & 0x3f == 0b011001;
    let mut at = target(r);
    if atomic || ordered {
        let pair = name.contains("XP") || name.starts_with("CASP");
        let size =
            if name.starts_with("CASP") { 8 << (w >> 30 & 1) } else { (1u64 << (w >> 30 & 3)) << u32::from(pair) };
        // Unaligned within 16 bytes is FEAT_LSE2's.
        if !r.one_in(4) {
            at &= !(size - 1);
        }
    }
    let structure = name.starts_with("LD_") || name.starts_with("LD1_");
    let base = if structure || atomic || name.contains("_POST") {
        at
    } else if name.contains("_REG") {
        let index = if r.one_in(2) { r.below(64) } else { pool::integer(r) & 0xffff_ffff };
        let index = if r.one_in(4) { index.wrapping_neg() } else { index };
        if m != 31 && m != n {
            case.set.push(Set::X(m, index));
        }
        let index = if m == 31 { 0 } else { index };
        let extended = match w >> 13 & 7 {
            2 => index & 0xffff_ffff,
            6 => index as i32 as u64,
            _ => index,
        };
        at.wrapping_sub(extended << (op.aux >> 4))
    } else {
        at.wrapping_sub(op.imm)
    };
    if !r.one_in(64) {
        set_register(case, n, base);
    } else if n == SP {
        set_register(case, n, pool::integer(r));
    }
    if atomic {
        prepare_atomic(r, case, name, w, at);
    }
}

/// Memory at edges; a comparison that succeeds in one of two cases; a load-exclusive before a store-exclusive.
fn prepare_atomic(r: &mut Rng, case: &mut Case, name: &str, w: u32, at: u64) {
    let n = (w >> 5 & 31) as u8;
    let clean = at & (u64::MAX >> 8);
    let offset = clean.wrapping_sub(DATA) & !15;
    if offset >= super::case::WRITABLE as u64 {
        return;
    }
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&content()[offset as usize..offset as usize + 16]);
    if r.one_in(2) {
        let (a, b) = (pool::integer(r), pool::integer(r));
        bytes = (u128::from(a) | u128::from(b) << 64).to_le_bytes();
        case.set.push(Set::Memory(offset as u16, u128::from_le_bytes(bytes)));
    }
    let there = u128::from_le_bytes(bytes) >> (8 * (clean & 15));
    let s = (w >> 16 & 31) as u8;
    if name.starts_with("CAS") && r.one_in(2) {
        // What lies above the operand's size must not matter.
        let noise = pool::integer(r);
        let place = |case: &mut Case, reg: u8, v: u64| {
            if reg < 31 && reg != n {
                case.set.push(Set::X(reg, v));
            }
        };
        match (name, w >> 30) {
            ("CASP_W", _) => {
                place(case, s, there as u32 as u64 | noise << 32);
                place(case, s + 1, (there >> 32) as u32 as u64 | noise << 32);
            }
            ("CASP_X", _) => {
                place(case, s, there as u64);
                place(case, s + 1, (there >> 64) as u64);
            }
            (_, size) => {
                let bits = 8u32 << size;
                let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
                place(case, s, there as u64 & mask | noise & !mask);
            }
        }
    }
    if is_store_exclusive(name) && !r.one_in(4) {
        // The matching load-exclusive into registers that leave base and data alone.
        let taken = [n, (w & 31) as u8, (w >> 10 & 31) as u8, s];
        let free: Vec<u8> = (0..31).filter(|x| !taken.contains(x)).collect();
        let (t, t2) = (u32::from(free[0]), u32::from(free[1]));
        let upper = if name.contains("XP") { t2 << 10 } else { 31 << 10 };
        let load = w & 0xc020_0000 | 0x085f_0000 | w & 0x8000 | upper | u32::from(n) << 5 | t;
        if row(decode(load).code).name.starts_with("LD") {
            case.words.insert(0, load);
            if r.one_in(8) {
                case.words.insert(1, 0xd503_3f5f); // CLREX
            }
        }
    }
}
