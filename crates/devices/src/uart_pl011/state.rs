//! Everything of the PL011 that a guest can change, and the verbs on it.

use super::registers::{Cr, Dmacr, Errors, FBRD_BITS, Fr, IFLS_BITS, IFLS_RESET, Interrupts, LcrH};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Depth of both FIFOs in characters when they are enabled (DDI 0183, 2.4); otherwise each is one register deep.
pub(super) const FIFO_DEPTH: usize = 16;

/// A character in the receive FIFO, with what was wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Received {
    pub(super) byte: u8,
    pub(super) errors: Errors,
}

/// The guest-visible state. Saved as it is; version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) rsr: Errors,
    pub(super) ilpr: u8,
    pub(super) ibrd: u16,
    pub(super) fbrd: u8,
    pub(super) lcr_h: LcrH,
    pub(super) cr: Cr,
    pub(super) ifls: u8,
    pub(super) imsc: Interrupts,
    /// UARTRIS: latched, cleared by UARTICR and by what the guest does to the FIFOs.
    pub(super) ris: Interrupts,
    pub(super) dmacr: Dmacr,
    /// A character was lost since UARTDR was last read.
    pub(super) overrun: bool,
    /// Never longer than [`State::depth`].
    pub(super) tx: VecDeque<u8>,
    /// Never longer than [`State::depth`].
    pub(super) rx: VecDeque<Received>,
}

impl Default for State {
    /// After reset (DDI 0183, table 3-1).
    fn default() -> Self {
        Self {
            rsr: Errors::empty(),
            ilpr: 0,
            ibrd: 0,
            fbrd: 0,
            lcr_h: LcrH::empty(),
            cr: Cr::TXE | Cr::RXE,
            ifls: IFLS_RESET,
            imsc: Interrupts::empty(),
            ris: Interrupts::empty(),
            dmacr: Dmacr::empty(),
            overrun: false,
            tx: VecDeque::new(),
            rx: VecDeque::new(),
        }
    }
}

impl State {
    /// How many characters each FIFO holds now.
    pub(super) fn depth(&self) -> usize {
        if self.lcr_h.contains(LcrH::FEN) { FIFO_DEPTH } else { 1 }
    }

    /// Characters at which a selector of UARTIFLS interrupts: 1/8, 1/4, 1/2, 3/4, 7/8 of the depth. The reserved
    /// selectors act as the highest.
    fn level(&self, selector: u8) -> usize {
        match selector & 7 {
            0 => FIFO_DEPTH / 8,
            1 => FIFO_DEPTH / 4,
            2 => FIFO_DEPTH / 2,
            3 => FIFO_DEPTH * 3 / 4,
            _ => FIFO_DEPTH * 7 / 8,
        }
    }

    /// The transmit interrupt comes when the FIFO holds no more than this.
    fn tx_level(&self) -> usize {
        if self.lcr_h.contains(LcrH::FEN) { self.level(self.ifls) } else { 0 }
    }

    /// The receive interrupt comes when the FIFO holds at least this.
    fn rx_level(&self) -> usize {
        if self.lcr_h.contains(LcrH::FEN) { self.level(self.ifls >> 3) } else { 1 }
    }

    /// The modem inputs. The host's end is always there and ready; in loopback they are the modem outputs.
    fn modem(&self) -> Fr {
        if !self.cr.contains(Cr::LBE) {
            return Fr::CTS | Fr::DSR | Fr::DCD;
        }
        let looped = [(Cr::RTS, Fr::CTS), (Cr::DTR, Fr::DSR), (Cr::OUT1, Fr::DCD), (Cr::OUT2, Fr::RI)];
        looped.into_iter().filter(|(out, _)| self.cr.contains(*out)).map(|(_, input)| input).collect()
    }

    /// UARTFR.
    pub(super) fn fr(&self) -> Fr {
        let mut fr = self.modem();
        fr.set(Fr::BUSY, !self.tx.is_empty());
        fr.set(Fr::RXFE, self.rx.is_empty());
        fr.set(Fr::TXFF, self.tx.len() >= self.depth());
        fr.set(Fr::RXFF, self.rx.len() >= self.depth());
        fr.set(Fr::TXFE, self.tx.is_empty());
        fr
    }

    /// Enabled to receive.
    fn hears(&self) -> bool {
        self.cr.contains(Cr::UARTEN | Cr::RXE)
    }

    /// Ready for a character from the host: enabled, not looped back, and with room.
    pub(super) fn wants_input(&self) -> bool {
        self.hears() && !self.cr.contains(Cr::LBE) && self.rx.len() < self.depth()
    }

