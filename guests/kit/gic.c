// GICv3 as far as payloads need it (Arm IHI 0069).
#include "kit.h"

u64 redistributor(void)
{
    u64 mpidr = MRS(mpidr_el1);
    u32 affinity = (u32)(mpidr >> 8 & 0xff000000) | (u32)(mpidr & 0xffffff);
    for (u64 frame = GICR; frame < GICR + MAX_CPUS * GICR_FRAME; frame += GICR_FRAME) {
        u64 typer = read64(frame + 0x08);
        if (typer >> 32 == affinity)
            return frame;
        if (typer & 0x10) // Last
            break;
    }
    return 0;
}

void gic_init_distributor(void)
{
    write32(GICD, 0x10 | 3); // ARE, both groups
    while (read32(GICD) >> 31) // RWP
        ;
}

void gic_init_cpu(void)
{
    u64 frame = redistributor();
    write32(frame + 0x14, read32(frame + 0x14) & ~2u); // GICR_WAKER.ProcessorSleep
    while (read32(frame + 0x14) & 4)                   // ChildrenAsleep
        YIELD();
    MSR(s3_0_c12_c12_5, MRS(s3_0_c12_c12_5) | 1); // ICC_SRE_EL1.SRE
    ISB();
    MSR(s3_0_c4_c6_0, 0xff);  // ICC_PMR_EL1
    MSR(s3_0_c12_c12_4, 0);   // ICC_CTLR_EL1: EOI drops and deactivates
    MSR(s3_0_c12_c12_6, 1);   // ICC_IGRPEN0_EL1
    MSR(s3_0_c12_c12_7, 1);   // ICC_IGRPEN1_EL1
    ISB();
}

// Private interrupts live in the redistributor, shared ones in the distributor, at the same offsets.
static u64 frame_of(u32 intid)
{
    return intid < 32 ? redistributor() + SGI_BASE : GICD;
}

static u64 word_of(u32 intid, u64 offset)
{
    return frame_of(intid) + offset + intid / 32 * 4;
}

void gic_enable(u32 intid, bool enable)
{
    write32(word_of(intid, enable ? 0x100 : 0x180), 1u << intid % 32);
}

void gic_set_group(u32 intid, u32 group)
{
    u64 at = word_of(intid, 0x80);
    u32 bit = 1u << intid % 32;
    write32(at, group ? read32(at) | bit : read32(at) & ~bit);
}

void gic_set_edge(u32 intid, bool edge)
{
    u64 at = frame_of(intid) + 0xc00 + intid / 16 * 4;
    u32 bit = 2u << intid % 16 * 2;
    write32(at, edge ? read32(at) | bit : read32(at) & ~bit);
}

bool gic_pending(u32 intid)
{
    return read32(word_of(intid, 0x200)) >> intid % 32 & 1;
}

bool gic_active(u32 intid)
{
    return read32(word_of(intid, 0x300)) >> intid % 32 & 1;
}

void gic_clear_pending(u32 intid)
{
    write32(word_of(intid, 0x280), 1u << intid % 32);
}

bool wait_interrupts(const struct taken *since, u32 irqs, u32 fiqs, u64 ms)
{
    struct cpu *cpu = this_cpu();
    u64 begin = ticks();
    UNMASK(DAIF_IRQ | DAIF_FIQ);
    bool arrived;
    do {
        arrived = cpu->irqs - since->irqs >= irqs && cpu->fiqs - since->fiqs >= fiqs;
    } while (!arrived && ticks() - begin < ms * TICKS_PER_MS);
    MASK(DAIF_IRQ | DAIF_FIQ);
    return arrived;
}
