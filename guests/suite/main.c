// Runs the benchmarks and prints `bench AREA/NAME VALUE UNIT CHECKSUM` for each.
//
//     suite [--once] [AREA...]          all of them, or those whose names begin with one of the words
//     suite command NAME PROGRAM...     times a program, whose standard output is what is summed
//     suite exit                        does nothing (what the fork and exec benchmark starts)
#define _GNU_SOURCE
#include "suite.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int repeats = 3;

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    // Without that CPU the thread stays where it is; the figures then tell.
    sched_setaffinity(0, sizeof set, &set);
}

void die(const char *what)
{
    printf("bench failed: %s\n", what);
    exit(1);
}

// A benchmark that does not compute the same each time has no checksum: the host then names it.
static void report(const char *name, double value, const char *unit, uint64_t checksum, int stable)
{
    printf("bench %s %.6f %s ", name, value, unit);
    printf(stable ? "%016llx\n" : "unstable\n", (unsigned long long)checksum);
    fflush(stdout);
}

static void measure(const struct bench *bench)
{
    double best = 0;
    uint64_t checksum = 0;
    int stable = 1;
    for (int turn = 0; turn < repeats; turn++) {
        uint64_t got;
        double value;
        if (bench->setup)
            bench->setup();
        if (bench->figure) {
            value = bench->figure(&got);
        } else {
            double begin = now();
            got = bench->run();
            value = now() - begin;
        }
        stable &= turn == 0 || got == checksum;
        checksum = got;
        if (turn == 0 || (bench->figure ? value > best : value < best))
            best = value;
    }
    report(bench->name, best, bench->figure ? "x" : "s", checksum, stable);
}

// Runs a program and sums its standard output.
static uint64_t run_command(char **words)
{
    int ends[2];
    if (pipe(ends))
        die("pipe");
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execvp(words[0], words);
        _exit(127);
    }
    close(ends[1]);
    uint64_t sum = 0;
    static unsigned char buffer[65536];
    ssize_t count;
    while ((count = read(ends[0], buffer, sizeof buffer)) > 0)
        for (ssize_t i = 0; i < count; i++)
            sum = (sum ^ buffer[i]) * 0x100000001B3ull;
    close(ends[0]);
    int status;
    if (waitpid(child, &status, 0) < 0 || status != 0)
        die(words[0]);
    return sum;
}

static void measure_command(const char *name, char **words)
{
    double best = 0;
    uint64_t checksum = 0;
    int stable = 1;
    for (int turn = 0; turn < repeats; turn++) {
        double begin = now();
        uint64_t got = run_command(words);
        double value = now() - begin;
        stable &= turn == 0 || got == checksum;
        checksum = got;
        if (turn == 0 || value < best)
            best = value;
    }
    report(name, best, "s", checksum, stable);
}

static int wanted(const char *name, int count, char **words)
{
    if (count == 0)
        return 1;
    for (int i = 0; i < count; i++)
        if (strncmp(name, words[i], strlen(words[i])) == 0)
            return 1;
    return 0;
}

int main(int count, char **words)
{
    if (count > 1 && strcmp(words[1], "exit") == 0)
        return 0;
    if (count > 3 && strcmp(words[1], "command") == 0) {
        measure_command(words[2], words + 3);
        return 0;
    }
    count--, words++;
    if (count > 0 && strcmp(words[0], "--once") == 0)
        repeats = 1, count--, words++;
    const struct bench *const tables[] = {
        // Processes first: what a fork copies is then small.
        process_benches, kernel_benches, thread_benches, integer_benches, indirect_benches,
        call_benches,    memory_benches, float_benches,  vector_benches,  atomic_benches,
#ifdef __aarch64__
        neon_benches,    crypto_benches,   code_benches,
#endif
    };
    pin(0);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct bench *bench = tables[i]; bench->name; bench++)
            if (wanted(bench->name, count, words))
                measure(bench);
    printf("bench done\n");
    return 0;
}
