// Loads and stores of every class, x0 the base: one row says how many bytes, in what elements, and what the manual asks of
// alignment (accesses.h). x1, x2, x4 to x7 and v0 to v3 are data, x3 an offset or status.
    .arch   armv8.5-a
    .macro  row total, element, kind, rule, bias, insn:vararg
    .pushsection .rodata.rows, "a"
    .word   \total, \element, \kind, \rule, \bias
    .popsection
    \insn
    ret
    .endm

    .section .rodata.rows, "a"
    .global rows, rows_end
    .balign 8
rows:
    .section .text.row_code, "ax"
    .global row_code
row_code:
    .equ    R, 0                    // kind: read
    .equ    W, 1                    // write
    .equ    RW, 2                   // atomic
    .equ    ANY, 0                  // rule: alignment is free
    .equ    IN16, 1                 // within 16 bytes (FEAT_LSE2; natural without it): ordered, atomics, exclusives
    .equ    STATUS, 2               // store-exclusive: the same, and whether it faults without a monitor is not defined

    row     1, 1, R, ANY, 0, ldrb w1, [x0]
    row     2, 2, R, ANY, 0, ldrh w1, [x0]
    row     4, 4, R, ANY, 0, ldr w1, [x0]
    row     8, 8, R, ANY, 0, ldr x1, [x0]
    row     1, 1, R, ANY, 0, ldrsb x1, [x0]
    row     2, 2, R, ANY, 0, ldrsh w1, [x0]
    row     4, 4, R, ANY, 0, ldrsw x1, [x0]
    row     8, 8, R, ANY, 9, ldur x1, [x0, #9]
    row     8, 8, R, ANY, 8, ldr x1, [x0, #8]!
    row     8, 8, R, ANY, 0, ldr x1, [x0], #-16
    row     4, 4, R, ANY, -4, ldr w1, [x0, #-4]!
    row     2, 2, R, ANY, 0, ldrh w1, [x0], #255
    row     8, 8, R, ANY, 24, ldr x1, [x0, x3, lsl #3]
    row     4, 4, R, ANY, 3, ldr w1, [x0, w3, sxtw]
    row     8, 8, R, ANY, 0, ldtr x1, [x0]
    row     1, 1, W, ANY, 0, strb w1, [x0]
    row     2, 2, W, ANY, 0, strh w1, [x0]
    row     4, 4, W, ANY, 0, str w1, [x0]
    row     8, 8, W, ANY, 0, str x1, [x0]
    row     8, 8, W, ANY, 9, stur x1, [x0, #9]
    row     8, 8, W, ANY, 8, str x1, [x0, #8]!
    row     8, 8, W, ANY, 0, str x1, [x0], #-16
    row     8, 8, W, ANY, 24, str x1, [x0, x3, lsl #3]
    row     8, 8, W, ANY, 0, sttr x1, [x0]
    row     16, 8, R, ANY, 0, ldp x1, x2, [x0]
    row     8, 4, R, ANY, 0, ldp w1, w2, [x0]
    row     8, 4, R, ANY, 0, ldpsw x1, x2, [x0]
    row     16, 8, R, ANY, 16, ldp x1, x2, [x0, #16]!
    row     16, 8, R, ANY, 0, ldp x1, x2, [x0], #-32
    row     16, 8, R, ANY, 0, ldnp x1, x2, [x0]
    row     16, 8, W, ANY, 0, stp x1, x2, [x0]
    row     8, 4, W, ANY, 0, stp w1, w2, [x0]
    row     16, 8, W, ANY, 16, stp x1, x2, [x0, #16]!
    row     16, 8, W, ANY, 0, stp x1, x2, [x0], #-32
    row     16, 8, W, ANY, 0, stnp x1, x2, [x0]
    row     1, 1, R, ANY, 0, ldr b0, [x0]
    row     2, 2, R, ANY, 0, ldr h0, [x0]
    row     4, 4, R, ANY, 0, ldr s0, [x0]
    row     8, 8, R, ANY, 0, ldr d0, [x0]
    row     16, 16, R, ANY, 0, ldr q0, [x0]
    row     16, 16, R, ANY, 16, ldr q0, [x0, #16]!
    row     16, 16, R, ANY, 0, ldr q0, [x0], #-1
    row     16, 16, W, ANY, 0, str q0, [x0]
    row     16, 16, W, ANY, -16, str q0, [x0, #-16]!
    row     4, 4, W, ANY, 0, str s0, [x0], #4
    row     32, 16, R, ANY, 0, ldp q0, q1, [x0]
    row     16, 8, R, ANY, 0, ldp d0, d1, [x0]
    row     8, 4, R, ANY, 0, ldp s0, s1, [x0]
    row     32, 16, W, ANY, 0, stp q0, q1, [x0]
    row     32, 16, W, ANY, 32, stp q0, q1, [x0, #32]!
    row     16, 8, W, ANY, 0, stp d0, d1, [x0], #64
    row     16, 1, R, ANY, 0, ld1 {v0.16b}, [x0]
    row     32, 2, R, ANY, 0, ld1 {v0.8h, v1.8h}, [x0]
    row     48, 4, R, ANY, 0, ld1 {v0.4s, v1.4s, v2.4s}, [x0]
    row     64, 8, R, ANY, 0, ld1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64
    row     8, 4, R, ANY, 0, ld1 {v0.2s}, [x0], x3
    row     32, 1, R, ANY, 0, ld2 {v0.16b, v1.16b}, [x0]
    row     48, 2, R, ANY, 0, ld3 {v0.8h, v1.8h, v2.8h}, [x0], x3
    row     64, 4, R, ANY, 0, ld4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0]
    row     64, 8, R, ANY, 0, ld4 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64
    row     4, 4, R, ANY, 0, ld1 {v0.s}[2], [x0]
    row     6, 2, R, ANY, 0, ld3 {v0.h, v1.h, v2.h}[5], [x0], #6
    row     32, 8, R, ANY, 0, ld4 {v0.d, v1.d, v2.d, v3.d}[1], [x0]
    row     8, 8, R, ANY, 0, ld1r {v0.2d}, [x0]
    row     8, 2, R, ANY, 0, ld4r {v0.4h, v1.4h, v2.4h, v3.4h}, [x0], x3
    row     16, 1, W, ANY, 0, st1 {v0.16b}, [x0]
    row     32, 2, W, ANY, 0, st1 {v0.8h, v1.8h}, [x0], #32
    row     64, 8, W, ANY, 0, st1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], x3
    row     32, 1, W, ANY, 0, st2 {v0.16b, v1.16b}, [x0]
    row     48, 2, W, ANY, 0, st3 {v0.8h, v1.8h, v2.8h}, [x0], x3
    row     64, 4, W, ANY, 0, st4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0]
    row     4, 4, W, ANY, 0, st1 {v0.s}[3], [x0]
    row     12, 4, W, ANY, 0, st3 {v0.s, v1.s, v2.s}[1], [x0], #12
    row     32, 8, W, ANY, 0, st4 {v0.d, v1.d, v2.d, v3.d}[0], [x0], x3
    row     2, 2, R, IN16, 0, ldarh w1, [x0]
    row     4, 4, R, IN16, 0, ldar w1, [x0]
    row     8, 8, R, IN16, 0, ldar x1, [x0]
    row     8, 8, R, IN16, 0, ldapr x1, [x0]
    row     8, 8, R, IN16, 5, ldapur x1, [x0, #5]
    row     2, 2, W, IN16, 0, stlrh w1, [x0]
    row     4, 4, W, IN16, 0, stlr w1, [x0]
    row     8, 8, W, IN16, 0, stlr x1, [x0]
    row     8, 8, W, IN16, -3, stlur x1, [x0, #-3]
    row     4, 4, RW, IN16, 0, swp w1, w2, [x0]
    row     8, 8, RW, IN16, 0, swpal x1, x2, [x0]
    row     2, 2, RW, IN16, 0, ldaddh w1, w2, [x0]
    row     8, 8, RW, IN16, 0, ldadd x1, x2, [x0]
    row     8, 8, RW, IN16, 0, ldseta x1, x2, [x0]
    row     4, 4, RW, IN16, 0, ldsmax w1, w2, [x0]
    row     8, 8, RW, IN16, 0, stclr x1, [x0]
    row     2, 2, RW, IN16, 0, cash w1, w2, [x0]
    row     4, 4, RW, IN16, 0, cas w1, w2, [x0]
    row     8, 8, RW, IN16, 0, casal x1, x2, [x0]
    row     8, 8, RW, IN16, 0, casp w4, w5, w6, w7, [x0]
    row     16, 16, RW, IN16, 0, caspal x4, x5, x6, x7, [x0]
    row     2, 2, R, IN16, 0, ldxrh w1, [x0]
    row     4, 4, R, IN16, 0, ldaxr w1, [x0]
    row     8, 8, R, IN16, 0, ldxr x1, [x0]
    row     8, 8, R, IN16, 0, ldxp w1, w2, [x0]
    row     16, 16, R, IN16, 0, ldaxp x1, x2, [x0]
    row     4, 4, W, STATUS, 0, stxr w3, w1, [x0]
    row     8, 8, W, STATUS, 0, stlxr w3, x1, [x0]
    row     8, 8, W, STATUS, 0, stxp w3, w1, w2, [x0]
    row     16, 16, W, STATUS, 0, stxp w3, x1, x2, [x0]

    .section .rodata.rows, "a"
rows_end:

// void run_access(struct registers *r, const void *code)
    .section .text.run_access, "ax"
    .global run_access
run_access:
    stp     x19, x30, [sp, #-16]!
    mov     x19, x0
    mov     x9, x1
    ldp     q0, q1, [x19, #64]
    ldp     q2, q3, [x19, #96]
    ldp     x0, x1, [x19]
    ldp     x2, x3, [x19, #16]
    ldp     x4, x5, [x19, #32]
    ldp     x6, x7, [x19, #48]
    blr     x9
    stp     x0, x1, [x19]
    stp     x2, x3, [x19, #16]
    stp     x4, x5, [x19, #32]
    stp     x6, x7, [x19, #48]
    stp     q0, q1, [x19, #64]
    stp     q2, q3, [x19, #96]
    ldp     x19, x30, [sp], #16
    ret
