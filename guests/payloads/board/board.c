// Proves the checks that end spec/machine.md and that the board can answer by itself: CPU numbers (4), redistributors (5),
// Apple's way of bringing its timer up, on every CPU (6), one interrupt for each message (10), edges of the map (11).
#include "kit.h"

// Check 4 and 5: affinities and redistributors, by the rule and not by what the device tree says.
static void cpus_and_redistributors(void)
{
    REQUIRE_EQ(MRS(mpidr_el1), 1ul << 31);
    for (u64 n = 0; n < board.cpus; n++) {
        u64 affinity = n / 16 << 8 | n % 16;
        REQUIRE_EQ(board.affinity[n], affinity);
        u64 typer = read64(GICR + n * 0x20000 + 8);
        REQUIRE_EQ(typer >> 32, affinity);
        REQUIRE_EQ(typer >> 4 & 1, n == board.cpus - 1);
        // The same word as two halves.
        REQUIRE_EQ(read32(GICR + n * 0x20000 + 12), affinity);
    }
    if (board.cpus > 5)
        REQUIRE_EQ(read32(0x100b0000 + 12), 5);
    // Beyond the last CPU the window reads zero and ignores writes.
    for (u64 n = board.cpus; n < MAX_CPUS; n++) {
        write32(GICR + n * 0x20000 + 0x14, 0);
        REQUIRE_EQ(read64(GICR + n * 0x20000 + 8), 0);
        REQUIRE_EQ(read32(GICR + n * 0x20000 + 0x14), 0);
    }
    print("board: %u CPUs and redistributors\n", board.cpus);
}

static void stop_timer(u32 intid)
{
    if (intid == PPI_VIRTUAL_TIMER)
        MSR(cntv_ctl_el0, 0);
    ISB();
}

// Check 6, in the order and with the accesses of spec/machine.md 5.
static void timer_as_apples_kernel(u64 n)
{
    u64 mpidr = MRS(mpidr_el1);
    REQUIRE_EQ(mpidr & 0xffffff, n / 16 << 8 | n % 16);
    u64 frame = GICR;
    while ((read64(frame + 8) >> 32 & 0xffff) != (mpidr & 0xffff)) {
        REQUIRE(!(read64(frame + 8) & 0x10));
        frame += 0x20000;
    }
    u32 waker = read32(frame + 0x14);
    REQUIRE_EQ(waker, 6);
    write32(frame + 0x14, waker & ~2u);
    for (u64 begin = ticks(); read32(frame + 0x14) & 4;)
        REQUIRE(ticks() - begin < 24000000);
    // A store with base write-back, as compilers make of it.
    u64 at = frame + 0x10000;
    __asm__ volatile("str %w1, [%0, #0x80]!" : "+r"(at) : "r"(0x81ffffff) : "memory");
    REQUIRE_EQ(at, frame + 0x10080);
    REQUIRE_EQ(read32(at), 0x81ffffff);
    write32(frame + 0x10100, 1u << PPI_VIRTUAL_TIMER);
    MSR(s3_0_c12_c12_5, MRS(s3_0_c12_c12_5) | 1);    // ICC_SRE_EL1.SRE
    MSR(s3_0_c12_c8_3, 0);                           // ICC_BPR0_EL1
    MSR(s3_0_c4_c6_0, 0xff);                         // ICC_PMR_EL1
    MSR(s3_0_c12_c12_4, MRS(s3_0_c12_c12_4) & ~2ul); // ICC_CTLR_EL1.EOImode
    write32(GICD, read32(GICD) | 1);                 // GICD_CTLR.EnableGrp0
    MSR(s3_0_c12_c12_6, 1);                          // ICC_IGRPEN0_EL1
    ISB();
    this_cpu()->on_interrupt = stop_timer;
    const struct taken before = taken_interrupts();
    MSR(cntv_tval_el0, 2400);
    MSR(cntv_ctl_el0, 1);
    ISB();
    REQUIRE(wait_interrupts(&before, 0, 1, 2000));
    REQUIRE_EQ(this_cpu()->fiq, 27);
    REQUIRE(!wait_interrupts(&before, 0, 2, 2));
    REQUIRE_EQ(this_cpu()->irqs, before.irqs);
    REQUIRE_EQ(MRS(s3_0_c12_c8_0), NO_INTERRUPT); // ICC_IAR0_EL1
}

static volatile u32 finished;

static void other_cpu(u64 n)
{
    timer_as_apples_kernel(n);
    __atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
}

static void timers(void)
{
    timer_as_apples_kernel(0);
    for (u32 n = 1; n < board.cpus; n++)
        REQUIRE_EQ(cpu_start(n, other_cpu, n), 0);
    for (u32 n = 1; n < board.cpus; n++)
        REQUIRE(cpu_wait_off(n, 10000));
    REQUIRE_EQ(finished, board.cpus - 1);
    print("board: timer as FIQ 27 on every CPU\n");
}

static u32 messages;

static void count(u32 intid)
{
    messages += intid == 160;
}

// Check 10, and messages outside the range.
static void messages_once(void)
{
    REQUIRE_EQ(read32(V2M + 8), 0x80a00080);
    gic_init_distributor();
    gic_init_cpu();
    this_cpu()->on_interrupt = count;
    // Left level-sensitive as it is at reset: a message is an edge all the same.
    gic_set_group(160, 1);
    gic_enable(160, true);
    for (u32 round = 1; round <= 3; round++) {
        const struct taken before = taken_interrupts();
        write32(V2M + 0x40, 160);
        REQUIRE(gic_pending(160));
        REQUIRE(wait_interrupts(&before, 1, 0, 1000));
        REQUIRE(!wait_interrupts(&before, 2, 0, 1));
        REQUIRE_EQ(messages, round);
        REQUIRE(!gic_pending(160) && !gic_active(160));
    }
    for (u32 intid = 0; intid < 160; intid++)
        write32(V2M + 0x40, intid);
    for (u32 intid = 288; intid < 1100; intid++)
        write32(V2M + 0x40, intid);
    for (u32 word = 1; word < 9; word++)
        REQUIRE_EQ(read32(GICD + 0x200 + 4 * word), 0);
    write32(V2M + 0x40, 287);
    REQUIRE(gic_pending(287));
    gic_clear_pending(287);
    print("board: one interrupt for each message\n");
}

// Check 11: the last word of the PCI window, if there is one, and the first after it.
static void edges(void)
{
    bool pci = find_device("pci-host-ecam-generic") != 0;
    REQUIRE_EQ(read32(0x6ffefffc), pci ? 0xffffffff : 0);
    REQUIRE_EQ(read32(0x6fff0000), 0);
    // A wide access at the end of a region never reaches what follows it.
    REQUIRE_EQ(read32(PVPANIC), 0x0303);
    REQUIRE_EQ(read64(PVPANIC), 0x0303);
    REQUIRE_EQ(read16(PVPANIC + 2), 0);
    REQUIRE_EQ(read32(UART + 0x1000), 0);
    REQUIRE_EQ(read32(RAM - 4), 0);
    print("board: edges of the map%s\n", pci ? "" : " (no PCI window)");
}

void payload_main(u64 tree)
{
    uart_init();
    REQUIRE(read_tree(tree));
    mmu_on();
    cpus_and_redistributors();
    timers();
    messages_once();
    edges();
    print("board: ok\n");
}
