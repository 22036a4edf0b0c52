//! Sequences of cryptographic instructions as programs have them, and nearly so: what the recompiler fuses, and must not fuse
//! when something stands between that sees the difference.

use crate::harness::rng::Rng;

/// AES rounds of two states in turn, or rounds of SHA-256 with its schedule, with a disturbance now and then.
pub(crate) fn sequence(r: &mut Rng) -> Vec<u32> {
    let mut words = Vec::new();
    if r.one_in(2) {
        aes(r, &mut words)
    } else {
        sha256(r, &mut words)
    }
    words
}

/// One of eight registers that are in host registers, in upper ones, or in memory.
fn register(r: &mut Rng) -> u32 {
    r.pick(&[0, 1, 5, 16, 9, 21, 28, 31])
}

/// AESE (or AESD) and AESMC (or AESIMC) on the same register, mostly.
fn aes(r: &mut Rng, words: &mut Vec<u32>) {
    let states = [register(r), register(r)];
    let keys = [register(r), register(r), register(r)];
    for _ in 0..2 + r.below(6) {
        let decrypts = r.one_in(4);
        let state = if r.one_in(3) { states[1] } else { states[0] };
        words.push(if decrypts { 0x4e28_5800 } else { 0x4e28_4800 } | r.pick(&keys) << 5 | state);
        disturb(r, words);
        let mixed = if r.one_in(8) { register(r) } else { state };
        let inverse = decrypts != r.one_in(8);
        words.push(if inverse { 0x4e28_7800 } else { 0x4e28_6800 } | state << 5 | mixed);
        disturb(r, words);
    }
}

/// MOV, SHA256H, SHA256H2.
fn sha256(r: &mut Rng, words: &mut Vec<u32>) {
    for _ in 0..1 + r.below(3) {
        let (abcd, efgh, copy, w) = (register(r), register(r), register(r), register(r));
        words.push(0x4ea0_1c00 | abcd << 16 | abcd << 5 | copy);
        disturb(r, words);
        // The rounds may be done in the copy.
        let (first, second) = if r.one_in(3) { (copy, abcd) } else { (abcd, copy) };
        words.push(0x5e00_4000 | w << 16 | efgh << 5 | first);
        disturb(r, words);
        let w = if r.one_in(8) { register(r) } else { w };
        words.push(0x5e00_5000 | w << 16 | second << 5 | efgh);
        disturb(r, words);
    }
}

/// Something between, sometimes: the message schedule, a sum, a move, a new key, a store.
fn disturb(r: &mut Rng, words: &mut Vec<u32>) {
    if !r.one_in(3) {
        return;
    }
    let (d, n, m) = (register(r), register(r), register(r));
    words.push(match r.below(8) {
        0 => 0x5e28_2800 | n << 5 | d,           // SHA256SU0
        1 => 0x5e00_6000 | m << 16 | n << 5 | d, // SHA256SU1
        2 => 0x4ea0_8400 | m << 16 | n << 5 | d, // ADD .4S
        3 => 0x4ea0_1c00 | n << 16 | n << 5 | d, // MOV
        4 => 0x6e40_8400 | m << 16 | n << 5 | d, // SQRDMLAH .8H, which the interpreter executes
        5 => 0x3d80_0000 | 20 << 5 | d,          // STR Qd, [X20]
        6 => 0x4e00_6000 | m << 16 | n << 5 | d, // TBL of four registers
        _ => 0x6e20_0800 | n << 5 | d,           // REV32 .16B
    });
}
