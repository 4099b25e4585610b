/* SARIF 2.1.0, the format in which CI services take findings. */
#include "app/check_report.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void put_string(const char *s, cyn_buf *out)
{
    cyn_buf_json_string(out, s, strlen(s));
}

static void put_message(const char *key, const char *text, cyn_buf *out)
{
    cyn_buf_printf(out, ",\"%s\":{\"text\":", key);
    put_string(text, out);
    cyn_buf_putc(out, '}');
}

/* A path as a URI reference: what is no unreserved character or slash is escaped. */
static void put_uri(const char *path, cyn_buf *out)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *path; path++) {
        if (strchr(plain, *path))
            cyn_buf_putc(out, *path);
        else
            cyn_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
    }
}

static void put_rule(const cyn_lint *l, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"id\":\"%s\",\"name\":\"%s\"", l->id, l->id);
    put_message("shortDescription", l->why, out);
    put_message("help", l->how, out);
    cyn_buf_printf(out, ",\"defaultConfiguration\":{\"level\":\"%s\"}}",
                   cyn_lint_severity_names[l->severity]);
}

static void put_rules(cyn_buf *out)
{
    const char *between = "";
    for (const cyn_lint_topic *t = cyn_lint_topics; t->title; t++)
        for (const cyn_lint *l = t->lints; l->id; l++) {
            cyn_buf_puts(out, between);
            put_rule(l, out);
            between = ",\n";
        }
}

static size_t rule_index(const cyn_lint *lint)
{
    size_t n = 0;
    for (const cyn_lint_topic *t = cyn_lint_topics; t->title; t++)
        for (const cyn_lint *l = t->lints; l->id; l++, n++)
            if (l == lint) return n;
    return n;
}

static void put_location(const cyn_place *p, bool based, cyn_buf *out)
{
    cyn_buf_puts(out, ",\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"");
    put_uri(p->file, out);
    cyn_buf_puts(out, based && p->file[0] != '/' ? "\",\"uriBaseId\":\"PROJECT\"}" : "\"}");
    if (p->line > 0) cyn_buf_printf(out, ",\"region\":{\"startLine\":%d", p->line);
    if (p->line > 0 && p->column > 0) cyn_buf_printf(out, ",\"startColumn\":%d", p->column);
    cyn_buf_puts(out, p->line > 0 ? "}}}]" : "}}]");
}

static void put_result(const cyn_remark *m, bool based, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"ruleId\":\"%s\",\"ruleIndex\":%zu,\"level\":\"%s\"", m->lint->id,
                   rule_index(m->lint), cyn_lint_severity_names[m->lint->severity]);
    cyn_buf_puts(out, ",\"message\":{\"text\":");
    put_string(m->message, out);
    cyn_buf_putc(out, '}');
    if (m->place.file) put_location(&m->place, based, out);
    cyn_buf_puts(out, ",\"suppressions\":[");
    if (m->silenced) {
        cyn_buf_puts(out, "{\"kind\":\"external\",\"status\":\"accepted\",\"justification\":");
        put_string(m->silenced, out);
        cyn_buf_putc(out, '}');
    }
    cyn_buf_puts(out, "]}");
}

/* Where the files are; false where the folder has no path. */
static bool put_base(const cyn_project *p, cyn_buf *out)
{
    char path[PATH_MAX];
    if (!p || !realpath(p->dir, path)) return false;
    cyn_buf_puts(out, "\"originalUriBaseIds\":{\"PROJECT\":{\"uri\":\"file://");
    put_uri(path, out);
    cyn_buf_puts(out, path[1] ? "/\"}},\n" : "\"}},\n");
    return true;
}

void cyn_put_check_sarif(const cyn_check_report *r, cyn_buf *out)
{
    cyn_buf_puts(out, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
                      "\"version\":\"2.1.0\",\"runs\":[{\n\"tool\":{\"driver\":{\"name\":"
                      "\"cynosure\",\"version\":\"" CYN_VERSION "\",\"rules\":[\n");
    put_rules(out);
    cyn_buf_puts(out, "]}},\n\"columnKind\":\"unicodeCodePoints\",\n");
    bool based = put_base(r->project, out);
    cyn_buf_puts(out, "\"results\":[");
    for (size_t i = 0; i < r->found->count; i++) {
        cyn_buf_puts(out, i ? ",\n" : "\n");
        put_result(&r->found->items[i], based, out);
    }
    cyn_buf_puts(out, "]}]}\n");
}
