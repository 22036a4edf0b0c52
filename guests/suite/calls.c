// Calls and returns, plain and with signed return addresses.
#include "suite.h"

#define FIB(name, attributes)                                    \
    static __attribute__((noinline, noclone, noipa)) attributes uint64_t name(uint64_t n); \
    uint64_t name(uint64_t n)                                    \
    {                                                            \
        return n < 2 ? n : name(n - 1) + name(n - 2);            \
    }

#ifdef __aarch64__
#define PLAIN __attribute__((target("branch-protection=none")))
#define SIGNED __attribute__((target("branch-protection=pac-ret")))
#else
#define PLAIN
#define SIGNED
#endif

FIB(fib_plain, PLAIN)
FIB(fib_signed, SIGNED)

static PLAIN __attribute__((noinline, noclone)) int64_t tak(int64_t x, int64_t y, int64_t z)
{
    return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

static uint64_t fib(void) { return fib_plain(36); }
static uint64_t pac_fib(void) { return fib_signed(33); }

static uint64_t calls_tak(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 350; i++)
        sum = mix(sum, tak(18 + (i & 1), 12, 6));
    return sum;
}

const struct bench call_benches[] = {
    { "calls/fib", 0, fib, 0 }, { "calls/tak", 0, calls_tak, 0 }, { "pac/fib", 0, pac_fib, 0 }, { 0 },
};
