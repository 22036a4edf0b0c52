use super::registers::*;
use super::{UartPl011, state::FIFO_DEPTH};
use serde_json::json;
use vmapple_bus::{Event, Fault, LoadError, Width};
use vmapple_testkit::{Bench, check_part};

/// FEN and eight bits, as every guest sets it.
const FIFOS_ON: u32 = 0x70;
const ENABLED: u32 = 0x301;
const TXFF: u32 = 1 << 5;
const RXFE: u32 = 1 << 4;
const BUSY: u32 = 1 << 3;
const RX: u32 = 1 << 4;
const TX: u32 = 1 << 5;
const RT: u32 = 1 << 6;
const BE: u32 = 1 << 9;
const OE: u32 = 1 << 10;
const LBE: u32 = 1 << 7;

fn bench() -> Bench<UartPl011> {
    Bench::new(UartPl011::new())
}

/// Enabled, FIFOs on.
fn running() -> Bench<UartPl011> {
    let mut b = bench();
    b.w32(UARTLCR_H, FIFOS_ON);
    b.w32(UARTCR, ENABLED);
    b
}

/// A stream that takes no more, and the characters it took to get there.
fn fill_stream(b: &Bench<UartPl011>) -> usize {
    (0..).take_while(|_| b.stream().send(b'.')).count()
}

#[test]
fn passes_every_generic_check() {
    check_part(UartPl011::new);
}

