// Processes: made, replaced, and talking through pipes on one CPU.
#include "suite.h"
#include <sys/wait.h>
#include <unistd.h>

static uint64_t wait_for(pid_t child)
{
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        die("fork or wait");
    return status;
}

static uint64_t fork_exit(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(i & 7);
        sum += wait_for(child);
    }
    return sum;
}

static uint64_t fork_exec(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", "suite", "exit", (char *)0);
            _exit(1);
        }
        sum += 1 + wait_for(child);
    }
    return sum;
}

static uint64_t ping_pong(void)
{
    int there[2], back[2];
    if (pipe(there) || pipe(back))
        die("pipe");
    pid_t child = fork();
    uint64_t value = 1;
    if (child == 0) {
        close(there[1]);
        while (read(there[0], &value, 8) == 8) {
            value = value * 3 + 1;
            if (write(back[1], &value, 8) != 8)
                break;
        }
        _exit(0);
    }
    close(there[0]);
    for (int i = 0; i < 4000; i++)
        if (write(there[1], &value, 8) != 8 || read(back[0], &value, 8) != 8)
            die("ping-pong");
    close(there[1]);
    wait_for(child);
    close(back[0]), close(back[1]);
    return value;
}

const struct bench process_benches[] = {
    { "exec/fork", 0, fork_exit, 0 }, { "exec/fork-exec", 0, fork_exec, 0 }, { "pipe/ping-pong", 0, ping_pong, 0 }, { 0 },
};
