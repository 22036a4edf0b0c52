// Proves translation with each granule: 4, 16 and 64 KiB pages, blocks, both halves of the address space, fault levels,
// permissions, address space identifiers and their invalidation. Identity mappings keep the program running meanwhile.
#include "kit.h"

#define POOL 24
#define KIB64 0x10000ul

static u8 pool[POOL][KIB64] __attribute__((aligned(0x10000)));
static u32 used;
static u8 data[2][KIB64] __attribute__((aligned(0x10000)));

static u32 granule;     // log2 of the page size
static u64 *root[2];    // TTBR0's and TTBR1's tables

#define LEVEL_BITS (granule - 3)
#define VA_BITS 39
static u32 shift_of(u32 level) { return granule + LEVEL_BITS * (3 - level); }
// The level whose entries together cover VA_BITS.
static u32 first_level(void)
{
    u32 level = 3;
    while (shift_of(level) + LEVEL_BITS < VA_BITS)
        level--;
    return level;
}

#define PLAIN (DESC_NORMAL | DESC_PXN | DESC_UXN)
#define NOT_GLOBAL DESC_NG

// The entry for `va` at `level`, with the tables on the way made as needed.
static volatile u64 *entry(u64 va, u32 level)
{
    u64 *table = root[va >> 63];
    for (u32 at = first_level();; at++) {
        u64 mask = at == first_level() ? (1ul << (VA_BITS - shift_of(at))) - 1 : (1ul << LEVEL_BITS) - 1;
        u64 *e = &table[va >> shift_of(at) & mask];
        if (at == level)
            return e;
        if (!*e) {
            REQUIRE(used < POOL);
            *e = (u64)pool[used++] | 3;
        }
        table = (u64 *)(*e & 0xfffffffff000);
    }
}

static void map(u64 va, u64 pa, u32 level, u64 attributes)
{
    *entry(va, level) = pa | attributes | (level == 3 ? 3 : 1);
    DSB();
}

static void forget(u64 va)
{
    __asm__ volatile("dsb ishst\n\ttlbi vaae1is, %0\n\tdsb ish\n\tisb" ::"r"(va >> 12 & 0xfffffffffff) : "memory");
}

static void translation_on(void)
{
    // TG0: 00 4K, 01 64K, 10 16K; TG1: 10 4K, 11 64K, 01 16K.
    u64 tg0 = granule == 12 ? 0 : granule == 16 ? 1 : 2;
    u64 tg1 = granule == 12 ? 2 : granule == 16 ? 3 : 1;
    const u64 half = 64 - VA_BITS;
    MSR(ttbr0_el1, (u64)root[0] | 1ul << 48); // ASID 1
    MSR(ttbr1_el1, root[1]);
    MSR(mair_el1, 0xff04);
    // Write-back, inner shareable walks; 40-bit physical addresses; 16-bit ASIDs from TTBR0.
    MSR(tcr_el1, half | 0x3500 | tg0 << 14 | half << 16 | 0x35000000 | tg1 << 30 | 2ul << 32 | 1ul << 36);
    ISB();
    __asm__ volatile("tlbi vmalle1\n\tdsb ish\n\tisb" ::: "memory");
    MSR(sctlr_el1, MRS(sctlr_el1) | 0x1005);
    ISB();
}

static void translation_off(void)
{
    MSR(sctlr_el1, MRS(sctlr_el1) & ~0x1005ul);
    ISB();
    __asm__ volatile("tlbi vmalle1\n\tdsb ish\n\tisb" ::: "memory");
}

// A load that must fault, with this status and address.
static void faults(u64 va, u64 status)
{
    catch_exceptions();
    __asm__ volatile("ldr x9, [%0]" ::"r"(va) : "x9", "memory");
    REQUIRE_EQ(caught_exceptions(), 1);
    REQUIRE_EQ(exception_class(this_cpu()), EC_DATA_ABORT);
    REQUIRE_EQ(this_cpu()->esr & 0x3f, status);
    REQUIRE_EQ(this_cpu()->far, va);
}

static void store_faults(u64 va, u64 status)
{
    catch_exceptions();
    __asm__ volatile("str xzr, [%0]" ::"r"(va) : "memory");
    REQUIRE_EQ(caught_exceptions(), 1);
    REQUIRE_EQ(this_cpu()->esr & 0x7f, 0x40 | status);
}

