// The built-in guest's checks: each looks at one part of the machine and says what is wrong with it, or NULL.
#pragma once
#include "kit.h"

typedef const char *check(void);

// cpu.c
check check_arithmetic, check_checksums, check_exclusives, check_atomics, check_pointer_authentication;
check check_exceptions, check_translation;
// interrupts.c
check check_distributor, check_spi, check_redistributors, check_sgi, check_virtual_timer, check_physical_timer, check_v2m;
// devices.c
check check_uart, check_uart_interrupt, check_rtc, check_gpio, check_pvpanic, check_unassigned;
// power.c
check check_psci, check_other_cpus;
// speed.c: millions of instructions per second.
u64 measure_speed(void);

// Where a check writes what is wrong.
extern char reason[128];

#define EXPECT(condition, ...)                                                                                         \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return print_into(reason, sizeof reason, __VA_ARGS__);                                                     \
    } while (0)

// `name` is what the user knows the value by.
#define EXPECT_EQ(name, value, expected)                                                                               \
    do {                                                                                                               \
        u64 is = (u64)(value), wanted = (u64)(expected);                                                               \
        if (is != wanted)                                                                                              \
            return print_into(reason, sizeof reason, "%s is %lx, not %lx", name, is, wanted);                          \
    } while (0)

// The eight identification registers that end a PrimeCell's page, low byte first.
static inline u64 primecell_id(u64 base)
{
    u64 id = 0;
    for (u64 i = 0; i < 8; i++)
        id |= (u64)(read32(base + 0xfe0 + 4 * i) & 0xff) << 8 * i;
    return id;
}
