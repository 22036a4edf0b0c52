//! What recompiled code addresses: one structure per core, with the core's state in it, reached from one register.
//!
//! | host register | holds |
//! | --- | --- |
//! | RBP | the address of [`Cpu::state`] plus 128, so that X0..X30 are reached with one-byte displacements |
//! | R15 | the TLB array of the current translation regime |
//! | RAX, RCX, RDX | scratch, dead between guest instructions |
//! | XMM0..XMM3 | scratch |
//! | the rest | guest registers, see [`PINS`] and [`VECTOR_PINS`] |

use crate::asm::{Mem, R8, R9, R10, R11, R12, R13, R14, RBP, RBX, RDI, RSI, Reg, Rm, Xmm, at, indexed};
use crate::emit::simd;
use crate::without::Without;
use std::mem::offset_of;
use vmapple_a64::cpu::Break;
use vmapple_a64::state::State;
use vmapple_a64::{Cpu, layout};

/// Guest registers that live in host registers while recompiled code runs.
pub(crate) const PINS: [(u8, Reg); 10] =
    [(0, RBX), (1, RSI), (2, RDI), (3, R8), (4, R9), (5, R10), (6, R11), (7, R12), (8, R13), (19, R14)];

/// Guest vector registers that live in host vector registers: V0..V7 and V16..V19 in XMM4..XMM15; and where the host has
/// AVX-512, V8..V15 and V20..V27 in XMM16..XMM31.
const VECTOR_PINS: [(u8, Xmm); 28] = [
    (0, Xmm(4)),
    (1, Xmm(5)),
    (2, Xmm(6)),
    (3, Xmm(7)),
    (4, Xmm(8)),
    (5, Xmm(9)),
    (6, Xmm(10)),
    (7, Xmm(11)),
    (16, Xmm(12)),
    (17, Xmm(13)),
    (18, Xmm(14)),
    (19, Xmm(15)),
    (8, Xmm(16)),
    (9, Xmm(17)),
    (10, Xmm(18)),
    (11, Xmm(19)),
    (12, Xmm(20)),
    (13, Xmm(21)),
    (14, Xmm(22)),
    (15, Xmm(23)),
    (20, Xmm(24)),
    (21, Xmm(25)),
    (22, Xmm(26)),
    (23, Xmm(27)),
    (24, Xmm(28)),
    (25, Xmm(29)),
    (26, Xmm(30)),
    (27, Xmm(31)),
];

/// Which of them there are: `wide` says that the host has AVX-512.
pub(crate) fn vector_pins(wide: bool) -> &'static [(u8, Xmm)] {
    if wide { &VECTOR_PINS } else { &VECTOR_PINS[..12] }
}

/// Entries of the page guard: bits of the virtual page number.
pub(crate) const GUARDS: usize = 1024;
/// Entries of the indirect-branch cache.
pub(crate) const JUMPS: usize = 4096;

/// One entry of the indirect-branch cache.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Jump {
    /// Virtual address of the target; see [`Jump::none`].
    pub(crate) va: u64,
    /// Its guarded entry.
    pub(crate) host: u64,
}

impl Jump {
    /// An empty entry. No block starts at address 1, but a guest may branch there, so that this is a miss too: `miss` is the
    /// routine that leaves for the address in RAX.
    pub(crate) fn none(miss: u64) -> Self {
        Jump { va: 1, host: miss }
    }
}

/// Operands of vector instructions.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub(crate) struct Constants {
    /// All bits but each lane's sign, for single and double precision.
    abs: [[u64; 2]; 2],
    /// Orders of bytes for VPSHUFB: bytes reversed in groups of 8, 4 and 2; halfwords in groups of 8 and 4.
    order: [[u8; 16]; 5],
    /// The smallest normal number in every lane, single and double.
    smallest: [[u64; 2]; 2],
    /// The same as `abs` and its complement for scalars: nothing above the lowest lane.
    scalar_abs: [[u64; 2]; 2],
    scalar_sign: [[u64; 2]; 2],
    /// All signs, which is also the smallest integer in every lane.
    sign: [[u64; 2]; 2],
    /// A half, one, and the number from which on there are no fractions: single and double.
    half: [[u64; 2]; 2],
    one: [[u64; 2]; 2],
    no_fraction: [[u64; 2]; 2],
}

