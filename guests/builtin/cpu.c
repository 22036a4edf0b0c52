// The processor: known answers, and exceptions with the right description.
#include "checks.h"

// Keeps the compiler from working a result out by itself.
static u64 opaque(u64 value)
{
    __asm__ volatile("" : "+r"(value));
    return value;
}

// One instruction with three register operands.
#define OP3(instruction, a, b)                                                                                         \
    ({                                                                                                                 \
        u64 op_result;                                                                                                 \
        __asm__ volatile(".arch armv8.3-a+crc+lse\n\t" instruction                                                     \
                         : "=r"(op_result)                                                                             \
                         : "r"((u64)(a)), "r"((u64)(b)));                                                              \
        op_result;                                                                                                     \
    })

const char *check_arithmetic(void)
{
    const u64 a = opaque(0xfedcba9876543210), b = opaque(0x0123456789abcdef);
    EXPECT_EQ("MUL", OP3("mul %0, %1, %2", a, b), 0x2236d88fe5618cf0);
    EXPECT_EQ("UMULH", OP3("umulh %0, %1, %2", a, b), 0x0121fa00ad77d742);
    EXPECT_EQ("SMULH", OP3("smulh %0, %1, %2", a, b), 0xfffeb49923cc0953);
    EXPECT_EQ("UDIV", OP3("udiv %0, %1, %2", a, b), 224);
    EXPECT_EQ("UDIV by zero", OP3("udiv %0, %1, %2", a, 0), 0);
    EXPECT_EQ("SDIV", OP3("sdiv %0, %1, %2", -1000, 7), -142l);
    EXPECT_EQ("SDIV of the least by -1", OP3("sdiv %0, %1, %2", 1ul << 63, -1), 1ul << 63);
    EXPECT_EQ("ASRV", OP3("asr %0, %1, %2", a, 60 + 64), 0xffffffffffffffff);
    EXPECT_EQ("RORV", OP3("ror %w0, %w1, %w2", a, 8), 0x10765432);
    EXPECT_EQ("CLZ", OP3("clz %0, %2", 0, b), 7);
    EXPECT_EQ("RBIT", OP3("rbit %w0, %w1", 0x12345678, 0), 0x1e6a2c48);
    EXPECT_EQ("REV16", OP3("rev16 %0, %2", 0, b), 0x23016745ab89efcd);
    EXPECT_EQ("SBFX", OP3("sbfx %0, %2, #4, #8", 0, b), 0xffffffffffffffde);
    EXPECT_EQ("ADC", OP3("cmn %1, %1\n\tadc %0, %1, %2", a, b), 0);
    EXPECT_EQ("CSINV", OP3("cmp %1, %2\n\tcsinv %0, %1, %2, lo", a, b), ~b);
    return NULL;
}

const char *check_checksums(void)
{
    // The check value of both: the digits 1 to 9.
    const u64 eight = opaque(0x3837363534333231);
    u64 crc = OP3("crc32x %w0, %w1, %2", 0xffffffff, eight);
    EXPECT_EQ("CRC-32", OP3("crc32b %w0, %w1, %w2", crc, '9') ^ 0xffffffff, 0xcbf43926);
    crc = OP3("crc32cx %w0, %w1, %2", 0xffffffff, eight);
    EXPECT_EQ("CRC-32C", OP3("crc32cb %w0, %w1, %w2", crc, '9') ^ 0xffffffff, 0xe3069283);
    return NULL;
}

static u64 cell[2] __attribute__((aligned(16)));

const char *check_exclusives(void)
{
    u64 old;
    u32 status;
    cell[0] = 41;
    u32 tries = 0;
    do {
        __asm__ volatile("ldaxr %0, %2\n\tadd %0, %0, #1\n\tstlxr %w1, %0, %2"
                         : "=&r"(old), "=&r"(status), "+Q"(cell[0]));
    } while (status && ++tries < 1000);
    EXPECT_EQ("the status of STLXR", status, 0);
    EXPECT_EQ("the cell", cell[0], 42);
    __asm__ volatile("ldxr %0, %2\n\tclrex\n\tstxr %w1, xzr, %2" : "=&r"(old), "=&r"(status), "+Q"(cell[0]));
    EXPECT_EQ("the status of STXR after CLREX", status, 1);
    EXPECT_EQ("the cell after CLREX", cell[0], 42);
    u64 high;
    tries = 0;
    cell[1] = 7;
    do {
        __asm__ volatile("ldxp %0, %1, [%3]\n\tstxp %w2, %1, %0, [%3]"
                         : "=&r"(old), "=&r"(high), "=&r"(status)
                         : "r"(cell)
                         : "memory");
    } while (status && ++tries < 1000);
    EXPECT_EQ("the status of STXP", status, 0);
    EXPECT(cell[0] == 7 && cell[1] == 42, "STXP left %lx and %lx", cell[0], cell[1]);
    return NULL;
}

