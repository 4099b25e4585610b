#include "app/session.h"
#include "app/frame.h"
#include "base/spill.h"
#include "base/time.h"
#include <errno.h>
#include <langinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

atomic_bool cyn_interrupted;

static void on_interrupt(int sig)
{
    (void)sig;
    atomic_store(&cyn_interrupted, true);
}

void cyn_catch_interrupt(void)
{
    /* One Ctrl-C asks to stop; a second one finds the default action and ends the process. */
    struct sigaction sa = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

/* "512M" → bytes; 0 when it is none. */
static uint64_t parse_size(const char *text)
{
    char *end;
    double n = strtod(text, &end);
    const char *units = "KMGT", *unit = *end ? strchr(units, *end) : NULL;
    if (end == text || !(n > 0) || (*end && !unit) || (unit && end[1])) return 0;
    for (long k = unit ? unit - units + 1 : 0; k > 0; k--)
        n *= 1024;
    return n < 9e18 ? (uint64_t)n : 0;
}

/* What goes beyond the limit lies in a file beside those of the project. */
static void spill_within(const cyn_args *args, uint64_t bytes)
{
    cyn_arena *arena = cyn_arena_new(0);
    const char *folder =
        arena ? cyn_sprintf(arena, "%s/.cynosure", cyn_find_project(args, arena)) : NULL;
    cyn_spill_limit(bytes);
    if (folder) cyn_spill_into(folder);
    cyn_arena_free(arena);
}

/* A thread's stack counts for the limit with all that it could become. */
static void spare_stacks(uint64_t bytes)
{
    const size_t least = (size_t)2 << 20, wanted = bytes / 64 > least ? bytes / 64 : least;
    pthread_attr_t attr;
    size_t size;
    if (pthread_getattr_default_np(&attr) != 0) return;
    if (pthread_attr_getstacksize(&attr, &size) == 0 && wanted < size &&
        pthread_attr_setstacksize(&attr, wanted) == 0)
        (void)pthread_setattr_default_np(&attr);
    pthread_attr_destroy(&attr);
}

int cyn_limit_memory(const cyn_args *args)
{
    const char *text = cyn_arg(args, "memory");
    if (!text) return CYN_EXIT_OK;
    uint64_t bytes = parse_size(text);
    if (bytes == 0)
        return cyn_usage_error(args, "--memory %s: expected a size such as 512M or 2G", text);
    /* Private writable memory only: what is mapped of files is the system's to drop. */
    struct rlimit limit = {bytes, bytes};
    spill_within(args, bytes);
    spare_stacks(bytes);
    if (setrlimit(RLIMIT_DATA, &limit) == 0) return CYN_EXIT_OK;
    fprintf(stderr, "error: --memory %s: %s\n", text, strerror(errno));
    return CYN_EXIT_FAILED;
}

static bool colour_wanted(const char *when, int fd)
{
    if (when && strcmp(when, "always") == 0) return true;
    if (when && strcmp(when, "never") == 0) return false;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && no[0]) && !(term && strcmp(term, "dumb") == 0);
}

bool cyn_use_colour(const cyn_args *args)
{
    return colour_wanted(cyn_arg(args, "color"), STDOUT_FILENO);
}

size_t cyn_terminal_width(void)
{
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    long n = columns ? strtol(columns, NULL, 10) : 0;
    return n > 0 && n < 10000 ? (size_t)n : 0;
}

