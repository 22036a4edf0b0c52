use super::*;
use serde_json::json;
use vmapple_bus::Width;
use vmapple_testkit::{Bench, check_part};

const ALL: u64 = 0x3fc;

fn bench() -> Bench<GpioPl061> {
    Bench::new(GpioPl061::new())
}

fn drive(b: &mut Bench<GpioPl061>, line: u8, level: bool) {
    b.event(Event::Line { line, level });
}

#[test]
fn passes_every_generic_check() {
    check_part(GpioPl061::new);
}

#[test]
fn registers_reset_as_the_manual_says() {
    let mut b = bench();
    for offset in (0..=GPIODATA_LAST).chain(GPIODIR..=GPIOMIS).step_by(4).chain([GPIOAFSEL]) {
        assert_eq!((b.r32(offset), b.fault()), (0, None), "{offset:#x}");
    }
    let id: Vec<_> = (0..8).map(|i| b.r32(0xfe0 + 4 * i)).collect();
    assert_eq!(id, [0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
}

#[test]
fn registers_keep_eight_bits() {
    let mut b = bench();
    for offset in [GPIODIR, GPIOIS, GPIOIBE, GPIOIEV, GPIOIE, GPIOAFSEL] {
        b.w32(offset, 0xffff_ffff);
        assert_eq!(b.r32(offset), 0xff, "{offset:#x}");
    }
}

#[test]
fn accesses_reach_only_the_lines_of_the_address() {
    let mut b = bench();
    b.w32(GPIODIR, 0xff);
    // Writing 0xFB at offset 0x098 (lines 5, 2 and 1) sets 5 and 1, clears 2.
    b.w32(ALL, 0b0000_0100);
    b.w32(0x098, 0xfb);
    assert_eq!(b.r32(ALL), 0b0010_0010);
    // Reading at offset 0x0C4 shows lines 5, 4 and 0.
    b.w32(ALL, 0xfe);
    assert_eq!(b.r32(0x0c4), 0b0011_0000);
    assert_eq!(b.r32(0), 0, "offset 0 chooses no line");
}

#[test]
fn inputs_show_the_board_and_outputs_show_the_guest() {
    let mut b = bench();
    b.w32(GPIODIR, 0x0f);
    b.w32(ALL, 0x33);
    drive(&mut b, 6, true);
    drive(&mut b, 2, true);
    assert_eq!(b.r32(ALL), 0x43);
    b.w32(GPIODIR, 0);
    assert_eq!(b.r32(ALL), 0x44);
    b.w32(GPIODIR, 0xff);
    assert_eq!(b.r32(ALL), 0x33, "a level written early shows once the line is an output");
}

#[test]
fn power_button_line_reads_at_0x20() {
    let mut b = bench();
    drive(&mut b, 3, true);
    assert_eq!(b.r32(0x20), 0x08);
    drive(&mut b, 3, false);
    assert_eq!(b.r32(0x20), 0);
}

#[test]
fn edges_latch_by_their_direction() {
    for (ibe, iev, rising, falling) in
        [(0, 1, true, false), (0, 0, false, true), (1, 0, true, true), (1, 1, true, true)]
    {
        let mut b = bench();
        b.w32(GPIOIBE, ibe << 3);
        b.w32(GPIOIEV, iev << 3);
        b.w32(GPIOIE, 1 << 3);
        for (level, expected) in [(true, rising), (false, falling)] {
            drive(&mut b, 3, level);
            assert_eq!(b.wire("GPIOINTR"), expected, "ibe {ibe}, iev {iev}, level {level}");
            assert_eq!(b.r32(GPIOMIS), u32::from(expected) << 3);
            b.w32(GPIOIC, 1 << 3);
            assert!(!b.wire("GPIOINTR"));
        }
    }
}

#[test]
fn the_same_level_again_is_no_edge() {
    let mut b = bench();
    b.w32(GPIOIBE, 0xff);
    drive(&mut b, 0, false);
    assert_eq!(b.r32(GPIORIS), 0);
    drive(&mut b, 0, true);
    b.w32(GPIOIC, 0xff);
    drive(&mut b, 0, true);
    assert_eq!(b.r32(GPIORIS), 0);
}

#[test]
fn masked_edges_are_latched() {
    let mut b = bench();
    b.w32(GPIOIEV, 1);
    drive(&mut b, 0, true);
    assert_eq!([b.r32(GPIORIS), b.r32(GPIOMIS)], [1, 0]);
    b.w32(GPIOIE, 1);
    assert!(b.wire("GPIOINTR"));
}

#[test]
fn levels_interrupt_while_they_last_and_cannot_be_cleared() {
    let mut b = bench();
    b.w32(GPIOIS, 0x03);
    b.w32(GPIOIEV, 0x01);
    b.w32(GPIOIE, 0x03);
    assert_eq!(b.r32(GPIOMIS), 0x02, "line 1 is low");
    drive(&mut b, 1, true);
    assert!(!b.wire("GPIOINTR"));
    drive(&mut b, 0, true);
    b.w32(GPIOIC, 0xff);
    assert!(b.wire("GPIOINTR"));
    drive(&mut b, 0, false);
    assert!(!b.wire("GPIOINTR"));
}

#[test]
fn outputs_do_not_interrupt() {
    let mut b = bench();
    b.w32(GPIOIBE, 0xff);
    b.w32(GPIOIE, 0xff);
    b.w32(GPIODIR, 0xff);
    b.w32(ALL, 0xff);
    drive(&mut b, 3, true);
    b.w32(GPIOIS, 0xff);
    assert!(!b.wire("GPIOINTR"));
}

#[test]
fn switching_to_levels_forgets_edges() {
    let mut b = bench();
    b.w32(GPIOIEV, 1);
    drive(&mut b, 0, true);
    drive(&mut b, 0, false);
    b.w32(GPIOIS, 1);
    b.w32(GPIOIS, 0);
    assert_eq!(b.r32(GPIORIS), 0);
}

#[test]
fn threat_index_lines_that_do_not_exist_are_ignored() {
    let mut b = bench();
    b.w32(GPIOIBE, 0xff);
    for line in 8..=255 {
        drive(&mut b, line, true);
    }
    assert_eq!([b.r32(ALL), b.r32(GPIORIS)], [0, 0]);
}

#[test]
fn write_only_read_only_and_absent_registers_fault() {
    let mut b = bench();
    assert_eq!((b.r32(GPIOIC), b.fault()), (0, Some(Fault::WriteOnly("GPIOIC"))));
    for (offset, name) in [(GPIORIS, "GPIORIS"), (GPIOMIS, "GPIOMIS"), (0xfe0, "GPIOPeriphID/PCellID")] {
        b.w32(offset, 1);
        assert_eq!(b.fault(), Some(Fault::ReadOnly(name)));
    }
    for offset in [0x424, 0x600, 0xfdc] {
        assert_eq!((b.r32(offset), b.fault()), (0, Some(Fault::NoRegister)));
    }
}

#[test]
fn a_byte_access_chooses_lines_by_its_word() {
    let mut b = bench();
    drive(&mut b, 0, true);
    assert_eq!(b.read(0, 4, Width::B1), 1);
    assert_eq!(b.read(0, 5, Width::B1), 0, "inside a register is nothing");
}

#[test]
fn threat_snapshot_impossible_fields_are_refused() {
    let mut b = bench();
    let good = b.save();
    let mut saved = good.clone();
    saved.state["is"] = json!(1);
    saved.state["edges"] = json!(1);
    assert!(matches!(b.load(&saved), Err(LoadError::State { .. })));
    let mut saved = good.clone();
    saved.state["lines"] = json!(256);
    assert!(b.load(&saved).is_err());
    assert_eq!(b.save(), good);
}