#define LSE(instruction, operand)                                                                                      \
    ({                                                                                                                 \
        u64 lse_result;                                                                                                \
        __asm__ volatile(".arch armv8.3-a+lse\n\t" instruction " %1, %0, [%2]"                                         \
                         : "=&r"(lse_result)                                                                           \
                         : "r"((u64)(operand)), "r"(cell)                                                              \
                         : "memory");                                                                                  \
        lse_result;                                                                                                    \
    })

const char *check_atomics(void)
{
    cell[0] = 100;
    EXPECT_EQ("LDADDAL's result", LSE("ldaddal", -1), 100);
    EXPECT_EQ("LDSET's result", LSE("ldset", 0x1000), 99);
    EXPECT_EQ("LDCLR's result", LSE("ldclr", 0x3), 0x1063);
    EXPECT_EQ("LDEOR's result", LSE("ldeor", 0xff), 0x1060);
    EXPECT_EQ("LDSMAX's result", LSE("ldsmax", -5), 0x109f);
    EXPECT_EQ("LDUMAX's result", LSE("ldumax", -5), 0x109f);
    EXPECT_EQ("SWPAL's result", LSE("swpal", 5), -5);
    u64 expected = 5;
    __asm__ volatile(".arch armv8.3-a+lse\n\tcasal %0, %1, [%2]" : "+r"(expected) : "r"(9ul), "r"(cell) : "memory");
    EXPECT_EQ("CASAL's result", expected, 5);
    expected = 5;
    __asm__ volatile(".arch armv8.3-a+lse\n\tcasal %0, %1, [%2]" : "+r"(expected) : "r"(1ul), "r"(cell) : "memory");
    EXPECT_EQ("failing CASAL's result", expected, 9);
    EXPECT_EQ("the cell", cell[0], 9);
    return NULL;
}

static u64 sign(u64 pointer, u64 modifier)
{
    __asm__ volatile(".arch armv8.3-a\n\tpacia %0, %1" : "+r"(pointer) : "r"(modifier));
    return pointer;
}

static u64 authenticate(u64 pointer, u64 modifier)
{
    __asm__ volatile(".arch armv8.3-a\n\tautia %0, %1" : "+r"(pointer) : "r"(modifier));
    return pointer;
}

const char *check_pointer_authentication(void)
{
    u64 isar1 = MRS(id_aa64isar1_el1);
    EXPECT(isar1 >> 4 & 0xff, "ID_AA64ISAR1_EL1 is %lx: there is none", isar1);
    MSR(s3_0_c2_c1_0, 0x0123456789abcdef); // APIAKeyLo_EL1
    MSR(s3_0_c2_c1_1, 0xfedcba9876543210); // APIAKeyHi_EL1
    u64 sctlr = MRS(sctlr_el1);
    MSR(sctlr_el1, sctlr | 1ul << 31); // EnIA
    ISB();
    const u64 pointer = (u64)cell;
    // FEAT_FPAC: failing is an exception. From 4 on in API or APA.
    const bool fpac = (isar1 >> 8 & 15) >= 4 || (isar1 >> 4 & 15) >= 4;
    u32 signed_differs = 0, wrong_accepted = 0, right_refused = 0, unstable = 0, exceptions = 0;
    for (u64 modifier = 0; modifier < 16; modifier++) {
        u64 code = sign(pointer, modifier);
        signed_differs += code != pointer;
        unstable += code != sign(pointer, modifier);
        right_refused += authenticate(code, modifier) != pointer;
        catch_exceptions();
        wrong_accepted += authenticate(code, modifier ^ 1) == pointer;
        exceptions += caught_exceptions() && this_cpu()->esr == (0x1cul << 26 | 1ul << 25);
    }
    u64 stripped = sign(pointer, 3);
    __asm__ volatile(".arch armv8.3-a\n\txpaci %0" : "+r"(stripped));
    u64 generic = OP3("pacga %0, %1, %2", pointer, 1);
    MSR(sctlr_el1, sctlr);
    ISB();
    // A code may by chance be that of another modifier or no code at all; not this often.
    EXPECT(signed_differs >= 14, "PACIA changed %u of 16 pointers", signed_differs);
    EXPECT(!unstable, "PACIA gave two codes for one pointer %u times of 16", unstable);
    EXPECT(!right_refused, "AUTIA refused its own pointer %u times of 16", right_refused);
    EXPECT(wrong_accepted <= 2, "AUTIA took another's pointer %u times of 16", wrong_accepted);
    EXPECT_EQ("number of FPAC exceptions", exceptions, fpac ? 16 - wrong_accepted : 0);
    EXPECT_EQ("XPACI's result", stripped, pointer);
    EXPECT(generic << 32 == 0 && generic, "PACGA's result is %lx", generic);
    EXPECT_EQ("PACIA while disabled", sign(pointer, 3), pointer);
    return NULL;
}

