// Software step: one instruction at a time, its syndromes, and what keeps it inactive.
#include "debug.h"

void expect_step(const char *what, u64 el, const struct context *c, u64 pc, u64 iss)
{
    expect_stop(what, el, c, pc, SYNDROME(EC_STEP + el, DEBUG_FAULT | iss));
    expect(what, el, pc, c->spsr & SPSR_SS, 0);
}

void step(struct context *c)
{
    c->spsr |= SPSR_SS;
    run(c);
}

static void step_inactive(const char *why, u64 el, u64 spsr, bool fires)
{
    struct context c = prepare(el, straight);
    c.spsr |= spsr;
    step(&c);
    if (fires)
        expect_step(why, el, &c, at(straight_second), ISV);
    else
        expect_stop(why, el, &c, at(straight_last) + 4, END);
}

void step_at(u64 el)
{
    set_mdscr(MDSCR_SS | MDSCR_KDE);
    struct context c = prepare(el, straight);
    step(&c);
    expect_step("step", el, &c, at(straight_second), ISV);
    expect("step", el, 1, c.x[0], 1);
    step(&c);
    expect_step("step over a branch", el, &c, at(straight_last) - 4, ISV);
    run(&c);
    expect_step("return without SS", el, &c, at(straight_last) - 4, 0);
    expect("return without SS", el, 0, c.x[0], 1);

    u64 steps = 0;
    c = prepare(el, loop);
    c.x[0] = 100;
    for (c.spsr |= SPSR_SS; run(&c), c.esr == SYNDROME(EC_STEP + el, DEBUG_FAULT | ISV) && steps < 1000; steps++)
        c.spsr |= SPSR_SS;
    expect("steps of a loop", el, c.x[2], steps, 301);
    expect_stop("end of a loop", el, &c, at(loop_end) + 4, END);
    expect("SVC has been stepped", el, 0, c.spsr & SPSR_SS, 0);
    run(&c);
    expect("after SVC", el, 0, c.esr & ~ISV, SYNDROME(EC_STEP + el, DEBUG_FAULT));

    c = prepare(el, exclusive);
    step(&c);
    expect_step("LDXR", el, &c, at(exclusive_store), ISV | EX);
    step(&c);
    expect_step("STXR", el, &c, at(exclusive_store) + 4, ISV);
    expect("STXR after a step", el, 0, c.x[3], 1);
    step(&c);
    expect_step("LDAXP", el, &c, at(exclusive_store) + 8, ISV | EX);
    step(&c);
    expect_step("LDAR", el, &c, at(exclusive_store) + 12, ISV);

    const struct {
        const char *what;
        const u8 *program;
        u64 esr, advance, ss;
    } others[] = {
        {"stepped SVC", calls, SYNDROME(EC_SVC, 5), 4, 0},
        {"stepped UDF", undefined, SYNDROME(EC_UNKNOWN, 0), 0, SPSR_SS},
        {"stepped BRK", breaks, SYNDROME(EC_BRK, 7), 0, SPSR_SS},
        {"stepped abort", aborts, SYNDROME(EC_DATA_ABORT_EL0 + el, 7), 0, SPSR_SS},
    };
    for (u32 i = 0; i < 4; i++) {
        c = prepare(el, others[i].program);
        c.x[1] = NOTHING;
        step(&c);
        expect_stop(others[i].what, el, &c, at(others[i].program) + others[i].advance, others[i].esr);
        expect(others[i].what, el, 0, c.spsr & SPSR_SS, others[i].ss);
    }

    without(el, MDSCR_SS, step_inactive);
    set_mdscr(0);
}

void step_from_el1(void)
{
    set_mdscr(MDSCR_SS | MDSCR_KDE);
    struct context c = prepare(1, unmask);
    c.spsr |= SPSR_D;
    run(&c);
    expect_step("unmasked", 1, &c, at(unmasked), 0);
    // ERET itself is stepped: SS is not taken from SPSR_EL1, since stepping did not begin there.
    c = prepare(1, returns);
    c.x[1] = at(straight);
    c.x[2] = MASKED | SPSR_SS;
    step(&c);
    expect_step("MSR", 1, &c, at(returns) + 4, ISV);
    step(&c);
    expect_step("MSR", 1, &c, at(returns) + 8, ISV);
    // The exception of the last step has overwritten both.
    c = prepare(1, returns + 8);
    step(&c);
    expect("stepped ERET", 0, c.pc, c.esr & ~(ISV | EX), SYNDROME(EC_STEP + 1, DEBUG_FAULT));
    expect("stepped ERET", 1, 0, c.spsr & SPSR_SS, 0);
    set_mdscr(0);
}
