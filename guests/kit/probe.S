// The accesses of vmsa.h, 16 bytes each, x0 the address: at EL1 they return, at EL0 (a copy of them) they end with SVC.
    .arch   armv8.5-a
    .macro  accesses end
    .balign 16
    ldr     x1, [x0]
    \end
    .balign 16
    str     x1, [x0]
    \end
    .balign 16
    ldtr    x1, [x0]
    \end
    .balign 16
    sttr    x1, [x0]
    \end
    .balign 16
    br      x0
    \end
    .balign 16
    dc      zva, x0
    \end
    .balign 16
    dc      cvau, x0
    \end
    .balign 16
    dc      civac, x0
    \end
    .balign 16
    ic      ivau, x0
    \end
    .balign 16
    swpal   x1, x2, [x0]
    \end
    .balign 16
    dc      ivac, x0
    \end
    .balign 16
    .endm

    .section .text.probe_el1_code, "ax"
    .global probe_el1_code
    .balign 16
probe_el1_code:
    accesses ret

    .section .text.probe_el0_code, "ax"
    .global probe_el0_code, probe_el0_end
    .balign 4096
probe_el0_code:
    accesses "svc #0x77"
    svc     #0x77                   // where a fetched RET goes
probe_el0_end:
    .balign 4096
