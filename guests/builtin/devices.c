// The simple devices of the board, and the space between them.
#include "checks.h"

#define UARTDR (UART + 0x00)
#define UARTFR (UART + 0x18)
#define UARTCR (UART + 0x30)
#define UARTIFLS (UART + 0x34)
#define UARTIMSC (UART + 0x38)
#define UARTRIS (UART + 0x3c)
#define UARTICR (UART + 0x44)

// What is sent comes back, and nothing reaches the host. Nothing may be printed until the port is out of it again.
static void loopback(bool on)
{
    while (read32(UARTFR) & 0x08) // BUSY
        YIELD();
    if (!on)
        while (!(read32(UARTFR) & 0x10)) // RXFE
            read32(UARTDR);
    write32(UARTCR, on ? 0x381 : 0x301);
}

static const char *loop_bytes(void)
{
    EXPECT_EQ("UARTFR while idle", read32(UARTFR) & 0xf8, 0x90); // TXFE, RXFE
    for (u32 i = 0; i < 16; i++) {
        write32(UARTDR, 0xf0 - i);
        for (u32 spin = 0; read32(UARTFR) & 0x08 && spin < 100000; spin++)
            YIELD();
    }
    EXPECT(read32(UARTFR) & 0x40, "UARTFR is %x after 16 characters: not full", read32(UARTFR));
    for (u32 i = 0; i < 16; i++) {
        u32 got = read32(UARTDR);
        EXPECT(got == 0xf0 - i, "character %u came back as %x, not %x", i, got, 0xf0 - i);
    }
    EXPECT(read32(UARTFR) & 0x10, "UARTFR is %x after 16 reads: not empty", read32(UARTFR));
    return NULL;
}

const char *check_uart(void)
{
    EXPECT_EQ("the identification", primecell_id(UART), 0xb105f00d00141011);
    loopback(true);
    const char *wrong = loop_bytes();
    loopback(false);
    return wrong;
}

static volatile u32 received;

static void receive(u32 intid)
{
    if (intid == SPI_UART)
        while (!(read32(UARTFR) & 0x10))
            received = received << 8 | (read32(UARTDR) & 0xff);
    write32(UARTICR, 0x7ff);
}

// Lets a level-sensitive SPI through to this CPU.
static void open_level(u32 intid)
{
    write64(GICD + 0x6000 + 8 * intid, MRS(mpidr_el1) & 0xff00fffffful);
    gic_set_group(intid, 1);
    gic_set_edge(intid, false);
    gic_enable(intid, true);
}

const char *check_uart_interrupt(void)
{
    const struct taken before = taken_interrupts();
    this_cpu()->on_interrupt = receive;
    received = 0;
    loopback(true);
    write32(UARTIFLS, 0); // one eighth: two characters
    write32(UARTIMSC, 0x50); // RXIM, RTIM
    open_level(SPI_UART);
    write32(UARTDR, 'o');
    write32(UARTDR, 'k');
    bool arrived = wait_interrupts(&before, 1, 0, 2000);
    // The second character may bring an interrupt of its own.
    wait_interrupts(&before, 2, 0, 1);
    write32(UARTIMSC, 0);
    gic_enable(SPI_UART, false);
    write32(UARTIFLS, 0x12);
    loopback(false);
    EXPECT(arrived, "INTID 33 did not arrive; UARTRIS is %x", read32(UARTRIS));
    EXPECT_EQ("what its handler received", received, 'o' << 8 | 'k');
    EXPECT(!gic_pending(SPI_UART), "INTID 33 is still pending");
    return NULL;
}

#define RTCDR (RTC + 0x00)
#define RTCMR (RTC + 0x04)
#define RTCLR (RTC + 0x08)
#define RTCIMSC (RTC + 0x10)
#define RTCRIS (RTC + 0x14)
#define RTCICR (RTC + 0x1c)

static void clear_match(u32 intid)
{
    if (intid == SPI_RTC)
        write32(RTCICR, 1);
}

