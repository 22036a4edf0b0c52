//! The guest-visible map: addresses of `spec/machine.md` §2, interrupts of §3, CPU numbers of §4.
//!
//! Guests have these numbers baked in. They never change.

/// A range of guest physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// First address.
    pub base: u64,
    /// Size in bytes.
    pub size: u64,
}

/// Most CPUs: the redistributor window holds 32.
pub const MAX_CPUS: u32 = 32;
/// GICv3 distributor.
pub const GIC_DISTRIBUTOR: Block = Block { base: 0x1000_0000, size: 0x1_0000 };
/// GICv3 redistributors, one [`GIC_REDISTRIBUTOR_SIZE`] frame per CPU from the bottom.
pub const GIC_REDISTRIBUTORS: Block = Block { base: 0x1001_0000, size: 0x40_0000 };
/// Bytes of one CPU's redistributor frame.
pub const GIC_REDISTRIBUTOR_SIZE: u64 = 0x2_0000;
/// GICv2m frame: message-signalled interrupts as SPIs.
pub const GIC_V2M: Block = Block { base: 0x1fff_0000, size: 0x1_0000 };
/// PL011 serial port; 64 KiB are reserved for it, one page is decoded.
pub const UART: Block = Block { base: 0x2001_0000, size: 0x1000 };
/// Interrupt of the PL011, as SPI number (INTID minus 32).
pub const UART_SPI: u32 = 1;
/// PL031 clock.
pub const RTC: Block = Block { base: 0x2005_0000, size: 0x1000 };
/// Interrupt of the PL031, as SPI number (INTID minus 32).
pub const RTC_SPI: u32 = 2;
/// PL061 GPIO.
pub const GPIO: Block = Block { base: 0x2006_0000, size: 0x1000 };
/// Interrupt of the PL061, as SPI number (INTID minus 32).
pub const GPIO_SPI: u32 = 5;
/// Input line of the PL061 that the power button drives, high while pressed (§6).
pub const POWER_BUTTON_LINE: u32 = 3;
/// pvpanic's event register.
pub const PVPANIC: Block = Block { base: 0x2007_0000, size: 0x2 };
/// First address of RAM.
pub const RAM_BASE: u64 = 0x7000_0000;

/// INTIDs of a CPU's timer interrupts, all level-sensitive.
pub mod timer {
    /// EL2 physical timer (not fired: there is no EL2).
    pub const HYPERVISOR: u32 = 26;
    /// EL1 virtual timer, the one guests use.
    pub const VIRTUAL: u32 = 27;
    /// Secure EL1 physical timer (not fired: there is one security state).
    pub const SECURE_PHYSICAL: u32 = 29;
    /// Non-secure EL1 physical timer.
    pub const PHYSICAL: u32 = 30;
}

/// Affinity bits of CPU `n`'s `MPIDR_EL1`: Aff0 = n mod 16, Aff1 = n div 16 (§4).
pub fn affinity(n: u32) -> u64 {
    u64::from(n / 16) << 8 | u64::from(n % 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affinities_count_in_sixteens() {
        assert_eq!([0, 15, 16, 31].map(affinity), [0x000, 0x00f, 0x100, 0x10f]);
    }

    #[test]
    fn the_redistributor_window_holds_exactly_the_most_cpus() {
        assert_eq!(GIC_REDISTRIBUTORS.size, u64::from(MAX_CPUS) * GIC_REDISTRIBUTOR_SIZE);
    }
}
