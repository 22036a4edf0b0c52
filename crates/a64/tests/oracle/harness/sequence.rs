//! Classes whose cases are sequences with a meaning rather than fillings of rows: what they compare does not depend on
//! the algorithm or the keys of pointer authentication, nor on the time.

use super::case::{Case, Set};
use super::pool;
use super::rng::Rng;

/// Makes one case: its words and settings.
pub(crate) type Sequence = fn(&mut Rng, &mut Case);

/// What makes the cases of a class, if it is one of these.
pub(crate) fn of(class: &str) -> Option<Sequence> {
    Some(match class {
        "bti" => landing,
        "pauth2" => authentication,
        "ecv" => counters,
        _ => return None,
    })
}

const NOP: u32 = 0xd503_201f;
const BRK: u32 = 0xd420_0000;
const XPACLRI: u32 = 0xd503_20ff;
const PACIASP: u32 = 0xd503_233f;
const PACIBSP: u32 = 0xd503_237f;
/// BTI, BTI c, BTI j, BTI jc.
const BTI: [u32; 4] = [0xd503_241f, 0xd503_245f, 0xd503_249f, 0xd503_24df];

/// A general register; X16 and X17, which are special as jumps' registers, in one of three cases.
fn branch_register(r: &mut Rng) -> u32 {
    if r.one_in(3) { 16 + r.below(2) as u32 } else { r.below(31) as u32 }
}

fn other_than(r: &mut Rng, n: u32) -> u32 {
    (n + 1 + r.below(30) as u32) % 31
}

/// An indirect branch, over a BRK, to something that is a landing pad or not. All code lies in guarded pages.
fn landing(r: &mut Rng, case: &mut Case) {
    let kind = r.below(8);
    let (key, link) = (r.below(2) as u32, r.below(2) as u32);
    // QEMU 10.0 aborts at BRAA and its relatives through other registers than these (`tests/system/bti.rs` has them).
    let n = if kind >= 6 && link == 0 { 16 + r.below(2) as u32 } else { branch_register(r) };
    let rn = n << 5;
    match kind {
        0..=2 => case.words.push(0xd61f_0000 | rn), // BR
        3 | 4 => case.words.push(0xd63f_0000 | rn), // BLR
        5 => case.words.push(0xd65f_0000 | rn),     // RET
        6 => {
            // PACIZA Xn; BRAAZ Xn, and with key B, and BLRAAZ.
            case.words.push(0xdac1_23e0 | key << 10 | n);
            case.words.push(0xd61f_081f | link << 21 | key << 10 | rn);
        }
        _ => {
            // PACIA Xn, Xm; BRAA Xn, Xm, and with key B, and BLRAA.
            let m = other_than(r, n);
            case.words.push(0xdac1_0000 | key << 10 | m << 5 | n);
            case.words.push(0xd71f_0800 | link << 21 | key << 10 | rn | m);
        }
    }
    case.words.push(BRK);
    case.set.push(Set::X(n as u8, case.pc() + 4 * case.words.len() as u64));
    let target = match r.below(8) {
        0..=3 => r.pick(&BTI),
        4 => r.pick(&[PACIASP, PACIBSP]),
        5 => r.pick(&[NOP, XPACLRI, BRK | 7 << 5]),
        // PACIAZ, PACIA1716 and the like are no landing pads.
        6 => r.pick(&[0xd503_231f, 0xd503_235f, 0xd503_20ff]),
        // ADD X3, X3, #1; LDR X3, [X3]: no landing pad, and the second may fault by itself.
        _ => r.pick(&[0x9100_0463, 0xf940_0063]),
    };
    case.words.push(target);
    // Codes are the oracle's own: XPACI Xn, and of the link register.
    case.words.extend([0xdac1_43e0 | n, XPACLRI]);
    if n != 30 {
        case.set.push(Set::X(30, pointer(r)));
    }
    if r.one_in(2) {
        // BTYPE does not outlive its instruction.
        case.words.push(r.pick(&[NOP, 0x9100_0463, BTI[0]]));
    }
}

/// Bits that both sides have in a code whatever the size of their address space.
const CODE_BITS: [u32; 3] = [52, 53, 54];

