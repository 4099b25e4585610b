#include "serve/promql_parse_impl.h"
#include <string.h>

static cyn_code add_matcher(cyn_promql_parser *p, cyn_promql_node *node, cyn_prom_matcher m,
                            const char *at)
{
    if (m.how == CYN_PROM_LIKE || m.how == CYN_PROM_UNLIKE) {
        cyn_regex *regex = NULL;
        cyn_err why = {0};
        cyn_code rc = cyn_regex_new(m.value, p->arena, &regex, &why);
        if (rc == CYN_E_SYNTAX)
            return cyn_promql_wrong(p->lexer.text, at, p->err, "%s", why.message);
        if (rc != CYN_OK) return cyn_nomem(p->err);
        m.regex = regex;
    }
    cyn_prom_matcher *more =
        cyn_grown(p->arena, node->matchers, node->nmatchers, &node->room, sizeof *more);
    if (!more) return cyn_nomem(p->err);
    node->matchers = more;
    node->matchers[node->nmatchers++] = m;
    return CYN_OK;
}

static cyn_code matcher(cyn_promql_parser *p, cyn_promql_node *node)
{
    static const char *const signs[] = {"=", "!=", "=~", "!~"};
    static const char where[] = "in label matching";
    if (p->now.kind != CYN_TOKEN_NAME)
        return cyn_promql_parse_unexpected(p, where, "the name of a label or \"}\"");
    cyn_prom_matcher m = {.name = cyn_strndup(p->arena, p->now.at, p->now.n)};
    if (!m.name) return cyn_nomem(p->err);
    if (!cyn_prom_is_label_name(m.name))
        return cyn_promql_parse_unexpected(p, where, "the name of a label");
    if (strcmp(m.name, "__name__") == 0 && node->text)
        return cyn_promql_wrong(p->lexer.text, p->now.at, p->err,
                                "metric name must not be set twice: \"%s\"", node->text);
    CYN_TRY(cyn_promql_parse_step(p));
    size_t how = 0;
    while (how < 4 && !cyn_promql_parse_sign(&p->now, signs[how]))
        how++;
    if (how == 4) return cyn_promql_parse_unexpected(p, where, "one of =, !=, =~, !~");
    m.how = (cyn_prom_match)how;
    CYN_TRY(cyn_promql_parse_step(p));
    if (p->now.kind != CYN_TOKEN_STRING) return cyn_promql_parse_unexpected(p, where, "a string");
    m.value = p->now.text;
    CYN_TRY(add_matcher(p, node, m, p->now.at));
    return cyn_promql_parse_step(p);
}

/* Else all series of the project would be meant, by a slip. */
static cyn_code need_a_matcher(cyn_promql_parser *p, const cyn_promql_node *node)
{
    bool empty = true;
    for (size_t i = 0; i < node->nmatchers && empty; i++)
        CYN_TRY(cyn_prom_matches(&node->matchers[i], "", &empty, p->err));
    if (!empty) return CYN_OK;
    return cyn_promql_wrong(p->lexer.text, node->at, p->err,
                            "vector selector must contain at least one non-empty matcher");
}

/* name{…}, name, or {…}. */
cyn_code cyn_promql_parse_selector(cyn_promql_parser *p, cyn_promql_node **out)
{
    cyn_promql_node *node = NULL;
    CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_SELECTOR, CYN_PROMQL_VECTOR, p->now.at, &node));
    if (p->now.kind == CYN_TOKEN_NAME) {
        node->text = cyn_strndup(p->arena, p->now.at, p->now.n);
        if (!node->text) return cyn_nomem(p->err);
        cyn_prom_matcher m = {CYN_PROM_EQUAL, "__name__", node->text, NULL};
        CYN_TRY(add_matcher(p, node, m, p->now.at));
        CYN_TRY(cyn_promql_parse_step(p));
    }
    if (cyn_promql_parse_sign(&p->now, "{")) {
        CYN_TRY(cyn_promql_parse_step(p));
        while (!cyn_promql_parse_sign(&p->now, "}")) {
            CYN_TRY(matcher(p, node));
            if (!cyn_promql_parse_sign(&p->now, "}"))
                CYN_TRY(cyn_promql_parse_expect(p, ",", "in label matching"));
        }
        CYN_TRY(cyn_promql_parse_step(p));
    }
    CYN_TRY(need_a_matcher(p, node));
    *out = node;
    return CYN_OK;
}

static cyn_code duration(cyn_promql_parser *p, int64_t *out, const char *where)
{
    if (p->now.kind != CYN_TOKEN_DURATION)
        return cyn_promql_parse_unexpected(p, where, "a duration such as 5m");
    *out = p->now.ms;
    return cyn_promql_parse_step(p);
}

