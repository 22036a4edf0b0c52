// Code under test, run until its next exception: see debug.h.
    .arch   armv8.3-a

    .text
    .global run
run:
    stp     x29, x30, [sp, #-112]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mrs     x1, vbar_el1
    str     x1, [sp, #96]
    adrp    x1, stop_vectors
    add     x1, x1, :lo12:stop_vectors
    msr     vbar_el1, x1
    isb
    adrp    x1, current
    str     x0, [x1, :lo12:current]
    ldp     x2, x3, [x0, #248]      // pc, spsr
    msr     elr_el1, x2
    msr     spsr_el1, x3
    ldp     q0, q1, [x0, #304]
    ldp     x2, x3, [x0, #16]
    ldp     x4, x5, [x0, #32]
    ldp     x6, x7, [x0, #48]
    ldp     x8, x9, [x0, #64]
    ldp     x10, x11, [x0, #80]
    ldp     x12, x13, [x0, #96]
    ldp     x14, x15, [x0, #112]
    ldp     x16, x17, [x0, #128]
    ldp     x18, x19, [x0, #144]
    ldp     x20, x21, [x0, #160]
    ldp     x22, x23, [x0, #176]
    ldp     x24, x25, [x0, #192]
    ldp     x26, x27, [x0, #208]
    ldp     x28, x29, [x0, #224]
    ldr     x30, [x0, #240]
    ldp     x0, x1, [x0]
    eret

    .macro  stop_at vector
    .balign 0x80
    stp     x0, x1, [sp, #-16]!
    mov     x1, #\vector
    b       stopped
    .endm

    .balign 0x800
stop_vectors:
    .irp    vector, 0x000, 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0x400, 0x480, 0x500, 0x580
    stop_at \vector
    .endr
    .balign 0x800

stopped:
    adrp    x0, current
    ldr     x0, [x0, :lo12:current]
    str     x1, [x0, #264]
    str     x2, [x0, #16]
    ldp     x1, x2, [sp], #16
    stp     x1, x2, [x0]
    ldr     x2, [x0, #16]
    stp     x2, x3, [x0, #16]
    stp     x4, x5, [x0, #32]
    stp     x6, x7, [x0, #48]
    stp     x8, x9, [x0, #64]
    stp     x10, x11, [x0, #80]
    stp     x12, x13, [x0, #96]
    stp     x14, x15, [x0, #112]
    stp     x16, x17, [x0, #128]
    stp     x18, x19, [x0, #144]
    stp     x20, x21, [x0, #160]
    stp     x22, x23, [x0, #176]
    stp     x24, x25, [x0, #192]
    stp     x26, x27, [x0, #208]
    stp     x28, x29, [x0, #224]
    str     x30, [x0, #240]
    stp     q0, q1, [x0, #304]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [x0, #248]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [x0, #272]
    ldr     x1, [sp, #96]
    msr     vbar_el1, x1
    isb
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret

    .bss
    .balign 8
current:
    .quad   0
