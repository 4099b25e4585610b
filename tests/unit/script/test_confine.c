/* The outer line of defence: a confined process that asks for anything else is killed. */
#include "base/arena.h"
#include "script/confine.h"
#include "script/zygote.h"
#include "test.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEMORY ((size_t)256 << 20)

static void open_file(void)
{
    (void)!open("/etc/passwd", O_RDONLY);
}

static void open_at(void)
{
    syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

static void make_file(void)
{
    syscall(SYS_openat, AT_FDCWD, "/tmp/cynosure-escaped", O_CREAT | O_WRONLY, 0600);
}

static void look_at_file(void)
{
    (void)!access("/etc/passwd", R_OK);
}

static void make_socket(void)
{
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void connect_somewhere(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    (void)!connect(3, (struct sockaddr *)&a, sizeof a);
}

static void run_program(void)
{
    char *const nothing[] = {NULL};
    (void)!execve("/bin/true", nothing, nothing);
}

static void fork_process(void)
{
    (void)!syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void trace_parent(void)
{
    ptrace(PTRACE_ATTACH, getppid(), 0, 0);
}

static void kill_parent(void)
{
    kill(getppid(), 0);
}

static void map_code(void)
{
    (void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_code(void)
{
    static char page[8192];
    mprotect((void *)(((uintptr_t)page + 4095) & ~(uintptr_t)4095), 4096, PROT_READ | PROT_EXEC);
}

static void raise_a_limit(void)
{
    struct rlimit l = {1000, 1000};
    setrlimit(RLIMIT_NOFILE, &l);
}

static void duplicate_descriptor(void)
{
    (void)!dup(0);
}

/* What a worker does all day: memory, time, timer, its descriptors. */
static void work(void)
{
    for (size_t n = 1; n < 8 << 20; n *= 2) {
        char *p = malloc(n);
        if (p) p = realloc(p, 2 * n + 1);
        if (p) memset(p, 1, n);
        free(p);
    }
    struct itimerval t = {.it_value = {.tv_sec = 100}};
    setitimer(ITIMER_REAL, &t, NULL);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    (void)!write(2, "", 0);
}

static void *volatile taken_last; /* so that no compiler leaves the allocations out */

static void take_too_much(void)
{
    for (size_t taken = 0; taken < 2 * MEMORY; taken += 1 << 20)
        if (!(taken_last = malloc(1 << 20))) _exit(7);
}

/* The status of a confined child that does this and then ends with 42. */
static int status_of(void (*act)(void))
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (!cyn_confine(MEMORY)) _exit(1);
        act();
        _exit(42);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void check_killed(void (*act)(void), const char *what)
{
    int status = status_of(act);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    if (!killed) printf("# %s: status %#x\n", what, (unsigned)status);
    CHECK(killed);
}

#define KILLED(act) check_killed(act, #act)

static void test_files_are_out_of_reach(void)
{
    KILLED(open_file);
    KILLED(open_at);
    KILLED(make_file);
    KILLED(look_at_file);
    KILLED(duplicate_descriptor);
}

static void test_the_network_is_out_of_reach(void)
{
    KILLED(make_socket);
    KILLED(connect_somewhere);
}

static void test_processes_are_out_of_reach(void)
{
    KILLED(run_program);
    KILLED(fork_process);
    KILLED(trace_parent);
    KILLED(kill_parent);
}

static void test_no_memory_becomes_code(void)
{
    KILLED(map_code);
    KILLED(make_code);
}

static void test_limits_stay(void)
{
    KILLED(raise_a_limit);
    int status = status_of(take_too_much);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void test_a_workers_own_calls_pass(void)
{
    int status = status_of(work);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

int main(void)
{
    int status = status_of(work);
    if (CYN_SANITIZED || (WIFEXITED(status) && WEXITSTATUS(status) == 1)) {
        printf("1..0 # SKIP %s\n", CYN_SANITIZED ? "the sanitizers need more system calls"
                                                 : "no system-call filter on this system");
        return 0;
    }
    RUN(test_a_workers_own_calls_pass);
    RUN(test_files_are_out_of_reach);
    RUN(test_the_network_is_out_of_reach);
    RUN(test_processes_are_out_of_reach);
    RUN(test_no_memory_becomes_code);
    RUN(test_limits_stay);
    return test_end();
}
