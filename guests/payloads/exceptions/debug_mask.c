// PSTATE.D: set by exception entry, restored by ERET from SPSR_EL1, and changed by DAIFSet and DAIFClr only where they name
// it. macOS stops when it finds it clear at EL1.
#include "capture.h"

#define READ_DAIF() MRS(daif)

#define TRY_IMMEDIATE(bits)                                                                                            \
    for (u64 old = 0; old < 16; old++) {                                                                               \
        MSR(daif, old << 6 | 2 << 6);                                                                                  \
        __asm__ volatile("msr daifset, %0" ::"i"(bits));                                                               \
        u64 set = READ_DAIF();                                                                                         \
        MSR(daif, old << 6 | 3 << 6);                                                                                  \
        __asm__ volatile("msr daifclr, %0" ::"i"((bits) & ~3));                                                        \
        u64 cleared = READ_DAIF();                                                                                     \
        MSR(daif, 0x3c0);                                                                                              \
        agree("DAIFSet", bits, old, set, (old | 2 | (bits)) << 6);                                                    \
        agree("DAIFClr", bits, old, cleared, ((old | 3) & ~((bits) & ~3ul)) << 6);                                    \
    }

void debug_mask(void)
{
    TRY_IMMEDIATE(0)
    TRY_IMMEDIATE(1)
    TRY_IMMEDIATE(2)
    TRY_IMMEDIATE(3)
    TRY_IMMEDIATE(4)
    TRY_IMMEDIATE(5)
    TRY_IMMEDIATE(6)
    TRY_IMMEDIATE(7)
    TRY_IMMEDIATE(8)
    TRY_IMMEDIATE(9)
    TRY_IMMEDIATE(10)
    TRY_IMMEDIATE(11)
    TRY_IMMEDIATE(12)
    TRY_IMMEDIATE(13)
    TRY_IMMEDIATE(14)
    TRY_IMMEDIATE(15)
    // MSR DAIF keeps nothing but the four bits, and MRS shows nothing else.
    for (u64 value = 0; value < 16; value++) {
        MSR(daif, ~0x3c0ul | value << 6);
        u64 got = READ_DAIF();
        MSR(daif, 0x3c0);
        agree("DAIF", value, 0, got, value << 6);
    }
    // The other direction, entry and return, is part of entry.c: all sixteen values from each level.
    struct capture c = {.spsr = EL1H, .pc = (u64)body_svc};
    capture(&c);
    agree("D at entry", 0, 0, c.daif >> 9 & 1, 1);
    agree("D as saved", 0, 0, c.saved >> 9 & 1, 0);
}
