// Proves the exclusive monitors and the event register: a store-exclusive succeeds after its load-exclusive, fails after any
// exception that returned, after CLREX, after another store-exclusive, and when another CPU has written meanwhile; WFE ends
// by SEVL, by SEV from another CPU and by the event stream; code that another CPU rewrote through an alias of its address is
// new after the maintenance that the manual asks for. Wants two CPUs.
#include "cases.h"

typedef u64 sequence(u64 address, u64 value);
#define EACH_SIZE(name) sequence name##_b, name##_h, name##_w, name##_x, name##_pw, name##_px;
EACH_SIZE(plain)
EACH_SIZE(svc)
EACH_SIZE(clrex)
sequence brk_x, undefined_x, alone_x, second_x, elsewhere_x, smaller_x, meet_x, meet_px;

static u64 word[16] __attribute__((aligned(128)));
// The flags of ask (monitors.S), each on a line of its own.
u64 meeting[16] __attribute__((aligned(128)));

static u64 try(sequence *run, u64 value)
{
    word[0] = word[1] = 0x1111111111111111;
    catch_exceptions();
    u64 failed = run((u64)word, value);
    caught_exceptions();
    return failed;
}

static void one_cpu(void)
{
    static const u8 bytes[6] = {1, 2, 4, 8, 8, 16};
    sequence *const plain[6] = {plain_b, plain_h, plain_w, plain_x, plain_pw, plain_px};
    sequence *const with_svc[6] = {svc_b, svc_h, svc_w, svc_x, svc_pw, svc_px};
    sequence *const with_clrex[6] = {clrex_b, clrex_h, clrex_w, clrex_x, clrex_pw, clrex_px};
    const u64 old = 0x1111111111111111, new = 0x2222222222222222;
    for (u32 i = 0; i < 6; i++) {
        const u64 mask = bytes[i] < 8 ? (1ul << 8 * bytes[i]) - 1 : ~0ul;
        // On real hardware a monitor may be lost at any time: a few attempts, on every machine.
        u64 failed = 1;
        for (u32 attempt = 0; attempt < 20 && failed; attempt++)
            failed = try(plain[i], new);
        agree("plain", i, 0, failed, 0);
        agree("written", i, 0, word[0], (new & mask) | (old & ~mask));
        agree("written, upper", i, 0, word[1], bytes[i] == 16 ? new : old);
        agree("after an exception", i, 0, try(with_svc[i], new), 1);
        agree("not written", i, 0, word[0], old);
        agree("after CLREX", i, 0, try(with_clrex[i], new), 1);
        agree("not written", i, 1, word[0], old);
    }
    agree("after BRK", 0, 0, try(brk_x, new), 1);
    agree("after UNDEFINED", 0, 0, try(undefined_x, new), 1);
    agree("alone", 0, 0, try(alone_x, new), 1);
    agree("second", 0, 0, try(second_x, new), 1);
    agree_despite("a store-exclusive to another address than its load's may pass or fail (B2.17.2): ours fails", "elsewhere",
                   0, 0, try(elsewhere_x, new), 1);
    agree_despite("a store-exclusive of another size than its load's may pass or fail (B2.17.5): ours fails", "smaller", 0, 0,
                   try(smaller_x, new), 1);
}

// --- two CPUs ---------------------------------------------------------------------------------------------------------

#define ROUNDS 200
#define CODE_PAGE 20
#define ALIAS_PAGE 21
static u32 code_frame[1024] __attribute__((aligned(4096)));
static volatile u64 turn, answer;

static void await(volatile u64 *flag, u64 value)
{
    while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) != value)
        YIELD();
}

