// PSCI, and the other CPUs through it.
#include "checks.h"

const char *check_psci(void)
{
    EXPECT_EQ("PSCI_VERSION", psci(PSCI_VERSION, 0, 0, 0), 0x10001);
    EXPECT_EQ("PSCI_FEATURES of CPU_ON", psci(PSCI_FEATURES, PSCI_CPU_ON, 0, 0), 0);
    EXPECT_EQ("PSCI_FEATURES of SYSTEM_OFF", psci(PSCI_FEATURES, PSCI_SYSTEM_OFF, 0, 0), 0);
    EXPECT_EQ("PSCI_FEATURES of no function", psci(PSCI_FEATURES, 0x8400001f, 0, 0), -1);
    EXPECT_EQ("MIGRATE_INFO_TYPE", psci(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
    EXPECT_EQ("an unknown function", psci(0x84001234, 0, 0, 0), -1);
    EXPECT_EQ("AFFINITY_INFO of this CPU", psci(PSCI_AFFINITY_INFO, board.affinity[0], 0, 0), 0);
    EXPECT_EQ("AFFINITY_INFO of no CPU", psci(PSCI_AFFINITY_INFO, 0xff, 0, 0), -2);
    EXPECT_EQ("CPU_ON of this CPU", psci(PSCI_CPU_ON, board.affinity[0], RAM, 0), -4);
    EXPECT_EQ("CPU_ON of no CPU", psci(PSCI_CPU_ON, 0xff, RAM, 0), -2);
    for (u32 i = 1; i < board.cpus; i++)
        EXPECT(psci(PSCI_AFFINITY_INFO, board.affinity[i], 0, 0) == 1, "CPU %u is not off at the start", i);
    return NULL;
}

// What each CPU reports: 0 nothing yet.
enum { ARRIVED = 1, WRONG_AFFINITY, NO_REDISTRIBUTOR, NO_TIMER, FINE };
static volatile u32 report[MAX_CPUS];

static void stop_timer(u32 intid)
{
    if (intid == PPI_VIRTUAL_TIMER)
        MSR(cntv_ctl_el0, 0);
    ISB();
}

static u32 self_check(u64 index)
{
    if ((MRS(mpidr_el1) & 0xff00fffffful) != board.affinity[index])
        return WRONG_AFFINITY;
    if (redistributor() != GICR + index * GICR_FRAME)
        return NO_REDISTRIBUTOR;
    gic_init_cpu();
    gic_set_group(PPI_VIRTUAL_TIMER, 0);
    gic_enable(PPI_VIRTUAL_TIMER, true);
    const struct taken before = taken_interrupts();
    this_cpu()->on_interrupt = stop_timer;
    MSR(cntv_tval_el0, 2400);
    MSR(cntv_ctl_el0, 1);
    ISB();
    bool arrived = wait_interrupts(&before, 0, 1, 2000);
    MSR(cntv_ctl_el0, 0);
    return arrived ? FINE : NO_TIMER;
}

static void other_cpu(u64 index)
{
    report[index] = ARRIVED;
    u32 outcome = self_check(index);
    DSB();
    report[index] = outcome;
}

const char *check_other_cpus(void)
{
    static const char *const outcomes[] = {"never ran", "did not finish", "has another affinity", "has no redistributor",
                                           "did not get its timer interrupt"};
    for (u32 i = 1; i < board.cpus; i++) {
        s64 status = cpu_start(i, other_cpu, i);
        EXPECT(status == 0, "CPU_ON of CPU %u gives -%lu", i, (u64)-status);
    }
    for (u32 i = 1; i < board.cpus; i++) {
        bool off = cpu_wait_off(i, 5000);
        EXPECT(report[i] == FINE, "CPU %u %s", i, outcomes[report[i]]);
        EXPECT(off, "CPU %u did not switch itself off", i);
    }
    return NULL;
}