#[test]
fn registers_reset_as_the_manual_says() {
    let mut b = bench();
    let reset = [
        (UARTDR, 0),
        (UARTRSR_ECR, 0),
        (UARTFR, 0x97),
        (UARTILPR, 0),
        (UARTIBRD, 0),
        (UARTFBRD, 0),
        (UARTLCR_H, 0),
        (UARTCR, 0x300),
        (UARTIFLS, 0x12),
        (UARTIMSC, 0),
        (UARTRIS, 0),
        (UARTMIS, 0),
        (UARTDMACR, 0),
    ];
    for (offset, value) in reset {
        assert_eq!(b.r32(offset), value, "{offset:#x}");
        assert_eq!(b.fault(), None);
    }
    let id: Vec<_> = (0..8).map(|i| b.r32(0xfe0 + 4 * i)).collect();
    assert_eq!(id, [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
}

#[test]
fn reserved_bits_read_zero() {
    let mut b = bench();
    let writable = [
        (UARTILPR, 0xff),
        (UARTIBRD, 0xffff),
        (UARTFBRD, 0x3f),
        (UARTLCR_H, 0xff),
        (UARTCR, 0xff87),
        (UARTIFLS, 0x3f),
        (UARTIMSC, 0x7ff),
        (UARTDMACR, 0x7),
    ];
    for (offset, bits) in writable {
        b.w32(offset, u32::MAX);
        assert_eq!(b.r32(offset), bits, "{offset:#x}");
    }
}

#[test]
fn xnu_sequence_writes_and_reads_the_console() {
    let mut b = bench();
    b.w32(UARTCR, 0x300);
    b.w32(UARTLCR_H, FIFOS_ON);
    b.w32(UARTCR, ENABLED);
    for c in b"xnu" {
        assert_eq!(b.r32(UARTFR) & TXFF, 0);
        b.w32(UARTDR, (*c).into());
    }
    assert_eq!(b.host_takes(), b"xnu");
    assert_eq!(b.r32(UARTFR) & RXFE, RXFE);
    b.host_gives(b"y");
    assert_eq!(b.r32(UARTFR) & RXFE, 0);
    assert_eq!(b.r32(UARTDR), u32::from(b'y'));
    assert_eq!(b.r32(UARTFR) & RXFE, RXFE);
}

#[test]
fn early_console_may_write_before_anything_is_enabled() {
    let mut b = bench();
    b.w8(UARTDR, b'a');
    b.w32(UARTCR, 0);
    b.w32(UARTDR, u32::from(b'b'));
    assert_eq!(b.host_takes(), b"ab");
}

#[test]
fn transmit_interrupt_is_an_edge_and_not_there_before_the_first_character() {
    let mut b = running();
    b.w32(UARTIMSC, TX);
    assert!(!b.wire("UARTINTR"), "enabling alone must not interrupt");
    b.w32(UARTDR, u32::from(b'a'));
    assert!(b.wire("UARTINTR"));
    assert_eq!(b.r32(UARTMIS), TX);
    b.w32(UARTICR, TX);
    assert!(!b.wire("UARTINTR"), "cleared although the FIFO is empty");
}

#[test]
fn linux_primes_the_fifo_then_goes_on_by_interrupt() {
    let mut b = running();
    let full = fill_stream(&b);
    b.w32(UARTICR, 0x7ff);
    let text: Vec<u8> = (b'a'..=b'z').collect();
    let mut rest = text.iter();
    while b.r32(UARTFR) & TXFF == 0 {
        b.w32(UARTDR, (*rest.next().unwrap()).into());
    }
    assert_eq!(rest.len(), text.len() - FIFO_DEPTH);
    b.w32(UARTIMSC, TX);
    assert!(!b.wire("UARTINTR"), "nothing has left the FIFO yet");
    assert_eq!(b.host_takes().len(), full);
    assert!(b.wire("UARTINTR"), "the FIFO emptied when the host made room");
    for c in rest {
        b.w32(UARTDR, (*c).into());
    }
    b.w32(UARTIMSC, 0);
    assert!(!b.wire("UARTINTR"));
    assert_eq!(b.host_takes(), text);
}

#[test]
fn transmit_level_decides_when_a_slow_host_interrupts() {
    for (selector, level) in [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14), (5, 14), (7, 14)] {
        let mut b = running();
        b.w32(UARTIFLS, selector);
        fill_stream(&b);
        for _ in 0..level {
            b.w32(UARTDR, 0);
        }
        assert_eq!(b.r32(UARTRIS) & TX, 0, "nothing fell");
        b.host_takes();
        assert_eq!(b.r32(UARTRIS) & TX, TX);
        fill_stream(&b);
        for n in 1..=FIFO_DEPTH {
            b.w32(UARTDR, 0);
            assert_eq!(b.r32(UARTRIS) & TX == 0, n > level, "selector {selector}, {n} waiting");
        }
    }
}

#[test]
fn full_fifo_is_busy_and_drops_what_does_not_fit() {
    let mut b = running();
    fill_stream(&b);
    for c in 0..40 {
        b.w32(UARTDR, c);
    }
    assert_eq!(b.r32(UARTFR) & (TXFF | BUSY), TXFF | BUSY);
    b.host_takes();
    assert_eq!(b.host_takes(), (0..16).collect::<Vec<u8>>());
    assert_eq!(b.r32(UARTFR) & (TXFF | BUSY), 0);
}

#[test]
fn without_fifos_one_character_fills_it() {
    let mut b = bench();
    b.w32(UARTCR, ENABLED);
    fill_stream(&b);
    b.w32(UARTDR, 1);
    assert_eq!(b.r32(UARTFR) & TXFF, TXFF);
    b.host_gives(&[2, 3]);
    assert_eq!(b.r32(UARTFR) & (1 << 6), 1 << 6);
    assert_eq!(b.r32(UARTRIS) & RX, RX);
    assert_eq!([b.r32(UARTDR), b.r32(UARTDR)], [2, 3]);
    assert_eq!(b.r32(UARTRIS) & (RX | RT), 0);
}

#[test]
fn a_single_character_below_the_level_raises_the_receive_timeout() {
    let mut b = running();
    b.w32(UARTIMSC, RX | RT);
    b.host_gives(b"k");
    assert_eq!(b.r32(UARTMIS), RT);
    assert!(b.wire("UARTINTR"));
    assert_eq!(b.r32(UARTDR), u32::from(b'k'));
    assert!(!b.wire("UARTINTR"));
}

#[test]
fn receive_interrupt_follows_the_level() {
    for (selector, level) in [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14), (6, 14)] {
        let mut b = running();
        b.w32(UARTIFLS, selector << 3);
        for n in 1..=FIFO_DEPTH {
            b.host_gives(&[n as u8]);
            assert_eq!(b.r32(UARTRIS) & RX == RX, n >= level, "selector {selector}, {n} waiting");
        }
        for n in (0..FIFO_DEPTH).rev() {
            b.r32(UARTDR);
            assert_eq!(b.r32(UARTRIS) & RX == RX, n >= level, "selector {selector}, {n} left");
        }
    }
}

#[test]
fn timeout_cleared_too_early_comes_back_while_data_waits() {
    let mut b = running();
    b.w32(UARTIMSC, RT);
    b.host_gives(b"ab");
    b.w32(UARTICR, RT);
    assert!(!b.wire("UARTINTR"));
    b.r32(UARTDR);
    assert!(b.wire("UARTINTR"), "b still waits");
}

