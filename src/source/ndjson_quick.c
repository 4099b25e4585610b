#include "source/ndjson_quick.h"
#include "base/arena.h"
#include "source/ndjson_escape.h"

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
    key->length = (uint32_t)length;
    key->head = cyn_load8(text);
    key->tail = cyn_load8(text + 8);
    key->in_head = first_bytes(length);
    key->in_tail = first_bytes(length > 8 ? length - 8 : 0);
    return CYN_OK;
}

cyn_code cyn_ndjson_keys_init(cyn_ndjson_keys *k, const cyn_schema *schema, uint32_t count,
                              const int32_t *of_field, uint32_t ncolumns, cyn_err *err)
{
    cyn_arena *arena = schema->arena;
    *k = (cyn_ndjson_keys){.schema = schema, .count = count};
    k->keys = CYN_NEW_ARRAY(arena, (size_t)count + 1, cyn_ndjson_key);
    if (!k->keys) return cyn_nomem(err);
    for (uint32_t i = 0; i <= count; i++) {
        cyn_ndjson_key *key = &k->keys[i], *next = &k->keys[i + 1 < count ? i + 1 : 0];
        /* Bytes that no text has, so that it is not found. */
        *key = (cyn_ndjson_key){.head = UINT64_MAX, .in_head = UINT64_MAX, .next = next};
        if (i == count) break;
        key->column = of_field[i] < 0 ? ncolumns : (uint32_t)of_field[i];
        CYN_TRY(make_key(arena, &schema->fields[i], key, err));
    }
    return CYN_OK;
}

/* Places in the text are offsets; every function returns where what it reads ends, or 0. What most
 * members do not need is kept out of line, so that what they do need stays in registers. */
#define RARELY __attribute__((noinline)) static

/* A blank is rarer than none: a step over it that the processor foresees costs less than one that
 * waits for the byte. */
static inline size_t skip_blank(const char *s, size_t at)
{
    return __builtin_expect(s[at] == ' ', 0) ? at + 1 : at;
}

/* Of a long key. What has matched so far is within the line: no key has a byte of its end. */
RARELY bool has_rest(const cyn_ndjson_key *key, const char *s, const char *end)
{
    return key->length < (size_t)(end - s) &&
           memcmp(s + WORDS, key->text + WORDS, key->length - WORDS) == 0;
}

static inline bool is_key(const cyn_ndjson_key *key, const char *s, const char *end)
{
    uint64_t head = cyn_load8(s) ^ key->head, tail = cyn_load8(s + 8) ^ key->tail;
    if ((head & key->in_head) | (tail & key->in_tail)) return false;
    return key->length <= WORDS || has_rest(key, s, end);
}

/* The fields behind the one that was expected, and so on from the first. NULL: it is none of these,
 * or there are too many. */
RARELY cyn_ndjson_key *find_other(cyn_ndjson_keys *k, cyn_ndjson_key *behind, const char *s,
                                  const char *end)
{
    enum { LOOKED_AT = 64 };
    cyn_ndjson_key *key = behind->next, *last = k->keys + k->count;
    for (uint32_t tries = 1; tries < k->count && tries < LOOKED_AT; tries++) {
        if (++key == last) key = k->keys;
        if (is_key(key, s, end)) return behind->next = key;
    }
    return NULL;
}

/* The key at s, which comes behind another one: mostly it is the one that came there last. */
static inline cyn_ndjson_key *find_key(cyn_ndjson_keys *k, cyn_ndjson_key *behind, const char *s,
                                       const char *end)
{
    return is_key(behind->next, s, end) ? behind->next : find_other(k, behind, s, end);
}

/* A text with escapes, from behind its opening quote on; `stop` is the first one. */
RARELY size_t read_escaped(cyn_ndjson_text *t, size_t from, size_t stop, size_t end,
                           cyn_block_cell *cell)
{
    char *to = t->s + t->plain;
    for (; t->s[stop] == '\\'; stop = cyn_ndjson_stop(t->stops, from)) {
        const char *escape = t->s + stop;
        memcpy(to, t->s + from, stop - from);
        to += stop - from;
        if (cyn_ndjson_unescape(&escape, t->s + end, &to)) return 0;
        from = (size_t)(escape - t->s);
    }
    if (t->s[stop] != '"') return 0;
    memcpy(to, t->s + from, stop - from);
    to += stop - from;
    size_t n = (size_t)(to - t->s) - t->plain;
    *cell = (cyn_block_cell){(uint32_t)t->plain, (uint32_t)n, CYN_CELL_STRING};
    t->plain += n;
    return stop + 1;
}

