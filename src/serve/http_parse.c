/* From a message to a request. Every byte of it is a stranger's: what is malformed is refused, and
 * nothing is guessed. */
#include "base/text.h"
#include "serve/http_impl.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *cyn_message_header(const cyn_message *m, const char *name)
{
    for (size_t i = 0; i < m->nheaders; i++)
        if (strcasecmp(m->headers[i].name, name) == 0) return m->headers[i].value;
    return NULL;
}

static const char *header(const cyn_exchange *x, const char *name)
{
    const char *value = cyn_message_header(x->message, name);
    return value ? value : "";
}

/* ---- percent-encoding ---- */

static int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that %XX at s stands for, of n bytes; -1 where it stands for none, or for NUL. */
static int escaped_byte(const char *s, size_t n)
{
    if (n < 3) return -1;
    int high = digit(s[1]), low = digit(s[2]);
    if (high < 0 || low < 0 || high + low == 0) return -1;
    return high * 16 + low;
}

/* The decoded text of n bytes: UTF-8, without NUL. `plus`: + is a space, as in forms. */
static cyn_code decode(cyn_arena *arena, const char *s, size_t n, bool plus, const char *what,
                       const char **out, cyn_err *err)
{
    char *text = cyn_alloc(arena, n + 1);
    if (!text) return cyn_nomem(err);
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)s[i];
        if (c == '%') {
            c = escaped_byte(s + i, n - i);
            if (c < 0)
                return cyn_fail(err, CYN_E_SYNTAX,
                                "%s: the %% at byte %zu begins no escape of a character, such as "
                                "%%20",
                                what, i + 1);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        text[length++] = (char)c;
    }
    if (cyn_utf8_valid(text, length) < length)
        return cyn_fail(err, CYN_E_SYNTAX, "%s is not UTF-8", what);
    *out = text;
    return CYN_OK;
}

/* name=value&name=value, of n bytes. */
static cyn_code parse_pairs(cyn_arena *arena, const char *s, size_t n, const char *what,
                            const cyn_http_pair **out, size_t *count, cyn_err *err)
{
    size_t most = 1, found = 0;
    for (size_t i = 0; i < n; i++)
        most += s[i] == '&';
    if (most > CYN_HTTP_PAIRS)
        return cyn_fail(err, CYN_E_LIMIT, "%s has %zu values, of which %d are allowed", what, most,
                        CYN_HTTP_PAIRS);
    cyn_http_pair *pairs = CYN_NEW_ARRAY(arena, most, cyn_http_pair);
    if (!pairs) return cyn_nomem(err);
    for (const char *at = s, *end = s + n; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (!stop) stop = end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        const char *name_end = equals ? equals : stop, *value = equals ? equals + 1 : stop;
        if (stop > at) {
            cyn_http_pair *p = &pairs[found++];
            CYN_TRY(decode(arena, at, (size_t)(name_end - at), true, what, &p->name, err));
            CYN_TRY(decode(arena, value, (size_t)(stop - value), true, what, &p->value, err));
        }
        at = stop + 1;
    }
    *out = pairs;
    *count = found;
    return CYN_OK;
}

/* ---- the path ---- */

