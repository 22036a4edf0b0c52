// Proves that a guest cannot bring the program down, nor wedge it beyond a signal. Reads two characters: what to do, and a
// seed. The first three end with "ok" and power off; the others never end by themselves.
//   s  reads and writes every unassigned page and every device register, at all widths and alignments
//   p  calls PSCI with nonsense
//   e  runs random instructions at EL0, and returns from each
//   g  runs random instructions at EL1, with nothing to return to
//   n  jumps to nowhere, with vectors nowhere
//   v  faults in its vectors
//   t  walks translation tables that lie in device space
//   i  returns to an illegal state again and again
//   l  spins with everything masked
//   w  waits for an interrupt that cannot come
//   f  prints for ever
//   x  reports panics until it is stopped (exit status 3)
#include "kit.h"

static u64 random_state;

static u64 next_random(void)
{
    // xorshift64*
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1d;
}

// --- s: every address -------------------------------------------------------------------------------------------------

static u64 accesses, alignment_faults;

static void touch(u64 at, u32 width, u64 value)
{
    bool aligned = at % width == 0;
    catch_exceptions();
    switch (width) {
    case 1:
        __asm__ volatile("ldrb w9, [%0]\n\tstrb %w1, [%0]" ::"r"(at), "r"(value) : "x9", "memory");
        break;
    case 2:
        __asm__ volatile("ldrh w9, [%0]\n\tstrh %w1, [%0]" ::"r"(at), "r"(value) : "x9", "memory");
        break;
    case 4:
        __asm__ volatile("ldr w9, [%0]\n\tstr %w1, [%0]" ::"r"(at), "r"(value) : "x9", "memory");
        break;
    default:
        __asm__ volatile("ldr x9, [%0]\n\tstr %1, [%0]" ::"r"(at), "r"(value) : "x9", "memory");
    }
    u32 caught = caught_exceptions();
    accesses += 2;
    // Device memory does not take what is not aligned; everything else has to go through.
    REQUIRE_EQ(caught, aligned ? 0 : 2);
    if (caught) {
        REQUIRE_EQ(exception_class(this_cpu()), EC_DATA_ABORT);
        REQUIRE_EQ(this_cpu()->esr & 0x3f, 0x21);
        alignment_faults += caught;
    }
}

// What compilers seldom aim at devices. Whatever comes of it, the machine goes on.
static void touch_oddly(u64 at)
{
    catch_exceptions();
    __asm__ volatile(".arch armv8.1-a\n\t"
                     "ldp x9, x10, [%0]\n\t"
                     "stp xzr, xzr, [%0]\n\t"
                     "ldpsw x9, x10, [%0]\n\t"
                     "ldxr x9, [%0]\n\t"
                     "stxr w10, xzr, [%0]\n\t"
                     "ldxp x9, x10, [%0]\n\t"
                     "ldar x9, [%0]\n\t"
                     "stlr xzr, [%0]\n\t"
                     "ldadd xzr, x9, [%0]\n\t"
                     "swp xzr, x9, [%0]\n\t"
                     "mov x10, #0\n\t"
                     "cas x9, x10, [%0]\n\t"
                     "casp x2, x3, x4, x5, [%0]\n\t"
                     "dc zva, %0\n\t"
                     "dc civac, %0\n\t"
                     "ic ivau, %0\n\t"
                     "prfm pldl1keep, [%0]\n\t"
                     "at s1e1r, %0" ::"r"(at)
                     : "x2", "x3", "x4", "x5", "x9", "x10", "memory");
    caught_exceptions();
    accesses += 15;
}

static void sweep_window(u64 base, u64 size)
{
    for (u64 offset = 0; offset < size;) {
        for (u32 width = 1; width <= 8; width *= 2) {
            // pvpanic ends the machine when it is told of a panic, which is not the point here.
            u64 value = base == PVPANIC ? 0xf8f8f8f8f8f8f8f8 : next_random();
            touch(base + offset, width, value);
        }
        // Every byte of the first page, then one register after the other.
        offset += offset < PAGE ? 1 : 4;
    }
    // An atomic addition of nothing writes back what it read, which is a panic again.
    if (base != PVPANIC)
        touch_oddly(base);
    touch_oddly(base + size - 16);
}

