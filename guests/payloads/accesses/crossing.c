// Each row at each distance from the seam of two pages, with each of them unmapped, inaccessible or read-only.
#include "accesses.h"

#define GOOD (DESC_PAGE | DESC_NORMAL | DESC_PXN | DESC_UXN)
#define EL0_GOOD (GOOD | DESC_EL0)
#ifdef STAND_IN
#define UNKNOWN_AFTER_FAULT 1
#else
#define UNKNOWN_AFTER_FAULT 0
#endif

// Of the bytes on both sides of the seam, as far as any row reaches.
static u64 sum_of_frames(void)
{
    u64 sum = 0;
    for (u64 i = 0; i < 12; i++) {
        sum = (sum << 1 | sum >> 63) + ((volatile u64 *)first_frame)[PAGE / 8 - 1 - i];
        sum = (sum << 1 | sum >> 63) ^ ((volatile u64 *)second_frame)[i];
    }
    return sum;
}

static bool unchanged(const struct registers *after, u32 row, u64 va)
{
    struct registers before = registers_for(row, va);
    // What is loaded may be UNKNOWN after a fault, but not on our machine; the base may not.
    for (u32 i = 0; i < (UNKNOWN_AFTER_FAULT ? 1 : 8); i++)
        if (after->x[i] != before.x[i] || (after->v[i] != before.v[i] && !UNKNOWN_AFTER_FAULT))
            return false;
    return true;
}

// The same in the middle of a page must have given the same registers and bytes.
static bool like_linear(const struct registers *after, u32 row, u64 va)
{
    struct registers r;
    s64 moved = (s64)(WINDOW + 12 * PAGE + PAGE / 2) - (s64)SEAM;
    if (access(row, va + (u64)moved, &r).esr)
        return false;
    r.x[0] -= (u64)moved;
    for (u32 i = 0; i < 8; i++)
        if (after->x[i] != r.x[i] || after->v[i] != r.v[i])
            return false;
    for (u64 i = 0; i < 128; i++)
        if (linear[PAGE / 2 - 128 + i] != first_frame[PAGE - 128 + i] || linear[PAGE / 2 + i] != second_frame[i])
            return false;
    return true;
}

static void try_row(u32 i, u64 va, u64 before)
{
    const struct row *row = &rows[i];
    const u64 word = row_code[i][0];
    // Which byte faults first? An access runs upwards, and an element that lies in both pages faults where the bad one begins.
    u64 last = va + row->total - 1;
    bool writes = row->kind != READ, reads = row->kind != WRITE;
    // An unprivileged access is EL0's.
    bool el0 = (word & 0x3b200c00) == 0x38000800;
    u64 esr = 0, far = 0;
    for (u64 at = va; !esr; at = SEAM) {
        u32 fault = FAULT_NONE;
        u64 wnr = writes ? 0x40 : 0;
        if (reads) {
            fault = judge(at, ACCESS_READ, el0, false).fault;
            if (fault != FAULT_NONE)
                wnr = 0;
        }
        if (fault == FAULT_NONE && writes)
            fault = judge(at, ACCESS_WRITE, el0, false).fault;
        if (fault != FAULT_NONE) {
            esr = (u64)EC_DATA_ABORT << 26 | 1ul << 25 | wnr | fault;
            far = at;
        }
        if (at >= SEAM || last < SEAM)
            break;
    }
    if (!is_aligned(row, va, false)) {
        esr = syndrome(row, FAULT_ALIGNMENT);
        far = va;
    }
    struct registers after;
    struct outcome got = access(i, va, &after);
    const char *why = NULL;
    if (row->rule == STATUS && !got.esr)
        why = "a store-exclusive without a monitor may fault or not (C6.2, STXR): we let it fault";
    if (row->kind == ATOMIC && got.esr == (esr | 0x40))
        why = "WnR of an atomic is 0 where a read would have faulted too (D24.2, ISS for a Data Abort)";
    if (row->rule == IN16 && row->kind != ATOMIC && !is_aligned(row, va, false))
        why = "a misaligned ordered or exclusive access is an alignment fault, of a read or a write as it is (B2.5.2)";
    agree_despite(why, "syndrome", word, va, got.esr, esr);
    if (got.esr && esr) {
        if (got.esr == esr)
            agree_despite(why, "FAR", word, va, got.far, far);
        agree("registers", word, va, unchanged(&after, i, va), true);
        // The manual lets part of a store happen; here none does.
        if (!UNKNOWN_AFTER_FAULT)
            agree("memory", word, va, sum_of_frames(), before);
    } else if (!got.esr && !esr) {
        agree("result", word, va, like_linear(&after, i, va), true);
    }
    if (sum_of_frames() != before)
        fill_pages();
}

void crossing(void)
{
    static const u64 pages[6] = {GOOD, 0, GOOD | DESC_READ_ONLY, GOOD & ~(1ul << 10), EL0_GOOD, EL0_GOOD | DESC_READ_ONLY};
    set_window(12, EL0_GOOD | pa_of(linear));
    for (u32 a = 0; a < 6; a++) {
        for (u32 b = 0; b < 6; b++) {
            map_pages(pages[a], pages[b]);
            fill_pages();
            const u64 before = sum_of_frames();
            for (u32 i = 0; i < ROWS; i++)
                for (u64 distance = 0; distance <= 18; distance++)
                    try_row(i, SEAM - distance, before);
        }
    }
}
