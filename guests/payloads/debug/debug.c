// Proves self-hosted debug from inside a guest (Arm ARM chapter D2), at EL0 and at EL1: software step and its syndromes, two
// breakpoints, two watchpoints over every kind of access, linked contexts, and all that must keep them from firing.
#include "debug.h"

static u64 cases;
u64 wrong;

void expect(const char *what, u64 a, u64 b, u64 got, u64 want)
{
    cases++;
    if (got == want)
        return;
    if (wrong++ < SHOWN)
        print("debug: %s %lx %lx: %lx instead of %lx\n", what, a, b, got, want);
}

u8 data[3 * PAGE] __attribute__((aligned(4096)));

struct context prepare(u64 el, const u8 *program)
{
    struct context c = {.pc = at(program), .spsr = (MASKED | (el ? 5 : 0))};
    c.x[1] = DATA;
    return c;
}

void set_mdscr(u64 value)
{
    MSR(mdscr_el1, value);
    ISB();
}

void expect_stop(const char *what, u64 el, const struct context *c, u64 pc, u64 esr)
{
    expect(what, el, pc, c->esr, esr);
    expect(what, el, esr, c->pc, pc);
    expect(what, el, esr, c->vector, el ? 0x200 : 0x400);
}

void without(u64 el, u64 enable, void (*body)(const char *why, u64 el, u64 spsr, bool fires))
{
    const struct {
        const char *why;
        u64 mdscr, spsr, lock;
        bool counts_at_el0;
    } conditions[] = {
        {"not enabled", MDSCR_KDE, 0, 0, true},
        {"no KDE", enable, 0, 0, false},
        {"PSTATE.D", enable | MDSCR_KDE, SPSR_D, 0, false},
        {"OS lock", enable | MDSCR_KDE, 0, 1, true},
    };
    for (u32 i = 0; i < 4; i++) {
        set_mdscr(conditions[i].mdscr);
        MSR(oslar_el1, conditions[i].lock);
        ISB();
        body(conditions[i].why, el, conditions[i].spsr, !el && !conditions[i].counts_at_el0);
        MSR(oslar_el1, 0);
        ISB();
    }
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    mmu_on();
    MSR(cpacr_el1, 3ul << 20);
    MSR(sctlr_el1, MRS(sctlr_el1) | 1ul << 14 | 1ul << 26); // DZE, UCI: DC ZVA and cache maintenance at EL0
    MSR(oslar_el1, 0);
    MSR(osdlr_el1, 0);
    ISB();
    set_window(0, (u64)programs | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_READ_ONLY);
    for (u32 page = 0; page < 3; page++)
        set_window(2 + page, ((u64)data + page * PAGE) | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_PXN | DESC_UXN);
    u64 dfr0 = MRS(id_aa64dfr0_el1);
    print("debug: version %lu, %lu breakpoints, %lu of them with contexts, %lu watchpoints\n", dfr0 & 15,
          (dfr0 >> 12 & 15) + 1, (dfr0 >> 28 & 15) + 1, (dfr0 >> 20 & 15) + 1);
    last_breakpoint = dfr0 >> 12 & 15;
    REQUIRE(last_breakpoint >= 1 && last_breakpoint <= 5 && (dfr0 >> 20 & 15) >= 1);
    for (u64 n = 0; n <= last_breakpoint; n++)
        set_breakpoint(n, 0, 0);
    for (u32 n = 0; n < 2; n++)
        set_watchpoint(n, 0, 0);
    for (u64 el = 0; el < 2; el++) {
        step_at(el);
        breakpoints_at(el);
        watchpoints_at(el);
    }
    step_from_el1();
    print("debug: %lu cases, %lu wrong\n", cases, wrong);
    REQUIRE_EQ(wrong, 0);
    print("debug: ok\n");
}