#[test]
fn long_input_never_overruns_and_keeps_its_order() {
    let mut b = running();
    let paste: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
    assert_eq!(b.host_gives(&paste), paste.len());
    let mut got = vec![];
    while b.r32(UARTFR) & RXFE == 0 {
        let data = b.r32(UARTDR);
        assert_eq!(data >> 8, 0, "no errors");
        got.push(data as u8);
    }
    assert_eq!(got, paste);
    assert_eq!(b.r32(UARTRIS) & OE, 0);
}

#[test]
fn input_waits_in_the_stream_until_the_receiver_is_enabled() {
    let mut b = bench();
    b.host_gives(b"wait");
    for disabled in [0, 0x1, 0x200, 0x300] {
        b.w32(UARTCR, disabled);
        assert_eq!(b.r32(UARTFR) & RXFE, RXFE, "{disabled:#x}");
    }
    b.w32(UARTCR, 0x201);
    assert_eq!(b.r32(UARTDR), u32::from(b'w'));
    // Enabling the FIFOs late loses nothing.
    b.w32(UARTLCR_H, FIFOS_ON);
    assert_eq!([b.r32(UARTDR), b.r32(UARTDR), b.r32(UARTDR)], [b'a', b'i', b't'].map(u32::from));
}

#[test]
fn disabling_the_fifos_empties_them() {
    let mut b = running();
    b.host_gives(b"0123456789abcdef");
    fill_stream(&b);
    b.w32(UARTDR, 1);
    b.w32(UARTCR, 0);
    b.w32(UARTLCR_H, 0);
    assert_eq!(b.r32(UARTFR) & (RXFE | BUSY), RXFE);
    assert_eq!(b.r32(UARTRIS) & (RX | RT), 0);
}

#[test]
fn loopback_returns_characters_and_keeps_them_from_the_host() {
    let mut b = running();
    b.host_gives(b"");
    b.w32(UARTCR, ENABLED | LBE);
    b.w32(UARTDR, 0x55);
    b.host_gives(b"outside");
    assert_eq!(b.r32(UARTDR), 0x55);
    assert_eq!(b.r32(UARTFR) & RXFE, RXFE, "the host's characters wait outside");
    assert_eq!(b.host_takes(), b"");
    b.w32(UARTCR, ENABLED);
    assert_eq!(b.r32(UARTDR), u32::from(b'o'));
}

#[test]
fn loopback_overrun_keeps_the_old_and_marks_the_next_read() {
    let mut b = running();
    b.w32(UARTCR, ENABLED | LBE);
    for c in 0..20 {
        b.w32(UARTDR, c);
    }
    assert_eq!(b.r32(UARTRIS) & OE, OE);
    assert_eq!(b.r32(UARTRSR_ECR), 1 << 3);
    assert_eq!(b.r32(UARTDR), 1 << 11);
    assert_eq!(b.r32(UARTDR), 1, "only once");
    assert_eq!(b.r32(UARTRSR_ECR), 1 << 3, "until it is cleared");
    b.w32(UARTRSR_ECR, 0);
    assert_eq!(b.r32(UARTRSR_ECR), 0);
    b.w32(UARTICR, OE);
    assert_eq!(b.r32(UARTRIS) & OE, 0);
}

#[test]
fn loopback_break_is_one_zero_with_a_break_error() {
    let mut b = running();
    b.w32(UARTCR, ENABLED | LBE);
    b.w32(UARTLCR_H, FIFOS_ON | 1);
    b.w32(UARTLCR_H, FIFOS_ON | 1);
    assert_eq!(b.r32(UARTRIS) & BE, BE);
    assert_eq!(b.r32(UARTDR), 1 << 10);
    assert_eq!(b.r32(UARTRSR_ECR), 1 << 2);
    assert_eq!(b.r32(UARTFR) & RXFE, RXFE, "a long break is still one");
}

