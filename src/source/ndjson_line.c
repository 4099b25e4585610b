#include "source/ndjson_line.h"
#include "source/ndjson_escape.h"
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

/* The parser's functions return false when the line is bad or the reading has failed. */
static bool bad(cyn_ndjson *j, const char *at, const char *reason)
{
    j->bad_at = at;
    snprintf(j->reason, CYN_NDJSON_REASON, "%s", reason);
    return false;
}

static bool fatal(cyn_ndjson *j, cyn_code code)
{
    j->fatal = code;
    return false;
}

/* "expected ':', found 'x'" */
static bool unexpected(cyn_ndjson *j, const char *expected)
{
    j->bad_at = j->p;
    if (j->p == j->end) {
        snprintf(j->reason, CYN_NDJSON_REASON, "expected %s, found the end of the line", expected);
    } else {
        size_t n = 1;
        while (j->p + n < j->end && ((unsigned char)j->p[n] & 0xC0) == 0x80)
            n++;
        snprintf(j->reason, CYN_NDJSON_REASON, "expected %s, found '%.*s'", expected, (int)n, j->p);
    }
    return false;
}

static void skip_blanks(cyn_ndjson *j)
{
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n'))
        j->p++;
}

static bool read_escape(cyn_ndjson *j)
{
    char bytes[4], *to = bytes;
    const char *reason = cyn_ndjson_unescape(&j->p, j->end, &to);
    if (reason) return bad(j, j->p, reason);
    cyn_buf_add(&j->plain, bytes, (size_t)(to - bytes));
    return true;
}

/* Behind the characters of a string that stand for themselves. Eight at a time: a byte's high bit
 * is set where it is a quote, a backslash or a control character; one that is none may be marked,
 * but only behind one that is. */
static void skip_run(cyn_ndjson *j)
{
    const uint64_t low = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
    const char *p = j->p;
    for (; j->end - p >= 8; p += 8) {
        uint64_t w, quote, backslash;
        memcpy(&w, p, sizeof w);
        quote = w ^ low * '"';
        backslash = w ^ low * '\\';
        if ((((quote - low) & ~quote) | ((backslash - low) & ~backslash) |
             ((w - low * 0x20) & ~w)) &
            high)
            break;
    }
    while (p < j->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
        p++;
    j->p = p;
}

/* A string from its opening quote on. Without escapes it points into the line. The unescaped text
 * must not move while cells point to it: reserve_plain() made room for the whole line. */
static bool read_string(cyn_ndjson *j, const char **s, size_t *n)
{
    const char *from = ++j->p;
    size_t plain = j->plain.len;
    bool escaped = false;
    for (;;) {
        const char *run = j->p;
        skip_run(j);
        if (escaped) cyn_buf_add(&j->plain, run, (size_t)(j->p - run));
        if (j->p == j->end) return bad(j, from - 1, "a string without closing quote");
        if (*j->p == '"') break;
        if (*j->p != '\\') return bad(j, j->p, "a control character in a string: write \\u00XX");
        if (!escaped) cyn_buf_add(&j->plain, from, (size_t)(j->p - from));
        escaped = true;
        if (!read_escape(j)) return false;
    }
    *s = escaped ? j->plain.data + plain : from;
    *n = escaped ? j->plain.len - plain : (size_t)(j->p - from);
    j->p++;
    return true;
}

static bool skip_digits(cyn_ndjson *j)
{
    if (j->p == j->end || *j->p < '0' || *j->p > '9') return unexpected(j, "a digit");
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
        j->p++;
    return true;
}

static bool skip_number(cyn_ndjson *j)
{
    if (*j->p == '-') j->p++;
    const char *digits = j->p;
    if (!skip_digits(j)) return false;
    if (*digits == '0' && j->p - digits > 1) return bad(j, digits, "a number with a leading zero");
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        if (!skip_digits(j)) return false;
    }
    if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
        j->p++;
        if (j->p < j->end && (*j->p == '+' || *j->p == '-')) j->p++;
        if (!skip_digits(j)) return false;
    }
    return true;
}

static bool add_cell(cyn_ndjson *j, cyn_source_cell cell)
{
    if (j->ncells == j->capacity) {
        size_t capacity = j->capacity ? j->capacity * 2 : 64;
        cyn_source_cell *cells = cyn_realloc(j->cells, capacity * sizeof *cells);
        if (!cells) return fatal(j, cyn_nomem(j->err));
        j->cells = cells;
        j->capacity = capacity;
    }
    j->cells[j->ncells++] = cell;
    return true;
}

