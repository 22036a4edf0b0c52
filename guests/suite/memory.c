// Loads, stores, the library's copies, and a chase of pointers through more pages than any TLB holds.
#include "suite.h"
#include <string.h>
#include <sys/mman.h>

#define WORDS 32768
static uint64_t words[WORDS];
typedef uint32_t half __attribute__((may_alias));
static uint8_t from[1 << 20], to[1 << 20];

static void fill(void)
{
    uint64_t state = 5;
    for (int i = 0; i < WORDS; i++)
        words[i] = next(&state);
    for (size_t i = 0; i < sizeof from; i++)
        from[i] = 1 + i % 255;
}

static __attribute__((optimize("no-tree-vectorize"))) uint64_t loads(void)
{
    uint64_t sum = 0;
    for (int turn = 0; turn < 8000; turn++)
        for (int i = 0; i < WORDS; i++)
            sum += words[i];
    return sum;
}

static __attribute__((optimize("no-tree-vectorize"))) uint64_t loads_stores(void)
{
    half *halves = (half *)words;
    for (int turn = 0; turn < 1500; turn++)
        for (int i = 0; i < WORDS; i++) {
            words[i] = words[(i * 7 + turn) & (WORDS - 1)] + i;
            halves[(i * 5) & (2 * WORDS - 1)] ^= turn;
            ((uint8_t *)words)[(i * 11) & 0xffff] += i;
        }
    return mix_words(words, sizeof words);
}

static uint64_t copy_large(void)
{
    for (int turn = 0; turn < 2500; turn++) {
        memcpy(to, from, sizeof to);
        from[turn & 0xfffff]++;
    }
    return mix_words(to, sizeof to);
}

static uint64_t copy_small(void)
{
    uint64_t state = 17;
    for (int turn = 0; turn < 2000000; turn++) {
        uint64_t x = next(&state);
        memcpy(to + (x & 0xffff), from + (x >> 16 & 0xffff), x >> 57);
    }
    return mix_words(to, 65536);
}

static uint64_t set(void)
{
    uint64_t sum = 0;
    for (int turn = 0; turn < 1500; turn++) {
        memset(to, turn & 1 ? turn : 0, sizeof to);
        sum += to[turn];
    }
    return mix(sum, mix_words(to, sizeof to));
}

static uint64_t lengths(void)
{
    uint64_t sum = 0;
    uint64_t state = 23;
    for (int turn = 0; turn < 800000; turn++) {
        uint64_t x = next(&state);
        uint8_t *end = from + (x & 0x7ffff) + (x >> 55), old = *end;
        *end = 0;
        sum = mix(sum, strlen((char *)from + (x & 0x7ffff)));
        *end = old;
    }
    return sum;
}

#define PAGES 16384
static uint8_t *space;

// One node a page, at another line of each, in one random cycle (Sattolo's shuffle).
static void make_chain(void)
{
    static uint32_t order[PAGES];
    if (space)
        return;
    space = mmap(0, (size_t)PAGES << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (space == MAP_FAILED)
        die("mmap");
    madvise(space, (size_t)PAGES << 12, MADV_NOHUGEPAGE);
    uint64_t state = 3;
    for (uint32_t i = 0; i < PAGES; i++)
        order[i] = i;
    for (uint32_t i = PAGES - 1; i > 0; i--) {
        uint32_t j = next(&state) % i, swap = order[i];
        order[i] = order[j], order[j] = swap;
    }
#define NODE(page) ((uint32_t *)(space + ((size_t)(page) << 12) + ((page) * 64 & 0xfc0)))
    for (uint32_t i = 0; i < PAGES; i++)
        *NODE(i) = order[i];
}

static uint64_t chase(void)
{
    uint64_t sum = 0;
    uint32_t page = 0;
    for (int i = 0; i < 9000000; i++) {
        page = *NODE(page);
        sum += page ^ i;
    }
    return sum;
}


const struct bench memory_benches[] = {
    { "memory/loads", fill, loads, 0 },
    { "memory/loads-stores", fill, loads_stores, 0 },
    { "memory/memcpy-1M", fill, copy_large, 0 },
    { "memory/memcpy-small", fill, copy_small, 0 },
    { "memory/memset", 0, set, 0 },
    { "memory/strlen", fill, lengths, 0 },
    { "chase/64M", make_chain, chase, 0 },
    { 0 },
};
