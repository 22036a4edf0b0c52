// Scalar floating point: two kernels, and the library's functions.
#include "suite.h"
#include <math.h>
#include <string.h>

static uint64_t bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

#define BODIES 5
static double place[BODIES][3], speed[BODIES][3], mass[BODIES];

static void make_bodies(void)
{
    uint64_t state = 42;
    for (int i = 0; i < BODIES; i++) {
        mass[i] = i ? 0.01 * i : 40;
        for (int axis = 0; axis < 3; axis++) {
            place[i][axis] = (double)(next(&state) >> 40) / (1 << 20) + 4 * i;
            speed[i][axis] = (double)(next(&state) >> 40) / (1 << 24) - 0.5;
        }
    }
}

static uint64_t nbody(void)
{
    for (int step = 0; step < 300000; step++) {
        for (int i = 0; i < BODIES; i++)
            for (int j = i + 1; j < BODIES; j++) {
                double d[3], square = 0.01;
                for (int axis = 0; axis < 3; axis++) {
                    d[axis] = place[i][axis] - place[j][axis];
                    square += d[axis] * d[axis];
                }
                double pull = 0.001 / (square * sqrt(square));
                for (int axis = 0; axis < 3; axis++) {
                    speed[i][axis] -= d[axis] * mass[j] * pull;
                    speed[j][axis] += d[axis] * mass[i] * pull;
                }
            }
        for (int i = 0; i < BODIES; i++)
            for (int axis = 0; axis < 3; axis++)
                place[i][axis] += 0.001 * speed[i][axis];
    }
    return mix_words(place, sizeof place);
}

static uint64_t mandelbrot(void)
{
    uint64_t sum = 0;
    for (int row = 0; row < 480; row++)
        for (int column = 0; column < 480; column++) {
            double cr = column / 192.0 - 1.9, ci = row / 240.0 - 1, r = 0, i = 0;
            int count = 0;
            while (count < 150 && r * r + i * i < 4) {
                double next_r = r * r - i * i + cr;
                i = 2 * r * i + ci;
                r = next_r;
                count++;
            }
            sum = mix(sum, count);
        }
    return sum;
}

static uint64_t floats(void)
{
    float x = 0.5f, sum = 0;
    for (int i = 0; i < 15000000; i++) {
        x = 3.7f * x * (1 - x);
        sum = sum * 0.75f + (float)(int)(x * 1000);
    }
    return mix(bits(x), bits(sum));
}

#define LIBM(name, expression)                          \
    static uint64_t name##_bench(void)                  \
    {                                                   \
        uint64_t sum = 0;                               \
        for (int i = 1; i <= 3000000; i++) {             \
            double x = i * 0.0000166;                     \
            sum = mix(sum, bits(expression));           \
        }                                               \
        return sum;                                     \
    }

LIBM(sin, sin(x))
LIBM(exp, exp(x))
LIBM(log, log(x))
LIBM(pow, pow(x, 1.37))

const struct bench float_benches[] = {
    { "fp/nbody", make_bodies, nbody, 0 },
    { "fp/mandelbrot", 0, mandelbrot, 0 },
    { "fp/single", 0, floats, 0 },
    { "fp/libm-sin", 0, sin_bench, 0 },
    { "fp/libm-exp", 0, exp_bench, 0 },
    { "fp/libm-log", 0, log_bench, 0 },
    { "fp/libm-pow", 0, pow_bench, 0 },
    { 0 },
};
