/* What `cynosure test` tells machines: JSON lines, TAP 14, JUnit's XML. */
#include "app/cmd_test_impl.h"
#include "base/text.h"
#include <string.h>

/* ---- JSON ---- */

static void put_text(const char *s, cyn_buf *out)
{
    cyn_buf_json_string(out, s ? s : "", s ? strlen(s) : 0);
}

static void put_problem(const char *file, int line, int column, const char *message,
                        const char *hint, cyn_buf *out)
{
    cyn_buf_puts(out, "{\"file\":");
    put_text(file, out);
    cyn_buf_printf(out, ",\"line\":%d,\"column\":%d,\"message\":", line, column);
    put_text(message, out);
    if (hint[0]) {
        cyn_buf_puts(out, ",\"hint\":");
        put_text(hint, out);
    }
    cyn_buf_putc(out, '}');
}

static void put_test(const cyn_case *c, cyn_buf *out)
{
    cyn_buf_puts(out, "{\"test\":");
    put_text(c->name, out);
    cyn_buf_puts(out, ",\"file\":");
    put_text(c->place.file, out);
    cyn_buf_printf(out, ",\"line\":%d,\"expectations\":%zu", c->place.line, c->nexpect);
}

void test_put_json_outcome(const test_outcome *o, cyn_buf *out)
{
    static const char *const verdicts[] = {"passed", "failed", "error"};
    const cyn_case_result *r = &o->result;
    put_test(o->test, out);
    cyn_buf_printf(out, ",\"result\":\"%s\",\"took_ms\":", verdicts[test_verdict_of(o)]);
    cyn_buf_real(out, (double)r->micros / 1000);
    cyn_buf_puts(out, ",\"failures\":[");
    if (r->error)
        put_problem(r->error->file, r->error->line, r->error->column, r->error->message,
                    r->error->hint, out);
    for (size_t i = 0; i < r->nfailures; i++) {
        const cyn_case_failure *f = &r->failures[i];
        if (i > 0 || r->error) cyn_buf_putc(out, ',');
        put_problem(f->place.file, f->place.line, f->place.column, f->message, "", out);
    }
    cyn_buf_puts(out, "]}\n");
}

void test_put_json_summary(const test_report *r, cyn_buf *out)
{
    const cyn_catalog *c = r->project->catalog;
    cyn_buf_printf(out, "{\"passed\":%zu,\"failed\":%zu,\"errors\":%zu", r->passed, r->failed,
                   r->broken);
    for (size_t i = 0; r->whole && i < c->nrules; i++) {
        cyn_buf_puts(out, i ? "," : ",\"rules\":[");
        cyn_buf_puts(out, "{\"rule\":");
        put_text(c->rules[i]->name, out);
        cyn_buf_printf(out, ",\"evaluated\":%s,\"fired\":%s}",
                       r->coverage.evaluated[i] ? "true" : "false",
                       r->coverage.fired[i] ? "true" : "false");
    }
    cyn_buf_puts(out, r->whole && c->nrules ? "]}\n" : "}\n");
}

void test_put_json_list(const cyn_case *const *cases, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        put_test(cases[i], out);
        cyn_buf_puts(out, "}\n");
    }
}

/* ---- TAP ---- */

/* "#" begins a directive, and a description is one line. */
static void put_description(const char *s, cyn_buf *out)
{
    for (; *s; s++) {
        if (*s == '#' || *s == '\\') cyn_buf_putc(out, '\\');
        cyn_buf_putc(out, (unsigned char)*s < ' ' ? ' ' : *s);
    }
}

/* A literal block of YAML: all lines below each other, none of which can end it. */
static void put_block(const cyn_buf *text, cyn_buf *out)
{
    if (text->failed) out->failed = true;
    cyn_buf_puts(out, "    - |-\n");
    for (const char *line = text->data; line && *line;) {
        const char *end = strchrnul(line, '\n');
        cyn_buf_printf(out, "      %.*s\n", (int)(end - line), line);
        line = *end ? end + 1 : end;
    }
}

void test_put_tap(const test_report *r, cyn_buf *out)
{
    cyn_buf text = {0};
    cyn_buf_printf(out, "TAP version 14\n1..%zu\n", r->count);
    for (size_t i = 0; i < r->count; i++) {
        const test_outcome *o = &r->outcomes[i];
        bool passed = test_verdict_of(o) == TEST_PASSED;
        cyn_buf_printf(out, "%sok %zu - ", passed ? "" : "not ", i + 1);
        put_description(o->test->name, out);
        cyn_buf_puts(out, passed ? "\n" : "\n  ---\n  failures:\n");
        if (o->result.error) {
            cyn_buf_reset(&text);
            test_put_error(o, &text);
            put_block(&text, out);
        }
        for (size_t k = 0; k < o->result.nfailures; k++) {
            cyn_buf_reset(&text);
            test_put_failure(&o->result.failures[k], &text);
            put_block(&text, out);
        }
        if (!passed) cyn_buf_puts(out, "  ...\n");
    }
    cyn_buf_clear(&text);
}

