//! AdvSIMD shifts by immediate (`ra`), narrowing, and the modified immediates.

use super::simd_lanes::{Bytes, Int, Narrow, Sign, size, width_mask};
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
    let n = u32::from(o.ra);
    c.lanewise(o, o.rn, o.rn, |d, a, b| match size(o) {
        0 => G::B::zip(d, a, b, |d, a, _, q| F::lane(d, a, n, q)),
        1 => G::H::zip(d, a, b, |d, a, _, q| F::lane(d, a, n, q)),
        2 => G::S::zip(d, a, b, |d, a, _, q| F::lane(d, a, n, q)),
        _ => G::D::zip(d, a, b, |d, a, _, q| F::lane(d, a, n, q)),
    });
    Ok(())
}

/// How [`narrow`] treats what does not fit.
pub(crate) const TRUNCATE: u8 = 0;
pub(crate) const SATURATE: u8 = 1;
/// It rounds before it narrows (the amount is then at least 1).
pub(crate) const ROUND: u8 = 2;

/// Shifts wide lanes of signedness `A` right and makes them narrow lanes of signedness `Z`.
pub(crate) fn narrow<A: Sign, Z: Sign, const HOW: u8>(c: &mut Cpu, o: &Op) -> R<()> {
    #[inline(always)]
    fn lanes<W: Int, N: Narrow, const HOW: u8>(v: &Bytes, n: u32) -> (u64, bool) {
        N::narrow_lanes(v, |w: W, q| {
            let w = if HOW & ROUND != 0 { w.shift_right_rounding(n) } else { w.shift_right(n) };
            if HOW & SATURATE != 0 { N::saturate(w.wide(), q) } else { N::wrap(w.wide()) }
        })
    }
    c.fp_enabled()?;
    let (v, n) = ((c.v(o.rn) & width_mask(o)).to_le_bytes(), u32::from(o.ra));
    let (r, q) = match size(o) {
        0 => lanes::<A::H, Z::B, HOW>(&v, n),
        1 => lanes::<A::S, Z::H, HOW>(&v, n),
        _ => lanes::<A::D, Z::S, HOW>(&v, n),
    };
    c.saturated(q);
    c.set_narrowed(o, r)
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
