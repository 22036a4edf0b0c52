//! Loads and stores of SIMD and floating-point registers.

use super::ldst::{OFFSET, address, indexed};
use crate::cpu::{Cpu, R};
use crate::decode::Op;
use crate::exception::ec;
use vmapple_memory::Scalar;

impl Cpu {
    /// Every SIMD and FP instruction begins here: is the unit enabled at this exception level?
    #[inline(always)]
    pub(crate) fn fp_enabled(&mut self) -> R<()> {
        let fpen = self.state.sys.cpacr_el1 >> 20 & 3;
        if fpen == 3 || (fpen == 1 && self.state.pstate.el == 1) { Ok(()) } else { self.fp_trap() }
    }

    #[cold]
    fn fp_trap(&mut self) -> R<()> {
        // ISS: condition valid, AL.
        self.raise(ec::FP, 1 << 24 | 0xe << 20)
    }

    /// Vn.
    #[inline(always)]
    pub(crate) fn v(&self, n: u8) -> u128 {
        self.state.v[usize::from(n & 31)]
    }

    /// Writes all of Vn.
    #[inline(always)]
    pub(crate) fn set_v(&mut self, n: u8, value: u128) {
        self.state.v[usize::from(n & 31)] = value;
    }
}

pub(crate) fn ldr<T: Scalar, const MODE: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    let v = c.load::<T>(va)?;
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    c.set_v(o.rd, v.to_u128());
    Ok(())
}

pub(crate) fn str<T: Scalar, const MODE: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    c.store(va, T::from_u128(c.v(o.rd)))?;
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    Ok(())
}

pub(crate) fn ldr_reg<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let va = indexed(c, o)?;
    let v = c.load::<T>(va)?;
    c.set_v(o.rd, v.to_u128());
    Ok(())
}

pub(crate) fn str_reg<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let va = indexed(c, o)?;
    c.store(va, T::from_u128(c.v(o.rd)))
}

pub(crate) fn ldr_lit<T: Scalar>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let v = c.load::<T>(c.state.pc.wrapping_add(o.imm))?;
    c.set_v(o.rd, v.to_u128());
    Ok(())
}

pub(crate) fn ldp<T: Scalar, const MODE: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    let (first, second) = match T::SIZE {
        4 => {
            let v = c.load_two::<u64>(va)?;
            (u128::from(v as u32), u128::from(v >> 32))
        }
        8 => {
            let v = c.load_two::<u128>(va)?;
            (u128::from(v as u64), v >> 64)
        }
        _ => (c.load::<u128>(va)?, c.load::<u128>(va.wrapping_add(16))?),
    };
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    c.set_v(o.rd, first);
    c.set_v(o.ra, second);
    Ok(())
}

pub(crate) fn stp<T: Scalar, const MODE: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let base = c.base(o)?;
    let (va, after) = address::<MODE>(base, o.imm);
    let (first, second) = (c.v(o.rd), c.v(o.ra));
    match T::SIZE {
        4 => c.store_two(va, u64::from(first as u32) | u64::from(second as u32) << 32)?,
        8 => c.store_two(va, u128::from(first as u64) | second << 64)?,
        _ => {
            if va & 0xfff > 0x1000 - 32 || c.watching() {
                c.probe_store(va, 32, 16)?;
            }
            c.store(va, first)?;
            c.store(va.wrapping_add(16), second)?;
        }
    }
    if MODE != OFFSET {
        c.set_x(o.rn, after);
    }
    Ok(())
}

/// One element of `1 << scale` bytes.
fn load_element(c: &mut Cpu, va: u64, scale: u32) -> R<u64> {
    Ok(match scale {
        0 => u64::from(c.load::<u8>(va)?),
        1 => u64::from(c.load::<u16>(va)?),
        2 => u64::from(c.load::<u32>(va)?),
        _ => c.load::<u64>(va)?,
    })
}

fn store_element(c: &mut Cpu, va: u64, scale: u32, v: u64) -> R<()> {
    match scale {
        0 => c.store(va, v as u8),
        1 => c.store(va, v as u16),
        2 => c.store(va, v as u32),
        _ => c.store(va, v),
    }
}

fn lane_mask(scale: u32) -> u128 {
    (1u128 << (8 << scale)) - 1
}

fn get_lane(v: u128, scale: u32, index: u32) -> u64 {
    (v >> (index * (8 << scale)) & lane_mask(scale)) as u64
}

