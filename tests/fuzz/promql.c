/* The query language: an expression over a few series, at an instant and over a range. What is
 * answered has as many points as it may have, at instants that were asked for, and each series
 * once. */
#include "serve/promql.h"
#include "promise.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const cyn_prom_label labels[4][3] = {
    {{"__name__", "m"}, {"x", "1"}, {"y", "a"}},
    {{"__name__", "m"}, {"x", "2"}, {"y", "a"}},
    {{"__name__", "n"}, {"x", "1"}, {"y", "b"}},
    {{"__name__", "n"}, {"x", "2"}, {"y", "\xff"}},
};
static const cyn_prom_sample samples[] = {
    {1000, 3000, 1}, {2000, 4000, -2.5}, {3000, 5000, 1e300}, {4000, 6000, 0}, {9000, 10000, 1},
};

static cyn_code select_all(void *self, const cyn_prom_matcher *m, size_t n, int64_t from,
                           int64_t to, cyn_arena *arena, const cyn_prom_series **out, size_t *count,
                           cyn_err *err)
{
    (void)self, (void)from, (void)to;
    cyn_prom_series *found = CYN_NEW_ARRAY(arena, 4, cyn_prom_series);
    if (!found) return cyn_nomem(err);
    *count = 0;
    for (size_t i = 0; i < 4; i++) {
        cyn_prom_series s = {{labels[i], 3}, samples, 5 - i};
        bool match = false;
        CYN_TRY(cyn_prom_all_match(m, n, s.labels, &match, err));
        if (match) found[(*count)++] = s;
    }
    *out = found;
    return CYN_OK;
}

static void check_row(const cyn_promql_row *row, bool raw)
{
    PROMISE(row->n > 0);
    for (size_t i = 1; i < row->n; i++)
        PROMISE(row->points[i].at > row->points[i - 1].at);
    for (size_t i = 0; i < row->n && !raw; i++)
        PROMISE(row->points[i].at >= 0 && row->points[i].at <= 8000 &&
                row->points[i].at % 1000 == 0);
    for (size_t i = 0; i < row->labels.n; i++) {
        PROMISE(*row->labels.at[i].value);
        PROMISE(i == 0 || strcmp(row->labels.at[i - 1].name, row->labels.at[i].name) < 0);
    }
}

static void run(const cyn_promql *q, cyn_promql_range range, cyn_arena *arena)
{
    const cyn_prom_source source = {NULL, select_all};
    cyn_promql_result result = {0};
    cyn_err err = {0};
    cyn_code rc = cyn_promql_run(q, &range, &source, arena, &result, &err);
    PROMISE(rc == CYN_OK ? err.code == CYN_OK : *err.message != '\0');
    if (rc != CYN_OK) return;
    for (size_t r = 0; r < result.n; r++)
        check_row(&result.rows[r], range.step == 0 && result.type == CYN_PROMQL_MATRIX);
    PROMISE(result.type != CYN_PROMQL_SCALAR || (result.n == 1 && result.rows[0].labels.n == 0));
    PROMISE(result.type != CYN_PROMQL_STRING || result.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cyn_arena *arena = cyn_arena_new((size_t)1 << 21);
    char *text = arena ? cyn_strndup(arena, (const char *)data, size) : NULL;
    cyn_promql *q = NULL;
    cyn_err err = {0};
    if (text) {
        cyn_code rc = cyn_promql_parse(text, arena, &q, &err);
        PROMISE(rc == CYN_OK ? q != NULL : *err.message != '\0');
        if (rc == CYN_OK) {
            run(q, (cyn_promql_range){.start = 4000, .end = 4000}, arena);
            run(q, (cyn_promql_range){.start = 0, .end = 8000, .step = 1000}, arena);
        }
    }
    cyn_arena_free(arena);
    return 0;
}
