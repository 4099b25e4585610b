/* A program of the person's own: the message is JSON on its standard input, and how it ends says
 * what became of it: 0 it was sent, 65 (EX_DATAERR of sysexits.h) it never will be, anything else
 * it may be tried again.
 *
 * It runs without a shell, in the project's folder, in a process group of its own, with a short
 * environment: none of the secrets that this process was started with. What it writes to standard
 * error is read, so that a pipe never fills up, and its first line is shown. */
#include "notify/message_impl.h"
#include "notify/send_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_REFUSED 65
#define POLL         20 /* milliseconds */
#define ERROR_CELLS  120

typedef struct child {
    pid_t pid;
    int input, errors[2]; /* -1: none */
    char said[512];       /* the beginning of its standard error */
    size_t nsaid;
} child;

static void close_fd(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* A file in memory: the program may read it whenever and as far as it likes. */
static int open_input(const cyn_buf *body)
{
    int fd = memfd_create("cynosure-message", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < body->len;) {
        ssize_t n = write(fd, body->data + done, body->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) close_fd(&fd);
        if (n > 0) done += (size_t)n;
    }
    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) close_fd(&fd);
    return fd;
}

/* Starting */

static bool add_variable(cyn_arena *a, const char *name, const char *value, char **environment,
                         size_t *n)
{
    if (!value) return true;
    environment[*n] = cyn_sprintf(a, "%s=%s", name, value);
    return environment[(*n)++] != NULL;
}

/* What programs need to find others and to write texts, and which message it is. */
static bool make_environment(const cyn_sending *s, cyn_arena *a, char **environment)
{
    static const char *const kept[] = {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"};
    size_t n = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof kept / sizeof *kept; i++)
        ok = add_variable(a, kept[i], getenv(kept[i]), environment, &n);
    return ok && add_variable(a, "CYNOSURE_KEY", s->m->key, environment, &n) &&
           add_variable(a, "CYNOSURE_CHANNEL", s->channel->name, environment, &n);
}
#define ENVIRONMENT 10

/* 0 or an error number. */
static int set_actions(posix_spawn_file_actions_t *actions, const child *c, const char *dir)
{
    int rc = posix_spawn_file_actions_adddup2(actions, c->input, STDIN_FILENO);
    if (!rc)
        rc = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!rc) rc = posix_spawn_file_actions_adddup2(actions, c->errors[1], STDERR_FILENO);
    if (!rc) rc = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    if (!rc) rc = posix_spawn_file_actions_addchdir_np(actions, dir);
    return rc;
}

/* No signal is held back or ignored in it, whatever this thread does. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int rc = posix_spawnattr_setpgroup(attributes, 0);
    if (!rc) rc = posix_spawnattr_setsigmask(attributes, &none);
    if (!rc) rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (!rc)
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF);
    return rc;
}

static int spawn(const cyn_sending *s, child *c, char *const *arguments, char *const *environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc) return rc;
    rc = posix_spawnattr_init(&attributes);
    if (!rc) {
        rc = set_actions(&actions, c, s->look->dir);
        if (!rc) rc = set_attributes(&attributes);
        if (!rc)
            rc = posix_spawnp(&c->pid, arguments[0], &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* The program and its arguments, as exec wants them. */
static char **make_arguments(const cyn_config_channel *channel, cyn_arena *a)
{
    char **arguments = CYN_NEW_ARRAY(a, channel->ncommand + 1, char *);
    for (size_t i = 0; arguments && i < channel->ncommand; i++) {
        arguments[i] = cyn_strdup(a, channel->command[i]);
        if (!arguments[i]) return NULL;
    }
    return arguments;
}

/* *problem: an error number, 0 once it runs. */
static cyn_code start(const cyn_sending *s, child *c, int *problem, cyn_err *err)
{
    cyn_arena *a = cyn_arena_new(0);
    char *environment[ENVIRONMENT] = {NULL};
    char **arguments = a ? make_arguments(s->channel, a) : NULL;
    bool ok = arguments && make_environment(s, a, environment);
    if (ok) {
        *problem = 0;
        c->input = open_input(s->body);
        if (c->input < 0 || pipe2(c->errors, O_CLOEXEC | O_NONBLOCK) != 0) *problem = errno;
        if (!*problem) *problem = spawn(s, c, arguments, environment);
        close_fd(&c->input);
        close_fd(&c->errors[1]);
    }
    cyn_arena_free(a);
    return ok ? CYN_OK : cyn_nomem(err);
}

