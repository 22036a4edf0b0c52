//! What the TLB keeps over a change of address space, and that TLBI reaches it there.
//!
//! The Arm ARM lets a core forget a translation at any time, so that the tests of what is *kept* are about this one: they prove that what
//! is then invalidated had been cached.

use crate::machine::{AF, CODE, DATA, Machine, NG, upper};

const LDR: u32 = 0xf940_0020; // LDR X0, [X1]
const LDTR: u32 = 0xf840_0820; // LDTR X0, [X1]
const MSR_TTBR0: u32 = 0xd518_2002; // MSR TTBR0_EL1, X2
const MSR_TCR: u32 = 0xd518_2042;
const MSR_MAIR: u32 = 0xd518_a202;
const MSR_SCTLR: u32 = 0xd518_1002;
/// In the lower half, where each address space has pages of its own.
const VA: u64 = 0x12_3456_7000 & ((1 << 39) - 1);
/// Where the code is.
const TEXT: u64 = upper(16) + 0x10_0000;
/// Level 3 tables of the two address spaces; one of 2 MiB each.
const LEAVES: [u64; 2] = [DATA + 0x8_2000, DATA + 0x9_2000];

/// `TLBI ...` with its operand in X2, for this core.
const fn tlbi(crm: u32, op2: u32) -> u32 {
    0xd508_8002 | crm << 8 | op2 << 5
}

/// Two address spaces in the lower half, with ASIDs 1 and 2; the code is in the upper half.
struct Spaces {
    m: Machine,
    words: Vec<u32>,
}

impl Spaces {
    fn new() -> Self {
        let mut m = Machine::standard();
        m.map(TEXT, CODE, 0);
        for leaves in LEAVES {
            let (first, second) = (leaves - 0x2000, leaves - 0x1000);
            m.put(first + (VA >> 30) * 8, second | 3);
            m.put(second + (VA >> 21 & 511) * 8, leaves | 3);
        }
        for page in 0..16 {
            m.put(DATA + 0x1000 * page, page);
        }
        // ASIDs of 16 bits.
        m.set(|s| s.sys.tcr_el1 |= 1 << 36);
        let mut s = Self { m, words: Vec::new() };
        s.switch(1);
        s
    }

    /// Executes one word with a value in X2, and drops no cache.
    fn execute(&mut self, word: u32, x2: u64) -> bool {
        let at = self.words.iter().position(|w| *w == word).unwrap_or_else(|| {
            self.words.push(word);
            self.words.len() - 1
        });
        self.m.words(CODE + 4 * at as u64, &[word]);
        self.m.cpu.state.x[2] = x2;
        self.m.cpu.state.pc = TEXT + 4 * at as u64;
        self.m.steps(1)
    }

    fn switch(&mut self, asid: u64) {
        assert!(self.execute(MSR_TTBR0, (LEAVES[asid as usize % 2] - 0x2000) | asid << 48));
    }

    fn load(&mut self, va: u64) -> Option<u64> {
        self.m.cpu.state.x[1] = va;
        self.execute(LDR, 0).then_some(self.m.cpu.state.x[0])
    }

    /// Maps the page at `va` in an address space to data page `to`; `None`: to nothing.
    fn map(&self, asid: u64, va: u64, to: Option<u64>, attributes: u64) {
        let leaf = to.map_or(0, |to| (DATA + 0x1000 * to) | attributes | AF | 3);
        self.m.put(LEAVES[asid as usize % 2] + (va >> 12 & 511) * 8, leaf);
    }

    /// Caches the page at [`VA`] in both address spaces, then takes both out of their tables. The second remains in use.
    fn cache_both(&mut self) {
        self.map(1, VA, Some(5), NG);
        self.map(2, VA, Some(6), NG);
        for (asid, value) in [(1, 5), (2, 6)] {
            self.switch(asid);
            assert_eq!(self.load(VA), Some(value));
        }
        self.map(1, VA, None, 0);
        self.map(2, VA, None, 0);
    }

    /// Whether the two are still cached.
    fn cached(&mut self) -> (bool, bool) {
        let second = self.load(VA).is_some();
        self.switch(1);
        (self.load(VA).is_some(), second)
    }
}

fn page(va: u64, asid: u64) -> u64 {
    asid << 48 | va >> 12 & ((1 << 44) - 1)
}

/// TG 4 KiB, SCALE 0, NUM 1: four pages from two before.
fn range(va: u64, asid: u64) -> u64 {
    asid << 48 | 1 << 46 | 1 << 39 | (va - 0x2000) >> 12 & ((1 << 37) - 1)
}

