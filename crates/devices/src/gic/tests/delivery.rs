//! One interrupt, from its source to its end.

use super::rig::*;
use crate::gic::IccRegister::*;
use vmapple_bus::Fault;

#[test]
fn level_interrupt_comes_again_until_its_source_is_served() {
    let r = Rig::running(1);
    let wire = r.gic.spi(1);
    wire.set(true);
    assert!(r.irq(0) && r.pending(33));
    assert_eq!(r.gic.read(0, ICC_HPPIR1_EL1), 33);
    assert_eq!(r.ack(0), 33);
    assert!(!r.irq(0) && r.active(33) && r.pending(33), "active and pending");
    r.eoi(0, 33);
    assert!(r.irq(0), "still asserted");
    assert_eq!(r.ack(0), 33);
    wire.set(false);
    r.eoi(0, 33);
    assert!(!r.irq(0) && !r.active(33) && !r.pending(33));
    assert_eq!(r.ack(0), 1023);
}

#[test]
fn level_interrupt_whose_source_goes_away_is_withdrawn() {
    let r = Rig::running(1);
    let wire = r.gic.spi(9);
    wire.set(true);
    assert!(r.irq(0));
    wire.set(false);
    assert!(!r.irq(0));
    assert_eq!(r.ack(0), 1023);
    wire.set(true);
    drop(wire);
    assert!(!r.irq(0));
}

#[test]
fn clearing_a_level_that_is_still_asserted_changes_nothing() {
    let r = Rig::running(1);
    let wire = r.gic.spi(0);
    wire.set(true);
    r.w32(GICD + 0x284, 1);
    assert!(r.irq(0));
    // A software-set pending bit is a latch: acknowledged once.
    wire.set(false);
    r.w32(GICD + 0x204, 1);
    assert_eq!(r.ack(0), 32);
    r.eoi(0, 32);
    assert!(!r.irq(0));
}

#[test]
fn edge_during_the_handler_is_latched_and_delivered_once_after() {
    let r = Rig::running(1);
    r.edge(48);
    let wire = r.gic.spi(16);
    let pulse = || {
        wire.set(true);
        wire.set(false);
    };
    pulse();
    assert_eq!(r.ack(0), 48);
    assert!(!r.pending(48));
    pulse();
    pulse();
    assert!(r.pending(48) && r.active(48) && !r.irq(0));
    r.eoi(0, 48);
    assert!(r.irq(0));
    assert_eq!(r.ack(0), 48);
    r.eoi(0, 48);
    assert!(!r.irq(0));
}

#[test]
fn an_edge_held_high_counts_once() {
    let r = Rig::running(1);
    r.edge(40);
    let wire = r.gic.spi(8);
    wire.set(true);
    assert_eq!(r.ack(0), 40);
    r.eoi(0, 40);
    assert!(!r.irq(0));
}

#[test]
fn group_0_is_fiq_and_group_1_is_irq_one_at_a_time() {
    let r = Rig::running(1);
    r.group_0(34);
    let (one, zero) = (r.gic.spi(1), r.gic.spi(2));
    one.set(true);
    assert!(r.irq(0) && !r.fiq(0));
    zero.set(true);
    assert!(r.irq(0) && !r.fiq(0), "equal priority: the lower INTID first");
    r.priority(34, 0x40);
    assert!(!r.irq(0) && r.fiq(0));
    assert_eq!(r.ack(0), 1023, "the highest is not of Group 1");
    assert_eq!(r.gic.read(0, ICC_HPPIR1_EL1), 1023);
    assert_eq!(r.gic.read(0, ICC_HPPIR0_EL1), 34);
    assert_eq!(r.gic.read(0, ICC_IAR0_EL1), 34);
    zero.set(false);
    r.gic.write(0, ICC_EOIR0_EL1, 34);
    assert!(r.irq(0) && !r.fiq(0));
    assert_eq!(r.ack(0), 33);
}

#[test]
fn each_enable_on_the_way_stops_an_interrupt() {
    let r = Rig::running(1);
    r.gic.spi(3);
    let wire = r.gic.spi(3);
    wire.set(true);
    assert!(r.irq(0));
    r.w32(GICD + 0x184, 1 << 3);
    assert!(!r.irq(0));
    r.w32(GICD + 0x104, 1 << 3);
    assert!(r.irq(0));
    r.w32(GICD, 1);
    assert!(!r.irq(0));
    r.w32(GICD, 2);
    assert!(r.irq(0));
    r.gic.write(0, ICC_IGRPEN1_EL1, 0);
    assert!(!r.irq(0));
    r.gic.write(0, ICC_IGRPEN1_EL1, 1);
    assert!(r.irq(0));
    r.gic.write(0, ICC_PMR_EL1, 0x80);
    assert!(!r.irq(0), "0x80 is not below 0x80");
    assert_eq!(r.ack(0), 1023);
    assert_eq!(r.gic.read(0, ICC_HPPIR1_EL1), 35, "the priority mask does not hide it");
    r.gic.write(0, ICC_PMR_EL1, 0x88);
    assert!(r.irq(0));
    r.w32(r.gicr(0) + 0x14, 2);
    assert!(!r.irq(0));
    assert_eq!(r.ack(0), 1023);
    r.w32(r.gicr(0) + 0x14, 0);
    assert!(r.irq(0));
    r.gic.reset_cpu_interface(0);
    assert!(!r.irq(0));
    r.enable_interface(0);
    assert!(r.irq(0));
}

