//! The EVEX forms (AVX-512) of VEX instructions: the same operation on 128 bits, with registers 16..=31 in reach.
//!
//! Only what means exactly the same is here. Comparisons are not: theirs deliver a mask register.
//!
//! Sources: the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, 2.7 (encoding) and the instructions' pages.

use crate::asm::{Asm, Reg, Rm, Vex, Xm, Xmm};

/// How EVEX.W follows from the VEX form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    /// As VEX.W, which means something in both.
    Same,
    /// 0: elements of 32 bits, or ignored.
    Zero,
    /// 1: elements of 64 bits.
    One,
}

/// The EVEX form's W; `None` if there is no form that means the same.
fn width(v: Vex) -> Option<Width> {
    use Width::{One, Same, Zero};
    // A floating-point instruction of map 1 whose prefix chooses the format: none and F3 single, 66 and F2 double.
    let by_prefix = if v.pp & 1 != 0 { One } else { Zero };
    Some(match (v.map, v.pp, v.opcode) {
        // VMOVUPS/D, VMOVSS/SD, VUNPCKLPS.., VMOVAPS, square root to maximum but for 52 and 53, VSHUFPS.
        (1, _, 0x10 | 0x11 | 0x14 | 0x15 | 0x28 | 0x29 | 0x51 | 0x54..=0x59 | 0x5c..=0x5f | 0xc6) => by_prefix,
        (1, 0 | 1, 0x2e) => by_prefix,
        // VMOVHPS.
        (1, 0, 0x16 | 0x17) => Zero,
        // Between formats: the source's. VCVTPS2DQ and VCVTDQ2PS are of singles.
        (1, _, 0x5a) => by_prefix,
        (1, 0..=2, 0x5b) => Zero,
        (1, 2, 0xe6) => Zero,
        (1, 1 | 3, 0xe6) => One,
        // To and from general registers.
        (1, 2 | 3, 0x2a | 0x2c | 0x2d) | (1, 1, 0x6e | 0x7e) => Same,
        (1, 2, 0x7e) | (1, 1, 0xd6) => One,
        // VPUNPCKxQDQ, VPADDQ, VPSUBQ, VPMULUDQ, shifts of doublewords... of 64 bits, in and by bytes.
        (1, 1, 0x6c | 0x6d | 0xd4 | 0xfb | 0xf4 | 0xd3 | 0xf3 | 0x73) => One,
        (1, 1..=3, 0x70) | (1, 1, 0xc4) => Zero,
        (1, 1, 0x60..=0x63 | 0x67..=0x6b | 0x71 | 0x72 | 0xd1 | 0xd2 | 0xd5 | 0xd8..=0xe5) => Zero,
        (1, 1, 0xe8..=0xef | 0xf1 | 0xf2 | 0xf5 | 0xf6 | 0xf8..=0xfa | 0xfc..=0xfe) => Zero,
        // VPSHUFB, VPMADDUBSW, VPMULHRSW, VPABSx, VPMOVSX, VPMOVZX, VPACKUSDW, VPMIN/VPMAX, VPMULLD, broadcasts.
        (2, 1, 0x00 | 0x04 | 0x0b | 0x1c..=0x1e | 0x20..=0x25 | 0x30..=0x35 | 0x2b | 0x38..=0x40) => Zero,
        (2, 1, 0x58 | 0x78 | 0x79) => Zero,
        (2, 1, 0x59 | 0x28) => One,
        // Variable shifts, and fused multiply-add in its three orders.
        (2, 1, 0x45..=0x47 | 0x96..=0x9f | 0xa6..=0xaf | 0xb6..=0xbf) => Same,
        // VPALIGNR, VINSERTPS; VROUNDx as VRNDSCALEx, whose immediate means the same with bits 7:4 zero.
        (3, 1, 0x0f | 0x08 | 0x0a | 0x21) => Zero,
        (3, 1, 0x09 | 0x0b) => One,
        // VPEXTRx and VPINSRx.
        (3, 1, 0x14..=0x16 | 0x20 | 0x22) => Same,
        _ => return None,
    })
}

