// The benchmark guest: what its files share.
#pragma once
#include <stddef.h>
#include <stdint.h>

// One benchmark: a fixed amount of work, and a checksum that every correct CPU computes.
struct bench {
    const char *name;       // AREA/NAME; xtask knows the areas and their targets
    void (*setup)(void);    // before each timed run, not timed; may be null
    uint64_t (*run)(void);  // the timed work; returns the checksum
    // Instead of `run`: measures a figure without unit by itself, more being better.
    double (*figure)(uint64_t *checksum);
};

// Each file's benchmarks, up to one without a name.
extern const struct bench integer_benches[], indirect_benches[], call_benches[], memory_benches[], float_benches[],
    vector_benches[], neon_benches[], crypto_benches[], atomic_benches[], kernel_benches[], process_benches[],
    code_benches[], thread_benches[];

// Seconds on CLOCK_MONOTONIC.
double now(void);
// Keeps the calling thread on one CPU (where the system has that many).
void pin(int cpu);
// Says what failed and ends the program.
void die(const char *what) __attribute__((noreturn));

// A generator of test data (xorshift64*), the same on every machine.
static inline uint64_t next(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1Dull;
}

static inline uint64_t mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * 0x9E3779B97F4A7C15ull + (sum >> 29);
}

// The checksum of a buffer of whole words.
static inline uint64_t mix_words(const void *data, size_t bytes)
{
    const uint64_t *word = data;
    uint64_t sum = bytes;
    for (size_t i = 0; i < bytes / 8; i++)
        sum = mix(sum, word[i]);
    return sum;
}