#[test]
fn a_disabled_group_0_does_not_hide_group_1() {
    let r = Rig::running(1);
    r.group_0(32);
    r.priority(32, 0);
    r.gic.write(0, ICC_IGRPEN0_EL1, 0);
    let (zero, one) = (r.gic.spi(0), r.gic.spi(1));
    zero.set(true);
    one.set(true);
    assert!(r.irq(0) && !r.fiq(0));
    assert_eq!(r.ack(0), 33);
}

#[test]
fn private_interrupts_belong_to_their_cpu() {
    let r = Rig::running(2);
    let timer = r.gic.ppi(1, 27);
    timer.set(true);
    assert_eq!(r.irqs(), [1]);
    assert_eq!(r.r32(r.sgi(1) + 0x200), 1 << 27);
    assert_eq!(r.r32(r.sgi(0) + 0x200), 0);
    assert_eq!(r.ack(0), 1023);
    assert_eq!(r.ack(1), 27);
    assert_eq!(r.r32(r.sgi(1) + 0x300), 1 << 27);
    timer.set(false);
    r.eoi(1, 27);
    assert_eq!(r.r32(r.sgi(1) + 0x300), 0);
}

#[test]
fn check_10_msi_frame() {
    let r = Rig::running(1);
    assert_eq!(r.r32(V2M + 8), 0x80a0_0080);
    r.w32(V2M + 0x40, 160);
    assert!(r.pending(160));
    assert_eq!(r.ack(0), 160);
    assert!(!r.pending(160));
    r.eoi(0, 160);
    assert_eq!(r.ack(0), 1023, "once");
    for wrong in [0, 27, 32, 128, 159, 288, 1023, u32::MAX] {
        r.w32(V2M + 0x40, wrong);
        assert_eq!(super::super::V2m::signal(&r.gic, wrong), Err(Fault::Value("MSI_SETSPI_NS")));
    }
    assert!(!r.irq(0));
    r.w32(V2M + 0x40, 287);
    assert_eq!(r.ack(0), 287);
}

#[test]
fn distributor_messages_set_and_clear_an_spi() {
    let r = Rig::running(1);
    r.edge(200);
    r.w32(GICD + 0x40, 200);
    assert_eq!(r.ack(0), 200);
    r.eoi(0, 200);
    assert!(!r.irq(0));
    // Level-sensitive: asserted until cleared.
    r.w32(GICD + 0x40, 201);
    assert_eq!(r.ack(0), 201);
    r.eoi(0, 201);
    assert_eq!(r.ack(0), 201);
    r.w32(GICD + 0x48, 201);
    r.eoi(0, 201);
    assert!(!r.irq(0));
    r.w32(GICD + 0x40, 27);
    r.w32(GICD + 0x40, 288);
    assert!(!r.irq(0));
}

#[test]
fn wires_of_interrupts_that_do_not_exist_lead_nowhere() {
    let r = Rig::running(1);
    for wire in [r.gic.spi(256), r.gic.spi(u32::MAX), r.gic.ppi(0, 15), r.gic.ppi(0, 32), r.gic.ppi(1, 27)] {
        wire.set(true);
    }
    assert!(!r.gic.set_spi_pending(31) && !r.gic.set_spi_pending(288) && !r.gic.set_spi_pending(u32::MAX));
    assert!(!r.irq(0));
}

#[test]
fn reset_withdraws_everything_but_remembers_the_wires() {
    let r = Rig::running(1);
    let wire = r.gic.spi(1);
    wire.set(true);
    r.gic.set_spi_pending(160);
    r.gic.reset();
    assert!(!r.irq(0));
    let fresh = Rig::new(1);
    assert_eq!(r.distributor.save(), fresh.distributor.save());
    assert_eq!(r.redistributors.save(), fresh.redistributors.save());
    assert!(r.pending(33) && !r.pending(160));
    // The slots' own reset does the same.
    let r = Rig::running(2);
    r.gic.set_spi_pending(160);
    r.distributor.reset();
    r.redistributors.reset();
    let fresh = Rig::new(2);
    assert_eq!(r.distributor.save(), fresh.distributor.save());
    assert_eq!(r.redistributors.save(), fresh.redistributors.save());
    assert!(!r.irq(0));
}
