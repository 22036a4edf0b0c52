// Integer work of different shapes. Every kernel runs the same instructions each time, so their number is a constant
// (instructions.txt) and time alone gives the rate.
#include "board.h"

static u32 seed;

static u32 next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 3;
}

// --- straight-line arithmetic with rotates: SHA-256 compression (FIPS 180-4) -----------------------------------------

static const u32 sha_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline u32 rotate(u32 value, int by)
{
    return value >> by | value << (32 - by);
}

u32 sha256(void)
{
    u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    u32 w[64];
    for (u32 block = 0; block < 24000; block++) {
        for (u32 i = 0; i < 16; i++)
            w[i] = block * 16 + i;
        for (u32 i = 16; i < 64; i++) {
            u32 s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
            u32 s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
        for (u32 i = 0; i < 64; i++) {
            u32 s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
            u32 t1 = k + s1 + ((e & f) ^ (~e & g)) + sha_constants[i] + w[i];
            u32 s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
            u32 t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            k = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
        }
        h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
    }
    return h[0] ^ h[1] ^ h[2] ^ h[3] ^ h[4] ^ h[5] ^ h[6] ^ h[7];
}

// --- a tight loop in registers: CRC-32, one bit at a time ------------------------------------------------------------

u32 crc32_bits(void)
{
    u32 crc = ~0u;
    for (u32 i = 0; i < 3000000; i++) {
        crc ^= (u8)(i * 31);
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}

// --- unpredictable branches and scattered loads: quicksort with insertion sort at the leaves -------------------------

#define ITEMS 200000
static u32 items[ITEMS];

static void sort_range(u32 *low, u32 *high)
{
    while (high - low > 16) {
        u32 pivot = low[(high - low) / 2];
        u32 *left = low, *right = high;
        while (left <= right) {
            while (*left < pivot)
                left++;
            while (*right > pivot)
                right--;
            if (left <= right) {
                u32 moved = *left;
                *left++ = *right;
                *right-- = moved;
            }
        }
        if (right - low < high - left) {
            sort_range(low, right);
            low = left;
        } else {
            sort_range(left, high);
            high = right;
        }
    }
    for (u32 *next = low + 1; next <= high; next++) {
        u32 value = *next, *at = next;
        for (; at > low && at[-1] > value; at--)
            *at = at[-1];
        *at = value;
    }
}

u32 sort(void)
{
    u32 checksum = 0;
    for (u32 round = 0; round < 4; round++) {
        seed = 12345 + round;
        for (u32 i = 0; i < ITEMS; i++)
            items[i] = next_random();
        sort_range(items, items + ITEMS - 1);
        for (u32 i = 1; i < ITEMS; i++) {
            if (items[i - 1] > items[i])
                return 0;
            checksum = checksum * 31 + items[i];
        }
    }
    return checksum;
}

// --- regular loads with multiply-add: 64-bit integer matrices --------------------------------------------------------

#define SIDE 96
static u64 left_matrix[SIDE][SIDE], right_matrix[SIDE][SIDE], product[SIDE][SIDE];

u32 matrix(void)
{
    seed = 99;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            left_matrix[i][j] = next_random();
            right_matrix[i][j] = next_random();
        }
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < SIDE; i++)
            for (int j = 0; j < SIDE; j++) {
                u64 sum = 0;
                for (int k = 0; k < SIDE; k++)
                    sum += left_matrix[i][k] * right_matrix[k][j];
                product[i][j] = sum;
            }
        for (int i = 0; i < SIDE; i++)
            for (int j = 0; j < SIDE; j++)
                left_matrix[i][j] = product[j][i] >> 7;
    }
    u64 checksum = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            checksum = checksum * 31 + left_matrix[i][j];
    return (u32)(checksum ^ checksum >> 32);
}

// --- indirect branches: a small bytecode machine counting primes by trial division -----------------------------------

enum { PUSH, LOAD, STORE, ADD, SUBTRACT, REMAINDER, LESS, JUMP, JUMP_IF_ZERO, STOP };

static const u8 primes[] = {
    PUSH, 2, STORE, 0,                                          // 0: n = 2
    LOAD, 0, LOAD, 3, LESS, JUMP_IF_ZERO, 61,                   // 4: while n < limit
    PUSH, 2, STORE, 1,                                          // 11: d = 2
    LOAD, 1, LOAD, 0, LESS, JUMP_IF_ZERO, 45,                   // 15: while d < n
    LOAD, 0, LOAD, 1, REMAINDER, JUMP_IF_ZERO, 52,              // 22: if n % d == 0 not prime
    LOAD, 1, PUSH, 1, ADD, STORE, 1, JUMP, 15,                  // 29: d += 1
    STOP, STOP, STOP, STOP, STOP, STOP, STOP,                   // 38: not reached
    LOAD, 2, PUSH, 1, ADD, STORE, 2,                            // 45: count += 1
    LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 4,                   // 52: n += 1
    STOP,                                                       // 61
};

static u32 interpret(const u8 *code, u32 *variables)
{
    u32 stack[16], depth = 0, steps = 0;
    for (u32 at = 0;; steps++) {
        switch (code[at++]) {
        case PUSH: stack[depth++] = code[at++]; break;
        case LOAD: stack[depth++] = variables[code[at++]]; break;
        case STORE: variables[code[at++]] = stack[--depth]; break;
        case ADD: depth--; stack[depth - 1] += stack[depth]; break;
        case SUBTRACT: depth--; stack[depth - 1] -= stack[depth]; break;
        case REMAINDER: depth--; stack[depth - 1] %= stack[depth]; break;
        case LESS: depth--; stack[depth - 1] = stack[depth - 1] < stack[depth]; break;
        case JUMP: at = code[at]; break;
        case JUMP_IF_ZERO: at = stack[--depth] ? at + 1 : code[at]; break;
        default: return steps;
        }
    }
}

u32 interpreter(void)
{
    u32 variables[4] = {0, 0, 0, 2300};
    u32 steps = interpret(primes, variables);
    return steps ^ variables[2] << 20;
}

// --- calls and returns: Takeuchi's function --------------------------------------------------------------------------

static __attribute__((noinline)) int takeuchi(int x, int y, int z)
{
    if (y >= x)
        return z;
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

u32 recursion(void)
{
    u32 checksum = 0;
    for (int i = 0; i < 144; i++)
        checksum = checksum * 31 + (u32)takeuchi(18 - (i & 1), 12, 6);
    return checksum;
}

// --- bytes: building, measuring, searching and comparing text --------------------------------------------------------

#define LETTERS (64 * 1024)
static char letters[LETTERS], copy[LETTERS];

u32 text(void)
{
    u32 words = 0, found = 0, length = 0;
    seed = 7;
    for (u32 i = 0; i < LETTERS - 1; i++) {
        u32 letter = next_random() % 27;
        letters[i] = letter == 26 ? ' ' : (char)('a' + letter);
    }
    letters[LETTERS - 1] = 0;
    for (u32 round = 0; round < 60; round++) {
        const char *from = letters;
        char *to = copy;
        while ((*to++ = *from++))
            ;
        for (const char *at = copy; *at; at++) {
            words += *at == ' ';
            length++;
        }
        for (const char *at = copy; at[0] && at[1] && at[2]; at++)
            if (at[0] == 'a' && at[1] == 'r' && (u32)(at[2] - 'a') < 20 + round % 7)
                found++;
        for (u32 i = 0; letters[i]; i++)
            if (copy[i] != letters[i])
                return 0;
        letters[round] = (char)('a' + round % 26);
    }
    return words * 31 * 31 + found * 31 + length;
}
