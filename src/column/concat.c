#include "column/concat.h"
#include "column/table_impl.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORD_BITS = 64 };

/* One column of the result while the parts' rows come into it. */
typedef struct joining {
    cyn_storage s;
    cyn_type type;
    size_t size;    /* of one value */
    size_t present; /* rows with a value */
    size_t row;     /* where the next part begins */
    void *values;   /* s.values, or in s.mapped */
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

/* Codes of the part's dictionary become those of the result's. */
static bool join_texts(joining *j, const cyn_column *c, size_t rows)
{
    const cyn_dict *d = c->dict;
    uint32_t *codes = cyn_malloc((size_t)d->count * sizeof *codes + 1);
    uint32_t *to = (uint32_t *)j->values + j->row;
    bool ok = codes != NULL;
    for (uint32_t i = 0; ok && i < d->count; i++) {
        size_t n = (size_t)(d->offset[i + 1] - d->offset[i]);
        ok = cyn_intern_code(&j->s.texts, d->heap + d->offset[i], n, &codes[i]);
    }
    /* The first dictionary keeps its codes, so mapped ones are what they should be. */
    bool copy = !(j->s.mapped.data && j->row == 0);
    for (size_t i = 0; ok && copy && i < rows; i++)
        to[i] = cyn_column_has(c, i) ? codes[c->v.code[i]] : 0;
    cyn_free(codes);
    return ok;
}

static cyn_code join_part(joining *j, const cyn_column_spec *spec, const cyn_table *part,
                          cyn_err *err)
{
    const cyn_column *c;
    CYN_TRY(find(part, spec, &c, err));
    if (c) {
        join_valid(j, c, part->rows);
        bool mapped = j->s.mapped.data && j->row == 0;
        if (c->type == CYN_TEXT && !join_texts(j, c, part->rows)) return cyn_nomem(err);
        if (c->type != CYN_TEXT && !mapped)
            memcpy((char *)j->values + j->row * j->size, c->v.i64, part->rows * j->size);
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
    size_t used = first->rows * j->size, page = (size_t)sysconf(_SC_PAGESIZE);
    if (!first->file.data || !c || used < WORTH_IT) return;
    size_t at = (size_t)((const char *)c->v.i64 - (const char *)first->file.data);
    size_t lead = at % page, size = lead + rows * j->size;
    const int prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_NORESERVE;
    char *data = mmap(NULL, size, prot, flags | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) return;
    if (mmap(data, lead + used, prot, flags | MAP_FIXED, first->fd, (off_t)(at - lead)) ==
        MAP_FAILED) {
        munmap(data, size);
        return;
    }
    /* What the file has behind the values, up to the end of their last page. */
    size_t end = (lead + used + page - 1) / page * page;
    memset(data + lead + used, 0, (end < size ? end : size) - lead - used);
    j->s.mapped = (cyn_mapping){data, size};
    j->values = data + lead;
}

static cyn_code start(joining *j, const cyn_column_spec *spec, const cyn_table *const *parts,
                      size_t rows, cyn_err *err)
{
    const cyn_column *first;
    CYN_TRY(find(parts[0], spec, &first, err));

    size_t length = strlen(spec->name) + 1;
    j->type = spec->type;
    j->size = cyn_type_size(spec->type);
    j->s.name = cyn_malloc(length);
    map_first(j, parts[0], first, rows);
    if (!j->values) j->values = j->s.values = cyn_calloc(rows ? rows : 1, j->size);
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
    t->columns[i].v.i64 = j->values;
    t->bytes += rows * j->size;
    if (s->valid) t->bytes += (rows + WORD_BITS - 1) / WORD_BITS * sizeof *s->valid;
    if (j->type != CYN_TEXT) return CYN_OK;
    s->dict = cyn_intern_dict(&s->texts);
    t->columns[i].dict = &s->dict;
    t->bytes += ((size_t)s->dict.count + 1) * sizeof *s->dict.offset +
                (size_t)s->dict.offset[s->dict.count];
    return CYN_OK;
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
        joining j = {0};
        rc = start(&j, &specs[i], parts, t->rows, err);
        for (size_t k = 0; rc == CYN_OK && k < nparts; k++)
            rc = join_part(&j, &specs[i], parts[k], err);
        if (rc == CYN_OK) rc = finish(&j, &specs[i], t->rows, t, i, err);
        cyn_storage_clear(&j.s);
    }
    if (rc == CYN_OK)
        *out = t;
    else
        cyn_table_unref(t);
    return rc;
}
