#include "base/text.h"
#include "serve/prometheus_impl.h"
#include <string.h>

/* Labels that we give, and those that Prometheus gives itself. */
static const char *const taken[] = {
    "metric",   "grain", "status",   "alertname", "alertstate",
    "severity", "job",   "instance", "le",        "quantile",
};

/* Also with "exported_" before it, which is what such a name becomes. */
static bool is_taken(const char *name)
{
    static const char exported[] = "exported_";
    while (strncmp(name, exported, sizeof exported - 1) == 0)
        name += sizeof exported - 1;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0) return true;
    return strncmp(name, "__", 2) == 0; /* Prometheus's own, and dropped by it */
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What Prometheus allows as it stands; one that begins like an escaped name is escaped, too. */
static bool is_plain(const char *name)
{
    size_t n = 0;
    while (is_word(name[n]))
        n++;
    return n > 0 && !name[n] && !is_digit(*name) && strncmp(name, "U__", 3) != 0;
}

/* The code point that valid UTF-8 begins with, and its bytes. */
static unsigned long code_point(const char *s, size_t *size)
{
    const unsigned char *b = (const unsigned char *)s;
    *size = b[0] < 0x80 ? 1 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    unsigned long c = *size == 1 ? b[0] : b[0] & (0xFFu >> (*size + 1));
    for (size_t i = 1; i < *size; i++)
        c = c << 6 | (b[i] & 0x3F);
    return c;
}

static void put_escaped(const char *name, cyn_buf *out)
{
    const char *end = name + cyn_utf8_valid(name, strlen(name));
    size_t n = 1;
    cyn_buf_puts(out, "U__");
    for (const char *p = name; p < end; p += n) {
        unsigned long c = code_point(p, &n);
        if (*p == '_')
            cyn_buf_puts(out, "__");
        else if (is_word(*p) && !(p == name && is_digit(*p)))
            cyn_buf_putc(out, *p);
        else
            cyn_buf_printf(out, "_%lx_", c);
    }
    for (const char *p = end; *p; p++) /* no text of ours: by its bytes */
        cyn_buf_printf(out, "_FFFD_%02x", (unsigned)(unsigned char)*p);
}

void cyn_prometheus_label_name(const char *dimension, cyn_buf *out)
{
    if (!is_plain(dimension))
        put_escaped(dimension, out);
    else
        cyn_buf_printf(out, "%s%s", is_taken(dimension) ? "exported_" : "", dimension);
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
