/* Bodies: a flat JSON object, read strictly (RFC 8259), for it comes from strangers. */
#include "base/text.h"
#include "serve/api_impl.h"
#include <string.h>

#define MEMBERS_MOST 64
#define ITEMS_MOST   256

typedef struct reader {
    const char *text, *at, *end;
    cyn_arena *arena;
} reader;

static cyn_code fail(const reader *r, const char *expected, cyn_err *err)
{
    return cyn_fail(err, CYN_E_SYNTAX,
                    "the body is not the JSON object that was expected: %s, at byte %zu", expected,
                    (size_t)(r->at - r->text) + 1);
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool take(reader *r, char c)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

/* ---- texts ---- */

static bool hex4(reader *r, unsigned *out)
{
    unsigned x = 0;
    if (r->end - r->at < 4) return false;
    for (int i = 0; i < 4; i++) {
        char c = *r->at++;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16) return false;
        x = x * 16 + digit;
    }
    *out = x;
    return true;
}

static void put_utf8(char **out, unsigned c)
{
    char *o = *out;
    if (c < 0x80) {
        *o++ = (char)c;
    } else if (c < 0x800) {
        *o++ = (char)(0xC0 | c >> 6);
        *o++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *o++ = (char)(0xE0 | c >> 12);
        *o++ = (char)(0x80 | (c >> 6 & 0x3F));
        *o++ = (char)(0x80 | (c & 0x3F));
    } else {
        *o++ = (char)(0xF0 | c >> 18);
        *o++ = (char)(0x80 | (c >> 12 & 0x3F));
        *o++ = (char)(0x80 | (c >> 6 & 0x3F));
        *o++ = (char)(0x80 | (c & 0x3F));
    }
    *out = o;
}

/* Behind \u. NUL ends texts everywhere else: it is refused. */
static bool read_unicode(reader *r, char **out)
{
    unsigned c, low;
    if (!hex4(r, &c) || c == 0 || (c >= 0xDC00 && c <= 0xDFFF)) return false;
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u') return false;
        r->at += 2;
        if (!hex4(r, &low) || low < 0xDC00 || low > 0xDFFF) return false;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    put_utf8(out, c);
    return true;
}

static bool read_escape(reader *r, char **out)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (r->at == r->end) return false;
    char c = *r->at++;
    if (c == 'u') return read_unicode(r, out);
    const char *name = c ? strchr(names, c) : NULL;
    if (!name) return false;
    *(*out)++ = meant[name - names];
    return true;
}

static cyn_code read_text(reader *r, const char **out, cyn_err *err)
{
    if (!take(r, '"')) return fail(r, "a text in quotes is expected", err);
    char *text = cyn_alloc(r->arena, (size_t)(r->end - r->at) + 1), *o = text;
    if (!text) return cyn_nomem(err);
    while (r->at < r->end && *r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;
        if (c == '\\' ? !read_escape(r, &o) : c < ' ')
            return fail(r, "an escape or a control character is wrong", err);
        if (c != '\\') *o++ = (char)c;
    }
    if (!take(r, '"')) return fail(r, "a text does not end", err);
    *o = '\0';
    if (cyn_utf8_valid(text, (size_t)(o - text)) != (size_t)(o - text))
        return fail(r, "a text is not UTF-8", err);
    *out = text;
    return CYN_OK;
}

/* ---- values ---- */

static size_t digits(const reader *r, size_t from)
{
    size_t n = from;
    while (r->at + n < r->end && r->at[n] >= '0' && r->at[n] <= '9')
        n++;
    return n - from;
}

static bool is_at(const reader *r, size_t n, const char *any_of)
{
    return r->at + n < r->end && r->at[n] && strchr(any_of, r->at[n]);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? and its length; 0: it is no number. */
static size_t number_length(const reader *r)
{
    size_t n = is_at(r, 0, "-"), whole = digits(r, n), more;
    if (whole == 0 || (whole > 1 && r->at[n] == '0')) return 0;
    n += whole;
    if (is_at(r, n, ".")) {
        if (!(more = digits(r, n + 1))) return 0;
        n += 1 + more;
    }
    if (!is_at(r, n, "eE")) return n;
    n += 1 + (size_t)is_at(r, n + 1, "+-");
    more = digits(r, n);
    return more ? n + more : 0;
}

static bool take_word(reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0) return false;
    r->at += n;
    return true;
}

static cyn_code read_items(reader *r, api_member *m, cyn_err *err)
{
    const char **items = CYN_NEW_ARRAY(r->arena, ITEMS_MOST, const char *);
    if (!items) return cyn_nomem(err);
    m->kind = API_TEXTS;
    m->items = items;
    if (take(r, ']')) return CYN_OK;
    do {
        if (m->nitems == ITEMS_MOST) return fail(r, "the list is too long", err);
        CYN_TRY(read_text(r, &items[m->nitems++], err));
    } while (take(r, ','));
    return take(r, ']') ? CYN_OK : fail(r, "a comma or ] is expected", err);
}

static cyn_code read_value(reader *r, api_member *m, cyn_err *err)
{
    skip_blanks(r);
    size_t n = number_length(r);
    if (r->at < r->end && *r->at == '"') {
        m->kind = API_TEXT;
        return read_text(r, &m->text, err);
    }
    if (take(r, '[')) return read_items(r, m, err);
    if (take_word(r, "null")) return CYN_OK;
    if (take_word(r, "true") || take_word(r, "false")) {
        m->kind = API_BOOLEAN;
        m->text = r->at[-2] == 'u' ? "true" : "false";
        return CYN_OK;
    }
    if (n == 0)
        return fail(r, "a text, a number, true, false, null or a list of texts is expected", err);
    m->kind = API_NUMBER;
    m->text = cyn_strndup(r->arena, r->at, n);
    r->at += n;
    return m->text ? CYN_OK : cyn_nomem(err);
}

static cyn_code read_member(reader *r, api_member *members, size_t count, cyn_err *err)
{
    api_member *m = &members[count];
    CYN_TRY(read_text(r, &m->name, err));
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, m->name) == 0) return fail(r, "a member is there twice", err);
    if (!take(r, ':')) return fail(r, "a colon is expected", err);
    return read_value(r, m, err);
}

static cyn_code read_object(reader *r, api_object *out, cyn_err *err)
{
    api_member *members = CYN_NEW_ARRAY(r->arena, MEMBERS_MOST, api_member);
    if (!members) return cyn_nomem(err);
    out->members = members;
    if (!take(r, '{')) return fail(r, "{ is expected", err);
    if (take(r, '}')) return CYN_OK;
    do {
        if (out->count == MEMBERS_MOST) return fail(r, "there are too many members", err);
        CYN_TRY(read_member(r, members, out->count, err));
        out->count++;
    } while (take(r, ','));
    return take(r, '}') ? CYN_OK : fail(r, "a comma or } is expected", err);
}

cyn_code api_parse_object(const char *text, size_t n, cyn_arena *arena, api_object *out,
                          cyn_err *err)
{
    reader r = {text, text, text + n, arena};
    api_object o = {0};
    CYN_TRY(read_object(&r, &o, err));
    skip_blanks(&r);
    if (r.at < r.end) return fail(&r, "there is more behind its end", err);
    *out = o;
    return CYN_OK;
}

const api_member *api_member_of(const api_object *o, const char *name)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->members[i].name, name) == 0) return &o->members[i];
    return NULL;
}