static void sweep(void)
{
    mmu_on();
    for (u64 page = 0; page < RAM; page += PAGE) {
        u64 n = page / PAGE;
        u32 width = 1u << n % 4;
        // Not the first registers of a page: those have their turn below.
        touch(page + 0xfc0 + (n % 7) * width, width, ~0ul);
        if (n % 4096 == 0)
            touch_oddly(page + 0xf80);
    }
    sweep_window(GICD, 0x10000);
    sweep_window(GICR, 0x40000);
    sweep_window(GICR + 31 * GICR_FRAME, 0x20000);
    sweep_window(V2M, 0x10000);
    sweep_window(UART, 0x1000);
    sweep_window(RTC, 0x1000);
    sweep_window(GPIO, 0x1000);
    sweep_window(PVPANIC, 0x1000);
    // Beyond RAM, up to the last physical address and past it, untranslated.
    MSR(sctlr_el1, MRS(sctlr_el1) & ~0x1005ul);
    ISB();
    for (u64 at = board.ram_base + board.ram_size; at < 1ul << 40; at += at / 64 & ~7ul)
        touch(at, 8, ~0ul);
    touch((1ul << 40) - 8, 8, 1);
    touch(RAM - 8, 8, 1);
    for (u32 bit = 40; bit < 64; bit++)
        touch_oddly(1ul << bit);
    // Across the end of RAM and of the address space.
    catch_exceptions();
    __asm__ volatile("ldr x9, [%0]\n\tstr x9, [%0]" ::"r"(board.ram_base + board.ram_size - 4) : "x9", "memory");
    __asm__ volatile("ldr x9, [%0]\n\tstr x9, [%0]" ::"r"(~3ul) : "x9", "memory");
    caught_exceptions();
    uart_init();
    print("\nhostile: %lu accesses, %lu alignment faults\n", accesses, alignment_faults);
}

// --- p: PSCI ----------------------------------------------------------------------------------------------------------

static void nonsense(void)
{
    static const u64 functions[] = {0, 1, 0x80000000, 0x80000001, 0x8000ff00, 0x84000000, 0x84000001, 0x84000003,
                                    0x84000004, 0x84000005, 0x84000006, 0x84000007, 0x8400000a, 0x8400000b, 0x8400000d,
                                    0x84000012, 0x8400001f, 0xc4000003, 0xc4000004, 0xc400000d, 0xc400000e, 0xc4000014,
                                    0xc1000000, 0xc3000001, 0xffffffff, 0xffffffffffffffff, 0xdeadbeef84000003};
    static const u64 arguments[] = {0, 1, 2, 0xff, 0x100, 0x80000000, 0xffffffff, 0x100000000, ~0ul, RAM, RAM + 1, UART,
                                    RAM - 4, 1ul << 40, 0x7fffffffffffffff};
    const u64 n = sizeof arguments / sizeof arguments[0];
    u64 calls = 0, refused = 0;
    for (u64 f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        // CPU_SUSPEND would wait, as asked.
        if ((functions[f] & 0x8fffffff) == 0x84000001)
            continue;
        for (u64 i = 0; i < n * n; i++) {
            // No CPU is started: that is for those that have code to run.
            u64 entry = (functions[f] & 0x8fffffff) == 0x84000003 ? UART : arguments[i % n];
            // Nor is the machine suspended, from which nothing would wake it.
            u64 first = functions[f] == 0xc400000e ? UART : arguments[i / n];
            refused += psci(functions[f], first, entry, arguments[(i + f) % n]) < 0;
            calls++;
        }
    }
    // Entries that cannot be executed from, and the same CPU twice.
    for (u32 cpu = 1; cpu < board.cpus; cpu++) {
        REQUIRE(psci(PSCI_CPU_ON, board.affinity[cpu], UART, 0) < 0);
        REQUIRE(psci(PSCI_CPU_ON, board.affinity[cpu], ~3ul, 0) < 0);
        REQUIRE(psci(PSCI_CPU_ON, board.affinity[cpu], RAM + 2, 0) < 0);
        // At RAM's first word the device tree's magic number is no instruction, and its vectors are at 0.
        REQUIRE_EQ(psci(PSCI_CPU_ON, board.affinity[cpu], RAM, 0), 0);
        s64 again = psci(PSCI_CPU_ON, board.affinity[cpu], RAM, 0);
        REQUIRE(again == -4 || again == -5);
    }
    // Hypercalls with other numbers, and what needs EL3 or EL2.
    catch_exceptions();
    __asm__ volatile("mov x0, #-1\n\thvc #0xffff\n\tsmc #0" ::: "x0", "x1", "x2", "x3", "memory");
    REQUIRE_EQ(caught_exceptions(), 1);
    print("hostile: %lu calls, %lu refused\n", calls, refused);
}

// --- e: random instructions at EL0 ------------------------------------------------------------------------------------

#define BLOCK 8
static u32 code[1024] __attribute__((aligned(4096)));
static u64 scratch[512] __attribute__((aligned(4096)));
static u64 canary[512] __attribute__((aligned(4096)));

static u64 interesting(void)
{
    u64 r = next_random();
    switch (r >> 60) {
    case 0 ... 5:
        return WINDOW + PAGE + (r & 0xff8); // scratch
    case 6:
        return WINDOW + (r & 0x1fff);
    case 7:
        return (u64)canary + (r & 0xff8);
    case 8:
        return UART + (r & 0xfff);
    case 9:
        return r & 0xff;
    case 10:
        return -(r & 0xff);
    default:
        return r << (r & 63);
    }
}

// A random word; mostly one of the groups that hold instructions without floating point (Arm ARM C4.1).
static u32 random_word(void)
{
    static const u8 groups[10] = {8, 9, 10, 11, 4, 6, 12, 14, 5, 13};
    u64 r = next_random();
    u32 word = (u32)r;
    if (r >> 61)
        word = (word & ~(15u << 25)) | (u32)groups[(r >> 32) % 10] << 25;
    return word;
}

