// The kit: what a bare-metal payload needs to stand on the VMApple board. Linked into every payload that brings no start.S
// of its own; the linker leaves out what a payload does not use.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

// --- the board: guest physical addresses ------------------------------------------------------------------------------

// `cargo xtask payloads` builds payloads for QEMU's "virt" board too: it defines STAND_IN and the addresses that differ.
#ifndef STAND_IN
#define UART 0x20010000ul
#define GICD 0x10000000ul
#define GICR 0x10010000ul
#define RAM 0x70000000ul
#endif
#define GICR_FRAME 0x20000ul
#define SGI_BASE 0x10000ul // within a redistributor's frame
#define V2M 0x1fff0000ul
#define RTC 0x20050000ul
#define GPIO 0x20060000ul
#define PVPANIC 0x20070000ul
#define MAX_CPUS 32

#define PPI_VIRTUAL_TIMER 27
#define PPI_PHYSICAL_TIMER 30
#define SPI_UART 33 // INTIDs
#define SPI_RTC 34
#define SPI_GPIO 37
#define NO_INTERRUPT 1023

static inline u8 read8(u64 at) { return *(volatile u8 *)at; }
static inline u16 read16(u64 at) { return *(volatile u16 *)at; }
static inline u32 read32(u64 at) { return *(volatile u32 *)at; }
static inline u64 read64(u64 at) { return *(volatile u64 *)at; }
static inline void write8(u64 at, u8 value) { *(volatile u8 *)at = value; }
static inline void write16(u64 at, u16 value) { *(volatile u16 *)at = value; }
static inline void write32(u64 at, u32 value) { *(volatile u32 *)at = value; }
static inline void write64(u64 at, u64 value) { *(volatile u64 *)at = value; }

// --- the core ---------------------------------------------------------------------------------------------------------

#define MRS(name)                                                                                                      \
    ({                                                                                                                 \
        u64 mrs_value;                                                                                                 \
        __asm__ volatile("mrs %0, " #name : "=r"(mrs_value)::"memory");                                               \
        mrs_value;                                                                                                     \
    })
#define MSR(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((u64)(value)) : "memory")
#define ISB() __asm__ volatile("isb" ::: "memory")
#define DSB() __asm__ volatile("dsb sy" ::: "memory")
#define WFI() __asm__ volatile("wfi" ::: "memory")
#define YIELD() __asm__ volatile("yield" ::: "memory")

#define DAIF_FIQ 1
#define DAIF_IRQ 2
#define UNMASK(bits) __asm__ volatile("msr daifclr, %0" ::"i"(bits) : "memory")
#define MASK(bits) __asm__ volatile("msr daifset, %0" ::"i"(bits) : "memory")

// The counter (24 MHz on our board), read in program order.
static inline u64 ticks(void)
{
    ISB();
    return MRS(cntvct_el0);
}
#ifdef STAND_IN
#define TICKS_PER_MS (MRS(cntfrq_el0) / 1000)
#else
#define TICKS_PER_MS 24000ul
#endif
void delay(u64 ticks_long);

// --- console ----------------------------------------------------------------------------------------------------------

void uart_init(void);
void put_byte(u8 byte);
int get_byte(void); // waits for input
// %s %c %u (decimal) %x (hexadecimal, with 0x); a width pads with spaces, after '-' on the right.
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
// The same into a buffer. Returns it.
char *print_into(char *buffer, u64 size, const char *format, ...) __attribute__((format(printf, 3, 4)));

// --- exceptions -------------------------------------------------------------------------------------------------------

#define EC_UNKNOWN 0x00
#define EC_ILLEGAL_STATE 0x0e
#define EC_SVC 0x15
#define EC_INSTRUCTION_ABORT_EL0 0x20
#define EC_INSTRUCTION_ABORT 0x21
#define EC_PC_ALIGNMENT 0x22
#define EC_DATA_ABORT_EL0 0x24
#define EC_DATA_ABORT 0x25
#define EC_SP_ALIGNMENT 0x26
#define EC_BRK 0x3c

// Registers as the vectors save them.
struct frame {
    u64 x[31];
    u64 elr, spsr;
    u64 pad;
};

// What the vectors keep for each CPU, at TPIDR_EL1.
struct cpu {
    u64 index;
    // Synchronous exceptions: counted and skipped while `catching`, the end of the payload otherwise.
    volatile bool catching;
    volatile u32 caught;
    volatile u64 esr, far, elr;
    // Interrupts: how many came as IRQ and as FIQ, the last INTID of each, and what to do about one.
    volatile u32 irqs, fiqs;
    volatile u32 irq, fiq;
    void (*volatile on_interrupt)(u32 intid);
    // Instead of `caught`: EL0 code runs and returns here (el0.S).
    volatile u64 el0_return;
};
extern struct cpu cpus[MAX_CPUS];
static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)MRS(tpidr_el1);
}
static inline u32 exception_class(const struct cpu *cpu)
{
    return cpu->esr >> 26;
}
// From here exceptions are counted and their instruction skipped (an aborted fetch returns to the caller)...
void catch_exceptions(void);
// ...until here. Returns how many there were; the last one's registers are in this_cpu().
u32 caught_exceptions(void);

