//! What XNU and Linux look at before they use the controller.

use super::rig::*;
use crate::gic::IccRegister::*;
use vmapple_bus::Width;

#[test]
fn identification_says_gicv3_in_both_frames() {
    let r = Rig::new(2);
    for (base, part) in [(GICD, 0x92), (r.gicr(0), 0x93), (r.gicr(1), 0x93)] {
        assert_eq!(r.r32(base + 0xffe8) >> 4 & 0xf, 3, "ArchRev");
        let ids: Vec<u32> = (0..12).map(|n| r.r32(base + 0xffd0 + 4 * n)).collect();
        assert_eq!(ids, [0x44, 0, 0, 0, part, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1]);
    }
}

#[test]
fn distributor_describes_288_intids_one_security_state_and_no_lpis() {
    let r = Rig::new(1);
    let typer = r.r32(GICD + 4);
    assert_eq!(32 * ((typer & 0x1f) + 1), 288);
    assert_eq!(typer >> 19 & 0x1f, 9, "IDbits: ten bits");
    assert_eq!(typer >> 16 & 1, 1, "MBIS");
    assert_eq!(typer & (1 << 8 | 1 << 9 | 1 << 10 | 1 << 17 | 1 << 18 | 1 << 25 | 1 << 26), 0);
    assert_eq!(r.r32(GICD), 0x50, "DS and ARE read one, nothing is enabled");
    r.w32(GICD, 0);
    assert_eq!(r.r32(GICD), 0x50);
    r.w32(GICD, u32::MAX);
    assert_eq!(r.r32(GICD), 0x53);
    assert_eq!(r.r32(GICD + 0xc), 0);
}

#[test]
fn private_registers_of_the_distributor_are_reserved() {
    let r = Rig::new(1);
    for offset in [0x80, 0x100, 0x200, 0x300, 0x400, 0x41c, 0xc00, 0xc04, 0x800, 0xd00, 0xd04, 0xe00, 0xf00, 0x6000] {
        r.w32(GICD + offset, u32::MAX);
        assert_eq!(r.r32(GICD + offset), 0, "{offset:#x}");
    }
    // Beyond INTID 287.
    for offset in [0x80 + 36, 0x100 + 36, 0x400 + 288, 0xc00 + 72, 0x6000 + 8 * 288] {
        r.w32(GICD + offset, u32::MAX);
        assert_eq!(r.r32(GICD + offset), 0, "{offset:#x}");
    }
}

#[test]
fn check_4_and_5_affinities_and_the_last_redistributor() {
    let r = Rig::new(6);
    assert_eq!(r.gicr(5), 0x100b_0000);
    assert_eq!(r.r64(0x100b_0008), 5 << 32 | 5 << 8 | 0x10);
    assert_eq!(r.r32(0x100b_000c), 5);
    assert_eq!(r.r32(0x100b_0008) & 0x10, 0x10);
    assert_eq!(Rig::new(7).r64(0x100b_0008) & 0x10, 0);
    let r = Rig::new(32);
    for (cpu, affinity) in [(0, 0), (15, 0xf), (16, 0x100), (31, 0x10f)] {
        assert_eq!(r.r64(r.gicr(cpu) + 8) >> 32, affinity);
        assert_eq!(r.r64(r.gicr(cpu) + 8) & 0x10 != 0, cpu == 31);
    }
}

#[test]
fn beyond_the_last_redistributor_reads_zero_and_ignores_writes() {
    let r = Rig::new(3);
    for offset in [0, 8, 0x14, 0xffe8, 0x1_0080] {
        r.w32(r.gicr(3) + offset, u32::MAX);
        assert_eq!(r.r32(r.gicr(3) + offset), 0);
    }
    assert_eq!(r.r64(GICR + 0x3f_fff8), 0);
}

#[test]
fn waker_handshake() {
    let r = Rig::new(2);
    assert_eq!(r.r32(r.gicr(1) + 0x14), 6);
    r.w32(r.gicr(1) + 0x14, 6 & !2);
    assert_eq!(r.r32(r.gicr(1) + 0x14), 0);
    assert_eq!(r.r32(r.gicr(0) + 0x14), 6);
    r.w32(r.gicr(1) + 0x14, 2);
    assert_eq!(r.r32(r.gicr(1) + 0x14), 6);
}

