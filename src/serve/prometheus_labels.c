#include "base/text.h"
#include "serve/prometheus_impl.h"
#include <string.h>

/* Labels that we give, and those that Prometheus gives itself. */
static const char *const taken[] = {
    "metric",   "grain", "status",   "alertname", "alertstate",
    "severity", "job",   "instance", "le",        "quantile",
};

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0) return true;
    return strncmp(name, "__", 2) == 0; /* Prometheus's own, and dropped by it */
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

void cyn_prometheus_label_name(const char *dimension, cyn_buf *out)
{
    bool digit = *dimension >= '0' && *dimension <= '9';
    if (is_taken(dimension)) cyn_buf_puts(out, "exported_");
    if (digit || !*dimension) cyn_buf_putc(out, '_');
    for (const char *p = dimension; *p; p++)
        cyn_buf_putc(out, is_word(*p) ? *p : '_');
}

/* Of the names in the first n bytes. */
static bool is_among(const char *name, const char *names, size_t n)
{
    for (const char *p = names; p < names + n; p += strlen(p) + 1)
        if (strcmp(p, name) == 0) return true;
    return false;
}

const char *cyn_prometheus_new_name(const char *name, cyn_buf *names)
{
    const size_t before = names->len;
    cyn_buf_puts(names, name);
    while (!names->failed && is_among(names->data + before, names->data, before))
        cyn_buf_putc(names, '_');
    cyn_buf_putc(names, '\0');
    return names->failed ? NULL : names->data + before;
}

static void escape(const char *s, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n')
            cyn_buf_puts(out, "\\n");
        else {
            if (s[i] == '"' || s[i] == '\\') cyn_buf_putc(out, '\\');
            cyn_buf_putc(out, s[i]);
        }
    }
}

void cyn_prometheus_quote(const char *s, size_t n, cyn_buf *out)
{
    cyn_buf_putc(out, '"');
    while (n > 0) {
        size_t valid = cyn_utf8_valid(s, n);
        escape(s, valid, out);
        if (valid == n) break;
        cyn_buf_puts(out, "\xEF\xBF\xBD"); /* U+FFFD */
        s += valid + 1;
        n -= valid + 1;
    }
    cyn_buf_putc(out, '"');
}

const char *cyn_prometheus_segment_value(const char *value)
{
    return !value ? "(none)" : !*value ? "(empty)" : value;
}
