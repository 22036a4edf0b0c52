#pragma once
#include "cases.h"
#include "vmsa.h"

enum kind { READ, WRITE, ATOMIC };
enum rule { ANY, IN16, STATUS };

// instructions.S
struct row {
    u32 total, element;
    u32 kind, rule;
    int bias; // the access is at the base plus this
};
extern const struct row rows[], rows_end[];
extern const u32 row_code[][2];
#define ROWS (u32)(rows_end - rows)

struct registers {
    u64 x[8];
    u64 v[8]; // four vectors
} __attribute__((aligned(16)));
void run_access(struct registers *r, const void *code);

// The registers before an access at `va`.
struct registers registers_for(u32 row, u64 va);
// Runs a row at `va`: what it raised, and the registers after it.
struct outcome access(u32 row, u64 va, struct registers *after);
// Whether the manual lets it be at that address at all, on Normal memory, with SCTLR_EL1.A as it is.
bool is_aligned(const struct row *row, u64 va, bool device);
// The syndrome of a row's fault.
u64 syndrome(const struct row *row, u32 fault);

// Two pages that lie beside each other in virtual memory only, and a copy of their seam that lies in one page.
extern u8 first_frame[PAGE], second_frame[PAGE], linear[PAGE];
#define FIRST (WINDOW + 8 * PAGE)
#define SEAM (FIRST + PAGE)
void map_pages(u64 first, u64 second);
void fill_pages(void);

void crossing(void);
void alignment(void);
