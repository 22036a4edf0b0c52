//! Constant operands of vector code: one table in each core's frame, addressed from RBP.

/// How many constants there are.
const COUNT: usize = NIBBLES as usize + 9;

/// The table: 16 bytes for each [`Constant`].
pub(crate) type Constants = [[u8; 16]; COUNT];

/// An entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Constant(u8);

impl Constant {
    /// Its number in the table.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

const SIGN: u8 = 0;
const LARGEST: u8 = SIGN + 4;
const ONE: u8 = LARGEST + 4;
const LOW_HALF: u8 = ONE + 4;
const ROUND_HALF: u8 = LOW_HALF + 3;
const LOW_BYTE: u8 = ROUND_HALF + 3;
const BYTES_LEFT: u8 = LOW_BYTE + 3;
const BYTES_RIGHT: u8 = BYTES_LEFT + 8;
const BYTES_SIGN: u8 = BYTES_RIGHT + 8;
const SIXTEENS: u8 = BYTES_SIGN + 8;
const SHA1_K: u8 = SIXTEENS + 4;
const EVENS: u8 = SHA1_K + 3;
const FOURS: u8 = EVENS + 2;
const LOAD_THREE: u8 = FOURS + 2;
const STORE_THREE: u8 = LOAD_THREE + 27;
const NIBBLES: u8 = STORE_THREE + 31;

/// The low nibble of each byte.
pub(super) const NIBBLE: Constant = Constant(BYTES_RIGHT + 4);
/// All bits.
pub(super) const ALL_ONES: Constant = Constant(BYTES_RIGHT);
/// The second highest bit of each doubleword.
pub(super) const QUARTER: Constant = Constant(STORE_THREE + 27);
/// Bit 30 of each doubleword.
pub(super) const ROUND_31: Constant = Constant(STORE_THREE + 28);
/// In each byte 0x70, and 64.
pub(super) const PAST_FIFTEEN: Constant = Constant(STORE_THREE + 29);
pub(super) const SIXTY_FOUR: Constant = Constant(STORE_THREE + 30);
/// The upper halfword of each word.
pub(super) const HIGH_HALVES: Constant = Constant(NIBBLES + 7);
/// Nothing.
pub(super) const ZERO: Constant = Constant(NIBBLES + 8);
/// The factors of CRC-32.
pub(crate) const CRC_FACTORS: Constant = Constant(NIBBLES + 6);
/// The upper byte of each halfword.
pub(super) const ODD_BYTES: Constant = Constant(ODD);
const ODD: u8 = SIXTEENS + 3;

/// The top bit of each lane of `1 << n` bytes.
pub(super) fn sign(n: usize) -> Constant {
    Constant(SIGN + n as u8 % 4)
}

/// All other bits.
pub(super) fn largest(n: usize) -> Constant {
    Constant(LARGEST + n as u8 % 4)
}

/// One in each lane.
pub(super) fn one(n: usize) -> Constant {
    Constant(ONE + n as u8 % 4)
}

/// The low half of each lane that is twice as large as `1 << n` bytes.
pub(super) fn low_half(n: usize) -> Constant {
    Constant(LOW_HALF + n as u8 % 3)
}

/// The highest bit of that half.
pub(super) fn round_half(n: usize) -> Constant {
    Constant(ROUND_HALF + n as u8 % 3)
}

/// The lowest byte of each lane of 2, 4 or 8 bytes.
pub(super) fn low_byte(n: usize) -> Constant {
    Constant(LOW_BYTE + (n as u8).wrapping_sub(1) % 3)
}

/// In each byte the bits that remain of ones shifted left (or right) by 0..=7.
pub(super) fn bytes_shifted(left: bool, by: u8) -> Constant {
    Constant(if left { BYTES_LEFT } else { BYTES_RIGHT } + by % 8)
}

/// In each byte the sign bit shifted right by 0..=7.
pub(super) fn bytes_sign(by: u8) -> Constant {
    Constant(BYTES_SIGN + by % 8)
}

/// 16, 32 or 48 in each byte.
pub(super) fn sixteens(k: u8) -> Constant {
    Constant(SIXTEENS + (k.wrapping_sub(1)) % 3)
}

/// The constant of SHA-1's rounds with choose, parity, majority.
pub(crate) fn sha1_k(function: u8) -> Constant {
    Constant(SHA1_K + function % 3)
}

/// Orders of bytes: the lanes (of 1 or 2 bytes) with even numbers, then those with odd ones.
pub(super) fn evens_odds(n: usize) -> Constant {
    Constant(EVENS + n as u8 % 2)
}

/// Orders of bytes: lanes (of 1 or 2 bytes) 0, 4, 8...; then 1, 5...; 2, 6...; 3, 7...
pub(super) fn fours(n: usize) -> Constant {
    Constant(FOURS + n as u8 % 2)
}

/// The order of bytes that takes from block `from` of three-element structures what register `to` gets of it.
pub(super) fn load_three(n: usize, to: u8, from: u8) -> Constant {
    Constant(LOAD_THREE + n as u8 % 3 * 9 + to % 3 * 3 + from % 3)
}

/// The order of bytes that takes from register `from` what block `to` of three-element structures gets of it.
pub(super) fn store_three(n: usize, to: u8, from: u8) -> Constant {
    Constant(STORE_THREE + n as u8 % 3 * 9 + to % 3 * 3 + from % 3)
}

/// Functions of bytes by tables for their two nibbles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nibbles {
    /// Bits set, to be added.
    Ones,
    /// Bits in reverse order, to be combined.
    Reversed,
    /// Leading zeros, of which the smaller counts.
    LeadingZeros,
}