static bool add_mark(cyn_ndjson *j, cyn_ndjson_mark m)
{
    if (j->nmarks == j->marks_capacity) {
        size_t capacity = j->marks_capacity ? j->marks_capacity * 2 : 64;
        cyn_ndjson_mark *marks = cyn_realloc(j->marks, capacity * sizeof *marks);
        if (!marks) return fatal(j, cyn_nomem(j->err));
        j->marks = marks;
        j->marks_capacity = capacity;
    }
    j->marks[j->nmarks++] = m;
    return true;
}

/* The field at the current path. Most lines have their keys in the order in which the first line
 * had them, here and there without one: the next few fields are looked at before all of them. */
static cyn_code find_field(cyn_ndjson *j, uint32_t *number)
{
    enum { NEAR = 3 };
    const cyn_schema *s = j->schema;
    uint32_t next = j->nmarks ? j->marks[j->nmarks - 1].field + 1 : 0;
    for (uint32_t i = next; i < s->count && i < next + NEAR; i++) {
        const cyn_source_field *f = &s->fields[i];
        if (f->length != j->path.len || memcmp(f->name, j->path.data, f->length) != 0) continue;
        *number = i;
        return CYN_OK;
    }
    return cyn_schema_field(j->schema, j->path.data, j->path.len, number, j->err);
}

/* Enters the field at the current path; false when this line had it before. */
static bool enter_field(cyn_ndjson *j, const char *at, cyn_seen seen, uint32_t *number)
{
    cyn_code rc = find_field(j, number);
    if (rc != CYN_OK) return fatal(j, rc);
    cyn_source_field *f = &j->schema->fields[*number];
    if (f->stamp == j->schema->stamp) {
        j->bad_at = at;
        snprintf(j->reason, CYN_NDJSON_REASON, "the key '%.100s' comes twice", f->name);
        return false;
    }
    f->stamp = j->schema->stamp;
    return add_mark(j, (cyn_ndjson_mark){*number, seen});
}

/* Records a scalar whose text is s[0 … n); inside arrays nothing is kept. */
static bool keep(cyn_ndjson *j, const char *at, cyn_cell_kind kind, const char *s, size_t n)
{
    if (j->arrays > 0) return true;
    cyn_source_cell cell = {
        .s = s, .n = (uint32_t)n, .at = (uint32_t)(at - j->start), .kind = kind};
    if (!enter_field(j, at, CYN_SEEN_VALUE, &cell.field)) return false;
    return (n == 0 && kind != CYN_CELL_STRING) || add_cell(j, cell);
}

static bool read_word(cyn_ndjson *j)
{
    static const char *const words[] = {"true", "false", "null"};
    const char *at = j->p;
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(j->end - at) < n || memcmp(at, words[i], n) != 0) continue;
        j->p += n;
        if (i < 2) return keep(j, at, CYN_CELL_BOOLEAN, at, n);
        uint32_t number;
        return j->arrays > 0 || enter_field(j, at, CYN_SEEN_NULL, &number);
    }
    return unexpected(j, "a value");
}

static bool read_value(cyn_ndjson *j);

/* Makes `path` longer by a key for the time of one member. */
static bool read_member(cyn_ndjson *j)
{
    const char *key, *at = j->p;
    size_t n, before = j->path.len;
    if (j->p == j->end || *j->p != '"') return unexpected(j, "a key in quotes");
    if (!read_string(j, &key, &n)) return false;
    if (n == 0) return bad(j, at, "an empty key");
    if (j->arrays == 0) {
        if (before > 0) cyn_buf_putc(&j->path, '.');
        cyn_buf_add(&j->path, key, n);
        if (j->path.failed) return fatal(j, cyn_nomem(j->err));
    }
    skip_blanks(j);
    if (j->p == j->end || *j->p != ':') return unexpected(j, "':'");
    j->p++;
    if (!read_value(j)) return false;
    j->path.len = before;
    return true;
}

/* What is inside brackets: members or elements, separated by commas. */
static bool read_items(cyn_ndjson *j, char close, bool (*item)(cyn_ndjson *), size_t *count)
{
    if (++j->depth > DEPTH_MAX) return bad(j, j->p, "more than 64 levels of nesting");
    j->p++;
    *count = 0;
    skip_blanks(j);
    if (j->p < j->end && *j->p == close) {
        j->p++;
        j->depth--;
        return true;
    }
    for (;;) {
        skip_blanks(j);
        if (!item(j)) return false;
        ++*count;
        skip_blanks(j);
        if (j->p < j->end && *j->p == close) break;
        if (j->p == j->end || *j->p != ',')
            return unexpected(j, close == '}' ? "',' or '}'" : "',' or ']'");
        j->p++;
    }
    j->p++;
    j->depth--;
    return true;
}