#[test]
fn an_address_space_finds_its_entries_again() {
    let mut s = Spaces::new();
    s.cache_both();
    assert_eq!(s.cached(), (true, true));
    s.switch(2);
    assert_eq!(s.load(VA), Some(6));
}

#[test]
fn each_form_of_tlbi_reaches_the_address_spaces_that_it_names() {
    // CRm of this core's, inner and outer shareable.
    for crm in [7, 3, 1] {
        for (op2, operand, left) in [
            (0, 0, (false, false)),
            (2, page(0, 1), (false, true)),
            (2, page(0, 2), (true, false)),
            (2, page(0, 3), (true, true)),
        ] {
            let mut s = Spaces::new();
            s.cache_both();
            assert!(s.execute(tlbi(crm, op2), operand));
            assert_eq!(s.cached(), left, "CRm {crm} op2 {op2} operand {operand:x}");
        }
    }
    type Operand = fn(u64, u64) -> u64;
    for (crms, operand) in [([7, 3, 1], page as Operand), ([6, 2, 5], range)] {
        for crm in crms {
            // VAE1, VALE1: of one ASID. VAAE1, VAALE1: of all.
            for (op2, asid, left) in [
                (1, 1, (false, true)),
                (5, 1, (false, true)),
                (1, 2, (true, false)),
                (5, 2, (true, false)),
                (3, 9, (false, false)),
                (7, 9, (false, false)),
            ] {
                let mut s = Spaces::new();
                s.cache_both();
                assert!(s.execute(tlbi(crm, op2), operand(VA, asid)));
                assert_eq!(s.cached(), left, "CRm {crm} op2 {op2} ASID {asid}");
                // A neighbour.
                let mut s = Spaces::new();
                s.cache_both();
                assert!(s.execute(tlbi(crm, op2 & 5), operand(VA + 0x8000, asid)));
                assert_eq!(s.cached(), (true, true), "CRm {crm} op2 {op2} ASID {asid}, eight pages on");
            }
        }
    }
}

#[test]
fn a_range_of_thousands_of_pages_reaches_all_of_them() {
    // TG 4 KiB, SCALE 1, NUM 31: 2048 pages.
    let operand = |asid: u64| asid << 48 | 1 << 46 | 1 << 44 | 31 << 39 | (VA & !0x7f_ffff) >> 12;
    for (asid, left) in [(1, (false, true)), (2, (true, false))] {
        let mut s = Spaces::new();
        s.cache_both();
        assert!(s.execute(tlbi(6, 1), operand(asid)));
        assert_eq!(s.cached(), left);
    }
}

#[test]
fn an_asid_that_is_used_again_has_none_of_the_old_entries() {
    let mut s = Spaces::new();
    s.cache_both();
    // ASID 3 takes over the tables of 1; then 1 is given to another program.
    assert!(s.execute(tlbi(3, 2), page(0, 1)));
    s.map(1, VA, Some(7), NG);
    s.switch(1);
    assert_eq!(s.load(VA), Some(7));
}

#[test]
fn only_eight_bits_of_an_asid_count_without_as() {
    let mut s = Spaces::new();
    let tcr = s.m.cpu.state.sys.tcr_el1;
    assert!(s.execute(MSR_TCR, tcr & !(1 << 36)));
    s.map(1, VA, Some(5), NG);
    s.switch(0x301);
    assert_eq!(s.load(VA), Some(5));
    s.map(1, VA, None, NG);
    s.switch(0x501);
    assert_eq!(s.load(VA), Some(5), "the same address space");
    assert!(s.execute(tlbi(7, 2), page(0, 0x701)));
    assert_eq!(s.load(VA), None);
}

#[test]
fn global_entries_belong_to_all_address_spaces_and_to_tlbi_of_any() {
    for op2 in [1, 5, 3, 7] {
        let mut s = Spaces::new();
        for asid in [1, 2] {
            s.map(asid, VA, Some(5), 0);
            s.switch(asid);
            assert_eq!(s.load(VA), Some(5));
        }
        s.map(1, VA, None, 0);
        s.map(2, VA, None, 0);
        s.switch(4);
        assert_eq!(s.load(VA), Some(5), "global");
        assert!(s.execute(tlbi(7, op2), page(VA, 9)));
        for asid in [4, 1, 2] {
            s.switch(asid);
            assert_eq!(s.load(VA), None, "op2 {op2} ASID {asid}");
        }
    }
}

