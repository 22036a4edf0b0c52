// The board as far as the benchmark needs it: a polled PL011 and an identity mapping with caches on.
#include "board.h"

static volatile u32 *const uart = (volatile u32 *)UART;

static void put_byte(u8 byte)
{
    while (uart[0x18 / 4] & 0x20) // UARTFR.TXFF
        ;
    uart[0] = byte;
}

void put_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put_byte('\r');
        put_byte((u8)*text);
    }
}

void put_decimal(u64 value)
{
    char digits[21];
    int at = 20;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    put_text(digits + at);
}

void put_hex(u64 value, int digits)
{
    while (digits--)
        put_byte((u8)"0123456789abcdef"[(value >> (4 * digits)) & 15]);
}

void report_exception(u64 esr, u64 elr, u64 far)
{
    put_text("bench: unexpected exception, ESR_EL1=");
    put_hex(esr, 16);
    put_text(" ELR_EL1=");
    put_hex(elr, 16);
    put_text(" FAR_EL1=");
    put_hex(far, 16);
    put_text("\n");
}

#define GIB (1ul << 30)
#define BLOCK_2M (1ul << 21)
#define TABLE 3ul
#define NORMAL (0x701ul | 1ul << 2)         // block, AF, inner shareable, attribute 1
#define DEVICE (0x401ul | 3ul << 53)        // block, AF, attribute 0, never executed

static u64 level1[512] __attribute__((aligned(4096)));
static u64 level2[512] __attribute__((aligned(4096)));

// 4 GiB mapped to itself: devices below RAM, memory from there on.
u64 *fill_tables(void)
{
    u64 ram_gib = RAM / GIB;
    for (u64 gib = 0; gib < 4; gib++)
        level1[gib] = gib * GIB | (gib < ram_gib ? DEVICE : NORMAL);
    for (u64 block = 0; block < 512; block++) {
        u64 address = ram_gib * GIB + block * BLOCK_2M;
        level2[block] = address | (address < RAM ? DEVICE : NORMAL);
    }
    level1[ram_gib] = (u64)level2 | TABLE;
    return level1;
}

static u64 ticks(void)
{
    u64 value;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

static void measure(const char *name, u32 (*kernel)(void))
{
    u64 begin = ticks();
    u32 checksum = kernel();
    u64 end = ticks();
    put_text("bench ");
    put_text(name);
    put_text(" checksum=");
    put_hex(checksum, 8);
    put_text(" ticks=");
    put_decimal(end - begin);
    put_text("\n");
}

void bench_main(void)
{
    u64 frequency;
    __asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
    uart[0x30 / 4] = 0;
    uart[0x2c / 4] = 0x70; // UARTLCR_H: FIFOs, 8 bits
    uart[0x30 / 4] = 0x301; // UARTCR: enabled, both directions
    put_text("bench frequency=");
    put_decimal(frequency);
    put_text("\n");
    measure("sha256", sha256);
    measure("crc32", crc32_bits);
    measure("sort", sort);
    measure("matrix", matrix);
    measure("interpreter", interpreter);
    measure("recursion", recursion);
    measure("text", text);
    put_text("bench done\n");
}
