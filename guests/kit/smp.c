// Starting the other CPUs. The board must have been read (read_tree).
#include "kit.h"

static u8 stacks[MAX_CPUS][8192] __attribute__((aligned(16)));
// What secondary_entry finds at x0.
static struct {
    u64 stack;
    struct cpu *cpu;
    void (*body)(u64);
    u64 argument;
} starts[MAX_CPUS];

void secondary_entry(void);

s64 cpu_start(u32 index, void (*body)(u64), u64 argument)
{
    cpus[index].index = index;
    starts[index].stack = (u64)&stacks[index][8192];
    starts[index].cpu = &cpus[index];
    starts[index].body = body;
    starts[index].argument = argument;
    // It reads this with its caches off.
    __asm__ volatile("dc civac, %0\n\tdc civac, %1\n\tdsb sy" ::"r"(&starts[index]), "r"(&cpus[index]) : "memory");
    return psci(PSCI_CPU_ON, board.affinity[index], (u64)secondary_entry, (u64)&starts[index]);
}

bool cpu_wait_off(u32 index, u64 ms)
{
    u64 begin = ticks();
    while (psci(PSCI_AFFINITY_INFO, board.affinity[index], 0, 0) != 1) {
        if (ticks() - begin > ms * TICKS_PER_MS)
            return false;
        YIELD();
    }
    return true;
}
