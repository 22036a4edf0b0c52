//! Which CPU gets it.

use super::rig::*;
use crate::gic::IccRegister::*;

/// An `ICC_SGI<n>R_EL1` value.
fn sgi(intid: u64, aff1: u64, list: u64) -> u64 {
    intid << 24 | aff1 << 16 | list
}

const ALL_OTHERS: u64 = 1 << 40;
/// `GICD_IROUTER.Interrupt_Routing_Mode`.
const ANY: u64 = 1 << 31;

#[test]
fn an_spi_follows_its_route_even_while_pending() {
    let r = Rig::running(18);
    let wire = r.gic.spi(0);
    wire.set(true);
    assert_eq!(r.irqs(), [0]);
    r.route(32, 5);
    assert_eq!(r.irqs(), [5]);
    r.route(32, 0x101);
    assert_eq!(r.irqs(), [17]);
    r.route(32, 0x1_0000);
    assert!(r.irqs().is_empty(), "no such CPU");
    r.route(32, 0);
    assert_eq!(r.irqs(), [0]);
}

#[test]
fn a_targeted_spi_waits_for_a_sleeping_cpu() {
    let r = Rig::running(2);
    r.route(32, 1);
    r.w32(r.gicr(1) + 0x14, 2);
    r.gic.set_spi_pending(32);
    assert!(r.irqs().is_empty());
    r.w32(r.gicr(1) + 0x14, 0);
    assert_eq!(r.irqs(), [1]);
}

#[test]
fn sgi_to_a_target_list() {
    let r = Rig::running(18);
    r.gic.write(0, ICC_SGI1R_EL1, sgi(3, 0, 0b1011));
    assert_eq!(r.irqs(), [0, 1, 3]);
    assert_eq!(r.ack(3), 3);
    r.eoi(3, 3);
    r.gic.write(3, ICC_SGI1R_EL1, sgi(4, 1, 0b11));
    assert_eq!(r.irqs(), [0, 1, 16, 17]);
    assert_eq!(r.ack(17), 4);
    // No CPU has these affinities: another range of Aff0, Aff1, Aff2, Aff3.
    for elsewhere in [1 << 44, 2 << 16, 1 << 32, 1 << 48] {
        r.gic.write(3, ICC_SGI1R_EL1, sgi(5, 0, 0xffff) | elsewhere);
    }
    assert_eq!(r.irqs(), [0, 1, 16]);
    assert_eq!(r.gic.read(5, ICC_HPPIR1_EL1), 1023);
}

#[test]
fn sgi_to_all_others() {
    let r = Rig::running(20);
    r.gic.write(7, ICC_SGI1R_EL1, ALL_OTHERS | sgi(1, 3, 0x80));
    assert_eq!(r.irqs(), (0..20).filter(|c| *c != 7).collect::<Vec<_>>());
    for cpu in r.irqs() {
        assert_eq!(r.ack(cpu), 1);
        r.eoi(cpu, 1);
    }
    assert!(r.irqs().is_empty());
}

#[test]
fn sgis_of_one_number_merge_while_pending_and_latch_while_active() {
    let r = Rig::running(2);
    r.gic.write(0, ICC_SGI1R_EL1, sgi(2, 0, 2));
    r.gic.write(0, ICC_SGI1R_EL1, sgi(2, 0, 2));
    assert_eq!(r.ack(1), 2);
    r.gic.write(1, ICC_SGI1R_EL1, sgi(2, 0, 2));
    assert!(!r.irq(1));
    r.eoi(1, 2);
    assert_eq!(r.ack(1), 2);
    r.eoi(1, 2);
    assert!(!r.irq(1));
}

#[test]
fn sgi_groups_with_one_security_state() {
    let r = Rig::running(1);
    // SGI 0 in Group 0, SGI 1 in Group 1.
    r.w32(r.sgi(0) + 0x80, !1);
    for reg in [ICC_SGI0R_EL1, ICC_ASGI1R_EL1] {
        r.gic.write(0, reg, sgi(1, 0, 1));
        assert!(!r.irq(0) && !r.fiq(0), "{reg:?} does not reach Group 1");
        r.gic.write(0, reg, sgi(0, 0, 1));
        assert!(r.fiq(0));
        assert_eq!(r.gic.read(0, ICC_IAR0_EL1), 0);
        r.gic.write(0, ICC_EOIR0_EL1, 0);
    }
    r.gic.write(0, ICC_SGI1R_EL1, sgi(0, 0, 1));
    assert!(r.fiq(0));
    assert_eq!(r.gic.read(0, ICC_IAR0_EL1), 0);
}

#[test]
fn one_of_n_prefers_the_idle_and_then_the_lowest_number() {
    let r = Rig::running(3);
    r.route(32, ANY);
    r.route(33, ANY);
    r.gic.set_spi_pending(32);
    assert_eq!(r.irqs(), [0]);
    assert_eq!(r.ack(0), 32);
    r.gic.set_spi_pending(33);
    assert_eq!(r.irqs(), [1], "CPU 0 is busy");
    assert_eq!(r.ack(2), 1023, "offered to one CPU only");
    assert_eq!(r.ack(1), 33);
    r.eoi(1, 33);
    r.eoi(0, 32);
}

#[test]
fn one_of_n_moves_on_when_its_cpu_stops_taking_part() {
    let r = Rig::running(3);
    r.route(32, ANY);
    r.gic.set_spi_pending(32);
    assert_eq!(r.irqs(), [0]);
    r.gic.write(0, ICC_IGRPEN1_EL1, 0);
    assert_eq!(r.irqs(), [1]);
    r.w32(r.gicr(1) + 0x14, 2);
    assert_eq!(r.irqs(), [2]);
    r.gic.reset_cpu_interface(2);
    assert!(r.irqs().is_empty() && r.pending(32));
    r.w32(r.gicr(1) + 0x14, 0);
    assert_eq!(r.irqs(), [1]);
    assert_eq!(r.ack(1), 32);
}

#[test]
fn a_suspended_machine_hears_of_enabled_interrupts_while_the_controller_sleeps() {
    let r = Rig::running(1);
    // What a guest does before it suspends: group off, redistributor asleep.
    r.gic.write(0, ICC_IGRPEN1_EL1, 0);
    r.w32(r.gicr(0) + 0x14, 2);
    assert!(!r.gic.wake_request(0));
    let wire = r.gic.spi(2);
    wire.set(true);
    assert!(r.irqs().is_empty());
    assert!(r.gic.wake_request(0));
    r.w32(0x1000_0000 + 0x184, 1 << 2);
    assert!(!r.gic.wake_request(0), "a disabled interrupt wakes nobody");
}