bool cyn_terminal_ascii(void)
{
    /* The C locale of a bare container says ASCII, but what reads its pipe wants UTF-8. */
    return isatty(STDOUT_FILENO) && strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* The project of the session that is open: whose scripts errors are about. */
static const cyn_project *open_now;

void cyn_put_finding(const char *word, const char *sgr, const cyn_err *err, cyn_buf *out)
{
    char text[2048];
    cyn_err plain = *err;
    plain.hint[0] = '\0'; /* it follows the line that the message is about */
    cyn_err_format(&plain, text, sizeof text);
    cyn_buf_printf(out, "%s%s:%s %s\n", sgr, word, sgr[0] ? "\033[0m" : "", text);
    cyn_add_frame(open_now, err, out);
    if (err->hint[0]) cyn_buf_printf(out, "  hint: %s\n", err->hint);
}

static void print_finding(const char *word, const char *sgr, const cyn_err *err)
{
    cyn_buf out = {0};
    cyn_put_finding(word, colour_wanted(NULL, STDERR_FILENO) ? sgr : "", err, &out);
    if (out.failed)
        fprintf(stderr, "%s: %s\n", word, err->message);
    else
        fwrite(out.data, 1, out.len, stderr);
    cyn_buf_clear(&out);
}

void cyn_print_error(const cyn_err *err)
{
    print_finding("error", "\033[31m", err);
}

void cyn_print_note(const cyn_err *note)
{
    print_finding("note", "\033[33m", note);
}

static void hint_memory(void)
{
    const cyn_spill_use use = cyn_spill_used();
    fputs("  hint: --memory sets how much may be used\n", stderr);
    if (use.error)
        fprintf(stderr, "  hint: what goes beyond it finds no room in a file: %s\n",
                strerror(use.error));
}

int cyn_fail_exit(const cyn_err *err)
{
    if (err->code == CYN_E_CANCEL) {
        fputs("interrupted\n", stderr);
        return CYN_EXIT_CANCELLED;
    }
    cyn_print_error(err);
    if (err->code == CYN_E_NOMEM) hint_memory();
    return err->code == CYN_E_USAGE || err->code == CYN_E_NAME ? CYN_EXIT_USAGE : CYN_EXIT_FAILED;
}

int cyn_print(cyn_buf *b)
{
    int rc = CYN_EXIT_OK;
    if (b->failed) {
        cyn_err err = {0};
        (void)cyn_nomem(&err);
        rc = cyn_fail_exit(&err);
    } else if (b->len && (fwrite(b->data, 1, b->len, stdout) != b->len || fflush(stdout) != 0)) {
        if (errno != EPIPE) {
            fprintf(stderr, "error: cannot write the output: %s\n", strerror(errno));
            rc = CYN_EXIT_FAILED;
        }
    }
    cyn_buf_clear(b);
    return rc;
}

const char *cyn_find_project(const cyn_args *args, cyn_arena *arena)
{
    const char *given = cyn_arg(args, "project");
    if (given) return given;
    char up[256] = ".";
    for (int depth = 0; depth < 32; depth++) {
        char *path = cyn_sprintf(arena, "%s/cynosure.yaml", up);
        if (path && access(path, F_OK) == 0) return cyn_strdup(arena, up);
        size_t n = strlen(up);
        snprintf(up + n, sizeof up - n, "/..");
    }
    return ".";
}

/* One line that is written over: how far, how fast, how long still. Quiet for loads under a second.
 */
static void show_progress(void *self, const char *source, int64_t done, int64_t total)
{
    static const char *shown;
    static int64_t began;
    (void)self;
    int64_t now = cyn_monotonic();
    if (shown != source) began = now;
    shown = source;
    double seconds = (double)(now - began) / 1e6;
    if (seconds < 1) return;
    double rate = (double)done / seconds;
    fprintf(stderr, "\r\033[Kloading %s: %.0f MB, %.0f MB/s", source, (double)done / 1e6,
            rate / 1e6);
    if (total > done && rate > 0)
        fprintf(stderr, ", %d %%, %.0f s left", (int)(100.0 * (double)done / (double)total),
                (double)(total - done) / rate);
    if (total > 0 && done >= total) fputs("\r\033[K", stderr);
}

static void no_progress(void *self, const char *source, int64_t done, int64_t total)
{
    (void)self, (void)source, (void)done, (void)total;
}

/* Workers may be started at any time; it is said once. */
static void note_unfiltered(cyn_session *s)
{
    cyn_err note = {0};
    if (s->unfiltered || s->project->nscripts == 0 || cyn_script_is_filtered(s->script)) return;
    s->unfiltered = true;
    (void)cyn_fail(&note, CYN_E_UNSUPPORTED,
                   "this system or this build has no system-call filter (seccomp): scripts run "
                   "under resource limits only");
    cyn_print_note(&note);
}

/* How the scripts are loaded. */
typedef enum loading { KEPT, ANEW, WITH_TESTS } loading;

static int open_project(cyn_session *s, const cyn_args *args, loading how)
{
    const bool cache = !cyn_arg(args, "no-cache");
    const cyn_open_options options = {.tests = how == WITH_TESTS,
                                      .keep = how == KEPT && cache,
                                      .library = getenv("CYNOSURE_LUA"),
                                      .cancel = &cyn_interrupted};
    cyn_err err = {0};
    cyn_code rc = cyn_open(cyn_find_project(args, s->arena), &options, &s->opened, &err);
    if (s->opened) {
        s->project = s->opened->project;
        s->script = s->opened->script;
        s->findings = s->opened->findings;
        open_now = s->project;
    }
    if (rc == CYN_E_CANCEL) return cyn_fail_exit(&err);
    if (rc != CYN_OK) return CYN_EXIT_PROJECT;
    note_unfiltered(s);
    rc = cyn_dataset_new(s->project, &s->progress, &s->data, &err);
    if (rc == CYN_OK && cache) cyn_dataset_use_cache(s->data);
    if (rc == CYN_OK) return CYN_EXIT_OK;
    cyn_err_list_add(&s->findings, &err);
    return CYN_EXIT_PROJECT;
}

static int open_session(cyn_session *s, const cyn_args *args, bool quiet, loading how)
{
    *s = (cyn_session){.progress = {.update = isatty(STDERR_FILENO) ? show_progress : no_progress,
                                    .cancel = &cyn_interrupted}};
    s->arena = cyn_arena_new(0);
    if (!s->arena) {
        fputs("error: out of memory\n", stderr);
        return CYN_EXIT_FAILED;
    }
    cyn_err_list_init(&s->findings, s->arena);
    int rc = open_project(s, args, how);
    if (rc == CYN_EXIT_PROJECT && s->findings.count == 0) { /* there was no room to say why */
        cyn_err err = {0};
        (void)cyn_nomem(&err);
        return cyn_fail_exit(&err);
    }
    for (size_t i = 0; !quiet && i < s->findings.count; i++)
        cyn_print_error(&s->findings.items[i]);
    return rc;
}

int cyn_session_open(cyn_session *s, const cyn_args *args, bool quiet)
{
    return open_session(s, args, quiet, KEPT);
}

int cyn_session_open_anew(cyn_session *s, const cyn_args *args, bool quiet)
{
    return open_session(s, args, quiet, ANEW);
}

int cyn_session_open_with_tests(cyn_session *s, const cyn_args *args, bool quiet)
{
    return open_session(s, args, quiet, WITH_TESTS);
}

void cyn_session_close(cyn_session *s)
{
    if (s->data) cyn_dataset_finish(s->data);
    for (size_t i = 0; s->data && i < s->data->notes.count; i++)
        cyn_print_note(&s->data->notes.items[i]);
    cyn_dataset_free(s->data);
    if (s->script) note_unfiltered(s);
    open_now = NULL;
    cyn_opened_unref(s->opened);
    cyn_arena_free(s->arena);
}
