// Proves exception entry and return: from EL0t, EL1t and EL1h, with every mask and every other PSTATE bit, SPAN and DSSBS
// either way (entry.c); every reserved SPSR_EL1.M and what an illegal return leaves (illegal.c); PC and SP alignment
// (alignment.c); and PSTATE.D, on which macOS insists (debug_mask.c).
#include "capture.h"

#define EL0_PAGE 300

u64 at_el0(const u8 *body)
{
    return WINDOW + EL0_PAGE * PAGE + (u64)(body - body_svc);
}

void payload_main(u64 tree)
{
    (void)tree;
    uart_init();
    mmu_on();
    set_window(EL0_PAGE, pa_of(body_svc) | DESC_PAGE | DESC_NORMAL | DESC_EL0 | DESC_READ_ONLY | DESC_PXN);
    entry_state();
    report_cases("exceptions", "entry and return");
    illegal_returns();
    report_cases("exceptions", "illegal returns");
    aligned_pc_and_sp();
    report_cases("exceptions", "PC and SP alignment");
    debug_mask();
    report_cases("exceptions", "PSTATE.D");
    print("exceptions: ok\n");
}
