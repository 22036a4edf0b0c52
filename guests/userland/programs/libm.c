// The C library's elementary functions over many arguments: hexadecimal results of some, a hash of all.
#include <complex.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t hash;

static void add(double value) {
    uint64_t bits;
    if (value != value)
        value = NAN;
    memcpy(&bits, &value, 8);
    hash = (hash ^ bits) * 0x100000001b3u;
}

#define FUNCTION(name, low, high) { #name, name, low, high }
static const struct {
    const char *name;
    double (*function)(double);
    double low, high;
} functions[] = {
    FUNCTION(sin, -1e4, 1e4), FUNCTION(cos, -1e4, 1e4), FUNCTION(tan, -100, 100), FUNCTION(asin, -1, 1),
    FUNCTION(acos, -1, 1), FUNCTION(atan, -50, 50), FUNCTION(sinh, -20, 20), FUNCTION(cosh, -20, 20),
    FUNCTION(tanh, -5, 5), FUNCTION(asinh, -1e3, 1e3), FUNCTION(acosh, 1, 1e3), FUNCTION(atanh, -0.999, 0.999),
    FUNCTION(exp, -700, 700), FUNCTION(exp2, -1000, 1000), FUNCTION(expm1, -1, 1), FUNCTION(log, 1e-3, 1e6),
    FUNCTION(log2, 1e-3, 1e6), FUNCTION(log10, 1e-3, 1e6), FUNCTION(log1p, -0.9, 10), FUNCTION(sqrt, 0, 1e10),
    FUNCTION(cbrt, -1e6, 1e6), FUNCTION(erf, -3, 3), FUNCTION(erfc, -3, 10), FUNCTION(tgamma, 0.1, 100),
    FUNCTION(lgamma, 0.1, 1e3), FUNCTION(j0, 0, 50), FUNCTION(y1, 0.1, 50), FUNCTION(floor, -1e6, 1e6),
    FUNCTION(rint, -1e6, 1e6), FUNCTION(round, -1e6, 1e6), FUNCTION(trunc, -1e6, 1e6), FUNCTION(logb, 1e-300, 1e300),
};

int main(void) {
    for (unsigned f = 0; f < sizeof functions / sizeof *functions; f++) {
        hash = 0xcbf29ce484222325u;
        double low = functions[f].low, step = (functions[f].high - low) / 999.0;
        for (int i = 0; i < 1000; i++)
            add(functions[f].function(low + i * step));
        // Edges: the sign of zero, subnormals, infinities, not-a-number.
        const double edges[] = { 0.0, -0.0, 0x1p-1074, -0x1p-1022, 1.0, -1.0, 0x1.fffffffffffffp1023, INFINITY, -INFINITY, NAN };
        for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++)
            add(functions[f].function(edges[i]));
        printf("%s %a %016llx\n", functions[f].name, functions[f].function(low + 321 * step), (unsigned long long)hash);
    }
    hash = 0;
    for (int i = -30; i < 30; i++)
        for (int j = -30; j < 30; j++) {
            double x = i * 1.37, y = j * 0.73;
            add(pow(fabs(x), y)), add(fmod(x, y)), add(atan2(x, y)), add(hypot(x, y)), add(remainder(x, y));
            add(fma(x, y, 1.0)), add(ldexp(x, j)), add(nextafter(x, y)), add(fdim(x, y)), add(copysign(x, y));
            double complex z = cexp(x + y * I) + csqrt(x + y * I);
            add(creal(z)), add(cimag(z));
        }
    printf("two %016llx\n", (unsigned long long)hash);
    hash = 0;
    for (int i = 1; i < 2000; i++) {
        float x = i * 0.37f - 300.0f;
        add(sinf(x)), add(cosf(x)), add(expf(x / 8)), add(logf(fabsf(x))), add(powf(fabsf(x), 0.3f)), add(tanf(x)), add(sqrtf(fabsf(x)));
    }
    printf("float %016llx\n", (unsigned long long)hash);
    // Quadruple precision is done in integers.
    long double sum = 0, term = 1;
    for (int i = 1; i < 60; i++)
        sum += term, term /= i;
    printf("e %.33Lf\n", sum);
    return 0;
}
