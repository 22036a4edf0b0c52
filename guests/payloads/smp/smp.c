// Proves what several CPUs rely on: exclusives and LSE atomics lose no increment, SGIs go back and forth and end WFI, and a
// broadcast TLBI or IC IVAU followed by DSB has taken effect on every CPU. Wants at least two CPUs.
#include "kit.h"

#define INCREMENTS 20000
#define ROUNDS 400
// On a host with fewer free cores than this machine has CPUs, each broadcast waits for a turn of the host's scheduler.
#define TIME (1500 * TICKS_PER_MS)

static u64 arrived;

// All CPUs meet here. `round` counts from 1.
static void meet(u64 round)
{
    __atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < board.cpus * round)
        YIELD();
}

// --- counters ---------------------------------------------------------------------------------------------------------

static u64 by_exclusives, by_lse, by_cas, locked;
static u32 lock;
static u64 saw_both, remaps, rewrites;

static void increment(void)
{
    for (u32 i = 0; i < INCREMENTS; i++) {
        u64 v, expected;
        u32 status;
        do
            __asm__ volatile("ldxr %0, %2\n\tadd %0, %0, #1\n\tstxr %w1, %0, %2"
                             : "=&r"(v), "=&r"(status), "+Q"(by_exclusives));
        while (status);
        __asm__ volatile(".arch armv8.1-a\n\tstadd %1, %0" : "+Q"(by_lse) : "r"(1ul));
        do {
            expected = v = *(volatile u64 *)&by_cas;
            __asm__ volatile(".arch armv8.1-a\n\tcas %0, %2, %1" : "+r"(v), "+Q"(by_cas) : "r"(expected + 1));
        } while (v != expected);
        // A lock as kernels build it: acquire in, release out.
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
            YIELD();
        (*(volatile u64 *)&locked)++;
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    }
}

// --- interrupts back and forth ----------------------------------------------------------------------------------------

static void send(u32 cpu)
{
    u64 a = board.affinity[cpu];
    MSR(s3_0_c12_c11_5, 5ul << 24 | (a & 0xff00) << 8 | 1ul << (a & 15)); // ICC_SGI1R_EL1, SGI 5
    ISB();
}

static void await(u32 irqs)
{
    while (this_cpu()->irqs < irqs) {
        MASK(DAIF_IRQ);
        if (this_cpu()->irqs < irqs)
            WFI();
        UNMASK(DAIF_IRQ);
    }
    MASK(DAIF_IRQ);
}

static void ping_pong(u32 me)
{
    for (u32 round = 1; me < 2 && round <= ROUNDS; round++) {
        if (me == 0)
            send(1);
        await(round);
        if (me == 1)
            send(0);
    }
}

// --- translations taken away ------------------------------------------------------------------------------------------

#define TEST_PAGE 7
#define TEST_VA (WINDOW + TEST_PAGE * PAGE)

static u64 frames[2][512] __attribute__((aligned(4096)));
// Four times the epoch, and what the page is: on its way out, unmapped, on its way in, or mapped to a frame that holds the
// epoch. What is certain is said only between the ways.
enum { LEAVING, UNMAPPED, COMING, MAPPED };
static volatile u64 generation;
static volatile bool over;

static void say(u64 epoch, u64 state)
{
    __atomic_store_n(&generation, 4 * epoch + state, __ATOMIC_RELEASE);
    DSB();
}

static void remap(void)
{
    u64 begin = ticks();
    for (u64 epoch = 1; epoch <= ROUNDS && ticks() - begin < TIME; epoch++) {
        remaps++;
        say(epoch, LEAVING);
        set_window(TEST_PAGE, 0);
        say(epoch, UNMAPPED);
        // Nobody can reach either frame now: what is written here must never be seen through the old mapping.
        write64((u64)frames[0], ~0ul);
        write64((u64)frames[1], ~0ul);
        delay(epoch % 7 * 100);
        write64((u64)frames[epoch & 1], epoch);
        say(epoch, COMING);
        set_window(TEST_PAGE, (u64)frames[epoch & 1] | DESC_PAGE | DESC_NORMAL | DESC_PXN | DESC_UXN);
        say(epoch, MAPPED);
        delay(epoch % 5 * 100);
    }
    over = true;
}