/* Waiting */

/* Reads what there is, and keeps the beginning; waits a moment where there is nothing. */
static void hear(child *c)
{
    char data[4096];
    struct pollfd fd = {.fd = c->errors[0], .events = POLLIN};
    poll(&fd, 1, POLL);
    if (c->errors[0] < 0 || !fd.revents) return;
    ssize_t n = read(c->errors[0], data, sizeof data);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        close_fd(&c->errors[0]);
        return;
    }
    size_t room = sizeof c->said - 1 - c->nsaid, kept = (size_t)n < room ? (size_t)n : room;
    memcpy(c->said + c->nsaid, data, kept);
    c->nsaid += kept;
}

static bool has_ended(const child *c, int *status)
{
    return waitpid(c->pid, status, WNOHANG) == c->pid;
}

/* True when it ended by itself; otherwise it and all that it started are killed. */
static bool wait_for(const cyn_sending *s, child *c, int *status, bool *cancelled)
{
    int64_t deadline = cyn_monotonic() + s->channel->timeout;
    while (!has_ended(c, status)) {
        *cancelled = s->cancel && atomic_load_explicit(s->cancel, memory_order_relaxed);
        if (!*cancelled && cyn_monotonic() < deadline) {
            hear(c);
            continue;
        }
        kill(-c->pid, SIGKILL);
        while (waitpid(c->pid, status, 0) < 0 && errno == EINTR)
            ;
        return false;
    }
    for (size_t before = c->nsaid + 1; c->errors[0] >= 0 && before != c->nsaid;) {
        before = c->nsaid; /* what it said last */
        hear(c);
    }
    return true;
}

/* ": no route to the pager", or nothing. An argument may be a secret, so that a line with one in it
 * is not shown. */
static void put_said(const cyn_sending *s, child *c, cyn_buf *out)
{
    c->said[c->nsaid] = '\0';
    c->said[strcspn(c->said, "\n")] = '\0';
    if (!c->said[0]) return;
    for (size_t i = 1; i < s->channel->ncommand; i++)
        if (strlen(s->channel->command[i]) >= 6 && strstr(c->said, s->channel->command[i])) return;
    cyn_buf_puts(out, ": ");
    cyn_put_line(c->said, ERROR_CELLS, out);
}

static cyn_code judge(const cyn_sending *s, child *c, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return cyn_sent(s, CYN_NOTIFY_SENT, "exit 0");
    cyn_buf said = {0};
    put_said(s, c, &said);
    const char *text = said.data ? said.data : "";
    if (WIFSIGNALED(status))
        (void)cyn_sent(s, CYN_NOTIFY_LATER, "killed by signal %d%s", WTERMSIG(status), text);
    else
        (void)cyn_sent(s,
                       WEXITSTATUS(status) == EXIT_REFUSED ? CYN_NOTIFY_REFUSED : CYN_NOTIFY_LATER,
                       "exit %d%s", WEXITSTATUS(status), text);
    cyn_buf_clear(&said);
    return CYN_OK;
}

cyn_code cyn_send_command(const cyn_sending *s, cyn_err *err)
{
    child c = {.input = -1, .errors = {-1, -1}};
    int problem = 0, status = 0;
    bool cancelled = false;
    cyn_code rc = start(s, &c, &problem, err);
    if (rc == CYN_OK && problem)
        rc = cyn_sent(s, CYN_NOTIFY_LATER, "cannot run it: %s", strerror(problem));
    else if (rc == CYN_OK && wait_for(s, &c, &status, &cancelled))
        rc = judge(s, &c, status);
    else if (rc == CYN_OK && cancelled)
        rc = cyn_fail(err, CYN_E_CANCEL, "interrupted while sending");
    else if (rc == CYN_OK)
        rc = cyn_sent(s, CYN_NOTIFY_LATER, "timed out");
    close_fd(&c.errors[0]);
    return rc;
}
