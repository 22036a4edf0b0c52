// Entry of the benchmark: stack, zeroed memory, translation on, then the C code.
// Entered at its first byte at EL1 with the MMU off; x0 is the device tree's address or 0 (not used here).

    .section .text.start, "ax"
    .global _start
_start:
    msr     daifset, #15
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    adrp    x1, __stack_top
    add     x1, x1, :lo12:__stack_top
    mov     sp, x1
    adrp    x1, __bss_start
    add     x1, x1, :lo12:__bss_start
    adrp    x2, __bss_end
    add     x2, x2, :lo12:__bss_end
0:  cmp     x1, x2
    b.hs    1f
    stp     xzr, xzr, [x1], #16
    b       0b
1:  bl      fill_tables             // returns the first table's address
    msr     ttbr0_el1, x0
    ldr     x1, =0xff04             // MAIR: attribute 0 = Device-nGnRE, 1 = Normal write-back
    msr     mair_el1, x1
    ldr     x1, =0x100803519        // TCR: 39 bits, 4 KiB granule, write-back inner shareable walks, EPD1, 36-bit IPA
    msr     tcr_el1, x1
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    mrs     x1, sctlr_el1
    mov     x2, #0x1005             // M, C, I
    orr     x1, x1, x2
    msr     sctlr_el1, x1
    isb
    bl      bench_main

    .global system_off
system_off:
    ldr     w0, =0x84000008         // PSCI SYSTEM_OFF
    hvc     #0
2:  wfi
    b       2b

    .macro  vector
    .balign 0x80
    b       unexpected
    .endm

    .balign 0x800
vectors:
    .rept   16
    vector
    .endr

unexpected:
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    mrs     x2, far_el1
    bl      report_exception
    b       system_off
