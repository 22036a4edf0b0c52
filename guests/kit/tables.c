// Tables for one half of the address space, of any granule and size.
#include "vmsa.h"

static u8 pool[POOL_FRAMES][FRAME] __attribute__((aligned(0x10000)));
static u32 used;

static u64 *new_frame(void)
{
    REQUIRE(used < POOL_FRAMES);
    u64 *frame = (u64 *)pool[used++];
    for (u64 i = 0; i < FRAME / 8; i++)
        frame[i] = 0;
    return frame;
}

void space_clear(struct space *space)
{
    used = 0;
    space->root = new_frame();
}

u32 space_shift(const struct space *space, u32 level)
{
    return space->granule + (space->granule - 3) * (3 - level);
}

u32 space_first_level(const struct space *space)
{
    u32 level = 3;
    while (space_shift(space, level) + space->granule - 3 < 64 - space->txsz)
        level--;
    return level;
}

volatile u64 *space_entry(struct space *space, u64 va, u32 level)
{
    u64 *table = space->root;
    for (u32 at = space_first_level(space);; at++) {
        u32 shift = space_shift(space, at);
        u32 bits = at == space_first_level(space) ? 64 - space->txsz - shift : space->granule - 3;
        u64 *entry = &table[va >> shift & ((1ul << bits) - 1)];
        if (at == level)
            return entry;
        if (!*entry)
            *entry = pa_of(new_frame()) | 3;
        table = at_pa(*entry & 0xfffffffff000);
    }
}

u64 space_va(const struct space *space, u64 pattern, u32 level, u64 pa)
{
    u64 below = (1ul << space_shift(space, level)) - 1;
    u64 inside = ~0ul >> space->txsz;
    u64 va = ((pattern & ~below) | (pa & below)) & inside;
    return space->high ? va | ~inside : va;
}

void forget_all(void)
{
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

void forget_va(u64 va)
{
    __asm__ volatile("dsb nshst\n\ttlbi vaae1, %0\n\tdsb nsh\n\tisb" ::"r"(va >> 12 & 0xfffffffffff) : "memory");
}

void space_use(const struct space *space)
{
    u64 tcr = MRS(tcr_el1);
    if (space->high) {
        u64 tg = space->granule == 12 ? 2 : space->granule == 14 ? 1 : 3;
        tcr &= ~(0xc0bful << 16 | 1ul << 38 | 1ul << 42 | 1ul << 52 | 1ul << 56);
        tcr |= tg << 30 | (u64)space->txsz << 16;
        MSR(ttbr1_el1, pa_of(space->root));
    } else {
        u64 tg = space->granule == 12 ? 0 : space->granule == 14 ? 2 : 1;
        tcr &= ~(0xc0bful | 1ul << 37 | 1ul << 41 | 1ul << 51 | 1ul << 55);
        tcr |= tg << 14 | (u64)space->txsz;
        MSR(ttbr0_el1, pa_of(space->root));
    }
    MSR(tcr_el1, tcr);
    ISB();
    forget_all();
}
