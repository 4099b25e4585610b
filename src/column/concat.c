#include "column/concat.h"
#include "column/narrow_impl.h"
#include "column/table_impl.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORD_BITS = 64 };

/* One column of the result while the parts' rows come into it. */
typedef struct joining {
    cyn_storage s;
    cyn_type type;
    cyn_form form;
    size_t present;   /* rows with a value */
    size_t row;       /* where the next part begins */
    void *values;     /* s.values, or in s.mapped */
    uint32_t **codes; /* TEXT: [part][its code]: the result's */
    size_t nparts;
} joining;

static bool has_values(const cyn_column *c, size_t rows)
{
    if (!c->valid) return rows > 0;
    for (size_t i = 0; i < rows; i++)
        if (cyn_column_has(c, i)) return true;
    return false;
}

/* The part's column of this name if it has values, or NULL. */
static cyn_code find(const cyn_table *part, const cyn_column_spec *spec, const cyn_column **out,
                     cyn_err *err)
{
    int at = cyn_table_find(part, spec->name);
    const cyn_column *c = at < 0 ? NULL : cyn_table_column(part, (size_t)at);
    *out = NULL;
    if (!c || !has_values(c, part->rows)) return CYN_OK;
    bool same_scale = spec->type != CYN_DECIMAL || c->scale == spec->scale;
    if (c->type != spec->type || !same_scale)
        return cyn_fail(err, CYN_E_TYPE, "column '%s' is of type %s (scale %d), expected %s (%d)",
                        spec->name, cyn_type_name(c->type), c->scale, cyn_type_name(spec->type),
                        spec->scale);
    *out = c;
    return CYN_OK;
}

/* Sets the bits of the part's rows; they are zero before. */
static void join_valid(joining *j, const cyn_column *c, size_t rows)
{
    size_t shift = j->row % WORD_BITS;
    uint64_t *to = j->s.valid + j->row / WORD_BITS;
    for (size_t at = 0; at < rows; at += WORD_BITS, to++) {
        size_t left = rows - at;
        uint64_t word = c->valid ? c->valid[at / WORD_BITS] : UINT64_MAX;
        if (left < WORD_BITS) word &= (UINT64_C(1) << left) - 1;
        j->present += (size_t)__builtin_popcountll(word);
        to[0] |= word << shift;
        if (shift > 0 && left > WORD_BITS - shift) to[1] |= word >> (WORD_BITS - shift);
    }
}

/* A part's dictionary, behind the first one: codes among the texts behind it, for the time being.
 */
static bool join_texts(joining *j, const cyn_dict *d, uint32_t *codes)
{
    bool ok = true;
    for (uint32_t i = 0; ok && i < d->count; i++) {
        size_t n;
        const char *text = cyn_dict_text(d, i, &n);
        ok = cyn_intern_code(&j->s.texts, text, n, &codes[i]);
    }
    return ok;
}

/* Codes of the parts' dictionaries become those of the result's. The first keeps its own. */
static bool join_dicts(joining *j, const cyn_dict *const *dicts)
{
    size_t first = 0;
    while (first < j->nparts && !dicts[first])
        first++;
    for (size_t k = first; k < j->nparts; k++) {
        if (!dicts[k]) continue;
        j->codes[k] = cyn_malloc((size_t)dicts[k]->count * sizeof **j->codes);
        if (!j->codes[k] || (k > first && !join_texts(j, dicts[k], j->codes[k]))) return false;
    }
    if (first == j->nparts) return true;
    uint32_t *behind = cyn_malloc((size_t)j->s.texts.count * sizeof *behind);
    bool ok = behind && cyn_intern_put_behind(&j->s.texts, dicts[first], behind);
    for (uint32_t i = 0; ok && i < dicts[first]->count; i++)
        j->codes[first][i] = i;
    for (size_t k = first + 1; ok && k < j->nparts; k++)
        for (uint32_t i = 0; dicts[k] && i < dicts[k]->count; i++)
            j->codes[k][i] = behind[j->codes[k][i]];
    cyn_free(behind);
    return ok;
}

