#include "source/join.h"
#include "source/columns.h"
#include <string.h>

enum { WHY_SIZE = 400 };

typedef struct joining {
    const cyn_source_spec *spec;
    const cyn_load_report *const *parts;
    size_t nparts;
    cyn_arena *arena;
    cyn_load_report *report;
    cyn_load_column *columns;
    bool fits;
} joining;

static const cyn_load_column *find(const cyn_load_report *r, const char *name)
{
    for (size_t i = 0; i < r->ncolumns; i++)
        if (strcmp(r->columns[i].name, name) == 0) return &r->columns[i];
    return NULL;
}

/* "payload" and "payload.size": an object in one place and a value in another. */
static bool is_inside(const char *path, const char *object)
{
    size_t n = strlen(object);
    return strncmp(path, object, n) == 0 && path[n] == '.';
}

static bool is_entangled(const cyn_load_column *columns, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (is_inside(columns[i].name, name) || is_inside(name, columns[i].name)) return true;
    return false;
}

/* All names, in the order in which a load of all files meets them. */
static bool collect_columns(joining *j)
{
    size_t most = 0;
    for (size_t k = 0; k < j->nparts; k++)
        most += j->parts[k]->ncolumns;
    j->columns = CYN_NEW_ARRAY(j->arena, most + 1, cyn_load_column);
    if (!j->columns) return false;
    cyn_load_report *r = j->report;
    r->columns = j->columns;
    for (size_t k = 0; k < j->nparts; k++) {
        size_t before = r->ncolumns; /* a file's own columns belong together as they are */
        for (size_t i = 0; i < j->parts[k]->ncolumns; i++) {
            const cyn_load_column *c = &j->parts[k]->columns[i];
            if (find(r, c->name)) continue;
            if (is_entangled(j->columns, before, c->name)) j->fits = false;
            j->columns[r->ncolumns++] =
                (cyn_load_column){.name = c->name, .from = c->from, .unread = c->unread};
        }
    }
    return true;
}

/* Behind the columns of the table, as a load has them. */
static bool put_unread_last(joining *j)
{
    cyn_load_report *r = j->report;
    cyn_load_column *sorted = CYN_NEW_ARRAY(j->arena, r->ncolumns + 1, cyn_load_column);
    if (!sorted) return false;
    size_t n = 0;
    for (int unread = 0; unread < 2; unread++)
        for (size_t i = 0; i < r->ncolumns; i++)
            if (j->columns[i].unread == unread) sorted[n++] = j->columns[i];
    r->columns = j->columns = sorted;
    return true;
}

/* What a load of all files would have seen of the column. */
static cyn_guess add_facts(const joining *j, const char *name)
{
    cyn_guess all;
    cyn_guess_init(&all, CYN_WANT_TYPE);
    for (size_t k = 0; k < j->nparts; k++) {
        const cyn_load_column *c = find(j->parts[k], name);
        if (!c) continue;
        all.values += c->facts.values;
        all.blobs += c->facts.blobs;
        if (c->facts.values == 0) continue;
        all.can &= c->facts.can;
        if (c->facts.whole > all.nwhole) all.nwhole = c->facts.whole;
        if (c->facts.fraction > all.nfraction) all.nfraction = c->facts.fraction;
    }
    return all;
}

/* Types of parts agree with the whole's: those with values have its type, those without have none.
 */
static bool settle_type(const joining *j, const cyn_guess *all, cyn_load_column *out)
{
    const cyn_load_column *first = NULL;
    bool lacking = false, hollow = false;
    for (size_t k = 0; k < j->nparts; k++) {
        const cyn_load_column *c = find(j->parts[k], out->name);
        lacking |= !c;
        if (!c) continue;
        if (c->unread) return false;
        hollow |= !c->declared && c->facts.values == 0;
        bool counts = c->declared || all->values == 0 || c->facts.values > 0;
        if (!counts) continue;
        if (!first) first = c;
        if (c->type != first->type || c->scale != first->scale || c->declared != first->declared)
            return false;
    }
    /* Nothing but nulls here and not there at all elsewhere: there it may be an object. */
    if (!first || (lacking && hollow)) return false;
    out->type = first->type;
    out->scale = first->scale;
    out->declared = first->declared;
    out->why = first->why;
    int scale = 0;
    if (out->declared) {
        const cyn_column_decl *decl = cyn_declared(j->spec, out->from);
        bool counted = decl && cyn_wanted(decl) == CYN_WANT_SCALE;
        return !counted || cyn_guess_scale(all) == out->scale;
    }
    if (all->values == 0) return true;
    return cyn_guess_type(all, &scale) == out->type && scale == out->scale;
}

