//! Pointer authentication with an implementation-defined hash (PACIMP), as Apple's cores have
//! (`spec/cpu-engine.md` 6.6): guests cannot tell the algorithm.
//!
//! The baseline has FEAT_EPAC: a failed authentication puts an error code into the pointer, so that using it faults. With
//! FEAT_PAuth2 and FEAT_FPAC ([`Feature::Fpac`]) codes are exclusive-ORed in, and a failure is an exception; without
//! FEAT_FPACCOMBINE the instructions that authenticate and do something more go on with a pointer that is not canonical.
//! AddPAC(), Auth() and Strip() of the manual.

use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::exception::ec;
use crate::profile::Feature;

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
    // Sums, and the constant, because the first product of small numbers is a small number.
    fold(mixed.wrapping_add(pointer).wrapping_add(key[1]).wrapping_add(MULTIPLIER), MULTIPLIER)
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

    /// Whether pointers of one half of the address space carry a tag.
    fn top_byte_ignored(&self, high: bool, data: bool) -> bool {
        let tcr = self.state.sys.tcr_el1;
        let tbi = tcr >> if high { 38 } else { 37 } & 1 != 0;
        let tbid = tcr >> if high { 52 } else { 51 } & 1 != 0;
        tbi && (data || !tbid)
    }

    /// The bits of a pointer that its PAC occupies, and whether the top byte belongs to them.
    pub(crate) fn pac_field(&self, pointer: u64, data: bool) -> (u64, bool) {
        let tcr = self.state.sys.tcr_el1;
        let high = pointer >> 55 & 1 != 0;
        let tsz = if high { tcr >> 16 & 0x3f } else { tcr & 0x3f }.clamp(16, 39);
        let tbi = self.top_byte_ignored(high, data);
        let bottom = 64 - tsz;
        let below_55 = (1u64 << 55) - (1u64 << bottom);
        (if tbi { below_55 } else { below_55 | 0xff << 56 }, tbi)
    }
}

/// The pointer with its PAC field filled by its sign, bit 55.
fn canonical(pointer: u64, field: u64) -> u64 {
    if pointer >> 55 & 1 != 0 { pointer | field } else { pointer & !field }
}

fn sign(c: &Cpu, pointer: u64, modifier: u64, key: [u64; 2], data: bool) -> u64 {
    // AddPAC(): the bit that selects the half is bit 55 if either half ignores the top byte, else bit 63.
    let tags = c.top_byte_ignored(false, data) || c.top_byte_ignored(true, data);
    let high = pointer >> if tags { 55 } else { 63 } & 1 != 0;
    let extended = if high { pointer | 1 << 55 } else { pointer & !(1 << 55) };
    let (field, _) = c.pac_field(extended, data);
    let original = canonical(extended, field);
    let extension = field | 1 << 55;
    let pac = if pointer & extension == original & extension {
        hash(original, modifier, key)
    } else if c.profile.has(Feature::Fpac) {
        // FEAT_PAuth2: what made it not canonical stays in it, so that it never authenticates.
        hash(original, modifier, key) ^ pointer ^ original
    } else {
        // FEAT_EPAC: a zero code, so that signing cannot launder it.
        0
    };
    original & !field | pac & field
}

/// Authenticates: the original pointer, or one that faults when used, or an exception. `COMBINED`: the instruction does
/// more than authenticate.
pub(crate) fn authenticate<const KEY: u8, const COMBINED: bool>(c: &mut Cpu, pointer: u64, modifier: u64) -> R<u64> {
    let Some(key) = c.pac_key(KEY) else { return Ok(pointer) };
    let data = KEY == DA || KEY == DB;
    let (field, tbi) = c.pac_field(pointer, data);
    let original = canonical(pointer, field);
    let wrong = (hash(original, modifier, key) ^ pointer) & field;
    if wrong == 0 {
        return Ok(original);
    }
    failed(c, KEY, COMBINED, original, wrong, tbi)
}

/// `wrong`: the bits of the code that differ.
#[cold]
fn failed(c: &mut Cpu, key: u8, combined: bool, original: u64, wrong: u64, tbi: bool) -> R<u64> {
    if c.profile.has(Feature::Fpac) {
        // ISS: bit 1 a data key, bit 0 a B key.
        return if combined { Ok(original ^ wrong) } else { c.raise(ec::FPAC, u64::from(key)) };
    }
    let code = if key == IA || key == DA { 0b01 } else { 0b10 };
    let shift = if tbi { 53 } else { 61 };
    Ok(original & !(3 << shift) | code << shift)
}

pub(crate) fn pac<const KEY: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    if let Some(key) = c.pac_key(KEY) {
        let signed = sign(c, c.x(o.ra), c.x(o.rm), key, KEY == DA || KEY == DB);
        c.set_x(o.rd, signed);
    }
    Ok(())
}

pub(crate) fn aut<const KEY: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    let r = authenticate::<KEY, false>(c, c.x(o.ra), c.x(o.rm))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_under_zero_keys_fill_the_upper_half_too() {
        for pointer in 0..64 {
            for modifier in 0..64 {
                assert_ne!(hash(pointer, modifier, [0, 0]) >> 32, 0, "{pointer} {modifier}");
            }
        }
    }

    #[test]
    fn every_input_bit_reaches_about_half_of_the_code() {
        let (p, m, k) = (0xffff_8000_1234_5678, 0x0000_7fff_fffe_1000, [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210]);
        let base = hash(p, m, k);
        for bit in 0..64 {
            let b = 1u64 << bit;
            for other in
                [hash(p ^ b, m, k), hash(p, m ^ b, k), hash(p, m, [k[0] ^ b, k[1]]), hash(p, m, [k[0], k[1] ^ b])]
            {
                let changed = ((base ^ other) >> 48).count_ones();
                assert!((2..=14).contains(&changed), "bit {bit}: {changed} of the upper 16 changed");
            }
        }
    }
}
