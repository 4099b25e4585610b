/* Where a metric stands among the others, and in its script. */
#include "app/explain.h"
#include <string.h>

#define LINES_MOST 40 /* of a declaration */

/* ---- as its script has it ---- */

typedef struct lua_text {
    const char *at, *end;
} lua_text;

/* Behind "[[", "[=[" …: its "]]" with as many signs; NULL: it is no long bracket. */
static const char *long_bracket_end(lua_text t)
{
    const char *c = t.at + 1;
    size_t level = 0;
    while (c < t.end && *c == '=')
        c++, level++;
    if (c >= t.end || *c != '[') return NULL;
    for (; c < t.end; c++) {
        size_t n = 0;
        if (*c != ']') continue;
        while (c + 1 + n < t.end && c[1 + n] == '=')
            n++;
        if (n == level && c + 1 + n < t.end && c[1 + n] == ']') return c + n + 2;
    }
    return t.end;
}

static const char *line_end(lua_text t)
{
    const char *stop = memchr(t.at, '\n', (size_t)(t.end - t.at));
    return stop ? stop : t.end;
}

/* Behind the string or comment that begins here; where none does, one character on. */
static const char *behind_token(lua_text t)
{
    char c = *t.at;
    if (c == '[') {
        const char *stop = long_bracket_end(t);
        return stop ? stop : t.at + 1;
    }
    if (c == '-' && t.at + 1 < t.end && t.at[1] == '-') {
        t.at += 2;
        const char *stop = t.at < t.end && *t.at == '[' ? long_bracket_end(t) : NULL;
        return stop ? stop : line_end(t);
    }
    if (c != '"' && c != '\'') return t.at + 1;
    for (t.at++; t.at < t.end && *t.at != c && *t.at != '\n'; t.at++)
        if (*t.at == '\\') t.at++;
    return t.at < t.end ? t.at + 1 : t.end;
}

/* From a line up to the brace that closes the first one; as far as that can be read off. */
static const char *declaration_end(lua_text t)
{
    int depth = 0, lines = 1;
    while (t.at < t.end && lines <= LINES_MOST) {
        char c = *t.at;
        const char *next = behind_token(t);
        if (c == '{') depth++;
        if (c == '}' && --depth <= 0) return next;
        for (const char *p = t.at; p < next; p++)
            lines += *p == '\n';
        t.at = next;
    }
    return t.at;
}

static bool find_line(const cyn_project *p, cyn_place place, lua_text *out)
{
    for (size_t i = 0; i < p->nscripts && place.file; i++) {
        if (strcmp(p->scripts[i].name, place.file) != 0) continue;
        *out = (lua_text){p->scripts[i].text, p->scripts[i].text + p->scripts[i].size};
        for (int n = 1; n < place.line && out->at < out->end; n++) {
            out->at = line_end(*out);
            if (out->at < out->end) out->at++;
        }
        return out->at < out->end;
    }
    return false;
}

void cyn_say_declaration(cyn_facts *f, const cyn_metric *m)
{
    lua_text t;
    cyn_buf text = {0};
    if (!find_line(f->project, m->place, &t)) return;
    while (t.at < t.end && (*t.at == ' ' || *t.at == '\t'))
        t.at++;
    for (const char *stop = declaration_end(t); t.at < stop; t.at++)
        if (*t.at != '\r') cyn_buf_putc(&text, *t.at);
    cyn_say_buf(f, "in lua", &text);
}

/* ---- among the others ---- */

static bool reads(const cyn_formula *f, const char *name)
{
    if (!f) return false;
    if (f->kind == CYN_FORMULA_METRIC) return strcmp(f->metric, name) == 0;
    if (f->kind == CYN_FORMULA_SCRIPT) {
        for (size_t i = 0; i < f->function->nreads; i++)
            if (reads(f->function->reads[i], name)) return true;
        return false;
    }
    return reads(f->a, name) || reads(f->b, name);
}

static bool drives(const cyn_metric *m, const char *name)
{
    for (size_t i = 0; i < m->ndrivers; i++)
        if (strcmp(m->drivers[i].metric, name) == 0) return true;
    return false;
}

/* "revenue (identity, driver)": one of the two, and how `upper` uses `lower`; nothing where it does
 * not. */
static void write_use(const cyn_metric *upper, const cyn_metric *lower, bool upper_shown,
                      cyn_buf *out)
{
    const char *how[3];
    size_t n = 0;
    if (reads(upper->formula, lower->name)) how[n++] = "formula";
    if (reads(upper->identity, lower->name)) how[n++] = "identity";
    if (drives(upper, lower->name)) how[n++] = "driver";
    if (n == 0) return;
    cyn_buf_puts(out, upper_shown ? upper->name : lower->name);
    for (size_t i = 0; i < n; i++)
        cyn_buf_printf(out, "%s%s", i ? ", " : " (", how[i]);
    cyn_buf_putc(out, ')');
}

void cyn_say_links(cyn_facts *f, const cyn_metric *m)
{
    const cyn_project *p = f->project;
    cyn_buf text = {0};
    cyn_begin_list(f, "made of");
    for (size_t i = 0; i < p->nmetrics; i++) {
        write_use(m, p->metrics[i], false, &text);
        if (text.len) cyn_say_item(f, &text);
    }
    cyn_end_list(f);
    cyn_begin_list(f, "feeds");
    for (size_t i = 0; i < p->nmetrics; i++) {
        write_use(p->metrics[i], m, true, &text);
        if (text.len) cyn_say_item(f, &text);
    }
    cyn_end_list(f);
}
