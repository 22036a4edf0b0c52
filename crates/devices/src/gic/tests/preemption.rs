//! Priorities: who interrupts whom.

use super::rig::*;
use crate::gic::IccRegister::*;

#[test]
fn only_a_more_urgent_group_priority_preempts() {
    let r = Rig::running(1);
    let wires: Vec<_> = (0..3).map(|n| r.gic.spi(n)).collect();
    r.priority(32, 0x80);
    r.priority(33, 0x80);
    r.priority(34, 0x78);
    wires[1].set(true);
    assert_eq!(r.ack(0), 33);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0x80);
    assert_eq!(r.gic.read(0, ICC_AP1R0_EL1), 1 << 16);
    wires[0].set(true);
    assert!(!r.irq(0), "equal priority waits");
    wires[2].set(true);
    assert!(r.irq(0));
    assert_eq!(r.ack(0), 34);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0x78);
    wires[2].set(false);
    r.eoi(0, 34);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0x80);
    assert!(!r.irq(0));
    wires[1].set(false);
    r.eoi(0, 33);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0xff);
    assert_eq!(r.ack(0), 32);
}

#[test]
fn the_binary_point_makes_subpriorities_that_order_but_do_not_preempt() {
    let r = Rig::running(1);
    // Group priority is [7:6].
    r.gic.write(0, ICC_BPR1_EL1, 6);
    r.priority(32, 0xb8);
    r.priority(33, 0x80);
    r.priority(34, 0x78);
    let wires: Vec<_> = (0..3).map(|n| r.gic.spi(n)).collect();
    wires[0].set(true);
    assert_eq!(r.ack(0), 32);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0x80);
    wires[1].set(true);
    assert!(!r.irq(0), "same group priority");
    wires[2].set(true);
    assert_eq!(r.ack(0), 34);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0x40);
    wires[2].set(false);
    r.eoi(0, 34);
    wires[0].set(false);
    r.eoi(0, 32);
    assert_eq!(r.ack(0), 33);
}

#[test]
fn a_group_0_binary_point_of_seven_means_no_preemption() {
    let r = Rig::running(1);
    r.gic.write(0, ICC_BPR0_EL1, 7);
    r.group_0(32);
    r.group_0(33);
    r.priority(33, 0);
    let (a, b) = (r.gic.spi(0), r.gic.spi(1));
    a.set(true);
    assert_eq!(r.gic.read(0, ICC_IAR0_EL1), 32);
    b.set(true);
    assert!(!r.fiq(0));
    r.gic.write(0, ICC_EOIR0_EL1, 32);
    assert_eq!(r.gic.read(0, ICC_IAR0_EL1), 33);
}

#[test]
fn lowest_priority_is_never_signalled() {
    let r = Rig::running(1);
    r.priority(32, 0xff);
    let wire = r.gic.spi(0);
    wire.set(true);
    assert!(!r.irq(0), "0xf8 is not below a mask of 0xf8");
    r.priority(32, 0xf0);
    assert!(r.irq(0));
}

#[test]
fn eoimode_1_splits_priority_drop_from_deactivation() {
    let r = Rig::running(1);
    r.gic.write(0, ICC_CTLR_EL1, 2);
    assert_eq!(r.gic.read(0, ICC_CTLR_EL1) & 3, 2);
    let wire = r.gic.spi(0);
    wire.set(true);
    assert_eq!(r.ack(0), 32);
    r.eoi(0, 32);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0xff);
    assert!(r.active(32) && !r.irq(0), "active: not signalled again");
    r.gic.set_spi_pending(33);
    assert_eq!(r.ack(0), 33, "another of the same priority is");
    r.eoi(0, 33);
    r.gic.write(0, ICC_DIR_EL1, 33);
    r.gic.write(0, ICC_DIR_EL1, 32);
    assert!(!r.active(32) && !r.active(33));
    assert!(r.irq(0), "the level is still there");
    // Private interrupts likewise.
    wire.set(false);
    let timer = r.gic.ppi(0, 27);
    timer.set(true);
    assert_eq!(r.ack(0), 27);
    r.eoi(0, 27);
    assert!(!r.irq(0));
    r.gic.write(0, ICC_DIR_EL1, 27);
    assert!(r.irq(0));
}

#[test]
fn deactivation_by_another_cpu() {
    let r = Rig::running(2);
    r.gic.write(0, ICC_CTLR_EL1, 2);
    r.gic.write(1, ICC_CTLR_EL1, 2);
    r.gic.set_spi_pending(40);
    assert_eq!(r.ack(0), 40);
    r.eoi(0, 40);
    r.gic.set_spi_pending(40);
    assert!(!r.irq(0));
    r.gic.write(1, ICC_DIR_EL1, 40);
    assert!(r.irq(0));
}

#[test]
fn dir_without_eoimode_1_and_eoi_of_special_numbers_are_ignored() {
    let r = Rig::running(1);
    r.gic.set_spi_pending(40);
    assert_eq!(r.ack(0), 40);
    r.gic.write(0, ICC_DIR_EL1, 40);
    assert!(r.active(40));
    for special in [288, 1020, 1023, 0xff_ffff] {
        r.eoi(0, special);
    }
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0x80);
    r.eoi(0, 40);
    assert!(!r.active(40));
}

#[test]
fn active_priorities_can_be_saved_and_restored_by_the_guest() {
    let r = Rig::running(1);
    let wire = r.gic.spi(0);
    r.gic.write(0, ICC_AP1R0_EL1, 1 << 15);
    wire.set(true);
    assert!(!r.irq(0));
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0x78);
    r.gic.write(0, ICC_AP1R0_EL1, 0);
    assert!(r.irq(0));
    r.gic.write(0, ICC_AP0R0_EL1, 1);
    assert!(!r.irq(0));
    assert_eq!(r.gic.read(0, ICC_AP0R0_EL1), 1);
}

#[test]
fn active_state_set_by_the_guest_holds_an_interrupt_back() {
    let r = Rig::running(1);
    let wire = r.gic.spi(0);
    r.w32(GICD + 0x304, 1);
    wire.set(true);
    assert!(!r.irq(0));
    r.w32(GICD + 0x384, 1);
    assert!(r.irq(0));
}
