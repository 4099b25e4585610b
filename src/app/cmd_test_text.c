/* What `cynosure test` tells people. */
#include "app/cmd_test_impl.h"
#include "base/text.h"
#include "report/report.h"
#include <stdio.h>
#include <string.h>

static const char *words(const test_report *r, const char *en, const char *ja)
{
    return r->ja ? ja : en;
}

/* ---- A test ---- */

static void put_place(const char *file, int line, int column, cyn_buf *out)
{
    if (!file || !*file) return;
    cyn_buf_puts(out, file);
    if (line > 0) cyn_buf_printf(out, ":%d", line);
    if (line > 0 && column > 0) cyn_buf_printf(out, ":%d", column);
    cyn_buf_puts(out, ": ");
}

void test_put_failure(const cyn_case_failure *f, cyn_buf *out)
{
    put_place(f->place.file, f->place.line, f->place.column, out);
    cyn_buf_puts(out, f->message);
}

void test_put_error(const test_outcome *o, cyn_buf *out)
{
    const cyn_err *e = o->result.error;
    put_place(e->file, e->line, e->column, out);
    cyn_buf_puts(out, e->message);
    if (e->hint[0]) cyn_buf_printf(out, "\n  hint: %s", e->hint);
}

/* What scripts wrote moves no cursor. */
static void put_clean(const char *s, size_t n, cyn_buf *out)
{
    size_t at = out->len;
    cyn_buf_add(out, s, n);
    if (out->len > at) cyn_blank_controls(out->data + at, out->len - at, false);
}

/* All lines of the text further to the right. */
static void put_indented(const cyn_buf *text, cyn_buf *out)
{
    if (text->failed) out->failed = true;
    for (const char *line = text->data; line && *line;) {
        const char *end = strchrnul(line, '\n');
        cyn_buf_puts(out, "    ");
        put_clean(line, (size_t)(end - line), out);
        cyn_buf_putc(out, '\n');
        line = *end ? end + 1 : end;
    }
}

static void put_verdict(const test_report *r, test_verdict v, cyn_buf *out)
{
    static const char *const marks[] = {"✓", "✗", "!"}, *const ascii[] = {"ok", "FAIL", "ERROR"};
    static const char *const sgr[] = {"32", "31", "31"};
    const char *mark = r->ascii ? ascii[v] : marks[v];
    if (r->colour)
        cyn_buf_printf(out, "\033[%sm%s\033[0m ", sgr[v], mark);
    else
        cyn_buf_printf(out, "%s ", mark);
}

void test_put_outcome(const test_report *r, const test_outcome *o, cyn_buf *out)
{
    cyn_buf text = {0};
    put_verdict(r, test_verdict_of(o), out);
    put_clean(o->test->name, strlen(o->test->name), out);
    cyn_buf_putc(out, '\n');
    if (o->result.error) test_put_error(o, &text);
    put_indented(&text, out);
    for (size_t i = 0; i < o->result.nfailures; i++) {
        cyn_buf_reset(&text);
        test_put_failure(&o->result.failures[i], &text);
        put_indented(&text, out);
    }
    cyn_buf_clear(&text);
}

/* ---- All of them ---- */

size_t test_count_unfired(const test_report *r)
{
    size_t n = 0;
    for (size_t i = 0; r->whole && i < r->coverage.n; i++)
        n += !r->coverage.fired[i];
    return n;
}

static void put_unfired(const test_report *r, cyn_buf *out)
{
    const cyn_catalog *c = r->project->catalog;
    size_t n = test_count_unfired(r), said = 0;
    if (n == 0) return;
    cyn_buf_puts(out,
                 words(r, "no test makes these rules fire: ", "どのテストでも発火しないルール："));
    for (size_t i = 0; i < c->nrules && said < 10; i++)
        if (!r->coverage.fired[i])
            cyn_buf_printf(out, "%s%s", said++ ? words(r, ", ", "、") : "", c->rules[i]->name);
    if (n > said) cyn_buf_printf(out, r->ja ? " ほか %zu 件" : " and %zu more", n - said);
    cyn_buf_putc(out, '\n');
}

