// Watchpoints: every kind of access to its last byte, ranges, levels, links.
#include "debug.h"

#define LOAD 1ul
#define STORE 2ul
#define WCR(pac, lsc, bas) (1ul | (u64)(pac) << 1 | (u64)(lsc) << 3 | (u64)(bas) << 5)

void set_watchpoint(u32 n, u64 value, u64 control)
{
    if (n) {
        MSR(dbgwvr1_el1, value);
        MSR(dbgwcr1_el1, control);
    } else {
        MSR(dbgwvr0_el1, value);
        MSR(dbgwcr0_el1, control);
    }
    ISB();
}

enum kind { ORDINARY, UNPRIVILEGED, ZEROES, INVALIDATES, NEVER };
// In the order of programs.S.
static const struct access {
    const char *what;
    u64 size;
    u64 lsc;        // what it does, as DBGWCR.LSC selects it
    enum kind kind; // how it is watched
    bool aligned;   // must be
    u64 offset;     // from x1
} access[] = {
    {"LDR", 8, LOAD, ORDINARY, false, 0},
    {"STR", 8, STORE, ORDINARY, false, 0},
    {"LDRB", 1, LOAD, ORDINARY, true, 0},
    {"STRB", 1, STORE, ORDINARY, true, 0},
    {"LDR post", 8, LOAD, ORDINARY, false, 0},
    {"STR pre", 8, STORE, ORDINARY, false, 8},
    {"LDP", 16, LOAD, ORDINARY, false, 0},
    {"STP post", 16, STORE, ORDINARY, false, 0},
    {"LDXR", 8, LOAD, ORDINARY, true, 0},
    {"STXR", 8, STORE, ORDINARY, true, 0},
    {"LDADD", 8, LOAD | STORE, ORDINARY, true, 0},
    {"CAS", 8, LOAD | STORE, ORDINARY, true, 0},
    {"CASP", 16, LOAD | STORE, ORDINARY, true, 0},
    {"SWPB", 1, LOAD | STORE, ORDINARY, true, 0},
    {"LDAR", 8, LOAD, ORDINARY, true, 0},
    {"STLR", 8, STORE, ORDINARY, true, 0},
    {"LDR Q", 16, LOAD, ORDINARY, false, 0},
    {"STR Q", 16, STORE, ORDINARY, false, 0},
    {"LDP Q", 32, LOAD, ORDINARY, false, 0},
    {"STP Q", 32, STORE, ORDINARY, false, 0},
    {"LD1", 32, LOAD, ORDINARY, false, 0},
    {"ST2", 32, STORE, ORDINARY, false, 0},
    {"LDTR", 8, LOAD, UNPRIVILEGED, false, 0},
    {"STTR", 8, STORE, UNPRIVILEGED, false, 0},
    {"DC ZVA", 64, STORE, ZEROES, true, 0},
    {"DC IVAC", 64, STORE, INVALIDATES, true, 0},
    {"DC CIVAC", 64, LOAD | STORE, NEVER, true, 0},
    {"DC CVAU", 64, LOAD | STORE, NEVER, true, 0},
    {"IC IVAU", 64, LOAD | STORE, NEVER, true, 0},
    {"PRFM", 64, LOAD | STORE, NEVER, true, 0},
};
#define ACCESSES (sizeof access / sizeof access[0])
#define STR_X 1

static u64 pattern(u64 word) { return word * 0x0807060504030201ul + 0x1011121314151617ul; }

// Runs access `i` with x1 = `address`.
static struct context try_access(u64 el, u32 i, u64 address)
{
    for (u64 word = 0; word < sizeof data / 8; word++)
        write64((u64)&data[8 * word], pattern(word));
    struct context c = prepare(el, accesses + 8 * i);
    c.x[0] = 0xa0, c.x[1] = address, c.x[4] = 0xa4, c.x[5] = 0xa5, c.x[6] = 0xa6;
    c.q[0][0] = c.q[0][1] = 0xb0, c.q[1][0] = c.q[1][1] = 0xb1;
    run(&c);
    return c;
}

// Nothing has happened: not to the registers, not to memory.
static void expect_untouched(const struct access *a, u64 el, u64 address, const struct context *c)
{
    expect(a->what, el, 0, c->x[0], 0xa0);
    expect(a->what, el, 1, c->x[1], address);
    expect(a->what, el, 4, c->x[4], 0xa4);
    expect(a->what, el, 5, c->x[5], 0xa5);
    expect(a->what, el, 6, c->x[6], 0xa6);
    expect(a->what, el, 100, c->q[0][0] == 0xb0 && c->q[0][1] == 0xb0 && c->q[1][0] == 0xb1 && c->q[1][1] == 0xb1, 1);
    u64 changed = 0;
    for (u64 word = 0; word < sizeof data / 8; word++)
        changed += read64((u64)&data[8 * word]) != pattern(word);
    expect(a->what, el, 101, changed, 0);
}

