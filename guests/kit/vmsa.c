// The judge: Arm ARM D8.2 (walks), D8.4 (permissions), D8.15 (faults), D24 (ESR_EL1, FAR_EL1, PAR_EL1).
#include "vmsa.h"

static u64 field(u64 value, u32 lsb, u32 bits) { return value >> lsb & ((1ul << bits) - 1); }

u32 physical_bits(void)
{
    static const u8 bits[16] = {32, 36, 40, 42, 44, 48, 52};
    return bits[field(MRS(id_aa64mmfr0_el1), 0, 4)];
}

bool has_granule(u32 log2)
{
    u64 id = MRS(id_aa64mmfr0_el1);
    switch (log2) {
    case 12:
        return field(id, 28, 4) != 15;
    case 14:
        return field(id, 20, 4) != 0;
    default:
        return field(id, 24, 4) != 15;
    }
}

static struct judgement fault(u32 status) { return (struct judgement){.fault = status}; }

// What one half's registers say.
struct half {
    u64 ttbr;
    u32 granule, txsz, output_bits;
    bool disabled, e0pd, hpd, tbi, tbid;
};

static struct half half_of(bool high)
{
    static const u8 tg0[4] = {12, 16, 14, 12}, tg1[4] = {12, 14, 12, 16};
    static const u8 ips[8] = {32, 36, 40, 42, 44, 48, 48, 48};
    u64 tcr = MRS(tcr_el1);
    u32 at = high ? 16 : 0;
    struct half h = {
        .ttbr = high ? MRS(ttbr1_el1) : MRS(ttbr0_el1),
        .granule = high ? tg1[field(tcr, 30, 2)] : tg0[field(tcr, 14, 2)],
        .txsz = field(tcr, at, 6),
        .output_bits = ips[field(tcr, 32, 3)],
        .disabled = field(tcr, at + 7, 1),
        .e0pd = field(tcr, high ? 56 : 55, 1) && field(MRS(id_aa64mmfr2_el1), 60, 4),
        .hpd = field(tcr, high ? 42 : 41, 1) && field(MRS(id_aa64mmfr1_el1), 12, 4),
        .tbi = field(tcr, high ? 38 : 37, 1),
        .tbid = field(tcr, high ? 52 : 51, 1) && field(MRS(id_aa64isar1_el1), 4, 4) + field(MRS(id_aa64isar1_el1), 8, 4),
    };
    if (physical_bits() < h.output_bits)
        h.output_bits = physical_bits();
    return h;
}

static bool is_ram(u64 pa) { return pa >= RAM && pa < RAM + (512ul << 20); }

struct judgement judge(u64 va, enum access access, bool el0, bool pan)
{
    bool high = field(va, 55, 1);
    struct half h = half_of(high);
    u32 input_bits = 64 - h.txsz;
    // The bits above the input address must all be copies of bit 55; a tag does not count.
    bool tagged = h.tbi && !(access == ACCESS_FETCH && h.tbid);
    u32 top = tagged ? 56 : 64;
    for (u32 bit = input_bits; bit < top; bit++)
        if (field(va, bit, 1) != high)
            return fault(FAULT_TRANSLATION);
    if (h.disabled || (h.e0pd && el0))
        return fault(FAULT_TRANSLATION);

