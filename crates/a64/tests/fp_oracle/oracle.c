/*
 * Executes one AArch64 floating-point instruction on cases read from standard input. The cpu that runs it is the
 * oracle; see main.rs for how it is driven.
 *
 *   oracle NAME <cases >answers
 *
 * Case:   u64 operand[3], u32 FPCR, u32 zero.
 * Answer: u64 result, u32 FPSR, u32 zero.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct input { uint64_t op[3]; uint32_t fpcr, pad; };
struct answer { uint64_t result; uint32_t fpsr, pad; };

/* Operands arrive in v16, v17, v18 and x10; results leave in v0 or x9. */
#define RUN(id, insn, take)                                                         \
    static void id(const struct input *in, struct answer *out) {                    \
        uint64_t result, fpsr;                                                      \
        __asm__ volatile(                                                           \
            "mov x10, %[a]\n fmov d16, %[a]\n fmov d17, %[b]\n fmov d18, %[c]\n"    \
            "fmov d0, xzr\n mov x9, xzr\n"                                          \
            "msr fpcr, %[fpcr]\n msr fpsr, xzr\n"                                   \
            insn "\n"                                                               \
            "mrs %[fpsr], fpsr\n msr fpcr, xzr\n"                                   \
            take "\n"                                                               \
            : [r] "=&r"(result), [fpsr] "=&r"(fpsr)                                 \
            : [a] "r"(in->op[0]), [b] "r"(in->op[1]), [c] "r"(in->op[2]),           \
              [fpcr] "r"((uint64_t)in->fpcr)                                        \
            : "x9", "x10", "x11", "v0", "v16", "v17", "v18", "cc", "memory");       \
        out->result = result;                                                       \
        out->fpsr = (uint32_t)fpsr;                                                 \
        out->pad = 0;                                                               \
    }

#define V "fmov %[r], d0"
#define X "mov %[r], x9"
#define FLAGS "\n mrs x9, nzcv\n lsr x9, x9, #28"

