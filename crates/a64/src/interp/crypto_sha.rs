//! SHA-1, SHA-256 and SHA-512 rounds (FIPS 180-4), and the SHA-3 helpers.

use super::simd_lanes::{Int, map, map2};
use crate::cpu::{Cpu, R};
use crate::decode::Op;

/// Which function of three words a SHA-1 round uses.
pub(crate) const CHOOSE: u8 = 0;
pub(crate) const PARITY: u8 = 1;
pub(crate) const MAJORITY: u8 = 2;

#[inline(always)]
fn choose(x: u32, y: u32, z: u32) -> u32 {
    (y ^ z) & x ^ z
}

#[inline(always)]
fn majority(x: u32, y: u32, z: u32) -> u32 {
    x & y | (x | y) & z
}

/// Four rounds of SHA-1: `abcd` after them, given E and four words with their constant added.
#[inline(always)]
fn sha1_rounds<const KIND: u8>(abcd: u128, e: u32, w: u128) -> u128 {
    let ([mut a, mut b, mut c, mut d], mut e) = (u32::split(abcd), e);
    for w in u32::split(w) {
        let f = match KIND {
            CHOOSE => choose(b, c, d),
            PARITY => b ^ c ^ d,
            _ => majority(b, c, d),
        };
        let next = e.wrapping_add(a.rotate_left(5)).wrapping_add(f).wrapping_add(w);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    u32::join(&[a, b, c, d])
}

pub(crate) fn sha1<const KIND: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha1_rounds::<KIND>(c.v(o.rd), c.v(o.rn) as u32, c.v(o.rm)));
    Ok(())
}

pub(crate) fn sha1h(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, u128::from((c.v(o.rn) as u32).rotate_left(30)));
    Ok(())
}

#[inline(always)]
fn sha1_schedule0(d: u128, n: u128, m: u128) -> u128 {
    (d >> 64 | n << 64) ^ d ^ m
}

#[inline(always)]
fn sha1_schedule1(d: u128, n: u128) -> u128 {
    let t = u32::split(d ^ n >> 32);
    let mut r = t.map(|w| w.rotate_left(1));
    r[3] ^= t[0].rotate_left(2);
    u32::join(&r)
}

pub(crate) fn sha1su0(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha1_schedule0(c.v(o.rd), c.v(o.rn), c.v(o.rm)));
    Ok(())
}

pub(crate) fn sha1su1(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha1_schedule1(c.v(o.rd), c.v(o.rn)));
    Ok(())
}

/// Four rounds of SHA-256: `(abcd, efgh)` after them.
#[inline(always)]
fn sha256_rounds(abcd: u128, efgh: u128, w: u128) -> (u128, u128) {
    let [mut a, mut b, mut c, mut d] = u32::split(abcd);
    let [mut e, mut f, mut g, mut h] = u32::split(efgh);
    for w in u32::split(w) {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let t1 = h.wrapping_add(s1).wrapping_add(choose(e, f, g)).wrapping_add(w);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t2 = s0.wrapping_add(majority(a, b, c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
    }
    (u32::join(&[a, b, c, d]), u32::join(&[e, f, g, h]))
}

pub(crate) fn sha256h(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha256_rounds(c.v(o.rd), c.v(o.rn), c.v(o.rm)).0);
    Ok(())
}

/// Here Vd holds `efgh` and Vn `abcd`.
pub(crate) fn sha256h2(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha256_rounds(c.v(o.rn), c.v(o.rd), c.v(o.rm)).1);
    Ok(())
}

#[inline(always)]
fn sha256_schedule0(d: u128, n: u128) -> u128 {
    map2::<u32>(d, d >> 32 | n << 96, |d, w| d.wrapping_add(w.rotate_right(7) ^ w.rotate_right(18) ^ w >> 3))
}

#[inline(always)]
fn sha256_schedule1(d: u128, n: u128, m: u128) -> u128 {
    let sigma1 = |w: u32| w.rotate_right(17) ^ w.rotate_right(19) ^ w >> 10;
    let base = map2::<u32>(d, n >> 32 | m << 96, |d, t| d.wrapping_add(t));
    let ([b0, b1, b2, b3], [_, _, m2, m3]) = (u32::split(base), u32::split(m));
    let (r0, r1) = (b0.wrapping_add(sigma1(m2)), b1.wrapping_add(sigma1(m3)));
    u32::join(&[r0, r1, b2.wrapping_add(sigma1(r0)), b3.wrapping_add(sigma1(r1))])
}

