// Two CPUs: handing a turn to and fro with futexes, and independent work.
#define _GNU_SOURCE
#include "suite.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TURNS 5000

static _Atomic uint32_t turn;
static uint64_t value;

// Plays one side: waits for `mine` in the word, then passes the other side's number on.
static void play(uint32_t mine)
{
    for (int i = 0; i < TURNS; i++) {
        uint32_t seen;
        while ((seen = atomic_load(&turn)) != mine)
            syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, 0, 0, 0);
        value = value * 3 + mine;
        atomic_store(&turn, 1 - mine);
        syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    }
}

static void *partner(void *nothing)
{
    pin(1);
    play(1);
    return nothing;
}

static uint64_t wake_ups(void)
{
    pthread_t thread;
    atomic_store(&turn, 0);
    value = 1;
    if (pthread_create(&thread, 0, partner, 0))
        die("pthread_create");
    play(0);
    pthread_join(thread, 0);
    return value;
}

// Not to be computed once for two calls.
static __attribute__((noipa)) uint64_t work(uint64_t seed)
{
    uint64_t sum = 0;
    for (int i = 0; i < 25000000; i++)
        sum += next(&seed) >> 3;
    return sum;
}

static void *work_elsewhere(void *result)
{
    pin(1);
    *(uint64_t *)result = work(2);
    return 0;
}

// How many times as much two CPUs do as one.
static double speed_up(uint64_t *checksum)
{
    double begin = now();
    uint64_t alone = work(1);
    double one = now() - begin;
    uint64_t other = 0;
    pthread_t thread;
    begin = now();
    if (pthread_create(&thread, 0, work_elsewhere, &other))
        die("pthread_create");
    uint64_t mine = work(1);
    pthread_join(thread, 0);
    double both = now() - begin;
    *checksum = mix(alone ^ mine, other);
    return 2 * one / both;
}

const struct bench thread_benches[] = {
    { "futex/wake-up", 0, wake_ups, 0 }, { "cpus/speed-up", 0, 0, speed_up }, { 0 },
};