/* Whether it is, or holds between encoded slashes, a step that stays or climbs. */
static bool holds_dots(const char *segment)
{
    for (const char *s = segment;; s++) {
        size_t n = strcspn(s, "/");
        if ((n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.')) return true;
        s += n;
        if (!*s) return false;
    }
}

static bool holds_controls(const char *segment)
{
    for (const char *s = segment; *s; s++)
        if (cyn_control_size(s, strlen(s))) return true;
    return false;
}

static cyn_code add_segment(cyn_exchange *x, const char *s, size_t n, cyn_err *err)
{
    const char *segment;
    CYN_TRY(decode(x->request.arena, s, n, false, "the path", &segment, err));
    if (holds_dots(segment)) return cyn_fail(err, CYN_E_SYNTAX, "the path holds a '.' or '..'");
    if (holds_controls(segment))
        return cyn_fail(err, CYN_E_SYNTAX, "the path holds a control character");
    if (x->nsegments == CYN_HTTP_SEGMENTS)
        return cyn_fail(err, CYN_E_LIMIT, "the path has more than %d parts", CYN_HTTP_SEGMENTS);
    x->segments[x->nsegments++] = segment;
    return CYN_OK;
}

/* Segments without the empty ones, each decoded by itself: an encoded slash divides nothing. */
static cyn_code parse_segments(cyn_exchange *x, const char *s, size_t n, cyn_err *err)
{
    for (const char *at = s, *end = s + n; at < end;) {
        const char *stop = memchr(at, '/', (size_t)(end - at));
        if (!stop) stop = end;
        if (stop > at) CYN_TRY(add_segment(x, at, (size_t)(stop - at), err));
        at = stop + 1;
    }
    return CYN_OK;
}

static cyn_code join_segments(cyn_exchange *x, cyn_err *err)
{
    size_t length = 2;
    for (size_t i = 0; i < x->nsegments; i++)
        length += strlen(x->segments[i]) + 1;
    char *path = cyn_alloc(x->request.arena, length), *at = path;
    if (!path) return cyn_nomem(err);
    for (size_t i = 0; i < x->nsegments; i++) {
        *at++ = '/';
        at = stpcpy(at, x->segments[i]);
    }
    if (x->nsegments == 0) *at = '/';
    x->request.path = path;
    return CYN_OK;
}

/* Proxies may ask with the whole address: http://host/path. */
static const char *without_origin(const char *target)
{
    size_t scheme = strncasecmp(target, "http://", 7) == 0    ? 7
                    : strncasecmp(target, "https://", 8) == 0 ? 8
                                                              : 0;
    return scheme ? target + scheme + strcspn(target + scheme, "/?") : target;
}

static cyn_code parse_target(cyn_exchange *x, cyn_err *err)
{
    cyn_request *r = &x->request;
    const char *target = without_origin(x->message->target);
    bool is_path = *target == '/' || *target == '?' || (!*target && target != x->message->target);
    if (!is_path && strcmp(target, "*") != 0)
        return cyn_fail(err, CYN_E_SYNTAX, "the request names no path");
    if (!is_path) target = "";
    size_t path = strcspn(target, "?#");
    CYN_TRY(parse_segments(x, target, path, err));
    CYN_TRY(join_segments(x, err));
    if (target[path] != '?') return CYN_OK;
    const char *query = target + path + 1;
    return parse_pairs(r->arena, query, strcspn(query, "#"), "the query", &r->query, &r->nquery,
                       err);
}

/* ---- the body ---- */

static bool is_media_type(const char *value, const char *type)
{
    size_t n = strlen(type);
    return strncasecmp(value, type, n) == 0 && (!value[n] || strchr("; \t", value[n]));
}

static cyn_code parse_body(cyn_exchange *x, cyn_err *err)
{
    const cyn_message *m = x->message;
    cyn_request *r = &x->request;
    if (!m->body)
        return cyn_fail(err, CYN_E_LIMIT, "the body is longer than %zu bytes",
                        x->server->options.body_limit);
    r->body = m->body;
    r->nbody = m->nbody;
    r->content_type = header(x, "Content-Type");
    if (is_media_type(r->content_type, "multipart/form-data")) {
        cyn_fail(err, CYN_E_UNSUPPORTED, "forms as multipart/form-data are not understood");
        cyn_hint(err, "send application/x-www-form-urlencoded, or JSON");
        return CYN_E_UNSUPPORTED;
    }
    if (!is_media_type(r->content_type, "application/x-www-form-urlencoded")) return CYN_OK;
    return parse_pairs(r->arena, m->body, m->nbody, "the form", &r->form, &r->nform, err);
}

/* A proxy may look at one of them, and we at another. */
static bool has_two_hosts(const cyn_message *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->nheaders; i++)
        n += strcasecmp(m->headers[i].name, "Host") == 0;
    return n > 1;
}

cyn_code cyn_parse_request(cyn_exchange *x, cyn_err *err)
{
    if (x->message->bad) return cyn_fail(err, CYN_E_SYNTAX, "%s", x->message->bad);
    if (has_two_hosts(x->message)) return cyn_fail(err, CYN_E_SYNTAX, "the request has two hosts");
    if (x->message->head_too_long)
        return cyn_fail(err, CYN_E_LIMIT, "the target and the headers are longer than %d bytes",
                        CYN_HTTP_HEAD);
    CYN_TRY(parse_target(x, err));
    return parse_body(x, err);
}

/* ---- preferences ---- */

/* One item of "a;q=0.5, b": its text and quality in thousandths. False at the end. */
static bool next_choice(const char **list, const char **item, size_t *length, int *quality)
{
    const char *s = *list + strspn(*list, ", \t");
    if (!*s) return false;
    size_t whole = strcspn(s, ",");
    *item = s;
    *length = strcspn(s, ",; \t");
    *quality = 1000;
    for (const char *p = s + *length; p < s + whole; p++)
        if (*p == ';') {
            const char *q = p + 1 + strspn(p + 1, " \t");
            if ((*q == 'q' || *q == 'Q') && q[1] == '=') {
                double value = strtod(q + 2, NULL);
                *quality = value >= 0 && value <= 1 ? (int)(value * 1000) : 0;
            }
        }
    *list = s + whole;
    return true;
}

/* How much the client wants the media type by its name, or the language with or without a region;
 * 0: not at all. */
static int quality_of(const char *list, const char *name, bool language)
{
    const char *item;
    size_t length, n = strlen(name);
    int quality, best = 0;
    while (next_choice(&list, &item, &length, &quality))
        if (length >= n && strncasecmp(item, name, n) == 0 &&
            (length == n || (language && item[n] == '-')) && quality > best)
            best = quality;
    return best;
}

int cyn_request_wants(const cyn_request *r, const char *type)
{
    return quality_of(r->accept, type, false);
}

/* The language of ?lang=, without the query having been parsed: errors are told in it, too. */
static const char *language_asked(const char *target)
{
    const char *query = strchr(target, '?');
    for (const char *p = query; p && *p; p = strpbrk(p + 1, "&"))
        if (strncmp(p + 1, "lang=", 5) == 0)
            for (size_t i = 0; i < 2; i++) {
                const char *name = i ? "en" : "ja";
                const char *value = p + 6;
                if (strncmp(value, name, 2) == 0 && (!value[2] || value[2] == '&')) return name;
            }
    return NULL;
}

void cyn_parse_preferences(cyn_exchange *x)
{
    cyn_request *r = &x->request;
    const char *languages = header(x, "Accept-Language");
    r->accept = header(x, "Accept");
    r->wants_html = cyn_request_wants(r, "text/html") > cyn_request_wants(r, "application/json");
    int japanese = quality_of(languages, "ja", true), english = quality_of(languages, "en", true);
    const char *asked = language_asked(x->message->target);
    r->language = asked                                          ? asked
                  : japanese > english                           ? "ja"
                  : english > japanese                           ? "en"
                  : cyn_is_japanese(x->server->options.language) ? "ja"
                                                                 : "en";
}

/* ---- looking things up ---- */

static const char *find(const cyn_http_pair *pairs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].name, name) == 0) return pairs[i].value;
    return NULL;
}

const char *cyn_request_query(const cyn_request *r, const char *name)
{
    return find(r->query, r->nquery, name);
}

const char *cyn_request_value(const cyn_request *r, const char *name)
{
    const char *value = cyn_request_query(r, name);
    return value ? value : find(r->form, r->nform, name);
}
