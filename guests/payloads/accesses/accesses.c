// Proves what a load or store of any class does where it must not: at each distance from a page's end, with the fault on
// either side (crossing.c), and at each misalignment, on Normal and on Device memory and with SCTLR_EL1.A (alignment.c).
// ESR_EL1 and FAR_EL1 are exact, no register changes, nothing is written; where the access is allowed it does what it does
// in the middle of a page.
#include "accesses.h"

u8 first_frame[PAGE] __attribute__((aligned(4096)));
u8 second_frame[PAGE] __attribute__((aligned(4096)));
u8 linear[PAGE] __attribute__((aligned(4096)));

struct registers registers_for(u32 row, u64 va)
{
    struct registers r;
    for (u64 i = 0; i < 8; i++) {
        r.x[i] = 0x0101010101010101ul * (0x10 + i);
        r.v[i] = 0x0101010101010101ul * (0x80 + i);
    }
    r.x[0] = va - (u64)(s64)rows[row].bias;
    r.x[3] = 3;
    return r;
}

struct outcome access(u32 row, u64 va, struct registers *after)
{
    *after = registers_for(row, va);
    catch_exceptions();
    run_access(after, row_code[row]);
    if (!caught_exceptions())
        return (struct outcome){0, 0};
    return (struct outcome){this_cpu()->esr, this_cpu()->far};
}

bool is_aligned(const struct row *row, u64 va, bool device)
{
    bool to_element = va % row->element == 0;
    if (MRS(sctlr_el1) & 2 || device)
        if (!to_element)
            return false;
    if (row->rule == ANY)
        return true;
    bool lse2 = MRS(id_aa64mmfr2_el1) >> 32 & 15;
    return lse2 ? va % 16 + row->total <= 16 : to_element;
}

u64 syndrome(const struct row *row, u32 fault)
{
    // An atomic is reported as a write only where a read would not have faulted.
    return (u64)EC_DATA_ABORT << 26 | 1ul << 25 | (row->kind == WRITE ? 0x40 : 0) | fault;
}

void map_pages(u64 first, u64 second)
{
    set_window(8, first ? first | pa_of(first_frame) : 0);
    set_window(9, second ? second | pa_of(second_frame) : 0);
}

void fill_pages(void)
{
    for (u64 i = 0; i < PAGE; i++) {
        first_frame[i] = (u8)(i * 7 + 1);
        second_frame[i] = (u8)(i * 5 + 3);
    }
    for (u64 i = 0; i < PAGE / 2; i++) {
        linear[i] = first_frame[PAGE / 2 + i];
        linear[PAGE / 2 + i] = second_frame[i];
    }
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    mmu_on();
    MSR(cpacr_el1, 3ul << 20);
    MSR(sctlr_el1, (MRS(sctlr_el1) | 1ul << 23) & ~2ul);
    ISB();
    crossing();
    report_cases("accesses", "page crossing");
    alignment();
    report_cases("accesses", "alignment");
    print("accesses: %u kinds of instruction\n", ROWS);
    print("accesses: ok\n");
}
