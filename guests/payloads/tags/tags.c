// Proves top byte ignore: TBI and TBID for each half, loads, stores, maintenance, AT and fetches through tagged addresses at
// EL0 and EL1 (FAR_EL1 keeps a data address's tag); branches, calls, returns and exception returns to tagged addresses, and
// what the program counter, the link register and ELR_EL1 hold afterwards.
#include "cases.h"
#include "vmsa.h"

static u8 frame[FRAME] __attribute__((aligned(0x10000)));
static struct space space;

// u64 branch_to(u64 target, kind): 0 BR, 1 BLR, 2 RET, 3 ERET; the code there is ADR X0, .; RET X9. Returns X0; link in *link.
u64 branch_to(u64 target, u64 kind, u64 *link);

static u64 tcr_bits(bool high, bool tbi, bool tbid)
{
    return (tbi ? 1ul << (high ? 38 : 37) : 0) | (tbid ? 1ul << (high ? 52 : 51) : 0);
}

static void try_half(bool high)
{
    space = (struct space){.granule = 12, .txsz = 25, .high = high};
    space_clear(&space);
    space_use(&space);
    const u64 va = space_va(&space, 0x5a5a5a5a5a5a, 3, pa_of(frame));
    *space_entry(&space, va, 3) = pa_of(frame) | DESC_NORMAL | 3; // for code at EL1
    *space_entry(&space, va + PAGE, 3) = (pa_of(frame) + PAGE) | DESC_NORMAL | DESC_EL0 | 3;
    const u64 tcr = MRS(tcr_el1);
    const bool has_tbid = (MRS(id_aa64isar1_el1) >> 4 & 0xff) != 0;
    for (u32 controls = 0; controls < 4; controls++) {
        const bool tbi = controls & 1, tbid = controls & 2 && has_tbid;
        MSR(tcr_el1, tcr | tcr_bits(high, tbi, controls & 2));
        ISB();
        forget_all();
        for (u64 tag = 0; tag < 256; tag += tag < 4 || tag >= 250 ? 1 : 13) {
            const u64 setup = tag | (u64)controls << 8 | (u64)high << 12;
            for (u32 page = 0; page < 3; page++) { // the third is not mapped
                const u64 data = ((va + page * PAGE + 0xc00) & ~(0xfful << 56)) | tag << 56;
                for (u32 probe = 0; probe < PROBE_SWP; probe++) {
                    u64 at = probe == PROBE_FETCH ? data - 0x400 : data; // where nothing is written
                    bool maintenance = probe >= PROBE_CVAU && probe <= PROBE_IVAU;
                    struct outcome got = probe_el1(probe, at), want = judge_probe(probe, at, false, false, false);
                    if (probe == PROBE_FETCH) {
                        if (tbi && !tbid) // the tag is gone when the fetch faults
                            want.far = high ? at | 0xfful << 56 : at & ~(0xfful << 56);
                    }
                    const char *why = maintenance && !got.esr ? "cache maintenance by address translates and faults (D7.5.9)" : NULL;
                    if (probe == PROBE_FETCH && tbid)
                        why = "with TBID a tag in an instruction's address is not ignored (D8.8.2, TCR_EL1.TBID1)";
                    agree_despite(why, probe_name[probe], setup, at, got.esr, want.esr);
                    if (got.esr && want.esr)
                        agree(probe_name[probe], setup | 1 << 16, at, got.far, want.far);
                    if (probe == PROBE_FETCH)
                        continue;
                    got = probe_el0(probe, at);
                    want = judge_probe(probe == PROBE_LDTR || probe == PROBE_STTR ? probe - 2 : probe, at, true, false, false);
                    why = maintenance && !got.esr ? "cache maintenance by address translates and faults (D7.5.9)" : NULL;
                    agree_despite(why, probe_name[probe], setup | 1 << 17, at, got.esr, want.esr);
                    if (got.esr && want.esr)
                        agree(probe_name[probe], setup | 1 << 18, at, got.far, want.far);
                }
                for (u32 i = 0; i < ATS; i++) {
                    struct outcome raised, must_raise;
                    u64 par = address_translation(i, data, &raised), want = judge_at(i, data, false, &must_raise);
                    agree(at_name[i], setup, data, same_par(par, want) ? want : par, want);
                }
            }
            // Branches: with the tag ignored for instructions, the program counter is the address without it.
            if (judge(((va + 0x400) & ~(0xfful << 56)) | tag << 56, ACCESS_FETCH, false, false).fault != FAULT_NONE)
                continue;
            for (u64 kind = 0; kind < 4; kind++) {
                u64 link = 0;
                u64 pc = branch_to(((va + 0x400) & ~(0xfful << 56)) | tag << 56, kind, &link);
                agree("PC", setup | kind << 20, 0, pc, va + 0x400);
                agree("link", setup | kind << 20, 0, link, va + 0x40c);
            }
        }
    }
    MSR(tcr_el1, tcr);
    ISB();
    forget_all();
}

static void low_half(void)
{
    try_half(false);
    mmu_both();
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    mmu_on();
    mmu_both();
    MSR(sctlr_el1, MRS(sctlr_el1) | 1ul << 14 | 1ul << 23 | 1ul << 26); // DZE, SPAN, UCI
    ISB();
    // What fetches run into: RET; and at 0x400 ADR X0, .; NOP; BL .+4; MOV X1, X30; RET X9.
    static const u32 code[5] = {0x10000000, 0xd503201f, 0x94000001, 0xaa1e03e1, 0xd65f0120};
    for (u32 i = 0; i < 5; i++)
        ((volatile u32 *)frame)[0x100 + i] = code[i];
    ((volatile u32 *)frame)[0x200] = 0xd65f03c0;
    ((volatile u32 *)frame)[0x200 + PAGE / 4] = 0xd65f03c0;
    clean_code(frame, 2 * PAGE);
    probe_el0_ready();
    try_half(true);
    mmu_both();
    report_cases("tags", "upper half");
    call_at_alias(low_half);
    report_cases("tags", "lower half");
    print("tags: ok\n");
}
