#include "report/failures.h"
#include "base/arena.h"
#include "base/text.h"
#include "report/report_impl.h"
#include <stdlib.h>
#include <string.h>

#define NAMES 3 /* so many are named; the others are counted */

/* The failures of one cause, in the order in which they were met. */
typedef struct cause {
    const cyn_failure *items;
    size_t n;
} cause;

void cyn_failures_add_name(cyn_failures *f, const char *name, const cyn_err *error)
{
    if (f->count == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 16;
        cyn_failure *items = cyn_realloc(f->items, cap * sizeof *items);
        if (!items) {
            f->failed = true;
            return;
        }
        f->items = items;
        f->cap = cap;
    }
    f->items[f->count] = (cyn_failure){.name = name, .error = error, .order = f->count};
    f->count++;
}

void cyn_failures_add(cyn_failures *f, const cyn_metric *metric, const cyn_err *error)
{
    cyn_failures_add_name(f, metric->name, error);
}

void cyn_failures_add_points(cyn_failures *f, const cyn_point *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (points[i].failed) cyn_failures_add(f, points[i].metric, points[i].error);
}

void cyn_failures_clear(cyn_failures *f)
{
    cyn_free(f->items);
    *f = (cyn_failures){0};
}

/* ---- Causes ---- */

static int compare_errors(const cyn_err *a, const cyn_err *b)
{
    int file = a == b ? 0 : strcmp(a->file, b->file);
    if (a == b || file) return file;
    if (a->line != b->line) return a->line < b->line ? -1 : 1;
    if (a->column != b->column) return a->column < b->column ? -1 : 1;
    int message = strcmp(a->message, b->message);
    return message ? message : strcmp(a->hint, b->hint);
}

static int by_cause(const void *left, const void *right)
{
    const cyn_failure *a = left, *b = right;
    int order = compare_errors(a->error, b->error);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int by_order(const void *left, const void *right)
{
    const cause *a = left, *b = right;
    return (a->items->order > b->items->order) - (a->items->order < b->items->order);
}

/* What failed alike comes together; the causes keep the order in which they were met. To be freed;
 * NULL without memory. */
static cause *group(cyn_failures *f, size_t *count)
{
    cause *causes = f->failed ? NULL : cyn_calloc(f->count + 1, sizeof *causes);
    *count = 0;
    if (!causes || !f->count) return causes;
    qsort(f->items, f->count, sizeof *f->items, by_cause);
    for (size_t i = 0; i < f->count; i++) {
        if (i == 0 || compare_errors(f->items[i - 1].error, f->items[i].error))
            causes[(*count)++].items = &f->items[i];
        causes[*count - 1].n++;
    }
    qsort(causes, *count, sizeof *causes, by_order);
    return causes;
}

/* ---- Words ---- */

static int by_name(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

/* How many names a cause has; SIZE_MAX without memory. */
static size_t count_names(const cause *c)
{
    const char **names = cyn_calloc(c->n, sizeof *names);
    size_t n = 1;
    if (!names) return SIZE_MAX;
    for (size_t i = 0; i < c->n; i++)
        names[i] = c->items[i].name;
    qsort(names, c->n, sizeof *names, by_name);
    for (size_t i = 1; i < c->n; i++)
        n += strcmp(names[i - 1], names[i]) != 0;
    cyn_free(names);
    return n;
}

/* The first ones, each once. */
static size_t first_names(const cause *c, const char **names, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n && n < most; i++) {
        size_t k = 0;
        while (k < n && strcmp(names[k], c->items[i].name) != 0)
            k++;
        if (k == n) names[n++] = c->items[i].name;
    }
    return n;
}

static const char *kind_of(cyn_failures_of of, bool one, bool ja)
{
    if (of == CYN_FAILURES_OF_RULES) return ja ? "ルール " : one ? "rule " : "rules ";
    return ja ? "指標 " : one ? "metric " : "metrics ";
}

/* "metric 'a'", "metrics 'a' and 'b'", "rules 'a', 'b', 'c' and 10 more". */
static void put_names(const cause *c, cyn_failures_of of, bool ja, cyn_buf *out)
{
    const char *names[NAMES + 1];
    size_t n = count_names(c), named = first_names(c, names, n <= NAMES + 1 ? n : NAMES);
    if (n == SIZE_MAX) {
        out->failed = true;
        return;
    }
    cyn_buf_puts(out, kind_of(of, n == 1, ja));
    for (size_t i = 0; i < named; i++) {
        if (i) cyn_buf_puts(out, ja ? "、" : i + 1 == n ? " and " : ", ");
        cyn_buf_putc(out, '\'');
        cyn_clean_text(names[i], strlen(names[i]), out);
        cyn_buf_putc(out, '\'');
    }
    if (named < n) cyn_buf_printf(out, ja ? " ほか%zu件" : " and %zu more", n - named);
}

/* The error's further lines are set in below its first. */
static void put_cause(const cause *c, cyn_failures_of of, const cyn_report_options *opts,
                      cyn_buf *out)
{
    char text[sizeof *c->items->error];
    cyn_err_format(c->items->error, text, sizeof text);
    cyn_buf_puts(out, opts->format == CYN_FORMAT_MARKDOWN ? "- " : "");
    cyn_buf_puts(out, opts->ascii ? "x " : "✗ ");
    put_names(c, of, cyn_is_japanese(opts->language), out);
    cyn_buf_puts(out, ": ");
    for (const char *line = text;; line++) {
        size_t size = strcspn(line, "\n");
        cyn_clean_text(line, size, out);
        cyn_buf_putc(out, '\n');
        line += size;
        if (!*line) break;
        cyn_buf_puts(out, "  ");
    }
}

void cyn_failures_write(cyn_failures *f, const cyn_report_options *opts, cyn_buf *out)
{
    size_t n;
    cause *causes = group(f, &n);
    if (!causes) out->failed = true;
    for (size_t i = 0; i < n; i++)
        put_cause(&causes[i], f->of, opts, out);
    cyn_free(causes);
}

/* Where memory does not suffice for the names, the cause is said without them. */
void cyn_failures_tell(cyn_failures *f, void (*say)(void *self, const cyn_err *), void *self)
{
    size_t n;
    cause *causes = group(f, &n);
    for (size_t i = 0; i < n; i++) {
        cyn_buf who = {0};
        cyn_err err = *causes[i].items->error;
        put_names(&causes[i], f->of, false, &who);
        if (!who.failed) cyn_context(&err, "%s", who.data);
        say(self, &err);
        cyn_buf_clear(&who);
    }
    cyn_free(causes);
}

typedef struct plain {
    void (*say)(const cyn_err *);
} plain;

static void say_plain(void *self, const cyn_err *err)
{
    const plain *p = self;
    p->say(err);
}

void cyn_failures_say(cyn_failures *f, void (*say)(const cyn_err *))
{
    plain p = {say};
    cyn_failures_tell(f, say_plain, &p);
}