#[test]
fn the_upper_half_may_have_entries_of_an_address_space_too() {
    let high = upper(16) + 0x7000;
    let mut s = Spaces::new();
    let at = s.m.map(high, DATA + 0x5000, NG);
    assert_eq!(s.load(high), Some(5));
    s.m.put(at, s.m.get(at) + 0x1000);
    s.switch(2);
    assert_eq!(s.load(high), Some(6), "not what another address space had cached");
    s.m.put(at, s.m.get(at) + 0x1000);
    s.switch(1);
    assert_eq!(s.load(high), Some(5));
    s.switch(2);
    assert_eq!(s.load(high), Some(6));
    assert!(s.execute(tlbi(7, 1), page(high, 1)));
    s.switch(1);
    assert_eq!(s.load(high), Some(7));
    s.m.put(at, 0);
    assert!(s.execute(tlbi(7, 3), page(high, 0)));
    assert_eq!(s.load(high), None);
}

#[test]
fn one_address_inside_a_block_invalidates_all_of_it_in_an_address_space_not_in_use() {
    let mut s = Spaces::new();
    let entry = LEAVES[1] - 0x1000 + (VA >> 21 & 511) * 8;
    let block = VA & !0x1f_ffff;
    s.switch(1);
    s.m.put(entry, DATA & !0x1f_ffff | NG | AF | 1);
    let into = DATA & 0x1f_ffff;
    for page in [3, 4] {
        assert_eq!(s.load(block + into + 0x1000 * page), Some(page));
    }
    s.m.put(entry, 0);
    s.switch(2);
    assert!(s.execute(tlbi(7, 5), page(block + 0x1000, 2)));
    s.switch(1);
    assert_eq!(s.load(block + into + 0x3000), Some(3), "of another address space");
    s.switch(2);
    assert!(s.execute(tlbi(7, 5), page(block + 0x1000, 1)));
    s.switch(1);
    for page in [3, 4] {
        assert_eq!(s.load(block + into + 0x1000 * page), None);
    }
}

#[test]
fn a_change_of_the_controls_forgets_everything() {
    let values = |s: &Spaces| {
        let sys = &s.m.cpu.state.sys;
        [(MSR_TCR, sys.tcr_el1 | 1 << 41), (MSR_MAIR, sys.mair_el1 | 0x44 << 16), (MSR_SCTLR, sys.sctlr_el1 ^ 1 << 19)]
    };
    for which in 0..3 {
        let mut s = Spaces::new();
        // What is written is then not executed.
        s.m.map(TEXT, CODE, 1 << 7);
        s.cache_both();
        let (msr, value) = values(&s)[which];
        assert!(s.execute(msr, value));
        assert_eq!(s.cached(), (false, false), "{which}");
    }
}

#[test]
fn permissions_are_those_of_the_access_not_of_the_one_that_filled() {
    let mut s = Spaces::new();
    s.map(1, VA, Some(5), NG);
    s.switch(1);
    assert_eq!(s.load(VA), Some(5));
    s.m.cpu.state.x[1] = VA;
    assert!(!s.execute(LDTR, 0), "EL0 may not read");
    assert_eq!(s.m.status(), 0xf);
    s.map(1, VA, Some(6), NG | 1 << 6);
    assert!(s.execute(tlbi(7, 1), page(VA, 1)));
    s.m.cpu.state.x[1] = VA;
    assert!(s.execute(LDTR, 0));
    assert_eq!(s.m.cpu.state.x[0], 6);
    assert_eq!(s.load(VA), Some(6));
    assert!(s.execute(0xd500_419f, 0)); // MSR PAN, #1
    assert_eq!(s.load(VA), None);
    assert_eq!(s.m.status(), 0xf);
}

#[test]
fn a_tag_is_no_part_of_what_is_invalidated() {
    let mut s = Spaces::new();
    let tcr = s.m.cpu.state.sys.tcr_el1;
    assert!(s.execute(MSR_TCR, tcr | 1 << 37));
    s.map(1, VA, Some(5), NG);
    s.switch(1);
    let tagged = 0xa5 << 56 | VA;
    assert_eq!((s.load(tagged), s.load(VA), s.load(tagged)), (Some(5), Some(5), Some(5)));
    s.map(1, VA, None, NG);
    assert_eq!(s.load(tagged), Some(5));
    assert!(s.execute(tlbi(7, 1), page(VA, 1)));
    assert_eq!((s.load(tagged), s.load(VA)), (None, None));
}
