// What the vectors call, and the ways a payload ends.
#include "kit.h"

struct cpu cpus[MAX_CPUS];
_Static_assert(__builtin_offsetof(struct cpu, el0_return) == 64, "el0.S");

void catch_exceptions(void)
{
    struct cpu *cpu = this_cpu();
    cpu->caught = 0;
    cpu->esr = cpu->far = cpu->elr = 0;
    cpu->catching = true;
}

u32 caught_exceptions(void)
{
    struct cpu *cpu = this_cpu();
    cpu->catching = false;
    return cpu->caught;
}

// Whatever a payload did to its translation and to the UART, its last words get out.
static void clear_the_way(void)
{
    if ((u64)_start >> 63)
        mmu_both(); // executing at the alias: the lower half as it was
    else
        MSR(sctlr_el1, MRS(sctlr_el1) & ~0x1005ul);
    MSR(s3_0_c4_c2_3, 0); // PSTATE.PAN
    ISB();
    uart_init();
}

static void take_sync(struct cpu *cpu, struct frame *frame)
{
    cpu->esr = MRS(esr_el1);
    cpu->far = MRS(far_el1);
    cpu->elr = frame->elr;
    if (!cpu->catching) {
        clear_the_way();
        print("\nunexpected exception on CPU %lu: ESR_EL1=%lx ELR_EL1=%lx FAR_EL1=%lx\n", cpu->index, cpu->esr,
              cpu->elr, cpu->far);
        report_panic();
    }
    cpu->caught++;
    switch (exception_class(cpu)) {
    case EC_SVC:
        break; // ELR is the next instruction already
    case EC_INSTRUCTION_ABORT:
    case EC_PC_ALIGNMENT:
        frame->elr = frame->x[30];
        break;
    case EC_ILLEGAL_STATE:
        frame->spsr &= ~(1ul << 20);
        break;
    default:
        frame->elr += 4;
    }
}

static void take_irq(struct cpu *cpu)
{
    u32 intid = (u32)MRS(s3_0_c12_c12_0); // ICC_IAR1_EL1
    if (intid >= 1020)
        return;
    cpu->irq = intid;
    if (cpu->on_interrupt)
        cpu->on_interrupt(intid);
    MSR(s3_0_c12_c12_1, intid); // ICC_EOIR1_EL1
    cpu->irqs++;
}

static void take_fiq(struct cpu *cpu)
{
    u32 intid = (u32)MRS(s3_0_c12_c8_0); // ICC_IAR0_EL1
    if (intid >= 1020)
        return;
    cpu->fiq = intid;
    if (cpu->on_interrupt)
        cpu->on_interrupt(intid);
    MSR(s3_0_c12_c8_1, intid); // ICC_EOIR0_EL1
    cpu->fiqs++;
}

void take_exception(struct frame *frame, u64 kind)
{
    struct cpu *cpu = this_cpu();
    bool from_el0 = kind & 4;
    switch (kind & 3) {
    case 0:
        if (from_el0) {
            cpu->esr = MRS(esr_el1);
            cpu->far = MRS(far_el1);
            cpu->elr = frame->elr;
        } else {
            take_sync(cpu, frame);
        }
        break;
    case 1:
        take_irq(cpu);
        break;
    case 2:
        take_fiq(cpu);
        break;
    default:
        print("\nunexpected SError on CPU %lu: ESR_EL1=%lx\n", cpu->index, MRS(esr_el1));
        report_panic();
    }
    if (from_el0) {
        if (kind & 3)
            cpu->esr = 0;
        frame->elr = cpu->el0_return;
        frame->spsr = 0x3c5; // EL1h, all masked
    }
}

void power_off(void)
{
    psci(PSCI_SYSTEM_OFF, 0, 0, 0);
    for (;;)
        WFI();
}

void report_panic(void)
{
#ifdef STAND_IN
    power_off(); // no pvpanic here: the console says it all
#endif
    write8(PVPANIC, 1);
    for (;;)
        WFI();
}

void fail_at(const char *file, int line, const char *what, u64 value)
{
    clear_the_way();
    print("\nFAILED: %s:%u: %s (%lx)\n", file, (u32)line, what, value);
    report_panic();
}

void delay(u64 ticks_long)
{
    u64 begin = ticks();
    while (ticks() - begin < ticks_long)
        YIELD();
}
