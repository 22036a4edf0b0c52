// Instructions for EL0, 8 bytes each: the instruction, then SVC. Each row: the instruction word, what gates it, its number.
    .arch   armv8.5-a+crypto
    .section .text.traps_el0, "ax"
    .global traps_code, traps_rows, traps_rows_end
    .balign 4096
traps_code:
    .section .rodata.traps, "a"
    .balign 8
traps_rows:

    .macro  gated gate, insn:vararg
    .section .rodata.traps, "a"
    .word   \gate
    .section .text.traps_el0, "ax"
    \insn
    svc     #0x77
    .endm

    // What opens an instruction to EL0 (traps.c, enum gate).
    .equ    NEVER, 0                // UNDEFINED
    .equ    ALWAYS, 1
    .equ    ID, 2                   // the space of identification registers: trapped, EC 0x18
    .equ    UCT, 3
    .equ    DZE, 4
    .equ    UCI, 5
    .equ    UMA, 6
    .equ    PCTEN, 7                // CNTKCTL_EL1
    .equ    VCTEN, 8
    .equ    EITHER, 9
    .equ    VTEN, 10
    .equ    PTEN, 11
    .equ    TWE, 12
    .equ    FPEN, 13
    .equ    TWI, 14                 // with an interrupt pending and masked it does not sleep

    gated   UCT, mrs x1, ctr_el0
    gated   ALWAYS, mrs x1, dczid_el0
    gated   DZE, dc zva, x0
    gated   UCI, dc cvau, x0
    gated   UCI, dc cvac, x0
    gated   UCI, dc civac, x0
    gated   UCI, sys #3, c7, c12, #1, x0 // DC CVAP
    gated   UCI, sys #3, c7, c13, #1, x0 // DC CVADP
    gated   UCI, ic ivau, x0
    gated   NEVER, ic iallu
    gated   NEVER, ic ialluis
    gated   NEVER, dc ivac, x0
    gated   NEVER, dc isw, x0
    gated   NEVER, tlbi vmalle1
    gated   NEVER, tlbi vae1is, x0
    gated   NEVER, at s1e0r, x0
    gated   UMA, mrs x1, daif
    gated   UMA, msr daif, x1
    gated   UMA, msr daifset, #0
    gated   UMA, msr daifclr, #0
    gated   NEVER, msr spsel, #0
    gated   NEVER, msr pan, #0
    gated   NEVER, msr uao, #0
    gated   ALWAYS, mrs x1, nzcv
    gated   ALWAYS, msr nzcv, x1
    gated   ALWAYS, mrs x1, s3_3_c4_c2_5 // DIT
    gated   ALWAYS, mrs x1, s3_3_c4_c2_6 // SSBS
    gated   PCTEN, mrs x1, cntpct_el0
    gated   VCTEN, mrs x1, cntvct_el0
    gated   EITHER, mrs x1, cntfrq_el0
    gated   NEVER, msr s3_3_c14_c0_2, x1 // CNTVCT_EL0
    gated   NEVER, msr s3_3_c14_c0_1, x1 // CNTPCT_EL0
    gated   PTEN, mrs x1, cntp_ctl_el0
    gated   PTEN, mrs x1, cntp_cval_el0
    gated   PTEN, mrs x1, cntp_tval_el0
    gated   PTEN, msr cntp_cval_el0, x1
    gated   VTEN, mrs x1, cntv_ctl_el0
    gated   VTEN, mrs x1, cntv_cval_el0
    gated   VTEN, mrs x1, cntv_tval_el0
    gated   VTEN, msr cntv_cval_el0, x1
    gated   NEVER, mrs x1, cntkctl_el1
    gated   ALWAYS, mrs x1, tpidr_el0
    gated   ALWAYS, msr tpidr_el0, x1
    gated   ALWAYS, mrs x1, tpidrro_el0
    gated   NEVER, msr tpidrro_el0, x1
    gated   NEVER, mrs x1, tpidr_el1
    gated   NEVER, mrs x1, sctlr_el1
    gated   NEVER, msr sctlr_el1, x1
    gated   NEVER, mrs x1, ttbr0_el1
    gated   NEVER, mrs x1, esr_el1
    gated   NEVER, mrs x1, spsr_el1
    gated   NEVER, mrs x1, sp_el0
    gated   NEVER, mrs x1, currentel
    gated   NEVER, mrs x1, vbar_el1
    gated   NEVER, mrs x1, cpacr_el1
    gated   NEVER, mrs x1, mair_el1
    gated   NEVER, mrs x1, par_el1
    gated   NEVER, mrs x1, s3_0_c12_c12_0 // ICC_IAR1_EL1
    gated   NEVER, msr s3_0_c4_c6_0, x1   // ICC_PMR_EL1
    gated   ID, mrs x1, midr_el1
    gated   ID, mrs x1, mpidr_el1
    gated   ID, mrs x1, revidr_el1
    gated   ID, mrs x1, id_aa64pfr0_el1
    gated   ID, mrs x1, id_aa64isar0_el1
    gated   ID, mrs x1, id_aa64mmfr0_el1
    gated   ID, mrs x1, s3_0_c0_c7_7      // not allocated
    gated   ID, mrs x1, clidr_el1
    gated   ID, mrs x1, ccsidr_el1
    gated   ID, mrs x1, aidr_el1
    gated   NEVER, msr s3_0_c0_c0_0, x1  // MIDR_EL1
    gated   NEVER, msr s3_0_c0_c4_0, x1  // ID_AA64PFR0_EL1
    gated   NEVER, eret
    gated   NEVER, hvc #0
    gated   NEVER, smc #0
    gated   NEVER, .inst 0x00000000
    gated   NEVER, .inst 0x0000ffff
    gated   NEVER, .inst 0xffffffff
    gated   NEVER, .inst 0x04000000       // SVE, which is not there or not enabled
    gated   NEVER, .inst 0xd51fffe1       // MSR S3_7_C15_C15_7, X1
    gated   NEVER, .inst 0xd53fffe1       // MRS X1, S3_7_C15_C15_7
    gated   NEVER, .inst 0xd4000000       // SVC's neighbour
    gated   NEVER, .inst 0xd69f03ff       // ERET's
    gated   TWE, wfe
    gated   TWI, wfi
    gated   FPEN, fmov s0, w1
    gated   FPEN, fadd d0, d1, d2
    gated   FPEN, ldr q0, [x0]
    gated   FPEN, stp d0, d1, [x0]
    gated   FPEN, ld1 {v0.16b}, [x0]
    gated   FPEN, movi v0.2d, #0
    gated   FPEN, mrs x1, fpcr
    gated   FPEN, msr fpsr, x1
    gated   FPEN, aese v0.16b, v1.16b
    gated   FPEN, fcvtzs x1, d0

    .section .rodata.traps, "a"
traps_rows_end:
    .section .text.traps_el0, "ax"
    .balign 4096
