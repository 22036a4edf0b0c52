// Proves TLB maintenance: for each form of TLBI (VMALL, VA, last level, all ASIDs, ASID, range; this core's, inner and outer
// shareable), each granule, page and block, both halves, global entries and entries of several ASIDs: what was cached before
// is gone afterwards for data, for instructions, and in the answers of AT. And the converse: an ASID sees its own entries and
// global ones and no others, whichever TTBR it comes from (TCR_EL1.A1).
#include "cases.h"
#include "vmsa.h"

static u8 frames[2][FRAME] __attribute__((aligned(0x10000)));
static struct space space;

enum form { VMALLE1, VAE1, VALE1, VAAE1, VAALE1, ASIDE1, RVAE1, RVALE1, RVAAE1, RVAALE1, FORMS };
enum domain { LOCAL, INNER, OUTER, DOMAINS };

#define TLBI(op1, crm, op2, operand) __asm__ volatile("sys #" #op1 ", c8, c" #crm ", #" #op2 ", %0" ::"r"(operand) : "memory")
#define EACH(op2, local, inner, outer)                                                                                 \
    switch (domain) {                                                                                                  \
    case LOCAL:                                                                                                        \
        TLBI(0, local, op2, operand);                                                                                  \
        break;                                                                                                         \
    case INNER:                                                                                                        \
        TLBI(0, inner, op2, operand);                                                                                  \
        break;                                                                                                         \
    default:                                                                                                           \
        TLBI(0, outer, op2, operand);                                                                                  \
    }                                                                                                                  \
    break

