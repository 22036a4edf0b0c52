//! One test case: a state, instruction words, and memory. The recorded vectors depend on [`Case::registers`] and
//! [`content`]: changing them means recording anew.

use super::pool;
use super::rng::Rng;
use std::sync::LazyLock;

/// Virtual address of the first code slot. Slots lie [`STEP`] apart, one page each, so that a branch of an ordinary
/// reach leaves its own slot for unmapped space. Not a round number: edge values shifted must not lead here.
pub(crate) const CODE: u64 = 0x13_5700_0000;
pub(crate) const STEP: u64 = 0x40_0000;
pub(crate) const SLOTS: usize = 256;
/// Offset of the first instruction in its page. The rest of the page is `BRK #index-of-word`.
pub(crate) const ENTRY: u64 = 0x800;
/// Most words of a case.
pub(crate) const WORDS: usize = 16;
/// Virtual address of the data window: two pages that may be written, one that may be read, nothing around them.
pub(crate) const DATA: u64 = 0x26_9a00_0000;
pub(crate) const WINDOW: usize = 0x3000;
pub(crate) const WRITABLE: usize = 0x2000;
pub(crate) const PATCHES: usize = 4;

/// What a case sets beside what its seed gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// X0..X30, or the stack pointer as 31.
    X(u8, u64),
    V(u8, u128),
    Fpcr(u32),
    /// 16 bytes of the window, at a multiple of 16.
    Memory(u16, u128),
}

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Case {
    /// Registers by [`Case::registers`].
    pub(crate) seed: u64,
    /// 0..[`SLOTS`].
    pub(crate) slot: u8,
    pub(crate) words: Vec<u32>,
    pub(crate) set: Vec<Set>,
}

/// The registers that the oracle sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registers {
    pub(crate) x: [u64; 31],
    pub(crate) sp: u64,
    pub(crate) nzcv: u32,
    pub(crate) fpcr: u32,
    pub(crate) fpsr: u32,
    pub(crate) v: [u128; 32],
}

impl Case {
    /// Address of the first instruction.
    pub(crate) fn pc(&self) -> u64 {
        CODE + u64::from(self.slot) * STEP + ENTRY
    }

    /// The registers before.
    pub(crate) fn registers(&self) -> Registers {
        let mut r = Rng(self.seed);
        let mut s = Registers { x: [0; 31], sp: 0, nzcv: 0, fpcr: 0, fpsr: 0, v: [0; 32] };
        s.x.fill_with(|| pool::integer(&mut r));
        s.v.fill_with(|| pool::vector(&mut r));
        s.sp = pool::integer(&mut r) & !15;
        s.nzcv = (r.below(16) as u32) << 28;
        // Rounding mode, flush to zero, default NaN; half precision flushing and the alternative format rarely.
        s.fpcr = if r.one_in(2) { 0 } else { (r.below(16) as u32) << 22 };
        s.fpcr |= u32::from(r.one_in(8)) << 19 | u32::from(r.one_in(16)) << 26;
        // Cumulative flags: IOC, DZC, OFC, UFC, IXC, IDC, QC.
        s.fpsr = if r.one_in(4) { r.next() as u32 & 0x0800_009f } else { 0 };
        for set in &self.set {
            match *set {
                Set::X(31, v) => s.sp = v,
                Set::X(n, v) => s.x[usize::from(n)] = v,
                Set::V(n, v) => s.v[usize::from(n)] = v,
                Set::Fpcr(v) => s.fpcr = v,
                Set::Memory(..) => {}
            }
        }
        s
    }

    /// The places in memory that differ from [`content`]: offset and 16 bytes.
    pub(crate) fn patches(&self) -> impl Iterator<Item = (u16, u128)> {
        self.set.iter().filter_map(|s| match *s {
            Set::Memory(at, v) => Some((at, v)),
            _ => None,
        })
    }
}

/// The window before, where a case does not say otherwise.
pub(crate) fn content() -> &'static [u8; WINDOW] {
    static CONTENT: LazyLock<[u8; WINDOW]> = LazyLock::new(|| {
        let mut r = Rng(0x6f72_6163_6c65);
        let mut bytes = [0; WINDOW];
        for chunk in bytes.chunks_exact_mut(16) {
            let v = if r.one_in(2) { pool::vector(&mut r) } else { u128::from(pool::integer(&mut r)) };
            chunk.copy_from_slice(&v.to_le_bytes());
        }
        bytes
    });
    &CONTENT
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A BRK: the one behind the words, or where a branch led.
    Break,
    /// UNDEFINED, or trapped, or no target for the branch, or failed authentication: SIGILL to a process.
    Undefined,
    /// A translation or permission fault of an access or a fetch, at this address without its tag.
    Fault(u64),
    /// A misaligned access or program counter.
    Misaligned(u64),
    /// Something else; a number to tell them apart.
    Other(u32),
}

/// Everything after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) end: End,
    pub(crate) pc: u64,
    pub(crate) registers: Registers,
    /// 16-byte pieces of the window that changed, in order.
    pub(crate) memory: Vec<(u16, u128)>,
}