const char *check_rtc(void)
{
    EXPECT_EQ("the identification", primecell_id(RTC), 0xb105f00d00141031);
    u32 now = read32(RTCDR);
    // From 2024 to 2100: a host whose own clock is right.
    EXPECT(now >= 1704067200 && now < 4102444800, "the time is %u seconds after 1970: is the host's clock right?", now);
    EXPECT_EQ("RTCCR", read32(RTC + 0x0c), 1);
    write32(RTCLR, now + 100000);
    u32 moved = read32(RTCDR) - now;
    EXPECT(moved >= 100000 && moved < 100010, "setting the clock moved it by %u s, not 100000", moved);
    write32(RTCLR, now);
    const struct taken before = taken_interrupts();
    this_cpu()->on_interrupt = clear_match;
    write32(RTCICR, 1);
    write32(RTCIMSC, 1);
    open_level(SPI_RTC);
    do { // the second may end in between
        now = read32(RTCDR);
        write32(RTCMR, now);
    } while (read32(RTCDR) != now);
    bool arrived = wait_interrupts(&before, 1, 0, 2000);
    write32(RTCIMSC, 0);
    gic_enable(SPI_RTC, false);
    EXPECT(arrived, "the match did not bring INTID 34; RTCRIS is %x", read32(RTCRIS));
    EXPECT_EQ("RTCRIS after RTCICR", read32(RTCRIS), 0);
    return NULL;
}

#define GPIODATA(mask) (GPIO + ((u64)(mask) << 2))
#define GPIODIR (GPIO + 0x400)
#define GPIOIS (GPIO + 0x404)
#define GPIOIBE (GPIO + 0x408)
#define GPIOIEV (GPIO + 0x40c)
#define GPIOIE (GPIO + 0x410)

static void mask_lines(u32 intid)
{
    if (intid == SPI_GPIO)
        write32(GPIOIE, 0);
}

const char *check_gpio(void)
{
    EXPECT_EQ("the identification", primecell_id(GPIO), 0xb105f00d00041061);
    EXPECT_EQ("line 3, the power button,", read32(GPIODATA(0x08)), 0);
    write32(GPIODIR, 0x03);
    write32(GPIODATA(0xff), 0xff);
    EXPECT_EQ("GPIODATA with outputs 0 and 1 high", read32(GPIODATA(0xff)), 0x03);
    write32(GPIODATA(0x01), 0x00);
    EXPECT_EQ("GPIODATA after clearing line 0 alone", read32(GPIODATA(0xff)), 0x02);
    write32(GPIODATA(0xff), 0);
    write32(GPIODIR, 0);
    // Line 0 is low, which can be made an interrupt.
    const struct taken before = taken_interrupts();
    this_cpu()->on_interrupt = mask_lines;
    write32(GPIOIBE, 0);
    write32(GPIOIEV, 0);
    write32(GPIOIS, 0x01);
    open_level(SPI_GPIO);
    write32(GPIOIE, 0x01);
    bool arrived = wait_interrupts(&before, 1, 0, 2000);
    write32(GPIOIE, 0);
    write32(GPIOIS, 0);
    gic_enable(SPI_GPIO, false);
    EXPECT(arrived, "a low line did not bring INTID 37");
    return NULL;
}

const char *check_pvpanic(void)
{
    EXPECT_EQ("byte 0", read8(PVPANIC), 0x03);
    EXPECT_EQ("byte 1", read8(PVPANIC + 1), 0x03);
    EXPECT_EQ("the halfword", read16(PVPANIC), 0x0303);
    EXPECT_EQ("the word", read32(PVPANIC), 0x0303);
    return NULL;
}

const char *check_unassigned(void)
{
    // Between the regions of the memory map, and after the last.
    const u64 places[] = {0x00000000, 0x00300000, 0x0f000000, 0x20080000, 0x6fff0000, board.ram_base + board.ram_size};
    for (u64 i = 0; i < sizeof places / sizeof places[0]; i++) {
        u64 at = places[i];
        write32(at, 0xffffffff);
        EXPECT(read32(at) == 0 && read8(at + 1) == 0 && read64(at + 8) == 0, "%lx reads %x", at, read32(at));
    }
    return NULL;
}
