// Integer and string work with NEON instructions.
#ifdef __aarch64__
#include "suite.h"
#include <arm_neon.h>

#define SIZE 65536
static uint8_t a[SIZE] __attribute__((aligned(16))), b[SIZE] __attribute__((aligned(16))),
    c[SIZE * 2] __attribute__((aligned(16)));

static void fill(void)
{
    uint64_t state = 6;
    for (int i = 0; i < SIZE; i++)
        a[i] = next(&state) >> 56, b[i] = next(&state) >> 56;
}

// Blending of pixels: widening multiplications and narrowing shifts.
static uint64_t blend(void)
{
    for (int turn = 0; turn < 4000; turn++) {
        uint8x8_t alpha = vdup_n_u8(turn), rest = vdup_n_u8(255 - (uint8_t)turn);
        for (int i = 0; i < SIZE; i += 16) {
            uint8x16_t p = vld1q_u8(a + i), q = vld1q_u8(b + i);
            uint16x8_t low = vmlal_u8(vmull_u8(vget_low_u8(p), alpha), vget_low_u8(q), rest);
            uint16x8_t high = vmlal_u8(vmull_u8(vget_high_u8(p), alpha), vget_high_u8(q), rest);
            vst1q_u8(b + i, vcombine_u8(vrshrn_n_u16(low, 8), vrshrn_n_u16(high, 8)));
        }
    }
    return mix_words(b, SIZE);
}

// Sum of absolute differences, as video coders search with.
static uint64_t differences(void)
{
    uint64_t sum = 0;
    for (int turn = 0; turn < 8000; turn++) {
        uint32x4_t total = vdupq_n_u32(turn);
        for (int i = 0; i < SIZE - 512; i += 16) {
            uint8x16_t d = vabdq_u8(vld1q_u8(a + i), vld1q_u8(b + i + turn % 512));
            total = vpadalq_u16(total, vpaddlq_u8(d));
        }
        sum = mix(sum, vaddvq_u32(total));
    }
    return sum;
}

static uint64_t words(void)
{
    uint32x4_t x = vld1q_u32((uint32_t *)a), y = vld1q_u32((uint32_t *)b), sum = x;
    for (int i = 0; i < 60000000; i++) {
        x = vaddq_u32(vmulq_u32(x, y), sum);
        y = veorq_u32(y, vshlq_n_u32(x, 7));
        sum = vmaxq_u32(vsubq_u32(sum, y), vrev64q_u32(x));
    }
    return mix(vaddvq_u32(x), mix(vaddvq_u32(y), vaddvq_u32(sum)));
}

// Search of a byte, sixteen at a time.
static uint64_t search(void)
{
    uint64_t sum = 0;
    for (int turn = 0; turn < 256 * 16; turn++) {
        uint8x16_t wanted = vdupq_n_u8(turn), count = vdupq_n_u8(0);
        for (int i = 0; i < SIZE; i += 16) {
            uint8x16_t equal = vceqq_u8(vld1q_u8(a + i), wanted);
            count = vsubq_u8(count, equal);
            if ((i & 0xff0) == 0 && vmaxvq_u8(equal))
                sum = mix(sum, i);
        }
        sum = mix(sum, vaddlvq_u8(count));
    }
    return sum;
}

// Hexadecimal text: table look-up and interleaved stores.
static uint64_t hexadecimal(void)
{
    static const uint8_t digits[] = "0123456789abcdef";
    uint8x16_t table = vld1q_u8(digits), mask = vdupq_n_u8(15);
    for (int turn = 0; turn < 1500; turn++) {
        for (int i = 0; i < SIZE; i += 16) {
            uint8x16_t bytes = vld1q_u8(a + i);
            uint8x16x2_t text = { { vqtbl1q_u8(table, vshrq_n_u8(bytes, 4)), vqtbl1q_u8(table, vandq_u8(bytes, mask)) } };
            vst2q_u8(c + 2 * i, text);
        }
        a[turn] ^= turn;
    }
    return mix_words(c, sizeof c);
}

const struct bench neon_benches[] = {
    { "neon/blend", fill, blend, 0 },   { "neon/differences", fill, differences, 0 }, { "neon/words", fill, words, 0 },
    { "neon/search", fill, search, 0 }, { "neon/hexadecimal", fill, hexadecimal, 0 }, { 0 },
};
#endif
