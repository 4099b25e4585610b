/* Answers expressions over series from a file, for prometheus.py.
 *
 *     promql SERIES < QUERIES
 *
 * SERIES has a sample a line, those of a series by time: milliseconds, value, then names and values
 * of labels, in the order of the names; all with tabs between. QUERIES has a query a line: start,
 * end, step (0: an instant) and lookback in milliseconds, then the expression, with tabs between.
 * The answer is a line of JSON each.
 */
#include "serve/prometheus_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_MOST = 16 };

typedef struct store {
    cyn_arena *arena;
    cyn_prom_series *series;
    size_t n, room;
    size_t samples_room;
} store;

static void *need(void *p)
{
    if (!p) abort();
    return p;
}

static bool same(cyn_prom_labels a, const cyn_prom_label *b, size_t n)
{
    if (a.n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a.at[i].name, b[i].name) != 0 || strcmp(a.at[i].value, b[i].value) != 0)
            return false;
    return true;
}

static void add_series(store *s, const cyn_prom_label *labels, size_t n)
{
    cyn_prom_label *copy = need(CYN_NEW_ARRAY(s->arena, n + 1, cyn_prom_label));
    for (size_t i = 0; i < n; i++)
        copy[i] = (cyn_prom_label){need(cyn_strdup(s->arena, labels[i].name)),
                                   need(cyn_strdup(s->arena, labels[i].value))};
    s->series = need(cyn_grown(s->arena, s->series, s->n, &s->room, sizeof *s->series));
    s->series[s->n++] = (cyn_prom_series){.labels = {copy, n}};
    s->samples_room = 0;
}

static void add_sample(store *s, char *line)
{
    cyn_prom_label labels[LABELS_MOST];
    char *at = strsep(&line, "\t"), *value = strsep(&line, "\t");
    size_t n = 0;
    while (line && n < LABELS_MOST) {
        labels[n].name = strsep(&line, "\t");
        labels[n++].value = need(strsep(&line, "\t"));
    }
    if (s->n == 0 || !same(s->series[s->n - 1].labels, labels, n)) add_series(s, labels, n);
    cyn_prom_series *to = &s->series[s->n - 1];
    void *old = (void *)(uintptr_t)to->samples;
    cyn_prom_sample *more = need(cyn_grown(s->arena, old, to->n, &s->samples_room, sizeof *more));
    more[to->n++] = (cyn_prom_sample){atoll(at), INT64_MAX, strtod(value, NULL)};
    to->samples = more;
}

static cyn_code select_series(void *self, const cyn_prom_matcher *m, size_t n, int64_t from,
                              int64_t to, cyn_arena *arena, const cyn_prom_series **out,
                              size_t *count, cyn_err *err)
{
    const store *s = self;
    (void)from, (void)to;
    cyn_prom_series *found = CYN_NEW_ARRAY(arena, s->n + 1, cyn_prom_series);
    if (!found) return cyn_nomem(err);
    *count = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool match = false;
        CYN_TRY(cyn_prom_all_match(m, n, s->series[i].labels, &match, err));
        if (match) found[(*count)++] = s->series[i];
    }
    *out = found;
    return CYN_OK;
}

static void answer(store *s, char *line)
{
    cyn_prom_source source = {s, select_series};
    cyn_arena *arena = need(cyn_arena_new((size_t)1 << 28));
    cyn_promql *q = NULL;
    cyn_promql_range r = {0};
    cyn_promql_result result = {0};
    cyn_err err = {0};
    cyn_buf out = {0};
    r.start = atoll(strsep(&line, "\t"));
    r.end = atoll(strsep(&line, "\t"));
    r.step = atoll(strsep(&line, "\t"));
    r.lookback = atoll(strsep(&line, "\t"));
    cyn_code rc = cyn_promql_parse(line, arena, &q, &err);
    if (rc == CYN_OK) rc = cyn_promql_run(q, &r, &source, arena, &result, &err);
    if (rc == CYN_OK) {
        cyn_prometheus_json_result(&result, r.start, &out);
    } else {
        cyn_buf_printf(&out, "{\"error\":");
        cyn_buf_json_string(&out, err.message, strlen(err.message));
        cyn_buf_printf(&out, ",\"code\":\"%s\"}", cyn_code_name(rc));
    }
    puts(out.data);
    fflush(stdout);
    cyn_buf_clear(&out);
    cyn_arena_free(arena);
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    if (!f) {
        fprintf(stderr, "usage: promql SERIES < QUERIES\n");
        return 2;
    }
    store s = {.arena = need(cyn_arena_new(0))};
    while ((n = getline(&line, &room, f)) > 0) {
        line[n - 1] = '\0';
        add_sample(&s, line);
    }
    fclose(f);
    while ((n = getline(&line, &room, stdin)) > 0) {
        line[n - 1] = '\0';
        answer(&s, line);
    }
    free(line);
    cyn_arena_free(s.arena);
    return 0;
}
