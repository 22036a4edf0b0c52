// Each row at each of 16 misalignments: Normal memory, Device memory, SCTLR_EL1.A; and what an alignment fault goes before.
#include "accesses.h"

#define NORMAL_PAGE (DESC_PAGE | DESC_NORMAL | DESC_PXN | DESC_UXN)
#define DEVICE_PAGE (DESC_PAGE | DESC_DEVICE | DESC_PXN | DESC_UXN)

static void try_pages(u64 descriptor, const char *what)
{
    bool device = descriptor && (descriptor & 0x1c) == DESC_DEVICE % 0x20;
    map_pages(descriptor, descriptor);
    fill_pages();
    for (u32 i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        // Whether exclusives and atomics work on Device memory is IMPLEMENTATION DEFINED.
        bool exclusive = (row_code[i][0] & 0x3f800000) == 0x08000000;
        if (device && (row->kind == ATOMIC || exclusive))
            continue;
        bool el0 = (row_code[i][0] & 0x3b200c00) == 0x38000800;
        for (u64 at = 0; at < 16; at++) {
            u64 va = FIRST + 256 + at, esr = 0;
            enum access kind = row->kind == WRITE ? ACCESS_WRITE : ACCESS_READ;
            u32 fault = judge(va, kind, el0, false).fault;
            if (!is_aligned(row, va, false)) // before translation
                esr = syndrome(row, FAULT_ALIGNMENT);
            else if (fault != FAULT_NONE)
                esr = syndrome(row, fault);
            else if (row->kind == ATOMIC && judge(va, ACCESS_WRITE, el0, false).fault != FAULT_NONE)
                esr = syndrome(row, judge(va, ACCESS_WRITE, el0, false).fault) | 0x40;
            else if (!is_aligned(row, va, device)) // after it
                esr = syndrome(row, FAULT_ALIGNMENT);
            struct registers after;
            struct outcome got = access(i, va, &after);
            const char *why = NULL;
            if (row->rule == STATUS && !got.esr)
                why = "a store-exclusive without a monitor may fault or not (C6.2, STXR): we let it fault";
            if (row->kind == ATOMIC && got.esr == (esr | 0x40))
                why = "WnR of an atomic is 0 where a read would have faulted too (D24.2, ISS for a Data Abort)";
            if (device && !got.esr)
                why = "misaligned accesses to Device memory fault (B2.7.2)";
            if (row->rule == IN16 && row->kind != ATOMIC && !is_aligned(row, va, false))
                why = "a misaligned ordered or exclusive access is an alignment fault, of a read or a write as it is (B2.5.2)";
            agree_despite(why, what, row_code[i][0], va, got.esr, esr);
            if (esr && got.esr)
                agree(what, row_code[i][0], va, got.far, va);
        }
    }
}

void alignment(void)
{
    const u64 sctlr = MRS(sctlr_el1);
    for (u64 strict = 0; strict < 2; strict++) {
        MSR(sctlr_el1, sctlr | strict << 1);
        ISB();
        try_pages(NORMAL_PAGE, strict ? "normal, strict" : "normal");
        try_pages(DEVICE_PAGE, strict ? "device, strict" : "device");
        try_pages(0, strict ? "unmapped, strict" : "unmapped");
        try_pages(DEVICE_PAGE | DESC_READ_ONLY, strict ? "read-only device, strict" : "read-only device");
    }
    MSR(sctlr_el1, sctlr);
    ISB();
}
