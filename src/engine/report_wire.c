#include "engine/report_wire.h"
#include "catalog/wire.h"

enum { FILE_FIELDS = 4, COLUMN_FIELDS = 13, BAD_FIELDS = 6, REPORT_FIELDS = 12 };

static void write_column(const cyn_load_column *c, cyn_buf *b)
{
    cyn_wire_array(b, COLUMN_FIELDS);
    cyn_wire_string(b, c->name);
    cyn_wire_string(b, c->from);
    cyn_wire_integer(b, c->type);
    cyn_wire_integer(b, c->scale);
    cyn_wire_boolean(b, c->declared);
    cyn_wire_boolean(b, c->unread);
    cyn_wire_integer(b, c->missing);
    cyn_wire_integer(b, c->facts.values);
    cyn_wire_integer(b, c->facts.blobs);
    cyn_wire_integer(b, c->facts.whole);
    cyn_wire_integer(b, c->facts.fraction);
    cyn_wire_integer(b, c->facts.can);
    cyn_wire_string(b, c->why);
}

static void write_bad_row(const cyn_bad_row *r, cyn_buf *b)
{
    cyn_wire_array(b, BAD_FIELDS);
    cyn_wire_string(b, r->file);
    cyn_wire_integer(b, r->line);
    cyn_wire_integer(b, r->column);
    cyn_wire_string(b, r->field);
    cyn_wire_string(b, r->reason);
    cyn_wire_string(b, r->text);
}

/* Nil: all of them. */
static void write_names(const cyn_name_set *s, cyn_buf *b)
{
    if (s->all) {
        cyn_wire_nil(b);
        return;
    }
    cyn_wire_array(b, s->count);
    for (size_t i = 0; i < s->count; i++)
        cyn_wire_string(b, s->names[i]);
}

void cyn_load_report_write(const cyn_load_report *r, const cyn_name_set *columns, cyn_buf *b)
{
    cyn_wire_array(b, REPORT_FIELDS);
    write_names(columns, b);
    cyn_wire_string(b, r->source);
    cyn_wire_integer(b, r->rows);
    cyn_wire_integer(b, r->bad);
    cyn_wire_integer(b, r->without_time);
    cyn_wire_boolean(b, r->has_time);
    cyn_wire_integer(b, r->first_time);
    cyn_wire_integer(b, r->last_time);
    cyn_wire_string(b, r->delimiter);
    cyn_wire_array(b, r->nfiles);
    for (size_t i = 0; i < r->nfiles; i++) {
        cyn_wire_array(b, FILE_FIELDS);
        cyn_wire_string(b, r->files[i].path);
        cyn_wire_integer(b, r->files[i].bytes);
        cyn_wire_integer(b, r->files[i].rows);
        cyn_wire_integer(b, r->files[i].bad);
    }
    cyn_wire_array(b, r->ncolumns);
    for (size_t i = 0; i < r->ncolumns; i++)
        write_column(&r->columns[i], b);
    cyn_wire_array(b, r->nbad_rows);
    for (size_t i = 0; i < r->nbad_rows; i++)
        write_bad_row(&r->bad_rows[i], b);
}

/* Reads the fields of a list one behind the other; what does not fit sets `wrong`. */
typedef struct fields {
    const cyn_value *next, *end;
    bool wrong;
} fields;

static fields open_list(const cyn_value *v, size_t count)
{
    fields f = {.wrong = v->kind != CYN_VALUE_ARRAY || v->n != count};
    if (f.wrong) return f;
    f.next = v->items;
    f.end = v->items + v->n;
    return f;
}

static const cyn_value *take(fields *f)
{
    static const cyn_value nothing;
    if (f->next == f->end) f->wrong = true;
    return f->wrong ? &nothing : f->next++;
}

static const char *text(fields *f)
{
    const cyn_value *v = take(f);
    if (v->kind == CYN_VALUE_TEXT) return v->s;
    f->wrong |= v->kind != CYN_VALUE_NIL;
    return NULL;
}

/* A text that must be there. */
static const char *name(fields *f)
{
    const char *s = text(f);
    if (!s) f->wrong = true;
    return s;
}

static int64_t integer(fields *f, int64_t least, int64_t most)
{
    const cyn_value *v = take(f);
    if (v->kind == CYN_VALUE_INTEGER && v->i >= least && v->i <= most) return v->i;
    f->wrong = true;
    return 0;
}

static int64_t count(fields *f)
{
    return integer(f, 0, INT64_MAX);
}

static bool boolean(fields *f)
{
    const cyn_value *v = take(f);
    f->wrong |= v->kind != CYN_VALUE_BOOLEAN;
    return v->kind == CYN_VALUE_BOOLEAN && v->i;
}

