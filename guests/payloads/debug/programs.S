// What is stepped, stopped and watched: one page, mapped where both EL0 and EL1 execute it. Every program ends with SVC #1.
    .arch   armv8.5-a+lse
    .section .text.programs, "ax"
    .balign 4096
    .global programs
programs:

    .global straight, straight_second, straight_last
straight:                           // x0 += 2, leaving one out
    add     x0, x0, #1
straight_second:
    b       1f
    add     x0, x0, #16
1:  add     x0, x0, #1
straight_last:
    svc     #1

    .global loop, loop_body, loop_end
loop:                               // x0 times
    mov     x2, #0
loop_body:
    add     x2, x2, #1
    cmp     x2, x0
    b.ne    loop_body
loop_end:
    svc     #1

    .global exclusive, exclusive_store
exclusive:                          // x1: data
    ldxr    x0, [x1]
exclusive_store:
    stxr    w3, x0, [x1]
    ldaxp   x4, x5, [x1]
    ldar    x4, [x1]
    svc     #1

    .global calls, undefined, breaks, aborts
calls:
    svc     #5
undefined:
    udf     #0
breaks:
    brk     #7
aborts:                             // x1: nothing there
    ldr     x0, [x1]
    svc     #1

    .global unmask, unmasked        // EL1
unmask:
    msr     daifclr, #8
unmasked:
    add     x0, x0, #1
    svc     #1

    .global returns                 // EL1: x1 = ELR_EL1, x2 = SPSR_EL1
returns:
    msr     elr_el1, x1
    msr     spsr_el1, x2
    eret

    // Accesses, 8 bytes each, to x1; x0, x4, x5 are data, w6 the status of an exclusive store.
    .macro  access instruction:vararg
    \instruction
    svc     #1
    .endm
    .global accesses
    .balign 8
accesses:
    access  ldr x0, [x1]
    access  str x0, [x1]
    access  ldrb w0, [x1]
    access  strb w0, [x1]
    access  ldr x0, [x1], #8
    access  str x0, [x1, #8]!
    access  ldp x0, x4, [x1]
    access  stp x0, x4, [x1], #16
    access  ldxr x0, [x1]
    access  stxr w6, x0, [x1]
    access  ldadd x0, x4, [x1]
    access  cas x0, x4, [x1]
    access  casp x0, x1, x4, x5, [x1]
    access  swpb w0, w4, [x1]
    access  ldar x0, [x1]
    access  stlr x0, [x1]
    access  ldr q0, [x1]
    access  str q0, [x1]
    access  ldp q0, q1, [x1]
    access  stp q0, q1, [x1]
    access  ld1 {v0.16b, v1.16b}, [x1]
    access  st2 {v0.4s, v1.4s}, [x1], #32
    access  ldtr x0, [x1]
    access  sttr x0, [x1]
    access  dc zva, x1
    access  dc ivac, x1
    access  dc civac, x1
    access  dc cvau, x1
    access  ic ivau, x1
    access  prfm pldl1keep, [x1]
    .balign 4096
