//! Values at which instructions change their mind. The recorded vectors depend on this file: changing it means
//! recording them anew.

use super::rng::Rng;

const EDGES: [u64; 26] = [
    0,
    1,
    2,
    3,
    7,
    31,
    32,
    63,
    64,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0xffff_ffff_8000_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

/// A general register: an edge, something near one, a small number, or anything.
pub(crate) fn integer(r: &mut Rng) -> u64 {
    match r.below(8) {
        0..=2 => r.pick(&EDGES),
        3 => r.pick(&EDGES).wrapping_add(r.below(9)).wrapping_sub(4),
        4 => r.below(256),
        5 => r.next() >> r.below(64),
        _ => r.next(),
    }
}

const HALF: [u16; 22] = [
    0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x83ff, 0x0400, 0x8400, 0x3c00, 0xbc00, 0x3800, 0x3e00, 0x7bff, 0xfbff,
    0x7c00, 0xfc00, 0x7e00, 0xfe01, 0x7c01, 0xfd55, 0x7dff, 0x5bff,
];

const SINGLE: [u32; 28] = [
    0x0000_0000,
    0x8000_0000,
    0x0000_0001,
    0x8000_0001,
    0x007f_ffff,
    0x807f_ffff,
    0x0080_0000,
    0x8080_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x3f00_0000,
    0x3fc0_0000,
    0x4020_0000,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0xffc1_2345,
    0x7f80_0001,
    0xffa0_0000,
    0x7fbf_ffff,
    0x4eff_ffff,
    0x4f00_0000,
    0xcf00_0000,
    0x4f80_0000,
    0x5f00_0000,
    0x477f_f000,
];

const DOUBLE: [u64; 26] = [
    0x0000_0000_0000_0000,
    0x8000_0000_0000_0000,
    0x0000_0000_0000_0001,
    0x8000_0000_0000_0001,
    0x000f_ffff_ffff_ffff,
    0x0010_0000_0000_0000,
    0x3ff0_0000_0000_0000,
    0xbff0_0000_0000_0000,
    0x3fe0_0000_0000_0000,
    0x3ff8_0000_0000_0000,
    0x4004_0000_0000_0000,
    0x7fef_ffff_ffff_ffff,
    0xffef_ffff_ffff_ffff,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x7ff8_0000_0000_0000,
    0xfff8_1234_5678_9abc,
    0x7ff0_0000_0000_0001,
    0xfff4_0000_0000_0000,
    0x41df_ffff_ffc0_0000,
    0x41e0_0000_0000_0000,
    0x43e0_0000_0000_0000,
    0xc3e0_0000_0000_0000,
    0x43f0_0000_0000_0000,
    0x36a0_0000_0000_0000,
    0x47ef_ffff_e000_0000,
];

/// A number with a random mantissa and an exponent not far from one: results of arithmetic on two of these are
/// ordinary numbers, whose rounding is what is tested.
fn near_one(r: &mut Rng, exponent_bits: u32, fraction_bits: u32) -> u64 {
    let bias = (1u64 << (exponent_bits - 1)) - 1;
    let exponent = bias + r.below(8) - 4;
    let sign = r.below(2);
    let fraction = r.next() & ((1 << fraction_bits) - 1);
    sign << (exponent_bits + fraction_bits) | exponent << fraction_bits | fraction
}

fn half(r: &mut Rng) -> u16 {
    match r.below(4) {
        0 | 1 => r.pick(&HALF),
        2 => near_one(r, 5, 10) as u16,
        _ => r.next() as u16,
    }
}

fn single(r: &mut Rng) -> u32 {
    match r.below(4) {
        0 | 1 => r.pick(&SINGLE),
        2 => near_one(r, 8, 23) as u32,
        _ => r.next() as u32,
    }
}

fn double(r: &mut Rng) -> u64 {
    match r.below(4) {
        0 | 1 => r.pick(&DOUBLE),
        2 => near_one(r, 11, 52),
        _ => r.next(),
    }
}

fn lanes(r: &mut Rng, bits: u32, mut lane: impl FnMut(&mut Rng) -> u64) -> u128 {
    let mut v = 0;
    for i in 0..128 / bits {
        v |= u128::from(lane(r)) << (i * bits);
    }
    v
}

/// A vector register: lanes of one kind throughout.
pub(crate) fn vector(r: &mut Rng) -> u128 {
    match r.below(9) {
        0 | 1 => lanes(r, 16, |r| u64::from(half(r))),
        2 | 3 => lanes(r, 32, |r| u64::from(single(r))),
        4 | 5 => lanes(r, 64, double),
        6 => lanes(r, 64, integer),
        7 => {
            let bits = r.pick(&[8, 16, 32]);
            lanes(r, bits, |r| integer(r) & ((1 << bits) - 1))
        }
        _ => u128::from(r.next()) << 64 | u128::from(r.next()),
    }
}

const BFLOAT: [u16; 20] = [
    0x0000, 0x8000, 0x0001, 0x807f, 0x0080, 0x8080, 0x3f80, 0xbf80, 0x3f00, 0x3fc0, 0x7f7f, 0xff7f, 0x7f80, 0xff80,
    0x7fc0, 0xffc1, 0x7f81, 0xffbf, 0x2000, 0x5f80,
];

fn bfloat(r: &mut Rng) -> u16 {
    match r.below(4) {
        0 => r.pick(&BFLOAT),
        1 | 2 => near_one(r, 8, 7) as u16,
        _ => r.next() as u16,
    }
}

/// A vector register of BFloat16 numbers.
pub(crate) fn bfloats(r: &mut Rng) -> u128 {
    lanes(r, 16, |r| u64::from(bfloat(r)))
}

/// A vector register of singles around the middle between two BFloat16 numbers.
pub(crate) fn halfway_bfloats(r: &mut Rng) -> u128 {
    lanes(r, 32, |r| {
        let top = u64::from(bfloat(r)) << 16;
        match r.below(4) {
            0 => top | r.pick(&[0x7fff, 0x8000, 0x8001, 1, 0xffff]),
            1 => u64::from(single(r)),
            _ => top | r.next() & 0xffff,
        }
    })
}
