// Proves who may do what to a page: every combination of AP, UXN, PXN, of APTable, UXNTable and PXNTable (and HPD, which
// switches those off), of WXN, PAN, UAO, E0PD and SPAN-free entry, on a page and on a block, in both halves; tried by loads,
// stores, fetches, unprivileged loads and stores, an atomic, DC ZVA, DC CVAU, DC CIVAC, DC IVAC and IC IVAU, at EL1 and at
// EL0, and by each AT. ESR_EL1, FAR_EL1 and PAR_EL1 must be what the kit's judge computes.
#include "cases.h"
#include "vmsa.h"

static u8 frame[FRAME] __attribute__((aligned(0x10000)));
static struct space space;
extern u8 __data_start[];

#define PAN_BIT 1
#define UAO_BIT 2

static void set_pan(bool on) { on ? ({ MSR(s3_0_c4_c2_3, 1ul << 22); }) : ({ MSR(s3_0_c4_c2_3, 0); }); }
static void set_uao(bool on) { on ? ({ MSR(s3_0_c4_c2_4, 1ul << 23); }) : ({ MSR(s3_0_c4_c2_4, 0); }); }

static const char *why_of(enum probe probe, struct outcome got, struct outcome want)
{
    if (probe == PROBE_SWP && want.esr && got.esr == (want.esr | 1 << 6))
        return "WnR of an atomic is 0 where a read would have faulted too (D24.2, ISS for a Data Abort)";
    // A black box that treats cache maintenance as nothing gives no fault at all.
    bool maintenance = probe == PROBE_CVAU || probe == PROBE_CIVAC || probe == PROBE_IVAU || probe == PROBE_IVAC;
    return maintenance && !got.esr ? "cache maintenance by address translates and faults (D7.5.9)" : NULL;
}

// Fetches find RET at the beginning of the page; what others write (at most 2 KiB, DC ZVA) is elsewhere in it.
#define DATA 0x800
static u64 target(enum probe probe, u64 va)
{
    if (probe == PROBE_FETCH)
        return va;
    return va + DATA + (probe == PROBE_ZVA ? 0x1f : 0); // FAR_EL1 is the address as given, not the block's
}

static void try_all(u64 va, u64 setup)
{
    for (u32 state = 0; state < 4; state++) {
        bool pan = state & PAN_BIT, uao = state & UAO_BIT;
        for (u32 probe = 0; probe < PROBES; probe++) {
            set_pan(pan);
            set_uao(uao);
            struct outcome got = probe_el1(probe, target(probe, va));
            set_pan(false);
            set_uao(false);
            struct outcome want = judge_probe(probe, target(probe, va), false, pan, uao);
            const char *why = why_of(probe, got, want);
            agree_despite(why, probe_name[probe], setup | state << 28, va, got.esr, want.esr);
            if (want.esr && got.esr)
                agree(probe_name[probe], setup | state << 28 | 1 << 30, va, got.far, want.far);
        }
        for (u32 at = 0; at < ATS; at++) {
            set_pan(pan);
            set_uao(uao);
            struct outcome raised, must_raise;
            u64 par = address_translation(at, va, &raised);
            set_pan(false);
            set_uao(false);
            u64 want = judge_at(at, va, pan, &must_raise);
            agree(at_name[at], setup | state << 28, va, raised.esr, must_raise.esr);
            agree(at_name[at], setup | state << 28, va, same_par(par, want) ? want : par, want);
        }
    }
    for (u32 probe = 0; probe < PROBES; probe++) {
        struct outcome got = probe_el0(probe, target(probe, va));
        struct outcome want = judge_probe(probe, target(probe, va), true, false, false);
        if (probe == PROBE_LDTR || probe == PROBE_STTR) // at EL0 plain accesses
            want = judge_probe(probe - 2, target(probe, va), true, false, false);
        agree_despite(why_of(probe, got, want), probe_name[probe], setup | 1ul << 32, va, got.esr, want.esr);
        if (want.esr && got.esr && probe != PROBE_IVAC)
            agree(probe_name[probe], setup | 1ul << 33, va, got.far, want.far);
    }
}