// --- ends -------------------------------------------------------------------------------------------------------------

#define PSCI_VERSION 0x84000000
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_FEATURES 0x8400000a
s64 psci(u64 function, u64 a, u64 b, u64 c);
void power_off(void) __attribute__((noreturn));
// Reports a panic through pvpanic: the program ends with status 3.
void report_panic(void) __attribute__((noreturn));
// Prints where and why, then reports a panic.
void fail_at(const char *file, int line, const char *what, u64 value) __attribute__((noreturn));
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail_at(__FILE__, __LINE__, #condition, 0);                                                                \
    } while (0)
#define REQUIRE_EQ(value, expected)                                                                                    \
    do {                                                                                                               \
        u64 required = (u64)(value);                                                                                   \
        if (required != (u64)(expected))                                                                               \
            fail_at(__FILE__, __LINE__, #value " == " #expected, required);                                            \
    } while (0)

// --- device tree ------------------------------------------------------------------------------------------------------

struct board {
    u32 cpus;
    u64 affinity[MAX_CPUS]; // reg of each cpu node
    u64 ram_base, ram_size;
    u32 devices;
    struct device {
        u64 base;
        const char *compatible;
    } device[48]; // every enabled node with an address and a `compatible`, cpus and memory excepted
};
extern struct board board;
// Reads the tree. Returns whether it is one.
bool read_tree(u64 address);
// The device's address, 0 if the board has none.
u64 find_device(const char *compatible);
bool same_text(const char *a, const char *b);

// --- interrupt controller ---------------------------------------------------------------------------------------------

u64 redistributor(void); // this CPU's frame, found as the manual says; 0 if there is none
void gic_init_distributor(void);
void gic_init_cpu(void); // wakes the redistributor, opens the CPU interface for both groups
void gic_enable(u32 intid, bool enable);
void gic_set_group(u32 intid, u32 group);
void gic_set_edge(u32 intid, bool edge);
bool gic_pending(u32 intid);
bool gic_active(u32 intid);
void gic_clear_pending(u32 intid);
// How many interrupts this CPU has taken.
struct taken {
    u32 irqs, fiqs;
};
static inline struct taken taken_interrupts(void)
{
    return (struct taken){this_cpu()->irqs, this_cpu()->fiqs};
}
// Waits (unmasked, at most `ms`) until this CPU has taken `irqs` IRQs and `fiqs` FIQs more than `since`.
bool wait_interrupts(const struct taken *since, u32 irqs, u32 fiqs, u64 ms);

// --- translation ------------------------------------------------------------------------------------------------------

#define PAGE 4096ul
// 4 KiB granule, 39 bits: RAM and devices mapped to themselves. Callable on each CPU; the first one fills the tables.
void mmu_on(void);
// A window of 512 pages at this address, empty at first; entries are level 3 descriptors.
#define WINDOW 0x4000000000ul
extern u64 window_table[512];
#define DESC_PAGE 3ul
#define DESC_NORMAL (1ul << 2 | 3ul << 8 | 1ul << 10) // attribute 1, inner shareable, accessed
#define DESC_DEVICE (0ul << 2 | 1ul << 10)
#define DESC_EL0 (1ul << 6)
#define DESC_READ_ONLY (2ul << 6)
#define DESC_NG (1ul << 11)
#define DESC_PXN (1ul << 53)
#define DESC_UXN (1ul << 54)
// The same tables serve the upper half: this is where all of it stands again once mmu_both() has been called.
#define ALIAS 0xffffff8000000000ul
void mmu_both(void);
// Makes this program read-only up to `end`, a page boundary (of what lies in the first 2 MiB of it).
void mmu_protect(const void *end);
// Calls `body` at the alias: program counter, stack, vectors and TPIDR_EL1 are all in the upper half, so that `body` may do
// to the lower one what it likes. It must call mmu_both() or restore TTBR0_EL1 and TCR_EL1 itself before it returns, and
// reach no data through pointers made in the lower half.
void call_at_alias(void (*body)(void));
// Physical address of something of this program, and the way back, in either half.
static inline u64 pa_of(const volatile void *at) { return (u64)at & ~ALIAS; }
extern u8 _start[];
static inline void *at_pa(u64 pa) { return (void *)(pa | ((u64)_start & ALIAS)); }
// Writes a descriptor of the window, broadcasts the invalidation and waits for it.
void set_window(u32 page, u64 descriptor);
void clean_code(void *start, u64 bytes); // makes written instructions executable everywhere

// --- other CPUs -------------------------------------------------------------------------------------------------------

// Starts CPU `index` with translation on; it runs `body(argument)` and switches itself off. Returns what PSCI said.
s64 cpu_start(u32 index, void (*body)(u64), u64 argument);
// Waits until it is off. Returns whether that happened in time.
bool cpu_wait_off(u32 index, u64 ms);

// --- EL0 --------------------------------------------------------------------------------------------------------------

// Runs code at EL0 with x0..x30 from `x` until it takes an exception or interrupt, which is described in this_cpu() (ESR 0
// for an interrupt). Registers are not returned.
void run_el0(const u64 x[31], u64 pc, u64 sp);

void payload_main(u64 tree);
