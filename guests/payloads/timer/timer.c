// Proves the timers: WFI ends at the deadline and not before, also with interrupts masked; IMASK and ENABLE hold the
// interrupt back; TVAL is signed; the counter and the clock chip agree on what a second is.
#include "kit.h"

static volatile u64 fired_at;

static void stop(u32 intid)
{
    fired_at = ticks();
    if (intid == PPI_VIRTUAL_TIMER)
        MSR(cntv_ctl_el0, 2 | 1);
    if (intid == PPI_PHYSICAL_TIMER)
        MSR(cntp_ctl_el0, 2 | 1);
    ISB();
}

// Sleeps until the deadline with interrupts open; judges when the handler ran.
static void sleep_open(void)
{
    u64 latest = 0;
    for (u32 round = 0; round < 50; round++) {
        struct cpu *cpu = this_cpu();
        u32 before = cpu->fiqs;
        u64 deadline = ticks() + 24000 * (1 + round % 3);
        MSR(cntv_cval_el0, deadline);
        MSR(cntv_ctl_el0, 1);
        ISB();
        while (cpu->fiqs == before) {
            // Masked between the question and WFI, so that the answer cannot slip between them.
            MASK(DAIF_FIQ);
            if (cpu->fiqs == before)
                WFI();
            UNMASK(DAIF_FIQ);
        }
        MASK(DAIF_FIQ | DAIF_IRQ);
        REQUIRE_EQ(cpu->fiqs - before, 1);
        REQUIRE(fired_at >= deadline);
        u64 late = fired_at - deadline;
        latest = late > latest ? late : latest;
    }
    print("timer: 50 sleeps, at most %lu us late\n", latest / 24);
    REQUIRE(latest < 500 * TICKS_PER_MS);
}

// Masked interrupts end WFI too and are not taken.
static void sleep_masked(void)
{
    struct cpu *cpu = this_cpu();
    u32 before = cpu->fiqs;
    u64 deadline = ticks() + 48000;
    MSR(cntv_cval_el0, deadline);
    MSR(cntv_ctl_el0, 1);
    ISB();
    do
        WFI();
    while (!(MRS(cntv_ctl_el0) & 4));
    REQUIRE(ticks() >= deadline);
    REQUIRE_EQ(cpu->fiqs, before);
    REQUIRE_EQ(MRS(isr_el1) & 0xc0, 0x40); // FIQ pending, no IRQ
    REQUIRE_EQ(MRS(s3_0_c12_c8_2), PPI_VIRTUAL_TIMER); // ICC_HPPIR0_EL1
    MSR(cntv_ctl_el0, 3);
    ISB();
    REQUIRE_EQ(MRS(cntv_ctl_el0), 7); // the condition holds, masked or not
    REQUIRE_EQ(MRS(isr_el1) & 0xc0, 0);
    MSR(cntv_ctl_el0, 0);
    ISB();
    REQUIRE_EQ(MRS(cntv_ctl_el0) & 3, 0);
    print("timer: masked sleep\n");
}

static void nothing_comes(u64 ms)
{
    const struct taken before = taken_interrupts();
    REQUIRE(!wait_interrupts(&before, 0, 1, ms));
    REQUIRE_EQ(this_cpu()->irqs, before.irqs);
}

static void held_back(void)
{
    MSR(cntv_tval_el0, 2400);
    MSR(cntv_ctl_el0, 3); // IMASK
    nothing_comes(2);
    MSR(cntv_tval_el0, 2400);
    MSR(cntv_ctl_el0, 0); // not ENABLE
    nothing_comes(2);
    MSR(cntv_tval_el0, 24000);
    MSR(cntv_ctl_el0, 1);
    MSR(cntv_cval_el0, ~0ul); // postponed for ever
    nothing_comes(3);
    gic_enable(PPI_VIRTUAL_TIMER, false);
    MSR(cntv_tval_el0, 24);
    nothing_comes(2);
    // A level: pending while it lasts.
    for (u64 begin = ticks(); !gic_pending(PPI_VIRTUAL_TIMER);)
        REQUIRE(ticks() - begin < 1000 * TICKS_PER_MS);
    MSR(cntv_ctl_el0, 0);
    ISB();
    REQUIRE(!gic_pending(PPI_VIRTUAL_TIMER));
    gic_enable(PPI_VIRTUAL_TIMER, true);
    print("timer: held back by masks\n");
}

static void signed_value(void)
{
    const struct taken before = taken_interrupts();
    MSR(cntp_tval_el0, 0xffffffff); // -1: a tick ago
    MSR(cntp_ctl_el0, 1);
    ISB();
    REQUIRE(MRS(cntp_ctl_el0) & 4);
    REQUIRE(wait_interrupts(&before, 1, 0, 1000));
    REQUIRE_EQ(this_cpu()->irq, PPI_PHYSICAL_TIMER);
    REQUIRE_EQ(this_cpu()->fiqs, before.fiqs);
    REQUIRE(MRS(cntp_tval_el0) >> 31 == 1 && MRS(cntp_tval_el0) >> 32 == 0);
    MSR(cntp_ctl_el0, 0);
    print("timer: signed value\n");
}

static u64 next_second(void)
{
    u32 now = read32(RTC);
    while (read32(RTC) == now) {
        // Asleep for a millisecond at a time.
        MSR(cntv_tval_el0, 24000);
        MSR(cntv_ctl_el0, 1);
        ISB();
        WFI();
        MSR(cntv_ctl_el0, 0);
    }
    return ticks();
}

static void seconds(void)
{
    u64 begin = next_second();
    u64 second = next_second() - begin;
    print("timer: a second of the clock is %lu ms of the counter\n", second / TICKS_PER_MS);
    REQUIRE(second > 23000000 && second < 25000000);
}

void payload_main(u64 tree)
{
    uart_init();
    REQUIRE(read_tree(tree));
    mmu_on();
    REQUIRE_EQ(MRS(cntfrq_el0), 24000000);
    gic_init_distributor();
    gic_init_cpu();
    this_cpu()->on_interrupt = stop;
    gic_set_group(PPI_VIRTUAL_TIMER, 0);
    gic_set_group(PPI_PHYSICAL_TIMER, 1);
    gic_enable(PPI_VIRTUAL_TIMER, true);
    gic_enable(PPI_PHYSICAL_TIMER, true);
    sleep_open();
    sleep_masked();
    held_back();
    signed_value();
    seconds();
    print("timer: ok\n");
}
