//! Data processing (register): one, two and three sources, flag manipulation.

use super::sized;
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::state::nzcv;

pub(crate) fn rbit<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn).reverse_bits();
    c.set_x(o.rd, if X { v } else { v >> 32 });
    Ok(())
}

pub(crate) fn rev16<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn);
    let r = (v & 0x00ff_00ff_00ff_00ff) << 8 | v >> 8 & 0x00ff_00ff_00ff_00ff;
    c.set_x(o.rd, sized::<X>(r));
    Ok(())
}

/// REV Wd and REV32 Xd: bytes within each word.
pub(crate) fn rev32<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn).swap_bytes().rotate_left(32);
    c.set_x(o.rd, sized::<X>(v));
    Ok(())
}

pub(crate) fn rev64(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.x(o.rn).swap_bytes());
    Ok(())
}

pub(crate) fn clz<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn);
    c.set_x(o.rd, u64::from(if X { v.leading_zeros() } else { (v as u32).leading_zeros() }));
    Ok(())
}

pub(crate) fn cls<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn);
    let n = if X {
        (v ^ (v as i64 >> 63) as u64).leading_zeros()
    } else {
        (v as u32 ^ (v as i32 >> 31) as u32).leading_zeros()
    };
    c.set_x(o.rd, u64::from(n - 1));
    Ok(())
}

pub(crate) fn udiv<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (a, b) = (sized::<X>(c.x(o.rn)), sized::<X>(c.x(o.rm)));
    c.set_x(o.rd, a.checked_div(b).unwrap_or(0));
    Ok(())
}

pub(crate) fn sdiv<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let (a, b) = (c.x(o.rn), c.x(o.rm));
    let r = if X {
        let b = b as i64;
        if b == 0 { 0 } else { (a as i64).wrapping_div(b) as u64 }
    } else {
        let b = b as i32;
        if b == 0 { 0 } else { u64::from((a as i32).wrapping_div(b) as u32) }
    };
    c.set_x(o.rd, r);
    Ok(())
}

/// The shift amount of the variable shifts: modulo the operand size.
#[inline(always)]
fn amount<const X: bool>(c: &Cpu, o: &Op) -> u32 {
    c.x(o.rm) as u32 & if X { 63 } else { 31 }
}

pub(crate) fn lslv<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let n = amount::<X>(c, o);
    c.set_x(o.rd, sized::<X>(c.x(o.rn) << n));
    Ok(())
}

pub(crate) fn lsrv<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let n = amount::<X>(c, o);
    c.set_x(o.rd, sized::<X>(c.x(o.rn)) >> n);
    Ok(())
}

pub(crate) fn asrv<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let n = amount::<X>(c, o);
    let v = c.x(o.rn);
    c.set_x(o.rd, if X { (v as i64 >> n) as u64 } else { u64::from((v as i32 >> n) as u32) });
    Ok(())
}

pub(crate) fn rorv<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let n = amount::<X>(c, o);
    let v = c.x(o.rn);
    c.set_x(o.rd, if X { v.rotate_right(n) } else { u64::from((v as u32).rotate_right(n)) });
    Ok(())
}

/// CRC tables for one byte, reflected polynomials 0x04C11DB7 (CRC-32) and 0x1EDC6F41 (CRC-32C).
static CRC: [[u32; 256]; 2] = [crc_table(0xedb8_8320), crc_table(0x82f6_3b78)];

const fn crc_table(poly: u32) -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut v = i as u32;
        let mut bit = 0;
        while bit < 8 {
            v = v >> 1 ^ if v & 1 != 0 { poly } else { 0 };
            bit += 1;
        }
        table[i] = v;
        i += 1;
    }
    table
}

pub(crate) fn crc32<const BITS: u32, const CASTAGNOLI: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let mut acc = c.x(o.rn) as u32;
    let value = c.x(o.rm);
    for i in 0..BITS / 8 {
        let byte = (value >> (8 * i)) as u8;
        acc = acc >> 8 ^ CRC[usize::from(CASTAGNOLI)][usize::from(acc as u8 ^ byte)];
    }
    c.set_x(o.rd, u64::from(acc));
    Ok(())
}

pub(crate) fn madd<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let r = c.x(o.ra).wrapping_add(c.x(o.rn).wrapping_mul(c.x(o.rm)));
    c.set_x(o.rd, sized::<X>(r));
    Ok(())
}

pub(crate) fn msub<const X: bool>(c: &mut Cpu, o: &Op) -> R<()> {
    let r = c.x(o.ra).wrapping_sub(c.x(o.rn).wrapping_mul(c.x(o.rm)));
    c.set_x(o.rd, sized::<X>(r));
    Ok(())
}

#[inline(always)]
fn signed_product(c: &Cpu, o: &Op) -> u64 {
    (i64::from(c.x(o.rn) as i32).wrapping_mul(i64::from(c.x(o.rm) as i32))) as u64
}

#[inline(always)]
fn unsigned_product(c: &Cpu, o: &Op) -> u64 {
    u64::from(c.x(o.rn) as u32).wrapping_mul(u64::from(c.x(o.rm) as u32))
}

pub(crate) fn smaddl(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.x(o.ra).wrapping_add(signed_product(c, o)));
    Ok(())
}
pub(crate) fn smsubl(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.x(o.ra).wrapping_sub(signed_product(c, o)));
    Ok(())
}
pub(crate) fn umaddl(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.x(o.ra).wrapping_add(unsigned_product(c, o)));
    Ok(())
}
pub(crate) fn umsubl(c: &mut Cpu, o: &Op) -> R<()> {
    c.set_x(o.rd, c.x(o.ra).wrapping_sub(unsigned_product(c, o)));
    Ok(())
}
pub(crate) fn smulh(c: &mut Cpu, o: &Op) -> R<()> {
    let p = i128::from(c.x(o.rn) as i64).wrapping_mul(i128::from(c.x(o.rm) as i64));
    c.set_x(o.rd, (p >> 64) as u64);
    Ok(())
}
pub(crate) fn umulh(c: &mut Cpu, o: &Op) -> R<()> {
    let p = u128::from(c.x(o.rn)).wrapping_mul(u128::from(c.x(o.rm)));
    c.set_x(o.rd, (p >> 64) as u64);
    Ok(())
}

/// RMIF: rotate right, insert into the flags that the mask names.
pub(crate) fn rmif(c: &mut Cpu, o: &Op) -> R<()> {
    let rotated = (c.x(o.rn).rotate_right(u32::from(o.aux)) as u32) << 28;
    let mask = u32::from(o.ra) << 28;
    c.state.nzcv = c.state.nzcv & !mask | rotated & mask;
    Ok(())
}

/// SETF8, SETF16: N, Z and V from a byte or halfword; C unchanged.
pub(crate) fn setf<const BITS: u32>(c: &mut Cpu, o: &Op) -> R<()> {
    let v = c.x(o.rn);
    let sign = v >> (BITS - 1) & 1 != 0;
    let above = v >> BITS & 1 != 0;
    let zero = v & ((1 << BITS) - 1) == 0;
    let kept = c.state.nzcv & nzcv::C;
    c.state.nzcv = kept
        | if sign { nzcv::N } else { 0 }
        | if zero { nzcv::Z } else { 0 }
        | if sign != above { nzcv::V } else { 0 };
    Ok(())
}
