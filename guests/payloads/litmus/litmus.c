// Proves memory ordering between two CPUs with the classic litmus tests: message passing and store buffering, with
// acquire/release and with barriers. Each outcome that the architecture forbids must never be seen.
#include "kit.h"

// Short batches that both begin together, so that they do run against each other; as many as the time allows, which on a
// host without two free cores are few.
#define BATCH 64
#define BATCHES 4000
#define TIME (300 * TICKS_PER_MS)

// One pair of cells for each iteration, in different lines.
static struct {
    volatile u64 x;
    u64 apart_x[7];
    volatile u64 y;
    u64 apart_y[7];
    u64 seen[2]; // what CPU 0 and CPU 1 read
} cell[BATCH] __attribute__((aligned(64)));

static inline void store(volatile u64 *at) { __asm__ volatile("str %0, %1" ::"r"(1ul), "Q"(*at) : "memory"); }
static inline void store_release(volatile u64 *at) { __asm__ volatile("stlr %0, %1" ::"r"(1ul), "Q"(*at) : "memory"); }
static inline u64 load(volatile u64 *at)
{
    u64 v;
    __asm__ volatile("ldr %0, %1" : "=r"(v) : "Q"(*at) : "memory");
    return v;
}
static inline u64 load_acquire(volatile u64 *at)
{
    u64 v;
    __asm__ volatile("ldar %0, %1" : "=r"(v) : "Q"(*at) : "memory");
    return v;
}
#define DMB(kind) __asm__ volatile("dmb " #kind ::: "memory")

static void mp_acquire_writer(u32 i) { store(&cell[i].x), store_release(&cell[i].y); }
static void mp_acquire_reader(u32 i) { cell[i].seen[0] = load_acquire(&cell[i].y), cell[i].seen[1] = load(&cell[i].x); }
static void mp_barrier_writer(u32 i)
{
    store(&cell[i].x);
    DMB(ishst);
    store(&cell[i].y);
}
static void mp_barrier_reader(u32 i)
{
    cell[i].seen[0] = load(&cell[i].y);
    DMB(ishld);
    cell[i].seen[1] = load(&cell[i].x);
}
static void sb_acquire_0(u32 i) { store_release(&cell[i].x), cell[i].seen[0] = load_acquire(&cell[i].y); }
static void sb_acquire_1(u32 i) { store_release(&cell[i].y), cell[i].seen[1] = load_acquire(&cell[i].x); }
static void sb_barrier_0(u32 i)
{
    store(&cell[i].x);
    DMB(ish);
    cell[i].seen[0] = load(&cell[i].y);
}
static void sb_barrier_1(u32 i)
{
    store(&cell[i].y);
    DMB(ish);
    cell[i].seen[1] = load(&cell[i].x);
}

static bool mp_forbidden(u64 flag, u64 data) { return flag && !data; }
static bool sb_forbidden(u64 a, u64 b) { return !a && !b; }

static const struct test {
    const char *name;
    void (*body[2])(u32);
    bool (*forbidden)(u64, u64);
} tests[] = {
    {"MP, release and acquire", {mp_acquire_writer, mp_acquire_reader}, mp_forbidden},
    {"MP, barriers", {mp_barrier_writer, mp_barrier_reader}, mp_forbidden},
    {"SB, release and acquire", {sb_acquire_0, sb_acquire_1}, sb_forbidden},
    {"SB, barriers", {sb_barrier_0, sb_barrier_1}, sb_forbidden},
};
#define TESTS (sizeof tests / sizeof tests[0])

static u64 arrived;
static volatile bool over;

// Both CPUs meet here. `round` counts from 1.
static void meet(u64 round)
{
    __atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
    // Spins first: yielding costs so long that the other would be through with its batch.
    for (u32 spins = 0; __atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < 2 * round; spins++)
        if (spins > 2000)
            YIELD();
}

static void other_cpu(u64 argument)
{
    (void)argument;
    u64 round = 0;
    for (u64 t = 0; t < TESTS; t++)
        for (;;) {
            meet(++round);
            if (over) {
                meet(++round);
                break;
            }
            for (u32 i = 0; i < BATCH; i++)
                tests[t].body[1](i);
            meet(++round);
        }
}

void payload_main(u64 tree)
{
    uart_init();
    REQUIRE(read_tree(tree));
    REQUIRE(board.cpus >= 2);
    mmu_on();
    REQUIRE_EQ(cpu_start(1, other_cpu, 0), 0);
    u64 round = 0;
    for (u64 t = 0; t < TESTS; t++) {
        u32 outcomes[2][2] = {{0}};
        u64 begin = ticks();
        over = false;
        for (u32 batch = 0; batch < BATCHES && ticks() - begin < TIME; batch++) {
            for (u32 i = 0; i < BATCH; i++)
                cell[i].x = cell[i].y = cell[i].seen[0] = cell[i].seen[1] = 0;
            meet(++round);
            for (u32 i = 0; i < BATCH; i++)
                tests[t].body[0](i);
            meet(++round);
            for (u32 i = 0; i < BATCH; i++) {
                REQUIRE(!tests[t].forbidden(cell[i].seen[0], cell[i].seen[1]));
                outcomes[cell[i].seen[0] & 1][cell[i].seen[1] & 1]++;
            }
        }
        over = true;
        meet(++round);
        meet(++round);
        print("litmus: %-26s 00: %6u  01: %6u  10: %6u  11: %6u\n", tests[t].name, outcomes[0][0], outcomes[0][1],
              outcomes[1][0], outcomes[1][1]);
    }
    REQUIRE(cpu_wait_off(1, 1000));
    print("litmus: ok\n");
}
