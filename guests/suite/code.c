// Code made at run time: executed once, and changed between executions.
#ifdef __aarch64__
#include "suite.h"
#include <sys/mman.h>
#include <unistd.h>

#define RET 0xd65f03c0u
#define INSTRUCTIONS 400000
#define BYTES (INSTRUCTIONS * 4ul + 65536)

typedef uint64_t function(uint64_t x0, uint64_t x1);

static uint32_t *once;

// Straight code with a conditional branch to the next instruction now and then, other registers and values each time.
static void make_once(void)
{
    if (once)
        munmap(once, BYTES);
    once = mmap(0, BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (once == MAP_FAILED)
        die("mmap");
    uint64_t state = 1234567;
    uint32_t *at = once;
    while (at < once + INSTRUCTIONS) {
        uint64_t x = next(&state);
        // Registers x0 to x7, in the places Rd, Rn and Rm.
        uint32_t regs = (x & 7) | (x >> 3 & 7) << 5, rm = (x >> 6 & 7) << 16, imm = (x >> 9 & 0xfff) << 10;
        switch (x >> 60) {
        case 0 ... 3: *at++ = 0x8b000000 | regs | rm; break;                   // ADD Xd, Xn, Xm
        case 4 ... 6: *at++ = 0x91000000 | regs | imm; break;                  // ADD Xd, Xn, #imm
        case 7 ... 8: *at++ = 0xca000000 | regs | rm; break;                   // EOR Xd, Xn, Xm
        case 9: *at++ = 0x9b007c00 | regs | rm; break;                         // MUL Xd, Xn, Xm
        case 10: *at++ = 0xd2800000 | (x & 7) | (x >> 20 & 0xffff) << 5; break; // MOVZ Xd, #imm
        case 11: *at++ = 0x93c00000 | regs | rm | (x >> 9 & 63) << 10; break;  // EXTR Xd, Xn, Xm, #lsb
        case 12: *at++ = 0xeb00001f | (x & 7) << 5 | rm; break;                // CMP Xn, Xm
        case 13: *at++ = 0x9a800000 | regs | rm | (x >> 9 & 7) << 12; break;   // CSEL Xd, Xn, Xm, cond
        case 14: *at++ = 0xb4000020 | (x & 7); break;                          // CBZ Xt, the next one
        case 15: *at++ = 0x54000020 | (x >> 9 & 7); break;                     // B.cond, the next one
        }
    }
    *at++ = RET;
    __builtin___clear_cache((char *)once, (char *)at);
}

static uint64_t run_once(void)
{
    // The code uses x0 to x7, all of which a call may change; what it finds in them must not depend on the caller.
    register uint64_t x0 __asm__("x0") = 1, x1 __asm__("x1") = 2, x2 __asm__("x2") = 3, x3 __asm__("x3") = 5;
    register uint64_t x4 __asm__("x4") = 7, x5 __asm__("x5") = 11, x6 __asm__("x6") = 13, x7 __asm__("x7") = 17;
    register void *place __asm__("x9") = once;
    __asm__ volatile("blr %8"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
                     : "r"(place)
                     : "x30", "cc", "memory");
    return mix(x0 ^ x1 ^ x2 ^ x3, x4 ^ x5 ^ x6 ^ x7);
}

static uint32_t *patched;

// A small function: x0 = (x0 + x1) * k + 1..., k being what is patched.
static void write_function(uint32_t *at, uint32_t value)
{
    at[0] = 0x8b010000;                         // ADD x0, x0, x1
    at[1] = 0xd2800002 | (value & 0xffff) << 5; // MOVZ x2, #value
    at[2] = 0x9b020000;                         // MADD x0, x0, x2, x0
    at[3] = 0x91000400;                         // ADD x0, x0, #1
    at[4] = RET;
    __builtin___clear_cache((char *)at, (char *)(at + 5));
}

static void make_patched(void)
{
    if (!patched)
        patched = mmap(0, 65536, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (patched == MAP_FAILED)
        die("mmap");
}

// One function written anew and called a few times, as a compiler's inline cache is.
static uint64_t patch(void)
{
    uint64_t sum = 1;
    for (int i = 0; i < 20000; i++) {
        write_function(patched, i);
        for (int turn = 0; turn < 4; turn++)
            sum = ((function *)patched)(sum, turn);
    }
    return sum;
}

// Functions written one after another into a page that others run from meanwhile.
static uint64_t append(void)
{
    uint64_t sum = 1;
    for (int i = 0; i < 10000; i++) {
        uint32_t *fresh = patched + i * 8 % 16384;
        write_function(fresh, i);
        sum = ((function *)fresh)(sum, i);
        sum = ((function *)(patched + (i > 0 ? (i - 1) * 8 % 16384 : 0)))(sum, i);
    }
    return sum;
}

// The same under W^X: never writable and executable at once.
static uint64_t patch_protected(void)
{
    uint64_t sum = 1;
    for (int i = 0; i < 5000; i++) {
        mprotect(patched, 65536, PROT_READ | PROT_WRITE);
        write_function(patched + i % 1000 * 16, i);
        mprotect(patched, 65536, PROT_READ | PROT_EXEC);
        sum = ((function *)(patched + i % 1000 * 16))(sum, i);
    }
    mprotect(patched, 65536, PROT_READ | PROT_WRITE | PROT_EXEC);
    return sum;
}

const struct bench code_benches[] = {
    { "once/straight", make_once, run_once, 0 },
    { "patched/one", make_patched, patch, 0 },
    { "patched/append", make_patched, append, 0 },
    { "patched/protected", make_patched, patch_protected, 0 },
    { 0 },
};
#endif