static void stop_timer(u32 intid)
{
    (void)intid;
    MSR(cntv_ctl_el0, 0);
    ISB();
}

static void garbage_at_el0(void)
{
    mmu_on();
    gic_init_distributor();
    gic_init_cpu();
    gic_set_group(PPI_VIRTUAL_TIMER, 0);
    gic_enable(PPI_VIRTUAL_TIMER, true);
    this_cpu()->on_interrupt = stop_timer;
    for (u64 i = 0; i < 512; i++)
        canary[i] = i * 0x0101010101010101ul;
    set_window(0, (u64)code | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_READ_ONLY | DESC_PXN);
    set_window(1, (u64)scratch | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_PXN | DESC_UXN);
    u32 classes[64] = {0}, timeouts = 0;
    u64 x[31];
    for (u32 i = 0; i < 1024; i++)
        code[i] = 0xd4000001; // SVC #0: wherever a branch leads
    for (u32 round = 0; round < 20000; round++) {
        u32 at = round * BLOCK % 512;
        for (u32 i = 0; i < BLOCK; i++)
            ((volatile u32 *)code)[at + i] = random_word();
        clean_code(&code[at], BLOCK * 4);
        for (u32 i = 0; i < 31; i++)
            x[i] = interesting();
        MSR(cntv_tval_el0, 12000);
        MSR(cntv_ctl_el0, 1);
        ISB();
        run_el0(x, WINDOW + at * 4, WINDOW + 2 * PAGE);
        MSR(cntv_ctl_el0, 0);
        ISB();
        struct cpu *cpu = this_cpu();
        if (cpu->esr)
            classes[exception_class(cpu)]++;
        else
            timeouts++;
    }
    for (u64 i = 0; i < 512; i++)
        REQUIRE_EQ(*(volatile u64 *)&canary[i], i * 0x0101010101010101ul);
    print("hostile: %u timeouts", timeouts);
    for (u32 i = 0; i < 64; i++)
        if (classes[i])
            print(", class %x: %u", i, classes[i]);
    print("\n");
    REQUIRE(classes[EC_UNKNOWN] && classes[EC_SVC] && classes[EC_DATA_ABORT_EL0]);
}

// --- those that never end ---------------------------------------------------------------------------------------------

static u32 garbage[16384] __attribute__((aligned(4096)));

static void garbage_at_el1(void)
{
    for (u32 i = 0; i < 16384; i++)
        garbage[i] = random_word();
    clean_code(garbage, sizeof garbage);
    MSR(vbar_el1, garbage);
    MSR(cpacr_el1, 0);
    ISB();
    ((void (*)(u64, u64, u64, u64))garbage)((u64)garbage, UART, GICD, RAM);
}

static void nowhere(void)
{
    MSR(vbar_el1, 0x0000800000000000);
    ISB();
    ((void (*)(void))0x0000900000000000)();
}

static void vectors_that_fault(void)
{
    // A page of zeroes: every word is UNDEFINED, and leads here again.
    MSR(vbar_el1, scratch);
    ISB();
    __asm__ volatile("udf #0");
}

static void tables_in_devices(void)
{
    mmu_on();
    MSR(ttbr0_el1, UART);
    MSR(ttbr1_el1, GICD);
    ISB();
    __asm__ volatile("tlbi vmalle1\n\tdsb sy\n\tisb\n\tldr x0, [%0]" ::"r"(0xffffff8000000000ul) : "x0", "memory");
}

static void illegal_returns(void)
{
    for (;;) {
        catch_exceptions();
        // EL3, EL2, AArch32, EL1 with a stack of none of them.
        u64 spsr = next_random() & 0x1f;
        __asm__ volatile("msr spsr_el1, %0\n\tadr x9, 1f\n\tmsr elr_el1, x9\n\teret\n1:\n\tnop" ::"r"(spsr == 0 || spsr == 4 ? 13 : spsr)
                         : "x9", "memory");
        caught_exceptions();
    }
}

void payload_main(u64 tree)
{
    uart_init();
    REQUIRE(read_tree(tree));
    print("hostile: ready\n");
    int what = get_byte();
    random_state = 0x9e3779b97f4a7c15 * ((u64)get_byte() + 1);
    print("hostile: %c\n", what);
    switch (what) {
    case 's':
        sweep();
        break;
    case 'p':
        nonsense();
        break;
    case 'e':
        garbage_at_el0();
        break;
    case 'g':
        garbage_at_el1();
        break;
    case 'n':
        nowhere();
        break;
    case 'v':
        vectors_that_fault();
        break;
    case 't':
        tables_in_devices();
        break;
    case 'i':
        illegal_returns();
        break;
    case 'l':
        for (;;)
            ;
    case 'w':
        for (;;)
            WFI();
    case 'f':
        for (;;)
            print("All work and no play makes a dull guest.\n");
    case 'x':
        for (;;)
            write64(PVPANIC, 0x0101010101010101);
    default:
        print("hostile: %c is nothing this guest does\n", what);
    }
    print("hostile: ok\n");
}
