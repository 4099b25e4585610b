/* NDJSON: one JSON object per line, as RFC 8259 has it, flattened to dotted paths.
 *
 * {"a": {"b": 1, "c": [2, 3]}, "d": null} has the fields a.b = 1 and c's length, a.c.length = 2;
 * a null is a missing value. Strings and keys are unescaped, numbers keep their text. The parser
 * checks everything, also what is not kept (the elements of arrays), so that a line is either taken
 * whole or bad. A key that comes twice makes the line bad: which of the two would be right?
 */
#include "base/buf.h"
#include "base/text.h"
#include "source/reader.h"
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 64, REASON_SIZE = 160 };

/* A field that a line has, counted only when all of the line is good. */
typedef struct mark {
    uint32_t field;
    cyn_seen seen;
} mark;

typedef struct ndjson_reader {
    cyn_reader reader;
    cyn_schema *schema;
    cyn_read_window window;
    int64_t line;
    cyn_source_cell *cells;
    size_t ncells, capacity;
    mark *marks;
    size_t nmarks, marks_capacity;
    cyn_buf plain; /* unescaped strings and keys */
    cyn_buf path;  /* of the value that is being read */
    const char *start, *p, *end;
    int depth, arrays; /* open objects and arrays; open arrays */
    cyn_err *err;      /* for failures that end the reading; code in fatal */
    cyn_code fatal;
    const char *bad_at;
    char reason[REASON_SIZE];
} ndjson_reader;

static ndjson_reader *ndjson_of(cyn_reader *r)
{
    return (ndjson_reader *)r;
}

/* The parser's functions return false when the line is bad or the reading has failed. */
static bool bad(ndjson_reader *j, const char *at, const char *reason)
{
    j->bad_at = at;
    snprintf(j->reason, REASON_SIZE, "%s", reason);
    return false;
}

static bool fatal(ndjson_reader *j, cyn_code code)
{
    j->fatal = code;
    return false;
}

/* "expected ':', found 'x'" */
static bool unexpected(ndjson_reader *j, const char *expected)
{
    j->bad_at = j->p;
    if (j->p == j->end) {
        snprintf(j->reason, REASON_SIZE, "expected %s, found the end of the line", expected);
    } else {
        size_t n = 1;
        while (j->p + n < j->end && ((unsigned char)j->p[n] & 0xC0) == 0x80)
            n++;
        snprintf(j->reason, REASON_SIZE, "expected %s, found '%.*s'", expected, (int)n, j->p);
    }
    return false;
}

static void skip_blanks(ndjson_reader *j)
{
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n'))
        j->p++;
}

static bool hex4(const char *s, const char *end, unsigned *out)
{
    if (end - s < 4) return false;
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return false;
        v = v << 4 | digit;
    }
    *out = v;
    return true;
}

static void add_utf8(cyn_buf *b, unsigned c)
{
    char s[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        s[i] = (char)(0x80 | (c & 0x3F));
    s[0] = (char)(lead[n] | c);
    cyn_buf_add(b, s, n);
}

/* \uXXXX, and the second half of a surrogate pair; p stands behind "\u". */
static bool read_unicode(ndjson_reader *j)
{
    const char *at = j->p - 2;
    unsigned c, low;
    if (!hex4(j->p, j->end, &c)) return bad(j, at, "expected four hexadecimal digits after \\u");
    j->p += 4;
    if (c >= 0xD800 && c < 0xDC00) {
        if (j->end - j->p < 6 || j->p[0] != '\\' || j->p[1] != 'u' ||
            !hex4(j->p + 2, j->end, &low) || low < 0xDC00 || low > 0xDFFF)
            return bad(j, at, "half of a surrogate pair");
        j->p += 6;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    } else if (c >= 0xDC00 && c < 0xE000) {
        return bad(j, at, "half of a surrogate pair");
    }
    if (c == 0) return bad(j, at, "a NUL character");
    add_utf8(&j->plain, c);
    return true;
}

static bool read_escape(ndjson_reader *j)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = j->p + 1 < j->end ? j->p[1] : 0;
    const char *found = c ? strchr(from, c) : NULL;
    j->p += 2;
    if (found) {
        cyn_buf_putc(&j->plain, to[found - from]);
        return true;
    }
    if (c == 'u') return read_unicode(j);
    return bad(j, j->p - 2, "an escape that JSON does not know: a backslash is written twice");
}

