// The cryptographic and checksum instructions.
#ifdef __aarch64__
#pragma GCC target("arch=armv8.2-a+crypto+crc+sha3")
#include "suite.h"
#include <arm_acle.h>
#include <arm_neon.h>

#define SIZE 65536
static uint8_t data[SIZE] __attribute__((aligned(16)));

static void fill(void)
{
    uint64_t state = 60;
    for (int i = 0; i < SIZE; i++)
        data[i] = next(&state) >> 56;
}

// Ten rounds a block, with keys that need no schedule: the work of AES-128, not its answer.
static uint64_t aes(void)
{
    uint8x16_t chain = vld1q_u8(data);
    for (int turn = 0; turn < 900; turn++)
        for (int i = 0; i < SIZE; i += 16) {
            uint8x16_t key = vld1q_u8(data + (i ^ 4096));
            uint8x16_t block = veorq_u8(vld1q_u8(data + i), chain);
            for (int round = 0; round < 9; round++)
                block = vaesmcq_u8(vaeseq_u8(block, key));
            block = veorq_u8(vaeseq_u8(block, key), key);
            chain = vaesimcq_u8(vaesdq_u8(block, key));
        }
    return mix(vgetq_lane_u64(vreinterpretq_u64_u8(chain), 0), vgetq_lane_u64(vreinterpretq_u64_u8(chain), 1));
}

static uint64_t sha256(void)
{
    uint32x4_t abcd = vdupq_n_u32(0x6a09e667), efgh = vdupq_n_u32(0x510e527f);
    for (int turn = 0; turn < 600; turn++)
        for (int i = 0; i < SIZE; i += 64) {
            uint32x4_t w[4];
            for (int j = 0; j < 4; j++)
                w[j] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data + i + 16 * j)));
            for (int round = 0; round < 16; round++) {
                uint32x4_t before = abcd, k = vaddq_u32(w[0], vdupq_n_u32(0x428a2f98 + round));
                abcd = vsha256hq_u32(abcd, efgh, k);
                efgh = vsha256h2q_u32(efgh, before, k);
                uint32x4_t fresh = vsha256su1q_u32(vsha256su0q_u32(w[0], w[1]), w[2], w[3]);
                w[0] = w[1], w[1] = w[2], w[2] = w[3], w[3] = fresh;
            }
        }
    return mix(vaddvq_u32(abcd), vaddvq_u32(efgh));
}

static uint64_t sha512(void)
{
    uint64x2_t ab = vdupq_n_u64(0x6a09e667f3bcc908), cd = ab, m = vld1q_u64((uint64_t *)data);
    for (int i = 0; i < 12000000; i++) {
        uint64x2_t sum = vsha512hq_u64(m, ab, cd);
        cd = vsha512h2q_u64(sum, cd, ab);
        m = vsha512su1q_u64(vsha512su0q_u64(m, cd), ab, sum);
        ab = veor3q_u64(ab, sum, m);
    }
    return mix(vaddvq_u64(ab), vaddvq_u64(cd));
}

static uint64_t crc32(void)
{
    const uint64_t *words = (const uint64_t *)data;
    uint32_t crc = ~0u, castagnoli = ~0u;
    for (int turn = 0; turn < 2500; turn++)
        for (int i = 0; i < SIZE / 8; i++) {
            crc = __crc32d(crc, words[i]);
            castagnoli = __crc32cd(castagnoli, words[i]);
        }
    return (uint64_t)crc << 32 | castagnoli;
}

// The multiplications of GHASH.
static uint64_t pmull(void)
{
    const poly64_t key = 0x9E3779B97F4A7C15ull;
    uint64x2_t sum = vdupq_n_u64(1);
    for (int turn = 0; turn < 4000; turn++)
        for (int i = 0; i < SIZE; i += 16) {
            uint64x2_t block = veorq_u64(sum, vld1q_u64((uint64_t *)(data + i)));
            uint64x2_t low = vreinterpretq_u64_p128(vmull_p64(vgetq_lane_u64(block, 0), key));
            uint64x2_t high = vreinterpretq_u64_p128(
                vmull_high_p64(vreinterpretq_p64_u64(block), vdupq_n_p64(key)));
            sum = veorq_u64(low, vextq_u64(high, high, 1));
        }
    return mix(vgetq_lane_u64(sum, 0), vgetq_lane_u64(sum, 1));
}

const struct bench crypto_benches[] = {
    { "crypto/aes", fill, aes, 0 },     { "crypto/sha256", fill, sha256, 0 }, { "crypto/sha512", fill, sha512, 0 },
    { "crypto/crc32", fill, crc32, 0 }, { "crypto/pmull", fill, pmull, 0 },   { 0 },
};
#endif
