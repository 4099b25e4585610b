#include "serve/promql_impl.h"
#include <string.h>

/* label_replace() and label_join(). */

/* "$1" or "${name}" at p: what is named there, and what is behind it. False: no group is. */
static bool names_group(const char *p, const char **name, size_t *n, const char **behind)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    bool braces = p[1] == '{';
    *name = p + 1 + braces;
    *n = strspn(*name, word);
    *behind = *name + *n + braces;
    return *n > 0 && (!braces || (*name)[*n] == '}');
}

/* The number of a group by its name or number; beyond all of them: there is none. */
static size_t group_of(const cyn_regex *re, const char *name, size_t n)
{
    size_t group = 0;
    if (strspn(name, "0123456789") < n) {
        group = cyn_regex_group(re, name, n);
        return group > 0 ? group : SIZE_MAX;
    }
    for (size_t i = 0; i < n && group <= cyn_regex_groups(re); i++)
        group = group * 10 + (size_t)(name[i] - '0');
    return group;
}

/* "$1-${name}" with what the groups are; "$$" is a dollar, and "$" in front of anything else. */
static void expand(const char *replacement, const char *text, const cyn_regex *re,
                   const cyn_regex_span *spans, cyn_buf *out)
{
    for (const char *p = replacement, *name, *behind; *p;) {
        size_t n;
        if (p[0] == '$' && p[1] == '$') {
            cyn_buf_putc(out, '$');
            p += 2;
        } else if (*p == '$' && names_group(p, &name, &n, &behind)) {
            size_t group = group_of(re, name, n);
            if (group <= cyn_regex_groups(re) && spans[group].to > spans[group].from)
                cyn_buf_add(out, text + spans[group].from,
                            (size_t)(spans[group].to - spans[group].from));
            p = behind;
        } else {
            cyn_buf_putc(out, *p++);
        }
    }
}

static cyn_code need_label(cyn_promql_eval *e, const cyn_promql_node *node, const char *name,
                           const char *what)
{
    if (cyn_prom_is_label_name(name)) return CYN_OK;
    return cyn_promql_failed(e, node, "invalid %s label name in %s(): %.100s", what,
                             node->function->name, name);
}

/* label_replace(v, dst, replacement, src, regex) */
cyn_code cyn_promql_call_label_replace(cyn_promql_eval *e, const cyn_promql_node *node,
                                       cyn_promql_value *out)
{
    const char *dst = node->args[1]->text, *replacement = node->args[2]->text,
               *src = node->args[3]->text;
    cyn_regex *re = NULL;
    cyn_err why = {0};
    cyn_code rc = cyn_regex_new(node->args[4]->text, e->arena, &re, &why);
    if (rc == CYN_E_SYNTAX)
        return cyn_promql_failed(e, node, "invalid regular expression in label_replace(): %s",
                                 why.message);
    cyn_regex_span *spans =
        rc == CYN_OK ? CYN_NEW_ARRAY(e->arena, cyn_regex_groups(re) + 1, cyn_regex_span) : NULL;
    if (!spans) return cyn_promql_full(e);
    CYN_TRY(need_label(e, node, dst, "destination"));
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], out));
    for (size_t r = 0; r < out->n; r++) {
        cyn_promql_series *row = &out->rows[r];
        const char *text = cyn_prom_label_of(row->labels, src), *value = NULL;
        cyn_buf b = {0};
        bool matches = false;
        CYN_TRY(cyn_promql_check(e));
        CYN_TRY(cyn_regex_match(re, text, spans, &matches, e->err));
        if (!matches) continue;
        expand(replacement, text, re, spans, &b);
        value = b.failed ? NULL : cyn_strndup(e->arena, b.data ? b.data : "", b.len);
        cyn_buf_clear(&b);
        if (!value) return cyn_promql_full(e);
        CYN_TRY(cyn_prom_labels_set(e, row->labels, dst, value, &row->labels));
    }
    return cyn_promql_merge(e, out);
}

/* label_join(v, dst, separator, src, …) */
cyn_code cyn_promql_call_label_join(cyn_promql_eval *e, const cyn_promql_node *node,
                                    cyn_promql_value *out)
{
    const char *dst = node->args[1]->text, *separator = node->args[2]->text;
    CYN_TRY(need_label(e, node, dst, "destination"));
    for (size_t a = 3; a < node->nargs; a++)
        CYN_TRY(need_label(e, node, node->args[a]->text, "source"));
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], out));
    for (size_t r = 0; r < out->n; r++) {
        cyn_promql_series *row = &out->rows[r];
        cyn_buf b = {0};
        for (size_t a = 3; a < node->nargs; a++) {
            if (a > 3) cyn_buf_puts(&b, separator);
            cyn_buf_puts(&b, cyn_prom_label_of(row->labels, node->args[a]->text));
        }
        const char *value = b.failed ? NULL : cyn_strndup(e->arena, b.data ? b.data : "", b.len);
        cyn_buf_clear(&b);
        if (!value) return cyn_promql_full(e);
        CYN_TRY(cyn_prom_labels_set(e, row->labels, dst, value, &row->labels));
    }
    return cyn_promql_merge(e, out);
}
