/* Which files of the project are others than those that are in use: for the log. */
#include "base/buf.h"
#include "base/hash.h"
#include "serve/daemon_impl.h"
#include <stdio.h>
#include <string.h>

#define NAMED 3 /* files in the line of the log */

static const char *const yaml_files[CYN_YAML_FILES] = {"cynosure.yaml", "kpis.yaml",
                                                       "dictionary.yaml", "okrs.yaml"};

/* ---- what they hold ---- */

/* 0: there is none, or it cannot be read. */
static uint64_t print_of(const char *dir, const char *name)
{
    char part[16384];
    uint64_t print = 0;
    size_t n;
    cyn_buf path = {0};
    cyn_buf_printf(&path, "%s/%s", dir, name);
    FILE *f = path.failed ? NULL : fopen(path.data, "re");
    cyn_buf_clear(&path);
    if (!f) return 0;
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        print = cyn_hash64(part, n, print);
    fclose(f);
    return print | 1;
}

cyn_yaml_prints cyn_daemon_yaml(const char *dir)
{
    cyn_yaml_prints p;
    for (size_t i = 0; i < CYN_YAML_FILES; i++)
        p.of[i] = print_of(dir, yaml_files[i]);
    return p;
}

/* ---- what differs ---- */

typedef struct changes {
    cyn_buf *out;
    size_t count;
} changes;

static void add(changes *c, const char *name, bool was, bool is)
{
    const char *how = !was ? "added" : !is ? "removed" : "changed";
    c->count++;
    if (c->count <= NAMED) cyn_buf_printf(c->out, "%s%s %s", c->count > 1 ? ", " : "", name, how);
}

static const cyn_project_script *find(const cyn_project *p, const char *name)
{
    for (size_t i = 0; i < p->nscripts; i++)
        if (strcmp(p->scripts[i].name, name) == 0) return &p->scripts[i];
    return NULL;
}

static bool is_same(const cyn_project_script *a, const cyn_project_script *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

void cyn_daemon_changes(const cyn_project *was, const cyn_yaml_prints *before,
                        const cyn_project *is, const cyn_yaml_prints *after, cyn_buf *out)
{
    changes c = {.out = out};
    for (size_t i = 0; i < CYN_YAML_FILES; i++)
        if (before->of[i] != after->of[i])
            add(&c, yaml_files[i], before->of[i] != 0, after->of[i] != 0);
    for (size_t i = 0; i < is->nscripts; i++) {
        const cyn_project_script *old = find(was, is->scripts[i].name);
        if (!old || !is_same(old, &is->scripts[i])) add(&c, is->scripts[i].name, old != NULL, true);
    }
    for (size_t i = 0; i < was->nscripts; i++)
        if (!find(is, was->scripts[i].name)) add(&c, was->scripts[i].name, true, false);
    if (c.count > NAMED) cyn_buf_printf(out, " and %zu more", c.count - NAMED);
}
