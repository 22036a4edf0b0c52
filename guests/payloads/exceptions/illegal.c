// Illegal exception returns: Arm ARM D1.3.4.1. The level stays, PSTATE.IL is set, the masks and flags come from SPSR_EL1, and
// the first instruction raises Illegal Execution state (EC 0x0e) before it does anything.
#include "capture.h"

#define EC_ILLEGAL 0x0eul

static void try_mode(u64 mode, u64 bits)
{
    struct capture c = {.spsr = mode | bits, .pc = (u64)body_svc, .sp0 = WINDOW};
    capture(&c);
    // capture() returns from EL1h, so that is where it stays.
    const u64 id = c.spsr;
    agree("vector", id, 0, c.vector, 4);
    agree("ESR", id, 0, c.esr, EC_ILLEGAL << 26 | IL);
    agree("ELR", id, 0, c.elr, c.pc);
    // What SPSR_EL1 said of UAO, DIT and SSBS is lost or kept: UNKNOWN. PAN and the masks are taken from it.
    agree_despite("PSTATE.PAN comes from SPSR_EL1 on an illegal return too (D1.3.4.1, SetPSTATEFromPSR)", "PAN", id, 0,
                   c.saved & SPSR_PAN, bits & SPSR_PAN);
    const u64 known = 0xf0000000 | SPSR_IL | 0x3c0 | 0x1f;
    agree("SPSR", id, 0, c.saved & known, (bits & known) | SPSR_IL | EL1H);
    agree("DAIF", id, 0, c.daif, 0x3c0);
    agree("CurrentEL", id, 0, c.currentel, 4);
}

void illegal_returns(void)
{
    const u64 sctlr = MRS(sctlr_el1);
    MSR(sctlr_el1, sctlr | SCTLR_SPAN);
    ISB();
    for (u64 mode = 0; mode < 32; mode++) {
        if (mode == EL0T || mode == EL1T || mode == EL1H)
            continue;
        if (mode == 0x10 && (MRS(id_aa64pfr0_el1) & 15) == 2)
            continue; // EL0 can be AArch32 here
        for (u64 masks = 0; masks < 16; masks++)
            for (u64 other = 0; other < 4; other++)
                try_mode(mode, masks << 6 | (other & 1 ? SPSR_PAN : 0) | (other & 2 ? 0x60000000 : 0x90000000));
    }
    // PSTATE.IL can also be returned to: at every level, and it goes before a misaligned or unmapped instruction's own fault
    // only where the manual puts it there, so only good addresses here.
    for (u32 level = 0; level < 3; level++) {
        const u64 mode = level == 0 ? EL0T : level == 1 ? EL1T : EL1H;
        struct capture c = {.spsr = mode | SPSR_IL, .sp0 = WINDOW};
        c.pc = mode == EL0T ? at_el0(body_svc) : (u64)body_svc;
        capture(&c);
        agree("IL: vector", c.spsr, 0, c.vector, mode == EL0T ? 8 : mode == EL1T ? 0 : 4);
        agree("IL: ESR", c.spsr, 0, c.esr, EC_ILLEGAL << 26 | IL);
        agree("IL: SPSR", c.spsr, 0, c.saved & 0xfff00fff & ~SPSR_SSBS, c.spsr);
        // The handler clears it and goes on.
        c.spsr = c.saved & ~SPSR_IL;
        capture(&c);
        agree("IL cleared", c.spsr, 0, c.esr, (u64)EC_SVC << 26 | IL | 0x1234);
    }
    MSR(sctlr_el1, sctlr);
    ISB();
}