/* Name, instruction, where the result is. */
#define BINARY(F, n) F(n##_h, #n " h0, h16, h17", V) F(n##_s, #n " s0, s16, s17", V) F(n##_d, #n " d0, d16, d17", V)
#define UNARY(F, n) F(n##_h, #n " h0, h16", V) F(n##_s, #n " s0, s16", V) F(n##_d, #n " d0, d16", V)
#define UNARY_SD(F, n) F(n##_s, #n " s0, s16", V) F(n##_d, #n " d0, d16", V)
#define FUSED(F, n) \
    F(n##_h, #n " h0, h17, h18, h16", V) F(n##_s, #n " s0, s17, s18, s16", V) F(n##_d, #n " d0, d17, d18, d16", V)
#define COMPARE(F, n) F(n##_h, #n " h16, h17" FLAGS, X) F(n##_s, #n " s16, s17" FLAGS, X) F(n##_d, #n " d16, d17" FLAGS, X)
#define TO_INT(F, n)                                                                                         \
    F(n##_w_h, #n " w9, h16", X) F(n##_w_s, #n " w9, s16", X) F(n##_w_d, #n " w9, d16", X)                   \
    F(n##_x_h, #n " x9, h16", X) F(n##_x_s, #n " x9, s16", X) F(n##_x_d, #n " x9, d16", X)                   \
    F(n##_h_h, #n " h0, h16", V)
#define TO_FIXED(F, n, t, w, f) F(n##_##w##_##t##_##f, #n " " #w "9, " #t "16, #" #f, X)
#define FROM_INT(F, n)                                                                                       \
    F(n##_h_w, #n " h0, w10", V) F(n##_s_w, #n " s0, w10", V) F(n##_d_w, #n " d0, w10", V)                   \
    F(n##_h_x, #n " h0, x10", V) F(n##_s_x, #n " s0, x10", V) F(n##_d_x, #n " d0, x10", V)                   \
    F(n##_h_h, #n " h0, h16", V)
#define FROM_FIXED(F, n, t, w, f) F(n##_##t##_##w##_##f, #n " " #t "0, " #w "10, #" #f, V)
#define FIXED(F, G, n)                                                                                       \
    G(F, n, h, w, 1) G(F, n, h, w, 32) G(F, n, h, x, 17) G(F, n, h, x, 64)                                   \
    G(F, n, s, w, 1) G(F, n, s, w, 32) G(F, n, s, x, 17) G(F, n, s, x, 64)                                   \
    G(F, n, d, w, 1) G(F, n, d, w, 32) G(F, n, d, x, 17) G(F, n, d, x, 64)
#define FIXED16(F, n) F(n##_h_h_5, #n " h0, h16, #5", V) F(n##_h_h_16, #n " h0, h16, #16", V)

#define ALL(F)                                                                                               \
    BINARY(F, fadd) BINARY(F, fsub) BINARY(F, fmul) BINARY(F, fdiv) BINARY(F, fnmul) BINARY(F, fmulx)        \
    BINARY(F, fmax) BINARY(F, fmin) BINARY(F, fmaxnm) BINARY(F, fminnm)                                      \
    BINARY(F, frecps) BINARY(F, frsqrts)                                                                     \
    BINARY(F, fcmeq) BINARY(F, fcmge) BINARY(F, fcmgt) BINARY(F, facge) BINARY(F, facgt)                     \
    COMPARE(F, fcmp) COMPARE(F, fcmpe)                                                                       \
    UNARY(F, fsqrt) UNARY(F, fneg) UNARY(F, fabs) UNARY(F, frecpe) UNARY(F, frsqrte) UNARY(F, frecpx)        \
    FUSED(F, fmadd) FUSED(F, fmsub) FUSED(F, fnmadd) FUSED(F, fnmsub)                                        \
    F(fmlal, "fmov s0, s16\n fmlal v0.2s, v17.2h, v18.2h", V)                                                \
    UNARY(F, frintn) UNARY(F, frintp) UNARY(F, frintm) UNARY(F, frintz) UNARY(F, frinta)                     \
    UNARY(F, frintx) UNARY(F, frinti)                                                                        \
    UNARY_SD(F, frint32z) UNARY_SD(F, frint32x) UNARY_SD(F, frint64z) UNARY_SD(F, frint64x)                  \
    TO_INT(F, fcvtns) TO_INT(F, fcvtps) TO_INT(F, fcvtms) TO_INT(F, fcvtzs) TO_INT(F, fcvtas)                \
    TO_INT(F, fcvtnu) TO_INT(F, fcvtpu) TO_INT(F, fcvtmu) TO_INT(F, fcvtzu) TO_INT(F, fcvtau)                \
    FIXED(F, TO_FIXED, fcvtzs) FIXED(F, TO_FIXED, fcvtzu) FIXED16(F, fcvtzs) FIXED16(F, fcvtzu)              \
    FROM_INT(F, scvtf) FROM_INT(F, ucvtf)                                                                    \
    FIXED(F, FROM_FIXED, scvtf) FIXED(F, FROM_FIXED, ucvtf) FIXED16(F, scvtf) FIXED16(F, ucvtf)              \
    F(fcvt_s_h, "fcvt s0, h16", V) F(fcvt_d_h, "fcvt d0, h16", V) F(fcvt_h_s, "fcvt h0, s16", V)             \
    F(fcvt_d_s, "fcvt d0, s16", V) F(fcvt_h_d, "fcvt h0, d16", V) F(fcvt_s_d, "fcvt s0, d16", V)             \
    F(fcvtxn, "fcvtxn s0, d16", V)                                                                           \
    F(fjcvtzs, "fjcvtzs w9, d16\n mrs x11, nzcv\n ubfx x11, x11, #30, #1\n orr x9, x9, x11, lsl #32", X)     \
    F(urecpe, "urecpe v0.2s, v16.2s\n fmov s0, s0", V) F(ursqrte, "ursqrte v0.2s, v16.2s\n fmov s0, s0", V)

ALL(RUN)

#define ENTRY(id, insn, take) { #id, id },
static const struct { const char *name; void (*run)(const struct input *, struct answer *); } table[] = { ALL(ENTRY) };

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, argv[1])) continue;
        static struct input in[4096];
        static struct answer out[4096];
        size_t n;
        while ((n = fread(in, sizeof *in, 4096, stdin)) > 0) {
            for (size_t k = 0; k < n; k++) table[i].run(&in[k], &out[k]);
            if (fwrite(out, sizeof *out, n, stdout) != n) return 3;
        }
        return fflush(stdout) ? 3 : 0;
    }
    fprintf(stderr, "oracle: no instruction %s\n", argv[1]);
    return 2;
}
