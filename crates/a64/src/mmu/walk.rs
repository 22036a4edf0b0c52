//! The stage 1 translation table walk.

use super::rights::{Leaf, Rights};
use super::{Access, Regime};
use crate::cpu::Cpu;
use vmapple_memory::GuestMemory;

/// Output address size advertised in `ID_AA64MMFR0_EL1.PARange`, in bits.
pub const PA_BITS: u32 = 40;

/// A successful translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translation {
    /// Physical address.
    pub pa: u64,
    /// Device memory: alignment is checked and it is never cached in the TLB.
    pub device: bool,
    /// The memory attribute byte from `MAIR_EL1`.
    pub attr: u8,
    /// Shareability, as in the descriptor.
    pub sh: u8,
    /// What would be permitted, in any regime.
    pub rights: Rights,
    /// Bytes that this one entry translates: a page or a block. 0 with the MMU off.
    pub size: u64,
}

/// A fault status code: `ISS.DFSC` or `IFSC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultStatus(pub u8);

impl FaultStatus {
    /// A table could not be read.
    pub fn is_external(self) -> bool {
        matches!(self.0, 0x14..=0x17)
    }
}

fn address_size(level: u32) -> FaultStatus {
    FaultStatus(level as u8)
}
fn translation(level: u32) -> FaultStatus {
    FaultStatus(0x04 + level as u8)
}
fn access_flag(level: u32) -> FaultStatus {
    FaultStatus(0x08 + level as u8)
}
fn permission(level: u32) -> FaultStatus {
    FaultStatus(0x0c + level as u8)
}
fn external_on_walk(level: u32) -> FaultStatus {
    FaultStatus(0x14 + level as u8)
}

/// One half of the address space, as `TCR_EL1` describes it.
#[derive(Clone, Copy, Debug)]
struct Half {
    ttbr: u64,
    /// Significant input address bits.
    input_bits: u32,
    /// log2 of the granule.
    granule: u32,
    disabled: bool,
    e0pd: bool,
    hpd: bool,
}

/// log2 of the granule selected by `TCR_EL1` for the half of the address space that `va` is in.
pub fn granule_bits(tcr: u64, high: bool) -> u32 {
    // Reserved values behave as 4 KiB.
    match (high, if high { tcr >> 30 & 3 } else { tcr >> 14 & 3 }) {
        (false, 1) | (true, 3) => 16,
        (false, 2) | (true, 1) => 14,
        _ => 12,
    }
}

fn half(tcr: u64, ttbr: u64, high: bool) -> Half {
    let shift = if high { 16 } else { 0 };
    // Sizes outside 16..=39 behave as the nearest one inside (no FEAT_LVA, no FEAT_TTST).
    let size = (tcr >> shift & 0x3f).clamp(16, 39) as u32;
    Half {
        ttbr,
        input_bits: 64 - size,
        granule: granule_bits(tcr, high),
        disabled: tcr >> (7 + shift) & 1 != 0,
        e0pd: tcr >> if high { 56 } else { 55 } & 1 != 0,
        hpd: tcr >> if high { 42 } else { 41 } & 1 != 0,
    }
}

fn output_bits(tcr: u64) -> u32 {
    match tcr >> 32 & 7 {
        0 => 32,
        1 => 36,
        2 => 40,
        3 => 42,
        4 => 44,
        _ => 48,
    }
    .min(PA_BITS)
}

/// Descriptor bits that tables add up on the way down.
#[derive(Default)]
struct Hierarchical {
    read_only: bool,
    no_el0: bool,
    uxn: bool,
    pxn: bool,
}

impl Cpu {
    /// Removes the top-byte tag from a data address, if `TCR_EL1.TBI` says so.
    pub(crate) fn strip_data_tag(&self, va: u64) -> u64 {
        let high = va >> 55 & 1 != 0;
        let tbi = self.state.sys.tcr_el1 >> if high { 38 } else { 37 } & 1 != 0;
        if tbi { ((va << 8) as i64 >> 8) as u64 } else { va }
    }

    /// What the program counter becomes when control goes to `target` by a register, an exception or a return from one
    /// (`AArch64.BranchAddr`).
    #[inline(always)]
    pub(crate) fn branch_address(&self, target: u64) -> u64 {
        // Tags are rare: only look at the translation controls if the top byte is not a plain sign extension.
        let top = (target as i64) >> 55;
        if top == 0 || top == -1 { target } else { self.strip_code_tag(target) }
    }

    /// Removes the tag from a branch target: only where TBI applies to instructions too (`TCR_EL1.TBID` clear).
    fn strip_code_tag(&self, va: u64) -> u64 {
        let high = va >> 55 & 1 != 0;
        let tbid = self.state.sys.tcr_el1 >> if high { 52 } else { 51 } & 1 != 0;
        if tbid { va } else { self.strip_data_tag(va) }
    }

