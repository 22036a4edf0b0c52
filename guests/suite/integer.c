// Integer work as programs do it.
#include "suite.h"
#include <string.h>

#define PLAIN __attribute__((optimize("no-tree-vectorize")))

static uint64_t mixed(void)
{
    uint64_t state = 88172645463325252ull, sum = 0;
    for (uint32_t i = 1; i < 36000000; i++) {
        uint64_t x = next(&state);
        if (x & 1)
            sum += x / (i | 1);
        else if (x & 6)
            sum ^= (x << (i & 31)) | (x >> 7);
        else
            sum -= (int64_t)x % 1000003;
        sum = (sum >> 3) | (sum << 61);
    }
    return sum;
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

#define COUNT 2000000
static uint32_t numbers[COUNT];

static void make_numbers(void)
{
    uint64_t state = 777;
    for (size_t i = 0; i < COUNT; i++)
        numbers[i] = next(&state) >> 32;
}

static void quicksort(uint32_t *low, uint32_t *high)
{
    while (high - low > 12) {
        uint32_t pivot = low[(high - low) / 2], *left = low - 1, *right = high + 1;
        for (;;) {
            while (*++left < pivot) {}
            while (*--right > pivot) {}
            if (left >= right)
                break;
            uint32_t swap = *left;
            *left = *right, *right = swap;
        }
        quicksort(low, right);
        low = right + 1;
    }
    for (uint32_t *at = low + 1; at <= high; at++) {
        uint32_t value = *at, *to = at;
        for (; to > low && to[-1] > value; to--)
            *to = to[-1];
        *to = value;
    }
}

static uint64_t sort(void)
{
    quicksort(numbers, numbers + COUNT - 1);
    return mix_words(numbers, sizeof numbers);
}

#define SLOTS (1 << 17)
static uint64_t keys[SLOTS], values[SLOTS];

static uint64_t hash(void)
{
    memset(keys, 0, sizeof keys);
    uint64_t state = 31337, found = 0;
    for (int i = 0; i < 14000000; i++) {
        uint64_t key = (next(&state) >> 48) + 1, at = key * 0x9E3779B97F4A7C15ull;
        at = (at ^ at >> 32) & (SLOTS - 1);
        while (keys[at] != key && keys[at] != 0)
            at = (at + 1) & (SLOTS - 1);
        found += keys[at] == key;
        keys[at] = key;
        values[at] += i;
    }
    return mix(found, mix_words(keys, sizeof keys));
}

static uint32_t crc_table[256];

static uint64_t crc(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        crc_table[i] = crc;
    }
    uint32_t crc = ~0u;
    for (int turn = 0; turn < 70; turn++)
        for (size_t i = 0; i < TEXT; i++)
            crc = crc >> 8 ^ crc_table[(uint8_t)(crc ^ text[i])];
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
    { "integer/sort", make_numbers, sort, 0 }, { "integer/hash", 0, hash, 0 },
    { "integer/crc", make_text, crc, 0 },      { "integer/matrix", 0, matrix, 0 },
    { 0 },
};