/// Their values.
pub(crate) const CONSTANTS: Constants = Constants {
    abs: [[0x7fff_ffff_7fff_ffff; 2], [0x7fff_ffff_ffff_ffff; 2]],
    order: [
        [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8],
        [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12],
        [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14],
        [6, 7, 4, 5, 2, 3, 0, 1, 14, 15, 12, 13, 10, 11, 8, 9],
        [2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13],
    ],
    smallest: [[0x0080_0000_0080_0000; 2], [0x0010_0000_0000_0000; 2]],
    scalar_abs: [[0x7fff_ffff, 0], [0x7fff_ffff_ffff_ffff, 0]],
    scalar_sign: [[0x8000_0000, 0], [0x8000_0000_0000_0000, 0]],
    sign: [[0x8000_0000_8000_0000; 2], [0x8000_0000_0000_0000; 2]],
    half: [[0x3f00_0000_3f00_0000; 2], [0x3fe0_0000_0000_0000; 2]],
    one: [[0x3f80_0000_3f80_0000; 2], [0x3ff0_0000_0000_0000; 2]],
    no_fraction: [[0x4b00_0000_4b00_0000; 2], [0x4330_0000_0000_0000; 2]],
};

/// A constant that stands for single and double precision.
fn by_precision(which: usize, double: bool) -> Mem {
    at(RBP, from_rbp(offset_of!(Frame, constants) + which + 16 * usize::from(double)))
}

/// The mask of all bits but the sign.
pub(crate) fn abs_mask(double: bool) -> Mem {
    by_precision(offset_of!(Constants, abs), double)
}

/// The sign bit of every lane.
pub(crate) fn sign_mask(double: bool) -> Mem {
    by_precision(offset_of!(Constants, sign), double)
}

/// 0.5.
pub(crate) fn half(double: bool) -> Mem {
    by_precision(offset_of!(Constants, half), double)
}

/// 1.0.
pub(crate) fn one(double: bool) -> Mem {
    by_precision(offset_of!(Constants, one), double)
}

/// 2^23 or 2^52: from there on all numbers are integers.
pub(crate) fn no_fraction(double: bool) -> Mem {
    by_precision(offset_of!(Constants, no_fraction), double)
}

/// The mask of a scalar's magnitude, or of its sign, with zeros above.
pub(crate) fn scalar_mask(double: bool, sign: bool) -> Mem {
    by_precision(if sign { offset_of!(Constants, scalar_sign) } else { offset_of!(Constants, scalar_abs) }, double)
}

/// The order of bytes that reverses lanes of `1 << lane` bytes in groups of `group` bytes.
pub(crate) fn byte_order(group: u8, lane: usize) -> Mem {
    let which = match (group, lane) {
        (8, 0) => 0,
        (4, 0) => 1,
        (2, _) => 2,
        (8, _) => 3,
        _ => 4,
    };
    at(RBP, from_rbp(offset_of!(Frame, constants) + offset_of!(Constants, order) + 16 * which))
}

/// The smallest normal number.
pub(crate) fn smallest_normal(double: bool) -> Mem {
    by_precision(offset_of!(Constants, smallest), double)
}

