// Proves the translation table walk: both halves, each granule beside the kit's 4 KiB in the other half, address sizes from
// the least to the largest, leaves at each level, reserved descriptors, access flags, output addresses and table bases that
// are too large, tables outside memory, addresses just outside a half, disabled walks, the contiguous hint, small first
// tables. Every case goes through AT S1E{0,1}{R,W} (PAR_EL1) and, where it leads to memory, through loads at EL1 and EL0;
// what must come of it is computed from the registers and tables by the kit's judge.
#include "cases.h"
#include "vmsa.h"

static u8 frame[FRAME] __attribute__((aligned(0x10000)));
#define MARK 0x1122334455667788ul

#define PLAIN (DESC_NORMAL | DESC_EL0 | DESC_PXN | DESC_UXN)
#define CONTIGUOUS (1ul << 52)
// Nothing answers here on either board.
#define NOWHERE 0x7000000000ul

static struct space space;
// Where QEMU is known to differ in the cases under way, and by which rule.
static const char *note;

static void check(const char *what, u64 va)
{
    const u64 setup = (u64)space.high << 16 | (u64)space.granule << 8 | space.txsz;
    for (u32 at = 0; at < ATS; at++) {
        struct outcome raised, must_raise;
        u64 par = address_translation(at, va, &raised);
        u64 want = judge_at(at, va, false, &must_raise);
        const char *why = "AT reports an external abort on the walk in PAR_EL1; it is taken as an exception (D8.3.1, AT)";
        agree_despite(must_raise.esr ? why : NULL, what, setup, va, raised.esr, must_raise.esr);
        if (!must_raise.esr)
            agree_despite(want >> 56 == 0x44 ? "PAR_EL1.SH is 0b10 for Non-cacheable Normal memory (D24.2, PAR_EL1)" : note,
                           what, setup | 1 << 20 | at << 24, va, same_par(par, want) ? want : par, want);
    }
    struct judgement j = judge(va, ACCESS_READ, false, false);
    if (j.fault == FAULT_NONE && (j.pa < pa_of(frame) || j.pa > pa_of(frame) + FRAME - 8))
        return;
    struct outcome got = probe_el1(PROBE_LDR, va);
    struct outcome want = judge_probe(PROBE_LDR, va, false, false, false);
    agree_despite(note, what, setup, va, got.esr, want.esr);
    if (want.esr)
        agree(what, setup | 2 << 20, va, got.far, want.far);
    got = probe_el0(PROBE_LDR, va);
    want = judge_probe(PROBE_LDR, va, true, false, false);
    agree_despite(note, what, setup | 3 << 20, va, got.esr, want.esr);
    if (j.fault == FAULT_NONE)
        agree(what, setup | 4 << 20, va, read64(va), *(volatile u64 *)at_pa(j.pa));
}

static void set(volatile u64 *entry, u64 value, const char *what, u64 va)
{
    *entry = value;
    forget_all();
    check(what, va);
}

static void with_tcr(u64 clear, u64 bits, const char *what, u64 va)
{
    u64 tcr = MRS(tcr_el1);
    MSR(tcr_el1, (tcr & ~clear) | bits);
    ISB();
    forget_all();
    check(what, va);
    MSR(tcr_el1, tcr);
    ISB();
    forget_all();
}

