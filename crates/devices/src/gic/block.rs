//! Thirty-two interrupts: what one bit of `IGROUPR<n>`, `ISENABLER<n>`, ... stands for.
//!
//! The registers count interrupts in words of 32, so the model does too: a redistributor owns one block (its SGIs
//! and PPIs), the distributor eight (the SPIs).

use serde::{Deserialize, Serialize};
use vmapple_bus::{Fault, Width};

/// Interrupts in a block.
pub(crate) const BLOCK: usize = 32;

/// The implemented bits of a priority: five, so 32 levels in steps of 8 (IHI 0069, 4.8).
pub(crate) const PRIORITY_MASK: u8 = 0xf8;

/// The guest-visible state of 32 interrupts. Bit or element `i` is interrupt `i` of the block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockState {
    /// 1: Group 1, 0: Group 0.
    pub(crate) group: u32,
    pub(crate) enable: u32,
    /// Pending by an edge, a message or a write to `ISPENDR`; gone when acknowledged.
    pub(crate) latch: u32,
    /// Asserted by `GICD_SETSPI_NSR` while level-sensitive; stays until `GICD_CLRSPI_NSR`.
    pub(crate) message: u32,
    pub(crate) active: u32,
    /// 1: edge-triggered, 0: level-sensitive.
    pub(crate) edge: u32,
    pub(crate) priority: [u8; BLOCK],
}

/// The wires that end here. Not guest-visible state: they follow from the devices that drive them.
#[derive(Clone, Debug, Default)]
struct Inputs {
    /// Wires now high, per interrupt. Several wires on one input are OR-ed. Signed, because two threads that
    /// move one wire may report in either order.
    high: [i32; BLOCK],
    /// The OR-ed levels.
    level: u32,
}

/// A block with its inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) state: BlockState,
    inputs: Inputs,
    /// Interrupts that are always edge-triggered: the SGIs.
    always_edge: u32,
}

/// A register that holds a field for each of several interrupts of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockRegister {
    Group,
    SetEnable,
    ClearEnable,
    SetPending,
    ClearPending,
    SetActive,
    ClearActive,
    /// `count` priorities from interrupt `first`, a byte each.
    Priority {
        first: usize,
        count: usize,
    },
    /// The lower or upper sixteen interrupts, two bits each.
    Config {
        upper: bool,
    },
    /// Reads as zero, ignores writes, when there is one Security state.
    GroupModifier,
    /// Likewise.
    NonSecureAccess,
}

impl BlockRegister {
    /// Which register of which block is at `offset`. The distributor and the SGI frame of a redistributor share
    /// this layout (IHI 0069, 12.8 and 12.10).
    pub(crate) fn decode(offset: u64, width: Width) -> Result<(usize, Self), Fault> {
        use BlockRegister as R;
        let word = |base: u64| (offset.saturating_sub(base) / 4) as usize;
        let (block, register, name) = match offset {
            0x080..=0x0ff => (word(0x080), R::Group, "IGROUPR"),
            0x100..=0x17f => (word(0x100), R::SetEnable, "ISENABLER"),
            0x180..=0x1ff => (word(0x180), R::ClearEnable, "ICENABLER"),
            0x200..=0x27f => (word(0x200), R::SetPending, "ISPENDR"),
            0x280..=0x2ff => (word(0x280), R::ClearPending, "ICPENDR"),
            0x300..=0x37f => (word(0x300), R::SetActive, "ISACTIVER"),
            0x380..=0x3ff => (word(0x380), R::ClearActive, "ICACTIVER"),
            0x400..=0x7ff => {
                // The one array with byte access.
                let first = (offset - 0x400) as usize;
                let count = match width {
                    Width::B1 => 1,
                    Width::B4 => 4,
                    Width::B2 | Width::B8 => return Err(Fault::Width("IPRIORITYR")),
                };
                return Ok((first / BLOCK, R::Priority { first: first % BLOCK, count }));
            }
            0xc00..=0xcff => (word(0xc00) / 2, R::Config { upper: word(0xc00) % 2 == 1 }, "ICFGR"),
            0xd00..=0xd7f => (word(0xd00), R::GroupModifier, "IGRPMODR"),
            0xe00..=0xeff => (word(0xe00) / 2, R::NonSecureAccess, "NSACR"),
            _ => return Err(Fault::NoRegister),
        };
        if width == Width::B4 { Ok((block, register)) } else { Err(Fault::Width(name)) }
    }
}

