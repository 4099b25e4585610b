#include "script/confine.h"
#include "script/zygote.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void limit(int which, rlim_t most)
{
    struct rlimit l = {most, most};
    setrlimit((__rlimit_resource_t)which, &l);
}

/* No limit on CPU time: it would count over the worker's whole life, which has no end that could be
 * known. The host kills by the wall clock, which CPU time cannot outrun in one thread. */
static void limit_resources(size_t memory)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 5); /* 0, 1, 2, the socket, and the rows of one call */
    limit(RLIMIT_DATA, memory);
}

#if CYN_HAVE_SECCOMP
#include <seccomp.h>

/* Each with a condition on one argument at most; CYN_ANY for none. */
typedef struct permission {
    int call;
    struct scmp_arg_cmp condition;
    unsigned conditions;
} permission;

static bool allow_all(scmp_filter_ctx filter)
{
    /* Descriptors that exist are the socket and shared rows; mappings are never executable. */
    const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const permission all[] = {
        {SCMP_SYS(read), {0}, 0},
        {SCMP_SYS(write), {0}, 0},
        {SCMP_SYS(recvmsg), {0}, 0},
        {SCMP_SYS(sendmsg), {0}, 0},
        {SCMP_SYS(poll), {0}, 0},
        {SCMP_SYS(ppoll), {0}, 0}, /* poll, where the architecture has no other */
        {SCMP_SYS(close), {0}, 0},
        {SCMP_SYS(lseek), {0}, 0}, /* the size of shared rows */
        {SCMP_SYS(mmap), not_executable, 1},
        {SCMP_SYS(munmap), {0}, 0},
        {SCMP_SYS(mremap), {0}, 0},
        {SCMP_SYS(madvise), {0}, 0},
        {SCMP_SYS(brk), {0}, 0},
        {SCMP_SYS(sysinfo), {0}, 0}, /* qsort of the C library asks how much memory there is */
        {SCMP_SYS(clock_gettime), {0}, 0},
        {SCMP_SYS(setitimer), {0}, 0},
        {SCMP_SYS(rt_sigreturn), {0}, 0},
        {SCMP_SYS(restart_syscall), {0}, 0},
        {SCMP_SYS(futex), {0}, 0},
        {SCMP_SYS(exit), {0}, 0},
        {SCMP_SYS(exit_group), {0}, 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, all[i].call, all[i].conditions,
                                   &all[i].condition) != 0)
            return false;
    return true;
}

static bool filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter) return false;
    bool ok = allow_all(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok;
}
#else
static bool filter_calls(void)
{
    return false;
}
#endif

bool cyn_confine(size_t memory)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* The sanitizers map terabytes, write reports and start threads; so neither line can hold
     * there, and nobody needs to be told. */
    if (CYN_SANITIZED) return true;
    limit_resources(memory);
    return filter_calls();
}
