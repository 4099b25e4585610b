#include "app/check_report.h"
#include "app/frame.h"
#include <stdio.h>
#include <string.h>

/* ---- text ---- */

static const char *const severity_colours[CYN_LINT_SEVERITIES] = {"\033[31m", "\033[33m",
                                                                  "\033[36m"};

static const char *sgr(const cyn_check_report *r, const char *code)
{
    return r->colour ? code : "";
}

static void put_place(const cyn_place *p, cyn_buf *out)
{
    if (!p->file) return;
    cyn_buf_puts(out, p->file);
    if (p->line > 0) cyn_buf_printf(out, ":%d", p->line);
    if (p->line > 0 && p->column > 0) cyn_buf_printf(out, ":%d", p->column);
    cyn_buf_puts(out, ": ");
}

static void put_frame(const cyn_check_report *r, const cyn_place *p, cyn_buf *out)
{
    cyn_err at = {.line = p->line, .column = p->column};
    snprintf(at.file, sizeof at.file, "%s", p->file ? p->file : "");
    cyn_add_frame(r->project, &at, out);
}

/* Whether an earlier remark that is shown is of the same lint. */
typedef struct explained {
    const cyn_lint *lints[128];
    size_t count;
} explained;

static bool explain_once(explained *e, const cyn_lint *lint)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->lints[i] == lint) return false;
    if (e->count < sizeof e->lints / sizeof *e->lints) e->lints[e->count++] = lint;
    return true;
}

static void put_remark(const cyn_check_report *r, const cyn_remark *m, explained *e, cyn_buf *out)
{
    const char *end = sgr(r, "\033[0m"), *dim = sgr(r, "\033[2m");
    cyn_buf_printf(out, "%s%s:%s ", sgr(r, severity_colours[m->lint->severity]),
                   cyn_lint_severity_names[m->lint->severity], end);
    put_place(&m->place, out);
    cyn_buf_printf(out, "%s %s[%s]%s\n", m->message, dim, m->lint->id, end);
    put_frame(r, &m->place, out);
    if (m->hint) cyn_buf_printf(out, "  hint: %s\n", m->hint);
    if (m->silenced) cyn_buf_printf(out, "  silenced: %s\n", m->silenced);
    if (m->silenced || !explain_once(e, m->lint)) return;
    cyn_buf_printf(out, "  %swhy: %s%s\n", dim, m->lint->why, end);
    cyn_buf_printf(out, "  how: %s\n", m->lint->how);
}

static void put_count(size_t n, const char *word, const char *after, cyn_buf *out)
{
    cyn_buf_printf(out, "%zu %s%s%s", n, word, n == 1 ? "" : "s", after);
}

static void put_summary(const cyn_check_report *r, cyn_buf *out)
{
    const cyn_project *p = r->project;
    size_t errors = cyn_remarks_count(r->found, CYN_LINT_ERROR),
           warnings = cyn_remarks_count(r->found, CYN_LINT_WARNING),
           notes = cyn_remarks_count(r->found, CYN_LINT_NOTE),
           silenced = cyn_remarks_silenced(r->found);
    cyn_buf_printf(out, "%s: ", p->config->name);
    put_count(p->nmetrics, "metric", ", ", out);
    put_count(p->config->nsources, "source", ", ", out);
    put_count(p->dictionary->nevents, "event", " in the dictionary: ", out);
    if (errors + warnings + notes == 0) {
        cyn_buf_puts(out, "nothing to mend");
    } else {
        put_count(errors, "error", ", ", out);
        put_count(warnings, "warning", ", ", out);
        put_count(notes, "note", "", out);
    }
    if (silenced > 0) cyn_buf_printf(out, "; %zu silenced", silenced);
    cyn_buf_putc(out, '\n');
}

void cyn_put_check_text(const cyn_check_report *r, cyn_buf *out)
{
    explained e = {0};
    const cyn_remark *before = NULL;
    for (size_t i = 0; i < r->found->count; i++) {
        const cyn_remark *m = &r->found->items[i];
        const char *file = m->place.file ? m->place.file : "";
        if (m->silenced && !r->silenced) continue;
        if (before && strcmp(before->place.file ? before->place.file : "", file) != 0)
            cyn_buf_putc(out, '\n');
        put_remark(r, m, &e, out);
        before = m;
    }
    if (!r->project) return;
    if (before) cyn_buf_putc(out, '\n');
    put_summary(r, out);
}

/* ---- JSON ---- */

static void put_text(const char *key, const char *text, cyn_buf *out)
{
    cyn_buf_printf(out, ",\"%s\":", key);
    if (text)
        cyn_buf_json_string(out, text, strlen(text));
    else
        cyn_buf_puts(out, "null");
}

/* An error's own code; what could be better is about a definition, or about the data. */
static const char *code_of(const cyn_remark *m)
{
    if (m->code != CYN_OK) return cyn_code_name(m->code);
    return m->lint->data ? "data" : "definition";
}

static void put_object(const cyn_remark *m, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"severity\":\"%s\",\"id\":\"%s\",\"code\":\"%s\"",
                   cyn_lint_severity_names[m->lint->severity], m->lint->id, code_of(m));
    put_text("message", m->message, out);
    put_text("metric", m->metric, out);
    put_text("file", m->place.file, out);
    cyn_buf_printf(out, ",\"line\":%d,\"column\":%d", m->place.line, m->place.column);
    put_text("hint", m->hint, out);
    put_text("why", m->lint->why, out);
    put_text("how", m->lint->how, out);
    put_text("silenced", m->silenced, out);
    cyn_buf_puts(out, "}\n");
}

void cyn_put_check_json(const cyn_check_report *r, cyn_buf *out)
{
    for (size_t i = 0; i < r->found->count; i++)
        if (!r->found->items[i].silenced || r->silenced) put_object(&r->found->items[i], out);
}

/* ---- the lints ---- */

static void list_lint(const cyn_lint *l, bool colour, cyn_buf *out)
{
    cyn_buf_printf(out, "  %s%s%s  %s\n      %s\n      %s\n", colour ? "\033[1m" : "", l->id,
                   colour ? "\033[0m" : "", cyn_lint_severity_names[l->severity], l->why, l->how);
}

static void list_object(const cyn_lint_topic *topic, const cyn_lint *l, cyn_buf *out)
{
    static const char *const words[] = {"none", "nsm", "kgi", "kpi", "guardrail"};
    cyn_buf_printf(out, "{\"id\":\"%s\",\"topic\":\"%s\",\"severity\":\"%s\",\"data\":%s", l->id,
                   topic->title, cyn_lint_severity_names[l->severity], l->data ? "true" : "false");
    cyn_buf_puts(out, ",\"roles\":[");
    for (unsigned role = 0, n = 0; role < sizeof words / sizeof *words; role++)
        if (l->roles & CYN_OF(role)) cyn_buf_printf(out, "%s\"%s\"", n++ ? "," : "", words[role]);
    cyn_buf_putc(out, ']');
    put_text("why", l->why, out);
    put_text("how", l->how, out);
    cyn_buf_puts(out, "}\n");
}

void cyn_put_check_list(bool json, bool colour, cyn_buf *out)
{
    for (const cyn_lint_topic *t = cyn_lint_topics; t->title; t++) {
        if (!json) cyn_buf_printf(out, "%s%s\n", t == cyn_lint_topics ? "" : "\n", t->title);
        for (const cyn_lint *l = t->lints; l->id; l++) {
            if (json)
                list_object(t, l, out);
            else
                list_lint(l, colour, out);
        }
    }
}
