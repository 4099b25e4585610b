#include "script/zygote.h"
#include "script/script.h"
#include "script/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* One zygote per process, started before there are threads. */
static int zygote_socket = -1;
static pid_t zygote_pid = -1;
/* A request and its reply belong together, whichever threads ask. */
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

#define PASSED       3 /* descriptors of a reply: the worker's socket, its pidfd, its page */
#define CONTROL_SIZE CMSG_SPACE(PASSED * sizeof(int))

/* ---- In the zygote and its workers ---- */

/* Leaves 0, 1, 2 (on /dev/null) and `keep`, which becomes descriptor 3. */
static void close_all_but(int keep)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd < (CYN_SANITIZED ? 2 : 3); fd++)
        dup2(null, fd);
    if (keep != 3) dup2(keep, 3);
    close_range(4, ~0U, 0);
}

/* Secrets may be in the environment; the sanitizers have read theirs already. */
static void wipe_environment(void)
{
    for (char **e = environ; *e; e++)
        if (strncmp(*e, "TZDIR=", 6) != 0) memset(*e, 0, strlen(*e));
}

static _Noreturn void run_worker(int sock, cyn_page *page, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1); /* it died before the line above */
    prctl(PR_SET_NAME, "cyn-worker");
    close_all_but(sock);
    cyn_worker_main(3, page);
}

/* Replies to one request: a byte, with all descriptors, or with none when there is no worker. */
static bool reply(int sock, const int *fds)
{
    union {
        char bytes[CONTROL_SIZE];
        struct cmsghdr align;
    } control = {0};
    char byte = fds ? 'w' : 'x';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fds) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(PASSED * sizeof(int));
        memcpy(CMSG_DATA(c), fds, PASSED * sizeof(int));
    }
    return sendmsg(sock, &m, MSG_NOSIGNAL) == 1;
}

/* The worker in a process of its own; its number, or -1. */
static pid_t start_worker(int sock, int page_fd)
{
    pid_t self = getpid();
    cyn_page *page = cyn_page_map(page_fd);
    if (!page) return -1;
    pid_t pid = fork();
    if (pid == 0) run_worker(sock, page, self);
    cyn_page_unmap(page);
    return pid;
}

static bool fork_worker(int sock)
{
    int pair[2], page = cyn_page_create();
    if (page < 0) return reply(sock, NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        close(page);
        return reply(sock, NULL);
    }
    pid_t pid = start_worker(pair[1], page);
    close(pair[1]);
    /* Only this process reaps, so the number cannot have been given to another process yet. */
    int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    const int fds[PASSED] = {pair[0], pidfd, page};
    bool ok = reply(sock, pidfd >= 0 ? fds : NULL);
    if (pidfd >= 0)
        close(pidfd);
    else if (pid > 0)
        kill(pid, SIGKILL);
    close(pair[0]);
    close(page);
    return ok;
}

static void on_child(int signal_number)
{
    (void)signal_number; /* it only interrupts recv */
}

static _Noreturn void run_zygote(int sock, pid_t parent)
{
    struct sigaction act = {.sa_handler = on_child};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    prctl(PR_SET_NAME, "cyn-zygote");
    close_all_but(sock);
    wipe_environment();
    /* They go to all of a group or a service; the host decides what they mean for scripts. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    sigaction(SIGCHLD, &act, NULL);
    for (;;) {
        char request;
        ssize_t n = recv(3, &request, 1, 0);
        bool interrupted = n < 0 && errno == EINTR;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (interrupted) continue;
        if (n != 1 || !fork_worker(3)) _exit(0);
    }
}

/* ---- In the host ---- */

cyn_code cyn_zygote_start(cyn_err *err)
{
    int pair[2];
    pid_t self = getpid();
    if (zygote_socket >= 0) return CYN_OK;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return cyn_fail_errno(err, "cannot create", "script worker's socket");
    pid_t pid = fork();
    if (pid == 0) run_zygote(pair[1], self);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return cyn_fail_errno(err, "cannot start", "script worker");
    }
    zygote_socket = pair[0];
    zygote_pid = pid;
    return CYN_OK;
}

void cyn_zygote_stop(void)
{
    if (zygote_socket < 0) return;
    close(zygote_socket);
    while (waitpid(zygote_pid, NULL, 0) < 0 && errno == EINTR) /* it may have been reaped above */
        continue;
    zygote_socket = -1;
    zygote_pid = -1;
}

/* The descriptors of a reply; false when there are not exactly as many. */
static bool take_descriptors(struct msghdr *m, cyn_process *out)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    int fds[PASSED];
    if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof fds)) return false;
    memcpy(fds, CMSG_DATA(c), sizeof fds);
    *out = (cyn_process){.socket = fds[0], .pidfd = fds[1], .page = cyn_page_map(fds[2])};
    close(fds[2]);
    return true;
}

bool cyn_zygote_lives(void)
{
    return zygote_pid > 0 && waitpid(zygote_pid, NULL, WNOHANG) == 0;
}

/* Asks for a worker, and waits for the reply; its size, negative when there is none. */
static ssize_t converse(struct msghdr *reply)
{
    const char request = 's';
    ssize_t n = -1;
    pthread_mutex_lock(&asking);
    if (send(zygote_socket, &request, 1, MSG_NOSIGNAL) == 1) {
        do
            n = recvmsg(zygote_socket, reply, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
    }
    pthread_mutex_unlock(&asking);
    return n;
}

cyn_code cyn_zygote_spawn(cyn_process *out, cyn_err *err)
{
    union {
        char bytes[CONTROL_SIZE];
        struct cmsghdr align;
    } control = {0};
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    if (zygote_socket < 0)
        return cyn_fail(err, CYN_E_WORKER, "no script worker can start: cyn_zygote_start() first");
    if (converse(&m) != 1)
        return cyn_fail(err, CYN_E_WORKER, "the process that starts script workers has ended");
    if (byte != 'w' || !take_descriptors(&m, out))
        return cyn_fail(err, CYN_E_WORKER,
                        "no script worker could be started (too many processes or open files, or "
                        "a kernel before Linux 5.3)");
    return CYN_OK;
}

void cyn_process_end(cyn_process *p)
{
    if (p->pidfd >= 0) {
        syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
        close(p->pidfd);
    }
    if (p->socket >= 0) close(p->socket);
    cyn_page_unmap((cyn_page *)(uintptr_t)p->page);
    *p = (cyn_process){.socket = -1, .pidfd = -1};
}
