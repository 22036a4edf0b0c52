// Proves what a reset leaves (spec/machine.md 11): RAM outside what is loaded keeps its contents, so the boots can be
// counted there; the program itself is as it was; devices, timers and the other CPUs are as at power-on. Resets twice,
// each time from a machine that has been upset as far as possible, then powers off.
#include "kit.h"

#define COUNTER 0x78000000ul
#define MAGIC 0x7265736574ul

static u64 initialised = 0x1234; // in the image: loaded afresh

static void as_at_power_on(void)
{
    REQUIRE_EQ(initialised, 0x1234);
    REQUIRE_EQ(MRS(mpidr_el1), 1ul << 31);
    REQUIRE_EQ(MRS(currentel), 1 << 2);
    REQUIRE_EQ(MRS(sctlr_el1) & 0x1005, 0); // no translation, no caches
    REQUIRE_EQ(MRS(cntv_ctl_el0), 0);
    REQUIRE_EQ(MRS(cntp_ctl_el0), 0);
    REQUIRE_EQ(read32(UART + 0x38), 0);     // UARTIMSC
    REQUIRE_EQ(read32(UART + 0x30), 0x300); // UARTCR
    REQUIRE_EQ(read32(RTC + 0x04), 0);      // RTCMR
    REQUIRE_EQ(read32(RTC + 0x10), 0);      // RTCIMSC
    REQUIRE(read32(RTC) < 4102444800);      // before 2100: the load was forgotten
    REQUIRE_EQ(read32(GPIO + 0x400), 0);    // GPIODIR
    REQUIRE_EQ(read32(GICD) & 3, 0);        // no group enabled
    REQUIRE_EQ(read32(GICD + 0x108), 0);    // GICD_ISENABLER2
    REQUIRE_EQ(read32(GICD + 0x208), 0);    // GICD_ISPENDR2
    REQUIRE_EQ(read32(GICR + 0x14), 6);     // GICR_WAKER
    REQUIRE_EQ(read32(GICR + SGI_BASE + 0x100), 0);
    REQUIRE_EQ(MRS(s3_0_c12_c12_6), 0); // ICC_IGRPEN0_EL1
    REQUIRE_EQ(MRS(s3_0_c12_c12_7), 0);
    REQUIRE_EQ(MRS(s3_0_c4_c6_0), 0); // ICC_PMR_EL1
    for (u32 n = 1; n < board.cpus; n++)
        REQUIRE_EQ(psci(PSCI_AFFINITY_INFO, board.affinity[n], 0, 0), 1);
}

static volatile u32 spinning;

static void spin(u64 n)
{
    (void)n;
    __atomic_fetch_add(&spinning, 1, __ATOMIC_RELAXED);
    for (;;)
        ;
}

static void upset_everything(void)
{
    initialised = 0;
    mmu_on();
    gic_init_distributor();
    gic_init_cpu();
    write32(GICD + 0x108, 0xffffffff);
    write32(GICD + 0x208, 0xffffffff);
    write32(GICR + SGI_BASE + 0x100, 0xffffffff);
    write32(GPIO + 0x400, 0xff);
    write32(RTC + 0x04, 77);
    write32(RTC + 0x08, 0xf0000000);
    write32(RTC + 0x10, 1);
    write32(UART + 0x38, 0x7ff);
    MSR(cntv_tval_el0, 24);
    MSR(cntv_ctl_el0, 1);
    MSR(cntp_tval_el0, 24);
    MSR(cntp_ctl_el0, 1);
    // All but one spin; the last is never started.
    u32 started = 0;
    for (u32 n = 1; n + 1 < board.cpus; n++, started++)
        REQUIRE_EQ(cpu_start(n, spin, n), 0);
    while (spinning != started)
        YIELD();
}

void payload_main(u64 tree)
{
    REQUIRE_EQ(read32(UART + 0x30), 0x300); // before the console is touched
    u64 imsc = read32(UART + 0x38);
    REQUIRE_EQ(imsc, 0);
    bool read = read_tree(tree);
    as_at_power_on();
    uart_init();
    REQUIRE(read);
    if (read64(COUNTER) != MAGIC) {
        write64(COUNTER, MAGIC);
        write64(COUNTER + 8, 0);
    }
    u64 boots = read64(COUNTER + 8) + 1;
    write64(COUNTER + 8, boots);
    print("reset: boot %lu\n", boots);
    if (boots == 3) {
        print("reset: ok\n");
        power_off();
    }
    upset_everything();
    psci(PSCI_SYSTEM_RESET, 0, 0, 0);
    fail_at(__FILE__, __LINE__, "SYSTEM_RESET returned", 0);
}