/// The bit of interrupt `i`; none for an `i` outside the block.
pub(crate) fn bit(i: usize) -> u32 {
    u32::try_from(i).ok().and_then(|i| 1u32.checked_shl(i)).unwrap_or(0)
}

/// The positions of the set bits, lowest first.
pub(crate) fn bits(mut word: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let i = word.trailing_zeros();
        word &= word.checked_sub(1)?;
        Some(i as usize)
    })
}

impl Block {
    /// Sixteen SGIs, always edge-triggered, and sixteen PPIs.
    pub(crate) fn private() -> Self {
        let mut block = Self { always_edge: 0xffff, ..Self::default() };
        block.reset();
        block
    }

    /// A fresh state. The wires keep their levels.
    pub(crate) fn reset(&mut self) {
        self.state = BlockState { edge: self.always_edge, ..BlockState::default() };
    }

    /// Replaces the state, unless this block could not be in it. The wires keep their levels.
    pub(crate) fn load(&mut self, state: BlockState) -> Result<(), String> {
        self.check(&state)?;
        self.state = state;
        Ok(())
    }

    /// Whether this block could be in `state`.
    pub(crate) fn check(&self, state: &BlockState) -> Result<(), String> {
        if state.priority.iter().any(|p| p & !PRIORITY_MASK != 0) {
            return Err("priority has more than five bits".to_owned());
        }
        if state.edge & self.always_edge != self.always_edge {
            return Err("an SGI is level-sensitive".to_owned());
        }
        if self.always_edge != 0 && state.message != 0 {
            return Err("a private interrupt is asserted by a message".to_owned());
        }
        Ok(())
    }

    /// Interrupts that are pending (and possibly active too).
    pub(crate) fn pending(&self) -> u32 {
        self.state.latch | !self.state.edge & (self.inputs.level | self.state.message)
    }

    /// Interrupts of `group` that may be signalled: pending, enabled, not active.
    pub(crate) fn forwardable(&self, group: usize) -> u32 {
        let of_group = if group == 0 { !self.state.group } else { self.state.group };
        self.pending() & self.state.enable & !self.state.active & of_group
    }

    /// Priority of interrupt `i`.
    pub(crate) fn priority(&self, i: usize) -> u8 {
        self.state.priority.get(i).copied().unwrap_or(PRIORITY_MASK)
    }

    /// Makes interrupt `i` pending once.
    pub(crate) fn latch(&mut self, i: usize) {
        self.state.latch |= bit(i);
    }

    /// Pending to active. A level-sensitive interrupt whose level is still there becomes active and pending.
    pub(crate) fn acknowledge(&mut self, i: usize) {
        self.state.latch &= !bit(i);
        self.state.active |= bit(i);
    }

    /// Active to inactive; active and pending to pending.
    pub(crate) fn deactivate(&mut self, i: usize) {
        self.state.active &= !bit(i);
    }

    /// `GICD_SETSPI_NSR` for interrupt `i`.
    pub(crate) fn set_message(&mut self, i: usize) {
        if self.state.edge & bit(i) != 0 {
            self.latch(i);
        } else {
            self.state.message |= bit(i);
        }
    }

    /// `GICD_CLRSPI_NSR` for interrupt `i`.
    pub(crate) fn clear_message(&mut self, i: usize) {
        self.state.latch &= !bit(i);
        self.state.message &= !bit(i);
    }

    /// One of the wires on input `i` went up or down.
    pub(crate) fn wire(&mut self, i: usize, up: bool) {
        let Some(high) = self.inputs.high.get_mut(i) else { return };
        *high = high.saturating_add(if up { 1 } else { -1 });
        let was = self.inputs.level & bit(i) != 0;
        let is = *high > 0;
        if is && !was {
            self.inputs.level |= bit(i);
            self.state.latch |= bit(i) & self.state.edge;
        } else if !is && was {
            self.inputs.level &= !bit(i);
        }
    }

    /// Reads a register.
    pub(crate) fn read(&self, register: BlockRegister) -> u32 {
        use BlockRegister as R;
        let s = &self.state;
        match register {
            R::Group => s.group,
            R::SetEnable | R::ClearEnable => s.enable,
            R::SetPending | R::ClearPending => self.pending(),
            R::SetActive | R::ClearActive => s.active,
            R::Priority { first, count } => {
                let bytes = s.priority.iter().skip(first).take(count);
                bytes.enumerate().fold(0, |word, (i, p)| word | u32::from(*p) << (8 * i))
            }
            R::Config { upper } => {
                let half = if upper { s.edge >> 16 } else { s.edge & 0xffff };
                bits(half).fold(0, |word, i| word | bit(2 * i + 1))
            }
            R::GroupModifier | R::NonSecureAccess => 0,
        }
    }

