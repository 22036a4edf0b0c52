// What the parts of this payload share.
#pragma once
#include "../../kit/kit.h"

#define MDSCR_SS 1ul
#define MDSCR_KDE (1ul << 13)
#define MDSCR_MDE (1ul << 15)
#define SPSR_SS (1ul << 21)
#define SPSR_D (1ul << 9)
#define MASKED 0x1c0ul // SError, IRQ, FIQ; debug exceptions not
#define DEBUG_FAULT 0x22ul
#define ISV (1ul << 24)
#define EX (1ul << 6)
#define WNR (1ul << 6)
#define CM (1ul << 8)
#define EC_BREAKPOINT 0x30
#define EC_STEP 0x32
#define EC_WATCHPOINT 0x34
#define SYNDROME(class, iss) ((u64)(class) << 26 | 1ul << 25 | (iss))
#define END SYNDROME(EC_SVC, 1) // SVC #1

// --- run.S ------------------------------------------------------------------------------------------------------------

// What code starts with, and what it had at the exception.
struct context {
    u64 x[31];
    u64 pc, spsr;
    u64 vector; // offset in the vector table
    u64 esr, far;
    u64 pad[2];
    u64 q[2][2]; // V0, V1
};
_Static_assert(__builtin_offsetof(struct context, q) == 304 && __builtin_offsetof(struct context, esr) == 272, "run.S");

// ERET to pc with spsr; back after the exception. EL1 code runs on this stack and must leave it alone.
void run(struct context *context);

// --- programs.S, one page, and what they work on ----------------------------------------------------------------------

extern u8 programs[], straight[], straight_second[], straight_last[], loop[], loop_body[], loop_end[], exclusive[],
    exclusive_store[], calls[], undefined[], breaks[], aborts[], unmask[], unmasked[], returns[], accesses[];
extern u8 data[3 * PAGE];
// Where they are mapped, for EL0 too.
#define CODE WINDOW
#define DATA (WINDOW + 2 * PAGE)
#define NOTHING (WINDOW + 8 * PAGE)
static inline u64 at(const u8 *program) { return CODE + (u64)(program - programs); }
// At its first instruction, with x1 = DATA.
struct context prepare(u64 el, const u8 *program);

// --- debug.c ----------------------------------------------------------------------------------------------------------

#ifndef SHOWN
#define SHOWN 40 // wrong cases
#endif
extern u64 wrong;
// One more case: `got` must be `want`. `what`, `a` and `b` say which case it is.
void expect(const char *what, u64 a, u64 b, u64 got, u64 want);
// Where it stopped, and that it was a synchronous exception from that level.
void expect_stop(const char *what, u64 el, const struct context *c, u64 pc, u64 esr);
void set_mdscr(u64 value);
// Calls `body` under each condition that keeps debug exceptions away, with the bits of `enable` in MDSCR_EL1 where it is not
// they; `fires` says whether this condition does not count at this level.
void without(u64 el, u64 enable, void (*body)(const char *why, u64 el, u64 spsr, bool fires));

// --- software step ----------------------------------------------------------------------------------------------------

void expect_step(const char *what, u64 el, const struct context *c, u64 pc, u64 iss);
void step(struct context *c);
void step_at(u64 el);
void step_from_el1(void);

// --- breakpoints and watchpoints --------------------------------------------------------------------------------------

#define BCR(pmc) (1ul | (u64)(pmc) << 1 | 0xful << 5)
#define BT(type) ((u64)(type) << 20)
#define LBN(n) ((n) << 16)

// The last breakpoint: the one that always compares contexts.
extern u64 last_breakpoint;
void set_breakpoint(u64 n, u64 value, u64 control);
void breakpoints_at(u64 el);

void set_watchpoint(u32 n, u64 value, u64 control);
void watchpoints_at(u64 el);
