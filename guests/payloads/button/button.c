// Proves that the power button reaches the guest (spec/machine.md 6 and check 7): line 3 of the PL061 is high for 100 ms
// and raises its interrupt on both edges. The test presses the button when it sees "press".
#include "kit.h"

#define LINE 0x08u
#define GPIODATA3 (GPIO + (LINE << 2))
#define GPIOIS (GPIO + 0x404)
#define GPIOIBE (GPIO + 0x408)
#define GPIOIE (GPIO + 0x410)
#define GPIOIC (GPIO + 0x41c)

static volatile u64 edge_at[2];
static volatile u32 level_at[2];
static volatile u32 edges;

static void edge(u32 intid)
{
    if (intid == SPI_GPIO && edges < 2) {
        edge_at[edges] = ticks();
        level_at[edges] = read32(GPIODATA3);
        edges++;
    }
    write32(GPIOIC, 0xff);
}

void payload_main(u64 tree)
{
    uart_init();
    REQUIRE(read_tree(tree));
    mmu_on();
    gic_init_distributor();
    gic_init_cpu();
    this_cpu()->on_interrupt = edge;
    REQUIRE_EQ(read32(GPIODATA3), 0);
    write32(GPIOIS, 0);
    write32(GPIOIBE, LINE);
    write32(GPIOIC, 0xff);
    write32(GPIOIE, LINE);
    gic_set_group(SPI_GPIO, 1);
    gic_enable(SPI_GPIO, true);
    const struct taken before = taken_interrupts();
    print("button: press\n");
    REQUIRE(wait_interrupts(&before, 2, 0, 20000));
    REQUIRE_EQ(level_at[0], LINE);
    REQUIRE_EQ(level_at[1], 0);
    u64 held = (edge_at[1] - edge_at[0]) / TICKS_PER_MS;
    print("button: held for %lu ms\n", held);
    // A busy host may be late with either edge.
    REQUIRE(held >= 50 && held <= 1000);
    print("button: ok\n");
}