/// The table of a function for the low or the high nibble.
pub(super) fn nibbles(which: Nibbles, high: bool) -> Constant {
    Constant(NIBBLES + 2 * which as u8 + high as u8)
}

/// `v` in each lane of `1 << n` bytes.
const fn splat(n: usize, v: u64) -> [u8; 16] {
    let mut r = [0; 16];
    let mut i = 0;
    while i < 16 {
        r[i] = v.to_le_bytes()[i & ((1 << n) - 1)];
        i += 1;
    }
    r
}

/// Lanes with numbers of one remainder after another, as an order of bytes.
const fn by_remainder(n: usize, count: usize) -> [u8; 16] {
    let mut r = [0; 16];
    let (per, lanes) = (16 / count, (16 / count) >> n);
    let mut i = 0;
    while i < 16 {
        let (remainder, lane) = (i / per, (i % per) >> n);
        assert!(lane < lanes);
        r[i] = (((lane * count + remainder) << n) + i % (1 << n)) as u8;
        i += 1;
    }
    r
}

/// For [`load_three`] or (`store`) [`store_three`].
const fn three(n: usize, to: usize, from: usize, store: bool) -> [u8; 16] {
    let mut r = [0x80; 16];
    let mut i = 0;
    while i < 16 {
        // The place in memory of a register's byte, or of what goes to a place in memory.
        if store {
            let at = 16 * to + i;
            let lane = at >> n;
            if lane % 3 == from {
                r[i] = (((lane / 3) << n) + at % (1 << n)) as u8;
            }
        } else {
            let at = ((3 * (i >> n) + to) << n) + i % (1 << n);
            if at / 16 == from {
                r[i] = (at % 16) as u8;
            }
        }
        i += 1;
    }
    r
}