    /// A character arrives. A full FIFO keeps what it has and loses this one.
    pub(super) fn receive(&mut self, byte: u8, errors: Errors) {
        if self.rx.len() >= self.depth() {
            self.overrun = true;
            self.rsr |= Errors::OE;
            self.ris |= Interrupts::OE;
            return;
        }
        self.rx.push_back(Received { byte, errors });
        // The framing, parity and break interrupts stand in the order of the error bits.
        self.ris |= Interrupts::from_bits_truncate(u16::from(errors.bits()) << 7);
        if self.rx.len() >= self.rx_level() {
            self.ris |= Interrupts::RX;
        }
        self.silence();
    }

    /// The line falls silent after each character, as the host sends none until asked: what waits, at any level,
    /// raises the receive timeout at once instead of after 32 bit periods, so that it is never overlooked.
    fn silence(&mut self) {
        self.ris.set(Interrupts::RT, !self.rx.is_empty());
    }

    /// The guest reads UARTDR. An empty FIFO reads as zero.
    pub(super) fn read_data(&mut self) -> u64 {
        let Some(Received { byte, mut errors }) = self.rx.pop_front() else { return 0 };
        self.rsr = self.rsr & Errors::OE | errors;
        errors.set(Errors::OE, std::mem::take(&mut self.overrun));
        if self.rx.len() < self.rx_level() {
            self.ris -= Interrupts::RX;
        }
        self.silence();
        u64::from(byte) | u64::from(errors.bits()) << 8
    }

    /// The guest writes UARTDR. A full FIFO loses the character.
    pub(super) fn write_data(&mut self, byte: u8) {
        if self.tx.len() < self.depth() {
            self.tx.push_back(byte);
        }
        if self.tx.len() > self.tx_level() {
            self.ris -= Interrupts::TX;
        }
    }

    /// Sends what the transmit FIFO holds until `send` refuses, or into the receive FIFO in loopback.
    ///
    /// The transmit interrupt is an edge: the FIFO falling to its level. The line is infinitely fast, so each
    /// character that leaves counts as one that the FIFO had filled above its level.
    pub(super) fn transmit(&mut self, send: impl Fn(u8) -> bool) {
        while let Some(&byte) = self.tx.front() {
            if self.cr.contains(Cr::LBE) {
                if self.hears() {
                    self.receive(byte, Errors::empty());
                }
            } else if !send(byte) {
                return;
            }
            self.tx.pop_front();
            if self.tx.len() <= self.tx_level() {
                self.ris |= Interrupts::TX;
            }
        }
    }

    /// The guest writes UARTLCR_H. Disabling the FIFOs empties them (DDI 0183, 3.3.8: how a guest flushes them).
    pub(super) fn write_lcr_h(&mut self, new: LcrH) {
        let old = std::mem::replace(&mut self.lcr_h, new);
        if old.difference(new).contains(LcrH::FEN) {
            self.tx.clear();
            self.rx.clear();
            self.ris -= Interrupts::RX | Interrupts::RT;
        }
        // A break is one character of zeros, however long it lasts; only loopback has someone to hear it.
        if new.difference(old).contains(LcrH::BRK) && self.cr.contains(Cr::LBE) && self.hears() {
            self.receive(0, Errors::BE);
        }
    }

    /// The guest writes UARTCR. Changes on the modem inputs, which only loopback can cause, interrupt.
    pub(super) fn write_cr(&mut self, new: Cr) {
        let before = self.modem();
        self.cr = new;
        let changed = before ^ self.modem();
        let interrupts = [
            (Fr::RI, Interrupts::RI),
            (Fr::CTS, Interrupts::CTS),
            (Fr::DCD, Interrupts::DCD),
            (Fr::DSR, Interrupts::DSR),
        ];
        self.ris.extend(interrupts.into_iter().filter(|(flag, _)| changed.contains(*flag)).map(|(_, i)| i));
    }

    /// Whether guest writes could have led here; if not, the field that tells.
    pub(super) fn check(&self) -> Result<(), String> {
        let holds = [
            ("rsr", Errors::from_bits(self.rsr.bits()).is_some()),
            ("fbrd", self.fbrd & !FBRD_BITS == 0),
            ("lcr_h", LcrH::from_bits(self.lcr_h.bits()).is_some()),
            ("cr", Cr::from_bits(self.cr.bits()).is_some()),
            ("ifls", self.ifls & !IFLS_BITS == 0),
            ("imsc", Interrupts::from_bits(self.imsc.bits()).is_some()),
            ("ris", Interrupts::from_bits(self.ris.bits()).is_some()),
            ("dmacr", Dmacr::from_bits(self.dmacr.bits()).is_some()),
            ("tx", self.tx.len() <= self.depth()),
            ("rx", self.rx.len() <= self.depth()),
            ("rx", self.rx.iter().all(|r| (Errors::all() - Errors::OE).contains(r.errors))),
        ];
        match holds.into_iter().find(|(_, holds)| !holds) {
            None => Ok(()),
            Some((field, _)) => Err(format!("{field} holds a value it cannot have")),
        }
    }
}