/* The reason of a text is the first value that made it one, which is the first part's. */
static bool settle_why(const joining *j, const cyn_guess *all, cyn_load_column *c)
{
    char why[WHY_SIZE];
    if (c->declared || (c->type == CYN_TEXT && all->values > 0)) return true;
    cyn_guess_why(all, why, sizeof why);
    c->why = cyn_strdup(j->arena, why);
    return c->why != NULL;
}

/* A column that no part has read stays as it is; one that only some have read is not joined. */
static bool join_unread(const joining *j, cyn_load_column *out)
{
    for (size_t k = 0; k < j->nparts; k++) {
        const cyn_load_column *c = find(j->parts[k], out->name);
        if (c && !c->unread) return false;
        if (c) *out = *c;
    }
    return true;
}

static bool join_columns(joining *j)
{
    if (!collect_columns(j)) return false;
    for (size_t i = 0; j->fits && i < j->report->ncolumns; i++) {
        cyn_load_column *c = &j->columns[i];
        if (c->unread) {
            j->fits = join_unread(j, c);
            continue;
        }
        cyn_guess all = add_facts(j, c->name);
        j->fits = settle_type(j, &all, c);
        if (!j->fits) break;
        if (!settle_why(j, &all, c)) return false;
        c->facts = (cyn_load_facts){.values = all.values,
                                    .blobs = all.blobs,
                                    .whole = all.nwhole,
                                    .fraction = all.nfraction,
                                    .can = all.can};
        for (size_t k = 0; k < j->nparts; k++) {
            const cyn_load_column *part = find(j->parts[k], c->name);
            c->missing += part ? part->missing : j->parts[k]->rows;
        }
    }
    return put_unread_last(j);
}

/* A file may be read in parts too: it is as long as the last of them knew. */
static void add_file(cyn_load_report *r, cyn_load_file *files, const cyn_load_file *part)
{
    cyn_load_file *last = r->nfiles > 0 ? &files[r->nfiles - 1] : NULL;
    if (!last || strcmp(last->path, part->path) != 0) {
        files[r->nfiles++] = *part;
        return;
    }
    last->bytes = part->bytes;
    last->rows += part->rows;
    last->bad += part->bad;
}

static bool join_files(joining *j)
{
    cyn_load_report *r = j->report;
    size_t files = 0, bad = 0;
    for (size_t k = 0; k < j->nparts; k++) {
        files += j->parts[k]->nfiles;
        bad += j->parts[k]->nbad_rows;
    }
    if (bad > CYN_BAD_ROWS_KEPT) bad = CYN_BAD_ROWS_KEPT;
    cyn_load_file *all_files = CYN_NEW_ARRAY(j->arena, files + 1, cyn_load_file);
    cyn_bad_row *all_bad = CYN_NEW_ARRAY(j->arena, bad + 1, cyn_bad_row);
    if (!all_files || !all_bad) return false;
    for (size_t k = 0; k < j->nparts; k++) {
        const cyn_load_report *part = j->parts[k];
        for (size_t i = 0; i < part->nfiles; i++)
            add_file(r, all_files, &part->files[i]);
        for (size_t i = 0; i < part->nbad_rows && r->nbad_rows < bad; i++)
            all_bad[r->nbad_rows++] = part->bad_rows[i];
    }
    r->files = all_files;
    r->bad_rows = all_bad;
    return true;
}

static void add_times(cyn_load_report *r, const cyn_load_report *part)
{
    if (!part->has_time) return;
    if (!r->has_time || part->first_time < r->first_time) r->first_time = part->first_time;
    if (!r->has_time || part->last_time > r->last_time) r->last_time = part->last_time;
    r->has_time = true;
}

cyn_code cyn_report_join(const cyn_source_spec *spec, const cyn_load_report *const *parts, size_t n,
                         cyn_arena *arena, cyn_load_report **out, cyn_err *err)
{
    joining j = {.spec = spec, .parts = parts, .nparts = n, .arena = arena, .fits = n > 0};
    cyn_load_report *r = j.report = CYN_NEW(arena, cyn_load_report);
    if (!r) return cyn_nomem(err);
    r->source = spec->name;
    for (size_t k = 0; k < n; k++) {
        r->rows += parts[k]->rows;
        r->bad += parts[k]->bad;
        r->without_time += parts[k]->without_time;
        r->microseconds += parts[k]->microseconds;
        if (!r->delimiter) r->delimiter = parts[k]->delimiter;
        add_times(r, parts[k]);
    }
    if (!join_columns(&j) || !join_files(&j)) return cyn_nomem(err);
    *out = j.fits ? r : NULL;
    return CYN_OK;
}

bool cyn_report_is_accepted(const cyn_source_spec *spec, const cyn_load_report *report)
{
    int64_t bad = report->bad, all = report->bad + report->rows;
    if (bad == 0) return true;
    if (spec->bad_limit >= 0 && bad > spec->bad_limit) return false;
    if (spec->bad_share >= 0 && (double)bad > spec->bad_share * (double)all) return false;
    return bad < all;
}
