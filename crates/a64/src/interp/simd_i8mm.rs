//! 8-bit integers in matrices (FEAT_I8MM). Sums wrap at 32 bits.

use super::simd_fp::full;
use crate::cpu::{Cpu, R};
use crate::decode::Op;

/// How a byte counts.
pub(crate) trait Byte {
    fn value(b: u8) -> i32;
}
/// From -128 to 127.
pub(crate) struct Signed;
/// From 0 to 255.
pub(crate) struct Unsigned;

impl Byte for Signed {
    fn value(b: u8) -> i32 {
        i32::from(b.cast_signed())
    }
}
impl Byte for Unsigned {
    fn value(b: u8) -> i32 {
        i32::from(b)
    }
}

/// A sum of products of bytes, added to a word.
fn products<A: Byte, B: Byte>(sum: u32, a: &[u8], b: &[u8]) -> u32 {
    // At most eight products below 2^16 each: only adding them to the word can wrap.
    let products: i32 = a.iter().zip(b).map(|(a, b)| A::value(*a) * B::value(*b)).sum();
    sum.wrapping_add_signed(products)
}

fn word(v: u128, i: usize) -> u32 {
    (v >> (32 * i)) as u32
}

/// SMMLA, UMMLA, USMMLA: Vn is two rows of eight, Vm two columns of eight, Vd two by two words.
pub(crate) fn matrix<A: Byte, B: Byte>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let (a, b, d) = (c.v(o.rn).to_le_bytes(), c.v(o.rm).to_le_bytes(), c.v(o.rd));
    let mut out = 0;
    for i in 0..4 {
        let (row, column) = (&a[i / 2 * 8..][..8], &b[i % 2 * 8..][..8]);
        out |= u128::from(products::<A, B>(word(d, i), row, column)) << (32 * i);
    }
    c.set_v(o.rd, out);
    Ok(())
}

/// USDOT: four bytes of Vn by four of Vm into each word.
pub(crate) fn dot<A: Byte, B: Byte>(c: &mut Cpu, o: &Op) -> R<()> {
    let m = c.v(o.rm);
    dot_with::<A, B>(c, o, m)
}

/// USDOT and SUDOT by element: the same four bytes of Vm for all. aux = which.
pub(crate) fn dot_elem<A: Byte, B: Byte>(c: &mut Cpu, o: &Op) -> R<()> {
    let group = u128::from(word(c.v(o.rm), usize::from(o.aux & 3)));
    dot_with::<A, B>(c, o, group | group << 32 | group << 64 | group << 96)
}

fn dot_with<A: Byte, B: Byte>(c: &mut Cpu, o: &Op, m: u128) -> R<()> {
    c.fp_enabled()?;
    let (a, b, d) = (c.v(o.rn).to_le_bytes(), m.to_le_bytes(), c.v(o.rd));
    let mut out = 0;
    for i in 0..if full(o) { 4 } else { 2 } {
        out |= u128::from(products::<A, B>(word(d, i), &a[4 * i..][..4], &b[4 * i..][..4])) << (32 * i);
    }
    c.set_v(o.rd, out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Profile;
    use crate::interp::bare;

    fn result(word: u32, d: u128, n: u128, m: u128) -> u128 {
        let mut cpu = bare::core_of(Profile::M2);
        (cpu.state.v[0], cpu.state.v[1], cpu.state.v[2]) = (d, n, m);
        assert_eq!(bare::run(&mut cpu, word), Ok(()));
        cpu.state.v[0]
    }

    #[test]
    fn matrices_multiply_rows_by_columns() {
        // Rows (1, 0, ...) and (0, 2, 0, ...); columns (3, 4, 0, ...) and (5, 6, 0, ...).
        let (n, m) = (1 | 2u128 << 72, 0x0403 | 0x0605u128 << 64);
        assert_eq!(result(0x4e82_a420, 0, n, m), 3 | 5 << 32 | 8 << 64 | 12 << 96, "SMMLA V0.4S, V1.16B, V2.16B");
        // All bytes 0xff: eight products of 1, of 255 * 255, of 255 * -1.
        let each = |w: i32| (0..4).fold(0, |v, i| v | u128::from(w.cast_unsigned()) << (32 * i));
        assert_eq!(result(0x4e82_a420, 0, u128::MAX, u128::MAX), each(8));
        assert_eq!(result(0x6e82_a420, 0, u128::MAX, u128::MAX), each(8 * 255 * 255));
        assert_eq!(result(0x4e82_ac20, 0, u128::MAX, u128::MAX), each(-8 * 255), "USMMLA");
    }

    #[test]
    fn dot_products_of_mixed_signs_wrap_and_zero_what_is_above_64_bits() {
        // USDOT V0.2S, V1.8B, V2.8B: 4 * 255 * -1 added to 0x8000_0000, and to 5.
        let (d, sum) = (0x8000_0000u32, 4 * -255i32);
        let expected = u128::from(d.wrapping_add_signed(sum)) | u128::from(5u32.wrapping_add_signed(sum)) << 32;
        assert_eq!(result(0x0e82_9c20, u128::from(d) | 5 << 32 | 7 << 64, u128::MAX, u128::MAX), expected);
        // SUDOT V0.4S, V1.16B, V2.4B[3]: Vn is the signed one.
        let m = 0x0000_00ff_u128 << 96;
        let minus = u128::from((-255i32).cast_unsigned());
        assert_eq!(result(0x4f22_f820, 0, u128::MAX, m), minus | minus << 32 | minus << 64 | minus << 96);
    }
}
