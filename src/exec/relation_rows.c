#include "exec/parallel.h"
#include "exec/relation_impl.h"
#include <string.h>

/* ---- sorting ---- */

typedef struct keyed_row {
    uint64_t key;
    uint32_t row, marks;
} keyed_row;

/* One pass of a radix sort, stable: by byte `shift / 8` of the key. False when all have the same.
 */
static bool sort_by_byte(const keyed_row *from, keyed_row *to, size_t n, int shift)
{
    size_t next[256] = {0}, total = 0;
    for (size_t i = 0; i < n; i++)
        next[from[i].key >> shift & 255]++;
    if (next[from[0].key >> shift & 255] == n) return false;
    for (size_t v = 0; v < 256; v++) {
        size_t count = next[v];
        next[v] = total;
        total += count;
    }
    for (size_t i = 0; i < n; i++)
        to[next[from[i].key >> shift & 255]++] = from[i];
    return true;
}

cyn_code cyn_relation_sort(const cyn_relation_run *run, const cyn_column *key, uint32_t *row,
                           uint32_t *marks, size_t n, cyn_err *err)
{
    size_t i = 1;
    while (i < n && cyn_column_integer(key, row[i - 1]) <= cyn_column_integer(key, row[i]))
        i++;
    if (i >= n) return CYN_OK; /* most sources are in the order of their time */
    keyed_row *from = cyn_malloc(n * sizeof *from), *to = cyn_malloc(n * sizeof *to);
    if (!from || !to) {
        cyn_free(from);
        cyn_free(to);
        return cyn_nomem(err);
    }
    for (i = 0; i < n; i++) { /* the sign bit turned: unsigned keys in the order of the signed */
        from[i] = (keyed_row){.key = (uint64_t)cyn_column_integer(key, row[i]) ^ UINT64_C(1) << 63,
                              .row = row[i],
                              .marks = marks ? marks[i] : 0};
    }
    for (int shift = 0; shift < 64; shift += 8) {
        if (!sort_by_byte(from, to, n, shift)) continue;
        keyed_row *swap = from;
        from = to;
        to = swap;
    }
    for (i = 0; i < n; i++) {
        row[i] = from[i].row;
        if (marks) marks[i] = from[i].marks;
    }
    cyn_free(from);
    cyn_free(to);
    return cyn_relation_go_on(run, err);
}

/* ---- choosing ---- */

/* Each range has its place in the list: as if all its rows were chosen. */
typedef struct chooser {
    cyn_row_list list;
    size_t *found;         /* [range] */
    const cyn_column *key; /* what the list is to be in the order of; NULL: no matter */
    atomic_bool sort;      /* some row is out of order */
} chooser;

/* Most sources are in the order of their time. A row without one can only make a list look worse
 * than it is. */
static void check_order(chooser *c, const uint32_t *row, size_t from, size_t to)
{
    int64_t before = INT64_MIN;
    bool ordered = true;
    if (!c->key || atomic_load_explicit(&c->sort, memory_order_relaxed)) return;
    for (size_t i = from ? from - 1 : 0; i < to; i++) {
        int64_t key = cyn_column_integer(c->key, row[i]);
        ordered &= before <= key;
        before = key;
    }
    if (!ordered) atomic_store_explicit(&c->sort, true, memory_order_relaxed);
}

static void take_rows(void *self, size_t range, const cyn_row_batch *batch)
{
    chooser *c = self;
    uint32_t *own = c->list.row + range * CYN_SHARE_ROWS;
    size_t at = range * CYN_SHARE_ROWS + c->found[range];
    memcpy(c->list.row + at, batch->row, batch->n * sizeof *batch->row);
    check_order(c, own, c->found[range], c->found[range] + batch->n);
    if (c->list.marks) memcpy(c->list.marks + at, batch->marks, batch->n * sizeof *batch->marks);
    c->found[range] += batch->n;
}

/* Closes the gaps between the ranges. */
static void close_up(chooser *c, size_t ranges)
{
    cyn_row_list *list = &c->list;
    for (size_t range = 0; range < ranges; range++) {
        size_t from = range * CYN_SHARE_ROWS, n = c->found[range];
        if (n == 0) continue;
        if (from > list->n) {
            memmove(list->row + list->n, list->row + from, n * sizeof *list->row);
            if (list->marks)
                memmove(list->marks + list->n, list->marks + from, n * sizeof *list->marks);
        }
        check_order(c, list->row, list->n, list->n + 1);
        list->n += n;
    }
}

/* Brings the rows without an instant to the front. */
static cyn_code split_untimed(cyn_relation_run *run, const cyn_column *time, cyn_row_list *list,
                              cyn_err *err)
{
    if (!time->valid) return CYN_OK;
    uint32_t *row = CYN_NEW_ARRAY(run->arena, list->n + 1, uint32_t);
    if (!row) return cyn_nomem(err);
    size_t n = 0;
    for (int timed = 0; timed < 2; timed++) {
        for (size_t i = 0; i < list->n; i++) {
            row[n] = list->row[i];
            n += cyn_column_has(time, list->row[i]) == (timed == 1);
        }
        if (!timed) list->untimed = n;
    }
    list->row = row;
    return CYN_OK;
}

