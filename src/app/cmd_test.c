#include "app/cmd_test_impl.h"
#include "app/commands.h"
#include "app/session.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

typedef enum form { TEXT, JUNIT, TAP, JSON } form;
static const char *const forms[] = {"text", "junit", "tap", "json"};
#define FORMS (sizeof forms / sizeof *forms)

static int find_form(const cyn_args *args, form *out)
{
    const char *word = cyn_arg(args, "format");
    *out = cyn_arg(args, "json") ? JSON : TEXT;
    if (!word) return CYN_EXIT_OK;
    for (size_t i = 0; i < FORMS; i++)
        if (strcmp(word, forms[i]) == 0) {
            *out = (form)i;
            return CYN_EXIT_OK;
        }
    const char *near = cyn_nearest(word, forms, FORMS);
    return cyn_usage_error(args, "--format %s: expected text, junit, tap or json%s%s%s", word,
                           near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* ---- Which tests ---- */

static const char *base_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

/* Whether the word is the test's file, or is in its name. */
static bool is_meant(const cyn_case *c, const char *word)
{
    const char *file = c->place.file ? c->place.file : "";
    return strcmp(file, word) == 0 || strcmp(base_name(file), word) == 0 ||
           strstr(c->name, word) != NULL;
}

static int unknown(const cyn_args *args, const cyn_catalog *catalog, const char *word,
                   cyn_arena *arena)
{
    const char **names = CYN_NEW_ARRAY(arena, 2 * catalog->ncases + 1, const char *);
    size_t n = 0;
    for (size_t i = 0; names && i < catalog->ncases; i++) {
        names[n++] = catalog->cases[i]->name;
        if (catalog->cases[i]->place.file) names[n++] = base_name(catalog->cases[i]->place.file);
    }
    const char *near = names ? cyn_nearest(word, names, n) : NULL;
    return cyn_usage_error(
        args, "no test has '%s' in its name, and no file of tests is called so%s%s%s", word,
        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int choose(const cyn_args *args, const cyn_session *s, const cyn_case ***out, size_t *n)
{
    const cyn_catalog *c = s->project->catalog;
    const cyn_case **chosen = CYN_NEW_ARRAY(s->arena, c->ncases + 1, const cyn_case *);
    bool *met = CYN_NEW_ARRAY(s->arena, args->npositional + 1, bool);
    cyn_err err = {0};
    *n = 0;
    if (!chosen || !met) {
        (void)cyn_nomem(&err);
        return cyn_fail_exit(&err);
    }
    for (size_t i = 0; i < c->ncases; i++) {
        bool meant = args->npositional == 0;
        for (size_t k = 0; k < args->npositional; k++)
            if (is_meant(c->cases[i], args->positional[k])) meant = met[k] = true;
        if (meant) chosen[(*n)++] = c->cases[i];
    }
    for (size_t k = 0; k < args->npositional; k++)
        if (!met[k]) return unknown(args, c, args->positional[k], s->arena);
    *out = chosen;
    return CYN_EXIT_OK;
}

/* ---- Running ---- */

/* Text and JSON are told while the tests run. */
static int tell(const test_report *r, form f, const test_outcome *o)
{
    cyn_buf out = {0};
    if (f == TEXT) test_put_outcome(r, o, &out);
    if (f == JSON) test_put_json_outcome(o, &out);
    return cyn_print(&out);
}

static int tell_all(const cyn_args *args, const test_report *r, form f)
{
    cyn_buf out = {0};
    switch (f) {
    case TEXT:
        test_put_summary(r, &out);
        if (cyn_arg(args, "coverage") && r->whole) test_put_coverage(r, &out);
        break;
    case JSON: test_put_json_summary(r, &out); break;
    case TAP: test_put_tap(r, &out); break;
    case JUNIT: test_put_junit(r, &out); break;
    }
    return cyn_print(&out);
}

static cyn_code init_coverage(const cyn_session *s, cyn_case_coverage *out, cyn_err *err)
{
    size_t n = s->project->catalog->nrules;
    *out = (cyn_case_coverage){.evaluated = CYN_NEW_ARRAY(s->arena, n + 1, bool),
                               .fired = CYN_NEW_ARRAY(s->arena, n + 1, bool),
                               .n = n};
    return out->evaluated && out->fired ? CYN_OK : cyn_nomem(err);
}

static void count(test_report *r, const test_outcome *o)
{
    r->count++;
    r->micros += o->result.micros;
    switch (test_verdict_of(o)) {
    case TEST_PASSED: r->passed++; break;
    case TEST_FAILED: r->failed++; break;
    case TEST_BROKEN: r->broken++; break;
    }
}

static int run_tests(const cyn_args *args, const cyn_session *s, const cyn_case *const *cases,
                     size_t n, form f, test_report *r)
{
    cyn_err err = {0};
    int printed = CYN_EXIT_OK;
    test_outcome *outcomes = CYN_NEW_ARRAY(s->arena, n + 1, test_outcome);
    if (!outcomes) (void)cyn_nomem(&err);
    if (!outcomes || init_coverage(s, &r->coverage, &err) != CYN_OK) return cyn_fail_exit(&err);
    r->outcomes = outcomes;
    for (size_t i = 0; i < n && printed == CYN_EXIT_OK; i++) {
        outcomes[i].test = cases[i];
        if (cyn_case_run(s->project, cases[i], &cyn_interrupted, &r->coverage, s->arena,
                         &outcomes[i].result, &err) != CYN_OK)
            return cyn_fail_exit(&err);
        count(r, &outcomes[i]);
        printed = tell(r, f, &outcomes[i]);
    }
    r->whole = args->npositional == 0;
    if (printed == CYN_EXIT_OK) printed = tell_all(args, r, f);
    if (printed != CYN_EXIT_OK) return printed;
    bool unfired = cyn_arg(args, "strict") && test_count_unfired(r) > 0;
    bool failed = r->failed + r->broken > 0 || s->findings.count > 0 || unfired;
    return failed ? CYN_EXIT_FAILED : CYN_EXIT_OK;
}

static int without_tests(const cyn_args *args, const cyn_session *s, const test_report *r)
{
    cyn_buf out = {0};
    if (s->findings.count > 0) return CYN_EXIT_FAILED; /* there may be some that do not load */
    test_put_none(r, &out);
    int printed = cyn_print(&out);
    return printed == CYN_EXIT_OK && cyn_arg(args, "strict") ? CYN_EXIT_FAILED : printed;
}

static int list(const cyn_case *const *cases, size_t n, form f, const test_report *r)
{
    cyn_buf out = {0};
    if (f == JSON)
        test_put_json_list(cases, n, &out);
    else
        test_put_list(r, cases, n, &out);
    return cyn_print(&out);
}

static int run(const cyn_args *args, const cyn_session *s, form f)
{
    const cyn_case **cases;
    size_t n;
    test_report r = {.project = s->project,
                     .ja = cyn_is_japanese(s->project->config->language),
                     .colour = cyn_use_colour(args),
                     .ascii = cyn_terminal_ascii(),
                     .width = cyn_terminal_width()};
    int rc = choose(args, s, &cases, &n);
    if (rc != CYN_EXIT_OK) return rc;
    if (n == 0 && f == TEXT) return without_tests(args, s, &r);
    return cyn_arg(args, "list") ? list(cases, n, f, &r) : run_tests(args, s, cases, n, f, &r);
}

int cyn_cmd_test(const cyn_args *args)
{
    form f;
    cyn_session s;
    int rc = find_form(args, &f);
    if (rc != CYN_EXIT_OK) return rc;
    if (cyn_arg(args, "list") && f != TEXT && f != JSON)
        return cyn_usage_error(args, "--list is text or json");
    if (args->npositional > 0 && (cyn_arg(args, "coverage") || cyn_arg(args, "strict")))
        return cyn_usage_error(args, "--coverage and --strict are about all tests, not about some");
    rc = cyn_session_open_with_tests(&s, args, false);
    if (rc == CYN_EXIT_OK) rc = run(args, &s, f);
    cyn_session_close(&s);
    return rc;
}
