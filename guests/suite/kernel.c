// What goes through the kernel: calls, signals, faults, mappings.
#define _GNU_SOURCE
#include "suite.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t getpid_calls(void)
{
    uint64_t pid = getpid(), same = 0;
    for (int i = 0; i < 50000; i++)
        same += (uint64_t)syscall(SYS_getpid) == pid;
    return same;
}

static volatile uint64_t caught;

static void catch(int number)
{
    caught += number;
}

static uint64_t signals(void)
{
    caught = 0;
    signal(SIGUSR1, catch);
    for (int i = 0; i < 10000; i++)
        raise(SIGUSR1);
    return caught;
}

static uint8_t *map(size_t size)
{
    uint8_t *place = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED)
        die("mmap");
    return place;
}

#define SPACE (32u << 20)

static uint64_t faults(void)
{
    uint64_t sum = 0;
    for (int turn = 0; turn < 2; turn++) {
        uint8_t *space = map(SPACE);
        madvise(space, SPACE, MADV_NOHUGEPAGE);
        for (size_t at = 0; at < SPACE; at += 4096)
            sum += ++space[at + turn];
        munmap(space, SPACE);
    }
    return sum;
}

static uint64_t mappings(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 5000; i++) {
        uint8_t *page = map(16384);
        page[i & 4095] = i;
        sum += page[i & 4095];
        munmap(page, 16384);
    }
    return sum;
}

static uint64_t protections(void)
{
    uint8_t *page = map(65536);
    for (int i = 0; i < 12000; i++) {
        page[i & 65535]++;
        if (mprotect(page, 65536, PROT_READ) || mprotect(page, 65536, PROT_READ | PROT_WRITE))
            die("mprotect");
    }
    uint64_t sum = mix_words(page, 65536);
    munmap(page, 65536);
    return sum;
}

const struct bench kernel_benches[] = {
    { "kernel/getpid", 0, getpid_calls, 0 }, { "kernel/signals", 0, signals, 0 },
    { "kernel/faults", 0, faults, 0 },       { "kernel/mmap", 0, mappings, 0 },
    { "kernel/mprotect", 0, protections, 0 }, { 0 },
};
