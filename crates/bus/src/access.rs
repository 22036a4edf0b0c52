//! How a register block may be accessed, decided before any device code runs.

/// Width of one access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// 1 byte.
    B1,
    /// 2 bytes.
    B2,
    /// 4 bytes.
    B4,
    /// 8 bytes.
    B8,
}

impl Width {
    /// All widths, narrowest first.
    pub const ALL: [Width; 4] = [Width::B1, Width::B2, Width::B4, Width::B8];

    /// Size in bytes: 1, 2, 4 or 8.
    pub const fn bytes(self) -> u64 {
        match self {
            Width::B1 => 1,
            Width::B2 => 2,
            Width::B4 => 4,
            Width::B8 => 8,
        }
    }

    /// The bits of a value of this width.
    pub const fn mask(self) -> u64 {
        u64::MAX >> (64 - 8 * self.bytes())
    }

    /// The width of `bytes`, if there is one.
    pub const fn of_bytes(bytes: u64) -> Option<Width> {
        match bytes {
            1 => Some(Width::B1),
            2 => Some(Width::B2),
            4 => Some(Width::B4),
            8 => Some(Width::B8),
            _ => None,
        }
    }
}

/// Which register an access names. The bus has already checked width, alignment and containment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Index of the region in the device's own list ([`crate::Part::regions`]).
    pub region: usize,
    /// Offset in the region, a multiple of the width unless the region allows unaligned accesses.
    pub offset: u64,
    /// Width of the access.
    pub width: Width,
}

/// What happens to an access narrower than the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrow {
    /// The device sees the access as it is and decides itself.
    Pass,
    /// Served only at a register's own offset (its low bytes): reads return the register's low bits, writes
    /// carry the value zero-extended. Elsewhere reads as zero and ignores writes, without touching the device, so
    /// that reading the middle of a register never has a side effect.
    AtBase,
    /// Reads as zero, writes ignored.
    Ignore,
}

/// Access policy of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Width of the registers: narrower accesses follow `narrow`.
    pub register: Width,
    /// Widest access the device takes whole. A wider one is split into pieces of this width, low address first.
    pub widest: Width,
    /// Rule for accesses narrower than `register`.
    pub narrow: Narrow,
}

impl Access {
    /// 32-bit registers that also answer 8- and 16-bit accesses at their own offset: the PrimeCells.
    pub const WORDS: Access = Access { register: Width::B4, widest: Width::B4, narrow: Narrow::AtBase };
    /// Single bytes; wider accesses are that many byte accesses.
    pub const BYTES: Access = Access { register: Width::B1, widest: Width::B1, narrow: Narrow::Pass };
    /// The device takes any width and decides itself: the GIC.
    pub const ANY: Access = Access { register: Width::B8, widest: Width::B8, narrow: Narrow::Pass };
}

/// A range of guest physical addresses that a device answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The part of the device, as the manual names it, for logs and the printed board.
    pub name: &'static str,
    /// Size in bytes.
    pub size: u64,
    /// Access policy.
    pub access: Access,
}

/// One piece of a guest access, after the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Call the device.
    Device {
        /// Offset in the region.
        offset: u64,
        /// Width of the call.
        width: Width,
        /// Byte position of this piece in the guest's value.
        lane: u64,
    },
    /// Read as zero, ignore writes.
    Nothing,
}

/// Splits a guest access into device calls. `offset + width` may pass the region's end: what lies beyond is
/// unassigned and never reaches the neighbour (`spec/machine.md`, Bad input). `offset` lies below `size`.
///
/// Public so that a test bench applies the same rule as the [`crate::Bus`].
pub fn pieces(access: Access, size: u64, offset: u64, width: Width) -> impl Iterator<Item = Piece> {
    let step = width.min(access.widest);
    let count = width.bytes() / step.bytes();
    (0..count).map(move |i| {
        let lane = i * step.bytes();
        let at = offset + lane;
        if at + step.bytes() > size || !at.is_multiple_of(step.bytes()) {
            return Piece::Nothing;
        }
        let narrow = step < access.register;
        match access.narrow {
            Narrow::AtBase if narrow && !at.is_multiple_of(access.register.bytes()) => Piece::Nothing,
            Narrow::Ignore if narrow => Piece::Nothing,
            _ => Piece::Device { offset: at, width: step, lane },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(access: Access, size: u64, offset: u64, width: Width) -> Vec<Piece> {
        pieces(access, size, offset, width).collect()
    }

    #[test]
    fn wide_accesses_split_low_half_first() {
        let d = |offset, lane| Piece::Device { offset, width: Width::B4, lane };
        assert_eq!(list(Access::WORDS, 0x1000, 8, Width::B8), [d(8, 0), d(12, 4)]);
    }

    #[test]
    fn narrow_accesses_reach_only_a_registers_own_offset() {
        assert_eq!(list(Access::WORDS, 0x1000, 0, Width::B1), [Piece::Device { offset: 0, width: Width::B1, lane: 0 }]);
        assert_eq!(list(Access::WORDS, 0x1000, 1, Width::B1), [Piece::Nothing]);
        assert_eq!(list(Access::WORDS, 0x1000, 2, Width::B2), [Piece::Nothing]);
    }

    #[test]
    fn access_past_the_end_stops_at_the_end() {
        let b = |offset| Piece::Device { offset, width: Width::B1, lane: offset };
        assert_eq!(list(Access::BYTES, 2, 0, Width::B4), [b(0), b(1), Piece::Nothing, Piece::Nothing]);
        assert_eq!(list(Access::ANY, 0x1_0000, 0xfffc, Width::B8), [Piece::Nothing]);
    }

    #[test]
    fn unaligned_accesses_never_reach_a_device() {
        assert_eq!(list(Access::ANY, 0x1000, 2, Width::B4), [Piece::Nothing]);
    }
}