    const u32 stride = h.granule - 3;
    u32 level = 3;
    for (u32 covered = h.granule + stride; covered < input_bits; covered += stride)
        level--;
    const u32 first = level;
    u32 shift = h.granule + stride * (3 - level);
    u64 index_mask = (1ul << (input_bits - shift)) - 1;
    u64 table = field(h.ttbr, 1, 47) << 1;
    u64 bytes = (index_mask + 1) * 8;
    table &= ~((bytes < 64 ? 64 : bytes) - 1);
    if (table >> h.output_bits)
        return fault(FAULT_ADDRESS_SIZE);
    bool ap_no_el0 = false, ap_read_only = false, uxn = false, pxn = false;
    for (;; level++) {
        shift = h.granule + stride * (3 - level);
        u64 index = va >> shift & (level == first ? index_mask : (1ul << stride) - 1);
        if (!is_ram(table))
            return fault(FAULT_EXTERNAL_ON_WALK + level);
        u64 d = *(volatile u64 *)at_pa(table + 8 * index);
        if (!(d & 1))
            return fault(FAULT_TRANSLATION + level);
        u64 output = field(d, 12, 36) << 12;
        if ((d & 2) && level < 3) {
            table = output >> h.granule << h.granule;
            if (table >> h.output_bits)
                return fault(FAULT_ADDRESS_SIZE + level);
            if (!h.hpd) {
                pxn |= field(d, 59, 1);
                uxn |= field(d, 60, 1);
                ap_no_el0 |= field(d, 61, 1);
                ap_read_only |= field(d, 62, 1);
            }
            continue;
        }
        bool blocks = h.granule == 12 ? level == 1 || level == 2 : level == 2;
        blocks |= h.granule == 16 && level == 1 && physical_bits() == 52; // FEAT_LPA
        if (level == 3 ? !(d & 2) : !blocks)
            return fault(FAULT_TRANSLATION + level);
        u64 base = output >> shift << shift;
        if (base >> h.output_bits)
            return fault(FAULT_ADDRESS_SIZE + level);
        if (!field(d, 10, 1))
            return fault(FAULT_ACCESS_FLAG + level);
        pxn |= field(d, 53, 1);
        uxn |= field(d, 54, 1);
        bool read_only = field(d, 7, 1) || ap_read_only;
        bool for_el0 = field(d, 6, 1) && !ap_no_el0;
        bool wxn = field(MRS(sctlr_el1), 19, 1);
        bool allowed;
        switch (access) {
        case ACCESS_MAINTENANCE: // by EL1 never refused; PAN does not apply
            allowed = for_el0 || !el0;
            break;
        case ACCESS_READ:
            allowed = el0 ? for_el0 : !(pan && for_el0);
            break;
        case ACCESS_WRITE:
            allowed = !read_only && (el0 ? for_el0 : !(pan && for_el0));
            break;
        default:
            if (el0)
                allowed = !uxn && !(wxn && for_el0 && !read_only);
            else
                allowed = !pxn && !(for_el0 && !read_only) && !(wxn && !read_only);
        }
        if (!allowed)
            return fault(FAULT_PERMISSION + level);
        u8 attributes = (u8)(MRS(mair_el1) >> 8 * field(d, 2, 3));
        bool outer = !(attributes & 0xf0) || attributes == 0x44;
        return (struct judgement){FAULT_NONE, base | (va & ((1ul << shift) - 1)), attributes,
                                  outer ? 2 : (u8)field(d, 8, 2)};
    }
}

#define IL (1ul << 25)
#define WNR (1ul << 6)
#define CM (1ul << 8)

struct outcome judge_probe(enum probe probe, u64 va, bool at_el0, bool pan, bool uao)
{
    bool el0 = at_el0 || ((probe == PROBE_LDTR || probe == PROBE_STTR) && !uao);
    pan = pan && !el0;
    u64 class = (probe == PROBE_FETCH ? EC_INSTRUCTION_ABORT_EL0 : EC_DATA_ABORT_EL0) + !at_el0;
    u64 iss = 0;
    struct judgement j;
    switch (probe) {
    case PROBE_LDR:
    case PROBE_LDTR:
        j = judge(va, ACCESS_READ, el0, pan);
        break;
    case PROBE_FETCH:
        j = judge(va, ACCESS_FETCH, el0, pan);
        break;
    case PROBE_CVAU:
    case PROBE_CIVAC:
    case PROBE_IVAU:
        j = judge(va, ACCESS_MAINTENANCE, el0, false);
        iss = CM | WNR;
        break;
    case PROBE_IVAC: // needs write permission
        if (at_el0)
            return (struct outcome){IL, 0};
        j = judge(va, ACCESS_WRITE, false, false);
        iss = CM | WNR;
        break;
    case PROBE_SWP: // a write only where a read would not have faulted
        j = judge(va, ACCESS_READ, el0, pan);
        if (j.fault == FAULT_NONE) {
            j = judge(va, ACCESS_WRITE, el0, pan);
            iss = WNR;
        }
        break;
    default:
        j = judge(va, ACCESS_WRITE, el0, pan);
        iss = WNR;
    }
    if (j.fault == FAULT_NONE)
        return (struct outcome){0, 0};
    return (struct outcome){class << 26 | IL | iss | j.fault, va};
}

u64 judge_at(enum at at, u64 va, bool pan, struct outcome *raised)
{
    bool write = at == AT_S1E1W || at == AT_S1E0W || at == AT_S1E1WP;
    bool el0 = at == AT_S1E0R || at == AT_S1E0W;
    bool applies = pan && (at == AT_S1E1RP || at == AT_S1E1WP);
    struct judgement j = judge(va, write ? ACCESS_WRITE : ACCESS_READ, el0, applies);
    *raised = (struct outcome){0, 0};
    if (j.fault == FAULT_NONE)
        return (u64)j.attributes << 56 | (j.pa & 0xfffffffff000) | (u64)j.shareability << 7;
    if (j.fault >= FAULT_EXTERNAL_ON_WALK && j.fault <= FAULT_EXTERNAL_ON_WALK + 3) {
        *raised = (struct outcome){(u64)EC_DATA_ABORT << 26 | IL | CM | WNR | j.fault, va};
        return 0;
    }
    return (u64)j.fault << 1 | 1;
}

bool same_par(u64 one, u64 other)
{
    // F and FST; or F, SH, PA[47:12] and ATTR. The others are IMPLEMENTATION DEFINED, UNKNOWN or constant.
    u64 mask = one & 1 ? 0x37f : 0xff00fffffffff181;
    return (one & mask) == (other & mask);
}
