//! Pointer authentication by its properties: keys and algorithm are the host's, so each case ends with every signature
//! taken off, proven, or cut away, and what is left must agree.

use super::case::{Case, DATA, SLOTS, Set};
use super::pool;
use super::rng::Rng;

/// Makes sequences of pointer authentication instructions.
pub(crate) struct Sequences {
    rng: Rng,
    made: usize,
}

impl Sequences {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng(seed), made: 0 }
    }

    /// The next case.
    pub(crate) fn case(&mut self) -> Case {
        let r = &mut self.rng;
        let mut case = Case { seed: r.next(), slot: (self.made % SLOTS) as u8, ..Case::default() };
        self.made += 1;
        let (d, n) = (r.below(30) as u32, r.below(31) as u32);
        // A modifier must outlive the pointer that is signed with it.
        let n = if n == d { 30 } else { n };
        let key = r.below(4) as u32;
        let page = case.pc() & !0xfff;
        let place = page + 0x900 + 4 * r.below(0x180);
        // PACIA, PACIB, PACDA, PACDB Xd, Xn; with a modifier of zero; AUT* is four later.
        let sign =
            |n: u32| if n == 31 { 0xdac1_2000 | key << 10 | 31 << 5 | d } else { 0xdac1_0000 | key << 10 | n << 5 | d };
        let n = if r.one_in(4) { 31 } else { n };
        let proof = 0x1000;
        let strip = 0xdac1_43e0 | (key >> 1) << 10 | d;
        let pointer = match r.below(4) {
            0 => pool::integer(r),
            1 => DATA + r.below(0x2000),
            2 => place,
            _ => r.next() >> 17,
        };
        // AddPAC() takes the half from bit 55, since the lower one ignores the top byte; QEMU takes it from bit 63 for the
        // upper one. A unit test has the pointers in which these differ.
        let pointer = if pointer >> 55 & 1 != 0 { pointer | 1 << 63 } else { pointer };
        case.set.push(Set::X(d as u8, pointer));
        match r.below(11) {
            // Signed and proven: the pointer is as it was.
            0 | 1 => {
                // Only a canonical address comes back; a tag is no part of the signature of a pointer to data.
                canonical(&mut case, d, pointer);
                case.words = vec![sign(n), sign(n) | proof];
            }
            // Signed or not, stripped.
            2 => case.words = vec![sign(n), strip],
            3 => case.words = vec![strip],
            // PACGA: the lower half is zero. UBFX takes it.
            4 => {
                let m = r.below(32) as u32;
                case.words = vec![0x9ac0_3000 | m << 16 | n << 5 | d, 0xd340_7c00 | d << 5 | d];
            }
            // Signed twice alike is signed alike: the difference is zero.
            5 => {
                let other = if d == 29 { 28 } else { d + 1 };
                if n == other {
                    case.words = vec![strip];
                } else {
                    case.set.push(Set::X(other as u8, pointer));
                    let again = sign(n) & !31 | other;
                    case.words = vec![sign(n), again, 0xca00_0000 | d << 16 | other << 5 | other, strip];
                }
            }
            // PACIASP or PACIBSP; RETAA or RETAB.
            6 => {
                let b = r.below(2) as u32;
                // To the word behind, which takes the signature off.
                case.set.push(Set::X(30, case.pc() + 8));
                case.words = vec![0xd503_233f | b << 6, 0xd65f_0bff | b << 10, 0xdac1_43e0 | 30];
            }
            // The forms in the hint space: by SP or zero for X30, by X16 for X17; proven, or the link register stripped.
            9 | 10 => {
                let (b, form) = ((r.below(2) as u32) << 6, r.pick(&[0xd503_233f, 0xd503_231f, 0xd503_211f]));
                let register = if form == 0xd503_211f { 17 } else { 30 };
                canonical(&mut case, register, pointer);
                let strip = register == 30 && r.one_in(3);
                case.words = vec![form | b, if strip { 0xd503_20ff } else { form | b | 0x80 }];
            }
            // BRAA, BRAB, BLRAA, BLRAB and their forms without modifier.
            7 => {
                let (b, link) = (r.below(2) as u32, r.below(2) as u32);
                // QEMU 10.0 ends in an assertion at BRAA by any register but these two.
                let target = if link == 0 { 16 + (d & 1) } else { d };
                let (sign, go) = if r.one_in(2) {
                    (0xdac1_23e0 | b << 10 | target, 0xd61f_081f | b << 10 | link << 21 | target << 5)
                } else {
                    let m = if n == target || n == 31 { 30 } else { n };
                    (0xdac1_0000 | b << 10 | m << 5 | target, 0xd71f_0800 | b << 10 | link << 21 | target << 5 | m)
                };
                // To a landing pad (BTI jc), and stripped behind it, so that no signature is compared.
                let back = case.pc() + 8;
                case.set.push(Set::X(target as u8, back));
                case.words = vec![sign, go, 0xd503_24df, 0xdac1_43e0 | target];
            }
            // LDRAA, LDRAB through a pointer signed with zero, with an offset and with write-back.
            _ => {
                let (b, offset) = (r.below(2) as u32, r.below(64) as u32);
                let t = if d == 29 { 28 } else { d + 1 };
                case.set.push(Set::X(d as u8, DATA + 8 * r.below(0x300)));
                let load = 0xf820_0400 | b << 23 | offset << 12 | (r.below(2) as u32) << 11 | d << 5 | t;
                // Without write-back the base keeps its signature.
                case.words = vec![0xdac1_2be0 | b << 10 | d, load, 0xdac1_47e0 | d];
            }
        }
        case
    }
}

/// Makes the pointer of a case one whose upper bits agree with bit 55.
fn canonical(case: &mut Case, d: u32, pointer: u64) {
    case.set.push(Set::X(d as u8, pointer & 0xffff_ffff_ffff));
}