void test_put_summary(const test_report *r, cyn_buf *out)
{
    size_t failed = r->failed + r->broken;
    cyn_buf_puts(out, "\n");
    cyn_buf_printf(out, r->ja ? "成功 %zu 件" : "%zu passed", r->passed);
    if (failed) cyn_buf_printf(out, r->ja ? "、失敗 %zu 件" : ", %zu failed", failed);
    cyn_buf_putc(out, '\n');
    put_unfired(r, out);
}

void test_put_coverage(const test_report *r, cyn_buf *out)
{
    const cyn_catalog *c = r->project->catalog;
    cyn_text_table *t = cyn_text_table_new(3);
    cyn_text_table_column(t, 0, words(r, "RULE", "ルール"), CYN_LEFT, 0, true);
    cyn_text_table_column(t, 1, words(r, "IN THE TESTS IT", "テスト"), CYN_LEFT, 0, false);
    cyn_text_table_column(t, 2, words(r, "DECLARED AT", "宣言"), CYN_LEFT, 1, true);
    if (r->ascii) cyn_text_table_ascii(t);
    for (size_t i = 0; r->whole && i < c->nrules; i++) {
        char place[300];
        const cyn_place *at = &c->rules[i]->place;
        bool fired = r->coverage.fired[i], evaluated = r->coverage.evaluated[i];
        const char *what = fired       ? words(r, "fires", "発火する")
                           : evaluated ? words(r, "never fires", "評価のみ")
                                       : words(r, "is never evaluated", "評価されない");
        snprintf(place, sizeof place, "%s:%d", at->file ? at->file : "?", at->line);
        cyn_text_table_row(t, (const char *const[]){c->rules[i]->name, what, place});
        cyn_text_table_colour(t, 1, fired ? "32" : "33");
    }
    cyn_buf_putc(out, '\n');
    cyn_text_table_write(t, r->width, r->colour, false, out);
    cyn_text_table_free(t);
}

void test_put_list(const test_report *r, const cyn_case *const *cases, size_t n, cyn_buf *out)
{
    cyn_text_table *t = cyn_text_table_new(3);
    cyn_text_table_column(t, 0, words(r, "TEST", "テスト"), CYN_LEFT, 0, true);
    cyn_text_table_column(t, 1, words(r, "EXPECTS", "期待"), CYN_RIGHT, 2, false);
    cyn_text_table_column(t, 2, words(r, "DECLARED AT", "宣言"), CYN_LEFT, 1, true);
    if (r->ascii) cyn_text_table_ascii(t);
    for (size_t i = 0; i < n; i++) {
        char place[300], count[24];
        snprintf(count, sizeof count, "%zu", cases[i]->nexpect);
        snprintf(place, sizeof place, "%s:%d", cases[i]->place.file ? cases[i]->place.file : "?",
                 cases[i]->place.line);
        cyn_text_table_row(t, (const char *const[]){cases[i]->name, count, place});
    }
    cyn_text_table_write(t, r->width, r->colour, false, out);
    cyn_text_table_free(t);
}

void test_put_none(const test_report *r, cyn_buf *out)
{
    const cyn_catalog *c = r->project->catalog;
    const cyn_rule *rule = c->nrules ? c->rules[0] : NULL;
    cyn_buf_puts(out, words(r, "There are no tests. tests/alerts.lua could begin with:\n\n",
                            "テストがありません。tests/alerts.lua の書き出しの例：\n\n"));
    cyn_buf_printf(out,
                   "test \"%s\" {\n"
                   "  series = { %s = { from = \"2026-01-05\", ",
                   words(r, "it fires when the value falls", "値が下がると発火する"),
                   rule ? rule->metric : "METRIC");
    for (size_t i = 0; rule && i < rule->nby; i++)
        cyn_buf_printf(out, "%s%s = \"a\"", i ? ", " : "{ ", rule->by[i]);
    cyn_buf_printf(out,
                   "%s\"10x13 2x5\"%s } },\n"
                   "  expect = { { at = \"2026-01-21\", alert = \"%s\"",
                   rule && rule->nby ? ", " : "", rule && rule->nby ? " }" : "",
                   rule ? rule->name : "ALERT");
    for (size_t i = 0; rule && i < rule->nby; i++)
        cyn_buf_printf(out, ", %s = \"a\"", rule->by[i]);
    cyn_buf_puts(out, ", state = \"firing\" } },\n}\n");
}