pub(crate) fn sha256su0(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha256_schedule0(c.v(o.rd), c.v(o.rn)));
    Ok(())
}

pub(crate) fn sha256su1(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha256_schedule1(c.v(o.rd), c.v(o.rn), c.v(o.rm)));
    Ok(())
}

/// First half of two rounds of SHA-512: adds to `d` (the words and H, G) what comes of E and F (`m`) and G (`n`).
#[inline(always)]
fn sha512_first(d: u128, n: u128, m: u128) -> u128 {
    let sigma1 = |x: u64| x.rotate_right(14) ^ x.rotate_right(18) ^ x.rotate_right(41);
    let ([w0, w1], [x0, x1], [y0, y1]) = (u64::split(d), u64::split(n), u64::split(m));
    let high = (y1 & x0 ^ !y1 & x1).wrapping_add(sigma1(y1)).wrapping_add(w1);
    let e = high.wrapping_add(y0);
    let low = (e & y1 ^ !e & x0).wrapping_add(sigma1(e)).wrapping_add(w0);
    u64::join(&[low, high])
}

/// Second half: adds to `d` what comes of A and B (`m`) and C (`n`).
#[inline(always)]
fn sha512_second(d: u128, n: u128, m: u128) -> u128 {
    let sigma0 = |x: u64| x.rotate_right(28) ^ x.rotate_right(34) ^ x.rotate_right(39);
    let ([w0, w1], [x0, _], [y0, y1]) = (u64::split(d), u64::split(n), u64::split(m));
    let high = (x0 & y1 ^ x0 & y0 ^ y1 & y0).wrapping_add(sigma0(y0)).wrapping_add(w1);
    let low = (high & y0 ^ high & y1 ^ y1 & y0).wrapping_add(sigma0(high)).wrapping_add(w0);
    u64::join(&[low, high])
}

#[inline(always)]
fn sha512_schedule0(d: u128, n: u128) -> u128 {
    map2::<u64>(d, d >> 64 | n << 64, |d, w| d.wrapping_add(w.rotate_right(1) ^ w.rotate_right(8) ^ w >> 7))
}

#[inline(always)]
fn sha512_schedule1(d: u128, n: u128, m: u128) -> u128 {
    let sigma1 = map::<u64>(n, |w| w.rotate_right(19) ^ w.rotate_right(61) ^ w >> 6);
    map2::<u64>(map2::<u64>(d, sigma1, u64::wrapping_add), m, u64::wrapping_add)
}

pub(crate) fn sha512h(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha512_first(c.v(o.rd), c.v(o.rn), c.v(o.rm)));
    Ok(())
}

pub(crate) fn sha512h2(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha512_second(c.v(o.rd), c.v(o.rn), c.v(o.rm)));
    Ok(())
}

pub(crate) fn sha512su0(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha512_schedule0(c.v(o.rd), c.v(o.rn)));
    Ok(())
}

pub(crate) fn sha512su1(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, sha512_schedule1(c.v(o.rd), c.v(o.rn), c.v(o.rm)));
    Ok(())
}

pub(crate) fn rax1(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, c.v(o.rn) ^ map::<u64>(c.v(o.rm), |v| v.rotate_left(1)));
    Ok(())
}

pub(crate) fn eor3(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, c.v(o.rn) ^ c.v(o.rm) ^ c.v(o.ra));
    Ok(())
}

pub(crate) fn bcax(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_v(o.rd, c.v(o.rn) ^ c.v(o.rm) & !c.v(o.ra));
    Ok(())
}

pub(crate) fn xar(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let n = o.imm as u32 >> 10 & 63;
    c.set_v(o.rd, map::<u64>(c.v(o.rn) ^ c.v(o.rm), |v| v.rotate_right(n)));
    Ok(())
}

#[cfg(test)]
mod tests {
    //! "abc" hashed as a program would with these instructions (FIPS 180-4 and its published examples).
    use super::*;

    /// One block that holds "abc": words of 32 bits.
    fn abc() -> [u128; 4] {
        [0x61626380, 0, 0, 24 << 96]
    }

    fn add(a: u128, b: u128) -> u128 {
        map2::<u32>(a, b, u32::wrapping_add)
    }