static void invalidate(enum form form, enum domain domain, u64 va, u64 asid)
{
    u64 operand = asid << 48 | (va >> 12 & 0xfffffffffff);
    if (form >= RVAE1) {
        // One unit of two pages from `va`: BaseADDR, TTL 0, NUM 0, SCALE 0, TG.
        u64 tg = space.granule == 12 ? 1 : space.granule == 14 ? 2 : 3;
        operand = asid << 48 | tg << 46 | (va >> space.granule & 0x1fffffffff);
    }
    __asm__ volatile("dsb ishst" ::: "memory");
    switch (form) {
    case VMALLE1:
        EACH(0, 7, 3, 1);
    case VAE1:
        EACH(1, 7, 3, 1);
    case ASIDE1:
        EACH(2, 7, 3, 1);
    case VAAE1:
        EACH(3, 7, 3, 1);
    case VALE1:
        EACH(5, 7, 3, 1);
    case VAALE1:
        EACH(7, 7, 3, 1);
    case RVAE1:
        EACH(1, 6, 2, 5);
    case RVAAE1:
        EACH(3, 6, 2, 5);
    case RVALE1:
        EACH(5, 6, 2, 5);
    default:
        EACH(7, 6, 2, 5);
    }
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

// The ASID in use is in TTBR1_EL1 or TTBR0_EL1, as TCR_EL1.A1 says; the half under test has its table in the other or the same.
static void set_asid(u64 asid)
{
    u64 *ttbr0 = at_pa(MRS(ttbr0_el1) & 0xffffffffffff), *ttbr1 = at_pa(MRS(ttbr1_el1) & 0xffffffffffff);
    bool a1 = MRS(tcr_el1) >> 22 & 1;
    // The one that does not count holds another number.
    MSR(ttbr0_el1, pa_of(ttbr0) | (a1 ? 0x99 : asid) << 48);
    MSR(ttbr1_el1, pa_of(ttbr1) | (a1 ? asid : 0x99) << 48);
    ISB();
}

static u64 load(u64 va)
{
    struct outcome got = probe_el1(PROBE_LDR, va);
    return got.esr ? got.esr : read64(va);
}

static u64 call(u64 va)
{
    struct outcome got = probe_el1(PROBE_FETCH, va);
    if (got.esr)
        return got.esr;
    return ((u64(*)(void))va)();
}

#define CODE 0x100
#define FAULT_DATA(level) ((u64)EC_DATA_ABORT << 26 | 1ul << 25 | FAULT_TRANSLATION | (level))
#define FAULT_CODE(level) ((u64)EC_INSTRUCTION_ABORT << 26 | 1ul << 25 | FAULT_TRANSLATION | (level))

static void try_form(enum form form, enum domain domain, u32 level, bool global, u64 id)
{
    // Where the form says no ASID, another one than the entry's is given: it must not matter.
    bool any_asid = form == VAAE1 || form == VAALE1 || form == RVAAE1 || form == RVAALE1;
    if (form == ASIDE1 && global)
        return; // needs not touch global entries
    const u64 attributes = DESC_NORMAL | DESC_UXN | (global ? 0 : DESC_NG) | (level == 3 ? 3 : 1);
    const u32 shift = space_shift(&space, level);
    const u64 va = space_va(&space, level == 3 ? 0x5a5a5a5a5a5a : 0x252525252525, level, pa_of(frames[0]));
    const u64 base[2] = {pa_of(frames[0]) >> shift << shift, pa_of(frames[1]) >> shift << shift};
    volatile u64 *entry = space_entry(&space, va, level);
    for (u64 asid = 1; asid < 3; asid++) {
        set_asid(asid);
        *entry = base[0] | attributes;
        forget_all();
        agree("before", id, va, load(va), 0x1111);
        agree("code before", id, va, call(va + CODE), 1);
        // To another frame if that is another entry, then away. (Break-before-make, except that nothing looks in between.)
        *entry = 0;
        invalidate(form, domain, va, any_asid ? 0x77 : asid);
        agree("taken away", id, va, load(va), FAULT_DATA(level));
        agree("code taken away", id, va, call(va + CODE), FAULT_CODE(level));
        struct outcome raised;
        agree("AT", id, va, address_translation(AT_S1E1R, va, &raised) & 0x7f, (FAULT_TRANSLATION | level) << 1 | 1);
        if (level == 3) {
            *entry = base[1] | attributes;
            DSB();
            ISB();
            agree("replaced", id, va, load(va), 0x2222);
            agree("code replaced", id, va, call(va + CODE), 2);
        }
        *entry = 0;
        forget_all();
    }
}

// Entries of their own for two ASIDs at one address, all cached in turn, without maintenance; a third one that is global.
static void try_asids(u64 id)
{
    const u64 page = 1ul << space.granule;
    const u64 va = space_va(&space, 0x5a5a5a5a5a5a, 3, pa_of(frames[0])), global = va + page;
    volatile u64 *entry = space_entry(&space, va, 3);
    *space_entry(&space, global, 3) = pa_of(frames[1]) | DESC_NORMAL | DESC_UXN | 3;
    *entry = 0;
    forget_all();
    for (u32 round = 0; round < 8; round++) {
        u64 asid = 5 + round % 2;
        // What the other ASID has cached stays there; the table says what this one gets.
        set_asid(asid);
        if (round < 2) {
            *entry = pa_of(frames[round]) | DESC_NORMAL | DESC_UXN | DESC_NG | 3;
            DSB();
            ISB();
            agree("own", id, asid, load(va), round ? 0x2222 : 0x1111);
            agree("own code", id, asid, call(va + CODE), round + 1);
        } else {
            // Either what it cached, or what the table says: both are right. Nothing else is.
            u64 got = load(va);
            agree("own or current", id, asid, got == 0x1111 || got == 0x2222, true);
        }
        agree("global", id, asid, load(global), 0x2222);
    }
    *entry = 0;
    *space_entry(&space, global, 3) = 0;
    forget_all();
}

// Ranges: SCALE, NUM, pages on both sides of the end stay usable and those inside follow the table.
static void try_ranges(u64 id)
{
    if ((MRS(id_aa64isar0_el1) >> 56 & 15) < 2)
        return;
    const u64 page = 1ul << space.granule;
    const u64 tg = space.granule == 12 ? 1 : space.granule == 14 ? 2 : 3;
    const u64 va = space_va(&space, 0x5a5a00000000, 2, 0);
    const u32 pages = 256;
    for (u64 scale = 0; scale < 2; scale++)
        for (u64 num = 0; num < 4; num++) {
            u64 units = (num + 1) << (5 * scale + 1);
            if (units > pages - 8)
                continue;
            for (u32 i = 0; i < pages; i++)
                *space_entry(&space, va + i * page, 3) = pa_of(frames[0]) | DESC_NORMAL | DESC_PXN | DESC_UXN | DESC_NG | 3;
            forget_all();
            for (u32 i = 0; i < pages; i++)
                agree("range before", id, i, load(va + i * page), 0x1111);
            for (u64 i = 4; i < 4 + units; i++)
                *space_entry(&space, va + i * page, 3) = 0;
            u64 operand = 6ul << 48 | tg << 46 | scale << 44 | num << 39 | ((va + 4 * page) >> space.granule & 0x1fffffffff);
            __asm__ volatile("dsb ishst\n\tsys #0, c8, c2, #1, %0\n\tdsb ish\n\tisb" ::"r"(operand) : "memory"); // RVAE1IS
            for (u32 i = 0; i < pages; i++)
                agree("range after", id | scale << 8 | num << 12, i, load(va + i * page),
                       i >= 4 && i < 4 + units ? FAULT_DATA(3) : 0x1111);
        }
    for (u32 i = 0; i < pages; i++)
        *space_entry(&space, va + i * page, 3) = 0;
    forget_all();
}

static void try_half(bool high)
{
    static const u8 granules[3] = {12, 14, 16};
    const bool ranges = (MRS(id_aa64isar0_el1) >> 56 & 15) >= 2, outer = (MRS(id_aa64isar0_el1) >> 56 & 15) >= 1;
    for (u32 g = 0; g < 3; g++) {
        if (!has_granule(granules[g]))
            continue;
        for (u64 a1 = 0; a1 < 2; a1++) {
            space = (struct space){.granule = granules[g], .txsz = 25, .high = high};
            space_clear(&space);
            space_use(&space);
            MSR(tcr_el1, (MRS(tcr_el1) & ~(1ul << 22)) | a1 << 22);
            ISB();
            const u64 setup = granules[g] | a1 << 8 | (u64)high << 12;
            for (u32 form = 0; form < FORMS; form++) {
                if (form >= RVAE1 && !ranges)
                    continue;
                for (u32 domain = 0; domain < DOMAINS; domain++) {
                    if (domain == OUTER && !outer)
                        continue;
                    for (u32 level = 2; level <= 3; level++)
                        for (u32 global = 0; global < 2; global++)
                            try_form(form, domain, level, global, setup | form << 16 | domain << 20 | level << 24 | global << 28);
                }
            }
            try_asids(setup);
            set_asid(6);
            try_ranges(setup);
            set_asid(0);
        }
        MSR(tcr_el1, MRS(tcr_el1) & ~(1ul << 22));
        ISB();
    }
}

static void low_half(void)
{
    try_half(false);
    mmu_both();
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    for (u32 i = 0; i < 2; i++) {
        *(volatile u64 *)frames[i] = i ? 0x2222 : 0x1111;
        ((volatile u32 *)frames[i])[CODE / 4] = 0x52800000 | (i + 1) << 5; // MOV W0, #i+1
        ((volatile u32 *)frames[i])[CODE / 4 + 1] = 0xd65f03c0;           // RET
    }
    mmu_on();
    mmu_both();
    clean_code(frames, sizeof frames);
    try_half(true);
    mmu_both();
    report_cases("invalidation", "upper half");
    call_at_alias(low_half);
    report_cases("invalidation", "lower half");
    print("invalidation: ok\n");
}
