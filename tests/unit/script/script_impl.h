/* What the tests of scripts share: loading a few lines, finding what came of them, rows by hand. */
#pragma once
#include "base/time.h"
#include "script/script.h"
#include "test.h"
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

static const char *const test_sources[] = {"events", "orders"};

static inline cyn_script_options test_options(void)
{
    return (cyn_script_options){.timezone = "Asia/Tokyo",
                                .sources = test_sources,
                                .nsources = 2,
                                .load_timeout = 20 * CYN_SECOND,
                                .call_timeout = 20 * CYN_SECOND};
}

/* A script file of a literal text. */
#define SCRIPT(name, text)                                                                         \
    {                                                                                              \
        (name), (text), sizeof(text) - 1                                                           \
    }

/* Loads one script called metrics/a.lua; NULL when that fails. */
static inline cyn_script *load_text(const char *text)
{
    cyn_script_file f = {"metrics/a.lua", text, strlen(text)};
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    cyn_code rc = cyn_script_load(&f, 1, &o, &s, &err);
    CHECK_STR(err.message, "");
    CHECK_INT(rc, CYN_OK);
    return rc == CYN_OK ? s : NULL;
}

/* All errors of the catalog, formatted, one after the other. */
static inline const char *errors_of(const cyn_script *s)
{
    static char out[1900];
    size_t at = 0;
    const cyn_catalog *c = cyn_script_catalog(s);
    out[0] = '\0';
    for (size_t i = 0; i < c->nerrors && at + 400 < sizeof out; i++) {
        if (i) out[at++] = '\n';
        cyn_err_format(&c->errors[i], out + at, sizeof out - at);
        at += strlen(out + at);
    }
    while (at > 0 && out[at - 1] == '\n')
        out[--at] = '\0';
    return out;
}

/* Loads the text, which must give exactly these errors. */
static inline void check_errors(const char *text, const char *expected)
{
    cyn_script *s = load_text(text);
    if (!s) return;
    CHECK_STR(errors_of(s), expected);
    cyn_script_free(s);
}

/* The argument of the metric's formula, which must be one aggregate. */
static inline const cyn_agg *agg_of(const cyn_script *s, const char *metric)
{
    const cyn_catalog *c = cyn_script_catalog(s);
    const cyn_metric *m = cyn_catalog_metric(c, metric);
    return m && m->formula->kind == CYN_FORMULA_AGG ? c->aggs[m->formula->agg] : NULL;
}

/* Name, state and parent of a process; false when there is none. */
static inline bool process_status(int pid, char *state, int *parent)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) return false;
    int n = fscanf(f, "%*d (%*[^)]) %c %d", state, parent);
    fclose(f);
    return n == 2;
}

/* Kills the workers, which are children of this process's child, the zygote, if they are in one of
 * the states; returns how many. */
static inline int kill_workers(const char *states)
{
    int killed = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *d; proc && (d = readdir(proc));) {
        int pid, parent, grand;
        char state, other;
        if (sscanf(d->d_name, "%d", &pid) != 1) continue;
        if (!process_status(pid, &state, &parent) || !strchr(states, state)) continue;
        if (process_status(parent, &other, &grand) && grand == getpid() && kill(pid, SIGKILL) == 0)
            killed++;
    }
    if (proc) closedir(proc);
    return killed;
}
