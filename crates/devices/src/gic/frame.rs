//! What the register frames of the distributor and the redistributors have in common.

use vmapple_bus::{Fault, Width};

/// Size of a frame in bytes.
pub(crate) const FRAME: u64 = 0x1_0000;

/// Implementer: Arm (JEP106 0x43B). Product, variant and revision zero, which no guest has a workaround for.
pub(crate) const IIDR_VALUE: u32 = 0x0000_043b;

/// The identification registers that GICD and GICR end with. `part` is the low byte of the part number: 0x92 for a
/// distributor, 0x93 for a redistributor. PIDR2 says architecture revision 3: GICv3.
pub(crate) fn identification(offset: u64, part: u8) -> Option<u32> {
    Some(match offset {
        0xffd0 => 0x44,
        0xffd4 | 0xffd8 | 0xffdc => 0,
        0xffe0 => u32::from(part),
        0xffe4 => 0xb4,
        0xffe8 => 0x3b,
        0xffec => 0,
        0xfff0 => 0x0d,
        0xfff4 => 0xf0,
        0xfff8 => 0x05,
        0xfffc => 0xb1,
        _ => return None,
    })
}

/// The part of a 64-bit register that an access at `offset` names: all of it, or a half.
pub(crate) fn lanes(offset: u64, width: Width, name: &'static str) -> Result<(u32, u64), Fault> {
    match (width, offset & 7) {
        (Width::B8, _) => Ok((0, u64::MAX)),
        (Width::B4, 0) => Ok((0, 0xffff_ffff)),
        (Width::B4, _) => Ok((32, 0xffff_ffff)),
        _ => Err(Fault::Width(name)),
    }
}

/// Checks the width of an access to a 32-bit register.
pub(crate) fn word(width: Width, name: &'static str) -> Result<(), Fault> {
    if width == Width::B4 { Ok(()) } else { Err(Fault::Width(name)) }
}