/// A core and the tables its code looks into. Never moves.
#[repr(C)]
pub(crate) struct Frame {
    pub(crate) cpu: Cpu,
    /// The TLB array for R15; kept equal to [`Cpu::data_tlb`].
    pub(crate) tlb: u64,
    /// For tests of floating-point results.
    pub(crate) constants: Constants,
    /// For integer vectors.
    pub(crate) simd_constants: simd::Constants,
    /// Not zero: some lane saturated since [`Frame::fold_status`].
    pub(crate) saturated: [u64; 2],
    /// A vector within one guest instruction.
    pub(crate) spare: [u64; 2],
    /// The bits that a pointer authentication code takes: for instruction and data keys, in the low and the high half.
    pub(crate) pac_fields: [[u64; 2]; 2],
    /// The `TCR_EL1` they were made from.
    pub(crate) pac_tcr: u64,
    /// A pointer between two parts of an authentication.
    pub(crate) pac_original: u64,
    /// 1 if the condition holds that [`crate::emit::Flags::Byte`] names.
    pub(crate) condition: u8,
    /// [`crate::Switches::without`].
    pub(crate) without: Option<Without>,
    /// Why the interpreter stopped in [`crate::enter`].
    pub(crate) stopped: Break,
    /// By exception level and virtual page: which page object is known to be mapped there now; 0 for none.
    pub(crate) guards: [[u32; GUARDS]; 2],
    /// By exception level and virtual address.
    pub(crate) jumps: [[Jump; JUMPS]; 2],
}

/// `FPSR.QC`: something saturated.
const QC: u32 = 1 << 27;

impl Frame {
    /// Adds to `FPSR` what the host and recompiled code noted of it: before anybody reads or writes it.
    pub(crate) fn fold_status(&mut self) {
        let saturated = std::mem::take(&mut self.saturated) != [0; 2];
        self.cpu.state.fpsr |= crate::mxcsr::take() | if saturated { QC } else { 0 };
    }
}

/// Displacement from RBP of a byte offset in [`Frame`].
const fn from_rbp(offset: usize) -> i32 {
    (offset as i64 - (offset_of!(Frame, cpu) + layout::STATE) as i64 - 128) as i32
}

const fn in_state(offset: usize) -> Mem {
    at(RBP, from_rbp(offset_of!(Frame, cpu) + layout::STATE + offset))
}

/// A place in the [`Cpu`].
pub(crate) const fn in_cpu(offset: usize) -> Mem {
    at(RBP, from_rbp(offset_of!(Frame, cpu) + offset))
}

/// The same, as many bytes further as a register says.
pub(crate) const fn in_cpu_indexed(offset: usize, index: Reg) -> Mem {
    indexed(RBP, index, 0, from_rbp(offset_of!(Frame, cpu) + offset))
}

/// A general register's place in memory, by its index in [`State::x`].
pub(crate) const fn x_mem(n: u8) -> Mem {
    in_state(offset_of!(State, x) + 8 * (n as usize & 63))
}

/// A vector register's place in memory.
pub(crate) const fn v_mem(n: u8) -> Mem {
    in_state(offset_of!(State, v) + 16 * (n as usize & 31))
}

/// A constant for integer vectors.
pub(crate) fn simd_constant(k: simd::Constant) -> Mem {
    at(RBP, from_rbp(offset_of!(Frame, simd_constants) + 16 * k.index()))
}