#define FAULTS(instruction, address)                                                                                   \
    do {                                                                                                               \
        catch_exceptions();                                                                                            \
        __asm__ volatile(instruction ::"r"((u64)(address)) : "memory");                                                \
        EXPECT_EQ("the number of exceptions from " instruction, caught_exceptions(), 1);                               \
    } while (0)

const char *check_exceptions(void)
{
    struct cpu *cpu = this_cpu();
    FAULTS("svc #0x123", 0);
    EXPECT_EQ("ESR_EL1 of SVC", cpu->esr, 0x56000123);
    FAULTS("brk #0x456", 0);
    EXPECT_EQ("ESR_EL1 of BRK", cpu->esr, 0xf2000456);
    FAULTS("udf #7", 0);
    EXPECT_EQ("ESR_EL1 of UDF", cpu->esr, 0x02000000);
    // Above the 39 bits that are translated: level 0... translation fault.
    const u64 nowhere = 0x0000123456789abc;
    FAULTS("ldr x9, [%0]", nowhere);
    EXPECT_EQ("exception class of a load from nowhere", exception_class(cpu), EC_DATA_ABORT);
    EXPECT(!(cpu->esr & 0x40), "a load is described as a write: ESR_EL1 is %lx", cpu->esr);
    EXPECT_EQ("fault status of a load from nowhere", cpu->esr & 0x3c, 0x04);
    EXPECT_EQ("FAR_EL1 of a load from nowhere", cpu->far, nowhere);
    FAULTS("str x9, [%0]", nowhere + 1);
    EXPECT(cpu->esr & 0x40, "a store is described as a read: ESR_EL1 is %lx", cpu->esr);
    EXPECT_EQ("FAR_EL1 of a store to nowhere", cpu->far, nowhere + 1);
    FAULTS("blr %0", nowhere & ~3ul);
    EXPECT_EQ("exception class of a jump to nowhere", exception_class(cpu), EC_INSTRUCTION_ABORT);
    EXPECT_EQ("FAR_EL1 of a jump to nowhere", cpu->far, nowhere & ~3ul);
    FAULTS("blr %0", (u64)cell | 2);
    EXPECT_EQ("exception class of an odd jump", exception_class(cpu), EC_PC_ALIGNMENT);
    return NULL;
}

static u64 experiment[512] __attribute__((aligned(4096)));

const char *check_translation(void)
{
    struct cpu *cpu = this_cpu();
    const u64 here = WINDOW + 5 * PAGE;
    const u64 page = (u64)experiment | DESC_PAGE | DESC_NORMAL | DESC_UXN | DESC_PXN;
    experiment[3] = 0x1122334455667788;
    set_window(5, page);
    EXPECT_EQ("a mapped word", read64(here + 24), 0x1122334455667788);
    write64(here + 24, 99);
    EXPECT_EQ("the word under it", read64((u64)&experiment[3]), 99);
    set_window(5, page | DESC_READ_ONLY);
    FAULTS("str x9, [%0]", here + 24);
    EXPECT_EQ("ESR_EL1 of a write to a read-only page", cpu->esr & ~0x01fff000ul, 0x9600004f);
    EXPECT_EQ("FAR_EL1 of a write to a read-only page", cpu->far, here + 24);
    EXPECT_EQ("a word of a read-only page", read64(here + 24), 99);
    FAULTS("blr %0", here);
    EXPECT_EQ("ESR_EL1 of a jump into data", cpu->esr, 0x8600000f);
    set_window(5, page & ~(1ul << 10));
    FAULTS("ldr x9, [%0]", here);
    EXPECT_EQ("fault status without the access flag", cpu->esr & 0x3f, 0x0b);
    set_window(5, 0);
    FAULTS("ldr x9, [%0]", here);
    EXPECT_EQ("fault status of an unmapped page", cpu->esr & 0x3f, 0x07);
    return NULL;
}
