// Loops that the compiler vectorises, over every element type; the same text must come out of every level.
#include <stdint.h>
#include <stdio.h>

#define COUNT 1027

#define INTEGER(type)                                                                                                   \
    static void of_##type(void) {                                                                                       \
        static type a[COUNT], b[COUNT], c[COUNT];                                                                       \
        uint64_t hash = 0;                                                                                              \
        uint32_t seed = 12345;                                                                                          \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            seed = seed * 1664525 + 1013904223, a[i] = (type)(seed >> 3), b[i] = (type)(seed >> 11);                    \
        type sum = 0, least = a[0], most = a[0], mixed = 0;                                                             \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            c[i] = (type)((type)(a[i] * b[i]) + (type)(a[i] >> 1) - b[i]);                                              \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            sum = (type)(sum + c[i]), mixed ^= c[i];                                                                    \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            least = a[i] < least ? a[i] : least, most = a[i] > most ? a[i] : most;                                      \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            c[i] = a[i] > b[i] ? (type)(a[i] - b[i]) : (type)(b[i] << 2);                                               \
        for (int i = 0; i + 3 < COUNT; i += 4)                                                                          \
            c[i] = c[i + 3], c[i + 1] = (type)(c[i + 2] + a[i]);                                                        \
        int32_t wide = 0;                                                                                               \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            wide += (int32_t)(int16_t)a[i] * (int16_t)b[i] / 65536;                                                     \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            hash = hash * 31 + (uint64_t)c[i];                                                                          \
        printf(#type " %lld %lld %lld %lld %d %016llx\n", (long long)sum, (long long)mixed, (long long)least,            \
               (long long)most, wide, (unsigned long long)hash);                                                        \
    }

INTEGER(int8_t) INTEGER(uint8_t) INTEGER(int16_t) INTEGER(uint16_t)
INTEGER(int32_t) INTEGER(uint32_t) INTEGER(int64_t) INTEGER(uint64_t)

#define FLOATING(type)                                                                                                  \
    static void of_##type(void) {                                                                                       \
        static type a[COUNT], b[COUNT], c[COUNT];                                                                       \
        static int32_t n[COUNT];                                                                                        \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            a[i] = (type)(i - 500) / 7, b[i] = (type)(i * i % 331) / 3 + 1;                                             \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            c[i] = a[i] * b[i] + a[i] / b[i] - b[i];                                                                    \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            c[i] = c[i] < 0 ? -c[i] : c[i] + b[i], n[i] = (int32_t)(c[i] / 16);                                         \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            c[i] += (type)n[i];                                                                                         \
        double sum = 0;                                                                                                 \
        int64_t total = 0;                                                                                              \
        for (int i = 0; i < COUNT; i++)                                                                                 \
            sum = sum * 0.5 + (double)c[i], total += n[i];                                                              \
        printf(#type " %a %lld %a %a\n", sum, (long long)total, (double)c[77], (double)c[COUNT - 1]);                   \
    }

FLOATING(float) FLOATING(double)

int main(void) {
    of_int8_t(), of_uint8_t(), of_int16_t(), of_uint16_t();
    of_int32_t(), of_uint32_t(), of_int64_t(), of_uint64_t();
    of_float(), of_double();
    return 0;
}
