//! AdvSIMD shifts by immediate (`ra`), narrowing and lengthening, and the modified immediates.

use super::simd_lanes::{Int, Narrow, Sign, map, narrow as narrow_lanes, size, upper, widen, width_mask, zip};
use super::simd_three::shift_by;
use crate::cpu::{Cpu, R};
use crate::decode::Op;

/// A shift of lanes: the destination's old value, the operand, the amount, and whether anything saturated.
pub(crate) trait ShiftOp {
    fn lane<T: Int>(d: T, a: T, n: u32, q: &mut bool) -> T;
}

macro_rules! shift_ops {
    ($($(#[$doc:meta])* $name:ident($d:pat, $a:pat, $n:pat, $q:pat) $body:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;
        impl ShiftOp for $name {
            #[inline(always)]
            fn lane<T: Int>($d: T, $a: T, $n: u32, $q: &mut bool) -> T {
                $body
            }
        }
    )*};
}

shift_ops! {
    Shr(_, a, n, _) a.shift_right(n);
    Sra(d, a, n, _) d.add(a.shift_right(n));
    Rshr(_, a, n, _) a.shift_right_rounding(n);
    Rsra(d, a, n, _) d.add(a.shift_right_rounding(n));
    /// Keeps the bits of the destination that nothing is shifted into. Lanes are unsigned.
    Sri(d, a, n, _) d & !T::ONES.shift_right(n) | a.shift_right(n);
    Sli(d, a, n, _) d & !(T::ONES << n) | a << n;
    Shl(_, a, n, _) a << n;
    Qshl(_, a, n, q) shift_by::<T, false, true>(a, n as i8, q);
    /// Signed lanes, saturated to the unsigned range.
    Qshlu(_, a, n, q) {
        let v = a.wide() << n;
        let clamped = v.clamp(0, (1 << T::BITS) - 1);
        *q |= clamped != v;
        T::wrap(clamped)
    };
}

pub(crate) fn shift<G: Sign, F: ShiftOp>(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    let m = width_mask(o);
    let (d, a, n) = (c.v(o.rd) & m, c.v(o.rn) & m, u32::from(o.ra));
    let mut q = false;
    let r = match size(o) {
        0 => zip::<G::B>(d, a, a, |d, a, _| F::lane(d, a, n, &mut q)),
        1 => zip::<G::H>(d, a, a, |d, a, _| F::lane(d, a, n, &mut q)),
        2 => zip::<G::S>(d, a, a, |d, a, _| F::lane(d, a, n, &mut q)),
        _ => zip::<G::D>(d, a, a, |d, a, _| F::lane(d, a, n, &mut q)),
    };
    c.saturated(q);
    c.set_lanes(o, r)
}

/// How [`narrow`] treats what does not fit.
pub(crate) const TRUNCATE: u8 = 0;
pub(crate) const SATURATE: u8 = 1;
/// It rounds before it narrows (the amount is then at least 1).
pub(crate) const ROUND: u8 = 2;

/// Shifts wide lanes of signedness `A` right and makes them narrow lanes of signedness `Z`.
pub(crate) fn narrow<A: Sign, Z: Sign, const HOW: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    #[inline(always)]
    fn lanes<W: Int, N: Int, const HOW: u8>(v: u128, n: u32, q: &mut bool) -> u128 {
        narrow_lanes(v, |w: W| {
            let w = if HOW & ROUND != 0 { w.shift_right_rounding(n) } else { w.shift_right(n) };
            if HOW & SATURATE != 0 { N::saturate(w.wide(), q) } else { N::wrap(w.wide()) }
        })
    }
    c.fp_enabled()?;
    let (v, n) = (c.v(o.rn) & width_mask(o), u32::from(o.ra));
    let mut q = false;
    let r = match size(o) {
        0 => lanes::<A::H, Z::B, HOW>(v, n, &mut q),
        1 => lanes::<A::S, Z::H, HOW>(v, n, &mut q),
        _ => lanes::<A::D, Z::S, HOW>(v, n, &mut q),
    };
    c.saturated(q);
    c.set_narrowed(o, r)
}

/// Makes narrow lanes wide and shifts them left.
pub(crate) fn lengthen<G: Sign>(c: &mut Cpu, o: &Op) -> R<()> {
    #[inline(always)]
    fn lanes<N: Narrow>(v: u128, n: u32) -> u128 {
        map::<N::Wide>(widen::<N>(v), |w| w << n)
    }
    c.fp_enabled()?;
    let v = if upper(o) { c.v(o.rn) >> 64 } else { c.v(o.rn) };
    let n = u32::from(o.ra);
    let r = match size(o) {
        0 => lanes::<G::B>(v, n),
        1 => lanes::<G::H>(v, n),
        _ => lanes::<G::S>(v, n),
    };
    c.set_lanes(o, r)
}

/// The immediate in both halves.
#[inline(always)]
fn immediate(o: &Op) -> u128 {
    u128::from(o.imm) | u128::from(o.imm) << 64
}

pub(crate) fn movi(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_lanes(o, immediate(o))
}

pub(crate) fn mvni(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_lanes(o, !immediate(o))
}

pub(crate) fn orr_imm(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_lanes(o, c.v(o.rd) | immediate(o))
}

pub(crate) fn bic_imm(c: &mut Cpu, o: &Op) -> R<()> {
    c.fp_enabled()?;
    c.set_lanes(o, c.v(o.rd) & !immediate(o))
}
