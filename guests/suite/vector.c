// Vector floating point, four single-precision lanes at a time.
#include "suite.h"
#include <math.h>
#include <string.h>
#ifdef __aarch64__
#include <arm_neon.h>
#endif

typedef float lanes __attribute__((vector_size(16)));

static inline lanes multiply_add(lanes sum, lanes a, lanes b)
{
#ifdef __aarch64__
    return (lanes)vfmaq_f32((float32x4_t)sum, (float32x4_t)a, (float32x4_t)b);
#else
    // Fused as well, so that every machine computes the same.
    for (int i = 0; i < 4; i++)
        sum[i] = fmaf(a[i], b[i], sum[i]);
    return sum;
#endif
}

#define SIDE 128
static lanes a[SIDE][SIDE / 4], b[SIDE][SIDE / 4], c[SIDE][SIDE / 4];

static float number(uint64_t *state)
{
    return (float)(int32_t)(next(state) >> 32) / 2147483648.0f;
}

static void make_matrices(void)
{
    uint64_t state = 8;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE / 4; j++)
            for (int lane = 0; lane < 4; lane++)
                a[i][j][lane] = number(&state), b[i][j][lane] = number(&state);
}

// Four rows by four columns at a time, kept in registers.
static uint64_t sgemm(void)
{
    for (int turn = 0; turn < 35; turn++) {
        for (int i = 0; i < SIDE; i += 4)
            for (int j = 0; j < SIDE / 4; j++) {
                lanes sum[4] = { { 0 } };
                for (int k = 0; k < SIDE; k++)
                    for (int row = 0; row < 4; row++) {
                        float x = a[i + row][k / 4][k % 4];
                        sum[row] = multiply_add(sum[row], (lanes){ x, x, x, x }, b[k][j]);
                    }
                for (int row = 0; row < 4; row++)
                    c[i + row][j] = sum[row];
            }
        a[turn][turn & 31] = c[turn][turn & 31] * 0.125f;
    }
    return mix_words(c, sizeof c);
}

#define LENGTH 16384
static float x[LENGTH] __attribute__((aligned(16))), y[LENGTH] __attribute__((aligned(16)));

static void make_vectors(void)
{
    uint64_t state = 9;
    for (int i = 0; i < LENGTH; i++)
        x[i] = number(&state), y[i] = number(&state);
}

static uint64_t saxpy(void)
{
    lanes *to = (lanes *)y;
    const lanes *from = (const lanes *)x;
    for (int turn = 0; turn < 4000; turn++) {
        float factor = (turn & 1 ? 0.5f : -0.75f);
        for (int i = 0; i < LENGTH / 4; i++)
            to[i] += factor * from[i];
    }
    return mix_words(y, sizeof y);
}

// What the compiler makes of plain loops: conversion, division, minimum, comparison.
static __attribute__((optimize("tree-vectorize"))) uint64_t loops(void)
{
    for (int turn = 1; turn <= 800; turn++) {
        for (int i = 0; i < LENGTH; i++)
            y[i] = y[i] * 0.5f + (float)(int32_t)(x[i] * 100);
        for (int i = 0; i < LENGTH; i++)
            x[i] = y[i] > x[i] ? x[i] / (turn + 1.5f) : x[i] - y[i];
    }
    return mix(mix_words(x, sizeof x), mix_words(y, sizeof y));
}

const struct bench vector_benches[] = {
    { "vector/sgemm", make_matrices, sgemm, 0 },
    { "vector/saxpy", make_vectors, saxpy, 0 },
    { "vector/loops", make_vectors, loops, 0 },
    { 0 },
};
