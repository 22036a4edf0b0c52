//! Condition flags.

use crate::state::nzcv::{C, N, V, Z};

/// For each condition, a bit for each of the 16 values of NZCV that satisfy it.
pub(crate) const HOLDS: [u16; 16] = {
    let mut table = [0u16; 16];
    let mut cond = 0;
    while cond < 16 {
        let mut f = 0;
        while f < 16 {
            let (n, z, c, v) = (f & 8 != 0, f & 4 != 0, f & 2 != 0, f & 1 != 0);
            let base = match cond >> 1 {
                0 => z,
                1 => c,
                2 => n,
                3 => v,
                4 => c && !z,
                5 => n == v,
                6 => n == v && !z,
                _ => true,
            };
            // Condition 15 is "always" too.
            let holds = if cond & 1 == 1 && cond != 15 { !base } else { base };
            if holds {
                table[cond] |= 1 << f;
            }
            f += 1;
        }
        cond += 1;
    }
    table
};

/// Whether a condition (0..=15) holds for flags in bits 31:28.
#[inline(always)]
pub(crate) fn condition(cond: u16, nzcv: u32) -> bool {
    HOLDS[usize::from(cond & 15)] >> (nzcv >> 28) & 1 != 0
}

/// `a + b + carry` in the operand size, and its flags.
#[inline(always)]
pub(crate) fn add_with_carry<const X: bool>(a: u64, b: u64, carry: bool) -> (u64, u32) {
    if X {
        let (s, c1) = a.overflowing_add(b);
        let (r, c2) = s.overflowing_add(u64::from(carry));
        let v = ((a ^ r) & (b ^ r)) >> 63 != 0;
        (r, pack(r >> 63 != 0, r == 0, c1 | c2, v))
    } else {
        let (a, b) = (a as u32, b as u32);
        let wide = u64::from(a) + u64::from(b) + u64::from(carry);
        let r = wide as u32;
        let v = ((a ^ r) & (b ^ r)) >> 31 != 0;
        (u64::from(r), pack(r >> 31 != 0, r == 0, wide >> 32 != 0, v))
    }
}

/// Flags of a logical result.
#[inline(always)]
pub(crate) fn logic_flags<const X: bool>(r: u64) -> u32 {
    pack(if X { r >> 63 != 0 } else { r >> 31 & 1 != 0 }, r == 0, false, false)
}

#[inline(always)]
fn pack(n: bool, z: bool, c: bool, v: bool) -> u32 {
    (u32::from(n) * N) | (u32::from(z) * Z) | (u32::from(c) * C) | (u32::from(v) * V)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_match_the_manuals_table() {
        assert!(condition(0, Z) && !condition(1, Z));
        assert!(condition(2, C) && condition(8, C) && !condition(8, C | Z));
        assert!(condition(10, N | V) && condition(11, N) && condition(12, 0) && condition(13, Z));
        assert!(condition(14, 0) && condition(15, 0));
    }

    #[test]
    fn carry_and_overflow_at_the_edges() {
        assert_eq!(add_with_carry::<false>(0x7fff_ffff, 1, false), (0x8000_0000, N | V));
        assert_eq!(add_with_carry::<true>(u64::MAX, 0, true), (0, Z | C));
        assert_eq!(add_with_carry::<true>(0, !0, true), (0, Z | C));
        assert_eq!(add_with_carry::<false>(5, !6, true), (0xffff_ffff, N));
    }
}
