// A second opinion on stage 1 translation (Arm ARM DDI 0487 D8): given what the registers and the tables hold, what must an
// access do? Written from the manual alone, so that payloads judge the machine by it. And the tables, and the accesses.
#pragma once
#include "kit.h"

#define FRAME 0x10000ul // the largest page

// --- accesses ---------------------------------------------------------------------------------------------------------

enum probe {
    PROBE_LDR,   // 8 bytes
    PROBE_STR,   // 8 bytes
    PROBE_LDTR,  // judged as EL0's unless PSTATE.UAO
    PROBE_STTR,
    PROBE_FETCH, // there must be RET at the address
    PROBE_ZVA,   // DC ZVA
    PROBE_CVAU,  // DC CVAU
    PROBE_CIVAC, // DC CIVAC
    PROBE_IVAU,  // IC IVAU
    PROBE_SWP,   // SWPAL, 8 bytes
    PROBE_IVAC,  // DC IVAC: EL1 only
    PROBES,
};
extern const char probe_name[PROBES][8];

// What came of an access: `esr` is 0 if nothing was raised.
struct outcome {
    u64 esr, far;
};
struct outcome probe_el1(enum probe probe, u64 va);
// The stubs are on a page of the window at this address, in the half that this code executes in: call probe_el0_ready first.
struct outcome probe_el0(enum probe probe, u64 va);
void probe_el0_ready(void);

enum at { AT_S1E1R, AT_S1E1W, AT_S1E0R, AT_S1E0W, AT_S1E1RP, AT_S1E1WP, ATS };
extern const char at_name[ATS][8];
// PAR_EL1 after an address translation instruction; `outcome` is what it raised.
u64 address_translation(enum at at, u64 va, struct outcome *outcome);

// --- what must come of it -----------------------------------------------------------------------------------------------

// FAULT_NONE, or the fault status code.
#define FAULT_NONE 0x100u
#define FAULT_ADDRESS_SIZE 0x00u // plus the level
#define FAULT_TRANSLATION 0x04u
#define FAULT_ACCESS_FLAG 0x08u
#define FAULT_PERMISSION 0x0cu
#define FAULT_EXTERNAL 0x10u
#define FAULT_EXTERNAL_ON_WALK 0x14u
#define FAULT_ALIGNMENT 0x21u

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH, ACCESS_MAINTENANCE };
struct judgement {
    u32 fault;
    u64 pa;
    u8 attributes, shareability; // as PAR_EL1 gives them
};
// `el0`: an access made at EL0, or an unprivileged one. `pan`: whether PSTATE.PAN applies.
struct judgement judge(u64 va, enum access access, bool el0, bool pan);
// ESR_EL1 and FAR_EL1 (or no exception) of a probe, with PSTATE.PAN and UAO as given for EL1.
struct outcome judge_probe(enum probe probe, u64 va, bool at_el0, bool pan, bool uao);
// PAR_EL1; `*raised` is the exception instead of it, or esr 0.
u64 judge_at(enum at at, u64 va, bool pan, struct outcome *raised);
// Whether a PAR_EL1 says the same as another, as far as the manual defines it.
bool same_par(u64 one, u64 other);
u32 physical_bits(void); // ID_AA64MMFR0_EL1.PARange
bool has_granule(u32 log2);

// --- tables -----------------------------------------------------------------------------------------------------------

// One half's tables, taken from a pool of frames that space_clear() empties.
struct space {
    u64 *root;
    u32 granule; // log2
    u32 txsz;
    bool high;
};
#define POOL_FRAMES 12
void space_clear(struct space *space); // forgets all tables, makes a new root
u32 space_first_level(const struct space *space);
u32 space_shift(const struct space *space, u32 level); // log2 of what one entry of this level translates
// The entry of `va` at a level; tables on the way are made as needed (plain, without attributes).
volatile u64 *space_entry(struct space *space, u64 va, u32 level);
// A canonical address of this half whose bits below `level`'s are those of `pa`; `pattern` chooses the rest.
u64 space_va(const struct space *space, u64 pattern, u32 level, u64 pa);
// Writes TTBR and this half's fields of TCR_EL1 (granule, size; EPD, HPD, TBI, E0PD off), drops all translations.
void space_use(const struct space *space);
void forget_all(void);
void forget_va(u64 va);