/* ---- JUnit ---- */

/* The text in an attribute or an element; what XML cannot hold becomes U+FFFD. */
static void put_xml(const char *s, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        size_t left = n - i, whole = cyn_utf8_valid(s + i, left < 4 ? left : 4);
        if (c == '&')
            cyn_buf_puts(out, "&amp;");
        else if (c == '<')
            cyn_buf_puts(out, "&lt;");
        else if (c == '>')
            cyn_buf_puts(out, "&gt;");
        else if (c == '"')
            cyn_buf_puts(out, "&quot;");
        else if ((c < ' ' && c != '\n' && c != '\t') || whole == 0)
            cyn_buf_puts(out, "\xef\xbf\xbd");
        else {
            size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
            cyn_buf_add(out, s + i, size);
            i += size - 1;
        }
    }
}

static void put_seconds(int64_t micros, cyn_buf *out)
{
    cyn_buf_printf(out, "%lld.%06lld", (long long)(micros / 1000000),
                   (long long)(micros % 1000000));
}

/* One element: its message is the first line, its content all of them. */
static void put_element(const char *element, const cyn_buf *text, cyn_buf *out)
{
    if (text->failed) out->failed = true;
    if (!text->data) return;
    cyn_buf_printf(out, "      <%s message=\"", element);
    put_xml(text->data, strcspn(text->data, "\n"), out);
    cyn_buf_printf(out, "\" type=\"%s\">", element);
    put_xml(text->data, text->len, out);
    cyn_buf_printf(out, "</%s>\n", element);
}

static void put_testcase(const test_outcome *o, cyn_buf *out)
{
    cyn_buf text = {0};
    const char *file = o->test->place.file ? o->test->place.file : "tests";
    cyn_buf_puts(out, "    <testcase classname=\"");
    put_xml(file, strlen(file), out);
    cyn_buf_puts(out, "\" name=\"");
    put_xml(o->test->name, strlen(o->test->name), out);
    cyn_buf_puts(out, "\" time=\"");
    put_seconds(o->result.micros, out);
    cyn_buf_puts(out, test_verdict_of(o) == TEST_PASSED ? "\"/>\n" : "\">\n");
    if (test_verdict_of(o) == TEST_PASSED) return;
    if (o->result.error) test_put_error(o, &text);
    for (size_t i = 0; i < o->result.nfailures; i++) { /* many readers take one element only */
        if (text.len > 0) cyn_buf_puts(&text, "\n\n");
        test_put_failure(&o->result.failures[i], &text);
    }
    put_element(o->result.error ? "error" : "failure", &text, out);
    cyn_buf_puts(out, "    </testcase>\n");
    cyn_buf_clear(&text);
}

/* A suite is a file; outcomes are in the order of files. */
static size_t put_suite(const test_report *r, size_t first, cyn_buf *out)
{
    const char *file = r->outcomes[first].test->place.file;
    size_t end = first, failed = 0, broken = 0;
    int64_t micros = 0;
    file = file ? file : "tests";
    for (; end < r->count; end++) {
        const char *other = r->outcomes[end].test->place.file;
        if (strcmp(other ? other : "tests", file) != 0) break;
        failed += test_verdict_of(&r->outcomes[end]) == TEST_FAILED;
        broken += test_verdict_of(&r->outcomes[end]) == TEST_BROKEN;
        micros += r->outcomes[end].result.micros;
    }
    cyn_buf_puts(out, "  <testsuite name=\"");
    put_xml(file, strlen(file), out);
    cyn_buf_printf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"",
                   end - first, failed, broken);
    put_seconds(micros, out);
    cyn_buf_puts(out, "\">\n");
    for (size_t i = first; i < end; i++)
        put_testcase(&r->outcomes[i], out);
    cyn_buf_puts(out, "  </testsuite>\n");
    return end;
}

void test_put_junit(const test_report *r, cyn_buf *out)
{
    cyn_buf_printf(out,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<testsuites name=\"cynosure\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                   "time=\"",
                   r->count, r->failed, r->broken);
    put_seconds(r->micros, out);
    cyn_buf_puts(out, "\">\n");
    for (size_t i = 0; i < r->count;)
        i = put_suite(r, i, out);
    cyn_buf_puts(out, "</testsuites>\n");
}