// All that can be said about the way to a leaf at one level.
static void try_level(u32 level, u64 pattern)
{
    space_clear(&space);
    space_use(&space);
    const u64 va = space_va(&space, pattern, level, pa_of(frame));
    const u32 shift = space_shift(&space, level);
    const u64 base = pa_of(frame) >> shift << shift;
    const u64 type = level == 3 ? 3 : 1;
    volatile u64 *leaf = space_entry(&space, va, level);
    const u64 good = base | PLAIN | type;
    set(leaf, good, "good", va);
    check("last", va | (FRAME > 1ul << shift ? (1ul << shift) - 8 : FRAME - 8));
    set(leaf, good | CONTIGUOUS, "contiguous", va);
    set(leaf, good | DESC_NG, "not global", va);
    set(leaf, good & ~(1ul << 10), "access flag", va);
    for (u64 attribute = 0; attribute < 6; attribute++)
        for (u64 sh = 0; sh < 4; sh++)
            if (sh != 1 && attribute != 0 && attribute != 3 && attribute != 5) // reserved; Device memory
                set(leaf, (good & ~(7ul << 2 | 3ul << 8)) | attribute << 2 | sh << 8, "attributes", va);
    for (u64 kind = 0; kind < 4; kind++)
        if (!(kind == 3 && level < 3)) // a table, below
            set(leaf, (good & ~3ul) | kind, "kind", va);
    // Output addresses beyond IPS; reading PAR_EL1 only where they are inside.
    for (u64 ips = 0; ips < 6; ips++) {
        static const u8 bits[6] = {32, 36, 40, 42, 44, 48};
        for (u32 bit = 31; bit < 48; bit++) {
            if (bit != bits[ips] && bit != bits[ips] - 1u && bit != 47 && bit != 40)
                continue;
            if (bit < shift)
                continue;
            *leaf = good | 1ul << bit;
            with_tcr(7ul << 32, ips << 32, "output size", va);
        }
    }
    *leaf = good;
    // Each level above: nothing there, reserved there, too large a table, a table outside memory.
    for (u32 above = space_first_level(&space); above < level; above++) {
        volatile u64 *table = space_entry(&space, va, above);
        const u64 link = *table;
        set(table, link & ~1ul, "table kind 2", va);
        set(table, 0, "no table", va);
        bool blocks = space.granule == 12 ? above != 0 : above == 2;
        note = "a block where there is none at this level is reserved (D8.3.1), whatever the rest of it says";
        if (!blocks)
            set(table, (link & ~3ul) | 1, "reserved block", va);
        note = NULL;
        set(table, NOWHERE | 3, "table outside", va);
        for (u32 bit = 33; bit < 48; bit += 7) {
            *table = link | 1ul << bit;
            with_tcr(7ul << 32, 0, "table size", va);
        }
        // Without its access flag a table is a table: there is no such flag in it (no FEAT_HAFT).
        set(table, link & ~(1ul << 10), "table flags", va);
        set(table, link, "table again", va);
    }
    // Just outside the half, and the walk disabled.
    const u32 input_bits = 64 - space.txsz;
    if (input_bits < 55)
        check("outside", va ^ 1ul << input_bits);
    for (u32 bit = input_bits; bit < 64; bit += 5)
        if (bit != 55)
            check("far outside", va ^ 1ul << bit);
    with_tcr(0, 1ul << (space.high ? 23 : 7), "EPD", va);
}

// The base of the first table: too large, and with a table smaller than a page anywhere in it.
static void try_base(void)
{
    const u32 level = 3;
    space_clear(&space);
    const u64 va = space_va(&space, 0x5a5a5a5a5a5a, level, pa_of(frame));
    *space_entry(&space, va, level) = (pa_of(frame) & ~((1ul << space.granule) - 1)) | PLAIN | 3;
    space_use(&space);
    check("base", va);
    const u64 ttbr = pa_of(space.root);
    u64 *const root = space.root;
    const u64 entries = 1ul << (64 - space.txsz - space_shift(&space, space_first_level(&space)));
    const u64 bytes = entries * 8 < 64 ? 64 : entries * 8;
    struct {
        u64 value;
        const char *what;
    } tries[4] = {
        {ttbr | 1, "CnP"},
        {ttbr | 1ul << 32, "base size"},
        {NOWHERE, "base outside"},
        {ttbr | 0x123ul << 48, "ASID"},
    };
    for (u32 i = 0; i < 4; i++) {
        if (space.high)
            MSR(ttbr1_el1, tries[i].value);
        else
            MSR(ttbr0_el1, tries[i].value);
        with_tcr(i == 1 ? 7ul << 32 : 0, 0, tries[i].what, va);
    }
    for (u64 offset = bytes; offset < 1ul << space.granule; offset *= 2) {
        for (u64 i = 0; i < entries; i++)
            root[offset / 8 + i] = root[i];
        if (space.high)
            MSR(ttbr1_el1, ttbr + offset);
        else
            MSR(ttbr0_el1, ttbr + offset);
        ISB();
        forget_all();
        check("small table", va);
        for (u64 i = 0; i < entries; i++)
            root[offset / 8 + i] = 0;
        forget_all();
        check("empty table", va);
    }
}

static void try_half(bool high)
{
    static const u8 granules[3] = {12, 14, 16};
    static const u8 sizes[8] = {16, 17, 20, 25, 28, 31, 34, 39};
    for (u32 g = 0; g < 3; g++) {
        if (!has_granule(granules[g]))
            continue;
        for (u32 s = 0; s < 8; s++) {
            space = (struct space){.granule = granules[g], .txsz = sizes[s], .high = high};
            for (u32 level = 1; level <= 3; level++) {
                bool blocks = space.granule == 12 ? level >= 1 : level >= 2;
                if (!blocks || level < space_first_level(&space))
                    continue;
                try_level(level, 0x5a5a5a5a5a5a);
                try_level(level, ~0ul);
                try_level(level, 0);
            }
            try_base();
        }
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
    for (u64 i = 0; i < FRAME; i += 8)
        *(volatile u64 *)(frame + i) = MARK + i;
    mmu_on();
    // Besides the kit's: non-cacheable, Device-nGnRnE, write-through, Device-GRE.
    MSR(mair_el1, 0x0cbb0044ff04ul);
    mmu_both();
    probe_el0_ready();
    try_half(true);
    mmu_both();
    report_cases("lookup", "upper half");
    call_at_alias(low_half);
    report_cases("lookup", "lower half");
    print("lookup: ok\n");
}
