// Atomic accesses without a rival, and barriers.
#include "suite.h"
#include <stdatomic.h>

#ifdef __aarch64__
#define WITH(features) __attribute__((target(features)))
#else
#define WITH(features)
#endif

static _Atomic uint64_t cells[64];

#define BENCH(name, features)                                                       \
    static WITH(features) uint64_t name(void)                                       \
    {                                                                               \
        uint64_t sum = 0;                                                           \
        for (int i = 0; i < 64; i++)                                                \
            cells[i] = i;                                                           \
        for (uint64_t i = 0; i < 8000000; i++) {                                    \
            _Atomic uint64_t *cell = &cells[i & 63];                                \
            sum += atomic_fetch_add(cell, i);                                       \
            uint64_t old = atomic_load_explicit(cell, memory_order_relaxed);        \
            atomic_compare_exchange_strong(cell, &old, old ^ sum);                  \
            sum ^= atomic_exchange(cell, i);                                        \
        }                                                                           \
        return sum;                                                                 \
    }

// Single instructions of FEAT_LSE, and the loops of exclusive accesses before them.
BENCH(single, "arch=armv8.1-a+lse")
BENCH(exclusive, "arch=armv8-a")

static uint64_t ordered(void)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 20000000; i++) {
        atomic_store_explicit(&cells[i & 63], i + sum, memory_order_release);
        sum += atomic_load_explicit(&cells[(i + 1) & 63], memory_order_acquire);
    }
    return sum;
}

static void zero(void)
{
    for (int i = 0; i < 64; i++)
        cells[i] = 0;
}

static uint64_t barriers(void)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 50000000; i++) {
        atomic_store_explicit(&cells[i & 63], i, memory_order_relaxed);
        atomic_thread_fence(memory_order_seq_cst);
        sum += atomic_load_explicit(&cells[(i + 7) & 63], memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
    }
    return sum;
}

const struct bench atomic_benches[] = {
    { "atomics/lse", 0, single, 0 },
    { "atomics/exclusive", 0, exclusive, 0 },
    { "atomics/acquire-release", zero, ordered, 0 },
    { "atomics/barriers", zero, barriers, 0 },
    { 0 },
};
