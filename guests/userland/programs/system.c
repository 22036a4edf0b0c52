// What a program asks of its system: threads and atomics, signals, jumps, processes, memory protection.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_uint_fast64_t counter;
static uint64_t guarded;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local uint64_t own;

static void *work(void *argument) {
    for (int i = 0; i < 20000; i++) {
        atomic_fetch_add(&counter, 1);
        own++;
        pthread_mutex_lock(&mutex);
        guarded += own & 1;
        pthread_mutex_unlock(&mutex);
    }
    (void)argument;
    return (void *)(uintptr_t)own;
}

static sigjmp_buf back;
static void caught(int number, siginfo_t *about, void *context) {
    (void)about, (void)context;
    siglongjmp(back, number);
}

static double average(int count, ...) {
    va_list list;
    double sum = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++)
        sum += i & 1 ? va_arg(list, double) : va_arg(list, int);
    va_end(list);
    return sum / count;
}

int main(void) {
    pthread_t threads[4];
    uint64_t sum = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (uintptr_t)result;
    }
    printf("threads %llu %llu %llu\n", (unsigned long long)counter, (unsigned long long)guarded, (unsigned long long)sum);

    struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_NODEFER };
    const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGUSR1 };
    for (unsigned i = 0; i < 5; i++)
        sigaction(signals[i], &action, NULL);
    long page = sysconf(_SC_PAGESIZE);
    volatile char *memory = mmap(NULL, page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory[page - 1] = 42;
    mprotect((void *)memory, page, PROT_READ);
    int number = sigsetjmp(back, 1);
    if (!number)
        memory[page - 1] = 1;
    printf("protected %d %d\n", number == SIGSEGV, memory[page - 1]);
    munmap((void *)(memory + page), page);
    number = sigsetjmp(back, 1);
    if (!number)
        printf("%d\n", memory[page]);
    printf("unmapped %d\n", number == SIGSEGV);
#ifdef __aarch64__
    number = sigsetjmp(back, 1);
    if (!number)
        __asm__ volatile("udf #0");
    printf("undefined %d\n", number == SIGILL);
    number = sigsetjmp(back, 1);
    if (!number)
        __asm__ volatile("brk #1000");
    printf("breakpoint %d\n", number == SIGTRAP);
    // Code written at run time: `mov w0, #n; ret`, changed and made visible again many times.
    uint32_t *code = mmap(NULL, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned wrong = 0;
    for (uint32_t i = 0; i < 500; i++) {
        code[i % 64 * 2] = 0x52800000u | i << 5;
        code[i % 64 * 2 + 1] = 0xd65f03c0u;
        __builtin___clear_cache((char *)code, (char *)code + page);
        wrong += ((uint32_t(*)(void))(uintptr_t)&code[i % 64 * 2])() != i;
    }
    printf("generated %u wrong\n", wrong);
#endif
    number = sigsetjmp(back, 1);
    if (!number)
        raise(SIGUSR1);
    printf("raised %d\n", number == SIGUSR1);
    printf("variadic %g\n", average(6, 1, 2.5, 3, 4.5, 5, 6.5));
    int ends[2];
    if (pipe(ends))
        return 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char text[] = "from the child";
        _exit(write(ends[1], text, sizeof text) == sizeof text ? 7 : 1);
    }
    char text[32] = "";
    int status = 0;
    if (read(ends[0], text, sizeof text) < 0)
        return 1;
    waitpid(child, &status, 0);
    printf("process %s %d\n", text, WEXITSTATUS(status));
    return 0;
}