    #[test]
    fn sha_1_of_abc() {
        const K: [u32; 4] = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
        let start = u32::join(&[0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
        let (mut abcd, mut e, mut w) = (start, 0xc3d2e1f0u32, abc());
        for i in 0..20 {
            let wk = add(w[0], u32::join(&[K[i / 5]; 4]));
            let next_e = (abcd as u32).rotate_left(30);
            abcd = match i / 5 {
                0 => sha1_rounds::<CHOOSE>(abcd, e, wk),
                2 => sha1_rounds::<MAJORITY>(abcd, e, wk),
                _ => sha1_rounds::<PARITY>(abcd, e, wk),
            };
            e = next_e;
            w = [w[1], w[2], w[3], sha1_schedule1(sha1_schedule0(w[0], w[1], w[2]), w[3])];
        }
        let digest = u32::split(add(abcd, start));
        assert_eq!(digest, [0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c]);
        assert_eq!(e.wrapping_add(0xc3d2e1f0), 0x9cd0d89d);
    }

    /// Product of little-endian numbers of 32-bit limbs.
    fn product(a: &[u32], b: &[u32]) -> Vec<u32> {
        let mut r = vec![0u32; a.len() + b.len()];
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0u64;
            for (j, y) in b.iter().chain(&[0]).enumerate() {
                let t = u64::from(*x) * u64::from(*y) + u64::from(r[i + j]) + carry;
                (r[i + j], carry) = (t as u32, t >> 32);
            }
        }
        r
    }

    /// The first 64 bits of the fraction of the square (2) or cube (3) roots of the first primes: the constants of
    /// SHA-2 (FIPS 180-4, 4.2.3 and 5.3.5), and in their upper halves those of SHA-256.
    fn root_fractions(count: usize, power: usize) -> Vec<u64> {
        let primes = (2u32..).filter(|n| (2..*n).all(|d| n % d != 0)).take(count);
        let fraction = |prime: u32| {
            let below = |r: u128| {
                let limbs = [r as u32, (r >> 32) as u32, (r >> 64) as u32];
                let p = (1..power).fold(limbs.to_vec(), |p, _| product(&p, &limbs));
                p[2 * power] < prime && p[2 * power + 1..].iter().all(|limb| *limb == 0)
            };
            (0..70).rev().fold(0u128, |r, bit| if below(r | 1 << bit) { r | 1 << bit } else { r }) as u64
        };
        primes.map(fraction).collect()
    }

    #[test]
    fn sha_256_of_abc() {
        let word = |v: &[u64], i: usize| u32::join(&std::array::from_fn(|j| (v[i + j] >> 32) as u32));
        let (h, k) = (root_fractions(8, 2), root_fractions(64, 3));
        let (mut abcd, mut efgh, mut w) = (word(&h, 0), word(&h, 4), abc());
        for i in 0..16 {
            (abcd, efgh) = sha256_rounds(abcd, efgh, add(w[0], word(&k, 4 * i)));
            w = [w[1], w[2], w[3], sha256_schedule1(sha256_schedule0(w[0], w[1]), w[2], w[3])];
        }
        assert_eq!(u32::split(add(abcd, word(&h, 0))), [0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223]);
        assert_eq!(u32::split(add(efgh, word(&h, 4))), [0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad]);
    }

    #[test]
    fn sha_512_of_abc() {
        let pair = |v: &[u64], i: usize| u64::join(&[v[i], v[i + 1]]);
        let add = |a, b| map2::<u64>(a, b, u64::wrapping_add);
        let ext = |low: u128, high: u128| low >> 64 | high << 64;
        let (h, k) = (root_fractions(8, 2), root_fractions(80, 3));
        let start: [u128; 4] = std::array::from_fn(|i| pair(&h, 2 * i));
        let [mut ab, mut cd, mut ef, mut gh] = start;
        let mut w = [0x61626380_00000000, 0, 0, 0, 0, 0, 0, 24 << 64];
        for i in 0..40 {
            let wk = add(w[0], pair(&k, 2 * i));
            let t = sha512_first(add(gh, ext(wk, wk)), ext(ef, gh), ext(cd, ef));
            (ab, cd, ef, gh) = (sha512_second(t, cd, ab), ab, add(cd, t), ef);
            let next = sha512_schedule1(sha512_schedule0(w[0], w[1]), w[7], ext(w[4], w[5]));
            w.rotate_left(1);
            w[7] = next;
        }
        let digest = [ab, cd, ef, gh].into_iter().zip(start).flat_map(|(v, s)| u64::split(add(v, s)));
        let expected = [
            0xddaf35a1_93617aba,
            0xcc417349_ae204131,
            0x12e6fa4e_89a97ea2,
            0x0a9eeee6_4b55d39a,
            0x2192992a_274fc1a8,
            0x36ba3c23_a3feebbd,
            0x454d4423_643ce80e,
            0x2a9ac94f_a54ca49f,
        ];
        assert!(digest.eq(expected));
    }
}