static bool read_file(const cyn_value *v, cyn_load_file *out)
{
    fields f = open_list(v, FILE_FIELDS);
    out->path = name(&f);
    out->bytes = count(&f);
    out->rows = count(&f);
    out->bad = count(&f);
    return !f.wrong;
}

static bool read_column(const cyn_value *v, cyn_load_column *out)
{
    fields f = open_list(v, COLUMN_FIELDS);
    out->name = name(&f);
    out->from = name(&f);
    out->type = (cyn_type)integer(&f, 0, CYN_TYPE_COUNT - 1);
    out->scale = (uint8_t)integer(&f, 0, UINT8_MAX);
    out->declared = boolean(&f);
    out->unread = boolean(&f);
    out->missing = count(&f);
    out->facts.values = count(&f);
    out->facts.blobs = count(&f);
    out->facts.whole = (uint32_t)integer(&f, 0, UINT32_MAX);
    out->facts.fraction = (uint32_t)integer(&f, 0, UINT32_MAX);
    out->facts.can = (uint8_t)integer(&f, 0, UINT8_MAX);
    out->why = text(&f);
    return !f.wrong;
}

static bool read_bad_row(const cyn_value *v, cyn_bad_row *out)
{
    fields f = open_list(v, BAD_FIELDS);
    out->file = name(&f);
    out->line = count(&f);
    out->column = count(&f);
    out->field = text(&f);
    out->reason = name(&f);
    out->text = name(&f);
    return !f.wrong;
}

static bool read_names(fields *f, cyn_arena *arena, cyn_name_set *out)
{
    const cyn_value *v = take(f);
    *out = (cyn_name_set){.all = v->kind == CYN_VALUE_NIL};
    if (out->all) return true;
    const char **names = CYN_NEW_ARRAY(arena, v->n + 1, const char *);
    fields list = open_list(v, v->n);
    if (!names || list.wrong) return false;
    while (list.next < list.end && !list.wrong)
        names[out->count++] = name(&list);
    out->names = names;
    return !list.wrong;
}

/* The three lists; false when one of them is no list, or memory is exhausted. */
static bool read_lists(fields *f, cyn_arena *arena, cyn_load_report *r)
{
    const cyn_value *files = take(f), *columns = take(f), *bad = take(f);
    if (files->kind != CYN_VALUE_ARRAY || columns->kind != CYN_VALUE_ARRAY ||
        bad->kind != CYN_VALUE_ARRAY)
        return false;
    cyn_load_file *all_files = CYN_NEW_ARRAY(arena, files->n + 1, cyn_load_file);
    cyn_load_column *all_columns = CYN_NEW_ARRAY(arena, columns->n + 1, cyn_load_column);
    cyn_bad_row *all_bad = CYN_NEW_ARRAY(arena, bad->n + 1, cyn_bad_row);
    bool ok = all_files && all_columns && all_bad;
    for (size_t i = 0; ok && i < files->n; i++)
        ok = read_file(&files->items[i], &all_files[i]);
    for (size_t i = 0; ok && i < columns->n; i++)
        ok = read_column(&columns->items[i], &all_columns[i]);
    for (size_t i = 0; ok && i < bad->n; i++)
        ok = read_bad_row(&bad->items[i], &all_bad[i]);
    r->files = all_files;
    r->nfiles = files->n;
    r->columns = all_columns;
    r->ncolumns = columns->n;
    r->bad_rows = all_bad;
    r->nbad_rows = bad->n;
    return ok;
}

cyn_code cyn_load_report_read(const void *data, size_t size, cyn_arena *arena,
                              cyn_load_report **out, cyn_name_set *columns, cyn_err *err)
{
    static const char message[] = "a load report is damaged";
    const cyn_value *v;
    if (cyn_wire_read(data, size, arena, &v, err) != CYN_OK)
        return cyn_fail(err, CYN_E_DATA, message);
    cyn_load_report *r = CYN_NEW(arena, cyn_load_report);
    if (!r) return cyn_nomem(err);
    fields f = open_list(v, REPORT_FIELDS);
    if (!read_names(&f, arena, columns)) return cyn_fail(err, CYN_E_DATA, message);
    r->source = name(&f);
    r->rows = count(&f);
    r->bad = count(&f);
    r->without_time = count(&f);
    r->has_time = boolean(&f);
    r->first_time = integer(&f, INT64_MIN, INT64_MAX);
    r->last_time = integer(&f, INT64_MIN, INT64_MAX);
    r->delimiter = text(&f);
    if (!read_lists(&f, arena, r) || f.wrong) return cyn_fail(err, CYN_E_DATA, message);
    *out = r;
    return CYN_OK;
}