static void watch_access(u64 el, u32 i, u64 address, u64 byte, u64 lsc, u32 unit)
{
    const struct access *a = &access[i];
    const u64 wrong_before = wrong;
    set_watchpoint(unit, byte & ~7ul, WCR(3, lsc, 1 << (byte & 7)));
    struct context c = try_access(el, i, address);
    u64 first = a->kind >= ZEROES ? address & ~63ul : address + a->offset;
    bool hit = a->kind != NEVER && (lsc & a->lsc) && byte >= first && byte < first + a->size;
    if (!hit) {
        expect_stop(a->what, el, &c, at(accesses) + 8 * i + 8, END);
    } else {
        // A read-modify-write is reported as a read if a read would have been watched.
        u64 iss = DEBUG_FAULT | (lsc & a->lsc & LOAD ? 0 : WNR) | (a->kind == INVALIDATES ? CM : 0);
        expect_stop(a->what, el, &c, at(accesses) + 8 * i, SYNDROME(EC_WATCHPOINT + el, iss));
        // From the lowest byte accessed to the last one watched; cache maintenance reports its operand.
        if (a->kind == INVALIDATES)
            expect(a->what, el, byte, c.far, address);
        else
            expect(a->what, el, c.far, c.far >= first && c.far <= byte, true);
        expect_untouched(a, el, address, &c);
        // And goes on when it is gone.
        set_watchpoint(unit, 0, 0);
        run(&c);
        expect_stop(a->what, el, &c, at(accesses) + 8 * i + 8, END);
    }
    set_watchpoint(unit, 0, 0);
    if (wrong != wrong_before && wrong_before < SHOWN)
        print("debug: ... that was x1 = %lx, byte %lx watched with LSC %lu\n", address, byte, lsc);
}

static void watchpoint_off(const char *why, u64 el, u64 spsr, bool fires)
{
    struct context c = prepare(el, accesses + 8 * STR_X);
    c.spsr |= spsr;
    run(&c);
    expect(why, el, 0, c.esr >> 26, fires ? EC_WATCHPOINT + el : EC_SVC);
}

void watchpoints_at(u64 el)
{
    set_mdscr(MDSCR_MDE | MDSCR_KDE);
    for (u32 i = 0; i < ACCESSES; i++) {
        const struct access *a = &access[i];
        if (!el && a->kind == INVALIDATES)
            continue; // UNDEFINED
        // Inside a page, and across two.
        for (u32 across = 0; across < (a->aligned ? 1 : 2); across++) {
            u64 first = across ? DATA + PAGE - 4 : DATA + 0x40;
            u64 bytes[] = {first - 1, first, first + a->size / 2, first + a->size - 1, first + a->size};
            for (u32 b = 0; b < 5; b++)
                for (u64 lsc = LOAD; lsc <= (LOAD | STORE); lsc++)
                    watch_access(el, i, first - a->offset, bytes[b], lsc, b & 1);
        }
        // The operand of these need not be the first byte of what they touch.
        if (a->kind == ZEROES || a->kind == INVALIDATES)
            for (u64 byte = DATA + 0x7f; byte < DATA + 0x100; byte += 0x20)
                watch_access(el, i, DATA + 0xa4, byte, STORE, 0);
    }

    struct context c;
    // Levels; unprivileged accesses from EL1 are EL0's.
    for (u32 pac = 0; pac < 4; pac++)
        for (u32 i = 0; i < ACCESSES; i++) {
            if (i != STR_X && access[i].kind != UNPRIVILEGED)
                continue;
            set_watchpoint(0, DATA, WCR(pac, 3, 0xff));
            c = try_access(el, i, DATA);
            bool as_el0 = !el || access[i].kind == UNPRIVILEGED;
            bool hit = pac >> (as_el0 ? 1 : 0) & 1;
            expect("privilege", pac << 8 | i, el, c.esr >> 26, hit ? EC_WATCHPOINT + el : EC_SVC);
        }

    // Ranges.
    for (u32 mask = 3; mask <= 13; mask++) {
        u64 size = 1ul << mask, base = DATA & ~(size - 1);
        set_watchpoint(1, base, WCR(3, STORE, 0xff) | (u64)mask << 24);
        for (u64 address = DATA; address < DATA + 2 * PAGE; address += 0x7f8) {
            c = try_access(el, STR_X, address);
            bool hit = address < base + size && address + 8 > base;
            expect("range", mask, address, c.esr >> 26, hit ? EC_WATCHPOINT + el : EC_SVC);
        }
    }
    set_watchpoint(1, 0, 0);

    // Linked to a context.
    set_breakpoint(last_breakpoint, 0x77, BCR(0) | BT(3));
    set_watchpoint(0, DATA, WCR(3, STORE, 0xff) | 1ul << 20 | LBN(last_breakpoint));
    for (u32 other = 0; other < 2; other++) {
        MSR(contextidr_el1, 0x77 + other);
        ISB();
        c = try_access(el, STR_X, DATA);
        expect("linked watchpoint", other, el, c.esr >> 26, other ? EC_SVC : EC_WATCHPOINT + el);
    }
    set_breakpoint(last_breakpoint, 0, 0);

    set_watchpoint(0, DATA, WCR(3, STORE, 0xff));
    without(el, MDSCR_MDE, watchpoint_off);
    set_watchpoint(0, 0, 0);
    set_mdscr(0);
}
