// The built-in guest: what `vmapple run` runs when it is given nothing else. It checks every part of the board that it
// knows and that the device tree lists, one line each, measures the machine's speed, and powers off; a failed check is
// reported to the host as a panic.
#include "checks.h"

char reason[128];

static const struct {
    const char *name;
    const char *what;
    const char *device; // `compatible` of the device this is about; NULL: always there
    check *run;
} checks[] = {
    {"cpu", "multiply, divide, shift, bit fields, carry", NULL, check_arithmetic},
    {"cpu", "CRC-32 and CRC-32C", NULL, check_checksums},
    {"cpu", "load and store exclusive", NULL, check_exclusives},
    {"cpu", "atomic instructions (LSE)", NULL, check_atomics},
    {"cpu", "pointer authentication", NULL, check_pointer_authentication},
    {"cpu", "exceptions: call, breakpoint, undefined, aborts", NULL, check_exceptions},
    {"mmu", "translation, permissions, invalidation", NULL, check_translation},
    {"gic distributor", "identification, 256 shared interrupts", "arm,gic-v3", check_distributor},
    {"gic distributor", "interrupt set pending, taken, ended", "arm,gic-v3", check_spi},
    {"gic redistributors", "one for each CPU, and no more", "arm,gic-v3", check_redistributors},
    {"gic cpu interface", "software interrupt to itself", "arm,gic-v3", check_sgi},
    {"virtual timer", "arrives as FIQ, group 0, on time", "arm,gic-v3", check_virtual_timer},
    {"physical timer", "arrives as IRQ, group 1, on time", "arm,gic-v3", check_physical_timer},
    {"gic-v2m", "message becomes one interrupt", "arm,gic-v2m-frame", check_v2m},
    {"uart-pl011", "identification, loopback, FIFOs", "arm,pl011", check_uart},
    {"uart-pl011", "receive interrupt", "arm,pl011", check_uart_interrupt},
    {"rtc-pl031", "identification, time of day, match interrupt", "arm,pl031", check_rtc},
    {"gpio-pl061", "identification, lines, level interrupt", "arm,pl061", check_gpio},
    {"pvpanic", "offers panic and crash-kernel reports", "qemu,pvpanic-mmio", check_pvpanic},
    {"unassigned space", "reads zero, ignores writes", NULL, check_unassigned},
    {"psci", "version, features, CPU states, nonsense", NULL, check_psci},
    {"other cpus", "switched on, timer interrupt on each, off again", NULL, check_other_cpus},
};
#define CHECKS (sizeof checks / sizeof checks[0])

static void banner(void)
{
    print("\nVMApple, Apple's virtual Mac: the built-in guest\n"
          "Checks the machine it runs on, measures its speed, and powers off.\n"
          "For a guest of your own:  vmapple run --help\n\n");
    print("  processors  %u\n", board.cpus);
    print("  memory      %lu MiB at %lx\n", board.ram_size >> 20, board.ram_base);
    print("  counter     %lu MHz\n\n", MRS(cntfrq_el0) / 1000000);
}

// Devices that a later board has and this guest does not know, so that nobody takes them for checked.
static void list_unknown(void)
{
    for (u32 i = 0; i < board.devices; i++) {
        bool known = false;
        for (u64 c = 0; c < CHECKS; c++)
            known |= checks[c].device && same_text(checks[c].device, board.device[i].compatible);
        if (!known)
            print("  %-20s at %lx: this guest has no check for it\n", board.device[i].compatible, board.device[i].base);
    }
}

void payload_main(u64 tree)
{
    uart_init();
    if (!read_tree(tree)) {
        print("\nVMApple: the built-in guest cannot read its device tree at %lx\n", tree);
        report_panic();
    }
    mmu_on();
    banner();
    gic_init_distributor();
    gic_init_cpu();

    u64 begin = ticks();
    u32 done = 0, failed = 0;
    for (u64 i = 0; i < CHECKS; i++) {
        if (checks[i].device && !find_device(checks[i].device))
            continue;
        print("  %-20s%-52s", checks[i].name, checks[i].what);
        struct cpu *cpu = this_cpu();
        const char *wrong = checks[i].run();
        cpu->catching = false;
        cpu->on_interrupt = NULL;
        done++;
        failed += wrong != NULL;
        if (wrong)
            print("FAILED: %s\n", wrong);
        else
            print("ok\n");
    }
    list_unknown();
    u64 end = ticks();
    u64 mips = measure_speed();
    print("  %-20s%lu million instructions a second on one CPU\n\n", "speed", mips);

    if (failed) {
        print("%u of %u checks FAILED. Reporting a panic to the host.\n", failed, done);
        report_panic();
    }
    print("All %u checks passed in %lu ms. Powering off.\n", done, (end - begin) / TICKS_PER_MS);
    power_off();
}
