// PSTATE across an exception and the return before it: Arm ARM D1.3.2 and D1.3.4.
#include "capture.h"

struct kind {
    const u8 *body;
    u64 esr, advance;
};

static void try_one(u64 mode, u64 bits, const struct kind *kind, u64 sctlr)
{
    bool ssbs = MRS(id_aa64pfr1_el1) >> 4 & 15, dit = MRS(id_aa64pfr0_el1) >> 48 & 15;
    // PAN and UAO are kept at EL0 too, though nothing there looks at them.
    struct capture c = {.spsr = mode | bits, .sp0 = WINDOW};
    c.pc = mode == EL0T ? at_el0(kind->body) : (u64)kind->body;
    capture(&c);
    const u64 id = c.spsr | (sctlr & SCTLR_SPAN ? 1ul << 32 : 0) | (sctlr & SCTLR_DSSBS ? 1ul << 33 : 0);
    u64 esr = kind->esr;
    u64 advance = kind->advance;
    if (kind->body == body_hvc && mode == EL0T)
        esr = IL; // UNDEFINED at EL0
    u64 kept = 0xffffffff & ~(ssbs ? 0 : SPSR_SSBS) & ~(dit ? 0 : SPSR_DIT);
    agree("vector", id, esr, c.vector, mode == EL0T ? 8 : mode == EL1T ? 0 : 4);
    agree("SPSR", id, esr, c.saved, c.spsr & kept);
    agree("ELR", id, esr, c.elr, c.pc + advance);
    agree("ESR", id, esr, c.esr, esr);
    agree("FAR untouched", id, esr, c.far, 0x7777);
    agree("CurrentEL", id, esr, c.currentel, 4);
    agree("SPSel", id, esr, c.spsel, 1);
    agree("DAIF", id, esr, c.daif, 0x3c0);
    agree_despite("exception entry leaves the condition flags alone (D1.3.2, AArch64.TakeException)", "NZCV", id, esr,
                   c.nzcv, bits & 0xf0000000);
    agree("PAN", id, esr, c.pan, sctlr & SCTLR_SPAN ? bits & SPSR_PAN : SPSR_PAN);
    agree("UAO", id, esr, c.uao, 0);
    if (dit)
        agree_despite("exception entry leaves PSTATE.DIT alone (D1.3.2, AArch64.TakeException)", "DIT", id, esr, c.dit,
                       bits & SPSR_DIT);
    if (ssbs)
        agree("SSBS", id, esr, c.ssbs, sctlr & SCTLR_DSSBS ? SPSR_SSBS : 0);
}

void entry_state(void)
{
    static const u64 modes[3] = {EL0T, EL1T, EL1H};
    const u64 sctlr = MRS(sctlr_el1);
    const struct kind kinds[3] = {
        {body_svc, (u64)EC_SVC << 26 | IL | 0x1234, 4},
        {body_brk, (u64)EC_BRK << 26 | IL | 0xfedc, 0},
        {body_undefined, IL, 0},
    };
    for (u32 s = 0; s < 4; s++) {
        u64 control = (sctlr & ~(SCTLR_SPAN | SCTLR_DSSBS)) | (s & 1 ? SCTLR_SPAN : 0) | (s & 2 ? SCTLR_DSSBS : 0);
        MSR(sctlr_el1, control);
        ISB();
        for (u32 m = 0; m < 3; m++)
            for (u64 masks = 0; masks < 16; masks++)
                for (u64 other = 0; other < 32; other++) {
                    u64 bits = masks << 6 | (other & 7) << 22 | (other & 8 ? SPSR_SSBS : 0) |
                               (other & 16 ? 0xa0000000 : 0x50000000);
                    try_one(modes[m], bits, &kinds[(masks + other) % 3], control);
                }
        const struct kind hvc = {body_hvc, 0, 0};
        try_one(EL0T, 0, &hvc, control);
    }
    MSR(sctlr_el1, sctlr);
    ISB();
}