// The other CPU: writes when asked, sends events, executes what was rewritten.
static void other(u64 argument)
{
    (void)argument;
    for (u64 round = 0; round < 2 * ROUNDS; round++) {
        await(&meeting[0], 1);
        meeting[0] = 0;
        word[round % 2] += 0x10;
        __atomic_store_n(&meeting[8], 1, __ATOMIC_RELEASE);
        await(&meeting[8], 0);
    }
    for (u64 round = 1; round <= ROUNDS; round++) {
        await(&turn, round);
        ISB();
        answer = ((u64(*)(void))(WINDOW + CODE_PAGE * PAGE))();
        __atomic_store_n(&turn, 0, __ATOMIC_RELEASE);
    }
    for (u64 round = 1; round <= ROUNDS; round++) {
        await(&turn, round);
        delay(round % 8 * 200);
        __atomic_store_n(&answer, round, __ATOMIC_RELEASE);
        __asm__ volatile("dsb ish\n\tsev" ::: "memory");
    }
}

static void two_cpus(void)
{
    set_window(CODE_PAGE, pa_of(code_frame) | DESC_PAGE | DESC_NORMAL | DESC_READ_ONLY);
    set_window(ALIAS_PAGE, pa_of(code_frame) | DESC_PAGE | DESC_NORMAL | DESC_PXN | DESC_UXN);
    REQUIRE_EQ(cpu_start(1, other, 0), 0);
    for (u64 round = 0; round < 2 * ROUNDS; round++) {
        // In even rounds the first half of the pair changes, in odd ones the second.
        word[0] = word[1] = 0;
        u64 failed = round % 2 ? meet_px((u64)word, 5) : meet_x((u64)word, 5);
        agree("another CPU wrote", round, 0, failed, 1);
        agree("its value", round, 0, word[round % 2], 0x10);
        __atomic_store_n(&meeting[8], 0, __ATOMIC_RELEASE);
    }
    report_cases("monitors", "two CPUs");
    volatile u32 *alias = (u32 *)(WINDOW + ALIAS_PAGE * PAGE);
    for (u64 round = 1; round <= ROUNDS; round++) {
        alias[0] = 0x52800000 | (u32)(round << 5); // MOV W0, #round
        alias[1] = 0xd65f03c0;                     // RET
        clean_code((void *)alias, 8);
        // Here too.
        agree("own", round, 0, ((u64(*)(void))(WINDOW + CODE_PAGE * PAGE))(), round);
        __atomic_store_n(&turn, round, __ATOMIC_RELEASE);
        await(&turn, 0);
        agree("other", round, 0, answer, round);
    }
    report_cases("monitors", "rewritten code");
    for (u64 round = 1; round <= ROUNDS; round++) {
        __atomic_store_n(&turn, round, __ATOMIC_RELEASE);
        while (__atomic_load_n(&answer, __ATOMIC_ACQUIRE) != round)
            __asm__ volatile("wfe" ::: "memory");
        agree("woken", round, 0, answer, round);
        answer = 0;
    }
    REQUIRE(cpu_wait_off(1, 5000));
}

static void events(void)
{
    for (u32 i = 0; i < 100; i++) {
        u64 begin = ticks();
        __asm__ volatile("sevl\n\twfe" ::: "memory");
        agree("SEVL", i, 0, ticks() - begin < 500 * TICKS_PER_MS, true);
    }
    // The event stream: a rising bit 10 of the counter, each 2048 ticks.
    MSR(cntkctl_el1, 1 << 2 | 10 << 4);
    ISB();
    for (u32 i = 0; i < 100; i++) {
        u64 begin = ticks();
        __asm__ volatile("wfe\n\twfe" ::: "memory");
        agree("event stream", i, 0, ticks() - begin < 500 * TICKS_PER_MS, true);
    }
    MSR(cntkctl_el1, 0);
    ISB();
}

void payload_main(u64 tree)
{
    uart_init();
#ifdef STAND_IN
    tree = RAM;
#endif
    REQUIRE(read_tree(tree));
    REQUIRE(board.cpus >= 2);
    mmu_on();
    one_cpu();
    report_cases("monitors", "one CPU");
    two_cpus();
    report_cases("monitors", "SEV");
    events();
    report_cases("monitors", "events");
    print("monitors: ok\n");
}
