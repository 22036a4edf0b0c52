// Proves the interrupt controller's priorities (Arm IHI 0069, 4.8) with SGIs that this CPU sends itself, all interrupts masked
// at the core: which of two is the highest pending, as FIQ (group 0) or IRQ (group 1); the priority mask; group enables; the
// running priority; preemption under every binary point; priority drop and deactivation, in one step and in two (EOImode).
// What must come of it is computed from the numbers by the rules below.
#include "cases.h"

#define SGI_A 3
#define SGI_B 9
#define IDLE 0xff
#define NONE 1023
#define ISR_IRQ 0x80
#define ISR_FIQ 0x40

// ICC_*_EL1.
#define GET(name) MRS(name)
#define SET(name, value) MSR(name, value)
#define PMR s3_0_c4_c6_0
#define CTLR s3_0_c12_c12_4
#define RPR s3_0_c12_c11_3
#define DIR s3_0_c12_c11_1
#define BPR0 s3_0_c12_c8_3
#define BPR1 s3_0_c12_c12_3
#define IGRPEN0 s3_0_c12_c12_6
#define IGRPEN1 s3_0_c12_c12_7

static u64 frame;
static u8 implemented; // priority bits that exist

static void send(u32 intid, u32 group)
{
    const u64 value = (u64)intid << 24 | 1; // this CPU is affinity 0.0.0.0
    if (group)
        MSR(s3_0_c12_c11_5, value); // ICC_SGI1R_EL1
    else
        MSR(s3_0_c12_c11_7, value); // ICC_SGI0R_EL1
    DSB();
    ISB();
}

static u64 acknowledge(u32 group) { return group ? MRS(s3_0_c12_c12_0) : MRS(s3_0_c12_c8_0); }
static u64 highest(u32 group) { return group ? MRS(s3_0_c12_c12_2) : MRS(s3_0_c12_c8_2); }

static void end(u32 group, u64 intid)
{
    if (group)
        MSR(s3_0_c12_c12_1, intid);
    else
        MSR(s3_0_c12_c8_1, intid);
    ISB();
}

static void configure(u32 intid, u8 priority, u32 group)
{
    write8(frame + 0x400 + intid, priority);
    gic_set_group(intid, group);
}

static u64 pending(void)
{
    DSB();
    ISB();
    return MRS(isr_el1) & (ISR_IRQ | ISR_FIQ);
}

// The group priority: for group 0 bits [7:BPR0+1], for group 1 bits [7:BPR1].
static u8 group_priority(u8 priority, u32 group, u32 bpr0, u32 bpr1)
{
    u32 from = group ? bpr1 : bpr0 + 1;
    return from > 7 ? 0 : (u8)(priority >> from << from);
}

static u64 signal_of(u32 group) { return group ? ISR_IRQ : ISR_FIQ; }

struct setup {
    u8 a, b;   // priorities
    u32 ga, gb; // groups
    u32 bpr0, bpr1;
};

// A active, B arrives.
static void preempt(const struct setup *s, u64 id)
{
    configure(SGI_A, s->a, s->ga);
    configure(SGI_B, s->b, s->gb);
    SET(BPR0, s->bpr0);
    SET(BPR1, s->bpr1);
    ISB();
    const u8 a = s->a & implemented, b = s->b & implemented;
    const u8 running = group_priority(a, s->ga, s->bpr0, s->bpr1);
    const bool preempts = group_priority(b, s->gb, s->bpr0, s->bpr1) < running;
#ifdef STAND_IN
    // Known to differ, and the rest of the sequence with it.
    if (preempts != (group_priority(b, s->gb, s->bpr0, s->bpr1) < group_priority(running, s->gb, s->bpr0, s->bpr1))) {
        agree_despite("a group priority is compared with the running priority as that is (IHI 0069, 4.8.6)", "", id, a, 0, 1);
        return;
    }
#endif
    agree("idle", id, 0, GET(RPR), IDLE);
    send(SGI_A, s->ga);
    agree("A signalled", id, a, pending(), signal_of(s->ga));
    agree("A is no other group's", id, a, acknowledge(!s->ga), NONE);
    agree("A highest", id, a, highest(s->ga), SGI_A);
    agree("A acknowledged", id, a, acknowledge(s->ga), SGI_A);
    agree("running", id, a, GET(RPR), running);
    agree("active", id, a, gic_active(SGI_A), true);
    send(SGI_B, s->gb);
    agree("B signalled", id, b, pending(), preempts ? signal_of(s->gb) : 0);
    if (preempts) {
        agree("B acknowledged", id, b, acknowledge(s->gb), SGI_B);
        agree("running B", id, b, GET(RPR), group_priority(b, s->gb, s->bpr0, s->bpr1));
        end(s->gb, SGI_B);
        agree("running A again", id, a, GET(RPR), running);
    } else {
        agree("B held back", id, b, acknowledge(s->gb), NONE);
    }
    end(s->ga, SGI_A);
    agree("A inactive", id, a, gic_active(SGI_A), false);
    agree("idle again", id, a, GET(RPR), IDLE);
    if (!preempts) {
        agree("B now", id, b, pending(), signal_of(s->gb));
        agree("B now acknowledged", id, b, acknowledge(s->gb), SGI_B);
        end(s->gb, SGI_B);
    }
    agree("quiet", id, 0, pending(), 0);
}

