//! Two changes at the same moment, many times over: whichever comes first, the outputs end where both lead.

use super::rig::*;
use crate::gic::IccRegister::*;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const ROUNDS: usize = 20_000;

/// Meets the other thread; spins, so that both go on within nanoseconds of each other.
fn meet(arrived: &AtomicUsize, times: usize) {
    arrived.fetch_add(1, SeqCst);
    let mut spins = 0u32;
    while arrived.load(SeqCst) < 2 * times {
        spins = spins.wrapping_add(1);
        if spins.is_multiple_of(1000) {
            std::thread::yield_now();
        }
        std::hint::spin_loop();
    }
}

/// Lets the other thread run to its end when a check fails.
struct Release<'a>([&'a AtomicUsize; 2]);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|meeting| meeting.store(usize::MAX / 2, SeqCst));
    }
}

/// Runs `a(round)` and `b(round)` at once, then `check(round)`, for each round.
fn collide(a: impl Fn(usize) + Sync, b: impl Fn(usize) + Sync, check: impl Fn(usize)) {
    let (start, end) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for round in 1..=ROUNDS {
                meet(&start, round);
                a(round);
                meet(&end, round);
            }
        });
        let _release = Release([&start, &end]);
        for round in 1..=ROUNDS {
            meet(&start, round);
            b(round);
            meet(&end, round);
            // The other thread waits at the next start.
            check(round);
        }
    });
}

/// A bit that looks random and that both threads can compute.
fn coin(round: usize, n: u64) -> bool {
    Random((round as u64) << 8 | n | 1 << 60).next() & 1 == 1
}

#[test]
fn two_devices_raising_and_lowering() {
    let r = Rig::running(1);
    let (a, b) = (r.gic.spi(40), r.gic.spi(200));
    r.priority(232, 0x40);
    let check = |round| {
        let (a, b) = (coin(round, 2), coin(round, 4));
        let expected = if b {
            232
        } else if a {
            72
        } else {
            1023
        };
        assert_eq!((r.irq(0), r.gic.read(0, ICC_HPPIR1_EL1)), (a || b, expected), "round {round}");
    };
    collide(|round| a.set(coin(round, 2)), |round| b.set(coin(round, 4)), check);
}

#[test]
fn a_device_and_the_priority_mask() {
    let r = Rig::running(1);
    let wire = r.gic.spi(0);
    let mask = |round| r.gic.write(0, ICC_PMR_EL1, if coin(round, 4) { 0xff } else { 0 });
    let check = |round| assert_eq!(r.irq(0), coin(round, 2) && coin(round, 4), "round {round}");
    collide(|round| wire.set(coin(round, 2)), mask, check);
}

#[test]
fn a_device_and_the_group_enable() {
    let r = Rig::running(1);
    let wire = r.gic.spi(0);
    let enable = |round| r.gic.write(0, ICC_IGRPEN1_EL1, coin(round, 4).into());
    let check = |round| assert_eq!(r.irq(0), coin(round, 2) && coin(round, 4), "round {round}");
    collide(|round| wire.set(coin(round, 2)), enable, check);
}

#[test]
fn a_device_and_the_route() {
    let r = Rig::running(2);
    let wire = r.gic.spi(0);
    let check = |round| {
        let up = coin(round, 2);
        assert_eq!((r.irq(0), r.irq(1)), (up && !coin(round, 4), up && coin(round, 4)), "round {round}");
    };
    collide(|round| wire.set(coin(round, 2)), |round| r.route(32, coin(round, 4).into()), check);
}

#[test]
fn two_cpus_leaving_and_joining_the_choice_of_a_1_of_n_interrupt() {
    let r = Rig::running(2);
    r.route(32, 1 << 31);
    r.gic.set_spi_pending(32);
    let enable = |cpu, on: bool| r.gic.write(cpu, ICC_IGRPEN1_EL1, on.into());
    let check = |round| {
        let on = [coin(round, 2), coin(round, 4)];
        let offered = r.irqs();
        assert_eq!(offered.len(), usize::from(on[0] || on[1]), "round {round}");
        assert!(offered.iter().all(|cpu| on[*cpu]), "round {round}");
    };
    collide(|round| enable(0, coin(round, 2)), |round| enable(1, coin(round, 4)), check);
}

#[test]
fn two_cpus_acknowledging_one_interrupt_as_it_moves_between_them() {
    let r = Rig::running(2);
    let taken = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let take = |cpu: usize, round: usize| {
        if cpu == usize::from(coin(round, 2)) {
            // The CPU that has it, or is about to lose it.
            r.route(32, coin(round, 4).into());
        }
        let intid = r.ack(cpu);
        if intid == 32 {
            taken[cpu].fetch_add(1, SeqCst);
            r.eoi(cpu, 32);
        } else {
            assert_eq!(intid, 1023);
        }
    };
    let total = |taken: &[AtomicUsize; 2]| taken[0].load(SeqCst) + taken[1].load(SeqCst);
    r.gic.set_spi_pending(32);
    let check = |round| {
        // Whoever missed it takes it now.
        (0..2).for_each(|cpu| take(cpu, round));
        assert_eq!(total(&taken), round, "round {round}");
        assert!(!r.irq(0) && !r.irq(1));
        r.gic.set_spi_pending(32);
    };
    collide(|round| take(0, round), |round| take(1, round), check);
}
