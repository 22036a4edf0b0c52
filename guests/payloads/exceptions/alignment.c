// PC alignment faults (EC 0x22, FAR_EL1 is the PC) and SP alignment faults (EC 0x26) where SCTLR_EL1.SA and SA0 ask for them.
#include "capture.h"

#define SCTLR_SA (1ul << 3)
#define SCTLR_SA0 (1ul << 4)

static void try_pc(u64 mode, u64 pc, u64 id)
{
    struct capture c = {.spsr = mode, .pc = pc, .sp0 = WINDOW};
    capture(&c);
    const char *why = id >= 3 ? "a misaligned PC goes before an instruction abort (D1.3.5.1)" : NULL;
    agree_despite(why, "PC: ESR", id, pc, c.esr, (u64)EC_PC_ALIGNMENT << 26 | IL);
    agree("PC: ELR", id, pc, c.elr, pc);
    agree("PC: FAR", id, pc, c.far, pc);
    agree("PC: vector", id, pc, c.vector, mode == EL0T ? 8 : mode == EL1T ? 0 : 4);
}

static void try_sp(u64 mode, u64 offset, bool checked)
{
    struct capture c = {.spsr = mode, .sp0 = (mode == EL0T ? at_el0(body_svc) : (u64)body_svc) + offset};
    c.pc = mode == EL0T ? at_el0(body_sp_load) : (u64)body_sp_load;
    capture(&c);
    // Where it is not refused, the next instruction is UNDEFINED.
    bool refused = checked && offset % 16;
    const char *why = refused ? "a misaligned stack pointer faults where SCTLR_EL1.SA or SA0 says so (D1.3.8.2)" : NULL;
    agree_despite(why, "SP: ESR", mode, offset, c.esr, refused ? (u64)EC_SP_ALIGNMENT << 26 | IL : IL);
    agree_despite(why, "SP: ELR", mode, offset, c.elr, refused ? c.pc : c.pc + 4);
}

void aligned_pc_and_sp(void)
{
    const u64 sctlr = MRS(sctlr_el1);
    for (u64 low = 1; low < 4; low++) {
        try_pc(EL0T, at_el0(body_svc) + low, 0);
        try_pc(EL1T, (u64)body_svc + low, 1);
        try_pc(EL1H, (u64)body_svc + low, 2);
        // It goes before an instruction abort: nothing is there.
        try_pc(EL0T, WINDOW + 400 * PAGE + low, 3);
        try_pc(EL1H, WINDOW + 400 * PAGE + low, 4);
    }
    for (u64 controls = 0; controls < 4; controls++) {
        MSR(sctlr_el1, (sctlr & ~(SCTLR_SA | SCTLR_SA0)) | (controls & 1 ? SCTLR_SA : 0) | (controls & 2 ? SCTLR_SA0 : 0));
        ISB();
        for (u64 offset = 0; offset < 24; offset++) {
            try_sp(EL0T, offset, controls & 2);
            try_sp(EL1T, offset, controls & 1);
        }
    }
    MSR(sctlr_el1, sctlr);
    ISB();
}