// Both pending: the lower number wins; with equal priorities it is this controller's choice. Then the mask and the enables.
static void compete(const struct setup *s, u64 id)
{
    static const u8 masks[6] = {0xff, 0xf0, 0xa0, 0x80, 0x40, 0};
    configure(SGI_A, s->a, s->ga);
    configure(SGI_B, s->b, s->gb);
    const u8 a = s->a & implemented, b = s->b & implemented;
    if (a == b)
        return;
    send(SGI_A, s->ga);
    send(SGI_B, s->gb);
    const u8 best = a < b ? a : b;
    const u32 winner = a < b ? SGI_A : SGI_B, loser = a < b ? SGI_B : SGI_A;
    const u32 wins = a < b ? s->ga : s->gb, loses = a < b ? s->gb : s->ga;
    for (u32 i = 0; i < 6; i++) {
        SET(PMR, masks[i]);
        ISB();
        u8 mask = masks[i] & implemented;
        agree("masked", id, masks[i], pending(), best < mask ? signal_of(wins) : 0);
    }
    SET(PMR, 0xff);
    ISB();
    // The winner's group off: the loser comes, if it is of the other one.
    if (wins)
        SET(IGRPEN1, 0);
    else
        SET(IGRPEN0, 0);
    ISB();
    agree_despite("a pending interrupt of a disabled group does not hide the other group's (IHI 0069, ICC_IGRPEN0_EL1)",
                   "group off", id, wins, pending(), loses != wins ? signal_of(loses) : 0);
    SET(IGRPEN0, 1);
    SET(IGRPEN1, 1);
    ISB();
    agree("winner", id, wins, acknowledge(wins), winner);
    end(wins, winner);
    agree("loser", id, loses, acknowledge(loses), loser);
    end(loses, loser);
    agree("quiet", id, 0, pending(), 0);
}

// EOImode 1: EOIR drops the priority, DIR deactivates; in between it may be preempted by anything, itself not.
static void two_steps(u32 group)
{
    configure(SGI_A, 0x80, group);
    configure(SGI_B, 0xa0, group);
    SET(CTLR, GET(CTLR) | 2);
    ISB();
    send(SGI_A, group);
    agree("acknowledged", group, 0, acknowledge(group), SGI_A);
    send(SGI_A, group); // pending again while active
    send(SGI_B, group);
    agree("held back", group, 0, pending(), 0);
    end(group, SGI_A);
    agree("dropped", group, 0, GET(RPR), IDLE);
    agree("still active", group, 0, gic_active(SGI_A), true);
    agree("B in between", group, 0, acknowledge(group), SGI_B);
    end(group, SGI_B);
    SET(DIR, SGI_B);
    ISB();
    agree("A not yet", group, 0, acknowledge(group), NONE);
    SET(DIR, SGI_A);
    ISB();
    agree("A again", group, 0, acknowledge(group), SGI_A);
    end(group, SGI_A);
    SET(DIR, SGI_A);
    ISB();
    agree("inactive", group, 0, gic_active(SGI_A), false);
    SET(CTLR, GET(CTLR) & ~2ul);
    ISB();
    agree("quiet", group, 0, pending(), 0);
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    mmu_on();
    gic_init_distributor();
    gic_init_cpu();
    frame = redistributor() + SGI_BASE;
    gic_enable(SGI_A, true);
    gic_enable(SGI_B, true);
    write8(frame + 0x400 + SGI_A, 0xff);
    implemented = read8(frame + 0x400 + SGI_A);
    REQUIRE((implemented & 0xf0) == 0xf0);
    SET(BPR0, 0);
    SET(BPR1, 0);
    ISB();
    const u32 least0 = (u32)GET(BPR0), least1 = (u32)GET(BPR1);
    print("priorities: bits %x, least binary points %u and %u\n", implemented, least0, least1);
    static const u8 priorities[8] = {0x00, 0x08, 0x10, 0x20, 0x40, 0x80, 0xa8, 0xf0};
    for (u32 groups = 0; groups < 4; groups++)
        for (u32 i = 0; i < 8; i++)
            for (u32 j = 0; j < 8; j++) {
                struct setup s = {priorities[i], priorities[j], groups & 1, groups >> 1, least0, least1};
                compete(&s, groups);
                for (s.bpr0 = least0; s.bpr0 < 8; s.bpr0++)
                    for (s.bpr1 = least1; s.bpr1 < 8; s.bpr1 += 2)
                        preempt(&s, groups | s.bpr0 << 4 | s.bpr1 << 8);
            }
    report_cases("priorities", "two interrupts");
    two_steps(0);
    two_steps(1);
    report_cases("priorities", "EOImode");
    print("priorities: ok\n");
}