#[test]
fn loopback_connects_the_modem_lines_and_changes_interrupt() {
    let mut b = running();
    let modem = |b: &mut Bench<UartPl011>| b.r32(UARTFR) & 0x107;
    assert_eq!(modem(&mut b), 0x7, "the host is always ready");
    b.w32(UARTCR, ENABLED | LBE);
    assert_eq!((modem(&mut b), b.r32(UARTRIS) & 0xf), (0, 0b1110));
    b.w32(UARTICR, 0xf);
    for (out, flag, interrupt) in [(11, 1 << 0, 1 << 1), (10, 1 << 1, 1 << 3), (12, 1 << 2, 1 << 2), (13, 1 << 8, 1)] {
        b.w32(UARTCR, ENABLED | LBE | 1 << out);
        assert_eq!((modem(&mut b), b.r32(UARTRIS) & 0xf), (flag, interrupt));
        b.w32(UARTCR, ENABLED | LBE);
        b.w32(UARTICR, 0xf);
    }
}

#[test]
fn write_only_read_only_and_absent_registers_fault() {
    let mut b = bench();
    assert_eq!((b.r32(UARTICR), b.fault()), (0, Some(Fault::WriteOnly("UARTICR"))));
    for (offset, name) in [(UARTFR, "UARTFR"), (UARTRIS, "UARTRIS"), (UARTMIS, "UARTMIS")] {
        b.w32(offset, u32::MAX);
        assert_eq!(b.fault(), Some(Fault::ReadOnly(name)));
    }
    b.w32(0xfe0, 0);
    assert_eq!(b.fault(), Some(Fault::ReadOnly("UARTPeriphID/PCellID")));
    for offset in [0x008, 0x01c, 0x04c, 0x080, 0x08c, 0xfdc] {
        assert_eq!((b.r32(offset), b.fault()), (0, Some(Fault::NoRegister)));
        b.w32(offset, 1);
        assert_eq!(b.fault(), Some(Fault::NoRegister));
    }
}

#[test]
fn threat_width_partial_reads_elsewhere_in_the_data_register_take_nothing() {
    let mut b = running();
    b.host_gives(b"ab");
    for offset in 1..4 {
        b.read(0, offset, Width::B1);
    }
    b.read(0, 2, Width::B2);
    assert_eq!(b.read(0, 0, Width::B2), u64::from(b'a'));
    assert_eq!(b.read(0, 0, Width::B8), u64::from(b'b'), "UARTDR low, UARTRSR high");
}

#[test]
fn reset_mid_transmission_forgets_the_fifo() {
    let mut b = running();
    fill_stream(&b);
    b.w32(UARTDR, 1);
    b.w32(UARTIMSC, 0x7ff);
    b.reset();
    b.host_takes();
    assert_eq!(b.host_takes(), b"");
    assert_eq!(b.r32(UARTRIS), 0);
}

#[test]
fn threat_snapshot_characters_that_waited_are_sent_after_a_load() {
    let mut b = running();
    fill_stream(&b);
    for c in b"tail" {
        b.w32(UARTDR, (*c).into());
    }
    let saved = b.save();
    let mut other = bench();
    other.load(&saved).unwrap();
    assert_eq!(other.save(), saved);
    other.advance(0);
    assert_eq!(other.host_takes(), b"tail");
}

#[test]
fn threat_snapshot_impossible_fields_are_refused() {
    let mut b = running();
    let good = b.save();
    let bad = [
        ("tx", json!(vec![0; FIFO_DEPTH + 1])),
        ("rx", json!(vec![json!({ "byte": 0, "errors": "" }); FIFO_DEPTH + 1])),
        ("rx", json!([{ "byte": 0, "errors": "OE" }])),
        ("rx", json!([{ "byte": 256, "errors": "" }])),
        ("cr", json!("0x8")),
        ("lcr_h", json!("NONSENSE")),
        ("imsc", json!("0x800")),
        ("ris", json!("0x800")),
        ("dmacr", json!("0x8")),
        ("rsr", json!("0x10")),
        ("fbrd", json!(0x40)),
        ("ifls", json!(0x40)),
        ("unheard_of", json!(0)),
    ];
    for (field, value) in bad {
        let mut saved = good.clone();
        saved.state[field] = value;
        assert!(matches!(b.load(&saved), Err(LoadError::State { .. })), "{field}: {}", saved.state[field]);
        assert_eq!(b.save(), good);
    }
    // Two characters without FIFOs.
    let mut saved = good.clone();
    saved.state["lcr_h"] = json!("");
    saved.state["tx"] = json!([1, 2]);
    assert!(b.load(&saved).is_err());
}

#[test]
fn events_of_other_devices_are_ignored() {
    let mut b = running();
    let before = b.save();
    for event in [Event::PowerButton, Event::Line { line: 255, level: true }, Event::Timer(255)] {
        b.event(event);
    }
    assert_eq!(b.save(), before);
}