fn set_lane(v: &mut u128, scale: u32, index: u32, e: u64) {
    let shift = index * (8 << scale);
    *v = *v & !(lane_mask(scale) << shift) | u128::from(e) << shift;
}

/// The base register after a post-indexed structure access.
fn post_index(c: &mut Cpu, o: &Op, base: u64, bytes: u64) {
    if o.imm >> 23 & 1 != 0 {
        let step = if o.rm == 31 { bytes } else { c.x(o.rm) };
        c.set_x(o.rn, base.wrapping_add(step));
    }
}

/// Checks all that a store of several elements of `1 << scale` bytes will touch, before its first store.
fn probe_run(c: &mut Cpu, va: u64, bytes: u64, scale: u32) -> R<()> {
    if (va & 0xfff) + bytes > 0x1000 || c.watching() { c.probe_store(va, bytes as usize, 1 << scale) } else { Ok(()) }
}

/// LD1-LD4 and ST1-ST4 of whole registers.
pub(crate) fn multiple(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let base = c.base(o)?;
    let w = o.imm as u32;
    let (q, load, scale) = (w >> 30 & 1, w >> 22 & 1 != 0, w >> 10 & 3);
    let (regs, selem) = (u32::from(o.aux & 15), u32::from(o.aux >> 4));
    let reg_bytes = 8u32 << q;
    let elements = reg_bytes >> scale;
    let total = u64::from(regs * reg_bytes);
    let reg = |n: u32| (u32::from(o.rd) + n) as u8 & 31;
    let mut va = base;
    if load {
        let mut out = [0u128; 4];
        if selem == 1 {
            for v in out.iter_mut().take(regs as usize) {
                *v = if q != 0 {
                    c.load_elements(va, 1 << scale)?
                } else {
                    c.load_elements::<u64>(va, 1 << scale)?.into()
                };
                va = va.wrapping_add(u64::from(reg_bytes));
            }
        } else {
            for e in 0..elements {
                for v in out.iter_mut().take(selem as usize) {
                    let x = load_element(c, va, scale)?;
                    set_lane(v, scale, e, x);
                    va = va.wrapping_add(1 << scale);
                }
            }
        }
        for n in 0..regs {
            c.set_v(reg(n), out[n as usize & 3]);
        }
    } else {
        probe_run(c, base, total, scale)?;
        if selem == 1 {
            for n in 0..regs {
                let v = c.v(reg(n));
                if q != 0 {
                    c.store_elements(va, v, 1 << scale)?
                } else {
                    c.store_elements(va, v as u64, 1 << scale)?
                }
                va = va.wrapping_add(u64::from(reg_bytes));
            }
        } else {
            for e in 0..elements {
                for n in 0..selem {
                    let x = get_lane(c.v(reg(n)), scale, e);
                    store_element(c, va, scale, x)?;
                    va = va.wrapping_add(1 << scale);
                }
            }
        }
    }
    post_index(c, o, base, total);
    Ok(())
}

/// LD1-LD4 and ST1-ST4 of one lane, and LD1R-LD4R.
pub(crate) fn single(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let base = c.base(o)?;
    let w = o.imm as u32;
    let (q, load) = (w >> 30 & 1, w >> 22 & 1 != 0);
    let aux = u32::from(o.aux);
    let (selem, scale, index, replicate) = (aux & 15, aux >> 4 & 3, aux >> 8 & 15, aux >> 12 != 0);
    let reg = |n: u32| (u32::from(o.rd) + n) as u8 & 31;
    let total = u64::from(selem << scale);
    if load {
        let mut got = [0u64; 4];
        for (n, x) in got.iter_mut().enumerate().take(selem as usize) {
            *x = load_element(c, base.wrapping_add((n as u64) << scale), scale)?;
        }
        for n in 0..selem {
            let x = got[n as usize & 3];
            let mut v = if replicate { 0 } else { c.v(reg(n)) };
            if replicate {
                for lane in 0..(8u32 << q) >> scale {
                    set_lane(&mut v, scale, lane, x);
                }
            } else {
                set_lane(&mut v, scale, index, x);
            }
            c.set_v(reg(n), v);
        }
    } else {
        probe_run(c, base, total, scale)?;
        for n in 0..selem {
            let x = get_lane(c.v(reg(n)), scale, index);
            store_element(c, base.wrapping_add(u64::from(n << scale)), scale, x)?;
        }
    }
    post_index(c, o, base, total);
    Ok(())
}
