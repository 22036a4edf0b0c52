// Integer work as programs do it.
#include "suite.h"
#include <string.h>

#define PLAIN __attribute__((optimize("no-tree-vectorize")))

// What ordinary code is made of, in about equal parts: additions, logic, shifts by variable amounts, bit fields, products of both
// sizes, choices without branches, a small table. Its branches are predictable and its data near, so that it is the
// instructions that take the time and not the host's predictors and caches.
static uint64_t mixed(void)
{
    static uint32_t small[1024];
    for (uint32_t i = 0; i < 1024; i++)
        small[i] = i * 2654435761u;
    uint64_t a = 88172645463325252ull, b = 0x123456789abcdefull, sum = 0;
    for (uint32_t i = 1; i < 8000000; i++) {
        a ^= a << 13, a ^= a >> 7, a ^= a << 17;
        uint32_t low = a, field = a >> 20 & 1023;
        b += (uint64_t)low * (i | 1);
        int64_t difference = (int64_t)(a - b);
        sum += difference < 0 ? 0 - (uint64_t)difference : (uint64_t)difference;
        sum = sum >> (i & 7) | sum << (-i & 63);
        small[field] += low ^ small[i & 1023];
        b ^= (uint64_t)small[field] << 11;
        sum ^= b > a ? a >> 5 : b << 3;
        if ((i & 15) == 0)
            sum += a / (low | 1);
    }
    return mix(sum, mix_words(small, sizeof small));
}

// Text-like input: words of a small vocabulary.
#define TEXT (1 << 20)
static uint8_t text[TEXT + 64];
static uint8_t packed[TEXT * 2];

static void make_text(void)
{
    uint64_t state = 12345;
    size_t at = 0;
    while (at < TEXT) {
        uint64_t word = next(&state) >> 40;
        word = (word & 0xff) * (word >> 8 & 0xff) >> 8;
        uint64_t letters = (word + 1) * 0x9E3779B97F4A7C15ull;
        for (unsigned length = 2 + (word & 7); length > 0 && at < TEXT; length--, letters >>= 5)
            text[at++] = 'a' + (letters & 15);
        if (at < TEXT)
            text[at++] = ' ';
    }
}

static uint32_t word_at(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

static uint32_t table[1 << 14];

// Greedy matching through a hash table of the last places.
static size_t pack(void)
{
    size_t at = 0, out = 0, literals = 0;
    memset(table, 0, sizeof table);
    while (at + 8 < TEXT) {
        uint32_t word = word_at(text + at), hash = word * 2654435761u >> 18;
        size_t before = table[hash];
        table[hash] = at;
        if (before < at && at - before < 65536 && word_at(text + before) == word) {
            size_t length = 4;
            while (at + length < TEXT && length < 255 && text[before + length] == text[at + length])
                length++;
            packed[out++] = literals;
            packed[out++] = length;
            packed[out++] = (at - before) >> 8;
            packed[out++] = at - before;
            at += length;
            literals = 0;
        } else {
            packed[out++] = text[at++];
            literals++;
        }
    }
    return out;
}

static uint64_t lz(void)
{
    uint64_t sum = 0;
    for (int turn = 0; turn < 30; turn++) {
        text[turn * 1000] ^= 1;
        size_t size = pack();
        sum = mix(sum, size);
        sum = mix(sum, mix_words(packed, size & ~7ul));
    }
    return sum;
}

// A list sorted by merging, with the order a function that the sort is given.
#define NODES 4096
struct node {
    struct node *next;
    uint32_t value;
};
static struct node nodes[NODES];

static __attribute__((noinline)) int ascending(const struct node *one, const struct node *other)
{
    return one->value <= other->value;
}

static __attribute__((noinline)) int low_byte_first(const struct node *one, const struct node *other)
{
    uint32_t a = one->value & 0xff, b = other->value & 0xff;
    return a < b || (a == b && one->value <= other->value);
}

typedef int order(const struct node *, const struct node *);

static struct node *merge(struct node *a, struct node *b, order *before)
{
    struct node *first = 0, **end = &first;
    while (a && b) {
        struct node **from = before(a, b) ? &a : &b;
        *end = *from;
        end = &(*from)->next;
        *from = *end;
    }
    *end = a ? a : b;
    return first;
}

static struct node *sort_list(struct node *list, size_t count, order *before)
{
    if (count < 2)
        return list;
    struct node *middle = list;
    for (size_t i = 1; i < count / 2; i++)
        middle = middle->next;
    struct node *rest = middle->next;
    middle->next = 0;
    return merge(sort_list(list, count / 2, before), sort_list(rest, count - count / 2, before), before);
}

static uint64_t sort(void)
{
    order *const orders[] = { ascending, low_byte_first };
    uint64_t sum = 0;
    for (int turn = 0; turn < 100; turn++) {
        // Runs that go up and down: real lists are seldom without any order.
        for (size_t i = 0; i < NODES; i++) {
            nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
            nodes[i].value = (i & 256 ? 256 - (i & 255) : i & 255) * 40503 + (i >> 8) + turn;
        }
        for (struct node *at = sort_list(nodes, NODES, orders[turn & 1]); at; at = at->next)
            sum = mix(sum, at->value);
    }
    return sum;
}

// Words of a text, counted in a table.
#define SLOTS (1 << 12)
static struct slot {
    uint32_t hash, at, length, count;
} slots[SLOTS];

static uint64_t hash(void)
{
    uint64_t sum = 0;
    for (int turn = 0; turn < 16; turn++) {
        memset(slots, 0, sizeof slots);
        for (uint32_t at = 0; at < TEXT;) {
            uint32_t hash = 2166136261u, end = at;
            while (end < TEXT && text[end] != ' ')
                hash = (hash ^ text[end++]) * 16777619u;
            uint32_t length = end - at, slot = (hash ^ hash >> 15) & (SLOTS - 1);
            while (slots[slot].count
                   && (slots[slot].hash != hash || slots[slot].length != length || memcmp(text + slots[slot].at, text + at, length)))
                slot = (slot + 1) & (SLOTS - 1);
            slots[slot] = (struct slot) { hash, at, length, slots[slot].count + 1 };
            at = end + 1;
        }
        sum = mix(sum, mix_words(slots, sizeof slots));
    }
    return sum;
}

// Bit by bit: with a table it would be one load after the other, which takes every machine as long.
static PLAIN uint64_t crc(void)
{
    uint32_t crc = ~0u;
    for (int turn = 0; turn < 6; turn++)
        for (size_t i = 0; i < TEXT; i++) {
            crc ^= text[i];
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (0xEDB88320 & -(crc & 1));
        }
    return ~crc;
}

#define SIDE 160
static uint32_t left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];

static PLAIN uint64_t matrix(void)
{
    uint64_t state = 99;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            left[i][j] = next(&state), right[i][j] = next(&state);
    for (int turn = 0; turn < 35; turn++) {
        for (int i = 0; i < SIDE; i++)
            for (int j = 0; j < SIDE; j++) {
                uint32_t sum = turn;
                for (int k = 0; k < SIDE; k++)
                    sum += left[i][k] * right[k][j];
                product[i][j] = sum;
            }
        memcpy(left, product, sizeof left);
    }
    return mix_words(product, sizeof product);
}

const struct bench integer_benches[] = {
    { "integer/mixed", 0, mixed, 0 },         { "integer/lz", make_text, lz, 0 },
    { "integer/sort", 0, sort, 0 },           { "integer/hash", make_text, hash, 0 },
    { "integer/crc", make_text, crc, 0 },      { "integer/matrix", 0, matrix, 0 },
    { 0 },
};
