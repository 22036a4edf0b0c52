#pragma once
#include "cases.h"
#include "vmsa.h"

struct capture {
    // In.
    u64 spsr, pc;
    u64 x0, x1;
    u64 sp0; // SP_EL0
    u64 stack;
    // Out: which of the sixteen vectors, then what stood where.
    u64 vector;
    u64 saved, elr, esr, far;
    u64 currentel, spsel, daif, nzcv, pan, uao, dit, ssbs;
};
void capture(struct capture *c);

extern u8 body_svc[], body_svc_end[], body_brk[], body_undefined[], body_hvc[], body_sp_load[];
// Where EL0 finds a body; EL1 uses the addresses as they are.
u64 at_el0(const u8 *body);

#define IL (1ul << 25)
#define EL0T 0ul
#define EL1T 4ul
#define EL1H 5ul
#define SPSR_PAN (1ul << 22)
#define SPSR_UAO (1ul << 23)
#define SPSR_DIT (1ul << 24)
#define SPSR_SSBS (1ul << 12)
#define SPSR_IL (1ul << 20)
#define SCTLR_SPAN (1ul << 23)
#define SCTLR_DSSBS (1ul << 44)

void entry_state(void);
void illegal_returns(void);
void aligned_pc_and_sp(void);
void debug_mask(void);
