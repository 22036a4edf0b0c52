// Executes instructions for the oracle and reports everything they changed. Runs on arm64 Linux, real or emulated.
//
// All state goes in and out through signal frames: the handler writes a case into the interrupted context and returns
// to it; the case ends in a BRK (or a fault), whose handler finds the complete state saved. No register is ever out of
// the kernel's care, so there is no assembly here.
//
// stdin:  the data window's content (WINDOW bytes), then batches: u32 count, count * struct question. Ends at EOF.
// stdout: for each question a struct answer followed by its `changes` struct chunk.
// All numbers are little-endian; harness/remote.rs has the other side of both structures.

#define _GNU_SOURCE
#include <asm/sigcontext.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x1357000000ul // not a round number: edge values shifted must not lead here
#define STEP 0x400000ul
#define SLOTS 256
#define PAGE 4096
#define ENTRY 0x800
#define WORDS 16
#define DATA 0x269a000000ul
#define WINDOW (3 * PAGE)   // two pages read-write, one read-only; nothing on either side
#define WRITABLE (2 * PAGE)
#define PATCHES 4

struct chunk { uint64_t offset, value[2]; };

struct question {
    uint64_t x[31], sp, v[64];
    uint32_t nzcv, fpcr, fpsr, slot, words, patches;
    uint32_t word[WORDS];
    struct chunk patch[PATCHES];
};

struct answer {
    uint32_t signal, code;
    uint64_t pc, address;
    uint64_t x[31], sp, v[64];
    uint32_t nzcv, fpcr, fpsr, changes;
};

static struct question questions[SLOTS];
static uint64_t content[WINDOW / 8];
static uint8_t output[1 << 22];
static size_t used;
static uint32_t count, current;
static int running;

static void flush(void) {
    for (size_t at = 0; at < used;) {
        ssize_t n = write(1, output + at, used - at);
        if (n <= 0) _exit(3);
        at += n;
    }
    used = 0;
}

static int fill(void *into, size_t bytes) {
    for (size_t at = 0; at < bytes;) {
        ssize_t n = read(0, (uint8_t *)into + at, bytes - at);
        if (n <= 0) return 0;
        at += n;
    }
    return 1;
}

static uint32_t filler(size_t word) { return 0xd4200000 | (uint32_t)word << 5; } // BRK #word

static void load_batch(void) {
    flush();
    if (!fill(&count, 4) || count == 0 || count > SLOTS) _exit(0);
    if (!fill(questions, count * sizeof *questions)) _exit(4);
    for (uint32_t i = 0; i < count; i++) {
        struct question *q = &questions[i];
        uint32_t *code = (uint32_t *)(CODE + q->slot * STEP + ENTRY);
        for (size_t w = 0; w < WORDS; w++) code[w] = w < q->words ? q->word[w] : filler(ENTRY / 4 + w);
        __builtin___clear_cache((char *)code, (char *)(code + WORDS));
    }
    current = 0;
}

static struct fpsimd_context *fpsimd(ucontext_t *u) {
    struct _aarch64_ctx *h = (struct _aarch64_ctx *)u->uc_mcontext.__reserved;
    while (h->magic != FPSIMD_MAGIC) h = (struct _aarch64_ctx *)((char *)h + h->size);
    // Nothing after it: other records (SVE) would override it on return.
    struct _aarch64_ctx *next = (struct _aarch64_ctx *)((char *)h + h->size);
    next->magic = 0;
    next->size = 0;
    return (struct fpsimd_context *)h;
}

static void report(int sig, siginfo_t *info, ucontext_t *u) {
    struct answer *a = (struct answer *)(output + used);
    struct fpsimd_context *f = fpsimd(u);
    a->signal = sig;
    a->code = info->si_code;
    a->pc = u->uc_mcontext.pc;
    a->address = (uint64_t)info->si_addr;
    for (int i = 0; i < 31; i++) a->x[i] = u->uc_mcontext.regs[i];
    a->sp = u->uc_mcontext.sp;
    memcpy(a->v, f->vregs, sizeof a->v);
    a->nzcv = u->uc_mcontext.pstate & 0xf0000000;
    a->fpcr = f->fpcr;
    a->fpsr = f->fpsr;
    a->changes = 0;
    used += sizeof *a;
    // What differs from the content (which has this question's patches in it) is reported and put back.
    uint64_t *window = (uint64_t *)DATA;
    for (size_t i = 0; i < WRITABLE / 8; i += 2) {
        if (window[i] == content[i] && window[i + 1] == content[i + 1]) continue;
        struct chunk c = {i * 8, {window[i], window[i + 1]}};
        memcpy(output + used, &c, sizeof c);
        used += sizeof c;
        a->changes++;
        window[i] = content[i];
        window[i + 1] = content[i + 1];
    }
}

static void handler(int sig, siginfo_t *info, void *context) {
    static uint64_t saved[PATCHES][2];
    ucontext_t *u = context;
    if (running) {
        report(sig, info, u);
        struct question *q = &questions[current];
        for (int p = q->patches - 1; p >= 0; p--) {
            memcpy((char *)content + q->patch[p].offset, saved[p], 16);
            memcpy((char *)DATA + q->patch[p].offset, saved[p], 16);
        }
        current++;
    }
    if (current == count) load_batch();
    running = 1;
    struct question *q = &questions[current];
    for (uint32_t p = 0; p < q->patches; p++) {
        memcpy(saved[p], (char *)content + q->patch[p].offset, 16);
        memcpy((char *)content + q->patch[p].offset, q->patch[p].value, 16);
        memcpy((char *)DATA + q->patch[p].offset, q->patch[p].value, 16);
    }
    struct fpsimd_context *f = fpsimd(u);
    for (int i = 0; i < 31; i++) u->uc_mcontext.regs[i] = q->x[i];
    u->uc_mcontext.sp = q->sp;
    u->uc_mcontext.pc = CODE + q->slot * STEP + ENTRY;
    u->uc_mcontext.pstate = q->nzcv & 0xf0000000;
    memcpy(f->vregs, q->v, sizeof q->v);
    f->fpcr = q->fpcr;
    f->fpsr = q->fpsr;
}

#define PROT_BTI 0x10 // of arm64's mman.h

static void *map(uint64_t at, size_t bytes, int protection) {
    void *p = mmap((void *)at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p != (void *)at) _exit(2);
    return p;
}

int main(void) {
    for (size_t s = 0; s < SLOTS; s++) {
        uint32_t *page = map(CODE + s * STEP, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
        // Guarded, where there is FEAT_BTI: branches lead to BRK, which may receive any.
        mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC | PROT_BTI);
        for (size_t w = 0; w < PAGE / 4; w++) page[w] = filler(w);
    }
    map(DATA, WINDOW, PROT_READ | PROT_WRITE);
    if (!fill(content, WINDOW)) return 1;
    memcpy((void *)DATA, content, WINDOW);
    mprotect((void *)(DATA + WRITABLE), WINDOW - WRITABLE, PROT_READ);

    static char stack[1 << 17];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, 0);
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    int signals[] = {SIGTRAP, SIGILL, SIGSEGV, SIGBUS, SIGFPE};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);
    __asm__ volatile("brk #0");
    return 5;
}