static void observe(void)
{
    struct cpu *cpu = this_cpu();
    u32 faults = 0, reads = 0;
    while (!over) {
        u64 before = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
        u64 value = 0;
        catch_exceptions();
        __asm__ volatile("ldr %0, [%1]" : "+r"(value) : "r"(TEST_VA) : "memory");
        u32 caught = caught_exceptions();
        __asm__ volatile("dmb ish" ::: "memory");
        bool certain = before == __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
        if (caught) {
            REQUIRE_EQ(cpu->esr & 0x3f, 0x07); // translation fault, level 3
            REQUIRE_EQ(cpu->far, TEST_VA);
            REQUIRE(!certain || before % 4 != MAPPED);
            faults++;
        } else {
            REQUIRE(!certain || before % 4 != UNMAPPED);
            REQUIRE(value >= before / 4 - (before % 4 == LEAVING) && value <= ROUNDS);
            reads++;
        }
    }
    if (faults && reads)
        __atomic_fetch_add(&saw_both, 1, __ATOMIC_RELAXED);
}

// --- code rewritten ---------------------------------------------------------------------------------------------------

static u32 code[16] __attribute__((aligned(64)));

static void rewrite(void)
{
    u64 begin = ticks();
    for (u64 g = 1; g <= ROUNDS && ticks() - begin < TIME; g++) {
        rewrites++;
        *(volatile u32 *)code = 0x52800000 | (u32)g << 5; // MOV W0, #g
        clean_code(code, 4);
        __atomic_store_n(&generation, g, __ATOMIC_RELEASE);
        delay(g % 5 * 50);
    }
    over = true;
}

static void execute(void)
{
    while (!over) {
        u64 before = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
        ISB();
        u64 value = ((u64(*)(void))code)();
        REQUIRE(value >= before && value <= ROUNDS);
    }
}

// --- the four parts, on all CPUs at once ------------------------------------------------------------------------------

static void all(u64 me)
{
    gic_init_cpu();
    gic_set_group(5, 1);
    gic_enable(5, true);
    meet(1);
    increment();
    meet(2);
    ping_pong((u32)me);
    meet(3);
    me == 0 ? remap() : observe();
    meet(4);
    if (me == 0) {
        generation = 0;
        over = false;
        code[0] = 0x52800000; // MOV W0, #0
        code[1] = 0xd65f03c0; // RET
        clean_code(code, 8);
    }
    meet(5);
    me == 0 ? rewrite() : execute();
    meet(6);
}

void payload_main(u64 tree)
{
    uart_init();
    REQUIRE(read_tree(tree));
    REQUIRE(board.cpus >= 2);
    mmu_on();
    gic_init_distributor();
    for (u32 n = 1; n < board.cpus; n++)
        REQUIRE_EQ(cpu_start(n, all, n), 0);
    all(0);
    for (u32 n = 1; n < board.cpus; n++)
        REQUIRE(cpu_wait_off(n, 5000));
    const u64 expected = (u64)INCREMENTS * board.cpus;
    REQUIRE_EQ(by_exclusives, expected);
    REQUIRE_EQ(by_lse, expected);
    REQUIRE_EQ(by_cas, expected);
    REQUIRE_EQ(locked, expected);
    print("smp: %lu increments by exclusives, LSE, compare-and-swap and under a lock\n", expected);
    REQUIRE_EQ(cpus[1].irqs, ROUNDS);
    REQUIRE_EQ(cpus[0].irqs, ROUNDS);
    print("smp: %u interrupts back and forth\n", ROUNDS);
    print("smp: %lu translations taken away; %lu CPUs saw both states\n", remaps, saw_both);
    print("smp: %lu rewrites of code\n", rewrites);
    print("smp: ok\n");
}