/* Behind the colon of [1h:5m]; the step may be missing. */
static cyn_code subquery(cyn_promql_parser *p, cyn_promql_node **node, const char *at)
{
    cyn_promql_node *of = *node;
    int64_t every = 0;
    CYN_TRY(cyn_promql_parse_step(p));
    if (!cyn_promql_parse_sign(&p->now, "]")) {
        CYN_TRY(duration(p, &every, "in a subquery"));
        if (every <= 0)
            return cyn_promql_wrong(p->lexer.text, at, p->err,
                                    "a step must be longer than nothing");
    }
    CYN_TRY(cyn_promql_parse_expect(p, "]", "in a subquery"));
    CYN_TRY(cyn_promql_need_type(p, of, CYN_PROMQL_VECTOR, "a subquery"));
    CYN_TRY(cyn_promql_parse_node(p, CYN_NODE_SUBQUERY, CYN_PROMQL_MATRIX, of->at, node));
    CYN_TRY(cyn_promql_parse_arg(p, *node, of));
    (*node)->step = every;
    return CYN_OK;
}

/* A selector becomes one of a range. */
static cyn_code range_of(cyn_promql_parser *p, cyn_promql_node *of, const char *at)
{
    CYN_TRY(cyn_promql_parse_expect(p, "]", "in a range"));
    if (of->kind != CYN_NODE_SELECTOR || of->range || of->wrapped)
        return cyn_promql_wrong(p->lexer.text, at, p->err,
                                "ranges are allowed for vector selectors only; a subquery is "
                                "written [5m:]");
    if (of->has_offset || of->pinned)
        return cyn_promql_wrong(p->lexer.text, at, p->err, "offset and @ go behind the range");
    of->type = CYN_PROMQL_MATRIX;
    return CYN_OK;
}

/* [5m] behind a selector, [1h:5m] behind anything that is an instant vector. */
cyn_code cyn_promql_parse_range(cyn_promql_parser *p, cyn_promql_node **node)
{
    const char *at = p->now.at;
    int64_t length = 0;
    CYN_TRY(cyn_promql_parse_step(p));
    CYN_TRY(duration(p, &length, "in a range"));
    if (length <= 0)
        return cyn_promql_wrong(p->lexer.text, at, p->err, "a range must be longer than nothing");
    CYN_TRY(cyn_promql_parse_sign(&p->now, ":") ? subquery(p, node, at) : range_of(p, *node, at));
    (*node)->range = length;
    return CYN_OK;
}

static cyn_code may_be_moved(cyn_promql_parser *p, const cyn_promql_node *node, const char *what)
{
    bool plain = node->kind == CYN_NODE_SELECTOR || node->kind == CYN_NODE_SUBQUERY;
    if (plain && !node->wrapped) return CYN_OK;
    return cyn_promql_wrong(p->lexer.text, p->now.at, p->err,
                            "%s must follow a selector or a subquery", what);
}

cyn_code cyn_promql_parse_offset(cyn_promql_parser *p, cyn_promql_node *node)
{
    CYN_TRY(may_be_moved(p, node, "offset"));
    if (node->has_offset)
        return cyn_promql_wrong(p->lexer.text, p->now.at, p->err, "offset may not be set twice");
    CYN_TRY(cyn_promql_parse_step(p));
    bool back = cyn_promql_parse_sign(&p->now, "-");
    if (back || cyn_promql_parse_sign(&p->now, "+")) CYN_TRY(cyn_promql_parse_step(p));
    CYN_TRY(duration(p, &node->offset, "behind offset"));
    if (back) node->offset = -node->offset;
    node->has_offset = true;
    return CYN_OK;
}

/* @ 1609746000.5, @ start(), @ end(). */
cyn_code cyn_promql_parse_pin(cyn_promql_parser *p, cyn_promql_node *node)
{
    CYN_TRY(may_be_moved(p, node, "@"));
    if (node->pinned)
        return cyn_promql_wrong(p->lexer.text, p->now.at, p->err, "@ may not be set twice");
    CYN_TRY(cyn_promql_parse_step(p));
    if (cyn_promql_parse_word(&p->now, "start") || cyn_promql_parse_word(&p->now, "end")) {
        node->pinned = cyn_promql_parse_word(&p->now, "start") ? CYN_AT_START : CYN_AT_END;
        CYN_TRY(cyn_promql_parse_step(p));
        CYN_TRY(cyn_promql_parse_expect(p, "(", "behind @"));
        return cyn_promql_parse_expect(p, ")", "behind @");
    }
    double sign = cyn_promql_parse_sign(&p->now, "-") ? -1 : 1;
    if (sign < 0 || cyn_promql_parse_sign(&p->now, "+")) CYN_TRY(cyn_promql_parse_step(p));
    if (p->now.kind != CYN_TOKEN_NUMBER)
        return cyn_promql_parse_unexpected(p, "behind @", "a time, start() or end()");
    if (!(p->now.number <= 1e12)) /* so that milliseconds, and sums of them, fit */
        return cyn_promql_wrong(p->lexer.text, p->now.at, p->err, "timestamp out of bounds");
    node->pinned = CYN_AT_TIME;
    node->pin = (int64_t)floor(sign * p->now.number * 1000 + 0.5);
    return cyn_promql_parse_step(p);
}