/* A string from its opening quote on. Without escapes it points into the line. The unescaped text
 * must not move while cells point to it: reserve_plain() made room for the whole line. */
static bool read_string(ndjson_reader *j, const char **s, size_t *n)
{
    const char *from = ++j->p;
    size_t plain = j->plain.len;
    bool escaped = false;
    for (;;) {
        const char *run = j->p;
        while (j->p < j->end && *j->p != '"' && *j->p != '\\' && (unsigned char)*j->p >= 0x20)
            j->p++;
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

static bool skip_digits(ndjson_reader *j)
{
    if (j->p == j->end || *j->p < '0' || *j->p > '9') return unexpected(j, "a digit");
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
        j->p++;
    return true;
}

static bool skip_number(ndjson_reader *j)
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

static bool add_cell(ndjson_reader *j, cyn_source_cell cell)
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

static bool add_mark(ndjson_reader *j, mark m)
{
    if (j->nmarks == j->marks_capacity) {
        size_t capacity = j->marks_capacity ? j->marks_capacity * 2 : 64;
        mark *marks = cyn_realloc(j->marks, capacity * sizeof *marks);
        if (!marks) return fatal(j, cyn_nomem(j->err));
        j->marks = marks;
        j->marks_capacity = capacity;
    }
    j->marks[j->nmarks++] = m;
    return true;
}

/* The field at the current path; false when this line had it before. */
static bool enter_field(ndjson_reader *j, const char *at, cyn_seen seen, uint32_t *number)
{
    cyn_code rc = cyn_schema_field(j->schema, j->path.data, j->path.len, number, j->err);
    if (rc != CYN_OK) return fatal(j, rc);
    cyn_source_field *f = &j->schema->fields[*number];
    if (f->stamp == j->schema->stamp) {
        j->bad_at = at;
        snprintf(j->reason, REASON_SIZE, "the key '%.100s' comes twice", f->name);
        return false;
    }
    f->stamp = j->schema->stamp;
    return add_mark(j, (mark){*number, seen});
}

/* Records a scalar whose text is s[0 … n); inside arrays nothing is kept. */
static bool keep(ndjson_reader *j, const char *at, cyn_cell_kind kind, const char *s, size_t n)
{
    if (j->arrays > 0) return true;
    cyn_source_cell cell = {
        .s = s, .n = (uint32_t)n, .at = (uint32_t)(at - j->start), .kind = kind};
    if (!enter_field(j, at, CYN_SEEN_VALUE, &cell.field)) return false;
    return (n == 0 && kind != CYN_CELL_STRING) || add_cell(j, cell);
}

static bool read_word(ndjson_reader *j)
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

static bool read_value(ndjson_reader *j);

/* Makes `path` longer by a key for the time of one member. */
static bool read_member(ndjson_reader *j)
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
static bool read_items(ndjson_reader *j, char close, bool (*item)(ndjson_reader *), size_t *count)
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

static bool read_object(ndjson_reader *j)
{
    size_t count;
    uint32_t number;
    if (j->arrays == 0 && j->depth > 0 && !enter_field(j, j->p, CYN_SEEN_OBJECT, &number))
        return false;
    return read_items(j, '}', read_member, &count);
}

/* Kept as "<path>.length". */
static bool read_array(ndjson_reader *j)
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

static bool read_value(ndjson_reader *j)
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

static bool read_line(ndjson_reader *j)
{
    size_t n = (size_t)(j->end - j->start), good = cyn_check_text(j->start, n);
    if (good < n) return bad(j, j->start + good, j->start[good] ? "not UTF-8" : "a NUL byte");
    if (*j->p != '{') return unexpected(j, "an object ('{'), one on each line");
    if (!read_object(j)) return false;
    skip_blanks(j);
    return j->p == j->end || unexpected(j, "the end of the line");
}

/* Room for all unescaped texts: they are never longer than the line, but for the lengths of arrays,
 * which take less than the brackets and commas that they count, plus one digit. */
static bool begin_line(ndjson_reader *j, const char *s, size_t n)
{
    j->start = j->p = s;
    j->end = s + n;
    j->depth = j->arrays = 0;
    j->ncells = j->nmarks = 0;
    j->path.len = 0;
    j->schema->stamp++;
    cyn_buf_reset(&j->plain);
    return cyn_buf_reserve(&j->plain, n + 32);
}

/* Finds the next line that is not blank. A line longer than the window may be is bad. */
static cyn_code next_line(ndjson_reader *j, cyn_source_row *row, bool *more, cyn_err *err)
{
    cyn_read_window *w = &j->window;
    for (;;) {
        char *s = w->data + w->begin;
        char *feed = memchr(s, '\n', w->end - w->begin);
        if (!feed && !w->eof && !cyn_window_full(w)) {
            CYN_TRY(cyn_window_more(w, err));
            continue;
        }
        *more = w->begin < w->end;
        if (!*more) return CYN_OK;
        *row = (cyn_source_row){.text = s, .line = j->line++};
        if (!feed && !w->eof) {
            row->bad = "a line longer than 16 MiB";
            return CYN_OK;
        }
        row->length = feed ? (size_t)(feed - s) : w->end - w->begin;
        w->begin += row->length + (feed != NULL);
        while (row->length > 0 &&
               (row->text[0] == ' ' || row->text[0] == '\t' || row->text[0] == '\r')) {
            row->text++;
            row->length--;
        }
        if (row->length > 0) return CYN_OK;
    }
}

static cyn_code ndjson_next(cyn_reader *r, cyn_source_row *row, bool *more, cyn_err *err)
{
    ndjson_reader *j = ndjson_of(r);
    CYN_TRY(next_line(j, row, more, err));
    if (!*more) return CYN_OK;
    if (row->bad) {
        row->text = "";
        return cyn_window_skip_line(&j->window, err);
    }
    if (!begin_line(j, row->text, row->length)) return cyn_nomem(err);
    j->err = err;
    j->fatal = CYN_OK;
    if (read_line(j)) {
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

static int64_t ndjson_position(const cyn_reader *r)
{
    return cyn_input_position(((const ndjson_reader *)r)->window.input);
}

static void ndjson_close(cyn_reader *r)
{
    ndjson_reader *j = ndjson_of(r);
    cyn_window_clear(&j->window);
    cyn_buf_clear(&j->plain);
    cyn_buf_clear(&j->path);
    cyn_free(j->cells);
    cyn_free(j->marks);
    cyn_free(j);
}

cyn_code cyn_ndjson_open(const cyn_source_file *file, cyn_input *input, cyn_schema *schema,
                         cyn_reader **out, cyn_err *err)
{
    ndjson_reader *j = cyn_calloc(1, sizeof *j);
    if (!j) {
        cyn_input_close(input);
        return cyn_nomem(err);
    }
    j->reader =
        (cyn_reader){.next = ndjson_next, .position = ndjson_position, .close = ndjson_close};
    j->schema = schema;
    j->line = 1;
    cyn_code rc = cyn_window_init(&j->window, input, file->shown, err);
    if (rc != CYN_OK) {
        ndjson_close(&j->reader);
        return rc;
    }
    *out = &j->reader;
    return CYN_OK;
}
