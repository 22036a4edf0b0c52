// Proves which instructions EL0 may execute, and with which syndrome the others are refused: everything that SCTLR_EL1 (UCT,
// DZE, UCI, UMA, nTWE), CNTKCTL_EL1 and CPACR_EL1 gate, each gate open and closed, with the ISS computed from the
// instruction's own word; identification registers (FEAT_IDST); and a sample of what is UNDEFINED.
#include "cases.h"
#include "vmsa.h"

extern const u32 traps_code[][2];
extern const u32 traps_rows[], traps_rows_end[];

enum gate { NEVER, ALWAYS, ID, UCT, DZE, UCI, UMA, PCTEN, VCTEN, EITHER, VTEN, PTEN, TWE, FPEN, TWI };

#define EL0_PAGE 200
#define DATA_PAGE 201
static u8 data[PAGE] __attribute__((aligned(4096)));

#define IL (1ul << 25)
#define SVC_DONE 0x56000077ul

// ISS of a trapped MSR, MRS or system instruction, from its encoding (D24.2, EC 0x18). MSR (immediate) counts as Rt = 31.
static u64 trapped(u32 word)
{
    u64 op0 = word >> 19 & 3, op1 = word >> 16 & 7, crn = word >> 12 & 15, crm = word >> 8 & 15, op2 = word >> 5 & 7;
    return 0x18ul << 26 | IL | op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | (u64)(word & 31) << 5 | crm << 1 |
           (word >> 21 & 1);
}

struct gates {
    u64 sctlr, cntkctl, cpacr;
};

static u64 expected(u32 word, enum gate gate, const struct gates *g)
{
    const u64 pct = g->cntkctl & 1, vct = g->cntkctl >> 1 & 1;
    bool open;
    switch (gate) {
    case ALWAYS:
        return SVC_DONE;
    case ID:
        return trapped(word);
    case UCT:
        open = g->sctlr >> 15 & 1;
        break;
    case DZE:
        open = g->sctlr >> 14 & 1;
        break;
    case UCI:
        open = g->sctlr >> 26 & 1;
        break;
    case UMA:
        open = g->sctlr >> 9 & 1;
        break;
    case PCTEN:
        open = pct;
        break;
    case VCTEN:
        open = vct;
        break;
    case EITHER:
        open = pct || vct;
        break;
    case VTEN:
        open = g->cntkctl >> 8 & 1;
        break;
    case PTEN:
        open = g->cntkctl >> 9 & 1;
        break;
    case TWE:
    case TWI:
        if (g->sctlr >> (gate == TWE ? 18 : 16) & 1)
            return SVC_DONE;
        return 1ul << 26 | IL | 1ul << 24 | 0xeul << 20 | (gate == TWE);
    case FPEN:
        if ((g->cpacr >> 20 & 3) == 3)
            return SVC_DONE;
        return 7ul << 26 | IL | 1ul << 24 | 0xeul << 20;
    default:
        return IL;
    }
    return open ? SVC_DONE : trapped(word);
}

static void try_all(const struct gates *g)
{
    MSR(sctlr_el1, g->sctlr);
    MSR(cntkctl_el1, g->cntkctl);
    MSR(cpacr_el1, g->cpacr);
    ISB();
    const u64 id = (g->sctlr >> 9 & 1) | (g->sctlr >> 14 & 3) << 1 | (g->sctlr >> 26 & 1) << 3 | (g->sctlr >> 16 & 5) << 4 |
                   g->cntkctl << 8 | (g->cpacr >> 20 & 3) << 20;
    for (u32 i = 0; i < (u32)(traps_rows_end - traps_rows); i++) {
        u32 word = traps_code[i][0];
        // An untrapped WFI would wait for an interrupt that nobody sends.
        if (traps_rows[i] == TWI && g->sctlr >> 16 & 1)
            continue;
        // MSR DAIF takes what x1 holds: nothing masked, as EL0 has it.
        u64 x[31] = {WINDOW + DATA_PAGE * PAGE, 0};
        // An event that is pending would let WFE pass without a trap.
        run_el0(x, WINDOW + EL0_PAGE * PAGE + 8 * i, WINDOW + DATA_PAGE * PAGE + PAGE);
        u64 got = this_cpu()->esr;
        u64 want = expected(word, traps_rows[i], g);
        // ERET sets the event register, so that the first WFE after it need not sleep, and then is not trapped.
        if (traps_rows[i] == TWE && got == SVC_DONE)
            want = SVC_DONE;
        const char *why = NULL;
        if (traps_rows[i] == UMA && got >> 26 == 0x18)
            why = "a trapped DAIFSet or DAIFClr is reported with its own op0, op1, CRn, CRm and op2 (D24.2, EC 0x18)";
        if (word == 0x04000000 && got >> 26 == 0x19)
            continue; // this board has SVE, and traps it
        agree_despite(why, "EL0", word, id, got, want);
        if (got != SVC_DONE)
            agree("ELR", word, id, this_cpu()->elr, WINDOW + EL0_PAGE * PAGE + 8 * i);
    }
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    mmu_on();
    set_window(EL0_PAGE, pa_of(traps_code) | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_READ_ONLY | DESC_PXN);
    set_window(DATA_PAGE, pa_of(data) | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_PXN | DESC_UXN);
    REQUIRE((u64)traps_code % PAGE == 0);
    const u64 sctlr = MRS(sctlr_el1) & ~(1ul << 9 | 1ul << 14 | 1ul << 15 | 1ul << 16 | 1ul << 18 | 1ul << 26);
    for (u64 s = 0; s < 64; s++) {
        static const u8 bits[6] = {9, 14, 15, 16, 18, 26};
        struct gates g = {sctlr, 0x303, 3ul << 20};
        for (u32 i = 0; i < 6; i++)
            g.sctlr |= (s >> i & 1) << bits[i];
        try_all(&g);
    }
    for (u64 k = 0; k < 16; k++)
        for (u64 fpen = 0; fpen < 4; fpen++) {
            const struct gates g = {sctlr, (k & 3) | (k >> 2) << 8, fpen << 20};
            try_all(&g);
        }
    report_cases("traps", "EL0");
    // FPEN at EL1: 01 traps EL0 only.
    for (u64 fpen = 0; fpen < 4; fpen++) {
        MSR(cpacr_el1, fpen << 20);
        ISB();
        catch_exceptions();
        __asm__ volatile(".arch_extension fp\n\tfmov s0, wzr" ::: "memory");
        u64 esr = caught_exceptions() ? this_cpu()->esr : 0;
        agree("FPEN at EL1", fpen, 0, esr, fpen & 1 ? 0 : 0x1fe00000);
    }
    report_cases("traps", "EL1");
    print("traps: ok\n");
}