    /// Translates one address (its tag already removed).
    pub(crate) fn translate(&self, va: u64, access: Access, regime: Regime) -> Result<Translation, FaultStatus> {
        let sys = &self.state.sys;
        if sys.sctlr_el1 & 1 == 0 {
            return flat(va, access);
        }
        let high = va >> 55 & 1 != 0;
        let h = half(sys.tcr_el1, if high { sys.ttbr1_el1 } else { sys.ttbr0_el1 }, high);
        let above = (va as i64) >> h.input_bits;
        let in_range = if high { above == -1 } else { above == 0 };
        if !in_range || h.disabled || (h.e0pd && regime == Regime::El0 && access != Access::Fetch) {
            return Err(translation(0));
        }
        if h.e0pd && access == Access::Fetch && self.state.pstate.el == 0 {
            return Err(translation(0));
        }
        let wxn = sys.sctlr_el1 >> 19 & 1 != 0;
        let el = self.state.pstate.el;
        walk(&self.memory, &h, output_bits(sys.tcr_el1), va, sys.mair_el1, wxn, |rights| match access {
            Access::Fetch => rights.executable(el),
            _ => rights.permits(access, regime),
        })
    }
}

/// The MMU is off: addresses are physical, data is Device-nGnRnE, instructions are Normal.
fn flat(va: u64, access: Access) -> Result<Translation, FaultStatus> {
    if va >> PA_BITS != 0 {
        return Err(address_size(0));
    }
    let device = access != Access::Fetch;
    let attr = if device { 0 } else { 0xff };
    Ok(Translation { pa: va, device, attr, sh: 2, rights: Rights::EVERYTHING, size: 0 })
}

fn walk(
    memory: &GuestMemory,
    h: &Half,
    output_bits: u32,
    va: u64,
    mair: u64,
    wxn: bool,
    permitted: impl FnOnce(Rights) -> bool,
) -> Result<Translation, FaultStatus> {
    let stride = h.granule - 3;
    let mut level = 4 - (h.input_bits - h.granule).div_ceil(stride);
    let too_big = |pa: u64| pa >> output_bits != 0;
    // The base of the first table is aligned to its size, which may be less than a page.
    let first_bits = h.input_bits - (h.granule + stride * (3 - level)) + 3;
    let mut table = h.ttbr & 0x0000_ffff_ffff_fffe & !((1u64 << first_bits.max(6)) - 1);
    if too_big(table) {
        return Err(address_size(0));
    }
    let mut from_tables = Hierarchical::default();
    let mut index_bits = first_bits - 3;
    loop {
        let shift = h.granule + stride * (3 - level);
        let index = va >> shift & ((1u64 << index_bits) - 1);
        let Some(d) = memory.load_at::<u64>(table + index * 8) else {
            return Err(external_on_walk(level));
        };
        let oa = d & 0x0000_ffff_ffff_f000;
        let is_table = d & 3 == 3 && level < 3;
        if is_table {
            let next = oa & !((1u64 << h.granule) - 1);
            if too_big(next) {
                return Err(address_size(level));
            }
            if !h.hpd {
                from_tables.read_only |= d >> 62 & 1 != 0;
                from_tables.no_el0 |= d >> 61 & 1 != 0;
                from_tables.uxn |= d >> 60 & 1 != 0;
                from_tables.pxn |= d >> 59 & 1 != 0;
            }
            table = next;
            level += 1;
            index_bits = stride;
            continue;
        }
        let block_allowed = match h.granule {
            12 => level == 1 || level == 2,
            _ => level == 2,
        };
        let leaf_here = if level == 3 { d & 3 == 3 } else { d & 3 == 1 && block_allowed };
        if !leaf_here {
            return Err(translation(level));
        }
        let size = 1u64 << shift;
        let base = oa & !(size - 1);
        if too_big(base) {
            return Err(address_size(level));
        }
        if d >> 10 & 1 == 0 {
            return Err(access_flag(level));
        }
        let leaf = Leaf {
            el0: d >> 6 & 1 != 0 && !from_tables.no_el0,
            read_only: d >> 7 & 1 != 0 || from_tables.read_only,
            uxn: d >> 54 & 1 != 0 || from_tables.uxn,
            pxn: d >> 53 & 1 != 0 || from_tables.pxn,
            guarded: d >> 50 & 1 != 0,
            global: d >> 11 & 1 == 0,
            wxn,
            hidden_from_el0: h.e0pd,
        };
        let rights = leaf.rights();
        if !permitted(rights) {
            return Err(permission(level));
        }
        let attr = (mair >> ((d >> 2 & 7) * 8)) as u8;
        return Ok(Translation {
            pa: base | (va & (size - 1)),
            device: attr & 0xf0 == 0,
            attr,
            sh: (d >> 8 & 3) as u8,
            rights,
            size,
        });
    }
}