/* All dictionaries, and the form that all values fit. */
static cyn_code choose_form(joining *j, const cyn_column_spec *spec, const cyn_table *const *parts,
                            cyn_err *err)
{
    const cyn_dict **dicts = cyn_calloc(j->nparts, sizeof *dicts);
    cyn_code rc = dicts ? CYN_OK : cyn_nomem(err);
    j->form = cyn_form_least(spec->type);
    for (size_t k = 0; rc == CYN_OK && k < j->nparts; k++) {
        const cyn_column *c = NULL;
        rc = find(parts[k], spec, &c, err);
        if (c && c->type == CYN_TEXT)
            dicts[k] = c->dict;
        else if (c)
            j->form = cyn_form_wider(j->form, cyn_form_of(c));
    }
    if (rc == CYN_OK && !join_dicts(j, dicts)) rc = cyn_nomem(err);
    if (spec->type == CYN_TEXT) j->form = cyn_form_of_codes(j->s.texts.count);
    cyn_free(dicts);
    return rc;
}

enum { BATCH = 1024 };

/* The rows first … first + n - 1 of a part. Their values fit: the form is at least as wide. */
static void copy_codes(const joining *j, const cyn_column *c, const uint32_t *codes, size_t first,
                       size_t n, void *to)
{
    uint32_t room[BATCH], renamed[BATCH];
    const uint32_t *from = cyn_column_codes(c, first, n, room);
    for (size_t i = 0; i < n; i++)
        renamed[i] = cyn_column_has(c, first + i) ? codes[from[i]] : 0;
    (void)cyn_form_put_codes(j->form, to, renamed, n);
}

static void copy_values(const joining *j, const cyn_column *c, size_t first, size_t n, void *to)
{
    int64_t room[BATCH];
    cyn_form own = cyn_form_of(c);
    if (own.size == j->form.size)
        memcpy(to, (const char *)c->v.values + first * own.size, n * own.size);
    else
        (void)cyn_form_put_integers(j->form, to, cyn_column_integers(c, first, n, room), n);
}

static void copy_part(const joining *j, const cyn_column *c, const uint32_t *codes, size_t rows)
{
    for (size_t first = 0; first < rows; first += BATCH) {
        size_t n = rows - first < BATCH ? rows - first : BATCH;
        void *to = (char *)j->values + (j->row + first) * j->form.size;
        if (c->type == CYN_TEXT)
            copy_codes(j, c, codes, first, n, to);
        else
            copy_values(j, c, first, n, to);
    }
}

static cyn_code join_part(joining *j, const cyn_column_spec *spec, const cyn_table *const *parts,
                          size_t k, cyn_err *err)
{
    const cyn_column *c;
    const cyn_table *part = parts[k];
    CYN_TRY(find(part, spec, &c, err));
    if (c) {
        bool mapped = j->s.mapped.data && j->row == 0;
        join_valid(j, c, part->rows);
        if (!mapped) copy_part(j, c, j->codes[k], part->rows);
    }
    j->row += part->rows;
    return CYN_OK;
}

/* Maps the values of a segment's column once more, as private memory with room for all rows: the
 * file's pages first, then empty ones. Nothing is mapped where copying is as fast, or the system
 * does not want to; then the values are copied. */
static void map_first(joining *j, const cyn_table *first, const cyn_column *c, size_t rows)
{
    enum { WORTH_IT = 1 << 16 };
    size_t size = j->form.size, used = first->rows * size, page = (size_t)sysconf(_SC_PAGESIZE);
    if (!first->file.data || !c || used < WORTH_IT || cyn_column_size(c) != size) return;
    size_t at = (size_t)((const char *)c->v.values - (const char *)first->file.data);
    size_t lead = at % page, bytes = lead + rows * size;
    const int prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_NORESERVE;
    char *data = mmap(NULL, bytes, prot, flags | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) return;
    if (mmap(data, lead + used, prot, flags | MAP_FIXED, first->fd, (off_t)(at - lead)) ==
        MAP_FAILED) {
        munmap(data, bytes);
        return;
    }
    /* What the file has behind the values, up to the end of their last page. */
    size_t end = (lead + used + page - 1) / page * page;
    memset(data + lead + used, 0, (end < bytes ? end : bytes) - lead - used);
    j->s.mapped = (cyn_mapping){data, bytes};
    j->values = data + lead;
}

