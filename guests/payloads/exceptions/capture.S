// void capture(struct capture *c): ERET with c->spsr and c->pc, x0 and x1 as given; then whatever exception comes is written
// into c, PSTATE as the handler finds it.
    .arch   armv8.5-a
    .equ    SPSR, 0
    .equ    PC, 8
    .equ    X0, 16                  // and X1
    .equ    SP0, 32
    .equ    STACK, 40
    .equ    VECTOR, 48
    .equ    OUT, 56                 // spsr, elr, esr, far, currentel, spsel, daif, nzcv, pan, uao, dit, ssbs
    .section .text.capture, "ax"
    .global capture
capture:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mov     x1, sp
    str     x1, [x0, #STACK]
    msr     tpidrro_el0, x0
    mrs     x19, vbar_el1
    adr     x1, capture_vectors
    msr     vbar_el1, x1
    ldr     x1, [x0, #SP0]
    msr     sp_el0, x1
    ldp     x1, x2, [x0, #SPSR]
    msr     spsr_el1, x1
    msr     elr_el1, x2
    mov     x1, #0x7777             // what the handler must not find
    msr     far_el1, x1
    msr     esr_el1, x1
    isb
    ldp     x0, x1, [x0, #X0]
    eret

    .macro  entry number
    .balign 0x80
    msr     tpidr_el0, x0
    mrs     x0, tpidrro_el0
    str     x1, [x0, #X0 + 8]
    mov     x1, #\number
    str     x1, [x0, #VECTOR]
    b       captured
    .endm
    .balign 0x800
capture_vectors:
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    entry   \n
    .endr
captured:
    mrs     x1, nzcv
    str     x1, [x0, #OUT + 56]
    mrs     x1, spsr_el1
    str     x1, [x0, #OUT]
    mrs     x1, elr_el1
    str     x1, [x0, #OUT + 8]
    mrs     x1, esr_el1
    str     x1, [x0, #OUT + 16]
    mrs     x1, far_el1
    str     x1, [x0, #OUT + 24]
    mrs     x1, currentel
    str     x1, [x0, #OUT + 32]
    mrs     x1, spsel
    str     x1, [x0, #OUT + 40]
    mrs     x1, daif
    str     x1, [x0, #OUT + 48]
    mrs     x1, s3_0_c4_c2_3        // PAN
    str     x1, [x0, #OUT + 64]
    mrs     x1, s3_0_c4_c2_4        // UAO
    str     x1, [x0, #OUT + 72]
    mrs     x1, s3_3_c4_c2_5        // DIT
    str     x1, [x0, #OUT + 80]
    mrs     x1, s3_3_c4_c2_6        // SSBS
    str     x1, [x0, #OUT + 88]
    msr     s3_0_c4_c2_3, xzr
    msr     s3_0_c4_c2_4, xzr
    msr     s3_3_c4_c2_5, xzr
    msr     s3_3_c4_c2_6, xzr
    ldr     x1, [x0, #STACK]
    msr     spsel, #1
    mov     sp, x1
    msr     vbar_el1, x19
    isb
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret

// What runs at the other end. On pages that EL0 may execute too.
    .section .text.bodies, "ax"
    .global body_svc, body_brk, body_undefined, body_hvc, body_svc_end, body_sp_load
    .balign 4096
body_svc:
    svc     #0x1234
body_svc_end:
    nop
body_brk:
    brk     #0xfedc
body_undefined:
    .inst   0x00001234              // UDF
body_hvc:
    hvc     #7
body_sp_load:
    ldr     x0, [sp]
    .inst   0x00001234
    .balign 4096
