//! Random operations, compared after each with what the registers themselves say must be signalled.

use super::rig::*;
use crate::gic::IccRegister::*;
use crate::gic::SPIS;
use vmapple_bus::Wire;

const CPUS: usize = 3;
/// INTIDs used: SGIs and PPIs, then this many SPIs, across two blocks.
const SPI_FIRST: u64 = 56;
const SPI_LAST: u64 = 72;

/// An interrupt that could be signalled: priority, INTID, group.
type Ready = (u64, u64, usize);

/// One field of an interrupt, read from the guest's registers.
fn field(r: &Rig, cpu: usize, array: u64, intid: u64) -> usize {
    let base = if intid < 32 { r.sgi(cpu) } else { GICD };
    (r.r32(base + array + 4 * (intid / 32)) >> (intid % 32) & 1) as usize
}

fn ready(r: &Rig, cpu: usize, intid: u64) -> Option<Ready> {
    let group = field(r, cpu, 0x80, intid);
    let on = field(r, cpu, 0x100, intid) & field(r, cpu, 0x200, intid) & !field(r, cpu, 0x300, intid) & 1;
    let enabled = r.r32(GICD) >> group & 1 == 1
        && r.gic.read(cpu, [ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1][group]) == 1
        && r.r32(r.gicr(cpu) + 0x14) == 0;
    let base = if intid < 32 { r.sgi(cpu) } else { GICD };
    let word = r.r32(base + 0x400 + (intid & !3));
    (on == 1 && enabled).then(|| (u64::from(word >> (8 * (intid % 4)) & 0xff), intid, group))
}

/// Whether the interface signals this one, by the manual's words.
fn admitted(r: &Rig, cpu: usize, (priority, _, group): Ready) -> bool {
    let common = r.gic.read(cpu, ICC_CTLR_EL1) & 1 == 1;
    let ignored_bits = match group {
        0 => r.gic.read(cpu, ICC_BPR0_EL1) + 1,
        _ if common => r.gic.read(cpu, ICC_BPR0_EL1) + 1,
        _ => r.gic.read(cpu, ICC_BPR1_EL1),
    };
    let group_priority = priority >> ignored_bits << ignored_bits;
    priority < r.gic.read(cpu, ICC_PMR_EL1) && group_priority < r.gic.read(cpu, ICC_RPR_EL1)
}

fn check(r: &Rig, seed: u64, step: usize) {
    let mut anyone: Vec<u64> = vec![];
    let mut tops: Vec<Option<Ready>> = vec![];
    for cpu in 0..CPUS {
        let spis = (SPI_FIRST..SPI_LAST).filter(|i| r.r64(GICD + 0x6000 + 8 * i) == cpu as u64);
        let expected = (0..32).chain(spis).filter_map(|i| ready(r, cpu, i)).min();
        // What the interface really has: it may be a better 1-of-N interrupt.
        let hppi = [r.gic.read(cpu, ICC_HPPIR0_EL1), r.gic.read(cpu, ICC_HPPIR1_EL1)];
        let top = hppi.into_iter().find(|i| *i != 1023).and_then(|i| ready(r, cpu, i));
        assert!(hppi.contains(&1023));
        if top != expected {
            let (_, intid, _) = top.unwrap_or_else(|| panic!("seed {seed} step {step} CPU {cpu}: lost {expected:?}"));
            assert!(expected.is_none_or(|e| top.unwrap() < e), "seed {seed} step {step}");
            assert_eq!(r.r64(GICD + 0x6000 + 8 * intid) >> 31 & 1, 1, "seed {seed} step {step}");
            anyone.push(intid);
        }
        let signalled = top.filter(|t| admitted(r, cpu, *t)).map(|(_, _, group)| group);
        assert_eq!((r.fiq(cpu), r.irq(cpu)), (signalled == Some(0), signalled == Some(1)), "seed {seed} step {step}");
        tops.push(top);
    }
    let offered = anyone.len();
    anyone.dedup();
    assert_eq!(anyone.len(), offered, "a 1-of-N interrupt on two CPUs");
    // No 1-of-N interrupt is left over while some CPU could have it and has nothing better.
    for intid in (SPI_FIRST..SPI_LAST).filter(|i| r.r64(GICD + 0x6000 + 8 * i) >> 31 & 1 == 1) {
        let takers: Vec<usize> = (0..CPUS).filter(|c| ready(r, *c, intid).is_some()).collect();
        let has = |c: &usize| tops[*c].is_some_and(|t| t <= ready(r, *c, intid).unwrap());
        assert!(takers.is_empty() || takers.iter().any(has), "seed {seed} step {step}: {intid} is with nobody");
    }
}

