/* Lists of remarks: added, sorted, counted. */
#include "check/lint.h"
#include <stdlib.h>
#include <string.h>

const char *const cyn_lint_severity_names[CYN_LINT_SEVERITIES] = {"error", "warning", "note"};

void cyn_remarks_init(cyn_remarks *f, cyn_arena *arena)
{
    *f = (cyn_remarks){.arena = arena};
}

/* A copy of the text; a missing one stays missing. */
static const char *kept(cyn_remarks *f, const char *text)
{
    const char *copy = cyn_strdup(f->arena, text);
    if (text && !copy) f->failed = true;
    return copy;
}

void cyn_remarks_add(cyn_remarks *f, const cyn_remark *remark)
{
    cyn_remark *more = cyn_grown(f->arena, f->items, f->count, &f->capacity, sizeof *more);
    if (!more) {
        f->failed = true;
        return;
    }
    f->items = more;
    cyn_remark *copy = &f->items[f->count];
    *copy = *remark;
    copy->place.file = kept(f, remark->place.file);
    copy->message = kept(f, remark->message);
    copy->hint = kept(f, remark->hint);
    copy->metric = kept(f, remark->metric);
    if (copy->message) f->count++;
}

void cyn_remarks_add_error(cyn_remarks *f, const char *id, const char *metric, const cyn_err *error)
{
    cyn_remarks_add(f,
                    &(cyn_remark){
                        .lint = cyn_lint_find(id),
                        .code = error->code,
                        .place = {error->file[0] ? error->file : NULL, error->line, error->column},
                        .message = error->message,
                        .hint = error->hint[0] ? error->hint : NULL,
                        .metric = metric,
                    });
}

static int compare_texts(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int by_file(const void *a, const void *b)
{
    const cyn_remark *x = a, *y = b;
    return compare_texts(x->place.file, y->place.file);
}

/* The worst first, in a file. */
static int compare(const cyn_remark *x, const cyn_remark *y)
{
    int order = by_file(x, y);
    if (!order) order = (int)x->lint->severity - (int)y->lint->severity;
    if (!order) order = (x->place.line > y->place.line) - (x->place.line < y->place.line);
    if (!order) order = (x->place.column > y->place.column) - (x->place.column < y->place.column);
    if (!order) order = strcmp(x->lint->id, y->lint->id);
    return order ? order : strcmp(x->message, y->message);
}

static int by_place(const void *a, const void *b)
{
    return compare(a, b);
}

/* One file's findings: [from, to), and how bad the worst is. */
typedef struct file_run {
    size_t from, to;
    cyn_lint_severity worst;
} file_run;

static int by_worst(const void *a, const void *b)
{
    const file_run *x = a, *y = b;
    if (x->worst != y->worst) return x->worst < y->worst ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static size_t find_runs(const cyn_remarks *f, file_run *runs)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (i == 0 || by_file(&f->items[i - 1], &f->items[i]) != 0)
            runs[n++] = (file_run){.from = i, .worst = CYN_LINT_NOTE};
        runs[n - 1].to = i + 1;
        if (f->items[i].lint->severity < runs[n - 1].worst)
            runs[n - 1].worst = f->items[i].lint->severity;
    }
    return n;
}

static void drop_repeated(cyn_remarks *f)
{
    size_t kept_count = 0;
    for (size_t i = 0; i < f->count; i++)
        if (kept_count == 0 || compare(&f->items[kept_count - 1], &f->items[i]) != 0)
            f->items[kept_count++] = f->items[i];
    f->count = kept_count;
}

void cyn_remarks_sort(cyn_remarks *f)
{
    if (f->count == 0) return;
    qsort(f->items, f->count, sizeof *f->items, by_place);
    drop_repeated(f);
    file_run *runs = CYN_NEW_ARRAY(f->arena, f->count, file_run);
    cyn_remark *sorted = CYN_NEW_ARRAY(f->arena, f->count, cyn_remark);
    if (!runs || !sorted) {
        f->failed = true;
        return;
    }
    size_t n = find_runs(f, runs), at = 0;
    qsort(runs, n, sizeof *runs, by_worst);
    for (size_t i = 0; i < n; at += runs[i].to - runs[i].from, i++)
        memcpy(sorted + at, f->items + runs[i].from, (runs[i].to - runs[i].from) * sizeof *sorted);
    f->items = sorted;
    f->capacity = f->count;
}

size_t cyn_remarks_count(const cyn_remarks *f, cyn_lint_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        n += f->items[i].lint->severity == severity && !f->items[i].silenced;
    return n;
}

size_t cyn_remarks_silenced(const cyn_remarks *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        n += f->items[i].silenced != NULL;
    return n;
}