#[test]
fn sixty_four_bit_registers_are_read_and_written_as_halves() {
    let r = Rig::new(1);
    let router = GICD + 0x6000 + 8 * 100;
    r.w32(router, 0x8001_0203);
    r.w32(router + 4, 0xffff_ff07);
    assert_eq!(r.r64(router), 0x07_8001_0203);
    assert_eq!((r.r32(router), r.r32(router + 4)), (0x8001_0203, 7));
}

#[test]
fn unsupported_widths_read_zero_and_change_nothing() {
    let r = Rig::running(1);
    assert_eq!(r.r64(GICD), 0);
    assert_eq!(r.r64(GICD + 0x100), 0);
    assert_eq!(r.bus.read(GICD + 0x104, Width::B1), Ok(0));
    r.w64(GICD + 0x188, u64::MAX);
    assert_eq!(r.r32(GICD + 0x108), u32::MAX);
    assert_eq!(r.bus.read(GICD + 0x420, Width::B2), Ok(0));
    assert_eq!(r.bus.read(GICD + 0x421, Width::B1), Ok(0x80));
    assert_eq!(r.bus.read(GICD + 4, Width::B2), Ok(0));
}

#[test]
fn the_interface_describes_five_priority_bits_in_one_security_state() {
    let r = Rig::new(1);
    let ctlr = r.gic.read(0, ICC_CTLR_EL1);
    assert_eq!(ctlr >> 8 & 7, 4, "PRIbits");
    assert_eq!(ctlr & !(7 << 8), 1 << 15, "A3V only");
    assert_eq!(r.gic.read(0, ICC_SRE_EL1), 7);
    r.gic.write(0, ICC_SRE_EL1, 0);
    assert_eq!(r.gic.read(0, ICC_SRE_EL1) & 1, 1);
    // Linux asks whether Group 0 is there: the lowest implemented mask bit must stick.
    r.gic.write(0, ICC_PMR_EL1, 1 << (8 - 5));
    assert_eq!(r.gic.read(0, ICC_PMR_EL1), 8);
    r.gic.write(0, ICC_PMR_EL1, 0xff);
    assert_eq!(r.gic.read(0, ICC_PMR_EL1), 0xf8);
    assert_eq!(r.gic.read(0, ICC_RPR_EL1), 0xff);
}

#[test]
fn check_6_xnu_start_sequence_ends_in_an_fiq_from_the_virtual_timer() {
    let r = Rig::new(2);
    let cpu = 1;
    // 1: the frame whose affinity is mine.
    let base = (0..2).map(|c| r.gicr(c)).find(|b| r.r64(b + 8) >> 32 & 0xffff == 1).unwrap();
    // 2: wake it.
    assert_eq!(r.r32(base + 0x14) & 4, 4);
    r.w32(base + 0x14, r.r32(base + 0x14) & !2);
    assert_eq!(r.r32(base + 0x14) & 4, 0);
    // 3..6.
    r.w32(base + 0x1_0080, 0x81ff_ffff);
    r.w32(base + 0x1_0100, 1 << 27);
    r.gic.write(cpu, ICC_SRE_EL1, r.gic.read(cpu, ICC_SRE_EL1) | 1);
    r.gic.write(cpu, ICC_BPR0_EL1, 0);
    r.gic.write(cpu, ICC_PMR_EL1, 0xff);
    r.gic.write(cpu, ICC_CTLR_EL1, r.gic.read(cpu, ICC_CTLR_EL1) & !2);
    r.w32(GICD, r.r32(GICD) | 1);
    r.gic.write(cpu, ICC_IGRPEN0_EL1, 1);
    // 7: the timer's deadline passes.
    let timer = r.gic.ppi(cpu, 27);
    timer.set(true);
    assert!(r.fiq(cpu) && !r.irq(cpu) && !r.fiq(0));
    assert_eq!(r.gic.read(cpu, ICC_IAR0_EL1), 27);
    timer.set(false);
    r.gic.write(cpu, ICC_EOIR0_EL1, 27);
    assert!(!r.fiq(cpu));
    assert_eq!(r.gic.read(cpu, ICC_IAR0_EL1), 1023);
}
