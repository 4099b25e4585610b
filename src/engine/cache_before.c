#include "engine/cache_impl.h"
#include "source/join.h"
#include <string.h>

/* The inputs that the first pieces were read out of, as they were then. A piece that goes on with a
 * file says again of the whole file how long it is. */
static cyn_code list_inputs(const cyn_piece *pieces, size_t n, cyn_arena *arena,
                            cyn_file_stamp **out, size_t *count, cyn_err *err)
{
    size_t most = 1;
    for (size_t i = 0; i < n; i++)
        most += pieces[i].stored->ninputs;
    cyn_file_stamp *list = CYN_NEW_ARRAY(arena, most, cyn_file_stamp);
    if (!list) return cyn_nomem(err);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        const cyn_stored_segment *s = pieces[i].stored;
        if (pieces[i].from > 0) --*count;
        memcpy(list + *count, s->inputs, s->ninputs * sizeof *list);
        *count += s->ninputs;
    }
    *out = list;
    return CYN_OK;
}

static const cyn_load_column *find(const cyn_load_report *r, const char *name)
{
    for (size_t i = 0; i < r->ncolumns; i++)
        if (strcmp(r->columns[i].name, name) == 0) return &r->columns[i];
    return NULL;
}

/* Whether a load of what was there gave each column that is there now, with the same type. */
static bool same_columns(const cyn_load_report *before, const cyn_load_report *now)
{
    for (size_t i = 0; i < now->ncolumns; i++) {
        const cyn_load_column *c = &now->columns[i], *was = find(before, c->name);
        if (!was || was->unread != c->unread) return false;
        if (!c->unread && (was->type != c->type || was->scale != c->scale)) return false;
    }
    return true;
}

/* The times of the rows that the reports have. */
static void note_times(const cyn_load_report *const *reports, size_t n, cyn_cache_times *out)
{
    *out = (cyn_cache_times){0};
    for (size_t i = 0; i < n; i++) {
        const cyn_load_report *r = reports[i];
        if (!r->has_time) continue;
        if (!out->any || r->first_time < out->first) out->first = r->first_time;
        if (!out->any || r->last_time > out->last) out->last = r->last_time;
        out->any = true;
    }
}

cyn_code cyn_cache_find_before(const cyn_cache_folder *f, const cyn_piece *pieces,
                               const cyn_load_report *const *reports, size_t n,
                               const cyn_load_report *joined, cyn_arena *arena,
                               cyn_cache_before *out, cyn_err *err)
{
    cyn_cache_before before = {0};
    cyn_load_report *was;
    cyn_file_stamp *inputs = NULL;
    size_t old = 0, ninputs = 0;
    while (old < n && pieces[old].stored)
        old++;
    for (size_t i = old; i < n; i++)
        if (pieces[i].stored) return CYN_OK; /* what is new lies between */
    if (old == 0 || old == n) return CYN_OK;
    CYN_TRY(cyn_report_join(f->load, reports, old, arena, &was, err));
    if (!was || !same_columns(was, joined)) return CYN_OK;
    CYN_TRY(list_inputs(pieces, old, arena, &inputs, &ninputs, err));
    CYN_TRY(cyn_inputs_key(f->spec, inputs, ninputs, 0, before.inputs, err));
    for (size_t i = 0; i < old; i++)
        before.rows += cyn_table_rows(pieces[i].table);
    note_times(reports, old, &before.old);
    note_times(reports + old, n - old, &before.more);
    *out = before;
    return CYN_OK;
}
