//! The register block of the PL011, as the Technical Reference Manual prints it (Arm DDI 0183, chapter 3).
//!
//! | Offset | Name | Access | Reset | |
//! | --- | --- | --- | --- | --- |
//! | 0x000 | UARTDR | RW | – | data, and the errors it came with |
//! | 0x004 | UARTRSR/ECR | RW | 0 | errors of the data last read; any write clears them |
//! | 0x018 | UARTFR | RO | 0x97 | flags |
//! | 0x020 | UARTILPR | RW | 0 | IrDA divisor; kept, no effect |
//! | 0x024 | UARTIBRD | RW | 0 | baud rate divisor, integer part; kept, no effect |
//! | 0x028 | UARTFBRD | RW | 0 | the same, fraction; kept, no effect |
//! | 0x02C | UARTLCR_H | RW | 0 | line control |
//! | 0x030 | UARTCR | RW | 0x300 | control |
//! | 0x034 | UARTIFLS | RW | 0x12 | FIFO levels that interrupt |
//! | 0x038 | UARTIMSC | RW | 0 | interrupt mask |
//! | 0x03C | UARTRIS | RO | 0 | interrupts before the mask |
//! | 0x040 | UARTMIS | RO | 0 | interrupts after the mask |
//! | 0x044 | UARTICR | WO | – | write one to clear |
//! | 0x048 | UARTDMACR | RW | 0 | DMA control; kept, no effect |
//! | 0xFE0 | UARTPeriphID0-3, UARTPCellID0-3 | RO | 11 10 14 00, 0D F0 05 B1 | |

use crate::primecell::Identification;
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

pub(super) const UARTDR: u64 = 0x000;
/// UARTRSR when read, UARTECR when written.
pub(super) const UARTRSR_ECR: u64 = 0x004;
pub(super) const UARTFR: u64 = 0x018;
pub(super) const UARTILPR: u64 = 0x020;
pub(super) const UARTIBRD: u64 = 0x024;
pub(super) const UARTFBRD: u64 = 0x028;
pub(super) const UARTLCR_H: u64 = 0x02c;
pub(super) const UARTCR: u64 = 0x030;
pub(super) const UARTIFLS: u64 = 0x034;
pub(super) const UARTIMSC: u64 = 0x038;
pub(super) const UARTRIS: u64 = 0x03c;
pub(super) const UARTMIS: u64 = 0x040;
pub(super) const UARTICR: u64 = 0x044;
pub(super) const UARTDMACR: u64 = 0x048;

/// UARTPeriphID0-3 and UARTPCellID0-3 (`spec/machine.md` 6): part 0x011, designer Arm, revision 1.
pub(super) const IDENTIFICATION: Identification = Identification([0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);

/// UARTFBRD: BAUD DIVFRAC, six bits.
pub(super) const FBRD_BITS: u8 = 0x3f;
/// UARTIFLS: TXIFLSEL in bits 2:0 and RXIFLSEL in bits 5:3.
pub(super) const IFLS_BITS: u8 = 0x3f;
/// UARTIFLS after reset: both FIFOs at half.
pub(super) const IFLS_RESET: u8 = 0x12;

bitflags! {
    /// What can be wrong with a received character: UARTRSR, and UARTDR shifted left by 8.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Errors: u8 {
        /// Framing error.
        const FE = 1 << 0;
        /// Parity error.
        const PE = 1 << 1;
        /// Break error.
        const BE = 1 << 2;
        /// Overrun error.
        const OE = 1 << 3;
    }

    /// UARTFR. The modem flags are 1 when the (active low) line is asserted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Fr: u16 {
        /// Clear to send.
        const CTS = 1 << 0;
        /// Data set ready.
        const DSR = 1 << 1;
        /// Data carrier detect.
        const DCD = 1 << 2;
        /// Transmitting: the transmit FIFO is not empty.
        const BUSY = 1 << 3;
        /// Receive FIFO empty.
        const RXFE = 1 << 4;
        /// Transmit FIFO full.
        const TXFF = 1 << 5;
        /// Receive FIFO full.
        const RXFF = 1 << 6;
        /// Transmit FIFO empty.
        const TXFE = 1 << 7;
        /// Ring indicator.
        const RI = 1 << 8;
    }

    /// UARTLCR_H.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct LcrH: u8 {
        /// Send break.
        const BRK = 1 << 0;
        /// Parity enable.
        const PEN = 1 << 1;
        /// Even parity select.
        const EPS = 1 << 2;
        /// Two stop bits select.
        const STP2 = 1 << 3;
        /// Enable FIFOs.
        const FEN = 1 << 4;
        /// Word length: 5, 6, 7 or 8 bits.
        const WLEN = 0b11 << 5;
        /// Stick parity select.
        const SPS = 1 << 7;
    }

    /// UARTCR.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Cr: u16 {
        /// UART enable.
        const UARTEN = 1 << 0;
        /// SIR (IrDA) enable.
        const SIREN = 1 << 1;
        /// SIR low-power mode.
        const SIRLP = 1 << 2;
        /// Loopback enable.
        const LBE = 1 << 7;
        /// Transmit enable.
        const TXE = 1 << 8;
        /// Receive enable.
        const RXE = 1 << 9;
        /// Data transmit ready.
        const DTR = 1 << 10;
        /// Request to send.
        const RTS = 1 << 11;
        /// Modem output 1, used as data carrier detect.
        const OUT1 = 1 << 12;
        /// Modem output 2, used as ring indicator.
        const OUT2 = 1 << 13;
        /// RTS hardware flow control enable.
        const RTSEN = 1 << 14;
        /// CTS hardware flow control enable.
        const CTSEN = 1 << 15;
    }

    /// The interrupts: UARTIMSC, UARTRIS, UARTMIS, UARTICR.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Interrupts: u16 {
        /// Ring indicator changed.
        const RI = 1 << 0;
        /// Clear to send changed.
        const CTS = 1 << 1;
        /// Data carrier detect changed.
        const DCD = 1 << 2;
        /// Data set ready changed.
        const DSR = 1 << 3;
        /// Receive: the FIFO reached its level.
        const RX = 1 << 4;
        /// Transmit: the FIFO fell to its level.
        const TX = 1 << 5;
        /// Receive timeout: data waits and no more comes.
        const RT = 1 << 6;
        /// Framing error.
        const FE = 1 << 7;
        /// Parity error.
        const PE = 1 << 8;
        /// Break error.
        const BE = 1 << 9;
        /// Overrun error.
        const OE = 1 << 10;
    }

    /// UARTDMACR.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Dmacr: u8 {
        /// Receive DMA enable.
        const RXDMAE = 1 << 0;
        /// Transmit DMA enable.
        const TXDMAE = 1 << 1;
        /// DMA on error.
        const DMAONERR = 1 << 2;
    }
}
