//! PL011 UART: Arm PrimeCell, DDI 0183. The machine's serial port at 0x2001_0000 (`spec/machine.md` 2, 6).
//!
//! Guests use it for their console: the boot ROM, XNU's early output, Linux (`ttyAMA0`), bare-metal programs.
//!
//! Deliberately different from the chip:
//! - The line is infinitely fast and never garbles. Baud rate, word length and parity are kept and have no effect.
//! - Characters written to UARTDR are sent even while UARTEN or TXE is clear, since early consoles write before
//!   anyone enables the UART. They wait in the FIFO only while the host is slower than the guest.
//! - Nothing from the host is ever lost: it stays in the stream until the receive FIFO has room. An overrun happens
//!   in loopback only.
//! - The receive timeout comes at once, see `state.rs`.
//! - In loopback nothing reaches the host.
//! - CTS, DSR and DCD are always asserted outside loopback; RTSEn and CTSEn are kept and have no effect.
//! - No DMA signals, no IrDA, no test registers (0x080..0x08C), no break to or from the host.

mod registers;
mod state;
#[cfg(test)]
mod tests;

use crate::primecell;
use registers::*;
use state::State;
use vmapple_bus::{At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot};
use vmapple_bus::{load_state, save_state};

const KIND: &str = "uart-pl011";
const VERSION: u32 = 1;
/// Output: the combined interrupt.
const UARTINTR: usize = 0;
/// Timer: after a load, offer the transmit FIFO to the stream, which has never been asked for room by this device.
const AFTER_LOAD: u8 = 0;

/// A PL011. It has no configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UartPl011 {
    state: State,
}

/// What the state means for the outside.
struct Outputs {
    uartintr: bool,
}

fn outputs(state: &State) -> Outputs {
    Outputs { uartintr: state.ris.intersects(state.imsc) }
}

impl UartPl011 {
    /// A PL011 after reset.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves what can move between the FIFOs and the stream.
    fn exchange(&mut self, cx: &Cx<'_>) {
        self.state.transmit(|byte| cx.stream.send(byte));
        while self.state.wants_input()
            && let Some(byte) = cx.stream.receive()
        {
            self.state.receive(byte, Errors::empty());
        }
    }

    /// Brings the outputs in line with the state.
    fn sync(&self, cx: &Cx<'_>) {
        cx.set(UARTINTR, outputs(&self.state).uartintr);
    }
}

impl Device for UartPl011 {
    fn read(&mut self, at: At, cx: &mut Cx<'_>) -> Result<u64, Fault> {
        let s = &mut self.state;
        let value = match at.offset {
            UARTDR => s.read_data(),
            UARTRSR_ECR => s.rsr.bits().into(),
            UARTFR => s.fr().bits().into(),
            UARTILPR => s.ilpr.into(),
            UARTIBRD => s.ibrd.into(),
            UARTFBRD => s.fbrd.into(),
            UARTLCR_H => s.lcr_h.bits().into(),
            UARTCR => s.cr.bits().into(),
            UARTIFLS => s.ifls.into(),
            UARTIMSC => s.imsc.bits().into(),
            UARTRIS => s.ris.bits().into(),
            UARTMIS => (s.ris & s.imsc).bits().into(),
            UARTICR => return Err(Fault::WriteOnly("UARTICR")),
            UARTDMACR => s.dmacr.bits().into(),
            offset => return IDENTIFICATION.read(offset).ok_or(Fault::NoRegister),
        };
        // Reading data makes room for more.
        self.exchange(cx);
        self.sync(cx);
        Ok(value)
    }

    fn write(&mut self, at: At, value: u64, cx: &mut Cx<'_>) -> Result<(), Fault> {
        let s = &mut self.state;
        // Every field lies in the low 16 bits, most in the low 8; what lies above is reserved.
        let (half, byte) = (value as u16, value as u8);
        match at.offset {
            UARTDR => s.write_data(byte),
            UARTRSR_ECR => s.rsr = Errors::empty(),
            UARTFR => return Err(Fault::ReadOnly("UARTFR")),
            UARTILPR => s.ilpr = byte,
            UARTIBRD => s.ibrd = half,
            UARTFBRD => s.fbrd = byte & FBRD_BITS,
            UARTLCR_H => s.write_lcr_h(LcrH::from_bits_truncate(byte)),
            UARTCR => s.write_cr(Cr::from_bits_truncate(half)),
            UARTIFLS => s.ifls = byte & IFLS_BITS,
            UARTIMSC => s.imsc = Interrupts::from_bits_truncate(half),
            UARTRIS => return Err(Fault::ReadOnly("UARTRIS")),
            UARTMIS => return Err(Fault::ReadOnly("UARTMIS")),
            UARTICR => s.ris -= Interrupts::from_bits_truncate(half),
            UARTDMACR => s.dmacr = Dmacr::from_bits_truncate(byte),
            offset if IDENTIFICATION.read(offset).is_some() => return Err(Fault::ReadOnly("UARTPeriphID/PCellID")),
            _ => return Err(Fault::NoRegister),
        }
        self.exchange(cx);
        self.sync(cx);
        Ok(())
    }

    fn event(&mut self, what: Event, cx: &mut Cx<'_>) {
        match what {
            Event::Input | Event::Output | Event::Timer(AFTER_LOAD) => self.exchange(cx),
            Event::Timer(_) | Event::Line { .. } | Event::PowerButton => {}
        }
        self.sync(cx);
    }

    fn reset(&mut self, cx: &mut Cx<'_>) {
        self.state = State::default();
        cx.timers.set(AFTER_LOAD, None);
        self.sync(cx);
    }
}

impl Snapshot for UartPl011 {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn save(&self) -> Saved {
        save_state(KIND, VERSION, &self.state)
    }

    fn load(&mut self, saved: &Saved, cx: &mut Cx<'_>) -> Result<(), LoadError> {
        let state: State = load_state(KIND, VERSION, saved)?;
        state.check().map_err(|why| LoadError::State { kind: KIND, why })?;
        self.state = state;
        // Not sent here: a loaded device is exactly the saved one until time goes on.
        cx.timers.set(AFTER_LOAD, (!self.state.tx.is_empty()).then_some(cx.now_ns));
        self.sync(cx);
        Ok(())
    }
}

impl Quiesce for UartPl011 {
    /// Nothing to stop: characters are in the FIFOs, which are saved, or in the stream, which is the host's.
    fn quiesce(&mut self, _: &mut Cx<'_>) {}

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for UartPl011 {
    fn regions(&self) -> Vec<Region> {
        vec![primecell::block("uart")]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["UARTINTR"]
    }
}