/// The table's content.
pub(crate) const TABLE: Constants = {
    let mut t = [[0; 16]; COUNT];
    let mut n = 0;
    while n < 4 {
        let bits = 8 << n;
        let sign = 1u64 << (bits - 1);
        t[SIGN as usize + n] = splat(n, sign);
        t[LARGEST as usize + n] = splat(n, sign - 1);
        t[ONE as usize + n] = splat(n, 1);
        if n < 3 {
            t[LOW_HALF as usize + n] = splat(n + 1, sign | (sign - 1));
            t[ROUND_HALF as usize + n] = splat(n + 1, sign);
            t[LOW_BYTE as usize + n] = splat(n + 1, 0xff);
        }
        if n < 2 {
            t[EVENS as usize + n] = by_remainder(n, 2);
            t[FOURS as usize + n] = by_remainder(n, 4);
        }
        let mut k = 0;
        while n < 3 && k < 9 {
            t[LOAD_THREE as usize + 9 * n + k] = three(n, k / 3, k % 3, false);
            t[STORE_THREE as usize + 9 * n + k] = three(n, k / 3, k % 3, true);
            k += 1;
        }
        n += 1;
    }
    let mut k = 0;
    while k < 8 {
        t[BYTES_LEFT as usize + k] = splat(0, 0xff << k);
        t[BYTES_RIGHT as usize + k] = splat(0, 0xff >> k);
        t[BYTES_SIGN as usize + k] = splat(0, 0x80 >> k);
        k += 1;
    }
    let mut i = 0;
    while i < 16 {
        let reversed = (i as u8).reverse_bits();
        let zeros = (i as u8).leading_zeros() as u8;
        t[NIBBLES as usize][i] = i.count_ones() as u8;
        t[NIBBLES as usize + 1][i] = i.count_ones() as u8;
        t[NIBBLES as usize + 2][i] = reversed;
        t[NIBBLES as usize + 3][i] = reversed >> 4;
        t[NIBBLES as usize + 4][i] = zeros;
        // A high nibble of zero leaves it to the low one.
        t[NIBBLES as usize + 5][i] = if i == 0 { 0xff } else { zeros - 4 };
        i += 1;
    }
    t[SIXTEENS as usize] = splat(0, 0x10);
    t[SIXTEENS as usize + 1] = splat(0, 0x20);
    t[SIXTEENS as usize + 2] = splat(0, 0x30);
    t[STORE_THREE as usize + 27] = splat(3, 1 << 62);
    t[STORE_THREE as usize + 28] = splat(3, 1 << 30);
    t[STORE_THREE as usize + 29] = splat(0, 0x70);
    t[STORE_THREE as usize + 30] = splat(0, 0x40);
    let mut i = 0;
    while i < 16 {
        t[NIBBLES as usize + 6][i] = crate::emit::crc::FACTORS[i / 8].to_le_bytes()[i % 8];
        i += 1;
    }
    t[NIBBLES as usize + 7] = splat(2, 0xffff_0000);
    t[ODD as usize] = splat(1, 0xff00);
    // FIPS 180-4, 4.2.1.
    t[SHA1_K as usize] = splat(2, 0x5a82_7999);
    t[SHA1_K as usize + 1] = splat(2, 0x6ed9_eba1);
    t[SHA1_K as usize + 2] = splat(2, 0x8f1b_bcdc);
    t
};

#[cfg(test)]
mod tests {
    use super::*;

    fn shuffle(v: [u8; 16], order: Constant) -> [u8; 16] {
        TABLE[order.index()].map(|i| if i & 0x80 != 0 { 0 } else { v[usize::from(i)] })
    }

    #[test]
    fn structures_of_three_come_apart_and_together() {
        let memory: Vec<u8> = (0..48).collect();
        for n in 0..3 {
            let block = |k: u8| <[u8; 16]>::try_from(&memory[16 * usize::from(k)..][..16]).unwrap();
            let register = |to: u8| {
                (0..3).fold([0; 16], |r, from| {
                    let part = shuffle(block(from), load_three(n, to, from));
                    std::array::from_fn(|i| r[i] | part[i])
                })
            };
            for (i, byte) in register(2).iter().enumerate() {
                assert_eq!(usize::from(*byte), ((3 * (i >> n) + 2) << n) + i % (1 << n));
            }
            for to in 0..3 {
                let together = (0..3).fold([0; 16], |r, from| {
                    let part = shuffle(register(from), store_three(n, to, from));
                    std::array::from_fn(|i| r[i] | part[i])
                });
                assert_eq!(together, block(to));
            }
        }
    }

    #[test]
    fn lanes_are_grouped_by_remainder() {
        assert_eq!(TABLE[evens_odds(1).index()], [0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]);
        assert_eq!(TABLE[fours(0).index()], [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]);
    }
}