static bool read_object(cyn_ndjson *j)
{
    size_t count;
    uint32_t number;
    if (j->arrays == 0 && j->depth > 0 && !enter_field(j, j->p, CYN_SEEN_OBJECT, &number))
        return false;
    return read_items(j, '}', read_member, &count);
}

/* Kept as "<path>.length". */
static bool read_array(cyn_ndjson *j)
{
    const char *at = j->p;
    size_t count, before = j->path.len;
    uint32_t number;
    if (j->arrays == 0 && !enter_field(j, at, CYN_SEEN_OBJECT, &number)) return false;
    j->arrays++;
    if (!read_items(j, ']', read_value, &count)) return false;
    if (--j->arrays > 0) return true;
    size_t plain = j->plain.len;
    cyn_buf_printf(&j->plain, "%zu", count);
    cyn_buf_puts(&j->path, ".length");
    if (j->path.failed) return fatal(j, cyn_nomem(j->err));
    bool ok = keep(j, at, CYN_CELL_NUMBER, j->plain.data + plain, j->plain.len - plain);
    j->path.len = before;
    return ok;
}

static bool read_value(cyn_ndjson *j)
{
    skip_blanks(j);
    const char *at = j->p, *s;
    size_t n;
    if (j->p == j->end) return unexpected(j, "a value");
    switch (*j->p) {
    case '{': return read_object(j);
    case '[': return read_array(j);
    case '"': return read_string(j, &s, &n) && keep(j, at, CYN_CELL_STRING, s, n);
    case 't':
    case 'f':
    case 'n': return read_word(j);
    default: break;
    }
    if (*at != '-' && (*at < '0' || *at > '9')) return unexpected(j, "a value");
    return skip_number(j) && keep(j, at, CYN_CELL_NUMBER, at, (size_t)(j->p - at));
}

static bool read_line(cyn_ndjson *j, bool clean)
{
    size_t n = (size_t)(j->end - j->start), good = clean ? n : cyn_check_text(j->start, n);
    if (good < n) return bad(j, j->start + good, j->start[good] ? "not UTF-8" : "a NUL byte");
    if (*j->p != '{') return unexpected(j, "an object ('{'), one on each line");
    if (!read_object(j)) return false;
    skip_blanks(j);
    return j->p == j->end || unexpected(j, "the end of the line");
}

/* Room for all unescaped texts: they are never longer than the line, but for the lengths of arrays,
 * which take less than the brackets and commas that they count, plus one digit. */
static bool begin_line(cyn_ndjson *j, const cyn_source_row *row)
{
    j->start = j->p = row->text;
    j->end = row->text + row->length;
    j->depth = j->arrays = 0;
    j->ncells = j->nmarks = 0;
    j->path.len = 0;
    j->schema->stamp++;
    cyn_buf_reset(&j->plain);
    return cyn_buf_reserve(&j->plain, row->length + 32);
}

cyn_code cyn_ndjson_read(cyn_ndjson *j, cyn_source_row *row, bool clean, cyn_err *err)
{
    if (!begin_line(j, row)) return cyn_nomem(err);
    j->err = err;
    j->fatal = CYN_OK;
    if (read_line(j, clean)) {
        for (size_t i = 0; i < j->nmarks; i++)
            j->schema->fields[j->marks[i].field].seen |= (uint8_t)j->marks[i].seen;
        row->cells = j->cells;
        row->ncells = j->ncells;
        return CYN_OK;
    }
    if (j->fatal != CYN_OK) return j->fatal;
    row->bad = j->reason;
    row->bad_at = (size_t)(j->bad_at - j->start);
    return CYN_OK;
}

bool cyn_ndjson_trim(cyn_source_row *row)
{
    while (row->length > 0 &&
           (row->text[0] == ' ' || row->text[0] == '\t' || row->text[0] == '\r')) {
        row->text++;
        row->length--;
    }
    return row->length > 0;
}

void cyn_ndjson_clear(cyn_ndjson *j)
{
    cyn_buf_clear(&j->plain);
    cyn_buf_clear(&j->path);
    cyn_free(j->cells);
    cyn_free(j->marks);
    *j = (cyn_ndjson){0};
}
