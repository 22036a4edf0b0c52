// Accesses whose exceptions are the result.
#include "vmsa.h"

extern u8 probe_el1_code[], probe_el0_code[], probe_el0_end[];
#define EL0_PAGE 511
#define SVC_DONE 0x56000077ul

const char probe_name[PROBES][8] = {"ldr", "str", "ldtr", "sttr", "fetch", "zva", "cvau", "civac", "ivau", "swp", "ivac"};
const char at_name[ATS][8] = {"s1e1r", "s1e1w", "s1e0r", "s1e0w", "s1e1rp", "s1e1wp"};

struct outcome probe_el1(enum probe probe, u64 va)
{
    catch_exceptions();
    u64 code = (u64)probe_el1_code + 16 * probe;
    register u64 address __asm__("x0") = va;
    // An aborted fetch returns to x30 (exceptions.c).
    __asm__ volatile("blr %1" : "+r"(address) : "r"(code) : "x1", "x2", "x30", "memory");
    if (!caught_exceptions())
        return (struct outcome){0, 0};
    return (struct outcome){this_cpu()->esr, this_cpu()->far};
}

// The window stands in both halves, at the same place from their beginnings.
static u64 el0_page(void)
{
    return (WINDOW + EL0_PAGE * PAGE) | ((u64)_start & ALIAS);
}

void probe_el0_ready(void)
{
    set_window(EL0_PAGE, pa_of(probe_el0_code) | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_READ_ONLY | DESC_PXN);
}

struct outcome probe_el0(enum probe probe, u64 va)
{
    u64 x[31] = {va};
    x[30] = el0_page() + (u64)(probe_el0_end - probe_el0_code) - 4;
    run_el0(x, el0_page() + 16 * probe, 0);
    if (this_cpu()->esr == SVC_DONE)
        return (struct outcome){0, 0};
    return (struct outcome){this_cpu()->esr, this_cpu()->far};
}

u64 address_translation(enum at at, u64 va, struct outcome *outcome)
{
    MSR(par_el1, 0);
    ISB();
    catch_exceptions();
    switch (at) {
    case AT_S1E1R:
        __asm__ volatile("at s1e1r, %0" ::"r"(va) : "memory");
        break;
    case AT_S1E1W:
        __asm__ volatile("at s1e1w, %0" ::"r"(va) : "memory");
        break;
    case AT_S1E0R:
        __asm__ volatile("at s1e0r, %0" ::"r"(va) : "memory");
        break;
    case AT_S1E0W:
        __asm__ volatile("at s1e0w, %0" ::"r"(va) : "memory");
        break;
    case AT_S1E1RP:
        __asm__ volatile("sys #0, c7, c9, #0, %0" ::"r"(va) : "memory");
        break;
    default:
        __asm__ volatile("sys #0, c7, c9, #1, %0" ::"r"(va) : "memory");
    }
    ISB();
    *outcome = caught_exceptions() ? (struct outcome){this_cpu()->esr, this_cpu()->far} : (struct outcome){0, 0};
    return MRS(par_el1);
}
