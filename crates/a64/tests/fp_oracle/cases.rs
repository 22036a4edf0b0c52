//! Inputs that sit where floating point goes wrong.

use crate::ops::{Kind, Op};
use vmapple_a64::softfp::{FPCR_AHP, FPCR_DN, FPCR_FZ, FPCR_FZ16, FPCR_RMODE_SHIFT};

/// SplitMix64: the same cases on every run.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `0..n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// FPCR control bits packed in the order RMode, FZ, DN, FZ16, AHP.
pub(crate) fn fpcr(control: u8) -> u32 {
    let bit = |n: u8, mask| if control >> n & 1 != 0 { mask } else { 0 };
    (u32::from(control & 3) << FPCR_RMODE_SHIFT)
        | bit(2, FPCR_FZ)
        | bit(3, FPCR_DN)
        | bit(4, FPCR_FZ16)
        | bit(5, FPCR_AHP)
}

pub(crate) struct Case {
    pub(crate) control: u8,
    pub(crate) operands: [u64; 3],
}

pub(crate) fn case(rng: &mut Rng, op: &Op) -> Case {
    let control = if rng.one_in(3) { rng.below(4) } else { rng.below(64) } as u8;
    let mut operands = [0; 3];
    // Now and then corners alone, for the whole matrix of operand classes.
    let only_corners = op.operands.len() > 1 && rng.one_in(6);
    for (slot, kind) in operands.iter_mut().zip(&op.operands) {
        *slot = match *kind {
            Kind::Float(bytes) if only_corners => corner(rng, &Shape::of(bytes)),
            Kind::Float(bytes) => float(rng, &Shape::of(bytes)),
            Kind::Int(bytes) => integer(rng) & (u64::MAX >> (64 - 8 * bytes)),
        };
    }
    let uniform = op.operands.iter().all(|kind| *kind == op.operands[0]);
    if uniform && !only_corners && op.operands.len() > 1 && rng.one_in(3) {
        let shape = Shape::of(op.operands[0].bytes());
        relate(rng, &shape, &mut operands[..op.operands.len()]);
    }
    Case { control, operands }
}

/// A number for the class of each operand: zero, denormal, normal, infinity, quiet and signalling NaN.
pub(crate) fn classes(op: &Op, case: &Case) -> Vec<u8> {
    let class = |(kind, bits): (&Kind, u64)| match *kind {
        Kind::Int(_) => 0,
        Kind::Float(bytes) => {
            let shape = Shape::of(bytes);
            let frac = bits & ((1 << shape.frac) - 1);
            match (bits >> shape.frac) & shape.exp_max {
                0 if frac == 0 => 0,
                0 => 1,
                exp if exp < shape.exp_max => 2,
                _ if frac == 0 => 3,
                _ => 4 + (frac >> (shape.frac - 1)) as u8,
            }
        }
    };
    op.operands.iter().zip(case.operands).map(class).collect()
}

/// A format as seen from outside the crate under test.
struct Shape {
    frac: u32,
    exp_max: u64,
    sign: u64,
}

impl Shape {
    fn of(bytes: usize) -> Self {
        let frac = match bytes {
            2 => 10,
            4 => 23,
            _ => 52,
        };
        let width = 8 * bytes as u32;
        Self { frac, exp_max: (1 << (width - 1 - frac)) - 1, sign: 1 << (width - 1) }
    }

    fn bias(&self) -> i64 {
        (self.exp_max >> 1) as i64
    }

    /// Clamps into the exponent field's range.
    fn assemble(&self, sign: bool, exp: i64, frac: u64) -> u64 {
        let exp = exp.clamp(0, self.exp_max as i64) as u64;
        (exp << self.frac) | (frac & ((1 << self.frac) - 1)) | if sign { self.sign } else { 0 }
    }
}

fn fraction(rng: &mut Rng, frac: u32) -> u64 {
    let mask = (1u64 << frac) - 1;
    let ones = |n: u64| (1u64 << n) - 1;
    match rng.below(8) {
        0 => 0,
        1 => mask,
        2 => 1 << rng.below(frac.into()),
        3 => mask ^ (1 << rng.below(frac.into())),
        4 => ones(rng.below(u64::from(frac) + 1)),
        5 => mask ^ ones(rng.below(u64::from(frac) + 1)),
        6 => rng.next() & rng.next() & rng.next() & mask,
        _ => rng.next() & mask,
    }
}

