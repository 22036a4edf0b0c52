//! AES rounds (FIPS 197). Byte `4 * column + row` of the state is byte `4 * column + row` of the register.

use super::simd_lanes::map;
use crate::cpu::{Cpu, R};
use crate::decode::Op;

/// Multiplication by x in GF(2^8).
const fn xtime(a: u8) -> u8 {
    a << 1 ^ ((a >> 7) * 0x1b)
}

/// The S-box: inverse in GF(2^8), then the affine map (FIPS 197, 5.1.1).
const SBOX: [u8; 256] = {
    let mut sbox = [0; 256];
    // p runs through all powers of the generator x + 1, and q through their inverses.
    let (mut p, mut q) = (1u8, 1u8);
    loop {
        p ^= xtime(p);
        q ^= q << 1;
        q ^= q << 2;
        q ^= q << 4;
        q ^= (q >> 7) * 0x09;
        let affine = q ^ q.rotate_left(1) ^ q.rotate_left(2) ^ q.rotate_left(3) ^ q.rotate_left(4);
        sbox[p as usize] = affine ^ 0x63;
        if p == 1 {
            break;
        }
    }
    sbox[0] = 0x63;
    sbox
};

const INVERSE_SBOX: [u8; 256] = {
    let mut inverse = [0; 256];
    let mut i = 0;
    while i < 256 {
        inverse[SBOX[i] as usize] = i as u8;
        i += 1;
    }
    inverse
};

/// ShiftRows and SubBytes.
#[inline(always)]
fn shift_rows_sub_bytes(state: u128) -> u128 {
    let s = state.to_le_bytes();
    u128::from_le_bytes(std::array::from_fn(|i| SBOX[usize::from(s[(i + 4 * (i % 4)) % 16])]))
}

#[inline(always)]
fn inverse_shift_rows_sub_bytes(state: u128) -> u128 {
    let s = state.to_le_bytes();
    u128::from_le_bytes(std::array::from_fn(|i| INVERSE_SBOX[usize::from(s[(i + 12 * (i % 4)) % 16])]))
}

/// [`xtime`] of each byte of a column.
#[inline(always)]
fn xtime_column(c: u32) -> u32 {
    (c & 0x7f7f_7f7f) << 1 ^ (c >> 7 & 0x0101_0101).wrapping_mul(0x1b)
}

#[inline(always)]
fn mix_column(c: u32) -> u32 {
    let next = c.rotate_right(8);
    xtime_column(c ^ next) ^ next ^ c.rotate_right(16) ^ c.rotate_right(24)
}

/// The inverse is MixColumns after adding 4 (a\[r\] + a\[r + 2\]) to each byte.
#[inline(always)]
fn inverse_mix_column(c: u32) -> u32 {
    mix_column(c ^ xtime_column(xtime_column(c ^ c.rotate_right(16))))
}

pub(crate) fn aese(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, shift_rows_sub_bytes(c.v(o.rd) ^ c.v(o.rn)));
    Ok(())
}

pub(crate) fn aesd(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, inverse_shift_rows_sub_bytes(c.v(o.rd) ^ c.v(o.rn)));
    Ok(())
}

pub(crate) fn aesmc(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, map::<u32>(c.v(o.rn), mix_column));
    Ok(())
}

pub(crate) fn aesimc(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, map::<u32>(c.v(o.rn), inverse_mix_column));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 197, appendix C.1: AES-128 of 00112233..ff under 000102..0f.
    const PLAIN: u128 = u128::from_be(0x00112233_44556677_8899aabb_ccddeeff);
    const CIPHER: u128 = u128::from_be(0x69c4e0d8_6a7b0430_d8cdb780_70b4c55a);

    /// Key expansion, FIPS 197 5.2.
    fn round_keys() -> [u128; 11] {
        let mut words: Vec<u32> = (0..4).map(|i| u32::from_le_bytes([0, 1, 2, 3].map(|b| 4 * i + b))).collect();
        let mut rcon = 1u8;
        for i in 4..44 {
            let mut t = words[i - 1];
            if i % 4 == 0 {
                t = u32::from_le_bytes(t.rotate_right(8).to_le_bytes().map(|b| SBOX[usize::from(b)])) ^ u32::from(rcon);
                rcon = xtime(rcon);
            }
            words.push(words[i - 4] ^ t);
        }
        std::array::from_fn(|r| (0..4).fold(0, |k, i| k | u128::from(words[4 * r + i]) << (32 * i)))
    }

    #[test]
    fn aes_128_encrypts_as_fips_197_says() {
        let k = round_keys();
        let mut s = PLAIN;
        for key in &k[..9] {
            s = map::<u32>(shift_rows_sub_bytes(s ^ key), mix_column);
        }
        assert_eq!(shift_rows_sub_bytes(s ^ k[9]) ^ k[10], CIPHER);
    }

    #[test]
    fn aes_128_decrypts_as_fips_197_says() {
        let k = round_keys();
        let mut s = CIPHER;
        for (i, key) in k.iter().enumerate().skip(2).rev() {
            let key = if i == 10 { *key } else { map::<u32>(*key, inverse_mix_column) };
            s = map::<u32>(inverse_shift_rows_sub_bytes(s ^ key), inverse_mix_column);
        }
        let last = map::<u32>(k[1], inverse_mix_column);
        assert_eq!(inverse_shift_rows_sub_bytes(s ^ last) ^ k[0], PLAIN);
    }
}
