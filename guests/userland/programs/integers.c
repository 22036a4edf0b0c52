// Integer arithmetic whose results are checked against another way to compute them.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;
static uint64_t next(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static uint64_t mod_pow(uint64_t base, uint64_t exponent, uint64_t modulus) {
    unsigned __int128 result = 1, b = base % modulus;
    for (; exponent; exponent >>= 1, b = b * b % modulus)
        if (exponent & 1)
            result = result * b % modulus;
    return (uint64_t)result;
}

static int compare(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static uint64_t slow_multiply_high(uint64_t a, uint64_t b) {
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t middle = ah * bl + (al * bl >> 32), low = (uint32_t)middle + al * bh;
    return ah * bh + (middle >> 32) + (low >> 32);
}

int main(void) {
    unsigned bad = 0;
    uint64_t hash = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t a = next(), b = next() >> (next() & 63);
        bad += (uint64_t)((unsigned __int128)a * b >> 64) != slow_multiply_high(a, b);
        if (b) {
            uint64_t quotient = a / b;
            bad += quotient * b + a % b != a;
            hash = hash * 31 + quotient;
        }
        int64_t s = (int64_t)a, d = (int64_t)b | 1;
        bad += s / d * d + s % d != s;
        bad += __builtin_popcountll(a) + __builtin_popcountll(~a) != 64;
        bad += __builtin_bswap64(__builtin_bswap64(a)) != a;
        if (a)
            bad += (a << __builtin_clzll(a)) >> 63 != 1 || !((a >> __builtin_ctzll(a)) & 1);
        unsigned turn = b & 63;
        uint64_t turned = turn ? a << turn | a >> (64 - turn) : a;
        bad += (turn ? turned >> turn | turned << (64 - turn) : turned) != a;
        hash = hash * 31 + (uint32_t)(a * (uint32_t)b) + (uint64_t)((int32_t)a >> (b & 31));
        int64_t sum;
        bad += __builtin_add_overflow(s, d, &sum) != ((__int128)s + d != (int64_t)((uint64_t)s + (uint64_t)d));
    }
    printf("arithmetic %u wrong, %016llx\n", bad, (unsigned long long)hash);
    // Fermat's little theorem at a 61-bit prime.
    for (int i = 0; i < 50; i++)
        bad += mod_pow(next() >> 4 | 2, 2305843009213693950u, 2305843009213693951u) != 1;
    printf("fermat %u wrong\n", bad);
    static uint64_t values[20000];
    for (int i = 0; i < 20000; i++)
        values[i] = next();
    qsort(values, 20000, sizeof *values, compare);
    for (int i = 1; i < 20000; i++)
        bad += values[i - 1] > values[i];
    printf("sorted %u wrong, middle %016llx\n", bad, (unsigned long long)values[10000]);
    char text[64];
    for (int i = 0; i < 2000; i++) {
        int64_t a = (int64_t)next() >> (i & 63);
        sprintf(text, "%lld", (long long)a);
        bad += strtoll(text, NULL, 10) != a;
        double d = (double)a / 7;
        sprintf(text, "%.17g", d);
        bad += strtod(text, NULL) != d;
    }
    printf("text %u wrong\n", bad);
    return bad != 0;
}