fn float(rng: &mut Rng, shape: &Shape) -> u64 {
    let sign = rng.one_in(2);
    let (bias, max, frac) = (shape.bias(), shape.exp_max as i64, i64::from(shape.frac));
    let exp = match rng.below(13) {
        0 => return corner(rng, shape),
        1 => max,
        2 => 0,
        3 => rng.below(frac as u64 + 3) as i64,
        4 => max - rng.below(frac as u64 + 3) as i64,
        5 | 6 => bias + rng.below(17) as i64 - 8,
        // Around the ends of the integer types.
        7 => bias + [15, 16, 31, 32, 63, 64, 83][rng.below(7) as usize] + rng.below(3) as i64 - 1,
        // Around the ends of the narrower formats.
        8 => bias + [-25, -15, 15, -150, -127, 127][rng.below(6) as usize] + rng.below(5) as i64 - 2,
        9 => bias + rng.below(140) as i64 - 70,
        // A unit in the last place around a power of two where something changes: the integer types, the narrower
        // formats, and the ends of the format's own denormals and reciprocals.
        10 => {
            let power = [15, 16, 31, 32, 63, 64, -14, -24, -126, -149][rng.below(10) as usize];
            let edge = match rng.below(3) {
                0 => shape.assemble(sign, bias + power, 0),
                1 => shape.assemble(sign, 0, 1 << (frac - 1 - rng.below(3) as i64)),
                _ => shape.assemble(sign, max - 1 - rng.below(3) as i64, 0),
            };
            return edge.wrapping_add(rng.below(3)).wrapping_sub(1) & (shape.sign | (shape.sign - 1));
        }
        _ => rng.below(max as u64) as i64,
    };
    let frac = fraction(rng, shape.frac);
    shape.assemble(sign, exp, frac)
}

/// Zero, infinity, the extremes of each class, a half, one and two.
fn corner(rng: &mut Rng, shape: &Shape) -> u64 {
    let (bias, max) = (shape.bias(), shape.exp_max as i64);
    let quiet = 1 << (shape.frac - 1);
    let ones = (1u64 << shape.frac) - 1;
    let corners = [
        (0, 0),
        (0, 1),
        (0, ones),
        (1, 0),
        (max - 1, ones),
        (max, 0),
        (max, 1),
        (max, quiet - 1),
        (max, quiet),
        (max, ones),
        (bias, 0),
        (bias + 1, 0),
        (bias - 1, 0),
    ];
    let (exp, frac) = corners[rng.below(corners.len() as u64) as usize];
    shape.assemble(rng.one_in(2), exp, frac)
}

fn integer(rng: &mut Rng) -> u64 {
    let value = match rng.below(4) {
        0 => rng.next() >> rng.below(64),
        1 => 1u64.rotate_left(rng.below(64) as u32).wrapping_add(rng.below(5)).wrapping_sub(2),
        // Long enough to need rounding, with the decision near the bottom.
        2 => (rng.next() << rng.below(64)) | rng.below(4),
        _ => fraction(rng, 63) << 1 | rng.below(2),
    };
    if rng.one_in(2) { value.wrapping_neg() } else { value }
}

/// Makes operands meet: near cancellation, ties and sticky bits need related exponents.
fn relate(rng: &mut Rng, shape: &Shape, operands: &mut [u64]) {
    let exp = |bits: u64| (bits >> shape.frac & shape.exp_max) as i64;
    let (frac, sign) = (fraction(rng, shape.frac), rng.one_in(2));
    let nearby = rng.below(2 * u64::from(shape.frac) + 8) as i64 - i64::from(shape.frac) - 4;
    match operands {
        [a, b] => {
            *b = match rng.below(4) {
                0 => *a ^ shape.sign,
                1 => (*a).wrapping_add(rng.below(5)).wrapping_sub(2) & (shape.sign | (shape.sign - 1)),
                2 => shape.assemble(sign, exp(*a) + nearby, frac),
                // Products and quotients around the ends of the range.
                _ => {
                    let target = if rng.one_in(2) { 0 } else { shape.exp_max as i64 };
                    shape.assemble(sign, target + shape.bias() - exp(*a) + rng.below(9) as i64 - 4, frac)
                }
            };
        }
        [c, a, b] => {
            if rng.one_in(3) {
                let target = rng.below(u64::from(shape.frac)) as i64;
                *b = shape.assemble(sign, target + shape.bias() - exp(*a), *b);
            }
            let product = exp(*a) + exp(*b) - shape.bias();
            *c = match rng.below(3) {
                // Near-total cancellation.
                0 => {
                    let (fa, fb) = (*a & ((1 << shape.frac) - 1), *b & ((1 << shape.frac) - 1));
                    let one = 1u128 << shape.frac;
                    let wide = ((u128::from(fa) + one) * (u128::from(fb) + one)) >> shape.frac;
                    let carry = i64::from(wide >> (shape.frac + 1) != 0);
                    let sum = shape.assemble((*a ^ *b) & shape.sign == 0, product + carry, (wide >> carry) as u64);
                    sum.wrapping_add(rng.below(3)).wrapping_sub(1)
                }
                1 => shape.assemble(sign, product + 2 * nearby, frac),
                _ => shape.assemble(sign, product + rng.below(5) as i64 - 2, frac),
            } & (shape.sign | (shape.sign - 1));
        }
        _ => {}
    }
}
