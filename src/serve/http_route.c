/* Which route a path belongs to. A pattern is compared segment by segment; where several fit, what
 * is spelled out counts more than a {name}, and that more than a {rest}. */
#include "serve/http_impl.h"
#include <stdio.h>
#include <string.h>

/* The next segment of a pattern; false at its end. */
static bool next_part(const char **pattern, const char **part, size_t *length)
{
    const char *s = *pattern + strspn(*pattern, "/");
    if (!*s) return false;
    *part = s;
    *length = strcspn(s, "/");
    *pattern = s + *length;
    return true;
}

static bool is_param(const char *part, size_t length)
{
    return length > 2 && part[0] == '{' && part[length - 1] == '}';
}

static bool is_rest(const char *part, size_t length)
{
    return length == 6 && memcmp(part, "{rest}", 6) == 0;
}

/* How well the pattern fits, -1: not at all. A digit of base 3 for each segment, so that the first
 * one that differs decides. */
static int64_t fit(const char *pattern, const cyn_exchange *x)
{
    const char *part;
    size_t length, i = 0;
    int64_t score = 0;
    while (next_part(&pattern, &part, &length)) {
        if (i == x->nsegments) return -1;
        if (is_rest(part, length)) {
            for (; i < x->nsegments; i++)
                score *= 3;
            return score;
        }
        bool param = is_param(part, length);
        const char *segment = x->segments[i++];
        if (!param && (strlen(segment) != length || memcmp(segment, part, length) != 0)) return -1;
        score = score * 3 + (param ? 1 : 2);
    }
    return i == x->nsegments ? score : -1;
}

/* {rest} is all that is left, with its slashes. */
static const char *joined(const cyn_exchange *x, size_t from)
{
    const char *text = x->segments[from];
    for (size_t i = from + 1; text && i < x->nsegments; i++)
        text = cyn_sprintf(x->request.arena, "%s/%s", text, x->segments[i]);
    return text;
}

/* False when memory is exhausted. */
static bool bind_params(const char *pattern, cyn_exchange *x)
{
    const char *part;
    size_t length, n = 0;
    for (size_t i = 0; next_part(&pattern, &part, &length) && n < CYN_HTTP_PARAMS; i++) {
        bool rest = is_rest(part, length);
        if (!is_param(part, length)) continue;
        const char *value = rest ? joined(x, i) : x->segments[i];
        if (!value) return false;
        x->request.params[n++] = value;
    }
    return true;
}

static bool answers(const cyn_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

typedef struct search {
    const cyn_route *best;
    int64_t score;
    bool reads, posts, puts, deletes; /* what the path may be asked */
} search;

static void look_among(const cyn_route *routes, size_t n, const cyn_exchange *x, search *s)
{
    for (size_t i = 0; i < n; i++) {
        int64_t score = fit(routes[i].pattern, x);
        if (score < 0) continue;
        s->reads |= strcmp(routes[i].method, "GET") == 0;
        s->posts |= strcmp(routes[i].method, "POST") == 0;
        s->puts |= strcmp(routes[i].method, "PUT") == 0;
        s->deletes |= strcmp(routes[i].method, "DELETE") == 0;
        if (score > s->score && answers(&routes[i], x->request.method)) {
            s->best = &routes[i];
            s->score = score;
        }
    }
}

cyn_code cyn_route_find(cyn_exchange *x, const cyn_route **out, char allow[64], cyn_err *err)
{
    search s = {.score = -1};
    look_among(cyn_routes_auth, cyn_nroutes_auth, x, &s);
    look_among(x->server->routes, x->server->nroutes, x, &s);
    bool known = s.reads || s.posts || s.puts || s.deletes;
    snprintf(allow, 64, "%s%s%s%s%s", s.reads ? "GET, HEAD, " : "", s.posts ? "POST, " : "",
             s.puts ? "PUT, " : "", s.deletes ? "DELETE, " : "", known ? "OPTIONS" : "");
    *out = s.best;
    return s.best && !bind_params(s.best->pattern, x) ? cyn_nomem(err) : CYN_OK;
}
