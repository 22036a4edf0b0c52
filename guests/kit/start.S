// Entry, vectors and the other CPUs' entry. Entered at the first byte at EL1 with the MMU off; x0 is the device tree.

    .section .text.start, "ax"
    .global _start
_start:
    msr     daifset, #15
    mov     x19, x0
    adrp    x1, __stack_top
    add     x1, x1, :lo12:__stack_top
    msr     spsel, #1
    mov     sp, x1
    adrp    x1, __bss_start
    add     x1, x1, :lo12:__bss_start
    adrp    x2, __bss_end
    add     x2, x2, :lo12:__bss_end
0:  cmp     x1, x2
    b.hs    1f
    stp     xzr, xzr, [x1], #16
    b       0b
1:  adrp    x1, cpus                // struct cpu of CPU 0
    add     x1, x1, :lo12:cpus
    msr     tpidr_el1, x1
    bl      set_vectors
    mov     x0, x19
    bl      payload_main
    b       power_off

    .text
set_vectors:
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    isb
    ret

// Other CPUs: x0 points to { stack, struct cpu, body, argument } (smp.c).
    .global secondary_entry
secondary_entry:
    msr     daifset, #15
    msr     spsel, #1
    ldp     x1, x2, [x0]
    ldp     x20, x21, [x0, #16]
    mov     sp, x1
    msr     tpidr_el1, x2
    bl      set_vectors
    bl      mmu_on
    mov     x0, x21
    blr     x20
    ldr     w0, =0x84000002         // PSCI CPU_OFF
    hvc     #0
    b       .

// s64 psci(u64 function, u64 a, u64 b, u64 c)
    .global psci
psci:
    hvc     #0
    ret

    .macro  vector kind
    .balign 0x80
    sub     sp, sp, #272
    stp     x0, x1, [sp]
    mov     x1, #\kind
    b       save
    .endm

    .balign 0x800
vectors:
    .irp    from, 0, 0, 4
    vector  \from                   // synchronous; 4 and up: from EL0
    vector  \from + 1               // IRQ
    vector  \from + 2               // FIQ
    vector  \from + 3               // SError
    .endr
    .rept   4
    vector  3                       // AArch32: there is none
    .endr

save:
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x30, x2, [sp, #240]
    str     x3, [sp, #256]
    mov     x0, sp
    bl      take_exception          // (frame, kind)
    ldp     x30, x2, [sp, #240]
    ldr     x3, [sp, #256]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    ldp     x0, x1, [sp], #272
    eret