    /// Writes a register.
    pub(crate) fn write(&mut self, register: BlockRegister, value: u32) {
        use BlockRegister as R;
        let s = &mut self.state;
        match register {
            R::Group => s.group = value,
            R::SetEnable => s.enable |= value,
            R::ClearEnable => s.enable &= !value,
            R::SetPending => s.latch |= value,
            R::ClearPending => s.latch &= !value,
            R::SetActive => s.active |= value,
            R::ClearActive => s.active &= !value,
            R::Priority { first, count } => {
                for (p, byte) in s.priority.iter_mut().skip(first).take(count).zip(value.to_le_bytes()) {
                    *p = byte & PRIORITY_MASK;
                }
            }
            R::Config { upper } => {
                let half = bits(value & 0xaaaa_aaaa).fold(0, |half, b| half | bit(b / 2));
                s.edge = if upper { s.edge & 0xffff | half << 16 } else { s.edge & !0xffff | half };
                s.edge |= self.always_edge;
            }
            R::GroupModifier | R::NonSecureAccess => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_wires_on_one_input_are_ored() {
        let mut b = Block::default();
        b.wire(3, true);
        b.wire(3, true);
        b.wire(3, false);
        assert_eq!(b.pending(), 8);
        b.wire(3, false);
        assert_eq!(b.pending(), 0);
    }

    #[test]
    fn a_wire_whose_two_moves_arrive_in_the_wrong_order_ends_low() {
        let mut b = Block::default();
        b.wire(0, false);
        b.wire(0, true);
        assert_eq!(b.pending(), 0);
        b.wire(0, true);
        assert_eq!(b.pending(), 1);
    }

    #[test]
    fn configuration_uses_the_odd_bit_of_each_pair_and_sgis_stay_edge() {
        let mut b = Block::private();
        b.write(BlockRegister::Config { upper: false }, 0);
        assert_eq!(b.read(BlockRegister::Config { upper: false }), 0xaaaa_aaaa);
        b.write(BlockRegister::Config { upper: true }, 0xffff_fff5);
        assert_eq!(b.read(BlockRegister::Config { upper: true }), 0xaaaa_aaa0);
        assert_eq!(b.state.edge, 0xfffc_ffff);
    }

    #[test]
    fn priorities_keep_five_bits_and_take_single_bytes() {
        let mut b = Block::default();
        b.write(BlockRegister::Priority { first: 4, count: 4 }, 0xffff_ffff);
        b.write(BlockRegister::Priority { first: 5, count: 1 }, 0x47);
        assert_eq!(b.read(BlockRegister::Priority { first: 4, count: 4 }), 0xf8f8_40f8);
    }

    #[test]
    fn a_level_message_stays_until_cleared_and_an_edge_message_is_pending_once() {
        let mut b = Block::default();
        b.set_message(1);
        b.acknowledge(1);
        b.deactivate(1);
        assert_eq!(b.pending(), 2);
        b.clear_message(1);
        assert_eq!(b.pending(), 0);
        b.write(BlockRegister::Config { upper: false }, 0b1000);
        b.set_message(1);
        b.acknowledge(1);
        assert_eq!(b.pending(), 0);
    }

    #[test]
    fn register_arrays_decode_by_manual_offset() {
        use BlockRegister as R;
        assert_eq!(BlockRegister::decode(0x084, Width::B4), Ok((1, R::Group)));
        assert_eq!(BlockRegister::decode(0x427, Width::B1), Ok((1, R::Priority { first: 7, count: 1 })));
        assert_eq!(BlockRegister::decode(0xc0c, Width::B4), Ok((1, R::Config { upper: true })));
        assert_eq!(BlockRegister::decode(0x100, Width::B8), Err(Fault::Width("ISENABLER")));
        assert_eq!(BlockRegister::decode(0x400, Width::B2), Err(Fault::Width("IPRIORITYR")));
        assert_eq!(BlockRegister::decode(0xf00, Width::B4), Err(Fault::NoRegister));
    }
}