fn step(r: &Rig, random: &mut Random, wires: &[Wire]) {
    let cpu = random.below(CPUS as u64) as usize;
    let value = random.next() as u32;
    let spi = SPI_FIRST + random.below(SPI_LAST - SPI_FIRST);
    let arrays = [0x80, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380];
    let array = arrays[random.below(7) as usize];
    let sparse = value & random.next() as u32 & random.next() as u32;
    match random.below(24) {
        0..4 => wires[random.below(wires.len() as u64) as usize].set(value & 1 == 1),
        4 if value & 1 == 0 => r.w32(GICD + array + 4, value & 0xff00_0000),
        4 => r.w32(GICD + array + 8, value >> 8 & 0xff),
        5 => r.w32(r.sgi(cpu) + array, sparse),
        6 => r.priority(spi, value as u8),
        7 => r.w8(r.sgi(cpu) + 0x400 + random.below(32), value as u8),
        8 => r.w32(GICD + 0xc00 + 4 * (3 + random.below(2)), value),
        9 => r.w32(r.sgi(cpu) + 0xc04, value),
        10 => r.route(spi, [0, 1, 2, 7, 1 << 31, 1 << 31][random.below(6) as usize]),
        11 if value & 7 == 0 => r.w32(GICD, value >> 8),
        11 => r.w32(GICD, 3),
        12 => r.gic.write(cpu, ICC_PMR_EL1, if value & 1 == 0 { 0xff } else { u64::from(value) >> 8 }),
        13 => r.gic.write(cpu, [ICC_BPR0_EL1, ICC_BPR1_EL1][value as usize & 1], u64::from(value) >> 8),
        14 => r.gic.write(cpu, ICC_CTLR_EL1, u64::from(value)),
        15 => r.gic.write(cpu, [ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1][value as usize & 1], u64::from(value & 0x70 != 0)),
        16 => r.w32(r.gicr(cpu) + 0x14, if value & 3 == 0 { 2 } else { 0 }),
        17 => r.gic.write(cpu, ICC_SGI1R_EL1, u64::from(value & 0xf00_0007) | u64::from(value >> 31) << 40),
        18 => {
            r.gic.set_spi_pending(spi as u32);
        }
        19 => r.w32(GICD + if value & 1 == 0 { 0x40 } else { 0x48 }, spi as u32),
        20..22 => {
            let group = value as usize & 1;
            let expected = r.gic.read(cpu, [ICC_HPPIR0_EL1, ICC_HPPIR1_EL1][group]);
            let up = if group == 0 { r.fiq(cpu) } else { r.irq(cpu) };
            let got = r.gic.read(cpu, [ICC_IAR0_EL1, ICC_IAR1_EL1][group]);
            assert_eq!(got, if up { expected } else { 1023 });
            assert!(!up || field(r, cpu, 0x300, got) == 1);
        }
        _ => {
            // End what runs: any active interrupt of this CPU's, or a wrong one.
            let active = (0..32).chain(SPI_FIRST..SPI_LAST).find(|i| field(r, cpu, 0x300, *i) == 1);
            let intid = active.unwrap_or(u64::from(value & 0x1ff));
            r.gic.write(cpu, [ICC_EOIR0_EL1, ICC_EOIR1_EL1][value as usize & 1], intid);
            r.gic.write(cpu, ICC_DIR_EL1, intid);
        }
    }
}

#[test]
fn outputs_always_follow_from_the_registers() {
    for seed in 1..=40 {
        let r = Rig::running(CPUS);
        let mut random = Random(seed * 0x9e37_79b9);
        let mut wires: Vec<Wire> = (SPI_FIRST..SPI_LAST).map(|i| r.gic.spi(i as u32 - 32)).collect();
        wires.extend((0..CPUS).flat_map(|cpu| [r.gic.ppi(cpu, 27), r.gic.ppi(cpu, 30)]));
        for n in 0..400 {
            step(&r, &mut random, &wires);
            check(&r, seed, n);
        }
        let other = Rig::new(CPUS);
        let (d, c) = (r.distributor.save().unwrap(), r.redistributors.save().unwrap());
        other.distributor.load(&d).unwrap();
        other.redistributors.load(&c).unwrap();
        assert_eq!((other.distributor.save().unwrap(), other.redistributors.save().unwrap()), (d, c));
        check(&other, seed, SPIS);
    }
}
