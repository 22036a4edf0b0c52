// void call_at_alias(void (*body)(void)): see kit.h.
    .section .text.call_at_alias, "ax"
    .global call_at_alias
call_at_alias:
    stp     x29, x30, [sp, #-16]!
    mov     x29, sp
    mov     x2, #0xffffff8000000000
    orr     x0, x0, x2
    orr     x1, x29, x2
    mov     sp, x1
    mrs     x1, vbar_el1
    orr     x1, x1, x2
    msr     vbar_el1, x1
    mrs     x1, tpidr_el1
    orr     x1, x1, x2
    msr     tpidr_el1, x1
    adr     x30, 1f
    orr     x30, x30, x2
    isb
    br      x0
    // Still at the alias: the lower half is as it was.
1:  adr     x1, 2f
    mov     x2, #0xffffff8000000000
    bic     x1, x1, x2
    br      x1
2:  mov     x0, sp
    bic     x0, x0, x2
    mov     sp, x0
    mrs     x1, vbar_el1
    bic     x1, x1, x2
    msr     vbar_el1, x1
    mrs     x1, tpidr_el1
    bic     x1, x1, x2
    msr     tpidr_el1, x1
    isb
    ldp     x29, x30, [sp], #16
    ret
