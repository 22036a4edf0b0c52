// How fast the machine is: a loop of known length, timed with its own counter.
#include "checks.h"

#define LOOP_INSTRUCTIONS 20

static u64 table[256];

// Arithmetic, loads, stores and branches in about the proportions of compiled code. 20 instructions each time round.
static void loop(u64 rounds)
{
    u64 a = 1, b = 0x9e3779b97f4a7c15, i, t, u;
    __asm__ volatile("0:\n\t"
                     "and %[i], %[a], #0xff\n\t"
                     "ldr %[t], [%[table], %[i], lsl #3]\n\t"
                     "add %[a], %[a], %[t]\n\t"
                     "eor %[a], %[a], %[a], lsr #7\n\t"
                     "mul %[t], %[a], %[b]\n\t"
                     "lsr %[u], %[t], #32\n\t"
                     "str %[u], [%[table], %[i], lsl #3]\n\t"
                     "tst %[a], #1\n\t"
                     "b.eq 1f\n\t"
                     "1: add %[a], %[a], #3\n\t"
                     "cmp %[a], %[t]\n\t"
                     "csel %[u], %[a], %[t], hi\n\t"
                     "ubfx %[i], %[u], #3, #8\n\t"
                     "ldr %[t], [%[table], %[i], lsl #3]\n\t"
                     "sub %[a], %[a], %[t]\n\t"
                     "orr %[u], %[u], %[t]\n\t"
                     "cbz %[u], 2f\n\t"
                     "2: eor %[a], %[a], %[u]\n\t"
                     "subs %[rounds], %[rounds], #1\n\t"
                     "b.ne 0b"
                     : [a] "+r"(a), [rounds] "+r"(rounds), [i] "=&r"(i), [t] "=&r"(t), [u] "=&r"(u)
                     : [b] "r"(b), [table] "r"(table)
                     : "cc", "memory");
}

u64 measure_speed(void)
{
    // Grows until the loop takes 50 ms, so that a faster engine is measured as well as a slow one.
    for (u64 rounds = 4096;; rounds *= 2) {
        u64 begin = ticks();
        loop(rounds);
        u64 took = ticks() - begin;
        if (took >= 50 * TICKS_PER_MS)
            return rounds * LOOP_INSTRUCTIONS * 24 / took;
    }
}