pub(crate) const SATURATED: Mem = at(RBP, from_rbp(offset_of!(Frame, saturated)));
pub(crate) const SPARE: Mem = at(RBP, from_rbp(offset_of!(Frame, spare)));
pub(crate) const PC: Mem = in_state(offset_of!(State, pc));
pub(crate) const NZCV: Mem = in_state(offset_of!(State, nzcv));
pub(crate) const SPSEL: Mem = in_state(layout::SPSEL);
/// The banked `SP_EL0`, valid while it is not the current stack pointer.
pub(crate) const SP_EL0: Mem = in_state(offset_of!(State, sp));
pub(crate) const TLB: Mem = at(RBP, from_rbp(offset_of!(Frame, tlb)));
pub(crate) const PAC_ORIGINAL: Mem = at(RBP, from_rbp(offset_of!(Frame, pac_original)));
/// The exclusive monitor's fields: place, size, and the halves of the value.
pub(crate) const fn monitor(field: usize) -> Mem {
    at(RBP, from_rbp(offset_of!(Frame, cpu) + layout::MONITOR + 8 * field))
}
pub(crate) const UNSYNCED: Mem = at(RBP, from_rbp(offset_of!(Frame, cpu) + layout::UNSYNCED));
pub(crate) const JOURNAL_DIRTY: Mem = at(RBP, from_rbp(offset_of!(Frame, cpu) + layout::JOURNAL_DIRTY));
pub(crate) const CONDITION: Mem = at(RBP, from_rbp(offset_of!(Frame, condition)));
pub(crate) const ATTENTION_MASK: Mem = at(RBP, from_rbp(offset_of!(Frame, cpu) + layout::ATTENTION_MASK));

/// The bits that a code takes in pointers of one half of the address space.
pub(crate) fn pac_field(data: bool, high: bool) -> Mem {
    at(RBP, from_rbp(offset_of!(Frame, pac_fields) + 16 * usize::from(data) + 8 * usize::from(high)))
}

/// A field of the system registers.
pub(crate) const fn sys_mem(offset: usize) -> Mem {
    in_state(offset_of!(State, sys) + offset)
}

/// The guard entry of a virtual page at an exception level.
pub(crate) fn guard_mem(el: u8, va: u64) -> Mem {
    let entry = offset_of!(Frame, guards) + 4 * (GUARDS * usize::from(el & 1) + guard_slot(va));
    at(RBP, from_rbp(entry))
}

pub(crate) fn guard_slot(va: u64) -> usize {
    (va >> 12) as usize & (GUARDS - 1)
}

/// Displacement from RBP of the indirect-branch cache of an exception level.
pub(crate) fn jumps_disp(el: u8) -> i32 {
    from_rbp(offset_of!(Frame, jumps) + size_of::<[Jump; JUMPS]>() * usize::from(el & 1))
}

pub(crate) fn jump_slot(va: u64) -> usize {
    (va >> 2) as usize & (JUMPS - 1)
}

/// Where a general register is while code runs: a host register or memory.
pub(crate) fn x_place(n: u8) -> Rm {
    match PINS.iter().find(|(guest, _)| *guest == n) {
        Some((_, host)) => Rm::Reg(*host),
        None => Rm::Mem(x_mem(n)),
    }
}

/// The host register of a guest vector register, if it has one: see [`VECTOR_PINS`].
pub(crate) fn v_pin(n: u8, wide: bool) -> Option<Xmm> {
    match n {
        0..=7 => Some(Xmm(n + 4)),
        16..=19 => Some(Xmm(n - 4)),
        8..=15 if wide => Some(Xmm(n + 8)),
        20..=27 if wide => Some(Xmm(n + 4)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_registers_are_reached_with_one_byte() {
        for n in 0..=30 {
            assert!(i8::try_from(x_mem(n).disp).is_ok(), "X{n}");
        }
    }

    #[test]
    fn vector_pins_agree() {
        for wide in [false, true] {
            let pinned: Vec<_> = (0..32).filter_map(|n| Some((n, v_pin(n, wide)?))).collect();
            let mut listed = vector_pins(wide).to_vec();
            listed.sort_by_key(|(guest, _)| *guest);
            assert_eq!(pinned, listed);
            let mut hosts: Vec<_> = listed.iter().map(|(_, x)| x.0).collect();
            hosts.sort_unstable();
            assert_eq!(hosts, (4..if wide { 32 } else { 16 }).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_host_register_is_pinned_twice_or_reserved() {
        let mut seen = vec![0, 1, 2, 4, 5, 15];
        for (_, r) in PINS {
            assert!(!seen.contains(&r.0));
            seen.push(r.0);
        }
        assert_eq!(seen.len(), 16);
    }
}
