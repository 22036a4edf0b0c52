// Breakpoints: addresses, contexts, links, levels, and going on after one.
#include "debug.h"

u64 last_breakpoint;

void set_breakpoint(u64 n, u64 value, u64 control)
{
#define UNIT(n)                                                                                                        \
    case n:                                                                                                            \
        MSR(dbgbvr##n##_el1, value);                                                                                   \
        MSR(dbgbcr##n##_el1, control);                                                                                 \
        break
    switch (n) {
        UNIT(0);
        UNIT(1);
        UNIT(2);
        UNIT(3);
        UNIT(4);
        UNIT(5);
    }
    ISB();
}

static void expect_break(const char *what, u64 el, const struct context *c, u64 pc)
{
    expect_stop(what, el, c, pc, SYNDROME(EC_BREAKPOINT + el, DEBUG_FAULT));
}

static void breakpoint_off(const char *why, u64 el, u64 spsr, bool fires)
{
    struct context c = prepare(el, straight);
    c.spsr |= spsr;
    run(&c);
    if (fires)
        expect_break(why, el, &c, at(straight_second));
    else
        expect_stop(why, el, &c, at(straight_last) + 4, END);
}

void breakpoints_at(u64 el)
{
    set_mdscr(MDSCR_MDE | MDSCR_KDE);
    for (u32 n = 0; n < 2; n++)
        for (u32 pmc = 0; pmc < 4; pmc++) {
            set_breakpoint(n, at(straight_second), BCR(pmc));
            struct context c = prepare(el, straight);
            run(&c);
            if (pmc >> !el & 1) {
                expect_break("breakpoint", el, &c, at(straight_second));
                expect("breakpoint", el, n, c.x[0], 1);
            } else {
                expect_stop("not of this level", el, &c, at(straight_last) + 4, END);
            }
            set_breakpoint(n, 0, 0);
        }

    // As a debugger goes on: without the breakpoint, one step, with it again.
    struct context c = prepare(el, loop);
    c.x[0] = 50;
    u64 stops = 0;
    set_breakpoint(0, at(loop_body), BCR(3));
    for (run(&c); c.esr == SYNDROME(EC_BREAKPOINT + el, DEBUG_FAULT) && stops < 1000; run(&c)) {
        stops++;
        set_mdscr(MDSCR_SS | MDSCR_KDE);
        step(&c);
        expect_step("step over a breakpoint", el, &c, at(loop_body) + 4, ISV);
        set_mdscr(MDSCR_MDE | MDSCR_KDE);
    }
    expect("breakpoint in a loop", el, c.x[2], stops, 50);
    expect_stop("breakpoint in a loop", el, &c, at(loop_end) + 4, END);

    // Before BRK; and while it is stepped.
    set_breakpoint(0, at(breaks), BCR(3));
    c = prepare(el, breaks);
    run(&c);
    expect_break("breakpoint before BRK", el, &c, at(breaks));
    set_mdscr(MDSCR_SS | MDSCR_MDE | MDSCR_KDE);
    step(&c);
    expect_break("breakpoint before a step", el, &c, at(breaks));
    expect("breakpoint before a step", el, 0, c.spsr & SPSR_SS, SPSR_SS);
    set_mdscr(MDSCR_MDE | MDSCR_KDE);

    // Contexts: by itself, and linked.
    for (u32 other = 0; other < 2; other++) {
        MSR(contextidr_el1, 0x77 + other);
        set_breakpoint(0, 0, 0);
        set_breakpoint(last_breakpoint, 0x77, BCR(3) | BT(2));
        c = prepare(el, straight);
        run(&c);
        if (other)
            expect_stop("another context", el, &c, at(straight_last) + 4, END);
        else
            expect_break("context", el, &c, at(straight));
        set_breakpoint(last_breakpoint, 0x77, BCR(0) | BT(3));
        set_breakpoint(0, at(straight_second), BCR(3) | BT(1) | LBN(last_breakpoint));
        c = prepare(el, straight);
        run(&c);
        if (other)
            expect_stop("linked, another context", el, &c, at(straight_last) + 4, END);
        else
            expect_break("linked", el, &c, at(straight_second));
        set_breakpoint(last_breakpoint, 0, 0);
        c = prepare(el, straight);
        run(&c);
        expect_stop("linked to nothing", el, &c, at(straight_last) + 4, END);
    }

    set_breakpoint(0, at(straight_second), BCR(3));
    without(el, MDSCR_MDE, breakpoint_off);
    set_breakpoint(0, 0, 0);
    set_mdscr(0);
}