/// Whether the instruction has a form that can name registers above 15.
pub(crate) fn exists(v: Vex) -> bool {
    width(v).is_some()
}

impl Asm {
    /// The 128-bit EVEX form of `v`, for when an operand is a vector register above 15. The operand `rm` is a vector register
    /// (any of 32) or memory; or a general register below 16, which is encoded alike.
    ///
    /// # Panics
    /// If there is no such form: the instruction was given a register that it cannot name.
    pub(crate) fn evex(&mut self, v: Vex, reg: u8, vvvv: u8, rm: Rm) {
        let Some(width) = width(v) else { panic!("no EVEX form of {v:x?}") };
        let w = match width {
            Width::Same => v.w,
            Width::Zero => false,
            Width::One => true,
        };
        self.evex_encode(Vex { w, ..v }, reg, vvvv, rm);
    }

    /// An instruction that has no VEX form: `reg = op(from)`.
    pub(crate) fn evex_only(&mut self, v: Vex, reg: Xmm, from: Xmm) {
        self.evex_encode(v, reg.0, 0, Rm::Reg(Reg(from.0)));
    }

    /// A scalar instruction that has no VEX form: `reg` = the general register `from` converted, upper lanes from `reg`.
    pub(crate) fn evex_scalar(&mut self, v: Vex, reg: Xmm, from: Reg) {
        self.evex_encode(v, reg.0, reg.0, from.into());
    }

    /// A shift or rotation by an immediate that has no VEX form; `digit` says which.
    pub(crate) fn evex_shift(&mut self, v: Vex, digit: u8, dst: Xmm, src: Xmm, n: u8) {
        self.evex_encode(v, digit, dst.0, Rm::Reg(Reg(src.0)));
        self.byte(n);
    }

    /// `dst = op(a, b)`, an instruction that has no VEX form.
    pub(crate) fn evex_three(&mut self, v: Vex, dst: Xmm, a: Xmm, b: Xmm) {
        self.evex_encode(v, dst.0, a.0, Rm::Reg(Reg(b.0)));
    }

    /// VPTERNLOGQ: each bit of `dst` is the bit of `table` whose number is made of those of `dst` (highest), `a` and `b`.
    pub(crate) fn ternary_logic(&mut self, dst: Xmm, a: Xmm, b: impl Into<Xm>, table: u8) {
        let b = match b.into() {
            Xm::Reg(x) => Rm::Reg(Reg(x.0)),
            Xm::Mem(m) => Rm::Mem(m),
        };
        self.evex_encode(Vex { pp: 1, map: 3, w: true, opcode: 0x25 }, dst.0, a.0, b);
        self.byte(table);
    }

    fn evex_encode(&mut self, v: Vex, reg: u8, vvvv: u8, rm: Rm) {
        let bit = |n: u8, i: u8| n >> i & 1;
        let (x, b) = match rm {
            Rm::Reg(r) => (bit(r.0, 4), bit(r.0, 3)),
            Rm::Mem(m) => (m.index.map_or(0, |(i, _)| bit(i.0, 3)), bit(m.base.0, 3)),
        };
        self.byte(0x62);
        self.byte((1 - bit(reg, 3)) << 7 | (1 - x) << 6 | (1 - b) << 5 | (1 - bit(reg, 4)) << 4 | v.map);
        self.byte(u8::from(v.w) << 7 | (!vvvv & 15) << 3 | 1 << 2 | v.pp);
        self.byte((1 - bit(vvvv, 4)) << 3);
        self.byte(v.opcode);
        match rm {
            Rm::Reg(_) => self.modrm(reg, rm),
            // A displacement of one byte would be in units of the operand's size.
            Rm::Mem(m) => self.modrm_mem(reg, m, false),
        }
    }
}
