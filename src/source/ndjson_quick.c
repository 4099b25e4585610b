#include "source/ndjson_quick.h"
#include "base/arena.h"
#include "source/quick.h"

enum { WORDS = 16 }; /* bytes of a key that are compared at once */

static bool needs_escape(const cyn_source_field *f)
{
    for (uint32_t i = 0; i < f->length; i++)
        if (f->name[i] == '"' || f->name[i] == '\\' || (unsigned char)f->name[i] < 0x20)
            return true;
    return false;
}

/* The bytes of a word from the first on, n of them or all. */
static uint64_t first_bytes(size_t n)
{
    return n < 8 ? (UINT64_C(1) << 8 * n) - 1 : UINT64_MAX;
}

static cyn_code make_key(cyn_arena *arena, const cyn_source_field *f, cyn_ndjson_key *key,
                         cyn_err *err)
{
    if (needs_escape(f)) return CYN_OK;
    size_t length = (size_t)f->length + 3;
    char *text = CYN_NEW_ARRAY(arena, length + WORDS, char);
    if (!text) return cyn_nomem(err);
    memset(text, 0, length + WORDS);
    text[0] = '"';
    memcpy(text + 1, f->name, f->length);
    memcpy(text + 1 + f->length, "\":", 2);
    key->text = text;
    key->length = length;
    key->head = cyn_quick_load8(text);
    key->tail = cyn_quick_load8(text + 8);
    key->in_head = first_bytes(length);
    key->in_tail = first_bytes(length > 8 ? length - 8 : 0);
    return CYN_OK;
}

cyn_code cyn_ndjson_keys_init(cyn_ndjson_keys *k, const cyn_schema *schema, uint32_t count,
                              const int32_t *of_field, cyn_err *err)
{
    cyn_arena *arena = schema->arena;
    *k = (cyn_ndjson_keys){.schema = schema, .count = count};
    k->keys = CYN_NEW_ARRAY(arena, (size_t)count + 1, cyn_ndjson_key);
    k->cells = CYN_NEW_ARRAY(arena, (size_t)count + 1, cyn_source_cell);
    if (!k->keys || !k->cells) return cyn_nomem(err);
    memset(k->keys, 0, ((size_t)count + 1) * sizeof *k->keys);
    for (uint32_t i = 0; i < count; i++) {
        k->keys[i].next = i + 1;
        CYN_TRY(make_key(arena, &schema->fields[i], &k->keys[i], err));
        k->keys[i].wanted = of_field[i] >= 0;
    }
    return CYN_OK;
}

/* The line from p on; every function returns where it ends, or NULL. */
static const char *skip_blank(const char *p)
{
    return p + (*p == ' ');
}

static bool is_key(const cyn_ndjson_key *key, const char *p, uint64_t head, uint64_t tail,
                   const char *end)
{
    if (((head ^ key->head) & key->in_head) | ((tail ^ key->tail) & key->in_tail)) return false;
    if (key->length >= (size_t)(end - p)) return false;
    if (key->length <= WORDS) return key->length > 0;
    return memcmp(p + WORDS, key->text + WORDS, key->length - WORDS) == 0;
}

/* Behind the key at p; `*field` is the one before it, and becomes its own. Where it is not the one
 * that came there last, those behind that are looked at, and so on from the first. */
static const char *find_key(cyn_ndjson_keys *k, const char *p, const char *end, uint32_t *field)
{
    enum { LOOKED_AT = 64 };
    uint64_t head = cyn_quick_load8(p), tail = cyn_quick_load8(p + 8);
    uint32_t *next = &k->keys[*field].next, at = *next;
    for (uint32_t tries = 0; tries <= k->count && tries < LOOKED_AT; tries++, at++) {
        if (at >= k->count) at = 0;
        if (!is_key(&k->keys[at], p, head, tail, end)) continue;
        if (k->keys[at].stamp == k->stamp) return NULL; /* twice */
        k->keys[at].stamp = k->stamp;
        *field = *next = at;
        return p + k->keys[at].length;
    }
    return NULL;
}

/* The first byte from p on that is a quote, a backslash or a control character. */
static const char *find_special(const char *p)
{
    const uint64_t low = UINT64_C(0x0101010101010101);
    for (;; p += 8) {
        uint64_t w = cyn_quick_load8(p), quote = w ^ low * '"', backslash = w ^ low * '\\';
        /* The lowest bit that is set is right; a borrow may set others above it. */
        uint64_t found =
            ((quote - low) & ~quote) | ((backslash - low) & ~backslash) | ((w - low * 0x20) & ~w);
        found &= CYN_QUICK_HIGH;
        if (found) return p + __builtin_ctzll(found) / 8;
    }
}

static const char *read_text(const char *p, cyn_source_cell *cell)
{
    const char *closing = find_special(p + 1);
    if (*closing != '"') return NULL;
    cell->s = p + 1;
    cell->n = (uint32_t)(closing - p - 1);
    cell->kind = CYN_CELL_STRING;
    return closing + 1;
}

static const char *skip_digits(const char *p)
{
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
}

/* Without an exponent. */
static const char *read_number(const char *p, cyn_source_cell *cell)
{
    const char *whole = p + (*p == '-'), *end = skip_digits(whole);
    if (end == whole || (*whole == '0' && end - whole > 1)) return NULL;
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        if (end == fraction) return NULL;
    }
    cell->s = p;
    cell->n = (uint32_t)(end - p);
    cell->kind = CYN_CELL_NUMBER;
    return end;
}

/* n stays 0 for null, which is no value. */
static const char *read_word(const char *p, cyn_source_cell *cell)
{
    uint32_t n = 0;
    cell->s = p;
    cell->n = 0;
    cell->kind = CYN_CELL_BOOLEAN;
    if (memcmp(p, "null", 4) == 0) return p + 4;
    if (memcmp(p, "true", 4) == 0) n = 4;
    if (memcmp(p, "false", 5) == 0) n = 5;
    cell->n = n;
    return n ? p + n : NULL;
}

static const char *read_value(const char *p, cyn_source_cell *cell)
{
    switch (*p) {
    case '"': return read_text(p, cell);
    case 't':
    case 'f':
    case 'n': return read_word(p, cell);
    default: return read_number(p, cell);
    }
}

bool cyn_ndjson_read_quick(cyn_ndjson_keys *k, cyn_source_row *row)
{
    const char *p = row->text, *end = p + row->length;
    size_t ncells = 0;
    uint32_t field = k->count;
    k->stamp++;
    if (*p++ != '{') return false;
    for (;;) {
        cyn_source_cell *cell = &k->cells[ncells];
        p = find_key(k, skip_blank(p), end, &field);
        if (!p) return false;
        const char *at = skip_blank(p);
        p = read_value(at, cell);
        if (!p) return false;
        bool some = cell->n > 0 || cell->kind == CYN_CELL_STRING;
        if (!(k->schema->fields[field].seen & (some ? CYN_SEEN_VALUE : CYN_SEEN_NULL)))
            return false;
        cell->field = field;
        cell->at = (uint32_t)(at - row->text);
        ncells += some && k->keys[field].wanted;
        if (*p == '}') break;
        if (*p++ != ',') return false;
    }
    p++;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    row->cells = k->cells;
    row->ncells = ncells;
    return p == end;
}
