// Translation with the 4 KiB granule: everything mapped to itself, and a window for experiments.
#include "kit.h"

#define GIB (1ul << 30)
#define BLOCK_2M (1ul << 21)
#define BLOCK 1ul
#define TABLE 3ul

static u64 level1[512] __attribute__((aligned(4096)));
static u64 level2_ram[512] __attribute__((aligned(4096))); // 0x4000_0000 to 0x7fff_ffff
static u64 level2_window[512] __attribute__((aligned(4096)));
u64 window_table[512] __attribute__((aligned(4096)));
static volatile bool filled;

static void fill_tables(void)
{
    const u64 device = BLOCK | DESC_DEVICE | DESC_PXN | DESC_UXN;
    const u64 normal = BLOCK | DESC_NORMAL | DESC_UXN;
    for (u64 gib = 0; gib < 48; gib++)
        level1[gib] = gib * GIB | (gib < 2 ? device : normal);
    for (u64 i = 0; i < 512; i++) {
        u64 address = GIB + i * BLOCK_2M;
        level2_ram[i] = address | (address < RAM ? device : normal);
    }
    level1[1] = (u64)level2_ram | TABLE;
    level2_window[0] = (u64)window_table | TABLE;
    level1[WINDOW / GIB] = (u64)level2_window | TABLE;
}

void mmu_on(void)
{
    if (!filled) {
        fill_tables();
        filled = true;
    }
    MSR(ttbr0_el1, level1);
    MSR(mair_el1, 0xff04); // attribute 0: Device-nGnRE, 1: Normal write-back
    // TCR: 39 bits, 4 KiB granule, write-back inner shareable walks, no TTBR1, 40-bit physical addresses.
    MSR(tcr_el1, 0x200803519ul);
    ISB();
    __asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
    MSR(sctlr_el1, MRS(sctlr_el1) | 0x1005); // M, C, I
    ISB();
}

// TCR: 39 bits, 4 KiB granule, write-back inner shareable walks on both halves; 40-bit physical addresses, 16-bit ASIDs.
#define TCR_BOTH 0x12b5193519ul

void mmu_both(void)
{
    MSR(ttbr1_el1, pa_of(level1));
    MSR(ttbr0_el1, pa_of(level1));
    ISB();
    MSR(tcr_el1, TCR_BOTH);
    ISB();
    __asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}

void mmu_protect(const void *end)
{
    static u64 level3[512] __attribute__((aligned(4096)));
    const u64 block = pa_of(_start) & ~(BLOCK_2M - 1);
    for (u64 i = 0; i < 512; i++) {
        u64 address = block + i * PAGE;
        bool code = address >= pa_of(_start) && address < pa_of(end);
        level3[i] = address | DESC_NORMAL | DESC_UXN | DESC_PAGE | (code ? DESC_READ_ONLY : 0);
    }
    level2_ram[(block - GIB) / BLOCK_2M] = pa_of(level3) | TABLE;
    __asm__ volatile("dsb ish\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}

void set_window(u32 page, u64 descriptor)
{
    u64 operand = (WINDOW + page * PAGE) >> 12;
    ((volatile u64 *)window_table)[page] = descriptor;
    __asm__ volatile("dsb ishst\n\ttlbi vaae1is, %0\n\tdsb ish\n\tisb" ::"r"(operand) : "memory");
}

void clean_code(void *start, u64 bytes)
{
    for (u64 at = (u64)start & ~63ul; at < (u64)start + bytes; at += 64)
        __asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
    __asm__ volatile("dsb ish" ::: "memory");
    for (u64 at = (u64)start & ~63ul; at < (u64)start + bytes; at += 64)
        __asm__ volatile("ic ivau, %0" ::"r"(at) : "memory");
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}
