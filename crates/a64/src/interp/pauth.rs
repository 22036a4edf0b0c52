//! Pointer authentication with an implementation-defined hash (PACIMP), as Apple's cores have
//! (`spec/cpu-engine.md` 6.6): guests cannot tell the algorithm.
//!
//! No FEAT_PAuth2 and no FEAT_FPAC: a failed authentication puts an error code into the pointer, so that using it faults.

use crate::cpu::{Cpu, R};
use crate::decode::Op;

pub(crate) const IA: u8 = 0;
pub(crate) const IB: u8 = 1;
pub(crate) const DA: u8 = 2;
pub(crate) const DB: u8 = 3;

/// An odd number with well-spread bits.
pub(crate) const MULTIPLIER: u64 = 0xd6e8_feb8_6659_fd93;

/// The product's halves on top of each other: every bit of both factors reaches the middle of the result.
fn fold(a: u64, b: u64) -> u64 {
    let p = u128::from(a) * u128::from(b);
    p as u64 ^ (p >> 64) as u64
}

/// Keyed hash of a pointer and a modifier: two multiplications, which a recompiler does inline. It is not meant to withstand
/// cryptanalysis by a guest that attacks itself.
fn hash(pointer: u64, modifier: u64, key: [u64; 2]) -> u64 {
    let mixed = fold(pointer ^ key[0], modifier ^ key[1]);
    fold(mixed ^ pointer ^ key[1], MULTIPLIER)
}

impl Cpu {
    fn pac_key(&self, key: u8) -> Option<[u64; 2]> {
        let s = &self.state.sys;
        let (bit, value) = match key {
            IA => (31, s.apia),
            IB => (30, s.apib),
            DA => (27, s.apda),
            _ => (13, s.apdb),
        };
        (s.sctlr_el1 >> bit & 1 != 0).then_some(value)
    }

    /// The bits of a pointer that its PAC occupies, and whether the top byte belongs to them.
    pub(crate) fn pac_field(&self, pointer: u64, data: bool) -> (u64, bool) {
        let tcr = self.state.sys.tcr_el1;
        let high = pointer >> 55 & 1 != 0;
        let tsz = if high { tcr >> 16 & 0x3f } else { tcr & 0x3f }.clamp(16, 39);
        let tbi_bit = tcr >> if high { 38 } else { 37 } & 1 != 0;
        let tbid = tcr >> if high { 52 } else { 51 } & 1 != 0;
        let tbi = tbi_bit && (data || !tbid);
        let bottom = 64 - tsz;
        let below_55 = (1u64 << 55) - (1u64 << bottom);
        (if tbi { below_55 } else { below_55 | 0xff << 56 }, tbi)
    }

    /// Whether either half of the address space ignores the top byte of such pointers (`TCR_EL1.TBI*`, `TBID*`).
    fn ignores_a_top_byte(&self, data: bool) -> bool {
        let set = |bit: u32| self.state.sys.tcr_el1 >> bit & 1 != 0;
        [(37, 51), (38, 52)].iter().any(|(tbi, tbid)| set(*tbi) && (data || !set(*tbid)))
    }
}

/// The pointer with its PAC field filled by its sign, bit 55.
fn canonical(pointer: u64, field: u64) -> u64 {
    if pointer >> 55 & 1 != 0 { pointer | field } else { pointer & !field }
}

fn sign(c: &Cpu, pointer: u64, modifier: u64, key: [u64; 2], data: bool) -> u64 {
    // AddPAC(): the bit that selects the half is bit 55 if either half ignores the top byte, else bit 63.
    let high = pointer >> if c.ignores_a_top_byte(data) { 55 } else { 63 } & 1 != 0;
    let extended = if high { pointer | 1 << 55 } else { pointer & !(1 << 55) };
    let (field, _) = c.pac_field(extended, data);
    let original = canonical(extended, field);
    // A pointer that was not canonical gets a zero PAC (FEAT_EPAC), so that signing cannot launder it.
    let canonical_already = pointer & field == 0 || pointer & field == field;
    let pac = if canonical_already { hash(original, modifier, key) } else { 0 };
    original & !field | pac & field
}

/// Authenticates: the original pointer, or one with an error code that faults when used.
pub(crate) fn authenticate<const KEY: u8>(c: &Cpu, pointer: u64, modifier: u64) -> u64 {
    let Some(key) = c.pac_key(KEY) else { return pointer };
    let data = KEY == DA || KEY == DB;
    let (field, tbi) = c.pac_field(pointer, data);
    let original = canonical(pointer, field);
    if (hash(original, modifier, key) ^ pointer) & field == 0 {
        return original;
    }
    let code = if KEY == IA || KEY == DA { 0b01 } else { 0b10 };
    let shift = if tbi { 53 } else { 61 };
    original & !(3 << shift) | code << shift
}

pub(crate) fn pac<const KEY: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    if let Some(key) = c.pac_key(KEY) {
        let signed = sign(c, c.x(o.ra), c.x(o.rm), key, KEY == DA || KEY == DB);
        c.set_x(o.rd, signed);
    }
    Ok(())
}

pub(crate) fn aut<const KEY: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let r = authenticate::<KEY>(c, c.x(o.ra), c.x(o.rm));
    c.set_x(o.rd, r);
    Ok(())
}

pub(crate) fn xpac<const DATA: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let pointer = c.x(o.ra);
    let (field, _) = c.pac_field(pointer, DATA);
    c.set_x(o.rd, canonical(pointer, field));
    Ok(())
}

pub(crate) fn pacga(c: &mut Cpu, o: &Op) -> R<()> {
    let h = hash(c.x(o.rn), c.x(o.rm), c.state.sys.apga);
    c.set_x(o.rd, h & 0xffff_ffff_0000_0000);
    Ok(())
}
