// Proves the timers' registers (Arm ARM D11.2): for the virtual and the physical timer, deadlines in the past, now, in the
// near and the far future and at the ends of the number range, through CVAL and through TVAL (signed, 32 bits), with ENABLE
// and IMASK in each state: ISTATUS, the interrupt line and what TVAL reads follow from the counter. And WFI ends by either,
// masked at the core.
#include "cases.h"

struct timer {
    u32 intid;
    u64 (*counter)(void);
    void (*set_ctl)(u64);
    u64 (*ctl)(void);
    void (*set_cval)(u64);
    u64 (*cval)(void);
    void (*set_tval)(u64);
    u64 (*tval)(void);
};

#define ACCESSORS(timer, count)                                                                                        \
    static u64 timer##_counter(void)                                                                                   \
    {                                                                                                                  \
        ISB();                                                                                                         \
        return MRS(count);                                                                                             \
    }                                                                                                                  \
    static void timer##_set_ctl(u64 v) { MSR(timer##_ctl_el0, v); }                                                    \
    static u64 timer##_ctl(void) { return MRS(timer##_ctl_el0); }                                                      \
    static void timer##_set_cval(u64 v) { MSR(timer##_cval_el0, v); }                                                  \
    static u64 timer##_cval(void) { return MRS(timer##_cval_el0); }                                                    \
    static void timer##_set_tval(u64 v) { MSR(timer##_tval_el0, v); }                                                  \
    static u64 timer##_tval(void) { return MRS(timer##_tval_el0); }
ACCESSORS(cntv, cntvct_el0)
ACCESSORS(cntp, cntpct_el0)

static void try_state(const struct timer *t, u64 ctl, u64 id)
{
    t->set_ctl(ctl);
    ISB();
    u64 before = t->counter();
    u64 seen = t->ctl();
    u64 after = t->counter();
    bool met_before = before >= t->cval(), met_after = after >= t->cval();
    agree("CTL", id, ctl, seen & 3, ctl);
    if (ctl & 1) // otherwise UNKNOWN
        agree("ISTATUS", id, ctl, seen >> 2 & 1, met_before == met_after ? met_before : seen >> 2 & 1);
    // The line is ISTATUS and not IMASK. It may rise in between; a machine may take its time to lower or raise it.
    bool raised = false, want = (ctl & 3) == 1 && met_before;
    if (met_before != met_after)
        return;
    for (u32 i = 0; i < 10000; i++) {
        raised = gic_pending(t->intid);
        if (raised == want)
            break;
    }
    agree("line", id, ctl, raised, want);
}

static void try_timer(const struct timer *t)
{
    const u64 hour = 3600 * 1000 * TICKS_PER_MS;
    t->set_ctl(0);
    for (u32 i = 0; i < 10; i++) {
        u64 now = t->counter();
        const u64 deadlines[10] = {
            0, 1, now - 1, now, now - hour < now ? now - hour : 0, now + hour, 0x7fffffffffffffff, 0x8000000000000000, ~0ul,
            now + (1ul << 32),
        };
        t->set_cval(deadlines[i]);
        ISB();
        agree("CVAL", t->intid, i, t->cval(), deadlines[i]);
        u64 before = t->counter(), tval = t->tval();
        ISB();
        u64 after = t->counter();
        // TVAL is the low 32 bits of CVAL - count.
        u64 high = (deadlines[i] - before) & 0xffffffff;
        agree("TVAL", t->intid, i, ((high - tval) & 0xffffffff) <= after - before && tval >> 32 == 0, true);
        for (u64 ctl = 0; ctl < 4; ctl++)
            try_state(t, ctl, t->intid | i << 8);
        t->set_ctl(0);
    }
    static const u32 distances[8] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000000, 0xf0000000};
    for (u32 i = 0; i < 8; i++)
        for (u64 upper = 0; upper < 2; upper++) { // bits [63:32] are ignored
            u64 before = t->counter();
            t->set_tval(distances[i] | upper << 32);
            ISB();
            u64 after = t->counter();
            u64 offset = t->cval() - (u64)(s64)(int)distances[i];
            agree("CVAL from TVAL", t->intid, distances[i], offset >= before && offset <= after, true);
            for (u64 ctl = 0; ctl < 4; ctl++)
                try_state(t, ctl, t->intid | 1 << 16 | i << 8);
            t->set_ctl(0);
        }
    for (u32 i = 0; i < 20; i++) {
        u64 deadline = t->counter() + (i % 4) * 2000;
        t->set_cval(deadline);
        t->set_ctl(1);
        ISB();
        while (!(t->ctl() & 4))
            WFI();
        agree("WFI", t->intid, i, t->counter() >= deadline, true);
        t->set_ctl(0);
        ISB();
    }
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    mmu_on();
    gic_init_distributor();
    gic_init_cpu();
    const struct timer timers[2] = {
        {PPI_VIRTUAL_TIMER, cntv_counter, cntv_set_ctl, cntv_ctl, cntv_set_cval, cntv_cval, cntv_set_tval, cntv_tval},
        {PPI_PHYSICAL_TIMER, cntp_counter, cntp_set_ctl, cntp_ctl, cntp_set_cval, cntp_cval, cntp_set_tval, cntp_tval},
    };
    for (u32 i = 0; i < 2; i++) {
        gic_set_group(timers[i].intid, i);
        gic_enable(timers[i].intid, true);
        try_timer(&timers[i]);
        report_cases("deadlines", i ? "physical timer" : "virtual timer");
    }
    print("deadlines: ok\n");
}
