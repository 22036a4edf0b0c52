use super::*;
use serde_json::json;
use vmapple_testkit::{Bench, check_part};

/// 2024-01-01 00:00:00 UTC.
const NEW_YEAR: u64 = 1_704_067_200;
const SECOND: u64 = NS_PER_SECOND;

fn bench() -> Bench<RtcPl031> {
    Bench::new(RtcPl031::new(NEW_YEAR))
}

#[test]
fn passes_every_generic_check() {
    check_part(|| RtcPl031::new(NEW_YEAR));
    // The counter wraps early, and matches RTCMR's reset value.
    check_part(|| RtcPl031::new(WRAP - 2));
    check_part(|| RtcPl031::new(u64::MAX));
}

#[test]
fn registers_reset_as_the_manual_says() {
    let mut b = bench();
    let reset = [(RTCDR, NEW_YEAR as u32), (RTCMR, 0), (RTCLR, 0), (RTCCR, 1), (RTCIMSC, 0), (RTCRIS, 0), (RTCMIS, 0)];
    for (offset, value) in reset {
        assert_eq!((b.r32(offset), b.fault()), (value, None), "{offset:#x}");
    }
    let id: Vec<_> = (0..8).map(|i| b.r32(0xfe0 + 4 * i)).collect();
    assert_eq!(id, [0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
}

#[test]
fn counts_seconds_of_vm_time() {
    let mut b = bench();
    b.advance(SECOND - 1);
    assert_eq!(b.r32(RTCDR), NEW_YEAR as u32);
    b.advance(1);
    assert_eq!(b.r32(RTCDR), NEW_YEAR as u32 + 1);
    b.advance(86_400 * SECOND);
    assert_eq!(b.r32(RTCDR), NEW_YEAR as u32 + 86_401);
}

#[test]
fn loading_sets_the_time_and_reads_back() {
    let mut b = bench();
    b.advance(10 * SECOND);
    b.w32(RTCLR, 1000);
    assert_eq!(b.r32(RTCDR), 1000);
    b.advance(5 * SECOND);
    assert_eq!((b.r32(RTCDR), b.r32(RTCLR)), (1005, 1000));
    b.reset();
    assert_eq!(b.r32(RTCDR), NEW_YEAR as u32 + 15, "reset returns to the time of day");
}

#[test]
fn match_interrupts_until_cleared() {
    let mut b = bench();
    b.w32(RTCMR, NEW_YEAR as u32 + 3);
    b.w32(RTCIMSC, 1);
    b.advance(3 * SECOND - 1);
    assert!(!b.wire("RTCINTR"));
    b.advance(1);
    assert!(b.wire("RTCINTR"));
    assert_eq!([b.r32(RTCRIS), b.r32(RTCMIS)], [1, 1]);
    b.advance(100 * SECOND);
    assert!(b.wire("RTCINTR"));
    b.w32(RTCICR, 0);
    assert!(b.wire("RTCINTR"), "a zero clears nothing");
    b.w32(RTCICR, 1);
    assert!(!b.wire("RTCINTR"));
    b.advance(100 * SECOND);
    assert!(!b.wire("RTCINTR"), "once per match");
}

#[test]
fn masked_match_is_latched_and_shows_when_unmasked() {
    let mut b = bench();
    b.w32(RTCMR, NEW_YEAR as u32 + 1);
    assert!(b.alarms().is_empty(), "no timer for an interrupt nobody wants");
    b.advance(5 * SECOND);
    assert_eq!([b.r32(RTCRIS), b.r32(RTCMIS)], [1, 0]);
    b.w32(RTCIMSC, 1);
    assert!(b.wire("RTCINTR"));
}

#[test]
fn match_with_the_present_second_interrupts_at_once() {
    let mut b = bench();
    b.w32(RTCIMSC, 1);
    b.w32(RTCMR, NEW_YEAR as u32);
    assert!(b.wire("RTCINTR"));
    b.w32(RTCMR, 7);
    b.w32(RTCICR, 1);
    b.w32(RTCLR, 7);
    assert!(b.wire("RTCINTR"), "or when loading meets it");
}

#[test]
fn match_in_the_past_waits_for_the_counter_to_wrap() {
    let mut b = bench();
    b.w32(RTCLR, u32::MAX - 1);
    b.w32(RTCMR, 2);
    b.w32(RTCIMSC, 1);
    b.advance(3 * SECOND);
    assert!(!b.wire("RTCINTR"));
    b.advance(SECOND);
    assert_eq!(b.r32(RTCDR), 2);
    assert!(b.wire("RTCINTR"));
    b.w32(RTCICR, 1);
    b.advance(WRAP * SECOND);
    assert!(b.wire("RTCINTR"), "and again 136 years later");
}

#[test]
fn cannot_be_stopped() {
    let mut b = bench();
    b.w32(RTCCR, 0);
    assert_eq!((b.r32(RTCCR), b.fault()), (1, None));
    b.advance(SECOND);
    assert_eq!(b.r32(RTCDR), NEW_YEAR as u32 + 1);
}

#[test]
fn write_only_read_only_and_absent_registers_fault() {
    let mut b = bench();
    assert_eq!((b.r32(RTCICR), b.fault()), (0, Some(Fault::WriteOnly("RTCICR"))));
    for (offset, name) in [(RTCDR, "RTCDR"), (RTCRIS, "RTCRIS"), (RTCMIS, "RTCMIS"), (0xffc, "RTCPeriphID/PCellID")] {
        b.w32(offset, u32::MAX);
        assert_eq!(b.fault(), Some(Fault::ReadOnly(name)));
    }
    for offset in [0x020, 0x080, 0xfdc] {
        assert_eq!((b.r32(offset), b.fault()), (0, Some(Fault::NoRegister)));
    }
}

#[test]
fn threat_snapshot_a_due_match_is_not_lost_by_saving() {
    let mut b = bench();
    b.w32(RTCMR, NEW_YEAR as u32 + 1);
    b.w32(RTCIMSC, 1);
    // The timer is due and the machine was paused before it was delivered.
    b.now_ns = 2 * SECOND;
    let saved = b.save();
    let mut other = b.beside(RtcPl031::new(NEW_YEAR));
    other.load(&saved).unwrap();
    assert!(other.wire("RTCINTR"));
}

#[test]
fn restored_elsewhere_it_keeps_the_guests_correction() {
    let mut b = bench();
    b.w32(RTCLR, NEW_YEAR as u32 + 3600);
    let saved = b.save();
    let mut later = Bench::new(RtcPl031::new(NEW_YEAR + 1_000_000));
    later.load(&saved).unwrap();
    assert_eq!(later.r32(RTCDR), NEW_YEAR as u32 + 1_003_600);
}

#[test]
fn threat_snapshot_impossible_fields_are_refused() {
    let mut b = bench();
    let good = b.save();
    for (field, value) in [("mr", json!(WRAP)), ("offset", json!(-1)), ("ris", json!(2)), ("more", json!(0))] {
        let mut saved = good.clone();
        saved.state[field] = value;
        assert!(matches!(b.load(&saved), Err(LoadError::State { .. })), "{field}");
    }
}