// Leaf permissions without tables', then tables' with a few leaves.
static void try_leaf(u32 level, u64 setup)
{
    space_clear(&space);
    space_use(&space);
    const u32 shift = space_shift(&space, level);
    const u64 va = space_va(&space, 0x5a5a5a5a5a5a, level, pa_of(frame));
    volatile u64 *leaf = space_entry(&space, va, level);
    const u64 base = (pa_of(frame) >> shift << shift) | 2ul << 8 | 1ul << 2 | 1ul << 10 | (level == 3 ? 3 : 1);
    for (u64 bits = 0; bits < 16; bits++) { // AP[2:1], PXN, UXN
        *leaf = base | (bits & 3) << 6 | (bits >> 2) << 53;
        forget_va(va);
        try_all(va, setup | bits);
    }
    if (level == space_first_level(&space))
        return;
    volatile u64 *table = space_entry(&space, va, level - 1);
    const u64 link = *table;
    const u64 hpd = 1ul << (space.high ? 42 : 41), tcr = MRS(tcr_el1);
    for (u64 h = 0; h < 2; h++) {
        MSR(tcr_el1, h ? tcr | hpd : tcr);
        ISB();
        for (u64 bits = 0; bits < 16; bits++) { // PXNTable, UXNTable, APTable
            static const u8 leaves[4] = {0, 1, 3, 13};
            *table = link | bits << 59;
            for (u32 i = 0; i < 4; i++) {
                *leaf = base | (u64)(leaves[i] & 3) << 6 | (u64)(leaves[i] >> 2) << 53;
                forget_all();
                try_all(va, setup | leaves[i] | bits << 4 | h << 8);
            }
        }
    }
    *table = link;
    MSR(tcr_el1, tcr);
    ISB();
    forget_all();
}

static void try_half(void)
{
    static const u8 granules[3] = {12, 14, 16};
    // Everything that EL0 may do, if the page lets it: DZE, UCI. SPAN, so that an exception leaves PAN alone.
    const u64 sctlr = MRS(sctlr_el1) | 1ul << 14 | 1ul << 26 | 1ul << 23;
    for (u32 g = 0; g < 3; g++) {
        if (!has_granule(granules[g]))
            continue;
        space.granule = granules[g];
        space.txsz = 25;
        for (u64 wxn = 0; wxn < 2; wxn++) {
            MSR(sctlr_el1, wxn ? sctlr | 1ul << 19 : sctlr);
            ISB();
            try_leaf(3, (u64)granules[g] << 12 | wxn << 17);
            try_leaf(2, (u64)granules[g] << 12 | wxn << 17 | 1ul << 18);
        }
        MSR(sctlr_el1, sctlr);
        ISB();
    }
}

// E0PD: nothing of this half for EL0, at level 0, whatever the tables say.
static void try_e0pd(void)
{
    if (!(MRS(id_aa64mmfr2_el1) >> 60))
        return;
    space_clear(&space);
    space_use(&space);
    MSR(tcr_el1, MRS(tcr_el1) | 1ul << (space.high ? 56 : 55));
    ISB();
    const u64 va = space_va(&space, 0x5a5a5a5a5a5a, 3, pa_of(frame));
    *space_entry(&space, va, 3) = pa_of(frame) | DESC_NORMAL | DESC_EL0 | 3;
    forget_all();
    try_all(va, 1ul << 20);
}

static void half(bool high)
{
    space.high = high;
    try_half();
    try_e0pd();
}

static void low_half(void)
{
    half(false);
    mmu_both();
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    *(volatile u32 *)frame = 0xd65f03c0; // RET, which fetches run into
    mmu_on();
    mmu_protect(__data_start);
    mmu_both();
    clean_code(frame, 4);
    probe_el0_ready();
    half(true);
    mmu_both();
    report_cases("permissions", "upper half");
    call_at_alias(low_half);
    report_cases("permissions", "lower half");
    print("permissions: ok\n");
}