static inline size_t read_text(cyn_ndjson_text *t, size_t at, size_t end, cyn_block_cell *cell)
{
    size_t from = at + 1, stop = cyn_ndjson_stop(t->stops, from);
    if (t->s[stop] != '"') return read_escaped(t, from, stop, end, cell);
    *cell = (cyn_block_cell){(uint32_t)from, (uint32_t)(stop - from), CYN_CELL_STRING};
    return stop + 1;
}

static inline size_t skip_digits(const char *s, size_t at)
{
    for (;; at += 8) {
        uint64_t others = cyn_quick_not_digits(cyn_load8(s + at));
        if (others) return at + (size_t)__builtin_ctzll(others) / 8;
    }
}

/* Without an exponent. */
RARELY size_t read_number(const char *s, size_t at, cyn_block_cell *cell)
{
    size_t whole = at + (s[at] == '-'), end = skip_digits(s, whole);
    if (end == whole || (s[whole] == '0' && end - whole > 1)) return 0;
    if (s[end] == '.') {
        size_t fraction = end + 1;
        end = skip_digits(s, fraction);
        if (end == fraction) return 0;
    }
    *cell = (cyn_block_cell){(uint32_t)at, (uint32_t)(end - at), CYN_CELL_NUMBER};
    return end;
}

/* null is no value. */
RARELY size_t read_word(const char *s, size_t at, cyn_block_cell *cell)
{
    uint32_t n = 0;
    *cell = (cyn_block_cell){0};
    if (memcmp(s + at, "null", 4) == 0) return at + 4;
    if (memcmp(s + at, "true", 4) == 0) n = 4;
    if (memcmp(s + at, "false", 5) == 0) n = 5;
    *cell = (cyn_block_cell){(uint32_t)at, n, CYN_CELL_BOOLEAN};
    return n ? at + n : 0;
}

static inline size_t read_value(cyn_ndjson_text *t, size_t at, size_t end, cyn_block_cell *cell)
{
    char c = t->s[at];
    if (c == '"') return read_text(t, at, end, cell);
    if (c == 't' || c == 'f' || c == 'n') return read_word(t->s, at, cell);
    return read_number(t->s, at, cell);
}

/* What the schema has seen of the field only grows. */
RARELY bool has_seen(const cyn_ndjson_keys *k, cyn_ndjson_key *key, cyn_seen what)
{
    key->seen = k->schema->fields[key - k->keys].seen;
    return key->seen & what;
}

/* What may stand behind the object. */
static bool ends_line(const char *s, size_t at, size_t end)
{
    while (at < end && (s[at] == ' ' || s[at] == '\t' || s[at] == '\r'))
        at++;
    return at == end;
}

bool cyn_ndjson_read_quick(cyn_ndjson_keys *k, cyn_ndjson_text *text, size_t from, size_t end,
                           cyn_block_cell *cells)
{
    cyn_ndjson_text t = *text;
    cyn_ndjson_key *key = &k->keys[k->count];
    const uint64_t stamp = ++k->stamp;
    size_t at = from;
    if (t.s[at] != '{') return false;
    do {
        at = skip_blank(t.s, at + 1);
        key = find_key(k, key, t.s + at, t.s + end);
        if (!key || key->stamp == stamp) return false; /* unknown, or twice */
        key->stamp = stamp;
        cyn_block_cell *cell = &cells[key->column];
        at = read_value(&t, skip_blank(t.s, at + key->length), end, cell);
        if (!at) return false;
        cyn_seen seen = cell->kind == CYN_CELL_PLAIN ? CYN_SEEN_NULL : CYN_SEEN_VALUE;
        if (!(key->seen & seen) && !has_seen(k, key, seen)) return false;
    } while (t.s[at] == ',');
    if (t.s[at] != '}' || !ends_line(t.s, at + 1, end)) return false;
    text->plain = t.plain;
    return true;
}