static cyn_code choose(cyn_relation_run *run, cyn_row_scan scan, const cyn_instants *time,
                       bool keep_untimed, cyn_row_list *out, cyn_err *err)
{
    size_t ranges = cyn_relation_ranges(run);
    chooser c = {.found = CYN_NEW_ARRAY(run->arena, ranges, size_t),
                 .key = time && !run->in_order ? &time->at : NULL};
    c.list.row = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t);
    if (!c.found || !c.list.row) return cyn_nomem(err);
    if (scan.nmarks) {
        c.list.marks = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t);
        if (!c.list.marks) return cyn_nomem(err);
    }
    scan.time = time && !keep_untimed ? time->column : NULL;
    scan.self = &c;
    scan.take = take_rows;
    CYN_TRY(cyn_relation_scan(run, &scan, err));
    close_up(&c, ranges);
    if (keep_untimed) CYN_TRY(split_untimed(run, time->column, &c.list, err));
    if (c.sort) {
        CYN_TRY(cyn_relation_sort(run, &time->at, c.list.row + c.list.untimed, c.list.marks,
                                  c.list.n - c.list.untimed, err));
    }
    *out = c.list;
    return CYN_OK;
}

cyn_code cyn_relation_rows(cyn_relation_run *run, const cyn_column *entity,
                           const cyn_instants *time, const cyn_expr *only, cyn_row_list *out,
                           cyn_err *err)
{
    return choose(run, (cyn_row_scan){.entity = entity, .only = only}, time, false, out, err);
}

cyn_code cyn_relation_all_rows(cyn_relation_run *run, const cyn_column *entity,
                               const cyn_instants *time, cyn_row_list *out, cyn_err *err)
{
    return choose(run, (cyn_row_scan){.entity = entity}, time, true, out, err);
}

cyn_code cyn_relation_marked_rows(cyn_relation_run *run, const cyn_column *entity,
                                  const cyn_instants *time, const cyn_expr *const *marks,
                                  size_t nmarks, bool marked, cyn_row_list *out, cyn_err *err)
{
    cyn_row_scan scan = {.entity = entity, .marks = marks, .nmarks = nmarks, .marked = marked};
    return choose(run, scan, time, false, out, err);
}

/* ---- by entity ---- */

/* Rows go to places far apart. Each worker takes a part of the entities, and of all rows those of
 * its own. */
typedef struct placing {
    const cyn_numbers *who;
    const cyn_row_list *from;
    cyn_row_list to;
    size_t *begin;  /* [entity + 1]: where its next row goes; in the end, where its rows end */
    uint32_t count; /* entities */
    size_t parts;
} placing;

static uint32_t part_start(const placing *p, size_t part)
{
    return (uint32_t)((uint64_t)p->count * part / p->parts);
}

static void count_part(void *self, size_t worker, size_t part)
{
    const placing *p = self;
    uint32_t first = part_start(p, part), n = part_start(p, part + 1) - first;
    (void)worker;
    for (size_t i = 0; i < p->from->n; i++) {
        uint32_t entity = cyn_number(p->who, p->from->row[i]);
        if (entity - first < n) p->begin[entity + 2]++;
    }
}

static void place_part(void *self, size_t worker, size_t part)
{
    const placing *p = self;
    uint32_t first = part_start(p, part), n = part_start(p, part + 1) - first;
    (void)worker;
    for (size_t i = 0; i < p->from->n; i++) {
        uint32_t row = p->from->row[i], entity = cyn_number(p->who, row);
        if (entity - first >= n) continue;
        size_t at = p->begin[entity + 1]++;
        p->to.row[at] = row;
        if (p->to.marks) p->to.marks[at] = p->from->marks[i];
    }
}

cyn_code cyn_relation_by_entity(cyn_relation_run *run, const cyn_numbers *who, cyn_row_list *rows,
                                const size_t **start, cyn_err *err)
{
    placing p = {.who = who, .from = rows, .count = who->count};
    p.parts = cyn_workers_for(1 + rows->n / CYN_SHARE_ROWS);
    p.to = (cyn_row_list){.n = rows->n, .untimed = rows->untimed};
    p.begin = CYN_NEW_ARRAY(run->arena, (size_t)who->count + 2, size_t);
    p.to.row = CYN_NEW_ARRAY(run->arena, rows->n + 1, uint32_t);
    if (!p.begin || !p.to.row) return cyn_nomem(err);
    if (rows->marks) {
        p.to.marks = CYN_NEW_ARRAY(run->arena, rows->n + 1, uint32_t);
        if (!p.to.marks) return cyn_nomem(err);
    }
    /* begin[e + 1] counts up from where entity e begins to where it ends: one shift less. */
    cyn_parallel(p.parts, p.parts, &(cyn_job){&p, count_part});
    for (size_t e = 2; e <= (size_t)who->count + 1; e++)
        p.begin[e] += p.begin[e - 1];
    cyn_parallel(p.parts, p.parts, &(cyn_job){&p, place_part});
    *rows = p.to;
    *start = p.begin;
    return CYN_OK;
}