static cyn_code start(joining *j, const cyn_column_spec *spec, const cyn_table *const *parts,
                      size_t rows, cyn_err *err)
{
    const cyn_column *first;
    size_t length = strlen(spec->name) + 1;
    j->type = spec->type;
    j->codes = cyn_calloc(j->nparts, sizeof *j->codes);
    if (!j->codes) return cyn_nomem(err);
    CYN_TRY(choose_form(j, spec, parts, err));
    CYN_TRY(find(parts[0], spec, &first, err));
    j->s.name = cyn_malloc(length);
    map_first(j, parts[0], first, rows);
    if (!j->values) j->values = j->s.values = cyn_calloc(rows ? rows : 1, j->form.size);
    j->s.valid = cyn_calloc(rows / WORD_BITS + 1, sizeof *j->s.valid);
    if (!j->s.name || !j->values || !j->s.valid) return cyn_nomem(err);
    memcpy(j->s.name, spec->name, length);
    return CYN_OK;
}

static cyn_code finish(joining *j, const cyn_column_spec *spec, size_t rows, cyn_table *t, size_t i,
                       cyn_err *err)
{
    if (j->type == CYN_TEXT && !cyn_intern_freeze(&j->s.texts)) return cyn_nomem(err);
    if (j->present == rows) {
        cyn_free(j->s.valid);
        j->s.valid = NULL;
    }
    cyn_storage *s = &t->storage[i];
    *s = j->s; /* moved */
    j->s = (cyn_storage){0};
    t->columns[i] = (cyn_column){.name = s->name, .type = j->type, .valid = s->valid};
    t->columns[i].scale = spec->scale;
    t->columns[i].v.values = j->values;
    cyn_form_show(j->form, &t->columns[i]);
    t->bytes += rows * j->form.size;
    if (s->valid) t->bytes += (rows + WORD_BITS - 1) / WORD_BITS * sizeof *s->valid;
    if (j->type != CYN_TEXT) return CYN_OK;
    s->dict = cyn_intern_dict(&s->texts);
    t->columns[i].dict = &s->dict;
    t->bytes += ((size_t)s->dict.count + 1) * sizeof *s->dict.offset +
                (size_t)s->dict.offset[s->dict.count];
    return CYN_OK;
}

static void clear(joining *j)
{
    cyn_storage_clear(&j->s);
    for (size_t k = 0; j->codes && k < j->nparts; k++)
        cyn_free(j->codes[k]);
    cyn_free(j->codes);
}

cyn_code cyn_table_concat(const cyn_column_spec *specs, size_t n, const cyn_table *const *parts,
                          size_t nparts, cyn_table **out, cyn_err *err)
{
    cyn_table *t = cyn_table_new(n);
    if (t) t->storage = cyn_calloc(n ? n : 1, sizeof *t->storage);
    cyn_code rc = t && t->storage ? CYN_OK : cyn_nomem(err);
    for (size_t k = 0; rc == CYN_OK && k < nparts; k++)
        t->rows += parts[k]->rows;
    for (size_t i = 0; rc == CYN_OK && i < n; i++) {
        joining j = {.nparts = nparts};
        rc = start(&j, &specs[i], parts, t->rows, err);
        for (size_t k = 0; rc == CYN_OK && k < nparts; k++)
            rc = join_part(&j, &specs[i], parts, k, err);
        if (rc == CYN_OK) rc = finish(&j, &specs[i], t->rows, t, i, err);
        clear(&j);
    }
    if (rc == CYN_OK)
        *out = t;
    else
        cyn_table_unref(t);
    return rc;
}
