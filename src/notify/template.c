#include "notify/template.h"
#include "base/text.h"
#include <string.h>

const char *const cyn_template_words[] = {"rule",     "severity", "period",  "title",
                                          "metric",   "owner",    "runbook", "since",
                                          "duration", "state",    NULL};

typedef struct parser {
    const char *at;      /* where reading stands */
    const char *counted; /* up to here characters were counted: there are so many */
    size_t characters;
    cyn_arena *arena;
    cyn_err *err;
    cyn_template_part *parts;
    const char **names;
    int *columns;
    size_t nparts, nnames, room_parts, room_names, room_columns;
} parser;

/* Places are asked for from left to right, so that nothing is counted twice. */
static int column_of(parser *p, const char *at)
{
    p->characters += cyn_utf8_count(p->counted, (size_t)(at - p->counted));
    p->counted = at;
    return (int)p->characters + 1;
}

static cyn_code add_part(parser *p, cyn_template_part part)
{
    cyn_template_part *more =
        cyn_grown(p->arena, p->parts, p->nparts, &p->room_parts, sizeof *more);
    if (!more) return cyn_nomem(p->err);
    p->parts = more;
    p->parts[p->nparts++] = part;
    return CYN_OK;
}

static cyn_code add_text(parser *p, const char *text, size_t n)
{
    if (n == 0) return CYN_OK;
    return add_part(p, (cyn_template_part){.text = text, .n = n});
}

static cyn_code add_new_name(parser *p, const char *name, size_t n, int column)
{
    if (p->nnames == CYN_TEMPLATE_NAMES) {
        cyn_fail_at(p->err, CYN_E_LIMIT, NULL, 0, column, "more than %d different names",
                    CYN_TEMPLATE_NAMES);
        return CYN_E_LIMIT;
    }
    const char **names = cyn_grown(p->arena, p->names, p->nnames, &p->room_names, sizeof *names);
    if (!names) return cyn_nomem(p->err);
    p->names = names;
    int *columns = cyn_grown(p->arena, p->columns, p->nnames, &p->room_columns, sizeof *columns);
    if (!columns) return cyn_nomem(p->err);
    p->columns = columns;
    names[p->nnames] = cyn_strndup(p->arena, name, n);
    if (!names[p->nnames]) return cyn_nomem(p->err);
    columns[p->nnames++] = column;
    return CYN_OK;
}

static cyn_code add_name(parser *p, const char *name, size_t n, int column)
{
    size_t i = 0;
    while (i < p->nnames && (strlen(p->names[i]) != n || memcmp(p->names[i], name, n) != 0))
        i++;
    if (i == p->nnames) CYN_TRY(add_new_name(p, name, n, column));
    return add_part(p, (cyn_template_part){.name = i});
}

/* "{ name }" at p->at; blanks around the name are nothing. */
static cyn_code parse_name(parser *p)
{
    const char *open = p->at, *name = open + 1;
    const char *close = name + strcspn(name, "{}\n");
    int column = column_of(p, open);
    if (*close != '}') {
        cyn_fail_at(p->err, CYN_E_SYNTAX, NULL, 0, column, "a '{' without its '}'");
        cyn_hint(p->err, "Write '{{' for a brace that is meant.");
        return CYN_E_SYNTAX;
    }
    p->at = close + 1;
    name += strspn(name, " \t");
    while (close > name && (close[-1] == ' ' || close[-1] == '\t'))
        close--;
    if (close == name) {
        cyn_fail_at(p->err, CYN_E_SYNTAX, NULL, 0, column, "no name between '{' and '}'");
        cyn_hint(p->err, "Write '{{}}' for braces that are meant.");
        return CYN_E_SYNTAX;
    }
    return add_name(p, name, (size_t)(close - name), column);
}

static cyn_code parse_next(parser *p)
{
    const char *text = p->at;
    size_t n = strcspn(text, "{}");
    p->at += n;
    if (*p->at && p->at[0] == p->at[1]) { /* "{{": the text goes on with one of them */
        p->at += 2;
        return add_text(p, text, n + 1);
    }
    CYN_TRY(add_text(p, text, n));
    if (*p->at == '{') return parse_name(p);
    if (*p->at == '}') {
        cyn_fail_at(p->err, CYN_E_SYNTAX, NULL, 0, column_of(p, p->at), "a '}' without its '{'");
        cyn_hint(p->err, "Write '}}' for a brace that is meant.");
        return CYN_E_SYNTAX;
    }
    return CYN_OK;
}

cyn_code cyn_template_parse(const char *text, cyn_arena *arena, cyn_template **out, cyn_err *err)
{
    parser p = {.arena = arena, .err = err};
    p.at = p.counted = cyn_strdup(arena, text);
    cyn_template *t = CYN_NEW(arena, cyn_template);
    if (!p.at || !t) return cyn_nomem(err);
    while (*p.at)
        CYN_TRY(parse_next(&p));
    *t = (cyn_template){p.parts, p.nparts, p.names, p.columns, p.nnames};
    *out = t;
    return CYN_OK;
}

void cyn_template_render(const cyn_template *t, const char *const *fill, cyn_buf *out)
{
    for (size_t i = 0; i < t->nparts; i++) {
        const cyn_template_part *part = &t->parts[i];
        if (part->text)
            cyn_buf_add(out, part->text, part->n);
        else
            cyn_buf_puts(out, fill[part->name]);
    }
}