/// A pointer whose bits 54:48 equal bit 55: canonical whatever the size of the address space. No tag in the upper half, where a
/// process has none: AddPAC() in DDI 0487 chooses the half by bit 55 if either half has tags, QEMU only if this one has
/// (`tests/system/pauth.rs` has our side).
fn pointer(r: &mut Rng) -> u64 {
    let p = pool::integer(r) & !(0x7f << 48);
    if p >> 55 & 1 != 0 { p | 0xffff << 48 } else { p }
}

/// Signs a pointer, perhaps spoils the code, perhaps not canonical from the start; then authenticates or strips it.
fn authentication(r: &mut Rng, case: &mut Case) {
    let spoil = |r: &mut Rng, n: u32| 0xd240_0000 | (64 - r.pick(&CODE_BITS)) << 16 | n << 5 | n; // EOR Xn, Xn, #1 << bit
    let mut value = pointer(r);
    if r.one_in(4) {
        value ^= 1 << r.pick(&CODE_BITS);
    }
    match r.below(5) {
        // Any key, with a register, the stack pointer or nothing as modifier; then AUT or XPAC.
        0..=2 => {
            let n = r.below(31) as u32;
            let key = r.below(4) as u32;
            let zero = r.one_in(3);
            let m = if r.one_in(4) { 31 } else { other_than(r, n) };
            let (sign, auth) =
                if zero { (0xdac1_23e0, 0xdac1_33e0) } else { (0xdac1_0000 | m << 5, 0xdac1_1000 | m << 5) };
            case.set.push(Set::X(n as u8, value));
            case.words.push(sign | key << 10 | n);
            if r.one_in(3) {
                case.words.push(spoil(r, n));
            }
            if r.one_in(4) {
                // XPACI or XPACD.
                case.words.push(0xdac1_43e0 | (key >> 1) << 10 | n);
            } else {
                case.words.push(auth | key << 10 | n);
            }
        }
        // The hint forms: 1716, Z and SP, keys A and B.
        3 => {
            let (sign, auth, n) = r.pick(&[
                (0xd503_211f, 0xd503_219f, 17),
                (0xd503_215f, 0xd503_21df, 17),
                (0xd503_231f, 0xd503_239f, 30),
                (0xd503_233f, 0xd503_23bf, 30),
                (0xd503_235f, 0xd503_23df, 30),
                (0xd503_237f, 0xd503_23ff, 30),
            ]);
            case.set.push(Set::X(n as u8, value));
            case.words.push(sign);
            if r.one_in(3) {
                case.words.push(spoil(r, n));
            }
            case.words.push(auth);
        }
        // Combined: PACIASP, RETAA to a BRK; PACDZA, LDRAA from the window. What they do when they fail depends on
        // FEAT_FPACCOMBINE, which the oracle may have.
        _ => {
            let b = r.below(2) as u32;
            if r.one_in(2) {
                case.set.push(Set::X(30, case.pc() + 12));
                case.words.extend([0xd503_233f | b << 6, 0xd65f_0bff | b << 10, BRK, XPACLRI]);
            } else {
                let (n, offset) = (r.below(31) as u32, r.below(0x100));
                case.set.push(Set::X(n as u8, super::case::DATA + 8 * r.below(0x300)));
                let load = 0xf820_0400 | b << 23 | (offset as u32 & 0x1ff) << 12 | n << 5 | other_than(r, n);
                case.words.extend([0xdac1_2be0 | b << 10 | n, load]);
                // Without write-back the code stays in the base: strip it.
                case.words.push(0xdac1_47e0 | n);
            }
        }
    }
}

/// Two reads of a self-synchronised counter are in order; then everything that depends on the time is erased.
fn counters(r: &mut Rng, case: &mut Case) {
    let a = r.below(31) as u32;
    let b = other_than(r, a);
    // CNTVCTSS_EL0. The oracle's processes have no physical counter.
    let counter = 0xd53b_e0c0;
    case.words.extend([
        counter | a,
        counter | b,
        0xeb00_001f | a << 16 | b << 5, // CMP Xb, Xa
        0x9a9f_37e0 | a,                // CSET Xa, HS
        0xaa1f_03e0 | b,                // MOV Xb, XZR
        0xd51b_421f,                    // MSR NZCV, XZR
    ]);
}
