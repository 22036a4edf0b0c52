// The interrupt controller and the timers, step by step as guests use them.
#include "checks.h"

#define TEST_SPI 100 // no device has it

// Waits for exactly one interrupt, as IRQ or FIQ, and for nothing after it.
static const char *expect_one(const struct taken *before, u32 intid, bool fiq)
{
    struct cpu *cpu = this_cpu();
    EXPECT(wait_interrupts(before, !fiq, fiq, 2000), "INTID %u did not arrive as %s (IRQs %u, FIQs %u)", intid,
           fiq ? "FIQ" : "IRQ", cpu->irqs - before->irqs, cpu->fiqs - before->fiqs);
    EXPECT(!wait_interrupts(before, fiq ? 1 : 2, fiq ? 2 : 1, 1), "INTID %u brought another interrupt with it", intid);
    EXPECT_EQ("its INTID", fiq ? cpu->fiq : cpu->irq, intid);
    EXPECT(!gic_active(intid), "INTID %u is still active after its end", intid);
    return NULL;
}

const char *check_distributor(void)
{
    u32 typer = read32(GICD + 0x04);
    EXPECT_EQ("GICD_TYPER.ITLinesNumber", typer & 0x1f, 8);
    EXPECT_EQ("GICD_PIDR2.ArchRev", read32(GICD + 0xffe8) >> 4 & 15, 3);
    EXPECT_EQ("GICD_CTLR", read32(GICD) & 0x53, 0x53); // DS, ARE, both groups
    return NULL;
}

const char *check_spi(void)
{
    u64 affinity = MRS(mpidr_el1) & 0xff00fffffful;
    write64(GICD + 0x6000 + 8 * TEST_SPI, affinity); // GICD_IROUTER
    gic_set_group(TEST_SPI, 1);
    gic_set_edge(TEST_SPI, true);
    gic_enable(TEST_SPI, true);
    EXPECT(!gic_pending(TEST_SPI), "it is pending before anything happened");
    const struct taken before = taken_interrupts();
    write32(GICD + 0x200 + TEST_SPI / 32 * 4, 1u << TEST_SPI % 32); // GICD_ISPENDR
    EXPECT(gic_pending(TEST_SPI), "GICD_ISPENDR did not make it pending");
    const char *wrong = expect_one(&before, TEST_SPI, false);
    gic_enable(TEST_SPI, false);
    if (wrong)
        return wrong;
    EXPECT(!gic_pending(TEST_SPI), "it is still pending after its end");
    return NULL;
}

const char *check_redistributors(void)
{
    for (u32 i = 0; i < board.cpus; i++) {
        u64 typer = read64(GICR + i * GICR_FRAME + 8);
        EXPECT(typer >> 32 == board.affinity[i], "GICR_TYPER of CPU %u has affinity %lx, not %lx", i, typer >> 32,
               board.affinity[i]);
        EXPECT((typer >> 4 & 1) == (i + 1 == board.cpus), "GICR_TYPER.Last of CPU %u is %lu", i, typer >> 4 & 1);
    }
    if (board.cpus < MAX_CPUS)
        EXPECT_EQ("the word after the last", read64(GICR + board.cpus * GICR_FRAME + 8), 0);
    EXPECT_EQ("the frame of this CPU", redistributor(), GICR);
    return NULL;
}

const char *check_sgi(void)
{
    u64 mpidr = MRS(mpidr_el1);
    gic_set_group(9, 1);
    gic_enable(9, true);
    const struct taken before = taken_interrupts();
    MSR(s3_0_c12_c11_5, 9ul << 24 | (mpidr & 0xff00) << 8 | 1ul << (mpidr & 15)); // ICC_SGI1R_EL1
    ISB();
    const char *wrong = expect_one(&before, 9, false);
    gic_enable(9, false);
    return wrong;
}

static volatile u64 fired_at;

static void stop_timers(u32 intid)
{
    fired_at = ticks();
    if (intid == PPI_VIRTUAL_TIMER)
        MSR(cntv_ctl_el0, 0);
    if (intid == PPI_PHYSICAL_TIMER)
        MSR(cntp_ctl_el0, 0);
    ISB();
}

// How an interrupt's delay is judged: never early, and no later than a busy host explains.
static const char *expect_on_time(u64 deadline)
{
    EXPECT(fired_at >= deadline, "it came %lu us early", (deadline - fired_at) / 24);
    EXPECT(fired_at - deadline < 1000 * TICKS_PER_MS, "it came %lu ms late", (fired_at - deadline) / TICKS_PER_MS);
    return NULL;
}

const char *check_virtual_timer(void)
{
    // Apple's kernel brings its timer up in this way (spec/machine.md 5).
    write32(GICR + SGI_BASE + 0x80, 0x81ffffff); // GICR_IGROUPR0: timers in group 0
    write32(GICR + SGI_BASE + 0x100, 1u << PPI_VIRTUAL_TIMER);
    this_cpu()->on_interrupt = stop_timers;
    const struct taken before = taken_interrupts();
    u64 deadline = ticks() + 4800; // 200 us
    MSR(cntv_cval_el0, deadline);
    MSR(cntv_ctl_el0, 1);
    ISB();
    const char *wrong = expect_one(&before, PPI_VIRTUAL_TIMER, true);
    MSR(cntv_ctl_el0, 0);
    gic_enable(PPI_VIRTUAL_TIMER, false);
    return wrong ? wrong : expect_on_time(deadline);
}

const char *check_physical_timer(void)
{
    gic_set_group(PPI_PHYSICAL_TIMER, 1);
    gic_enable(PPI_PHYSICAL_TIMER, true);
    this_cpu()->on_interrupt = stop_timers;
    const struct taken before = taken_interrupts();
    u64 deadline = ticks() + 4800;
    MSR(cntp_cval_el0, deadline);
    MSR(cntp_ctl_el0, 1);
    ISB();
    const char *wrong = expect_one(&before, PPI_PHYSICAL_TIMER, false);
    MSR(cntp_ctl_el0, 0);
    gic_enable(PPI_PHYSICAL_TIMER, false);
    return wrong ? wrong : expect_on_time(deadline);
}

const char *check_v2m(void)
{
    EXPECT_EQ("MSI_TYPER", read32(V2M + 0x08), 0x80a00080);
    const u32 intid = 160;
    write64(GICD + 0x6000 + 8 * intid, MRS(mpidr_el1) & 0xff00fffffful);
    gic_set_group(intid, 1);
    gic_set_edge(intid, true);
    gic_enable(intid, true);
    const struct taken before = taken_interrupts();
    write32(V2M + 0x40, intid); // MSI_SETSPI_NS
    const char *wrong = expect_one(&before, intid, false);
    gic_enable(intid, false);
    return wrong;
}