static void try_granule(u32 bits)
{
    granule = bits;
    used = 0;
    for (u64 i = 0; i < sizeof pool / 8; i++)
        ((volatile u64 *)pool)[i] = 0;
    root[0] = (u64 *)pool[used++];
    root[1] = (u64 *)pool[used++];
    const u64 page = 1ul << granule;
    const u64 block = 1ul << shift_of(2); // 2 MiB, 32 MiB, 512 MiB
    // This program, and the UART; a 512 MiB block holds both RAM and device space, so RAM is only what is touched.
    for (u64 at = RAM & ~(block - 1); at < RAM + (16ul << 20); at += block)
        map(at, at, 2, DESC_NORMAL | DESC_UXN);
    map(UART & ~(page - 1), UART & ~(page - 1), 3, DESC_DEVICE | DESC_PXN | DESC_UXN);

    const u64 low = 0x4000000000, high = 0xffffff8000000000;
    map(low, (u64)data[0], 3, PLAIN);
    map(low + page, (u64)data[1], 3, PLAIN | DESC_READ_ONLY);
    map(low + 2 * page, (u64)data[1], 3, PLAIN & ~(1ul << 10)); // no access flag
    *entry(low + 3 * page, 3) = 0;
    map(high + 5 * page, (u64)data[0], 3, PLAIN);
    map(high + block, (u64)data[1] & ~(block - 1), 2, PLAIN);
    volatile u64 *first = (u64 *)data[0], *second = (u64 *)data[1];
    const u64 last = page - 8;
    first[0] = 0x1111;
    first[last / 8] = 0x2222;
    second[0] = 0x3333;
    second[last / 8] = 0x4444;
    translation_on();

    // The same memory through every mapping, at both ends of the page.
    REQUIRE_EQ(read64(low), 0x1111);
    REQUIRE_EQ(read64(low + last), 0x2222);
    REQUIRE_EQ(read64(low + page), 0x3333);
    REQUIRE_EQ(read64(low + page + last), 0x4444);
    REQUIRE_EQ(read64(high + 5 * page + last), 0x2222);
    REQUIRE_EQ(read64(high + block + ((u64)data[1] & (block - 1))), 0x3333);
    write64(high + 5 * page + 8, 0x5555);
    REQUIRE_EQ(first[1], 0x5555);
    REQUIRE_EQ(read64(low + 8), 0x5555);
    // A load across two pages that do not lie beside each other.
    write32(low + page - 4, 0xaabbccdd);
    REQUIRE_EQ(*(volatile u32 *)(low + page - 4), 0xaabbccdd);
    u64 across;
    __asm__ volatile("ldr %0, [%1]" : "=r"(across) : "r"(low + page - 4) : "memory");
    REQUIRE_EQ(across, 0x3333ul << 32 | 0xaabbccdd);

    store_faults(low + page, 0x0f);
    store_faults(low + page - 4, 0x0f); // its second half is not writable: nothing is written
    REQUIRE_EQ(read32(low + page - 4), 0xaabbccdd);
    faults(low + 2 * page, 0x0b);
    faults(low + 3 * page, 0x07);
    faults(low + block, 0x06);
    // No table at the first level (which is level 2 with 64 KiB).
    faults(0x2000000000, 0x04 | first_level());
    // Outside both halves: always level 0.
    faults(1ul << VA_BITS, 0x04);
    faults(high - 16, 0x04);
    catch_exceptions();
    ((void (*)(void))(low))();
    REQUIRE_EQ(caught_exceptions(), 1);
    REQUIRE_EQ(this_cpu()->esr, 0x8600000f);

    // Another frame under the same address, seen once it is invalidated.
    map(low, (u64)data[1], 3, PLAIN);
    forget(low);
    REQUIRE_EQ(read64(low + last), 0x4444);

    // Two address spaces: not-global entries belong to their ASID, also while cached.
    map(low + 4 * page, (u64)data[0], 3, PLAIN | NOT_GLOBAL);
    forget(low + 4 * page);
    REQUIRE_EQ(read64(low + 4 * page), 0x1111);
    *entry(low + 4 * page, 3) = (u64)data[1] | PLAIN | NOT_GLOBAL | 3;
    MSR(ttbr0_el1, (u64)root[0] | 2ul << 48);
    ISB();
    REQUIRE_EQ(read64(low + 4 * page), 0x3333);
    *entry(low + 4 * page, 3) = 0;
    __asm__ volatile("dsb ishst\n\ttlbi aside1is, %0\n\tdsb ish\n\tisb" ::"r"(2ul << 48) : "memory");
    faults(low + 4 * page, 0x07);
    MSR(ttbr0_el1, (u64)root[0] | 1ul << 48);
    ISB();
    __asm__ volatile("tlbi aside1is, %0\n\tdsb ish\n\tisb" ::"r"(1ul << 48) : "memory");
    faults(low + 4 * page, 0x07);

    // The same for instructions: another frame after invalidation, another ASID without any.
    for (u32 i = 0; i < 2; i++) {
        ((volatile u32 *)data[i])[64] = 0x52800000 | (i + 1) << 5; // MOV W0, #i+1
        ((volatile u32 *)data[i])[65] = 0xd65f03c0;                // RET
        clean_code(&data[i][256], 8);
    }
    u64 (*code)(void) = (u64(*)(void))(low + 6 * page + 256);
    map(low + 6 * page, (u64)data[0], 3, DESC_NORMAL | DESC_UXN | NOT_GLOBAL);
    forget(low + 6 * page);
    REQUIRE_EQ(code(), 1);
    map(low + 6 * page, (u64)data[1], 3, DESC_NORMAL | DESC_UXN | NOT_GLOBAL);
    forget(low + 6 * page);
    REQUIRE_EQ(code(), 2);
    *entry(low + 6 * page, 3) = (u64)data[0] | DESC_NORMAL | DESC_UXN | NOT_GLOBAL | 3;
    MSR(ttbr0_el1, (u64)root[0] | 3ul << 48);
    ISB();
    REQUIRE_EQ(code(), 1);
    map(low + 6 * page, (u64)data[0], 3, PLAIN | NOT_GLOBAL);
    forget(low + 6 * page);
    catch_exceptions();
    code();
    REQUIRE_EQ(caught_exceptions(), 1);
    REQUIRE_EQ(this_cpu()->esr, 0x8600000f);
    MSR(ttbr0_el1, (u64)root[0] | 1ul << 48);
    ISB();

    // What address translation instructions say.
    __asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(low + 24) : "memory");
    REQUIRE_EQ(MRS(par_el1) & 0xfffffff001, (u64)data[1]);
    __asm__ volatile("at s1e1w, %0\n\tisb" ::"r"(low + page) : "memory");
    REQUIRE_EQ(MRS(par_el1) & 0x7f, 0x0f << 1 | 1);
    translation_off();
    print("granules: %lu KiB, blocks of %lu MiB, first level %u\n", page >> 10, block >> 20, first_level());
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    try_granule(12);
    try_granule(14);
    try_granule(16);
    print("granules: ok\n");
}
